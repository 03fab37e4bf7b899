//! People on both servers who talk and listen all the while, and what is compared in the end.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sentinal_client::{Client, Socket, SocketEvent, SocketOptions, Span};
use sentinal_protocol::ConversationId;
use sentinal_protocol::api::messages::SendMessageRequest;
use sentinal_protocol::event::ServerEvent;
use sentinal_tests::faults::{Audit, Ledger, message_id};
use sentinal_tests::{TestUser, until_within};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::stage::Stage;

/// People of the one group, all of whom write in it, each by both servers in turn.
const PEOPLE: [&str; 6] = ["anna", "ben", "cleo", "dan", "eva", "finn"];
/// Pause of a sender between two messages: what is looked for is loss, not throughput.
const SEND_EVERY: Duration = Duration::from_millis(20);
/// Pause before something is repeated.
const RETRY_PAUSE: Duration = Duration::from_millis(50);
/// One of so many answers counts as swallowed: the send is repeated on the other server.
const SWALLOWED_ONE_OF: u64 = 5;
/// After this time at the end, what is not answered or heard never will be.
const HOPE: Duration = Duration::from_mins(1);

/// What one listener has heard.
#[derive(Default)]
struct Heard {
    last_revision: u64,
    last_sequence: u64,
    messages: u64,
    problems: Vec<String>,
}

type SharedHeard = Arc<Mutex<Heard>>;

fn lock(heard: &SharedHeard) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All of them.
pub struct Crowd {
    ledger: Arc<Ledger>,
    going_on: watch::Sender<bool>,
    talking: JoinSet<()>,
    listening: JoinSet<()>,
    heard: Vec<(String, SharedHeard)>,
    chat: ConversationId,
}

impl Crowd {
    /// Signs everybody up and lets them begin.
    pub async fn gather(stage: &Stage) -> Self {
        let [one, two] = stage.sites();
        let (people, chat) = one.group_chat(PEOPLE).await;
        let ledger = Arc::new(Ledger::default());
        let going_on = watch::Sender::new(true);
        let (mut talking, mut listening) = (JoinSet::new(), JoinSet::new());
        let mut heard = Vec::new();
        for (number, person) in people.iter().enumerate() {
            let elsewhere = person.at(two);
            let listener = if number % 2 == 0 { person } else { &elsewhere };
            let has_heard = SharedHeard::default();
            listening.spawn(listen(connect(listener).await, chat, has_heard.clone()));
            heard.push((person.name.clone(), has_heard));
            let send = person.message(chat, 1).await;
            talking.spawn(talk(
                ledger.clone(),
                going_on.subscribe(),
                [person.client.clone(), elsewhere.client.clone()],
                person.name.clone(),
                send,
            ));
        }
        Self {
            ledger,
            going_on,
            talking,
            listening,
            heard,
            chat,
        }
    }

    /// Lets everybody come to an end, and compares.
    pub async fn finish(mut self, stage: &Stage) -> Outcome {
        let mut broken = Vec::new();
        self.going_on.send_replace(false);
        let talking = async { while self.talking.join_next().await.is_some() {} };
        if tokio::time::timeout(HOPE, talking).await.is_err() {
            broken.push(format!("something is not answered after {HOPE:?}"));
            self.talking.shutdown().await;
        }
        let mut audits = Vec::new();
        for site in stage.sites() {
            let reader = site.stranger();
            let chat = self.chat;
            let [name, ..] = PEOPLE;
            let audit = until_within(HOPE, async || {
                let device = format!("audit-{}", audits.len());
                reader
                    .sign_in(name, "correct horse battery", &device)
                    .await
                    .ok()?;
                self.ledger.audit(&[(&reader, chat)]).await.ok()
            });
            match audit.await {
                Some(audit) => audits.push(audit),
                None => broken.push("the answers could not be looked for".to_owned()),
            }
        }
        let last = audits.iter().map(|audit| audit.stored as u64).max();
        let last = last.unwrap_or_default();
        for (name, heard) in &self.heard {
            let heard_all = until_within(HOPE, async || {
                (lock(heard).last_sequence >= last).then_some(())
            });
            if heard_all.await.is_none() {
                let reached = lock(heard).last_sequence;
                broken.push(format!("{name} has heard up to {reached} of {last}"));
            }
        }
        self.listening.shutdown().await;
        let mut messages = 0;
        for (name, heard) in &self.heard {
            let heard = lock(heard);
            messages += heard.messages;
            broken.extend(heard.problems.iter().map(|it| format!("{name}: {it}")));
        }
        Outcome {
            audits,
            messages,
            broken,
        }
    }
}

/// How it ended.
pub struct Outcome {
    audits: Vec<Audit>,
    messages: u64,
    broken: Vec<String>,
}

impl Outcome {
    /// Whether every promise was kept.
    pub fn is_clean(&self) -> bool {
        self.audits.iter().all(Audit::is_clean) && self.broken.is_empty()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, audit) in self.audits.iter().enumerate() {
            let (answers, stored) = (audit.answers, audit.stored);
            writeln!(f, "node {number}: {answers} answers, {stored} messages")?;
            for broken in audit.broken() {
                writeln!(f, "BROKEN {broken}")?;
            }
        }
        writeln!(f, "heard: {} messages", self.messages)?;
        for broken in &self.broken {
            writeln!(f, "BROKEN {broken}")?;
        }
        write!(
            f,
            "{}",
            if self.is_clean() {
                "clean"
            } else {
                "not clean"
            }
        )
    }
}

async fn connect(user: &TestUser) -> Socket {
    let socket = user.client.connect(SocketOptions::default()).await;
    socket.expect("a socket")
}

/// Sends one after the other, each until it is answered, by both servers in turn.
async fn talk(
    ledger: Arc<Ledger>,
    going_on: watch::Receiver<bool>,
    clients: [Client; 2],
    name: String,
    mut message: SendMessageRequest,
) {
    let mut ways = clients.iter().cycle();
    for number in 1.. {
        if !*going_on.borrow() {
            return;
        }
        let id = message_id(&name, number);
        message.client_message_id = Some(id.clone());
        ledger.intend(&id);
        let mut is_swallowed = number % SWALLOWED_ONE_OF == 0;
        for client in ways.by_ref() {
            match client.send_message(&message).await {
                Ok(sent) => {
                    ledger.sent(&id, &sent.data);
                    if !std::mem::take(&mut is_swallowed) {
                        break;
                    }
                }
                Err(_) => tokio::time::sleep(RETRY_PAUSE).await,
            }
        }
        tokio::time::sleep(SEND_EVERY).await;
    }
}

async fn listen(mut socket: Socket, chat: ConversationId, heard: SharedHeard) {
    while let Some(event) = socket.next_event().await {
        let mut heard = lock(&heard);
        match event {
            SocketEvent::Frame(frame) => {
                let Some(span) = Span::of(&frame).filter(|it| it.conversation_id == chat) else {
                    continue;
                };
                let expected = heard.last_revision + 1;
                if heard.last_revision > 0 && span.first != expected {
                    let found = span.first;
                    heard
                        .problems
                        .push(format!("heard revision {found} instead of {expected}"));
                }
                heard.last_revision = span.last;
                if let ServerEvent::MessageNew(message) = &frame.event {
                    heard.messages += 1;
                    heard.last_sequence = message.entry.sequence_number;
                }
            }
            SocketEvent::Lost { from, to, .. } => {
                heard
                    .problems
                    .push(format!("revisions {from} to {to} were never heard"));
            }
            SocketEvent::Disconnected { .. } => {}
        }
    }
    let text = "the socket did not come back".to_owned();
    lock(&heard).problems.push(text);
}
