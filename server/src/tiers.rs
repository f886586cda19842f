//! `andon tiers`: how the tiers of wide windows stand, whether they are what the rows give, and building them anew.

use crate::cli::say;
use crate::command::{Failure, with_database};
use crate::settings::Settings;
use clap::{Args, Subcommand};
use domain::bucket::Bucket;
use domain::{SeriesId, duration};
use std::time::Duration;
use store::{Difference, Store, Target, Tenant, TierStatus, Verified, Writing};

/// What to do with the tiers.
#[derive(Clone, Debug, Subcommand)]
pub enum TiersCommand {
    /// Prints a table: what each series has, how far it reaches, when it was last checked.
    #[command(after_help = "Example: andon tiers status --tenant default")]
    Status(Which),
    /// Computes the tiers from the rows again and compares. Ends with 1 and says what differs where anything does.
    #[command(after_help = "Example: andon tiers verify --series CM_PRESSURE/Output")]
    Verify(Which),
    /// Forgets the tiers of tables and builds them anew. Until they are, windows are read from the rows.
    #[command(after_help = "Example: andon tiers rebuild --series CM_PRESSURE/Output")]
    Rebuild(Which),
}

/// Which series; all of them where nothing is said.
#[derive(Clone, Debug, Args)]
pub struct Which {
    /// Name of the tenant in addresses.
    #[arg(long)]
    tenant: Option<String>,
    /// Name of the series in addresses.
    #[arg(long)]
    series: Option<String>,
}

/// Runs a command to its end.
pub async fn run(settings: Settings, command: &TiersCommand) -> Result<(), Failure> {
    with_database(settings, async |settings, target| of_store(settings.store, target, command).await).await
}

async fn of_store(settings: store::Settings, target: Target, command: &TiersCommand) -> Result<(), Failure> {
    let store = Store::new(settings);
    let supervisor = tokio::spawn(store.clone().supervise());
    store.connect(target.clone());
    if !store.wait_until_up(Duration::from_secs(10)).await {
        return Err(format!("{target} does not answer; look whether it runs and whether the settings name it rightly").into());
    }
    if !matches!(store.writing(), Writing::Ready) {
        return Err(format!(
            "{target}: Andon's tables cannot be written by this role, so there are no tiers; run `andon migrate` as one that may"
        )
        .into());
    }
    let done = of_tenants(&store, command).await;
    supervisor.abort();
    done
}

async fn of_tenants(store: &Store, command: &TiersCommand) -> Result<(), Failure> {
    let (TiersCommand::Status(which) | TiersCommand::Verify(which) | TiersCommand::Rebuild(which)) = command;
    let tenants: Vec<Tenant> = match &which.tenant {
        None => store.tenants().collect(),
        Some(name) => vec![store.tenant(name).ok_or_else(|| format!("there is no tenant `{name}`; the configuration names them"))?],
    };
    let series = which.series.as_ref().and_then(|name| SeriesId::new(name.as_str()));
    let (mut found, mut different) = (false, 0);
    for tenant in &tenants {
        let states = store.tier_status(tenant, series.as_ref()).await?;
        if states.is_empty() {
            continue;
        }
        found = true;
        match command {
            TiersCommand::Status(_) => say(&table(tenant, &states)),
            TiersCommand::Verify(_) => {
                for verified in store.verify_tiers(tenant, series.as_ref()).await? {
                    different += verified.different;
                    say(&report(tenant, &verified));
                }
            }
            TiersCommand::Rebuild(_) => {
                for series in store.rebuild_tiers(tenant, series.as_ref(), app::clock::now()).await? {
                    say(&format!("{}/{series}: rebuilt", tenant.id()));
                }
            }
        }
    }
    match (&which.series, found, different) {
        (Some(name), false, _) => Err(format!("there is no series `{name}`; `andon tiers status` lists them").into()),
        (None, false, _) => {
            say("There are no series: no table of the shape (time, value) was found, and the configuration names none.");
            Ok(())
        }
        (_, _, 0) => Ok(()),
        (_, _, different) => {
            Err(format!("{different} buckets are not what the rows give; `andon tiers rebuild` computes them anew").into())
        }
    }
}

/// One line a series, its columns as wide as their widest entry.
fn table(tenant: &Tenant, states: &[TierStatus]) -> String {
    let heads = ["series", "tiers", "rows", "of about", "complete until", "checked since"].map(str::to_owned);
    let instant = |time: Option<domain::Timestamp>| time.map_or_else(|| "-".to_owned(), domain::Timestamp::rfc3339);
    let line = |status: &TierStatus| {
        let words = match &status.detail {
            Some(detail) => format!("{}: {detail}", status.state.words()),
            None => status.state.words().to_owned(),
        };
        let series = format!("{}/{}", tenant.id(), status.series);
        let count = |rows: u64| if rows == 0 { "-".to_owned() } else { rows.to_string() };
        [series, words, count(status.rows_done), count(status.rows_expected), instant(status.tiered_before), instant(status.checked)]
    };
    let lines: Vec<[String; 6]> = std::iter::once(heads).chain(states.iter().map(line)).collect();
    let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(|text| text.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    let padded = |line: &[String; 6]| {
        let texts: Vec<String> = line.iter().zip(&widths).map(|(text, width)| format!("{text:<width$}")).collect();
        texts.join("  ").trim_end().to_owned()
    };
    lines.iter().map(padded).collect::<Vec<_>>().join("\n")
}

fn report(tenant: &Tenant, verified: &Verified) -> String {
    let Verified { series, rows, buckets, different, listed } = verified;
    let mut text = format!("{}/{series}: {rows} rows, {buckets} buckets compared, {different} differ", tenant.id());
    for Difference { width_us, start, stored, computed } in listed {
        let told = |bucket: &Option<Bucket>| match bucket {
            None => "nothing".to_owned(),
            Some(b) => format!("{} samples, {} gaps, {} to {}", b.count, b.gaps, b.min.value, b.max.value),
        };
        text +=
            &format!("\n  {} at {}: stored {}, rows give {}", duration::write(*width_us), start.rfc3339(), told(stored), told(computed));
    }
    text
}
