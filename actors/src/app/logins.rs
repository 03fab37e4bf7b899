//! Login sessions in use: whose a token is, tickets, ending sessions.
//!
//! Every request asks whether its login session lives. The answer is remembered for a few seconds,
//! and forgotten at once when something of that user's ends here or, over the bus, elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use moka::sync::Cache;
use sentinal_protocol::api::auth::{LoginSessions, Ticket};
use sentinal_protocol::{DeviceId, ErrorCode, LoginSessionId, Timestamp, UserId};
use sentinal_store::{LiveLogin, SeenLogin};
use serde::{Deserialize, Serialize};

use super::tokens::OneTimeSecret;
use super::{ApiError, App, Caller};

/// How long a node that missed a revocation may go on believing in a session.
const REMEMBERED: Duration = Duration::from_secs(5);
/// Sessions remembered at once; 200 bytes each.
const REMEMBERED_MAX: u64 = 100_000;
/// How old the noted use of a login session may become while it is in use.
const SEEN_EVERY: Duration = Duration::from_mins(1);
/// Life of a ticket.
const TICKET_LIFETIME: Duration = Duration::from_secs(30);

/// What has ended; whoever hears of it closes the sockets concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revocation {
    /// One login session: 4401.
    LoginSession(LoginSessionId),
    /// A device was removed, and its login session with it: 4404.
    Device(DeviceId),
    /// All login sessions of the user but one: 4401.
    User {
        /// Whose.
        user_id: UserId,
        /// The one that goes on.
        except: Option<LoginSessionId>,
    },
}

/// The login sessions seen alive lately.
pub(crate) struct Logins {
    alive: Cache<LoginSessionId, Remembered>,
    /// Per user, the number of the last revocation.
    ended: Cache<UserId, u64>,
    revocations: AtomicU64,
    /// Sessions whose last use is still to be written.
    seen: DashMap<LoginSessionId, SeenLogin>,
}

#[derive(Clone)]
struct Remembered {
    user_id: UserId,
    device_id: DeviceId,
    device_name: Arc<str>,
    /// How many revocations there had been before the database was asked.
    as_of: u64,
}

impl Logins {
    pub(crate) fn new() -> Self {
        Self {
            alive: Cache::builder()
                .max_capacity(REMEMBERED_MAX)
                .time_to_live(REMEMBERED)
                .build(),
            // Kept for longer than anything that it outdates.
            ended: Cache::builder()
                .max_capacity(REMEMBERED_MAX)
                .time_to_live(REMEMBERED * 2)
                .build(),
            revocations: AtomicU64::new(0),
            seen: DashMap::new(),
        }
    }

    /// Notes that a session is in use.
    fn mark_seen(&self, seen: SeenLogin) {
        self.seen.insert(seen.id, seen);
    }

    fn find(&self, id: LoginSessionId) -> Option<Remembered> {
        let found = self.alive.get(&id)?;
        let outdated = self
            .ended
            .get(&found.user_id)
            .is_some_and(|ended| ended > found.as_of);
        (!outdated).then_some(found)
    }

    /// Call it before asking the database what is then remembered.
    fn as_of(&self) -> u64 {
        self.revocations.load(Ordering::SeqCst)
    }

    fn remember(&self, id: LoginSessionId, login: LiveLogin, as_of: u64) -> Remembered {
        let remembered = Remembered {
            user_id: login.user_id,
            device_id: login.device_id,
            device_name: login.device_name.into(),
            as_of,
        };
        self.alive.insert(id, remembered.clone());
        remembered
    }

    /// Whatever was read about the user before this moment counts no more.
    pub(crate) fn forget(&self, user_id: UserId) {
        let number = self.revocations.fetch_add(1, Ordering::SeqCst) + 1;
        self.ended.insert(user_id, number);
    }
}

impl App {
    /// Who an access token belongs to: 401 unless it verifies, has not run out, and its login
    /// session lives on an active device.
    pub async fn authenticate(&self, token: &str) -> Result<Caller, ApiError> {
        let now = self.clock.now();
        let claims = self
            .auth
            .tokens
            .read_access(token, now)
            .ok_or_else(ApiError::unauthorized)?;
        let caller = self.caller_of(claims.sid, claims.expires_at(), now).await?;
        if caller.user_id == claims.sub && caller.device_id == claims.did {
            Ok(caller)
        } else {
            Err(ApiError::unauthorized())
        }
    }

    /// A ticket with which a page can open one WebSocket, so that no token stands in a URL.
    pub async fn issue_ticket(&self, caller: &Caller) -> Result<Ticket, ApiError> {
        let now = self.clock.now();
        // The socket lives no longer than the token that it was asked for with.
        let secret = OneTimeSecret::new(&caller.expires_at.millis().to_be_bytes());
        self.store
            .insert_ticket(
                &secret.hash,
                caller.session_id,
                now.plus(TICKET_LIFETIME),
                now,
            )
            .await?;
        Ok(Ticket {
            ticket: secret.text,
            expires_in: TICKET_LIFETIME.as_secs(),
        })
    }

    /// Who a ticket belongs to. It is used up, whatever comes of it.
    pub async fn redeem_ticket(&self, ticket: &str) -> Result<Caller, ApiError> {
        let now = self.clock.now();
        let expires_at = OneTimeSecret::attachment(ticket)
            .and_then(|bytes| bytes.try_into().ok())
            .map(|bytes| Timestamp(i64::from_be_bytes(bytes)))
            .ok_or_else(ApiError::unauthorized)?;
        let session_id = self
            .store
            .claim_ticket(&OneTimeSecret::hash(ticket), now)
            .await?
            .ok_or_else(ApiError::unauthorized)?;
        if expires_at <= now {
            return Err(ApiError::unauthorized());
        }
        self.caller_of(session_id, expires_at, now).await
    }

