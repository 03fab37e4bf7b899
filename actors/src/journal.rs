//! (draft) the journal's handle.

use std::future::Future;
use std::pin::Pin;

use sentinal_store::{Committed, Store, StoreError};

use crate::app::ApiError;

/// What a change answers, and what it committed, in order.
pub type Changed<T> = (T, Vec<Committed>);

/// Hands changes of conversations to the journal.
#[derive(Clone)]
pub struct Journal {
    store: Store,
}

impl Journal {
    /// (draft)
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Runs a change of conversations in the journal's order: `work` does one transaction in the
    /// store and answers with what it committed, which the journal then hands to the rooms. A
    /// caller that goes away does not cancel its change.
    pub async fn change<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(Store) -> Pin<Box<dyn Future<Output = Result<Changed<T>, StoreError>> + Send>>
            + Send
            + 'static,
    {
        let (answer, _committed) = work(self.store.clone()).await?;
        Ok(answer)
    }
}
