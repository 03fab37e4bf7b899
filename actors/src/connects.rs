//! Who may connect now: a bound on the sockets that are between their token and `hello`.
//!
//! A connect asks the database five questions and is ten times as large as the live socket that
//! comes of it. After a restart, or when a proxy dies, all sockets come back at once; without a bound
//! each of them would hold that memory while it waits for one of a few database connections, and so
//! would the sends of those who are live.
//!
//! Whoever has a permit connects; the others wait in order, for a limited time. What they hold
//! meanwhile is the business of the doors: a signature that verified and a TCP stream. Permits and
//! places in the queue are values that give themselves back when dropped, whatever becomes of the
//! client.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::ApiError;

/// Sockets between authentication and `hello` at once, over all workers.
///
/// Enough to keep every connection of the database busy (16 on PostgreSQL, 4 readers on SQLite) while
/// others are parsed and answered; and a send that asks the database is behind 32 at most.
pub const CONNECTS_AT_ONCE: usize = 32;
/// Sockets that may wait for a permit. One that waits costs about 2 KB, so this is 32 MB at most.
const WAITING_MAX: usize = 16_384;
/// How long one may wait. Clients give up on a connect after ten seconds or so, and one that is
/// told to come back later spreads the storm.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// Clients that waited in vain are asked to come back within this many milliseconds, spread evenly.
const COME_BACK_MS_MAX: u64 = 10_000;

/// The permits of one node. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Connects {
    permits: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// The right to connect. Given back when dropped.
#[derive(Debug)]
pub struct ConnectPermit {
    _permit: OwnedSemaphorePermit,
}

impl Default for Connects {
    fn default() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(CONNECTS_AT_ONCE)),
            places: Arc::new(Semaphore::new(WAITING_MAX)),
        }
    }
}

impl Connects {
    /// A permit, in the order of asking. Refused when too many wait or this one has waited too long
    /// (503 `OVERLOADED`), and when the node drains. Dropping the future gives the place up.
    pub async fn acquire(&self) -> Result<ConnectPermit, ApiError> {
        let place = self.places.try_acquire().map_err(|_| overloaded())?;
        let permit = self.permits.clone().acquire_owned();
        let permit = tokio::time::timeout(WAIT_MAX, permit).await;
        drop(place);
        match permit {
            Ok(Ok(permit)) => Ok(ConnectPermit { _permit: permit }),
            Ok(Err(_closed)) => Err(draining()),
            Err(_elapsed) => Err(overloaded()),
        }
    }

    /// The node drains: nobody gets a permit any more, and nobody waits for one.
    pub(crate) fn close(&self) {
        self.permits.close();
    }

    /// Sockets between authentication and `hello`; never more than [`CONNECTS_AT_ONCE`].
    pub fn connecting(&self) -> usize {
        CONNECTS_AT_ONCE.saturating_sub(self.permits.available_permits())
    }

    /// Sockets that wait for a permit.
    pub fn waiting(&self) -> usize {
        WAITING_MAX.saturating_sub(self.places.available_permits())
    }
}

fn overloaded() -> ApiError {
    let after = rand::random_range(1_000..=COME_BACK_MS_MAX);
    ApiError::overloaded().with_retry_after(Duration::from_millis(after))
}

fn draining() -> ApiError {
    ApiError::shutting_down()
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use futures_util::future::join_all;
    use sentinal_protocol::ErrorCode;

    use super::*;

    /// All permits there are.
    async fn all(connects: &Connects) -> Vec<ConnectPermit> {
        let permits = join_all((0..CONNECTS_AT_ONCE).map(|_| connects.acquire())).await;
        permits.into_iter().map(Result::unwrap).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_gets_the_first_permit_that_is_dropped() {
        let connects = Connects::default();
        let mut permits = all(&connects).await;
        assert_eq!(connects.connecting(), CONNECTS_AT_ONCE);
        let mut next = Box::pin(connects.acquire());
        assert!(next.as_mut().now_or_never().is_none());
        assert_eq!(connects.waiting(), 1);
        permits.pop();
        let permit = next.await.unwrap();
        assert_eq!(
            (connects.connecting(), connects.waiting()),
            (CONNECTS_AT_ONCE, 0)
        );
        drop((permit, permits));
        assert_eq!(connects.connecting(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_goes_away_gives_its_place_up() {
        let connects = Connects::default();
        let _permits = all(&connects).await;
        let mut gone = Box::pin(connects.acquire());
        assert!(gone.as_mut().now_or_never().is_none());
        drop(gone);
        assert_eq!(connects.waiting(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_has_an_end() {
        let connects = Connects::default();
        let _permits = all(&connects).await;
        let refused = connects.acquire().await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Overloaded);
        assert!(refused.retry_after.is_some());
        assert_eq!(connects.waiting(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn the_queue_has_an_end() {
        let connects = Connects::default();
        let _permits = all(&connects).await;
        let mut waiting: Vec<_> = (0..WAITING_MAX)
            .map(|_| Box::pin(connects.acquire()))
            .collect();
        for one in &mut waiting {
            assert!(one.as_mut().now_or_never().is_none());
        }
        let refused = connects.acquire().now_or_never().unwrap().unwrap_err();
        assert_eq!(refused.code, ErrorCode::Overloaded);
    }

    #[tokio::test(start_paused = true)]
    async fn a_drain_sends_everybody_away() {
        let connects = Connects::default();
        let _permits = all(&connects).await;
        let mut waiting = Box::pin(connects.acquire());
        assert!(waiting.as_mut().now_or_never().is_none());
        connects.close();
        assert_eq!(waiting.await.unwrap_err().code, ErrorCode::Unhealthy);
    }
}
