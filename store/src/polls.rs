//! The countable part of polls.

use sea_orm::ConnectionTrait;
use sentinal_protocol::api::polls::{Poll, PollOption};
use sentinal_protocol::event::PollUpdated;
use sentinal_protocol::{MessageId, Timestamp, UserId};
use uuid::Uuid;

use crate::connection::Transaction;
use crate::deletions::seen_message;
use crate::dialect::{column, counter, signed, sql, values_rows};
use crate::log::save_head;
use crate::message_changes::{Deed, LockedMessage, MessageRefusal, append_deed, lock_message};
use crate::stop::{Settled, Stop, settle};
use crate::visible::{OPEN, SPEAKS};
use crate::{Committed, Store, StoreError};

impl Store {
    /// Makes `options`, ascending and each once, all that a user votes for; none takes the vote back.
    pub async fn vote(
        &self,
        id: MessageId,
        user_id: UserId,
        options: Vec<u64>,
        now: Timestamp,
    ) -> Result<Settled<(), MessageRefusal>, StoreError> {
        let tx = self.begin().await?;
        let done = vote(&tx, id, user_id, options, now).await;
        settle(tx, done).await
    }

    /// A poll with its votes as a user may see them; `None` if the user may know of no such poll.
    pub async fn find_poll(
        &self,
        id: MessageId,
        user_id: UserId,
        now: Timestamp,
    ) -> Result<Option<Poll>, StoreError> {
        // The poll's own row comes with each option that has votes, or once alone.
        let text = format!(
            "WITH q AS (SELECT m.conversation_id, m.sequence_number {} AND {SPEAKS}) \
             SELECT o.options, o.multiple, o.closes_at, v.option_index, v.given, v.mine, \
             (SELECT COUNT(DISTINCT x.user_id) FROM poll_votes x \
                 WHERE x.conversation_id = q.conversation_id \
                 AND x.sequence_number = q.sequence_number AND {OPEN}) AS voters \
             FROM q JOIN polls o ON o.conversation_id = q.conversation_id \
             AND o.sequence_number = q.sequence_number \
             LEFT JOIN (SELECT x.conversation_id, x.sequence_number, x.option_index, \
                 COUNT(*) AS given, \
                 CAST(MAX(CASE WHEN x.user_id = $1 THEN 1 ELSE 0 END) AS BIGINT) AS mine \
                 FROM q JOIN poll_votes x ON x.conversation_id = q.conversation_id \
                 AND x.sequence_number = q.sequence_number WHERE {OPEN} \
                 GROUP BY x.conversation_id, x.sequence_number, x.option_index) v \
             ON v.conversation_id = q.conversation_id \
             AND v.sequence_number = q.sequence_number ORDER BY v.option_index",
            seen_message()
        );
        let values = [user_id.0.into(), id.0.into(), now.0.into()];
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let closes_at = column::<Option<i64>>(first, "closes_at")?.map(Timestamp);
        let options = (0..counter(first, "options")?).map(|option| PollOption {
            option,
            count: 0,
            mine: false,
        });
        let mut options: Vec<_> = options.collect();
        for row in &rows {
            let Some(index) = column::<Option<i64>>(row, "option_index")? else {
                continue;
            };
            let index = usize::try_from(index).unwrap_or(usize::MAX);
            if let Some(option) = options.get_mut(index) {
                option.count = counter(row, "given")?;
                option.mine = column::<i64>(row, "mine")? == 1;
            }
        }
        Ok(Some(Poll {
            message_id: id,
            options,
            multiple: column(first, "multiple")?,
            closes_at,
            closed: closes_at.is_some_and(|at| at <= now),
            voters: counter(first, "voters")?,
        }))
    }
}

