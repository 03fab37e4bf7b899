//! Files: announcing them, sending their bytes, fetching them.

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use sentinal_protocol::UploadId;
use sentinal_protocol::api::uploads::{
    CreateUploadRequest, DeletedUploads, ProgressRequest, StaleQuery, Upload, Uploads, UploadsQuery,
};

use super::Client;
use crate::ClientError;

/// The version of tus that is spoken.
const TUS: (&str, &str) = ("Tus-Resumable", "1.0.0");

impl Client {
    /// `POST /v1/uploads`: announces a file.
    pub async fn create_upload(
        &self,
        request: &CreateUploadRequest,
    ) -> Result<Upload, ClientError> {
        self.post("/v1/uploads").body(request).data().await
    }

    /// `GET /v1/uploads/:id`.
    pub async fn upload(&self, id: UploadId) -> Result<Upload, ClientError> {
        self.get(format!("/v1/uploads/{id}")).data().await
    }

    /// `GET /v1/uploads`: the own uploads, newest first.
    pub async fn uploads(&self, query: &UploadsQuery) -> Result<Uploads, ClientError> {
        self.get("/v1/uploads").query(query).data().await
    }

    /// `GET /v1/uploads/completed`.
    pub async fn completed_uploads(&self, query: &UploadsQuery) -> Result<Uploads, ClientError> {
        self.get("/v1/uploads/completed").query(query).data().await
    }

    /// `GET /v1/uploads/in-progress`: announced ones, too.
    pub async fn open_uploads(&self, query: &UploadsQuery) -> Result<Uploads, ClientError> {
        self.get("/v1/uploads/in-progress")
            .query(query)
            .data()
            .await
    }

    /// `GET /v1/uploads/stale`.
    pub async fn stale_uploads(&self, query: &StaleQuery) -> Result<Uploads, ClientError> {
        self.get("/v1/uploads/stale").query(query).data().await
    }

    /// `DELETE /v1/uploads/stale`.
    pub async fn delete_stale_uploads(
        &self,
        query: &StaleQuery,
    ) -> Result<DeletedUploads, ClientError> {
        self.delete("/v1/uploads/stale").query(query).data().await
    }

    /// `POST /v1/uploads/:id/progress`: a hint of how far this client is.
    pub async fn report_progress(
        &self,
        id: UploadId,
        uploaded_bytes: u64,
    ) -> Result<Upload, ClientError> {
        self.post(format!("/v1/uploads/{id}/progress"))
            .body(&ProgressRequest { uploaded_bytes })
            .data()
            .await
    }

    /// `PUT /v1/uploads/:id/data`: all the bytes at once.
    pub async fn put_file(
        &self,
        id: UploadId,
        bytes: impl Into<reqwest::Body>,
    ) -> Result<Upload, ClientError> {
        self.put(format!("/v1/uploads/{id}/data"))
            .bytes(bytes)
            .data()
            .await
    }

    /// `HEAD /v1/uploads/:id/data` (tus): where the file goes on.
    pub async fn file_offset(&self, id: UploadId) -> Result<u64, ClientError> {
        let asked = self.call(Method::HEAD, &format!("/v1/uploads/{id}/data"));
        upload_offset(&asked.header(TUS.0, TUS.1).headers().await?)
    }

    /// `PATCH /v1/uploads/:id/data` (tus): bytes from this offset on; answers where the file goes
    /// on then.
    pub async fn append_file(
        &self,
        id: UploadId,
        offset: u64,
        bytes: impl Into<reqwest::Body>,
    ) -> Result<u64, ClientError> {
        let sent = self
            .call(Method::PATCH, &format!("/v1/uploads/{id}/data"))
            .header(TUS.0, TUS.1)
            .header("Upload-Offset", &offset.to_string())
            .header(CONTENT_TYPE.as_str(), "application/offset+octet-stream")
            .bytes(bytes);
        upload_offset(&sent.headers().await?)
    }

    /// `DELETE /v1/uploads/:id/data` (tus): as [`Client::delete_upload`].
    pub async fn terminate_upload(&self, id: UploadId) -> Result<(), ClientError> {
        let asked = self.delete(format!("/v1/uploads/{id}/data"));
        asked.header(TUS.0, TUS.1).headers().await.map(|_| ())
    }

    /// `POST /v1/uploads/:id/complete`.
    pub async fn complete_upload(&self, id: UploadId) -> Result<Upload, ClientError> {
        self.post(format!("/v1/uploads/{id}/complete")).data().await
    }

    /// `POST /v1/uploads/:id/fail`: gives it up.
    pub async fn fail_upload(&self, id: UploadId) -> Result<Upload, ClientError> {
        self.post(format!("/v1/uploads/{id}/fail")).data().await
    }

    /// `DELETE /v1/uploads/:id`. One that was under way is cancelled and answered.
    pub async fn delete_upload(&self, id: UploadId) -> Result<Option<Upload>, ClientError> {
        self.delete(format!("/v1/uploads/{id}")).data().await
    }

    /// `GET /v1/files/:id?cap=`: the bytes of a complete file at its `file_url`, whoever's it is.
    pub async fn fetch_file(&self, file_url: &str) -> Result<Vec<u8>, ClientError> {
        let url = self.base_url().join(file_url);
        let url = url.map_err(ClientError::transport)?;
        let answer = self.shared.http.get(url).send().await?;
        let status = answer.status();
        let bytes = answer.bytes().await?;
        if status.is_success() {
            Ok(bytes.to_vec())
        } else {
            Err(ClientError::from_answer(status.as_u16(), None, &bytes))
        }
    }
}

fn upload_offset(headers: &HeaderMap) -> Result<u64, ClientError> {
    headers
        .get("Upload-Offset")
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .ok_or_else(|| ClientError::Decode("an answer without Upload-Offset".into()))
}
