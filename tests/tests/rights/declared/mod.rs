//! Every operation, and whom it is for.

mod accounts;
mod calls;
mod files;
mod talk;

use sentinal_tests::Documented;

use crate::people::Who;
use Rule::{
    Anyone, Everyone, GroupAdmins, GroupMembers, GroupOwner, InCall, Nobodys, Oneself, OwnersThing,
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
    /// It is done in a call of a group, in which the owner is; other members may know of it.
    InCall,
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
            GroupOwner | InCall => who == Who::Owner,
            SenderAlone => who == Who::Member,
            SenderOrAdmins => who == Who::Member || is_admin,
            SenderOrOwner => matches!(who, Who::Member | Who::Owner),
        };
        (!may).then_some(403)
    }
}

/// An operation: whom it is for, and with what it is asked: a query (from `?` on), JSON (from `{` on),
/// or plain bytes (from `=` on). What stands in braces is filled in from `Things`, in the path too.
pub type Declared = (&'static str, Rule, &'static str);

/// Every operation. Some are asked in more than one way.
pub fn declarations() -> impl Iterator<Item = &'static Declared> {
    [accounts::ACCOUNTS, talk::TALK, calls::CALLS, files::FILES]
        .into_iter()
        .flatten()
}

/// What those are answered who may, where it is not a success.
pub const ANSWERED_OTHERWISE: &[(&str, u16)] = &[
    // Nobody asks to upgrade.
    ("GET /v1/ws", 426),
    // The token is a guess.
    ("POST /v1/auth/password/reset", 400),
    ("POST /v1/auth/email/undo", 400),
    ("POST /v1/users/me/email/verify", 400),
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
pub fn declared(operation: &Documented, all: &[Documented]) -> Vec<&'static Declared> {
    let written = |it: &Documented| format!("{} {}", it.method, it.path);
    let of = |route: &str| {
        let fitting = all.iter().filter(|it| is_of(route, &written(it)));
        fitting.min_by_key(|it| it.path.matches('{').count())
    };
    let declared = declarations().filter(|(route, _, _)| of(route) == Some(operation));
    declared.collect()
}
