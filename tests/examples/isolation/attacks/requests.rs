//! Requests that cost more than they look.

use std::time::Instant;

use reqwest::Method;
use sentinal_protocol::api::broadcasts::{CreateBroadcastRequest, SendBroadcastRequest};
use sentinal_protocol::api::messages::Ciphertext;
use sentinal_protocol::api::pq_keys::StoreBackupRequest;
use sentinal_protocol::{Base64, BroadcastId};
use uuid::Uuid;

use super::hammer;
use crate::stage::{Party, Scene, Setup};

/// Devices of each member of the group that is written to.
const DEVICES: usize = 8;
/// Of the ciphertext for one device.
const CIPHERTEXT_BYTES: usize = 90 * 1024;
/// Of a key backup.
const BACKUP_BYTES: usize = 700 * 1024;
/// Recipients of a broadcast, in full.
const RECIPIENTS: usize = 1_024;
/// Requests at once.
const AT_ONCE: usize = 8;

/// Two people with many devices each, and their DM.
pub async fn group_of_devices(setup: &Setup<'_>) -> Party {
    let mut party = setup.party(2).await;
    for number in 1..DEVICES {
        for person in 0..2 {
            let device = format!("device-{person}-{number}");
            party.people[person].another_device(&device).await;
        }
    }
    let chat = party.people[0].client.create_direct(party.people[1].id);
    party.chat = Some(chat.await.expect("a DM").id);
    party
}

/// Sends a megabyte and more at a time.
pub async fn large_sends(scene: &Scene, end: Instant) -> u64 {
    let sender = &scene.party.people[0];
    let mut message = sender.message(scene.party.chat.expect("a DM"), 1).await;
    for ciphertext in &mut message.ciphertexts {
        ciphertext.ciphertext = Base64(vec![7; CIPHERTEXT_BYTES]);
    }
    let message = &message;
    hammer(AT_ONCE, end, async |_| {
        let mut message = message.clone();
        message.client_message_id = Some(Uuid::now_v7().to_string());
        // Whatever it is answered.
        let _ = sender.client.send_message(&message).await;
    })
    .await
}

/// Stores a key backup under a fresh idempotency key, over and over.
pub async fn backups(scene: &Scene, end: Instant) -> u64 {
    let backup = StoreBackupRequest {
        device_id: None,
        backup_data: Base64(vec![7; BACKUP_BYTES]),
        nonce: Base64(vec![7; 16]),
        salt: Base64(vec![7; 16]),
    };
    let backup = &backup;
    hammer(AT_ONCE, end, async |place: usize| {
        let user = &scene.party.people[place % scene.party.people.len()];
        let storing = user.client.call(Method::POST, "/v1/encryption/backup");
        let key = Uuid::now_v7().to_string();
        let _ = storing
            .header("Idempotency-Key", &key)
            .body(backup)
            .done()
            .await;
    })
    .await
}

/// Somebody with a long list of recipients.
pub async fn with_broadcast(setup: &Setup<'_>) -> Party {
    let mut party = setup.party(1).await;
    party.devices = setup.seed("recipient", setup.share_of(RECIPIENTS)).await;
    let list = CreateBroadcastRequest {
        name: "everybody".to_owned(),
        description: None,
        owner_id: None,
        recipients: party.devices.iter().map(|it| it.user_id).collect(),
    };
    let created = party.people[0].client.create_broadcast(&list);
    party.word = created.await.expect("a broadcast").broadcast.id.to_string();
    party
}

/// Sends to all of them.
pub async fn broadcasts(scene: &Scene, end: Instant) -> u64 {
    let client = &scene.party.people[0].client;
    let id: BroadcastId = scene.party.word.parse().expect("the broadcast");
    let ciphertexts = scene.party.devices.iter().map(|device| Ciphertext {
        recipient_device_id: device.name.clone(),
        recipient_user_id: Some(device.user_id),
        ciphertext: Base64(vec![7; 256]),
        header: None,
    });
    let ciphertexts: &Vec<Ciphertext> = &ciphertexts.collect();
    hammer(AT_ONCE, end, async |_| {
        let request = SendBroadcastRequest {
            ciphertexts: ciphertexts.clone(),
            message_type: None,
            client_message_id: Some(Uuid::now_v7().to_string()),
            idempotency_key: None,
        };
        let _ = client.send_broadcast(id, &request).await;
    })
    .await
}
