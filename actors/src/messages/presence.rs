use actix::prelude::*;
use uuid::Uuid;

use crate::bus::PresenceNews;

/// To presence: about other nodes.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub enum Elsewhere {
    /// A node says how a user is there.
    Says(PresenceNews, Uuid),
    /// A node is gone, and with it its sockets.
    Died(Uuid),
    /// Other nodes may have said what was not heard.
    Gap,
}
