//! Making conversations and reading what is known of them.

mod admissions;
mod bans;
mod codes;
mod invites;
mod own_state;
mod participants;
mod settings;

pub use participants::Joined;

use self::admissions::{AdmissionRefusal, Admissions};

use sentinal_protocol::api::FieldError;
use sentinal_protocol::api::conversations::{
    Conversation, ConversationSearchQuery, ConversationTypeQuery, Conversations,
    ConversationsQuery, CreateConversationRequest, DirectQuery, SequenceState,
};
use sentinal_protocol::{ConversationId, ConversationType, ErrorCode, UserId};
use sentinal_store::{CreateRefusal, Created, Listing, NewConversation, ReserveRefusal, Shelf};

use crate::context::Context;
use crate::paging::{Slice, slice};
use crate::{ApiError, Caller};

/// Characters of a text that is searched for: as many as a subject may have.
const SEARCH_CHARS_MAX: usize = 128;

/// What asking for a conversation gave.
#[derive(Clone, Debug)]
pub enum Opened {
    /// It was made.
    New(Conversation),
    /// The pair had its DM already.
    Existing(Conversation),
}

/// Conversations and who takes part in them.
#[derive(Clone)]
pub struct ConversationService {
    pub(crate) context: Context,
}

impl ConversationService {
    /// Makes a group, or a DM unless the pair has one.
    pub async fn create_conversation(
        &self,
        caller: &Caller,
        request: CreateConversationRequest,
    ) -> Result<Opened, ApiError> {
        let mut others = Vec::with_capacity(request.participants.len());
        let mut seen = std::collections::HashSet::from([caller.user_id]);
        for user in &request.participants {
            if seen.insert(*user) {
                others.push(*user);
            }
        }
        if request.kind == ConversationType::Dm && others.len() != 1 {
            let reason = "a DM has exactly one other participant";
            return Err(ApiError::invalid("participants", reason));
        }
        let admissions = match request.kind {
            ConversationType::Group => {
                let taken = self.take_admissions(caller, &others).await;
                taken.map_err(|refusal| match refusal {
                    AdmissionRefusal::TooOften(users) => {
                        create_error(CreateRefusal::Unknown(users), &request.participants)
                    }
                    AdmissionRefusal::Error(error) => error,
                })?
            }
            ConversationType::Dm => Admissions::default(),
        };
        let new = NewConversation {
            kind: request.kind,
            creator_id: caller.user_id,
            subject: request.subject,
            description: request.description,
            avatar_url: request.avatar_url,
            others,
        };
        let now = self.context.clock.now();
        let created = self
            .context
            .journal
            .change(caller.user_id, move |store| {
                Box::pin(async move { store.create_conversation(&new, now).await })
            })
            .await
            .and_then(|created| {
                created.map_err(|refusal| create_error(refusal, &request.participants))
            });
        if created.is_err() {
            self.give_back(admissions);
        }
        match created? {
            Created::New(id) => Ok(Opened::New(self.get_conversation(caller, id).await?)),
            Created::Existing(id) => Ok(Opened::Existing(self.get_conversation(caller, id).await?)),
        }
    }

