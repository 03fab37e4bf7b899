//! How mail leaves.

use std::net::IpAddr;

use lettre::message::Mailbox;
use sentinal_app::{Mode, RegistrationEmail, Secret};
use url::{Host, Url};

use super::Described;
use super::database::without_password;
use super::variables::Variables;

/// The sender unless `MAIL_FROM` says otherwise.
const FROM: &str = "Sentinal Chat <no-reply@localhost>";

/// `SMTP_URL`, `MAIL_FROM`, `REGISTRATION_EMAIL`.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Where mail is handed in.
    pub smtp_url: Option<Secret>,
    /// The sender.
    pub from: String,
    /// What is asked of new accounts' e-mail addresses.
    pub registration: RegistrationEmail,
}

impl Mail {
    pub(super) fn read(vars: &mut Variables, mode: Mode) -> Self {
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
        let in_the_clear = smtp_url
            .as_ref()
            .and_then(|url: &Secret| Url::parse(url.expose()).ok())
            .is_some_and(|url| is_plain(&url));
        if mode == Mode::Release && in_the_clear {
            vars.refuse(
                "SMTP_URL",
                "`smtps://…` or `smtp://…?tls=required` in release mode, unless the mail server is on \
                 this machine: reset tokens and its password would pass in the clear",
            );
        }
        let from = vars.read(
            "MAIL_FROM",
            "an address such as `Name <name@example.org>`",
            FROM.to_owned(),
            |text| text.parse::<Mailbox>().is_ok().then(|| text.to_owned()),
        );
        let registration = vars.word(
            "REGISTRATION_EMAIL",
            RegistrationEmail::Off,
            &[
                ("off", RegistrationEmail::Off),
                ("optional", RegistrationEmail::Optional),
                ("required", RegistrationEmail::Required),
            ],
        );
        // Debug mode shows its mail in the log.
        let is_sent = smtp_url.is_some() || mode != Mode::Release;
        if registration == RegistrationEmail::Required && !is_sent {
            vars.refuse(
                "SMTP_URL",
                "set where REGISTRATION_EMAIL is `required`: nobody could prove an address",
            );
        }
        Self {
            smtp_url,
            from,
            registration,
        }
    }

    pub(super) fn describe(&self) -> Vec<Described> {
        let way = match &self.smtp_url {
            Some(url) => without_password(url.expose()),
            None => "not configured (debug: to the log)".to_owned(),
        };
        let registration = match self.registration {
            RegistrationEmail::Off => "not asked for",
            RegistrationEmail::Optional => "asked for",
            RegistrationEmail::Required => "required",
        };
        vec![
            ("mail", way),
            ("mail from", self.from.clone()),
            ("proved e-mail", registration.to_owned()),
        ]
    }
}

/// Whether mail may leave this machine without TLS. `tls=opportunistic` counts: whoever can read it can
/// also have TLS refused (RFC 8314 §3).
fn is_plain(url: &Url) -> bool {
    let wants_tls = url
        .query_pairs()
        .any(|(name, value)| name == "tls" && value == "required");
    let is_here = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        // The host of a scheme that is not the web's stays a text, addresses included.
        Some(Host::Domain(name)) => {
            let address = name.trim_matches(['[', ']']).parse::<IpAddr>();
            name == "localhost" || address.is_ok_and(|address| address.is_loopback())
        }
        None => false,
    };
    url.scheme() == "smtp" && !wants_tls && !is_here
}
