//! A server in the test's own process.

use crate::TestDatabase;

/// The variables that every server under test runs with.
pub(crate) fn environment(database: &TestDatabase, port: u16) -> Vec<(&'static str, String)> {
    vec![
        // The least cost of password hashes.
        ("APP_MODE", "test".to_owned()),
        ("APP_HOST", "127.0.0.1".to_owned()),
        ("APP_PORT", port.to_string()),
        ("DATA_DIR", database.directory().display().to_string()),
        ("DATABASE_URL", database.url().to_owned()),
        ("RATE_LIMIT", "off".to_owned()),
        ("E2EE_VERIFY", "off".to_owned()),
    ]
}
