//! Access tokens and refresh tokens: making them and reading them back.
//!
//! An access token is a JWT that names the login session; whether that session still lives is
//! checked beside it. A refresh token is its number and an HMAC of session and number, so that the
//! same number always gives the same token and the database keeps the number only. A device token
//! is an HMAC as well, of account, device and password: it proves at a login that the device was
//! signed in before, and ends with the password without anything being stored.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use sentinal_protocol::{DeviceId, LoginSessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use crate::{ApiError, Secret};

/// Who made a token and who it is for.
const ISSUER: &str = "sentinal-chat";
/// What a refresh token's key is derived for, so that no other use of the secret gives it.
const REFRESH_KEY_PURPOSE: &[u8] = b"sentinal-chat refresh token 1";
/// What the key of e-mail codes is derived for.
const CODE_KEY_PURPOSE: &[u8] = b"sentinal-chat e-mail code 1";
/// Codes that may be mailed: all of 8 digits.
const EMAIL_CODES: u32 = 100_000_000;
/// The same of device tokens.
const DEVICE_KEY_PURPOSE: &[u8] = b"sentinal-chat device token 1";
/// Bytes of each id in a device token.
const ID_BYTES: usize = 16;
/// Bytes of each of its two tags: half of SHA-256 (RFC 2104 §5).
const DEVICE_TAG_BYTES: usize = 16;
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
    /// The number of the refresh token that it came with; absent from tokens of older programs.
    #[serde(rename = "gen", default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
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
    /// Likewise, for codes that prove e-mail addresses.
    codes: Vec<Hmac<Sha256>>,
    /// Likewise.
    device: Vec<Hmac<Sha256>>,
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
            refresh: derived(&secrets, REFRESH_KEY_PURPOSE),
            codes: derived(&secrets, CODE_KEY_PURPOSE),
            device: derived(&secrets, DEVICE_KEY_PURPOSE),
            validation,
            access_lifetime,
        }
    }

    /// A new access token, which comes with the refresh token numbered `generation`, and its end.
    pub(crate) fn make_access(
        &self,
        user_id: UserId,
        session_id: LoginSessionId,
        device_id: DeviceId,
        generation: u64,
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
            generation: Some(generation),
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

    /// What is stored of the code by which a user proves an address. Without the server's secret nobody
    /// finds the code in it, though there are only so many.
    pub(crate) fn hash_email_code(&self, user_id: UserId, email: &str, code: &str) -> Vec<u8> {
        let hashes = self.email_code_hashes(user_id, email, code);
        hashes.into_iter().next().unwrap_or_default()
    }

    /// What may be stored of a code that is presented: one for each secret.
    pub(crate) fn email_code_hashes(
        &self,
        user_id: UserId,
        email: &str,
        code: &str,
    ) -> Vec<Vec<u8>> {
        let hash = |key: &Hmac<Sha256>| {
            // The code's length is known, so no address can be read as part of it.
            let hashed = key
                .clone()
                .chain_update(user_id.0.as_bytes())
                .chain_update(code)
                .chain_update(email);
            hashed.finalize().into_bytes().to_vec()
        };
        self.codes.iter().map(hash).collect()
    }

    /// The token of a device that is signed in to an account with this password.
    pub(crate) fn make_device(
        &self,
        user_id: UserId,
        device_id: DeviceId,
        password_hash: &str,
    ) -> String {
        let mut token = [*user_id.0.as_bytes(), *device_id.0.as_bytes()].concat();
        if let Some(key) = self.device.first() {
            for tag in [
                ids_tag(key, &token),
                password_tag(key, &token, password_hash),
            ] {
                let tag = tag.finalize().into_bytes();
                token.extend(tag.iter().take(DEVICE_TAG_BYTES));
            }
        }
        URL_SAFE_NO_PAD.encode(token)
    }

    /// What a device token says, if we made it. Whether the account still has the password is asked
    /// with [`DeviceProof::fits`].
    pub(crate) fn read_device(&self, token: &str) -> Option<DeviceProof> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let token = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (ids, tags) = token.split_at_checked(2 * ID_BYTES)?;
        let (ids_are_ours, of_password) = tags.split_at_checked(DEVICE_TAG_BYTES)?;
        let of_password: [u8; DEVICE_TAG_BYTES] = of_password.try_into().ok()?;
        let key = self.device.iter().find(|key| {
            ids_tag(key, ids)
                .verify_truncated_left(ids_are_ours)
                .is_ok()
        })?;
        let (user_id, device_id) = ids.split_at_checked(ID_BYTES)?;
        Some(DeviceProof {
            user_id: UserId(Uuid::from_slice(user_id).ok()?),
            device_id: DeviceId(Uuid::from_slice(device_id).ok()?),
            key: key.clone(),
            ids: ids.to_vec(),
            of_password,
        })
    }
}

