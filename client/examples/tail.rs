//! Signs in and prints everything that a device hears, one JSON object per line.
//!
//! `cargo run -p sentinal-client --example tail -- IDENTITY DEVICE_ID [http://127.0.0.1:8080]`
//!
//! The password comes from the variable `PASSWORD`. What was printed when the next event is
//! taken counts as received: the server will not send it to this device again.

use std::error::Error;
use std::io::Write as _;

use sentinal_client::{Client, SocketEvent, SocketOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(identity), Some(device_id)) = (arguments.next(), arguments.next()) else {
        return Err("usage: tail IDENTITY DEVICE_ID [BASE_URL], with PASSWORD set".into());
    };
    let base = arguments.next();
    let client = Client::new(base.as_deref().unwrap_or("http://127.0.0.1:8080"))?;
    let password = std::env::var("PASSWORD").map_err(|_| "the variable PASSWORD is not set")?;
    client.sign_in(&identity, &password, &device_id).await?;
    let mut socket = client.connect(SocketOptions::default()).await?;
    let mut out = std::io::stdout().lock();
    while let Some(event) = socket.next_event().await {
        match event {
            SocketEvent::Frame(frame) => {
                writeln!(out, "{}", serde_json::to_string(&frame)?)?;
                // Piped output is not flushed by lines.
                out.flush()?;
            }
            SocketEvent::Lost {
                conversation_id,
                from,
                to,
            } => eprintln!("lost revisions {from} to {to} of {conversation_id}"),
            SocketEvent::Disconnected { ended, pause } => {
                eprintln!("disconnected ({ended:?}), coming back: {pause:?}");
            }
        }
    }
    Ok(())
}
