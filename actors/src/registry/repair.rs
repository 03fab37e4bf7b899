//! The part of the registry that asks the database what other nodes have changed without a number that
//! sockets compare: who may do what, and which logins have ended. While Redis is away, and once it is
//! back.

use std::collections::HashMap;

use actix::prelude::*;
use sentinal_protocol::{ConversationId, LoginSessionId, UserId};
use sentinal_store::StoreError;

use super::RegistryActor;
use crate::node::Node;
use crate::revocation::Revocation;

/// What the database says.
struct Found {
    access: Vec<(ConversationId, u64)>,
    ended: Vec<(UserId, LoginSessionId)>,
}

async fn read(node: &Node) -> Result<Found, StoreError> {
    let logins: HashMap<LoginSessionId, UserId> = node.directory.logins().into_iter().collect();
    let ids: Vec<LoginSessionId> = logins.keys().copied().collect();
    let ended = node.store.list_ended_logins(&ids, node.clock.now()).await?;
    let ended = ended.into_iter();
    Ok(Found {
        access: node
            .store
            .list_access_versions(&node.directory.room_ids())
            .await?,
        ended: ended
            .filter_map(|id| logins.get(&id).map(|user_id| (*user_id, id)))
            .collect(),
    })
}

impl RegistryActor {
    /// Asks the database, unless it is being asked.
    pub(super) fn repair(&mut self, ctx: &mut Context<Self>) {
        if self.repairing || self.stopping {
            return;
        }
        self.repairing = true;
        let node = self.node.clone();
        let read = async move { read(&node).await };
        ctx.spawn(read.into_actor(self).map(|found, registry, _| {
            registry.repairing = false;
            match found {
                Ok(found) => registry.take_found(found),
                Err(error) => {
                    tracing::warn!(%error, "registry: what other nodes have changed is not known");
                }
            }
        }));
    }

    fn take_found(&mut self, found: Found) {
        for (user_id, login) in found.ended {
            (self.listeners.revoked)(user_id);
            let ended = Revocation::LoginSession(login);
            self.node.close_sockets_here(user_id, &ended);
            self.calls.log_out(user_id);
        }
        for (id, version) in &found.access {
            let known = self.access.get(id).copied().or_else(|| {
                let roster = self.node.rosters.cached(*id);
                roster.map(|roster| roster.access_version)
            });
            if known != Some(*version) {
                self.node.refresh_here(*id);
            }
        }
        self.access = found.access.into_iter().collect();
    }
}
