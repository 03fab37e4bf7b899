//! The log is a side channel: whatever becomes of it, every request is answered and the process
//! ends when it is told to.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use nix::sys::signal::Signal;
use sentinal_tests::{Run, RunOptions, TestDatabase, patiently, until};
use serde_json::Value;

/// Requests that are more than enough to fill a pipe (64 KiB) and the buffer behind it (4 MiB).
const REQUESTS_MAX: usize = 5_000;

/// Bytes of the paths that are asked for: they are in the log.
const PATH_BYTES: usize = 7_000;

/// Everything is logged.
const TALKATIVE: [(&str, &str); 1] = [("RUST_LOG", "trace")];

/// Each request is logged, in one line.
const REQUESTS: [(&str, &str); 1] = [("RUST_LOG", "info")];

/// Lines that were dropped, as the server counts them.
async fn dropped(run: &Run) -> u64 {
    let text = reqwest::get(run.url("/metrics")).await.unwrap();
    let text = text.text().await.unwrap();
    let name = "sentinal_log_lines_dropped_total ";
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.expect(name).parse().unwrap()
}

/// Asks until nothing more of it is logged; every request is answered.
async fn fill(run: &Run) {
    let client = reqwest::Client::new();
    let url = run.url(&format!("/{}", "x".repeat(PATH_BYTES)));
    let mut requests = 0;
    while dropped(run).await == 0 {
        for _ in 0..50 {
            let answer = client.get(&url).send().await.unwrap();
            assert_eq!(answer.status(), 404);
        }
        requests += 50;
        assert!(requests < REQUESTS_MAX, "nothing was dropped");
    }
}

/// It serves as if nothing were wrong, and ends well.
async fn serves_and_ends(mut run: Run) {
    for path in ["/livez", "/ready", "/ping", "/v1/server"] {
        assert_eq!(run.status(path).await, Some(200), "{path}");
    }
    assert_eq!(run.status("/nowhere").await, Some(404));
    run.signal(Signal::SIGTERM);
    assert!(run.ended().await.success());
}

#[tokio::test]
async fn a_log_on_a_full_disk_stops_nothing() {
    let database = TestDatabase::create().await;
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut run = RunOptions::on(&database)
        .with(&TALKATIVE)
        .stderr(full)
        .start();
    run.until_status("/ready", 200).await;
    assert!(dropped(&run).await > 0);
    serves_and_ends(run).await;
}

#[tokio::test]
async fn a_log_whose_reader_is_gone_stops_nothing() {
    let database = TestDatabase::create().await;
    let (reader, writer) = std::io::pipe().unwrap();
    let mut run = RunOptions::on(&database)
        .with(&TALKATIVE)
        .stderr(writer)
        .start();
    run.until_status("/ready", 200).await;
    drop(reader);
    until("a line that was lost", async || {
        (dropped(&run).await > 0).then_some(())
    })
    .await;
    serves_and_ends(run).await;
}

#[tokio::test]
async fn a_log_that_nobody_reads_stops_nothing() {
    let database = TestDatabase::create().await;
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut run = RunOptions::on(&database)
        .with(&REQUESTS)
        .stderr(writer)
        .start();
    run.until_status("/ready", 200).await;
    fill(&run).await;
    serves_and_ends(run).await;
    // It was full to the end.
    let mut first = [0; 16];
    reader.read_exact(&mut first).unwrap();
}

/// What was lost is said by the log itself, as soon as somebody reads it.
#[tokio::test]
async fn a_log_that_is_read_again_says_how_much_was_lost() {
    let database = TestDatabase::create().await;
    let (reader, writer) = std::io::pipe().unwrap();
    let settings = [("RUST_LOG", "info"), ("LOG_FORMAT", "json")];
    let mut run = RunOptions::on(&database)
        .with(&settings)
        .stderr(writer)
        .start();
    run.until_status("/ready", 200).await;
    fill(&run).await;
    // Reads to the end, so that the server can say its last words.
    let reading = tokio::task::spawn_blocking(move || {
        let lines = BufReader::new(reader).lines().map_while(Result::ok);
        let said = lines.filter(|line| line.contains("lines of the log were dropped"));
        said.collect::<Vec<_>>()
    });
    run.signal(Signal::SIGTERM);
    assert!(run.ended().await.success());
    let said = patiently("the end of the log", reading).await.unwrap();
    let line: Value = serde_json::from_str(said.first().expect("a line about it")).unwrap();
    assert_eq!(line["level"], "WARN");
    assert!(line["count"].as_u64().unwrap() > 0);
}

/// At an orderly end nothing is missing: the last line is the server's own.
#[tokio::test]
async fn the_last_lines_are_written_before_the_end() {
    let database = TestDatabase::create().await;
    let mut run = RunOptions::on(&database)
        .with(&[("RUST_LOG", "info")])
        .start();
    run.until_status("/ready", 200).await;
    run.signal(Signal::SIGTERM);
    assert!(run.ended().await.success());
    let log = run.log();
    let last = log.lines().last().unwrap();
    assert!(last.ends_with("stopped"), "{last}");
}

/// A closed standard error is none at all.
#[tokio::test]
async fn without_a_log_it_serves() {
    let database = TestDatabase::create().await;
    let mut run = RunOptions::on(&database)
        .after("exec 2>&-")
        .stderr(Stdio::null())
        .start();
    run.until_status("/ready", 200).await;
    serves_and_ends(run).await;
}
