//! What a server was asked and what it answered, to be compared with what is there afterwards.
//!
//! An answer is a promise: what was answered is there, once, under its number, after whatever died.
//! What was not answered may be there or not, and once at most.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sentinal_client::{Client, ClientError};
use sentinal_protocol::api::messages::{HistoryQuery, Message, SentMessage};
use sentinal_protocol::api::uploads::Upload;
use sentinal_protocol::{ConversationId, MessageId, UploadId};

use crate::user::PASSWORD;

/// Messages of a page of history.
const PAGE: u64 = 100;

/// All that was asked and answered. Tasks share it.
#[derive(Default)]
pub struct Ledger {
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    /// By client message id: what it was answered, if it was.
    sends: HashMap<String, Option<Place>>,
    /// Answers that contradict an earlier one.
    contradictions: Vec<String>,
    /// Names of accounts that were answered.
    accounts: BTreeSet<String>,
    /// Complete files that were answered: address and bytes.
    files: BTreeMap<UploadId, (String, Vec<u8>)>,
}

/// Where a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    chat: ConversationId,
    id: MessageId,
    sequence: u64,
    revision: u64,
}

impl Ledger {
    /// A message is sent under this id.
    pub fn intend(&self, client_message_id: &str) {
        let mut book = self.book();
        if !book.sends.contains_key(client_message_id) {
            book.sends.insert(client_message_id.to_owned(), None);
        }
    }

    /// It was answered, perhaps once more.
    pub fn sent(&self, client_message_id: &str, sent: &SentMessage) {
        let place = Place {
            chat: sent.conversation_id,
            id: sent.id,
            sequence: sent.sequence_number,
            revision: sent.revision,
        };
        let mut book = self.book();
        let before = book.sends.insert(client_message_id.to_owned(), Some(place));
        if let Some(Some(before)) = before
            && before != place
        {
            let text = format!("{client_message_id} was answered {before:?}, then {place:?}");
            book.contradictions.push(text);
        }
    }

    /// An account of this name was answered.
    pub fn registered(&self, name: &str) {
        self.book().accounts.insert(name.to_owned());
    }

    /// A file was answered as complete.
    pub fn uploaded(&self, upload: &Upload, bytes: &[u8]) {
        let url = upload.file_url.clone().expect("a complete file's address");
        self.book().files.insert(upload.id, (url, bytes.to_vec()));
    }

    /// Messages, accounts and files that were answered.
    pub fn answers(&self) -> usize {
        let book = self.book();
        book.sends.values().flatten().count() + book.accounts.len() + book.files.len()
    }

    /// Compares it with what is there now. Each chat is read by somebody who takes part in it and to
    /// whom nothing in it is hidden; all its messages must be of this ledger.
    pub async fn audit(&self, chats: &[(&Client, ConversationId)]) -> Result<Audit, ClientError> {
        let mut audit = Audit {
            answers: self.answers(),
            contradictions: self.book().contradictions.clone(),
            ..Audit::default()
        };
        let mut stored: HashMap<String, Place> = HashMap::new();
        for (reader, chat) in chats {
            let messages = history(reader, *chat).await?;
            audit.look_through(*chat, &messages, &mut stored);
        }
        let sends: Vec<_> = {
            let book = self.book();
            let answered = book.sends.iter();
            answered
                .filter_map(|(id, place)| Some((id.clone(), (*place)?)))
                .collect()
        };
        for (id, answered) in sends {
            match stored.get(&id) {
                None => audit.lost.push(format!("message {id}: {answered:?}")),
                Some(found) if *found != answered => audit
                    .contradictions
                    .push(format!("message {id}: {answered:?} is {found:?}")),
                Some(_) => {}
            }
        }
        if let Some((reader, _)) = chats.first() {
            self.audit_others(reader, &mut audit).await?;
        }
        Ok(audit)
    }

    /// Accounts and files.
    async fn audit_others(&self, reader: &Client, audit: &mut Audit) -> Result<(), ClientError> {
        let accounts = self.book().accounts.clone();
        for name in accounts {
            let client = reader.signed_out();
            match client.sign_in(&name, PASSWORD, "audit").await {
                Ok(_) => {}
                Err(error) if error.status() == Some(401) => {
                    audit.lost.push(format!("account {name}"));
                }
                Err(error) => return Err(error),
            }
        }
        let files = self.book().files.clone();
        for (id, (url, bytes)) in files {
            match reader.fetch_file(&url).await {
                Ok(found) if found == bytes => {}
                Ok(_) => audit
                    .contradictions
                    .push(format!("file {id} has other bytes")),
                Err(error) if error.status() == Some(404) => audit.lost.push(format!("file {id}")),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How what is there differs from what was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Answers that were looked for.
    pub answers: usize,
    /// Messages that are there, answered or not.
    pub stored: usize,
    /// Answered, and not there.
    pub lost: Vec<String>,
    /// There more than once.
    pub doubled: Vec<String>,
    /// One sender's messages in another order than they were sent one after the other.
    pub out_of_order: Vec<String>,
    /// Numbers that nobody has.
    pub holes: Vec<String>,
    /// There, but not what was answered.
    pub contradictions: Vec<String>,
}

impl Audit {
    /// Whether every promise was kept.
    pub fn is_clean(&self) -> bool {
        self.broken().is_empty()
    }

    /// All broken promises.
    pub fn broken(&self) -> Vec<&String> {
        let all = [
            &self.lost,
            &self.doubled,
            &self.out_of_order,
            &self.holes,
            &self.contradictions,
        ];
        all.into_iter().flatten().collect()
    }

    fn look_through(
        &mut self,
        chat: ConversationId,
        messages: &[Message],
        stored: &mut HashMap<String, Place>,
    ) {
        self.stored += messages.len();
        let mut last_revision = 0;
        let mut last_of_sender: HashMap<&str, u64> = HashMap::new();
        for (expected, message) in (1..).zip(messages) {
            if message.sequence_number != expected {
                let found = message.sequence_number;
                self.holes
                    .push(format!("{chat}: {found} stands where {expected} belongs"));
            }
            if message.revision <= last_revision {
                self.out_of_order
                    .push(format!("{chat}: revision {}", message.revision));
            }
            last_revision = message.revision;
            let Some(id) = &message.client_message_id else {
                continue;
            };
            let place = Place {
                chat,
                id: message.id,
                sequence: message.sequence_number,
                revision: message.revision,
            };
            if stored.insert(id.clone(), place).is_some() {
                self.doubled.push(format!("message {id}"));
            }
            if let Some((sender, number)) = parse_id(id) {
                let before = last_of_sender.insert(sender, number);
                if before.is_some_and(|before| before >= number) {
                    self.out_of_order.push(format!("message {id}"));
                }
            }
        }
    }
}

/// The id of the `number`th message of somebody who sends one after the other.
pub fn message_id(sender: &str, number: u64) -> String {
    format!("{sender}#{number}")
}

fn parse_id(id: &str) -> Option<(&str, u64)> {
    let (sender, number) = id.rsplit_once('#')?;
    Some((sender, number.parse().ok()?))
}

/// All messages of a chat.
async fn history(reader: &Client, chat: ConversationId) -> Result<Vec<Message>, ClientError> {
    let mut messages: Vec<Message> = Vec::new();
    loop {
        let query = HistoryQuery {
            conversation_id: chat,
            before_seq: None,
            after_seq: Some(messages.last().map_or(0, |it| it.sequence_number)),
            around_seq: None,
            limit: Some(PAGE),
        };
        let page = reader.history(&query).await?;
        messages.extend(page.messages);
        if !page.has_more {
            return Ok(messages);
        }
    }
}
