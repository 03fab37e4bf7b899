//! Waiting for other machines, never without an end of our own: [`within`] names what was waited for
//! and how long, [`Lookups`] bounds the one wait that cannot be ended, that for the name service.
//!
//! `getaddrinfo` blocks its thread for as long as the system's resolver likes, half a minute when no
//! name server answers. tokio's `lookup_host`, which most libraries use, runs it on the pool of
//! blocking tasks: there hung look-ups pile up, take the threads of everything else that blocks, and
//! hold up the end of the process, which waits for that pool. So it runs on a thread of its own
//! here, of which there are few, and which nobody waits for at the end. Whoever talks to other
//! machines has look-ups of its own: names that users give cannot use up those of the mail server.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use object_store::client::{DnsFuture, DnsResolver};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::{Semaphore, oneshot};

/// How long a name may take to be looked up, a free thread included. Two tries of a resolver with
/// the usual five seconds would be ten; whoever waits has a client waiting.
const LOOKUP_WITHIN: Duration = Duration::from_secs(3);
/// Look-ups at once, each a thread, hung ones included.
const LOOKUPS_AT_ONCE: usize = 8;

/// Another machine did not answer in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} did not answer within {limit:?}")]
pub struct TimedOut {
    what: &'static str,
    limit: Duration,
}

/// Waits for another machine, until a limit.
pub async fn within<T>(
    limit: Duration,
    what: &'static str,
    answer: impl Future<Output = T>,
) -> Result<T, TimedOut> {
    let timed_out = TimedOut { what, limit };
    tokio::time::timeout(limit, answer)
        .await
        .map_err(|_| timed_out)
}

/// Why a name was not looked up.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// The name service, or a free thread, did not come in time.
    #[error(transparent)]
    TimedOut(#[from] TimedOut),
    /// It knows no such name, or cannot be asked.
    #[error("the name was not found")]
    NotFound(#[from] io::Error),
}

type Ask = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// A bounded way to the name service. Cloning it is cheap.
#[derive(Clone)]
pub struct Lookups {
    ask: Arc<Ask>,
    permits: Arc<Semaphore>,
}

impl std::fmt::Debug for Lookups {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lookups")
    }
}

// Nobody sees what is half done: a semaphore, and a function without state.
impl std::panic::UnwindSafe for Lookups {}
impl std::panic::RefUnwindSafe for Lookups {}

impl Lookups {
    /// Of the system's resolver.
    pub fn system() -> Self {
        Self::new(|host, port| Ok((host, port).to_socket_addrs()?.collect()))
    }

    /// Of another one.
    pub fn new(
        ask: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            ask: Arc::new(ask),
            permits: Arc::new(Semaphore::new(LOOKUPS_AT_ONCE)),
        }
    }

    /// The addresses of a name; of what is an address already, itself. Never none.
    pub async fn find(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, LookupError> {
        if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let found = within(LOOKUP_WITHIN, "the name service", self.ask(host, port)).await??;
        if found.is_empty() {
            return Err(io::Error::from(io::ErrorKind::NotFound).into());
        }
        Ok(found)
    }

    async fn ask(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(io::Error::other)?;
        let (reply, answer) = oneshot::channel();
        let (ask, host) = (Arc::clone(&self.ask), host.to_owned());
        thread::Builder::new()
            .name("lookup".to_owned())
            .spawn(move || {
                let found = ask(&host, port);
                drop(permit);
                // Whoever waited may have given up.
                let _ = reply.send(found);
            })?;
        answer.await.map_err(io::Error::other)?
    }
}

impl Resolve for Lookups {
    fn resolve(&self, name: Name) -> Resolving {
        let lookups = self.clone();
        Box::pin(async move {
            let found = lookups.find(name.as_str(), 0).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

impl DnsResolver for Lookups {
    fn resolve(&self, host: &str) -> DnsFuture {
        let (lookups, host) = (self.clone(), host.to_owned());
        Box::pin(async move {
            let found = lookups.find(&host, 0).await?;
            Ok(found.iter().map(SocketAddr::ip).collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    /// A resolver that hangs until the sender that comes with it is dropped, and how many ask it.
    fn hung() -> (Lookups, mpsc::Sender<()>, Arc<AtomicUsize>) {
        let (release, hold) = mpsc::channel::<()>();
        let (hold, asked) = (Mutex::new(hold), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&asked);
        let lookups = Lookups::new(move |_, port| {
            count.fetch_add(1, Ordering::SeqCst);
            // The end of the sender is what it waits for.
            let _ = hold.lock().unwrap().recv();
            Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))])
        });
        (lookups, release, asked)
    }

    #[tokio::test]
    async fn a_hung_resolver_holds_nobody_for_long_and_few_threads() {
        let (lookups, release, asked) = hung();
        tokio::time::pause();
        let many = (0..LOOKUPS_AT_ONCE * 3).map(|_| lookups.find("mail.example", 25));
        for outcome in futures_util::future::join_all(many).await {
            assert!(matches!(outcome, Err(LookupError::TimedOut(_))));
        }
        assert!(asked.load(Ordering::SeqCst) <= LOOKUPS_AT_ONCE);
        assert_eq!(lookups.permits.available_permits(), 0, "they hang still");
        // An address needs nobody.
        let found = lookups.find("[::1]", 25).await.unwrap();
        assert_eq!(found, ["[::1]:25".parse().unwrap()]);
        tokio::time::resume();
        drop(release);
        let all = u32::try_from(LOOKUPS_AT_ONCE).unwrap();
        drop(lookups.permits.acquire_many(all).await.unwrap());
        assert_eq!(lookups.find("mail.example", 25).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn an_error_says_who_did_not_answer() {
        let waited = within(Duration::ZERO, "the bucket", std::future::pending::<()>());
        let error = waited.await.unwrap_err().to_string();
        assert_eq!(error, "the bucket did not answer within 0ns");
    }
}
