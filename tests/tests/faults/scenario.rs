//! Two people on a real server, and the ledger of what they were answered.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use sentinal_client::ClientError;
use sentinal_protocol::ConversationId;
use sentinal_protocol::api::messages::{SendMessageRequest, SentMessage};
use sentinal_tests::faults::{Asked, Ledger, every_kind, message_id, upload};
use sentinal_tests::{
    Launch, ServerProcess, TestUser, file_content, registration, until, until_within,
};

/// Within this time a request is answered, whatever the database does.
pub const ANSWER_MAX: Duration = Duration::from_secs(3);
/// Within this time of a fault's end the server serves again.
pub const RECOVERY_MAX: Duration = Duration::from_secs(5);
/// Within this time of SIGTERM the process has ended.
pub const STOP_MAX: Duration = Duration::from_secs(30);
/// Sends at once while something fails.
const SENDS_AT_ONCE: usize = 16;
/// Sends after a fault, each of which must be there in the end.
const SENDS_AFTER: usize = 50;
/// Larger than a block of SQLite, smaller than a block of a file.
const FILE_BYTES: usize = 10_000;

/// Who talks, and what they were answered.
pub struct Scenario {
    pub server: ServerProcess,
    pub ledger: Ledger,
    alice: TestUser,
    bob: TestUser,
    chat: ConversationId,
    send: SendMessageRequest,
    /// A send to another chat of theirs, which the ledger does not know.
    aside: SendMessageRequest,
    sent: u64,
    people: u64,
}

impl Scenario {
    /// Starts a server as told; some messages, an account and a file are answered.
    pub async fn start(launch: Launch) -> Self {
        let server = ServerProcess::launch(launch).await;
        let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
        let send = alice.message(chat, 1).await;
        let aside = alice.client.create_group("aside", vec![bob.id]).await;
        let aside = alice.message(aside.expect("a group").id, 1).await;
        let mut scenario = Self {
            server,
            ledger: Ledger::default(),
            alice,
            bob,
            chat,
            send,
            aside,
            sent: 0,
            people: 0,
        };
        scenario.everything_is_answered(5).await;
        scenario
    }

    /// A send that nobody has made yet.
    fn new_send(&mut self, sender: &str) -> SendMessageRequest {
        self.sent += 1;
        let mut send = self.send.clone();
        send.client_message_id = Some(message_id(sender, self.sent));
        send
    }

    /// Sends, and keeps the answer.
    pub async fn try_send(&self, send: &SendMessageRequest) -> Result<SentMessage, ClientError> {
        let id = send.client_message_id.as_deref().expect("an id");
        self.ledger.intend(id);
        let answer = self.alice.client.send_message(send).await?.data;
        self.ledger.sent(id, &answer);
        Ok(answer)
    }

    /// Sends that fail are allowed to, with a status that says so; gives them back.
    pub async fn sends_at_once(&mut self) -> Vec<SendMessageRequest> {
        // Senders of their own: they have no order among them.
        let sends: Vec<_> = (0..SENDS_AT_ONCE)
            .map(|sender| self.new_send(&format!("alice {sender}")))
            .collect();
        let since = Instant::now();
        let answers = join_all(sends.iter().map(|it| self.try_send(it))).await;
        let took = since.elapsed();
        assert!(took < ANSWER_MAX, "{SENDS_AT_ONCE} sends took {took:?}");
        let mut unanswered = Vec::new();
        for (send, answer) in sends.into_iter().zip(answers) {
            if let Err(error) = answer {
                assert_eq!(error.status(), Some(503), "{error}");
                unanswered.push(send);
            }
        }
        unanswered
    }

    /// Sends again what was not answered, until it is, or for as long as recovering may take.
    pub async fn settle(&self, unanswered: &[SendMessageRequest]) {
        let settling = join_all(unanswered.iter().map(async |send| {
            let answered = until_within(RECOVERY_MAX, async || match self.try_send(send).await {
                Ok(sent) => Some(sent),
                Err(error) => {
                    let known = error.status().is_none_or(|status| status == 503);
                    assert!(known, "{error}");
                    None
                }
            });
            assert!(
                answered.await.is_some(),
                "not serving again after {RECOVERY_MAX:?}"
            );
        }));
        settling.await;
    }

