//! PostgreSQL's primary is lost, and its synchronous standby takes over: whoever is led to both of them
//! serves on, and nothing that was answered is lost or doubled.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use sentinal_protocol::ConversationId;
use sentinal_protocol::api::messages::SendMessageRequest;
use sentinal_tests::faults::{Ledger, PrivatePostgres, message_id};
use sentinal_tests::{Launch, ServerProcess, TestDatabase, TestUser, until, until_within};
use sqlx::{Connection as _, PgConnection};

/// Within this time of a promotion the first request is answered, where the primary is gone.
const FIRST_ANSWER_MAX: Duration = Duration::from_secs(5);
/// The same where it only says nothing any more: a statement that it has got is waited for until its
/// deadline, 3.5 s.
const FIRST_ANSWER_AFTER_SILENCE_MAX: Duration = Duration::from_secs(8);
/// People's devices that send at once, each one message after the other.
const SENDERS: u64 = 8;
/// Answers before something fails, and after it.
const ANSWERS: usize = 60;

/// A server on a primary with a standby, and two people who talk.
struct Failover {
    primary: PrivatePostgres,
    standby: Arc<PrivatePostgres>,
    server: ServerProcess,
    alice: TestUser,
    bob: TestUser,
    chat: ConversationId,
    send: SendMessageRequest,
    ledger: Ledger,
}

impl Failover {
    /// `None` if tests run on SQLite.
    async fn start() -> Option<Self> {
        std::env::var("TEST_DATABASE_URL")
            .ok()
            .filter(|it| !it.is_empty())?;
        let primary = PrivatePostgres::start();
        let standby = primary.start_standby().await;
        let database = TestDatabase::create_at(&primary.url()).await;
        let url = format!(
            "{}?target_session_attrs=read-write",
            primary.url_with(&standby, database.url())
        );
        let server = ServerProcess::launch(Launch {
            settings: vec![("DATABASE_URL".to_owned(), url)],
            database: Some(database),
            ..Launch::default()
        })
        .await;
        let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
        let send = alice.message(chat, 1).await;
        Some(Self {
            primary,
            standby: Arc::new(standby),
            server,
            alice,
            bob,
            chat,
            send,
            ledger: Ledger::default(),
        })
    }

    fn new_send(&self, sender: u64, number: u64) -> SendMessageRequest {
        let mut send = self.send.clone();
        send.client_message_id = Some(message_id(&format!("alice {sender}"), number));
        send
    }

    /// Sends once; whether it was answered. What is refused may be repeated.
    async fn try_send(&self, send: &SendMessageRequest) -> bool {
        let id = send.client_message_id.as_deref().expect("an id");
        self.ledger.intend(id);
        match self.alice.client.send_message(send).await {
            Ok(answer) => {
                self.ledger.sent(id, &answer.data);
                true
            }
            Err(error) => {
                let known = error.status().is_none_or(|status| status == 503);
                assert!(known, "{error}");
                false
            }
        }
    }

    /// Sends one message after the other, each until it is answered.
    async fn send_until(&self, sender: u64, enough: &AtomicBool) {
        for number in 1.. {
            let send = self.new_send(sender, number);
            until("the message is answered", async || {
                self.try_send(&send).await.then_some(())
            })
            .await;
            if enough.load(Ordering::Acquire) {
                return;
            }
        }
    }

    async fn until_answered(&self, answers: usize) {
        until("more messages are answered", async || {
            (self.ledger.answers() >= answers).then_some(())
        })
        .await;
    }

    /// While people send, something happens; within `answer_max` of the moment that it answers they are
    /// answered again.
    async fn under_load(&self, answer_max: Duration, happens: impl AsyncFnOnce() -> Instant) {
        let enough = AtomicBool::new(false);
        let sending = join_all((1..=SENDERS).map(|sender| self.send_until(sender, &enough)));
        let failing = async {
            self.until_answered(ANSWERS).await;
            let since = happens().await;
            let before = self.ledger.answers();
            let again = until_within(answer_max, async || {
                (self.ledger.answers() > before).then_some(())
            });
            assert!(again.await.is_some(), "no answer within {answer_max:?}");
            println!("first answer {:?} after the promotion", since.elapsed());
            self.until_answered(before + ANSWERS).await;
            enough.store(true, Ordering::Release);
        };
        tokio::join!(sending, failing);
    }

    async fn audit(&self) {
        let audit = self.ledger.audit(&[(&self.bob.client, self.chat)]).await;
        let audit = audit.expect("an audit");
        assert!(audit.is_clean(), "{:#?}", audit.broken());
    }
}

/// Promotes it while others go on, and answers when that was done.
async fn promote(standby: &Arc<PrivatePostgres>) -> Instant {
    let standby = Arc::clone(standby);
    let promoting = tokio::task::spawn_blocking(move || standby.promote());
    promoting.await.expect("a promoted standby");
    Instant::now()
}

/// Messages that everybody sees in a database.
async fn visible_messages(url: &str) -> Option<i64> {
    let mut connection = PgConnection::connect(url).await.ok()?;
    let count = "SELECT count(*) FROM messages";
    sqlx::query_scalar(count)
        .fetch_one(&mut connection)
        .await
        .ok()
}

/// The machine of the primary is lost in the middle of its work.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_primary_and_its_promoted_standby_lose_and_double_nothing() {
    let Some(failover) = Failover::start().await else {
        return;
    };
    failover
        .under_load(FIRST_ANSWER_MAX, async || {
            failover.primary.kill();
            promote(&failover.standby).await
        })
        .await;
    failover.audit().await;
}

/// The primary says nothing any more, and comes back when another one has taken its place: nobody is
/// led to it, although it still takes itself for the primary.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_primary_that_comes_back_is_not_used() {
    let Some(failover) = Failover::start().await else {
        return;
    };
    failover
        .under_load(FIRST_ANSWER_AFTER_SILENCE_MAX, async || {
            failover.primary.pause();
            let since = promote(&failover.standby).await;
            failover.primary.resume();
            since
        })
        .await;
    failover.audit().await;
}

/// A primary whose standby is away crashes while a message waits to be committed. Its recovery shows that
/// message, but it is answered only once the standby has it.
#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_primary_has_is_not_answered() {
    let Some(failover) = Failover::start().await else {
        return;
    };
    assert!(failover.try_send(&failover.new_send(1, 1)).await);
    failover.standby.crash();
    let waiting = failover.new_send(1, 2);
    assert!(!failover.try_send(&waiting).await, "nobody confirms it");
    failover.primary.crash();
    failover.primary.start_again();
    until("the message is visible", async || {
        let messages = visible_messages(failover.server.database().url()).await?;
        (messages == 2).then_some(())
    })
    .await;
    for _ in 0..3 {
        assert!(
            !failover.try_send(&waiting).await,
            "it is not on the standby"
        );
    }
    failover.standby.start_again();
    until("the message is answered", async || {
        failover.try_send(&waiting).await.then_some(())
    })
    .await;
    failover.audit().await;
}
