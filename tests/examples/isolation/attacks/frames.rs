//! Frames of sockets that are signed in.

use std::time::Instant;

use futures_util::future::join_all;
use sentinal_tests::{Wire, frame_header, handshake};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

use super::{BREATH, hammer};
use crate::stage::{ATTACKER, Party, Scene, Setup};

/// Sockets with a frame that is never finished, in full; a user may have ten.
const HALF_FRAMES: usize = 200;
/// Sockets that a user may have, and may open in a minute.
const SOCKETS_EACH: usize = 10;
/// Of a frame that is never finished.
const FRAME_BYTES: usize = 512 * 1024;
/// Frames that are written at once.
const BATCH: usize = 100;

/// Two people with a DM.
pub async fn talkers(setup: &Setup<'_>) -> Party {
    let mut party = setup.party(2).await;
    let chat = party.people[0].client.create_direct(party.people[1].id);
    party.chat = Some(chat.await.expect("a DM").id);
    party
}

/// As many people as the sockets need.
pub async fn many(setup: &Setup<'_>) -> Party {
    let sockets = setup.share_of(HALF_FRAMES);
    setup.party(sockets.div_ceil(SOCKETS_EACH)).await
}

/// A socket that is signed in with a token; `None` if it was refused.
async fn socket(scene: &Scene, token: &str) -> Option<TcpStream> {
    let wire = Wire::try_connect_from(&scene.site, ATTACKER).await.ok()?;
    let mut stream = wire.into_stream();
    let request = handshake(&format!("Authorization: Bearer {token}\r\n"));
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.ok()?;
    first.ends_with(b"101").then_some(stream)
}

fn text(frame: &str) -> Vec<u8> {
    let mut bytes = frame_header(true, 1, frame.len() as u64);
    bytes.extend(frame.as_bytes());
    bytes
}

/// Writes frames as fast as they are taken, and throws the answers away, until the server closes or a
/// time has come; how many.
async fn flood(mut stream: TcpStream, frames: &[u8], count: u64, end: Instant) -> u64 {
    let (mut answers, mut way) = stream.split();
    let mut written = 0;
    let writing = async {
        while way.write_all(frames).await.is_ok() {
            written += count;
        }
    };
    let reading = async {
        let mut bytes = vec![0; 16 * 1024];
        while answers.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
    };
    let flooding = async {
        tokio::select! {
            () = writing => {}
            () = reading => {}
        }
    };
    // A server that takes nothing more is not waited for.
    let _ = tokio::time::timeout_at(end.into(), flooding).await;
    written
}

/// `auth` frames with the token of a login that was ended, on a socket that lives.
pub async fn dead_logins(scene: &Scene, end: Instant) -> u64 {
    let token = token_of(scene, 0);
    let frame = format!(r#"{{"type":"auth","token":"Bearer {}"}}"#, scene.party.word);
    flood_of(
        scene,
        &token,
        &text(&frame).repeat(BATCH),
        BATCH as u64,
        end,
    )
    .await
}

/// Every kind of frame a client may send.
pub async fn all_kinds(scene: &Scene, end: Instant) -> u64 {
    let chat = scene.party.chat.expect("a DM");
    let (id, other) = (Uuid::now_v7(), scene.party.people[1].id);
    let frames = [
        r#"{"type":"ping"}"#.to_owned(),
        format!(r#"{{"type":"ack","conversation_id":"{chat}","revision":1}}"#),
        format!(r#"{{"type":"message:delivered","message_id":"{id}"}}"#),
        format!(r#"{{"type":"message:read","message_id":"{id}"}}"#),
        format!(r#"{{"type":"typing:started","conversation_id":"{chat}"}}"#),
        format!(r#"{{"type":"typing:stopped","conversation_id":"{chat}"}}"#),
        r#"{"type":"presence:away","status":"away"}"#.to_owned(),
        r#"{"type":"presence:online","status":"online"}"#.to_owned(),
        format!(r#"{{"type":"call:offer","call_id":"{id}","to_id":"{other}","data":"x"}}"#),
        format!(r#"{{"type":"call:ice","call_id":"{id}","to_id":"{other}","data":"x"}}"#),
        format!(r#"{{"type":"call:end","call_id":"{id}"}}"#),
        r#"{"type":"sync","cursors":{}}"#.to_owned(),
        r#"{"type":"what"}"#.to_owned(),
        format!(r#"{{"type":"message:send","conversation_id":"{chat}","ciphertexts":[]}}"#),
    ];
    let token = token_of(scene, 0);
    let floods = frames.iter().map(|frame| {
        let batch = text(frame).repeat(BATCH);
        let token = &token;
        async move { flood_of(scene, token, &batch, BATCH as u64, end).await }
    });
    // As many at once as a user may have sockets.
    let floods: Vec<_> = floods.collect();
    let mut sum = 0;
    let mut floods = floods.into_iter().peekable();
    while floods.peek().is_some() {
        let some = floods.by_ref().take(SOCKETS_EACH);
        sum += join_all(some).await.into_iter().sum::<u64>();
    }
    sum
}

/// Floods sockets, one after the other.
async fn flood_of(scene: &Scene, token: &str, batch: &[u8], count: u64, end: Instant) -> u64 {
    let mut sum = 0;
    while Instant::now() < end {
        match socket(scene, token).await {
            Some(stream) => sum += flood(stream, batch, count, end).await,
            None => tokio::time::sleep(BREATH).await,
        }
    }
    sum
}

/// Sockets on which all but the last byte of a large frame arrives.
pub async fn unfinished(scene: &Scene, end: Instant) -> u64 {
    let sockets = scene.share_of(HALF_FRAMES);
    let mut frame = frame_header(true, 1, FRAME_BYTES as u64);
    frame.resize(frame.len() + FRAME_BYTES - 1, b' ');
    let frame = &frame;
    hammer(sockets, end, async |place: usize| {
        let person = place % scene.party.people.len();
        let Some(mut stream) = socket(scene, &token_of(scene, person)).await else {
            tokio::time::sleep(BREATH * 20).await;
            return;
        };
        // A server that closes is tried again.
        if stream.write_all(frame).await.is_ok() {
            let mut bytes = vec![0; 16 * 1024];
            while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
        }
    })
    .await
}

/// People who come and go, each with a socket of their own.
pub async fn flap(scene: &Scene, end: Instant) -> u64 {
    let people = scene.party.people.len();
    hammer(people, end, async |place: usize| {
        let Some(stream) = socket(scene, &token_of(scene, place)).await else {
            tokio::time::sleep(BREATH * 20).await;
            return;
        };
        let batch = [
            text(r#"{"type":"presence:away","status":"away"}"#),
            text(r#"{"type":"presence:online","status":"online"}"#),
        ];
        flood(stream, &batch.concat(), 2, end).await;
    })
    .await
}

fn token_of(scene: &Scene, person: usize) -> String {
    let login = scene.party.people[person].client.login();
    login.expect("signed in").access_token.clone()
}
