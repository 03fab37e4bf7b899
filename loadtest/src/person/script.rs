//! The scripts: what somebody does when.
//!
//! Messages are an open loop. When each one is to be sent follows from the rate alone, however the
//! server does: a server that stalls for a second is told of all the messages of that second, each
//! with the time at which it was due, so the stall shows in every one of them.

use std::time::Duration;

use actix::{AsyncContext as _, Context};
use rand::RngExt as _;
use sentinal_protocol::frame::{ClientFrame, Typing};

use super::{Person, Phase};
use crate::board::{as_us, now_us};
use crate::outbox::Intended;
use crate::scenario::Script;

/// A pause that stands for "never", where a rate is 0.
const NEVER: Duration = Duration::from_hours(24);
/// The longest time between two messages of a rate that is not 0.
const PAUSE_MAX: f64 = 24.0 * 3_600.0;
/// How long somebody types.
const TYPING: Duration = Duration::from_secs(1);

impl Person {
    /// Begins the script.
    pub(super) fn play(&mut self, ctx: &mut Context<Self>) {
        let rates = self.world.scenario.rates;
        let marks = self.pause(rates.marks_per_minute);
        ctx.run_later(marks, Self::mark_and_go_on);
        match self.script {
            Script::Idle => {}
            Script::Chatter => {
                self.next_message_us = now_us() + as_us(self.pause(rates.messages_per_minute));
                self.chat(ctx);
            }
            Script::Reader => {
                let present = self.part_of(rates.present_seconds);
                self.then(present, ctx, Self::go_away);
            }
            Script::SlowReader => {
                let present = self.part_of(rates.present_seconds);
                self.then(present, ctx, Self::stop_reading);
            }
            Script::Typer => {
                let pause = self.pause(rates.typing_per_minute);
                self.then(pause, ctx, Self::start_typing);
            }
            Script::Caller => {
                let pause = self.pause(rates.calls_per_minute);
                self.then(pause, ctx, Self::call);
            }
            Script::Newcomer => {
                let pause = self.pause(rates.newcomers_per_minute);
                self.then(pause, ctx, Self::welcome);
            }
        }
    }

    /// The next step of the script.
    pub(super) fn then(
        &mut self,
        pause: Duration,
        ctx: &mut Context<Self>,
        step: fn(&mut Self, &mut Context<Self>),
    ) {
        if self.phase == Phase::Playing {
            self.step = Some(ctx.run_later(pause, step));
        }
    }

    /// A random pause (exponentially distributed) of something that happens so often.
    pub(super) fn pause(&mut self, per_minute: f64) -> Duration {
        if per_minute <= 0.0 {
            return NEVER;
        }
        let random: f64 = self.rng.random_range(f64::EPSILON..1.0);
        Duration::from_secs_f64((-random.ln() * 60.0 / per_minute).min(PAUSE_MAX))
    }

    /// Somewhere around a time, so that not everybody moves at once.
    fn part_of(&mut self, seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds * self.rng.random_range(0.5..1.5))
    }

    fn mark_and_go_on(&mut self, ctx: &mut Context<Self>) {
        if self.phase != Phase::Playing {
            return;
        }
        self.mark_something();
        let pause = self.pause(self.world.scenario.rates.marks_per_minute);
        ctx.run_later(pause, Self::mark_and_go_on);
    }

    /// Takes every message whose time has come.
    fn chat(&mut self, ctx: &mut Context<Self>) {
        let rates = self.world.scenario.rates;
        let now = now_us();
        while self.next_message_us <= now {
            if let Some(conversation_id) = self.any_conversation(rates.group_share) {
                self.intend(Intended {
                    conversation_id,
                    at_us: self.next_message_us,
                });
            }
            // At least a microsecond, or the loop would not end.
            let pause = as_us(self.pause(rates.messages_per_minute)).max(1);
            self.next_message_us += pause;
        }
        self.send_what_waits(ctx);
        let pause = Duration::from_micros(self.next_message_us.saturating_sub(now_us()));
        self.then(pause, ctx, Self::chat);
    }

    fn go_away(&mut self, ctx: &mut Context<Self>) {
        self.away = true;
        self.hang_up();
        let away = self.part_of(self.world.scenario.rates.away_seconds);
        self.then(away, ctx, Self::return_and_read);
    }

    fn return_and_read(&mut self, ctx: &mut Context<Self>) {
        self.wake(ctx);
        let present = self.part_of(self.world.scenario.rates.present_seconds);
        self.then(present, ctx, Self::go_away);
    }

    fn stop_reading(&mut self, ctx: &mut Context<Self>) {
        self.paused = true;
        let slow = self.part_of(self.world.scenario.rates.slow_seconds);
        self.then(slow, ctx, Self::read_again);
    }

    fn read_again(&mut self, ctx: &mut Context<Self>) {
        self.wake(ctx);
        let present = self.part_of(self.world.scenario.rates.present_seconds);
        self.then(present, ctx, Self::stop_reading);
    }

    /// Is there, and reads.
    pub(super) fn wake(&mut self, ctx: &mut Context<Self>) {
        self.away = false;
        if std::mem::take(&mut self.paused) {
            self.read(ctx);
        }
        self.connect(ctx);
    }

    fn start_typing(&mut self, ctx: &mut Context<Self>) {
        if let Some(conversation_id) = self.any_conversation(0.0) {
            self.say(ClientFrame::TypingStarted(Typing { conversation_id }));
            ctx.run_later(TYPING, move |person, _| {
                person.say(ClientFrame::TypingStopped(Typing { conversation_id }));
            });
        }
        let pause = self.pause(self.world.scenario.rates.typing_per_minute);
        self.then(pause + TYPING, ctx, Self::start_typing);
    }

    /// Says something that nobody answers, if there is a connection.
    pub(super) fn say(&mut self, frame: ClientFrame) {
        if let Some(link) = self.link.as_mut().filter(|link| link.live) {
            // What finds no room is as good as not said.
            link.say(frame);
        }
    }
}
