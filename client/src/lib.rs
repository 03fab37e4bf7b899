//! A typed, asynchronous client of a Sentinal Chat server: REST and WebSocket.
//!
//! [`Client`] signs in, keeps the tokens (all clones share them) and has one function per REST
//! operation. [`Client::connect`] opens a [`Socket`], which stays up by itself: it reconnects with
//! growing, jittered pauses, renews the token, acknowledges what was handled, drops what comes twice
//! and notices what is missing. [`RawSocket`] does none of this; it is for tests and tools that
//! want to see, or to send, exactly what is on the wire.
//!
//! ```no_run
//! # async fn example() -> Result<(), sentinal_client::ClientError> {
//! use sentinal_client::{Client, SocketOptions};
//!
//! let client = Client::new("http://127.0.0.1:8080")?;
//! client.sign_in("alice", "correct horse", "laptop").await?;
//! let mut socket = client.connect(SocketOptions::default()).await?;
//! while let Some(frame) = socket.next_frame().await {
//!     println!("{} at {}", frame.event.name(), frame.timestamp);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Encryption is the caller's: this library carries ciphertext and keys, and never logs either.

mod error;
mod rest;
mod socket;

pub use error::ClientError;
pub use rest::{Call, Client, ClientOptions, Exchange, Login, Observer, Resent};
pub use sentinal_protocol as protocol;
pub use socket::{
    Acknowledge, Authenticate, Backoff, Ended, Next, Positions, RawFrame, RawReader, RawSocket,
    RawWriter, Resume, Socket, SocketEvent, SocketOptions, SocketSender, Span, Verdict,
};
