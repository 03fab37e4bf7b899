//! Who takes part in a conversation and with which devices: what a send is checked against.

use sea_orm::ConnectionTrait;
use sentinal_protocol::api::conversations::DeviceName;
use sentinal_protocol::event::{self, DeviceAdded, EventKind};
use sentinal_protocol::{ConversationId, ConversationType, DeviceId, Permission, Role, UserId};

use crate::calls::PersonName;
use crate::connection::Transaction;
use crate::dialect::{column, counter, signed, sql};
use crate::{Store, StoreError};

/// A conversation's people and devices at one moment, the devices as its log has told of them: what
/// has happened to one since, and is told here in a later round, shows only in that
/// senders may leave a device out that has no keys any more, as they may name one that has some
/// already.
///
/// `roster_version` and `access_version` name the moment, and a write that relied on them re-checks both.
#[derive(Clone, Debug)]
pub struct Roster {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// `DM` or `GROUP`.
    pub kind: ConversationType,
    /// The head's revision when this was read.
    pub revision: u64,
    /// Counts changes of the device set.
    pub roster_version: u64,
    /// Counts changes of roles, permissions and blocks.
    pub access_version: u64,
    /// Who may send in a group.
    pub permission_send: Permission,
    /// Who may start a call in a group.
    pub permission_start_call: Permission,
    /// Seconds after which content goes, unless a message says otherwise.
    pub message_expiry_seconds: Option<u64>,
    /// Present participants by id.
    pub members: Vec<Member>,
}

/// One participant.
#[derive(Clone, Debug)]
pub struct Member {
    /// The participant.
    pub user_id: UserId,
    /// Their username.
    pub username: String,
    /// What others see.
    pub display_name: String,
    /// Their rank.
    pub role: Role,
    /// The first revision of their present membership.
    pub joined_revision: u64,
    /// Whether they let others know what they have read.
    pub read_receipts: bool,
    /// In a DM: whether they have blocked the other side.
    pub blocks_other: bool,
    /// Their active devices by id, and those that have gone without this conversation telling yet.
    pub devices: Vec<RosterDevice>,
}

/// A device of a participant that may be encrypted to.
#[derive(Clone, Debug)]
pub struct RosterDevice {
    /// Both its names.
    pub name: DeviceName,
    /// Whether it is in the roster and has keys, and so must be encrypted to.
    pub keyed: bool,
    /// Whether it is there at all: it may have gone without this conversation telling yet.
    pub active: bool,
}

impl Roster {
    /// The participant with this id.
    pub fn member(&self, user_id: UserId) -> Option<&Member> {
        let index = self
            .members
            .binary_search_by_key(&user_id, |member| member.user_id)
            .ok()?;
        self.members.get(index)
    }

    /// Whether this is an active device of a participant.
    pub fn has(&self, user_id: UserId, device: DeviceId) -> bool {
        let member = self.member(user_id);
        let is_it = |other: &RosterDevice| other.active && other.name.id == device;
        member.is_some_and(|it| it.devices.iter().any(is_it))
    }

    /// What a participant is called.
    pub fn name(&self, user_id: UserId) -> Option<PersonName> {
        self.member(user_id).map(|member| PersonName {
            username: member.username.clone(),
            display_name: member.display_name.clone(),
        })
    }

    /// The other side of a DM.
    pub fn other(&self, user_id: UserId) -> Option<&Member> {
        self.members.iter().find(|member| member.user_id != user_id)
    }

    /// Every device that must be encrypted to, with its owner.
    pub fn required(&self) -> impl Iterator<Item = (UserId, &DeviceName)> {
        self.members.iter().flat_map(|member| {
            let keyed = member.devices.iter().filter(|device| device.keyed);
            keyed.map(|device| (member.user_id, &device.name))
        })
    }
}

/// A change of a roster, as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RosterStep {
    /// A device came or went.
    Device(event::RosterDevice),
    /// A device has another identity key.
    Identity(event::RosterDevice),
    /// Somebody came or went, with all devices.
    Member(UserId),
}

/// Revisions of a log that are looked through for changes of its roster.
const REVISIONS_LOOKED_AT: u64 = 2_000;

/// The kinds of entries that raise a `roster_version`, by one each.
const STEPS: [EventKind; 5] = [
    EventKind::DeviceAdded,
    EventKind::DeviceRemoved,
    EventKind::IdentityChanged,
    EventKind::ParticipantAdded,
    EventKind::ParticipantRemoved,
];

impl Store {
    /// The last changes of a roster, newest first: so many, or fewer if they do not lie among the last
    /// revisions.
    pub async fn list_roster_steps(
        &self,
        roster: &Roster,
        steps: u64,
    ) -> Result<Vec<RosterStep>, StoreError> {
        let kinds = STEPS.map(|kind| format!("'{}'", kind.as_str())).join(", ");
        let text = format!(
            "SELECT kind, subject, payload FROM conversation_changes \
             WHERE conversation_id = $1 AND revision > $2 AND revision <= $3 \
             AND kind IN ({kinds}) ORDER BY revision DESC LIMIT {steps}"
        );
        let values = [
            roster.conversation_id.0.into(),
            signed(roster.revision.saturating_sub(REVISIONS_LOOKED_AT)).into(),
            signed(roster.revision).into(),
        ];
        let rows = self.read().query_all_raw(sql(self.backend(), text, values));
        let rows = rows.await?;
        let steps = rows.iter().map(|row| {
            let kind: String = column(row, "kind")?;
            if [EventKind::ParticipantAdded, EventKind::ParticipantRemoved]
                .iter()
                .any(|member| member.as_str() == kind)
            {
                let subject: Option<uuid::Uuid> = column(row, "subject")?;
                let user_id = subject.ok_or(StoreError::Corrupt("nobody came or went"))?;
                return Ok(RosterStep::Member(UserId(user_id)));
            }
            let payload: String = column(row, "payload")?;
            // What is told of a device has the same fields, whatever it is.
            let of = serde_json::from_str::<DeviceAdded>(&payload)
                .map_err(|_| StoreError::Corrupt("an entry of a device"))?;
            Ok(if kind == EventKind::IdentityChanged.as_str() {
                RosterStep::Identity(of.device)
            } else {
                RosterStep::Device(of.device)
            })
        });
        steps.collect()
    }

