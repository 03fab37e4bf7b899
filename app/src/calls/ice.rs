//! Where devices find help to reach each other.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sentinal_protocol::api::calls::{IceServer, IceServers};
use sentinal_protocol::{Timestamp, UserId};
use sha1::Sha1;

use super::ApiError;
use super::CallService;
use super::Caller;
use crate::Secret;

impl CallService {
    /// STUN servers, and TURN servers with credentials that end by themselves.
    pub fn ice_servers(&self, caller: &Caller) -> Result<IceServers, ApiError> {
        let settings = &self.context.settings.calls;
        let mut ice_servers = Vec::new();
        if !settings.stun_urls.is_empty() {
            ice_servers.push(IceServer {
                urls: settings.stun_urls.clone(),
                username: None,
                credential: None,
            });
        }
        if let (false, Some(secret)) = (settings.turn_urls.is_empty(), &settings.turn_secret) {
            let ends_at = self.context.clock.now().plus(settings.turn_ttl);
            let (username, credential) = credentials(secret, caller.user_id, ends_at)?;
            ice_servers.push(IceServer {
                urls: settings.turn_urls.clone(),
                username: Some(username),
                credential: Some(credential),
            });
        }
        Ok(IceServers {
            ice_servers,
            ttl: settings.turn_ttl.as_secs(),
        })
    }
}

/// What coturn computes too (`use-auth-secret`): the password is the HMAC of the name, which says
/// until when it is good.
fn credentials(
    secret: &Secret,
    user_id: UserId,
    ends_at: Timestamp,
) -> Result<(String, String), ApiError> {
    let username = format!("{}:{user_id}", ends_at.millis() / 1000);
    let mut mac =
        Hmac::<Sha1>::new_from_slice(secret.expose().as_bytes()).map_err(ApiError::internal)?;
    mac.update(username.as_bytes());
    Ok((username, STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `echo -n '1800000000:00000000-…' | openssl dgst -sha1 -hmac north -binary | base64`.
    #[test]
    fn credentials_are_what_coturn_computes() {
        let (username, credential) = credentials(
            &Secret::new("north"),
            UserId(uuid::Uuid::nil()),
            Timestamp(1_800_000_000_999),
        )
        .unwrap();
        assert_eq!(username, "1800000000:00000000-0000-0000-0000-000000000000");
        assert_eq!(credential, "nx9S4t4Znx4HKOoWxCi7ETgPk6k=");
    }
}
