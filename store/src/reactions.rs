//! Reactions to messages: opaque texts, each at most once per user and message.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbBackend};
use sentinal_protocol::api::messages::Message;
use sentinal_protocol::api::reactions::{Reaction, ReactionCount, Reactions};
use sentinal_protocol::event::{MessageReaction, ReactionAction};
use sentinal_protocol::{MessageId, Timestamp, UserId, limits};
use uuid::Uuid;

use crate::connection::Transaction;
use crate::deletions::seen_message;
use crate::dialect::{column, counter, signed, sql, with_rows};
use crate::log::save_head;
use crate::message_changes::{Deed, LockedMessage, MessageRefusal, append_deed, lock_message};
use crate::stop::{Settled, Stop, settle};
use crate::viewer::Viewer;
use crate::visible::{OPEN, SPEAKS};
use crate::{Committed, Store, StoreError};

type Done = Result<((), Vec<Committed>), Stop<MessageRefusal>>;

impl Store {
    /// Adds a user's reaction to a message; again: nothing changes.
    pub async fn add_reaction(
        &self,
        id: MessageId,
        user_id: UserId,
        reaction: String,
        now: Timestamp,
    ) -> Result<Settled<(), MessageRefusal>, StoreError> {
        let tx = self.begin().await?;
        let done = add(&tx, id, user_id, reaction, now).await;
        settle(tx, done).await
    }

    /// Takes a user's reaction back; one that is not there: nothing changes.
    pub async fn remove_reaction(
        &self,
        id: MessageId,
        user_id: UserId,
        reaction: String,
        now: Timestamp,
    ) -> Result<Settled<(), MessageRefusal>, StoreError> {
        let tx = self.begin().await?;
        let done = remove(&tx, id, user_id, reaction, now).await;
        settle(tx, done).await
    }

    /// A page of who reacted to a message, the first to react first; `None` if the user may not know
    /// of the message. One that says nothing any more has none.
    pub async fn list_reactions(
        &self,
        id: MessageId,
        user_id: UserId,
        now: Timestamp,
        (offset, limit): (u64, u64),
    ) -> Result<Option<Reactions>, StoreError> {
        let backend = self.backend();
        let text = format!(
            "SELECT m.conversation_id, m.sequence_number, ({SPEAKS}) AS speaks, \
             (SELECT COUNT(*) FROM reactions x WHERE x.conversation_id = m.conversation_id \
                 AND x.sequence_number = m.sequence_number AND {OPEN}) AS total {}",
            seen_message()
        );
        let values = [user_id.0.into(), id.0.into(), now.0.into()];
        let found = self
            .read()
            .query_one_raw(sql(backend, text, values))
            .await?;
        let Some(found) = found else { return Ok(None) };
        if !column::<bool>(&found, "speaks")? {
            return Ok(Some(Reactions {
                message_id: id,
                reactions: Vec::new(),
                reacted: Vec::new(),
                total: 0,
                has_more: false,
            }));
        }
        let (conversation_id, sequence_number): (Uuid, i64) = (
            column(&found, "conversation_id")?,
            column(&found, "sequence_number")?,
        );
        let total = counter(&found, "total")?;
        let text = format!(
            "SELECT x.user_id, x.reaction, x.created_at FROM reactions x \
             WHERE x.conversation_id = $2 AND x.sequence_number = $3 AND {OPEN} \
             ORDER BY x.created_at, x.user_id, x.reaction LIMIT $4 OFFSET $5"
        );
        let values = [
            user_id.0.into(),
            conversation_id.into(),
            sequence_number.into(),
            signed(limit).into(),
            signed(offset).into(),
        ];
        let rows = self
            .read()
            .query_all_raw(sql(backend, text, values))
            .await?;
        let reacted: Result<Vec<_>, StoreError> = rows
            .iter()
            .map(|row| {
                Ok(Reaction {
                    user_id: UserId(column(row, "user_id")?),
                    reaction: column(row, "reaction")?,
                    created_at: Timestamp(column(row, "created_at")?),
                })
            })
            .collect();
        let reacted = reacted?;
        let place = (conversation_id, sequence_number);
        let mut counts = count(self.read(), user_id, &[place]).await?;
        let end = offset.saturating_add(u64::try_from(reacted.len()).unwrap_or(u64::MAX));
        Ok(Some(Reactions {
            message_id: id,
            reactions: counts.remove(&place).unwrap_or_default(),
            has_more: end < total,
            reacted,
            total,
        }))
    }
}

/// Counts the reactions to a page of messages, in one statement. What says nothing any more has none.
pub(crate) async fn add_reactions<C: ConnectionTrait>(
    connection: &C,
    viewer: Viewer<'_>,
    messages: &mut [Message],
) -> Result<(), StoreError> {
    let place = |message: &Message| (message.conversation_id.0, signed(message.sequence_number));
    let speaking = messages.iter().filter(|message| {
        !message.is_deleted && message.expires_at.is_none_or(|at| at > viewer.now)
    });
    let places: Vec<_> = speaking.map(place).collect();
    let mut counts = count(connection, viewer.user_id, &places).await?;
    for message in messages {
        message.reactions = counts.remove(&place(message)).unwrap_or_default();
    }
    Ok(())
}

type Place = (Uuid, i64);

