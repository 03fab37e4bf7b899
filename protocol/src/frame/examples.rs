//! One example of each frame, for documents.

use super::{Ack, Auth, DeclineCall, EndCall, Example, Mark, Presence, Signal, Sync, Typing};
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

impl Example for Box<SendMessageRequest> {
    fn example() -> Self {
        let ciphertext = Ciphertext {
            recipient_device_id: TABLET.to_owned(),
            recipient_user_id: None,
            ciphertext: Base64(b"hello".to_vec()),
            header: None,
        };
        Self::new(SendMessageRequest::new(CHAT, vec![ciphertext]))
    }
}
