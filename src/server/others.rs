//! Other servers on the same PostgreSQL: without Redis they are not connected, which is said.

use std::time::Duration;

use sentinal_app::App;

/// The first look: by then every process that lives has said so, and one that died a moment before this
/// one started has been silent for the 10 s after which it counts as dead.
const FIRST_LOOK_AFTER: Duration = Duration::from_secs(14);
/// Later looks, for servers that are started later.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Looks for other servers, as long as this one runs, and warns of them.
pub(super) async fn watch(app: App) {
    let mut warned = false;
    let mut pause = FIRST_LOOK_AFTER;
    loop {
        tokio::time::sleep(pause).await;
        warn(app.other_nodes(), &mut warned);
        pause = LOOK_EVERY;
    }
}

/// Says it once when there are some, and once when there are none any more.
fn warn(others: usize, warned: &mut bool) {
    tracing::debug!(others, "looked for other servers");
    if others > 0 && !*warned {
        tracing::warn!(
            others,
            "this server is one of several on its database, and without Redis they are not connected: \
             what is sent through another one reaches people here late (up to 30 s), presence, \
             typing and calls do not reach them at all, and rate limits count per server: \
             set REDIS_URL on all of them"
        );
    } else if others == 0 && *warned {
        tracing::info!("this server is alone on its database again");
    }
    *warned = others > 0;
}
