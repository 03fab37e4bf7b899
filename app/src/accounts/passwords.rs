//! Password hashes: bcrypt off the request workers, so many at once and no more.
//!
//! One check costs a core a quarter of a second. As many run as there are cores; who is next is
//! decided by [`Turns`].
//!
//! A new password is hashed in its composed form (NFC), because keyboards write the same letter in
//! different ways. A login is tried in both forms: passwords were hashed as they were typed before.

use std::io;
use std::num::NonZero;

use sentinal_protocol::api::auth::PASSWORD_BYTES;
use sentinal_protocol::text::nfc;

use super::password_threads::PasswordThreads;
use super::turns::{Asker, Turns};
use crate::ApiError;

/// Why passwords cannot be hashed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordsError {
    /// bcrypt does not know such a cost.
    #[error("BCRYPT_COST must be 4 to 31")]
    Cost(#[source] bcrypt::BcryptError),
    /// The system gives no threads to compute them on.
    #[error("there are no threads to compute them on")]
    Threads(#[source] io::Error),
}

/// Hashes and checks passwords.
pub(crate) struct Passwords {
    turns: Turns,
    threads: PasswordThreads,
    cost: u32,
    /// Checked where there is no account, so that it takes as long as where there is one.
    dummy: String,
}

impl Passwords {
    /// Computes one hash on the spot. A cost that bcrypt does not know (4 to 31 are known) is
    /// refused.
    pub(crate) fn new(cost: u32) -> Result<Self, PasswordsError> {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Ok(Self {
            turns: Turns::new(cores),
            threads: PasswordThreads::start(cores).map_err(PasswordsError::Threads)?,
            cost,
            dummy: bcrypt::hash("nobody's password", cost).map_err(PasswordsError::Cost)?,
        })
    }

    /// The hash of a new password. Longer ones than [`PASSWORD_BYTES`] never come here: they are
    /// refused as invalid.
    pub(crate) async fn hash(&self, asker: Asker, password: &str) -> Result<String, ApiError> {
        let (password, cost) = (nfc(password), self.cost);
        self.run(asker, move || bcrypt::hash(password, cost)).await
    }

    /// Whether the password is the hashed one; `None` is nobody's hash and takes as long.
    pub(crate) async fn verify(
        &self,
        asker: Asker,
        password: &str,
        hash: Option<String>,
    ) -> Result<bool, ApiError> {
        let is_known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.dummy.clone());
        let typed = password.to_owned();
        let composed = nfc(password);
        let matches = self.run(asker, move || {
            // bcrypt looks at the first 72 bytes only, so a longer text could pass for its beginning.
            let fits = |text: &str| text.len() <= *PASSWORD_BYTES.end();
            let found = bcrypt::verify(&composed, &hash)? && fits(&composed);
            if found || composed == typed {
                return Ok(found);
            }
            Ok(bcrypt::verify(&typed, &hash)? && fits(&typed))
        });
        Ok(matches.await? && is_known)
    }

    async fn run<T: Send + 'static>(
        &self,
        asker: Asker,
        work: impl FnOnce() -> Result<T, bcrypt::BcryptError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let turn = self.turns.wait(asker).await?;
        let computed = self.threads.run(move || {
            // A caller that goes away does not free a core that is still at work.
            let _turn = turn;
            work()
        });
        computed
            .await
            .map_err(ApiError::internal)?
            .map_err(ApiError::internal)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn somebody() -> Asker {
        Asker::at(Ipv4Addr::LOCALHOST.into())
    }

    #[tokio::test]
    async fn only_the_very_password_matches() {
        let passwords = Passwords::new(4).unwrap();
        let longest = "x".repeat(72);
        let hash = passwords.hash(somebody(), &longest).await.unwrap();
        let verify = async |text: &str, hash: Option<&String>| {
            let matches = passwords.verify(somebody(), text, hash.cloned());
            matches.await.unwrap()
        };
        assert!(verify(&longest, Some(&hash)).await);
        assert!(!verify(&longest[..71], Some(&hash)).await);
        assert!(!verify(&format!("{longest}x"), Some(&hash)).await);
        assert!(!verify("nobody's password", None).await);
    }

    #[tokio::test]
    async fn a_password_matches_however_the_keyboard_composes_it() {
        let passwords = Passwords::new(4).unwrap();
        let (composed, decomposed) = ("caf\u{e9} au lait", "cafe\u{301} au lait");
        let new = passwords.hash(somebody(), decomposed).await.unwrap();
        // As it was hashed before passwords were composed.
        let old = bcrypt::hash(decomposed, 4).unwrap();
        for (typed, hash, matches) in [
            (composed, &new, true),
            (decomposed, &new, true),
            (decomposed, &old, true),
            (composed, &old, false),
            ("cafe au lait", &new, false),
        ] {
            let verified = passwords.verify(somebody(), typed, Some(hash.clone()));
            assert_eq!(verified.await.unwrap(), matches, "{typed}");
        }
    }
}
