//! Who asks.

use std::time::Duration;

use sentinal_client::Client;
use sentinal_protocol::api::polls::NewPoll;
use sentinal_protocol::{Clock, ConversationId, MessageId, MessageType, Role};
use sentinal_tests::{TestServer, TestUser};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Nobody: no token.
    Nobody,
    /// The owner, with a token whose time is over.
    Expired,
    /// Somebody who never was in the group.
    Stranger,
    /// Somebody who was, when the messages were sent.
    Removed,
    /// A member, who has sent the messages.
    Member,
    /// A member whom the owner has blocked: in a group that makes no difference.
    Blocked,
    Admin,
    Owner,
}

pub const ALL: [Who; 8] = [
    Who::Nobody,
    Who::Expired,
    Who::Stranger,
    Who::Removed,
    Who::Member,
    Who::Blocked,
    Who::Admin,
    Who::Owner,
];

/// The people around one group after the other.
pub struct People {
    pub owner: TestUser,
    expired: Client,
    stranger: TestUser,
    removed: TestUser,
    pub member: TestUser,
    blocked: TestUser,
    pub admin: TestUser,
    /// An admin who asks for nothing.
    pub second_admin: TestUser,
    /// A member whom admins outrank.
    pub target: TestUser,
    /// Somebody who may be invited.
    pub newcomer: TestUser,
}

impl People {
    pub async fn gather(server: &TestServer, clock: &Clock) -> Self {
        let owner = server.user("owner").await;
        let expired = server.stranger();
        expired.set_login(owner.client.login().map(|login| (*login).clone()));
        clock.advance(Duration::from_hours(13));
        // The login session lives on: it is the token whose time is over.
        owner.client.refresh().await.unwrap();
        let password = owner.password();
        owner.client.reauthenticate(password).await.unwrap();
        let people = Self {
            expired,
            stranger: server.user("stranger").await,
            removed: server.user("removed").await,
            member: server.user("member").await,
            blocked: server.user("blocked").await,
            admin: server.user("admin").await,
            second_admin: server.user("second_admin").await,
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

    pub fn user(&self, who: Who) -> Option<&TestUser> {
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

    pub fn token(&self, who: Who) -> Option<String> {
        let client = match who {
            Who::Nobody => return None,
            Who::Expired => &self.expired,
            Who::Stranger | Who::Removed | Who::Member | Who::Blocked | Who::Admin | Who::Owner => {
                &self.user(who)?.client
            }
        };
        Some(client.login()?.access_token.clone())
    }

    /// A new group of them, and what of the member's is `needed` of `message` and `poll`, from before
    /// somebody was removed.
    pub async fn group(&self, needed: impl Fn(&str) -> bool) -> Group {
        // The admin makes it: the owner cannot invite whom they have blocked.
        let admin = &self.admin.client;
        let others = [
            &self.owner,
            &self.member,
            &self.blocked,
            &self.removed,
            &self.second_admin,
            &self.target,
        ];
        let others = others.iter().map(|user| user.id).collect();
        let id = admin.create_group("group", others).await.unwrap().id;
        let raised = admin.set_role(id, self.second_admin.id, Role::Admin);
        raised.await.unwrap();
        admin.transfer(id, self.owner.id).await.unwrap();
        let mut group = Group {
            id,
            message: None,
            poll: None,
        };
        if needed("message") {
            group.message = Some(self.member.send_text(id, 1).await.id);
        }
        if needed("poll") {
            let mut poll = self.member.message(id, 2).await;
            poll.message_type = Some(MessageType::Poll);
            poll.poll = Some(NewPoll {
                options: 2,
                multiple: false,
                closes_at: None,
            });
            let sent = self.member.client.send_message(&poll).await.unwrap();
            group.poll = Some(sent.data.id);
        }
        let owner = &self.owner.client;
        let removed = owner.remove_participant(id, self.removed.id).await;
        removed.unwrap();
        group
    }
}

/// A group, and messages in it.
pub struct Group {
    pub id: ConversationId,
    pub message: Option<MessageId>,
    pub poll: Option<MessageId>,
}
