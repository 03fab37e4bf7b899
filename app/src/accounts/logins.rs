//! Login sessions in use: whose a token is, ending sessions.
//!
//! Every request asks whether its login session lives. The answer is remembered for a few seconds,
//! and forgotten at once when something of that user's ends here or, over the bus, elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use moka::sync::Cache;
use sentinal_actors::revocation::Revocation;
use sentinal_protocol::api::auth::LoginSessions;
use sentinal_protocol::{DeviceId, ErrorCode, LoginSessionId, Timestamp, UserId};
use sentinal_store::{FirstUse, LiveLogin, SeenLogin};

use super::{AccountService, Confirmation};
use crate::accounts::admission::Admission;
use crate::accounts::tokens::Claims;
use crate::{ApiError, Caller};

/// How long a node that missed a revocation may go on believing in a session.
const REMEMBERED: Duration = Duration::from_secs(5);
/// Sessions remembered at once; 200 bytes each.
const REMEMBERED_MAX: u64 = 100_000;
/// How old the noted use of a login session may become while it is in use.
const SEEN_EVERY: Duration = Duration::from_mins(1);

/// An access token whose signature and time were checked; whether its login session lives was not.
#[derive(Clone, Copy, Debug)]
pub struct AccessToken {
    user_id: UserId,
    device_id: DeviceId,
    session_id: LoginSessionId,
    expires_at: Timestamp,
    generation: Option<u64>,
}

impl From<Claims> for AccessToken {
    fn from(claims: Claims) -> Self {
        Self {
            user_id: claims.sub,
            device_id: claims.did,
            session_id: claims.sid,
            expires_at: claims.expires_at(),
            generation: claims.generation,
        }
    }
}

/// The login sessions looked for lately.
pub(crate) struct Logins {
    alive: Cache<LoginSessionId, Remembered>,
    /// Those that do not live: none of them comes back to life.
    dead: Cache<LoginSessionId, ()>,
    /// Per user, the number of the last revocation.
    ended: Cache<UserId, u64>,
    revocations: AtomicU64,
    /// Sessions whose last use is still to be written.
    seen: DashMap<LoginSessionId, SeenLogin>,
    /// Sessions of whose newest tokens the first use is still to be written.
    first_uses: DashMap<LoginSessionId, FirstUse>,
}

/// A login session that lives, as it was read lately.
#[derive(Clone)]
pub(super) struct Remembered {
    user_id: UserId,
    device_id: DeviceId,
    device_name: Arc<str>,
    /// How many revocations there had been before the database was asked.
    as_of: u64,
    /// One more than the number of the newest refresh token of which an access token is known to be in
    /// use; 0 if none is. Shared by all copies, so that a use is noted once.
    used: Arc<AtomicU64>,
    /// Whether the account's e-mail address was proved; [`Logins::forget`] outdates that, too.
    pub(super) email_proved: bool,
}

impl Remembered {
    pub(super) fn caller(self, session_id: LoginSessionId, expires_at: Timestamp) -> Caller {
        Caller {
            user_id: self.user_id,
            device_id: self.device_id,
            device_name: self.device_name,
            session_id,
            expires_at,
        }
    }
}

impl Logins {
    pub(crate) fn new() -> Self {
        Self {
            alive: Cache::builder()
                .max_capacity(REMEMBERED_MAX)
                .time_to_live(REMEMBERED)
                .build(),
            dead: Cache::builder()
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
            first_uses: DashMap::new(),
        }
    }

    /// Notes that a session is in use.
    fn mark_seen(&self, seen: SeenLogin) {
        self.seen.insert(seen.id, seen);
    }

