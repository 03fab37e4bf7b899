//! What the marks of a slice would move, read before anything is locked.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, DbBackend};
use sentinal_protocol::{ConversationId, MessageId, UserId};

use super::cursors::{Cursors, Stride};
use super::shown::{Caps, DmSight, Sight, shares_column, sight_text};
use super::{Mark, MarkTarget, ReceiptKind};
use crate::dialect::{READ_ROWS_MAX, column, counter, signed, sql, unsigned, with_rows};
use crate::{Store, StoreError};

/// Messages that one mark tells senders about, at most: whoever sent only before these hears
/// nothing more of it. Bounds the search for senders after a long absence.
pub(super) const SENDERS_SPAN: u64 = 1_000;

/// A participant.
pub(super) type Participant = (ConversationId, UserId);

/// Where one participant's cursors shall be, and who is told of it.
#[derive(Debug)]
pub(super) struct Move {
    pub(super) participant: Participant,
    pub(super) to: Cursors,
    /// How far others are shown them then.
    pub(super) caps: Caps,
    pub(super) steps: Vec<Step>,
}

/// A step that somebody is told of.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) kind: ReceiptKind,
    pub(super) to: u64,
    pub(super) also_delivered: bool,
    pub(super) told: Told,
}

/// Who is told.
#[derive(Debug)]
pub(super) enum Told {
    /// These senders and the user's own devices.
    Conversation {
        senders: Vec<UserId>,
        message_id: Option<MessageId>,
    },
    /// The user's own devices.
    OwnDevices,
}

/// All marks of a slice for one participant, taken together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Wanted {
    /// By number.
    cursors: Cursors,
    /// Delivered is everything up to this revision.
    delivered_revision: Option<u64>,
    /// The same for read.
    read_revision: Option<u64>,
    counted: bool,
}

/// A range of message numbers: above the first, up to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Span {
    conversation_id: ConversationId,
    above: u64,
    up_to: u64,
}

impl Span {
    /// Where the messages lie that a step is about.
    fn of(conversation_id: ConversationId, stride: Stride) -> Self {
        Self {
            conversation_id,
            above: stride.from.max(stride.to.saturating_sub(SENDERS_SPAN)),
            up_to: stride.to,
        }
    }
}

/// What lies in a [`Span`].
#[derive(Debug, Default)]
struct Spanned {
    senders: Vec<UserId>,
    /// The last message.
    last: Option<MessageId>,
}

/// One entry per participant, in the order in which rows are locked.
fn coalesce(marks: &[Mark]) -> BTreeMap<Participant, Wanted> {
    let mut wanted: BTreeMap<Participant, Wanted> = BTreeMap::new();
    for mark in marks {
        let entry = wanted
            .entry((mark.conversation_id, mark.user_id))
            .or_default();
        entry.counted |= mark.counted;
        match (mark.kind, mark.up_to) {
            (ReceiptKind::Read, MarkTarget::Sequence(to)) => {
                entry.cursors.read = entry.cursors.read.max(to);
            }
            (ReceiptKind::Delivered, MarkTarget::Sequence(to)) => {
                entry.cursors.delivered = entry.cursors.delivered.max(to);
            }
            (ReceiptKind::Read, MarkTarget::Revision(to)) => {
                entry.read_revision = entry.read_revision.max(Some(to));
            }
            (ReceiptKind::Delivered, MarkTarget::Revision(to)) => {
                entry.delivered_revision = entry.delivered_revision.max(Some(to));
            }
        }
    }
    wanted
}

/// Where participants' cursors are, where their conversation ends, and which message is at a revision.
fn present_text(backend: DbBackend, rows: usize) -> String {
    let columns = [
        ("conversation_id", "uuid"),
        ("user_id", "uuid"),
        ("read_revision", "int8"),
        ("delivered_revision", "int8"),
    ];
    let at = |revision: &str| {
        format!(
            "(SELECT m.sequence_number FROM messages m \
             WHERE m.conversation_id = v.conversation_id AND m.revision <= {revision} \
             ORDER BY m.revision DESC LIMIT 1)"
        )
    };
    format!(
        "{} SELECT p.conversation_id, p.user_id, p.last_read_sequence, p.last_delivered_sequence, \
         p.read_shown_up_to, p.delivered_shown_up_to, {}, c.type = 'DM' AS is_dm, \
         h.last_sequence, {} AS read_to, {} AS delivered_to \
         FROM v CROSS JOIN participants p CROSS JOIN conversation_heads h \
         CROSS JOIN conversations c \
         WHERE p.conversation_id = v.conversation_id AND p.user_id = v.user_id \
         AND p.left_revision IS NULL AND h.conversation_id = v.conversation_id \
         AND c.id = v.conversation_id",
        with_rows(backend, &columns, rows, 1),
        shares_column(),
        at("v.read_revision"),
        at("v.delivered_revision"),
    )
}

