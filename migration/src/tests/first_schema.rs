//! Databases of the first schema, as the first runner left them, with data in them.

use super::{TestDatabase, expected, later_steps, on_each_database};
use crate::STEPS;
use crate::step::statements;

/// Steps that have been released, with a checksum of what they do.
const RELEASED: [(i64, u64); 1] = [(1, 0x16f4_fbb1_90f1_18e8)];

/// FNV-1a, which is the same for ever.
fn checksum(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[test]
fn a_released_step_never_changes() {
    for (number, sum) in RELEASED {
        let step = STEPS.iter().find(|step| step.number == number).unwrap();
        let crate::Work::Transaction(text) = step.work else {
            panic!("step {number} is no transaction any more");
        };
        let text = statements(text, crate::connection::Backend::Postgres).join(";");
        assert_eq!(checksum(&text), sum, "step {number}");
    }
}

#[test]
fn numbers_of_steps_are_dense_and_programs_only_grow() {
    for (index, step) in STEPS.iter().enumerate() {
        assert_eq!(usize::try_from(step.number).unwrap(), index + 1);
        assert!(step.oldest_program <= step.number);
    }
    assert!(STEPS.is_sorted_by_key(|step| step.oldest_program));
}

/// The first schema with the record of sea-orm-migration, and some of what people left in it.
pub(super) async fn create(database: &TestDatabase) {
    let mut connection = database.open().await;
    let backend = connection.backend();
    let crate::Work::Transaction(schema) = STEPS[0].work else {
        panic!("the first step");
    };
    let id = |n: u8| match backend {
        crate::connection::Backend::Sqlite => format!("x'{n:032x}'"),
        crate::connection::Backend::Postgres => format!("'{n:032x}'"),
    };
    let bytes = match backend {
        crate::connection::Backend::Sqlite => "x'0102'",
        crate::connection::Backend::Postgres => "'\\x0102'",
    };
    let mut all = vec![
        "CREATE TABLE seaql_migrations (version VARCHAR NOT NULL PRIMARY KEY, \
         applied_at BIGINT NOT NULL)"
            .to_owned(),
    ];
    all.extend(statements(schema, backend));
    all.push(
        "INSERT INTO seaql_migrations VALUES ('m20261122_000001_initial', 1795000000)".to_owned(),
    );
    for (n, name) in [(1, "alice"), (2, "bob"), (3, "carol")] {
        let (user, device) = (id(n), id(n + 10));
        all.push(format!(
            "INSERT INTO users (id, email, email_key, username, username_key, password_hash, \
             display_name, display_name_key, account_revision, created_at, updated_at) VALUES \
             ({user}, '{name}@example.com', '{name}@example.com', '{name}', '{name}', 'hash', \
             '{name}', '{name}', {n}, 1, 1)"
        ));
        all.push(format!(
            "INSERT INTO devices (id, user_id, device_id, keyed, created_at, last_seen_at) VALUES \
             ({device}, {user}, 'phone', TRUE, 1, 1)"
        ));
        all.push(format!(
            "INSERT INTO one_time_prekeys VALUES ({device}, 1, 1, {bytes}, 1)"
        ));
    }
    let chat = id(100);
    all.push(format!(
        "INSERT INTO conversations (id, type, created_at, updated_at) VALUES ({chat}, 'GROUP', 1, 1)"
    ));
    all.push(format!(
        "INSERT INTO conversation_heads (conversation_id, last_sequence, revision) VALUES ({chat}, 2, 3)"
    ));
    for n in 1..=3 {
        all.push(format!(
            "INSERT INTO participants (conversation_id, user_id, role, joined_at, \
             joined_revision, joined_sequence) VALUES ({chat}, {}, 'member', 1, 1, 0)",
            id(n)
        ));
    }
    all.push(format!(
        "INSERT INTO conversation_changes VALUES ({chat}, 1, 'conversation:created', NULL, {}, \
         '{{}}', NULL, 1)",
        id(1)
    ));
    for n in 1..=2 {
        all.push(format!(
            "INSERT INTO messages (conversation_id, sequence_number, revision, id, sender_id, \
             sender_device_id, message_type, roster_version, created_at) VALUES ({chat}, {n}, \
             {}, {}, {}, {}, 'text', 0, 1)",
            n + 1,
            id(n + 200),
            id(1),
            id(11)
        ));
        all.push(format!(
            "INSERT INTO message_ciphertexts VALUES ({chat}, {}, {n}, {bytes}, NULL)",
            id(12)
        ));
    }
    for statement in &all {
        connection.execute(statement).await.unwrap();
    }
    connection.close().await.unwrap();
}

/// What [`create`] left, as far as it must be there after any step.
pub(super) async fn contents(database: &TestDatabase) -> Vec<String> {
    let mut connection = database.open().await;
    let mut all = Vec::new();
    for query in [
        "SELECT username || ' ' || email FROM users ORDER BY username",
        "SELECT device_id || ' ' || created_at FROM devices ORDER BY id",
        "SELECT 'head ' || last_sequence || ' ' || revision FROM conversation_heads",
        "SELECT 'message ' || sequence_number || ' ' || revision FROM messages \
         ORDER BY sequence_number",
        "SELECT 'ciphertext ' || sequence_number FROM message_ciphertexts ORDER BY sequence_number",
        "SELECT kind FROM conversation_changes",
        "SELECT 'participant ' || joined_revision FROM participants",
        "SELECT 'prekey ' || key_id FROM one_time_prekeys",
    ] {
        let rows: Vec<(String,)> = connection.rows(query).await.unwrap();
        all.extend(rows.into_iter().map(|(line,)| line));
    }
    connection.close().await.unwrap();
    all
}

#[tokio::test]
async fn a_database_of_the_first_schema_goes_on_with_what_is_in_it() {
    on_each_database(async |database| {
        create(database).await;
        let before = contents(database).await;
        assert_eq!(before.len(), 18);
        database.migrate(STEPS).await.unwrap();
        assert_eq!(contents(database).await, before);
        let mut after = database.describe().await;
        // Left for programs of that time, which may still run beside this one.
        after.retain(|line| !line.contains("seaql_migrations"));
        assert_eq!(after, expected(database, STEPS).await);
    })
    .await;
}

#[tokio::test]
async fn later_steps_are_taken_once() {
    on_each_database(async |database| {
        create(database).await;
        let steps = later_steps();
        for _ in 0..2 {
            database.migrate(&steps).await.unwrap();
        }
        let mut connection = database.open().await;
        let query = "SELECT account_revision, test_mark FROM users ORDER BY account_revision";
        let rows: Vec<(i64, i64)> = connection.rows(query).await.unwrap();
        assert_eq!(rows, [(101, 102), (102, 103), (103, 104)]);
        connection.close().await.unwrap();
        let mut after = database.describe().await;
        after.retain(|line| !line.contains("seaql_migrations"));
        assert_eq!(after, expected(database, &steps).await);
    })
    .await;
}
