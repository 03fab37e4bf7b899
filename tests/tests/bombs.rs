//! What is meant to exhaust the server's memory does not: the real process, measured from outside.

use std::io::Write as _;

use futures_util::future::{join_all, select_all};
use sentinal_client::{Acknowledge, Socket, SocketOptions};
use sentinal_protocol::api::messages::SendMessageRequest;
use sentinal_protocol::api::uploads::CreateUploadRequest;
use sentinal_protocol::event::{EventKind, MessageNew};
use sentinal_protocol::{Base64, CloseCode, ConversationId};
use sentinal_tests::{Said, ServerProcess, TestUser, Wire, frame_header, patiently};

/// What a bomb may cost.
const COST_BYTES_MAX: u64 = 10 * 1024 * 1024;
/// What a client that does not read may cost.
const STALLED_BYTES_MAX: u64 = 1024 * 1024;
const MIB: usize = 1024 * 1024;

/// The server's memory while `bomb` goes off, above what it was before; the bomb's own measuring
/// points count.
async fn cost(server: &ServerProcess, bomb: impl AsyncFnOnce(&mut dyn FnMut())) -> u64 {
    let before = server.rss_bytes();
    let mut highest = before;
    bomb(&mut || highest = highest.max(server.rss_bytes())).await;
    highest.max(server.rss_bytes()).saturating_sub(before)
}

/// Has the server done once what it does in the test, so that what it allocates for good is there.
async fn warmed_up() -> (ServerProcess, TestUser) {
    let server = ServerProcess::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    alice.send_many(chat, 1..=50).await;
    for number in 1..=50 {
        assert_eq!(bob.next_number(chat).await, number);
    }
    bob.disconnect().await;
    (server, alice)
}

#[tokio::test]
async fn fifty_megabytes_of_a_giant_frame_are_not_kept() {
    let (server, alice) = warmed_up().await;
    let mut wire = Wire::upgrade(&server, &alice).await;
    let chunk = vec![b' '; MIB];
    let cost = cost(&server, async |measure| {
        wire.write(&frame_header(true, 1, 1 << 30)).await.unwrap();
        for _ in 0..50 {
            // The server closes as soon as it has read the header.
            if wire.write(&chunk).await.is_err() {
                break;
            }
            measure();
        }
    })
    .await;
    assert!(cost < COST_BYTES_MAX, "{cost} bytes");
    server.user("carol").await;
}

/// 100 MiB go in and out, and never lie in memory.
#[tokio::test]
async fn a_large_file_is_not_kept_in_memory() {
    let (server, alice) = warmed_up().await;
    let size = 100 * MIB;
    let announce = |size: usize| CreateUploadRequest {
        file_name: "film".to_owned(),
        file_size: size as u64,
        content_type: "video/mp4".to_owned(),
        uploader_id: None,
    };
    let small = alice
        .client
        .create_upload(&announce(3 * MIB))
        .await
        .unwrap();
    let warm = vec![1; 3 * MIB];
    alice.client.put_file(small.id, warm).await.unwrap();
    let upload = alice.client.create_upload(&announce(size)).await.unwrap();
    let mut offset = 0;
    let cost = cost(&server, async |measure| {
        for piece in 0..4_u8 {
            let bytes = vec![piece; size / 4];
            offset = alice
                .client
                .append_file(upload.id, offset, bytes)
                .await
                .unwrap();
            measure();
        }
        let done = alice.client.complete_upload(upload.id).await.unwrap();
        let file = alice
            .client
            .fetch_file(&done.file_url.unwrap())
            .await
            .unwrap();
        assert_eq!(file.len(), size);
        measure();
    })
    .await;
    assert!(cost < COST_BYTES_MAX, "{cost} bytes");
}

#[tokio::test]
async fn a_giant_frame_is_refused_by_its_header() {
    let (server, alice) = warmed_up().await;
    let mut wire = Wire::upgrade(&server, &alice).await;
    wire.write(&frame_header(true, 1, 1 << 30)).await.unwrap();
    assert_eq!(wire.close_code().await, CloseCode::FrameTooBig.number());
}

#[tokio::test]
async fn a_million_empty_fragments_are_not_kept() {
    let (server, alice) = warmed_up().await;
    let mut wire = Wire::upgrade(&server, &alice).await;
    let mut chunk = Vec::new();
    for _ in 0..10_000 {
        chunk.extend(frame_header(false, 0, 0));
    }
    let cost = cost(&server, async |measure| {
        wire.write(&frame_header(false, 1, 0)).await.unwrap();
        for _ in 0..100 {
            if wire.write(&chunk).await.is_err() {
                break;
            }
            measure();
        }
    })
    .await;
    assert!(cost < COST_BYTES_MAX, "{cost} bytes");
    server.user("carol").await;
}

