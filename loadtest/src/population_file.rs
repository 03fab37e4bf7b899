//! What `sentinal-chat seed` has written down: people with their logins, and who talks to whom.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use sentinal_client::Login;
use sentinal_protocol::{ConversationId, ConversationType, LoginSessionId, Timestamp, UserId};
use serde::Deserialize;

use crate::Outcome;

/// The file.
#[derive(Deserialize)]
pub struct PopulationFile {
    /// Everybody.
    pub people: Vec<PersonRecord>,
    /// All conversations.
    pub conversations: Vec<ConversationRecord>,
}

/// Somebody.
#[derive(Deserialize)]
pub struct PersonRecord {
    /// The account.
    pub user_id: UserId,
    /// The client's string for the device.
    pub device_id: String,
    /// The login.
    pub session_id: LoginSessionId,
    /// Its access token.
    pub access_token: String,
    /// The end of the token.
    pub expires_at: Timestamp,
}

/// A conversation.
#[derive(Deserialize)]
pub struct ConversationRecord {
    /// Which one.
    pub id: ConversationId,
    /// Of two people or of a group.
    #[serde(rename = "type")]
    pub kind: ConversationType,
    /// Who takes part, by place among the people.
    pub members: Vec<usize>,
    /// The revision at which the file was written.
    pub revision: u64,
    /// The roster of that time.
    pub roster_version: u64,
}

impl PersonRecord {
    /// The login. It cannot be refreshed: tokens are good for half a day.
    pub fn login(&self) -> Login {
        Login {
            user_id: self.user_id,
            device_id: self.device_id.clone(),
            session_id: self.session_id,
            access_token: self.access_token.clone(),
            refresh_token: String::new(),
            expires_at: self.expires_at,
        }
    }
}

impl PopulationFile {
    /// Reads it.
    pub fn read(path: &Path) -> Outcome<Self> {
        let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let read: Self = serde_json::from_reader(BufReader::new(file))?;
        let people = read.people.len();
        let members = read.conversations.iter().flat_map(|it| &it.members);
        if members.into_iter().any(|&member| member >= people) {
            return Err(format!("{}: a member who is nobody", path.display()).into());
        }
        Ok(read)
    }

    /// Of each person, the conversations that they take part in, by place.
    pub fn memberships(&self) -> Vec<Vec<usize>> {
        let mut of = vec![Vec::new(); self.people.len()];
        for (place, conversation) in self.conversations.iter().enumerate() {
            for &member in &conversation.members {
                if let Some(theirs) = of.get_mut(member) {
                    theirs.push(place);
                }
            }
        }
        of
    }

    /// The place of each conversation.
    pub fn places(&self) -> HashMap<ConversationId, usize> {
        let numbered = self.conversations.iter().enumerate();
        numbered.map(|(place, it)| (it.id, place)).collect()
    }
}
