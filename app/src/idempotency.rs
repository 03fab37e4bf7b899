//! Requests under an idempotency key: the first one is done, equal ones get its answer.
//!
//! The claim, the request's own transactions and the record of its answer are separate commits. A
//! process that dies between the effect and the record leaves a claim. It is free once that process
//! is known to be dead; a repeat after that does the request again. For most requests that is no
//! difference (to join, to add, to block twice is to do it once); one that makes something new each
//! time, such as a group, may then have made it twice. Sends are exact: their key is written with
//! their message.
//!
//! Which requests are at work in this process it knows itself, whatever the wall clock says: a claim
//! of its own that nobody works at was given up.

mod kept;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sentinal_protocol::{ErrorCode, Timestamp, UserId};
use sentinal_store::{Claimant, KeyState, KeyedRequest};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use crate::context::Context;
use crate::rate_limits::Bucket;
use crate::{ApiError, Caller};

/// How long an equal request waits for the first one. Below what clients wait for an answer.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// How often it looks. Repeats at once are rare, and on several nodes only the database knows of
/// the first one, so that there is no second way to wait for one of the same node.
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// Rows deleted in one transaction.
const TIDY_BATCH: u64 = 1_000;

/// Whose turn it is.
pub enum Turn {
    /// The caller's: the request is new.
    First(Claim),
    /// Nobody's: this was the answer.
    Repeat(String),
    /// The caller's, but it will be refused for too many requests: nothing is remembered.
    Unclaimed,
}

/// The right to answer for a key, for as long as it is held.
pub struct Claim {
    request: KeyedRequest,
    at: Timestamp,
    _running: RunningKey,
}

/// The keys whose requests are at work in this process, with their hashes. There are never more than
/// requests. Cloning it is cheap.
#[derive(Clone, Default)]
pub(crate) struct RunningKeys(Arc<Mutex<Running>>);

type Running = HashMap<(UserId, String), [u8; 32]>;

/// A key whose request is at work, until it is dropped.
struct RunningKey {
    keys: RunningKeys,
    key: (UserId, String),
}

/// What is at work under a key.
enum Begin {
    /// Nothing until now.
    First(RunningKey),
    /// An equal request.
    Equal,
    /// Another request.
    Other,
}

impl RunningKeys {
    fn running(&self) -> MutexGuard<'_, Running> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, request: &KeyedRequest) -> Begin {
        let key = (request.user_id, request.key.clone());
        match self.running().entry(key.clone()) {
            Entry::Occupied(known) if *known.get() == request.request_hash => Begin::Equal,
            Entry::Occupied(_) => Begin::Other,
            Entry::Vacant(vacant) => {
                vacant.insert(request.request_hash);
                let keys = self.clone();
                Begin::First(RunningKey { keys, key })
            }
        }
    }
}

impl Drop for RunningKey {
    fn drop(&mut self) {
        self.keys.running().remove(&self.key);
    }
}

/// What came of claiming a key.
enum Claimed {
    /// Whose turn it is.
    Turn(Turn),
    /// An equal request is at work in another process.
    Elsewhere,
}

/// Requests that carry a key of their own.
#[derive(Clone)]
pub struct IdempotencyService {
    pub(crate) context: Context,
    pub(crate) running_keys: RunningKeys,
}

