//! The tester proves itself: on a healthy server every promise holds, and behind a proxy that breaks
//! frames it fails and says what was broken.
//!
//! The server is the binary that `SENTINAL_BIN` names, or the one beside the tester.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot do without, it says by unwrapping"
)]

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// What a run came to.
struct Ran {
    held: bool,
    report: Value,
    said: String,
}

impl Ran {
    fn count(&self, fault: &str) -> u64 {
        self.report
            .pointer(&format!("/totals/faults/{fault}/count"))
            .and_then(Value::as_u64)
            .unwrap_or_default()
    }
}

/// Runs a small scenario, with more arguments.
fn run(arguments: &[&str]) -> Ran {
    let directory = TempDir::new().unwrap();
    let file = |name: &str| directory.path().join(name);
    let mut command = Command::new(env!("CARGO_BIN_EXE_sentinal-loadtest"));
    command
        .args([
            "run", "--quiet", "--people", "24", "--groups", "2x8", "--ramp", "1",
        ])
        .args(["--duration", "5", "--rate", "1200", "--patience", "4"])
        .args(arguments)
        .arg("--output")
        .arg(file("run.json"))
        .arg("--html")
        .arg(file("run.html"));
    if let Some(server) = std::env::var_os("SENTINAL_BIN") {
        command.arg("--server").arg(PathBuf::from(server));
    }
    if let Ok(url) = std::env::var("TEST_DATABASE_URL") {
        command.args(["--database", &url]);
    }
    let done = command.output().unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    let written = std::fs::read_to_string(file("run.json"));
    let report = written.map_err(|error| format!("{error}: {said}")).unwrap();
    let page = std::fs::read_to_string(file("run.html")).unwrap();
    assert!(
        page.contains("<svg") && !page.contains("http"),
        "one file with plots"
    );
    Ran {
        held: done.status.success(),
        report: serde_json::from_str(&report).unwrap(),
        said,
    }
}

/// One frame in so many is broken; the fault by this name must be found.
fn broken(breaks: &str, fault: &str, late_after: &str) {
    let ran = run(&[
        "--break",
        breaks,
        "--one-in",
        "40",
        "--late-after",
        late_after,
    ]);
    assert!(!ran.held, "{}", ran.said);
    assert!(ran.count(fault) > 0, "{fault}: {}", ran.said);
}

/// Later than anything is on a busy machine.
const NEVER: &str = "30000";

#[test]
fn on_a_healthy_server_every_promise_holds() {
    let ran = run(&["--late-after", NEVER]);
    assert!(ran.held, "{}", ran.said);
    let counts = &ran.report["totals"]["counts"];
    for count in ["messages answered", "messages delivered", "returns"] {
        assert!(counts[count].as_u64() > Some(0), "{count}: {}", ran.said);
    }
    assert_eq!(counts["people"], 24);
    assert!(ran.report["samples"].as_array().unwrap().len() > 3);
}

#[test]
fn a_dropped_frame_is_found_as_lost() {
    broken("drop", "lost", NEVER);
}

#[test]
fn a_doubled_frame_is_found_as_doubled() {
    broken("double", "doubled", NEVER);
}

#[test]
fn a_swapped_frame_is_found_as_out_of_order() {
    broken("swap", "out_of_order", NEVER);
}

#[test]
fn a_delayed_frame_is_found_as_late() {
    broken("delay", "late", "1500");
}

#[test]
fn a_corrupt_frame_is_found_as_undecodable() {
    broken("corrupt", "undecodable", NEVER);
}
