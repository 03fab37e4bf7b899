//! A TCP proxy of our own, in front of a database: it loses bytes, holds them back, and cuts.
//!
//! This kernel needs no firewall and the test no rights: what a network does to a connection is
//! done here, between two connections on the loopback. A connection that lost bytes never speaks
//! again, also after [`FaultProxy::resume`]: that is what a host that vanished without FIN or RST
//! looks like to those who were connected. New connections work.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use url::Url;

/// Bytes read at once.
const BUFFER_BYTES: usize = 64 * 1024;
/// How a statement that commits begins on the wire of PostgreSQL (a simple query).
const COMMIT: &[u8] = b"COMMIT\0";

/// What happens to bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// They arrive.
    Forward,
    /// They vanish, both ways; new connections are accepted and hear nothing.
    Silent,
    /// Questions arrive, answers vanish.
    SilentAnswers,
    /// They wait, both ways, and are not lost: a network that stalls, or a process that is paused.
    Held,
}

impl Traffic {
    fn loses(self, direction: Direction) -> bool {
        match self {
            Self::Silent => true,
            Self::SilentAnswers => direction == Direction::Answers,
            Self::Forward | Self::Held => false,
        }
    }
}

/// How connections are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// In order.
    Fin,
    /// At once.
    Reset,
}

/// At which moment of a commit the connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtCommit {
    /// The database never hears of it: nothing is committed.
    Before,
    /// The database has committed, and its answer is lost.
    After,
}

const NO_RULE: u8 = 0;
const CUT_BEFORE: u8 = 1;
const CUT_AFTER: u8 = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Questions,
    Answers,
}

struct Shared {
    upstream: SocketAddr,
    traffic: watch::Sender<Traffic>,
    /// How often all connections were cut, and how the last time.
    cuts: watch::Sender<(u64, Cut)>,
    /// What happens at the next commit.
    rule: AtomicU8,
    commits_cut: AtomicU64,
}

/// The proxy. Dropping it ends all its connections.
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: Option<JoinHandle<()>>,
}

impl FaultProxy {
    /// Starts one in front of the database of this URL.
    pub async fn start(database: &str) -> Self {
        let url = Url::parse(database).expect("a URL");
        let addresses = url.socket_addrs(|| Some(5432)).expect("an address");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut proxy = Self {
            address: listener.local_addr().expect("its address"),
            shared: Arc::new(Shared {
                upstream: addresses[0],
                traffic: watch::Sender::new(Traffic::Forward),
                cuts: watch::Sender::new((0, Cut::Fin)),
                rule: AtomicU8::new(NO_RULE),
                commits_cut: AtomicU64::new(0),
            }),
            task: None,
        };
        proxy.task = Some(tokio::spawn(accept(listener, Arc::clone(&proxy.shared))));
        proxy
    }

    /// The URL of the same database, through the proxy, which must understand what is said.
    pub fn url(&self, database: &str) -> String {
        let mut url = Url::parse(database).expect("a URL");
        url.set_ip_host(self.address.ip()).expect("a host");
        url.set_port(Some(self.address.port())).expect("a port");
        url.query_pairs_mut().append_pair("sslmode", "disable");
        url.to_string()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on.
    pub fn set(&self, traffic: Traffic) {
        self.shared.traffic.send_replace(traffic);
    }

    /// Bytes arrive again; those that were lost stay lost.
    pub fn resume(&self) {
        self.set(Traffic::Forward);
    }

    /// Ends all present connections, on both sides.
    pub fn cut(&self, cut: Cut) {
        self.shared.cuts.send_modify(|(count, kind)| {
            *count += 1;
            *kind = cut;
        });
    }

    /// Cuts the connection of whoever commits next.
    pub fn cut_next_commit(&self, moment: AtCommit) {
        let rule = match moment {
            AtCommit::Before => CUT_BEFORE,
            AtCommit::After => CUT_AFTER,
        };
        self.shared.rule.store(rule, Ordering::SeqCst);
    }

    /// Commits that were cut until now.
    pub fn commits_cut(&self) -> u64 {
        self.shared.commits_cut.load(Ordering::SeqCst)
    }

    /// From now on nobody listens: connecting is refused. Present connections are reset.
    pub async fn close(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            // It ends by being aborted.
            let _ = task.await;
        }
    }

