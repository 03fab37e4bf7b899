//! A person with a device, and what they do in tests.

use sentinal_client::{
    Acknowledge, Client, ClientError, RawSocket, Socket, SocketEvent, SocketOptions,
};
use sentinal_protocol::api::Success;
use sentinal_protocol::api::auth::RegisterRequest;
use sentinal_protocol::api::messages::{Ciphertext, SendMessageRequest, SentMessage};
use sentinal_protocol::event::{EventKind, ServerEvent, ServerFrame};
use sentinal_protocol::{Base64, ConversationId, UserId};

use crate::keys::{one_time_keys, setup};
use crate::{Contract, Site, patiently};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery";
/// One-time prekeys of a device. Well above the threshold of `prekeys:low`.
const ONE_TIME_KEYS: u32 = 64;

/// Somebody on one device. What they say is a number, so that order and completeness can be
/// compared: nothing is encrypted, but there is one ciphertext for each device that needs one.
pub struct TestUser {
    /// Their username.
    pub name: String,
    /// Who they are.
    pub id: UserId,
    /// The string of this device.
    pub device: String,
    /// Signed in on this device.
    pub client: Client,
    socket: Option<Socket>,
}

impl TestUser {
    pub(crate) async fn sign_up(client: Client, name: &str) -> Self {
        let request = registration(name);
        let tokens = client.register(&request).await.expect("an account");
        let user = Self {
            name: name.to_owned(),
            id: tokens.user_id,
            device: request.device_id,
            client,
            socket: None,
        };
        user.set_up_keys().await;
        user
    }

    /// Their password, which is everybody's.
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// The same person, signed in on another device, with keys.
    pub async fn another_device(&self, device: &str) -> Self {
        let user = self.another_device_without_keys(device).await;
        user.set_up_keys().await;
        user
    }

    /// The same person, signed in on another device, which nobody encrypts to yet.
    pub async fn another_device_without_keys(&self, device: &str) -> Self {
        let client = self.client.signed_out();
        let signed_in = client.sign_in(&self.name, PASSWORD, device).await;
        signed_in.expect("a login");
        Self {
            name: self.name.clone(),
            id: self.id,
            device: device.to_owned(),
            client,
            socket: None,
        }
    }

    /// The same device, at another server of the same cluster. Not connected there yet.
    pub fn at(&self, site: &Site) -> Self {
        let client = site.stranger();
        client.set_login(self.client.login().map(|login| (*login).clone()));
        Self {
            name: self.name.clone(),
            id: self.id,
            device: self.device.clone(),
            client,
            socket: None,
        }
    }

    /// Publishes keys of random bytes for this device.
    pub async fn set_up_keys(&self) {
        let request = setup(one_time_keys(1..ONE_TIME_KEYS + 1));
        self.client.set_up_keys(&request).await.expect("keys");
    }

    /// Connects; events are acknowledged as they are taken. A connection that breaks stays broken,
    /// so that a test notices.
    pub async fn connect(&mut self) -> &mut Socket {
        self.connect_with(SocketOptions {
            reconnect: false,
            acknowledge: Acknowledge::WhenTaken,
            ..SocketOptions::default()
        })
        .await
    }

    /// Connects; nothing is acknowledged unless the test does it.
    pub async fn connect_without_ack(&mut self) -> &mut Socket {
        self.connect_with(SocketOptions {
            reconnect: false,
            acknowledge: Acknowledge::ByHand,
            ..SocketOptions::default()
        })
        .await
    }

    /// Connects. A socket from before is closed first.
    pub async fn connect_with(&mut self, options: SocketOptions) -> &mut Socket {
        self.disconnect().await;
        let socket = patiently("connecting", self.client.connect(options)).await;
        self.socket.insert(socket.expect("a socket"))
    }

    /// A socket that does nothing by itself, beside the other one.
    pub async fn raw_socket(&self) -> RawSocket {
        let way = sentinal_client::Authenticate::Header;
        let socket = patiently("connecting", RawSocket::connect(&self.client, way)).await;
        socket.expect("a raw socket")
    }

    /// Goes away, in peace: what was taken is acknowledged.
    pub async fn disconnect(&mut self) {
        if let Some(socket) = self.socket.take() {
            patiently("disconnecting", socket.close()).await;
        }
    }

    /// The socket of a connected user.
    pub fn socket(&mut self) -> &mut Socket {
        self.socket.as_mut().expect("connect first")
    }

