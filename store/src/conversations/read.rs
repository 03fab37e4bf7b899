//! A conversation as one participant sees it.

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};
use sentinal_protocol::api::conversations::{Conversation, LastMessage, Permissions};
use sentinal_protocol::{
    ConversationId, ConversationType, MessageId, MessageType, Permission, Role, Timestamp, UserId,
};
use uuid::Uuid;

use super::create::dm_key;
use super::people::add_people;
use crate::dialect::{column, counter, placeholders, sql, unsigned};
use crate::visible::{VISIBLE, unread_count};
use crate::{Store, StoreError};

impl Store {
    /// A conversation in which the user takes part.
    pub async fn find_conversation(
        &self,
        user_id: UserId,
        conversation_id: ConversationId,
        now: Timestamp,
    ) -> Result<Option<Conversation>, StoreError> {
        let values = [user_id.0.into(), now.0.into(), conversation_id.0.into()];
        self.find_view(user_id, "p.conversation_id = $3", values)
            .await
    }

    /// The DM of a user with another one.
    pub async fn find_direct_conversation(
        &self,
        user_id: UserId,
        other: UserId,
        now: Timestamp,
    ) -> Result<Option<Conversation>, StoreError> {
        let values = [
            user_id.0.into(),
            now.0.into(),
            dm_key(user_id, other).into(),
        ];
        self.find_view(user_id, "c.dm_key = $3", values).await
    }

    /// Those of these conversations that the user's list shows, by id.
    pub async fn list_conversations_by_id(
        &self,
        user_id: UserId,
        ids: &[ConversationId],
        now: Timestamp,
    ) -> Result<Vec<Conversation>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let text = by_ids_text(self.backend(), ids.len());
        let ids = ids.iter().map(|id| id.0.into());
        let values = [user_id.0.into(), now.0.into()].into_iter().chain(ids);
        let statement = sql(self.backend(), text, values);
        let mut conversations = Vec::new();
        for row in self.read().query_all_raw(statement).await? {
            conversations.extend(conversation(&row)?);
        }
        conversations.sort_by_key(|conversation| conversation.id);
        add_people(self.read(), user_id, &mut conversations).await?;
        Ok(conversations)
    }

    async fn find_view(
        &self,
        user_id: UserId,
        which: &str,
        values: [Value; 3],
    ) -> Result<Option<Conversation>, StoreError> {
        let view = View {
            which,
            shown: "TRUE",
            page: "",
        };
        let text = view.text(self.backend());
        let statement = sql(self.backend(), text, values);
        let row = self.read().query_one_raw(statement).await?;
        let mut found = row.as_ref().map(conversation).transpose()?.flatten();
        add_people(self.read(), user_id, found.as_mut_slice()).await?;
        Ok(found)
    }
}

/// Conversations by their ids, as the list of `$1` shows them at `$2`.
fn by_ids_text(backend: DbBackend, rows: usize) -> String {
    let view = View {
        which: &format!("p.conversation_id IN ({})", placeholders(rows, 3)),
        shown: SHOWN,
        page: "",
    };
    view.text(backend)
}

/// What a query of conversations as `$1` sees them at the time in `$2` picks, as parts of its text.
pub(super) struct View<'a> {
    /// Which of the user's conversations (`c`) and participations (`p`).
    pub(super) which: &'a str,
    /// Which of these are shown, judged by `v` as far as it is known without the last message.
    pub(super) shown: &'a str,
    /// `LIMIT` and `OFFSET`.
    pub(super) page: &'a str,
}

/// What a list shows: a hidden conversation comes back with the next message that its user may see.
pub(super) const SHOWN: &str = "(NOT v.hidden OR v.last_seen IS NOT NULL)";

/// Pinned first, then by last message; the id makes the order total, so that pages do not overlap.
const ORDER: &str = "pinned DESC, active_at DESC, conversation_id DESC";

