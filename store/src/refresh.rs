//! What a refresh token is worth: the rotation of a login session's tokens as a pure function.
//!
//! A session's refresh tokens are numbered; the newest number is its *generation*. Using the
//! newest one makes the next. Its predecessor stays good, and yields the same successor again, until
//! anything of that successor has been used (it itself, or an access token that came with it) and a
//! while beyond: a phone may lose the answer, two tabs may race. Anything else can only be a copy. So
//! whoever keeps presenting a stolen token is found out soon after its owner goes on.

use std::time::Duration;

use sentinal_protocol::Timestamp;

/// How long a refresh token stays good after anything of its successor was first used.
pub const REFRESH_GRACE: Duration = Duration::from_mins(10);

/// How far a login session's refresh tokens have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationState {
    /// The number of the newest token.
    pub generation: u64,
    /// When anything of the token before the newest was first used. It was at the latest when the
    /// newest was made.
    pub used_at: Option<Timestamp>,
    /// When an access token that came with the newest was first used; `None` if none was.
    pub newest_used_at: Option<Timestamp>,
}

/// What to do about a presented refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It is the newest: make the next one.
    Rotate(RotationState),
    /// It was used before, and that is fine: answer the same successor, which has this number.
    SameSuccessor(u64),
    /// It is a copy of an old one: the whole login session must end.
    Reused,
    /// It is newer than anything this database has handed out (a backup was restored).
    Unknown,
}

impl RotationState {
    /// The state of a session that has just signed in.
    pub const fn new() -> Self {
        Self {
            generation: 0,
            used_at: None,
            newest_used_at: None,
        }
    }

    /// Decides about the token numbered `presented`, which is known to be genuine.
    pub fn present(self, presented: u64, now: Timestamp) -> Rotation {
        let Some(age) = self.generation.checked_sub(presented) else {
            return Rotation::Unknown;
        };
        let in_grace = |successor_used_at: Option<Timestamp>| {
            successor_used_at.is_none_or(|used_at| now <= used_at.plus(REFRESH_GRACE))
        };
        match age {
            0 => Rotation::Rotate(Self {
                generation: self.generation.saturating_add(1),
                used_at: Some(self.newest_used_at.map_or(now, |at| at.min(now))),
                newest_used_at: None,
            }),
            1 if in_grace(self.newest_used_at) => Rotation::SameSuccessor(self.generation),
            2 if in_grace(self.used_at) => Rotation::SameSuccessor(presented + 1),
            _ => Rotation::Reused,
        }
    }
}

impl Default for RotationState {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp(1_700_000_000_000);

    fn rotated(state: RotationState, now: Timestamp) -> RotationState {
        match state.present(state.generation, now) {
            Rotation::Rotate(next) => next,
            other => panic!("the newest rotates, not {other:?}"),
        }
    }

    #[test]
    fn the_predecessor_yields_the_same_successor_until_ten_minutes_after_that_was_used() {
        let first = rotated(RotationState::new(), START);
        let years_later = START.plus(Duration::from_secs(100_000_000));
        assert_eq!(first.present(0, years_later), Rotation::SameSuccessor(1));

        let second = rotated(first, years_later);
        let last_moment = years_later.plus(REFRESH_GRACE);
        assert_eq!(second.present(0, last_moment), Rotation::SameSuccessor(1));
        let too_late = last_moment.plus(Duration::from_millis(1));
        assert_eq!(second.present(0, too_late), Rotation::Reused);
        assert_eq!(second.present(1, too_late), Rotation::SameSuccessor(2));
    }

    #[test]
    fn an_access_token_of_the_successor_is_a_use_of_it() {
        let mut state = rotated(RotationState::new(), START);
        let used_at = START.plus(Duration::from_hours(1));
        state.newest_used_at = Some(used_at);
        let last_moment = used_at.plus(REFRESH_GRACE);
        assert_eq!(state.present(0, last_moment), Rotation::SameSuccessor(1));
        let too_late = last_moment.plus(Duration::from_millis(1));
        assert_eq!(state.present(0, too_late), Rotation::Reused);

        // A rotation does not lengthen the time of the one before.
        let next = rotated(state, too_late);
        assert_eq!(next.used_at, Some(used_at));
        assert_eq!(next.present(0, too_late), Rotation::Reused);
        assert_eq!(next.present(1, too_late), Rotation::SameSuccessor(2));
    }

