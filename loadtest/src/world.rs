//! What everybody in a run knows: the server, the scenario, the population, the counts.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use sentinal_client::{Client, ClientOptions};
use sentinal_protocol::ConversationId;
use tokio::sync::Semaphore;

use crate::Outcome;
use crate::board::Board;
use crate::population_file::{ConversationRecord, PersonRecord, PopulationFile};
use crate::scenario::Scenario;

/// Sockets of one process that connect at once. Many enough to keep the server busy, few enough that
/// it does not refuse them.
const CONNECTING_MAX: usize = 64;

/// What everybody knows.
pub struct World {
    /// The run's own number: messages of other runs are not judged.
    pub run: u64,
    /// What is to be done.
    pub scenario: Scenario,
    /// Who there is.
    pub population: PopulationFile,
    /// Of each person, the places of their conversations.
    pub memberships: Vec<Vec<usize>>,
    /// The place of each conversation.
    pub places: HashMap<ConversationId, usize>,
    /// Who may connect now.
    pub connecting: Arc<Semaphore>,
    /// The counts of this process.
    pub board: Board,
    /// Clients with nobody signed in, one for each address that connections leave from.
    clients: Vec<Client>,
}

impl World {
    /// A world whose connections leave from so many addresses of this machine: 127.0.1.1 and those
    /// that follow, or from wherever the system likes for 0.
    pub fn new(
        base_url: &str,
        run: u64,
        scenario: Scenario,
        population: PopulationFile,
        addresses: u8,
    ) -> Outcome<Self> {
        let mut clients = Vec::new();
        for number in 0..addresses {
            let address = Ipv4Addr::new(127, 0, 1, number.saturating_add(1));
            let options = ClientOptions {
                local_address: Some(IpAddr::V4(address)),
                ..ClientOptions::default()
            };
            clients.push(Client::with(base_url, options)?);
        }
        if clients.is_empty() {
            clients.push(Client::new(base_url)?);
        }
        Ok(Self {
            run,
            memberships: population.memberships(),
            places: population.places(),
            scenario,
            population,
            connecting: Arc::new(Semaphore::new(CONNECTING_MAX)),
            board: Board::default(),
            clients,
        })
    }

    /// A client that nobody is signed in with; people take turns with the addresses.
    pub fn client(&self, person: usize) -> Outcome<Client> {
        let client = self.clients.get(person % self.clients.len().max(1));
        Ok(client.ok_or("no client")?.signed_out())
    }

    /// Somebody.
    pub fn person(&self, number: usize) -> Option<&PersonRecord> {
        self.population.people.get(number)
    }

    /// A conversation of the population.
    pub fn conversation(&self, id: ConversationId) -> Option<&ConversationRecord> {
        self.population.conversations.get(*self.places.get(&id)?)
    }

    /// What a message is sent under.
    pub fn message_id(&self, sender: usize, number: u64) -> String {
        format!("lt-{:x}-{sender}-{number}", self.run)
    }

    /// Sender and number of a message of this run.
    pub fn read_message_id(&self, text: &str) -> Option<(u64, u64)> {
        let (run, rest) = text.strip_prefix("lt-")?.split_once('-')?;
        let (sender, number) = rest.split_once('-')?;
        let of_this_run = u64::from_str_radix(run, 16).ok()? == self.run;
        let read = (sender.parse().ok()?, number.parse().ok()?);
        of_this_run.then_some(read)
    }
}
