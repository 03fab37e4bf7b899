//! People who talk, listen, sign up and upload all the while, and note everything.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sentinal_client::{Client, ClientError, Socket, SocketEvent, SocketOptions, Span};
use sentinal_protocol::ConversationId;
use sentinal_protocol::api::Success;
use sentinal_protocol::api::messages::{SendMessageRequest, SentMessage};
use sentinal_protocol::event::ServerEvent;
use sentinal_tests::faults::{Ledger, announced, message_id};
use sentinal_tests::{Site, TestUser, file_content, registration, until_within};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::report::{ANSWER_MAX, Crowded, Report};
use crate::stage::Stage;

/// Chats; in each of them one person talks over HTTP and over a socket, and the other one listens.
const CHATS: usize = 4;
/// Pause of a sender between two messages: what is looked for is loss, not throughput.
const SEND_EVERY: Duration = Duration::from_millis(10);
/// Pause between two accounts, and between two files.
const SIGN_UP_EVERY: Duration = Duration::from_millis(250);
/// Pause before something is repeated that was refused.
const RETRY_PAUSE: Duration = Duration::from_millis(50);
/// After this time at the end, what is not answered or heard never will be.
const HOPE: Duration = Duration::from_mins(1);
/// More than a page of the database.
const FILE_BYTES: usize = 10_000;

/// What all of them note.
#[derive(Default)]
struct Notes {
    ledger: Ledger,
    refused: AtomicU64,
    probes: AtomicU64,
    book: Mutex<Crowded>,
}

impl Notes {
    fn book(&self) -> MutexGuard<'_, Crowded> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for an answer and notes how it was given, and when.
    async fn timed<T>(
        &self,
        what: &str,
        request: impl Future<Output = Result<T, ClientError>>,
    ) -> Result<T, ClientError> {
        let since = Instant::now();
        let answer = self.note(what, request.await);
        let took = since.elapsed();
        let mut book = self.book();
        book.slowest = book.slowest.max(took);
        if took > ANSWER_MAX {
            book.late.push((what.to_owned(), took));
        }
        answer
    }

    /// Notes how an answer was given.
    fn note<T>(&self, what: &str, answer: Result<T, ClientError>) -> Result<T, ClientError> {
        if let Err(error) = &answer {
            self.refused.fetch_add(1, Ordering::Relaxed);
            if error.status().is_some_and(|status| status != 503) {
                self.book().wrong.push(format!("{what}: {error}"));
            }
        }
        answer
    }

