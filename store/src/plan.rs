//! For tests: how the databases would run our statements.
//!
//! No plan may change with the size of a batch or of a table: a server that stores 10⁶ messages
//! searches as one that stores none. So every statement over a batch is looked at with batches of
//! several sizes, on tables that the database believes to be empty and to be large.

use std::fmt::Write as _;
use std::path::Path;

use sea_orm::{
    ConnectOptions as SeaOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend,
    Statement, Value,
};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::dialect::{column, sql};
use crate::{ConnectOptions, Store};

/// Sizes of a batch at which its plan is looked at, as far as it gets so large.
const SIZES: [usize; 5] = [1, 2, 100, 200, 300];

/// A statement over a batch of rows.
pub(crate) struct Batched {
    name: &'static str,
    rows_max: usize,
    text: Box<dyn Fn(DbBackend, usize) -> String>,
    own: &'static [&'static str],
}

impl Batched {
    /// A statement whose text depends on the number of rows, which are `rows_max` at most.
    pub(crate) fn new(
        name: &'static str,
        rows_max: usize,
        text: impl Fn(DbBackend, usize) -> String + 'static,
    ) -> Self {
        let text = Box::new(text);
        Self {
            name,
            rows_max,
            text,
            own: &["v"],
        }
    }

    /// Names of its common table expressions and derived tables.
    pub(crate) fn with_own(self, own: &'static [&'static str]) -> Self {
        Self { own, ..self }
    }

    fn sizes(&self) -> Vec<usize> {
        let largest = self.rows_max;
        let smaller = SIZES.into_iter().filter(|size| *size < largest);
        smaller.chain([largest]).collect()
    }
}

