//! What waits for a call's actor.

use super::machine::Input;
use super::signals::Signal;
use crate::messages::{Arrived, CallFailure, Reply};

/// Who waits for a step.
pub(super) struct Waiter {
    pub(super) reply: Reply,
    /// To be relayed once it is done.
    pub(super) then: Option<Signal>,
}

impl Waiter {
    pub(super) fn fail(self, failure: CallFailure) {
        // Who waits may have gone.
        let _ = self.reply.send(Err(failure));
    }
}

/// What waits for its turn.
pub(super) enum Work {
    Step(Input, Option<Waiter>),
    Signal(Signal, Reply),
    State(Arrived),
}
