//! Who may do how much.

use std::time::Duration;

use sentinal_app::{Mode, Quota, RateLimitSettings};

use super::Described;
use super::variables::Variables;

/// The longest time that a bucket may take to fill.
const PERIOD_MAX: Duration = Duration::from_hours(24);
/// What a quota looks like.
const FORM: &str = "`off` or requests per time such as 30/60s, 100/1m, 1000/1h";

/// `RATE_LIMIT` and
/// `RATE_LIMIT_AUTH|MESSAGES|CALLS|GENERAL|WS_CONNECT|REGISTRATIONS|FILES|BROADCAST|STRANGERS|KEYS|REJOIN`.
pub(super) fn read(vars: &mut Variables, mode: Mode) -> RateLimitSettings {
    let on = vars.word("RATE_LIMIT", true, &[("on", true), ("off", false)]);
    let default = RateLimitSettings::default();
    let mut quota = |name, default| {
        vars.read(name, FORM, default, |text| {
            let is_off = text.eq_ignore_ascii_case("off");
            if is_off {
                Some(None)
            } else {
                parse(text).map(Some)
            }
        })
    };
    let read = RateLimitSettings {
        auth: quota("RATE_LIMIT_AUTH", default.auth),
        messages: quota("RATE_LIMIT_MESSAGES", default.messages),
        calls: quota("RATE_LIMIT_CALLS", default.calls),
        general: quota("RATE_LIMIT_GENERAL", default.general),
        ws_connect: quota("RATE_LIMIT_WS_CONNECT", default.ws_connect),
        registrations: quota("RATE_LIMIT_REGISTRATIONS", default.registrations),
        files: quota("RATE_LIMIT_FILES", default.files),
        broadcast: quota("RATE_LIMIT_BROADCAST", default.broadcast),
        strangers: quota("RATE_LIMIT_STRANGERS", default.strangers),
        keys: quota("RATE_LIMIT_KEYS", default.keys),
        rejoin: quota("RATE_LIMIT_REJOIN", default.rejoin),
    };
    if mode == Mode::Release {
        refuse_off(vars, on, &read);
    }
    if on { read } else { RateLimitSettings::OFF }
}

/// Limits that are off are for load tests: in public they let anybody guess and flood.
fn refuse_off(vars: &mut Variables, on: bool, read: &RateLimitSettings) {
    if !on {
        vars.refuse("RATE_LIMIT", "`on` in release mode");
    }
    for (name, quota) in [
        ("RATE_LIMIT_AUTH", read.auth),
        ("RATE_LIMIT_MESSAGES", read.messages),
        ("RATE_LIMIT_CALLS", read.calls),
        ("RATE_LIMIT_GENERAL", read.general),
        ("RATE_LIMIT_WS_CONNECT", read.ws_connect),
        ("RATE_LIMIT_REGISTRATIONS", read.registrations),
        ("RATE_LIMIT_FILES", read.files),
        ("RATE_LIMIT_BROADCAST", read.broadcast),
        ("RATE_LIMIT_STRANGERS", read.strangers),
        ("RATE_LIMIT_KEYS", read.keys),
        ("RATE_LIMIT_REJOIN", read.rejoin),
    ] {
        if quota.is_none() {
            vars.refuse(name, "a number of requests per time in release mode");
        }
    }
}

/// Reads requests per time.
fn parse(text: &str) -> Option<Quota> {
    let (requests, period) = text.split_once('/')?;
    let requests: u32 = requests.trim().parse().ok()?;
    let period = period.trim();
    let digits = period.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds = match period.get(digits.len()..)? {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return None,
    };
    let count: u64 = if digits.is_empty() {
        1
    } else {
        digits.parse().ok()?
    };
    let period = Duration::from_secs(count.checked_mul(seconds)?);
    let sane = requests > 0 && !period.is_zero() && period <= PERIOD_MAX;
    sane.then_some(Quota { requests, period })
}

/// The quotas for people.
pub(super) fn describe(limits: &RateLimitSettings) -> Vec<Described> {
    let shown = |quota: Option<Quota>| match quota {
        Some(quota) => format!("{}/{}s", quota.requests, quota.period.as_secs()),
        None => "off".to_owned(),
    };
    vec![
        ("rate limit auth", shown(limits.auth)),
        ("rate limit messages", shown(limits.messages)),
        ("rate limit calls", shown(limits.calls)),
        ("rate limit general", shown(limits.general)),
        ("rate limit ws_connect", shown(limits.ws_connect)),
        ("rate limit accounts", shown(limits.registrations)),
        ("rate limit files", shown(limits.files)),
        ("rate limit broadcast", shown(limits.broadcast)),
        ("rate limit strangers", shown(limits.strangers)),
        ("rate limit keys", shown(limits.keys)),
        ("rate limit rejoin", shown(limits.rejoin)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_requests_per_time() {
        let quota = |requests, seconds| {
            Some(Quota {
                requests,
                period: Duration::from_secs(seconds),
            })
        };
        assert_eq!(parse("30/60s"), quota(30, 60));
        assert_eq!(parse("5/m"), quota(5, 60));
        assert_eq!(parse("7 / 2h"), quota(7, 7_200));
        for wrong in [
            "", "30", "0/60s", "30/0s", "30/1w", "-1/60s", "30/99h", "x/y",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