    /// Whether the caller's login session lives still. A socket asks once more when it is in the
    /// directory: a revocation that came just before did not find it there.
    pub(crate) async fn is_live(&self, caller: &Caller) -> Result<bool, ApiError> {
        let now = self.clock.now();
        match self
            .caller_of(caller.session_id, caller.expires_at, now)
            .await
        {
            Ok(_) => Ok(true),
            Err(error) if error.code == ErrorCode::Unauthorized => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn caller_of(
        &self,
        session_id: LoginSessionId,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Caller, ApiError> {
        let logins = &self.auth.logins;
        let login = if let Some(login) = logins.find(session_id) {
            login
        } else {
            let as_of = logins.as_of();
            let login = self.store.find_live_login(session_id, now).await?;
            let login = login.ok_or_else(ApiError::unauthorized)?;
            if now.since(login.last_active_at) >= SEEN_EVERY {
                logins.mark_seen(SeenLogin {
                    id: session_id,
                    device_id: login.device_id,
                    at: now,
                });
            }
            logins.remember(session_id, login, as_of)
        };
        Ok(Caller {
            user_id: login.user_id,
            device_id: login.device_id,
            device_name: login.device_name,
            session_id,
            expires_at,
        })
    }

    /// Notes that the caller's login session is in use: a socket was opened.
    pub(crate) fn mark_seen(&self, caller: &Caller) {
        self.auth.logins.mark_seen(SeenLogin {
            id: caller.session_id,
            device_id: caller.device_id,
            at: self.clock.now(),
        });
    }

    /// Writes down which login sessions were used.
    pub(crate) async fn flush_seen(&self) -> Result<(), ApiError> {
        let waiting = &self.auth.logins.seen;
        let seen: Vec<SeenLogin> = waiting.iter().map(|entry| *entry.value()).collect();
        if seen.is_empty() {
            return Ok(());
        }
        self.store.mark_logins_seen(&seen).await?;
        for seen in seen {
            // One that was used again meanwhile waits for the next time.
            waiting.remove_if(&seen.id, |_, newest| *newest == seen);
        }
        Ok(())
    }

    /// Ends one of the caller's login sessions, the present one unless named; 404 if it is not
    /// theirs.
    pub async fn logout(
        &self,
        caller: &Caller,
        session_id: Option<LoginSessionId>,
    ) -> Result<(), ApiError> {
        let session_id = session_id.unwrap_or(caller.session_id);
        let now = self.clock.now();
        if !self
            .store
            .revoke_login(caller.user_id, session_id, now)
            .await?
        {
            return Err(ApiError::not_found("login session"));
        }
        self.revoked(caller.user_id, &Revocation::LoginSession(session_id));
        Ok(())
    }

    /// Ends all of the caller's login sessions, the present one included.
    pub async fn logout_all(&self, caller: &Caller) -> Result<(), ApiError> {
        self.revoke_all(caller.user_id, None).await
    }

    /// Ends all of the caller's login sessions but the present one.
    pub async fn revoke_other_sessions(&self, caller: &Caller) -> Result<(), ApiError> {
        self.revoke_all(caller.user_id, Some(caller.session_id))
            .await
    }

    async fn revoke_all(
        &self,
        user_id: UserId,
        except: Option<LoginSessionId>,
    ) -> Result<(), ApiError> {
        let now = self.clock.now();
        self.store.revoke_logins(user_id, except, now).await?;
        self.revoked(user_id, &Revocation::User { user_id, except });
        Ok(())
    }

    /// The caller's live login sessions, newest first.
    pub async fn list_sessions(&self, caller: &Caller) -> Result<LoginSessions, ApiError> {
        let now = self.clock.now();
        let sessions = self
            .store
            .list_login_sessions(caller.user_id, caller.session_id, now)
            .await?;
        Ok(LoginSessions { sessions })
    }

    /// Makes a revocation that the database knows take effect: tokens stop working at once and
    /// sockets close.
    pub(crate) fn revoked(&self, user_id: UserId, revocation: &Revocation) {
        self.auth.logins.forget(user_id);
        self.close_sockets(user_id, revocation);
        match revocation {
            Revocation::Device(device) => self.remove_from_calls(user_id, *device),
            Revocation::LoginSession(_) | Revocation::User { .. } => {
                self.log_out_of_calls(user_id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(user_id: UserId) -> LiveLogin {
        LiveLogin {
            user_id,
            device_id: DeviceId::new(Timestamp(0)),
            device_name: "phone".to_owned(),
            last_active_at: Timestamp(0),
        }
    }

    #[test]
    fn what_was_read_before_a_revocation_is_never_believed_after_it() {
        let logins = Logins::new();
        let (alice, bob) = (UserId::new(Timestamp(0)), UserId::new(Timestamp(0)));
        let (hers, his) = (
            LoginSessionId::new(Timestamp(0)),
            LoginSessionId::new(Timestamp(0)),
        );
        let as_of = logins.as_of();
        logins.remember(hers, login(alice), as_of);
        logins.remember(his, login(bob), as_of);
        assert!(logins.find(hers).is_some());

        logins.forget(alice);
        assert!(logins.find(hers).is_none());
        assert!(logins.find(his).is_some(), "others are not asked for again");

        // A read that began before the revocation arrives late.
        logins.remember(hers, login(alice), as_of);
        assert!(logins.find(hers).is_none());
        logins.remember(hers, login(alice), logins.as_of());
        assert!(logins.find(hers).is_some());
    }
}
