//! Writing the steps of calls: those that come together go in one transaction.
//!
//! A thousand calls that begin at once would be as many transactions, each waiting for the disk, and
//! on SQLite each in front of the journal. So one step at a time is being written, and it takes along
//! what has come meanwhile.

use std::sync::{Arc, Mutex, PoisonError};

use sentinal_store::{CallSaved, CallWrite, Store};
use tokio::sync::{Semaphore, oneshot};

use crate::error::ApiError;

/// Steps in one transaction: some 20 ms of the writer, so that the journal does not wait long.
const BATCH_MAX: usize = 64;

/// A step that waits, and who waits for it.
struct Waiting {
    write: CallWrite,
    reply: oneshot::Sender<Result<CallSaved, ApiError>>,
}

/// The one way in which calls are written. Cloning it is cheap.
#[derive(Clone)]
pub struct CallWriter {
    store: Store,
    /// Bounded by the number of live calls, each of which writes one step at a time.
    waiting: Arc<Mutex<Vec<Waiting>>>,
    turn: Arc<Semaphore>,
}

impl CallWriter {
    /// Over a store.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            waiting: Arc::default(),
            turn: Arc::new(Semaphore::new(1)),
        }
    }

    /// Writes a step; answers what became of it once that is certain.
    pub async fn save(&self, write: CallWrite) -> Result<CallSaved, ApiError> {
        let (reply, mut answer) = oneshot::channel();
        self.waiting().push(Waiting { write, reply });
        let Ok(_turn) = self.turn.acquire().await else {
            return Err(ApiError::unhealthy());
        };
        // Many may have been before this one.
        loop {
            match answer.try_recv() {
                Ok(saved) => return saved,
                // Whoever took it along has gone away in the middle.
                Err(oneshot::error::TryRecvError::Closed) => return Err(ApiError::unhealthy()),
                Err(oneshot::error::TryRecvError::Empty) => self.write_batch().await,
            }
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn write_batch(&self) {
        let mut batch: Vec<Waiting> = {
            let mut waiting = self.waiting();
            let count = waiting.len().min(BATCH_MAX);
            waiting.drain(..count).collect()
        };
        // Two nodes that make calls in the same conversations meet in one order.
        batch.sort_by_key(|it| match &it.write {
            CallWrite::Create(call) | CallWrite::Step { call, .. } => call.conversation_id,
        });
        let (writes, replies): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|it| (it.write, it.reply)).unzip();
        let saved = self.store.save_calls(&writes).await;
        let saved: Vec<Result<CallSaved, ApiError>> = match saved {
            Ok(saved) => saved.into_iter().map(Ok).collect(),
            Err(error) => {
                let error = ApiError::from(error);
                writes.iter().map(|_| Err(error.clone())).collect()
            }
        };
        for (reply, saved) in replies.into_iter().zip(saved) {
            // Its call may be gone.
            let _ = reply.send(saved);
        }
    }
}
