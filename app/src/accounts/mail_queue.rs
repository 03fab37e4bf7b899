//! The queue of mail, and the task that sends it: nobody waits for a mail server.
//!
//! What a mail tells is looked up and made here, behind the answer that asked for it, where that answer
//! must take the same time whatever is found (a password reset), and where the mail is tried again until
//! it is sent (that an address was changed). A queued mail that fails is logged; its user asks again.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use sentinal_actors::remote::within;
use sentinal_protocol::Clock;
use sentinal_store::{Credentials, Store};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::ApiError;
use crate::accounts::mail::{Mail, Mailer};
use crate::accounts::one_time::OneTimeSecret;

/// Life of a mailed token that resets a password.
const RESET_LIFETIME: Duration = Duration::from_mins(30);
/// How long a change of an e-mail address can be undone (docs/protocol.md).
pub(crate) const UNDO_LIFETIME: Duration = Duration::from_hours(72);
/// When a mail about a change is tried again.
const UNDO_RETRY: Duration = Duration::from_mins(5);
/// Jobs that may wait; at one second a mail and [`AT_ONCE`] this is half a minute's work.
const QUEUE_LEN: usize = 256;
/// Mails under way at once.
const AT_ONCE: usize = 8;
/// How long one mail may take in all, the database included.
const MAIL_WITHIN: Duration = Duration::from_secs(30);
/// How long a drain waits for the mails that are on their way.
const CLOSE_WITHIN: Duration = Duration::from_secs(3);

/// Something to be mailed.
pub(crate) enum Job {
    /// A token to each account that this identity may mean.
    Reset(String),
    /// This.
    Mail(Mail),
    /// What owners of addresses are to be told of changes.
    Undos,
}

/// The queue, and the task that serves it.
pub(crate) struct MailQueue(Mutex<Option<(mpsc::Sender<Job>, JoinHandle<()>)>>);

/// A place in the queue.
pub(crate) struct Slot(mpsc::OwnedPermit<Job>);

impl Slot {
    /// Sends this from it.
    pub(crate) fn send(self, job: Job) {
        // The task ends only after the last permit.
        self.0.send(job);
    }
}

impl MailQueue {
    /// Starts the task on the present runtime. [`MailQueue::close`] ends it.
    pub(crate) fn start(store: Store, clock: Clock, mailer: Mailer) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE_LEN);
        let queued = stream::unfold(receiver, async |mut receiver| {
            let job: Job = receiver.recv().await?;
            Some((job, receiver))
        });
        let task = tokio::spawn(async move {
            queued
                .for_each_concurrent(AT_ONCE, async |job| {
                    // The state of an SMTP conversation is large.
                    Box::pin(serve(&store, &clock, &mailer, job)).await;
                })
                .await;
        });
        Self(Mutex::new(Some((sender, task))))
    }

    /// Takes a place for what will be mailed only if something else succeeds first.
    pub(crate) fn reserve(&self) -> Result<Slot, ApiError> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = inner.as_ref().map(|(sender, _)| sender.clone());
        match sender.map(mpsc::Sender::try_reserve_owned) {
            Some(Ok(permit)) => Ok(Slot(permit)),
            Some(Err(_)) | None => Err(ApiError::overloaded()),
        }
    }

    /// Queues a job; refuses if too many wait.
    pub(crate) fn request(&self, job: Job) -> Result<(), ApiError> {
        self.reserve()?.send(job);
        Ok(())
    }

    /// Takes no more, and waits until what was taken is mailed, for a limited time: a mail server that
    /// does not answer must not hold up the end. Who gets no mail asks again.
    pub(crate) async fn close(&self) {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((sender, mut task)) = inner {
            drop(sender);
            match within(CLOSE_WITHIN, "the mail server", &mut task).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "mailing failed"),
                Err(error) => {
                    tracing::warn!(%error, "drain: some mails are not sent");
                    task.abort();
                }
            }
        }
    }
}

async fn serve(store: &Store, clock: &Clock, mailer: &Mailer, job: Job) {
    match job {
        Job::Reset(identity) => serve_reset(store, clock, mailer, &identity).await,
        Job::Mail(mail) => {
            let sending = Box::pin(async { mailer.send(mail).await.map_err(ApiError::internal) });
            in_time("a mail", sending).await;
        }
        Job::Undos => loop {
            let telling = Box::pin(serve_undo(store, clock, mailer));
            if in_time("a change of an address", telling).await != Some(true) {
                return;
            }
        },
    }
}

/// Does something about a mail for a limited time; `None` if it failed, which is logged.
async fn in_time<T>(
    what: &'static str,
    mailing: impl Future<Output = Result<T, ApiError>>,
) -> Option<T> {
    match within(MAIL_WITHIN, "what sends a mail", mailing).await {
        Ok(Ok(done)) => Some(done),
        Ok(Err(error)) => {
            let error = error.source.as_deref().map(ToString::to_string);
            tracing::error!(what, error, "a mail was not sent");
            None
        }
        Err(error) => {
            tracing::error!(what, %error, "a mail was not sent");
            None
        }
    }
}

/// Mails a token to each account that the identity may mean.
async fn serve_reset(store: &Store, clock: &Clock, mailer: &Mailer, identity: &str) {
    let accounts = match store.list_credentials(identity).await {
        Ok(accounts) => accounts,
        Err(error) => {
            tracing::error!(%error, "a password reset was not looked up");
            return;
        }
    };
    for account in accounts {
        let sending = Box::pin(mail_reset(store, clock, mailer, account));
        in_time("a password reset", sending).await;
    }
}

async fn mail_reset(
    store: &Store,
    clock: &Clock,
    mailer: &Mailer,
    account: Credentials,
) -> Result<(), ApiError> {
    let now = clock.now();
    let token = OneTimeSecret::new(&[]);
    store
        .insert_reset_token(account.user_id, &token.hash, now.plus(RESET_LIFETIME), now)
        .await?;
    let mail = Mail {
        to: account.email,
        subject: "Reset your password",
        text: format!(
            "Someone, probably you, asked to reset the password of your account.\n\n\
             Your token, good once within {} minutes:\n\n{}\n\n\
             If it was not you, ignore this mail: nothing has changed.\n",
            RESET_LIFETIME.as_secs() / 60,
            token.text
        ),
    };
    mailer.send(mail).await.map_err(ApiError::internal)
}

/// Tells the owner of an address that it was changed, if there is one to be told; answers whether there
/// was. Each attempt makes a token of its own.
async fn serve_undo(store: &Store, clock: &Clock, mailer: &Mailer) -> Result<bool, ApiError> {
    let now = clock.now();
    let token = OneTimeSecret::new(&[]);
    let retry_at = now.plus(UNDO_RETRY);
    let Some(undo) = store.claim_due_undo(&token.hash, retry_at, now).await? else {
        return Ok(false);
    };
    let mail = Mail {
        to: undo.email,
        subject: "Your e-mail address was changed",
        text: format!(
            "Your account has another e-mail address from now on. If that was you, ignore this mail.\n\n\
             If it was not you, someone else can get into your account. Within {} hours you can take it \
             back, with this token and the password that the account had before:\n\n{}\n\n\
             The account then has this address and that password again, and every login ends.\n",
            UNDO_LIFETIME.as_secs() / 3600,
            token.text
        ),
    };
    mailer.send(mail).await.map_err(ApiError::internal)?;
    store.mark_undo_mailed(undo.id).await?;
    Ok(true)
}
