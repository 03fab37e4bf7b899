//! What is done with accounts, devices and people.

use std::time::Instant;

use sentinal_tests::keys::{one_time_keys, setup as keys};

use super::hammer;
use crate::stage::{ATTACKER, Party, Scene, Setup};

/// Groups of the one who changes keys, in full.
const GROUPS: usize = 4_000;
/// People who come and go.
const FLAPPERS: usize = 5;
/// Watchers of each of them, in full.
const WATCHERS: usize = 20_000;
/// Logins at once.
const GUESSERS: usize = 64;

/// Somebody, and a token of a login of theirs that was ended.
pub async fn with_dead_login(setup: &Setup<'_>) -> Party {
    let mut party = setup.party(1).await;
    let tablet = party.people[0].another_device_without_keys("tablet").await;
    let login = tablet.client.login().expect("signed in");
    tablet.client.log_out().await.expect("a logout");
    party.word.clone_from(&login.access_token);
    party
}

/// Somebody in very many groups.
pub async fn in_many_groups(setup: &Setup<'_>) -> Party {
    let party = setup.party(1).await;
    for number in 0..setup.share_of(GROUPS) {
        let name = format!("group {number}");
        let group = party.people[0].client.create_group(&name, Vec::new());
        group.await.expect("a group");
    }
    party
}

/// Changes the keys of a device, over and over.
pub async fn change_keys(scene: &Scene, end: Instant) -> u64 {
    let client = &scene.party.people[0].client;
    hammer(4, end, async |_| {
        // Whatever it is answered.
        let _ = client.set_up_keys(&keys(one_time_keys(1..2))).await;
    })
    .await
}

/// Guesses a neighbour's password from many connections of one address.
pub async fn guess_passwords(scene: &Scene, end: Instant) -> u64 {
    let guesser = scene.site.client_from(ATTACKER);
    let victim = &scene.victim;
    hammer(GUESSERS, end, async |_| {
        let _ = guesser.sign_in(victim, "not the password", "phone").await;
    })
    .await
}

/// People whom very many others have as a contact.
pub async fn watched(setup: &Setup<'_>) -> Party {
    let party = setup.party(FLAPPERS).await;
    setup.seed("watcher", setup.share_of(WATCHERS)).await;
    let add = party.people.iter().map(|watched| {
        format!(
            "INSERT INTO contacts (user_id, contact_user_id, created_at) \
             SELECT id, {}, 0 FROM users WHERE username LIKE 'watcher%'",
            setup.database.literal(watched.id.0)
        )
    });
    setup.database.db_execute(&add.collect::<Vec<_>>()).await;
    party
}
