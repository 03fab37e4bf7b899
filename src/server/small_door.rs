//! A door for the few: it serves an app on one thread, each connection for one request.
//!
//! The workers' door is for the public. This one answers while there are no workers yet
//! ([`super::starting`]), and those who run the server ([`super::operator`]).

use std::time::Duration;

use actix_http::{HttpService, KeepAlive};
use actix_rt::net::TcpStream;
use actix_service::{Service as _, ServiceFactory, map_config};
use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{AppConfig, ServiceRequest, ServiceResponse};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::workers::HEAD_DEADLINE;

/// Connections at once; more wait in the kernel. Those who ask are a supervisor, load balancers and
/// who collects figures.
const CONNECTIONS_MAX: usize = 256;
/// How long connections may take to end once the door is closed.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);
/// How long the door rests when a connection cannot be accepted: no descriptor is left.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// Serves `app` until `closing` says so; the requests that are there then are answered.
pub(super) async fn serve<F>(
    listener: TcpListener,
    app: actix_web::App<F>,
    mut closing: watch::Receiver<()>,
) where
    F: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<BoxBody>,
            Error = Error,
            InitError = (),
        > + 'static,
{
    let on_close = closing.clone();
    let factory = HttpService::<TcpStream, _, _>::build()
        .keep_alive(KeepAlive::Disabled)
        .client_request_timeout(HEAD_DEADLINE)
        .graceful_shutdown_signal(move || {
            let mut closing = on_close.clone();
            // An error says that nobody can close the door but by abandoning it.
            async move {
                let _ = closing.changed().await;
            }
        })
        .finish(map_config(app, |()| AppConfig::default()))
        .tcp();
    let Ok(service) = factory.new_service(()).await else {
        return;
    };
    let mut connections = JoinSet::new();
    loop {
        let room = connections.len() < CONNECTIONS_MAX;
        tokio::select! {
            accepted = listener.accept(), if room => match accepted {
                Ok((stream, _)) => {
                    let answered = service.call(stream);
                    connections.spawn_local(async move {
                        // A client that broke off has no need of an answer.
                        let _ = answered.await;
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    actix_rt::time::sleep(ACCEPT_AGAIN_AFTER).await;
                }
            },
            Some(_) = connections.join_next() => {}
            _ = closing.changed() => break,
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    // What is not answered by then is cut off with the set.
    let _ = tokio::time::timeout(CLOSE_WITHIN, ended).await;
}
