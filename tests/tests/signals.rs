//! How a server ends, and what it tells those who supervise it.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use sentinal_client::{Authenticate, RawSocket};
use sentinal_protocol::event::EventKind;
use sentinal_tests::{PATIENCE, Run, RunOptions, ServerProcess, TestDatabase, patiently, until};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What a supervisor grants before it kills.
const GRANTED: Duration = Duration::from_secs(30);

async fn started(database: &TestDatabase, settings: &[(&str, &str)]) -> Run {
    let options = RunOptions::on(database).with(&[("RUST_LOG", "info")]);
    let mut run = options.with(settings).start();
    run.until_status("/ready", 200).await;
    run
}

#[tokio::test]
async fn every_signal_that_ends_drains_first() {
    for signal in [
        Signal::SIGTERM,
        Signal::SIGINT,
        Signal::SIGQUIT,
        Signal::SIGHUP,
    ] {
        let mut server = ServerProcess::spawn_logging(&[("RUST_LOG", "info")]).await;
        let alice = server.user("alice").await;
        let socket = RawSocket::connect(&alice.client, Authenticate::Query).await;
        let mut socket = socket.unwrap();
        socket.wait_for(EventKind::Hello).await.unwrap();
        nix::sys::signal::kill(server.pid(), signal).unwrap();
        let told = socket.wait_for(EventKind::ServerDraining);
        patiently("server:draining", told).await.unwrap();
        assert!(server.ended().await, "{signal}: {}", server.log());
        assert!(server.log().contains("stopped"), "{signal}");
    }
}

/// `nohup` has a process ignore SIGHUP, so that it survives its terminal.
#[tokio::test]
async fn a_hangup_that_was_ignored_stays_ignored() {
    let database = TestDatabase::create().await;
    let options = RunOptions::on(&database).with(&[("RUST_LOG", "info")]);
    let mut run = options.after("trap '' HUP").start();
    run.until_status("/ready", 200).await;
    run.signal(Signal::SIGHUP);
    run.signal(Signal::SIGTERM);
    assert!(run.ended().await.success());
    let told: Vec<_> = log_lines(&run, "told to end");
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("SIGTERM"), "{told:?}");
}

fn log_lines(run: &Run, text: &str) -> Vec<String> {
    let log = run.log();
    let lines = log.lines().filter(|line| line.contains(text));
    lines.map(str::to_owned).collect()
}

/// Supervisors repeat themselves; that cuts nothing short.
#[tokio::test]
async fn sigterm_twice_drains_once() {
    let database = TestDatabase::create().await;
    let mut run = started(&database, &[("DRAIN_DELAY", "2")]).await;
    run.signal(Signal::SIGTERM);
    run.until_logged("not ready any more").await;
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT] {
        run.signal(signal);
    }
    assert!(run.ended().await.success(), "{}", run.log());
    assert_eq!(log_lines(&run, "sentinal_chat::server: stopped").len(), 1);
}

/// Somebody at a terminal who presses Ctrl-C again means it.
#[tokio::test]
async fn a_second_interrupt_ends_a_drain_at_once() {
    let database = TestDatabase::create().await;
    let mut run = started(&database, &[("DRAIN_DELAY", "600")]).await;
    run.signal(Signal::SIGINT);
    run.until_logged("not ready any more").await;
    until("its end", async || {
        if run.is_running() {
            run.signal(Signal::SIGINT);
            return None;
        }
        Some(())
    })
    .await;
    assert_eq!(run.ended().await.code(), Some(1));
    assert!(run.log().contains("ended at once"), "{}", run.log());
}

/// Load balancers find out a little late that a server is not ready any more.
#[tokio::test]
async fn for_the_drain_delay_everything_but_ready_goes_on() {
    let settings = [("DRAIN_DELAY", "3"), ("RUST_LOG", "info")];
    let mut server = ServerProcess::spawn_logging(&settings).await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let told = Instant::now();
    server.terminate();
    until("not ready", async || {
        let ready = reqwest::get(server.url("/ready")).await.unwrap();
        (ready.status() == 503).then_some(())
    })
    .await;
    // New sockets and new messages, as ever.
    bob.connect().await;
    alice.send_text(chat, 1).await;
    assert_eq!(bob.next_number(chat).await, 1);
    assert!(server.ended().await, "{}", server.log());
    assert!(told.elapsed() >= Duration::from_secs(3));
}