/// Fifty bodies that never end, each of them nearly as large as is allowed.
#[tokio::test]
async fn slow_bodies_are_cut_and_not_kept() {
    const BODIES: usize = 30;
    let (server, alice) = warmed_up().await;
    let token = alice.client.login().unwrap().access_token.clone();
    let head = format!(
        "POST /v1/conversations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{{\"subject\":\""
    );
    let mut wires = Vec::new();
    let cost = cost(&server, async |measure| {
        for _ in 0..BODIES {
            let mut wire = Wire::connect(&server).await;
            wire.write(head.as_bytes()).await.unwrap();
            wire.write(&vec![b'x'; 100_000]).await.unwrap();
            wires.push(wire);
            measure();
        }
        let answers = join_all(wires.iter_mut().map(Wire::read_head)).await;
        for answer in answers {
            assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        }
        measure();
    })
    .await;
    assert!(cost < COST_BYTES_MAX, "{cost} bytes");
}

#[tokio::test]
async fn slow_heads_are_cut() {
    let (server, _alice) = warmed_up().await;
    let mut wire = Wire::connect(&server).await;
    wire.write(b"GET /ping HTTP/1.1\r\nHost: ").await.unwrap();
    let answer = wire.read_to_end().await;
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"));
}

/// Twenty packed bodies of 1 MiB that would be 160 MiB each.
#[tokio::test]
async fn gzip_bombs_are_refused_unopened() {
    let (server, alice) = warmed_up().await;
    let token = alice.client.login().unwrap().access_token.clone();
    let mut head = Vec::new();
    write!(
        head,
        "POST /v1/conversations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        gzip_bomb().len()
    )
    .unwrap();
    let cost = cost(&server, async |measure| {
        for _ in 0..20 {
            let mut wire = Wire::connect(&server).await;
            wire.write(&head).await.unwrap();
            // It may have answered and closed before all of it is there.
            let _ = wire.write(&gzip_bomb()).await;
            let answer = wire.read_head().await;
            assert!(answer.starts_with("HTTP/1.1 415"), "{answer}");
            measure();
        }
    })
    .await;
    assert!(cost < COST_BYTES_MAX, "{cost} bytes");
}

/// A gzip stream of one fixed-Huffman block in which a zero byte is repeated 258 times again and
/// again: 160 bytes of content for each byte.
fn gzip_bomb() -> Vec<u8> {
    let mut bits = Bits::default();
    bits.push(0b011, 3);
    // Literal 0: 00110000. Then length 258 (symbol 285: 11000101), distance 1 (00000).
    bits.push_code(0b0011_0000, 8);
    for _ in 0..(MIB * 8 / 13) {
        bits.push_code(0b1100_0101, 8);
        bits.push_code(0, 5);
    }
    bits.push_code(0, 7);
    let mut stream = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    stream.extend(bits.bytes);
    stream.extend([0; 8]);
    stream
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    /// Least significant bit first.
    fn push(&mut self, value: u32, len: u32) {
        for at in 0..len {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let bit = u8::from((value >> at) & 1 == 1);
            let last = self.bytes.last_mut().expect("a byte was pushed");
            *last |= bit << (self.used % 8);
            self.used += 1;
        }
    }

    /// Most significant bit first, as Huffman codes are.
    fn push_code(&mut self, code: u32, len: u32) {
        for at in (0..len).rev() {
            self.push((code >> at) & 1, 1);
        }
    }
}

/// Sends so many messages of 90 KiB to the group, four at once, which `to` hears before the next
/// four; the server's memory at its height meanwhile.
async fn send_large(
    server: &ServerProcess,
    from: &TestUser,
    to: &mut TestUser,
    chat: ConversationId,
    count: u64,
) -> u64 {
    let mut request = SendMessageRequest::new(chat, Vec::new());
    request.shared_ciphertext = Some(Base64(vec![b'x'; 90 * 1024]));
    let roster = from.client.participants(chat).await.unwrap();
    request.roster_version = Some(roster.roster_version);
    let mut highest = 0;
    for _ in 0..count / 4 {
        let mut sends = Vec::new();
        for _ in 0..4 {
            request.client_message_id = Some(uuid::Uuid::now_v7().to_string());
            let (client, request) = (from.client.clone(), request.clone());
            sends.push(async move { client.send_message(&request).await.unwrap() });
        }
        join_all(sends).await;
        for _ in 0..4 {
            to.wait_for(EventKind::MessageNew).await;
        }
        highest = highest.max(server.rss_bytes());
    }
    highest
}

