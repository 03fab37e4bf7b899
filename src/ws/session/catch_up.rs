//! Reading the log: page after page, until the socket is live again in every conversation.

use std::time::Instant;

use actix::prelude::*;
use sentinal_actors::rosters::counts_receipts;
use sentinal_actors::socket::CATCH_UP_BELOW_BYTES;
use sentinal_actors::wire;
use sentinal_app::{ApiError, App, Caller};
use sentinal_protocol::ConversationId;
use sentinal_protocol::event::ConversationRead;
use sentinal_store::{LogPage, Reader, ReceiptCursors, ReceiptKind, with_budget};

use super::{Session, Stage};

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
        ctx.spawn(
            with_budget(read)
                .into_actor(self)
                .map(move |page, session, ctx| {
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
                }),
        );
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
    let _permit = app.catch_up_permits.acquire().await;
    // Boxed, so that whoever waits does not hold what reading takes.
    Box::pin(read_permitted(
        &app,
        &caller,
        conversation_id,
        after,
        receipts_seen,
    ))
    .await
}

async fn read_permitted(
    app: &App,
    caller: &Caller,
    conversation_id: ConversationId,
    after: Option<u64>,
    receipts_seen: u64,
) -> Result<Page, ApiError> {
    let reader = Reader {
        user_id: caller.user_id,
        device_id: caller.device_id,
    };
    let now = app.live.node.clock.now();
    let page = app
        .live
        .node
        .store
        .read_log(reader, conversation_id, after, now)
        .await?;
    let Some(page) = page else {
        return Ok(Page::Nothing);
    };
    let mut receipts = None;
    if page.position >= page.head && !page.ended && page.receipt_version > receipts_seen {
        receipts = Some(present_receipts(app, caller, conversation_id).await?);
    }
    Ok(Page::Read { page, receipts })
}

/// The present receipt cursors of a conversation, as the events that would have told of them.
async fn present_receipts(
    app: &App,
    caller: &Caller,
    conversation_id: ConversationId,
) -> Result<Vec<bytes::Bytes>, ApiError> {
    let Some(roster) = app.live.node.rosters.get(conversation_id).await? else {
        return Ok(Vec::new());
    };
    let now = app.live.node.clock.now();
    let mut frames = Vec::new();
    let own = app
        .live
        .node
        .store
        .find_receipts(conversation_id, caller.user_id, now)
        .await?;
    if let Some((last_read_sequence, _, unread_count)) = own {
        let event = ConversationRead {
            user_id: caller.user_id,
            conversation_id,
            last_read_sequence,
            unread_count,
            account_revision: None,
        };
        frames.push(wire::event(now, &event));
    }
    if !counts_receipts(&roster) {
        // In a large group the cursors of all its members would be read for nothing.
        return Ok(frames);
    }
    let store = &app.live.node.store;
    let shown = store.list_receipts(conversation_id, caller.user_id).await?;
    for ReceiptCursors {
        user_id,
        read,
        delivered,
    } in shown
    {
        for (kind, cursor) in [
            (ReceiptKind::Delivered, delivered),
            (ReceiptKind::Read, read),
        ] {
            if let Some((number, Some(id))) = cursor {
                let at = (id, number);
                frames.push(wire::receipt(conversation_id, user_id, kind, at, now));
            }
        }
    }
    Ok(frames)
}
