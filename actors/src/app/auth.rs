//! (draft) signing in.

use super::{ApiError, App, Caller};

impl App {
    /// Who an access token belongs to, if it and its login session are good.
    pub async fn authenticate(&self, _token: &str) -> Result<Caller, ApiError> {
        Err(ApiError::unauthorized())
    }
}
