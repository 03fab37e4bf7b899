//! Two people on two devices: they sign up, publish keys, talk live, one of them goes away and gets
//! what was said meanwhile; one sends a file, and one calls. The guide `docs/clients.md` quotes it.
//!
//! `cargo run -p sentinal-client --example two_devices [http://127.0.0.1:8080]`
//!
//! The keys are random bytes and the "ciphertext" is the text itself: this shows the transport. A
//! real client has a Signal or MLS library in between. The server must not insist on signatures
//! (`E2EE_VERIFY=warn`, its default in debug mode).

use std::error::Error;

use sentinal_client::protocol::api::auth::RegisterRequest;
use sentinal_client::protocol::api::keys::{OneTimePrekeyBody, SetupRequest, SignedPrekeyBody};
use sentinal_client::protocol::api::messages::{Ciphertext, SendMessageRequest};
use sentinal_client::protocol::api::uploads::CreateUploadRequest;
use sentinal_client::protocol::event::ServerEvent;
use sentinal_client::protocol::frame::{ClientFrame, Signal};
use sentinal_client::protocol::{Base64, CallType, ConversationId, UserId};
use sentinal_client::{Client, Socket, SocketOptions};
use serde_json::Value;
use serde_json::value::to_raw_value;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let base = std::env::args().nth(1);
    let base = base.as_deref().unwrap_or("http://127.0.0.1:8080");
    let alice = sign_up(base, "alice").await?;
    let bob = sign_up(base, "bob").await?;
    let bob_id = bob.login().ok_or("bob is signed in")?.user_id;
    let chat = alice.create_direct(bob_id).await?.id;
    println!("a DM: {chat}");

    let mut alice_socket = alice.connect(SocketOptions::default()).await?;
    let mut bob_socket = bob.connect(SocketOptions::default()).await?;
    say(&alice, chat, "Hello Bob").await?;
    println!("bob hears: {}", hear(&mut bob_socket).await?);
    say(&bob, chat, "Hello Alice").await?;
    println!("alice hears: {}", hear(&mut alice_socket).await?);

    bob_socket.close().await;
    println!("bob is away");
    for text in ["Are you there?", "Bob?", "Never mind"] {
        say(&alice, chat, text).await?;
    }
    let mut bob_socket = bob.connect(SocketOptions::default()).await?;
    println!("bob is back");
    for _ in 0..3 {
        println!("bob hears: {}", hear(&mut bob_socket).await?);
    }

    let address = upload(&alice, b"what is encrypted of a picture".to_vec()).await?;
    say(&alice, chat, &address).await?;
    let picture = bob.fetch_file(&hear(&mut bob_socket).await?).await?;
    println!("bob has got a file of {} bytes", picture.len());

    call(&alice, &mut alice_socket, bob_id, &mut bob_socket, chat).await?;
    alice_socket.close().await;
    bob_socket.close().await;
    Ok(())
}

/// Makes an account with a name of its own, so that the example can be run twice.
async fn sign_up(base: &str, name: &str) -> Outcome<Client> {
    let client = Client::new(base)?;
    let username = format!("{name}_{:08x}", rand::random::<u32>());
    client
        .register(&RegisterRequest {
            email: format!("{username}@example.com"),
            username: username.clone(),
            phone_number: None,
            password: format!("password-{:016x}", rand::random::<u64>()),
            display_name: Some(name.to_owned()),
            device_id: format!("{username}-laptop"),
            device_name: Some("example".to_owned()),
            device_type: Some("desktop".to_owned()),
        })
        .await?;
    let one_time_key = |key_id| OneTimePrekeyBody {
        user_id: None,
        device_id: None,
        key_id,
        public_key: key(),
    };
    client
        .set_up_keys(&SetupRequest {
            device_id: None,
            identity_key: key(),
            signed_prekey: SignedPrekeyBody {
                key_id: 1,
                public_key: key(),
                signature: Base64([rand::random::<[u8; 32]>(), rand::random()].concat()),
            },
            one_time_keys: (1..=20).map(one_time_key).collect(),
            pq_keys: Vec::new(),
            pq_last_resort: None,
        })
        .await?;
    println!("{username} has signed up and published keys");
    Ok(client)
}