    /// Listens again, on the same port.
    pub async fn reopen(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("its port");
        self.task = Some(tokio::spawn(accept(listener, Arc::clone(&self.shared))));
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut links = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((client, _)) = accepted {
                    links.spawn(link(client, Arc::clone(&shared)));
                }
            }
            Some(_) = links.join_next() => {}
        }
    }
}

/// Why a direction of a link has ended.
enum End {
    Closed,
    Cut(Cut),
}

async fn link(mut client: TcpStream, shared: Arc<Shared>) {
    let mut cuts = shared.cuts.subscribe();
    let mut traffic = shared.traffic.subscribe();
    let connecting = async {
        // A host that is away does not even answer.
        if *traffic.borrow() == Traffic::Silent {
            return lose_everything(&mut client).await;
        }
        // The proxy's own end stays as long as its sender: it is in `shared`.
        let _ = traffic.wait_for(|it| *it != Traffic::Held).await;
        TcpStream::connect(shared.upstream).await
    };
    let connected = tokio::select! {
        connected = connecting => connected,
        _ = cuts.changed() => return,
    };
    let Ok(mut upstream) = connected else { return };
    // Nothing waits for company here, whatever the peers have set.
    let _ = client.set_nodelay(true);
    let _ = upstream.set_nodelay(true);
    let lost_answer = AtomicU8::new(NO_RULE);
    let end = {
        let (client_read, client_write) = client.split();
        let (upstream_read, upstream_write) = upstream.split();
        let questions = Pump {
            shared: &shared,
            direction: Direction::Questions,
            cutting: &lost_answer,
        };
        let answers = Pump {
            direction: Direction::Answers,
            ..questions
        };
        tokio::select! {
            end = questions.run(client_read, upstream_write) => end,
            end = answers.run(upstream_read, client_write) => end,
            _ = cuts.changed() => End::Cut(cuts.borrow().1),
        }
    };
    match end {
        End::Cut(Cut::Reset) => {
            // Where it fails, the connection is gone already.
            let _ = client.set_zero_linger();
            let _ = upstream.set_zero_linger();
        }
        End::Cut(Cut::Fin) | End::Closed => {}
    }
}

/// Reads until the client gives up.
async fn lose_everything(client: &mut TcpStream) -> io::Result<TcpStream> {
    let mut buffer = vec![0; BUFFER_BYTES];
    while client.read(&mut buffer).await? > 0 {}
    Err(io::ErrorKind::ConnectionAborted.into())
}

#[derive(Clone, Copy)]
struct Pump<'a> {
    shared: &'a Shared,
    direction: Direction,
    /// Set once a commit of this link has been let through whose answer is to be lost.
    cutting: &'a AtomicU8,
}

impl Pump<'_> {
    async fn run(self, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) -> End {
        let mut traffic = self.shared.traffic.subscribe();
        let mut buffer = vec![0; BUFFER_BYTES];
        let mut lost = false;
        loop {
            let Ok(count) = from.read(&mut buffer).await else {
                return End::Closed;
            };
            let Ok(now) = traffic
                .wait_for(|it| *it != Traffic::Held)
                .await
                .map(|it| *it)
            else {
                return End::Closed;
            };
            lost |= now.loses(self.direction);
            if lost && count > 0 {
                continue;
            }
            if lost {
                // Nobody hears that this side has gone, until the network is back.
                let _ = traffic.wait_for(|it| *it == Traffic::Forward).await;
                return End::Closed;
            }
            if count == 0 {
                return End::Closed;
            }
            let bytes = &buffer[..count];
            if self.is_cut(bytes) {
                self.shared.commits_cut.fetch_add(1, Ordering::SeqCst);
                return End::Cut(Cut::Reset);
            }
            if to.write_all(bytes).await.is_err() {
                return End::Closed;
            }
        }
    }

    /// Whether the link is to end at these bytes, instead of forwarding them.
    fn is_cut(self, bytes: &[u8]) -> bool {
        if self.direction == Direction::Answers {
            return self.cutting.load(Ordering::SeqCst) == CUT_AFTER;
        }
        if !bytes.windows(COMMIT.len()).any(|part| part == COMMIT) {
            return false;
        }
        let rule = self.shared.rule.swap(NO_RULE, Ordering::SeqCst);
        self.cutting.store(rule, Ordering::SeqCst);
        rule == CUT_BEFORE
    }
}
