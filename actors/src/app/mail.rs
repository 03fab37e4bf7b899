//! Mail: handing single messages to an SMTP server, or showing them where there is none.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use super::{Mode, Settings};

/// How long an SMTP server may take for one step of the conversation.
const SMTP_TIMEOUT: Duration = Duration::from_secs(10);
/// Messages that a test's outbox keeps.
const OUTBOX_LEN: usize = 256;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The recipient's address.
    pub to: String,
    /// Its subject.
    pub subject: &'static str,
    /// Plain text.
    pub text: String,
}

/// Why mail cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// `SMTP_URL`, or a message's sender or recipient, is malformed.
    #[error("not an address")]
    Address(#[from] lettre::address::AddressError),
    /// The message cannot be put together.
    #[error("not a message")]
    Message(#[from] lettre::error::Error),
    /// The SMTP server is not as configured, not there, or refuses.
    #[error("the mail server refused")]
    Smtp(#[from] lettre::transport::smtp::Error),
}

/// Where mail goes.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "there is one of them")]
pub(crate) enum Mailer {
    /// To an SMTP server.
    Smtp {
        transport: AsyncSmtpTransport<Tokio1Executor>,
        from: Mailbox,
    },
    /// To the log of a developer's machine.
    Log,
    /// Into memory, for tests.
    Memory(Arc<Mutex<VecDeque<Mail>>>),
    /// Nowhere.
    None,
}

impl Mailer {
    /// Where the settings say.
    pub(crate) fn new(settings: &Settings) -> Result<Self, MailError> {
        if let Some(url) = &settings.smtp_url {
            let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose())?
                .timeout(Some(SMTP_TIMEOUT))
                .build();
            let from = settings.mail_from.parse()?;
            return Ok(Self::Smtp { transport, from });
        }
        Ok(match settings.mode {
            Mode::Debug => Self::Log,
            Mode::Test => Self::Memory(Arc::default()),
            Mode::Release => Self::None,
        })
    }

    /// Whether there is any way to send.
    pub(crate) fn is_configured(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Sends one message and waits until the server has taken it.
    pub(crate) async fn send(&self, mail: Mail) -> Result<(), MailError> {
        match self {
            Self::Smtp { transport, from } => {
                let message = Message::builder()
                    .from(from.clone())
                    .to(mail.to.parse()?)
                    .subject(mail.subject)
                    .body(mail.text)?;
                transport.send(message).await?;
            }
            Self::Log => {
                tracing::info!(to = mail.to, subject = mail.subject, "mail:\n{}", mail.text);
            }
            Self::Memory(outbox) => {
                let mut outbox = outbox.lock().unwrap_or_else(PoisonError::into_inner);
                if outbox.len() == OUTBOX_LEN {
                    outbox.pop_front();
                }
                outbox.push_back(mail);
            }
            Self::None => {}
        }
        Ok(())
    }

    /// What a test's outbox holds, oldest first.
    pub(crate) fn outbox(&self) -> Vec<Mail> {
        match self {
            Self::Memory(outbox) => {
                let outbox = outbox.lock().unwrap_or_else(PoisonError::into_inner);
                outbox.iter().cloned().collect()
            }
            Self::Smtp { .. } | Self::Log | Self::None => Vec::new(),
        }
    }
}
