//! What attackers do, by what they take.

pub mod accounts;
pub mod connections;
pub mod files;
pub mod frames;
pub mod requests;

use std::time::{Duration, Instant};

use futures_util::future::join_all;

/// Does something over and over, in so many places at once, until a time has come; how often. What
/// it is answered is the server's business: an attacker goes on.
pub async fn hammer(places: usize, end: Instant, act: impl AsyncFnMut(usize) + Clone) -> u64 {
    let places = (0..places).map(|place| {
        let mut act = act.clone();
        async move {
            let mut count = 0;
            while Instant::now() < end {
                // An attempt that hangs is one of those that were made.
                let left = end.saturating_duration_since(Instant::now());
                let _ = tokio::time::timeout(left, act(place)).await;
                count += 1;
            }
            count
        }
    });
    join_all(places).await.into_iter().sum()
}

/// Waits until a time has come.
pub async fn hold(end: Instant) {
    tokio::time::sleep_until(end.into()).await;
}

/// Between two attempts of an attacker who would wait for an answer that comes at once.
pub const BREATH: Duration = Duration::from_millis(5);
