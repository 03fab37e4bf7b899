//! How mail leaves.

use lettre::message::Mailbox;
use sentinal_actors::app::Secret;
use url::Url;

use super::Described;
use super::database::without_password;
use super::variables::Variables;

/// The sender unless `MAIL_FROM` says otherwise.
const FROM: &str = "Sentinal Chat <no-reply@localhost>";

/// `SMTP_URL`, `MAIL_FROM`.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Where mail is handed in.
    pub smtp_url: Option<Secret>,
    /// The sender.
    pub from: String,
}

impl Mail {
    pub(super) fn read(vars: &mut Variables) -> Self {
        let smtp_url = vars.read(
            "SMTP_URL",
            "a URL such as smtps://user:password@host",
            None,
            |text| {
                let url = Url::parse(text).ok()?;
                let known = matches!(url.scheme(), "smtp" | "smtps") && url.has_host();
                known.then(|| Some(Secret::new(text)))
            },
        );
        let from = vars.read(
            "MAIL_FROM",
            "an address such as `Name <name@example.org>`",
            FROM.to_owned(),
            |text| text.parse::<Mailbox>().is_ok().then(|| text.to_owned()),
        );
        Self { smtp_url, from }
    }

    pub(super) fn describe(&self) -> Vec<Described> {
        let way = match &self.smtp_url {
            Some(url) => without_password(url.expose()),
            None => "not configured (debug: to the log)".to_owned(),
        };
        vec![("mail", way), ("mail from", self.from.clone())]
    }
}
