//! Who may do what: every operation, asked by everybody.
//!
//! Each operation is declared with whom it is for ([`Rule`]); the same eight people ask for each of
//! them. An operation that is not declared fails the test, so that nobody adds one without saying
//! who may.

use std::time::Duration;

use reqwest::Method;
use sentinal_client::Client;
use sentinal_protocol::api::accounts::AddContactRequest;
use sentinal_protocol::api::conversations::AddParticipantRequest;
use sentinal_protocol::{CallType, Clock, ConversationId, Role, Timestamp};
use sentinal_tests::keys::device_of;
use sentinal_tests::{Contract, Documented, TestServer, TestUser, outcome, request};

use Rule::{Anyone, Everyone, GroupAdmins, GroupMembers, InCall, Oneself, OwnersThing};

/// Whom an operation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// With or without a token.
    Everyone,
    /// Whoever is signed in; it concerns themselves, or what everybody may know.
    Anyone,
    /// It concerns a group, or something in it: its members. To others there is no such group.
    GroupMembers,
    /// Its admins and its owner; other members may know of it and not do it.
    GroupAdmins,
    /// It is done in a call of a group in which the owner alone is; other members may know of it.
    InCall,
    /// As `Anyone`; it ends logins, so that everybody asks as somebody who is made for it.
    Oneself,
    /// It concerns something of the owner's alone. To others there is no such thing.
    OwnersThing,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    /// Nobody: no token.
    Nobody,
    /// The owner, with a token whose time is over.
    Expired,
    /// Somebody who never was in the group.
    Stranger,
    /// Somebody who was.
    Removed,
    Member,
    /// A member whom the owner has blocked: in a group that makes no difference.
    Blocked,
    Admin,
    Owner,
}

const ALL: [Who; 8] = [
    Who::Nobody,
    Who::Expired,
    Who::Stranger,
    Who::Removed,
    Who::Member,
    Who::Blocked,
    Who::Admin,
    Who::Owner,
];

impl Rule {
    /// The status that refuses; `None` where nobody is refused for who they are.
    fn refusal(self, who: Who) -> Option<u16> {
        let is_member = matches!(who, Who::Member | Who::Blocked | Who::Admin | Who::Owner);
        let may = match self {
            Everyone => return None,
            _ if matches!(who, Who::Nobody | Who::Expired) => return Some(401),
            Anyone | Oneself => return None,
            OwnersThing => return (who != Who::Owner).then_some(404),
            _ if !is_member => return Some(404),
            GroupMembers => true,
            InCall => who == Who::Owner,
            GroupAdmins => matches!(who, Who::Admin | Who::Owner),
        };
        (!may).then_some(403)
    }
}

