use std::sync::Arc;

use actix::prelude::*;
use sentinal_protocol::{DeviceId, UserId};
use tokio::sync::oneshot;

use crate::address::SessionKey;
use crate::call::machine::{Call, Input, Refusal};
use crate::call::signals::Signal;
use crate::error::ApiError;

/// To a call.
#[derive(Message)]
#[rtype(result = "()")]
pub enum ToCall {
    /// Something happens to the call.
    Do {
        /// What happens.
        input: Input,
        /// Who waits for it. What nobody waits for is tried until it is done.
        reply: Option<Reply>,
    },
    /// From the registry: a signal is to be relayed. An answer of somebody who is asked accepts the
    /// call first.
    Relay {
        /// The signal.
        signal: Signal,
        /// Who waits for it.
        reply: Reply,
    },
    /// From a session that is live, or has missed something: it is told the present state.
    Arrived(Arrived),
    /// A socket of somebody in the call has ended.
    Gone(UserId),
    /// Login sessions of somebody in the call have ended.
    LoggedOut(UserId),
}

/// Why a request to a call was not done.
#[derive(Debug)]
pub enum CallFailure {
    /// A rule of calls.
    Refused(Refusal),
    /// Anything else.
    Error(ApiError),
}

/// What came of a request to a call.
#[derive(Debug)]
pub struct Answer {
    /// The call as it is then.
    pub call: Arc<Call>,
    /// Whether this request has changed it.
    pub changed: bool,
}

/// Answers a request. Dropped: the actor has ended.
pub type Reply = oneshot::Sender<Result<Answer, CallFailure>>;

/// A socket of somebody in a call.
#[derive(Clone, Copy, Debug)]
pub struct Arrived {
    /// The user it belongs to.
    pub user_id: UserId,
    /// Which device's.
    pub device_id: DeviceId,
    /// Where it is.
    pub key: SessionKey,
}
