//! A proxy that breaks what a server sends: the tester proves with it that it finds what is broken.
//!
//! It stands between the people and the server, passes HTTP on as it is, and after an upgrade looks at
//! the frames of the server. One in so many of those that must not be lost is broken: an entry of a
//! log (it has a `revision`) or the answer to a request. What a server may lose by its own rules, such
//! as that somebody types, would prove nothing.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::ValueEnum;
use sentinal_client::Client;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::Outcome;

/// Bytes that are read at a time.
const READ_BYTES: usize = 16 * 1024;
/// How long a frame is held for the next one to overtake it.
const HELD: Duration = Duration::from_millis(500);
/// How much later than allowed a delayed frame is.
const LATER: Duration = Duration::from_millis(500);
/// The most that the head of an HTTP answer may take.
const HEAD_MAX: usize = 64 * 1024;

/// What is done to a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Break {
    /// It is left out.
    Drop,
    /// It is sent twice.
    Double,
    /// It is sent behind the one that follows.
    Swap,
    /// It, and what is behind it, is held back until it is late.
    Delay,
    /// A bit of it is changed.
    Corrupt,
}

/// A running proxy; it ends when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    plan: Arc<Plan>,
    accepting: JoinHandle<()>,
}

struct Plan {
    server: String,
    breaks: Break,
    one_in: u64,
    delay: Duration,
    /// Frames that might have been broken, and those that were.
    frames: AtomicU64,
    broken: AtomicU64,
}

impl Proxy {
    /// Listens on a free port of this machine. `late` is what the scenario calls late.
    pub async fn start(
        base_url: &str,
        breaks: Break,
        one_in: u64,
        late: Duration,
    ) -> Outcome<Self> {
        let url = Client::new(base_url)?.base_url().clone();
        let host = url.host_str().ok_or("a URL without host")?;
        let port = url.port_or_known_default().ok_or("a URL without port")?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let plan = Arc::new(Plan {
            server: format!("{host}:{port}"),
            breaks,
            one_in,
            delay: late + LATER,
            frames: AtomicU64::new(0),
            broken: AtomicU64::new(0),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&plan)));
        Ok(Self {
            address,
            plan,
            accepting,
        })
    }

    /// Where people find it.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it has broken, in words.
    pub fn told(&self) -> String {
        let of = self.plan.frames.load(Ordering::Relaxed);
        let broken = self.plan.broken.load(Ordering::Relaxed);
        format!(
            "{broken} of {of} frames on purpose ({:?})",
            self.plan.breaks
        )
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, plan: Arc<Plan>) {
    while let Ok((near, _)) = listener.accept().await {
        let plan = Arc::clone(&plan);
        tokio::spawn(async move {
            // A connection that fails is closed on both sides, which is all there is to say.
            let _ = pass(near, &plan).await;
        });
    }
}

/// Passes one connection on until either side ends.
async fn pass(near: TcpStream, plan: &Plan) -> Outcome {
    let far = TcpStream::connect(&plan.server).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let (mut near_reader, near_writer) = near.into_split();
    let (far_reader, mut far_writer) = far.into_split();
    let up = async {
        tokio::io::copy(&mut near_reader, &mut far_writer).await?;
        far_writer.shutdown().await?;
        Outcome::Ok(())
    };
    tokio::select! {
        down = Down::new(plan, far_reader, near_writer).run() => down,
        up = async { up.await?; std::future::pending().await } => up,
    }
}

/// What the server sends, on its way to somebody.
struct Down<'a> {
    plan: &'a Plan,
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    /// Bytes that are not a whole frame yet.
    bytes: VecDeque<u8>,
    /// A frame that waits for the next one.
    held: Option<Vec<u8>>,
}

impl<'a> Down<'a> {
    fn new(plan: &'a Plan, reader: OwnedReadHalf, writer: OwnedWriteHalf) -> Self {
        Self {
            plan,
            reader,
            writer,
            bytes: VecDeque::new(),
            held: None,
        }
    }

