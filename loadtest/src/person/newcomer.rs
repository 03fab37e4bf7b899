//! Newcomers: people who sign up while the load runs, publish keys, and write to somebody.

use actix::{ActorFutureExt as _, AsyncContext as _, Context, WrapFuture as _};
use sentinal_client::{Client, ClientError};
use sentinal_protocol::api::auth::RegisterRequest;
use sentinal_protocol::api::keys::{OneTimePrekeyBody, SetupRequest, SignedPrekeyBody};
use sentinal_protocol::api::messages::{Ciphertext, SendMessageRequest};
use sentinal_protocol::{Base64, ConversationId, UserId};

use super::Person;
use crate::board::now_us;
use crate::payload::Stamp;

/// The password of all of them.
const PASSWORD: &str = "correct horse battery";
/// One-time prekeys that a newcomer publishes.
const ONE_TIME_KEYS: u32 = 10;
/// What newcomers' messages are numbered from: above those of people of the population.
const SENDERS_FROM: u64 = 1 << 40;

/// Whom a newcomer writes to, and as what.
struct Visit {
    client: Client,
    host: UserId,
    host_device: String,
    name: String,
    message_id: String,
    stamp: Stamp,
    bytes: usize,
}

impl Person {
    /// Somebody signs up to write to this person.
    pub(super) fn welcome(&mut self, ctx: &mut Context<Self>) {
        let pause = self.pause(self.world.scenario.rates.newcomers_per_minute);
        self.then(pause, ctx, Self::welcome);
        let Ok(client) = self.world.client(self.number) else {
            return;
        };
        let number = now_us();
        let sender = SENDERS_FROM + self.number as u64;
        let visit = Visit {
            client,
            host: self.user_id,
            host_device: self.device_id.clone(),
            name: format!("n{}x{number:x}", self.number),
            message_id: format!("lt-{:x}-{sender}-{number}", self.world.run),
            stamp: Stamp {
                run: self.world.run,
                intended_us: number,
                sender,
                number,
            },
            bytes: self.world.scenario.bytes,
        };
        self.world.board.intended.add(1);
        self.world.board.open.add(1);
        let then = move |visited, person: &mut Self, _: &mut Context<Self>| {
            let board = &person.world.board;
            board.open.sub(1);
            match visited {
                Ok((id, revision)) => {
                    board.newcomers.add(1);
                    board.answered.add(1);
                    board.reached(id, revision);
                    person.visited.push(id);
                }
                Err(ClientError::Api { code, .. }) => board.refused(format!("newcomer: {code}")),
                Err(_) => board.refused("newcomer: failed"),
            }
        };
        ctx.spawn(visit.pay().into_actor(self).map(then));
    }
}

impl Visit {
    /// Signs up, publishes keys, opens a DM and writes into it; answers where, and the revision.
    async fn pay(self) -> Result<(ConversationId, u64), ClientError> {
        let register = RegisterRequest {
            email: format!("{}@example.com", self.name),
            username: self.name.clone(),
            password: PASSWORD.to_owned(),
            device_id: self.name.clone(),
            phone_number: None,
            display_name: None,
            device_name: None,
            device_type: None,
        };
        self.client.register(&register).await?;
        self.client.set_up_keys(&keys()).await?;
        let chat = self.client.create_direct(self.host).await?;
        let mut request = SendMessageRequest::new(chat.id, Vec::new());
        request.client_message_id = Some(self.message_id);
        request.ciphertexts.push(Ciphertext {
            recipient_device_id: self.host_device.clone(),
            recipient_user_id: Some(self.host),
            ciphertext: self.stamp.seal(self.host_device.as_bytes(), self.bytes),
            header: None,
        });
        let sent = self.client.send_message(&request).await?;
        Ok((chat.id, sent.data.revision))
    }
}

/// Bytes as long as keys; the server carries them and does not calculate with them.
fn keys() -> SetupRequest {
    let key = || Base64(rand::random::<[u8; 32]>().to_vec());
    SetupRequest {
        device_id: None,
        identity_key: key(),
        signed_prekey: SignedPrekeyBody {
            key_id: 1,
            public_key: key(),
            signature: Base64(vec![7; 64]),
        },
        one_time_keys: (1..=ONE_TIME_KEYS)
            .map(|key_id| OneTimePrekeyBody {
                user_id: None,
                device_id: None,
                key_id,
                public_key: key(),
            })
            .collect(),
        pq_keys: Vec::new(),
        pq_last_resort: None,
    }
}
