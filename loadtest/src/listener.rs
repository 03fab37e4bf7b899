//! Sockets that listen: each takes what comes, acknowledges as clients do (at most every 250 ms,
//! which the client crate does by itself) and checks it.

use std::sync::Arc;
use std::time::Duration;

use sentinal_client::{Client, ClientError, Socket, SocketEvent, SocketOptions, Span};
use sentinal_protocol::event::{Durable, EventKind, ServerEvent, ServerFrame};
use sentinal_protocol::{Base64, ErrorCode};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::Outcome;
use crate::conversation::Conversation;
use crate::meter::Meter;

/// Sockets that connect at once. Many enough to keep the server busy, few enough that it does not
/// refuse them.
const CONNECTING_MAX: usize = 64;
/// Attempts of one socket to connect.
const CONNECT_TRIES: u32 = 20;
/// Pause before the next one.
const CONNECT_PAUSE: Duration = Duration::from_millis(250);
/// Bytes at the start of every ciphertext that say when it was sent.
pub const STAMP_BYTES: usize = 8;
/// Events that wait to be taken. Few, because ten thousand sockets in one process share two cores:
/// what has not been taken is better left in the kernel.
const EVENTS_LEN: usize = 64;

/// A connected socket and what it listens to.
pub struct Listener {
    /// The socket.
    pub socket: Socket,
    /// The conversation under load that it follows.
    pub conversation: Arc<Conversation>,
    /// Its number among those that follow it.
    pub number: usize,
}

/// Somebody who is to connect.
pub struct Joining {
    /// Signed in.
    pub client: Client,
    /// The conversation under load.
    pub conversation: Arc<Conversation>,
    /// The number among those that follow it.
    pub number: usize,
}

/// Connects all of them; each is ready when it has replayed what there was to replay. They come
/// back in any order.
pub async fn connect_all(joining: Vec<Joining>, meter: &Arc<Meter>) -> Outcome<Vec<Listener>> {
    let permits = Arc::new(Semaphore::new(CONNECTING_MAX));
    let mut connecting = JoinSet::new();
    for one in joining {
        let (permits, meter) = (Arc::clone(&permits), Arc::clone(meter));
        connecting.spawn(async move {
            let _permit = permits.acquire_owned().await?;
            let socket = connect(&one.client, &meter).await?;
            Outcome::Ok(Listener {
                socket,
                conversation: one.conversation,
                number: one.number,
            })
        });
    }
    let mut connected = Vec::with_capacity(connecting.len());
    while let Some(listener) = connecting.join_next().await {
        connected.push(listener??);
    }
    Ok(connected)
}

/// Connects and waits for `sync:complete`; a server that is not ready or overloaded is asked again.
async fn connect(client: &Client, meter: &Meter) -> Outcome<Socket> {
    let options = SocketOptions {
        events_len: EVENTS_LEN,
        ..SocketOptions::default()
    };
    let mut tries = 0;
    let mut socket = loop {
        match client.connect(options.clone()).await {
            Ok(socket) => break socket,
            Err(error) => {
                meter.failed(&error);
                tries += 1;
                if tries >= CONNECT_TRIES || !may_work_later(&error) {
                    return Err(error.into());
                }
                sleep(CONNECT_PAUSE).await;
            }
        }
    };
    while let Some(frame) = socket.next_frame().await {
        if frame.kind() == Some(EventKind::SyncComplete) {
            return Ok(socket);
        }
    }
    Err("a socket was closed before it was in sync".into())
}

/// Whether a request that failed like this may be repeated with success.
pub fn may_work_later(error: &ClientError) -> bool {
    match error {
        ClientError::Api { status, .. } => {
            *status >= 500 || error.code() == Some(ErrorCode::TooManyConnections)
        }
        ClientError::Closed { .. } | ClientError::Timeout | ClientError::Transport(_) => true,
        ClientError::Decode(_) | ClientError::NotSignedIn => false,
    }
}

impl Listener {
    /// Listens until told to leave, then acknowledges what is left and closes.
    pub async fn listen(mut self, meter: Arc<Meter>, mut leave: watch::Receiver<bool>) {
        loop {
            let event = tokio::select! {
                event = self.socket.next_event() => event,
                // That nobody is left to say it is as good as that it was said.
                _ = leave.changed() => break,
            };
            match event {
                Some(SocketEvent::Frame(frame)) => self.take(&frame, &meter),
                // The next frame shows the hole, which is where it is counted.
                Some(SocketEvent::Lost { .. }) => {}
                Some(SocketEvent::Disconnected { ended, .. }) => meter.disconnected(&ended),
                None => return,
            }
        }
        self.socket.close().await;
    }

    fn take(&self, frame: &ServerFrame, meter: &Meter) {
        let Some(span) = Span::of(frame) else { return };
        if span.conversation_id != self.conversation.id {
            return;
        }
        self.conversation.came(self.number, span.last, meter);
        let ServerEvent::MessageNew(Durable { entry, .. }) = &frame.event else {
            return;
        };
        let id = entry.client_message_id.as_deref().unwrap_or_default();
        self.conversation
            .message_came(self.number, id, span.last, meter);
        meter
            .delivered
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if let Some(sent) = entry.content.as_ref().and_then(stamp) {
            let took = meter.elapsed().saturating_sub(sent);
            meter.delivery_times.record(self.number, took);
        }
    }
}

/// When a ciphertext was sent, by the clock of its run.
fn stamp(content: &Base64) -> Option<Duration> {
    let (micros, _) = content.0.split_first_chunk::<STAMP_BYTES>()?;
    Some(Duration::from_micros(u64::from_le_bytes(*micros)))
}

/// A ciphertext of so many bytes that says when it was sent.
pub fn stamped(sent: Duration, bytes: usize) -> Base64 {
    let micros = u64::try_from(sent.as_micros()).unwrap_or(u64::MAX);
    let mut ciphertext = micros.to_le_bytes().to_vec();
    ciphertext.resize(bytes.max(STAMP_BYTES + 1), 0);
    Base64(ciphertext)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ciphertext_tells_when_it_was_sent() {
        let sent = Duration::from_micros(123_456_789);
        for bytes in [0, 9, 128] {
            assert_eq!(stamp(&stamped(sent, bytes)), Some(sent), "{bytes} bytes");
        }
        assert_eq!(stamp(&Base64(vec![0; 3])), None);
    }
}
