//! Conversations in bulk: a statement per table for hundreds of conversations, where a request takes
//! six statements for one.

use sea_orm::{ConnectionTrait, Value};
use sentinal_protocol::event::{ConversationCreated, CreatedConversation};
use sentinal_protocol::ids::new_uuid;
use sentinal_protocol::{ConversationId, ConversationType, Role, Timestamp, UserId};
use uuid::Uuid;

use crate::connection::Transaction;
use crate::conversations::dm_key;
use crate::dialect::{sql, with_rows};
use crate::entry::Change;
use crate::{Store, StoreError, fold};

/// Conversations of one transaction. A statement for a thousand missed its deadline on a busy machine
/// in a debug build.
const CONVERSATIONS_PER_STATEMENT: usize = 250;
/// Members of one statement, likewise.
const MEMBERS_PER_STATEMENT: usize = 1_000;
/// Low bits of an id that number the conversations of one call.
const NUMBER_BITS: u32 = 40;

/// A conversation to add.
#[derive(Clone, Debug)]
pub struct SeededConversation {
    /// `DM` or `GROUP`.
    pub kind: ConversationType,
    /// Who takes part, each once; the first one has created it. Two for a DM.
    pub members: Vec<UserId>,
}

/// A conversation with its id.
struct Added<'a> {
    id: ConversationId,
    subject: Option<String>,
    creator_id: UserId,
    planned: &'a SeededConversation,
}

impl Store {
    /// Adds conversations between people who are in the database, as requests would have created
    /// them: the creation is revision 1, nobody has acknowledged it. The ids come in the order of
    /// the conversations. A pair may have one DM only.
    pub async fn db_add_conversations(
        &self,
        planned: &[SeededConversation],
        now: Timestamp,
    ) -> Result<Vec<ConversationId>, StoreError> {
        let mut ids = Vec::with_capacity(planned.len());
        // Ids that follow each other: inserts go to the end of every index.
        let base = new_uuid(now).as_u128() >> NUMBER_BITS << NUMBER_BITS;
        for chunk in planned.chunks(CONVERSATIONS_PER_STATEMENT) {
            let mut added = Vec::with_capacity(chunk.len());
            for planned in chunk {
                let Some(creator_id) = planned.members.first() else {
                    return Err(StoreError::Corrupt("a conversation of nobody"));
                };
                let number = (ids.len() as u128) + 1;
                let id = ConversationId(Uuid::from_u128(base + number));
                let group = planned.kind == ConversationType::Group;
                added.push(Added {
                    id,
                    subject: group.then(|| format!("group {number}")),
                    creator_id: *creator_id,
                    planned,
                });
                ids.push(id);
            }
            let tx = self.begin().await?;
            insert_conversations(&tx, &added, now).await?;
            insert_creations(&tx, &added, now).await?;
            insert_members(&tx, &added, now).await?;
            tx.commit().await?;
        }
        Ok(ids)
    }
}

