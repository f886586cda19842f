//! The configuration file: tenants, and what is known of series beyond their tables.

use crate::ingest::machine::SourceConfig;
use crate::ingest::mqtt::BrokerConfig;
use crate::ingest::settings::{BadEntry, HttpConfig, WaysIn};
use crate::live::{LiveConfig, LiveSettings};
use crate::plant::{CalendarConfig, LineConfig, MachineConfig, OrderConfig, PlantConfig, ProductConfig, ReasonConfig, SiteConfig};
use domain::duration;
use domain::zone::Zone;
use domain::{Limits, TenantId};
use serde::Deserialize;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::{SeriesSettings, TenantSettings, ViewSettings};

/// The file as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub listen: Option<String>,
    pub database_url: Option<String>,
    pub data_dir: Option<PathBuf>,
    pub schema: Option<String>,
    pub timezone: Option<String>,
    statement_timeout: Option<String>,
    #[serde(default)]
    tenant: Vec<TenantConfig>,
    #[serde(default)]
    series: Vec<SeriesConfig>,
    #[serde(default)]
    ingest: HttpConfig,
    #[serde(default)]
    mqtt: Vec<BrokerConfig>,
    #[serde(default)]
    machine_source: Vec<SourceConfig>,
    #[serde(default)]
    site: Vec<SiteConfig>,
    #[serde(default)]
    line: Vec<LineConfig>,
    #[serde(default)]
    machine: Vec<MachineConfig>,
    #[serde(default)]
    reason: Vec<ReasonConfig>,
    #[serde(default)]
    product: Vec<ProductConfig>,
    #[serde(default)]
    calendar: Vec<CalendarConfig>,
    #[serde(default)]
    order: Vec<OrderConfig>,
    #[serde(default)]
    live: LiveConfig,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TenantConfig {
    id: TenantId,
    name: Option<String>,
    timezone: Option<String>,
    found_tables: Option<bool>,
    of: Option<TenantId>,
    customer: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeriesConfig {
    tenant: Option<TenantId>,
    id: Option<String>,
    #[serde(default = "public")]
    schema: String,
    table: String,
    #[serde(default = "time")]
    time: String,
    #[serde(default = "value")]
    value: String,
    name: Option<String>,
    unit: Option<String>,
    group: Option<String>,
    timezone: Option<String>,
    #[serde(default)]
    limits: Limits,
    gap: Option<String>,
}

fn public() -> String {
    "public".to_owned()
}

fn time() -> String {
    "time".to_owned()
}

fn value() -> String {
    "value".to_owned()
}

/// What is wrong with the file.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read the configuration {path}: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no TOML, or holds a name that Andon does not know.
    #[error("in the configuration {path}: {message}")]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Where and what.
        message: String,
    },
    /// A value that makes no sense.
    #[error("in the configuration, {place}: {message}")]
    Value {
        /// Which entry.
        place: String,
        /// What and how to mend it.
        message: String,
    },
}

/// Reads a file.
pub fn read(path: &Path) -> Result<Config, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    toml::from_str(&text).map_err(|error| ConfigError::Syntax { path: path.to_owned(), message: error.to_string().trim_end().to_owned() })
}

impl From<(String, String)> for ConfigError {
    fn from((place, message): (String, String)) -> Self {
        wrong(&place, message)
    }
}

impl From<(String, BadEntry)> for ConfigError {
    fn from((place, error): (String, BadEntry)) -> Self {
        wrong(&place, error)
    }
}

impl Config {
    /// What it says about the ways in; taken out of it.
    pub fn ways_in(&mut self) -> WaysIn {
        let machines = std::mem::take(&mut self.machine_source);
        WaysIn { http: std::mem::take(&mut self.ingest), brokers: std::mem::take(&mut self.mqtt), machines }
    }

    /// What it says about open sockets.
    pub fn live(&self) -> Result<LiveSettings, ConfigError> {
        self.live.settings().map_err(|(place, error)| wrong(&place, error))
    }

