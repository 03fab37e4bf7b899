//! Accounts and their devices: signing in and out, passwords, login sessions, going away.

mod admission;
mod auth;
mod devices;
mod emails;
mod erasure;
mod issuing;
mod logins;
mod mail;
mod mail_queue;
mod one_time;
mod password_threads;
mod passwords;
mod push_tokens;
mod reauthentication;
mod resets;
mod sign_in;
mod storage;
mod tickets;
mod tokens;
mod turns;

pub use admission::Admission;
pub use auth::SetupError;
pub(crate) use auth::{Auth, taken};
pub use issuing::AccessTokens;
pub use logins::AccessToken;
pub use mail::{Mail, MailError};
pub use reauthentication::Confirmation;

use std::sync::Arc;

use crate::context::Context;
use crate::uploads::UploadService;

/// Accounts and their devices: signing in and out, passwords, login sessions, going away.
#[derive(Clone)]
pub struct AccountService {
    pub(crate) context: Context,
    pub(crate) auth: Arc<Auth>,
    pub(crate) uploads: UploadService,
}
