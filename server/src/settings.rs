//! Settings: flags win, then the environment, then the configuration file.

use crate::config::{self, Config, ConfigError};
use crate::ingest::settings::IngestSettings;
use crate::live::LiveSettings;
use crate::plant::FilePlant;
use clap::Args;
use domain::plant::Kind;
use domain::zone::{NotAZone, Zone};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use store::{BadTarget, Target};

/// Settings that the command line takes.
#[derive(Clone, Debug, Default, Args)]
pub struct Flags {
    /// Configuration file (ANDON_CONFIG).
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address to listen on (ANDON_LISTEN) [default: 0.0.0.0:8888].
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Where the embedded database and other state live (ANDON_DATA_DIR).
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The plant's time zone (ANDON_TIMEZONE) [default: UTC].
    #[arg(long, global = true, value_name = "ZONE")]
    timezone: Option<String>,
}

/// Everything a command needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where pages are served.
    pub listen: SocketAddr,
    /// The customer's database; `None` is the embedded one.
    pub target: Option<Target>,
    /// Directory of the embedded database.
    pub data_dir: PathBuf,
    /// Directory of the site: wasm, script, style.
    pub site_root: PathBuf,
    /// Tenants and series.
    pub store: store::Settings,
    /// What the configuration states about plants.
    pub plants: Vec<FilePlant>,
    /// The ways in.
    pub(crate) ingest: IngestSettings,
    /// Open sockets.
    pub(crate) live: LiveSettings,
}

