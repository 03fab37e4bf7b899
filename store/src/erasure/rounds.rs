//! Erasing what an account that is gone has left, round by round.
//!
//! First its conversations, one after the other: its messages, what was encrypted for its devices,
//! and whatever else names it. Then the tables that hold rows of users and devices, each by an
//! index. A round is one transaction of bounded size and may be repeated. The last one comes a while
//! after the account went, so that nothing which was on its way in its name then stays behind.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Value};
use sentinal_protocol::{ConversationId, Timestamp, UserId};
use uuid::Uuid;

use super::SETTLED_AFTER;
use crate::connection::Transaction;
use crate::deletions::{Keep, erase_around, erase_bodies};
use crate::dialect::{column, counter, for_update, placeholders, signed, sql};
use crate::{Store, StoreError};

/// Messages whose content goes in one round. Each may have a ciphertext for every device of a
/// group: 50 times 1,000 are 50,000 steps of an index.
const MESSAGES: usize = 50;
/// Rows of a table that go in one round.
const ROWS: u64 = 1_000;
/// Revisions of a log that are looked through in one round.
const REVISIONS: i64 = 2_000;

/// Rows of a table that belong to the account in `$1`.
struct Owned {
    table: &'static str,
    key: &'static str,
    condition: &'static str,
}

const fn owned(table: &'static str, key: &'static str, condition: &'static str) -> Owned {
    Owned {
        table,
        key,
        condition,
    }
}

const OF_DEVICES: &str = "device_id IN (SELECT device_id FROM erased_devices WHERE user_id = $1)";

/// All tables that hold rows of users or of their devices, but those of conversations and uploads,
/// which need more care.
const OWNED: &[Owned] = &[
    owned("identity_keys", "id", OF_DEVICES),
    owned("signed_prekeys", "id", OF_DEVICES),
    owned("one_time_prekeys", "device_id, position", OF_DEVICES),
    owned("pq_prekeys", "device_id, position", OF_DEVICES),
    owned("taken_prekeys", "device_id, public_key", OF_DEVICES),
    owned("device_cursors", "device_id, conversation_id", OF_DEVICES),
    owned("device_remains", "device_id, conversation_id", OF_DEVICES),
    owned(
        "control_ciphertexts",
        "conversation_id, device_id, revision",
        OF_DEVICES,
    ),
    // What the account has sent before what says that it was sent.
    owned(
        "control_ciphertexts",
        "conversation_id, device_id, revision",
        "(conversation_id, revision) IN \
         (SELECT conversation_id, revision FROM control_messages WHERE sender_id = $1)",
    ),
    owned(
        "control_messages",
        "conversation_id, revision",
        "sender_id = $1",
    ),
    owned(
        "roster_pending",
        "conversation_id, device_id",
        "user_id = $1",
    ),
    owned("prekey_takes", "user_id, device_id", OF_DEVICES),
    owned("prekey_takes", "user_id, device_id", "user_id = $1"),
    owned("contacts", "user_id, contact_user_id", "user_id = $1"),
    owned(
        "contacts",
        "user_id, contact_user_id",
        "contact_user_id = $1",
    ),
    owned("blocks", "user_id, blocked_user_id", "user_id = $1"),
    owned("blocks", "user_id, blocked_user_id", "blocked_user_id = $1"),
    owned(
        "stars",
        "user_id, conversation_id, sequence_number",
        "user_id = $1",
    ),
    owned(
        "hidden_messages",
        "user_id, conversation_id, sequence_number",
        "user_id = $1",
    ),
    owned(
        "reactions",
        "conversation_id, sequence_number, user_id, reaction",
        "user_id = $1",
    ),
    owned(
        "poll_votes",
        "conversation_id, sequence_number, user_id, option_index",
        "user_id = $1",
    ),
    owned("pins", "conversation_id, sequence_number", "user_id = $1"),
    owned(
        "idempotency_keys",
        "user_id, idempotency_key",
        "user_id = $1",
    ),
    owned("call_participants", "call_id, user_id", "user_id = $1"),
    owned("call_quality", "id", "user_id = $1"),
    owned(
        "broadcast_recipients",
        "broadcast_id, user_id",
        "broadcast_id IN (SELECT id FROM broadcasts WHERE owner_id = $1)",
    ),
    owned(
        "broadcast_recipients",
        "broadcast_id, user_id",
        "user_id = $1",
    ),
    owned("broadcasts", "id", "owner_id = $1"),
    owned("participants", "conversation_id, user_id", "user_id = $1"),
    owned(
        "participant_intervals",
        "conversation_id, user_id, joined_revision",
        "user_id = $1",
    ),
    owned(
        "conversation_bans",
        "conversation_id, user_id",
        "user_id = $1",
    ),
    owned("push_tokens", "id", "user_id = $1"),
    owned("key_backups", "user_id", "user_id = $1"),
    owned("user_settings", "user_id", "user_id = $1"),
    owned("password_reset_tokens", "token_hash", "user_id = $1"),
    owned("login_sessions", "id", "user_id = $1"),
    owned("devices", "id", "user_id = $1"),
    owned("erased_devices", "user_id, device_id", "user_id = $1"),
];