    /// The present roster, `None` if there is no such conversation (or it was deleted).
    pub async fn find_roster(
        &self,
        conversation_id: ConversationId,
    ) -> Result<Option<Roster>, StoreError> {
        let tx = self.snapshot().await?;
        let roster = read_roster(&tx, conversation_id).await?;
        tx.commit().await?;
        Ok(roster)
    }
}

async fn read_roster(
    tx: &Transaction,
    conversation_id: ConversationId,
) -> Result<Option<Roster>, StoreError> {
    let backend = tx.get_database_backend();
    let text = "SELECT c.type, c.permission_send, c.permission_start_call, \
                c.message_expiry_seconds, h.revision, \
                h.roster_version, h.access_version FROM conversations c \
                JOIN conversation_heads h ON h.conversation_id = c.id \
                WHERE c.id = $1 AND c.deleted_at IS NULL";
    let Some(row) = tx
        .query_one_raw(sql(backend, text, [conversation_id.0.into()]))
        .await?
    else {
        return Ok(None);
    };
    let kind = ConversationType::parse(&column::<String>(&row, "type")?)
        .ok_or(StoreError::Corrupt("conversation type"))?;
    let mut roster = Roster {
        conversation_id,
        kind,
        revision: counter(&row, "revision")?,
        roster_version: counter(&row, "roster_version")?,
        access_version: counter(&row, "access_version")?,
        permission_send: Permission::parse(&column::<String>(&row, "permission_send")?)
            .ok_or(StoreError::Corrupt("permission"))?,
        permission_start_call: Permission::parse(&column::<String>(&row, "permission_start_call")?)
            .ok_or(StoreError::Corrupt("permission"))?,
        message_expiry_seconds: column::<Option<i64>>(&row, "message_expiry_seconds")?
            .map(crate::dialect::unsigned)
            .transpose()?,
        members: Vec::new(),
    };
    // Blocks matter in a DM only, where the block can only be of the one other participant.
    let text = "SELECT p.user_id, p.role, p.joined_revision, u.username, u.display_name, \
                s.read_receipts, \
                d.id AS device, d.device_id, \
                d.keyed AND COALESCE(q.in_roster, TRUE) AS keyed, \
                d.removed_at IS NULL AND NOT d.dormant AS active, \
                EXISTS (SELECT 1 FROM participants o JOIN blocks b ON b.user_id = p.user_id \
                    AND b.blocked_user_id = o.user_id \
                    WHERE o.conversation_id = p.conversation_id AND $2) AS blocks_other \
                FROM participants p JOIN users u ON u.id = p.user_id \
                LEFT JOIN user_settings s ON s.user_id = p.user_id \
                LEFT JOIN devices d ON d.user_id = p.user_id \
                    AND (d.removed_at IS NULL AND NOT d.dormant OR EXISTS ( \
                        SELECT 1 FROM roster_pending o WHERE o.conversation_id = $1 \
                        AND o.device_id = d.id AND o.in_roster)) \
                LEFT JOIN roster_pending q ON q.conversation_id = $1 AND q.device_id = d.id \
                WHERE p.conversation_id = $1 AND p.left_revision IS NULL \
                ORDER BY p.user_id, d.id";
    let values = [
        conversation_id.0.into(),
        (kind == ConversationType::Dm).into(),
    ];
    for row in tx.query_all_raw(sql(backend, text, values)).await? {
        let user_id = UserId(column(&row, "user_id")?);
        if roster
            .members
            .last()
            .is_none_or(|last| last.user_id != user_id)
        {
            roster.members.push(Member {
                user_id,
                username: column(&row, "username")?,
                display_name: column(&row, "display_name")?,
                role: Role::parse(&column::<String>(&row, "role")?)
                    .ok_or(StoreError::Corrupt("role"))?,
                joined_revision: counter(&row, "joined_revision")?,
                read_receipts: column::<Option<bool>>(&row, "read_receipts")?.unwrap_or(true),
                blocks_other: column(&row, "blocks_other")?,
                devices: Vec::new(),
            });
        }
        if let (Some(device), Some(member)) = (
            column::<Option<uuid::Uuid>>(&row, "device")?,
            roster.members.last_mut(),
        ) {
            let active: bool = column(&row, "active")?;
            member.devices.push(RosterDevice {
                name: DeviceName {
                    id: DeviceId(device),
                    device_id: column(&row, "device_id")?,
                },
                keyed: active && column(&row, "keyed")?,
                active,
            });
        }
    }
    Ok(Some(roster))
}
