//! Looking into a database past the server: what is in it, as text, and rows that no request makes.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _, SqliteConnection};
use uuid::Uuid;

use crate::TestDatabase;

/// A row of some table as text; bytes as hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextRow {
    /// The table.
    pub table: String,
    /// The row, in lower case.
    pub text: String,
}

/// A database in which nobody else can change a conversation.
#[must_use]
pub enum HeldWrites {
    /// By holding its one writer.
    Sqlite(SqliteConnection),
    /// By a lock on the heads.
    Postgres(PgConnection),
}

impl HeldWrites {
    /// Lets it go on.
    pub async fn release(self) {
        match self {
            Self::Sqlite(connection) => connection.close().await.expect("SQLite"),
            Self::Postgres(connection) => connection.close().await.expect("PostgreSQL"),
        }
    }
}

impl TestDatabase {
    /// Every row of every table.
    pub async fn all_rows(&self) -> Vec<TextRow> {
        if self.is_sqlite() {
            self.all_rows_of_sqlite().await
        } else {
            self.all_rows_of_postgres().await
        }
    }

    async fn all_rows_of_sqlite(&self) -> Vec<TextRow> {
        let mut connection = SqliteConnection::connect(self.url()).await.expect("SQLite");
        let tables = "SELECT name FROM sqlite_master WHERE type = 'table'";
        let tables = sqlx::query_scalar::<_, String>(tables)
            .fetch_all(&mut connection)
            .await
            .expect("tables");
        let mut rows = Vec::new();
        for table in tables {
            let columns = format!("SELECT name FROM pragma_table_info('{table}')");
            let columns = sqlx::query_scalar::<_, String>(AssertSqlSafe(columns))
                .fetch_all(&mut connection)
                .await
                .expect("columns");
            let columns: Vec<String> = columns
                .iter()
                .map(|column| format!("quote(\"{column}\")"))
                .collect();
            let text = format!("SELECT {} FROM \"{table}\"", columns.join(" || ' ' || "));
            rows.extend(
                sqlx::query_scalar::<_, String>(AssertSqlSafe(text))
                    .fetch_all(&mut connection)
                    .await
                    .expect("rows")
                    .into_iter()
                    .map(|text| row(&table, &text)),
            );
        }
        rows
    }

    async fn all_rows_of_postgres(&self) -> Vec<TextRow> {
        let mut connection = PgConnection::connect(self.url()).await.expect("PostgreSQL");
        let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
        let tables = sqlx::query_scalar::<_, String>(tables)
            .fetch_all(&mut connection)
            .await
            .expect("tables");
        let mut rows = Vec::new();
        for table in tables {
            let text = format!("SELECT t::text FROM \"{table}\" t");
            let found = sqlx::query(AssertSqlSafe(text))
                .fetch_all(&mut connection)
                .await
                .expect("rows");
            rows.extend(found.iter().map(|found| row(&table, found.get(0))));
        }
        rows
    }

    /// Runs statements past the server. Ids are written by [`TestDatabase::literal`].
    pub async fn db_execute(&self, statements: &[String]) {
        execute(self.url(), statements).await;
    }

    /// Whether SQLite finds its file in order; PostgreSQL has nothing to ask.
    pub async fn db_is_intact(&self) -> bool {
        if !self.is_sqlite() {
            return true;
        }
        let mut connection = SqliteConnection::connect(self.url()).await.expect("SQLite");
        let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_all(&mut connection)
            .await
            .expect("a check");
        found == ["ok"]
    }

    /// Lets nobody else change a conversation until [`HeldWrites::release`].
    pub async fn db_hold_writes(&self) -> HeldWrites {
        if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(self.url()).await.expect("SQLite");
            let hold = sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection);
            hold.await.expect("SQLite's one writer");
            HeldWrites::Sqlite(connection)
        } else {
            let mut connection = PgConnection::connect(self.url()).await.expect("PostgreSQL");
            let hold = "BEGIN; LOCK TABLE conversation_heads IN EXCLUSIVE MODE";
            let hold = sqlx::raw_sql(hold).execute(&mut connection);
            hold.await.expect("the lock");
            HeldWrites::Postgres(connection)
        }
    }

    /// An id as this database's SQL writes it.
    pub fn literal(&self, id: Uuid) -> String {
        if self.is_sqlite() {
            format!("X'{}'", id.simple())
        } else {
            format!("'{id}'::uuid")
        }
    }
}

/// Runs statements on the database of this URL, each on a connection of its own.
pub async fn execute(url: &str, statements: &[String]) {
    for statement in statements {
        let text = AssertSqlSafe(statement.clone());
        let done = if url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(url).await.expect("SQLite");
            sqlx::raw_sql(text).execute(&mut connection).await.map(drop)
        } else {
            let mut connection = PgConnection::connect(url).await.expect("PostgreSQL");
            sqlx::raw_sql(text).execute(&mut connection).await.map(drop)
        };
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

fn row(table: &str, text: &str) -> TextRow {
    TextRow {
        table: table.to_owned(),
        text: text.to_lowercase(),
    }
}
