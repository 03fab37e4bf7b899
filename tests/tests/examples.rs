//! Every body that the API document shows works: each is sent as it stands there, but for the ids, codes and
//! tokens that a reader fills in.

use reqwest::Method;
use sentinal_protocol::ConversationId;
use sentinal_tests::{Contract, TestServer, TestUser, answered, request, until};
use serde_json::{Value, json};

/// What stands for somebody else, a conversation with them, a call and a login session.
const BOB: &str = "01941f29-7c07-7b1a-9d5e-000000000002";
const CHAT: &str = "01941f29-7c07-7b1a-9d5e-000000000003";
const CALL: &str = "01941f29-7c07-7b1a-9d5e-000000000005";
const SESSION: &str = "01941f29-7c07-7b1a-9d5e-000000000006";

/// Alice, who sends the example, and whom she knows. New ones for each example.
struct World<'a> {
    server: &'a TestServer,
    alice: TestUser,
    bob: TestUser,
    carol: TestUser,
    dm: ConversationId,
}

/// A request that is ready to be sent.
struct Ready {
    path: String,
    body: String,
    /// An access token, which does no harm where none is needed.
    token: String,
}

async fn data(user: &TestUser, method: Method, path: &str, body: Value) -> Value {
    let call = user.client.call(method, path).body(&body);
    let answer: Result<Value, _> = call.data().await;
    answer.unwrap_or_else(|error| panic!("{path}: {error}"))
}

impl<'a> World<'a> {
    async fn new(server: &'a TestServer, number: usize) -> Self {
        let alice = server.user(&format!("alice{number}")).await;
        let bob = server.user(&format!("bob{number}")).await;
        let carol = server.user(&format!("carol{number}")).await;
        let dm = alice.client.create_direct(bob.id).await.unwrap().id;
        Self {
            server,
            alice,
            bob,
            carol,
            dm,
        }
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        data(&self.alice, Method::POST, path, body).await
    }

    async fn group(&self) -> String {
        let group = self.alice.client.create_group("group", vec![self.bob.id]);
        group.await.unwrap().id.to_string()
    }

    async fn broadcast(&self, recipients: Value) -> String {
        let list = json!({ "name": "list", "recipients": recipients });
        id(&self.post("/v1/broadcasts", list).await)
    }

    async fn message(&self, poll: Value) -> String {
        let mut message = json!(self.alice.message(self.dm, 1).await);
        if poll.is_object() {
            message["message_type"] = "poll".into();
            message["poll"] = poll;
        }
        id(&self.post("/v1/messages", message).await)
    }

    /// The line of so many characters in a mail to somebody.
    async fn mailed(&self, address: &str, chars: usize) -> String {
        until("a mail", async || {
            let outbox = self.server.app().accounts.outbox().into_iter();
            let mails = outbox.filter(|mail| mail.to == address);
            let mut lines: Vec<String> = Vec::new();
            for mail in mails {
                lines.extend(mail.text.lines().map(str::to_owned));
            }
            lines.into_iter().rev().find(|line| line.len() == chars)
        })
        .await
    }

    /// The token that undoes a change of her address.
    async fn undo_token(&self) -> String {
        let (old, new) = (
            format!("{}@example.com", self.alice.name),
            format!("{}@example.org", self.alice.name),
        );
        let client = &self.alice.client;
        client.request_email_code().await.unwrap();
        client
            .verify_email(&self.mailed(&old, 8).await)
            .await
            .unwrap();
        data(
            &self.alice,
            Method::PUT,
            "/v1/users/me",
            json!({ "email": new }),
        )
        .await;
        client
            .verify_email(&self.mailed(&new, 8).await)
            .await
            .unwrap();
        self.mailed(&old, 43).await
    }

    /// Another device of hers, without keys but an identity.
    async fn fresh_device(&self) -> TestUser {
        let device = self.alice.another_device_without_keys("fresh").await;
        let key = json!({ "public_key": sentinal_tests::keys::random_key() });
        data(&device, Method::POST, "/v1/encryption/identity", key).await;
        device
    }