    /// Notes that an access token is in use which came with this refresh token of a session, unless that
    /// is known. Written a moment later: what is lost with the process is noted again with the next use.
    fn mark_first_use(&self, login: &Remembered, first: FirstUse) {
        let used = first.generation.saturating_add(1);
        if login.used.fetch_max(used, Ordering::Relaxed) >= used {
            return;
        }
        let mut waiting = self.first_uses.entry(first.id).or_insert(first);
        if waiting.generation < first.generation {
            *waiting = first;
        }
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
            email_proved: login.email_proved,
            used: Arc::new(AtomicU64::new(
                login
                    .access_generation
                    .map_or(0, |used| used.saturating_add(1)),
            )),
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

impl AccountService {
    /// Who an access token belongs to: 401 unless it verifies, has not run out, and its login
    /// session lives on an active device; 403 if that is not whom the door lets in.
    pub async fn authenticate_for(
        &self,
        admission: Admission,
        token: &str,
    ) -> Result<Caller, ApiError> {
        self.find_admitted(admission, self.read_token(token)?).await
    }

    /// [`AccountService::authenticate_for`] a door that lets nobody else in than
    /// [`Admission::Full`] does.
    pub async fn authenticate(&self, token: &str) -> Result<Caller, ApiError> {
        self.authenticate_for(Admission::Full, token).await
    }

    /// The half of [`AccountService::authenticate`] that asks nobody: a connect that has to wait is let wait
    /// only with a token of ours.
    pub fn read_token(&self, token: &str) -> Result<AccessToken, ApiError> {
        let claims = self
            .auth
            .tokens
            .read_access(token, self.context.clock.now());
        claims
            .map(AccessToken::from)
            .ok_or_else(ApiError::unauthorized)
    }

    /// The other half: whose it is, if its login session lives.
    pub async fn find_caller(&self, token: AccessToken) -> Result<Caller, ApiError> {
        self.find_admitted(Admission::Full, token).await
    }

    async fn find_admitted(
        &self,
        admission: Admission,
        token: AccessToken,
    ) -> Result<Caller, ApiError> {
        let (id, now) = (token.session_id, self.context.clock.now());
        let login = self.live_login(id, now).await?;
        if login.user_id != token.user_id || login.device_id != token.device_id {
            return Err(ApiError::unauthorized());
        }
        if let Some(generation) = token.generation {
            let first = FirstUse {
                id,
                generation,
                at: now,
            };
            self.auth.logins.mark_first_use(&login, first);
        }
        self.admit(login.email_proved, admission)?;
        Ok(login.caller(id, token.expires_at))
    }

    /// Whether the caller's login session lives still. A socket asks once more when it is in the
    /// directory: a revocation that came just before did not find it there.
    pub async fn is_live(&self, caller: &Caller) -> Result<bool, ApiError> {
        let now = self.context.clock.now();
        match self.live_login(caller.session_id, now).await {
            Ok(_) => Ok(true),
            Err(error) if error.code == ErrorCode::Unauthorized => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn live_login(
        &self,
        session_id: LoginSessionId,
        now: Timestamp,
    ) -> Result<Remembered, ApiError> {
        let logins = &self.auth.logins;
        if let Some(login) = logins.find(session_id) {
            return Ok(login);
        }
        if logins.dead.contains_key(&session_id) {
            return Err(ApiError::unauthorized());
        }
        let as_of = logins.as_of();
        let login = self.context.store.find_live_login(session_id, now).await?;
        let Some(login) = login else {
            logins.dead.insert(session_id, ());
            return Err(ApiError::unauthorized());
        };
        if now.since(login.last_active_at) >= SEEN_EVERY {
            logins.mark_seen(SeenLogin {
                id: session_id,
                device_id: login.device_id,
                at: now,
            });
        }
        Ok(logins.remember(session_id, login, as_of))
    }

    /// Notes that the caller's login session is in use: a socket was opened.
    pub fn mark_seen(&self, caller: &Caller) {
        self.auth.logins.mark_seen(SeenLogin {
            id: caller.session_id,
            device_id: caller.device_id,
            at: self.context.clock.now(),
        });
    }

    /// Writes down which login sessions were used, and of which tokens.
    pub(crate) async fn flush_seen(&self) -> Result<(), ApiError> {
        let first_uses = &self.auth.logins.first_uses;
        let noted: Vec<FirstUse> = first_uses.iter().map(|entry| *entry.value()).collect();
        if !noted.is_empty() {
            self.context.store.mark_first_uses(&noted).await?;
            for first in noted {
                first_uses.remove_if(&first.id, |_, newest| *newest == first);
            }
        }
        let waiting = &self.auth.logins.seen;
        let seen: Vec<SeenLogin> = waiting.iter().map(|entry| *entry.value()).collect();
        if seen.is_empty() {
            return Ok(());
        }
        self.context.store.mark_logins_seen(&seen).await?;
        for seen in seen {
            // One that was used again meanwhile waits for the next time.
            waiting.remove_if(&seen.id, |_, newest| *newest == seen);
        }
        Ok(())
    }

    /// Ends one of the caller's login sessions, the present one unless named; 404 if it is not
    /// theirs. Another one than the calling needs more than a token.
    pub async fn logout(
        &self,
        caller: &Caller,
        session_id: Option<LoginSessionId>,
        confirmation: Confirmation,
    ) -> Result<(), ApiError> {
        let session_id = session_id.unwrap_or(caller.session_id);
        if session_id != caller.session_id {
            self.confirm(caller, confirmation).await?;
        }
        let now = self.context.clock.now();
        if !self
            .context
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
    pub async fn logout_all(
        &self,
        caller: &Caller,
        confirmation: Confirmation,
    ) -> Result<(), ApiError> {
        self.confirm(caller, confirmation).await?;
        self.revoke_all(caller.user_id, None).await
    }

    /// Ends all of the caller's login sessions but the present one.
    pub async fn revoke_other_sessions(
        &self,
        caller: &Caller,
        confirmation: Confirmation,
    ) -> Result<(), ApiError> {
        self.confirm(caller, confirmation).await?;
        self.revoke_all(caller.user_id, Some(caller.session_id))
            .await
    }

    async fn revoke_all(
        &self,
        user_id: UserId,
        except: Option<LoginSessionId>,
    ) -> Result<(), ApiError> {
        let now = self.context.clock.now();
        self.context
            .store
            .revoke_logins(user_id, except, now)
            .await?;
        self.revoked(user_id, &Revocation::User { user_id, except });
        Ok(())
    }

    /// The caller's live login sessions, newest first.
    pub async fn list_sessions(&self, caller: &Caller) -> Result<LoginSessions, ApiError> {
        let now = self.context.clock.now();
        let sessions = self
            .context
            .store
            .list_login_sessions(caller.user_id, caller.session_id, now)
            .await?;
        Ok(LoginSessions { sessions })
    }

    /// Makes a revocation that the database knows take effect: tokens stop working at once and
    /// sockets close.
    pub(crate) fn revoked(&self, user_id: UserId, revocation: &Revocation) {
        self.auth.logins.forget(user_id);
        self.context.node.close_sockets(user_id, revocation);
        match revocation {
            Revocation::Device(device) => self.context.calls.remove_device(user_id, *device),
            Revocation::LoginSession(_) | Revocation::User { .. } => {
                self.context.calls.log_out(user_id);
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
            access_generation: None,
            email_proved: true,
        }
    }

    #[test]
    fn a_token_that_is_used_for_the_first_time_is_noted_once() {
        let logins = Logins::new();
        let id = LoginSessionId::new(Timestamp(0));
        let used = |generation, at| FirstUse {
            id,
            generation,
            at: Timestamp(at),
        };
        let alice = login(UserId::new(Timestamp(0)));
        let known = logins.remember(id, alice.clone(), logins.as_of());
        logins.mark_first_use(&known, used(0, 1));
        // Another read of the session before that was written.
        let again = logins.remember(id, alice, logins.as_of());
        logins.mark_first_use(&again, used(0, 2));
        assert_eq!(*logins.first_uses.get(&id).unwrap(), used(0, 1));
        logins.mark_first_use(&again, used(1, 3));
        logins.mark_first_use(&again, used(0, 4));
        assert_eq!(*logins.first_uses.get(&id).unwrap(), used(1, 3));
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
