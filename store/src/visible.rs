//! Which messages a user may see, and which of them count as unread, as conditions of a query.
//!
//! Kept in one place because history, lists and receipts must agree on it.

use sea_orm::DbBackend;

/// Whether the user in `$1` may see message `m`, apart from when they took part: not if it is gone
/// for good, was sent past their block, or was hidden by themselves.
pub(crate) const VISIBLE: &str = "NOT m.hard_deleted \
     AND (m.hidden_from IS NULL OR m.hidden_from <> $1) \
     AND NOT EXISTS (SELECT 1 FROM hidden_messages y WHERE y.user_id = $1 \
         AND y.conversation_id = m.conversation_id AND y.sequence_number = m.sequence_number)";

/// Whether message `m` was sent while the user in `$1`, whose row of `participants` is `p`, took part,
/// who still does and has not cleared it away.
pub(crate) const THERE: &str = "p.left_revision IS NULL \
     AND m.sequence_number > p.cleared_sequence \
     AND (m.sequence_number > p.joined_sequence OR EXISTS ( \
         SELECT 1 FROM participant_intervals i \
         WHERE i.conversation_id = m.conversation_id AND i.user_id = $1 \
         AND m.sequence_number > i.joined_sequence AND m.sequence_number <= i.left_sequence))";

/// Whether message `m` still says something at the time in `$3`. What somebody wrote whose account is
/// gone does not, although it may still be to erase.
pub(crate) const SPEAKS: &str = "m.deleted_at IS NULL AND (m.expires_at IS NULL OR m.expires_at > $3) \
     AND NOT EXISTS (SELECT 1 FROM erasures gone WHERE gone.user_id = m.sender_id)";

/// Whether the user in `$1` may see `x`, a reaction, vote or pin: not if its author's account is gone.
pub(crate) const OPEN: &str = "(x.hidden_from IS NULL OR x.hidden_from <> $1) \
     AND NOT EXISTS (SELECT 1 FROM erasures gone WHERE gone.user_id = x.user_id)";

/// Whether message `m` is told apart by the index `messages_apart`: all that anybody may not count,
/// except for what they hid themselves. The index has this text, so that it is used.
const APART: &str = "(m.deleted_at IS NOT NULL OR m.hard_deleted OR m.hidden_from IS NOT NULL)";

/// Whether nobody is shown message `m` any more at the time `now`, because it has expired. The index
/// `messages_expiring` has all but the last condition, so that it is used.
fn expired(now: &str) -> String {
    format!(
        "(m.expires_at IS NOT NULL AND m.deleted_at IS NULL AND NOT m.hard_deleted \
         AND m.hidden_from IS NULL AND m.expires_at <= {now})"
    )
}

/// Whether the account of who sent message `m` is gone, and the message is still to be erased.
const ORPHANED: &str = "EXISTS (SELECT 1 FROM erased_conversations e WHERE e.user_id = m.sender_id \
     AND e.conversation_id = m.conversation_id)";

/// [`unread_count_of`] the user in `$1`.
pub(crate) fn unread_count(backend: DbBackend, now: &str) -> String {
    unread_count_of(backend, "$1", now)
}

/// A scalar expression: how many messages count as unread for `user` at the time `now`, whose row of
/// `participants` is `p` and whose conversation's head is `h`.
///
/// Numbers are dense, so it is the length of the range above everything read, joined after or
/// cleared, less what does not count in it: reserved numbers, those that were skipped after a
/// restore, own messages, and those that the user cannot read: deleted and hidden ones, expired ones,
/// ones of accounts that are gone. These are few and each kind has an index, whereas counting the
/// unread ones would walk every message that someone has not read for a year.
pub(crate) fn unread_count_of(backend: DbBackend, user: &str, now: &str) -> String {
    let greatest = greatest(backend);
    let floor = format!("{greatest}(p.last_read_sequence, p.joined_sequence, p.cleared_sequence)");
    let uncounted = format!(
        "(m.deleted_at IS NOT NULL OR m.hard_deleted OR COALESCE(m.hidden_from = {user}, FALSE))"
    );
    let expired = expired(now);
    format!(
        "(h.last_sequence - {floor} \
         - (SELECT COUNT(*) FROM reserved_sequences r \
             WHERE r.conversation_id = p.conversation_id AND r.sequence_number > {floor}) \
         - (SELECT CAST(COALESCE(SUM(k.last_sequence \
             - {greatest}(k.first_sequence - 1, {floor})), 0) AS BIGINT) FROM skipped_sequences k \
             WHERE k.conversation_id = p.conversation_id AND k.last_sequence > {floor}) \
         - (SELECT COUNT(*) FROM messages m WHERE m.sender_id = {user} \
             AND m.conversation_id = p.conversation_id AND m.sequence_number > {floor}) \
         - (SELECT COUNT(*) FROM messages m WHERE m.conversation_id = p.conversation_id \
             AND m.sequence_number > {floor} AND {APART} AND {uncounted} \
             AND m.sender_id <> {user}) \
         - (SELECT COUNT(*) FROM messages m WHERE m.conversation_id = p.conversation_id \
             AND m.sequence_number > {floor} AND {expired} AND m.sender_id <> {user}) \
         - (SELECT COUNT(*) FROM erased_conversations gone CROSS JOIN messages m \
             WHERE gone.conversation_id = p.conversation_id AND m.sender_id = gone.user_id \
             AND m.conversation_id = p.conversation_id AND m.sequence_number > {floor} \
             AND NOT {uncounted} AND NOT {expired}) \
         - (SELECT COUNT(*) FROM hidden_messages y CROSS JOIN messages m \
             WHERE m.conversation_id = y.conversation_id \
             AND m.sequence_number = y.sequence_number \
             AND y.user_id = {user} AND y.conversation_id = p.conversation_id \
             AND y.sequence_number > {floor} AND NOT {uncounted} AND NOT {expired} \
             AND NOT {ORPHANED} AND m.sender_id <> {user}))"
    )
}

/// The function that picks the smallest of its arguments.
pub(crate) fn least(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres {
        "LEAST"
    } else {
        "MIN"
    }
}

/// The function that picks the largest of its arguments.
pub(crate) fn greatest(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres {
        "GREATEST"
    } else {
        "MAX"
    }
}
