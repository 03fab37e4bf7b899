//! One example of each frame, for documents.

use super::{Ack, Auth, DeclineCall, EndCall, Example, Mark, Presence, Signal, Sync, Typing};
use crate::api::control::ControlFrame;
use crate::api::messages::{Ciphertext, SendMessageRequest};
use crate::example::{ALICE, CALL, CHAT, MESSAGE, TABLET, example, raw};
use crate::{Availability, Base64, CallDecline};

example!(Auth {
    token: "Bearer eyJhbGciOi".to_owned(),
    resume: None,
});

example!(Ack {
    conversation_id: CHAT,
    revision: 12,
});

example!(Mark {
    message_id: MESSAGE
});

example!(Typing {
    conversation_id: CHAT
});

example!(Presence {
    status: Some(Availability::Busy)
});

example!(Sync {
    cursors: [(CHAT, 12)].into(),
});

example!(Signal {
    call_id: CALL,
    to_id: ALICE,
    data: raw(&"v=0"),
    to_device_id: None,
});

example!(DeclineCall {
    call_id: CALL,
    reason: Some(CallDecline::Busy),
});

example!(EndCall {
    call_id: CALL,
    reason: None,
});

fn for_tablet(text: &str) -> Vec<Ciphertext> {
    vec![Ciphertext {
        recipient_device_id: TABLET.to_owned(),
        recipient_user_id: None,
        ciphertext: Base64(text.as_bytes().to_vec()),
        header: None,
    }]
}

impl Example for Box<SendMessageRequest> {
    fn example() -> Self {
        Self::new(SendMessageRequest::new(CHAT, for_tablet("hello")))
    }
}

impl Example for Box<ControlFrame> {
    fn example() -> Self {
        Self::new(ControlFrame {
            conversation_id: CHAT,
            ciphertexts: for_tablet("resend 7"),
            client_message_id: Some("6a20".to_owned()),
            urgent: false,
        })
    }
}
