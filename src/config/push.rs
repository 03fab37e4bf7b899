//! How devices without a live socket are woken.

use sentinal_app::{Mode, PushSettings, Secret, VapidSettings, WebhookSettings};
use sentinal_protocol::Base64;
use url::Url;

use super::Described;
use super::entropy::{MADE_BY_CHANCE, has_pattern};
use super::variables::Variables;

/// Bytes of a P-256 private key.
const KEY_BYTES: usize = 32;
/// Bytes of a webhook's secret, at least: as strong as it can be guessed.
const SECRET_BYTES_MIN: usize = 16;

/// Reads `VAPID_*` and `PUSH_*`.
pub(super) fn read(vars: &mut Variables, mode: Mode) -> PushSettings {
    let key = vars.read(
        "VAPID_PRIVATE_KEY",
        "a P-256 private key: 32 bytes in base64url",
        None,
        |text| {
            let bytes = Base64::decode(text)?;
            (bytes.len() == KEY_BYTES).then(|| Some(Secret::new(text)))
        },
    );
    let subject = vars.read("VAPID_SUBJECT", "a mailto: or https: URL", None, |text| {
        let url = Url::parse(text).ok()?;
        matches!(url.scheme(), "mailto" | "https").then(|| Some(text.to_owned()))
    });
    let vapid = key.and_then(|private_key| {
        if subject.is_none() && vars.text("VAPID_SUBJECT").is_none() {
            vars.refuse("VAPID_SUBJECT", "set with VAPID_PRIVATE_KEY");
        }
        let subject = subject?;
        Some(VapidSettings {
            private_key,
            subject,
        })
    });
    let url = vars.read("PUSH_WEBHOOK_URL", "an http(s) URL", None, |text| {
        let url = Url::parse(text).ok()?;
        let usable = matches!(url.scheme(), "http" | "https") && url.has_host();
        usable.then(|| Some(text.to_owned()))
    });
    let webhook = url.and_then(|url| {
        let secret = vars.text("PUSH_WEBHOOK_SECRET").unwrap_or_default();
        if secret.len() < SECRET_BYTES_MIN {
            let what = format!("set with PUSH_WEBHOOK_URL, {SECRET_BYTES_MIN} bytes or more");
            vars.refuse("PUSH_WEBHOOK_SECRET", &what);
            return None;
        }
        if mode == Mode::Release && has_pattern(secret) {
            vars.refuse("PUSH_WEBHOOK_SECRET", MADE_BY_CHANCE);
            return None;
        }
        let secret = Secret::new(secret);
        Some(WebhookSettings { url, secret })
    });
    let switch = [("on", true), ("off", false)];
    let allow_private = vars.word("PUSH_ALLOW_PRIVATE", false, &switch);
    if allow_private && mode == Mode::Release {
        vars.refuse(
            "PUSH_ALLOW_PRIVATE",
            "`off` in release mode: users name the endpoints",
        );
    }
    PushSettings {
        vapid,
        webhook,
        allow_private,
    }
}

pub(super) fn describe(settings: &PushSettings) -> Vec<Described> {
    let web_push = match &settings.vapid {
        Some(vapid) => format!("as {}", vapid.subject),
        None => "not configured".to_owned(),
    };
    let webhook = settings.webhook.as_ref().map(|webhook| &webhook.url);
    // Its path may hold a secret.
    let host = webhook.and_then(|url| Url::parse(url).ok());
    let host = host.map_or("none".to_owned(), |url| url.origin().ascii_serialization());
    vec![("web push", web_push), ("push webhook", host)]
}
