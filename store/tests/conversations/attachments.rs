//! Files that belong to messages.

use sentinal_protocol::{UploadId, UserId};
use sentinal_store::{LogItem, Reader, Store};
use serde_json::json;

use crate::seed::{NOW, db, db_person, dm, send_with};
use crate::support::on_each_database;

async fn db_upload(store: &Store, owner: UserId, status: &str) -> UploadId {
    let id = UploadId::new(NOW);
    let text = "INSERT INTO uploads (id, uploader_id, file_name, file_size, content_type, status, \
                capability, created_at, updated_at) VALUES ($1, $2, 'a', 1, 'b', $3, 'c', 0, 0)";
    db(store, text, [id.0.into(), owner.0.into(), status.into()]).await;
    id
}

#[tokio::test]
async fn only_completed_uploads_of_the_user_can_be_attached() {
    on_each_database(async |store| {
        let alice = db_person(&store, "alice").await;
        let bob = db_person(&store, "bob").await;
        let done = db_upload(&store, alice.id, "COMPLETED").await;
        let half = db_upload(&store, alice.id, "IN_PROGRESS").await;
        let other = db_upload(&store, bob.id, "COMPLETED").await;
        let asked = [done, half, other, UploadId::new(NOW)];
        let listed = store.list_completed_uploads(alice.id, &asked).await;
        assert_eq!(listed.unwrap(), [done]);
        let listed = store.list_completed_uploads(alice.id, &[]).await;
        assert!(listed.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn attachments_are_in_history_and_in_the_log_until_the_message_is_gone() {
    on_each_database(async |store| {
        let alice = db_person(&store, "alice").await;
        let bob = db_person(&store, "bob").await;
        let chat = dm(&store, alice, bob).await;
        let files = vec![UploadId::new(NOW), UploadId::new(NOW)];
        let id = send_with(&store, chat, alice, NOW, |message| {
            message.attachments.clone_from(&files);
        })
        .await;
        let seen = store.find_message(bob.viewer(), id).await.unwrap().unwrap();
        assert_eq!(seen.attachments, files);
        let reader = Reader {
            user_id: bob.id,
            device_id: bob.device,
        };
        let logged = async || {
            let page = store.read_log(reader, chat, Some(1), NOW).await.unwrap();
            match page.unwrap().entries.remove(0).item {
                LogItem::Message(message) => message.attachments,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(logged().await, Some(json!(files).to_string()));
        let deletion = sentinal_store::Deletion::Soft;
        let deleted = store.delete_message(id, alice.id, deletion, NOW).await;
        deleted.unwrap().0.unwrap();
        let seen = store.find_message(bob.viewer(), id).await.unwrap().unwrap();
        assert!(seen.attachments.is_empty());
        assert_eq!(logged().await, None);
    })
    .await;
}
