//! The ways to a device: Web Push (RFC 8030) with VAPID (RFC 8292), and a signed webhook for what
//! has services of its own.
//!
//! Web Push gets no body: an empty push needs no encryption (RFC 8291), and what the device needs to
//! know it asks the server for. The webhook is told which of the three things a push says.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use moka::sync::Cache;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, StatusCode, Url, redirect};
use sentinal_protocol::{Base64, Clock, PushPlatform, Timestamp};
use sentinal_store::PushTarget;
use serde_json::{Value, json};
use sha2::Sha256;

use super::job::{CALL_TTL, Job, Lane, Notice};
use super::outside::{Reach, Resolver, endpoint};
use super::settings::PushSettings;
use crate::remote::{Lookups, within};
use crate::secret::Secret;

/// How long a service may take to be reached, its name looked up included.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// How long the webhook may take for everything. Its answer's body is not read.
const WEBHOOK_WITHIN: Duration = Duration::from_secs(8);
/// How long a service of Web Push may take for everything: less, for users name it.
const WEB_PUSH_WITHIN: Duration = Duration::from_secs(3);
/// How long a push service keeps a wake for messages: after a day a device has other news anyway.
const MESSAGE_TTL: Duration = Duration::from_hours(24);
/// A VAPID token's life; RFC 8292 allows 24 hours.
const TOKEN_LIFETIME: Duration = Duration::from_hours(12);
/// How long a VAPID token is used, by both times: what it says of its end follows the wall.
const TOKEN_USED: Duration = Duration::from_hours(1);
/// VAPID tokens kept: one per push service. Users name services, so there is an end.
const TOKENS_KEPT: u64 = 256;
/// Undelivered wakes for messages replace each other.
const MESSAGE_TOPIC: &str = "message";

/// Why pushes cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The private key is none.
    #[error("not a private key")]
    Key,
    /// The client of push services cannot be made.
    #[error("no client")]
    Client(#[from] reqwest::Error),
}

/// What became of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The service has taken it.
    Taken,
    /// The service knows the token no more.
    Gone,
    /// Not now; perhaps after so long.
    Later(Option<Duration>),
    /// It is not taken, now or later.
    Refused,
    /// A service that a user has named did not answer in time, or was not reached at all.
    Unreachable,
}

/// All ways there are.
pub(super) struct Senders {
    web_push: Option<WebPush>,
    webhook: Option<Webhook>,
}

struct WebPush {
    http: Client,
    reach: Reach,
    key: SigningKey,
    public_key: String,
    subject: String,
    /// By service and by the hour in which they were made.
    tokens: Cache<(String, i64), String>,
}

struct Webhook {
    http: Client,
    url: String,
    secret: Secret,
}