impl Owned {
    fn text(&self) -> String {
        let Self {
            table,
            key,
            condition,
        } = self;
        format!(
            "DELETE FROM {table} WHERE ({key}) IN \
             (SELECT {key} FROM {table} WHERE {condition} LIMIT {ROWS})"
        )
    }
}

impl Store {
    /// One round of erasing what an account that is gone has left. Its memberships must have ended
    /// and its uploads must be gone.
    pub async fn erase_more(&self, user_id: UserId, now: Timestamp) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let backend = self.backend();
        // The lock keeps rounds of two nodes apart.
        let text = format!(
            "SELECT erased_at FROM erasures WHERE user_id = $1{}",
            for_update(backend)
        );
        let values = [user_id.0.into()];
        let Some(row) = tx.query_one_raw(sql(backend, text, values)).await? else {
            return Ok(());
        };
        let erased_at = Timestamp(column(&row, "erased_at")?);
        let text = "SELECT conversation_id, cleaned_sequence, cleaned_revision \
                    FROM erased_conversations WHERE user_id = $1 ORDER BY conversation_id LIMIT 1";
        let values = [user_id.0.into()];
        match tx.query_one_raw(sql(backend, text, values)).await? {
            Some(row) => {
                let traces = Traces {
                    tx: &tx,
                    user_id,
                    conversation_id: ConversationId(column(&row, "conversation_id")?),
                    erased_at,
                };
                let (sequence, revision) = (
                    column(&row, "cleaned_sequence")?,
                    column(&row, "cleaned_revision")?,
                );
                traces.erase_some(sequence, revision).await?;
            }
            None => erase_rows(&tx, user_id, now.since(erased_at)).await?,
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Erases rows of users and devices. The devices themselves are forgotten with the account, because
/// other tables are found by them.
async fn erase_rows(tx: &Transaction, user_id: UserId, since: Duration) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    let settled = since >= SETTLED_AFTER;
    for owned in OWNED {
        if owned.table == "erased_devices" && !settled {
            continue;
        }
        let values = [user_id.0.into()];
        let deleted = tx.execute_raw(sql(backend, owned.text(), values)).await?;
        if deleted.rows_affected() >= ROWS {
            return Ok(());
        }
    }
    let text = if settled {
        "DELETE FROM erasures WHERE user_id = $1"
    } else {
        "UPDATE erasures SET swept = TRUE WHERE user_id = $1"
    };
    tx.execute_raw(sql(backend, text, [user_id.0.into()]))
        .await?;
    Ok(())
}

/// Makes stubs of so many messages of conversation `$1`.
fn stub_text(messages: usize) -> String {
    format!(
        "UPDATE messages SET deleted_at = COALESCE(deleted_at, $2), sender_device_id = $3, \
         client_message_id = NULL, request_hash = NULL, reply_to_message_id = NULL, \
         mentions = NULL, attachments = NULL, metadata = NULL, shared_ciphertext = NULL, \
         shared_header = NULL, updated_at = NULL, edited_at = NULL, \
         expires_at = NULL, deleted_by = NULL WHERE conversation_id = $1 \
         AND sequence_number IN ({})",
        placeholders(messages, 4)
    )
}

/// What an account that is gone has left in one conversation.
struct Traces<'a> {
    tx: &'a Transaction,
    user_id: UserId,
    conversation_id: ConversationId,
    erased_at: Timestamp,
}

