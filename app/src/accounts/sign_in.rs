//! Whose password it is: the check of a login, and what it is counted by.
//!
//! An identity that nobody has is counted, answered and timed like an account, so that nobody learns
//! from a refusal who has one.

use std::net::IpAddr;

use sentinal_protocol::UserId;
use sentinal_protocol::api::auth::LoginRequest;
use sentinal_store::Credentials;

use super::AccountService;
use super::auth::invalid_credentials;
use super::tokens::DeviceProof;
use super::turns::Asker;
use crate::ApiError;
use crate::rate_limits::LoginAttempt;

impl AccountService {
    /// Whose password this is, and the hash that it matches. A wrong one is counted.
    pub(super) async fn check_login(
        &self,
        request: &LoginRequest,
        address: IpAddr,
    ) -> Result<(UserId, String), ApiError> {
        let (attempt, candidates) = self.begin_login(request, address).await?;
        let found = if candidates.accounts.is_empty() {
            self.check_nobody(request, attempt, address).await?
        } else {
            self.check_candidates(request, attempt, candidates, address)
                .await?
        };
        let account = found.ok_or_else(invalid_credentials)?;
        Ok((account.user_id, account.password_hash))
    }

    /// Counts the attempt and looks for the accounts that the identity may mean.
    async fn begin_login(
        &self,
        request: &LoginRequest,
        address: IpAddr,
    ) -> Result<(LoginAttempt<'_>, Candidates), ApiError> {
        let limits = &self.context.limits;
        let token = request.device_token.as_deref();
        let proof = token.and_then(|token| self.auth.tokens.read_device(token));
        let Some(proof) = proof else {
            let attempt = limits.begin_login(address)?;
            let accounts = self.find_accounts(&request.identity).await;
            let known = None;
            return match accounts {
                Ok(accounts) => Ok((attempt, Candidates { accounts, known })),
                Err(error) => {
                    attempt.withdraw();
                    Err(error)
                }
            };
        };
        let attempt = limits.begin_known_login(address, proof.device_id)?;
        match self.find_known(request, &proof).await {
            Ok(mut candidates) if candidates.known.is_some() => {
                let known = candidates.known;
                candidates.accounts.retain(|it| Some(it.user_id) == known);
                Ok((attempt, candidates))
            }
            // The device is not one of this account, or not any more: it is counted like anybody.
            Ok(candidates) => {
                attempt.withdraw();
                Ok((limits.begin_login(address)?, candidates))
            }
            Err(error) => {
                attempt.withdraw();
                Err(error)
            }
        }
    }

    async fn find_accounts(&self, identity: &str) -> Result<Vec<Credentials>, ApiError> {
        Ok(self.context.store.list_credentials(identity).await?)
    }

    /// The accounts that the identity may mean, and which of them the device is known to.
    async fn find_known(
        &self,
        request: &LoginRequest,
        proof: &DeviceProof,
    ) -> Result<Candidates, ApiError> {
        let accounts = self.find_accounts(&request.identity).await?;
        let fits = accounts
            .iter()
            .any(|it| it.user_id == proof.user_id && proof.fits(&it.password_hash));
        let is_there = fits
            && self
                .context
                .store
                .has_device(proof.user_id, proof.device_id, &request.device_id)
                .await?;
        let known = is_there.then_some(proof.user_id);
        Ok(Candidates { accounts, known })
    }

    /// Takes as long as where there is an account, and finds none.
    async fn check_nobody(
        &self,
        request: &LoginRequest,
        mut attempt: LoginAttempt<'_>,
        address: IpAddr,
    ) -> Result<Option<Credentials>, ApiError> {
        let subject = self.context.limits.subject(&request.identity);
        let asker = Asker::at(address).about(subject);
        // Refused, it stays counted by its network: it was looked up.
        attempt.guess_at(subject)?;
        let passwords = &self.auth.passwords;
        match passwords.verify(asker, &request.password, None).await {
            // Dropped, the attempt stays counted.
            Ok(_) => Ok(None),
            Err(error) => {
                attempt.withdraw();
                Err(error)
            }
        }
    }

    /// Tries the password at each account that may still be tried. Wrong ones stay counted; that this
    /// server is too busy is not the caller's failure.
    async fn check_candidates(
        &self,
        request: &LoginRequest,
        mut attempt: LoginAttempt<'_>,
        candidates: Candidates,
        address: IpAddr,
    ) -> Result<Option<Credentials>, ApiError> {
        let mut refusal = None;
        let mut was_tried = false;
        for account in candidates.accounts {
            let subject = self.context.limits.subject_of(account.user_id);
            if let Err(refused) = attempt.guess_at(subject) {
                refusal = Some(refused);
                continue;
            }
            let asker = if candidates.known == Some(account.user_id) {
                Asker::known(account.user_id)
            } else {
                Asker::at(address).about(subject)
            };
            let hash = Some(account.password_hash.clone());
            let passwords = &self.auth.passwords;
            match passwords.verify(asker, &request.password, hash).await {
                Ok(true) => {
                    attempt.give_back(subject);
                    return Ok(Some(account));
                }
                Ok(false) => was_tried = true,
                Err(error) => {
                    attempt.give_back(subject);
                    return Err(error);
                }
            }
        }
        match refusal {
            Some(refused) if !was_tried => Err(refused),
            Some(_) | None => Ok(None),
        }
    }
}

/// The accounts that an identity may mean, best first.
struct Candidates {
    accounts: Vec<Credentials>,
    /// The one that the device has proved to have been signed in to.
    known: Option<UserId>,
}
