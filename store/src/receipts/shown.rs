//! How far others are shown a participant's receipt cursors: the one place that decides it.
//!
//! - Read cursors are shown if both sides allow it (`read_receipts`). What was read while the reader
//!   did not allow it stays unseen afterwards: `read_shown_up_to` keeps the cursor of that moment, until
//!   something is read openly again.
//! - In a DM nothing crosses a block. Who has blocked is shown nothing; for who is blocked the cursors
//!   stand where they stood at the block.
//! - In a DM a delivered cursor that moves says that a device is connected. For whom
//!   `privacy_last_seen` shuts out it stands still (`delivered_shown_up_to`) until the participant
//!   writes there or reads something openly, and so shows themselves.
//!
//! Whoever reads cursors takes them from [`shown_read`] and [`shown_delivered`]. A move of which
//! nobody is told raises no counter that others could compare ([`Sight::strides`]).

use sea_orm::{DbBackend, QueryResult};

use super::ReceiptKind;
use super::cursors::{Cursors, Stride};
use crate::StoreError;
use crate::dialect::{column, counter, with_rows};
use crate::visible::{greatest, least};

/// Whether `user` lets others know what they have read.
fn shares(user: &str) -> String {
    format!(
        "COALESCE((SELECT s.read_receipts FROM user_settings s WHERE s.user_id = {user}), TRUE)"
    )
}

/// Whether `p` does not let `viewer` know when they were last seen.
fn shuts_out(viewer: &str) -> String {
    format!(
        "CASE COALESCE((SELECT s.privacy_last_seen FROM user_settings s \
             WHERE s.user_id = p.user_id), 'everyone') WHEN 'everyone' THEN FALSE \
         WHEN 'contacts' THEN NOT EXISTS (SELECT 1 FROM contacts k \
             WHERE k.user_id = p.user_id AND k.contact_user_id = {viewer}) ELSE TRUE END"
    )
}

/// The number of the last message of `p`.
const LAST_OWN: &str = "COALESCE((SELECT MAX(m.sequence_number) FROM messages m \
     WHERE m.sender_id = p.user_id AND m.conversation_id = p.conversation_id), 0)";

/// Whether `viewer` has blocked `p`.
fn bars(viewer: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = {viewer} \
         AND b.blocked_user_id = p.user_id)"
    )
}

/// Where a cursor of `p` stood when they blocked `viewer`, else the cursor itself.
fn at_block(cursor: &str, kept: &str, viewer: &str) -> String {
    format!(
        "COALESCE((SELECT b.{kept} FROM blocks b WHERE b.user_id = p.user_id \
         AND b.blocked_user_id = {viewer}), p.{cursor})"
    )
}

/// A scalar expression: how far `viewer` is shown that participant `p` of conversation `c` has read;
/// `NULL` if not at all.
pub(crate) fn shown_read(backend: DbBackend, viewer: &str) -> String {
    let least = least(backend);
    format!(
        "CASE WHEN p.user_id = {viewer} THEN p.last_read_sequence \
         WHEN NOT {} OR NOT {} THEN NULL WHEN c.type <> 'DM' \
         THEN {least}(p.last_read_sequence, COALESCE(p.read_shown_up_to, p.last_read_sequence)) \
         WHEN {} THEN NULL ELSE {least}(p.last_read_sequence, \
         COALESCE(p.read_shown_up_to, p.last_read_sequence), {}) END",
        shares("p.user_id"),
        shares(viewer),
        bars(viewer),
        at_block("last_read_sequence", "read_sequence", viewer),
    )
}

/// A scalar expression: how far `viewer` is shown that participant `p` of conversation `c` has
/// everything; `NULL` if not at all.
pub(crate) fn shown_delivered(backend: DbBackend, viewer: &str) -> String {
    let (least, greatest) = (least(backend), greatest(backend));
    format!(
        "CASE WHEN p.user_id = {viewer} OR c.type <> 'DM' THEN p.last_delivered_sequence \
         WHEN {} THEN NULL ELSE {least}(p.last_delivered_sequence, {}, \
         CASE WHEN p.delivered_shown_up_to IS NOT NULL AND {} \
         THEN {greatest}(p.delivered_shown_up_to, {LAST_OWN}) \
         ELSE p.last_delivered_sequence END) END",
        bars(viewer),
        at_block("last_delivered_sequence", "delivered_sequence", viewer),
        shuts_out(viewer),
    )
}

