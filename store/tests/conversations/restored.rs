//! A database that was put back from a backup: nothing that was given after it is given again.

use sea_orm::{ConnectionTrait, Statement, Value};
use sentinal_protocol::{ConversationId, DeviceId};
use sentinal_store::{LogItem, LogPage, Position, Reader, Restored, Store};
use uuid::Uuid;

use crate::seed::{NOW, Person, db, db_person, dm, gaps, group, numbers, page, send};
use crate::support::{on_each_database, past_the_store};

/// How far counters jump here.
const MARGIN: u64 = 1_000_000;

/// Does all rounds of a run; each as if the process before had died.
async fn make_fit(store: &Store) -> Vec<(Restored, u64)> {
    let id = Uuid::now_v7();
    let begun = store.insert_restore(id, MARGIN, NOW).await.unwrap();
    let mut done = Vec::new();
    loop {
        let mut run = store.find_restore().await.unwrap().unwrap();
        assert_eq!((run.id, run.margin), (begun.id, MARGIN));
        match store.restore_some(&mut run, NOW).await.unwrap() {
            Some(round) => done.push(round),
            None => break,
        }
    }
    assert_eq!(store.find_restore().await.unwrap(), None);
    done
}

async fn counters(store: &Store, text: &str, values: Vec<Value>) -> Vec<i64> {
    let connection = past_the_store(store);
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), text, values);
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    let columns = 0..row.column_names().len();
    columns
        .map(|index| row.try_get_by_index(index).unwrap())
        .collect()
}

async fn head(store: &Store, id: ConversationId) -> Vec<i64> {
    let text = "SELECT last_sequence, revision, roster_version, access_version, receipt_version \
                FROM conversation_heads WHERE conversation_id = $1";
    counters(store, text, vec![id.0.into()]).await
}

async fn log(store: &Store, person: Person, id: ConversationId, after: u64) -> LogPage {
    let reader = Reader {
        user_id: person.id,
        device_id: person.device,
    };
    let page = store.read_log(reader, id, Some(after), NOW).await.unwrap();
    page.unwrap()
}

fn compacted(page: &LogPage) -> Vec<(u64, u64)> {
    let ranges = page.entries.iter().filter_map(|entry| match entry.item {
        LogItem::Compacted { from } => Some((from, entry.revision)),
        _ => None,
    });
    ranges.collect()
}

#[tokio::test]
async fn counters_jump_once_and_what_they_skip_is_told() {
    on_each_database(async |store| {
        let (alice, bob) = (
            db_person(&store, "alice").await,
            db_person(&store, "bob").await,
        );
        let id = group(&store, alice, &[bob]).await;
        for _ in 0..3 {
            send(&store, id, alice).await;
        }
        let other = dm(&store, alice, bob).await;
        let before = [head(&store, id).await, head(&store, other).await];
        let done = make_fit(&store).await;
        assert_eq!(
            done,
            [(Restored::Conversations, 2), (Restored::Accounts, 2)]
        );
        for (chat, before) in [(id, &before[0]), (other, &before[1])] {
            let expected: Vec<i64> = before.iter().map(|n| n + 1_000_000).collect();
            assert_eq!(head(&store, chat).await, expected);
        }
        let text = "SELECT account_revision FROM users WHERE id = $1";
        let account = counters(&store, text, vec![alice.id.0.into()]).await;
        assert_eq!(account, [1_000_000]);

        // A device at the old head, one below it, one that had got beyond it.
        let at_head = log(&store, bob, id, 4).await;
        assert_eq!(compacted(&at_head), [(5, MARGIN + 4)]);
        assert_eq!((at_head.position, at_head.head), (MARGIN + 4, MARGIN + 4));
        assert_eq!(at_head.entries.len(), 1);
        let below = log(&store, bob, id, 2).await;
        assert_eq!(below.entries.len(), 3);
        assert_eq!(compacted(&below), [(5, MARGIN + 4)]);
        let beyond = log(&store, bob, id, 40).await;
        assert_eq!(compacted(&beyond), [(41, MARGIN + 4)]);

        // Life goes on above.
        send(&store, id, alice).await;
        let after = log(&store, bob, id, 4).await;
        assert_eq!(compacted(&after), [(5, MARGIN + 4)]);
        assert_eq!(after.position, MARGIN + 5);
        let history = page(&store, bob, id, Position::Newest, 50).await;
        assert_eq!(numbers(&history), [MARGIN + 4, 3, 2, 1]);
        assert_eq!(gaps(&history), [(4, MARGIN + 3, "reserved")]);
        let partly = page(&store, bob, id, Position::After(MARGIN), 50).await;
        assert_eq!(gaps(&partly), [(MARGIN + 1, MARGIN + 3, "reserved")]);

        // Nobody has a million unread messages, wherever they have read to.
        for (read, unread) in [
            (0, 4),
            (2, 2),
            (3, 1),
            (500, 1),
            (1_000_003, 1),
            (1_000_004, 0),
        ] {
            let text = "UPDATE participants SET last_read_sequence = $1 WHERE user_id = $2";
            db(&store, text, [Value::from(read), bob.id.0.into()]).await;
            let found = store
                .find_conversation(bob.id, id, NOW)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(found.unread_count, unread, "read up to {read}");
        }

        // A second restore jumps once more.
        make_fit(&store).await;
        let again = page(&store, bob, id, Position::Newest, 50).await;
        let skipped = [
            (4, MARGIN + 3, "reserved"),
            (MARGIN + 5, 2 * MARGIN + 4, "reserved"),
        ];
        assert_eq!(gaps(&again), skipped);
    })
    .await;
}

