//! Reading the log: page after page, until the socket is live again in every conversation.

use std::time::Instant;

use actix::prelude::*;
use sentinal_protocol::ConversationId;
use sentinal_protocol::event::EventKind;
use sentinal_store::{LogPage, Reader, ReceiptCursors, ReceiptKind};
use serde_json::json;

use super::{Session, Stage};
use crate::app::{ApiError, App, Caller, counts_receipts};
use crate::socket::CATCH_UP_BELOW_BYTES;
use crate::wire;

/// What a page brought.
enum Page {
    /// Entries, and the present receipts if the log's end was reached and they are news.
    Read {
        page: LogPage,
        receipts: Option<Vec<bytes::Bytes>>,
    },
    /// The user has never taken part.
    Nothing,
}

impl Session {
    /// Reads the next page of a conversation that is behind, if there is one and room for it.
    pub(super) fn catch_up(&mut self, ctx: &mut Context<Self>) {
        if self.catching_up || !matches!(self.stage, Stage::Live) {
            return;
        }
        let Some(caller) = self.caller.clone() else {
            return;
        };
        let (conversation_id, after, seen) = {
            let mut socket = self.socket.borrow_mut();
            if socket.is_closing() {
                return;
            }
            let Some((conversation_id, after)) = socket.positions.next_behind() else {
                return;
            };
            if socket.unsent_bytes() >= CATCH_UP_BELOW_BYTES {
                // The stream comes back to it when the socket has drained.
                socket.want_catch_up();
                return;
            }
            (
                conversation_id,
                after,
                socket.positions.receipts_seen(conversation_id),
            )
        };
        self.catching_up = true;
        let app = self.app().clone();
        let read = read_page(app, (*caller).clone(), conversation_id, after, seen);
        ctx.spawn(read.into_actor(self).map(move |page, session, ctx| {
            session.catching_up = false;
            match page {
                Ok(page) => {
                    session.queue_page(conversation_id, page);
                    session.say_if_synced();
                    session.catch_up(ctx);
                }
                Err(error) => {
                    // The client comes back and starts where it was.
                    tracing::warn!(error = %error, "session: the log could not be read");
                    session.close(sentinal_protocol::CloseCode::Internal, ctx);
                }
            }
        }));
    }

    fn queue_page(&mut self, conversation_id: ConversationId, page: Page) {
        let Some(caller) = self.caller.clone() else {
            return;
        };
        let now = self.now();
        let mut socket = self.socket.borrow_mut();
        let Page::Read { page, receipts } = page else {
            socket.positions.forget(conversation_id);
            return;
        };
        for entry in &page.entries {
            let frame = wire::log_entry(
                conversation_id,
                caller.user_id,
                &caller.device_name,
                entry,
                now,
            );
            socket.queue(frame);
        }
        let live = socket
            .positions
            .page(conversation_id, page.position, page.head);
        if page.ended && page.position >= page.head {
            socket.positions.end(conversation_id);
        } else if live {
            for frame in receipts.into_iter().flatten() {
                socket.queue(frame);
            }
            socket
                .positions
                .receipts_recovered(conversation_id, page.receipt_version);
        }
        socket.flush(Instant::now());
    }
}

async fn read_page(
    app: App,
    caller: Caller,
    conversation_id: ConversationId,
    after: Option<u64>,
    receipts_seen: u64,
) -> Result<Page, ApiError> {
    let permit = app.catch_up_permits.acquire().await;
    let reader = Reader {
        user_id: caller.user_id,
        device_id: caller.device_id,
    };
    let now = app.clock.now();
    let page = app
        .store
        .read_log(reader, conversation_id, after, now)
        .await?;
    let Some(page) = page else {
        return Ok(Page::Nothing);
    };
    let mut receipts = None;
    if page.position >= page.head && !page.ended && page.receipt_version > receipts_seen {
        receipts = Some(present_receipts(&app, &caller, conversation_id).await?);
    }
    drop(permit);
    Ok(Page::Read { page, receipts })
}

/// The present receipt cursors of a conversation, as the events that would have told of them.
async fn present_receipts(
    app: &App,
    caller: &Caller,
    conversation_id: ConversationId,
) -> Result<Vec<bytes::Bytes>, ApiError> {
    let Some(roster) = app.rosters.get(conversation_id).await? else {
        return Ok(Vec::new());
    };
    let now = app.clock.now();
    let mut frames = Vec::new();
    let others_count =
        counts_receipts(&roster) && !roster.members.iter().any(|member| member.blocks_other);
    let open = |user_id| {
        roster
            .member(user_id)
            .is_some_and(|member| member.read_receipts)
    };
    for cursors in app.store.list_receipts(conversation_id).await? {
        let ReceiptCursors { user_id, .. } = cursors;
        if user_id == caller.user_id {
            let own = app.store.find_receipts(conversation_id, user_id).await?;
            if let Some((last_read_sequence, _, unread_count)) = own {
                let fields = json!({
                    "user_id": user_id,
                    "conversation_id": conversation_id,
                    "last_read_sequence": last_read_sequence,
                    "unread_count": unread_count,
                });
                frames.push(wire::event(EventKind::ConversationRead, now, fields));
            }
        } else if others_count {
            let delivered = cursors.last_delivered_message.map(|id| {
                let at = (id, cursors.last_delivered_sequence);
                wire::receipt(conversation_id, user_id, ReceiptKind::Delivered, at, now)
            });
            frames.extend(delivered);
            if open(user_id) && open(caller.user_id) {
                let read = cursors.last_read_message.map(|id| {
                    let at = (id, cursors.last_read_sequence);
                    wire::receipt(conversation_id, user_id, ReceiptKind::Read, at, now)
                });
                frames.extend(read);
            }
        }
    }
    Ok(frames)
}