    proptest! {
        /// A client that always presents the newest token it has got, and may lose any answer,
        /// is never taken for a thief, however long it waits between and whether or not it uses the
        /// access tokens that it got.
        #[test]
        fn an_honest_client_that_loses_answers_is_never_logged_out(
            walk in prop::collection::vec(
                (any::<bool>(), any::<bool>(), 0_u64..10_000_000),
                1..60,
            ),
        ) {
            let (mut state, mut has, mut now) = (RotationState::new(), 0, START);
            for (answer_arrives, uses_access, wait_ms) in walk {
                now = now.plus(Duration::from_millis(wait_ms));
                if uses_access && has == state.generation {
                    state.newest_used_at = state.newest_used_at.or(Some(now));
                }
                now = now.plus(Duration::from_millis(wait_ms));
                let successor = match state.present(has, now) {
                    Rotation::Rotate(next) => {
                        state = next;
                        next.generation
                    }
                    Rotation::SameSuccessor(number) => number,
                    other => return Err(TestCaseError::fail(format!("{other:?}"))),
                };
                prop_assert_eq!(successor, has + 1);
                if answer_arrives {
                    has = successor;
                }
            }
        }

        /// Two tabs share the newest token and may each still use the one before, within the
        /// grace: neither is logged out and both get the same token.
        #[test]
        fn two_tabs_racing_within_the_grace_end_with_the_same_token(
            walk in prop::collection::vec(0_u64..600_000, 1..30),
        ) {
            let (mut state, mut now) = (RotationState::new(), START);
            for wait_ms in walk {
                let shared = state.generation;
                state = rotated(state, now);
                state.newest_used_at = Some(now);
                now = now.plus(Duration::from_millis(wait_ms));
                prop_assert_eq!(
                    state.present(shared, now),
                    Rotation::SameSuccessor(state.generation)
                );
            }
        }

        /// Whatever happened, a copy that is three or more rotations old ends the session, and so
        /// does one that is younger once its successor was used and the grace is over.
        #[test]
        fn an_old_copy_is_always_found_out(
            generation in 3_u64..1_000,
            age in 1_u64..1_000,
            used_ms in 0_i64..1_000_000,
            wait_ms in 0_u64..2_000_000,
        ) {
            let used_at = Some(Timestamp(used_ms));
            let state = RotationState { generation, used_at, newest_used_at: used_at };
            let now = Timestamp(used_ms).plus(Duration::from_millis(wait_ms));
            let presented = generation.saturating_sub(age);
            let age = generation - presented;
            let expected = if age <= 2 && wait_ms <= 600_000 {
                Rotation::SameSuccessor(presented + 1)
            } else {
                Rotation::Reused
            };
            prop_assert_eq!(state.present(presented, now), expected);
        }

        /// A thief who has copied a token and presents it again and again, as often as he likes, is
        /// found out: soon after the owner has used anything of a newer one.
        #[test]
        fn a_stolen_token_that_polls_is_found_out(
            polls in prop::collection::vec(1_000_u64..60_000, 1_000),
            refreshes_first in any::<bool>(),
        ) {
            let (mut state, mut now) = (RotationState::new(), START);
            if refreshes_first {
                state = rotated(state, now);
            }
            // The owner goes on and uses what they got.
            let mut polled = 0;
            for wait_ms in polls {
                now = now.plus(Duration::from_millis(wait_ms));
                match state.present(0, now) {
                    Rotation::Rotate(next) => state = next,
                    Rotation::SameSuccessor(_) => {}
                    Rotation::Reused => return Ok(()),
                    Rotation::Unknown => return Err(TestCaseError::fail("unknown")),
                }
                state.newest_used_at = state.newest_used_at.or(Some(now));
                polled += wait_ms;
                prop_assert!(polled <= 700_000, "{state:?}");
            }
        }
    }
}