    /// Makes what the operation is about, and puts it where the example leaves a place for it.
    #[allow(
        clippy::too_many_lines,
        reason = "a table, with a row for each operation"
    )]
    async fn ready(&self, operation: &str, example: &Value) -> Ready {
        let (alice, bob) = (&self.alice, &self.bob);
        let login = alice.client.login().unwrap();
        let mut token = login.access_token.clone();
        let mut path = operation.split_once(' ').unwrap().1.to_owned();
        let mut body = example.to_string();
        let mut other = bob.id;
        let mut chat = self.dm.to_string();
        let mut fill = |place: &str, with: &str| path = path.replace(place, with);
        match operation {
            "POST /v1/auth/email/undo" => {
                let undo = self.undo_token().await;
                body = body.replace("the mailed one", &undo);
            }
            "POST /v1/auth/password/reset" => {
                alice.client.forgot_password(&alice.name).await.unwrap();
                let address = format!("{}@example.com", alice.name);
                body = body.replace("the mailed one", &self.mailed(&address, 43).await);
            }
            "POST /v1/auth/register" => {
                let new = format!("new-{}", alice.name).replace('-', "_");
                body = body.replace("alice@", &format!("{new}@"));
                body = body.replace("\"alice\"", &format!("\"{new}\""));
            }
            "POST /v1/users/me/email/verify" => {
                alice.client.request_email_code().await.unwrap();
                let address = format!("{}@example.com", alice.name);
                body = body.replace("12345678", &self.mailed(&address, 8).await);
            }
            "DELETE /v1/users/me/devices/{id}" => {
                alice.another_device("laptop").await;
                let devices = alice.client.devices().await.unwrap();
                let laptop = devices.iter().find(|it| it.device_id == "laptop");
                fill("{id}", &laptop.unwrap().id.to_string());
            }
            "DELETE /v1/users/me/sessions/{id}" => {
                let laptop = alice.another_device("laptop").await;
                let session = laptop.client.login().unwrap().session_id;
                fill("{id}", &session.to_string());
            }
            "POST /v1/encryption/signed-prekeys"
            | "POST /v1/encryption/signed-prekeys/rotate"
            | "POST /v1/encryption/onetime-prekeys"
            | "POST /v1/encryption/pq-prekeys" => {
                let device = self.fresh_device().await;
                token.clone_from(&device.client.login().unwrap().access_token);
            }
            "POST /v1/conversations/join" => {
                let invited = data(
                    bob,
                    Method::POST,
                    "/v1/conversations",
                    json!({"type":"GROUP"}),
                );
                let group = id(&invited.await);
                let path = format!("/v1/conversations/{group}/invite");
                let invite = data(bob, Method::POST, &path, json!({})).await;
                let code = invite["code"].as_str().unwrap().to_owned();
                body = body.replace("the code of the invite link", &code);
            }
            "POST /v1/conversations/{id}/participants" => {
                fill("{id}", &self.group().await);
                other = self.carol.id;
            }
            "PUT /v1/conversations/{id}"
            | "POST /v1/conversations/{id}/transfer"
            | "PUT /v1/conversations/{id}/participants/{user_id}/role" => {
                fill("{id}", &self.group().await);
                fill("{user_id}", &bob.id.to_string());
            }
            "POST /v1/conversations/{id}/read" | "POST /v1/conversations/{id}/read-sequence" => {
                self.message(Value::Null).await;
                fill("{id}", &chat);
            }
            "PUT /v1/messages/{id}" => fill("{id}", &self.message(Value::Null).await),
            "PUT /v1/messages/{id}/vote" => {
                fill("{id}", &self.message(json!({ "options": 2 })).await);
            }
            "POST /v1/uploads/{id}/progress" => {
                let upload = json!({
                    "file_name": "f", "file_size": 4096, "content_type": "image/png",
                });
                fill("{id}", &id(&self.post("/v1/uploads", upload).await));
            }
            "POST /v1/broadcasts/{id}/recipients" | "POST /v1/broadcasts/{id}/recipients/bulk" => {
                fill("{id}", &self.broadcast(json!([])).await);
            }
            operation if operation.contains("/v1/broadcasts/{id}") => {
                fill("{id}", &self.broadcast(json!([bob.id])).await);
            }
            "POST /v1/calls/{id}/participants" => {
                chat = self.group().await;
                let call = json!({ "conversation_id": chat, "type": "AUDIO" });
                fill("{id}", &id(&self.post("/v1/calls", call).await));
            }
            operation if operation.contains("/v1/calls/") => {
                let call = json!({ "conversation_id": chat, "type": "AUDIO" });
                let call = id(&self.post("/v1/calls", call).await);
                body = body.replace(CALL, &call);
                fill("{id}", &call);
                if operation.ends_with("/status") {
                    token.clone_from(&bob.client.login().unwrap().access_token);
                    fill("{user_id}", &bob.id.to_string());
                } else {
                    fill("{user_id}", &alice.id.to_string());
                }
            }
            _ => fill("{id}", &chat),
        }
        let own = |name: &str| format!("\"{}{name}\"", alice.name);
        body = body
            .replace(BOB, &other.to_string())
            .replace(CHAT, &chat)
            .replace(SESSION, &login.session_id.to_string())
            .replace("the newest one", &login.refresh_token)
            .replace("\"alice\"", &own(""))
            .replace("\"alice-phone\"", &own("-phone"))
            .replace("\"bob-phone\"", &format!("\"{}\"", bob.device));
        Ready { path, body, token }
    }
}

fn id(resource: &Value) -> String {
    resource["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn every_example_of_the_document_works() {
    let server = TestServer::spawn().await;
    let paths = Contract::get().document()["paths"].as_object().unwrap();
    let mut sent = 0;
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            let Some(body) = operation.pointer("/requestBody/content/application~1json") else {
                continue;
            };
            sent += 1;
            let operation = format!("{} {path}", method.to_ascii_uppercase());
            let example = body.get("example");
            let example = example.unwrap_or_else(|| panic!("{operation} has no example"));
            let world = World::new(&server, sent).await;
            let ready = world.ready(&operation, example).await;
            let method: Method = method.to_ascii_uppercase().parse().unwrap();
            let asked = request(&server, None, method, &ready.path)
                .header("content-type", "application/json")
                .body(ready.body.clone())
                .bearer_auth(ready.token);
            let (status, answer) = answered(asked).await;
            let what = format!("{operation} {}: {status} {answer}", ready.body);
            assert!((200..300).contains(&status), "{what}");
        }
    }
    assert!(sent > 50, "{sent}");
}
