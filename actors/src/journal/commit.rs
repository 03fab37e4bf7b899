//! The journal's transactions: batches of messages, repeated where another transaction was in the
//! way, looked up where the outcome is unknown.

use std::collections::BTreeMap;
use std::time::Duration;

use sentinal_protocol::{ConversationId, ErrorCode};
use sentinal_store::{Committed, Entry, NewMessage, SendOutcome, StoreError};

use super::{Duplicate, RETRY_PAUSE, Recheck, Submit};
use crate::error::ApiError;
use crate::node::Node;

/// How often a contended transaction is repeated before its callers are told.
pub(super) const RETRIES: usize = 20;
/// How often a message whose roster changed is checked again: each time needs another change of
/// the roster between two statements, so more means that something is wrong.
pub(super) const RECHECKS: usize = 8;

/// Replaces the rosters of changed conversations before their rooms hear of it.
pub(super) async fn refresh_rosters(node: &Node, committed: &[Committed]) {
    // What is done to a message changes nobody's membership; a roster is needed all the same, to see
    // whether anybody is here to be told.
    let mut changed: BTreeMap<ConversationId, bool> = BTreeMap::new();
    for change in committed {
        let may_differ = matches!(change.entry, Entry::Change(_));
        *changed.entry(change.conversation_id).or_default() |= may_differ;
    }
    for (id, may_differ) in changed {
        if may_differ {
            node.rosters.forget(id);
        }
        if let Err(error) = node.rosters.get(id).await {
            // The room will read it for itself.
            tracing::warn!(%error, conversation = %id, "journal: a roster could not be read");
        }
    }
}

/// A batch in one transaction, and again for those whose roster changed meanwhile, before anything
/// that was handed in later: so one socket's messages keep their order.
pub(super) async fn commit_messages(
    node: Node,
    recheck: Recheck,
    batch: Vec<Submit>,
) -> Vec<Committed> {
    let mut news = Vec::new();
    let mut waiting = batch;
    for _ in 0..RECHECKS {
        let (messages, replies): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .map(|submit| (submit.message, (submit.reply, submit.place)))
            .unzip();
        let outcomes = store_messages(&node, &messages, &mut news).await;
        waiting = Vec::new();
        for ((message, (reply, place)), outcome) in messages.into_iter().zip(replies).zip(outcomes)
        {
            let answer = match outcome {
                Ok(SendOutcome::Sent(sent)) => Ok((sent, Duplicate::No)),
                Ok(SendOutcome::Repeat(sent)) => Ok((sent, Duplicate::Yes)),
                Ok(SendOutcome::Conflict) => Err(ApiError::new(
                    ErrorCode::IdempotencyConflict,
                    "This key was used for another request.",
                )),
                Ok(SendOutcome::Stale) => {
                    node.rosters.forget(message.conversation_id);
                    match recheck(message).await {
                        Ok(message) => {
                            waiting.push(Submit {
                                message,
                                reply,
                                place,
                            });
                            continue;
                        }
                        Err(error) => Err(error),
                    }
                }
                Err(error) => Err(error),
            };
            // A caller that went away needs no answer.
            let _ = reply.send(answer);
        }
        if waiting.is_empty() {
            return heard_elsewhere(&node, news).await;
        }
    }
    for submit in waiting {
        let _ = submit.reply.send(Err(ApiError::overloaded()));
    }
    heard_elsewhere(&node, news).await
}

/// Rosters say which other nodes are to hear of a message. They were read to check it, and are nearly
/// always still there; callers are answered before.
async fn heard_elsewhere(node: &Node, news: Vec<Committed>) -> Vec<Committed> {
    if node.bus.is_on() {
        refresh_rosters(node, &news).await;
    }
    news
}

async fn store_messages(
    node: &Node,
    messages: &[NewMessage],
    news: &mut Vec<Committed>,
) -> Vec<Result<SendOutcome, ApiError>> {
    for _ in 0..RETRIES {
        match node.store.send_messages(messages, node.clock.now()).await {
            Ok((outcomes, committed)) => {
                news.extend(committed);
                return outcomes.into_iter().map(Ok).collect();
            }
            Err(StoreError::Contended(_)) => actix_rt::time::sleep(RETRY_PAUSE).await,
            Err(error @ StoreError::Unsettled(_)) => {
                tracing::warn!(error = %error, "journal: looking up a commit of unknown outcome");
                return settle_unknown(node, messages, news).await;
            }
            // Nothing was stored, and alone each message would wait as long again.
            Err(error @ (StoreError::Unavailable(_) | StoreError::Busy(_))) => {
                let error = ApiError::from(error);
                return messages.iter().map(|_| Err(error.clone())).collect();
            }
            Err(error) if messages.len() > 1 => {
                // One bad row fails a batch: the others must not pay for it.
                tracing::error!(error = ?error, "journal: a batch failed, its messages are tried alone");
                let mut outcomes = Vec::with_capacity(messages.len());
                for message in messages {
                    let alone = std::slice::from_ref(message);
                    outcomes.extend(Box::pin(store_messages(node, alone, news)).await);
                }
                return outcomes;
            }
            Err(error) => return vec![Err(error.into())],
        }
    }
    messages
        .iter()
        .map(|_| Err(ApiError::overloaded()))
        .collect()
}

/// After a lost connection: what is in the database was sent, the rest was not. Callers who waited
/// too long have been told to ask again; what proves committed still goes to the rooms.
async fn settle_unknown(
    node: &Node,
    messages: &[NewMessage],
    news: &mut Vec<Committed>,
) -> Vec<Result<SendOutcome, ApiError>> {
    let places: Vec<_> = messages
        .iter()
        .map(|message| (message.id, message.conversation_id))
        .collect();
    let mut found = loop {
        match node.store.find_stored(&places).await {
            Ok(found) => break found,
            Err(error) => {
                tracing::warn!(%error, "journal: the database is still away");
                actix_rt::time::sleep(RETRY_PAUSE * 4).await;
            }
        }
    };
    let mut committed: Vec<_> = Vec::new();
    let outcomes = messages
        .iter()
        .map(|message| match found.remove(&message.id) {
            Some(sent) => {
                committed.push(sentinal_store::committed(message, &sent));
                Ok(SendOutcome::Sent(sent))
            }
            None => Err(ApiError::new(
                ErrorCode::Unhealthy,
                "The database was not available; nothing was stored, try again.",
            )
            .with_retry_after(Duration::from_secs(1))),
        })
        .collect();
    committed.sort_by_key(|change| (change.conversation_id, change.revision));
    news.extend(committed);
    outcomes
}
