//! Where the server listens, and with how many threads.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::Described;
use super::variables::Variables;

/// `APP_HOST`, `APP_PORT`, `WORKERS`, `CONNECTIONS_MAX`.
#[derive(Clone, Debug)]
pub struct Listen {
    /// The address; port 0 takes any free one.
    pub address: SocketAddr,
    /// Worker threads; as many as there are cores unless told otherwise.
    pub workers: usize,
    /// Connections at once, over all workers; more wait to be accepted.
    pub connections_max: usize,
}

impl Listen {
    pub(super) fn read(vars: &mut Variables) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let host = vars.read(
            "APP_HOST",
            "an IP address",
            IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            |text| match text {
                "localhost" => Some(Ipv4Addr::LOCALHOST.into()),
                text => text.parse().ok(),
            },
        );
        let port = vars.number("APP_PORT", 8080, 0, u64::from(u16::MAX));
        let workers = vars.number("WORKERS", cores as u64, 1, 512);
        let connections_max = vars.number("CONNECTIONS_MAX", 25_000, 1, 10_000_000);
        Self {
            address: SocketAddr::new(host, u16::try_from(port).unwrap_or(8080)),
            workers: usize::try_from(workers).unwrap_or(cores),
            connections_max: usize::try_from(connections_max).unwrap_or(usize::MAX),
        }
    }

    pub(super) fn describe(&self) -> Vec<Described> {
        vec![
            ("address", self.address.to_string()),
            ("workers", self.workers.to_string()),
            ("connections at most", self.connections_max.to_string()),
        ]
    }
}