    /// What it says about plants; taken out of it.
    pub fn plants(&mut self) -> PlantConfig {
        use std::mem::take;
        PlantConfig {
            site: take(&mut self.site),
            line: take(&mut self.line),
            machine: take(&mut self.machine),
            reason: take(&mut self.reason),
            product: take(&mut self.product),
            calendar: take(&mut self.calendar),
            order: take(&mut self.order),
        }
    }

    /// Settings of the store; `zone` is the plant's.
    pub fn store(self, zone: Zone, schema: String) -> Result<store::Settings, ConfigError> {
        let Self { statement_timeout, tenant, series, live, .. } = self;
        let mut settings = store::Settings { schema, triggers: live.triggers, ..store::Settings::without_configuration(zone) };
        if let Some(text) = statement_timeout {
            let us = duration::parse(&text).map_err(|e| wrong("statement_timeout", e))?;
            settings.statement_timeout = Duration::from_micros(us.unsigned_abs());
        }
        let single = tenant.len() == 1;
        if !tenant.is_empty() {
            let tenants = tenant.into_iter().map(|tenant| tenant.settings(zone, single));
            settings.tenants = tenants.collect::<Result<_, _>>()?;
        }
        let ids: Vec<TenantId> = settings.tenants.iter().map(|t| t.id.clone()).collect();
        if let Some(twice) = first_twice(ids.iter()) {
            return Err(wrong(&format!("tenant `{twice}`"), "it stands there twice; remove one"));
        }
        for (id, view) in settings.tenants.iter().filter_map(|tenant| Some((&tenant.id, tenant.view.as_ref()?))) {
            let owner = settings.tenants.iter().find(|tenant| tenant.id == view.of).is_some_and(|owner| owner.view.is_none());
            if !owner {
                let message = format!("`of` names `{}`, which is no tenant with a plant of its own; name one that is", view.of);
                return Err(wrong(&format!("tenant `{id}`"), message));
            }
        }
        settings.series = series.into_iter().map(|series| series.settings(&ids)).collect::<Result<_, _>>()?;
        let named = settings.series.iter().filter_map(|s| Some((s.tenant.clone(), s.id.clone()?)));
        if let Some((_, id)) = first_twice(named) {
            return Err(wrong(&format!("series `{id}`"), "two series of one tenant have this id; rename one"));
        }
        Ok(settings)
    }
}

fn first_twice<T: Eq + std::hash::Hash + Clone>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let mut seen = HashSet::new();
    items.find(|item| !seen.insert(item.clone()))
}

fn wrong(place: &str, message: impl ToString) -> ConfigError {
    ConfigError::Value { place: place.to_owned(), message: message.to_string() }
}

fn zone_of(place: &str, name: Option<String>) -> Result<Option<Zone>, ConfigError> {
    name.map(|name| name.parse().map_err(|e| wrong(place, e))).transpose()
}

impl TenantConfig {
    fn settings(self, plant: Zone, single: bool) -> Result<TenantSettings, ConfigError> {
        let Self { id, name, timezone, found_tables, of, customer } = self;
        let zone = zone_of(&format!("tenant `{id}`"), timezone)?.unwrap_or(plant);
        let name = name.unwrap_or_else(|| id.to_string());
        let view = match (of, customer) {
            (Some(of), Some(customer)) => Some(ViewSettings { of, customer }),
            (None, None) => None,
            _ => {
                return Err(wrong(
                    &format!("tenant `{id}`"),
                    "a customer's view needs both: of = \"the builder's tenant\", customer = \"…\"",
                ));
            }
        };
        Ok(TenantSettings { id, name, zone, owns_found_tables: found_tables.unwrap_or(single), view })
    }
}