    async fn run(mut self) -> Outcome {
        if !self.upgrade().await? {
            tokio::io::copy(&mut self.reader, &mut self.writer).await?;
            return Ok(());
        }
        loop {
            while let Some(frame) = self.whole_frame() {
                self.frame(frame).await?;
            }
            let more = if self.held.is_none() {
                self.more().await
            } else if let Ok(more) = timeout(HELD, self.more()).await {
                more
            } else {
                self.release().await?;
                continue;
            };
            if !more? {
                return self.release().await;
            }
        }
    }

    /// Passes the head of the first answer on; whether it was an upgrade.
    async fn upgrade(&mut self) -> Outcome<bool> {
        loop {
            let head = self.bytes.make_contiguous();
            if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
                let upgraded = head.starts_with(b"HTTP/1.1 101");
                let end = if upgraded { end + 4 } else { head.len() };
                let head: Vec<u8> = self.bytes.drain(..end).collect();
                self.writer.write_all(&head).await?;
                return Ok(upgraded);
            }
            if head.len() > HEAD_MAX || !self.more().await? {
                let rest: Vec<u8> = self.bytes.drain(..).collect();
                self.writer.write_all(&rest).await?;
                return Ok(false);
            }
        }
    }

    /// Reads on; whether there was anything.
    async fn more(&mut self) -> Outcome<bool> {
        let mut read = vec![0; READ_BYTES];
        let count = self.reader.read(&mut read).await?;
        self.bytes.extend(read.iter().take(count));
        Ok(count > 0)
    }

    /// Takes a whole frame out of the bytes (RFC 6455 §5.2; a server does not mask).
    fn whole_frame(&mut self) -> Option<Vec<u8>> {
        let byte = |at: usize| self.bytes.get(at).copied().map(u64::from);
        let number =
            |count: usize| (2..2 + count).try_fold(0_u64, |sum, at| Some(sum << 8 | byte(at)?));
        let (head, length) = match byte(1)? & 0x7f {
            126 => (4, number(2)?),
            127 => (10, number(8)?),
            short => (2, short),
        };
        let whole = usize::try_from(length).ok()?.checked_add(head)?;
        (self.bytes.len() >= whole).then(|| self.bytes.drain(..whole).collect())
    }

    /// Passes a frame on, or breaks it.
    async fn frame(&mut self, mut frame: Vec<u8>) -> Outcome {
        if let Some(held) = self.held.take() {
            self.writer.write_all(&frame).await?;
            self.writer.write_all(&held).await?;
            return Ok(());
        }
        let plan = self.plan;
        let at = if is_promised(&frame) {
            plan.frames.fetch_add(1, Ordering::Relaxed) + 1
        } else {
            0
        };
        if at == 0 || !at.is_multiple_of(plan.one_in) {
            self.writer.write_all(&frame).await?;
            return Ok(());
        }
        plan.broken.fetch_add(1, Ordering::Relaxed);
        match plan.breaks {
            Break::Drop => return Ok(()),
            Break::Double => self.writer.write_all(&frame).await?,
            Break::Swap => {
                self.held = Some(frame);
                return Ok(());
            }
            Break::Delay => sleep(plan.delay).await,
            Break::Corrupt => {
                // Somewhere in the payload; one bit of ASCII stays ASCII.
                let last = frame.len().saturating_sub(1);
                let middle = last - last / 3;
                if let Some(byte) = frame.get_mut(middle) {
                    *byte ^= 1;
                }
            }
        }
        self.writer.write_all(&frame).await?;
        Ok(())
    }

    async fn release(&mut self) -> Outcome {
        if let Some(held) = self.held.take() {
            self.writer.write_all(&held).await?;
        }
        Ok(())
    }
}

/// Whether a frame is an entry of a log or an answer.
fn is_promised(frame: &[u8]) -> bool {
    const TEXT: u8 = 0x81;
    let has = |part: &[u8]| frame.windows(part.len()).any(|window| window == part);
    frame.first() == Some(&TEXT) && (has(b"\"revision\":") || has(b"\"type\":\"ok\""))
}
