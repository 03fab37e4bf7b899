//! Redis, which nodes will share.

use sentinal_app::Secret;
use url::Url;

use super::database::without_password;
use super::variables::Variables;

/// `REDIS_URL`, or `REDIS_HOST`, `REDIS_PORT` and `REDIS_PASSWORD`.
#[derive(Clone, Debug)]
pub struct Redis {
    /// As `redis://[:password@]host:port`.
    pub url: Secret,
}

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
        Some(Self {
            url: Secret::new(url?),
        })
    }

    pub(super) fn describe(&self) -> String {
        let url = without_password(self.url.expose());
        format!("{url} (not used: this version runs as a single node)")
    }
}