const SPAN_COLUMNS: [(&str, &str); 4] = [
    ("n", "int8"),
    ("conversation_id", "uuid"),
    ("above", "int8"),
    ("up_to", "int8"),
];

/// Who sent what lies in spans.
fn senders_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} SELECT DISTINCT v.n, m.sender_id FROM v CROSS JOIN messages m \
         WHERE m.conversation_id = v.conversation_id \
         AND m.sequence_number > v.above AND m.sequence_number <= v.up_to",
        with_rows(backend, &SPAN_COLUMNS, rows, 1)
    )
}

/// The last messages of spans.
fn last_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} SELECT v.n, m.id FROM v CROSS JOIN messages m \
         WHERE m.conversation_id = v.conversation_id AND m.sequence_number = v.up_to",
        with_rows(backend, &SPAN_COLUMNS, rows, 1)
    )
}

/// A participant whose cursors would move.
struct Draft {
    participant: Participant,
    counted: bool,
    is_dm: bool,
    shares: bool,
    before: Cursors,
    to: Cursors,
    caps: Caps,
    strides: Vec<Stride>,
}

impl Draft {
    /// Leaves out what others may not know.
    fn seen_by_others(mut self, sights: &HashMap<Participant, DmSight>) -> Self {
        let sight = Sight {
            shares: self.shares,
            dm: self.is_dm.then(|| {
                let found = sights.get(&self.participant);
                found.copied().unwrap_or(DmSight::Barred)
            }),
        };
        (self.strides, self.caps) = sight.strides(self.before, self.to, self.strides, self.caps);
        self
    }

    /// The spans whose senders have to be known.
    fn spans(&self) -> impl Iterator<Item = Span> {
        let (conversation_id, _) = self.participant;
        let counted = self.strides.iter().filter(|it| self.counted && it.told);
        counted.map(move |stride| Span::of(conversation_id, *stride))
    }

    fn into_move(self, spanned: &HashMap<Span, Spanned>) -> Move {
        let (conversation_id, user_id) = self.participant;
        let steps = self.strides.into_iter().filter_map(|stride| {
            let told = if self.counted && stride.told {
                let spanned = spanned.get(&Span::of(conversation_id, stride));
                let senders = spanned.map(|it| it.senders.as_slice()).unwrap_or_default();
                let others = senders.iter().filter(|sender| **sender != user_id);
                Told::Conversation {
                    senders: others.copied().collect(),
                    message_id: spanned.and_then(|it| it.last),
                }
            } else {
                Told::OwnDevices
            };
            let concerns_others = match &told {
                Told::Conversation { senders, .. } => !senders.is_empty(),
                Told::OwnDevices => false,
            };
            // The own devices hear of reading only.
            (concerns_others || stride.kind == ReceiptKind::Read).then_some(Step {
                kind: stride.kind,
                to: stride.to,
                also_delivered: stride.also_delivered,
                told,
            })
        });
        Move {
            participant: self.participant,
            to: self.to,
            caps: self.caps,
            steps: steps.collect(),
        }
    }
}

