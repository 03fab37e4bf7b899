//! Uploads and broadcast lists.

use super::Declared;
use super::Rule::{Anyone, Everyone, Nobodys, OwnersThing};

pub const FILES: &[Declared] = &[
    // Uploads. A file is for whoever knows its address.
    ("GET /v1/uploads", Anyone, ""),
    ("GET /v1/uploads", Nobodys, "?uploader_id={target}"),
    ("OPTIONS /v1/uploads", Everyone, ""),
    (
        "POST /v1/uploads",
        Anyone,
        r#"{"file_name":"f","file_size":1,"content_type":"image/png"}"#,
    ),
    (
        "POST /v1/uploads",
        Nobodys,
        r#"{"file_name":"f","file_size":1,"content_type":"image/png","uploader_id":"{target}"}"#,
    ),
    ("GET /v1/uploads/completed", Anyone, ""),
    ("GET /v1/uploads/completed", Nobodys, "?user_id={target}"),
    ("GET /v1/uploads/in-progress", Anyone, ""),
    (
        "GET /v1/uploads/in-progress",
        Nobodys,
        "?uploader_id={target}",
    ),
    ("GET /v1/uploads/stale", Anyone, ""),
    ("GET /v1/uploads/stale", Nobodys, "?uploader_id={target}"),
    ("DELETE /v1/uploads/stale", Anyone, ""),
    ("DELETE /v1/uploads/stale", Nobodys, "?uploader_id={target}"),
    ("GET /v1/uploads/{upload}", OwnersThing, ""),
    ("DELETE /v1/uploads/{upload}", OwnersThing, ""),
    ("POST /v1/uploads/{full_upload}/complete", OwnersThing, ""),
    ("POST /v1/uploads/{upload}/fail", OwnersThing, ""),
    (
        "POST /v1/uploads/{upload}/progress",
        OwnersThing,
        r#"{"uploaded_bytes":1}"#,
    ),
    ("OPTIONS /v1/uploads/{upload}/data", Everyone, ""),
    ("HEAD /v1/uploads/{upload}/data", OwnersThing, ""),
    ("PUT /v1/uploads/{upload}/data", OwnersThing, "=x"),
    ("PATCH /v1/uploads/{upload}/data", OwnersThing, "=x"),
    ("DELETE /v1/uploads/{upload}/data", OwnersThing, ""),
    ("GET /v1/files/{file}", Everyone, "?cap={cap}"),
    // Broadcasts
    ("GET /v1/broadcasts", Anyone, ""),
    ("GET /v1/broadcasts", Nobodys, "?user_id={target}"),
    ("POST /v1/broadcasts", Anyone, r#"{"name":"list"}"#),
    (
        "POST /v1/broadcasts",
        Nobodys,
        r#"{"name":"list","owner_id":"{target}"}"#,
    ),
    ("GET /v1/broadcasts/search", Anyone, "?query=list"),
    ("GET /v1/broadcasts/{broadcast}", OwnersThing, ""),
    (
        "PUT /v1/broadcasts/{broadcast}",
        OwnersThing,
        r#"{"name":"renamed"}"#,
    ),
    ("DELETE /v1/broadcasts/{broadcast}", OwnersThing, ""),
    (
        "POST /v1/broadcasts/{broadcast}/messages",
        OwnersThing,
        r#"{"ciphertexts":[{"recipient_device_id":"{target_device}","ciphertext":"AA=="}]}"#,
    ),
    ("GET /v1/broadcasts/{broadcast}/recipients", OwnersThing, ""),
    (
        "POST /v1/broadcasts/{broadcast}/recipients",
        OwnersThing,
        r#"{"user_id":"{newcomer}"}"#,
    ),
    (
        "GET /v1/broadcasts/{broadcast}/recipients/count",
        OwnersThing,
        "",
    ),
    (
        "POST /v1/broadcasts/{broadcast}/recipients/bulk",
        OwnersThing,
        r#"{"user_ids":["{newcomer}"]}"#,
    ),
    (
        "DELETE /v1/broadcasts/{broadcast}/recipients/bulk",
        OwnersThing,
        r#"{"user_ids":["{target}"]}"#,
    ),
    (
        "GET /v1/broadcasts/{broadcast}/recipients/{target}",
        OwnersThing,
        "",
    ),
    (
        "DELETE /v1/broadcasts/{broadcast}/recipients/{target}",
        OwnersThing,
        "",
    ),
];
