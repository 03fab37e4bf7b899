//! How much of each kind a client may say on one socket. Every frame is charged here, in one place,
//! before anything is done for it; none is free, whether it is understood or not.
//!
//! Most kinds have a number per minute, above which they are refused, and ten times above which the
//! socket is closed. Acks and receipts of a device that catches up are many, and so may be sends: an
//! excess of these only slows down how fast the client is read from.

use std::time::{Duration, Instant};

use sentinal_app::Quota;
use sentinal_protocol::frame::FrameKind;
use sentinal_protocol::limits::SIGNALS_PER_MINUTE;

/// So many times a limit is abuse.
const ABUSE_FACTOR: u32 = 10;
const MINUTE: Duration = Duration::from_mins(1);
/// Acks and receipts per minute that are read at once.
const MARKS: Quota = Quota {
    requests: 6_000,
    period: MINUTE,
};
/// A client that is slowed down is not read from for so long at least, so that its excess does not
/// come one frame per timer.
const PAUSE_MIN: Duration = Duration::from_millis(50);

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// A text frame of this kind.
    Frame(FrameKind),
    /// A text frame that no kind is known of.
    Unknown,
    /// A ping or pong of the WebSocket itself.
    Control,
}

/// What becomes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charge {
    /// It is handled.
    Within,
    /// It is handled, and the client is not read from for so long.
    Slowed(Duration),
    /// It is refused; there is room again after this time.
    Above(Duration),
    /// The socket is closed.
    Abuse,
}

/// Kinds with a number per minute.
#[derive(Clone, Copy)]
enum Counted {
    Typing,
    Presence,
    Pings,
    Signals,
    Auths,
    Syncs,
    Unknown,
    Control,
}

impl Counted {
    /// How many there are.
    const COUNT: usize = 8;

    /// Frames per minute.
    fn most(self) -> u32 {
        match self {
            Self::Typing | Self::Pings | Self::Unknown | Self::Control => 60,
            Self::Presence => 30,
            Self::Signals => SIGNALS_PER_MINUTE.into(),
            Self::Auths | Self::Syncs => 10,
        }
    }
}

/// What is slowed down and never refused.
#[derive(Clone, Copy)]
struct Flow {
    interval: Duration,
    burst: Duration,
    /// When nothing of it is taken any more (GCRA's "theoretical arrival time").
    free_at: Instant,
}

impl Flow {
    fn new(quota: Quota, now: Instant) -> Self {
        Self {
            interval: quota.period / quota.requests.max(1),
            burst: quota.period,
            free_at: now,
        }
    }

    fn take(&mut self, now: Instant) -> Charge {
        self.free_at = self.free_at.max(now) + self.interval;
        let above = self.free_at.duration_since(now).checked_sub(self.burst);
        match above {
            Some(above) if !above.is_zero() => Charge::Slowed(above.max(PAUSE_MIN)),
            Some(_) | None => Charge::Within,
        }
    }
}

/// The budgets of one socket.
pub(super) struct Budgets {
    since: Instant,
    counts: [u32; Counted::COUNT],
    marks: Flow,
    /// Without a limit of messages there is none of sends either.
    sends: Option<Flow>,
}

impl Budgets {
    /// Whole ones. `messages` is what the user may send, repeats and refusals not counted.
    pub(super) fn new(messages: Option<Quota>, now: Instant) -> Self {
        let sends = messages.map(|quota| Quota {
            requests: quota.requests.saturating_mul(ABUSE_FACTOR),
            ..quota
        });
        Self {
            since: now,
            counts: [0; Counted::COUNT],
            marks: Flow::new(MARKS, now),
            sends: sends.map(|quota| Flow::new(quota, now)),
        }
    }

