//! Password hashes: bcrypt off the request workers, so many at once and no more.
//!
//! One check costs a core a quarter of a second. As many run as there are cores, a bounded number
//! wait for a bounded time, and whoever comes beyond that is told to come back.

use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use sentinal_protocol::api::auth::PASSWORD_BYTES;
use tokio::sync::Semaphore;

use super::ApiError;

/// How long a check waits for a core.
const WAIT_MAX: Duration = Duration::from_secs(3);
/// Checks that may wait per core; at cost 12 (290 ms) more would not be served within [`WAIT_MAX`].
const WAITING_PER_CORE: usize = 10;

/// Hashes and checks passwords.
pub(crate) struct Passwords {
    /// One permit per core; moved into the blocking task, so that a caller that goes away does not
    /// free a core that is still at work.
    running: Arc<Semaphore>,
    /// Running and waiting together.
    admitted: Arc<Semaphore>,
    cost: u32,
    /// Checked where there is no account, so that it takes as long as where there is one.
    dummy: String,
}

impl Passwords {
    /// Computes one hash on the spot. A cost that bcrypt does not know (4 to 31 are known) is
    /// refused.
    pub(crate) fn new(cost: u32) -> Result<Self, bcrypt::BcryptError> {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Ok(Self {
            running: Arc::new(Semaphore::new(cores)),
            admitted: Arc::new(Semaphore::new(cores * (1 + WAITING_PER_CORE))),
            cost,
            dummy: bcrypt::hash("nobody's password", cost)?,
        })
    }

    /// The hash of a new password. Longer ones than [`PASSWORD_BYTES`] never come here: they are
    /// refused as invalid.
    pub(crate) async fn hash(&self, password: String) -> Result<String, ApiError> {
        let cost = self.cost;
        self.run(move || bcrypt::hash(password, cost)).await
    }

    /// Whether the password is the hashed one; `None` is nobody's hash and takes as long.
    pub(crate) async fn verify(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, ApiError> {
        // bcrypt looks at the first 72 bytes only, so a longer text could pass for its beginning.
        let possible = hash.is_some() && password.len() <= *PASSWORD_BYTES.end();
        let hash = hash.unwrap_or_else(|| self.dummy.clone());
        let matches = self.run(move || bcrypt::verify(password, &hash)).await?;
        Ok(matches && possible)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, bcrypt::BcryptError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let Ok(admitted) = self.admitted.clone().try_acquire_owned() else {
            return Err(ApiError::overloaded());
        };
        let running = tokio::time::timeout(WAIT_MAX, self.running.clone().acquire_owned()).await;
        let Ok(Ok(running)) = running else {
            return Err(ApiError::overloaded());
        };
        let task = tokio::task::spawn_blocking(move || {
            let _permits = (admitted, running);
            work()
        });
        task.await
            .map_err(ApiError::internal)?
            .map_err(ApiError::internal)
    }
}

#[cfg(test)]
mod tests {
    use sentinal_protocol::ErrorCode;

    use super::*;

    #[tokio::test]
    async fn only_the_very_password_matches() {
        let passwords = Passwords::new(4).unwrap();
        let longest = "x".repeat(72);
        let hash = passwords.hash(longest.clone()).await.unwrap();
        let verify = async |text: &str, hash: Option<&String>| {
            passwords
                .verify(text.to_owned(), hash.cloned())
                .await
                .unwrap()
        };
        assert!(verify(&longest, Some(&hash)).await);
        assert!(!verify(&longest[..71], Some(&hash)).await);
        assert!(!verify(&format!("{longest}x"), Some(&hash)).await);
        assert!(!verify("nobody's password", None).await);
    }

    #[tokio::test]
    async fn past_the_bound_callers_are_told_to_come_back() {
        let passwords = Passwords::new(4).unwrap();
        let all = passwords
            .admitted
            .clone()
            .try_acquire_many_owned(u32::try_from(passwords.admitted.available_permits()).unwrap());
        let refused = passwords.hash("password".to_owned()).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Overloaded);
        assert!(refused.retry_after.is_some());
        drop(all);
        passwords.hash("password".to_owned()).await.unwrap();
    }
}