    /// A conversation of the caller.
    pub async fn get_conversation(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<Conversation, ApiError> {
        let found = self
            .context
            .store
            .find_conversation(caller.user_id, id, self.context.clock.now())
            .await?;
        let found = found.ok_or_else(no_conversation)?;
        Ok(self.with_link(found))
    }

    /// A page of the caller's conversations.
    pub async fn list_conversations(
        &self,
        caller: &Caller,
        query: ConversationsQuery,
    ) -> Result<Conversations, ApiError> {
        let page = slice(query.page, query.limit)?;
        let listing = Listing::All(shelf(query.archived));
        self.list(caller, listing, page).await
    }

    /// A page of the caller's conversations of one kind.
    pub async fn list_conversations_of_type(
        &self,
        caller: &Caller,
        query: ConversationTypeQuery,
    ) -> Result<Conversations, ApiError> {
        let page = slice(query.page, query.limit)?;
        let listing = Listing::Kind(query.kind, shelf(query.archived));
        self.list(caller, listing, page).await
    }

    /// A page of the caller's conversations with a text in their name, archived ones included.
    pub async fn search_conversations(
        &self,
        caller: &Caller,
        query: ConversationSearchQuery,
    ) -> Result<Conversations, ApiError> {
        let page = slice(query.page, query.limit)?;
        let text = query.query.trim();
        if !(1..=SEARCH_CHARS_MAX).contains(&text.chars().count()) {
            let reason = format!("must have 1 to {SEARCH_CHARS_MAX} characters");
            return Err(ApiError::invalid("query", reason));
        }
        self.list(caller, Listing::Named(text), page).await
    }

    async fn list(
        &self,
        caller: &Caller,
        listing: Listing<'_>,
        page: Slice,
    ) -> Result<Conversations, ApiError> {
        let now = self.context.clock.now();
        let page = (page.limit, page.offset);
        let mut listed = self
            .context
            .store
            .list_conversations(caller.user_id, listing, page, now)
            .await?;
        let conversations = listed.conversations.into_iter();
        listed.conversations = conversations.map(|it| self.with_link(it)).collect();
        Ok(listed)
    }

    /// The DM of the caller with someone.
    pub async fn get_direct_conversation(
        &self,
        caller: &Caller,
        query: DirectQuery,
    ) -> Result<Conversation, ApiError> {
        let other = other_side(caller.user_id, query)?;
        let found = self
            .context
            .store
            .find_direct_conversation(caller.user_id, other, self.context.clock.now())
            .await?;
        let found = found.ok_or_else(no_conversation)?;
        Ok(self.with_link(found))
    }

    /// The highest message number given.
    pub async fn get_sequence(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
    ) -> Result<SequenceState, ApiError> {
        let last_sequence = self
            .context
            .store
            .find_last_sequence(conversation_id, caller.user_id)
            .await?
            .ok_or_else(no_conversation)?;
        Ok(SequenceState {
            conversation_id,
            sequence: last_sequence,
            last_sequence,
            updated_at: self.context.clock.now(),
        })
    }

    /// Takes the next message number out of use.
    pub async fn reserve_sequence(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
    ) -> Result<SequenceState, ApiError> {
        let (user_id, now) = (caller.user_id, self.context.clock.now());
        let reserved = self
            .context
            .journal
            .change(caller.user_id, move |store| {
                Box::pin(async move { store.reserve_sequence(conversation_id, user_id, now).await })
            })
            .await?;
        match reserved {
            Ok(sequence) => Ok(SequenceState {
                conversation_id,
                sequence,
                last_sequence: sequence,
                updated_at: now,
            }),
            Err(ReserveRefusal::NoConversation) => Err(no_conversation()),
            Err(ReserveRefusal::Rank) => {
                Err(ApiError::forbidden("Only admins may send in this group."))
            }
        }
    }
}

fn shelf(archived: Option<bool>) -> Shelf {
    match archived {
        Some(true) => Shelf::Archived,
        Some(false) | None => Shelf::Current,
    }
}

pub(crate) fn no_conversation() -> ApiError {
    ApiError::not_found("conversation")
}

fn create_error(refusal: CreateRefusal, asked: &[UserId]) -> ApiError {
    match refusal {
        CreateRefusal::Unknown(unknown) => {
            let fields = asked.iter().enumerate();
            let unknown = fields.filter(|(_, user)| unknown.contains(user));
            let errors = unknown.map(|(index, _)| FieldError {
                field: format!("participants[{index}]"),
                reason: "no such user".to_owned(),
            });
            ApiError::validation(errors.collect())
        }
        CreateRefusal::Blocked => ApiError::blocked(),
        CreateRefusal::GroupFull => group_full(),
        CreateRefusal::TooManyConversations => too_many_conversations(),
    }
}

/// The refusal of one conversation more for the caller.
pub(crate) fn too_many_conversations() -> ApiError {
    ApiError::new(
        ErrorCode::Conflict,
        "You take part in as many conversations as one may.",
    )
}

pub(crate) fn group_full() -> ApiError {
    ApiError::new(
        ErrorCode::GroupFull,
        "A group cannot have that many participants.",
    )
}

/// Whom the caller asks for.
fn other_side(caller: UserId, query: DirectQuery) -> Result<UserId, ApiError> {
    match (query.user_id_1, query.user_id_2) {
        (Some(one), Some(other)) if one == caller => Ok(other),
        (Some(other), Some(one)) if one == caller => Ok(other),
        (Some(_), Some(_)) => Err(ApiError::forbidden("You are neither of the two.")),
        (Some(other), None) | (None, Some(other)) => Ok(other),
        (None, None) => Err(ApiError::invalid("user_id_1", "is required")),
    }
}
