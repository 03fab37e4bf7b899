//! Where the server listens, and with how many threads; how long it goes on at the end.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use sentinal_app::Mode;

use super::Described;
use super::variables::Variables;

/// Seconds a server may go on after it was told to end. Load balancers look every few seconds; an
/// hour would be a mistake.
const DRAIN_DELAY_MAX: u64 = 600;

/// `APP_HOST`, `APP_PORT`, `OPERATOR_ADDR`, `WORKERS`, `CONNECTIONS_MAX`, `CONNECTIONS_PER_NETWORK`,
/// `DRAIN_DELAY`.
#[derive(Clone, Debug)]
pub struct Listen {
    /// The address; port 0 takes any free one.
    pub address: SocketAddr,
    /// Where operators ask, with a thread of their own, if anywhere; port 0 takes any free one.
    pub operator_address: Option<SocketAddr>,
    /// Worker threads; as many as there are cores unless told otherwise.
    pub workers: usize,
    /// Connections at once, over all workers, WebSockets included; more are refused.
    pub connections_max: usize,
    /// Percent of them that one network may have once half of all are taken; `None` for no limit.
    pub connections_per_network: Option<u8>,
    /// How long it serves on at the end while it says that it is not ready.
    pub drain_delay: Duration,
}

impl Listen {
    pub(super) fn read(vars: &mut Variables, mode: Mode) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let default = match mode {
            // What runs on a developer's machine has the rights and the secrets of one: it is not for
            // the network around it unless somebody says so.
            Mode::Debug | Mode::Test => Ipv4Addr::LOCALHOST,
            Mode::Release => Ipv4Addr::UNSPECIFIED,
        };
        let host = vars.read(
            "APP_HOST",
            "an IP address",
            IpAddr::V4(default),
            |text| match text {
                "localhost" => Some(Ipv4Addr::LOCALHOST.into()),
                text => text.parse().ok(),
            },
        );
        let port = vars.number("APP_PORT", 8080, 0, u64::from(u16::MAX));
        let workers = vars.number("WORKERS", cores as u64, 1, 512);
        let connections_max = vars.number("CONNECTIONS_MAX", 25_000, 1, 10_000_000);
        let per_network = vars.number("CONNECTIONS_PER_NETWORK", 10, 1, 100);
        let is_limited = !vars
            .text("RATE_LIMIT")
            .is_some_and(|text| text.eq_ignore_ascii_case("off"));
        let operator_address = vars.read(
            "OPERATOR_ADDR",
            "an address and a port such as 127.0.0.1:9090",
            None,
            |text| text.parse().ok().map(Some),
        );
        let drain_delay = vars.number("DRAIN_DELAY", 0, 0, DRAIN_DELAY_MAX);
        Self {
            address: SocketAddr::new(host, u16::try_from(port).unwrap_or(8080)),
            operator_address,
            workers: usize::try_from(workers).unwrap_or(cores),
            connections_max: usize::try_from(connections_max).unwrap_or(usize::MAX),
            connections_per_network: u8::try_from(per_network).ok().filter(|_| is_limited),
            drain_delay: Duration::from_secs(drain_delay),
        }
    }

    /// Connections that one network may have once half of so many are taken; one at least.
    pub(crate) fn per_network_of(&self, connections_max: usize) -> Option<usize> {
        let percent = usize::from(self.connections_per_network?);
        Some((connections_max.saturating_mul(percent) / 100).max(1))
    }

    pub(super) fn describe(&self) -> Vec<Described> {
        vec![
            ("address", self.address.to_string()),
            (
                "operator address",
                self.operator_address
                    .map_or_else(|| "none".to_owned(), |it| it.to_string()),
            ),
            ("workers", self.workers.to_string()),
            ("connections at most", self.connections_max.to_string()),
            (
                "of one network",
                self.connections_per_network.map_or_else(
                    || "as many".to_owned(),
                    |percent| format!("{percent} % once half are taken"),
                ),
            ),
            ("drain delay", format!("{} s", self.drain_delay.as_secs())),
        ]
    }
}
