//! How devices without a live socket are woken: the configuration.

use crate::secret::Secret;

/// A key pair that push services know this server by (RFC 8292).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VapidSettings {
    /// The private key: 32 bytes in base64url.
    pub private_key: Secret,
    /// Whom push services may turn to: a `mailto:` or `https:` URL.
    pub subject: String,
}

/// Who is told of pushes that this server does not send itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSettings {
    /// The address that requests go to.
    pub url: String,
    /// What its requests are signed with.
    pub secret: Secret,
}

/// How devices without a live socket are woken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushSettings {
    /// Web Push.
    pub vapid: Option<VapidSettings>,
    /// Everything else, and Web Push without VAPID.
    pub webhook: Option<WebhookSettings>,
    /// Whether endpoints of Web Push may lie in private networks and go without TLS.
    pub allow_private: bool,
}
