//! A log that cannot be written, and one that nobody reads.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::*;

/// Longer than any of these tests takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the next write comes to.
type Outcome = io::Result<usize>;

/// A sink that writes what it is told to, as it is told to.
struct Sink {
    /// The bytes of each write.
    written: SyncSender<Vec<u8>>,
    /// What each write comes to; without one it waits, like a pipe that nobody reads.
    outcomes: Receiver<Outcome>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> Outcome {
        // A test that is over listens no more.
        let _ = self.written.send(bytes.to_vec());
        self.outcomes.recv().unwrap_or(Ok(bytes.len()))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Log {
    lines: Lines,
    written: Receiver<Vec<u8>>,
    outcomes: SyncSender<Outcome>,
}

impl Log {
    fn start(format: LogFormat) -> Self {
        let (written_to, written) = sync_channel(16);
        let (outcomes, outcomes_of) = sync_channel(16);
        let sink = Sink {
            written: written_to,
            outcomes: outcomes_of,
        };
        Self {
            lines: Lines::start(sink, format).unwrap(),
            written,
            outcomes,
        }
    }

    /// What is being written now.
    fn writing(&self) -> String {
        String::from_utf8(self.written.recv_timeout(PATIENCE).unwrap()).unwrap()
    }

    fn ends(&self, outcome: Outcome) {
        self.outcomes.send(outcome).unwrap();
    }
}

fn full_disk() -> Outcome {
    Err(io::ErrorKind::StorageFull.into())
}

#[test]
fn what_nobody_reads_is_dropped_beyond_a_bound_and_said_once_it_is_read() {
    let log = Log::start(LogFormat::Text);
    log.lines.push(b"first\n");
    assert_eq!(log.writing(), "first\n");
    // The writer is stuck. Nobody else is.
    let line = [b"x".repeat(1023), b"\n".to_vec()].concat();
    let held = BUFFERED_BYTES_MAX / line.len();
    for _ in 0..held + 7 {
        log.lines.push(&line);
    }
    assert_eq!(log.lines.dropped(), 7);
    log.lines.flush(Duration::from_millis(1));

    log.ends(Ok(6));
    assert_eq!(log.writing().len(), held * line.len());
    log.ends(Ok(held * line.len()));
    let notice = log.writing();
    assert!(notice.contains("WARN"), "{notice}");
    assert!(notice.ends_with("lines of the log were dropped count=7\n"));
    log.ends(Ok(notice.len()));
    log.lines.flush(PATIENCE);

    // Said once.
    log.lines.push(b"last\n");
    assert_eq!(log.writing(), "last\n");
    log.ends(Ok(5));
    log.lines.flush(PATIENCE);
    assert!(log.written.try_recv().is_err());
}

#[test]
fn what_cannot_be_written_is_counted_and_said_once_it_can() {
    let log = Log::start(LogFormat::Json);
    log.lines.push(b"first\nsecond\n");
    log.writing();
    // It had room for the first line and a half.
    log.ends(Ok(9));
    assert_eq!(log.writing(), "ond\n");
    log.ends(full_disk());
    log.lines.flush(PATIENCE);
    assert_eq!(log.lines.dropped(), 1);

    log.lines.push(b"third\n");
    assert_eq!(log.writing(), "\n", "the half line ends");
    log.ends(full_disk());
    log.writing();
    log.ends(full_disk());
    log.lines.flush(PATIENCE);
    assert_eq!(log.lines.dropped(), 2);

    log.lines.push(b"fourth\n");
    assert_eq!(log.writing(), "\n");
    log.ends(Ok(1));
    assert_eq!(log.writing(), "fourth\n");
    log.ends(Ok(7));
    let notice: serde_json::Value = serde_json::from_str(&log.writing()).unwrap();
    assert_eq!(
        (&notice["level"], &notice["count"]),
        (&"WARN".into(), &2.into())
    );
}

#[test]
fn an_interrupted_write_loses_nothing() {
    let log = Log::start(LogFormat::Text);
    log.lines.push(b"line\n");
    log.writing();
    log.ends(Err(io::ErrorKind::Interrupted.into()));
    assert_eq!(log.writing(), "line\n");
    log.ends(Err(io::ErrorKind::WouldBlock.into()));
    assert_eq!(log.writing(), "line\n");
    log.ends(Ok(5));
    log.lines.flush(PATIENCE);
    assert_eq!(log.lines.dropped(), 0);
}
