//! A push service: takes pushes, and answers as it is told.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::patiently;

/// Bytes of a push, at most.
const PUSH_BYTES_MAX: usize = 64 * 1024;

/// A push as it came.
#[derive(Clone, Debug)]
pub struct Push {
    /// The path of its endpoint.
    pub path: String,
    /// Its headers, names in lower case.
    pub headers: HashMap<String, String>,
    /// Its body.
    pub body: String,
}

impl Push {
    /// A header that must be there.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }
}

/// Listens on a free port of this machine, for as long as it is kept.
pub struct PushService {
    address: SocketAddr,
    pushes: mpsc::UnboundedReceiver<Push>,
    answers: Arc<Mutex<VecDeque<String>>>,
    listener: tokio::task::JoinHandle<()>,
}

impl PushService {
    /// Starts one that takes everything (201).
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let answers: Arc<Mutex<VecDeque<String>>> = Arc::default();
        let (taken, pushes) = mpsc::unbounded_channel();
        let next = answers.clone();
        let listener = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, taken.clone(), next.clone()));
            }
        });
        Self {
            address,
            pushes,
            answers,
            listener,
        }
    }

    /// The endpoint at a path (with its leading `/`).
    pub fn endpoint(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next push that is not answered yet gets this status and these headers.
    pub fn answer(&self, status: u16, headers: &str) {
        let answer = format!("HTTP/1.1 {status} x\r\n{headers}");
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.push_back(answer);
    }

    /// The next push, if it has come.
    pub fn try_next(&mut self) -> Option<Push> {
        self.pushes.try_recv().ok()
    }

    /// The next push.
    pub async fn next(&mut self) -> Push {
        let push = patiently("a push", self.pushes.recv()).await;
        push.expect("the service runs")
    }
}

impl Drop for PushService {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// Takes one push of a connection and ends it.
async fn answer(
    mut stream: TcpStream,
    taken: mpsc::UnboundedSender<Push>,
    answers: Arc<Mutex<VecDeque<String>>>,
) -> Option<()> {
    let mut bytes = Vec::new();
    let push = loop {
        if let Some(push) = parse(&bytes) {
            break push;
        }
        let mut buffer = [0; 4_096];
        let count = stream.read(&mut buffer).await.ok()?;
        if count == 0 || bytes.len() > PUSH_BYTES_MAX {
            return None;
        }
        bytes.extend_from_slice(&buffer[..count]);
    };
    let answer = {
        let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.pop_front()
    };
    let answer = answer.unwrap_or_else(|| "HTTP/1.1 201 x\r\n".to_owned());
    let answer = format!("{answer}Content-Length: 0\r\nConnection: close\r\n\r\n");
    taken.send(push).ok()?;
    stream.write_all(answer.as_bytes()).await.ok()
}

/// A push, once all of it is there.
fn parse(bytes: &[u8]) -> Option<Push> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(Ok(0), |it| it.parse());
    (body.len() >= length.ok()?).then(|| Push {
        path,
        headers,
        body: body.to_owned(),
    })
}
