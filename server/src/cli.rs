//! The command line. Exit codes: 0; 2 wrong use or configuration; 1 anything else.

use crate::command::{Failure, with_database};
use crate::import::{CsvArgs, ShdrArgs, WrongUse, import_csv, import_shdr};
use crate::oee::{self, OeeArgs};
use crate::settings::{Flags, Settings, SettingsError};
use crate::simulate::{PlantArgs, simulate};
use crate::tiers::{self, TiersCommand};
use crate::{demo, plant, serve};
use clap::{Parser, Subcommand};
use std::io::Write;
use std::process::ExitCode;
use store::Store;

/// Andon: process trends and OEE of a plant, from Postgres to the screen.
#[derive(Debug, Parser)]
#[command(
    name = "andon",
    version,
    after_help = "Example: POSTGRES_HOST=db POSTGRES_PORT=5432 POSTGRES_USER=plant POSTGRES_PASSWORD=… POSTGRES_DB=plant andon serve\nWithout a database setting Andon keeps one of its own in ANDON_DATA_DIR."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    flags: Flags,
}

/// What to do; `serve` where nothing is said.
#[derive(Clone, Debug, Subcommand)]
enum Command {
    /// Serves the boards (the default).
    #[command(after_help = "Example: ANDON_CONFIG=plant.toml andon serve --listen 0.0.0.0:8888")]
    Serve,
    /// Serves a demo plant that goes on live: a bioreactor with six hours of history, twelve machines with three weeks. Touches no other
    /// database.
    #[command(after_help = "Example: andon demo --seed 7 --listen 127.0.0.1:8888")]
    Demo {
        /// Grows another plant; the same number grows the same one.
        #[arg(long, default_value_t = 1)]
        seed: i64,
    },
    /// Creates or extends Andon's own tables and ends.
    #[command(after_help = "Example: DATABASE_URL=postgres://owner@db/plant andon migrate")]
    Migrate,
    /// Shows, checks or rebuilds the tiers from which wide windows are read.
    #[command(subcommand)]
    Tiers(TiersCommand),
    /// Prints every time, count, ratio, interval and loss of a window of a machine.
    #[command(
        after_help = "Example: andon oee --tenant acme --machine mill-1 --from '2026-03-28 22:00' --to '2026-03-29 06:00' --json\nThe window holds its start and not its end. Null is n/a."
    )]
    Oee(OeeArgs),
    /// Reads settings and configuration, says what they mean and what a start would change in the plant, and ends.
    #[command(after_help = "Example: andon check-config --config plant.toml")]
    CheckConfig,
    /// Reads readings and machine logs from files; what was imported before is not imported again.
    #[command(subcommand, after_help = "Example: andon import csv --series boiler/temperature boiler.csv")]
    Import(Import),
    /// Plays devices that speak to another Andon.
    #[command(subcommand, after_help = "Example: ANDON_TOKEN=… andon simulate plant --url http://andon:8888 --hours 8")]
    Simulate(Simulate),
}

/// Who is played.
#[derive(Clone, Debug, Subcommand)]
enum Simulate {
    /// The machines of the demo plant. The other Andon must have machines of these ids, and a token for its tenant.
    #[command(
        after_help = "Example: ANDON_TOKEN=… andon simulate plant --url https://andon.example --ca-file plant.pem --hours 8\nExit codes: 0; 1 the other Andon refuses; 2 wrong use."
    )]
    Plant(PlantArgs),
}

/// What kind of file.
#[derive(Clone, Debug, Subcommand)]
enum Import {
    /// A table with a time and a value in each row, such as Andon's own exports.
    #[command(
        after_help = "Example: andon import csv --tenant acme --series boiler/temperature --zone Europe/Berlin --delimiter ';' boiler.csv.gz\nExit codes: 0; 1 lines that could not be read, or a failure; 2 wrong use."
    )]
    Csv(Box<CsvArgs>),
    /// The log of an MTConnect adapter: what a machine said, in the order of its lines.
    #[command(
        after_help = "Example: andon import shdr --tenant acme --machine Mazak01 Mazak01-20170622.txt.xz\nExit codes: 0; 1 lines that could not be read, or a failure; 2 wrong use."
    )]
    Shdr(Box<ShdrArgs>),
}

/// Runs a command line to its end.
pub async fn run(cli: Cli) -> ExitCode {
    let Cli { command, flags } = cli;
    let command = command.unwrap_or(Command::Serve);
    let settings = match Settings::gather(&flags, |name| std::env::var(name).ok()) {
        Ok(settings) => settings,
        Err(error) => return wrong_use(&error),
    };
    start_log();
    let result = match command {
        Command::Serve => serve::serve(settings).await,
        Command::Demo { seed } => demo::serve(settings, seed).await,
        Command::Migrate => migrate(settings).await,
        Command::Tiers(command) => tiers::run(settings, &command).await,
        Command::Oee(arguments) => oee::run(settings, arguments).await,
        Command::CheckConfig => {
            check_config(settings).await;
            Ok(())
        }
        Command::Simulate(Simulate::Plant(arguments)) => simulate(arguments).await,
        Command::Import(Import::Csv(arguments)) => import_csv(settings, *arguments).await,
        Command::Import(Import::Shdr(arguments)) => import_shdr(settings, *arguments).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&describe(error.as_ref()));
            if error.is::<WrongUse>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// An error with its causes, each once.
pub(crate) fn describe(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let said = next.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = next.source();
    }
    text
}

async fn migrate(settings: Settings) -> Result<(), Failure> {
    with_database(settings, async |settings, target| {
        let store = Store::new(settings.store);
        store.connect(target.clone());
        store.migrate().await?;
        say(&format!("{target}: Andon's tables are up to date"));
        Ok(())
    })
    .await
}

/// Says what the settings mean and, where the database that they name answers, what a start would change in the plant. That it does
/// not answer is no mistake of the configuration.
async fn check_config(settings: Settings) {
    say(settings.to_string().trim_end());
    let (Some(target), false) = (settings.target.clone(), settings.plants.is_empty()) else { return };
    let store = Store::new(settings.store);
    store.connect(target);
    // Not supervised: that would prepare tables, and nothing is written here.
    store.look().await;
    for line in plant::at_start(&store, &settings.plants).await {
        say(&line);
    }
}

fn start_log() {
    use tracing_subscriber::EnvFilter;
    crate::operations::start_counting();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_target(false).with_writer(std::io::stderr).try_init();
}

fn wrong_use(error: &SettingsError) -> ExitCode {
    complain(&error.to_string());
    ExitCode::from(2)
}

pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "error: {text}");
}