/// What a process tells its supervisor.
struct Supervisor {
    socket: UnixDatagram,
}

impl Supervisor {
    fn listen(address: &SocketAddr) -> Self {
        let socket = UnixDatagram::bind_addr(address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket }
    }

    async fn hears(&self) -> String {
        let socket = self.socket.try_clone().unwrap();
        let heard = tokio::task::spawn_blocking(move || {
            let mut bytes = [0; 256];
            let count = socket.recv(&mut bytes).expect("a datagram");
            String::from_utf8_lossy(&bytes[..count]).into_owned()
        });
        heard.await.unwrap()
    }
}

#[tokio::test]
async fn a_supervisor_is_told_when_it_serves_and_when_it_stops() {
    let database = TestDatabase::create().await;
    let path = database.directory().join("notify");
    let supervisor = Supervisor::listen(&SocketAddr::from_pathname(&path).unwrap());
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://someone@{}/chat", silent.local_addr().unwrap());
    let notify = ("NOTIFY_SOCKET", path.to_str().unwrap());

    // Not before it serves: this one never does.
    let options = RunOptions::on(&database).with(&[notify, ("DATABASE_URL", &url)]);
    let mut run = options.start();
    run.until_status("/livez", 200).await;
    run.signal(Signal::SIGTERM);
    assert!(run.ended().await.success());

    let mut run = RunOptions::on(&database).with(&[notify]).start();
    assert_eq!(supervisor.hears().await, "READY=1");
    assert_eq!(run.status("/ready").await, Some(200));
    run.signal(Signal::SIGTERM);
    assert_eq!(supervisor.hears().await, "STOPPING=1");
    assert!(run.ended().await.success());
}

#[tokio::test]
async fn a_watchdog_is_told_that_it_lives() {
    let database = TestDatabase::create().await;
    let name = format!("sentinal-test-{}", uuid::Uuid::now_v7());
    let supervisor = Supervisor::listen(&SocketAddr::from_abstract_name(&name).unwrap());
    let settings = [
        ("NOTIFY_SOCKET", format!("@{name}")),
        ("WATCHDOG_USEC", "200000".to_owned()),
    ];
    let settings = settings
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let mut run = RunOptions::on(&database).with(&settings).start();
    assert_eq!(supervisor.hears().await, "READY=1");
    for _ in 0..3 {
        assert_eq!(supervisor.hears().await, "WATCHDOG=1");
    }
    run.signal(Signal::SIGTERM);
    until("STOPPING=1", async || {
        (supervisor.hears().await == "STOPPING=1").then_some(())
    })
    .await;
    assert!(run.ended().await.success());
}

/// Passes a connection on until it is told to swallow what comes: as if the host had vanished.
async fn pass_on(mut client: TcpStream, server: String, mut silent: watch::Receiver<bool>) {
    let mut server = TcpStream::connect(server).await.unwrap();
    let vanished = async {
        drop(silent.wait_for(|silent| *silent).await);
    };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
        () = vanished => std::future::pending().await,
    }
}

/// A database host that vanished does not keep the process from ending in time.
#[tokio::test]
async fn sigterm_ends_the_process_although_the_database_says_nothing() {
    let database = TestDatabase::create().await;
    if database.is_sqlite() {
        return;
    }
    let real = url::Url::parse(database.url()).unwrap();
    let server = format!(
        "{}:{}",
        real.host_str().unwrap(),
        real.port().unwrap_or(5432)
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut url = real.clone();
    url.set_port(Some(listener.local_addr().unwrap().port()))
        .unwrap();
    let (silence, silent) = watch::channel(false);
    let proxy = tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            tokio::spawn(pass_on(client, server.clone(), silent.clone()));
        }
    });

    let mut run = started(&database, &[("DATABASE_URL", url.as_str())]).await;
    silence.send_replace(true);
    let told = Instant::now();
    run.signal(Signal::SIGTERM);
    let status = run.drained().await;
    assert!(told.elapsed() < GRANTED, "{:?}", told.elapsed());
    assert!(status.success(), "{status}: {}", run.log());
    proxy.abort();
}
