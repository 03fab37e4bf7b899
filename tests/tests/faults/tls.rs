//! Large statements over TLS do not wait for acknowledgements (`vendor/sqlx-core.patch`).

use std::time::{Duration, Instant};

use sentinal_tests::faults::PrivatePostgres;
use sqlx::{Connection as _, PgConnection};

use crate::scenario::postgres;

/// Four records of TLS.
const STATEMENT_BYTES: usize = 64 * 1024;
/// How many are measured.
const STATEMENTS: usize = 21;
/// Linux delays an acknowledgement by 40 ms; such a statement takes 1 or 2 ms.
const MEDIAN_MAX: Duration = Duration::from_millis(20);

#[tokio::test]
async fn a_large_statement_over_tls_does_not_wait_for_a_delayed_acknowledgement() {
    if postgres().is_none() {
        return;
    }
    let postgres = PrivatePostgres::start_with_tls();
    let url = format!("{}?sslmode=require", postgres.url());
    let mut connection = PgConnection::connect(&url).await.expect("TLS");
    let text = "x".repeat(STATEMENT_BYTES);
    let mut times = Vec::new();
    for _ in 0..STATEMENTS {
        let since = Instant::now();
        let length: i32 = sqlx::query_scalar("SELECT length($1)")
            .bind(&text)
            .fetch_one(&mut connection)
            .await
            .expect("an answer");
        times.push(since.elapsed());
        assert_eq!(usize::try_from(length), Ok(STATEMENT_BYTES));
    }
    times.sort_unstable();
    let median = times[STATEMENTS / 2];
    println!("median of {STATEMENTS} statements: {median:?}");
    assert!(median < MEDIAN_MAX, "{times:?}");
}
