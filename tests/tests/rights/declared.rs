//! Every operation, and whom it is for.

use sentinal_tests::Documented;

use crate::people::Who;
use Rule::{
    Anyone, Everyone, GroupAdmins, GroupMembers, GroupOwner, Nobodys, Oneself, OwnersThing,
    SenderAlone, SenderOrAdmins, SenderOrOwner,
};

/// Whom an operation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// With or without a token.
    Everyone,
    /// Whoever is signed in; it concerns themselves, or what everybody may know.
    Anyone,
    /// It concerns a group, or something in it: its members. To others there is no such group.
    GroupMembers,
    /// Its admins and its owner; other members may know of it and not do it.
    GroupAdmins,
    /// Its owner; other members may know of it and not do it.
    GroupOwner,
    /// It concerns a message that `Who::Member` has sent: the sender. Other members may know of it
    /// and not do it.
    SenderAlone,
    /// The sender, the group's admins and its owner.
    SenderOrAdmins,
    /// The sender and the group's owner, not its admins.
    SenderOrOwner,
    /// As `Anyone`; it ends logins, so that everybody asks as somebody who is made for it.
    Oneself,
    /// It concerns something of the owner's alone. To others there is no such thing.
    OwnersThing,
    /// It names somebody else as the one for whom it is asked.
    Nobodys,
}

impl Rule {
    /// The status that refuses; `None` where nobody is refused for who they are.
    pub fn refusal(self, who: Who) -> Option<u16> {
        let is_member = matches!(who, Who::Member | Who::Blocked | Who::Admin | Who::Owner);
        let is_admin = matches!(who, Who::Admin | Who::Owner);
        let may = match self {
            Everyone => return None,
            _ if matches!(who, Who::Nobody | Who::Expired) => return Some(401),
            Anyone | Oneself => return None,
            Nobodys => return Some(403),
            OwnersThing => return (who != Who::Owner).then_some(404),
            _ if !is_member => return Some(404),
            GroupMembers => true,
            GroupAdmins => is_admin,
            GroupOwner => who == Who::Owner,
            SenderAlone => who == Who::Member,
            SenderOrAdmins => who == Who::Member || is_admin,
            SenderOrOwner => matches!(who, Who::Member | Who::Owner),
        };
        (!may).then_some(403)
    }
}

