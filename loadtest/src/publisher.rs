//! Who sends: message after message on one socket, each until it is answered.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sentinal_client::{ClientError, SocketSender};
use sentinal_protocol::api::conversations::Participants;
use sentinal_protocol::api::messages::{Ciphertext, SendMessageRequest};
use sentinal_protocol::{Base64, DeviceId, UserId};
use tokio::time::{Instant, sleep, timeout_at};

use crate::conversation::Conversation;
use crate::listener::{may_work_later, stamped};
use crate::meter::Meter;

/// Pause before a send is repeated, unless the server asks for another one.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// What a message carries.
#[derive(Clone)]
pub enum Content {
    /// One ciphertext for everybody, for the roster of this version.
    Shared(u64),
    /// One for each of these devices.
    PerDevice(Arc<[(UserId, String)]>),
}

impl Content {
    /// A ciphertext for each device in `participants` but the sender's own.
    pub fn per_device(participants: &Participants, own: DeviceId) -> Self {
        let mut devices = Vec::new();
        for participant in &participants.participants {
            for device in participant.devices.iter().filter(|it| it.id != own) {
                devices.push((participant.user_id, device.device_id.clone()));
            }
        }
        Self::PerDevice(devices.into())
    }

    /// Ciphertexts that are stored of one message.
    pub fn ciphertexts(&self) -> usize {
        match self {
            Self::Shared(_) => 1,
            Self::PerDevice(devices) => devices.len(),
        }
    }
}

/// One of the sends that are in flight at once.
pub struct Publisher {
    /// Where it sends; others may share the socket.
    pub sender: SocketSender,
    /// Into which conversation.
    pub conversation: Arc<Conversation>,
    /// What it sends.
    pub content: Content,
    /// Bytes of each ciphertext.
    pub bytes: usize,
    /// Its number among all of the run.
    pub number: usize,
}

/// When publishing ends.
#[derive(Clone, Copy)]
pub struct Ending {
    /// Nothing new is sent from then on.
    pub stop: Instant,
    /// Nothing is repeated any more from then on.
    pub give_up: Instant,
}

impl Publisher {
    /// Publishes one message after the other. A failed send is repeated under its key, as clients
    /// do, until it is answered.
    pub async fn run(self, meter: Arc<Meter>, ending: Ending) {
        while let Ok(number) = timeout_at(ending.stop, self.conversation.next_number()).await {
            let sent = meter.elapsed();
            match self.publish(number, sent, &meter, ending).await {
                Some(revision) => {
                    self.conversation.answered(number, revision);
                    meter.answered.fetch_add(1, Ordering::Relaxed);
                    let took = meter.elapsed().saturating_sub(sent);
                    meter.answer_times.record(self.number, took);
                }
                None => {
                    meter.unanswered.fetch_add(1, Ordering::Relaxed);
                }
            }
            if Instant::now() >= ending.stop {
                return;
            }
        }
    }

    /// The revision of a message once it is answered.
    async fn publish(
        &self,
        number: u64,
        sent: Duration,
        meter: &Meter,
        ending: Ending,
    ) -> Option<u64> {
        loop {
            let request = self.request(number, sent);
            let answer = timeout_at(ending.give_up, self.sender.send_message(request)).await;
            let error = match answer {
                Ok(Ok(answer)) => return Some(answer.data.revision),
                Ok(Err(error)) => error,
                Err(_) => return None,
            };
            meter.failed(&error);
            let pause = retry_after(&error).unwrap_or(RETRY_PAUSE);
            if !may_work_later(&error) || Instant::now() + pause >= ending.give_up {
                return None;
            }
            sleep(pause).await;
        }
    }

    fn request(&self, number: u64, sent: Duration) -> SendMessageRequest {
        let ciphertext = stamped(sent, self.bytes);
        let mut request = SendMessageRequest::new(self.conversation.id, Vec::new());
        request.client_message_id = Some(Conversation::client_message_id(number));
        match &self.content {
            Content::Shared(roster_version) => {
                request.shared_ciphertext = Some(ciphertext);
                request.roster_version = Some(*roster_version);
            }
            Content::PerDevice(devices) => {
                request.ciphertexts = devices
                    .iter()
                    .map(|(user_id, device_id)| Ciphertext {
                        recipient_device_id: device_id.clone(),
                        recipient_user_id: Some(*user_id),
                        ciphertext: Base64(ciphertext.0.clone()),
                        header: None,
                    })
                    .collect();
            }
        }
        request
    }
}

fn retry_after(error: &ClientError) -> Option<Duration> {
    match error {
        ClientError::Api { retry_after, .. } => *retry_after,
        ClientError::Closed { .. }
        | ClientError::Timeout
        | ClientError::Transport(_)
        | ClientError::Decode(_)
        | ClientError::NotSignedIn => None,
    }
}
