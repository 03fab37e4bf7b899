//! Which push tokens are stored at all.
//!
//! They are looked at when they come, whatever senders are configured: a server gets its VAPID key or
//! its webhook later, and then sends to what it has. What is refused here would never arrive, or would
//! lead to where no push may go.

use sentinal_protocol::{Base64, PushPlatform};
use serde::Deserialize;

use super::outside::{Reach, endpoint};

/// Bytes of a browser's public key: an uncompressed point of P-256 (RFC 8291 §3.1).
const P256DH_BYTES: usize = 65;
/// Bytes of a browser's authentication secret (RFC 8291 §3.2).
const AUTH_BYTES: usize = 16;

/// What is wrong with the token, if anything is: a sentence about the field that holds it.
pub(super) fn check(platform: PushPlatform, token: &str, reach: Reach) -> Result<(), &'static str> {
    match platform {
        PushPlatform::WebPush if endpoint(token, reach).is_none() => {
            Err("must be a push subscription, or its https endpoint")
        }
        PushPlatform::WebPush if !has_good_keys(token) => {
            Err("must have the keys that the browser gave, in base64url")
        }
        // Both services write theirs in these alone: hexadecimal digits, and base64url with colons.
        PushPlatform::Apns | PushPlatform::Fcm
            if !token.bytes().all(|it| it.is_ascii_graphic()) =>
        {
            Err("must be visible ASCII characters without spaces")
        }
        PushPlatform::WebPush | PushPlatform::Apns | PushPlatform::Fcm => Ok(()),
    }
}

/// Whether the keys of a subscription are what a browser makes. The server sends nothing that needs
/// them, but a webhook may; a bare endpoint has none.
fn has_good_keys(token: &str) -> bool {
    #[derive(Deserialize)]
    struct Subscription {
        keys: Option<Keys>,
    }
    #[derive(Deserialize)]
    struct Keys {
        p256dh: String,
        auth: String,
    }
    let token = token.trim();
    if !token.starts_with('{') {
        return true;
    }
    let decoded = |text: &str| Base64::decode(text).map(|it| it.0).unwrap_or_default();
    serde_json::from_str::<Subscription>(token).is_ok_and(|subscription| {
        subscription.keys.is_none_or(|keys| {
            let point = decoded(&keys.p256dh);
            point.len() == P256DH_BYTES
                && point.first() == Some(&4)
                && decoded(&keys.auth).len() == AUTH_BYTES
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tokens_are_what_their_service_gives() {
        let is_good = |platform, token: &str| check(platform, token, Reach::Public).is_ok();
        for (token, good) in [
            ("0a1b2c3d", true),
            ("c2:APA91b-x_y", true),
            ("two words", false),
            ("a\nb", false),
            ("naïve", false),
        ] {
            assert_eq!(is_good(PushPlatform::Apns, token), good, "{token:?}");
            assert_eq!(is_good(PushPlatform::Fcm, token), good, "{token:?}");
            assert!(!is_good(PushPlatform::WebPush, token), "{token:?}");
        }
    }

    #[test]
    fn a_subscription_has_good_keys_or_none() {
        let is_good = |keys: serde_json::Value| {
            let token = json!({"endpoint": "https://push.example/x", "keys": keys}).to_string();
            check(PushPlatform::WebPush, &token, Reach::Public).is_ok()
        };
        let mut point = vec![4; P256DH_BYTES];
        let text = |bytes: &[u8]| json!(Base64(bytes.to_vec()));
        let auth = text(&[7; AUTH_BYTES]);
        assert!(is_good(json!(null)));
        assert!(is_good(json!({"p256dh": text(&point), "auth": auth})));
        assert!(!is_good(json!({"p256dh": text(&point)})));
        assert!(!is_good(json!({"p256dh": text(&point[1..]), "auth": auth})));
        assert!(!is_good(json!({"p256dh": text(&point), "auth": "x"})));
        assert!(!is_good(json!(["x", "y"])));
        point[0] = 2;
        assert!(!is_good(json!({"p256dh": text(&point), "auth": auth})));
    }
}
