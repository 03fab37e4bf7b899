//! What both doors know of the network around the server: whom to believe, whom to let in.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::http::header::{FORWARDED, HOST, HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpRequest, web};
use ipnet::IpNet;
use tokio::runtime::Handle;

use crate::config::Network;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The network around one running server, and the state that both doors share.
#[derive(Debug, Default)]
pub(crate) struct Edge {
    network: Network,
    /// Set once the server is on its way down: not ready, no new sockets.
    draining: AtomicBool,
    /// Open connections of the HTTP door.
    connections: Arc<AtomicUsize>,
    /// The runtimes of the worker threads.
    runtimes: Mutex<Vec<Handle>>,
}

impl Edge {
    /// For a server that starts, with nothing counted yet.
    pub(crate) fn new(network: Network) -> Self {
        Self {
            network,
            ..Self::default()
        }
    }

    /// The edge that a request was received at.
    pub(crate) fn of(request: &HttpRequest) -> web::Data<Self> {
        match request.app_data::<web::Data<Self>>() {
            Some(edge) => edge.clone(),
            None => web::Data::new(Self::default()),
        }
    }

    /// Whether a page of this origin may call.
    pub(crate) fn allows_origin(&self, origin: &str) -> bool {
        self.network.origins.allow(origin)
    }

    /// Whether `GET /goroutines` answers.
    pub(crate) fn shows_goroutines(&self) -> bool {
        self.network.goroutines
    }

    /// The counter of open connections of the HTTP door.
    pub(crate) fn connections(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.connections)
    }

    /// From now on the server is on its way down.
    pub(crate) fn start_draining(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Counts the tasks of the present thread's runtime from now on.
    pub(crate) fn watch_this_thread(&self) {
        self.runtimes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Handle::current());
    }

    /// Live tasks of all worker threads, and open connections.
    pub(crate) fn live_tasks(&self) -> usize {
        let runtimes = self.runtimes.lock().unwrap_or_else(PoisonError::into_inner);
        let tasks: usize = runtimes
            .iter()
            .map(|runtime| runtime.metrics().num_alive_tasks())
            .sum();
        tasks + self.connections.load(Ordering::Relaxed)
    }

    /// Whether the server is on its way down.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
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
            if !contains(&self.network.trusted_proxies, client) {
                break;
            }
            let Some(address) = address_of(hop) else {
                break;
            };
            client = address;
        }
        client
    }

    /// The start of absolute addresses of this server: as configured, else the host that a request
    /// was sent to, over TLS if a trusted proxy says so. Empty if it names none.
    pub(crate) fn base_url(&self, peer: Option<SocketAddr>, headers: &HeaderMap) -> String {
        if let Some(url) = &self.network.public_url {
            return url.clone();
        }
        let text = |name| {
            headers
                .get(name)
                .and_then(|value: &HeaderValue| value.to_str().ok())
        };
        let is_proxy = peer
            .is_some_and(|peer| contains(&self.network.trusted_proxies, peer.ip().to_canonical()));
        let scheme = match text(X_FORWARDED_PROTO) {
            Some("https") if is_proxy => "https",
            Some(_) | None => "http",
        };
        text(HOST).map_or_else(String::new, |host| format!("{scheme}://{host}"))
    }

    /// Whether the address belongs to those who run this server.
    pub(crate) fn is_operator(&self, address: IpAddr) -> bool {
        contains(&self.network.operator_networks, address)
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
    use super::*;

    fn client(peer: &str, header: &'static str, value: &'static str) -> String {
        let edge = Edge::new(Network {
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            ..Network::default()
        });
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
