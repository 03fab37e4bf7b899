//! Uploaded files: where they lie, and how much they may be.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sentinal_app::{FilePlace, FileSettings, OtherPlace, S3Settings, Secret};
use url::Url;

use super::Described;
use super::variables::Variables;

/// Region unless `S3_REGION` says otherwise; services that have none accept it.
const REGION: &str = "us-east-1";
/// No file and no user gets more than this: 1 PiB.
const BYTES_MAX: u64 = 1 << 50;

/// `FILES_DIR`, `FILES_SHARED`, `S3_*`, `UPLOAD_*`.
#[derive(Clone, Debug)]
pub struct Files {
    /// What the use cases need.
    pub settings: FileSettings,
    /// Whether the operator says that all nodes share the directory.
    pub shared: bool,
}

impl Files {
    pub(super) fn read(vars: &mut Variables, data_dir: &Path) -> Self {
        let usual = FileSettings::in_directory(data_dir.join("files"));
        let idle = usual.progress_deadline.as_secs();
        let hours = usual.unfinished_lifetime.as_secs() / 3_600;
        let idle = vars.number("UPLOAD_IDLE_SECONDS", idle, 1, 3_600);
        let hours = vars.number("UPLOAD_UNFINISHED_HOURS", hours, 1, 8_760);
        let settings = FileSettings {
            file_bytes_max: vars.number("UPLOAD_BYTES_MAX", usual.file_bytes_max, 1, BYTES_MAX),
            quota_bytes: vars.number("UPLOAD_QUOTA_BYTES", usual.quota_bytes, 1, BYTES_MAX),
            progress_deadline: Duration::from_secs(idle),
            unfinished_lifetime: Duration::from_hours(hours),
            place: read_place(vars, usual.place),
            other_place: usual.other_place,
        };
        let switch = [("on", true), ("off", false)];
        let shared = vars.word("FILES_SHARED", false, &switch);
        let adopted = vars.word("FILES_ADOPT", false, &switch);
        let mut files = Self { settings, shared };
        if !files.is_local() && !adopted {
            files.settings.other_place = OtherPlace::Refused;
        }
        files
    }

    /// Whether other nodes cannot reach the files.
    pub fn is_local(&self) -> bool {
        match self.settings.place {
            FilePlace::Directory(_) => !self.shared,
            FilePlace::S3(_) => false,
        }
    }

    pub(super) fn describe(&self) -> Vec<Described> {
        let place = match &self.settings.place {
            FilePlace::Directory(path) if self.shared => format!("{}, shared", path.display()),
            FilePlace::Directory(path) => path.display().to_string(),
            FilePlace::S3(s3) => {
                let endpoint = s3.endpoint.as_deref().unwrap_or("Amazon S3");
                format!("bucket {} of {endpoint}", s3.bucket)
            }
        };
        let settings = &self.settings;
        vec![
            ("files", place),
            ("file bytes at most", settings.file_bytes_max.to_string()),
            ("file bytes per user", settings.quota_bytes.to_string()),
        ]
    }
}

fn read_place(vars: &mut Variables, usual: FilePlace) -> FilePlace {
    let Some(bucket) = vars.text("S3_BUCKET").map(str::to_owned) else {
        let own = vars.text("FILES_DIR").map(PathBuf::from);
        return own.map_or(usual, FilePlace::Directory);
    };
    let endpoint = vars.read(
        "S3_ENDPOINT",
        "a URL such as https://minio:9000",
        None,
        |text| {
            let url = Url::parse(text).ok()?;
            let usable = matches!(url.scheme(), "http" | "https") && url.has_host();
            // A password in it would be shown.
            (usable && url.username().is_empty())
                .then(|| Some(text.trim_end_matches('/').to_owned()))
        },
    );
    FilePlace::S3(S3Settings {
        bucket,
        region: vars.text("S3_REGION").unwrap_or(REGION).to_owned(),
        endpoint,
        prefix: vars.text("S3_PREFIX").unwrap_or_default().to_owned(),
        access_key_id: needed(vars, "S3_ACCESS_KEY_ID"),
        secret_access_key: needed(vars, "S3_SECRET_ACCESS_KEY"),
    })
}

/// A secret without which a bucket is of no use.
fn needed(vars: &mut Variables, name: &str) -> Secret {
    let secret = vars.text(name).map(Secret::new);
    secret.unwrap_or_else(|| {
        vars.refuse(name, "set with S3_BUCKET");
        Secret::new("")
    })
}