/// The reactions to messages as `$1` sees them, at most `$2` kinds of each.
fn count_text(backend: DbBackend, rows: usize) -> String {
    let columns = [("conversation_id", "uuid"), ("sequence_number", "int8")];
    format!(
        "{}, g AS (SELECT x.conversation_id, x.sequence_number, x.reaction, COUNT(*) AS given, \
             MIN(x.created_at) AS since, \
             CAST(MAX(CASE WHEN x.user_id = $1 THEN 1 ELSE 0 END) AS BIGINT) AS mine \
             FROM v CROSS JOIN reactions x WHERE x.conversation_id = v.conversation_id \
             AND x.sequence_number = v.sequence_number AND {OPEN} \
             GROUP BY x.conversation_id, x.sequence_number, x.reaction), \
         k AS (SELECT g.*, ROW_NUMBER() OVER (PARTITION BY conversation_id, sequence_number \
             ORDER BY given DESC, since, reaction) AS place FROM g) \
         SELECT conversation_id, sequence_number, reaction, given, mine FROM k \
         WHERE place <= $2 ORDER BY conversation_id, sequence_number, place",
        with_rows(backend, &columns, rows, 3)
    )
}

async fn count<C: ConnectionTrait>(
    connection: &C,
    user_id: UserId,
    places: &[Place],
) -> Result<HashMap<Place, Vec<ReactionCount>>, StoreError> {
    let mut counts: HashMap<Place, Vec<ReactionCount>> = HashMap::new();
    if places.is_empty() {
        return Ok(counts);
    }
    let text = count_text(connection.get_database_backend(), places.len());
    let shown = i64::try_from(limits::REACTIONS_SHOWN_MAX).unwrap_or(i64::MAX);
    let places = places
        .iter()
        .flat_map(|(conversation_id, number)| -> [sea_orm::Value; 2] {
            [(*conversation_id).into(), (*number).into()]
        });
    let values = [user_id.0.into(), shown.into()].into_iter().chain(places);
    for row in connection
        .query_all_raw(sql(connection.get_database_backend(), text, values))
        .await?
    {
        let place = (
            column(&row, "conversation_id")?,
            column(&row, "sequence_number")?,
        );
        counts.entry(place).or_default().push(ReactionCount {
            reaction: column(&row, "reaction")?,
            count: counter(&row, "given")?,
            mine: column::<i64>(&row, "mine")? == 1,
        });
    }
    Ok(counts)
}

async fn add(
    tx: &Transaction,
    id: MessageId,
    user_id: UserId,
    reaction: String,
    now: Timestamp,
) -> Done {
    let mut message = lock_message(tx, id, user_id).await?;
    message.check_open(now)?;
    let backend = tx.get_database_backend();
    let [conversation_id, sequence_number] = message.key();
    let text = "SELECT COUNT(*) AS given, COUNT(CASE WHEN reaction = $4 THEN 1 END) AS same \
                FROM reactions WHERE conversation_id = $1 AND sequence_number = $2 \
                AND user_id = $3";
    let values = [
        conversation_id.clone(),
        sequence_number.clone(),
        user_id.0.into(),
        reaction.as_str().into(),
    ];
    let row = tx
        .query_one_raw(sql(backend, text, values))
        .await?
        .ok_or(StoreError::Corrupt("a count without a row"))?;
    if counter(&row, "same")? > 0 {
        return Ok(((), Vec::new()));
    }
    let most = u64::try_from(limits::REACTIONS_PER_USER_MAX).unwrap_or(u64::MAX);
    if counter(&row, "given")? >= most {
        return Err(Stop::Refused(MessageRefusal::TooMany));
    }
    let text = "INSERT INTO reactions (conversation_id, sequence_number, user_id, reaction, \
                hidden_from, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let values = [
        conversation_id,
        sequence_number,
        user_id.0.into(),
        reaction.as_str().into(),
        message.hidden_from.map(|user| user.0).into(),
        now.0.into(),
    ];
    tx.execute_raw(sql(backend, text, values)).await?;
    let hidden_from = message.hidden_from;
    let told = Told {
        user_id,
        reaction,
        action: ReactionAction::Added,
        hidden_from,
    };
    tell(tx, &mut message, told, now).await
}

async fn remove(
    tx: &Transaction,
    id: MessageId,
    user_id: UserId,
    reaction: String,
    now: Timestamp,
) -> Done {
    let mut message = lock_message(tx, id, user_id).await?;
    let [conversation_id, sequence_number] = message.key();
    let text = "DELETE FROM reactions WHERE conversation_id = $1 AND sequence_number = $2 \
                AND user_id = $3 AND reaction = $4 RETURNING hidden_from";
    let values = [
        conversation_id,
        sequence_number,
        user_id.0.into(),
        reaction.as_str().into(),
    ];
    let statement = sql(tx.get_database_backend(), text, values);
    let Some(removed) = tx.query_one_raw(statement).await? else {
        return Ok(((), Vec::new()));
    };
    // Who never saw it come does not see it go.
    let unseen = column::<Option<Uuid>>(&removed, "hidden_from")?.map(UserId);
    let hidden_from = unseen.or(message.hidden_from);
    let told = Told {
        user_id,
        reaction,
        action: ReactionAction::Removed,
        hidden_from,
    };
    tell(tx, &mut message, told, now).await
}

/// What the log says of a reaction.
struct Told {
    user_id: UserId,
    reaction: String,
    action: ReactionAction,
    hidden_from: Option<UserId>,
}

async fn tell(tx: &Transaction, message: &mut LockedMessage, told: Told, now: Timestamp) -> Done {
    let deed = Deed {
        entry: MessageReaction {
            message_id: message.id,
            sequence_number: message.sequence_number,
            reaction: told.reaction,
            action: told.action,
        },
        actor: told.user_id,
        hidden_from: told.hidden_from,
        content: None,
        at: now,
    };
    let committed = append_deed(tx, message, deed).await?;
    save_head(tx, &message.conversation.head).await?;
    Ok(((), vec![committed]))
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    // Messages that may be pinned: more than a page of history.
    let most = sentinal_protocol::limits::PINS_MAX.max(300);
    vec![Batched::new("reactions: count", most, count_text).with_own(&["v", "g", "k"])]
}
