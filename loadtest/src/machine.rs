//! The machine that something was measured on, as far as it matters for figures.

use sentinal_protocol::Clock;
use serde::{Deserialize, Serialize};

/// Characters of a day at the beginning of a time, such as 2026-01-31.
const DAY_LEN: usize = 10;

/// A machine, and when it was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// What its processors call themselves.
    pub cpu: String,
    /// How many threads run at once.
    pub cores: usize,
    /// Memory, GiB.
    pub memory_gib: u64,
    /// The kernel's release.
    pub kernel: String,
    /// The day (UTC).
    pub date: String,
    /// The version of this program, and how it was built.
    pub program: String,
}

impl Machine {
    /// This one, today.
    pub fn this() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            let value = line.and_then(|line| line.split_once(':'));
            value
                .map(|(_, value)| value.trim().to_owned())
                .unwrap_or_default()
        };
        let memory = field(&read("/proc/meminfo"), "MemTotal");
        let kib = memory
            .split_whitespace()
            .next()
            .and_then(|kib| kib.parse::<u64>().ok());
        let now = Clock::system().now().to_string();
        let build = if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        };
        Self {
            cpu: field(&read("/proc/cpuinfo"), "model name"),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_gib: kib.unwrap_or_default() >> 20,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            date: now.get(..DAY_LEN).unwrap_or_default().to_owned(),
            program: format!("{} ({build})", env!("CARGO_PKG_VERSION")),
        }
    }

    /// In one line.
    pub fn line(&self) -> String {
        format!(
            "{}, {} cores, {} GiB, Linux {}, {}, program {}",
            self.cpu, self.cores, self.memory_gib, self.kernel, self.date, self.program
        )
    }
}
