//! A server as people see it: where they sign up and open chats.

use std::net::Ipv4Addr;
use std::sync::Arc;

use sentinal_client::{Client, ClientOptions};
use sentinal_protocol::ConversationId;
use url::Url;

use crate::{Contract, TestUser};

/// The address of a running server. What is the same for a server in this process and for one in
/// its own.
pub struct Site {
    client: Client,
}

impl Site {
    pub(crate) fn new(base_url: &str) -> Self {
        let options = ClientOptions {
            observer: Some(Arc::new(|it| Contract::get().check(it))),
            ..ClientOptions::default()
        };
        let client = Client::with(base_url, options).expect("a client");
        Self { client }
    }

    /// A client whose connections leave from this address, and whose answers nobody checks.
    pub fn client_from(&self, local: Ipv4Addr) -> Client {
        let options = ClientOptions {
            local_address: Some(local.into()),
            ..ClientOptions::default()
        };
        Client::with(self.base_url().as_str(), options).expect("a client")
    }

    /// Where the server is.
    pub fn base_url(&self) -> &Url {
        self.client.base_url()
    }

    /// A client with which nobody has signed in.
    pub fn stranger(&self) -> Client {
        self.client.signed_out()
    }

    /// The address of a path, for requests that no client of ours would make.
    pub fn url(&self, path: &str) -> String {
        let base = self.base_url().as_str().trim_end_matches('/');
        format!("{base}{path}")
    }

    /// Somebody with one device that has keys. Not connected yet.
    pub async fn user(&self, name: &str) -> TestUser {
        TestUser::sign_up(self.stranger(), name).await
    }

    /// The same, at an address of their own; what the server answers them is not checked.
    pub async fn user_from(&self, name: &str, local: Ipv4Addr) -> TestUser {
        TestUser::sign_up(self.client_from(local), name).await
    }

    /// Two people and their DM.
    pub async fn direct_chat(
        &self,
        first: &str,
        second: &str,
    ) -> (TestUser, TestUser, ConversationId) {
        let (first, second) = (self.user(first).await, self.user(second).await);
        let chat = first.client.create_direct(second.id).await.expect("a DM");
        (first, second, chat.id)
    }

    /// People and a group of all of them; the first one owns it.
    pub async fn group_chat<const N: usize>(
        &self,
        names: [&str; N],
    ) -> ([TestUser; N], ConversationId) {
        let mut people = Vec::with_capacity(N);
        for name in names {
            people.push(self.user(name).await);
        }
        let people: [TestUser; N] = match people.try_into() {
            Ok(people) => people,
            Err(_) => unreachable!("as many people as names"),
        };
        let others = people.iter().skip(1).map(|user| user.id).collect();
        let owner = people.first().expect("a group has an owner");
        let chat = owner.client.create_group("group", others).await;
        let chat = chat.expect("a group").id;
        (people, chat)
    }
}
