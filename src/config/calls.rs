//! Where devices in a call find help to reach each other.

use std::time::Duration;

use sentinal_app::{CallSettings, Mode, Secret};

use super::Described;
use super::entropy::{MADE_BY_CHANCE, has_pattern};
use super::variables::Variables;

/// Credentials last at least so long that a call can begin, and at most a day: who has them may
/// relay what they like.
const TTL_SECONDS: (u64, u64) = (60, 86_400);

/// `STUN_URLS`, `TURN_URLS`, `TURN_SECRET`, `TURN_TTL`.
#[derive(Clone, Debug)]
pub struct Calls {
    /// What the use cases need.
    pub settings: CallSettings,
}

impl Calls {
    pub(super) fn read(vars: &mut Variables, mode: Mode) -> Self {
        let usual = CallSettings::default();
        let (least, most) = TTL_SECONDS;
        let ttl = vars.number("TURN_TTL", usual.turn_ttl.as_secs(), least, most);
        let settings = CallSettings {
            stun_urls: urls(vars, "STUN_URLS", &["stun:", "stuns:"]),
            turn_urls: urls(vars, "TURN_URLS", &["turn:", "turns:"]),
            turn_secret: vars.text("TURN_SECRET").map(Secret::new),
            turn_ttl: Duration::from_secs(ttl),
        };
        if !settings.turn_urls.is_empty() && settings.turn_secret.is_none() {
            vars.refuse("TURN_SECRET", "set with TURN_URLS");
        }
        let secret = settings.turn_secret.as_ref();
        if mode == Mode::Release && secret.is_some_and(|secret| has_pattern(secret.expose())) {
            vars.refuse("TURN_SECRET", MADE_BY_CHANCE);
        }
        Self { settings }
    }

    pub(super) fn describe(&self) -> Vec<Described> {
        let list = |urls: &[String]| match urls {
            [] => "none".to_owned(),
            urls => urls.join(", "),
        };
        let settings = &self.settings;
        vec![
            ("STUN servers", list(&settings.stun_urls)),
            ("TURN servers", list(&settings.turn_urls)),
            (
                "TURN credentials",
                format!("good for {} s", settings.turn_ttl.as_secs()),
            ),
        ]
    }
}

/// A list of addresses, each with one of these schemes.
fn urls(vars: &mut Variables, name: &str, schemes: &[&str]) -> Vec<String> {
    let urls = vars.list(name).unwrap_or_default();
    let fits = |url: &String| {
        let after = schemes.iter().find_map(|scheme| url.strip_prefix(scheme));
        // A password in it would be shown.
        after.is_some_and(|host| !host.is_empty() && !host.contains(['@', ' ']))
    };
    if !urls.iter().all(fits) {
        vars.refuse(
            name,
            "a list of addresses such as turn:turn.example.org:3478?transport=udp",
        );
    }
    urls
}
