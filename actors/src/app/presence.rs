//! Presence: what others are, and telling those who may know of a change.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use sentinal_protocol::api::presence::{Presence, Presences};
use sentinal_protocol::event::EventKind;
use sentinal_protocol::limits::PRESENCE_USERS_MAX;
use sentinal_protocol::{PresenceStatus, UserId};
use sentinal_store::Watch;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{ApiError, App, Caller};
use crate::presence::News;

/// Up to so many users online it is asked which of them may know; above, who may know, page by page,
/// and who of them is online. Both sides are the smaller one where they are used: an audience is
/// dozens, hardly ever thousands.
const FEW_ONLINE: usize = 256;
/// Rows of a page of those who may know.
const WATCHERS_PER_PAGE: usize = 1_000;
/// Pages for one user. Events are told at most once; somebody with a million followers must not keep
/// the others waiting.
const PAGES_MAX: usize = 50;

/// What two may know of each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    /// Whether the first may know when the second is here.
    first: bool,
    /// Whether the second may know when the first is here.
    second: bool,
}

impl App {
    /// What these users are, as far as the caller may know; others are offline.
    pub async fn get_presences(
        &self,
        caller: &Caller,
        user_ids: Option<&str>,
    ) -> Result<Presences, ApiError> {
        let users = read_ids(user_ids.unwrap_or_default())?;
        let watched = self.store.list_watched(caller.user_id, &users).await?;
        let visible: HashMap<_, _> = watched
            .into_iter()
            .map(|it| (it.user_id, it.last_seen_at))
            .collect();
        let present = self.presence.ask(users.clone()).await?;
        let presences = users.into_iter().zip(present).map(|(user_id, present)| {
            let seen = visible.get(&user_id);
            let status = PresenceStatus::from(present.filter(|_| seen.is_some()));
            let is_offline = status == PresenceStatus::Offline;
            Presence {
                user_id,
                status,
                last_seen_at: seen.copied().flatten().filter(|_| is_offline),
            }
        });
        Ok(Presences {
            presences: presences.collect(),
        })
    }

    /// Tells those who may know, and are connected, of what users are now.
    pub(crate) async fn tell_watchers(&self, news: Vec<News>) -> Result<(), ApiError> {
        let users: Vec<UserId> = news.iter().map(|news| news.user_id).collect();
        let watchers = self.watchers_online(&users).await?;
        for news in news {
            if let Some(watchers) = watchers.get(&news.user_id) {
                let (kind, fields) = self.presence_event(&news);
                self.event_for(watchers, kind, fields);
            }
        }
        Ok(())
    }

    /// Who may know when these users are here, and is connected, by user.
    async fn watchers_online(
        &self,
        users: &[UserId],
    ) -> Result<BTreeMap<UserId, Vec<UserId>>, ApiError> {
        let online = self.directory.online_users(FEW_ONLINE);
        let mut watchers: BTreeMap<UserId, Vec<UserId>> = BTreeMap::new();
        let mut after: Option<Watch> = None;
        let mut pages = 0;
        loop {
            let page = self
                .store
                .list_watchers(users, after, WATCHERS_PER_PAGE as u64, online.as_deref())
                .await?;
            let last = page.last().copied();
            let is_last = page.len() < WATCHERS_PER_PAGE;
            let mut seen_by = page.iter().map(|it| it.user_id);
            let is_of_one = last.is_some_and(|last| seen_by.all(|it| it == last.user_id));
            for Watch { user_id, watcher } in page {
                if self.directory.is_online(watcher) {
                    watchers.entry(user_id).or_default().push(watcher);
                }
            }
            if is_last {
                return Ok(watchers);
            }
            pages = if is_of_one { pages + 1 } else { 0 };
            after = last;
            if pages == PAGES_MAX {
                pages = 0;
                // On to the next user.
                after = last.map(|last| Watch {
                    watcher: UserId(Uuid::max()),
                    ..last
                });
            }
        }
    }

    /// Who may know when a user is here, and is connected: asked before something changes that.
    pub(super) async fn watchers_of(&self, user_id: UserId) -> Result<Vec<UserId>, ApiError> {
        let mut watchers = self.watchers_online(&[user_id]).await?;
        Ok(watchers.remove(&user_id).unwrap_or_default())
    }