/// Every operation: whom it is for, and with what it is asked: a query (from `?` on), JSON (from `{`
/// on), or plain bytes (from `=` on). What stands in braces is filled in from `Things`, in the path
/// too. Some are asked in more than one way.
pub const DECLARED: &[(&str, Rule, &str)] = &[
    // Operation
    ("GET /ping", Everyone, ""),
    ("GET /health", Everyone, ""),
    ("GET /livez", Everyone, ""),
    ("GET /ready", Everyone, ""),
    ("GET /goroutines", Everyone, ""),
    ("GET /openapi.json", Everyone, ""),
    ("GET /docs", Everyone, ""),
    ("GET /docs/{page}", Everyone, ""),
    ("GET /v1/server", Everyone, ""),
    ("GET /v1/rate-limits", Anyone, ""),
    ("GET /v1/ws", Anyone, ""),
    ("POST /v1/ws/ticket", Anyone, ""),
    ("GET /v1/sync", Anyone, ""),
    // Accounts' doors. Their own secrets let people in, not a token.
    (
        "POST /v1/auth/register",
        Everyone,
        r#"{"email":"{unique}@example.com","username":"{unique}","password":"a password","device_id":"d"}"#,
    ),
    (
        "POST /v1/auth/login",
        Everyone,
        r#"{"identity":"newcomer","password":"{password}","device_id":"newcomer-phone"}"#,
    ),
    (
        "POST /v1/auth/refresh",
        Everyone,
        r#"{"session_id":"{door}","refresh_token":"{refresh_token}"}"#,
    ),
    (
        "POST /v1/auth/password/forgot",
        Everyone,
        r#"{"identity":"newcomer"}"#,
    ),
    (
        "POST /v1/auth/password/reset",
        Everyone,
        r#"{"identity":"newcomer","token":"a guess","new_password":"another password"}"#,
    ),
    (
        "POST /v1/auth/password/change",
        Anyone,
        r#"{"current_password":"{password}","new_password":"{password}"}"#,
    ),
    ("GET /v1/auth/sessions", Anyone, ""),
    (
        "POST /v1/auth/logout",
        OwnersThing,
        r#"{"session_id":"{session}"}"#,
    ),
    ("POST /v1/auth/logout-all", Oneself, ""),
    // People
    ("GET /v1/users/me", Anyone, ""),
    ("PUT /v1/users/me", Anyone, r#"{"display_name":"Somebody"}"#),
    ("DELETE /v1/users/me", Oneself, ""),
    ("GET /v1/users/me/settings", Anyone, ""),
    ("PUT /v1/users/me/settings", Anyone, r#"{"theme":"dark"}"#),
    (
        "POST /v1/users/me/push-tokens",
        Anyone,
        r#"{"platform":"fcm","token":"{unique}"}"#,
    ),
    ("GET /v1/users/me/push-tokens", Anyone, ""),
    (
        "DELETE /v1/users/me/push-tokens/{push_token}",
        OwnersThing,
        "",
    ),
    ("GET /v1/users/me/unread", Anyone, ""),
    ("GET /v1/users/me/starred", Anyone, ""),
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
    ("GET /v1/users", Anyone, "?search=target"),
    ("GET /v1/users/search", Anyone, "?query=target"),
    ("GET /v1/users/{target}", Anyone, ""),
    ("GET /v1/users/{target}/devices", Anyone, ""),
    // Conversations
    ("GET /v1/conversations", Anyone, ""),
    ("POST /v1/conversations", Anyone, r#"{"type":"GROUP"}"#),
    (
        "GET /v1/conversations/direct",
        Anyone,
        "?user_id_1={target}",
    ),
    (
        "GET /v1/conversations/direct",
        Nobodys,
        "?user_id_1={target}&user_id_2={newcomer}",
    ),
    ("GET /v1/conversations/type", Anyone, "?type=GROUP"),
    ("GET /v1/conversations/search", Anyone, "?query=group"),
    ("GET /v1/conversations/invite", Anyone, "?link={code}"),
    (
        "POST /v1/conversations/join",
        Anyone,
        r#"{"code":"{code}"}"#,
    ),
    ("GET /v1/conversations/{group}", GroupMembers, ""),
    (
        "PUT /v1/conversations/{group}",
        GroupAdmins,
        r#"{"subject":"renamed","message_expiry_seconds":3600,"permissions":{"invite":"everyone"}}"#,
    ),
    ("DELETE /v1/conversations/{group}", GroupOwner, ""),
    (
        "POST /v1/conversations/{group}/transfer",
        GroupOwner,
        r#"{"user_id":"{target}"}"#,
    ),
    ("POST /v1/conversations/{group}/invite", GroupAdmins, ""),
    ("POST /v1/conversations/{group}/mute", GroupMembers, ""),
    ("POST /v1/conversations/{group}/unmute", GroupMembers, ""),
    ("POST /v1/conversations/{group}/pin", GroupMembers, ""),
    ("POST /v1/conversations/{group}/unpin", GroupMembers, ""),
    ("POST /v1/conversations/{group}/archive", GroupMembers, ""),
    ("POST /v1/conversations/{group}/unarchive", GroupMembers, ""),
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
    // An admin does not outrank another.
    (
        "DELETE /v1/conversations/{group}/participants/{second_admin}",
        GroupOwner,
        "",
    ),
    (
        "PUT /v1/conversations/{group}/participants/{target}/role",
        GroupAdmins,
        r#"{"role":"member"}"#,
    ),
    // Nobody gives a rank above their own.
    (
        "PUT /v1/conversations/{group}/participants/{target}/role",
        GroupOwner,
        r#"{"role":"owner"}"#,
    ),
    ("POST /v1/conversations/{group}/leave", GroupMembers, ""),
    ("GET /v1/conversations/{group}/pins", GroupMembers, ""),
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
        r#"{"conversation_id":"{group}","shared_ciphertext":"AA==","roster_version":{roster_version}}"#,
    ),
    ("GET /v1/messages", GroupMembers, "?conversation_id={group}"),
    ("GET /v1/messages/search", Anyone, "?query=anything"),
    ("GET /v1/messages/{message}", GroupMembers, ""),
    (
        "PUT /v1/messages/{message}",
        SenderAlone,
        r#"{"shared_ciphertext":"AA==","roster_version":{roster_version}}"#,
    ),
    ("DELETE /v1/messages/{message}", SenderOrAdmins, ""),
    ("DELETE /v1/messages/{message}", GroupMembers, "?for=me"),
    ("DELETE /v1/messages/{message}/hard", SenderOrOwner, ""),
    ("POST /v1/messages/{message}/read", GroupMembers, ""),
    ("POST /v1/messages/{message}/delivered", GroupMembers, ""),
    ("GET /v1/messages/{message}/receipts", SenderAlone, ""),
    ("PUT /v1/messages/{message}/reactions/yes", GroupMembers, ""),
    (
        "DELETE /v1/messages/{message}/reactions/yes",
        GroupMembers,
        "",
    ),
    ("GET /v1/messages/{message}/reactions", GroupMembers, ""),
    (
        "PUT /v1/messages/{poll}/vote",
        GroupMembers,
        r#"{"options":[1]}"#,
    ),
    ("GET /v1/messages/{poll}/poll", GroupMembers, ""),
    ("PUT /v1/messages/{message}/star", GroupMembers, ""),
    ("DELETE /v1/messages/{message}/star", GroupMembers, ""),
    ("PUT /v1/messages/{message}/pin", GroupMembers, ""),
    ("DELETE /v1/messages/{message}/pin", GroupMembers, ""),
    // Keys. Public ones are for whoever may write to their owner.
    (
        "POST /v1/encryption/identity",
        Anyone,
        r#"{"public_key":"{key}"}"#,
    ),
    (
        "POST /v1/encryption/identity",
        Nobodys,
        r#"{"user_id":"{target}","public_key":"{key}"}"#,
    ),
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
    (
        "POST /v1/encryption/setup",
        Anyone,
        r#"{"identity_key":"{key}","signed_prekey":{"key_id":7,"public_key":"{key}","signature":"{signature}"}}"#,
    ),
    (
        "POST /v1/encryption/signed-prekeys",
        Anyone,
        r#"{"key_id":8,"public_key":"{key}","signature":"{signature}"}"#,
    ),
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
    (
        "POST /v1/encryption/signed-prekeys/rotate",
        Anyone,
        r#"{"key":{"key_id":9,"public_key":"{key}","signature":"{signature}"}}"#,
    ),
    (
        "PUT /v1/encryption/signed-prekeys/{signed_prekey}/deactivate",
        OwnersThing,
        "",
    ),
    (
        "POST /v1/encryption/onetime-prekeys",
        Anyone,
        r#"{"keys":[{"key_id":900,"public_key":"{key}"}]}"#,
    ),
    (
        "POST /v1/encryption/onetime-prekeys/consume",
        Anyone,
        "?user_id={target}&device_id={target_device}",
    ),
    (
        "POST /v1/encryption/onetime-prekeys/consume",
        Nobodys,
        "?user_id={target}&device_id={target_device}&consumed_by={target}",
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
    (
        "POST /v1/encryption/pq-prekeys",
        Anyone,
        r#"{"keys":[{"key_id":1,"public_key":"{pq_key}","signature":"{signature}"}]}"#,
    ),
    (
        "POST /v1/encryption/backup",
        Anyone,
        r#"{"backup_data":"AA==","nonce":"AA==","salt":"AA=="}"#,
    ),
    ("GET /v1/encryption/backup", Anyone, ""),
    // Uploads. A file is for whoever knows its address.
    ("GET /v1/uploads", Anyone, ""),
    ("GET /v1/uploads", Nobodys, "?uploader_id={target}"),
    (
        "POST /v1/uploads",
        Anyone,
        r#"{"file_name":"f","file_size":1,"content_type":"image/png"}"#,
    ),
    (
        "POST /v1/uploads",
        Nobodys,
        r#"{"file_name":"f","file_size":1,"content_type":"image/png","uploader_id":"{target}"}"#,
    ),
    ("GET /v1/uploads/completed", Anyone, ""),
    ("GET /v1/uploads/completed", Nobodys, "?user_id={target}"),
    ("GET /v1/uploads/in-progress", Anyone, ""),
    (
        "GET /v1/uploads/in-progress",
        Nobodys,
        "?uploader_id={target}",
    ),
    ("GET /v1/uploads/stale", Anyone, ""),
    ("GET /v1/uploads/stale", Nobodys, "?uploader_id={target}"),
    ("DELETE /v1/uploads/stale", Anyone, ""),
    ("DELETE /v1/uploads/stale", Nobodys, "?uploader_id={target}"),
    ("GET /v1/uploads/{upload}", OwnersThing, ""),
    ("DELETE /v1/uploads/{upload}", OwnersThing, ""),
    ("POST /v1/uploads/{full_upload}/complete", OwnersThing, ""),
    ("POST /v1/uploads/{upload}/fail", OwnersThing, ""),
    (
        "POST /v1/uploads/{upload}/progress",
        OwnersThing,
        r#"{"uploaded_bytes":1}"#,
    ),
    ("OPTIONS /v1/uploads/{upload}/data", Everyone, ""),
    ("HEAD /v1/uploads/{upload}/data", OwnersThing, ""),
    ("PUT /v1/uploads/{upload}/data", OwnersThing, "=x"),
    ("PATCH /v1/uploads/{upload}/data", OwnersThing, "=x"),
    ("DELETE /v1/uploads/{upload}/data", OwnersThing, ""),
    ("GET /v1/files/{file}", Everyone, "?cap={cap}"),
    // Broadcasts
    ("GET /v1/broadcasts", Anyone, ""),
    ("GET /v1/broadcasts", Nobodys, "?user_id={target}"),
    ("POST /v1/broadcasts", Anyone, r#"{"name":"list"}"#),
    (
        "POST /v1/broadcasts",
        Nobodys,
        r#"{"name":"list","owner_id":"{target}"}"#,
    ),
    ("GET /v1/broadcasts/search", Anyone, "?query=list"),
    ("GET /v1/broadcasts/{broadcast}", OwnersThing, ""),
    (
        "PUT /v1/broadcasts/{broadcast}",
        OwnersThing,
        r#"{"name":"renamed"}"#,
    ),
    ("DELETE /v1/broadcasts/{broadcast}", OwnersThing, ""),
    (
        "POST /v1/broadcasts/{broadcast}/messages",
        OwnersThing,
        r#"{"ciphertexts":[{"recipient_device_id":"{target_device}","ciphertext":"AA=="}]}"#,
    ),
    ("GET /v1/broadcasts/{broadcast}/recipients", OwnersThing, ""),
    (
        "POST /v1/broadcasts/{broadcast}/recipients",
        OwnersThing,
        r#"{"user_id":"{newcomer}"}"#,
    ),
    (
        "GET /v1/broadcasts/{broadcast}/recipients/count",
        OwnersThing,
        "",
    ),
    (
        "POST /v1/broadcasts/{broadcast}/recipients/bulk",
        OwnersThing,
        r#"{"user_ids":["{newcomer}"]}"#,
    ),
    (
        "DELETE /v1/broadcasts/{broadcast}/recipients/bulk",
        OwnersThing,
        r#"{"user_ids":["{target}"]}"#,
    ),
    (
        "GET /v1/broadcasts/{broadcast}/recipients/{target}",
        OwnersThing,
        "",
    ),
    (
        "DELETE /v1/broadcasts/{broadcast}/recipients/{target}",
        OwnersThing,
        "",
    ),
];

/// What those are answered who may, where it is not a success.
pub const ANSWERED_OTHERWISE: &[(&str, u16)] = &[
    // Nobody asks to upgrade.
    ("GET /v1/ws", 426),
    // The token is a guess.
    ("POST /v1/auth/password/reset", 400),
    // The server holds only ciphertext.
    ("GET /v1/messages/search", 422),
];

/// Method and path without the names of variable segments, which say here what to fill in.
fn nameless(route: &str) -> String {
    let segments = route
        .split('/')
        .map(|it| if it.starts_with('{') { "{}" } else { it });
    segments.collect::<Vec<_>>().join("/")
}

/// Whether a declared route is one of this operation's, whose variable segments it may name.
fn is_of(route: &str, operation: &str) -> bool {
    let (route, operation) = (nameless(route), nameless(operation));
    let mut segments = route.split('/').zip(operation.split('/'));
    route.split('/').count() == operation.split('/').count()
        && segments.all(|(here, there)| here == there || there == "{}")
}

/// The ways in which an operation is declared. `/users/me` is not one of `/users/{id}`'s, although
/// its path would fit: operations of their own win.
pub fn declared<'a>(
    operation: &Documented,
    all: &'a [Documented],
) -> Vec<&'static (&'static str, Rule, &'static str)> {
    let written = |it: &Documented| format!("{} {}", it.method, it.path);
    let of = |route: &str| {
        let fitting = all.iter().filter(|it| is_of(route, &written(it)));
        fitting.min_by_key(|it| it.path.matches('{').count())
    };
    let declared = DECLARED
        .iter()
        .filter(|(route, _, _)| of(route) == Some(operation));
    declared.collect()
}
