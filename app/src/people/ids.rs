//! Comma lists of users in a query string.

use sentinal_protocol::UserId;
use sentinal_protocol::limits::USERS_NAMED_MAX;

use crate::ApiError;

/// The ids of the comma list in the parameter `field`, each once, in order; at least one, and at most
/// [`USERS_NAMED_MAX`].
pub(super) fn read_ids(field: &'static str, list: &str) -> Result<Vec<UserId>, ApiError> {
    let mut users: Vec<UserId> = Vec::new();
    for text in list.split(',').map(str::trim).filter(|it| !it.is_empty()) {
        let user_id: UserId = text
            .parse()
            .map_err(|_| ApiError::bad_request(format!("`{field}` is a comma list of UUIDs.")))?;
        if !users.contains(&user_id) {
            users.push(user_id);
        }
        if users.len() > USERS_NAMED_MAX {
            let reason = format!("must not name more than {USERS_NAMED_MAX} users");
            return Err(ApiError::invalid(field, reason));
        }
    }
    if users.is_empty() {
        return Err(ApiError::invalid(field, "is required"));
    }
    Ok(users)
}
