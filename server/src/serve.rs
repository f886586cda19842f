//! `andon serve`: listens first, then looks for the database; ends within two seconds of a signal.

use crate::ingest::{machine, mqtt};
use crate::live::Sockets;
use crate::plant::TakingOver;
use crate::router::router;
use crate::settings::Settings;
use axum::serve::ListenerExt;
use std::error::Error;
use std::time::Duration;
use store::local::LocalPostgres;
use store::{Store, StoreError, Target};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long open answers may go on after a signal.
const LAST_WORDS: Duration = Duration::from_millis(800);

/// How long the last readings may take after that.
const LAST_FLUSH: Duration = Duration::from_millis(600);

type Failure = Box<dyn Error + Send + Sync>;

/// Serves until a signal.
pub async fn serve(settings: Settings) -> Result<(), Failure> {
    let listener = listen(&settings).await?;
    let store = Store::new(settings.store.clone());
    let supervisor = tokio::spawn(store.clone().supervise());
    let tiers = tokio::spawn(store.clone().keep_tiers());
    let triggers = tokio::spawn(store.clone().keep_triggers());
    let serving = run(listener, &settings, store.clone());
    let result = match settings.target.clone() {
        Some(target) => {
            store.connect(target);
            serving.await
        }
        None => {
            beside_local(&settings, serving, async |local| {
                store.connect(own_database(local, "andon").await?);
                std::future::pending().await
            })
            .await
        }
    };
    tiers.abort();
    triggers.abort();
    supervisor.abort();
    result
}

/// Takes the port, before anything slow.
pub(crate) async fn listen(settings: &Settings) -> Result<TcpListener, Failure> {
    let bound = TcpListener::bind(settings.listen).await;
    bound.map_err(|error| format!("cannot listen on {}: {error}; choose another address with ANDON_LISTEN", settings.listen).into())
}

/// Serves while the local Postgres runs and `with_database` works on it; stops it in the end.
pub(crate) async fn beside_local(
    settings: &Settings,
    serving: impl Future<Output = Result<(), Failure>>,
    with_database: impl AsyncFnOnce(&LocalPostgres) -> Result<(), Failure>,
) -> Result<(), Failure> {
    tokio::pin!(serving);
    let local = tokio::select! {
        local = LocalPostgres::start(&settings.data_dir) => local?,
        ended = &mut serving => return ended,
    };
    let result = tokio::select! {
        ended = with_database(&local) => ended,
        ended = &mut serving => ended,
    };
    local.stop().await?;
    result
}

/// A database of the local Postgres, created where it is not there.
pub(crate) async fn own_database(local: &LocalPostgres, name: &str) -> Result<Target, StoreError> {
    let target = Target::local(&local.connection(), name);
    store::demo::create_database(&target, name).await?;
    Ok(target)
}

/// Serves pages until a signal, then lets open answers end for a moment.
pub(crate) async fn run(listener: TcpListener, settings: &Settings, store: Store) -> Result<(), Failure> {
    let address = listener.local_addr()?;
    // From here on a signal is heard, also one that comes with the first connection.
    let signalled = end_signal()?;
    let sockets = Sockets::new(settings.live);
    let (taking, taken_over) = TakingOver::of(store.clone(), settings.plants.clone());
    let app = router(store.clone(), sockets.clone(), taking.clone(), address, &settings.site_root, settings.ingest.http.clone());
    // What an earlier run spilled goes on its way even when nobody writes.
    let ingest = store.ingest();
    let mut listening = listen_to_sources(settings, &store, &taking);
    listening.spawn(taken_over);
    // Neither axum nor hyper sets it, and without it a small answer waits for the one before to be acknowledged.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
    });
    tracing::info!("open http://{}", shown(address));
    let (ending, mut ended) = watch::channel(false);
    let open = sockets.clone();
    let graceful = axum::serve(listener, app).with_graceful_shutdown(async move {
        signalled.await;
        tracing::info!("ending");
        open.end();
        let _ = ending.send(true);
    });
    let served = tokio::select! {
        // axum waits for its connections; a socket is none of them any more.
        result = async { let result = graceful.into_future().await; sockets.ended().await; result } => result.map_err(Failure::from),
        () = async { let _ = ended.wait_for(|e| *e).await; tokio::time::sleep(LAST_WORDS).await } => {
            tracing::info!("open connections were closed");
            Ok(())
        }
    };
    drop(listening);
    // What does not become durable in time was not acknowledged; its sender has it still.
    let _ = tokio::time::timeout(LAST_FLUSH, ingest.stop()).await;
    served
}

/// Listens to the configured brokers and machines until the set is dropped.
fn listen_to_sources(settings: &Settings, store: &Store, taking: &TakingOver) -> JoinSet<()> {
    let mut listening = JoinSet::new();
    for broker in &settings.ingest.brokers {
        listening.spawn(mqtt::listen(broker.clone(), store.clone(), taking.clone()));
    }
    for source in &settings.ingest.machines {
        // A source adds the machine that it names where there is none: it must not come before the file that describes it.
        let (source, store, taking) = (source.clone(), store.clone(), taking.clone());
        listening.spawn(async move {
            taking.settled().await;
            machine::listen(source, store).await;
        });
    }
    listening
}

/// An address that a browser on this machine takes.
fn shown(address: std::net::SocketAddr) -> String {
    if address.ip().is_unspecified() { format!("localhost:{}", address.port()) } else { address.to_string() }
}

/// Hears signals from now on; resolves at the first that ends the server.
fn end_signal() -> std::io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
