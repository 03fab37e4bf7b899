//! What is asked for: what stands for the names in braces.

use sentinal_protocol::api::accounts::AddContactRequest;
use sentinal_protocol::api::broadcasts::CreateBroadcastRequest;
use sentinal_protocol::api::push::AddPushTokenRequest;
use sentinal_protocol::api::uploads::{CreateUploadRequest, Upload};
use sentinal_protocol::{Base64, CallParticipantStatus, CallType, PushPlatform};
use sentinal_tests::TestUser;
use sentinal_tests::keys::{device_of, random_key};

use crate::people::People;

/// Names and what stands for them.
pub struct Things {
    filled: Vec<(&'static str, String)>,
    has_spare: bool,
}

impl Things {
    /// Makes new ones, those that `text` names, so that what one question did is not in the way of
    /// the next.
    pub async fn prepare(people: &People, number: usize, text: &str) -> Self {
        let names = |names: &[&str]| names.iter().any(|it| text.contains(&format!("{{{it}}}")));
        let mut things = Self {
            filled: vec![
                ("unique", format!("unique{number}")),
                ("password", people.owner.password().to_owned()),
                ("page", "index.html".to_owned()),
                ("target", people.target.id.to_string()),
                ("target_device", people.target.device.clone()),
                ("newcomer", people.newcomer.id.to_string()),
                ("second_admin", people.second_admin.id.to_string()),
                ("contact", people.admin.id.to_string()),
                ("owner", people.owner.id.to_string()),
                ("key", written(&random_key())),
                ("pq_key", written(&Base64(vec![3; 1568]))),
                ("signature", written(&Base64(vec![7; 64]))),
            ],
            has_spare: names(&["session", "device", "identity", "signed_prekey"]),
        };
        if names(&["contact"]) {
            let contact = AddContactRequest {
                contact_user_id: people.admin.id,
                nickname: None,
            };
            people.owner.client.add_contact(&contact).await.unwrap();
        }
        if names(&["group", "message", "poll", "code", "roster_version", "call"]) {
            things.make_group(people, |name| names(&[name])).await;
        }
        if names(&["door", "refresh_token"]) {
            let door = people.newcomer.client.signed_out();
            let (name, device) = (&people.newcomer.name, &people.newcomer.device);
            let tokens = door.sign_in(name, people.newcomer.password(), device).await;
            let tokens = tokens.unwrap();
            things.add("door", tokens.session_id);
            things.add("refresh_token", tokens.refresh_token);
        }
        if things.has_spare {
            things.make_spare_device(people, number).await;
        }
        if names(&["push_token"]) {
            let token = AddPushTokenRequest {
                platform: PushPlatform::Fcm,
                token: format!("token-{number}"),
                device_id: None,
            };
            let token = people.owner.client.add_push_token(&token).await.unwrap();
            things.add("push_token", token.id);
        }
        if names(&["upload"]) {
            things.add("upload", announced(&people.owner).await.id);
        }
        if names(&["full_upload", "file"]) {
            let full = announced(&people.owner).await.id;
            let put = people.owner.client.put_file(full, b"x".to_vec()).await;
            put.unwrap();
            things.add("full_upload", full);
            if names(&["file"]) {
                let file = people.owner.client.complete_upload(full).await.unwrap();
                let url = file.file_url.unwrap();
                let (_, cap) = url.split_once("cap=").unwrap();
                things.add("file", full);
                things.add("cap", cap);
            }
        }
        if names(&["broadcast"]) {
            let list = CreateBroadcastRequest {
                name: "list".to_owned(),
                description: None,
                recipients: vec![people.target.id],
                owner_id: None,
            };
            let list = people.owner.client.create_broadcast(&list).await.unwrap();
            things.add("broadcast", list.broadcast.id);
        }
        things
    }

    async fn make_group(&mut self, people: &People, needed: impl Fn(&str) -> bool) {
        let group = people.group(&needed).await;
        let owner = &people.owner.client;
        self.add("group", group.id);
        if let Some(message) = group.message {
            self.add("message", message);
        }
        if let Some(poll) = group.poll {
            self.add("poll", poll);
        }
        if needed("roster_version") {
            let seen = owner.conversation(group.id).await.unwrap();
            self.add("roster_version", seen.roster_version);
        }
        if needed("call") {
            let call = owner.create_call(group.id, CallType::Audio).await;
            let call = call.unwrap().id;
            let target = &people.target;
            let asked = owner.add_call_participant(call, target.id).await;
            asked.unwrap();
            let joined = CallParticipantStatus::Joined;
            let joined = target.client.set_call_status(call, target.id, joined).await;
            joined.unwrap();
            self.add("call", call);
        }
        if needed("code") {
            self.add("code", owner.renew_invite(group.id).await.unwrap().code);
        }
    }

    /// The owner's, with a login session and keys.
    async fn make_spare_device(&mut self, people: &People, number: usize) {
        let spare = people
            .owner
            .another_device(&format!("spare-{number}"))
            .await;
        let login = spare.client.login().unwrap();
        let devices = people.owner.client.devices().await.unwrap();
        let device = devices.iter().find(|it| it.device_id == spare.device);
        let identity = spare.client.identity_key(&device_of(&spare)).await;
        let signed = spare.client.signed_prekey(&device_of(&spare)).await;
        self.add("session", login.session_id);
        self.add("device", device.unwrap().id);
        self.add("identity", identity.unwrap().id);
        self.add("signed_prekey", signed.unwrap().id);
    }

    fn add(&mut self, name: &'static str, value: impl ToString) {
        self.filled.push((name, value.to_string()));
    }

    /// The text, filled in.
    pub fn fill(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in &self.filled {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }

    /// Takes a spare device away again: nobody may have many.
    pub async fn clear(&self, people: &People) {
        if !self.has_spare {
            return;
        }
        let devices = people.owner.client.devices().await.unwrap();
        for device in devices
            .iter()
            .filter(|it| it.device_id.starts_with("spare"))
        {
            people.owner.client.remove_device(device.id).await.unwrap();
        }
    }
}

/// As it is written in JSON, without the quotes.
fn written(bytes: &Base64) -> String {
    let json = serde_json::to_value(bytes).unwrap();
    json.as_str().unwrap().to_owned()
}

/// An upload of one byte, which has not come.
async fn announced(user: &TestUser) -> Upload {
    let request = CreateUploadRequest {
        file_name: "f".to_owned(),
        file_size: 1,
        content_type: "image/png".to_owned(),
        uploader_id: None,
    };
    user.client.create_upload(&request).await.unwrap()
}
