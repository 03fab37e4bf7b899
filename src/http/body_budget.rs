//! What the bodies of requests that are being read hold in memory, over all connections.
//!
//! A body is charged as it arrives and for as long as it is held, so that no number of connections
//! fills the memory: past the bound a request is refused with 503 and comes again.

use std::sync::Arc;

use sentinal_actors::byte_budget::{ByteBudget, ByteLimits};

/// Bytes of all bodies at once.
const BYTES_MAX: usize = 64 * 1024 * 1024;
/// A small body, bytes. What asks for no token takes no larger one.
pub(crate) const SMALL_BODY_BYTES: usize = 16 * 1024;
/// A network may have a few of the largest at once, and a quarter is left to small ones.
const BODIES: ByteLimits = ByteLimits {
    all: BYTES_MAX,
    large: BYTES_MAX / 4 * 3,
    network: BYTES_MAX / 4,
    small: SMALL_BODY_BYTES,
};

/// The budget of a server.
#[derive(Debug)]
pub(crate) struct Bodies(pub(crate) Arc<ByteBudget>);

impl Default for Bodies {
    fn default() -> Self {
        Self(ByteBudget::new(BODIES))
    }
}