/// A column of the participant `p`: whether they let others know what they read.
pub(super) fn shares_column() -> String {
    format!("{} AS shares", shares("p.user_id"))
}

/// What the other side of a DM may know of a participant.
pub(super) fn sight_text(backend: DbBackend, rows: usize) -> String {
    let columns = [("conversation_id", "uuid"), ("user_id", "uuid")];
    format!(
        "{} SELECT p.conversation_id, p.user_id, {} AS other_shares, {} AS shut_out, \
         {LAST_OWN} AS last_own, EXISTS (SELECT 1 FROM blocks b \
             WHERE b.user_id = p.user_id AND b.blocked_user_id = o.user_id \
             OR b.user_id = o.user_id AND b.blocked_user_id = p.user_id) AS barred \
         FROM v CROSS JOIN participants p CROSS JOIN participants o \
         WHERE p.conversation_id = v.conversation_id AND p.user_id = v.user_id \
         AND o.conversation_id = v.conversation_id AND o.user_id <> v.user_id \
         AND o.left_revision IS NULL",
        with_rows(backend, &columns, rows, 1),
        shares("o.user_id"),
        shuts_out("o.user_id"),
    )
}

/// How far a participant's cursors are shown; `None`: as far as they go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Caps {
    pub(super) read: Option<u64>,
    pub(super) delivered: Option<u64>,
}

/// What others may know of a participant's receipts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sight {
    /// Whether they let others know what they read.
    pub(super) shares: bool,
    /// What the other side may know, in a DM.
    pub(super) dm: Option<DmSight>,
}

/// What the other side of a DM may know of a participant's receipts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DmSight {
    /// Nothing: there is a block, or nobody on the other side.
    Barred,
    /// Something.
    Open {
        /// Whether the other side lets others know what they read.
        other_shares: bool,
        /// For whom `privacy_last_seen` shuts out: the number of the participant's last message.
        shut_out: Option<u64>,
    },
}

impl DmSight {
    pub(super) fn from_row(row: &QueryResult) -> Result<Self, StoreError> {
        if column(row, "barred")? {
            return Ok(Self::Barred);
        }
        let last_own = counter(row, "last_own")?;
        Ok(Self::Open {
            other_shares: column(row, "other_shares")?,
            shut_out: column::<bool>(row, "shut_out")?.then_some(last_own),
        })
    }
}

impl Sight {
    /// Those of the steps from `before` to `to` that are told, and how far the cursors are shown
    /// after them. Reading is always a step, because the own devices are told.
    pub(super) fn strides(
        self,
        before: Cursors,
        to: Cursors,
        strides: Vec<Stride>,
        caps: Caps,
    ) -> (Vec<Stride>, Caps) {
        let reads = to.read > before.read;
        let opens = reads && self.shares;
        let mut after = Caps {
            read: match reads {
                true if opens => None,
                true => Some(caps.read.unwrap_or(before.read)),
                false => caps.read,
            },
            delivered: None,
        };
        let (both_share, last_own) = match self.dm {
            None => (self.shares, None),
            Some(DmSight::Barred) => {
                let reading = strides.into_iter().filter(Stride::is_read);
                return (reading.map(Stride::untold).collect(), after);
            }
            Some(DmSight::Open {
                other_shares,
                shut_out,
            }) => (self.shares && other_shares, shut_out),
        };
        let Some(last_own) = last_own else {
            let seen = strides.into_iter().map(|stride| {
                let told = both_share || stride.also_delivered || !stride.is_read();
                if told { stride } else { stride.untold() }
            });
            return (seen.collect(), after);
        };
        let shown = caps.delivered.unwrap_or(before.delivered);
        let reached = if opens {
            to.delivered
        } else {
            to.delivered.min(shown.max(last_own))
        };
        after.delivered = (!opens).then_some(reached);
        let mut seen = Vec::with_capacity(2);
        if reached > shown {
            seen.push(Stride {
                kind: ReceiptKind::Delivered,
                from: shown,
                to: reached,
                also_delivered: false,
                told: true,
            });
        }
        // What was delivered by being read is told by the step before.
        let reading = strides.into_iter().filter(Stride::is_read);
        seen.extend(reading.map(|stride| Stride {
            also_delivered: false,
            told: both_share,
            ..stride
        }));
        (seen, after)
    }
}

