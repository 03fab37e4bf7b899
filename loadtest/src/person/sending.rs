//! Sending: messages out of the outbox, what refusals mean, marks.

use std::time::Duration;

use actix::{ActorFutureExt as _, AsyncContext as _, Context, WrapFuture as _};
use rand::seq::IndexedRandom as _;
use sentinal_protocol::api::conversations::Participants;
use sentinal_protocol::api::messages::{Ciphertext, SendMessageRequest};
use sentinal_protocol::event::ErrorAnswer;
use sentinal_protocol::frame::{ClientFrame, FrameId, Mark};
use sentinal_protocol::{ConversationId, ConversationType, ErrorCode, UserId};

use super::Person;
use super::connection::Asked;
use crate::board::Fault;
use crate::outbox::Intended;
use crate::payload::Stamp;

/// Messages of one person that are on their way at once; the rest of the server's window is left to
/// marks and calls.
const WINDOW: usize = 48;
/// Pause before a refused send is repeated, unless the server names another one.
const AGAIN: Duration = Duration::from_millis(100);

/// Whom a conversation is encrypted for, as the server named it.
pub(super) struct Roster {
    version: u64,
    devices: Vec<(UserId, String)>,
}

impl Roster {
    fn of(participants: &Participants, own_device: &str, own: UserId) -> Self {
        let mut devices = Vec::new();
        for participant in &participants.participants {
            for device in &participant.devices {
                if participant.user_id != own || device.device_id != own_device {
                    devices.push((participant.user_id, device.device_id.clone()));
                }
            }
        }
        Self {
            version: participants.roster_version,
            devices,
        }
    }
}

impl Person {
    /// A conversation to write into.
    pub(super) fn any_conversation(&mut self, group_share: f64) -> Option<ConversationId> {
        let into_group = self.directs.is_empty()
            || !self.groups.is_empty() && rand::RngExt::random_bool(&mut self.rng, group_share);
        let from = if into_group {
            &self.groups
        } else {
            &self.directs
        };
        from.choose(&mut self.rng).copied()
    }

    /// Takes a message that is to be sent at this time, and sends what may be sent.
    pub(super) fn intend(&mut self, intended: Intended) {
        let (number, board) = (self.number, &self.world.board);
        board.intended.add(1);
        if self.outbox.intend(intended) {
            board.open.add(1);
        } else {
            board.fault(Fault::Unanswered, || {
                format!("person {number}: thousands of messages wait, one more was not sent")
            });
        }
    }

    /// Sends as much as the window lets through.
    pub(super) fn send_what_waits(&mut self, ctx: &mut Context<Self>) {
        if !self.link.as_ref().is_some_and(|link| link.live) {
            return;
        }
        while let Some((number, intended)) = self.outbox.next(WINDOW) {
            let Some(request) = self.request(number, intended) else {
                self.outbox.again(number);
                self.fetch_roster(intended.conversation_id, ctx);
                return;
            };
            let frame = ClientFrame::MessageSend(Box::new(request));
            let queued = self.link.as_mut();
            if !queued.is_some_and(|link| link.ask(frame, Asked::Send(number))) {
                self.outbox.again(number);
                return;
            }
        }
    }

    /// The message as it is sent; `None` if it is not known whom to encrypt for.
    fn request(&self, number: u64, intended: Intended) -> Option<SendMessageRequest> {
        let id = intended.conversation_id;
        let stamp = Stamp {
            run: self.world.run,
            intended_us: intended.at_us,
            sender: self.number as u64,
            number,
        };
        let bytes = self.world.scenario.bytes;
        let mut request = SendMessageRequest::new(id, Vec::new());
        request.client_message_id = Some(self.world.message_id(self.number, number));
        let seal = |(user_id, device_id): (UserId, &String)| Ciphertext {
            recipient_device_id: device_id.clone(),
            recipient_user_id: Some(user_id),
            ciphertext: stamp.seal(device_id.as_bytes(), bytes),
            header: None,
        };
        let known = self.world.conversation(id);
        let named = self.rosters.get(&id);
        let is_group = known.is_some_and(|it| it.kind == ConversationType::Group);
        if is_group {
            let version = named.map_or(known?.roster_version, |roster| roster.version);
            request.shared_ciphertext = Some(stamp.seal(id.0.as_bytes(), bytes));
            request.roster_version = Some(version);
        } else if let Some(roster) = named {
            let devices = roster.devices.iter();
            request.ciphertexts = devices
                .map(|(user, device)| seal((*user, device)))
                .collect();
        } else {
            let members = known?.members.iter().filter(|it| **it != self.number);
            let others = members.filter_map(|member| self.world.person(*member));
            request.ciphertexts = others.map(|it| seal((it.user_id, &it.device_id))).collect();
        }
        Some(request)
    }

