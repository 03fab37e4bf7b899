//! People, conversations and messages to begin with.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::{ConnectionTrait, Statement, Value};
use sentinal_protocol::api::messages::Messages;
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{
    ConversationId, ConversationType, DeviceId, MessageId, MessageType, Timestamp, UserId,
};
use sentinal_store::{
    Committed, Created, Entry, NewConversation, NewMessage, Position, Removal, Roster, SendKey,
    SendOutcome, Store, Viewer,
};

use crate::support::past_the_store;

pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// Runs a statement past the store.
pub(crate) async fn db(store: &Store, text: &str, values: impl IntoIterator<Item = Value>) {
    let connection = past_the_store(store);
    let backend = connection.get_database_backend();
    connection
        .execute_raw(Statement::from_sql_and_values(backend, text, values))
        .await
        .unwrap();
}

/// Taking somebody out of a group.
pub(crate) fn removal(user_id: UserId) -> Removal<'static> {
    Removal {
        user_id,
        new_code: "another code",
        at: NOW,
    }
}

/// Someone with one device that has keys.
#[derive(Clone, Copy)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) device: DeviceId,
}

pub(crate) async fn db_person(store: &Store, name: &str) -> Person {
    // Later people have higher ids.
    static PEOPLE: AtomicU64 = AtomicU64::new(0);
    let born = NOW.plus(Duration::from_millis(
        PEOPLE.fetch_add(1, Ordering::Relaxed),
    ));
    let person = Person {
        id: UserId::new(born),
        device: DeviceId::new(NOW),
    };
    let text = "INSERT INTO users (id, email, email_key, username, username_key, password_hash, \
                display_name, display_name_key, created_at, updated_at) \
                VALUES ($1, $2, $2, $2, $2, '', $2, $2, 0, 0)";
    db(store, text, [person.id.0.into(), name.into()]).await;
    let text = "INSERT INTO devices (id, user_id, device_id, keyed, created_at, last_seen_at) \
                VALUES ($1, $2, 'phone', TRUE, 0, 0)";
    db(store, text, [person.device.0.into(), person.id.0.into()]).await;
    person
}

pub(crate) async fn db_block(store: &Store, by: Person, blocked: Person) {
    let text = "INSERT INTO blocks (user_id, blocked_user_id, created_at) VALUES ($1, $2, 0)";
    db(store, text, [by.id.0.into(), blocked.id.0.into()]).await;
}

impl Person {
    pub(crate) fn viewer(&self) -> Viewer<'static> {
        Viewer {
            user_id: self.id,
            device_id: self.device,
            device_name: "phone",
            now: NOW,
        }
    }
}

pub(crate) fn new(kind: ConversationType, creator: Person, others: &[Person]) -> NewConversation {
    NewConversation {
        kind,
        creator_id: creator.id,
        subject: Some("Team".to_owned()),
        description: None,
        avatar_url: None,
        others: others.iter().map(|person| person.id).collect(),
    }
}

async fn create(
    store: &Store,
    kind: ConversationType,
    creator: Person,
    others: &[Person],
) -> ConversationId {
    let new = new(kind, creator, others);
    let (created, committed) = store.create_conversation(&new, NOW).await.unwrap();
    match created.unwrap() {
        Created::New(id) => {
            assert_eq!(kinds(&committed), [(1, EventKind::ConversationCreated)]);
            id
        }
        Created::Existing(_) => panic!("it was there already"),
    }
}

pub(crate) async fn group(store: &Store, creator: Person, others: &[Person]) -> ConversationId {
    create(store, ConversationType::Group, creator, others).await
}

pub(crate) async fn dm(store: &Store, creator: Person, other: Person) -> ConversationId {
    create(store, ConversationType::Dm, creator, &[other]).await
}

pub(crate) fn kinds(committed: &[Committed]) -> Vec<(u64, EventKind)> {
    let kind = |committed: &Committed| match &committed.entry {
        Entry::Change(change) => (committed.revision, change.kind),
        Entry::MessageChange(change) => (committed.revision, change.change.kind),
        Entry::Control(control) => (committed.revision, control.change.kind),
        Entry::Message(_) => (committed.revision, EventKind::MessageNew),
    };
    committed.iter().map(kind).collect()
}

pub(crate) fn message(to: &Roster, sender: Person) -> NewMessage {
    NewMessage {
        id: MessageId::new(NOW),
        conversation_id: to.conversation_id,
        sender_id: sender.id,
        sender_device_id: sender.device,
        message_type: MessageType::Text,
        key: SendKey::None,
        request_hash: [0; 32],
        reply_to_message_id: None,
        mentions: Vec::new(),
        attachments: Vec::new(),
        poll: None,
        metadata: None,
        shared: None,
        bodies: Vec::new(),
        hidden_from: None,
        expires_in_seconds: None,
        roster_version: to.roster_version,
        access_version: to.access_version,
    }
}

pub(crate) async fn send_with(
    store: &Store,
    conversation_id: ConversationId,
    sender: Person,
    at: Timestamp,
    change: impl FnOnce(&mut NewMessage),
) -> MessageId {
    let roster = store.find_roster(conversation_id).await.unwrap().unwrap();
    let mut message = message(&roster, sender);
    change(&mut message);
    let (outcomes, _) = store.send_messages(&[message], at).await.unwrap();
    match outcomes.as_slice() {
        [SendOutcome::Sent(sent)] => sent.id,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn send(
    store: &Store,
    conversation_id: ConversationId,
    sender: Person,
) -> MessageId {
    send_with(store, conversation_id, sender, NOW, |_| ()).await
}

pub(crate) async fn page(
    store: &Store,
    viewer: Person,
    conversation_id: ConversationId,
    position: Position,
    limit: u64,
) -> Messages {
    store
        .list_messages(viewer.viewer(), conversation_id, position, limit)
        .await
        .unwrap()
        .unwrap()
}

pub(crate) fn numbers(page: &Messages) -> Vec<u64> {
    let numbers = page.messages.iter().map(|message| message.sequence_number);
    numbers.collect()
}

pub(crate) fn gaps(page: &Messages) -> Vec<(u64, u64, &str)> {
    let gaps = page.gaps.iter();
    gaps.map(|(first, last, why)| (*first, *last, why.as_str()))
        .collect()
}
