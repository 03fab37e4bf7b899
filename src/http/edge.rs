//! What both doors know of the network around the server: whom to believe, whom to let in.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::http::header::{FORWARDED, HOST, HeaderMap, HeaderName, HeaderValue, VIA};
use actix_web::{HttpRequest, web};
use ipnet::IpNet;
use sentinal_actors::byte_budget::ByteBudget;
use tokio::runtime::Handle;

use super::body_budget::Bodies;
use crate::config::{Listen, Network};
use crate::connections::{ConnectionLimits, Connections};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What proxies add to a request that they forward (RFC 7239, RFC 9110 §7.6.3, and custom).
const FORWARDING: [HeaderName; 7] = [
    FORWARDED,
    VIA,
    X_FORWARDED_FOR,
    X_FORWARDED_PROTO,
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-server"),
    HeaderName::from_static("x-real-ip"),
];

/// The network around one running server, and the state that both doors share.
#[derive(Debug, Default)]
pub(crate) struct Edge {
    network: Network,
    /// Whether operators have a door of their own.
    metrics_elsewhere: bool,
    /// Set once the server is about to leave: not ready, everything else goes on.
    leaving: AtomicBool,
    /// Set once it drains: no new sockets.
    draining: AtomicBool,
    /// Set once a proxy was warned of.
    has_warned: AtomicBool,
    /// Open connections, WebSockets included.
    connections: Arc<Connections>,
    /// Requests that are being answered.
    requests: Arc<AtomicUsize>,
    /// What bodies hold.
    bodies: Bodies,
    /// The runtimes of the worker threads.
    runtimes: Mutex<Vec<Handle>>,
}

impl Edge {
    /// For a server that starts, with nothing counted yet. So many connections may be open.
    pub(crate) fn new(network: &Network, listen: &Listen, connections_max: usize) -> Self {
        let connections = Connections::new(ConnectionLimits {
            all: connections_max,
            per_network: listen.per_network_of(connections_max),
            trusted_proxies: network.trusted_proxies.clone(),
        });
        Self {
            network: network.clone(),
            connections: Arc::new(connections),
            metrics_elsewhere: listen.operator_address.is_some(),
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

    /// Whether a page of this origin may open a socket: one that may call, or one that this server
    /// itself has served, by the address that the request was sent to or by its public one. No
    /// credentials come by themselves, so a name that was bent to this address gains nothing.
    pub(crate) fn allows_socket_from(&self, origin: &str, headers: &HeaderMap) -> bool {
        let host = headers.get(HOST).and_then(|value| value.to_str().ok());
        let public = self.network.public_url.as_deref();
        self.allows_origin(origin)
            || host.is_some_and(|host| is_of_host(origin, host))
            || public.is_some_and(|url| is_same_origin(origin, url))
    }

    /// Whether `GET /goroutines` answers.
    pub(crate) fn shows_goroutines(&self) -> bool {
        self.network.goroutines
    }

    /// Whether the web app is served.
    pub(crate) fn shows_web_app(&self) -> bool {
        self.network.web_app
    }

    /// Whether figures are shown at the public door.
    pub(crate) fn shows_metrics(&self) -> bool {
        !self.metrics_elsewhere
    }

    /// Open connections, and their limits.
    pub(crate) fn connections(&self) -> &Arc<Connections> {
        &self.connections
    }

    /// Counts a request as running until what it gives is dropped.
    pub(crate) fn begin_request(&self) -> RunningRequest {
        self.requests.fetch_add(1, Ordering::Relaxed);
        RunningRequest(Arc::clone(&self.requests))
    }

    /// Requests whose answers are not made yet.
    pub(crate) fn requests_running(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// What bodies of requests hold in memory.
    pub(crate) fn bodies(&self) -> &Arc<ByteBudget> {
        &self.bodies.0
    }

    /// From now on the server is about to leave.
    pub(crate) fn start_leaving(&self) {
        self.leaving.store(true, Ordering::Release);
    }

    /// From now on the server drains.
    pub(crate) fn start_draining(&self) {
        self.start_leaving();
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
        tasks + self.connections.open()
    }

    /// Whether the server is about to leave, or drains already.
    pub(crate) fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Acquire)
    }

    /// Whether the server drains.
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
        self.notice_proxy(client, headers);
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

    /// Whether a request comes from those who run this server: from one of their addresses, and not
    /// through a proxy that only lends it its own. Such a proxy stands on this machine, or forwards
    /// without being trusted to say for whom.
    pub(crate) fn is_operator(&self, peer: Option<SocketAddr>, headers: &HeaderMap) -> bool {
        let client = self.client_address(peer, headers);
        let is_of_proxy = is_forwarded(headers)
            && (client.is_loopback() || peer.is_none_or(|peer| peer.ip().to_canonical() == client));
        !is_of_proxy && contains(&self.network.operator_networks, client)
    }

    /// Says once that a proxy on this machine is not trusted: all its clients count as one.
    fn notice_proxy(&self, peer: IpAddr, headers: &HeaderMap) {
        let is_proxy = self.network.warns_of_proxies
            && peer.is_loopback()
            && is_forwarded(headers)
            && !contains(&self.network.trusted_proxies, peer);
        if is_proxy && !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                %peer,
                "requests are forwarded by a proxy on this machine that TRUSTED_PROXIES does not name: \
                 all its clients share one rate limit"
            );
        }
    }
}