    /// One request of each kind; each is answered in time, and says that it may be repeated if it
    /// is refused.
    pub async fn ask_everything(&self) -> Vec<Asked> {
        let asked = every_kind(&self.alice.client, &self.aside).await;
        for it in &asked {
            assert!(it.took < ANSWER_MAX, "{it:?}");
            assert!([200, 503].contains(&it.status()), "{it:?}");
        }
        asked
    }

    /// All writes are refused, all reads answered, and the server says that it is not ready.
    pub async fn only_reads_are_answered(&self) {
        for it in self.ask_everything().await {
            let expected = if it.writes { 503 } else { 200 };
            assert_eq!(it.status(), expected, "{it:?}");
        }
        self.until_unready().await;
    }

    /// Nothing is answered but that it may be asked again, and that the process lives.
    pub async fn nothing_is_answered(&self) {
        for it in self.ask_everything().await {
            assert_eq!(it.status(), 503, "{it:?}");
        }
        self.until_unready().await;
        let alive = reqwest::get(self.server.url("/livez")).await;
        assert!(alive.expect("an answer").status().is_success());
    }

    async fn until_unready(&self) {
        let unready = until("/ready answers 503", async || {
            let answer = reqwest::get(self.server.url("/ready")).await.ok()?;
            (answer.status() == 503).then_some(())
        });
        unready.await;
    }

    /// Everything is answered again within the time that recovering may take.
    pub async fn serves_again(&mut self, unanswered: &[SendMessageRequest]) {
        let since = Instant::now();
        self.settle(unanswered).await;
        let ready = until_within(RECOVERY_MAX, async || {
            let answer = reqwest::get(self.server.url("/ready")).await.ok()?;
            answer.status().is_success().then_some(())
        });
        assert!(ready.await.is_some(), "/ready does not come back");
        let took = since.elapsed();
        assert!(took < RECOVERY_MAX, "recovering took {took:?}");
        self.everything_is_answered(SENDS_AFTER).await;
    }

    /// Ends it with SIGTERM, in time and in good order.
    pub async fn stops(&mut self) {
        self.server.terminate();
        let ended = self.server.ended_within(STOP_MAX).await;
        assert_eq!(ended, Some(true), "ended within {STOP_MAX:?}, exit code 0");
    }

    /// Starts it on what is in the database, after an orderly end and after a kill, and looks for
    /// all that was answered.
    pub async fn keeps_its_answers(&mut self) {
        self.stops().await;
        self.server.start().await;
        self.audit().await;
        self.everything_is_answered(1).await;
        self.server.kill();
        self.server.start().await;
        self.audit().await;
    }

    /// What was answered is there.
    pub async fn audit(&self) {
        let audit = self.ledger.audit(&[(&self.bob.client, self.chat)]).await;
        let audit = audit.expect("an audit");
        assert!(audit.is_clean(), "{:#?}", audit.broken());
        assert!(self.server.database().db_is_intact().await);
    }

    /// Messages, an account and a file, all answered at the first attempt.
    pub async fn everything_is_answered(&mut self, sends: usize) {
        for _ in 0..sends {
            let send = self.new_send("alice");
            self.try_send(&send).await.expect("an answered message");
        }
        self.people += 1;
        let name = format!("guest_{}", self.people);
        let client = self.server.stranger();
        let account = client.register(&registration(&name)).await;
        account.expect("an account");
        self.ledger.registered(&name);
        let bytes = file_content(FILE_BYTES);
        let file = upload(&self.alice.client, &bytes).await;
        self.ledger.uploaded(&file.expect("a file"), &bytes);
    }
}

/// The PostgreSQL on which databases are made; `None` if tests run on SQLite.
pub fn postgres() -> Option<String> {
    let admin = std::env::var("TEST_DATABASE_URL").ok();
    admin.filter(|admin| !admin.is_empty())
}