    /// After that: who may not know any more sees the user leave, and who may know now sees them if
    /// they are here.
    pub(super) async fn watchers_changed(
        &self,
        user_id: UserId,
        before: &[UserId],
    ) -> Result<(), ApiError> {
        let now = self.watchers_of(user_id).await?;
        let only = |these: &[UserId], not: &[UserId]| -> Vec<UserId> {
            let these = these.iter().copied();
            these.filter(|it| !not.contains(it)).collect()
        };
        self.tell_sight(user_id, &only(before, &now), &only(&now, before))
            .await
    }

    /// Whether the first may know when the second is here, and the second of the first. Nobody who
    /// is not connected is asked for: there is nobody to tell.
    pub(super) async fn sight(&self, one: UserId, other: UserId) -> Result<Sight, ApiError> {
        let sees = async |viewer: UserId, user: UserId| -> Result<bool, ApiError> {
            Ok(self.directory.is_online(viewer)
                && !self.store.list_watched(viewer, &[user]).await?.is_empty())
        };
        Ok(Sight {
            first: sees(one, other).await?,
            second: sees(other, one).await?,
        })
    }

    /// Tells both of what has become of what they may know of each other.
    pub(super) async fn sight_changed(
        &self,
        one: UserId,
        other: UserId,
        before: Sight,
    ) -> Result<(), ApiError> {
        let now = self.sight(one, other).await?;
        for (viewer, user, before, now) in [
            (one, other, before.first, now.first),
            (other, one, before.second, now.second),
        ] {
            let lost: &[UserId] = if before && !now { &[viewer] } else { &[] };
            let gained: &[UserId] = if now && !before { &[viewer] } else { &[] };
            self.tell_sight(user, lost, gained).await?;
        }
        Ok(())
    }

    async fn tell_sight(
        &self,
        user_id: UserId,
        lost: &[UserId],
        gained: &[UserId],
    ) -> Result<(), ApiError> {
        if lost.is_empty() && gained.is_empty() {
            return Ok(());
        }
        let present = self.presence.ask(vec![user_id]).await?;
        // Who is not here has been told of as gone.
        if let Some(availability) = present.into_iter().flatten().next() {
            self.tell_gone(user_id, lost);
            let news = News {
                user_id,
                availability: Some(availability),
                gone_for: Duration::ZERO,
            };
            let (kind, fields) = self.presence_event(&news);
            self.event_for(gained, kind, fields);
        }
        Ok(())
    }

    /// For these a user is not here any more, and they do not learn since when.
    pub(super) fn tell_gone(&self, user_id: UserId, whom: &[UserId]) {
        let fields = Map::from_iter([
            ("user_id".to_owned(), json!(user_id)),
            ("is_online".to_owned(), false.into()),
            ("status".to_owned(), PresenceStatus::Offline.as_str().into()),
            ("last_seen_at".to_owned(), Value::Null),
        ]);
        self.event_for(whom, EventKind::PresenceOffline, fields);
    }

    fn presence_event(&self, news: &News) -> (EventKind, Map<String, Value>) {
        let status = PresenceStatus::from(news.availability);
        let is_online = status != PresenceStatus::Offline;
        let mut fields = Map::new();
        fields.insert("user_id".into(), json!(news.user_id));
        fields.insert("is_online".into(), is_online.into());
        fields.insert("status".into(), status.as_str().into());
        if is_online {
            return (EventKind::PresenceOnline, fields);
        }
        let last_seen_at = self.clock.now().minus(news.gone_for);
        fields.insert("last_seen_at".into(), json!(last_seen_at));
        (EventKind::PresenceOffline, fields)
    }
}

/// The ids of a comma list, each once, in order.
fn read_ids(list: &str) -> Result<Vec<UserId>, ApiError> {
    let field = "user_ids";
    let mut users: Vec<UserId> = Vec::new();
    for text in list.split(',').map(str::trim).filter(|it| !it.is_empty()) {
        let user_id: UserId = text
            .parse()
            .map_err(|_| ApiError::bad_request("`user_ids` is a comma list of UUIDs."))?;
        if !users.contains(&user_id) {
            users.push(user_id);
        }
        if users.len() > PRESENCE_USERS_MAX {
            let reason = format!("must not name more than {PRESENCE_USERS_MAX} users");
            return Err(ApiError::invalid(field, reason));
        }
    }
    if users.is_empty() {
        return Err(ApiError::invalid(field, "is required"));
    }
    Ok(users)
}
