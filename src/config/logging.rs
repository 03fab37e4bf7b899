//! What is logged, and how.

use tracing_subscriber::EnvFilter;

use super::Described;
use super::variables::Variables;

/// What is logged unless `RUST_LOG` says otherwise.
const FILTER: &str = "info,actix_server=warn";

/// `RUST_LOG`, `LOG_FORMAT`. [`crate::log::start`] acts on it.
#[derive(Clone, Debug)]
pub struct Logging {
    /// Which lines, in the words of `RUST_LOG`.
    pub filter: String,
    /// In which form.
    pub format: LogFormat,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

impl Logging {
    pub(super) fn read(vars: &mut Variables) -> Self {
        let filter = vars.read(
            "RUST_LOG",
            "a filter such as info or sentinal_chat=debug,info",
            FILTER.to_owned(),
            |text| EnvFilter::try_new(text).is_ok().then(|| text.to_owned()),
        );
        let format = vars.word(
            "LOG_FORMAT",
            LogFormat::Text,
            &[("text", LogFormat::Text), ("json", LogFormat::Json)],
        );
        Self { filter, format }
    }

    pub(super) fn describe(&self) -> Vec<Described> {
        let format = match self.format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        };
        vec![
            ("log filter", self.filter.clone()),
            ("log format", format.to_owned()),
        ]
    }
}
