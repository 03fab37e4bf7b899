//! Access tokens for seeded logins, signed with the secret that the server under test is given.
//!
//! Ten thousand people who sign in would take the server minutes of password hashing before the
//! load begins. The claims are the server's own (`app/src/accounts/tokens.rs`); one that differed
//! would be refused with 401 at the first socket.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use sentinal_client::Login;
use sentinal_protocol::Timestamp;
use sentinal_store::SeededDevice;
use serde_json::json;

use crate::Outcome;

/// What the server under test signs its tokens with; it listens on loopback and lives for minutes.
/// A comma would part it into two.
pub const SECRET: &str = "loadtest: no secret at all but 32 bytes or more";
/// Who made a token and who it is for.
const ISSUER: &str = "sentinal-chat";
/// How long a token is good for, seconds: longer than any run.
const LIFE_SECONDS: i64 = 11 * 3600;

/// The login of a seeded device. It cannot be refreshed.
pub fn login(device: &SeededDevice, now: Timestamp) -> Outcome<Login> {
    let made_at = now.0.div_euclid(1000);
    let ends_at = made_at.saturating_add(LIFE_SECONDS);
    let claims = json!({
        "sub": device.user_id,
        "sid": device.session_id,
        "did": device.device_id,
        "iat": made_at,
        "exp": ends_at,
        "jti": uuid::Uuid::now_v7(),
        "iss": ISSUER,
        "aud": ISSUER,
    });
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    Ok(Login {
        user_id: device.user_id,
        device_id: device.name.clone(),
        session_id: device.session_id,
        access_token: encode(&Header::new(Algorithm::HS256), &claims, &key)?,
        refresh_token: String::new(),
        expires_at: Timestamp(ends_at.saturating_mul(1000)),
    })
}
