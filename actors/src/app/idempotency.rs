//! Requests under an idempotency key: the first one is done, equal ones get its answer.
//!
//! The claim, the request's own transactions and the record of its answer are separate commits. A
//! process that dies between the effect and the record leaves a claim that lapses after
//! [`sentinal_store::CLAIM_HOLDS`]; a repeat after that does the request again. For most requests that is no
//! difference (to join, to add, to block twice is to do it once); one that makes something new each
//! time, such as a group, may then have made it twice. Sends are exact: their key is written with
//! their message.

use std::time::Duration;

use sentinal_protocol::{ErrorCode, Timestamp};
use sentinal_store::{KeyState, KeyedRequest};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::rate_limits::Bucket;
use super::{ApiError, App, Caller};

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

/// The right to answer for a key.
pub struct Claim {
    request: KeyedRequest,
    at: Timestamp,
}

impl App {
    /// Looks a key up and claims it if it is free; waits for an equal request that is at work.
    pub async fn take_turn(
        &self,
        caller: &Caller,
        key: &str,
        request_hash: [u8; 32],
    ) -> Result<Turn, ApiError> {
        let request = KeyedRequest {
            user_id: caller.user_id,
            key: key.to_owned(),
            request_hash,
        };
        let mut waited = Duration::ZERO;
        loop {
            // Whoever may do nothing more now is not given a row to write either.
            let spent = self
                .limits
                .peek(Bucket::General, caller.user_id)
                .is_some_and(|seen| seen.remaining == 0);
            let at = self.clock.now();
            let state = if spent {
                self.store.find_key(&request, at).await?
            } else {
                Some(self.store.claim_key(&request, at).await?)
            };
            match state {
                None => return Ok(Turn::Unclaimed),
                Some(KeyState::Claimed) => return Ok(Turn::First(Claim { request, at })),
                Some(KeyState::Answered(answer)) => return Ok(Turn::Repeat(answer)),
                Some(KeyState::Conflict) => return Err(super::messages::conflict()),
                Some(KeyState::AtWork) if waited >= WAIT_MAX => {
                    return Err(ApiError::new(
                        ErrorCode::Unsettled,
                        "An equal request is still at work; ask again with the same key.",
                    )
                    .with_retry_after(Duration::from_secs(1)));
                }
                Some(KeyState::AtWork) => {
                    tokio::time::sleep(LOOK_EVERY).await;
                    waited += LOOK_EVERY;
                }
            }
        }
    }

    /// Keeps the answer of a request that succeeded.
    pub async fn keep_answer(
        &self,
        claim: &Claim,
        status: u16,
        answer: &str,
    ) -> Result<(), ApiError> {
        self.store
            .keep_answer(&claim.request, claim.at, status, answer)
            .await?;
        Ok(())
    }

    /// Gives up the claim of a request that was refused.
    pub async fn give_up(&self, claim: &Claim) -> Result<(), ApiError> {
        self.store.release_key(&claim.request, claim.at).await?;
        Ok(())
    }

    /// Deletes a batch of keys that are no longer remembered; whether there may be more.
    pub(crate) async fn tidy_idempotency_keys(&self) -> Result<bool, ApiError> {
        let now = self.clock.now();
        let deleted = self.store.delete_expired_keys(now, TIDY_BATCH).await?;
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