/// What is wrong with a setting.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The database.
    #[error(transparent)]
    Target(#[from] BadTarget),
    /// The configuration file.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The zone.
    #[error("ANDON_TIMEZONE: {0}")]
    Zone(#[from] NotAZone),
    /// The address to listen on.
    #[error("ANDON_LISTEN is `{0}`; write an address and a port, for example 0.0.0.0:8888 or [::]:8888")]
    Listen(String),
    /// The schema.
    #[error("ANDON_SCHEMA is `{0}`; write the name of a schema of Andon's own, 1 to 63 letters, digits or _, not public")]
    Schema(String),
}

impl Settings {
    /// Gathers all settings. `variable` looks a name up in the environment.
    pub fn gather(flags: &Flags, variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let value = |name: &str| variable(name).map(|v| store::unquoted(&v).to_owned()).filter(|v| !v.is_empty());
        let mut config = match flags.config.clone().or_else(|| value("ANDON_CONFIG").map(PathBuf::from)) {
            Some(path) => config::read(&path)?,
            None => Config::default(),
        };
        let listen = flags.listen.clone().or_else(|| value("ANDON_LISTEN")).or_else(|| config.listen.clone());
        let listen = listen.unwrap_or_else(|| "0.0.0.0:8888".to_owned());
        let zone = flags.timezone.clone().or_else(|| value("ANDON_TIMEZONE")).or_else(|| config.timezone.clone());
        let zone: Zone = zone.map_or(Ok(Zone::UTC), |name| name.parse())?;
        let data_dir = flags.data_dir.clone().or_else(|| value("ANDON_DATA_DIR").map(PathBuf::from)).or_else(|| config.data_dir.clone());
        let target = match Target::from_environment(&variable)? {
            Some(target) => Some(target),
            None => config.database_url.as_deref().map(Target::from_url).transpose()?,
        };
        let schema = value("ANDON_SCHEMA").or_else(|| config.schema.clone()).unwrap_or_else(|| "andon".to_owned());
        let ways_in = config.ways_in();
        let live = config.live()?;
        let plants = config.plants();
        let data_dir = data_dir.unwrap_or_else(store::local::default_data_dir);
        let kept = ways_in.http.kept(&data_dir).map_err(ConfigError::from)?;
        let store = store::Settings { ingest: kept, ..config.store(zone, own_schema(schema)?)? };
        let ingest = IngestSettings::check(ways_in, &store.tenants).map_err(ConfigError::from)?;
        Ok(Self {
            listen: listen.parse().map_err(|_| SettingsError::Listen(listen.clone()))?,
            target,
            data_dir,
            site_root: value("LEPTOS_SITE_ROOT").map_or_else(site_beside_the_program, PathBuf::from),
            plants: plants.facts(&store.tenants).map_err(ConfigError::from)?,
            store,
            ingest,
            live,
        })
    }
}

fn own_schema(name: String) -> Result<String, SettingsError> {
    let allowed = (1..=63).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let reserved = name == "public" || name == "information_schema" || name.starts_with("pg_");
    if allowed && !reserved { Ok(name) } else { Err(SettingsError::Schema(name)) }
}

/// `dist/andon` finds `dist/site` wherever it is started.
fn site_beside_the_program() -> PathBuf {
    let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join("site")));
    beside.filter(|site| site.is_dir()).unwrap_or_else(|| PathBuf::from("target/site"))
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { listen, target, data_dir, site_root, store, plants, ingest, live } = self;
        writeln!(f, "listens on    {listen}")?;
        match target {
            Some(target) => writeln!(f, "database      {target}")?,
            None => writeln!(f, "database      embedded, in {}", data_dir.display())?,
        }
        writeln!(f, "own schema    {}", store.schema)?;
        writeln!(f, "live          other tables {}", if store.triggers { "tell of each statement by a trigger" } else { "are polled" })?;
        writeln!(f, "sockets       a sign of life every {:?}, closed after {:?} for one message", live.heartbeat, live.patience)?;
        writeln!(f, "site          {}", site_root.display())?;
        for tenant in &store.tenants {
            let found = if tenant.owns_found_tables { ", and every table found" } else { "" };
            let series = store.series.iter().filter(|s| s.tenant == tenant.id).count();
            writeln!(f, "tenant        {} ({}, {}): {series} series described{found}", tenant.id, tenant.name, tenant.zone.name())?;
        }
        for plant in plants {
            let count = |kind: Kind| plant.facts.iter().filter(|fact| fact.key().kind == kind).count();
            let counts: Vec<String> = Kind::ALL
                .into_iter()
                .map(|kind| (kind, count(kind)))
                .filter(|(_, count)| *count > 0)
                .map(|(kind, count)| format!("{count} {}{}", kind.word(), if count == 1 { "" } else { "s" }))
                .collect();
            writeln!(f, "plant         {}: {}", plant.tenant, counts.join(", "))?;
        }
        match store.ingest.retention {
            Some(retention) => {
                writeln!(f, "readings      older than {} days are dropped, a month at a time", retention.as_secs() / 86_400)?
            }
            None => writeln!(f, "readings      are kept for ever")?,
        }
        match &store.ingest.spill {
            Some(spill) => writeln!(f, "spills into   {}, at most {} bytes", spill.directory.display(), spill.limit_bytes)?,
            None => writeln!(f, "spills        nothing; sources wait while the database is away")?,
        }
        ingest.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gather(flags: Flags, pairs: &[(&str, &str)]) -> Result<Settings, String> {
        let variable = |name: &str| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        Settings::gather(&flags, variable).map_err(|e| e.to_string())
    }

    #[test]
    fn without_any_setting() {
        let settings = gather(Flags::default(), &[]).unwrap();
        assert_eq!(settings.listen.to_string(), "0.0.0.0:8888");
        assert!(settings.target.is_none());
        assert_eq!(settings.store.tenants.len(), 1);
        assert!(settings.store.tenants[0].owns_found_tables);
    }

    #[test]
    fn flags_win_then_environment_then_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "listen = \"127.0.0.1:1\"\ntimezone = \"Europe/Berlin\"\nschema = \"own\"").unwrap();
        let flags = Flags { config: Some(file.path().to_owned()), listen: Some("127.0.0.1:3".into()), ..Flags::default() };
        let environment = [("ANDON_LISTEN", "127.0.0.1:2"), ("ANDON_TIMEZONE", "\"Asia/Tokyo\"")];
        let settings = gather(flags.clone(), &environment).unwrap();
        assert_eq!(settings.listen.port(), 3);
        assert_eq!(settings.store.tenants[0].zone.name(), "Asia/Tokyo");
        assert_eq!(settings.store.schema, "own");
        let settings = gather(Flags { listen: None, ..flags.clone() }, &environment).unwrap();
        assert_eq!(settings.listen.port(), 2);
        assert_eq!(gather(Flags { listen: None, ..flags }, &[]).unwrap().listen.port(), 1);
    }

    #[test]
    fn readings_are_kept_for_ever_unless_the_file_says_otherwise() {
        let kept = |text: &str| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text).unwrap();
            let flags = Flags { config: Some(file.path().to_owned()), data_dir: Some("/plant".into()), ..Flags::default() };
            gather(flags, &[]).map(|settings| settings.store.ingest)
        };
        let nothing = kept("").unwrap();
        assert_eq!((nothing.retention, nothing.spill.clone().unwrap().limit_bytes), (None, 1 << 30));
        assert_eq!(nothing.spill.unwrap().directory, PathBuf::from("/plant/spill"));
        let days = |text: &str| kept(text).unwrap().retention.unwrap().as_secs() / 86_400;
        assert_eq!((days("[ingest]\nretention = \"5y\""), days("[ingest]\nretention = \"90d\"")), (5 * 366, 90));
        let quarantine = |text: &str| kept(text).unwrap().quarantine.longest.as_secs() / 86_400;
        assert_eq!((quarantine(""), quarantine("[ingest]\nquarantine = \"7d\"")), (30, 7));
        assert!(kept("[ingest]\nquarantine = \"0d\"").unwrap_err().contains("[ingest] quarantine"));
        assert_eq!(kept("[ingest]\nspill_bytes = 0").unwrap().spill, None);
        for wrong in ["0y", "y", "5", "-1d", "long"] {
            let error = kept(&format!("[ingest]\nretention = \"{wrong}\"")).unwrap_err();
            assert!(error.contains("[ingest] retention") && error.contains("leave it out to keep"), "{wrong}: {error}");
        }
    }

    #[test]
    fn wrong_settings_are_named_with_their_mend() {
        for (name, value, sentence) in [
            ("ANDON_LISTEN", "8888", "ANDON_LISTEN is `8888`; write an address and a port"),
            ("ANDON_TIMEZONE", "Berlin", "ANDON_TIMEZONE: `Berlin` is no time zone"),
            ("ANDON_SCHEMA", "public", "ANDON_SCHEMA is `public`"),
            ("DATABASE_URL", "mysql://x", "DATABASE_URL cannot be read"),
            ("POSTGRES_HOST", "db", "POSTGRES_PORT, POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB are not set"),
            ("ANDON_CONFIG", "/nowhere/plant.toml", "/nowhere/plant.toml"),
        ] {
            let error = gather(Flags::default(), &[(name, value)]).unwrap_err();
            assert!(error.contains(sentence), "{name}: {error}");
        }
    }
}
