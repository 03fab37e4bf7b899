//! Presence: what others are, and telling those who may know of a change.

use std::collections::{BTreeMap, HashMap};

use sentinal_protocol::api::presence::{Presence, Presences};
use sentinal_protocol::event::EventKind;
use sentinal_protocol::limits::PRESENCE_USERS_MAX;
use sentinal_protocol::{PresenceStatus, UserId};
use sentinal_store::Watch;
use serde_json::{Map, Value, json};

use super::{ApiError, App, Caller};
use crate::presence::News;

/// Up to so many users online it is asked which of them may know; above, who may know, page by page,
/// and who of them is online. Both sides are the smaller one where they are used: an audience is
/// dozens, hardly ever thousands.
const FEW_ONLINE: usize = 256;
/// Rows of a page of those who may know.
const WATCHERS_PER_PAGE: usize = 1_000;
/// Pages for one batch of news. Events are told at most once; somebody with a million followers must
/// not keep the others waiting.
const PAGES_MAX: usize = 50;

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
        let online = self.directory.online_users(FEW_ONLINE);
        let mut watchers: BTreeMap<UserId, Vec<UserId>> = BTreeMap::new();
        let mut after: Option<Watch> = None;
        for _ in 0..PAGES_MAX {
            let page = self
                .store
                .list_watchers(&users, after, WATCHERS_PER_PAGE as u64, online.as_deref())
                .await?;
            after = page.last().copied();
            let is_last = page.len() < WATCHERS_PER_PAGE;
            for Watch { user_id, watcher } in page {
                if self.directory.is_online(watcher) {
                    watchers.entry(user_id).or_default().push(watcher);
                }
            }
            if is_last {
                break;
            }
        }
        for news in news {
            if let Some(watchers) = watchers.get(&news.user_id) {
                let (kind, fields) = self.presence_event(&news);
                self.event_for(watchers, kind, fields);
            }
        }
        Ok(())
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