/// One of the ways.
enum Way<'a> {
    WebPush(&'a WebPush),
    Webhook(&'a Webhook),
}

impl Senders {
    /// As configured; `None` without any.
    pub(super) fn new(settings: &PushSettings) -> Result<Option<Self>, PushError> {
        let web_push = match &settings.vapid {
            Some(vapid) => {
                let reach = Reach::of(settings);
                let key = Base64::decode(vapid.private_key.expose()).ok_or(PushError::Key)?;
                let key = SigningKey::from_slice(&key.0).map_err(|_| PushError::Key)?;
                let point = key.verifying_key().to_encoded_point(false);
                let lookups = Lookups::system();
                let http = client().dns_resolver(Resolver { reach, lookups });
                let http = http.no_proxy();
                Some(WebPush {
                    http: http.https_only(reach == Reach::Public).build()?,
                    reach,
                    public_key: URL_SAFE_NO_PAD.encode(point.as_bytes()),
                    key,
                    subject: vapid.subject.clone(),
                    tokens: Cache::builder()
                        .max_capacity(TOKENS_KEPT)
                        .time_to_live(TOKEN_USED)
                        .build(),
                })
            }
            None => None,
        };
        let webhook = match &settings.webhook {
            Some(webhook) => Some(Webhook {
                http: client().dns_resolver(Lookups::system()).build()?,
                url: webhook.url.clone(),
                secret: webhook.secret.clone(),
            }),
            None => None,
        };
        let any = web_push.is_some() || webhook.is_some();
        Ok(any.then_some(Self { web_push, webhook }))
    }

    /// What browsers are given as `applicationServerKey`.
    pub(super) fn public_key(&self) -> Option<&str> {
        self.web_push.as_ref().map(|it| it.public_key.as_str())
    }

    /// Whether there is a way to devices of this platform.
    pub(super) fn reaches(&self, platform: PushPlatform) -> bool {
        self.way(platform).is_some()
    }

    fn way(&self, platform: PushPlatform) -> Option<Way<'_>> {
        let webhook = self.webhook.as_ref().map(Way::Webhook);
        match (platform, &self.web_push) {
            (PushPlatform::WebPush, Some(web_push)) => Some(Way::WebPush(web_push)),
            (PushPlatform::WebPush, None) | (PushPlatform::Apns | PushPlatform::Fcm, _) => webhook,
        }
    }

    /// Which way a target is reached, if it is.
    pub(super) fn lane(&self, target: &PushTarget) -> Lane {
        match self.way(target.platform) {
            Some(Way::WebPush(web_push)) => {
                let url = endpoint(&target.token, web_push.reach);
                let host = url.map(|it| it.origin().ascii_serialization());
                Lane::WebPush(host.unwrap_or_default())
            }
            Some(Way::Webhook(_)) | None => Lane::Webhook,
        }
    }

    /// Tries to send one push.
    pub(super) async fn send(&self, job: &Job, clock: &Clock) -> Outcome {
        let is_web_push = matches!(job.lane, Lane::WebPush(_));
        let (limit, service) = if is_web_push {
            (WEB_PUSH_WITHIN, "a service of Web Push")
        } else {
            (WEBHOOK_WITHIN, "the webhook")
        };
        let (request, gone): (_, &[StatusCode]) = match self.way(job.target.platform) {
            Some(Way::WebPush(web_push)) => {
                let request = web_push.request(job, clock.now());
                // RFC 8030 §7.3.
                (request, &[StatusCode::NOT_FOUND, StatusCode::GONE])
            }
            // A 404 may be an address that the operator mistyped.
            Some(Way::Webhook(webhook)) => (webhook.request(job, clock.now()), &[StatusCode::GONE]),
            None => return Outcome::Refused,
        };
        // A token that names no endpoint never will.
        let Some(request) = request else {
            return Outcome::Gone;
        };
        match within(limit, service, request.send()).await {
            Ok(Ok(answer)) => {
                let status = answer.status();
                let outcome = judge(status, answer.headers(), gone);
                // Services of Web Push are named by users: what they say is for nobody's attention.
                if outcome == Outcome::Refused && is_web_push {
                    let class = status.as_u16() / 100;
                    tracing::debug!(class, "push: a service of Web Push refuses");
                } else if outcome == Outcome::Refused {
                    tracing::warn!(%status, "push: the webhook refuses");
                }
                outcome
            }
            Ok(Err(error)) => {
                // The address of an endpoint is a secret of its device.
                let error = error.without_url();
                tracing::debug!(%error, "push: a service was not reached");
                if is_web_push && (error.is_timeout() || error.is_connect()) {
                    Outcome::Unreachable
                } else {
                    Outcome::Later(None)
                }
            }
            Err(error) => {
                tracing::debug!(%error, "push: no answer");
                if is_web_push {
                    Outcome::Unreachable
                } else {
                    Outcome::Later(None)
                }
            }
        }
    }
}

fn judge(status: StatusCode, headers: &HeaderMap, gone: &[StatusCode]) -> Outcome {
    if status.is_success() {
        Outcome::Taken
    } else if gone.contains(&status) {
        Outcome::Gone
    } else if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        let after = headers.get(RETRY_AFTER).and_then(|it| it.to_str().ok());
        let seconds = after.and_then(|it| it.trim().parse().ok());
        Outcome::Later(seconds.map(Duration::from_secs))
    } else {
        Outcome::Refused
    }
}

