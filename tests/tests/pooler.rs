//! Behind PgBouncer in transaction mode: each transaction may meet another connection of PostgreSQL.
//!
//! `PGBOUNCER` names the program, 1.21 or newer, with what it needs before its options; unset, nothing is tested
//! here, as on SQLite.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::process::{Child, Command, Stdio};

use futures_util::future::join_all;
use sentinal_protocol::api::PageQuery;
use sentinal_tests::faults::{Ledger, message_id};
use sentinal_tests::{Launch, RunOptions, ServerProcess, TestDatabase, until};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use url::Url;

/// Connections to PostgreSQL: fewer than the server has to the pooler.
const POOL: u32 = 4;
/// Messages that are sent at once, again and again.
const AT_ONCE: u64 = 12;
const ROUNDS: u64 = 10;

/// A pooler of a test's own; gone when dropped.
struct Pooler {
    child: Child,
    port: u16,
    _directory: TempDir,
}

impl Pooler {
    /// Starts one before this server. `None` if there is none to start, or tests run on SQLite.
    async fn start(database: &TestDatabase, prepared_max: u32) -> Option<Self> {
        let program = std::env::var("PGBOUNCER").ok()?;
        if database.is_sqlite() {
            return None;
        }
        let server = Url::parse(database.url()).unwrap();
        let directory = TempDir::with_prefix_in("sentinal-pgbouncer-", "/tmp").unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|it| it.local_addr())
            .unwrap()
            .port();
        let path = |name: &str| directory.path().join(name).display().to_string();
        fs::write(path("users"), "\"postgres\" \"\"\n").unwrap();
        let settings = format!(
            "[databases]\n* = host={} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nauth_type = trust\nauth_file = {}\npool_mode = transaction\n\
             default_pool_size = {POOL}\nmax_prepared_statements = {prepared_max}\n\
             unix_socket_dir =\n",
            server.host_str().unwrap(),
            server.port().unwrap_or(5432),
            path("users"),
        );
        fs::write(path("pgbouncer.ini"), settings).unwrap();
        let mut words = program.split_whitespace();
        let mut command = Command::new(words.next().unwrap());
        command.args(words).args(["-q", &path("pgbouncer.ini")]);
        if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
            // It refuses to stay root.
            command.args(["-u", "postgres"]);
            let open = Command::new("chmod")
                .args(["-R", "a+rX"])
                .arg(directory.path())
                .status();
            assert!(open.is_ok_and(|it| it.success()));
        }
        let child = command
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("PgBouncer starts");
        let pooler = Self {
            child,
            port,
            _directory: directory,
        };
        until("PgBouncer answers", async || {
            let mut url = Url::parse(&pooler.url(database)).unwrap();
            url.query_pairs_mut().append_pair("sslmode", "disable");
            let options: sqlx::postgres::PgConnectOptions = url.as_str().parse().unwrap();
            let options = options.extra_float_digits(None);
            PgConnection::connect_with(&options).await.ok()
        })
        .await;
        Some(pooler)
    }

    /// The database through it.
    fn url(&self, database: &TestDatabase) -> String {
        let mut url = Url::parse(database.url()).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.port)).unwrap();
        url.to_string()
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The settings of a server behind it.
fn behind(pooler: &Pooler, database: &TestDatabase) -> Vec<(String, String)> {
    [
        ("DATABASE_URL", pooler.url(database)),
        ("DB_POOLER", "on".to_owned()),
        ("DB_MIGRATION_URL", database.url().to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// The last line of a server that must not start.
async fn refusal(database: &TestDatabase, settings: &[(String, String)]) -> String {
    let settings: Vec<_> = settings
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let mut run = RunOptions::on(database).with(&settings).start();
    assert_eq!(run.ended().await.code(), Some(1), "{}", run.log());
    run.log().lines().last().expect("a line").to_owned()
}

#[tokio::test]
async fn behind_a_pooler_nothing_is_lost_or_doubled() {
    let database = TestDatabase::create().await;
    let Some(pooler) = Pooler::start(&database, 500).await else {
        return;
    };
    let mut server = ServerProcess::launch(Launch {
        settings: behind(&pooler, &database),
        database: Some(database),
        ..Launch::default()
    })
    .await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    let ledger = Ledger::default();
    let template = alice.message(chat, 1).await;
    for round in 1..=ROUNDS {
        let sends = join_all((1..=AT_ONCE).map(async |sender| {
            let id = message_id(&format!("alice {sender}"), round);
            let mut send = template.clone();
            send.client_message_id = Some(id.clone());
            ledger.intend(&id);
            let answer = alice.client.send_message(&send).await;
            ledger.sent(&id, &answer.expect("an answered message").data);
        }));
        sends.await;
        // Each of these prepares other statements.
        alice.client.me().await.unwrap();
        bob.client.unread(PageQuery::default()).await.unwrap();
        bob.client.conversation(chat).await.unwrap();
    }
    let audit = ledger.audit(&[(&bob.client, chat)]).await.unwrap();
    assert!(audit.is_clean(), "{:#?}", audit.broken());
    server.terminate();
    assert!(server.ended().await, "it ends in good order");
}

#[tokio::test]
async fn a_pooler_that_keeps_no_track_of_statements_is_refused() {
    let database = TestDatabase::create().await;
    let Some(pooler) = Pooler::start(&database, 0).await else {
        return;
    };
    let said = refusal(&database, &behind(&pooler, &database)).await;
    assert!(said.contains("max_prepared_statements is 0"), "{said}");
}

#[tokio::test]
async fn a_pooler_that_nobody_told_of_is_named() {
    let database = TestDatabase::create().await;
    let Some(pooler) = Pooler::start(&database, 500).await else {
        return;
    };
    let url = ("DATABASE_URL".to_owned(), pooler.url(&database));
    let said = refusal(&database, &[url]).await;
    assert!(said.contains("set DB_POOLER=on"), "{said}");
}
