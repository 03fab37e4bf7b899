//! One conversation, from its creation to its deletion.

use sentinal_app::Opened;
use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::{
    Conversation, CreateConversationRequest, DirectQuery, UpdateConversationRequest,
};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path, Query};

/// `POST /v1/conversations` — opens a group, or a DM unless the pair has one.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | made |
/// | 200 |  | the DM that the pair has |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `BLOCKED` | the caller has blocked the other side of the DM |
/// | 409 | `GROUP_FULL` | more participants than a group can have |
/// | 409 | `CONFLICT` | the caller takes part in as many conversations as one may |
/// | 422 | `VALIDATION_ERROR` | a field breaks its rule; unknown participants, or (in a group) such as shut the caller off; a DM without exactly one other |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too many people who do not have the caller as a contact |
pub(super) async fn create_conversation(
    app: App,
    caller: Caller,
    body: Body<CreateConversationRequest>,
) -> ApiResult<Conversation> {
    Ok(
        match app
            .conversations
            .create_conversation(&caller, body.0)
            .await?
        {
            Opened::New(conversation) => Answer::created(conversation),
            Opened::Existing(conversation) => Answer::ok(conversation),
        },
    )
}

/// `GET /v1/conversations/direct` — the DM of the caller with someone.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the DM |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller is neither of the two |
/// | 404 | `NOT_FOUND` | the two have no DM |
/// | 422 | `VALIDATION_ERROR` | nobody is named |
pub(super) async fn get_direct_conversation(
    app: App,
    caller: Caller,
    query: Query<DirectQuery>,
) -> ApiResult<Conversation> {
    let conversation = app
        .conversations
        .get_direct_conversation(&caller, *query)
        .await?;
    Ok(Answer::ok(conversation))
}

/// `GET /v1/conversations/{id}` — one of the caller's conversations.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the conversation |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
pub(super) async fn get_conversation(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<Conversation> {
    Ok(Answer::ok(
        app.conversations.get_conversation(&caller, *id).await?,
    ))
}

/// `PUT /v1/conversations/{id}` — changes what a conversation is called, looks like and allows: an
/// absent field stays, `null` clears.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the conversation as it is now |
/// | 400 | `BAD_REQUEST` | the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller may not edit this group; permissions are changed by admins only |
/// | 403 | `BLOCKED` | the caller has blocked the other side of the DM |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
/// | 422 | `VALIDATION_ERROR` | a field breaks its rule, or is for groups only |
pub(super) async fn update_conversation(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
    body: Body<UpdateConversationRequest>,
) -> ApiResult<Conversation> {
    let updated = app
        .conversations
        .update_conversation(&caller, *id, body.0)
        .await?;
    Ok(Answer::ok(updated))
}

/// `DELETE /v1/conversations/{id}` — deletes a group for everybody; hides and clears a DM for the
/// caller.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | gone; the next message brings a DM back, without the earlier ones |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller does not own the group |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
pub(super) async fn delete_conversation(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<()> {
    app.conversations.delete_conversation(&caller, *id).await?;
    Ok(Answer::empty())
}