impl SeriesConfig {
    fn settings(self, tenants: &[TenantId]) -> Result<SeriesSettings, ConfigError> {
        let place = format!("series of table `{}`", self.table);
        let Self { tenant, id, schema, table, time, value, name, unit, group, timezone, limits, gap } = self;
        let tenant = match (tenant, tenants) {
            (Some(tenant), _) if tenants.contains(&tenant) => tenant,
            (Some(tenant), _) => {
                return Err(wrong(&place, format!("there is no tenant `{tenant}`; add [[tenant]] with this id, or name another")));
            }
            (None, [only]) => only.clone(),
            (None, _) => return Err(wrong(&place, "say which tenant owns it: tenant = \"…\"")),
        };
        if table.is_empty() || id.as_deref() == Some("") {
            return Err(wrong(&place, "table and id cannot be empty"));
        }
        if limits.low.zip(limits.high).is_some_and(|(low, high)| low > high) {
            return Err(wrong(&place, "the low limit is above the high one; swap them"));
        }
        let gap_limit_us = gap.map(|text| duration::parse(&text).map_err(|e| wrong(&place, e))).transpose()?;
        let zone = zone_of(&place, timezone)?;
        Ok(SeriesSettings {
            tenant,
            id,
            schema,
            table,
            time_column: time,
            value_column: value,
            name,
            unit,
            group,
            zone,
            limits,
            gap_limit_us,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(text: &str) -> Result<store::Settings, String> {
        let config: Config = toml::from_str(text).map_err(|e| e.to_string())?;
        config.live().map_err(|e| e.to_string())?;
        config.store(Zone::UTC, "andon".into()).map_err(|e| e.to_string())
    }

    #[test]
    fn a_whole_configuration() {
        let settings = store(
            r#"
            statement_timeout = "5s"
            [live]
            triggers = true
            heartbeat = "5s"
            [[tenant]]
            id = "acme"
            name = "Acme"
            timezone = "Europe/Berlin"
            [[series]]
            table = 'CM_HAM/"Temp"'
            id = "temp"
            unit = "°C"
            limits = { low = 36.9, high = 37.3 }
            gap = "1m"
            timezone = "Asia/Tokyo"
            "#,
        )
        .unwrap();
        assert_eq!(settings.statement_timeout, Duration::from_secs(5));
        assert!(settings.triggers && !store("").unwrap().triggers);
        assert_eq!(settings.tenants[0].zone.name(), "Europe/Berlin");
        assert!(settings.tenants[0].owns_found_tables);
        let series = &settings.series[0];
        assert_eq!((series.tenant.as_str(), series.schema.as_str(), series.time_column.as_str()), ("acme", "public", "time"));
        assert_eq!((series.gap_limit_us, series.limits.high), (Some(60_000_000), Some(37.3)));
    }

    #[test]
    fn mistakes_are_named_with_their_mend() {
        for (text, sentence) in [
            ("[live]\ntrigger = true", "unknown field `trigger`"),
            ("[live]\nheartbeat = \"5\"", "[live] heartbeat: `5` is not a length of time"),
            ("[live]\npatience = \"0s\"", "[live] patience: `0s` is not a length of time"),
            ("[[series]]\ntabel = \"x\"", "unknown field `tabel`"),
            ("[[tenant]]\nid = \"a b\"", "cannot name a tenant"),
            ("[[tenant]]\nid = \"a\"\n[[tenant]]\nid = \"a\"", "stands there twice"),
            ("[[tenant]]\nid = \"a\"\n[[tenant]]\nid = \"b\"\n[[series]]\ntable = \"t\"", "say which tenant owns it"),
            ("[[series]]\ntable = \"t\"\ntenant = \"z\"", "there is no tenant `z`"),
            ("[[series]]\ntable = \"t\"\nlimits = { low = 2, high = 1 }", "swap them"),
            ("[[series]]\ntable = \"t\"\ngap = \"5\"", "`5` is not a length of time"),
            ("[[series]]\ntable = \"t\"\ntimezone = \"CEST2\"", "no time zone"),
            ("[[series]]\ntable = \"t\"\nid = \"x\"\n[[series]]\ntable = \"u\"\nid = \"x\"", "rename one"),
        ] {
            let error = store(text).unwrap_err();
            assert!(error.contains(sentence), "{text}: {error}");
        }
    }
}
