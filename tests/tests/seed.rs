//! `sentinal-chat seed`: people and conversations that were never asked for over the API are as good as
//! those that were.

use std::path::Path;

use sentinal_client::{Client, Login, SocketOptions};
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::messages::{Ciphertext, SendMessageRequest};
use sentinal_protocol::event::{EventKind, ServerEvent};
use sentinal_protocol::{Base64, ConversationId, ConversationType, Timestamp};
use sentinal_tests::{RunOptions, ServerProcess, TestDatabase};
use serde_json::Value;

/// The file, and its people as clients.
struct Population {
    file: Value,
}

impl Population {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("the file");
        Self {
            file: serde_json::from_str(&text).expect("JSON"),
        }
    }

    fn client(&self, anybody: &Client, person: usize) -> Client {
        let record = &self.file["people"][person];
        let text = |name: &str| record[name].as_str().expect("a text").to_owned();
        let client = anybody.signed_out();
        client.set_login(Some(Login {
            user_id: serde_json::from_value(record["user_id"].clone()).expect("an id"),
            device_id: text("device_id"),
            session_id: serde_json::from_value(record["session_id"].clone()).expect("an id"),
            access_token: text("access_token"),
            refresh_token: String::new(),
            expires_at: Timestamp(0),
        }));
        client
    }

    fn conversation(&self, kind: &str) -> (ConversationId, Vec<usize>) {
        let mut all = self.file["conversations"]
            .as_array()
            .expect("a list")
            .iter();
        let found = all.find(|it| it["type"] == kind).expect("one of this kind");
        let members = serde_json::from_value(found["members"].clone());
        (
            serde_json::from_value(found["id"].clone()).expect("an id"),
            members.expect("numbers"),
        )
    }
}

/// Runs the command; whether it succeeded, and what it said.
async fn seed(database: &TestDatabase, settings: &[(&str, &str)], output: &Path) -> (bool, String) {
    let output = output.to_string_lossy().into_owned();
    let arguments = [
        "--people",
        "12",
        "--conversations",
        "4",
        "--groups",
        "1x6",
        "--output",
        &output,
    ];
    let options = RunOptions::on(database).with(settings).command("seed");
    let mut run = options.arguments(&arguments).start();
    let ended = run.ended().await;
    (ended.success(), run.log())
}

#[tokio::test]
async fn people_of_a_seeded_database_chat_like_any_others() {
    let database = TestDatabase::create().await;
    let output = database.directory().join("population.json");
    let (done, log) = seed(&database, &[], &output).await;
    assert!(done, "{log}");
    let population = Population::read(&output);
    let launch = sentinal_tests::Launch {
        database: Some(database),
        ..Default::default()
    };
    let server = ServerProcess::launch(launch).await;
    let anybody = server.stranger();

    let (chat, members) = population.conversation("DM");
    let (alice, bob) = (
        population.client(&anybody, members[0]),
        population.client(&anybody, members[1]),
    );
    let listed = alice
        .conversations(PageQuery::default())
        .await
        .expect("a list");
    let kinds = |kind| {
        listed
            .conversations
            .iter()
            .filter(|it| it.kind == kind)
            .count()
    };
    assert_eq!(kinds(ConversationType::Dm), 4);
    assert!(kinds(ConversationType::Group) <= 1);

    let mut socket = bob
        .connect(SocketOptions::default())
        .await
        .expect("a socket");
    let roster = alice.participants(chat).await.expect("participants");
    let mut request = SendMessageRequest::new(chat, Vec::new());
    let own = alice.login().expect("a login").device_id.clone();
    for participant in &roster.participants {
        for device in participant.devices.iter().filter(|it| it.device_id != own) {
            request.ciphertexts.push(Ciphertext {
                recipient_device_id: device.device_id.clone(),
                recipient_user_id: Some(participant.user_id),
                ciphertext: Base64(vec![7; 16]),
                header: None,
            });
        }
    }
    let sent = alice.send_message(&request).await.expect("an answer");
    assert_eq!((sent.data.sequence_number, sent.data.revision), (1, 2));
    let mut revisions = Vec::new();
    while let Some(frame) = socket.next_frame().await {
        if frame.conversation_id() == Some(chat) {
            revisions.extend(frame.revision());
            if let ServerEvent::MessageNew(message) = &frame.event {
                assert_eq!(message.entry.content, Some(Base64(vec![7; 16])));
                break;
            }
            assert_eq!(frame.kind(), Some(EventKind::ConversationCreated));
        }
    }
    assert_eq!(
        revisions,
        [1, 2],
        "the creation is in the log, and the message behind it"
    );

    let (group, members) = population.conversation("GROUP");
    let owner = population.client(&anybody, members[0]);
    let roster = owner.participants(group).await.expect("participants");
    assert_eq!(roster.participants.len(), 6);
    assert!(roster.participants.iter().all(|it| it.devices.len() == 1));
}

#[tokio::test]
async fn release_mode_makes_nobody_without_a_password() {
    let database = TestDatabase::create_file();
    let output = database.directory().join("population.json");
    let release = [
        ("APP_MODE", "release"),
        (
            "JWT_SECRET",
            "5a3f0c9be17d4286a0b4c7d913ef62581f7a9c04d6be3852",
        ),
        ("BCRYPT_COST", "12"),
        ("RATE_LIMIT", "on"),
    ];
    let (done, log) = seed(&database, &release, &output).await;
    assert!(!done);
    assert!(log.contains("debug and test mode only"), "{log}");
    assert!(!output.exists());
}