async fn vote(
    tx: &Transaction,
    id: MessageId,
    user_id: UserId,
    options: Vec<u64>,
    now: Timestamp,
) -> Result<((), Vec<Committed>), Stop<MessageRefusal>> {
    let mut message = lock_message(tx, id, user_id).await?;
    message.check_open(now)?;
    check_options(tx, &message, &options, now).await?;
    let (before, unseen) = find_votes(tx, &message, user_id).await?;
    if before == options {
        return Ok(((), Vec::new()));
    }
    take_back(tx, &message, user_id).await?;
    let backend = tx.get_database_backend();
    let hidden_from = message.hidden_from;
    if !options.is_empty() {
        let types = ["uuid", "int8", "uuid", "int8", "uuid", "int8"];
        let text = format!(
            "INSERT INTO poll_votes (conversation_id, sequence_number, user_id, option_index, \
             hidden_from, created_at) VALUES {}",
            values_rows(backend, &types, options.len(), 1)
        );
        let values = options.iter().flat_map(|option| -> [sea_orm::Value; 6] {
            let [conversation_id, sequence_number] = message.key();
            [
                conversation_id,
                sequence_number,
                user_id.0.into(),
                signed(*option).into(),
                hidden_from.map(|user| user.0).into(),
                now.0.into(),
            ]
        });
        tx.execute_raw(sql(backend, text, values)).await?;
    }
    let deed = Deed {
        entry: PollUpdated {
            message_id: message.id,
            sequence_number: message.sequence_number,
            options: options.clone(),
        },
        actor: user_id,
        // Who never saw a vote come does not see it go.
        hidden_from: hidden_from.or(unseen.filter(|_| options.is_empty())),
        content: None,
        at: now,
    };
    let committed = append_deed(tx, &mut message, deed).await?;
    save_head(tx, &message.conversation.head).await?;
    Ok(((), vec![committed]))
}

async fn check_options(
    tx: &Transaction,
    message: &LockedMessage,
    options: &[u64],
    now: Timestamp,
) -> Result<(), Stop<MessageRefusal>> {
    let text = "SELECT options, multiple, closes_at FROM polls \
                WHERE conversation_id = $1 AND sequence_number = $2";
    let statement = sql(tx.get_database_backend(), text, message.key());
    let Some(poll) = tx.query_one_raw(statement).await? else {
        return Err(Stop::Refused(MessageRefusal::NoPoll));
    };
    if column::<Option<i64>>(&poll, "closes_at")?.is_some_and(|at| at <= now.0) {
        return Err(Stop::Refused(MessageRefusal::PollClosed));
    }
    let most = counter(&poll, "options")?;
    if options.iter().any(|option| *option >= most) {
        return Err(Stop::Refused(MessageRefusal::NoSuchOption));
    }
    if options.len() > 1 && !column::<bool>(&poll, "multiple")? {
        return Err(Stop::Refused(MessageRefusal::OneOption));
    }
    Ok(())
}

/// A user's votes, ascending, and who did not see them.
async fn find_votes(
    tx: &Transaction,
    message: &LockedMessage,
    user_id: UserId,
) -> Result<(Vec<u64>, Option<UserId>), StoreError> {
    let text = "SELECT option_index, hidden_from FROM poll_votes WHERE conversation_id = $1 \
                AND sequence_number = $2 AND user_id = $3 ORDER BY option_index";
    let [conversation_id, sequence_number] = message.key();
    let values = [conversation_id, sequence_number, user_id.0.into()];
    let statement = sql(tx.get_database_backend(), text, values);
    let mut options = Vec::new();
    let mut unseen = None;
    for row in tx.query_all_raw(statement).await? {
        options.push(counter(&row, "option_index")?);
        unseen = column::<Option<Uuid>>(&row, "hidden_from")?.map(UserId);
    }
    Ok((options, unseen))
}

async fn take_back(
    tx: &Transaction,
    message: &LockedMessage,
    user_id: UserId,
) -> Result<(), StoreError> {
    let text = "DELETE FROM poll_votes WHERE conversation_id = $1 AND sequence_number = $2 \
                AND user_id = $3";
    let [conversation_id, sequence_number] = message.key();
    let values = [conversation_id, sequence_number, user_id.0.into()];
    tx.execute_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    Ok(())
}
