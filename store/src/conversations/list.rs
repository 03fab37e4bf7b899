//! A user's conversations, page by page.

use sea_orm::ConnectionTrait;
use sentinal_protocol::api::conversations::Conversations;
use sentinal_protocol::{ConversationType, Timestamp, UserId};

use super::people::add_people;
use super::read::{SHOWN, View, conversation};
use crate::accounts::fold;
use crate::dialect::{counter, signed, sql};
use crate::{Store, StoreError};

/// Which part of a user's conversations is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// Those in use.
    Current,
    /// Those that the user put away.
    Archived,
}

/// Which of a user's conversations are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing<'a> {
    /// All of a shelf.
    All(Shelf),
    /// Those of one kind.
    Kind(ConversationType, Shelf),
    /// Groups with this in their name and DMs with somebody who has it in theirs, on both shelves.
    Named(&'a str),
}

impl Store {
    /// A page of a user's conversations: pinned first, then by the last message that the user may
    /// see. A hidden one comes back with the next such message.
    pub async fn list_conversations(
        &self,
        user_id: UserId,
        which: Listing<'_>,
        (limit, offset): (u64, u64),
        now: Timestamp,
    ) -> Result<Conversations, StoreError> {
        let text = view(which).text(self.backend());
        let mut values = vec![
            user_id.0.into(),
            now.0.into(),
            signed(limit).into(),
            signed(offset).into(),
        ];
        match which {
            Listing::All(_) => {}
            Listing::Kind(kind, _) => values.push(kind.as_str().into()),
            Listing::Named(part) => values.push(containing(part).into()),
        }
        let statement = sql(self.backend(), text, values);
        let mut total = 0;
        let mut conversations = Vec::new();
        for row in self.read().query_all_raw(statement).await? {
            total = counter(&row, "total")?;
            conversations.extend(conversation(&row)?);
        }
        add_people(self.read(), user_id, &mut conversations).await?;
        let end = offset.saturating_add(u64::try_from(conversations.len()).unwrap_or(u64::MAX));
        Ok(Conversations {
            has_more: end < total && !conversations.is_empty(),
            conversations,
            total,
        })
    }
}

fn view(which: Listing<'_>) -> View<'static> {
    View {
        which: match which {
            Listing::All(Shelf::Current) => "p.archived_at IS NULL",
            Listing::All(Shelf::Archived) => "p.archived_at IS NOT NULL",
            Listing::Kind(_, Shelf::Current) => "p.archived_at IS NULL AND c.type = $5",
            Listing::Kind(_, Shelf::Archived) => "p.archived_at IS NOT NULL AND c.type = $5",
            Listing::Named(_) => {
                "(c.subject_key LIKE $5 ESCAPE '\\' OR c.type = 'DM' AND EXISTS ( \
                 SELECT 1 FROM participants o JOIN users u ON u.id = o.user_id \
                 WHERE o.conversation_id = p.conversation_id AND o.user_id <> $1 \
                 AND (u.username_key LIKE $5 ESCAPE '\\' \
                     OR u.display_name_key LIKE $5 ESCAPE '\\')))"
            }
        },
        shown: SHOWN,
        page: "LIMIT $3 OFFSET $4",
    }
}

/// The pattern of folded texts that have `part` somewhere in them.
fn containing(part: &str) -> String {
    let mut pattern = String::from("%");
    for letter in fold(part).chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;
    use uuid::Uuid;

    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn a_list_walks_through_no_table() {
        for which in [Listing::All(Shelf::Current), Listing::Named("team")] {
            let text = view(which).text(DbBackend::Sqlite);
            let mut values = vec![
                Uuid::nil().into(),
                0_i64.into(),
                20_i64.into(),
                0_i64.into(),
            ];
            if let Listing::Named(part) = which {
                values.push(containing(part).into());
            }
            // The user's own conversations, the page of them, and their count.
            let scans = table_scans(&text, values, &["v", "p", "t"]).await;
            assert_eq!(scans, Vec::<String>::new());
        }
    }

    #[test]
    fn signs_with_a_meaning_in_patterns_are_searched_for_as_they_are() {
        assert_eq!(containing("50%_\\Ä"), "%50\\%\\_\\\\ä%");
    }
}
