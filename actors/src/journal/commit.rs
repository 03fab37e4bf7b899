//! The journal's transactions: batches of messages and of receipt marks, repeated where another
//! transaction was in the way, looked up where the outcome is unknown.

use std::sync::Arc;

use sentinal_protocol::ErrorCode;
use sentinal_store::{Committed, Entry, Mark, NewMessage, SendOutcome, StoreError};
use std::time::Duration;

use super::{Duplicate, MarkReceipts, News, RETRY_PAUSE, Submit};
use crate::app::{ApiError, App};

/// How often a contended transaction is repeated before its callers are told.
const RETRIES: usize = 20;
/// How often a message whose roster changed is checked again: each time needs another change of
/// the roster between two statements, so more means that something is wrong.
const RECHECKS: usize = 8;

/// Replaces the rosters of changed conversations before their rooms hear of it.
pub(super) async fn refresh_rosters(app: &App, committed: &[Committed]) {
    let mut ids: Vec<_> = committed
        .iter()
        .map(|change| change.conversation_id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        // What is done to a message changes nobody's membership; a roster is needed all the same, to
        // see whether anybody is here to be told.
        let may_differ = |change: &Committed| match change.entry {
            Entry::Change(_) => change.conversation_id == id,
            Entry::Message(_) | Entry::MessageChange(_) => false,
        };
        if committed.iter().any(may_differ) {
            app.rosters.forget(id);
        }
        if let Err(error) = app.rosters.get(id).await {
            // The room will read it for itself.
            tracing::warn!(%error, conversation = %id, "journal: a roster could not be read");
        }
    }
}

/// A batch in one transaction, and again for those whose roster changed meanwhile, before anything
/// that was handed in later: so one socket's messages keep their order.
pub(super) async fn commit_messages(app: App, batch: Vec<Submit>) -> Vec<News> {
    let mut news = Vec::new();
    let mut waiting = batch;
    for _ in 0..RECHECKS {
        let (messages, replies): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .map(|submit| (submit.message, (submit.reply, submit.place)))
            .unzip();
        let outcomes = store_messages(&app, &messages, &mut news).await;
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
                    app.rosters.forget(message.conversation_id);
                    match app.recheck(message).await {
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
            return news;
        }
    }
    for submit in waiting {
        let _ = submit.reply.send(Err(ApiError::overloaded()));
    }
    news
}

async fn store_messages(
    app: &App,
    messages: &[NewMessage],
    news: &mut Vec<News>,
) -> Vec<Result<SendOutcome, ApiError>> {
    for _ in 0..RETRIES {
        match app.store.send_messages(messages, app.clock.now()).await {
            Ok((outcomes, committed)) => {
                news.extend(committed.into_iter().map(News::Committed));
                return outcomes.into_iter().map(Ok).collect();
            }
            Err(StoreError::Contended(_)) => actix_rt::time::sleep(RETRY_PAUSE).await,
            Err(error @ StoreError::Unavailable(_)) => {
                tracing::warn!(error = %error, "journal: looking up a commit of unknown outcome");
                return settle_unknown(app, messages, news).await;
            }
            Err(error) if messages.len() > 1 => {
                // One bad row fails a batch: the others must not pay for it.
                tracing::error!(error = ?error, "journal: a batch failed, its messages are tried alone");
                let mut outcomes = Vec::with_capacity(messages.len());
                for message in messages {
                    let alone = std::slice::from_ref(message);
                    outcomes.extend(Box::pin(store_messages(app, alone, news)).await);
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
    app: &App,
    messages: &[NewMessage],
    news: &mut Vec<News>,
) -> Vec<Result<SendOutcome, ApiError>> {
    let places: Vec<_> = messages
        .iter()
        .map(|message| (message.id, message.conversation_id))
        .collect();
    let mut found = loop {
        match app.store.find_stored(&places).await {
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
    news.extend(committed.into_iter().map(News::Committed));
    outcomes
}

pub(super) async fn commit_marks(app: App, batch: Vec<MarkReceipts>) -> Vec<News> {
    let marks: Vec<Mark> = batch
        .iter()
        .flat_map(|item| item.marks.iter().copied())
        .collect();
    let mut outcome = app.store.mark_receipts(&marks).await;
    for _ in 0..RETRIES {
        if !matches!(outcome, Err(StoreError::Contended(_))) {
            break;
        }
        actix_rt::time::sleep(RETRY_PAUSE).await;
        outcome = app.store.mark_receipts(&marks).await;
    }
    match outcome {
        Ok(changed) => {
            let changed: Vec<_> = changed.into_iter().map(Arc::new).collect();
            for item in batch {
                let own = changed.iter().filter(|marked| {
                    item.marks.iter().any(|mark| {
                        mark.conversation_id == marked.conversation_id
                            && mark.user_id == marked.user_id
                            && mark.kind == marked.kind
                    })
                });
                // A caller that went away needs no answer.
                let _ = item.reply.send(Ok(own.cloned().collect()));
                drop(item.place);
            }
            changed.into_iter().map(News::Marked).collect()
        }
        Err(error) => {
            let error = ApiError::from(error);
            for item in batch {
                let _ = item.reply.send(Err(error.clone()));
            }
            Vec::new()
        }
    }
}
