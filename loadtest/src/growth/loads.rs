//! The three loads: into which conversations, by whom, and what of it is counted.

use std::sync::atomic::Ordering;

use clap::ValueEnum;
use sentinal_protocol::limits::IN_FLIGHT_MAX;
use sentinal_store::StoredBodies;
use serde::Serialize;

use super::Options;
use crate::Outcome;
use crate::meter::Meter;
use crate::population::{Chat, Population};

/// Messages by which publishers into a DM may be ahead of its sockets. Twice what is in flight, so
/// that they rarely wait; without any bound a generator that shares the server's cores would
/// measure how its own sockets fall behind.
const LAG_DIRECT: u64 = 512;
/// The same for a room: enough to keep the server busy while acks come in.
const LAG_ROOM: u64 = 4;
/// The same for the group, per publisher.
const LAG_GROUP: u64 = 2;

/// A load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Load {
    /// Many sends in flight into one DM
    Direct,
    /// Many sockets that acknowledge, in rooms with one publisher each
    Rooms,
    /// A ciphertext per device, from several publishers to one group
    Devices,
}

/// A conversation under load.
pub struct Target<'a> {
    /// Which, and who listens.
    pub chat: &'a Chat,
    /// The first so many of its devices send.
    pub publishers: usize,
    /// Sends of each of them that are in flight at once.
    pub in_flight: usize,
    /// Messages by which they may be ahead of its sockets.
    pub lag_max: u64,
    /// What they send.
    pub bodies: StoredBodies,
}

impl Load {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Direct, Self::Rooms, Self::Devices];

    /// As it is called on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Rooms => "rooms",
            Self::Devices => "devices",
        }
    }

    /// What its cost is told per.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Direct => "message",
            Self::Rooms => "delivery",
            Self::Devices => "ciphertext",
        }
    }

    /// Units of work done until now, where each message has so many ciphertexts.
    pub fn units(self, meter: &Meter, ciphertexts: u64) -> u64 {
        match self {
            Self::Direct => meter.answered.load(Ordering::Relaxed),
            Self::Rooms => meter.delivered.load(Ordering::Relaxed),
            Self::Devices => meter.answered.load(Ordering::Relaxed) * ciphertexts,
        }
    }

    /// What is loaded.
    pub fn targets<'a>(
        self,
        options: &Options,
        population: &'a Population,
    ) -> Outcome<Vec<Target<'a>>> {
        let targets = match self {
            Self::Direct if options.chats == 1 => {
                let chat = &population.direct;
                vec![direct(chat, chat.devices.len(), options.in_flight)?]
            }
            Self::Direct => {
                let chats = population.pairs.iter().take(options.chats.into());
                let in_flight = options.in_flight.div_ceil(options.chats.into());
                let targets: Outcome<_> = chats.map(|chat| direct(chat, 1, in_flight)).collect();
                targets?
            }
            Self::Rooms => {
                let rooms = population.rooms.iter();
                let target = |chat| Target {
                    chat,
                    publishers: 1,
                    in_flight: 1,
                    lag_max: LAG_ROOM,
                    bodies: StoredBodies::Shared,
                };
                rooms.map(target).collect()
            }
            Self::Devices => vec![Target {
                chat: &population.group,
                publishers: options.publishers.min(options.members),
                in_flight: 1,
                lag_max: LAG_GROUP * options.publishers as u64,
                bodies: StoredBodies::PerDevice,
            }],
        };
        Ok(targets)
    }
}

fn direct(chat: &Chat, publishers: usize, in_flight: usize) -> Outcome<Target<'_>> {
    let each = in_flight.div_ceil(publishers);
    if each > IN_FLIGHT_MAX {
        return Err(format!("a socket takes {IN_FLIGHT_MAX} requests at once, not {each}").into());
    }
    Ok(Target {
        chat,
        publishers,
        in_flight: each,
        lag_max: LAG_DIRECT,
        bodies: StoredBodies::PerDevice,
    })
}
