//! Names of the channels between nodes.

use std::fmt;

use sentinal_protocol::{ConversationId, UserId};
use uuid::Uuid;

/// Where something is published, and what a node follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// Of a user: followed by every node that has a socket of theirs.
    User(UserId),
    /// Of a large conversation: followed by every node that has a socket of a participant.
    Conversation(ConversationId),
    /// Of one node.
    Node(Uuid),
    /// Of all nodes.
    Nodes,
}

impl Channel {
    /// The name in Redis, behind a prefix that all nodes of one database share.
    pub fn name(self, prefix: &str) -> String {
        format!("{prefix}{self}")
    }

    /// The channel behind a name. `None` for one of a newer version.
    pub fn parse(name: &str, prefix: &str) -> Option<Self> {
        let name = name.strip_prefix(prefix)?;
        if name == "nodes" {
            return Some(Self::Nodes);
        }
        let (kind, id) = name.split_once(':')?;
        let id = id.parse().ok()?;
        match kind {
            "user" => Some(Self::User(UserId(id))),
            "conversation" => Some(Self::Conversation(ConversationId(id))),
            "node" => Some(Self::Node(id)),
            _ => None,
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{}", id.0),
            Self::Conversation(id) => write!(f, "conversation:{}", id.0),
            Self::Node(id) => write!(f, "node:{id}"),
            Self::Nodes => f.write_str("nodes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_those_of_others_do_not() {
        let id = Uuid::from_u128(7);
        for channel in [
            Channel::User(UserId(id)),
            Channel::Conversation(ConversationId(id)),
            Channel::Node(id),
            Channel::Nodes,
        ] {
            let name = channel.name("chat:");
            assert_eq!(Channel::parse(&name, "chat:"), Some(channel));
            assert_eq!(Channel::parse(&name, "other:"), None);
        }
        assert_eq!(Channel::parse("chat:galaxy:7", "chat:"), None);
        assert_eq!(Channel::parse("chat:user:me", "chat:"), None);
    }
}