fn key() -> Base64 {
    Base64(rand::random::<[u8; 32]>().to_vec())
}

/// Sends one ciphertext to each device of the conversation but the own one.
async fn say(client: &Client, chat: ConversationId, text: &str) -> Outcome {
    let me = client.login().ok_or("not signed in")?;
    let participants = client.participants(chat).await?.participants;
    let devices = participants.iter().flat_map(|participant| {
        let devices = participant.devices.iter();
        devices.map(move |device| (participant.user_id, device))
    });
    let others = devices.filter(|(user_id, device)| {
        (*user_id, device.device_id.as_str()) != (me.user_id, me.device_id.as_str())
    });
    let ciphertexts = others.map(|(user_id, device)| Ciphertext {
        recipient_device_id: device.device_id.clone(),
        recipient_user_id: Some(user_id),
        ciphertext: Base64(text.as_bytes().to_vec()),
        header: None,
    });
    let mut request = SendMessageRequest::new(chat, ciphertexts.collect());
    request.client_message_id = Some(format!("{:032x}", rand::random::<u128>()));
    client.send_message(&request).await?;
    Ok(())
}

/// Stores a file, and answers its address, which opens it to whoever knows it. A large file is sent in
/// parts with `append_file`, which resumes where `file_offset` says.
async fn upload(client: &Client, encrypted: Vec<u8>) -> Outcome<String> {
    let announced = client
        .create_upload(&CreateUploadRequest {
            file_name: "file".to_owned(),
            file_size: encrypted.len() as u64,
            content_type: "application/octet-stream".to_owned(),
            uploader_id: None,
        })
        .await?;
    client.put_file(announced.id, encrypted).await?;
    let complete = client.complete_upload(announced.id).await?;
    Ok(complete.file_url.ok_or("a complete file has an address")?)
}

/// Alice calls, Bob answers, Alice hangs up. What the two offer each other comes from a WebRTC library;
/// the server relays it without reading it.
async fn call(
    alice: &Client,
    alice_socket: &mut Socket,
    bob_id: UserId,
    bob_socket: &mut Socket,
    chat: ConversationId,
) -> Outcome {
    let placed = alice.create_call(chat, CallType::Audio).await?;
    let offer = ClientFrame::CallOffer(Signal {
        call_id: placed.id,
        to_id: bob_id,
        data: to_raw_value("the offer of a WebRTC library")?,
        to_device_id: None,
    });
    alice_socket.sender().request::<Value>(offer).await?;

    let offer = loop {
        match next(bob_socket).await? {
            ServerEvent::CallIncoming(incoming) => println!("{} rings", incoming.call_id.0),
            ServerEvent::CallOffer(offer) => break offer.0,
            _ => {}
        }
    };
    let answer = ClientFrame::CallAnswer(Signal {
        call_id: offer.call_id,
        to_id: offer.from_id,
        data: to_raw_value("the answer of a WebRTC library")?,
        to_device_id: None,
    });
    bob_socket.sender().request::<Value>(answer).await?;

    while !matches!(next(alice_socket).await?, ServerEvent::CallAnswer(_)) {}
    alice.mark_call_connected(placed.id).await?;
    alice.end_call(placed.id, None).await?;
    while !matches!(next(bob_socket).await?, ServerEvent::CallEnded(_)) {}
    println!("they have hung up");
    Ok(())
}

async fn next(socket: &mut Socket) -> Outcome<ServerEvent> {
    let frame = socket.next_frame().await;
    Ok(frame.ok_or("the socket has closed")?.event)
}

/// Waits for the next message that somebody else has written to this device.
async fn hear(socket: &mut Socket) -> Outcome<String> {
    loop {
        if let ServerEvent::MessageNew(message) = next(socket).await?
            && let Some(content) = message.entry.content
        {
            return Ok(String::from_utf8(content.0)?);
        }
    }
}
