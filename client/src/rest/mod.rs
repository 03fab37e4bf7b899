//! The REST interface: one function per operation, one file per resource, one way to call.

mod auth;
mod broadcasts;
mod calls;
mod conversation_settings;
mod conversations;
mod keys;
mod message_changes;
mod messages;
mod people;
mod receipts;
mod resend;
mod sync;
mod uploads;
mod users;

pub use resend::Resent;

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Method, RequestBuilder};
use sentinal_protocol::api::Success;
use sentinal_protocol::api::auth::Tokens;
use sentinal_protocol::{LoginSessionId, Timestamp, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::ClientError;

/// How long an answer may take. Above the server's own body deadline (10 s) and well below the
/// patience of a person.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// An answer as it came, for who wants to look at all of them: to count, or to check.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// What was asked.
    pub method: &'a Method,
    /// Of what. Its query may hold what belongs in no log.
    pub url: &'a Url,
    /// The answer's status.
    pub status: u16,
    /// The answer's body.
    pub body: &'a [u8],
}

/// Is shown every answer.
pub type Observer = Arc<dyn Fn(&Exchange<'_>) + Send + Sync>;

/// What a client does differently from others.
#[derive(Clone, Default)]
pub struct ClientOptions {
    /// Is shown every answer.
    pub observer: Option<Observer>,
    /// The address of this machine that connections leave from, for a program that plays people of
    /// many networks or needs more connections to one server than one address has ports.
    pub local_address: Option<IpAddr>,
}

/// A server, and who is signed in there. Clones share the login and the connections.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    http: reqwest::Client,
    base: Url,
    login: RwLock<Option<Arc<Login>>>,
    options: ClientOptions,
    /// The device that signed in last, and what proves it at the next login.
    device: RwLock<Option<KnownDevice>>,
    /// Held while a refresh token is used, so that two tasks do not use the same one.
    refreshing: tokio::sync::Mutex<()>,
}

/// A device that was signed in, as it presents itself at its next login.
#[derive(Clone)]
struct KnownDevice {
    device_id: String,
    device_token: String,
}