/// A client for services; what a request may take in all is for whoever makes it.
fn client() -> reqwest::ClientBuilder {
    Client::builder()
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_WITHIN)
}

impl Notice {
    fn ttl(self) -> Duration {
        match self {
            Self::Message => MESSAGE_TTL,
            Self::Call(_) | Self::CallCancelled(_) => CALL_TTL,
        }
    }

    fn urgency(self) -> &'static str {
        match self {
            Self::Message => "normal",
            Self::Call(_) | Self::CallCancelled(_) => "high",
        }
    }

    /// What is undelivered of the same topic is replaced; 32 characters at most (RFC 8030 §5.4).
    fn topic(self) -> String {
        match self {
            Self::Message => MESSAGE_TOPIC.to_owned(),
            Self::Call(id) | Self::CallCancelled(id) => id.simple().to_string(),
        }
    }

    fn payload(self) -> Value {
        match self {
            Self::Message => json!({ "type": "message" }),
            Self::Call(id) => json!({ "type": "call", "call_id": id }),
            Self::CallCancelled(id) => json!({ "type": "call_cancelled", "call_id": id }),
        }
    }
}

impl WebPush {
    fn request(&self, job: &Job, now: Timestamp) -> Option<RequestBuilder> {
        let url = endpoint(&job.target.token, self.reach)?;
        let token = self.token(&url, now);
        let request = self.http.post(url);
        let authorization = format!("vapid t={token}, k={}", self.public_key);
        let request = request
            .header(AUTHORIZATION, authorization)
            .header("TTL", job.notice.ttl().as_secs())
            .header("Urgency", job.notice.urgency())
            .header("Topic", job.notice.topic())
            // An empty body is sent as none, and some services want to be told its length.
            .header(CONTENT_LENGTH, 0_u64)
            .body(Vec::new());
        Some(request)
    }

    /// The JWT that proves to one push service who asks (RFC 8292 §2).
    fn token(&self, url: &Url, now: Timestamp) -> String {
        let audience = url.origin().ascii_serialization();
        let hour = now.millis() / i64::try_from(TOKEN_USED.as_millis()).unwrap_or(i64::MAX);
        self.tokens.get_with((audience.clone(), hour), || {
            let header = json!({ "typ": "JWT", "alg": "ES256" });
            let claims = json!({
                "aud": audience,
                "exp": now.plus(TOKEN_LIFETIME).millis() / 1_000,
                "sub": self.subject,
            });
            let part = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
            let signed = format!("{}.{}", part(&header), part(&claims));
            let signature: Signature = self.key.sign(signed.as_bytes());
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
        })
    }
}

impl Webhook {
    fn request(&self, job: &Job, now: Timestamp) -> Option<RequestBuilder> {
        let body = json!({
            "platform": job.target.platform,
            "token": job.target.token,
            "payload": job.notice.payload(),
            "ttl_seconds": job.notice.ttl().as_secs(),
            "urgency": job.notice.urgency(),
            "collapse_key": job.notice.topic(),
        })
        .to_string();
        let at = now.millis() / 1_000;
        let signature = sign(&self.secret, at, &body)?;
        let request = self.http.post(&self.url);
        let request = request
            .header(CONTENT_TYPE, "application/json")
            .header("X-Sentinal-Signature", format!("t={at},v1={signature}"))
            .body(body);
        Some(request)
    }
}

/// HMAC-SHA256 of time and body, in hexadecimal digits.
fn sign(secret: &Secret, at: i64, body: &str) -> Option<String> {
    use std::fmt::Write as _;
    // A key of any length will do.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    mac.update(format!("{at}.{body}").as_bytes());
    let mut hex = String::with_capacity(64);
    for byte in mac.finalize().into_bytes() {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Some(hex)
}
