//! Notices of other processes and of triggers: one connection listens as long as somebody asks for changes.
//!
//! While there is no such connection, before the first and between two, notices are lost, and Postgres keeps none. So once it
//! listens every series of our own counts as changed over all of time: readers look once more than they had to, and never
//! see less than there is.

use super::{Change, Notice, writes};
use crate::source::quoted;
use crate::{Store, StoreError, machines};
use domain::{SeriesId, TenantId, TimeRange};
use sqlx::postgres::{PgListener, PgPoolOptions};
use sqlx::{AssertSqlSafe, PgConnection, Row};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::timeout;

/// Pause between attempts to listen again; looking after the database is the supervisor's.
const PAUSE: Duration = Duration::from_secs(1);
/// After so much silence the connection is asked whether it is still there.
const QUIET: Duration = Duration::from_secs(20);

/// Names of series by tenant and number.
type Names = HashMap<(TenantId, i64), SeriesId>;

/// Listens for ever.
pub(super) async fn listen(store: Store) {
    loop {
        store.wait_until_up(Duration::from_secs(3_600)).await;
        if let Err(error) = until_lost(&store).await {
            tracing::debug!(%error, "changes of other processes are not heard");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn until_lost(store: &Store) -> Result<(), StoreError> {
    let Some(pools) = store.inner.pools.get() else { return Ok(()) };
    let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(pools.target.options());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    let tables = store.inner.settings.triggers.then_some(writes::CHANNEL);
    listener.listen_all([Notice::CHANNEL, machines::CHANNEL].into_iter().chain(tables)).await?;
    // Who followed a table before this connection was there may have missed something.
    store.inner.table_writes.heard_all();
    let mut names = Names::new();
    // From here on nothing is missed any more, so what is found now and heard later is everything.
    let learned = match learn(store, &mut names).await {
        Ok(()) => store.learn_ends().await,
        error => error,
    };
    match learned {
        // Without our tables, or the right to read them, there is nothing that could have changed.
        Ok(()) | Err(StoreError::Gone(_) | StoreError::Denied(_)) => {}
        Err(error) => return Err(error),
    }
    for change in everything(&names) {
        let _ = store.inner.changes.send(change);
    }
    store.suspect_all_machines();
    loop {
        let notification = match timeout(QUIET, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => notification,
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) => return Err(error.into()),
            // A connection that a network has swallowed stays silent for ever.
            Err(_) => {
                let asked = timeout(QUIET, sqlx::query("SELECT 1").execute(&mut listener)).await;
                asked.map_err(|_| StoreError::Unavailable("no answer to the listener".to_owned()))??;
                continue;
            }
        };
        if notification.channel() == writes::CHANNEL {
            store.inner.table_writes.heard(notification.payload());
            continue;
        }
        if notification.channel() == machines::CHANNEL {
            store.hear_machine_notice(notification.payload());
            continue;
        }
        let Some(heard) = Notice::of(store).heard(notification.payload()) else { continue };
        if heard.series.iter().any(|(id, _)| !names.contains_key(&(heard.tenant.clone(), *id))) {
            learn(store, &mut names).await?;
            store.forget_catalog();
        }
        let named = heard.series.into_iter().filter_map(|(id, range)| Some((names.get(&(heard.tenant.clone(), id))?.clone(), range)));
        let change = Change { series: named.collect(), tenant: heard.tenant.clone() };
        let _ = store.inner.changes.send(change);
    }
}

fn everything(names: &Names) -> Vec<Change> {
    let mut tenants: HashMap<&TenantId, Vec<(SeriesId, TimeRange)>> = HashMap::new();
    for ((tenant, _), name) in names {
        tenants.entry(tenant).or_default().push((name.clone(), TimeRange::ALL));
    }
    tenants.into_iter().map(|(tenant, series)| Change { tenant: tenant.clone(), series }).collect()
}

async fn learn(store: &Store, names: &mut Names) -> Result<(), StoreError> {
    let mut connection: PgConnection = store.writer().await?;
    let sql = format!("SELECT tenant_id, series_id, name FROM {}.series WHERE $1", quoted(&store.inner.settings.schema));
    for row in sqlx::query(AssertSqlSafe(sql)).bind(true).fetch_all(&mut connection).await? {
        let (tenant, id, name): (String, i64, String) = (row.try_get("tenant_id")?, row.try_get("series_id")?, row.try_get("name")?);
        if let Ok(tenant) = tenant.parse() {
            names.insert((tenant, id), SeriesId::table(&name));
        }
    }
    Ok(())
}
