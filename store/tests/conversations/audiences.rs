//! Who may know whether somebody is here, read by key.

use sentinal_store::{AudiencePlace, Store};
use uuid::Uuid;

use crate::seed::{Person, db, db_block, db_person, dm, group};
use crate::support::on_each_database;

async fn db_contact(store: &Store, of: Person, contact: Person) {
    let text = "INSERT INTO contacts (user_id, contact_user_id, created_at) VALUES ($1, $2, 0)";
    db(store, text, [of.id.0.into(), contact.id.0.into()]).await;
}

fn start_of(person: Person) -> AudiencePlace {
    AudiencePlace {
        user_id: person.id,
        contacts: Some(Uuid::nil()),
        dms: Some(Uuid::nil()),
    }
}

#[tokio::test]
async fn the_two_halves_of_an_audience_are_read_page_by_page() {
    on_each_database(async |store| {
        let alice = db_person(&store, "alice").await;
        let mut contacts = Vec::new();
        for number in 0..5 {
            let of = db_person(&store, &format!("contact{number}")).await;
            db_contact(&store, of, alice).await;
            contacts.push(of.id);
        }
        let bob = db_person(&store, "bob").await;
        let direct = dm(&store, alice, bob).await;
        let team = group(&store, alice, &[bob]).await;
        let mut place = start_of(alice);
        let (mut found, mut conversations, mut shared) = (Vec::new(), Vec::new(), Vec::new());
        let mut pages = 0;
        while place.contacts.is_some() || place.dms.is_some() {
            // Bob, who has nobody as a contact, is asked about as well.
            let places = [start_of(bob), place];
            let read = store.list_audiences(&places, 2).await.unwrap();
            let page = &read[1];
            found.extend(page.contacts.iter().filter_map(|it| it.watcher));
            conversations.extend(page.dms.iter().map(|it| it.key));
            shared.extend(page.dms.iter().filter_map(|it| it.watcher));
            let next = |page: &[sentinal_store::Candidate]| {
                page.last().filter(|_| page.len() == 2).map(|it| it.key)
            };
            place.contacts = place.contacts.and_then(|_| next(&page.contacts));
            place.dms = place.dms.and_then(|_| next(&page.dms));
            pages += 1;
        }
        assert_eq!(pages, 3);
        assert_eq!(found, contacts, "in order, each once");
        let mut expected = vec![direct.0, team.0];
        expected.sort_unstable();
        assert_eq!(conversations, expected);
        assert_eq!(shared, [bob.id], "a group is no reason");
    })
    .await;
}

#[tokio::test]
async fn who_may_watch_is_told_by_pair() {
    on_each_database(async |store| {
        let mut people = Vec::new();
        for name in ["alice", "contact", "peer", "shunned", "hostile", "stranger"] {
            people.push(db_person(&store, name).await);
        }
        let [alice, contact, peer, shunned, hostile, stranger] = people[..] else {
            panic!("six people");
        };
        for of in [contact, shunned, hostile] {
            db_contact(&store, of, alice).await;
        }
        dm(&store, alice, peer).await;
        db_block(&store, alice, shunned).await;
        db_block(&store, hostile, alice).await;
        let all = [contact, peer, shunned, hostile, stranger];
        let pairs: Vec<_> = all.iter().map(|watcher| (alice.id, watcher.id)).collect();
        let watches = async || {
            let watches = store.list_watches(&pairs).await.unwrap();
            let mut watches: Vec<_> = watches
                .iter()
                .map(|it| (it.watcher, it.is_contact))
                .collect();
            watches.sort_unstable();
            watches
        };
        assert_eq!(watches().await, [(contact.id, true), (peer.id, false)]);
    })
    .await;
}