#[tokio::test]
async fn logins_end_and_prekeys_count_as_taken() {
    on_each_database(async |store| {
        let alice = db_person(&store, "alice").await;
        let key = |n: u8| Value::from(vec![n; 32]);
        let (login, device) = (Uuid::now_v7(), alice.device.0);
        for (text, values) in [
            (
                "INSERT INTO login_sessions (id, user_id, device_id, generation, created_at, \
                 last_active_at, expires_at) VALUES ($1, $2, $3, 0, 0, 0, 9000000000000)",
                vec![login.into(), alice.id.0.into(), device.into()],
            ),
            (
                "INSERT INTO ws_tickets VALUES ($1, $2, 9000000000000)",
                vec![key(1), login.into()],
            ),
            (
                "INSERT INTO password_reset_tokens VALUES ($1, $2, 9000000000000)",
                vec![key(2), alice.id.0.into()],
            ),
            (
                "INSERT INTO idempotency_keys (user_id, idempotency_key, request_hash, status, \
                 answer, created_at) VALUES ($1, 'claimed', $2, 0, '', 0)",
                vec![alice.id.0.into(), key(3)],
            ),
            (
                "INSERT INTO idempotency_keys (user_id, idempotency_key, request_hash, status, \
                 answer, created_at) VALUES ($1, 'answered', $2, 201, '{}', 0)",
                vec![alice.id.0.into(), key(3)],
            ),
            (
                "INSERT INTO one_time_prekeys VALUES ($1, 1, 1, $2, 0)",
                vec![device.into(), key(4)],
            ),
            (
                "INSERT INTO one_time_prekeys VALUES ($1, 2, 2, $2, 0)",
                // With the type byte that some clients put before a key.
                vec![device.into(), Value::from([&[5_u8][..], &[6; 32]].concat())],
            ),
            (
                "INSERT INTO pq_prekeys VALUES ($1, 1, 1, $2, $3, $2, FALSE, 0)",
                vec![device.into(), key(7), key(8)],
            ),
            (
                "INSERT INTO pq_prekeys VALUES ($1, 2, 2, $2, $3, $2, TRUE, 0)",
                vec![device.into(), key(9), key(10)],
            ),
        ] {
            db(&store, text, values).await;
        }
        let done = make_fit(&store).await;
        let expected = [
            (Restored::Logins, 1),
            (Restored::Tickets, 1),
            (Restored::ResetTokens, 1),
            (Restored::Claims, 1),
            (Restored::Prekeys, 2),
            (Restored::PqPrekeys, 1),
            (Restored::Accounts, 1),
        ];
        assert_eq!(done, expected);
        let text = "SELECT (SELECT COUNT(*) FROM login_sessions), \
                    (SELECT COUNT(*) FROM idempotency_keys WHERE idempotency_key = 'answered'), \
                    (SELECT COUNT(*) FROM one_time_prekeys), \
                    (SELECT COUNT(*) FROM pq_prekeys WHERE last_resort), \
                    (SELECT COUNT(*) FROM pq_prekeys)";
        assert_eq!(counters(&store, text, vec![]).await, [0, 1, 0, 1, 1]);
        for taken in [key(4), key(6), key(8)] {
            let text =
                "SELECT COUNT(*) FROM taken_prekeys WHERE device_id = $1 AND public_key = $2";
            let values = vec![DeviceId(device).0.into(), taken];
            assert_eq!(counters(&store, text, values).await, [1]);
        }
    })
    .await;
}