    /// Sends until it is answered.
    async fn send<F>(&self, id: &str, mut attempt: impl FnMut() -> F)
    where
        F: Future<Output = Result<Success<SentMessage>, ClientError>>,
    {
        self.ledger.intend(id);
        while self.try_send(id, attempt()).await.is_err() {
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    async fn try_send(
        &self,
        id: &str,
        attempt: impl Future<Output = Result<Success<SentMessage>, ClientError>>,
    ) -> Result<(), ClientError> {
        self.ledger.intend(id);
        let sent = attempt.await?;
        self.ledger.sent(id, &sent.data);
        Ok(())
    }
}

/// What one listener has heard of its chat.
#[derive(Default)]
struct Heard {
    last_revision: u64,
    last_sequence: u64,
    messages: u64,
    problems: Vec<String>,
}

/// A listener and what it has heard.
struct Listener {
    client: Client,
    chat: ConversationId,
    heard: Arc<Mutex<Heard>>,
}

/// All of them.
pub struct Crowd {
    notes: Arc<Notes>,
    going_on: watch::Sender<bool>,
    talking: JoinSet<()>,
    listening: JoinSet<()>,
    listeners: Vec<Listener>,
    prober: Client,
    probe: SendMessageRequest,
}

impl Crowd {
    /// Signs everybody up and lets them begin.
    pub async fn gather(site: &Site) -> Self {
        let notes = Arc::new(Notes::default());
        let going_on = watch::Sender::new(true);
        let (mut talking, mut listening) = (JoinSet::new(), JoinSet::new());
        let mut listeners = Vec::new();
        let mut prober = None;
        for number in 0..CHATS {
            let names = (format!("talker_{number}"), format!("listener_{number}"));
            let (talker, listener, chat) = site.direct_chat(&names.0, &names.1).await;
            let send = talker.message(chat, 1).await;
            let turn = || (Arc::clone(&notes), going_on.subscribe(), send.clone());
            talking.spawn(talk_over_http(
                turn(),
                talker.client.clone(),
                names.0.clone(),
            ));
            talking.spawn(talk_over_socket(
                turn(),
                connect(&talker).await,
                names.0.clone(),
            ));
            let heard = Arc::default();
            listening.spawn(listen(connect(&listener).await, chat, Arc::clone(&heard)));
            listeners.push(Listener {
                client: listener.client.clone(),
                chat,
                heard,
            });
            prober = Some((talker.client.clone(), send));
        }
        let (prober, probe) = prober.expect("there is a chat");
        let stranger = site.stranger();
        talking.spawn(sign_up(Arc::clone(&notes), going_on.subscribe(), stranger));
        let uploader = prober.clone();
        talking.spawn(upload_files(
            Arc::clone(&notes),
            going_on.subscribe(),
            uploader,
        ));
        Self {
            notes,
            going_on,
            talking,
            listening,
            listeners,
            prober,
            probe,
        }
    }

    /// One write, at one attempt.
    pub async fn probe(&self) -> Result<(), ClientError> {
        let number = self.notes.probes.fetch_add(1, Ordering::Relaxed);
        let mut send = self.probe.clone();
        let id = message_id("probe", number);
        send.client_message_id = Some(id.clone());
        let sending = self.notes.timed(&id, self.prober.send_message(&send));
        self.notes.try_send(&id, sending).await
    }

    /// Lets everybody come to an end, restarts the server, and compares.
    pub async fn finish(mut self, stage: &mut Stage, report: &mut Report) {
        let mut broken = Vec::new();
        self.going_on.send_replace(false);
        let talking = async { while self.talking.join_next().await.is_some() {} };
        if tokio::time::timeout(HOPE, talking).await.is_err() {
            broken.push(format!("something is not answered after {HOPE:?}"));
            self.talking.shutdown().await;
        }
        broken.extend(self.hear_out().await);
        self.listening.shutdown().await;
        broken.extend(stage.restart().await.err());
        let chats = self.listeners.iter().map(|it| (&it.client, it.chat));
        let chats: Vec<_> = chats.collect();
        let audit = until_within(HOPE, async || self.notes.ledger.audit(&chats).await.ok());
        let audit = audit.await;
        if audit.is_none() {
            broken.push("the answers could not be looked for".to_owned());
        }
        if !stage.database().db_is_intact().await {
            broken.push("the database's file is damaged".to_owned());
        }
        let mut crowded = std::mem::take(&mut *self.notes.book());
        crowded.refused = self.notes.refused.load(Ordering::Relaxed);
        for listener in &self.listeners {
            let heard = lock(&listener.heard);
            crowded.heard += heard.messages;
            crowded.misheard.extend(heard.problems.iter().cloned());
        }
        report.close(audit.unwrap_or_default(), crowded, broken);
    }

    /// Waits until everybody has heard everything.
    async fn hear_out(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for listener in &self.listeners {
            let (client, chat) = (&listener.client, listener.chat);
            let head = until_within(HOPE, async || client.sequence(chat).await.ok()).await;
            let Some(head) = head else {
                broken.push(format!("{chat}: its head cannot be read"));
                continue;
            };
            let heard_all = until_within(HOPE, async || {
                (lock(&listener.heard).last_sequence >= head.last_sequence).then_some(())
            });
            if heard_all.await.is_none() {
                let reached = lock(&listener.heard).last_sequence;
                let last = head.last_sequence;
                broken.push(format!("{chat}: heard up to {reached} of {last}"));
            }
        }
        broken
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn connect(user: &TestUser) -> Socket {
    let socket = user.client.connect(SocketOptions::default()).await;
    socket.expect("a socket")
}

type Turn = (Arc<Notes>, watch::Receiver<bool>, SendMessageRequest);

async fn talk_over_http((notes, going_on, mut send): Turn, client: Client, name: String) {
    for number in 1.. {
        if !*going_on.borrow() {
            return;
        }
        let id = message_id(&format!("{name}/http"), number);
        send.client_message_id = Some(id.clone());
        notes
            .send(&id, || notes.timed(&id, client.send_message(&send)))
            .await;
        tokio::time::sleep(SEND_EVERY).await;
    }
}

async fn talk_over_socket((notes, going_on, mut send): Turn, mut socket: Socket, name: String) {
    let sender = socket.sender();
    let talking = async {
        for number in 1.. {
            if !*going_on.borrow() {
                return;
            }
            let id = message_id(&format!("{name}/socket"), number);
            send.client_message_id = Some(id.clone());
            // Not timed: what is sent between two connections waits for the next one.
            let attempt = async || notes.note(&id, sender.send_message(send.clone()).await);
            notes.send(&id, attempt).await;
            tokio::time::sleep(SEND_EVERY).await;
        }
    };
    let hearing = async { while socket.next_event().await.is_some() {} };
    tokio::select! {
        () = talking => {}
        () = hearing => {
            notes.book().wrong.push(format!("{name}: its socket did not come back"));
        }
    }
}

async fn listen(mut socket: Socket, chat: ConversationId, heard: Arc<Mutex<Heard>>) {
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
                    heard.problems.push(format!(
                        "{chat}: heard revision {found} instead of {expected}"
                    ));
                }
                heard.last_revision = span.last;
                if let ServerEvent::MessageNew(message) = &frame.event {
                    heard.messages += 1;
                    heard.last_sequence = message.entry.sequence_number;
                }
            }
            SocketEvent::Lost { from, to, .. } => {
                let text = format!("{chat}: revisions {from} to {to} were never heard");
                heard.problems.push(text);
            }
            SocketEvent::Disconnected { .. } => {}
        }
    }
    let text = format!("{chat}: the listener's socket did not come back");
    lock(&heard).problems.push(text);
}

async fn sign_up(notes: Arc<Notes>, going_on: watch::Receiver<bool>, stranger: Client) {
    for number in 1.. {
        if !*going_on.borrow() {
            return;
        }
        let name = format!("guest_{number}");
        let request = registration(&name);
        let client = stranger.signed_out();
        let account = notes.timed("register", client.register(&request)).await;
        if account.is_ok() {
            notes.ledger.registered(&name);
        }
        tokio::time::sleep(SIGN_UP_EVERY).await;
    }
}

async fn upload_files(notes: Arc<Notes>, going_on: watch::Receiver<bool>, client: Client) {
    let bytes = file_content(FILE_BYTES);
    while *going_on.borrow() {
        let announcement = announced(bytes.len() as u64);
        let announcing = client.create_upload(&announcement);
        if let Ok(file) = notes.timed("announce a file", announcing).await {
            let sending = client.put_file(file.id, bytes.clone());
            if notes.timed("upload", sending).await.is_ok()
                && let Ok(file) = notes
                    .timed("complete", client.complete_upload(file.id))
                    .await
            {
                notes.ledger.uploaded(&file, &bytes);
            }
        }
        tokio::time::sleep(SIGN_UP_EVERY).await;
    }
}
