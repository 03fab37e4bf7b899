//! Where a push may go: endpoints of Web Push come from users, and must not lead the server into
//! its own network.
//!
//! An endpoint is an `https` URL on the usual port without credentials; its name must resolve to
//! public addresses, which are looked at where the connection is made, so that a name cannot change
//! its mind in between. Redirects are not followed.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde::Deserialize;

use super::settings::PushSettings;
use crate::remote::Lookups;

/// How far pushes may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Public services alone.
    Public,
    /// Anything, without TLS too: for developers and tests.
    Anything,
}

impl Reach {
    /// As configured.
    pub(super) fn of(settings: &PushSettings) -> Self {
        if settings.allow_private {
            Self::Anything
        } else {
            Self::Public
        }
    }
}

/// The endpoint of a Web Push token: a `PushSubscription` as JSON text, or its URL alone.
pub(super) fn endpoint(token: &str, reach: Reach) -> Option<Url> {
    #[derive(Deserialize)]
    struct Subscription {
        endpoint: String,
    }
    let token = token.trim();
    let url = if token.starts_with('{') {
        let subscription: Subscription = serde_json::from_str(token).ok()?;
        Url::parse(&subscription.endpoint).ok()?
    } else {
        Url::parse(token).ok()?
    };
    let plain = url.username().is_empty() && url.password().is_none();
    let host = url.host_str().filter(|_| plain)?;
    match reach {
        Reach::Anything => matches!(url.scheme(), "http" | "https"),
        Reach::Public => {
            // An address is not looked up, so it is looked at here.
            let literal = host.trim_matches(['[', ']']).parse::<IpAddr>();
            url.scheme() == "https" && url.port().is_none() && literal.map_or(true, is_public)
        }
    }
    .then_some(url)
}

/// Looks names up and keeps the addresses that are allowed.
#[derive(Clone, Debug)]
pub(super) struct Resolver {
    pub(super) reach: Reach,
    pub(super) lookups: Lookups,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let Self { reach, lookups } = self.clone();
        Box::pin(async move {
            let mut addresses = lookups.find(name.as_str(), 0).await?;
            addresses.retain(|it| reach == Reach::Anything || is_public(it.ip()));
            if addresses.is_empty() {
                let error = io::Error::other("the name leads to no public address");
                return Err(error.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the open internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        // Carrier-grade NAT, RFC 6598.
        || (a == 100 && (64..128).contains(&b))
        // Protocol assignments and the old 6to4 relays.
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        // Benchmarks, RFC 2544.
        || (a == 198 && (18..20).contains(&b))
        // Reserved, and broadcast.
        || a >= 240)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // An IPv4 address in the clothes of IPv6, or behind NAT64.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            embedded(high, low)
        }
        // 6to4.
        [0x2002, high, low, ..] => embedded(high, low),
        // Teredo and other special purposes (2001::/23), documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        // Global unicast, 2000::/3.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_of_ones_own_network_are_not_public() {
        for inside in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "3fff::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.32.0.1",
            "198.20.0.1",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn endpoints_are_plain_https_urls_or_subscriptions_of_them() {
        let public = |token: &str| endpoint(token, Reach::Public).map(String::from);
        let url = "https://push.example/send/abc";
        assert_eq!(public(url).as_deref(), Some(url));
        let subscription = format!(r#"{{"endpoint":"{url}","keys":{{"auth":"x"}}}}"#);
        assert_eq!(public(&subscription).as_deref(), Some(url));
        for refused in [
            "",
            "abc",
            "{}",
            r#"{"endpoint":7}"#,
            "http://push.example/",
            "ftp://push.example/",
            "https://push.example:8443/",
            "https://me@push.example/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://10.0.0.1:443/",
            "https://[::ffff:10.0.0.1]/",
            "file:///etc/passwd",
        ] {
            assert_eq!(public(refused), None, "{refused}");
        }
        assert!(
            public("https://push.example:443/").is_some(),
            "the usual port"
        );
        let near = "http://127.0.0.1:4000/x";
        assert_eq!(
            endpoint(near, Reach::Anything).map(String::from).as_deref(),
            Some(near)
        );
    }

    #[tokio::test]
    async fn names_of_the_machine_itself_are_not_found() {
        let name = || "localhost".parse::<Name>().unwrap();
        let resolver = |reach| Resolver {
            reach,
            lookups: Lookups::system(),
        };
        assert!(resolver(Reach::Public).resolve(name()).await.is_err());
        let near = resolver(Reach::Anything).resolve(name()).await;
        let mut near = near.unwrap();
        assert!(near.all(|address| address.ip().is_loopback()));
    }

    proptest! {
        /// However an IPv4 address is dressed, it is judged as what it is.
        #[test]
        fn dressing_an_address_up_makes_no_difference(bits: u32) {
            let plain = Ipv4Addr::from(bits);
            let [a, b, c, d] = plain.octets();
            let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            for dressed in [
                plain.to_ipv6_mapped(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
            ] {
                prop_assert_eq!(is_public(dressed.into()), is_public(plain.into()));
            }
            prop_assert!(!is_public(plain.to_ipv6_compatible().into()));
        }

        #[test]
        fn any_text_is_a_token_or_none(token: String) {
            let _ = endpoint(&token, Reach::Public);
        }
    }
}