/// Their rows, and their heads.
async fn insert_conversations(
    tx: &Transaction,
    added: &[Added<'_>],
    now: Timestamp,
) -> Result<(), StoreError> {
    const COLUMNS: [(&str, &str); 5] = [
        ("id", "uuid"),
        ("kind", "text"),
        ("dm_key", "bytea"),
        ("subject", "text"),
        ("creator_id", "uuid"),
    ];
    let backend = tx.get_database_backend();
    let mut values: Vec<Value> = Vec::with_capacity(added.len() * COLUMNS.len());
    for one in added {
        let key = match (one.planned.kind, one.planned.members.as_slice()) {
            (ConversationType::Dm, [first, second]) => Some(dm_key(*first, *second)),
            (ConversationType::Dm | ConversationType::Group, _) => None,
        };
        values.extend([
            one.id.0.into(),
            one.planned.kind.as_str().into(),
            key.into(),
            one.subject.clone().into(),
            one.creator_id.0.into(),
        ]);
    }
    let rows = with_rows(backend, &COLUMNS, added.len(), 1);
    let at = now.0;
    // Subjects are lower case already, which is their key's form.
    debug_assert!(
        added
            .iter()
            .flat_map(|one| &one.subject)
            .all(|it| fold(it) == *it)
    );
    let text = format!(
        "INSERT INTO conversations (id, type, dm_key, subject, subject_key, creator_id, \
         created_at, updated_at) {rows} \
         SELECT id, kind, dm_key, subject, subject, creator_id, {at}, {at} FROM v"
    );
    tx.execute_raw(sql(backend, text, values)).await?;

    let (Some(first), Some(last)) = (added.first(), added.last()) else {
        return Ok(());
    };
    let text = "INSERT INTO conversation_heads (conversation_id, last_sequence, revision, \
                roster_version, access_version, receipt_version) \
                SELECT id, 0, 1, 1, 1, 0 FROM conversations WHERE id >= $1 AND id <= $2";
    let values = [first.id.0.into(), last.id.0.into()];
    tx.execute_raw(sql(backend, text, values)).await?;
    Ok(())
}

/// The first revision of each.
async fn insert_creations(
    tx: &Transaction,
    added: &[Added<'_>],
    now: Timestamp,
) -> Result<(), StoreError> {
    const COLUMNS: [(&str, &str); 3] = [("id", "uuid"), ("actor", "uuid"), ("payload", "text")];
    let backend = tx.get_database_backend();
    let mut kind = "";
    let mut values: Vec<Value> = Vec::with_capacity(added.len() * COLUMNS.len());
    for one in added {
        let created = ConversationCreated {
            conversation: CreatedConversation {
                id: one.id,
                kind: one.planned.kind,
                subject: one.subject.clone(),
                description: None,
                avatar_url: None,
                creator_id: Some(one.creator_id),
                participant_count: one.planned.members.len() as u64,
                participants: None,
                created_at: now,
            },
        };
        let change = Change::new(&created, Some(one.id.0), one.creator_id, now);
        kind = change.kind.as_str();
        values.extend([
            one.id.0.into(),
            one.creator_id.0.into(),
            change.payload.into(),
        ]);
    }
    let rows = with_rows(backend, &COLUMNS, added.len(), 1);
    let text = format!(
        "INSERT INTO conversation_changes (conversation_id, revision, kind, subject, actor, \
         payload, created_at) {rows} SELECT id, 1, '{kind}', id, actor, payload, {} FROM v",
        now.0
    );
    tx.execute_raw(sql(backend, text, values)).await?;
    Ok(())
}

/// Who takes part.
async fn insert_members(
    tx: &Transaction,
    added: &[Added<'_>],
    now: Timestamp,
) -> Result<(), StoreError> {
    const COLUMNS: [(&str, &str); 3] = [
        ("conversation_id", "uuid"),
        ("user_id", "uuid"),
        ("role", "text"),
    ];
    let backend = tx.get_database_backend();
    let mut members: Vec<(ConversationId, UserId, Role)> = Vec::new();
    for one in added {
        let first = match one.planned.kind {
            ConversationType::Group => Role::Owner,
            ConversationType::Dm => Role::Member,
        };
        for (number, user_id) in one.planned.members.iter().enumerate() {
            let role = if number == 0 { first } else { Role::Member };
            members.push((one.id, *user_id, role));
        }
    }
    for chunk in members.chunks(MEMBERS_PER_STATEMENT) {
        let rows = with_rows(backend, &COLUMNS, chunk.len(), 1);
        let text = format!(
            "INSERT INTO participants (conversation_id, user_id, role, joined_at, \
             joined_revision, joined_sequence, hidden) {rows} \
             SELECT conversation_id, user_id, role, {}, 1, 0, FALSE FROM v",
            now.0
        );
        let mut values: Vec<Value> = Vec::with_capacity(chunk.len() * COLUMNS.len());
        for (conversation_id, user_id, role) in chunk {
            values.extend([
                conversation_id.0.into(),
                user_id.0.into(),
                role.as_str().into(),
            ]);
        }
        tx.execute_raw(sql(backend, text, values)).await?;
    }
    Ok(())
}
