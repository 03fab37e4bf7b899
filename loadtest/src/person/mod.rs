//! A simulated person: an actor with a real WebSocket of its own.
//!
//! - **State** — its log ([`Log`]), its messages ([`Outbox`]), its connection, where its script is.
//! - **Messages in** — [`Play`] and [`End`] start and stop the script, [`HowFar`] and [`Conclude`] ask
//!   what is missing, [`Verify`] compares with what the server says.
//! - **Messages out** — none: what happens is counted on the [`Board`](crate::board::Board).
//! - **Lifecycle** — made by the run, connects when it is its turn, comes back whenever its connection
//!   ends, stops at [`Leave`].
//! - **Backpressure** — a frame that finds the queue of its connection full waits in the outbox; what
//!   comes is read as fast as it is judged, and the kernel keeps the rest.
//!
//! `frames.rs` judges what comes, `sending.rs` sends, `script.rs` decides what to do when, `calls.rs`
//! and `newcomer.rs` are the two scripts with a conversation of several steps.

mod calls;
mod connection;
mod frames;
mod newcomer;
mod script;
mod sending;
mod verdict;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, AsyncContext as _, Context, Handler, Message, SpawnHandle};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sentinal_client::Client;
use sentinal_protocol::{CallId, ConversationId, ConversationType, UserId};

use self::connection::Link;
pub use self::verdict::{Conclude, HowFar, Missing, Verify};
use crate::Outcome;
use crate::checks::Log;
use crate::outbox::Outbox;
use crate::scenario::Script;
use crate::world::World;

/// Where somebody is in the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Everybody arrives.
    Arriving,
    /// The script is played.
    Playing,
    /// Nothing new is begun.
    Ending,
}

/// Somebody.
pub struct Person {
    world: Arc<World>,
    number: usize,
    script: Script,
    client: Client,
    user_id: UserId,
    device_id: String,
    /// Their conversations with one other person, and groups.
    directs: Vec<ConversationId>,
    groups: Vec<ConversationId>,
    /// DMs with people who have signed up during the run.
    visited: Vec<ConversationId>,
    log: Log,
    outbox: Outbox,
    link: Option<Link>,
    /// Counts connections: what belongs to an earlier one is not looked at.
    generation: u64,
    phase: Phase,
    /// Went away on purpose.
    away: bool,
    /// Reads nothing on purpose.
    paused: bool,
    /// Tries to connect that failed in a row.
    failures: u32,
    /// Has been live once.
    arrived: bool,
    /// The frames that gather acknowledgements.
    acking: Option<SpawnHandle>,
    /// The next step of the script.
    step: Option<SpawnHandle>,
    /// When the next message is to be sent, microseconds since 1970.
    next_message_us: u64,
    /// Rosters that the server has named since.
    rosters: HashMap<ConversationId, sending::Roster>,
    /// The call that was begun and is not answered yet.
    calling: Option<CallId>,
    rng: StdRng,
}

impl Person {
    /// The person of this number, who is not connected yet.
    pub fn new(world: Arc<World>, number: usize) -> Outcome<Self> {
        let record = world.person(number).ok_or("nobody has this number")?;
        let client = world.client(number)?;
        client.set_login(Some(record.login()));
        let (user_id, device_id) = (record.user_id, record.device_id.clone());
        let mut log = Log::default();
        let (mut directs, mut groups) = (Vec::new(), Vec::new());
        for place in world.memberships.get(number).into_iter().flatten() {
            let Some(conversation) = world.population.conversations.get(*place) else {
                continue;
            };
            log.start_at(conversation.id, conversation.revision);
            match conversation.kind {
                ConversationType::Dm => directs.push(conversation.id),
                ConversationType::Group => groups.push(conversation.id),
            }
        }
        let seed = world.scenario.seed ^ (number as u64).rotate_left(32);
        Ok(Self {
            script: world.scenario.scripts.script_of(number),
            number,
            client,
            user_id,
            device_id,
            directs,
            groups,
            visited: Vec::new(),
            log,
            outbox: Outbox::default(),
            link: None,
            generation: 0,
            phase: Phase::Arriving,
            away: false,
            paused: false,
            failures: 0,
            arrived: false,
            acking: None,
            step: None,
            next_message_us: 0,
            rosters: HashMap::new(),
            calling: None,
            rng: StdRng::seed_from_u64(seed),
            world,
        })
    }

    /// Arrives after a while.
    pub fn arrive(after: Duration, ctx: &mut Context<Self>) {
        ctx.run_later(after, Self::connect);
    }
}

impl Actor for Person {
    type Context = Context<Self>;
}

/// The script begins.
#[derive(Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Play;

impl Handler<Play> for Person {
    type Result = ();

    fn handle(&mut self, _: Play, ctx: &mut Context<Self>) {
        self.phase = Phase::Playing;
        self.play(ctx);
    }
}

/// Nothing new is begun; who is away comes back.
#[derive(Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct End;

impl Handler<End> for Person {
    type Result = ();

    fn handle(&mut self, _: End, ctx: &mut Context<Self>) {
        self.phase = Phase::Ending;
        if let Some(step) = self.step.take() {
            ctx.cancel_future(step);
        }
        self.wake(ctx);
    }
}

/// The end of the run.
#[derive(Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Leave;

impl Handler<Leave> for Person {
    type Result = ();

    fn handle(&mut self, _: Leave, _: &mut Context<Self>) {
        self.away = true;
        self.hang_up();
    }
}
