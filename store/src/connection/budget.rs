//! How long one request may wait for the database in all.
//!
//! Each statement has a limit of its own, but a request runs several, and a database that answers
//! each of them late would keep its caller waiting for their sum. So the doors run a request within
//! [`with_budget`]; each statement takes what it needed from the rest and gets no more than that.
//! Work in tasks of its own (the journal, the janitor, an upload that lasts as long as its client
//! sends) has no budget, but the limit of each statement.

use std::cell::Cell;
use std::future::Future;
use std::time::{Duration, Instant};

use tokio::time::error::Elapsed;

/// What a request may wait for the database in all, waiting for a connection included. With what
/// else a request does it stays below the 3 s within which callers are promised their 503.
pub const REQUEST_BUDGET: Duration = Duration::from_millis(2_500);

tokio::task_local! {
    static LEFT: Cell<Duration>;
}

/// Runs a request that may wait [`REQUEST_BUDGET`] for the database in all.
pub fn with_budget<F: Future>(request: F) -> impl Future<Output = F::Output> {
    with_budget_of(REQUEST_BUDGET, request)
}

/// Runs a part of a request that may wait so long for the database: what other parts have left it.
pub fn with_budget_of<F: Future>(budget: Duration, request: F) -> impl Future<Output = F::Output> {
    LEFT.scope(Cell::new(budget), request)
}

/// What is left of the budget of the request that asks; all of it outside of a request.
pub fn budget_left() -> Duration {
    LEFT.try_with(Cell::get).unwrap_or(REQUEST_BUDGET)
}

/// A wait for somebody who writes to the database on a request's behalf: at most `limit`, and no
/// longer than what is left to the request, to which it is charged.
pub async fn within_budget<F: Future>(limit: Duration, answer: F) -> Result<F::Output, Elapsed> {
    let wait = Wait::start(limit);
    tokio::time::timeout(wait.left(), answer).await
}

/// One wait for the database; what it takes is charged when it ends.
pub(super) struct Wait {
    since: Instant,
    limit: Duration,
}

impl Wait {
    /// At most `limit`, and no longer than what is left to the request.
    pub(super) fn start(limit: Duration) -> Self {
        let left = LEFT.try_with(Cell::get).unwrap_or(limit);
        Self {
            since: Instant::now(),
            limit: limit.min(left),
        }
    }

    /// What is left of it.
    pub(super) fn left(&self) -> Duration {
        self.limit.saturating_sub(self.since.elapsed())
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let took = self.since.elapsed();
        let _ = LEFT.try_with(|left| left.set(left.get().saturating_sub(took)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waits_of_one_request_share_its_budget() {
        let limit = Duration::from_mins(1);
        assert_eq!(
            Wait::start(limit).limit,
            limit,
            "no budget outside a request"
        );
        with_budget(async {
            let wait = Wait::start(limit);
            assert_eq!(wait.limit, REQUEST_BUDGET);
            let since = wait.since;
            drop(wait);
            let second = Wait::start(limit);
            assert!(second.limit < REQUEST_BUDGET);
            assert!(second.limit + since.elapsed() >= REQUEST_BUDGET);
        })
        .await;
    }

    /// A send waits for its checks and then for the journal: not for each of them as long as for both.
    #[tokio::test]
    async fn waiting_for_who_writes_is_charged_to_the_request() {
        let spent = Duration::from_millis(20);
        with_budget_of(spent, async {
            let answer = within_budget(Duration::from_mins(1), std::future::pending::<()>());
            assert!(answer.await.is_err());
            assert_eq!(budget_left(), Duration::ZERO);
            assert_eq!(Wait::start(Duration::from_mins(1)).limit, Duration::ZERO);
        })
        .await;
    }
}
