//! The caller's rate limits.

use sentinal_app::rate_limits::{Bucket, Key};
use sentinal_protocol::api::server::{RateLimit, RateLimits};

use crate::http::{Answer, App, Caller, ClientAddress};

/// `GET /v1/rate-limits` — what is left to the caller in each bucket.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 | | the buckets |
/// | 401 | `UNAUTHORIZED` | no usable access token |
pub(super) async fn list(app: App, caller: Caller, client: ClientAddress) -> Answer<RateLimits> {
    let rate_limits = Bucket::ALL.map(|bucket| {
        let key = match bucket {
            // Counted before anybody is signed in, or without.
            Bucket::Auth | Bucket::Registrations | Bucket::Files => Key::from(client.0),
            Bucket::Messages
            | Bucket::Calls
            | Bucket::General
            | Bucket::WsConnect
            | Bucket::Broadcast
            | Bucket::Strangers
            | Bucket::Keys => Key::from(caller.user_id),
        };
        let seen = app.limits.peek(bucket, key);
        RateLimit {
            bucket: bucket.as_str().to_owned(),
            limit: seen.map(|seen| seen.limit),
            remaining: seen.map(|seen| seen.remaining),
            reset: seen.map(|seen| seen.reset_seconds()),
        }
    });
    Answer::ok(RateLimits {
        rate_limits: rate_limits.to_vec(),
    })
}
