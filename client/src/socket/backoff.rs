//! Whether and when to come back after a connection has ended. Pure: randomness comes in.
//!
//! Close codes 4000–4399 and broken connections come back, 4400–4499 do not, except 4401 (and 401
//! on the upgrade), which is tried once more with a renewed token. Pauses grow exponentially with
//! full jitter, so that ten thousand clients of a node that died do not come back at once.

use std::time::Duration;

use sentinal_protocol::CloseCode;

/// Upper end of the first pause.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
/// Upper end of every pause.
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Longest pause that a server may ask for.
const ASKED_MAX: Duration = Duration::from_mins(5);

/// How a connection ended, or an attempt at one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The server closed it.
    Closed {
        /// Close code.
        code: u16,
        /// The words in the close frame.
        reason: String,
    },
    /// The server refused the upgrade.
    Refused {
        /// HTTP status.
        status: u16,
        /// From `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// It broke, fell silent, or could not be made.
    Broken,
    /// A hole in the revisions: this side left, to have them replayed.
    Hole,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Connect again after a pause.
    After(Duration),
    /// Renew the token, then connect at once.
    Refresh,
    /// Do not come back.
    Stop,
}

/// How often in a row it went wrong.
#[derive(Clone, Debug, Default)]
pub struct Backoff {
    attempts: u32,
    refreshed: bool,
    asked: Option<Duration>,
}

impl Backoff {
    /// The connection works (it got as far as `sync:complete`): the next failure is the first.
    pub fn settled(&mut self) {
        *self = Self::default();
    }

    /// The server has announced when to come back (`server:draining`).
    pub fn asked_to_wait(&mut self, pause: Duration) {
        self.asked = Some(pause.min(ASKED_MAX));
    }

    /// The token could not be renewed because the server could not be asked: there is another try.
    pub fn not_refreshed(&mut self) {
        self.refreshed = false;
    }

    /// Decides. `jitter` is random, from 0 to 1.
    pub fn next(&mut self, ended: &Ended, jitter: f64) -> Next {
        let asked = self.asked.take();
        match ended {
            Ended::Closed { code, reason } => match code {
                _ if *code == CloseCode::Unauthorized.number() => self.refresh_once(),
                4400..=4499 => Next::Stop,
                _ => self.pause(reconnect_after(reason).or(asked), jitter),
            },
            Ended::Refused {
                status,
                retry_after,
            } => match status {
                401 => self.refresh_once(),
                408 | 429 | 500..=599 => self.pause(*retry_after, jitter),
                _ => Next::Stop,
            },
            Ended::Broken => self.pause(asked, jitter),
            Ended::Hole => Next::After(Duration::ZERO),
        }
    }

    fn refresh_once(&mut self) -> Next {
        if self.refreshed {
            Next::Stop
        } else {
            self.refreshed = true;
            Next::Refresh
        }
    }

    fn pause(&mut self, asked: Option<Duration>, jitter: f64) -> Next {
        let ceiling = PAUSE_FIRST
            .saturating_mul(2_u32.saturating_pow(self.attempts))
            .min(PAUSE_MAX);
        self.attempts = self.attempts.saturating_add(1);
        // The server spreads the pauses that it asks for by itself.
        let jittered = || ceiling.mul_f64(jitter.clamp(0.0, 1.0));
        Next::After(asked.map_or_else(jittered, |pause| pause.min(ASKED_MAX)))
    }
}

/// Reads `reconnect_after_ms` from the words of a close frame, however they are put.
fn reconnect_after(reason: &str) -> Option<Duration> {
    let (_, rest) = reason.split_once("reconnect_after_ms")?;
    let digits = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    let millis = digits.get(..end)?.parse().ok()?;
    Some(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn closed(code: CloseCode, reason: &str) -> Ended {
        Ended::Closed {
            code: code.number(),
            reason: reason.to_owned(),
        }
    }

    #[test]
    fn every_close_code_comes_back_or_not_as_its_number_says() {
        for &code in CloseCode::ALL {
            let next = Backoff::default().next(&closed(code, code.reason()), 0.5);
            match code {
                CloseCode::Unauthorized => assert_eq!(next, Next::Refresh),
                _ if code.comes_back() => assert!(matches!(next, Next::After(_)), "{code:?}"),
                _ => assert_eq!(next, Next::Stop, "{code:?}"),
            }
        }
    }

    #[test]
    fn the_token_is_renewed_once_until_a_connection_works() {
        let unauthorized = closed(CloseCode::Unauthorized, "");
        let refused = Ended::Refused {
            status: 401,
            retry_after: None,
        };
        let mut backoff = Backoff::default();
        assert_eq!(backoff.next(&unauthorized, 0.5), Next::Refresh);
        assert_eq!(backoff.next(&refused, 0.5), Next::Stop);
        backoff.settled();
        assert_eq!(backoff.next(&refused, 0.5), Next::Refresh);
        backoff.not_refreshed();
        assert_eq!(backoff.next(&refused, 0.5), Next::Refresh);
    }

    #[test]
    fn a_pause_that_the_server_asks_for_is_kept() {
        let mut backoff = Backoff::default();
        for reason in [
            r#"{"reconnect_after_ms":1500}"#,
            "draining; reconnect_after_ms=1500",
        ] {
            let next = backoff.next(&closed(CloseCode::Draining, reason), 0.0);
            assert_eq!(next, Next::After(Duration::from_millis(1500)));
        }
        backoff.asked_to_wait(Duration::from_millis(700));
        let next = backoff.next(&closed(CloseCode::Draining, "draining"), 0.0);
        assert_eq!(next, Next::After(Duration::from_millis(700)));
        let refused = Ended::Refused {
            status: 429,
            retry_after: Some(Duration::from_secs(3)),
        };
        assert_eq!(
            backoff.next(&refused, 0.0),
            Next::After(Duration::from_secs(3))
        );
    }

    proptest! {
        #[test]
        fn a_pause_is_below_its_ceiling_and_the_ceiling_doubles_to_its_end(
            failures in 0..40_u32, jitter in 0.0..1.0_f64
        ) {
            let mut backoff = Backoff::default();
            for _ in 0..failures {
                backoff.next(&Ended::Broken, jitter);
            }
            let ceiling = PAUSE_FIRST.saturating_mul(2_u32.saturating_pow(failures)).min(PAUSE_MAX);
            let Next::After(pause) = backoff.next(&Ended::Broken, jitter) else {
                return Err(TestCaseError::fail("a broken connection comes back"));
            };
            prop_assert!(pause <= ceiling);
            prop_assert_eq!(pause, ceiling.mul_f64(jitter));
        }
    }
}
