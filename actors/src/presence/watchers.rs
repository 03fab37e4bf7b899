//! Who may know of whom, and telling them: rows of the database say who may, the directory who is
//! here.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use bytes::Bytes;
use sentinal_protocol::event::{PresenceOffline, PresenceOnline};
use sentinal_protocol::{PresenceStatus, Timestamp, UserId};
use sentinal_store::StoreError;
use uuid::Uuid;

use super::Presence;
use super::audiences::Audience;
use super::standings::News;
use crate::error::ApiError;
use crate::node::Node;
use crate::registry::Registry;
use crate::wire;

/// Up to so many users online, each of them is asked about, whatever the size of the audience; above,
/// the audience is read page by page and its people who are online are asked about.
const FEW_ONLINE: usize = 256;
/// Rows of both halves of all audiences that are read together: some milliseconds.
const ROWS_PER_ROUND: usize = 2_048;

/// What two may know of each other.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    /// Whether the first may know when the second is here.
    first: bool,
    /// Whether the second may know when the first is here.
    second: bool,
}

/// The way to those who may know. Cloning it is cheap.
#[derive(Clone)]
pub(super) struct Watchers {
    pub(super) node: Node,
    pub(super) registry: Registry,
}

impl Watchers {
    /// Reads a page of each of these audiences, [`AUDIENCES_PER_PAGE`] at most, and moves them on:
    /// who may know, and is connected, by the order of the audiences. Who is not connected costs a
    /// row of an index.
    pub(super) async fn read(
        &self,
        audiences: &mut [Audience],
    ) -> Result<Vec<Vec<UserId>>, StoreError> {
        let candidates = self.candidates(audiences).await?;
        let pairs: Vec<_> = candidates
            .iter()
            .map(|it| (it.user_id, it.watcher))
            .collect();
        let watches = self.node.store.list_watches(&pairs).await?;
        let may: HashMap<_, _> = watches
            .into_iter()
            .map(|watch| ((watch.user_id, watch.watcher), watch.is_contact))
            .collect();
        let mut whom = vec![Vec::new(); audiences.len()];
        for candidate in candidates {
            let is_contact = may.get(&(candidate.user_id, candidate.watcher));
            let is_told = match (candidate.found, is_contact) {
                (_, None) => false,
                // They are among the contacts as well, and told there.
                (Found::AsDm, Some(is_contact)) => !is_contact,
                (Found::AsContact | Found::Online, Some(_)) => true,
            };
            if is_told && let Some(whom) = whom.get_mut(candidate.slot) {
                whom.push(candidate.watcher);
            }
        }
        Ok(whom)
    }

    /// Who is connected and perhaps in these audiences; moves them on.
    async fn candidates(&self, audiences: &mut [Audience]) -> Result<Vec<Asked>, StoreError> {
        let directory = &self.node.directory;
        // With other nodes, few may be connected here and many there.
        let is_alone = !self.node.bus.is_up();
        let few = directory.online_users(FEW_ONLINE).filter(|_| is_alone);
        let mut asked: Vec<Asked> = Vec::new();
        let mut rest: Vec<(usize, &mut Audience)> = Vec::new();
        for (slot, audience) in audiences.iter_mut().enumerate() {
            let user_id = audience.user_id;
            match &few {
                Some(few) if audience.is_fresh() => {
                    audience.contacts.finish();
                    audience.dms.finish();
                    let others = few.iter().filter(|watcher| **watcher != user_id);
                    asked.extend(others.map(|watcher| Asked {
                        slot,
                        user_id,
                        watcher: *watcher,
                        found: Found::Online,
                    }));
                }
                Some(_) | None => rest.push((slot, audience)),
            }
        }
        let rows = ROWS_PER_ROUND / rest.len().max(1);
        let places: Vec<_> = rest.iter().map(|(_, audience)| audience.place()).collect();
        let pages = self.node.store.list_audiences(&places, rows).await?;
        for ((slot, audience), page) in rest.into_iter().zip(pages) {
            let user_id = audience.user_id;
            for (half, found, candidates) in [
                (&mut audience.contacts, Found::AsContact, page.contacts),
                (&mut audience.dms, Found::AsDm, page.dms),
            ] {
                if half.place().is_none() {
                    continue;
                }
                let keys: Vec<Uuid> = candidates.iter().map(|it| it.key).collect();
                let wanted = half.advance(&keys, keys.len() < rows);
                let watchers = candidates.iter().take(wanted).filter_map(|it| it.watcher);
                asked.extend(watchers.map(|watcher| Asked {
                    slot,
                    user_id,
                    watcher,
                    found,
                }));
            }
        }
        let online = if is_alone {
            None
        } else {
            let watchers: BTreeSet<UserId> = asked.iter().map(|it| it.watcher).collect();
            let watchers: Vec<UserId> = watchers.into_iter().collect();
            self.node.bus.online(&watchers).await
        };
        let online: Option<HashSet<UserId>> = online.map(|them| them.into_iter().collect());
        asked.retain(|it| {
            let is_here = directory.is_online(it.watcher);
            is_here
                || online
                    .as_ref()
                    .is_some_and(|online| online.contains(&it.watcher))
        });
        Ok(asked)
    }