impl Traces<'_> {
    /// Erases messages, then what was encrypted for the account's devices, then what names it in the
    /// log, then the rest: of these what comes first and is not done.
    async fn erase_some(&self, sequence: i64, revision: i64) -> Result<(), StoreError> {
        if self.erase_messages(sequence).await? || self.erase_ciphertexts().await? {
            return Ok(());
        }
        if self.erase_names(revision).await? {
            return Ok(());
        }
        self.erase_rest().await
    }

    async fn run(&self, text: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        let backend = self.tx.get_database_backend();
        let done = self.tx.execute_raw(sql(backend, text, values)).await?;
        Ok(done.rows_affected())
    }

    /// The conversation and the account: what most statements begin with.
    fn ids(&self) -> Vec<Value> {
        vec![self.conversation_id.0.into(), self.user_id.0.into()]
    }

    /// Makes stubs of some of the account's messages above `after`; false if there is none.
    async fn erase_messages(&self, after: i64) -> Result<bool, StoreError> {
        let backend = self.tx.get_database_backend();
        let text = format!(
            "SELECT sequence_number FROM messages WHERE sender_id = $2 AND conversation_id = $1 \
             AND sequence_number > $3 ORDER BY sequence_number LIMIT {MESSAGES}"
        );
        let mut values = self.ids();
        values.push(after.into());
        let rows = self.tx.query_all_raw(sql(backend, text, values)).await?;
        let mut numbers: Vec<u64> = Vec::with_capacity(rows.len());
        for row in &rows {
            numbers.push(counter(row, "sequence_number")?);
        }
        let Some(last) = numbers.last().copied() else {
            return Ok(false);
        };
        // Every device that may have got one, of those who left as well.
        erase_bodies(self.tx, self.conversation_id, &numbers, Keep::Nothing).await?;
        erase_around(self.tx, self.conversation_id, &numbers).await?;
        let mut values = vec![
            self.conversation_id.0.into(),
            self.erased_at.0.into(),
            Uuid::nil().into(),
        ];
        values.extend(numbers.iter().map(|number| Value::from(signed(*number))));
        self.run(&stub_text(numbers.len()), values).await?;
        let text = "UPDATE erased_conversations SET cleaned_sequence = $3 \
                    WHERE conversation_id = $1 AND user_id = $2";
        let mut values = self.ids();
        values.push(signed(last).into());
        self.run(text, values).await?;
        Ok(true)
    }

    /// Deletes some of what was encrypted for the account's devices; false if there was none.
    async fn erase_ciphertexts(&self) -> Result<bool, StoreError> {
        let text = format!(
            "DELETE FROM message_ciphertexts WHERE (conversation_id, device_id, sequence_number) \
             IN (SELECT c.conversation_id, c.device_id, c.sequence_number FROM erased_devices d \
             JOIN message_ciphertexts c ON c.conversation_id = $1 AND c.device_id = d.device_id \
             WHERE d.user_id = $2 LIMIT {ROWS})"
        );
        Ok(self.run(&text, self.ids()).await? > 0)
    }

    /// Takes the account out of a stretch of the log above `after`; false if that was its end.
    ///
    /// A change about the account or its devices becomes a revision without content; one about
    /// something else that names it keeps the rest. Only the end of the last membership stays.
    async fn erase_names(&self, after: i64) -> Result<bool, StoreError> {
        let backend = self.tx.get_database_backend();
        let text = "SELECT h.revision, p.left_revision FROM conversation_heads h \
                    LEFT JOIN participants p ON p.conversation_id = $1 AND p.user_id = $2 \
                    WHERE h.conversation_id = $1";
        let row = self
            .tx
            .query_one_raw(sql(backend, text, self.ids()))
            .await?;
        let Some(row) = row else { return Ok(false) };
        let head: i64 = column(&row, "revision")?;
        let left: Option<i64> = column(&row, "left_revision")?;
        // What came after the account went cannot name it.
        let end = left.unwrap_or(head).min(head);
        if after >= end {
            return Ok(false);
        }
        // Ranges without entries, as restores leave them, are not walked through.
        let text = "SELECT MIN(revision) AS next FROM (\
                    SELECT MIN(revision) AS revision FROM conversation_changes \
                    WHERE conversation_id = $1 AND revision > $2 UNION ALL \
                    SELECT MIN(revision) FROM messages \
                    WHERE conversation_id = $1 AND revision > $2) entries";
        let values = [self.conversation_id.0.into(), after.into()];
        let row = self.tx.query_one_raw(sql(backend, text, values)).await?;
        let row = row.ok_or(StoreError::Corrupt("no answer to MIN"))?;
        let next = column::<Option<i64>>(&row, "next")?;
        let until = next.map_or(end, |next| end.min(next - 1 + REVISIONS));
        let stretch = "conversation_id = $1 AND revision > $3 AND revision <= $4";
        let mut values = self.ids();
        values.extend([after.into(), until.into()]);
        let text = format!(
            "UPDATE conversation_changes SET kind = 'revision', subject = NULL, actor = NULL, \
             hidden_from = NULL, payload = '{{}}' WHERE {stretch} AND revision <> $5 \
             AND (subject = $2 OR subject IN \
             (SELECT device_id FROM erased_devices WHERE user_id = $2))"
        );
        let mut kept = values.clone();
        kept.push(left.unwrap_or_default().into());
        self.run(&text, kept.clone()).await?;
        let text = format!(
            "UPDATE conversation_changes SET actor = NULL \
             WHERE {stretch} AND revision <> $5 AND actor = $2"
        );
        self.run(&text, kept).await?;
        let text = format!(
            "UPDATE conversation_changes SET hidden_from = NULL \
             WHERE {stretch} AND hidden_from = $2"
        );
        self.run(&text, values).await?;
        self.erase_in_texts(after, until, left.unwrap_or_default())
            .await?;
        let text = "UPDATE erased_conversations SET cleaned_revision = $3 \
                    WHERE conversation_id = $1 AND user_id = $2";
        let mut values = self.ids();
        values.push(until.into());
        self.run(text, values).await?;
        Ok(true)
    }

    /// Takes the account's id out of JSON texts: of changes, and of messages that mention it.
    async fn erase_in_texts(&self, after: i64, until: i64, kept: i64) -> Result<(), StoreError> {
        let quoted = format!("\"{}\"", self.user_id);
        let stretch = || -> Vec<Value> {
            vec![
                self.conversation_id.0.into(),
                after.into(),
                until.into(),
                format!("%{quoted}%").into(),
            ]
        };
        let text = "UPDATE conversation_changes SET payload = replace(payload, $5, 'null') \
                    WHERE conversation_id = $1 AND revision > $2 AND revision <= $3 \
                    AND payload LIKE $4 AND revision <> $6";
        let mut values = stretch();
        values.extend([quoted.clone().into(), kept.into()]);
        self.run(text, values).await?;
        let text = "UPDATE messages SET mentions = \
                    replace(replace(replace(mentions, $5, ''), $6, ''), $7, '') \
                    WHERE conversation_id = $1 AND revision > $2 AND revision <= $3 \
                    AND mentions LIKE $4";
        let mut values = stretch();
        values.extend([
            format!("{quoted},").into(),
            format!(",{quoted}").into(),
            quoted.into(),
        ]);
        self.run(text, values).await?;
        Ok(())
    }

    /// The last of a conversation: what is found without walking through it.
    async fn erase_rest(&self) -> Result<(), StoreError> {
        // The condition on the left is that of the index `messages_apart`, so that it is used.
        for text in [
            "UPDATE messages SET hidden_from = NULL WHERE conversation_id = $1 \
             AND (deleted_at IS NOT NULL OR hard_deleted OR hidden_from IS NOT NULL) \
             AND hidden_from = $2",
            "UPDATE messages SET deleted_by = NULL WHERE conversation_id = $1 \
             AND (deleted_at IS NOT NULL OR hard_deleted OR hidden_from IS NOT NULL) \
             AND deleted_by = $2",
            "UPDATE calls SET initiator_id = NULL WHERE conversation_id = $1 AND initiator_id = $2",
            "UPDATE calls SET ended_by = NULL WHERE conversation_id = $1 AND ended_by = $2",
            "UPDATE calls SET hidden_from = NULL WHERE conversation_id = $1 AND hidden_from = $2",
            "UPDATE conversations SET creator_id = NULL WHERE id = $1 AND creator_id = $2",
            // The key of a DM is made of both ids.
            "UPDATE conversations SET dm_key = NULL WHERE id = $1 AND type = 'DM' \
             AND EXISTS (SELECT 1 FROM erasures e WHERE e.user_id = $2)",
            "DELETE FROM participant_intervals WHERE conversation_id = $1 AND user_id = $2",
            "DELETE FROM participants WHERE conversation_id = $1 AND user_id = $2",
            "DELETE FROM erased_conversations WHERE conversation_id = $1 AND user_id = $2",
        ] {
            self.run(text, self.ids()).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    vec![Batched::new("erasure: stubs", MESSAGES, |_, rows| {
        stub_text(rows)
    })]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn rows_of_an_account_are_found_by_an_index() {
        for owned in OWNED {
            let scans = table_scans(&owned.text(), vec![Uuid::nil().into()], &[]).await;
            assert_eq!(scans, Vec::<String>::new(), "{}", owned.text());
        }
    }
}