    /// Charges a frame.
    pub(super) fn charge(&mut self, said: Said, now: Instant) -> Charge {
        let kind = match said {
            Said::Frame(kind) => kind,
            Said::Unknown => return self.count(Counted::Unknown, now),
            Said::Control => return self.count(Counted::Control, now),
        };
        match kind {
            FrameKind::TypingStarted | FrameKind::TypingStopped => self.count(Counted::Typing, now),
            FrameKind::PresenceOnline | FrameKind::PresenceAway | FrameKind::PresenceBusy => {
                self.count(Counted::Presence, now)
            }
            FrameKind::Ping => self.count(Counted::Pings, now),
            FrameKind::CallOffer
            | FrameKind::CallAnswer
            | FrameKind::CallIce
            | FrameKind::CallDecline
            | FrameKind::CallEnd => self.count(Counted::Signals, now),
            FrameKind::Auth => self.count(Counted::Auths, now),
            FrameKind::Sync => self.count(Counted::Syncs, now),
            FrameKind::MessageSend | FrameKind::ControlSend => match &mut self.sends {
                Some(sends) => sends.take(now),
                None => Charge::Within,
            },
            FrameKind::Ack | FrameKind::MessageDelivered | FrameKind::MessageRead => {
                self.marks.take(now)
            }
        }
    }

    fn count(&mut self, what: Counted, now: Instant) -> Charge {
        if now.duration_since(self.since) >= MINUTE {
            self.since = now;
            self.counts = [0; Counted::COUNT];
        }
        let Some(count) = self.counts.get_mut(what as usize) else {
            return Charge::Abuse;
        };
        *count = count.saturating_add(1);
        match *count {
            n if n > what.most() * ABUSE_FACTOR => Charge::Abuse,
            n if n > what.most() => {
                Charge::Above(MINUTE.saturating_sub(now.duration_since(self.since)))
            }
            _ => Charge::Within,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOD: u32 = 100_000;

    fn quota(requests: u32) -> Quota {
        Quota {
            requests,
            period: MINUTE,
        }
    }

    /// Of a flood of each kind, within one minute: how many are handled before the socket closes, or
    /// how long the client is not read from.
    #[test]
    fn no_kind_of_frame_is_free() {
        let kinds = FrameKind::ALL.iter().map(|kind| Said::Frame(*kind));
        for said in kinds.chain([Said::Unknown, Said::Control]) {
            let now = Instant::now();
            let mut budgets = Budgets::new(Some(quota(30)), now);
            let (mut handled, mut refused, mut read_at) = (0, 0, now);
            for _ in 0..FLOOD {
                match budgets.charge(said, read_at) {
                    Charge::Within => handled += 1,
                    Charge::Slowed(pause) => {
                        handled += 1;
                        read_at += pause;
                    }
                    Charge::Above(_) => refused += 1,
                    Charge::Abuse => break,
                }
            }
            let paused = read_at - now;
            match said {
                Said::Frame(
                    FrameKind::Ack | FrameKind::MessageDelivered | FrameKind::MessageRead,
                ) => {
                    assert_eq!((handled, refused), (FLOOD, 0), "{said:?}");
                    // What a whole budget allows at once, and then six thousand a minute.
                    let least = MINUTE * (FLOOD - MARKS.requests) / MARKS.requests;
                    assert!(paused + MINUTE / 60 >= least, "{said:?}: {paused:?}");
                }
                Said::Frame(FrameKind::MessageSend | FrameKind::ControlSend) => {
                    assert_eq!((handled, refused), (FLOOD, 0));
                    assert!(paused + MINUTE / 60 >= MINUTE * (FLOOD - 300) / 300);
                }
                Said::Frame(_) | Said::Unknown | Said::Control => {
                    assert!(handled <= 300, "{said:?}: {handled}");
                    assert_eq!(refused, handled * (ABUSE_FACTOR - 1), "{said:?}");
                }
            }
        }
    }

    #[test]
    fn kinds_do_not_use_up_each_others_budget_and_a_minute_later_all_are_whole() {
        let now = Instant::now();
        let mut budgets = Budgets::new(None, now);
        let typing = Said::Frame(FrameKind::TypingStarted);
        let later = now + Duration::from_secs(20);
        for _ in 0..60 {
            assert_eq!(budgets.charge(typing, now), Charge::Within);
        }
        assert_eq!(
            budgets.charge(typing, later),
            Charge::Above(Duration::from_secs(40))
        );
        let ping = Said::Frame(FrameKind::Ping);
        assert_eq!(budgets.charge(ping, later), Charge::Within);
        assert_eq!(budgets.charge(typing, now + MINUTE), Charge::Within);
    }

    #[test]
    fn where_messages_have_no_limit_sends_have_none() {
        let now = Instant::now();
        let mut budgets = Budgets::new(None, now);
        let send = Said::Frame(FrameKind::MessageSend);
        assert!((0..FLOOD).all(|_| budgets.charge(send, now) == Charge::Within));
    }
}