    /// The ciphertexts of `number` for all devices that need one now.
    pub async fn ciphertexts(&self, chat: ConversationId, number: u64) -> Vec<Ciphertext> {
        let participants = self.client.participants(chat).await.expect("participants");
        let mut ciphertexts = Vec::new();
        for participant in &participants.participants {
            for device in &participant.devices {
                if participant.user_id == self.id && device.device_id == self.device {
                    continue;
                }
                ciphertexts.push(Ciphertext {
                    recipient_device_id: device.device_id.clone(),
                    recipient_user_id: Some(participant.user_id),
                    ciphertext: Base64(number.to_string().into_bytes()),
                    header: None,
                });
            }
        }
        ciphertexts
    }

    /// A send of `number`, complete but for the sending.
    pub async fn message(&self, chat: ConversationId, number: u64) -> SendMessageRequest {
        let ciphertexts = self.ciphertexts(chat, number).await;
        let mut request = SendMessageRequest::new(chat, ciphertexts);
        request.client_message_id = Some(uuid::Uuid::now_v7().to_string());
        request
    }

    /// Sends `number`.
    pub async fn send_text(&self, chat: ConversationId, number: u64) -> SentMessage {
        let answer = self.try_send_text(chat, number).await;
        answer.expect("an answered message").data
    }

    /// Sends `number`, or not.
    pub async fn try_send_text(
        &self,
        chat: ConversationId,
        number: u64,
    ) -> Result<Success<SentMessage>, ClientError> {
        let request = self.message(chat, number).await;
        self.client.send_message(&request).await
    }

    /// Sends these numbers, one after the other, to the devices that need them at the start.
    pub async fn send_many(&self, chat: ConversationId, numbers: impl IntoIterator<Item = u64>) {
        let mut request = self.message(chat, 0).await;
        for number in numbers {
            for ciphertext in &mut request.ciphertexts {
                ciphertext.ciphertext = Base64(number.to_string().into_bytes());
            }
            request.client_message_id = Some(uuid::Uuid::now_v7().to_string());
            let answer = self.client.send_message(&request).await;
            answer.expect("an answered message");
        }
    }

    /// The next event of the socket that is a frame; a lost revision or a broken connection fails
    /// the test.
    pub async fn next_frame(&mut self) -> ServerFrame {
        let name = self.name.clone();
        let event = patiently("the next event", self.socket().next_event()).await;
        match event {
            Some(SocketEvent::Frame(frame)) => {
                Contract::get().check_frame(&frame);
                *frame
            }
            Some(other) => panic!("{name} heard {other:?}"),
            None => panic!("{name}'s socket has closed"),
        }
    }

    /// The next event of this kind; what comes before it is passed over.
    pub async fn wait_for(&mut self, kind: EventKind) -> ServerFrame {
        loop {
            let frame = self.next_frame().await;
            if frame.kind() == Some(kind) {
                return frame;
            }
        }
    }

    /// The number that the next message of the chat says to this device.
    pub async fn next_number(&mut self, chat: ConversationId) -> u64 {
        loop {
            let frame = self.wait_for(EventKind::MessageNew).await;
            if frame.conversation_id() == Some(chat)
                && let Some(number) = number_of(&frame)
            {
                return number;
            }
        }
    }

    /// The numbers of all messages up to `sync:complete`.
    pub async fn messages_until_synced(&mut self) -> Vec<u64> {
        let mut numbers = Vec::new();
        loop {
            let frame = self.next_frame().await;
            match frame.kind() {
                Some(EventKind::MessageNew) => numbers.extend(number_of(&frame)),
                Some(EventKind::SyncComplete) => return numbers,
                Some(_) | None => {}
            }
        }
    }
}

/// What somebody of this name signs up with.
pub fn registration(name: &str) -> RegisterRequest {
    RegisterRequest {
        email: format!("{name}@example.com"),
        username: name.to_owned(),
        phone_number: None,
        password: PASSWORD.to_owned(),
        display_name: None,
        device_id: format!("{name}-phone"),
        device_name: None,
        device_type: None,
    }
}

/// The number that a message says to the device that got it.
pub fn number_of(frame: &ServerFrame) -> Option<u64> {
    let content = match &frame.event {
        ServerEvent::MessageNew(event) => event.entry.content.as_ref(),
        ServerEvent::MessageUpdated(event) => event.entry.content.as_ref(),
        _ => None,
    };
    std::str::from_utf8(&content?.0).ok()?.parse().ok()
}