    /// Asks whom to encrypt for, then sends again.
    fn fetch_roster(&mut self, id: ConversationId, ctx: &mut Context<Self>) {
        let client = self.client.clone();
        let asking = async move { client.participants(id).await };
        let then = move |asked, person: &mut Self, ctx: &mut Context<Self>| {
            if let Ok(participants) = asked {
                let roster = Roster::of(&participants, &person.device_id, person.user_id);
                person.rosters.insert(id, roster);
                person.send_what_waits(ctx);
            } else {
                person.world.board.refused("participants");
                ctx.run_later(AGAIN, Self::send_what_waits);
            }
        };
        ctx.spawn(asking.into_actor(self).map(then));
    }

    /// The server has refused something.
    pub(super) fn refused(&mut self, error: &ErrorAnswer, ctx: &mut Context<Self>) {
        let id = error.id.as_ref().and_then(FrameId::as_u64);
        let asked = id.and_then(|id| self.link.as_mut()?.asked.remove(&id));
        let board = &self.world.board;
        let number = match asked {
            Some(Asked::Send(number)) => number,
            Some(Asked::Mark(_)) => {
                board.refused(format!("mark: {}", error.code));
                self.log.marks_ended();
                ctx.run_later(AGAIN, |person, _| person.mark_again());
                return;
            }
            None => {
                board.refused(format!("frame: {}", error.code));
                return;
            }
        };
        board.refused(format!("send: {}", error.code));
        let code = ErrorCode::parse(&error.code);
        if matches!(
            code,
            Some(ErrorCode::DeviceMismatch | ErrorCode::RosterChanged)
        ) {
            let stale = self.outbox.conversation(number);
            self.outbox.again(number);
            if let Some(id) = stale {
                self.fetch_roster(id, ctx);
            }
            return;
        }
        let passes = code.is_some_and(|code| code.status() >= 500 || code.status() == 429);
        if !passes {
            if self.outbox.give_up(number) {
                board.open.sub(1);
            }
            return;
        }
        let pause = error.retry_after_ms.map_or(AGAIN, Duration::from_millis);
        ctx.run_later(pause, move |person, ctx| {
            person.outbox.again(number);
            person.send_what_waits(ctx);
        });
    }

    /// Marks a conversation with something unread as read.
    pub(super) fn mark_something(&mut self) {
        let all = self.directs.iter().chain(&self.groups);
        let unread = |id: &&ConversationId| {
            let place = self.log.place(**id);
            place.is_some_and(|place| place.unread > 0)
        };
        let unread: Vec<ConversationId> = all.filter(unread).copied().collect();
        let Some(id) = unread.choose(&mut self.rng).copied() else {
            return;
        };
        self.mark(id);
    }

    /// Marks again what is not known to be marked.
    pub(super) fn mark_again(&mut self) {
        for id in self.log.uncertain() {
            self.mark(id);
        }
    }

    fn mark(&mut self, id: ConversationId) {
        let Some(link) = self.link.as_mut().filter(|link| link.live) else {
            return;
        };
        if let Some(message_id) = self.log.begin_mark(id) {
            let frame = ClientFrame::MessageRead(Mark { message_id });
            if !link.ask(frame, Asked::Mark(id)) {
                self.log.marks_ended();
            }
        }
    }
}
