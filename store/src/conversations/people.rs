//! Both sides of a DM, as one of the two sees them: a list of DMs needs no request per DM.
//!
//! Names and pictures are read when they are shown and never stored beside a conversation: they change,
//! privacy settings with them, and accounts are deleted.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, Value};
use sentinal_protocol::api::conversations::{Conversation, DirectParticipant};
use sentinal_protocol::event::ConversationCreated;
use sentinal_protocol::{ConversationId, ConversationType, UserId};

use crate::StoreError;
use crate::dialect::{column, placeholders, sql};
use crate::participants::role;

/// Who takes part in so many conversations, as `$1` may see them.
fn people_text(conversations: usize) -> String {
    format!(
        "SELECT p.conversation_id, p.user_id, p.role, u.username, u.display_name, \
         CASE WHEN u.id = $1 OR COALESCE(s.privacy_profile_photo, 'everyone') = 'everyone' \
             OR s.privacy_profile_photo = 'contacts' AND EXISTS (SELECT 1 FROM contacts t \
                 WHERE t.user_id = u.id AND t.contact_user_id = $1) \
             THEN u.avatar_url END AS avatar_url \
         FROM participants p \
         LEFT JOIN users u ON u.id = p.user_id AND u.deleted_at IS NULL \
         LEFT JOIN user_settings s ON s.user_id = p.user_id \
         WHERE p.conversation_id IN ({}) AND p.left_revision IS NULL \
         ORDER BY p.conversation_id, p.user_id",
        placeholders(conversations, 2)
    )
}

/// Who takes part in these DMs, as `viewer` may see them.
async fn list_people<C: ConnectionTrait>(
    reader: &C,
    viewer: UserId,
    dms: &[ConversationId],
) -> Result<HashMap<ConversationId, Vec<DirectParticipant>>, StoreError> {
    let mut people: HashMap<_, Vec<_>> = HashMap::new();
    if dms.is_empty() {
        return Ok(people);
    }
    let ids = dms.iter().map(|id| Value::from(id.0));
    let values = std::iter::once(Value::from(viewer.0)).chain(ids);
    let statement = sql(
        reader.get_database_backend(),
        people_text(dms.len()),
        values,
    );
    for row in reader.query_all_raw(statement).await? {
        let conversation_id = ConversationId(column(&row, "conversation_id")?);
        people
            .entry(conversation_id)
            .or_default()
            .push(DirectParticipant {
                user_id: UserId(column(&row, "user_id")?),
                username: column(&row, "username")?,
                display_name: column(&row, "display_name")?,
                avatar_url: column(&row, "avatar_url")?,
                role: role(&column::<String>(&row, "role")?)?,
            });
    }
    Ok(people)
}

/// Puts both sides into those of these conversations that are DMs: one statement for all of them.
pub(super) async fn add_people<C: ConnectionTrait>(
    reader: &C,
    viewer: UserId,
    conversations: &mut [Conversation],
) -> Result<(), StoreError> {
    let dms = conversations
        .iter()
        .filter(|it| it.kind == ConversationType::Dm);
    let dms: Vec<_> = dms.map(|it| it.id).collect();
    let mut people = list_people(reader, viewer, &dms).await?;
    for conversation in conversations {
        if conversation.kind == ConversationType::Dm {
            conversation.participants = Some(people.remove(&conversation.id).unwrap_or_default());
        }
    }
    Ok(())
}

/// The entry of the log that says that a DM was made, with both sides as `viewer` may see them today.
/// That of a group stays as it is.
pub(crate) async fn with_people<C: ConnectionTrait>(
    reader: &C,
    viewer: UserId,
    payload: String,
) -> Result<String, StoreError> {
    let Some(mut created) = read_dm(&payload) else {
        return Ok(payload);
    };
    let id = created.conversation.id;
    let mut people = list_people(reader, viewer, &[id]).await?;
    created.conversation.participants = Some(people.remove(&id).unwrap_or_default());
    Ok(serde_json::to_string(&created).unwrap_or(payload))
}

/// The same for both sides at once: each is shown as the other may see them.
pub(super) async fn with_both_sides<C: ConnectionTrait>(
    reader: &C,
    sides: &[UserId],
    payload: String,
) -> Result<String, StoreError> {
    let Some(mut created) = read_dm(&payload) else {
        return Ok(payload);
    };
    let id = created.conversation.id;
    let mut shown = Vec::with_capacity(sides.len());
    for viewer in sides {
        let mut people = list_people(reader, *viewer, &[id]).await?;
        let people = people.remove(&id).unwrap_or_default();
        shown.extend(people.into_iter().filter(|it| it.user_id != *viewer));
    }
    shown.sort_by_key(|it| it.user_id);
    created.conversation.participants = Some(shown);
    Ok(serde_json::to_string(&created).unwrap_or(payload))
}

fn read_dm(payload: &str) -> Option<ConversationCreated> {
    let created: ConversationCreated = serde_json::from_str(payload).ok()?;
    (created.conversation.kind == ConversationType::Dm).then_some(created)
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    let most = usize::try_from(sentinal_protocol::limits::PAGE_MAX).unwrap();
    vec![Batched::new("conversations: people", most, |_, rows| {
        people_text(rows)
    })]
}
