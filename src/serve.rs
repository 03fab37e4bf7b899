//! `sentinal-chat serve`: one server in a process of its own, from its start to a signal.

use std::error::Error as StdError;
use std::process;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use sentinal_app::App;
use tokio::sync::oneshot;

use crate::config::Config;
use crate::log;
use crate::server::{self, STOP_DEADLINE, Server};
use crate::signals::Signals;
use crate::supervisor::Supervisor;

/// Serves until a signal says that it is enough, and ends within the time that a supervisor grants.
pub async fn serve(config: &Config) -> Result<(), Box<dyn StdError>> {
    let mut signals = Signals::catch()?;
    let supervisor = Rc::new(Supervisor::from_environment());
    server::raise_limit();
    let server = tokio::select! {
        started = Server::start(config) => started?,
        signal = signals.next() => {
            // A migration that is interrupted takes nothing with it: it is one transaction.
            tracing::info!(signal, "ended before it served");
            return Ok(());
        }
    };
    supervisor.ready();
    if let Some(every) = supervisor.alive_every() {
        // Ends with the process: a server that drains lives, too.
        actix_rt::spawn(report_life(supervisor.clone(), server.app().clone(), every));
    }
    tokio::select! {
        signal = signals.next() => tracing::info!(signal, "told to end"),
        part = server.failed() => {
            // Nothing that was answered is lost: it is in the database.
            return Err(format!("the {part} has ended; the server cannot go on").into());
        }
    }
    supervisor.stopping();
    end_after(config.listen.drain_delay + STOP_DEADLINE);
    tokio::select! {
        stopped = server.stop() => Ok(stopped?),
        signal = signals.insisted() => {
            Err(format!("{signal}: ended at once, before everything was drained").into())
        }
    }
}

/// Tells the supervisor that the server lives, as long as each of its threads does something.
async fn report_life(supervisor: Rc<Supervisor>, app: App, every: Duration) {
    let mut look = actix_rt::time::interval(every);
    loop {
        look.tick().await;
        for (_, worker) in app.directory().workers() {
            let (done, doing) = oneshot::channel();
            worker.arbiter.spawn(async move {
                // Somebody waits for it, below.
                let _ = done.send(());
            });
            // A worker that hangs ends this here; one that is gone is not this one's business.
            let _ = doing.await;
        }
        supervisor.alive();
    }
}

/// Ends the process if it is still there after a time, whatever it waits for.
fn end_after(time: Duration) {
    let spawned = thread::Builder::new()
        .name("end".to_owned())
        .spawn(move || {
            thread::sleep(time);
            log::write_last("the server did not stop in time; ended as it is");
            log::flush();
            process::exit(1);
        });
    if let Err(error) = spawned {
        tracing::warn!(%error, "nothing will end this process but its own drain");
    }
}