impl View<'_> {
    /// One statement, whatever the number of conversations: `v` finds each one's newest visible
    /// message (one step of an index), `p` picks the page, and only what is on the page is
    /// counted. The count of all comes with every row; of an empty page with a single empty row.
    pub(super) fn text(&self, backend: DbBackend) -> String {
        let (which, shown, page) = (self.which, self.shown, self.page);
        let unread = unread_count(backend, "$2");
        format!(
            "WITH v AS MATERIALIZED (SELECT p.conversation_id, p.role, p.joined_at, \
             p.joined_sequence, p.last_read_sequence, p.cleared_sequence, p.hidden, \
             CASE WHEN p.muted_until > $2 THEN p.muted_until END AS muted_until, p.pinned_at, p.archived_at, c.type, c.subject, c.description, \
             c.avatar_url, c.creator_id, c.created_at, c.updated_at, c.invite_code, {PERMISSIONS}, \
             c.message_expiry_seconds, \
             COALESCE((SELECT m.sequence_number FROM messages m \
                 WHERE m.conversation_id = p.conversation_id \
                 AND m.sequence_number > p.joined_sequence \
                 AND m.sequence_number > p.cleared_sequence AND {VISIBLE} \
                 ORDER BY m.sequence_number DESC LIMIT 1), \
                 (SELECT m.sequence_number FROM participant_intervals i \
                 JOIN messages m ON m.conversation_id = i.conversation_id \
                 AND m.sequence_number > i.joined_sequence \
                 AND m.sequence_number <= i.left_sequence \
                 WHERE i.conversation_id = p.conversation_id AND i.user_id = p.user_id \
                 AND m.sequence_number > p.cleared_sequence AND {VISIBLE} \
                 ORDER BY i.joined_revision DESC, m.sequence_number DESC LIMIT 1)) AS last_seen \
             FROM participants p JOIN conversations c ON c.id = p.conversation_id \
             WHERE p.user_id = $1 AND p.left_revision IS NULL AND c.deleted_at IS NULL \
             AND {which}), \
             p AS MATERIALIZED (SELECT v.*, \
             CASE WHEN v.pinned_at IS NULL THEN 0 ELSE 1 END AS pinned, \
             COALESCE(m.created_at, v.joined_at) AS active_at, \
             m.id AS message_id, m.sender_id, m.message_type, m.created_at AS message_at \
             FROM v LEFT JOIN messages m ON m.conversation_id = v.conversation_id \
             AND m.sequence_number = v.last_seen WHERE {shown} ORDER BY {ORDER} {page}) \
             SELECT t.total, p.*, h.revision, h.roster_version, h.last_sequence, \
             (SELECT COUNT(*) FROM participants o \
                 WHERE o.conversation_id = p.conversation_id AND o.left_revision IS NULL) \
                 AS participant_count, {unread} AS unread_count \
             FROM (SELECT COUNT(*) AS total FROM v WHERE {shown}) t LEFT JOIN p ON TRUE \
             LEFT JOIN conversation_heads h ON h.conversation_id = p.conversation_id \
             ORDER BY {ORDER}"
        )
    }
}

/// The columns of `conversations` that [`permissions`] reads.
pub(crate) const PERMISSIONS: &str = "c.permission_send, c.permission_edit_info, \
     c.permission_add_members, c.permission_invite, c.permission_start_call";

/// Who may do what in the conversation of a row with [`PERMISSIONS`].
pub(crate) fn permissions(row: &QueryResult) -> Result<Permissions, StoreError> {
    let permission = |name| {
        Permission::parse(&column::<String>(row, name)?).ok_or(StoreError::Corrupt("permission"))
    };
    Ok(Permissions {
        send: permission("permission_send")?,
        edit_info: permission("permission_edit_info")?,
        add_members: permission("permission_add_members")?,
        invite: permission("permission_invite")?,
        start_call: permission("permission_start_call")?,
    })
}

/// Reads a row of [`View::text`]; `None` is the row of an empty page.
pub(super) fn conversation(row: &QueryResult) -> Result<Option<Conversation>, StoreError> {
    let Some(id) = column::<Option<Uuid>>(row, "conversation_id")? else {
        return Ok(None);
    };
    let time = |name| Ok::<_, StoreError>(column::<Option<i64>>(row, name)?.map(Timestamp));
    let last_message = match column::<Option<Uuid>>(row, "message_id")? {
        Some(id) => Some(LastMessage {
            id: MessageId(id),
            sender_id: UserId(column(row, "sender_id")?),
            sequence_number: counter(row, "last_seen")?,
            message_type: MessageType::parse(&column::<String>(row, "message_type")?)
                .ok_or(StoreError::Corrupt("message type"))?,
            created_at: Timestamp(column(row, "message_at")?),
        }),
        None => None,
    };
    let role = Role::parse(&column::<String>(row, "role")?).ok_or(StoreError::Corrupt("role"))?;
    let permissions = permissions(row)?;
    let may_invite = permissions.invite == Permission::Everyone || role >= Role::Admin;
    Ok(Some(Conversation {
        id: ConversationId(id),
        kind: ConversationType::parse(&column::<String>(row, "type")?)
            .ok_or(StoreError::Corrupt("conversation type"))?,
        subject: column(row, "subject")?,
        description: column(row, "description")?,
        avatar_url: column(row, "avatar_url")?,
        creator_id: column::<Option<Uuid>>(row, "creator_id")?.map(UserId),
        // The code; what makes it a link is known further up.
        invite_link: column::<Option<String>>(row, "invite_code")?.filter(|_| may_invite),
        permissions,
        message_expiry_seconds: column::<Option<i64>>(row, "message_expiry_seconds")?
            .map(unsigned)
            .transpose()?,
        participant_count: counter(row, "participant_count")?,
        last_message_at: last_message.as_ref().map(|message| message.created_at),
        created_at: Timestamp(column(row, "created_at")?),
        updated_at: Timestamp(column(row, "updated_at")?),
        revision: counter(row, "revision")?,
        roster_version: counter(row, "roster_version")?,
        last_sequence: counter(row, "last_sequence")?,
        role,
        unread_count: counter(row, "unread_count")?,
        last_read_sequence: counter(row, "last_read_sequence")?,
        last_message,
        muted_until: time("muted_until")?,
        pinned_at: time("pinned_at")?,
        archived: column::<Option<i64>>(row, "archived_at")?.is_some(),
        // Read for all DMs of a page at once.
        participants: None,
    }))
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    let most = usize::try_from(sentinal_protocol::limits::PAGE_MAX).unwrap();
    let mut all = super::people::batched();
    all.push(Batched::new("conversations: by id", most, by_ids_text).with_own(&["v", "p", "t"]));
    all
}
