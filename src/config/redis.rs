//! Redis, by which nodes on one database tell each other what happens.

use sentinal_app::{BusSettings, Secret};
use url::Url;

use super::database::without_password;
use super::variables::Variables;

/// Characters of `REDIS_PREFIX`, which stands in front of each name in Redis.
const PREFIX_LENGTH_MAX: usize = 64;

/// `REDIS_URL`, or `REDIS_HOST`, `REDIS_PORT` and `REDIS_PASSWORD`; `REDIS_PREFIX`.
#[derive(Clone, Debug)]
pub struct Redis(pub BusSettings);

impl Redis {
    pub(super) fn read(vars: &mut Variables) -> Option<Self> {
        let port = vars.number("REDIS_PORT", 6379, 1, u64::from(u16::MAX));
        let url = if vars.text("REDIS_URL").is_some() {
            vars.read(
                "REDIS_URL",
                "a URL that starts with redis:// or rediss://",
                None,
                |text| {
                    let url = Url::parse(text).ok()?;
                    matches!(url.scheme(), "redis" | "rediss").then(|| Some(text.to_owned()))
                },
            )
        } else {
            let host = vars.text("REDIS_HOST")?.to_owned();
            let password = vars.text("REDIS_PASSWORD").map(str::to_owned);
            let built = Url::parse(&format!("redis://{host}:{port}")).ok();
            let built = built.and_then(|mut url| {
                url.set_password(password.as_deref()).ok()?;
                Some(url.to_string())
            });
            if built.is_none() {
                vars.refuse("REDIS_HOST", "a host name or an IP address");
            }
            built
        };
        let prefix = vars.read(
            "REDIS_PREFIX",
            "up to 64 letters, digits and : . _ -",
            "sentinal:".to_owned(),
            read_prefix,
        );
        Some(Self(BusSettings {
            url: Secret::new(url?),
            prefix,
        }))
    }

    pub(super) fn describe(&self) -> String {
        let url = without_password(self.0.url.expose());
        format!("{url}, names begin with {:?}", self.0.prefix)
    }
}

/// Printable, and no glob of `PSUBSCRIBE` or hash tag of a cluster.
fn read_prefix(text: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b":._-".contains(&byte);
    (text.len() <= PREFIX_LENGTH_MAX && text.bytes().all(is_plain)).then(|| text.to_owned())
}
