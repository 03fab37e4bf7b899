//! Access tokens and refresh tokens: making them and reading them back.
//!
//! An access token is a JWT that names the login session; whether that session still lives is
//! checked beside it. A refresh token is its number and an HMAC of session and number, so that the
//! same number always gives the same token and the database keeps the number only.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use sentinal_protocol::{DeviceId, LoginSessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{ApiError, Secret};

/// Who made a token and who it is for.
const ISSUER: &str = "sentinal-chat";
/// What a refresh token's key is derived for, so that no other use of the secret gives it.
const REFRESH_KEY_PURPOSE: &[u8] = b"sentinal-chat refresh token 1";
/// Bytes of the number that a refresh token starts with.
const NUMBER_BYTES: usize = 8;
/// Longer texts are no tokens of ours and are not looked at.
const TOKEN_BYTES_MAX: usize = 2_048;

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// The account.
    pub sub: UserId,
    /// The login session.
    pub sid: LoginSessionId,
    /// The device, by the server's name.
    pub did: DeviceId,
    /// Made at, seconds since 1970.
    pub iat: i64,
    /// Not good from then on, seconds since 1970.
    pub exp: i64,
    /// Its own id.
    pub jti: Uuid,
    /// [`ISSUER`].
    pub iss: String,
    /// [`ISSUER`] again: this server's own doors.
    pub aud: String,
}

impl Claims {
    /// When the token ends.
    pub(crate) fn expires_at(&self) -> Timestamp {
        Timestamp(self.exp.saturating_mul(1000))
    }
}

/// The keys behind all tokens.
pub(crate) struct Tokens {
    signing: EncodingKey,
    verifying: Vec<DecodingKey>,
    /// One per secret, the first one's makes new tokens.
    refresh: Vec<Hmac<Sha256>>,
    validation: Validation,
    access_lifetime: Duration,
}

impl Tokens {
    /// Keys made from the secrets: the first signs, all verify.
    pub(crate) fn new(secrets: &[Secret], access_lifetime: Duration) -> Self {
        let bytes = |secret: &Secret| secret.expose().as_bytes().to_vec();
        let secrets: Vec<_> = secrets.iter().map(bytes).collect();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Against the program's own clock, below.
        validation.validate_exp = false;
        Self {
            signing: EncodingKey::from_secret(secrets.first().map_or(&[], Vec::as_slice)),
            verifying: secrets
                .iter()
                .map(|secret| DecodingKey::from_secret(secret))
                .collect(),
            refresh: secrets
                .iter()
                .filter_map(|secret| {
                    let derived = keyed(secret)?.chain_update(REFRESH_KEY_PURPOSE);
                    keyed(&derived.finalize().into_bytes())
                })
                .collect(),
            validation,
            access_lifetime,
        }
    }

    /// A new access token and its end.
    pub(crate) fn make_access(
        &self,
        user_id: UserId,
        session_id: LoginSessionId,
        device_id: DeviceId,
        now: Timestamp,
    ) -> Result<(String, Timestamp), ApiError> {
        let made_at = now.millis().div_euclid(1000);
        let lifetime = i64::try_from(self.access_lifetime.as_secs()).unwrap_or(i64::MAX);
        let claims = Claims {
            sub: user_id,
            sid: session_id,
            did: device_id,
            iat: made_at,
            exp: made_at.saturating_add(lifetime),
            jti: Uuid::now_v7(),
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
        };
        let token = encode(&Header::new(Algorithm::HS256), &claims, &self.signing)
            .map_err(ApiError::internal)?;
        Ok((token, claims.expires_at()))
    }

    /// What an access token says, if one of our secrets signed it and it has not run out.
    pub(crate) fn read_access(&self, token: &str, now: Timestamp) -> Option<Claims> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        self.verifying
            .iter()
            .find_map(|key| decode::<Claims>(token, key, &self.validation).ok())
            .map(|token| token.claims)
            .filter(|claims| now < claims.expires_at())
    }

    /// The refresh token of a session with this number.
    pub(crate) fn make_refresh(&self, session_id: LoginSessionId, number: u64) -> String {
        let number = number.to_be_bytes();
        let mut token = number.to_vec();
        if let Some(key) = self.refresh.first() {
            token.extend(
                authenticated(key, session_id, number)
                    .finalize()
                    .into_bytes(),
            );
        }
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The number of a refresh token, if we made it for this session.
    pub(crate) fn read_refresh(&self, session_id: LoginSessionId, token: &str) -> Option<u64> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let token = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (number, tag) = token.split_first_chunk::<NUMBER_BYTES>()?;
        self.refresh
            .iter()
            .any(|key| {
                authenticated(key, session_id, *number)
                    .verify_slice(tag)
                    .is_ok()
            })
            .then_some(u64::from_be_bytes(*number))
    }
}

/// HMAC-SHA256 takes keys of any length.
fn keyed(key: &[u8]) -> Option<Hmac<Sha256>> {
    Hmac::new_from_slice(key).ok()
}

fn authenticated(
    key: &Hmac<Sha256>,
    session_id: LoginSessionId,
    number: [u8; NUMBER_BYTES],
) -> Hmac<Sha256> {
    key.clone()
        .chain_update(session_id.0.as_bytes())
        .chain_update(number)
}

/// A secret for one use: 256 random bits for its bearer, and their hash for the database.
pub(crate) struct OneTimeSecret {
    /// What the bearer gets, base64url.
    pub text: String,
    /// What is stored.
    pub hash: Vec<u8>,
}