/// Reads the sequence numbers of messages up to `last`.
async fn sequences_up_to(socket: &mut Socket, last: u64) -> Vec<u64> {
    let mut sequences = Vec::new();
    while sequences.last() != Some(&last) {
        sequences.push(next_sequence(socket).await);
    }
    sequences
}

async fn next_sequence(socket: &mut Socket) -> u64 {
    loop {
        let frame = patiently("what was kept", socket.next_frame()).await;
        let frame = frame.expect("an open socket");
        if frame.kind() == Some(EventKind::MessageNew) {
            return frame.entry::<MessageNew>().sequence_number;
        }
    }
}

/// 100 MB are sent to sockets that hardly read. Their neighbour hears each message at once, and
/// when they read again they get everything.
#[tokio::test]
async fn a_client_that_does_not_read_costs_less_than_a_mebibyte() {
    /// Several, because the memory of a process goes up and down by more than one may cost.
    const STALLED: u64 = 8;
    const WARM: u64 = 300;
    const COUNT: u64 = 1_100;
    const SLICE: u64 = 100;
    /// Messages of each slice that a stalled client does read.
    const SIPS: u64 = 20;
    let server = ServerProcess::spawn().await;
    let ([alice, bob, mut carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    carol.connect().await;
    carol.messages_until_synced().await;
    let mut sockets = Vec::new();
    for _ in 0..STALLED {
        let options = SocketOptions {
            events_len: 1,
            acknowledge: Acknowledge::ByHand,
            reconnect: false,
            ..SocketOptions::default()
        };
        sockets.push(bob.client.connect(options).await.unwrap());
    }
    // The same traffic first, stall and recovery included: caches and allocator are at their height.
    send_large(&server, &alice, &mut carol, chat, WARM).await;
    join_all(
        sockets
            .iter_mut()
            .map(|socket| sequences_up_to(socket, WARM)),
    )
    .await;
    let warm = server.rss_bytes();
    let mut height = 0;
    let mut read = vec![Vec::new(); sockets.len()];
    for _ in 0..COUNT / SLICE {
        let slice = send_large(&server, &alice, &mut carol, chat, SLICE).await;
        height = height.max(slice);
        // Who takes nothing at all for 60 s would be closed; what is read must be enough for the kernel to
        // make room.
        for (socket, read) in sockets.iter_mut().zip(&mut read) {
            for _ in 0..SIPS {
                read.push(next_sequence(socket).await);
            }
        }
    }
    let cost = height.saturating_sub(warm) / STALLED;
    assert!(cost < STALLED_BYTES_MAX, "{cost} bytes each");
    let last = WARM + COUNT;
    let rest = join_all(
        sockets
            .iter_mut()
            .map(|socket| sequences_up_to(socket, last)),
    )
    .await;
    for (mut read, rest) in read.into_iter().zip(rest) {
        read.extend(rest);
        assert!(read.into_iter().eq(WARM + 1..=last), "each once, in order");
    }
}

/// Bodies are charged as they arrive: however many connections bring one, they hold so much at most.
#[tokio::test]
async fn many_unfinished_bodies_are_not_kept() {
    let (server, alice) = warmed_up().await;
    let token = alice.client.login().unwrap().access_token.clone();
    let head = format!(
        "POST /v1/conversations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {MIB}\r\n\r\n"
    );
    let part = vec![b' '; MIB - 1];
    let mut wires = Vec::new();
    // One more than fill the share of one network.
    let cost = cost(&server, async |measure| {
        for _ in 0..17 {
            let mut wire = Wire::connect(&server).await;
            wire.write(head.as_bytes()).await.unwrap();
            // One that is refused is closed on the way.
            let _ = wire.write(&part).await;
            wires.push(wire);
            measure();
        }
    })
    .await;
    // In buffers that grow by doubling.
    assert!(cost < 40 * MIB as u64, "{cost} bytes");
    // Which of them it is depends on whose bytes come last.
    let answers = wires.iter_mut().map(|wire| Box::pin(wire.read_head()));
    let (first, _, _) = select_all(answers).await;
    assert!(first.starts_with("HTTP/1.1 503"), "{first}");
    drop(wires);
    server.user("carol").await;
}
