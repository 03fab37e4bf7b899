//! What is kept of the caller.

use sentinal_protocol::api::accounts::{Storage, StorageKinds};

use super::AccountService;
use crate::{ApiError, Caller};

impl AccountService {
    /// What is kept of the caller, by kind, and how much it may be in all.
    pub async fn storage(&self, caller: &Caller) -> Result<Storage, ApiError> {
        let quota = self.context.settings.files.quota();
        let store = &self.context.store;
        let used = store.find_storage_use(caller.user_id, quota).await?;
        Ok(Storage {
            used_bytes: used.total(),
            allowed_bytes: quota.bytes_max,
            kinds: StorageKinds {
                files: used.files,
                key_backup: used.key_backup,
                push_tokens: used.push_tokens,
                kept_answers: used.kept_answers,
            },
        })
    }
}