#[cfg(test)]
pub(super) fn batched() -> Vec<crate::plan::Batched> {
    use crate::dialect::READ_ROWS_MAX;
    use crate::plan::Batched;
    vec![Batched::new("receipts: sights", READ_ROWS_MAX, sight_text)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: Cursors = Cursors {
        read: 2,
        delivered: 5,
    };

    fn walk(sight: Sight, to: Cursors, caps: Caps) -> (Vec<(ReceiptKind, u64, bool)>, Caps) {
        let (_, strides) = BEFORE.advance(to);
        let (seen, after) = sight.strides(BEFORE, to, strides, caps);
        let seen = seen.iter().map(|it| (it.kind, it.to, it.told));
        (seen.collect(), after)
    }

    fn caps(read: Option<u64>, delivered: Option<u64>) -> Caps {
        Caps { read, delivered }
    }

    fn cursors(read: u64, delivered: u64) -> Cursors {
        Cursors { read, delivered }
    }

    #[test]
    fn what_is_read_while_receipts_are_off_stays_unseen() {
        use ReceiptKind::Read;
        let off = Sight {
            shares: false,
            dm: None,
        };
        let (seen, after) = walk(off, cursors(4, 5), Caps::default());
        assert_eq!(seen, [(Read, 4, false)], "for the own devices");
        assert_eq!(after, caps(Some(2), None));
        let (_, later) = walk(off, cursors(5, 5), caps(Some(1), None));
        assert_eq!(later, caps(Some(1), None), "where it stood at first");
        let on = Sight {
            shares: true,
            dm: None,
        };
        let (seen, after) = walk(on, cursors(5, 5), caps(Some(1), None));
        assert_eq!((seen, after), (vec![(Read, 5, true)], Caps::default()));
    }

    #[test]
    fn delivery_stands_still_for_whom_last_seen_is_hidden_from_until_one_shows_oneself() {
        use ReceiptKind::{Delivered, Read};
        let shut_out = |shares, last_own| Sight {
            shares,
            dm: Some(DmSight::Open {
                other_shares: true,
                shut_out: Some(last_own),
            }),
        };
        let still = walk(shut_out(true, 0), cursors(2, 9), Caps::default());
        assert_eq!(still, (vec![], caps(None, Some(5))));
        let still = walk(shut_out(true, 3), cursors(2, 9), caps(None, Some(4)));
        assert_eq!(still, (vec![], caps(None, Some(4))));
        // Having written message 8.
        let wrote = walk(shut_out(true, 8), cursors(2, 9), caps(None, Some(4)));
        assert_eq!(wrote, (vec![(Delivered, 8, true)], caps(None, Some(8))));
        // Reading shows how far everything is.
        let read = walk(shut_out(true, 0), cursors(3, 9), caps(None, Some(4)));
        let told = vec![(Delivered, 9, true), (Read, 3, true)];
        assert_eq!(read, (told, Caps::default()));
        // Reading in secret shows nothing.
        let secret = walk(shut_out(false, 0), cursors(9, 9), caps(None, Some(4)));
        assert_eq!(secret, (vec![(Read, 9, false)], caps(Some(2), Some(4))));
    }

    #[test]
    fn nothing_is_told_across_a_block() {
        let barred = Sight {
            shares: true,
            dm: Some(DmSight::Barred),
        };
        let (seen, _) = walk(barred, cursors(8, 9), Caps::default());
        assert_eq!(seen, [(ReceiptKind::Read, 8, false)]);
    }
}
