//! The files of the web app, inside the binary.

/// One file.
#[derive(Debug)]
pub(super) struct File {
    /// Its path below `/app/`.
    pub(super) name: &'static str,
    /// What it is, as `Content-Type` says it.
    pub(super) content_type: &'static str,
    /// A part of the hash of its bytes, as an `ETag` names them.
    pub(super) tag: &'static str,
    /// Its bytes.
    pub(super) plain: &'static [u8],
    /// Its bytes compressed with brotli, where that makes them smaller.
    pub(super) brotli: Option<&'static [u8]>,
}

/// All files, written by the build of `web/` beside them.
static FILES: &[File] = include!("../../../web/dist/files.rs");

/// The file at a path below `/app/`.
pub(super) fn find(name: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.name == name)
}