impl OneTimeSecret {
    /// A new one that carries `attachment`, which the hash protects from changes.
    pub(crate) fn new(attachment: &[u8]) -> Self {
        let mut bytes = rand::random::<[u8; 32]>().to_vec();
        bytes.extend_from_slice(attachment);
        let text = URL_SAFE_NO_PAD.encode(bytes);
        let hash = Self::hash(&text);
        Self { text, hash }
    }

    /// What is stored of a presented secret.
    pub(crate) fn hash(text: &str) -> Vec<u8> {
        Sha256::digest(text.as_bytes()).to_vec()
    }

    /// What a presented secret carries.
    pub(crate) fn attachment(text: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.get(32..).map(<[u8]>::to_vec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_500);
    const HOUR: Duration = Duration::from_hours(1);

    fn tokens(secrets: &[&str]) -> Tokens {
        let secrets: Vec<_> = secrets.iter().map(|text| Secret::new(*text)).collect();
        Tokens::new(&secrets, HOUR)
    }

    fn access(tokens: &Tokens) -> String {
        let (user, session, device) = (
            UserId::new(NOW),
            LoginSessionId::new(NOW),
            DeviceId::new(NOW),
        );
        tokens.make_access(user, session, device, NOW).unwrap().0
    }

    fn signed(claims: &serde_json::Value, algorithm: Algorithm, secret: &str) -> String {
        let key = EncodingKey::from_secret(secret.as_bytes());
        encode(&Header::new(algorithm), claims, &key).unwrap()
    }

    fn claims() -> serde_json::Value {
        let tokens = tokens(&["s"]);
        let claims = tokens.read_access(&access(&tokens), NOW).unwrap();
        serde_json::to_value(claims).unwrap()
    }

    #[test]
    fn an_access_token_is_good_until_its_last_second() {
        let tokens = tokens(&["s"]);
        let token = access(&tokens);
        let end = tokens.read_access(&token, NOW).unwrap().expires_at();
        assert_eq!(end, Timestamp(1_800_000_000_000).plus(HOUR));
        let before = end.minus(Duration::from_millis(1));
        assert!(tokens.read_access(&token, before).is_some());
        assert!(tokens.read_access(&token, end).is_none());
    }

    #[test]
    fn a_former_secret_still_verifies_and_a_foreign_one_does_not() {
        let token = access(&tokens(&["old"]));
        assert!(tokens(&["new", "old"]).read_access(&token, NOW).is_some());
        assert!(tokens(&["new"]).read_access(&token, NOW).is_none());

        let session = LoginSessionId::new(NOW);
        let token = tokens(&["old"]).make_refresh(session, 7);
        let both = tokens(&["new", "old"]);
        assert_eq!(both.read_refresh(session, &token), Some(7));
        assert_eq!(tokens(&["new"]).read_refresh(session, &token), None);
    }

    #[test]
    fn other_algorithms_issuers_and_audiences_are_refused() {
        let tokens = tokens(&["s"]);
        let good = claims();
        assert!(
            tokens
                .read_access(&signed(&good, Algorithm::HS256, "s"), NOW)
                .is_some()
        );
        for algorithm in [Algorithm::HS384, Algorithm::HS512] {
            assert!(
                tokens
                    .read_access(&signed(&good, algorithm, "s"), NOW)
                    .is_none()
            );
        }
        for claim in ["iss", "aud"] {
            let mut other = good.clone();
            other[claim] = "someone else".into();
            assert!(
                tokens
                    .read_access(&signed(&other, Algorithm::HS256, "s"), NOW)
                    .is_none()
            );
            other.as_object_mut().unwrap().remove(claim);
            assert!(
                tokens
                    .read_access(&signed(&other, Algorithm::HS256, "s"), NOW)
                    .is_none()
            );
        }
    }

    #[test]
    fn a_token_without_signature_is_refused() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let body = URL_SAFE_NO_PAD.encode(claims().to_string());
        for signature in ["", "AAAA"] {
            let token = format!("{header}.{body}.{signature}");
            assert!(tokens(&["s"]).read_access(&token, NOW).is_none());
        }
    }

    #[test]
    fn a_refresh_token_fits_its_own_session_and_number_only() {
        let tokens = tokens(&["s"]);
        let (mine, other) = (LoginSessionId::new(NOW), LoginSessionId::new(NOW));
        let token = tokens.make_refresh(mine, 3);
        assert_eq!(token, tokens.make_refresh(mine, 3));
        assert_eq!(tokens.read_refresh(mine, &token), Some(3));
        assert_eq!(tokens.read_refresh(other, &token), None);
        let mut bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        bytes[7] = 4;
        assert_eq!(
            tokens.read_refresh(mine, &URL_SAFE_NO_PAD.encode(bytes)),
            None
        );
        for garbage in ["", "AAAA", "not base64!", &token[..20]] {
            assert_eq!(tokens.read_refresh(mine, garbage), None);
        }
    }

    #[test]
    fn what_a_one_time_secret_carries_cannot_be_changed_without_changing_its_hash() {
        let secret = OneTimeSecret::new(b"until noon");
        assert_eq!(OneTimeSecret::hash(&secret.text), secret.hash);
        let attached = OneTimeSecret::attachment(&secret.text);
        assert_eq!(attached.as_deref(), Some(b"until noon".as_slice()));
        assert_ne!(OneTimeSecret::new(b"").hash, OneTimeSecret::new(b"").hash);
        assert_eq!(OneTimeSecret::attachment("AAAA"), None);
    }
}
