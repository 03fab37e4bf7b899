//! Participants and their devices, as another participant sees them.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, QueryResult};
use sentinal_protocol::api::conversations::{DeviceName, Participant, Participants};
use sentinal_protocol::{ConversationId, DeviceId, Timestamp, UserId};
use uuid::Uuid;

use super::role;
use crate::connection::Transaction;
use crate::dialect::{column, counter, sql, unsigned};
use crate::receipts::{shown_delivered, shown_read};
use crate::{Store, StoreError};

impl Store {
    /// Everybody who takes part, by the time they joined; `None` if the viewer does not.
    pub async fn list_participants(
        &self,
        conversation_id: ConversationId,
        viewer: UserId,
    ) -> Result<Option<Participants>, StoreError> {
        let tx = self.snapshot().await?;
        let listed = list(&tx, conversation_id, viewer, None).await?;
        tx.commit().await?;
        Ok(listed)
    }

    /// One who takes part; `None` if they or the viewer do not.
    pub async fn find_participant(
        &self,
        conversation_id: ConversationId,
        viewer: UserId,
        user_id: UserId,
    ) -> Result<Option<Participant>, StoreError> {
        let tx = self.snapshot().await?;
        let listed = list(&tx, conversation_id, viewer, Some(user_id)).await?;
        tx.commit().await?;
        Ok(listed.and_then(|listed| listed.participants.into_iter().next()))
    }
}

/// All participants, or one. Three statements of one moment, so that devices and `roster_version`
/// belong together.
async fn list(
    tx: &Transaction,
    conversation_id: ConversationId,
    viewer: UserId,
    only: Option<UserId>,
) -> Result<Option<Participants>, StoreError> {
    let backend = tx.get_database_backend();
    let text = "SELECT h.roster_version \
                FROM participants p JOIN conversations c ON c.id = p.conversation_id \
                JOIN conversation_heads h ON h.conversation_id = p.conversation_id \
                WHERE p.conversation_id = $1 AND p.user_id = $2 AND p.left_revision IS NULL \
                AND c.deleted_at IS NULL";
    let values = [conversation_id.0.into(), viewer.0.into()];
    let Some(row) = tx.query_one_raw(sql(backend, text, values)).await? else {
        return Ok(None);
    };
    let roster_version = counter(&row, "roster_version")?;

    let one = if only.is_some() {
        "AND p.user_id = $2"
    } else {
        ""
    };
    let values = |viewer: Option<UserId>| {
        let ids = [
            Some(conversation_id.0),
            only.map(|id| id.0),
            viewer.map(|id| id.0),
        ];
        ids.into_iter().flatten().map(sea_orm::Value::from)
    };
    let text = format!(
        "SELECT d.user_id, d.id, d.device_id FROM participants p \
         JOIN devices d ON d.user_id = p.user_id \
         LEFT JOIN roster_pending q ON q.conversation_id = $1 AND q.device_id = d.id \
         WHERE p.conversation_id = $1 {one} AND p.left_revision IS NULL \
         AND COALESCE(q.in_roster, d.keyed AND NOT d.dormant AND d.removed_at IS NULL) \
         ORDER BY d.id"
    );
    let mut devices: HashMap<Uuid, Vec<DeviceName>> = HashMap::new();
    for row in tx.query_all_raw(sql(backend, text, values(None))).await? {
        let owner = column(&row, "user_id")?;
        devices.entry(owner).or_default().push(DeviceName {
            id: DeviceId(column(&row, "id")?),
            device_id: column(&row, "device_id")?,
        });
    }

    let me = if only.is_some() { "$3" } else { "$2" };
    let text = format!(
        "SELECT p.user_id, p.role, p.joined_at, {} AS read_to, {} AS delivered_to, u.username, u.display_name, \
         CASE WHEN u.id = {me} OR COALESCE(s.privacy_profile_photo, 'everyone') = 'everyone' \
             OR s.privacy_profile_photo = 'contacts' AND EXISTS (SELECT 1 FROM contacts t \
                 WHERE t.user_id = u.id AND t.contact_user_id = {me}) \
             THEN u.avatar_url END AS avatar_url \
         FROM participants p JOIN conversations c ON c.id = p.conversation_id \
         LEFT JOIN users u ON u.id = p.user_id \
         LEFT JOIN user_settings s ON s.user_id = p.user_id \
         WHERE p.conversation_id = $1 {one} AND p.left_revision IS NULL \
         ORDER BY p.joined_at, p.user_id",
        shown_read(backend, me),
        shown_delivered(backend, me),
    );
    let statement = sql(backend, text, values(Some(viewer)));
    let mut participants = Vec::new();
    for row in tx.query_all_raw(statement).await? {
        let user_id = UserId(column(&row, "user_id")?);
        let devices = devices.remove(&user_id.0).unwrap_or_default();
        participants.push(participant(&row, user_id, devices)?);
    }
    Ok(Some(Participants {
        participants,
        roster_version,
    }))
}

fn participant(
    row: &QueryResult,
    user_id: UserId,
    devices: Vec<DeviceName>,
) -> Result<Participant, StoreError> {
    let cursor = |name| -> Result<Option<u64>, StoreError> {
        column::<Option<i64>>(row, name)?.map(unsigned).transpose()
    };
    Ok(Participant {
        user_id,
        username: column(row, "username")?,
        display_name: column(row, "display_name")?,
        avatar_url: column(row, "avatar_url")?,
        role: role(&column::<String>(row, "role")?)?,
        joined_at: Timestamp(column(row, "joined_at")?),
        device_ids: devices.iter().map(|name| name.device_id.clone()).collect(),
        devices,
        last_read_sequence: cursor("read_to")?,
        last_delivered_sequence: cursor("delivered_to")?,
    })
}