/// All statements over batches.
fn all_batched() -> Vec<Batched> {
    [
        crate::broadcasts::batched(),
        crate::calls::batched(),
        crate::conversations::batched(),
        crate::deletions::batched(),
        crate::device_remains::batched(),
        crate::erasure::batched(),
        crate::heads::batched(),
        crate::keys::batched(),
        crate::log::batched(),
        crate::participants::batched(),
        crate::presence::batched(),
        crate::profiles::batched(),
        crate::push_tokens::batched(),
        crate::reactions::batched(),
        crate::receipts::batched(),
        crate::roster_rounds::batched(),
        crate::seen::batched(),
        crate::send::batched(),
        crate::sweeps::batched(),
        crate::sync::batched(),
        crate::uploaded::batched(),
        crate::uploads::batched(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What SQLite believes of its tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Statistics {
    /// Nothing, as nobody has run `ANALYZE`.
    None,
    /// That each has 10⁶ rows, a thousand for each first column of a longer key.
    Large,
}

const LARGE: &str = "INSERT INTO sqlite_stat1 (tbl, idx, stat) \
     SELECT m.name, CASE WHEN l.origin = 'pk' AND m.sql LIKE '%WITHOUT ROWID' THEN m.name \
         ELSE l.name END, \
     (SELECT '1000000 ' || group_concat(CASE WHEN l.\"unique\" AND i.seqno = c.last THEN 1 \
         WHEN i.seqno = 0 AND c.last > 0 THEN 1000 ELSE 10 END, ' ') \
         FROM pragma_index_info(l.name) i, \
         (SELECT MAX(seqno) AS last FROM pragma_index_info(l.name)) c) \
     FROM sqlite_schema m, pragma_index_list(m.name) l WHERE m.type = 'table'";

/// A database file of the program, as bytes: copying it is faster than migrating again.
async fn make_file(statistics: Statistics) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("made.db");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    sentinal_migration::migrate(&url).await.unwrap();
    let made = Database::connect(&url).await.unwrap();
    if statistics == Statistics::Large {
        for text in ["ANALYZE", "DELETE FROM sqlite_stat1", LARGE] {
            made.execute_unprepared(text).await.unwrap();
        }
    }
    made.close().await.unwrap();
    std::fs::read(file).unwrap()
}

/// A new database of the program in a directory.
async fn open_sqlite(directory: &Path, statistics: Statistics) -> Store {
    static FILES: [OnceCell<Vec<u8>>; 2] = [OnceCell::const_new(), OnceCell::const_new()];
    let [none, large] = &FILES;
    let bytes = match statistics {
        Statistics::None => none,
        Statistics::Large => large,
    };
    let bytes = bytes.get_or_init(|| make_file(statistics)).await;
    let file = directory.join(format!("{statistics:?}.db"));
    std::fs::write(&file, bytes).unwrap();
    let url = format!("sqlite://{}", file.display());
    // Statistics are read when a connection is opened.
    let options = ConnectOptions {
        url,
        connections_max: 1,
        pooler: crate::Pooler::None,
    };
    Store::open(&options).await.unwrap()
}

async fn steps(store: &Store, text: &str, values: Vec<Value>) -> Vec<String> {
    let text = format!("EXPLAIN QUERY PLAN {text}");
    let statement = sql(store.backend(), text, values);
    let rows = store.read().query_all_raw(statement).await.unwrap();
    let steps: Vec<String> = rows
        .iter()
        .map(|row| column(row, "detail").unwrap())
        .collect();
    assert!(!steps.is_empty());
    steps
}

/// Whether a step goes through a table of the schema, rather than through a result of the statement
/// itself.
fn is_of_table(step: &str, own: &[&str]) -> bool {
    let mut words = step.split(' ');
    let reads = matches!(words.next(), Some("SCAN" | "SEARCH"));
    let name = words.next().unwrap_or_default();
    let is_own = name.starts_with('(')
        || own.contains(&name)
        || step.ends_with("CONSTANT ROW")
        || step.ends_with("CONSTANT ROWS")
        || step.ends_with("VALUES CLAUSE");
    reads && !is_own
}

fn walks(step: &str, own: &[&str]) -> bool {
    // `ANY` skips from one value of a column to the next: through the whole index.
    let goes_through = ["SCAN ", " AUTOMATIC ", "(ANY("];
    is_of_table(step, own) && goes_through.iter().any(|part| step.contains(part))
}

/// The steps of a statement's plan that walk through a whole table of the schema, on `SQLite` with
/// statistics and without. Steps through results of the statement itself (`own`: the names of its
/// common table expressions and derived tables) are no matter.
pub(crate) async fn table_scans(text: &str, values: Vec<Value>, own: &[&str]) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let mut scans = Vec::new();
    for statistics in [Statistics::None, Statistics::Large] {
        let store = open_sqlite(directory.path(), statistics).await;
        let steps = steps(&store, text, values.clone()).await;
        store.close().await.unwrap();
        scans.extend(steps.into_iter().filter(|step| walks(step, own)));
    }
    scans
}

/// How many values a statement takes: its highest placeholder.
fn values_of(text: &str) -> usize {
    let after = |part: &str| {
        let digits = part.find(|sign: char| !sign.is_ascii_digit());
        part[..digits.unwrap_or(part.len())].parse().unwrap_or(0)
    };
    text.split('$').skip(1).map(after).max().unwrap_or(0)
}

#[tokio::test]
async fn no_plan_of_sqlite_changes_with_the_size_of_a_batch_or_of_a_table() {
    let directory = tempfile::tempdir().unwrap();
    let small = open_sqlite(directory.path(), Statistics::None).await;
    let large = open_sqlite(directory.path(), Statistics::Large).await;
    let mut faults = String::new();
    for batched in all_batched() {
        let mut first: Option<Vec<String>> = None;
        for rows in batched.sizes() {
            let text = (batched.text)(DbBackend::Sqlite, rows);
            let values = vec![Value::BigInt(None); values_of(&text)];
            for store in [&small, &large] {
                let mut plan = steps(store, &text, values.clone()).await;
                plan.retain(|step| is_of_table(step, batched.own));
                let first = first.get_or_insert_with(|| plan.clone());
                if *first != plan || plan.iter().any(|step| walks(step, batched.own)) {
                    let name = batched.name;
                    writeln!(
                        faults,
                        "{name}, {rows} rows: {plan:#?}\n  first: {first:#?}"
                    )
                    .unwrap();
                }
            }
        }
    }
    small.close().await.unwrap();
    large.close().await.unwrap();
    assert!(faults.is_empty(), "{faults}");
}

/// Tables that are filled for PostgreSQL to have statistics of.
const FILLED: [&str; 24] = [
    "blocks",
    "call_participants",
    "calls",
    "contacts",
    "conversation_heads",
    "conversations",
    "devices",
    "hidden_messages",
    "idempotency_keys",
    "login_sessions",
    "message_ciphertexts",
    "messages",
    "participant_intervals",
    "participants",
    "pins",
    "poll_votes",
    "polls",
    "push_tokens",
    "reactions",
    "taken_prekeys",
    "upload_blocks",
    "uploads",
    "user_settings",
    "users",
];

/// Rows that each of them really gets: enough for the planner to count in pages.
const ROWS_FILLED: usize = 10_000;
/// Rows that PostgreSQL is told there are. It reckons with the real number of pages, so that walking
/// through a table looks cheaper than it would be.
const ROWS_TOLD: usize = 1_000_000;

/// Fills a table: three rows for each user, a thousand conversations in all.
fn fill_text(table: &str, columns: &[(String, String, bool)]) -> String {
    let keyed_alone = |name: &str| {
        matches!(
            (table, name),
            ("conversation_heads", "conversation_id") | ("user_settings", "user_id")
        )
    };
    let given = columns.iter().filter(|(name, _, nullable)| {
        !nullable || matches!(name.as_str(), "client_message_id" | "dm_key" | "ended_at")
    });
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for (name, kind, _) in given {
        names.push(format!("\"{name}\""));
        values.push(match kind.as_str() {
            "uuid" if keyed_alone(name) => "md5(g::text)::uuid".to_owned(),
            "uuid" if name == "conversation_id" => "md5((g % 1000)::text)::uuid".to_owned(),
            "uuid" if name == "user_id" => "md5((g / 3)::text)::uuid".to_owned(),
            "uuid" => "md5(g::text)::uuid".to_owned(),
            "bytea" => "decode(md5(g::text), 'hex')".to_owned(),
            "bigint" => "g".to_owned(),
            "boolean" => "FALSE".to_owned(),
            _ => "'x' || g".to_owned(),
        });
    }
    format!(
        "ALTER TABLE {table} SET (autovacuum_enabled = FALSE); \
         INSERT INTO {table} ({}) SELECT {} FROM generate_series(1, {ROWS_FILLED}) g; \
         ANALYZE {table}; UPDATE pg_class SET reltuples = {ROWS_TOLD} WHERE oid = '{table}'::regclass \
         OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = '{table}'::regclass)",
        names.join(", "),
        values.join(", ")
    )
}

async fn fill(database: &DatabaseConnection) {
    for table in FILLED {
        let text = "SELECT column_name::text AS name, data_type::text AS kind, \
                    is_nullable = 'YES' AS nullable FROM information_schema.columns \
                    WHERE table_schema = 'public' AND table_name = $1";
        let statement = sql(DbBackend::Postgres, text, [table.into()]);
        let rows = database.query_all_raw(statement).await.unwrap();
        let columns: Vec<(String, String, bool)> = rows
            .iter()
            .map(|row| {
                let text = |name| column(row, name).unwrap();
                (text("name"), text("kind"), column(row, "nullable").unwrap())
            })
            .collect();
        let text = fill_text(table, &columns);
        database.execute_unprepared(&text).await.unwrap();
    }
}

/// The plan of a statement as it is made for any values.
async fn postgres_plan(database: &DatabaseConnection, text: &str) -> Vec<String> {
    let prepare = format!("PREPARE looked_at AS {text}");
    database.execute_unprepared(&prepare).await.unwrap();
    let nulls = vec!["NULL"; values_of(text)].join(",");
    let explain = format!("EXPLAIN EXECUTE looked_at({nulls})");
    let explain = Statement::from_string(DbBackend::Postgres, explain);
    let rows = database.query_all_raw(explain).await.unwrap();
    database
        .execute_unprepared("DEALLOCATE looked_at")
        .await
        .unwrap();
    rows.iter()
        .map(|row| column(row, "QUERY PLAN").unwrap())
        .collect()
}

/// Nodes of a plan that read a whole table or a whole index.
fn postgres_walks(plan: &[String]) -> Vec<&String> {
    // That index holds live calls alone, of which there are few.
    let reads_index = |line: &str| {
        let reads = line.contains("Index Scan using")
            || line.contains("Index Only Scan using")
            || line.contains("Bitmap Index Scan on");
        reads && !line.contains(" calls_live ")
    };
    let walks = plan.iter().enumerate().filter(|(at, line)| {
        let searches = || {
            let below = plan.iter().skip(at + 1);
            let mut own = below.take_while(|line| !line.contains("->"));
            own.any(|line| line.contains("Index Cond:"))
        };
        let is_filled = line.split(' ').any(|word| FILLED.contains(&word));
        line.contains("Seq Scan on") && is_filled || reads_index(line) && !searches()
    });
    walks.map(|(_, line)| line).collect()
}

#[tokio::test]
async fn no_statement_over_a_batch_walks_through_a_table_of_postgresql() {
    let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
        return;
    };
    let name = format!("sentinal_{}", Uuid::now_v7().simple());
    let admin = Database::connect(&server).await.unwrap();
    let create = format!("CREATE DATABASE {name}");
    admin.execute_unprepared(&create).await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    let url = format!("{base}/{name}");
    sentinal_migration::migrate(&url).await.unwrap();
    let mut options = SeaOptions::new(url);
    // The settings and the prepared statement belong to one connection.
    options.max_connections(1);
    let database = Database::connect(options).await.unwrap();
    fill(&database).await;
    let generic = "SET plan_cache_mode = force_generic_plan";
    database.execute_unprepared(generic).await.unwrap();
    let mut faults = String::new();
    for batched in all_batched() {
        for rows in batched.sizes() {
            let text = (batched.text)(DbBackend::Postgres, rows);
            let plan = postgres_plan(&database, &text).await;
            let walks = postgres_walks(&plan);
            if !walks.is_empty() {
                writeln!(faults, "{}, {rows} rows: {walks:#?}", batched.name).unwrap();
            }
        }
    }
    database.close().await.unwrap();
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    admin.execute_unprepared(&drop).await.unwrap();
    assert!(faults.is_empty(), "{faults}");
}

/// Files that have no statement over a batch, though they name what makes one; `idempotency.rs`
/// looks at one row alone.
const NO_BATCHES: [&str; 4] = [
    "dialect.rs",
    "idempotency.rs",
    "plan.rs",
    // Only inserts its rows, and joins them with nothing.
    "seed/conversations.rs",
];

/// Whoever writes the next statement over a batch lists it.
#[test]
fn every_file_with_a_batch_lists_its_statements() {
    fn visit(directory: &Path, missing: &mut Vec<String>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, missing);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let makes_batches = text.contains("with_rows(") || text.contains("placeholders(");
            let is_exempt = NO_BATCHES.iter().any(|file| path.ends_with(file));
            if makes_batches && !is_exempt && !text.contains("fn batched()") {
                missing.push(path.display().to_string());
            }
        }
    }
    let mut missing = Vec::new();
    visit(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut missing,
    );
    assert_eq!(missing, Vec::<String>::new());
}