/// Who is signed in, and the tokens that prove it.
#[derive(Clone)]
pub struct Login {
    /// The account.
    pub user_id: UserId,
    /// The string that names this installation.
    pub device_id: String,
    /// The login session that both tokens belong to.
    pub session_id: LoginSessionId,
    /// A JWT, good until `expires_at`.
    pub access_token: String,
    /// Good for one use.
    pub refresh_token: String,
    /// End of the access token.
    pub expires_at: Timestamp,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("user_id", &self.user_id)
            .field("device_id", &self.device_id)
            .field("session_id", &self.session_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl From<&Tokens> for Login {
    fn from(tokens: &Tokens) -> Self {
        Self {
            user_id: tokens.user_id,
            device_id: tokens.device_id.clone(),
            session_id: tokens.session_id,
            access_token: tokens.access_token.clone(),
            refresh_token: tokens.refresh_token.clone(),
            expires_at: tokens.expires_at,
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.shared.base.as_str())
            .field("login", &self.login())
            .finish()
    }
}

impl Client {
    /// A client of the server at `base_url`, such as `http://127.0.0.1:8080`; nobody is signed in.
    pub fn new(base_url: &str) -> Result<Self, ClientError> {
        Self::with(base_url, ClientOptions::default())
    }

    /// The same, with options.
    pub fn with(base_url: &str, options: ClientOptions) -> Result<Self, ClientError> {
        // An error means that the program has chosen a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base = Url::parse(base_url).map_err(ClientError::transport)?;
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .local_address(options.local_address)
            .build()?;
        Ok(Self {
            shared: Arc::new(Shared {
                http,
                base,
                login: RwLock::new(None),
                device: RwLock::new(None),
                options,
                refreshing: tokio::sync::Mutex::new(()),
            }),
        })
    }

    /// Another client of the same server, over the same connections, with nobody signed in.
    pub fn signed_out(&self) -> Self {
        Self {
            shared: Arc::new(Shared {
                http: self.shared.http.clone(),
                base: self.shared.base.clone(),
                login: RwLock::new(None),
                device: RwLock::new(None),
                options: self.shared.options.clone(),
                refreshing: tokio::sync::Mutex::new(()),
            }),
        }
    }

    /// Where the server is.
    pub fn base_url(&self) -> &Url {
        &self.shared.base
    }

    pub(crate) fn local_address(&self) -> Option<IpAddr> {
        self.shared.options.local_address
    }

    /// Who is signed in.
    pub fn login(&self) -> Option<Arc<Login>> {
        self.shared
            .login
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Goes on with tokens from elsewhere (a file, say), or with none.
    pub fn set_login(&self, login: Option<Login>) {
        *self
            .shared
            .login
            .write()
            .unwrap_or_else(PoisonError::into_inner) = login.map(Arc::new);
    }

    /// Keeps what a sign-in answered.
    fn keep(&self, tokens: &Tokens) {
        self.set_login(Some(Login::from(tokens)));
        self.set_device_token(&tokens.device_id, &tokens.device_token);
    }

    /// What proves that this installation was signed in before, if it was; it outlives the logout.
    pub fn device_token(&self, device_id: &str) -> Option<String> {
        self.shared
            .device
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .filter(|known| known.device_id == device_id)
            .map(|known| known.device_token.clone())
    }

    /// Goes on as a device whose token was kept elsewhere (in a file, say).
    pub fn set_device_token(&self, device_id: &str, device_token: &str) {
        *self
            .shared
            .device
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(KnownDevice {
            device_id: device_id.to_owned(),
            device_token: device_token.to_owned(),
        });
    }

    pub(crate) fn signed_in(&self) -> Result<Arc<Login>, ClientError> {
        self.login().ok_or(ClientError::NotSignedIn)
    }

    /// A request to `path` (with its leading `/`), signed in if anybody is; for operations that
    /// have no function here.
    pub fn call(&self, method: Method, path: &str) -> Call {
        let mut url = self.shared.base.clone();
        let prefix = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{prefix}{path}"));
        let mut request = self.shared.http.request(method, url);
        if let Some(login) = self.login() {
            request = request.bearer_auth(&login.access_token);
        }
        Call {
            request,
            observer: self.shared.options.observer.clone(),
        }
    }

    fn get(&self, path: impl AsRef<str>) -> Call {
        self.call(Method::GET, path.as_ref())
    }

    fn post(&self, path: impl AsRef<str>) -> Call {
        self.call(Method::POST, path.as_ref())
    }

    fn put(&self, path: impl AsRef<str>) -> Call {
        self.call(Method::PUT, path.as_ref())
    }

    fn delete(&self, path: impl AsRef<str>) -> Call {
        self.call(Method::DELETE, path.as_ref())
    }
}

/// A request that is being put together.
#[must_use = "it is sent by `answer` or `data`"]
pub struct Call {
    request: RequestBuilder,
    observer: Option<Observer>,
}

impl Call {
    /// Adds fields to the query string.
    pub fn query(mut self, query: &(impl Serialize + ?Sized)) -> Self {
        self.request = self.request.query(query);
        self
    }

    /// Sets the JSON body.
    pub fn body(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        self.request = self.request.json(body);
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// Sets a body that is no JSON.
    pub fn bytes(mut self, bytes: impl Into<reqwest::Body>) -> Self {
        self.request = self.request.body(bytes);
        self
    }

    /// Sends it and reads the headers of a success.
    pub async fn headers(self) -> Result<HeaderMap, ClientError> {
        self.send().await.map(|(headers, _)| headers)
    }

    /// Sends it and reads the whole envelope.
    pub async fn answer<T: DeserializeOwned>(self) -> Result<Success<T>, ClientError> {
        let (_, body) = self.send().await?;
        serde_json::from_slice(body.as_ref()).map_err(ClientError::decode)
    }

    /// Sends it and reads headers and body of a success.
    async fn send(self) -> Result<(HeaderMap, impl AsRef<[u8]>), ClientError> {
        let (http, request) = self.request.build_split();
        let request = request?;
        let (method, url) = (request.method().clone(), request.url().clone());
        let answer = http.execute(request).await?;
        let status = answer.status();
        let headers = answer.headers().clone();
        let body = answer.bytes().await?;
        if let Some(observer) = &self.observer {
            observer(&Exchange {
                method: &method,
                url: &url,
                status: status.as_u16(),
                body: &body,
            });
        }
        if status.is_success() {
            Ok((headers, body))
        } else {
            let after = retry_after(&headers);
            Err(ClientError::from_answer(status.as_u16(), after, &body))
        }
    }

    /// Sends it and reads what the envelope holds.
    pub async fn data<T: DeserializeOwned>(self) -> Result<T, ClientError> {
        self.answer().await.map(|answer| answer.data)
    }

    /// Sends it; whatever comes back is of no interest unless it is an error.
    pub async fn done(self) -> Result<(), ClientError> {
        self.answer::<serde::de::IgnoredAny>().await.map(|_| ())
    }
}

pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