impl IdempotencyService {
    /// Looks a key up and claims it if it is free; waits for an equal request that is at work. The
    /// request itself is counted in this bucket, later.
    pub async fn take_turn(
        &self,
        caller: &Caller,
        key: &str,
        request_hash: [u8; 32],
        bucket: Bucket,
    ) -> Result<Turn, ApiError> {
        let request = KeyedRequest {
            user_id: caller.user_id,
            key: key.to_owned(),
            request_hash,
        };
        let asked_at = Instant::now();
        loop {
            let running = match self.running_keys.begin(&request) {
                Begin::First(running) => Some(running),
                Begin::Equal => None,
                Begin::Other => return Err(crate::messages::conflict()),
            };
            if let Some(running) = running {
                match self.claim(&request, running, bucket).await? {
                    Claimed::Turn(turn) => return Ok(turn),
                    Claimed::Elsewhere => {}
                }
            }
            if asked_at.elapsed() >= WAIT_MAX {
                return Err(ApiError::new(
                    ErrorCode::Unsettled,
                    "An equal request is still at work; ask again with the same key.",
                )
                .with_retry_after(Duration::from_secs(1)));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Claims a key for which nothing is at work in this process.
    async fn claim(
        &self,
        request: &KeyedRequest,
        running: RunningKey,
        bucket: Bucket,
    ) -> Result<Claimed, ApiError> {
        // Whoever may do nothing more now is not given a row to write either.
        let spent = self
            .context
            .limits
            .peek(bucket, request.user_id)
            .is_some_and(|seen| seen.remaining == 0);
        let at = self.context.clock.now();
        let state = if spent {
            self.context.store.find_key(request, at).await?
        } else {
            let claimant = Claimant {
                node: self.context.calls.node_id,
                others: self.context.calls.other_nodes(),
            };
            Some(self.context.store.claim_key(request, &claimant, at).await?)
        };
        Ok(Claimed::Turn(match state {
            None => Turn::Unclaimed,
            Some(KeyState::Claimed) => Turn::First(Claim {
                request: request.clone(),
                at,
                _running: running,
            }),
            Some(KeyState::Answered(answer)) => Turn::Repeat(answer),
            Some(KeyState::Conflict) => return Err(crate::messages::conflict()),
            Some(KeyState::AtWork) => return Ok(Claimed::Elsewhere),
        }))
    }

    /// Keeps the answer of a request that succeeded.
    pub async fn keep_answer(
        &self,
        claim: &Claim,
        status: u16,
        answer: &str,
        body: &[u8],
    ) -> Result<(), ApiError> {
        let kept = kept::shorten(answer, body);
        if kept.len() > kept::WHOLE_BYTES_MAX && !self.has_room(claim, kept.len()).await? {
            return self.give_up(claim).await;
        }
        self.context
            .store
            .keep_answer(&claim.request, claim.at, status, &kept)
            .await?;
        Ok(())
    }

    /// The answer to a request with this body, from what was kept of it.
    pub fn restore_answer(&self, kept: String, body: &[u8]) -> String {
        kept::restore(kept, body)
    }

    /// Whether so many bytes more may be kept of the one whose claim it is.
    async fn has_room(&self, claim: &Claim, bytes: usize) -> Result<bool, ApiError> {
        let quota = self.context.settings.files.quota();
        let store = &self.context.store;
        let used = store.find_storage_use(claim.request.user_id, quota).await?;
        Ok(used.total().saturating_add(bytes as u64) <= quota.bytes_max)
    }

    /// Gives up the claim of a request that was refused.
    pub async fn give_up(&self, claim: &Claim) -> Result<(), ApiError> {
        self.context
            .store
            .release_key(&claim.request, claim.at)
            .await?;
        Ok(())
    }

    /// Deletes a batch of keys that are no longer remembered; whether there may be more.
    pub(crate) async fn tidy_idempotency_keys(&self) -> Result<bool, ApiError> {
        let now = self.context.clock.now();
        let deleted = self
            .context
            .store
            .delete_expired_keys(now, TIDY_BATCH)
            .await?;
        Ok(deleted == TIDY_BATCH)
    }
}

/// SHA-256 over a request in canonical form: its method and path, the fields of its query in order,
/// its JSON without white space and with fields in order of name.
pub fn request_hash(method: &str, path: &str, query: &str, body: &[u8]) -> [u8; 32] {
    let mut fields: Vec<&str> = query.split('&').filter(|field| !field.is_empty()).collect();
    fields.sort_unstable();
    let mut hash = Sha256::new();
    for line in [method, path, &fields.join("&")] {
        // None of them can hold a line break.
        hash.update(line.as_bytes());
        hash.update(b"\n");
    }
    match serde_json::from_slice::<Value>(body) {
        // A `Value`'s objects are sorted.
        Ok(json) => hash.update(json.to_string().as_bytes()),
        Err(_) => hash.update(body),
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_equal_whatever_their_spacing_and_order() {
        let of = |query: &str, body: &str| request_hash("POST", "/x", query, body.as_bytes());
        assert_eq!(
            of("a=1&b=2", r#"{"a":1,"b":[2]}"#),
            of("b=2&a=1", "{ \"b\": [2], \"a\": 1 }")
        );
        assert_ne!(of("a=1", "{}"), of("a=2", "{}"));
        assert_ne!(of("", r#"{"a":1}"#), of("", r#"{"a":2}"#));
        assert_ne!(of("", "rubbish"), of("", "other"));
        assert_ne!(
            request_hash("POST", "/x", "", b"{}"),
            request_hash("POST", "/y", "", b"{}")
        );
    }
}
