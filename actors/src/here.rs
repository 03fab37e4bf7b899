//! Who is on which node, in Redis: for questions about people who have no socket on this one.
//!
//! - `here:USER`, a hash: node → how the user is there and which devices have sockets. It ends by itself
//!   unless it is written again ([`REFRESH_EVERY`]).
//! - `users:NODE`, a set: those of whom a node has said so; when the node dies, one of the others tells of
//!   each that they are gone.
//! - `alive:NODE`: gone after Redis was flushed, which is how a node sees that it must write anew.
//!
//! None of it is trusted for anything that matters: what is missing makes somebody look offline.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use redis::Pipeline;
use sentinal_protocol::{Availability, DeviceId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::bus::Bus;
use crate::node::Node;

/// How often what stands in Redis is written again.
pub(crate) const REFRESH_EVERY: Duration = Duration::from_secs(20);
/// What is not written again ends after this: three times as long.
const KEPT_SECONDS: i64 = 60;
/// Users of a dead node who are taken up together.
const BURIED_AT_ONCE: usize = 256;

/// How a user is on one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Here {
    /// What their clients say of them.
    pub availability: Availability,
    /// Of each socket.
    pub devices: Vec<DeviceId>,
}

fn here(prefix: &str, user_id: UserId) -> String {
    format!("{prefix}here:{}", user_id.0)
}

fn users(prefix: &str, node: Uuid) -> String {
    format!("{prefix}users:{node}")
}

/// Writes how these users are on this node; `None`: not any more.
pub(crate) async fn write(bus: &Bus, node: Uuid, changes: &[(UserId, Option<Here>)]) {
    let make = |prefix: &str| {
        let mut pipeline = redis::pipe();
        let set = users(prefix, node);
        for (user_id, state) in changes {
            let key = here(prefix, *user_id);
            let id = user_id.0.to_string();
            // Plain names: writing them cannot fail.
            let text = state.as_ref().and_then(|it| serde_json::to_string(it).ok());
            if let Some(text) = text {
                pipeline.hset(&key, node.to_string(), text).ignore();
                pipeline.expire(&key, KEPT_SECONDS).ignore();
                pipeline.sadd(&set, id).ignore();
            } else {
                pipeline.hdel(&key, node.to_string()).ignore();
                pipeline.srem(&set, id).ignore();
            }
        }
        pipeline
    };
    // What is lost with Redis is written again once it is back.
    let _: Option<()> = bus.run(make).await;
}

/// Says that this node lives. Answers whether Redis has forgotten what it was told.
pub(crate) async fn keep_alive(bus: &Bus, node: Uuid) -> bool {
    let make = |prefix: &str| {
        let mut pipeline = redis::pipe();
        let key = format!("{prefix}alive:{node}");
        let set = pipeline.cmd("SET").arg(key).arg(1);
        set.arg("EX").arg(KEPT_SECONDS).arg("GET");
        pipeline.expire(users(prefix, node), KEPT_SECONDS).ignore();
        pipeline
    };
    let before: Option<(Option<String>,)> = bus.run(make).await;
    matches!(before, Some((None,)))
}

/// How these users are on other nodes; nobody is anywhere, if it is not known. A user who is on none is
/// left out.
pub async fn elsewhere(node: &Node, of: &[UserId]) -> HashMap<UserId, Vec<Here>> {
    if of.is_empty() || !node.bus.is_on() {
        return HashMap::new();
    }
    let make = |prefix: &str| {
        let mut pipeline = redis::pipe();
        for user_id in of {
            pipeline.hgetall(here(prefix, *user_id));
        }
        pipeline
    };
    let hashes: Option<Vec<HashMap<String, String>>> = node.bus.run(make).await;
    let Some(hashes) = hashes else {
        return HashMap::new();
    };
    let mut found = HashMap::new();
    for (user_id, hash) in of.iter().zip(hashes) {
        let states: Vec<Here> = hash
            .into_iter()
            .filter_map(|(name, text)| {
                let other: Uuid = name.parse().ok()?;
                let is_other = other != node.id && !node.nodes.is_buried(other);
                // What a newer version writes may be unreadable.
                is_other.then(|| serde_json::from_str(&text).ok()).flatten()
            })
            .collect();
        if !states.is_empty() {
            found.insert(*user_id, states);
        }
    }
    found
}

/// The devices of these users that have a socket on another node.
pub(crate) async fn devices_elsewhere(node: &Node, of: &[UserId]) -> HashSet<DeviceId> {
    let users: BTreeSet<UserId> = of.iter().copied().collect();
    let users: Vec<UserId> = users.into_iter().collect();
    let found = elsewhere(node, &users).await;
    let states = found.into_values().flatten();
    states.flat_map(|state| state.devices).collect()
}

/// Takes up the next users of a dead node, each of whom one node alone is given; answers those who are
/// on no other one, and whether there are more.
pub(crate) async fn bury(bus: &Bus, dead: Uuid) -> Option<(Vec<UserId>, bool)> {
    let pop = |prefix: &str| {
        let mut pipeline = redis::pipe();
        let pop = pipeline.cmd("SPOP").arg(users(prefix, dead));
        pop.arg(BURIED_AT_ONCE);
        pipeline
    };
    let (popped,): (Vec<String>,) = bus.run(pop).await?;
    let more = popped.len() == BURIED_AT_ONCE;
    let orphans: Vec<UserId> = popped
        .iter()
        .filter_map(|id| Some(UserId(id.parse().ok()?)))
        .collect();
    if orphans.is_empty() {
        return Some((orphans, more));
    }
    let make = |prefix: &str| -> Pipeline {
        let mut pipeline = redis::pipe();
        for user_id in &orphans {
            let key = here(prefix, *user_id);
            pipeline.hdel(&key, dead.to_string()).ignore();
            pipeline.hlen(&key);
        }
        pipeline
    };
    let left: Vec<u64> = bus.run(make).await?;
    let gone = orphans.iter().zip(left).filter(|(_, nodes)| *nodes == 0);
    Some((gone.map(|(user_id, _)| *user_id).collect(), more))
}
