//! What may stand between the program and PostgreSQL, and what is asked of PostgreSQL for each connection.

/// `PostgreSQL`'s own timeouts, so that a node that vanishes does not hold a head's lock.
pub(crate) const TIMEOUTS: [(&str, &str); 3] = [
    ("lock_timeout", "1s"),
    ("statement_timeout", "3s"),
    ("idle_in_transaction_session_timeout", "5s"),
];
/// The same of the connection's bytes.
pub(crate) const TCP_TIMEOUT: (&str, &str) = ("tcp_user_timeout", "5s");

/// What stands between the program and PostgreSQL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pooler {
    /// Nothing.
    #[default]
    None,
    /// PgBouncer 1.21 or newer that gives connections out for one transaction each. It takes no settings
    /// with a connection, and nothing that is set lasts longer than a transaction.
    PgBouncer,
}
