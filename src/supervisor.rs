//! What a supervisor such as systemd is told over its socket (`sd_notify(3)`, `Type=notify`): that
//! the server serves, that it stops, that it lives.
//!
//! Nothing here waits: a supervisor that does not read is told nothing.

use std::env;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// Where a supervisor listens.
const SOCKET: &str = "NOTIFY_SOCKET";
/// How often it wants to hear that the server lives, microseconds.
const WATCHDOG_USEC: &str = "WATCHDOG_USEC";
/// Whom that is meant for, if not for every process that inherits it.
const WATCHDOG_PID: &str = "WATCHDOG_PID";

/// Whoever started this process, if it wants to be told.
#[derive(Debug, Default)]
pub struct Supervisor {
    socket: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl Supervisor {
    /// As the environment names it. Without `NOTIFY_SOCKET` there is none.
    pub fn from_environment() -> Self {
        let Some(name) = env::var_os(SOCKET).filter(|name| !name.is_empty()) else {
            return Self::default();
        };
        let socket = match connect(name.as_bytes()) {
            Ok(socket) => Some(socket),
            Err(error) => {
                tracing::warn!(%error, "the supervisor's {SOCKET} cannot be used");
                None
            }
        };
        let number = |name| env::var(name).ok()?.parse::<u64>().ok();
        let meant = number(WATCHDOG_PID).is_none_or(|pid| pid == u64::from(std::process::id()));
        let watchdog = number(WATCHDOG_USEC).filter(|micros| meant && *micros > 0);
        Self {
            socket,
            watchdog: watchdog.map(Duration::from_micros),
        }
    }

    /// The server serves.
    pub fn ready(&self) {
        self.say("READY=1");
    }

    /// The server is on its way down.
    pub fn stopping(&self) {
        self.say("STOPPING=1");
    }

    /// The server lives.
    pub fn alive(&self) {
        self.say("WATCHDOG=1");
    }

    /// How often it must say so: twice as often as the supervisor looks.
    pub fn alive_every(&self) -> Option<Duration> {
        self.socket.as_ref()?;
        self.watchdog.map(|longest| longest / 2)
    }

    fn say(&self, state: &str) {
        if let Some((socket, address)) = &self.socket
            && let Err(error) = socket.send_to_addr(state.as_bytes(), address)
        {
            tracing::debug!(%error, state, "the supervisor was not told");
        }
    }
}

/// A socket that can send there, to a path or, with `@` first, to an abstract name.
fn connect(name: &[u8]) -> io::Result<(UnixDatagram, SocketAddr)> {
    let address = match name {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        path => SocketAddr::from_pathname(std::ffi::OsStr::from_bytes(path))?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    Ok((socket, address))
}
