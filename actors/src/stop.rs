//! Ending the actors that work by timers, before the database is closed under them.

use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::prelude::*;

/// How long such an actor may go on with what it is at. All of it can be repeated or done without.
pub const STOP_WITHIN: Duration = Duration::from_secs(2);
/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(10);

/// Ends the actor, once what it is at is done.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Stop;

/// Ends an actor and waits until it has ended: no timer of it runs after this.
pub async fn stop<A>(name: &'static str, actor: Option<&Addr<A>>)
where
    A: Actor + Handler<Stop>,
    A::Context: ToEnvelope<A, Stop>,
{
    let Some(actor) = actor else { return };
    // A control message: it must arrive, and there is one.
    actor.do_send(Stop);
    let ended = async {
        while actor.connected() {
            actix_rt::time::sleep(LOOK).await;
        }
    };
    // Longer than it may go on: only a turn that does not end keeps it.
    if tokio::time::timeout(STOP_WITHIN * 2, ended).await.is_err() {
        tracing::warn!(actor = name, "drain: an actor does not end");
    }
}
