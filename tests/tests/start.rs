//! How a server starts: in the right order, alone on its SQLite file, and with a clear word if it
//! cannot.

use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use nix::sys::signal::Signal;
use reqwest::header::RETRY_AFTER;
use sentinal_tests::{Run, RunOptions, TestDatabase, until};
use serde_json::Value;

/// Starts a server that must fail; what it says.
async fn failure(options: RunOptions) -> String {
    let mut run = options.start();
    let status = run.ended().await;
    let log = run.log();
    assert_eq!(status.code(), Some(1), "{log}");
    // One line, and no word of a pool.
    assert!(!log.contains("pool"), "{log}");
    let last = log.lines().last().expect("a line").to_owned();
    assert!(last.contains("ERROR"), "{last}");
    last
}

/// A port on which nobody listens.
fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test]
async fn a_database_that_refuses_is_named_with_host_and_cause() {
    let database = TestDatabase::create().await;
    let port = closed_port();
    let url = format!("postgres://someone:a-password@127.0.0.1:{port}/chat");
    let options = RunOptions::on(&database).with(&[("DATABASE_URL", &url)]);
    let said = failure(options).await;
    let expected = format!(
        "the database chat of PostgreSQL at 127.0.0.1:{port} cannot be reached: \
         Connection refused (os error 111)"
    );
    assert!(said.ends_with(&expected), "{said}");
    assert!(!said.contains("a-password"));
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named_as_its_server_names_it() {
    let database = TestDatabase::create().await;
    if database.is_sqlite() {
        return;
    }
    let (server, _) = database.url().rsplit_once('/').unwrap();
    let url = format!("{server}/nowhere_at_all");
    let said = failure(RunOptions::on(&database).with(&[("DATABASE_URL", &url)])).await;
    let expected = "cannot be reached: database \"nowhere_at_all\" does not exist";
    assert!(said.ends_with(expected), "{said}");
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_named() {
    let database = TestDatabase::create().await;
    for name in ["DATA_DIR", "FILES_DIR"] {
        let options = RunOptions::on(&database).with(&[(name, "/proc/nowhere")]);
        let said = failure(options).await;
        let expected = "the directory /proc/nowhere cannot be written: ";
        assert!(said.contains(expected), "{said}");
    }
}

#[tokio::test]
async fn a_database_file_that_cannot_be_used_is_named() {
    let database = TestDatabase::create().await;
    let directory = database.directory().display();
    let missing = format!("{directory}/missing/chat.db");
    let url = format!("sqlite://{missing}?mode=rwc");
    let said = failure(RunOptions::on(&database).with(&[("DATABASE_URL", &url)])).await;
    assert!(said.contains(&missing), "{said}");
    assert!(said.contains("No such file or directory"), "{said}");

    let garbage = format!("{directory}/garbage.db");
    std::fs::write(&garbage, "This is no database. ".repeat(1_000)).unwrap();
    let url = format!("sqlite://{garbage}?mode=rwc");
    let said = failure(RunOptions::on(&database).with(&[("DATABASE_URL", &url)])).await;
    assert!(
        said.contains(&format!("the database file {garbage}")),
        "{said}"
    );
    assert!(said.contains("file is not a database"), "{said}");
}

/// A limit of file sizes acts as a full disk does.
#[tokio::test]
async fn a_full_disk_is_named_with_the_database_file() {
    let database = TestDatabase::create().await;
    let path = format!("{}/full.db", database.directory().display());
    let secret = "0123456789abcdef0123456789abcdef";
    let options = RunOptions::on(&database)
        .with(&[
            ("DATABASE_URL", &format!("sqlite://{path}?mode=rwc")),
            ("JWT_SECRET", secret),
        ])
        // 8 KiB: enough for the log, not for the schema.
        .after("ulimit -f 8");
    let said = failure(options).await;
    assert!(
        said.contains(&format!("the database file {path}")),
        "{said}"
    );
    assert!(said.contains("disk"), "{said}");
}

#[tokio::test]
async fn a_taken_port_is_told_before_anything_is_changed() {
    let database = TestDatabase::create().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let path = database.directory().join("untouched.db");
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let options = RunOptions::on(&database).with(&[("DATABASE_URL", &url)]);
    let said = failure(options.on_port(port)).await;
    let expected =
        format!("cannot listen on 127.0.0.1:{port}: Address already in use (os error 98)");
    assert!(said.ends_with(&expected), "{said}");
    assert!(!path.exists());
}

/// A database host that accepts and says nothing: the server starts, and lives meanwhile.
#[tokio::test]
async fn while_it_starts_a_server_lives_and_is_not_ready() {
    let database = TestDatabase::create().await;
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let url = format!("postgres://someone@{address}/chat");
    let mut run = RunOptions::on(&database)
        .with(&[("DATABASE_URL", &url)])
        .start();
    run.until_status("/livez", 200).await;
    for path in ["/ready", "/health", "/v1/users/me", "/nowhere"] {
        let answer = reqwest::get(run.url(path)).await.unwrap();
        assert_eq!(answer.status(), 503, "{path}");
        assert!(answer.headers().contains_key(RETRY_AFTER), "{path}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["code"], "UNHEALTHY", "{path}");
        assert_eq!(body["details"]["down"][0], "starting", "{path}");
        assert!(body["request_id"].is_string(), "{path}");
    }
    assert_eq!(run.ended().await.code(), Some(1));
    let expected = format!("PostgreSQL at {address} cannot be reached: no answer within 5 s");
    assert!(run.log().contains(&expected), "{}", run.log());
}

#[tokio::test]
async fn a_server_that_starts_can_be_told_to_end() {
    let database = TestDatabase::create().await;
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://someone@{}/chat", silent.local_addr().unwrap());
    let mut run = RunOptions::on(&database)
        .with(&[("DATABASE_URL", &url), ("RUST_LOG", "info")])
        .start();
    run.until_status("/livez", 200).await;
    run.signal(Signal::SIGTERM);
    assert!(run.ended().await.success());
    assert!(run.log().contains("ended before it served"));
}

/// Somebody else is migrating, or so it looks: it waits, alive, and serves when its turn has come.
#[tokio::test]
async fn a_server_is_ready_once_the_schema_is_there() {
    let database = TestDatabase::create().await;
    if !database.is_sqlite() {
        return;
    }
    // A server finds it in this mode, or wants it alone to change it.
    let wal = "PRAGMA journal_mode = WAL".to_owned();
    database.db_execute(&[wal]).await;
    let held = database.db_hold_writes().await;
    let mut run = RunOptions::on(&database).start();
    run.until_status("/livez", 200).await;
    assert_eq!(run.status("/ready").await, Some(503));
    assert_eq!(run.status("/v1/server").await, Some(503));
    held.release().await;
    run.until_status("/ready", 200).await;
    assert_eq!(run.status("/v1/server").await, Some(200));
}

async fn waiting_behind(first: &Run, options: RunOptions) -> Run {
    let second = options.start();
    let expected = format!("is in use by another process (process {})", first.id());
    second.until_logged(&expected).await;
    second
}

#[tokio::test]
async fn on_one_sqlite_file_a_second_server_waits_for_the_end_of_the_first() {
    let database = TestDatabase::create().await;
    if !database.is_sqlite() {
        return;
    }
    let mut first = RunOptions::on(&database).start();
    first.until_status("/ready", 200).await;
    let mut second = waiting_behind(&first, RunOptions::on(&database)).await;
    // It is not in the way: the port may be the same, so it is not bound yet.
    assert_eq!(second.status("/livez").await, None);
    assert!(second.is_running());
    first.signal(Signal::SIGTERM);
    assert!(first.ended().await.success());
    second.until_status("/ready", 200).await;

    // The lock dies with its process, however that ends.
    let mut third = waiting_behind(&second, RunOptions::on(&database)).await;
    second.signal(Signal::SIGKILL);
    assert!(!second.ended().await.success());
    third.until_status("/ready", 200).await;
}

#[tokio::test]
async fn migrate_waits_for_a_server_and_a_server_that_waits_can_be_told_to_end() {
    let database = TestDatabase::create().await;
    if !database.is_sqlite() {
        return;
    }
    let mut server = RunOptions::on(&database).start();
    server.until_status("/ready", 200).await;
    let mut waiting = waiting_behind(&server, RunOptions::on(&database)).await;
    waiting.signal(Signal::SIGTERM);
    assert!(waiting.ended().await.success());

    let options = RunOptions::on(&database).command("migrate");
    let mut migrate = waiting_behind(&server, options).await;
    server.signal(Signal::SIGTERM);
    assert!(server.ended().await.success());
    assert!(migrate.ended().await.success(), "{}", migrate.log());
}

#[tokio::test]
async fn on_one_postgresql_a_second_server_says_that_it_is_one_of_several() {
    let database = TestDatabase::create().await;
    if database.is_sqlite() {
        return;
    }
    let mut first = RunOptions::on(&database).start();
    first.until_status("/ready", 200).await;
    let mut second = RunOptions::on(&database).start();
    second.until_status("/ready", 200).await;
    second
        .until_logged("this server is one of several on its database")
        .await;
    assert!(second.log().contains("others=1"), "{}", second.log());
}

/// A process that died a moment ago is no other server.
#[tokio::test]
async fn a_server_that_comes_back_after_a_crash_is_alone() {
    let database = TestDatabase::create().await;
    if database.is_sqlite() {
        return;
    }
    let mut first = RunOptions::on(&database).start();
    first.until_status("/ready", 200).await;
    first.signal(Signal::SIGKILL);
    first.ended().await;
    let settings = [("RUST_LOG", "warn,sentinal_chat::server::others=debug")];
    let mut second = RunOptions::on(&database).with(&settings).start();
    second.until_status("/ready", 200).await;
    second.until_logged("others=0").await;
    assert!(!second.log().contains("one of several"), "{}", second.log());
}

/// The limit that a process really has.
fn open_files(run: &Run) -> u64 {
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", run.id())).unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let mut words = line.unwrap().split_whitespace();
    words.nth(3).unwrap().parse().unwrap()
}

#[tokio::test]
async fn more_connections_than_open_files_are_lowered_with_a_warning() {
    let database = TestDatabase::create().await;
    let mut run = RunOptions::on(&database)
        .with(&[("CONNECTIONS_MAX", "4000"), ("DB_CONNECTIONS", "10")])
        .after("ulimit -n 1000")
        .start();
    run.until_status("/ready", 200).await;
    let expected = "CONNECTIONS_MAX is lowered from 4000 to 606";
    assert!(run.log().contains(expected), "{}", run.log());
}

#[tokio::test]
async fn the_limit_of_open_files_is_raised_as_far_as_it_may_be() {
    let database = TestDatabase::create().await;
    let mut run = RunOptions::on(&database)
        .with(&[("CONNECTIONS_MAX", "1000")])
        .after("ulimit -Sn 500; ulimit -Hn 2000")
        .start();
    run.until_status("/ready", 200).await;
    until("the limit", async || {
        (open_files(&run) == 2_000).then_some(())
    })
    .await;
    assert!(!run.log().contains("lowered"), "{}", run.log());
}

/// Everything that is unsafe, each named in one start.
#[tokio::test]
async fn in_release_mode_what_is_unsafe_stops_the_start() {
    let database = TestDatabase::create().await;
    let settings = [
        ("APP_MODE", "release"),
        ("JWT_SECRET", "0123456789abcdef0123456789abcdef"),
        ("RATE_LIMIT", "off"),
        ("BCRYPT_COST", "4"),
        ("SMTP_URL", "smtp://mail.example"),
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
        ("OPERATOR_NETWORKS", "::/0"),
    ];
    let mut run = RunOptions::on(&database).with(&settings).start();
    assert_eq!(run.ended().await.code(), Some(1));
    for (name, _) in &settings[1..] {
        let expected = format!("{name} must be ");
        assert!(run.log().contains(&expected), "{name}: {}", run.log());
    }
}

#[tokio::test]
async fn an_sqlite_database_is_its_owners_alone() {
    let database = TestDatabase::create().await;
    if !database.is_sqlite() {
        return;
    }
    // One that everybody can read, as earlier versions made it, and one that is not there yet.
    let found = database.directory().join("found.db");
    let old = format!("sqlite://{}?mode=rwc", found.display());
    let mut run = RunOptions::on(&database)
        .with(&[("DATABASE_URL", &old)])
        .start();
    run.until_status("/ready", 200).await;
    run.signal(Signal::SIGKILL);
    run.ended().await;
    for end in ["", "-wal", "-shm"] {
        let file = format!("{}{end}", found.display());
        std::fs::set_permissions(file, Permissions::from_mode(0o644)).unwrap();
    }
    let new = database.directory().join("new.db");
    for path in [found, new] {
        let url = format!("sqlite://{}?mode=rwc", path.display());
        let mut run = RunOptions::on(&database)
            .with(&[("DATABASE_URL", &url)])
            .after("umask 022")
            .start();
        run.until_status("/ready", 200).await;
        for end in ["", "-wal", "-shm"] {
            let file = format!("{}{end}", path.display());
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
    }
}

/// A proxy on the same machine of which nobody has said that it is one.
#[tokio::test]
async fn behind_a_proxy_of_this_machine_a_release_server_warns_once_and_tells_it_nothing() {
    let database = TestDatabase::create().await;
    let settings = [
        ("APP_MODE", "release"),
        (
            "JWT_SECRET",
            "an-integration-test-secret-of-48-characters-0123",
        ),
        ("RATE_LIMIT", "on"),
    ];
    let mut run = RunOptions::on(&database).with(&settings).start();
    run.until_status("/ready", 200).await;
    let client = reqwest::Client::new();
    let status = async |header: Option<&str>| {
        let mut asked = client.get(run.url("/metrics"));
        if let Some(name) = header {
            asked = asked.header(name, "127.0.0.1");
        }
        asked.send().await.unwrap().status()
    };
    let warning = "TRUSTED_PROXIES does not name";
    assert_eq!(status(None).await, 200);
    assert!(!run.log().contains(warning), "{}", run.log());
    for header in ["X-Forwarded-For", "Forwarded", "X-Real-IP"] {
        assert_eq!(status(Some(header)).await, 404, "{header}");
    }
    run.until_logged(warning).await;
    assert_eq!(run.log().matches(warning).count(), 1, "{}", run.log());
}

#[tokio::test]
async fn a_server_of_a_developer_is_for_its_machine_and_says_how_to_change_that() {
    let database = TestDatabase::create().await;
    let mut run = RunOptions::on(&database)
        .with(&[
            ("APP_MODE", "debug"),
            ("APP_HOST", ""),
            ("RUST_LOG", "info"),
        ])
        .start();
    run.until_status("/ready", 200).await;
    run.until_logged("address=127.0.0.1:").await;
    let log = run.log();
    let line = log.lines().find(|line| line.contains("APP_HOST=0.0.0.0"));
    let line = line.unwrap_or_else(|| panic!("{log}"));
    for needed in ["APP_MODE=release", "JWT_SECRET", "TRUSTED_PROXIES"] {
        assert!(line.contains(needed), "{line}");
    }
}
