//! What both doors know of the network around the server: whom to believe, whom to let in.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName};
use actix_web::{HttpRequest, web};
use ipnet::IpNet;

use super::cors::Origins;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The door's own settings.
#[derive(Clone, Debug, Default)]
pub struct Edge {
    /// Origins whose pages may call.
    pub origins: Origins,
    /// Proxies whose word about the client's address is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Networks that are told what exactly is down.
    pub operator_networks: Vec<IpNet>,
    /// Whether `GET /goroutines` answers.
    pub goroutines: bool,
    /// Set once the server is on its way down: not ready, no new sockets.
    pub draining: Arc<AtomicBool>,
}

impl Edge {
    /// The settings that a request was received with.
    pub(crate) fn of(request: &HttpRequest) -> web::Data<Self> {
        match request.app_data::<web::Data<Self>>() {
            Some(edge) => edge.clone(),
            None => web::Data::new(Self::default()),
        }
    }

    /// The address that a request comes from. Forwarding headers count only as far as trusted
    /// proxies wrote them: from the right, up to the first address that is not one of them.
    ///
    /// Where both headers are there `X-Forwarded-For` is read, because it is the one that
    /// proxies write; a proxy must overwrite, extend or remove it.
    pub(crate) fn client_address(&self, peer: Option<SocketAddr>, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| {
            peer.ip().to_canonical()
        });
        let forwarded = if headers.contains_key(X_FORWARDED_FOR) {
            listed(headers, &X_FORWARDED_FOR)
        } else {
            listed(headers, &FORWARDED)
        };
        for hop in forwarded.into_iter().rev() {
            if !contains(&self.trusted_proxies, client) {
                break;
            }
            let Some(address) = address_of(hop) else {
                break;
            };
            client = address;
        }
        client
    }

    /// Whether the server is on its way down.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Whether the address belongs to those who run this server.
    pub(crate) fn is_operator(&self, address: IpAddr) -> bool {
        contains(&self.operator_networks, address)
    }
}

fn contains(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

/// The elements of a header that is a list, over all its lines.
fn listed<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<&'a str> {
    headers
        .get_all(name)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .collect()
}

/// The address in one element of either header, with or without port.
fn address_of(element: &str) -> Option<IpAddr> {
    let node = element
        .split(';')
        .find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            name.eq_ignore_ascii_case("for").then_some(value)
        })
        .unwrap_or(element)
        .trim()
        .trim_matches('"');
    let address = node
        .parse::<IpAddr>()
        .or_else(|_| node.parse::<SocketAddr>().map(|socket| socket.ip()))
        .or_else(|_| node.trim_matches(['[', ']']).parse());
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn client(peer: &str, header: &'static str, value: &'static str) -> String {
        let edge = Edge {
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            ..Edge::default()
        };
        let mut headers = HeaderMap::new();
        headers.insert(
            HeaderName::from_static(header),
            HeaderValue::from_static(value),
        );
        let peer = SocketAddr::new(peer.parse().unwrap(), 1);
        edge.client_address(Some(peer), &headers).to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_its_address() {
        assert_eq!(client("1.2.3.4", "x-forwarded-for", "9.9.9.9"), "1.2.3.4");
        assert_eq!(client("1.2.3.4", "forwarded", "for=9.9.9.9"), "1.2.3.4");
    }

    #[test]
    fn behind_proxies_the_last_address_that_is_not_one_counts() {
        let list = "6.6.6.6, 9.9.9.9, 10.0.0.2";
        assert_eq!(client("10.0.0.1", "x-forwarded-for", list), "9.9.9.9");
        let list = "for=6.6.6.6, for=\"[2001:db8::7]:4711\";proto=https, for=10.0.0.2";
        assert_eq!(client("10.0.0.1", "forwarded", list), "2001:db8::7");
        assert_eq!(
            client("10.0.0.1", "x-forwarded-for", "10.0.0.9"),
            "10.0.0.9"
        );
    }

    #[test]
    fn what_is_no_address_ends_the_walk() {
        assert_eq!(
            client("10.0.0.1", "x-forwarded-for", "9.9.9.9, unknown"),
            "10.0.0.1"
        );
    }
}