/// A device token of ours.
pub(crate) struct DeviceProof {
    /// The account that the device was signed in to.
    pub(crate) user_id: UserId,
    /// The device.
    pub(crate) device_id: DeviceId,
    key: Hmac<Sha256>,
    ids: Vec<u8>,
    of_password: [u8; DEVICE_TAG_BYTES],
}

impl DeviceProof {
    /// Whether the password is the one that the device signed in with.
    pub(crate) fn fits(&self, password_hash: &str) -> bool {
        password_tag(&self.key, &self.ids, password_hash)
            .verify_truncated_left(&self.of_password)
            .is_ok()
    }
}

/// A code to be mailed: 8 random digits.
pub(crate) fn email_code() -> String {
    format!("{:08}", rand::random_range(0..EMAIL_CODES))
}

/// Keys made from the secrets for one purpose.
fn derived(secrets: &[Vec<u8>], purpose: &[u8]) -> Vec<Hmac<Sha256>> {
    let derive = |secret: &Vec<u8>| {
        let derived = keyed(secret)?.chain_update(purpose);
        keyed(&derived.finalize().into_bytes())
    };
    secrets.iter().filter_map(derive).collect()
}

/// Says that account and device are as they were issued.
fn ids_tag(key: &Hmac<Sha256>, ids: &[u8]) -> Hmac<Sha256> {
    key.clone().chain_update(b"ids").chain_update(ids)
}

/// Says which password the account had. Both ids have a fixed length, so nothing else reads like them.
fn password_tag(key: &Hmac<Sha256>, ids: &[u8], password_hash: &str) -> Hmac<Sha256> {
    key.clone()
        .chain_update(b"password")
        .chain_update(ids)
        .chain_update(password_hash)
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
        let made = tokens.make_access(user, session, device, 3, NOW);
        made.unwrap().0
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
    fn an_access_token_names_the_refresh_token_that_it_came_with_if_it_knows_it() {
        let mut claims = claims();
        assert_eq!(claims["gen"], 3);
        claims.as_object_mut().unwrap().remove("gen");
        let older = signed(&claims, Algorithm::HS256, "s");
        let read = tokens(&["s"]).read_access(&older, NOW).unwrap();
        assert_eq!(read.generation, None);
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
    fn a_code_proves_one_address_of_one_user_also_after_the_secret_was_replaced() {
        let (alice, bob) = (UserId::new(NOW), UserId::new(NOW));
        let stored = tokens(&["old"]).hash_email_code(alice, "a@example.org", "12345678");
        let both = tokens(&["new", "old"]);
        let proves = |user, email: &str, code: &str| {
            both.email_code_hashes(user, email, code).contains(&stored)
        };
        assert!(proves(alice, "a@example.org", "12345678"));
        assert!(!proves(bob, "a@example.org", "12345678"));
        assert!(!proves(alice, "b@example.org", "12345678"));
        assert!(!proves(alice, "a@example.org", "12345679"));
        let code = email_code();
        assert!(code.len() == 8 && code.bytes().all(|byte| byte.is_ascii_digit()));
    }

    #[test]
    fn a_device_token_fits_its_own_device_and_password_only() {
        let tokens = tokens(&["s"]);
        let (user, device) = (UserId::new(NOW), DeviceId::new(NOW));
        let token = tokens.make_device(user, device, "hash");
        let proof = tokens.read_device(&token).unwrap();
        assert_eq!((proof.user_id, proof.device_id), (user, device));
        assert!(proof.fits("hash"));
        assert!(!proof.fits("another hash"));

        let mut bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        bytes[20] ^= 1;
        assert!(tokens.read_device(&URL_SAFE_NO_PAD.encode(bytes)).is_none());
        assert!(tokens.read_device(&token[..token.len() - 2]).is_none());
        for garbage in ["", "AAAA", "not base64!"] {
            assert!(tokens.read_device(garbage).is_none());
        }
    }

    #[test]
    fn a_device_token_survives_a_change_of_secrets() {
        let (user, device) = (UserId::new(NOW), DeviceId::new(NOW));
        let token = tokens(&["old"]).make_device(user, device, "hash");
        let proof = tokens(&["new", "old"]).read_device(&token).unwrap();
        assert!(proof.fits("hash"));
        assert!(tokens(&["new"]).read_device(&token).is_none());
    }
}
