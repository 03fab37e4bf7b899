//! What a server says, through a pipe that may fill up or break, as a supervisor's may.

use std::fs::File;
use std::io::{PipeReader, PipeWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Bytes read at once.
const BUFFER_BYTES: usize = 64 * 1024;
/// More than a pipe holds (64 KiB, unless somebody has changed it) and the reader takes once more.
const FILLING_BYTES: usize = 4 * BUFFER_BYTES;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Going,
    Stalled,
    Ended,
}

struct Shared {
    reading: Mutex<Reading>,
    changed: Condvar,
}

impl Shared {
    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, reading: Reading) {
        *self.reading() = reading;
        self.changed.notify_all();
    }

    /// Whether reading goes on; waits while it is stalled.
    fn goes_on(&self) -> bool {
        let stalled = self
            .changed
            .wait_while(self.reading(), |it| *it == Reading::Stalled);
        *stalled.unwrap_or_else(PoisonError::into_inner) == Reading::Going
    }
}

/// A pipe, and a thread that writes what comes out of it to a file.
pub struct LogPipe {
    path: PathBuf,
    shared: Arc<Shared>,
    writer: PipeWriter,
    reader: Option<JoinHandle<()>>,
    filler: Option<JoinHandle<()>>,
}

impl LogPipe {
    /// A pipe into this file.
    pub fn into_file(path: &Path) -> Self {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let file = File::options().create(true).append(true).open(path);
        let file = file.expect("a log");
        let shared = Arc::new(Shared {
            reading: Mutex::new(Reading::Going),
            changed: Condvar::new(),
        });
        let reading = Arc::clone(&shared);
        Self {
            path: path.to_owned(),
            shared,
            writer,
            reader: Some(std::thread::spawn(move || read_all(reader, file, &reading))),
            filler: None,
        }
    }

    /// The end that a server writes to.
    pub fn stdio(&self) -> Stdio {
        self.writer.try_clone().expect("a pipe").into()
    }

    /// Nobody reads any more, and the pipe is full.
    pub fn stall(&mut self) {
        self.shared.set(Reading::Stalled);
        let mut writer = self.writer.try_clone().expect("a pipe");
        self.filler = Some(std::thread::spawn(move || {
            // It ends when somebody reads again, or nobody ever will.
            let _ = writer.write_all(&vec![b'\n'; FILLING_BYTES]);
        }));
    }

    /// Everything is read again.
    pub fn read_on(&mut self) {
        self.shared.set(Reading::Going);
        self.wait_for_filler();
    }

    /// The reading end is closed: writing is an error.
    pub fn break_off(&mut self) {
        self.shared.set(Reading::Ended);
        // Wakes the reader; if it is gone already, there is nobody to wake.
        let _ = self.writer.write_all(b"\n");
        if let Some(reader) = self.reader.take() {
            // It panics only if the file cannot be written.
            let _ = reader.join();
        }
        self.wait_for_filler();
    }

    /// A new pipe in place of a broken one, for a server that is started after it.
    pub fn replace(&mut self) {
        *self = Self::into_file(&self.path.clone());
    }

    fn wait_for_filler(&mut self) {
        if let Some(filler) = self.filler.take() {
            // It cannot panic.
            let _ = filler.join();
        }
    }
}

impl Drop for LogPipe {
    fn drop(&mut self) {
        self.break_off();
    }
}

fn read_all(mut reader: PipeReader, mut file: File, shared: &Shared) {
    let mut buffer = vec![0; BUFFER_BYTES];
    while shared.goes_on() {
        match reader.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(count) => {
                let written = file.write_all(buffer.get(..count).unwrap_or_default());
                written.expect("a log");
            }
        }
    }
}