/// Every operation: whom it is for, and a query or a body with which it is asked. What stands in
/// braces is filled in from [`Things`], in the path too.
const DECLARED: &[(&str, Rule, &str)] = &[
    // Operation
    ("GET /ping", Everyone, ""),
    ("GET /health", Everyone, ""),
    ("GET /livez", Everyone, ""),
    ("GET /ready", Everyone, ""),
    ("GET /goroutines", Everyone, ""),
    ("GET /openapi.json", Everyone, ""),
    ("GET /docs", Everyone, ""),
    ("GET /docs/{file}", Everyone, ""),
    ("GET /v1/server", Everyone, ""),
    ("GET /v1/rate-limits", Anyone, ""),
    ("GET /v1/ws", Anyone, ""),
    ("POST /v1/ws/ticket", Anyone, ""),
    // Accounts' doors. Their own secrets let people in, not a token.
    ("POST /v1/auth/register", Everyone, "{}"),
    ("POST /v1/auth/login", Everyone, "{}"),
    ("POST /v1/auth/refresh", Everyone, "{}"),
    ("POST /v1/auth/password/forgot", Everyone, "{}"),
    ("POST /v1/auth/password/reset", Everyone, "{}"),
    ("POST /v1/auth/password/change", Anyone, "{}"),
    ("GET /v1/auth/sessions", Anyone, ""),
    (
        "POST /v1/auth/logout",
        OwnersThing,
        r#"{"session_id":"{session}"}"#,
    ),
    ("POST /v1/auth/logout-all", Oneself, ""),
    // People
    ("GET /v1/users/me", Anyone, ""),
    ("GET /v1/users/me/devices", Anyone, ""),
    ("GET /v1/users/me/devices/{device}", OwnersThing, ""),
    ("DELETE /v1/users/me/devices/{device}", OwnersThing, ""),
    ("DELETE /v1/users/me/sessions", Oneself, ""),
    ("DELETE /v1/users/me/sessions/{session}", OwnersThing, ""),
    ("GET /v1/users/me/contacts", Anyone, ""),
    (
        "POST /v1/users/me/contacts",
        Anyone,
        r#"{"contact_user_id":"{target}"}"#,
    ),
    ("GET /v1/users/me/contacts/blocked", Anyone, ""),
    ("DELETE /v1/users/me/contacts/{contact}", OwnersThing, ""),
    ("POST /v1/users/me/contacts/{target}/block", Anyone, ""),
    ("POST /v1/users/me/contacts/{target}/unblock", Anyone, ""),
    ("GET /v1/users/{target}/devices", Anyone, ""),
    // Conversations
    ("GET /v1/conversations", Anyone, ""),
    ("POST /v1/conversations", Anyone, r#"{"type":"GROUP"}"#),
    (
        "GET /v1/conversations/direct",
        Anyone,
        "?user_id_1={target}",
    ),
    ("GET /v1/conversations/{group}", GroupMembers, ""),
    (
        "GET /v1/conversations/{group}/participants",
        GroupMembers,
        "",
    ),
    (
        "POST /v1/conversations/{group}/participants",
        GroupAdmins,
        r#"{"user_id":"{newcomer}"}"#,
    ),
    (
        "DELETE /v1/conversations/{group}/participants/{target}",
        GroupAdmins,
        "",
    ),
    (
        "PUT /v1/conversations/{group}/participants/{target}/role",
        GroupAdmins,
        r#"{"role":"member"}"#,
    ),
    ("POST /v1/conversations/{group}/leave", GroupMembers, ""),
    ("GET /v1/conversations/{group}/sequence", GroupMembers, ""),
    ("POST /v1/conversations/{group}/sequence", GroupMembers, ""),
    (
        "POST /v1/conversations/{group}/read",
        GroupMembers,
        r#"{"up_to_sequence":1}"#,
    ),
    (
        "POST /v1/conversations/{group}/read-sequence",
        GroupMembers,
        r#"{"seq_id":1}"#,
    ),
    // Messages
    (
        "POST /v1/messages",
        GroupMembers,
        r#"{"conversation_id":"{group}"}"#,
    ),
    ("GET /v1/messages", GroupMembers, "?conversation_id={group}"),
    ("GET /v1/messages/{message}", GroupMembers, ""),
    ("POST /v1/messages/{message}/read", GroupMembers, ""),
    ("POST /v1/messages/{message}/delivered", GroupMembers, ""),
    // Calls
    (
        "POST /v1/calls",
        GroupMembers,
        r#"{"conversation_id":"{group}","type":"AUDIO"}"#,
    ),
    ("GET /v1/calls", GroupMembers, "?conversation_id={group}"),
    ("GET /v1/calls/user", Anyone, ""),
    ("GET /v1/calls/active", Anyone, ""),
    ("GET /v1/calls/missed", Anyone, ""),
    ("GET /v1/calls/ice-servers", Anyone, ""),
    ("GET /v1/calls/quality", GroupMembers, "?call_id={call}"),
    ("POST /v1/calls/quality", InCall, r#"{"call_id":"{call}"}"#),
    ("GET /v1/calls/quality/user", Anyone, ""),
    (
        "GET /v1/calls/quality/average",
        GroupMembers,
        "?call_id={call}",
    ),
    ("GET /v1/calls/{call}", GroupMembers, ""),
    ("GET /v1/calls/{call}/participants", GroupMembers, ""),
    (
        "POST /v1/calls/{call}/participants",
        InCall,
        r#"{"user_id":"{target}"}"#,
    ),
    ("DELETE /v1/calls/{call}/participants/{target}", InCall, ""),
    (
        "PUT /v1/calls/{call}/participants/{owner}/status",
        InCall,
        r#"{"status":"JOINED"}"#,
    ),
    (
        "PUT /v1/calls/{call}/participants/{target}/mute",
        InCall,
        r#"{"audio_muted":true}"#,
    ),
    ("POST /v1/calls/{call}/connected", InCall, ""),
    ("POST /v1/calls/{call}/end", InCall, ""),
    ("GET /v1/calls/{call}/duration", GroupMembers, ""),
    // Keys. Public ones are for whoever may write to their owner.
    ("POST /v1/encryption/identity", Anyone, "{}"),
    (
        "GET /v1/encryption/identity",
        Anyone,
        "?user_id={target}&device_id={target_device}",
    ),
    (
        "PUT /v1/encryption/identity/{identity}/deactivate",
        OwnersThing,
        "",
    ),
    ("DELETE /v1/encryption/identity/{identity}", OwnersThing, ""),
    ("POST /v1/encryption/signed-prekeys", Anyone, "{}"),
    (
        "GET /v1/encryption/signed-prekeys",
        Anyone,
        "?user_id={target}&device_id={target_device}",
    ),
    (
        "GET /v1/encryption/signed-prekeys/active",
        Anyone,
        "?user_id={target}&device_id={target_device}",
    ),
    ("POST /v1/encryption/signed-prekeys/rotate", Anyone, "{}"),
    (
        "PUT /v1/encryption/signed-prekeys/{signed_prekey}/deactivate",
        OwnersThing,
        "",
    ),
    ("POST /v1/encryption/onetime-prekeys", Anyone, "{}"),
    (
        "POST /v1/encryption/onetime-prekeys/consume",
        Anyone,
        "?user_id={target}&device_id={target_device}",
    ),
    (
        "GET /v1/encryption/onetime-prekeys/count",
        Anyone,
        "?user_id={target}&device_id={target_device}",
    ),
    (
        "GET /v1/encryption/bundles",
        Anyone,
        "?user_id={target}&device_id={target_device}",
    ),
    (
        "GET /v1/encryption/keys/active",
        Anyone,
        "?user_id={target}&device_id={target_device}",
    ),
    ("POST /v1/encryption/setup", Anyone, "{}"),
];

/// Operations that wait for their declaration: each has tests of its own, this one does not cover
/// them yet. New ones do not belong here.
const UNDECLARED: &[&str] = &[
    "PUT /v1/users/me",
    "DELETE /v1/users/me",
    "GET /v1/users/me/settings",
    "PUT /v1/users/me/settings",
    "POST /v1/users/me/push-tokens",
    "GET /v1/users/me/push-tokens",
    "DELETE /v1/users/me/push-tokens/{id}",
    "GET /v1/users/me/unread",
    "GET /v1/users/me/starred",
    "GET /v1/users",
    "GET /v1/users/search",
    "GET /v1/users/{id}",
    "GET /v1/conversations/type",
    "GET /v1/conversations/search",
    "GET /v1/conversations/invite",
    "POST /v1/conversations/join",
    "PUT /v1/conversations/{id}",
    "DELETE /v1/conversations/{id}",
    "POST /v1/conversations/{id}/transfer",
    "POST /v1/conversations/{id}/invite",
    "POST /v1/conversations/{id}/mute",
    "POST /v1/conversations/{id}/unmute",
    "POST /v1/conversations/{id}/pin",
    "POST /v1/conversations/{id}/unpin",
    "POST /v1/conversations/{id}/archive",
    "POST /v1/conversations/{id}/unarchive",
    "GET /v1/conversations/{id}/pins",
    "GET /v1/messages/search",
    "PUT /v1/messages/{id}",
    "DELETE /v1/messages/{id}",
    "DELETE /v1/messages/{id}/hard",
    "GET /v1/messages/{id}/receipts",
    "PUT /v1/messages/{id}/reactions/{reaction}",
    "DELETE /v1/messages/{id}/reactions/{reaction}",
    "GET /v1/messages/{id}/reactions",
    "PUT /v1/messages/{id}/vote",
    "GET /v1/messages/{id}/poll",
    "PUT /v1/messages/{id}/star",
    "DELETE /v1/messages/{id}/star",
    "PUT /v1/messages/{id}/pin",
    "DELETE /v1/messages/{id}/pin",
    "POST /v1/encryption/pq-prekeys",
    "POST /v1/encryption/backup",
    "GET /v1/encryption/backup",
    "GET /v1/uploads",
    "POST /v1/uploads",
    "GET /v1/uploads/completed",
    "GET /v1/uploads/in-progress",
    "GET /v1/uploads/stale",
    "DELETE /v1/uploads/stale",
    "GET /v1/uploads/{id}",
    "DELETE /v1/uploads/{id}",
    "POST /v1/uploads/{id}/complete",
    "POST /v1/uploads/{id}/fail",
    "POST /v1/uploads/{id}/progress",
    "OPTIONS /v1/uploads/{id}/data",
    "HEAD /v1/uploads/{id}/data",
    "PUT /v1/uploads/{id}/data",
    "PATCH /v1/uploads/{id}/data",
    "DELETE /v1/uploads/{id}/data",
    "GET /v1/files/{id}",
    "GET /v1/broadcasts",
    "POST /v1/broadcasts",
    "GET /v1/broadcasts/search",
    "GET /v1/broadcasts/{id}",
    "PUT /v1/broadcasts/{id}",
    "DELETE /v1/broadcasts/{id}",
    "POST /v1/broadcasts/{id}/messages",
    "GET /v1/broadcasts/{id}/recipients",
    "POST /v1/broadcasts/{id}/recipients",
    "GET /v1/broadcasts/{id}/recipients/count",
    "POST /v1/broadcasts/{id}/recipients/bulk",
    "DELETE /v1/broadcasts/{id}/recipients/bulk",
    "GET /v1/broadcasts/{id}/recipients/{user_id}",
    "DELETE /v1/broadcasts/{id}/recipients/{user_id}",
    "GET /v1/sync",
];

/// Method and path without the names of variable segments, which say here what to fill in.
fn nameless(method: &str, path: &str) -> String {
    let segments = path
        .split('/')
        .map(|it| if it.starts_with('{') { "{}" } else { it });
    format!("{method} {}", segments.collect::<Vec<_>>().join("/"))
}

fn declared(operation: &Documented) -> Option<(&'static str, Rule, &'static str)> {
    let wanted = nameless(&operation.method, &operation.path);
    DECLARED.iter().copied().find(|(route, _, _)| {
        let (method, path) = route.split_once(' ').unwrap();
        nameless(method, path) == wanted
    })
}

#[test]
fn every_operation_says_whom_it_is_for() {
    for operation in Contract::get().operations() {
        let route = format!("{} {}", operation.method, operation.path);
        if UNDECLARED.contains(&route.as_str()) {
            assert!(declared(operation).is_none(), "{route} is declared now");
            continue;
        }
        let (_, rule, _) = declared(operation).unwrap_or_else(|| panic!("{route} is not declared"));
        assert_eq!(operation.authenticated, rule != Everyone, "{route}");
    }
    let documented = Contract::get().operations().len();
    assert_eq!(
        DECLARED.len() + UNDECLARED.len(),
        documented,
        "one of them is not served any more"
    );
}

/// The people around one group after the other.
struct People {
    owner: TestUser,
    expired: Client,
    stranger: TestUser,
    removed: TestUser,
    member: TestUser,
    blocked: TestUser,
    admin: TestUser,
    /// A member whom admins outrank.
    target: TestUser,
    /// Somebody who may be invited.
    newcomer: TestUser,
}

impl People {
    async fn gather(server: &TestServer, clock: &Clock) -> Self {
        let owner = server.user("owner").await;
        let expired = server.stranger();
        expired.set_login(owner.client.login().map(|login| (*login).clone()));
        clock.advance(Duration::from_hours(13));
        let signed_in = owner
            .client
            .sign_in(&owner.name, owner.password(), &owner.device);
        signed_in.await.unwrap();
        let people = Self {
            expired,
            stranger: server.user("stranger").await,
            removed: server.user("removed").await,
            member: server.user("member").await,
            blocked: server.user("blocked").await,
            admin: server.user("admin").await,
            target: server.user("target").await,
            newcomer: server.user("newcomer").await,
            owner,
        };
        people.owner.client.block(people.blocked.id).await.unwrap();
        for who in ALL {
            if let Some(user) = people.user(who) {
                user.client.create_direct(people.target.id).await.unwrap();
            }
        }
        people
    }

    fn user(&self, who: Who) -> Option<&TestUser> {
        match who {
            Who::Nobody | Who::Expired => None,
            Who::Stranger => Some(&self.stranger),
            Who::Removed => Some(&self.removed),
            Who::Member => Some(&self.member),
            Who::Blocked => Some(&self.blocked),
            Who::Admin => Some(&self.admin),
            Who::Owner => Some(&self.owner),
        }
    }

    fn token(&self, who: Who) -> Option<String> {
        let client = match who {
            Who::Nobody => return None,
            Who::Expired => &self.expired,
            Who::Stranger | Who::Removed | Who::Member | Who::Blocked | Who::Admin | Who::Owner => {
                &self.user(who)?.client
            }
        };
        Some(client.login()?.access_token.clone())
    }

    async fn group(&self) -> ConversationId {
        let owner = &self.owner.client;
        let members = [&self.member, &self.admin, &self.removed, &self.target];
        let members = members.iter().map(|user| user.id).collect();
        let group = owner.create_group("group", members).await.unwrap().id;
        let raised = owner.set_role(group, self.admin.id, Role::Admin).await;
        raised.unwrap();
        let removed = owner.remove_participant(group, self.removed.id).await;
        removed.unwrap();
        // The owner cannot invite whom they have blocked; the admin can.
        let joining = AddParticipantRequest {
            user_id: self.blocked.id,
            role: None,
        };
        let added = self.admin.client.add_participant(group, &joining).await;
        added.unwrap();
        group
    }
}

/// What stands for the names in braces.
struct Things(Vec<(&'static str, String)>);

impl Things {
    /// New ones, so that what one of them did is not in the way of the next.
    async fn prepare(people: &People, number: usize) -> Self {
        let group = people.group().await;
        let message = people.owner.send_text(group, 1).await.id;
        let owner = &people.owner.client;
        let call = owner.create_call(group, CallType::Audio).await.unwrap().id;
        let asked = owner.add_call_participant(call, people.target.id).await;
        asked.unwrap();
        let contact = AddContactRequest {
            contact_user_id: people.admin.id,
            nickname: None,
        };
        people.owner.client.add_contact(&contact).await.unwrap();
        let spare = people
            .owner
            .another_device(&format!("spare-{number}"))
            .await;
        let login = spare.client.login().unwrap();
        let devices = people.owner.client.devices().await.unwrap();
        let device = devices.iter().find(|it| it.device_id == spare.device);
        let identity = spare.client.identity_key(&device_of(&spare)).await;
        let signed = spare.client.signed_prekey(&device_of(&spare)).await;
        Self(vec![
            ("group", group.to_string()),
            ("message", message.to_string()),
            ("call", call.to_string()),
            ("owner", people.owner.id.to_string()),
            ("target", people.target.id.to_string()),
            ("target_device", people.target.device.clone()),
            ("newcomer", people.newcomer.id.to_string()),
            ("contact", people.admin.id.to_string()),
            ("session", login.session_id.to_string()),
            ("device", device.unwrap().id.to_string()),
            ("identity", identity.unwrap().id.to_string()),
            ("signed_prekey", signed.unwrap().id.to_string()),
            ("file", "index.html".to_owned()),
        ])
    }

    fn fill(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in &self.0 {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }

    /// Takes the spare device away again: nobody may have many.
    async fn clear(&self, people: &People) {
        let devices = people.owner.client.devices().await.unwrap();
        for device in devices
            .iter()
            .filter(|it| it.device_id.starts_with("spare"))
        {
            people.owner.client.remove_device(device.id).await.unwrap();
        }
    }
}

/// Where paths start, and so which of the tests asks for them.
const PREFIXES: [&str; 6] = [
    "/v1/users",
    "/v1/conversations",
    "/v1/messages",
    "/v1/encryption",
    "/v1/calls",
    "",
];

/// Everybody asks for everything whose path starts so, and with none of the prefixes before.
async fn hold(prefix: &str) {
    // 2027-01-15.
    let clock = Clock::manual(Timestamp(1_800_000_000_000));
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let people = People::gather(&server, &clock).await;
    let mut number = 0;
    for (route, rule, with) in DECLARED {
        let (method, path) = route.split_once(' ').unwrap();
        let first = PREFIXES.iter().find(|prefix| path.starts_with(**prefix));
        if first != Some(&prefix) {
            continue;
        }
        let method: Method = method.parse().unwrap();
        let mut things = None;
        for who in ALL {
            // What only reads leaves everything as it was.
            if things.is_none() || (method != Method::GET && *rule != OwnersThing) {
                if let Some(old) = things.take() {
                    Things::clear(&old, &people).await;
                }
                number += 1;
                things = Some(Things::prepare(&people, number).await);
            }
            let filled = things.as_ref().unwrap();
            let query = with.strip_prefix('?').map(|it| format!("?{it}"));
            let path = filled.fill(&format!("{path}{}", query.unwrap_or_default()));
            let mut asked = request(&server, None, method.clone(), &path);
            if with.starts_with('{') {
                let body = filled.fill(with);
                asked = asked.header("Content-Type", "application/json").body(body);
            }
            let token = match people.user(who) {
                Some(_) if *rule == Oneself => {
                    number += 1;
                    let single = server.user(&format!("single{number}")).await;
                    single
                        .client
                        .login()
                        .map(|login| login.access_token.clone())
                }
                Some(_) | None => people.token(who),
            };
            if let Some(token) = token {
                asked = asked.bearer_auth(token);
            }
            let (status, code) = outcome(asked).await;
            let got = format!("{route} as {who:?}: {status} {code}");
            match rule.refusal(who) {
                Some(refusal) => assert_eq!(status, refusal, "{got}"),
                None if *rule == Everyone => assert_ne!(status, 403, "{got}"),
                None => assert!(![401, 403, 404].contains(&status), "{got}"),
            }
        }
        if let Some(old) = things {
            Things::clear(&old, &people).await;
        }
    }
}

#[tokio::test]
async fn operation_and_sign_in_are_for_those_they_are_declared_for() {
    hold("").await;
}

#[tokio::test]
async fn people_are_for_those_they_are_declared_for() {
    hold("/v1/users").await;
}

#[tokio::test]
async fn conversations_are_for_those_they_are_declared_for() {
    hold("/v1/conversations").await;
}

#[tokio::test]
async fn messages_are_for_those_they_are_declared_for() {
    hold("/v1/messages").await;
}

#[tokio::test]
async fn keys_are_for_those_they_are_declared_for() {
    hold("/v1/encryption").await;
}

#[tokio::test]
async fn calls_are_for_those_they_are_declared_for() {
    hold("/v1/calls").await;
}
