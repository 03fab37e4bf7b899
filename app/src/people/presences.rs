//! What others are, as far as the caller may know.

use std::collections::HashMap;

use sentinal_protocol::PresenceStatus;
use sentinal_protocol::api::presence::{Presence, Presences};

use super::PeopleService;
use super::ids::read_ids;
use crate::{ApiError, Caller};

impl PeopleService {
    /// What these users are, as far as the caller may know; others are offline.
    pub async fn get_presences(
        &self,
        caller: &Caller,
        user_ids: Option<&str>,
    ) -> Result<Presences, ApiError> {
        let users = read_ids("user_ids", user_ids.unwrap_or_default())?;
        let watched = self
            .context
            .store
            .list_watched(caller.user_id, &users)
            .await?;
        let visible: HashMap<_, _> = watched
            .into_iter()
            .map(|it| (it.user_id, it.last_seen_at))
            .collect();
        let present = self.context.presence.ask(users.clone()).await?;
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
}
