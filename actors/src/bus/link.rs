//! Two connections to Redis: one for commands, one that is followed on.
//!
//! Both speak RESP3, because its pushes can be taken in by a function of ours with a bound of ours; the
//! library's own subscriber keeps what nobody has read without a bound. Each wait has a deadline, also
//! that for a host that takes the connection and says nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::{MultiplexedConnection, SendError};
use redis::{AsyncConnectionConfig, Client, PushInfo, PushKind, RedisError, Value};
use tokio::sync::mpsc;

use super::{ANSWER_WITHIN, BusSettings};

/// Pushes that may wait for the actor: seconds of what it takes. More is a gap.
const PUSHES_MAX: usize = 8_192;
/// How long making both connections may take: a name, TCP, TLS, a password.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// What Redis pushed.
#[derive(Debug)]
pub(super) enum Pushed {
    /// A message on a channel.
    Message {
        /// Its full name.
        channel: String,
        /// The text.
        text: Vec<u8>,
    },
    /// More came than could wait.
    Missed,
    /// The connection has ended.
    Lost,
}

/// Why the connections are of no use.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    #[error("{0}")]
    Redis(#[from] RedisError),
    #[error("it does not answer in time")]
    Late,
    #[error("the connection was closed")]
    Lost,
    #[error("this node does not hear itself")]
    Deaf,
}

/// The connections. Cloning them is cheap.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) commands: MultiplexedConnection,
    subscriptions: MultiplexedConnection,
}

impl Link {
    /// Connects, and answers what will be pushed.
    pub(super) async fn connect(
        settings: &BusSettings,
    ) -> Result<(Self, mpsc::Receiver<Pushed>), LinkError> {
        let connecting = Self::connect_both(settings);
        let connected = tokio::time::timeout(CONNECT_WITHIN, connecting).await;
        connected.map_err(|_| LinkError::Late)?
    }

    async fn connect_both(
        settings: &BusSettings,
    ) -> Result<(Self, mpsc::Receiver<Pushed>), LinkError> {
        let url = settings.url.expose();
        let separator = if url.contains('?') { '&' } else { '?' };
        let client = Client::open(format!("{url}{separator}protocol=resp3"))?;
        let (sender, pushed) = mpsc::channel(PUSHES_MAX);
        let plain = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_WITHIN))
            .set_response_timeout(Some(ANSWER_WITHIN));
        let missed = Arc::new(AtomicBool::new(false));
        let pushing = plain
            .clone()
            .set_push_sender(move |push: PushInfo| take_push(&sender, &missed, push));
        let commands = client.get_multiplexed_async_connection_with_config(&plain);
        let subscriptions = client.get_multiplexed_async_connection_with_config(&pushing);
        let (commands, subscriptions) = tokio::try_join!(commands, subscriptions)?;
        let link = Self {
            commands,
            subscriptions,
        };
        Ok((link, pushed))
    }

    /// Publishes texts on channels of these names, in this order.
    pub(super) async fn publish(&self, batch: &[(String, Arc<str>)]) -> Result<(), LinkError> {
        let mut pipeline = redis::pipe();
        for (name, text) in batch {
            pipeline.cmd("PUBLISH").arg(name).arg(&**text).ignore();
        }
        let mut commands = self.commands.clone();
        let publishing = pipeline.exec_async(&mut commands);
        let published = tokio::time::timeout(ANSWER_WITHIN, publishing).await;
        Ok(published.map_err(|_| LinkError::Late)??)
    }

    /// Follows channels of these names, and leaves others.
    pub(super) async fn follow(
        &self,
        follow: &[String],
        leave: &[String],
    ) -> Result<(), LinkError> {
        let mut connection = self.subscriptions.clone();
        let both = async {
            if !follow.is_empty() {
                connection.subscribe(follow).await?;
            }
            if !leave.is_empty() {
                connection.unsubscribe(leave).await?;
            }
            Ok::<_, RedisError>(())
        };
        let done = tokio::time::timeout(ANSWER_WITHIN, both).await;
        Ok(done.map_err(|_| LinkError::Late)??)
    }
}

/// Hands a push to the actor. What finds no room is lost, which the next one that finds some says.
fn take_push(
    sender: &mpsc::Sender<Pushed>,
    missed: &AtomicBool,
    push: PushInfo,
) -> Result<(), SendError> {
    let pushed = match push.kind {
        PushKind::Message => {
            let mut values = push.data.into_iter();
            match (values.next(), values.next()) {
                (Some(Value::BulkString(channel)), Some(Value::BulkString(text))) => {
                    Pushed::Message {
                        channel: String::from_utf8(channel).map_err(|_| SendError)?,
                        text,
                    }
                }
                _ => return Ok(()),
            }
        }
        PushKind::Disconnection => Pushed::Lost,
        _ => return Ok(()),
    };
    if missed.load(Ordering::Acquire) && sender.try_send(Pushed::Missed).is_ok() {
        missed.store(false, Ordering::Release);
    }
    if sender.try_send(pushed).is_err() {
        // Full, or the actor has given this connection up.
        missed.store(true, Ordering::Release);
    }
    Ok(())
}