    /// Everybody who may know when a user is here, and is connected.
    async fn online(&self, user_id: UserId) -> Result<Vec<UserId>, StoreError> {
        let mut audience = [Audience::new(user_id, Bytes::new())];
        let mut all = Vec::new();
        while !audience.iter().all(Audience::is_done) {
            let whom = self.read(&mut audience).await?;
            all.extend(whom.into_iter().flatten());
        }
        Ok(all)
    }

    /// What others are told, as it goes out.
    pub(super) fn frame(&self, news: &News) -> Bytes {
        let user_id = news.user_id;
        let now = self.node.clock.now();
        match news.availability {
            Some(status) => {
                let event = PresenceOnline {
                    user_id,
                    is_online: true,
                    status,
                };
                wire::event(now, &event)
            }
            None => wire::event(now, &offline(user_id, Some(now.minus(news.gone_for)))),
        }
    }

    /// Tells these users by this frame.
    pub(super) fn send(&self, whom: &[UserId], frame: Bytes) {
        if !whom.is_empty() {
            self.registry.presence(whom.to_vec(), frame);
        }
    }
}

/// Somebody of whom the database is asked whether they may know.
#[derive(Clone, Copy, Debug)]
struct Asked {
    /// The audience, by its place in the round.
    slot: usize,
    user_id: UserId,
    watcher: UserId,
    found: Found,
}

/// Where somebody was found who perhaps may know.
#[derive(Clone, Copy, Debug)]
enum Found {
    /// Among those who are online, of whom nothing else is known.
    Online,
    /// Among those who have the user as a contact.
    AsContact,
    /// Among those who share a DM, which may have the user as a contact as well.
    AsDm,
}

impl Presence {
    /// Who may know when a user is here, and is connected: asked before something changes that.
    pub async fn watchers_of(&self, user_id: UserId) -> Result<Vec<UserId>, ApiError> {
        Ok(self.watchers.online(user_id).await?)
    }

    /// After that: who may not know any more sees the user leave, and who may know now sees them if
    /// they are here.
    pub async fn watchers_changed(
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
    pub async fn sight(&self, one: UserId, other: UserId) -> Result<Sight, ApiError> {
        let sees = async |viewer: UserId, user: UserId| -> Result<bool, ApiError> {
            Ok(self.is_connected(viewer).await
                && !self
                    .watchers
                    .node
                    .store
                    .list_watched(viewer, &[user])
                    .await?
                    .is_empty())
        };
        Ok(Sight {
            first: sees(one, other).await?,
            second: sees(other, one).await?,
        })
    }

    /// Whether somebody has a socket, on any node as far as is known.
    async fn is_connected(&self, user_id: UserId) -> bool {
        let node = &self.watchers.node;
        if node.directory.is_online(user_id) {
            return true;
        }
        let online = node.bus.online(&[user_id]).await;
        online.is_some_and(|online| online.contains(&user_id))
    }

    /// Tells both of what has become of what they may know of each other.
    pub async fn sight_changed(
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
        let present = self.ask(vec![user_id]).await?;
        // Who is not here has been told of as gone.
        if let Some(availability) = present.into_iter().flatten().next() {
            self.tell_gone(user_id, lost);
            let news = News {
                user_id,
                availability: Some(availability),
                gone_for: Duration::ZERO,
            };
            let frame = self.watchers.frame(&news);
            self.watchers.send(gained, frame);
        }
        Ok(())
    }

    /// For these a user is not here any more, and they do not learn since when.
    pub fn tell_gone(&self, user_id: UserId, whom: &[UserId]) {
        let now = self.watchers.node.clock.now();
        let frame = wire::event(now, &offline(user_id, None));
        self.watchers.send(whom, frame);
    }
}

fn offline(user_id: UserId, last_seen_at: Option<Timestamp>) -> PresenceOffline {
    PresenceOffline {
        user_id,
        is_online: false,
        status: PresenceStatus::Offline,
        last_seen_at,
    }
}