/// Whether this origin is of a page that `host`, a `Host` header, has served.
fn is_of_host(origin: &str, host: &str) -> bool {
    let Ok(url) = url::Url::parse(origin) else {
        return false;
    };
    // A host without a port is reached by the usual one of the page's own scheme.
    matches!(url.scheme(), "http" | "https")
        && !host.contains(['@', '/', '?', '#', '\\'])
        && is_same_origin(origin, &format!("{}://{host}", url.scheme()))
}

fn is_same_origin(one: &str, other: &str) -> bool {
    match (url::Url::parse(one), url::Url::parse(other)) {
        (Ok(one), Ok(other)) => one.origin().is_tuple() && one.origin() == other.origin(),
        (Ok(_) | Err(_), _) => false,
    }
}

/// Whether a proxy says that it forwards a request.
fn is_forwarded(headers: &HeaderMap) -> bool {
    FORWARDING.iter().any(|name| headers.contains_key(name))
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct RunningRequest(Arc<AtomicUsize>);

impl Drop for RunningRequest {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
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
        let edge = Edge {
            network: Network {
                trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
                ..Network::default()
            },
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
    fn pages_of_the_server_itself_may_open_sockets() {
        let edge = Edge {
            network: Network {
                public_url: Some("https://chat.example/app".to_owned()),
                ..Network::default()
            },
            ..Edge::default()
        };
        let asks = |origin: &str, host: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            edge.allows_socket_from(origin, &headers)
        };
        assert!(asks("http://10.0.0.7:8080", "10.0.0.7:8080"));
        assert!(asks("https://inner.example", "inner.example"));
        assert!(asks("https://inner.example", "inner.example:443"));
        assert!(asks("https://chat.example", "127.0.0.1:8080"));
        for (origin, host) in [
            ("https://evil.example", "inner.example"),
            ("http://inner.example:81", "inner.example"),
            ("http://chat.example", "127.0.0.1:8080"),
            ("https://inner.example.evil.com", "inner.example"),
            ("https://evil.com", "evil.com@inner.example"),
            ("null", "null"),
            ("", ""),
        ] {
            assert!(!asks(origin, host), "{origin} {host}");
        }
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
    fn what_a_proxy_forwards_is_no_operators() {
        let edge = |proxies: &[&str]| Edge {
            network: Network {
                trusted_proxies: proxies.iter().map(|it| it.parse().unwrap()).collect(),
                operator_networks: vec![
                    "127.0.0.0/8".parse().unwrap(),
                    "10.0.0.0/8".parse().unwrap(),
                ],
                ..Network::default()
            },
            ..Edge::default()
        };
        let asks = |edge: &Edge, peer: &str, header: Option<(&'static str, &'static str)>| {
            let mut headers = HeaderMap::new();
            if let Some((name, value)) = header {
                headers.insert(
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                );
            }
            edge.is_operator(Some(SocketAddr::new(peer.parse().unwrap(), 1)), &headers)
        };
        let unaware = edge(&[]);
        assert!(asks(&unaware, "127.0.0.1", None));
        assert!(asks(&unaware, "10.0.0.1", None));
        assert!(!asks(&unaware, "192.0.2.1", None));
        for name in [
            "forwarded",
            "via",
            "x-forwarded-for",
            "x-forwarded-proto",
            "x-real-ip",
        ] {
            assert!(
                !asks(&unaware, "127.0.0.1", Some((name, "10.0.0.9"))),
                "{name}"
            );
            assert!(
                !asks(&unaware, "10.0.0.1", Some((name, "10.0.0.9"))),
                "{name}"
            );
        }
        // A proxy that is trusted says for whom it asks.
        let aware = edge(&["127.0.0.1/32"]);
        let for_operator = Some(("x-forwarded-for", "10.0.0.9"));
        assert!(asks(&aware, "127.0.0.1", for_operator));
        let for_stranger = Some(("x-forwarded-for", "192.0.2.1"));
        assert!(!asks(&aware, "127.0.0.1", for_stranger));
        let for_itself = Some(("x-forwarded-for", "127.0.0.1"));
        assert!(!asks(&aware, "127.0.0.1", for_itself));
    }

    #[test]
    fn what_is_no_address_ends_the_walk() {
        assert_eq!(
            client("10.0.0.1", "x-forwarded-for", "9.9.9.9, unknown"),
            "10.0.0.1"
        );
    }
}
