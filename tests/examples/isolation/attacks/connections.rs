//! Connections, with nothing to show for them.

use std::time::Instant;

use sentinal_tests::{Wire, handshake};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{BREATH, hammer, hold};
use crate::stage::{ATTACKER, Scene, share_of};

/// `CONNECTIONS_MAX` of the attack in full.
const PLACES: usize = 2_000;
/// More of them than there are places.
const TOO_MANY: usize = 100;
/// Sockets that never say who they are, in full.
const SILENT: usize = 400;
/// Bodies at once, in full.
const BODIES: usize = 1_500;
/// Of a body.
const BODY_BYTES: usize = 1024 * 1024;
/// A body arrives in pieces of so many bytes.
const PIECE_BYTES: usize = 16 * 1024;

/// Connections that the server may have.
pub fn places(size: usize) -> usize {
    share_of(PLACES, size)
}

/// Bodies for a route that needs no token.
pub async fn open_bodies(scene: &Scene, end: Instant) -> u64 {
    let head = format!(
        "POST /v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {BODY_BYTES}\r\n\r\n"
    );
    let piece = vec![b' '; PIECE_BYTES];
    let (head, piece) = (head.as_bytes(), piece.as_slice());
    hammer(scene.share_of(BODIES), end, async |_| {
        let Ok(wire) = Wire::try_connect_from(&scene.site, ATTACKER).await else {
            return;
        };
        let mut stream = wire.into_stream();
        let mut alive = stream.write_all(head).await.is_ok();
        for _ in 0..BODY_BYTES / PIECE_BYTES {
            if !alive {
                break;
            }
            alive = stream.write_all(piece).await.is_ok();
        }
        tokio::time::sleep(BREATH).await;
    })
    .await
}

/// More connections than there are places, all of them idle.
pub async fn idle(scene: &Scene, end: Instant) -> u64 {
    hammer(places(scene.size) + TOO_MANY, end, async |_| {
        match Wire::try_connect_from(&scene.site, ATTACKER).await {
            Ok(wire) => {
                let mut stream = wire.into_stream();
                // Until the server has had enough of it.
                while stream.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {}
            }
            Err(_) => tokio::time::sleep(BREATH * 20).await,
        }
        tokio::time::sleep(BREATH * 20).await;
    })
    .await
}

/// Sockets that say nothing after the upgrade.
pub async fn unauthenticated(scene: &Scene, end: Instant) -> u64 {
    let request = handshake("");
    let request = request.as_bytes();
    hammer(scene.share_of(SILENT), end, async |_| {
        let Ok(wire) = Wire::try_connect_from(&scene.site, ATTACKER).await else {
            return hold(end.min(Instant::now() + BREATH * 20)).await;
        };
        let mut stream = wire.into_stream();
        if stream.write_all(request).await.is_ok() {
            while stream.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {}
        }
        tokio::time::sleep(BREATH * 20).await;
    })
    .await
}
