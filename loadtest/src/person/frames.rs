//! What comes on a socket, judged.

use actix::Context;
use sentinal_client::{RawFrame, Span};
use sentinal_protocol::ConversationId;
use sentinal_protocol::api::messages::SentMessage;
use sentinal_protocol::event::{Durable, MessageNew, OkAnswer, ServerEvent, ServerFrame};

use super::Person;
use super::connection::{Asked, OWN_IDS};
use crate::board::{Fault, now_us};
use crate::checks::Judged;
use crate::outbox::Noted;
use crate::payload::Stamp;
use crate::scenario::Script;

impl Person {
    /// Judges one frame.
    pub(super) fn frame_came(&mut self, frame: RawFrame, ctx: &mut Context<Self>) {
        self.world.board.frames.add(1);
        match frame {
            RawFrame::Frame(frame) => self.take(&frame, ctx),
            RawFrame::Other(bytes) => {
                let number = self.number;
                self.world.board.fault(Fault::Undecodable, || {
                    format!("person {number}: {} bytes that are no frame", bytes.len())
                });
            }
            // The connection's own business.
            RawFrame::Closed(..) => {}
        }
    }

    fn take(&mut self, frame: &ServerFrame, ctx: &mut Context<Self>) {
        if let Some(span) = Span::of(frame)
            && !self.is_new(span, frame.replay, ctx)
        {
            return;
        }
        match &frame.event {
            ServerEvent::MessageNew(Durable { place, entry }) => {
                let (id, revision) = (place.conversation_id, place.revision);
                self.message_came(id, revision, entry, frame.replay);
            }
            ServerEvent::Ok(answer) => self.answered(answer, ctx),
            ServerEvent::Error(error) => self.refused(error, ctx),
            ServerEvent::SyncComplete(_) => self.caught_up(ctx),
            ServerEvent::TypingStarted(_) => self.world.board.typing.add(1),
            ServerEvent::CallOffer(offer) => self.call_offered(&offer.0),
            ServerEvent::CallAnswer(answer) => self.call_answered(&answer.0, ctx),
            ServerEvent::CallEnded(ended) if self.calling == Some(ended.call_id) => {
                self.calling = None;
            }
            ServerEvent::Unknown { kind, .. } => {
                let number = self.number;
                self.world.board.fault(Fault::Undecodable, || {
                    format!("person {number}: a frame `{kind}` that cannot be read")
                });
            }
            // The rest of what a server says asks for nothing.
            _ => {}
        }
    }

    /// Judges the revision of a durable frame; whether what it tells is to be looked at.
    fn is_new(&mut self, span: Span, replay: bool, ctx: &mut Context<Self>) -> bool {
        let judged = self.log.receive(span, replay);
        let (number, id, revision) = (self.number, span.conversation_id, span.last);
        match judged {
            // Holes are counted at the end: what is missing may come late.
            Judged::Next | Judged::Hole(_) => {}
            Judged::OutOfOrder => self.world.board.fault(Fault::OutOfOrder, || {
                format!("person {number}, conversation {id}: revision {revision} came late")
            }),
            Judged::Doubled => {
                self.world.board.fault(Fault::Doubled, || {
                    format!("person {number}, conversation {id}: revision {revision} came twice")
                });
                return false;
            }
        }
        self.acknowledge_soon(ctx);
        true
    }

    fn message_came(
        &mut self,
        id: ConversationId,
        revision: u64,
        message: &MessageNew,
        replay: bool,
    ) {
        let named = message.client_message_id.as_deref();
        let named = named.and_then(|text| self.world.read_message_id(text));
        if message.sender_id == self.user_id {
            if let Some((_, number)) = named
                && self.outbox.echoed(number, revision) == Noted::Doubled
            {
                let person = self.number;
                self.world.board.fault(Fault::Doubled, || {
                    format!("person {person}, message {number}: stored twice or under another revision than {revision}")
                });
            }
            return;
        }
        self.log.message_came(id, message.message_id);
        let Some(named) = named else { return };
        let board = &self.world.board;
        board.delivered.add(1);
        let key = message.recipient_device_id.as_deref();
        let key = key.map_or(id.0.as_bytes().as_slice(), str::as_bytes);
        let is_own = message.recipient_device_id.as_deref();
        let is_own = is_own.is_none_or(|device| device == self.device_id);
        let stamp = message.content.as_ref();
        let stamp = stamp.and_then(|content| Stamp::open(content, key));
        let stamp = stamp.filter(|it| is_own && (it.sender, it.number) == named);
        let Some(stamp) = stamp else {
            let number = self.number;
            board.fault(Fault::Undecodable, || {
                format!("person {number}, conversation {id}: the content of revision {revision} cannot be read")
            });
            return;
        };
        if replay {
            board.replayed.add(1);
            return;
        }
        // Who reads slowly on purpose measures itself.
        if self.script == Script::SlowReader {
            return;
        }
        let took = now_us().saturating_sub(stamp.intended_us);
        board.arrival.record(took);
        if took > self.world.scenario.late_after_ms.saturating_mul(1_000) {
            let number = self.number;
            board.fault(Fault::Late, || {
                format!(
                    "person {number}, conversation {id}: revision {revision} came after {} ms",
                    took / 1_000
                )
            });
        }
    }

    fn caught_up(&mut self, ctx: &mut Context<Self>) {
        let board = &self.world.board;
        if let Some(link) = &mut self.link
            && !link.live
        {
            link.live = true;
            board.live.add(1);
        }
        if self.arrived {
            board.returns.add(1);
        } else {
            self.arrived = true;
            board.arrived.add(1);
        }
        self.mark_again();
        self.send_what_waits(ctx);
    }

    fn answered(&mut self, answer: &OkAnswer, ctx: &mut Context<Self>) {
        let asked = answer.id.as_u64();
        let asked = asked.and_then(|id| self.link.as_mut()?.asked.remove(&id));
        let (number, board) = (self.number, &self.world.board);
        match asked {
            None if answer.id.as_u64().is_some_and(|id| id <= OWN_IDS) => {}
            None => board.fault(Fault::Doubled, || {
                format!("person {number}: an answer came twice")
            }),
            Some(Asked::Mark(id)) => self.log.marked(id),
            Some(Asked::Send(message)) => {
                let sent = answer.data.as_deref();
                let sent =
                    sent.and_then(|data| serde_json::from_str::<SentMessage>(data.get()).ok());
                let Some(sent) = sent else {
                    board.fault(Fault::Undecodable, || {
                        format!("person {number}: the answer to message {message} cannot be read")
                    });
                    self.outbox.again(message);
                    return;
                };
                match self.outbox.answered(message, sent.revision) {
                    Noted::Right(intended) => {
                        board.open.sub(1);
                        board.answered.add(1);
                        board.answer.record(now_us().saturating_sub(intended.at_us));
                        board.reached(intended.conversation_id, sent.revision);
                    }
                    Noted::Doubled => board.fault(Fault::Doubled, || {
                        format!("person {number}, message {message}: answered twice or under another revision")
                    }),
                }
                self.send_what_waits(ctx);
            }
        }
    }
}
