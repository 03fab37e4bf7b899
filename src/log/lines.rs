//! The buffer between those who log and the thread that writes.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};

use crate::config::LogFormat;

/// Bytes of lines that may wait to be written; what comes on top is dropped and counted. 4 MiB are
/// some 20,000 lines of requests, and with as much being written the log takes 8 MiB at most.
const BUFFERED_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A buffer that has grown beyond this is given back once it is written.
const BUFFER_KEPT_BYTES: usize = 64 * 1024;

/// How long a write waits where the standard error was set to non-blocking by somebody who shares
/// it, and takes nothing now.
const RETRY_AFTER: Duration = Duration::from_millis(20);

/// Lines on their way to where they are written. Cloning it is cheap.
#[derive(Clone)]
pub(super) struct Lines(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// There is something to write.
    filled: Condvar,
    /// Everything is written, or was given up.
    settled: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    /// Whether the writer has taken lines that it has not done with.
    writing: bool,
    /// Lines lost so far.
    dropped: u64,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    /// Starts the thread that writes to `sink`. It ends with the process.
    pub(super) fn start(sink: impl Write + Send + 'static, format: LogFormat) -> io::Result<Self> {
        let lines = Self(Arc::new(Shared {
            state: Mutex::default(),
            filled: Condvar::new(),
            settled: Condvar::new(),
        }));
        let writer = LineWriter {
            lines: lines.clone(),
            sink,
            format,
            reported: 0,
            is_torn: false,
        };
        let builder = thread::Builder::new().name("log".to_owned());
        builder.spawn(move || writer.run())?;
        Ok(lines)
    }

    /// Takes one line, or drops and counts it. Never waits for the sink.
    pub(super) fn push(&self, line: &[u8]) {
        let mut state = self.0.lock();
        if state.waiting.len() + line.len() > BUFFERED_BYTES_MAX {
            state.dropped += 1;
            return;
        }
        state.waiting.extend_from_slice(line);
        drop(state);
        self.0.filled.notify_one();
    }

    /// Lines lost so far.
    pub(super) fn dropped(&self) -> u64 {
        self.0.lock().dropped
    }

    /// Waits until nothing waits any more, `within` a time.
    pub(super) fn flush(&self, within: Duration) {
        let state = self.0.lock();
        let unsettled = |state: &mut State| state.writing || !state.waiting.is_empty();
        // Whether it was in time makes no difference to who leaves.
        let _ = self
            .0
            .settled
            .wait_timeout_while(state, within, unsettled)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The thread that writes.
struct LineWriter<W> {
    lines: Lines,
    sink: W,
    format: LogFormat,
    /// Lost lines that the log has said something of.
    reported: u64,
    /// Whether the last thing written was part of a line.
    is_torn: bool,
}

impl<W: Write> LineWriter<W> {
    fn run(mut self) {
        let mut batch = Vec::new();
        loop {
            let shared = &self.lines.0;
            let mut state = shared.lock();
            state.writing = false;
            if state.waiting.is_empty() {
                shared.settled.notify_all();
            }
            state = shared
                .filled
                .wait_while(state, |state| state.waiting.is_empty())
                .unwrap_or_else(PoisonError::into_inner);
            state.writing = true;
            mem::swap(&mut state.waiting, &mut batch);
            // Of what was lost before the next line, which is in the next batch.
            let dropped = state.dropped;
            drop(state);

            let lost = self.write(&batch);
            if lost > 0 {
                self.lines.0.lock().dropped += lost;
            } else if dropped > self.reported {
                let notice = self.notice(dropped - self.reported);
                if self.write(notice.as_bytes()) == 0 {
                    self.reported = dropped;
                }
            }
            batch.clear();
            if batch.capacity() > BUFFER_KEPT_BYTES {
                batch = Vec::new();
            }
        }
    }

    /// Writes whole lines; says how many were lost.
    fn write(&mut self, lines: &[u8]) -> u64 {
        if self.is_torn && write_all(&mut self.sink, b"\n") == 1 {
            self.is_torn = false;
        }
        let (written, rest) = lines.split_at(write_all(&mut self.sink, lines));
        if rest.is_empty() {
            return 0;
        }
        self.is_torn |= !written.is_empty() && !written.ends_with(b"\n");
        let lost = rest.split_inclusive(|byte| *byte == b'\n').count();
        u64::try_from(lost).unwrap_or(u64::MAX)
    }

    /// The line that says how many were lost.
    fn notice(&self, count: u64) -> String {
        let mut time = String::new();
        // Without its time the line still says enough.
        let _ = SystemTime.format_time(&mut Writer::new(&mut time));
        let (target, message) = (module_path!(), "lines of the log were dropped");
        match self.format {
            LogFormat::Text => format!("{time}  WARN {target}: {message} count={count}\n"),
            LogFormat::Json => {
                let line = serde_json::json!({
                    "timestamp": time, "level": "WARN", "message": message, "count": count,
                    "target": target,
                });
                format!("{line}\n")
            }
        }
    }
}

/// Writes as much as the sink takes before it fails; says how many bytes that were.
fn write_all(sink: &mut impl Write, bytes: &[u8]) -> usize {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        match sink.write(rest) {
            Ok(0) => break,
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(RETRY_AFTER),
            Err(_) => break,
        }
    }
    written
}

#[cfg(test)]
mod tests;
