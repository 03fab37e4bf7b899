//! Deliveries: this server and uWebSockets under the same load, and the ratio of what they cost.

use std::path::Path;

use super::peer::Peer;
use super::rooms::{self, Delivered, Load};
use super::stage::Seeded;
use super::table::{Goal, Table};
use super::{BYTES, Bench, FEW, MEMBERS, Options, SESSIONS, SOCKETS};
use crate::Outcome;
use crate::population::Chat;
use crate::sampler::quantiles;

/// The publishers of the pipelined case, and the messages that each keeps unanswered.
const PIPELINED: (usize, usize) = (16, 4);
/// The part of the table.
const PART: &str = "Deliveries";
/// What the peer is called.
const PEER: &str = "uWebSockets";
/// The cases that both have.
const ALONE: &str = "room of 1,000, one message outstanding, µs per delivery";
/// See [`ALONE`].
const MANY: &str = "room of 1,000, 16 publishers with 4 messages each, µs per delivery";
/// See [`ALONE`].
const SMALL: &str = "1,000 rooms of 10, µs per delivery";
/// See [`ALONE`].
const LARGE: &str =
    "10 rooms of 1,000 (10,000 sockets), one message outstanding in each, µs per delivery";

/// The load of a case.
fn load(options: &Options, (publishers, outstanding): (usize, usize), acks: bool) -> Load {
    Load {
        publishers,
        outstanding,
        acks,
        seconds: options.seconds,
    }
}

/// The same deliveries by uWebSockets, for ratios.
pub async fn measure_peer(options: &Options, directory: &Path, table: &mut Table) -> Outcome {
    if !Peer::build(directory) {
        return Ok(());
    }
    let cases = [
        (ALONE, 1, MEMBERS, (1, 1)),
        (MANY, 1, MEMBERS, PIPELINED),
        (SMALL, SOCKETS / FEW, FEW, (1, 1)),
        (LARGE, SOCKETS / MEMBERS, MEMBERS, (1, 1)),
    ];
    for (name, rooms, members, publishers) in cases {
        let peer = Peer::start(directory).await?;
        let before = peer.memory()?;
        let rooms = peer.rooms(rooms, members).await?;
        let held = peer.memory()?.saturating_sub(before);
        let load = load(options, publishers, false);
        let measured = rooms::run(rooms, load, || peer.used()).await;
        let mut part = table.part(PART, PEER);
        match measured {
            Ok((delivered, tasks)) => {
                part.add(name, delivered.us, Goal::None);
                tasks.iter().for_each(tokio::task::JoinHandle::abort);
            }
            Err(error) => part.failed(name, Goal::None, &error),
        }
        if name == LARGE {
            let bytes = held as f64 / SOCKETS as f64;
            table.part(SESSIONS, PEER).add(BYTES, bytes, Goal::None);
        }
    }
    Ok(())
}

impl Bench<'_> {
    /// A case of deliveries, on a server of its own.
    async fn deliver(
        &mut self,
        seeded: &Seeded,
        chats: &[Chat],
        per_device: bool,
        load: Load,
    ) -> Outcome<Delivered> {
        let stage = self.start(seeded).await?;
        let wires = stage.sockets(chats).await?;
        let pairs = chats.iter().zip(wires);
        let rooms = pairs.map(|(chat, wires)| rooms::room(chat, wires, per_device));
        let measured = rooms::run(rooms.collect(), load, || stage.used()).await;
        if let Ok((_, tasks)) = &measured {
            tasks.iter().for_each(tokio::task::JoinHandle::abort);
        }
        stage.stop(self.databases).await?;
        measured.map(|(delivered, _)| delivered)
    }

    /// Adds what a case has come to, and its ratio to the peer.
    fn delivered(
        &mut self,
        name: &str,
        peer: Option<&str>,
        goal: Goal,
        measured: Outcome<Delivered>,
    ) {
        let of = self.databases.kind();
        let peer_us = peer.and_then(|name| self.table.value(name, PEER));
        let mut part = self.table.part(PART, of);
        match measured {
            Ok(delivered) => {
                part.add(name, delivered.us, Goal::None);
                if let Some(peer_us) = peer_us {
                    part.add(&ratio(name), delivered.us / peer_us, goal);
                }
                let rate = delivered.messages_per_second;
                part.add(&format!("… messages per second ({name})"), rate, Goal::None);
                let [p50, p99, _] = quantiles(&delivered.times);
                part.add(
                    &format!("… from send to arrival, p50, ms ({name})"),
                    p50,
                    Goal::None,
                );
                part.add(&format!("… p99, ms ({name})"), p99, Goal::None);
            }
            Err(error) => part.failed(name, goal, &error),
        }
    }

    /// All cases in rooms of 1,000.
    pub async fn deliveries(&mut self, large: &Seeded) -> Outcome {
        let rooms = large.population.rooms.as_slice();
        let one = rooms.get(..1).unwrap_or_default();
        let group = std::slice::from_ref(&large.population.group);
        for (acks, alone, many) in [(false, 1.1, 0.5), (true, 1.1, 0.5)] {
            let with = if acks { ", acknowledged" } else { "" };
            let load = load(self.options, (1, 1), acks);
            let measured = self.deliver(large, one, false, load).await;
            self.delivered(
                &format!("{ALONE}{with}"),
                Some(ALONE),
                Goal::AtMost(alone),
                measured,
            );
            let load = Load {
                publishers: PIPELINED.0,
                outstanding: PIPELINED.1,
                ..load
            };
            let measured = self.deliver(large, one, false, load).await;
            self.delivered(
                &format!("{MANY}{with}"),
                Some(MANY),
                Goal::AtMost(many),
                measured,
            );
        }
        let load = load(self.options, (1, 1), true);
        let measured = self.deliver(large, group, true, load).await;
        let name =
            "room of 1,000, a ciphertext per device, one message outstanding, µs per delivery";
        self.delivered(name, Some(ALONE), Goal::AtMost(1.5), measured);
        let many = Load {
            publishers: PIPELINED.0,
            ..load
        };
        let measured = self.deliver(large, group, true, many).await;
        let name = "room of 1,000, a ciphertext per device, 16 publishers, µs per delivery";
        self.delivered(name, Some(MANY), Goal::AtMost(1.5), measured);
        let measured = self.deliver(large, rooms, false, load).await;
        let growth = measured.as_ref().ok().map(|it| it.us);
        self.delivered(LARGE, Some(LARGE), Goal::None, measured);
        let of = self.databases.kind();
        let small = self.table.value(&format!("{ALONE}, acknowledged"), of);
        if let Some((large, small)) = growth.zip(small) {
            let mut part = self.table.part(PART, of);
            let name = "10,000 sockets against 1,000, a delivery, ratio";
            part.add(name, large / small, Goal::AtMost(1.8));
        }
        Ok(())
    }

    /// The case in rooms of 10.
    pub async fn small_rooms(&mut self, small: &Seeded) -> Outcome {
        let load = load(self.options, (1, 1), true);
        let measured = self
            .deliver(small, &small.population.rooms, false, load)
            .await;
        self.delivered(SMALL, Some(SMALL), Goal::AtMost(1.2), measured);
        Ok(())
    }
}

fn ratio(name: &str) -> String {
    name.replace("µs per delivery", "ratio to uWebSockets")
}
