//! Mail: handing single messages to an SMTP server, or showing them where there is none.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT};
use lettre::{Address, Message};
use percent_encoding::percent_decode_str;
use reqwest::Url;
use sentinal_actors::remote::{LookupError, Lookups, TimedOut, within};

use crate::{Mode, Settings};

/// How long each address of an SMTP server may take to accept a connection.
const SMTP_CONNECT: Duration = Duration::from_secs(5);
/// How long it may take for a whole message, from its name to its promise to deliver.
const SMTP_WITHIN: Duration = Duration::from_secs(20);
/// How long it may take to say goodbye, once it has the message.
const SMTP_GOODBYE: Duration = Duration::from_secs(1);
/// Who is waited for.
const SMTP: &str = "the mail server";
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
    /// `SMTP_URL` is no URL of a mail server.
    #[error("not the URL of a mail server")]
    Url,
    /// The SMTP server's name leads nowhere.
    #[error("the mail server was not found")]
    Lookup(#[from] LookupError),
    /// The SMTP server does not answer.
    #[error(transparent)]
    TimedOut(#[from] TimedOut),
}

/// An SMTP server. The conversation is lettre's; where it leads, and how long it may take, is ours:
/// lettre's transport looks names up without an end.
#[derive(Clone)]
pub(crate) struct Smtp {
    host: String,
    port: u16,
    tls: Tls,
    hello: ClientId,
    credentials: Option<Credentials>,
    from: Mailbox,
    lookups: Lookups,
}

impl Smtp {
    /// Reads `smtp://` (without TLS, or as `?tls=required` or `?tls=opportunistic` says) or
    /// `smtps://`, each with user, password and port if need be; a path is the name that the server is
    /// greeted with.
    fn new(url: &str, from: &str) -> Result<Self, MailError> {
        let url = Url::parse(url).map_err(|_| MailError::Url)?;
        let host = url.host_str().ok_or(MailError::Url)?.to_owned();
        let mut query = url.query_pairs();
        let wanted = query.find(|(name, _)| name == "tls");
        let parameters = || TlsParameters::new(host.trim_matches(['[', ']']).to_owned());
        let (port, tls) = match (url.scheme(), wanted.as_ref().map(|(_, value)| &**value)) {
            ("smtp", None) => (SMTP_PORT, Tls::None),
            ("smtp", Some("required")) => (SUBMISSION_PORT, Tls::Required(parameters()?)),
            ("smtp", Some("opportunistic")) => (SUBMISSION_PORT, Tls::Opportunistic(parameters()?)),
            ("smtps", _) => (SUBMISSIONS_PORT, Tls::Wrapper(parameters()?)),
            (_, _) => return Err(MailError::Url),
        };
        let hello = match url.path().trim_matches('/') {
            "" => ClientId::default(),
            name => ClientId::Domain(name.to_owned()),
        };
        let plain = |text: &str| {
            let text = percent_decode_str(text).decode_utf8();
            text.map(String::from).map_err(|_| MailError::Url)
        };
        let credentials = match url.password() {
            Some(password) => Some(Credentials::new(plain(url.username())?, plain(password)?)),
            None => None,
        };
        Ok(Self {
            port: url.port().unwrap_or(port),
            host,
            tls,
            hello,
            credentials,
            from: from.parse()?,
            lookups: Lookups::system(),
        })
    }

    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        let message = Message::builder()
            .from(self.from.clone())
            // As an address and nothing else: `<a@b.c>` or a comment would lead to a mailbox by another
            // name than the one that was asked for, and counted.
            .to(Mailbox::new(None, mail.to.parse::<Address>()?))
            .subject(mail.subject)
            .body(mail.text)?;
        let mut connection = within(SMTP_WITHIN, SMTP, self.hand_in(&message)).await??;
        // It has the message: what becomes of the connection is nobody's concern.
        let _ = within(SMTP_GOODBYE, SMTP, connection.quit()).await;
        Ok(())
    }

    async fn hand_in(&self, message: &Message) -> Result<AsyncSmtpConnection, MailError> {
        let addresses = self.lookups.find(&self.host, self.port).await?;
        let at_once = match &self.tls {
            Tls::Wrapper(parameters) => Some(parameters.clone()),
            Tls::None | Tls::Opportunistic(_) | Tls::Required(_) => None,
        };
        let (addresses, limit) = (addresses.as_slice(), Some(SMTP_CONNECT));
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(addresses, limit, &self.hello, at_once, None)
                .await?;
        let later = match &self.tls {
            Tls::Required(parameters) => Some(parameters),
            Tls::Opportunistic(parameters) if connection.can_starttls() => Some(parameters),
            Tls::None | Tls::Opportunistic(_) | Tls::Wrapper(_) => None,
        };
        if let Some(parameters) = later {
            connection.starttls(parameters.clone(), &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        let (envelope, text) = (message.envelope(), message.formatted());
        connection.send(envelope, &text).await?;
        Ok(connection)
    }
}

/// Where mail goes.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "there is one of them")]
pub(crate) enum Mailer {
    /// To an SMTP server.
    Smtp(Smtp),
    /// To the log of a developer's machine.
    Log,
    /// Into memory, for tests.
    Memory(Arc<Mutex<VecDeque<Mail>>>),
    /// Mail is not sent.
    None,
}

impl Mailer {
    /// Where the settings say.
    pub(crate) fn new(settings: &Settings) -> Result<Self, MailError> {
        if let Some(url) = &settings.smtp_url {
            return Ok(Self::Smtp(Smtp::new(url.expose(), &settings.mail_from)?));
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

    /// Sends one message and waits until the server has taken it, for a limited time.
    pub(crate) async fn send(&self, mail: Mail) -> Result<(), MailError> {
        match self {
            Self::Smtp(smtp) => smtp.send(mail).await?,
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
            Self::Smtp(_) | Self::Log | Self::None => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio::net::TcpListener;
    use tokio::time::Instant;

    use super::*;
    use crate::swallower::Swallower;

    fn mail() -> Mail {
        Mail {
            to: "alice@example.org".to_owned(),
            subject: "Hello",
            text: "A token.\n".to_owned(),
        }
    }

    #[test]
    fn a_url_says_how_mail_is_handed_in() {
        let read = |url: &str| Smtp::new(url, "me@example.org");
        let smtp = read("smtps://a%40b:p%2Fw@mail.example/our.name").unwrap();
        assert_eq!((smtp.host.as_str(), smtp.port), ("mail.example", 465));
        assert!(matches!(smtp.tls, Tls::Wrapper(_)));
        assert_eq!(smtp.hello, ClientId::Domain("our.name".to_owned()));
        let expected = Credentials::new("a@b".to_owned(), "p/w".to_owned());
        assert_eq!(smtp.credentials, Some(expected));
        assert_eq!(read("smtp://localhost").unwrap().port, 25);
        let smtp = read("smtp://localhost:26?tls=required").unwrap();
        assert!(smtp.port == 26 && matches!(smtp.tls, Tls::Required(_)));
        let smtp = read("smtp://localhost?tls=opportunistic").unwrap();
        assert!(smtp.port == 587 && matches!(smtp.tls, Tls::Opportunistic(_)));
        for wrong in ["smtp://localhost?tls=no", "http://localhost", "localhost"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn mail_goes_to_nothing_but_an_address() {
        for wrong in [
            "<alice@example.org>",
            "alice(1)@example.org",
            "Alice<a@b.org>",
        ] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong}");
        }
        assert!("o'hara+tag@example.org".parse::<Address>().is_ok());
    }

    #[tokio::test]
    async fn a_mail_server_that_does_not_answer_is_given_up_on() {
        let servers = Swallower::each().await;
        tokio::time::pause();
        for server in servers {
            let url = format!("smtp://{}", server.address());
            let smtp = Smtp::new(&url, "me@example.org").unwrap();
            let begun = Instant::now();
            assert!(smtp.send(mail()).await.is_err());
            // Timers are as exact as a millisecond.
            assert!(begun.elapsed() < SMTP_WITHIN + SMTP_GOODBYE);
        }
    }

    /// It takes the message and then says nothing more, not even goodbye.
    #[tokio::test]
    async fn a_message_is_handed_in() {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", server.local_addr().unwrap());
        let taking = tokio::spawn(async move {
            let (mut stream, _) = server.accept().await.unwrap();
            let (read, mut write) = stream.split();
            let mut lines = BufReader::new(read).lines();
            write.write_all(b"220 here\r\n").await.unwrap();
            let mut heard = Vec::new();
            while let Some(line) = lines.next_line().await.unwrap() {
                let answer: &[u8] = match line.as_str() {
                    "DATA" => b"354 go on\r\n",
                    "QUIT" => b"",
                    "." => b"250 taken\r\n",
                    line if line.contains(':') || line.starts_with("EHLO") => b"250 fine\r\n",
                    _ => b"",
                };
                let is_header = heard.contains(&"DATA".to_owned()) && line != ".";
                heard.push(line);
                if !is_header {
                    write.write_all(answer).await.unwrap();
                }
            }
            heard
        });
        let smtp = Smtp::new(&url, "me@example.org").unwrap();
        smtp.send(mail()).await.unwrap();
        let heard = taking.await.unwrap();
        assert!(heard.contains(&"A token.".to_owned()), "{heard:?}");
        assert!(heard.contains(&"Subject: Hello".to_owned()), "{heard:?}");
    }
}
