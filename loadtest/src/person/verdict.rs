//! The end: what is missing, and whether the server sees it the same way.

use std::collections::HashMap;
use std::sync::Arc;

use actix::{
    ActorFutureExt as _, Context, Handler, Message, MessageResult, ResponseActFuture,
    WrapFuture as _,
};
use sentinal_client::{Client, ClientError};
use sentinal_protocol::ConversationId;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::conversations::Conversation;
use sentinal_protocol::limits::PAGE_MAX;

use super::Person;
use crate::board::Fault;

/// How far conversations are, by what was answered.
type Heads = Arc<HashMap<ConversationId, u64>>;

/// What has not come yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// Revisions that were answered.
    pub revisions: u64,
    /// Answers to messages and marks.
    pub answers: u64,
}

/// What has not come yet?
#[derive(Clone, Message)]
#[rtype(result = "Missing")]
pub struct HowFar(pub Heads);

impl Handler<HowFar> for Person {
    type Result = MessageResult<HowFar>;

    fn handle(&mut self, HowFar(heads): HowFar, _: &mut Context<Self>) -> Self::Result {
        let behind = self.behind(&heads).map(|(_, revisions)| revisions);
        MessageResult(Missing {
            revisions: behind.sum(),
            answers: self.outbox.unanswered() + self.log.open_marks(),
        })
    }
}

/// Nothing more is waited for: whatever is missing is lost.
#[derive(Clone, Message)]
#[rtype(result = "()")]
pub struct Conclude(pub Heads);

impl Handler<Conclude> for Person {
    type Result = ();

    fn handle(&mut self, Conclude(heads): Conclude, _: &mut Context<Self>) {
        let (number, board) = (self.number, &self.world.board);
        for (id, count, lowest) in self.log.missing() {
            board.faults_of(Fault::Lost, count, || {
                format!("person {number}, conversation {id}: {count} revisions never came, the first is {lowest}")
            });
        }
        for (id, count) in self.behind(&heads) {
            board.faults_of(Fault::Lost, count, || {
                format!("person {number}, conversation {id}: the last {count} revisions that were answered never came")
            });
        }
        for (message, intended, revision) in self.outbox.not_echoed() {
            let id = intended.conversation_id;
            let came = self.log.place(id).is_some_and(|it| it.seen >= revision);
            if came {
                board.fault(Fault::Lost, || {
                    format!("person {number}, message {message}: answered as revision {revision} of {id}, which is not it")
                });
            }
        }
        let unanswered = self.outbox.unanswered();
        if unanswered > 0 {
            board.faults_of(Fault::Unanswered, unanswered, || {
                format!("person {number}: {unanswered} messages were never answered")
            });
        }
    }
}

/// Compares with what the server says over HTTP; whether both see the same. Only the last try counts a
/// difference: what the server has just committed may still be on its way.
#[derive(Clone, Copy, Message)]
#[rtype(result = "bool")]
pub struct Verify {
    /// Whether it is the last one.
    pub last: bool,
}

impl Handler<Verify> for Person {
    type Result = ResponseActFuture<Self, bool>;

    fn handle(&mut self, Verify { last }: Verify, _: &mut Context<Self>) -> Self::Result {
        let listing = list(self.client.clone());
        let compared = listing
            .into_actor(self)
            .map(move |listed, person, _| match listed {
                Ok(conversations) => {
                    let differ = conversations.iter().filter(|it| person.differs(it, last));
                    differ.count() == 0
                }
                Err(error) => {
                    if last {
                        let number = person.number;
                        person.world.board.fault(Fault::Unreachable, || {
                            format!("person {number} could not list conversations: {error}")
                        });
                    }
                    false
                }
            });
        Box::pin(compared)
    }
}

impl Person {
    /// Conversations that are not where the answers say, and by how much.
    fn behind(
        &self,
        heads: &HashMap<ConversationId, u64>,
    ) -> impl Iterator<Item = (ConversationId, u64)> {
        let all = self.directs.iter().chain(&self.groups).chain(&self.visited);
        all.filter_map(|id| {
            let head = heads.get(id)?;
            let seen = self.log.place(*id).map_or(0, |place| place.seen);
            (*head > seen).then(|| (*id, head - seen))
        })
    }

    /// Whether the server sees a conversation in another way.
    fn differs(&self, conversation: &Conversation, counts: bool) -> bool {
        let (number, id, board) = (self.number, conversation.id, &self.world.board);
        let Some(place) = self.log.place(id) else {
            // Of an earlier run on the same population.
            return false;
        };
        let revisions = (place.seen, conversation.revision);
        let unread = (place.unread, conversation.unread_count);
        if counts && revisions.0 != revisions.1 {
            let (here, there) = revisions;
            board.faults_of(Fault::Lost, there.abs_diff(here), || {
                format!("person {number}, conversation {id}: revision {here} here, {there} there")
            });
        }
        if counts && unread.0 != unread.1 {
            let (here, there) = unread;
            board.fault(Fault::WrongUnread, || {
                format!("person {number}, conversation {id}: {here} unread here, {there} there")
            });
        }
        revisions.0 != revisions.1 || unread.0 != unread.1
    }
}

/// All conversations of somebody.
async fn list(client: Client) -> Result<Vec<Conversation>, ClientError> {
    let mut all = Vec::new();
    let mut page = 1;
    loop {
        let query = PageQuery {
            page: Some(page),
            limit: Some(PAGE_MAX),
        };
        let listed = client.conversations(query).await?;
        all.extend(listed.conversations);
        if !listed.has_more {
            return Ok(all);
        }
        page += 1;
    }
}
