//! A disk that breaks or fills on command, below one server: without a file system of its own and
//! without root.
//!
//! A few lines of C (`disk.c`, compiled by whoever makes the first disk of a test) stand between
//! the server and the kernel by `LD_PRELOAD`. They look at a page of memory that both share.
//! SQLite's writes and syncs go through them, and those of files in the data directory.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const SOURCE: &str = include_str!("disk.c");

/// Which calls fail. Numbers as in `disk.c`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// `write` and `pwrite`.
    Writes = 1,
    /// `fsync` and `fdatasync`.
    Syncs = 2,
    /// All of these.
    All = 3,
}

/// How they fail. Numbers of Linux.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// `EIO`: the disk is broken.
    Broken = 5,
    /// `ENOSPC`: it is full.
    Full = 28,
}

/// Offsets in the shared page.
const CALLS: u64 = 0;
const ERROR: u64 = 4;
const REMAINING: u64 = 8;
const FAILURES: u64 = 12;
const PAGE_BYTES: u64 = 16;
/// Remaining failures, where there is no end to them.
const ALWAYS: i32 = -1;

/// The disk. Dropping it does not mend it for a server that still runs.
pub struct FaultyDisk {
    own: TempDir,
    directory: PathBuf,
    control: File,
}

impl FaultyDisk {
    /// One for all files below `directory`; it works until told otherwise.
    pub fn below(directory: &Path) -> Self {
        let own = TempDir::with_prefix("sentinal-disk-").expect("a directory");
        let source = own.path().join("disk.c");
        std::fs::write(&source, SOURCE).expect("its source");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-o"])
            .arg(own.path().join("disk.so"))
            .arg(&source)
            .status();
        assert!(compiled.is_ok_and(|it| it.success()), "cc compiles disk.c");
        let control = File::options()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(own.path().join("control"))
            .expect("the shared page");
        control.set_len(PAGE_BYTES).expect("the shared page");
        Self {
            own,
            directory: directory.canonicalize().expect("a directory"),
            control,
        }
    }

    /// What a server that lives on it is started with.
    pub fn environment(&self) -> [(String, String); 3] {
        let path = |name: &str| self.own.path().join(name).display().to_string();
        [
            ("LD_PRELOAD".to_owned(), path("disk.so")),
            ("FAULTY_DISK_CONTROL".to_owned(), path("control")),
            (
                "FAULTY_DISK_DIRECTORY".to_owned(),
                self.directory.display().to_string(),
            ),
        ]
    }

    /// From now on these calls fail, until [`FaultyDisk::mend`].
    pub fn fail(&self, calls: Calls, failure: Failure) {
        self.fail_times(calls, failure, ALWAYS);
    }

    /// The next of these calls fails, and no other.
    pub fn fail_once(&self, calls: Calls, failure: Failure) {
        self.fail_times(calls, failure, 1);
    }

    fn fail_times(&self, calls: Calls, failure: Failure, times: i32) {
        self.set(CALLS, 0);
        self.set(REMAINING, times);
        self.set(ERROR, failure as i32);
        self.set(CALLS, calls as i32);
    }

    /// From now on everything works.
    pub fn mend(&self) {
        self.set(CALLS, 0);
    }

    /// Calls that failed until now.
    pub fn failures(&self) -> u32 {
        let mut bytes = [0; 4];
        let read = self.control.read_exact_at(&mut bytes, FAILURES);
        read.expect("the shared page");
        u32::from_ne_bytes(bytes)
    }

    fn set(&self, offset: u64, value: i32) {
        let written = self.control.write_all_at(&value.to_ne_bytes(), offset);
        written.expect("the shared page");
    }
}