impl Store {
    /// What these marks move, by participant. Marks of those who take part no more are left out.
    pub(super) async fn find_moves(&self, marks: &[Mark]) -> Result<Vec<Move>, StoreError> {
        let wanted = coalesce(marks);
        let asked: Vec<_> = wanted.iter().collect();
        let mut drafts = Vec::new();
        for chunk in asked.chunks(READ_ROWS_MAX) {
            let text = present_text(self.backend(), chunk.len());
            // No message has a revision below 1.
            let revision = |asked: Option<u64>| asked.map_or(0, signed);
            let values = chunk
                .iter()
                .flat_map(|((conversation_id, user_id), wanted)| {
                    [
                        conversation_id.0.into(),
                        user_id.0.into(),
                        revision(wanted.read_revision).into(),
                        revision(wanted.delivered_revision).into(),
                    ]
                });
            for row in self
                .read()
                .query_all_raw(sql(self.backend(), text, values))
                .await?
            {
                let participant = (
                    ConversationId(column(&row, "conversation_id")?),
                    UserId(column(&row, "user_id")?),
                );
                let Some(wanted) = wanted.get(&participant) else {
                    continue;
                };
                let last = counter(&row, "last_sequence")?;
                let at = |name| -> Result<u64, StoreError> {
                    let found = column::<Option<i64>>(&row, name)?;
                    Ok(found.map(unsigned).transpose()?.unwrap_or(0))
                };
                let target = Cursors {
                    read: wanted.cursors.read.max(at("read_to")?).min(last),
                    delivered: wanted.cursors.delivered.max(at("delivered_to")?).min(last),
                };
                let before = Cursors {
                    read: counter(&row, "last_read_sequence")?,
                    delivered: counter(&row, "last_delivered_sequence")?,
                };
                let (to, strides) = before.advance(target);
                if to != before {
                    let cap = |name| -> Result<Option<u64>, StoreError> {
                        column::<Option<i64>>(&row, name)?.map(unsigned).transpose()
                    };
                    drafts.push(Draft {
                        participant,
                        counted: wanted.counted,
                        is_dm: column(&row, "is_dm")?,
                        shares: column(&row, "shares")?,
                        before,
                        to,
                        caps: Caps {
                            read: cap("read_shown_up_to")?,
                            delivered: cap("delivered_shown_up_to")?,
                        },
                        strides,
                    });
                }
            }
        }
        drafts.sort_unstable_by_key(|draft| draft.participant);
        let in_dms = drafts.iter().filter(|draft| draft.is_dm);
        let in_dms: Vec<_> = in_dms.map(|draft| draft.participant).collect();
        let sights = self.list_sights(&in_dms).await?;
        let seen = drafts.into_iter();
        let drafts: Vec<_> = seen.map(|draft| draft.seen_by_others(&sights)).collect();
        let spans: BTreeSet<_> = drafts.iter().flat_map(Draft::spans).collect();
        let spanned = self.list_spanned(&Vec::from_iter(spans)).await?;
        let moves = drafts.into_iter().map(|draft| draft.into_move(&spanned));
        Ok(moves.collect())
    }

    /// What the other sides of DMs may know of these participants; absent where there is none.
    async fn list_sights(
        &self,
        participants: &[Participant],
    ) -> Result<HashMap<Participant, DmSight>, StoreError> {
        let mut sights = HashMap::with_capacity(participants.len());
        for chunk in participants.chunks(READ_ROWS_MAX) {
            let text = sight_text(self.backend(), chunk.len());
            let values = chunk.iter().flat_map(|(conversation_id, user_id)| {
                [conversation_id.0.into(), user_id.0.into()]
            });
            let statement = sql(self.backend(), text, values);
            for row in self.read().query_all_raw(statement).await? {
                let participant = (
                    ConversationId(column(&row, "conversation_id")?),
                    UserId(column(&row, "user_id")?),
                );
                sights.insert(participant, DmSight::from_row(&row)?);
            }
        }
        Ok(sights)
    }

    /// Who sent the messages of each span, and which is the last. Participants of one conversation
    /// mostly move over the same span, so these are few.
    async fn list_spanned(&self, spans: &[Span]) -> Result<HashMap<Span, Spanned>, StoreError> {
        let mut found: HashMap<Span, Spanned> = HashMap::with_capacity(spans.len());
        for chunk in spans.chunks(READ_ROWS_MAX) {
            let values = || {
                (0_i64..).zip(chunk).flat_map(|(n, span)| {
                    [
                        n.into(),
                        span.conversation_id.0.into(),
                        signed(span.above).into(),
                        signed(span.up_to).into(),
                    ]
                })
            };
            let span_of = |n: i64| {
                let index = usize::try_from(n).ok();
                let span = index.and_then(|index| chunk.get(index)).copied();
                span.ok_or(StoreError::Corrupt("a row of no span"))
            };
            let text = senders_text(self.backend(), chunk.len());
            let statement = sql(self.backend(), text, values());
            for row in self.read().query_all_raw(statement).await? {
                let spanned = found.entry(span_of(column(&row, "n")?)?).or_default();
                spanned.senders.push(UserId(column(&row, "sender_id")?));
            }
            let text = last_text(self.backend(), chunk.len());
            let statement = sql(self.backend(), text, values());
            for row in self.read().query_all_raw(statement).await? {
                let spanned = found.entry(span_of(column(&row, "n")?)?).or_default();
                spanned.last = Some(MessageId(column(&row, "id")?));
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
pub(super) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    vec![
        Batched::new("receipts: present cursors", READ_ROWS_MAX, present_text),
        Batched::new("receipts: senders", READ_ROWS_MAX, senders_text),
        Batched::new("receipts: last messages", READ_ROWS_MAX, last_text),
    ]
}
