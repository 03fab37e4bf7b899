use actix::prelude::*;
use sentinal_protocol::{CloseCode, Timestamp};

/// From the hub to a session.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub enum ToSession {
    /// Close the socket.
    Close(CloseCode),
    /// The token ends at this moment, which is soon.
    Warn(Timestamp),
}
