//! The beginning of a membership: put in by somebody, or by following an invite link.

use sea_orm::ConnectionTrait;
use sentinal_protocol::event::ParticipantAdded;
use sentinal_protocol::{ConversationId, Timestamp, UserId, limits};

use super::{MembershipRefusal, Present, count};
use crate::StoreError;
use crate::connection::Transaction;
use crate::dialect::{signed, sql};
use crate::entry::Committed;
use crate::log::{Head, append, save_head};
use crate::roster_rounds::tell_present_devices;
use crate::stop::Stop;

/// Refuses where a group has as many participants as it can have.
pub(crate) async fn check_place(
    tx: &Transaction,
    conversation_id: ConversationId,
) -> Result<(), Stop<MembershipRefusal>> {
    if count(tx, conversation_id, "TRUE").await? >= limits::GROUP_MEMBERS_MAX {
        return Err(Stop::Refused(MembershipRefusal::GroupFull));
    }
    Ok(())
}

/// Begins a membership and writes the head. The caller holds the locks of the user's row and of the
/// head, and has found that the user does not take part.
pub(crate) async fn admit(
    tx: &Transaction,
    head: &mut Head,
    added: &Present,
    actor: UserId,
    now: Timestamp,
) -> Result<Committed, StoreError> {
    let entry = ParticipantAdded {
        participant: added.shown(),
        from_revision: None,
    };
    let change = added.change(&entry, actor, now);
    let committed = append(tx, head, change).await?;
    let backend = tx.get_database_backend();
    let text = "INSERT INTO participant_intervals (conversation_id, user_id, joined_revision, \
                joined_sequence, left_revision, left_sequence) \
                SELECT conversation_id, user_id, joined_revision, joined_sequence, \
                left_revision, left_sequence FROM participants \
                WHERE conversation_id = $1 AND user_id = $2";
    let values = [head.conversation_id.0.into(), added.user_id.0.into()];
    tx.execute_raw(sql(backend, text, values)).await?;
    // No cursor means "from the present membership on". A device that has acknowledged nothing yet
    // still has to hear of the membership that ended.
    let text = "INSERT INTO device_cursors (device_id, conversation_id, start_revision, \
                acked_revision, receipt_version) \
                SELECT d.id, p.conversation_id, p.joined_revision - 1, p.joined_revision - 1, 0 \
                FROM participants p JOIN devices d ON d.user_id = p.user_id \
                WHERE p.conversation_id = $1 AND p.user_id = $2 AND d.removed_at IS NULL \
                AND d.created_at < p.left_at ON CONFLICT (device_id, conversation_id) DO NOTHING";
    let values = [head.conversation_id.0.into(), added.user_id.0.into()];
    tx.execute_raw(sql(backend, text, values)).await?;
    let text = "INSERT INTO participants (conversation_id, user_id, role, joined_at, \
                joined_revision, joined_sequence) VALUES ($1, $2, $3, $4, $5, $6) \
                ON CONFLICT (conversation_id, user_id) DO UPDATE SET role = excluded.role, \
                joined_at = excluded.joined_at, joined_revision = excluded.joined_revision, \
                joined_sequence = excluded.joined_sequence, left_revision = NULL, \
                left_sequence = NULL, left_at = NULL, hidden = FALSE, pinned_at = NULL, \
                archived_at = NULL";
    let values = [
        head.conversation_id.0.into(),
        added.user_id.0.into(),
        added.role.as_str().into(),
        now.0.into(),
        signed(head.revision).into(),
        signed(head.last_sequence).into(),
    ];
    tx.execute_raw(sql(backend, text, values)).await?;
    tell_present_devices(tx, head.conversation_id, added.user_id).await?;
    head.roster_version += 1;
    head.access_version += 1;
    save_head(tx, head).await?;
    Ok(committed)
}
