//! What the configuration says about the ways in.

use super::machine::{MachineSource, SourceConfig};
use super::mqtt::{BrokerConfig, BrokerSettings};
use super::secret::{NoSecret, Secret};
use domain::civil::DAY_US;
use domain::{TenantId, duration};
use serde::Deserialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::{QuarantineSettings, SpillSettings, TenantSettings};

/// Bytes of a request where nothing is configured; Telegraf's default batch has some hundred thousand.
const MOST_BYTES: u64 = 64 << 20;
/// Bytes of the spill file where nothing is configured: some sixty million readings.
const SPILL_BYTES: u64 = 1 << 30;

/// `[ingest]` as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    #[serde(default)]
    anonymous: bool,
    max_body_bytes: Option<u64>,
    #[serde(default)]
    tokens: Vec<TokenConfig>,
    retention: Option<String>,
    quarantine: Option<String>,
    spill_bytes: Option<u64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenConfig {
    tenant: Option<TenantId>,
    token: Option<String>,
    token_file: Option<PathBuf>,
}

/// The sections of a configuration that are about the ways in.
#[derive(Clone, Debug, Default)]
pub struct WaysIn {
    /// `[ingest]`
    pub http: HttpConfig,
    /// `[[mqtt]]`
    pub brokers: Vec<BrokerConfig>,
    /// `[[machine_source]]`
    pub machines: Vec<SourceConfig>,
}

/// Everything about the ways in.
#[derive(Clone, Debug, Default)]
pub struct IngestSettings {
    /// Writing by HTTP.
    pub http: HttpSettings,
    /// Brokers to listen to.
    pub brokers: Vec<BrokerSettings>,
    /// Machines that tell of themselves.
    pub machines: Vec<MachineSource>,
}

/// Who may write by HTTP, and how much at once.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Writing without a token is allowed, to every tenant.
    pub anonymous: bool,
    /// Bytes of a request, unpacked.
    pub max_body_bytes: u64,
    /// Tokens, each for one tenant.
    pub tokens: Vec<(Secret, TenantId)>,
}

/// What is wrong with an entry.
#[derive(Debug, thiserror::Error)]
pub enum BadEntry {
    /// A tenant that is not there.
    #[error("there is no tenant `{0}`; add [[tenant]] with this id, or name another")]
    UnknownTenant(TenantId),
    /// Several could be meant.
    #[error("say which tenant its readings belong to: tenant = \"…\"")]
    WhichTenant,
    /// No length of time.
    #[error("`{0}` is not a length of time; write for example 90d, 52w or 5y, or leave it out to keep readings for ever")]
    Retention(String),
    /// No length of time for the quarantine.
    #[error("`{0}` is not a length of time; write for example 30d or 4w, or leave it out for 30 days")]
    Quarantine(String),
    /// Neither text nor file.
    #[error("give it a token, or a token_file whose first line is the token")]
    NoToken,
    /// Two entries with one token.
    #[error("two entries have the same token; give each its own")]
    SameToken,
    /// A secret.
    #[error(transparent)]
    Secret(#[from] NoSecret),
    /// Anything about a broker.
    #[error("{0}")]
    Broker(String),
    /// Anything about a machine's source.
    #[error("{0}")]
    Machine(String),
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self { anonymous: false, max_body_bytes: MOST_BYTES, tokens: Vec::new() }
    }
}

impl IngestSettings {
    /// Checks the sections against the tenants; the error names the entry.
    pub fn check(ways: WaysIn, tenants: &[TenantSettings]) -> Result<Self, (String, BadEntry)> {
        let WaysIn { http, brokers, machines } = ways;
        let http = http.settings(tenants).map_err(|error| ("[ingest] tokens".to_owned(), error))?;
        let broker = |broker: BrokerConfig| {
            let place = broker.place();
            broker.settings(tenants).map_err(|error| (place, error))
        };
        let brokers: Vec<BrokerSettings> = brokers.into_iter().map(broker).collect::<Result<_, _>>()?;
        for (n, one) in brokers.iter().enumerate() {
            if brokers.iter().skip(n + 1).any(|other| (&other.url, &other.client_id) == (&one.url, &one.client_id)) {
                let error = format!("two entries have the client_id `{}`; the broker would let only one of them in", one.client_id);
                return Err((format!("mqtt `{}`", one.url), BadEntry::Broker(error)));
            }
        }
        let source = |source: SourceConfig| {
            let place = source.place();
            source.settings(tenants).map_err(|error| (place, error))
        };
        let machines: Vec<MachineSource> = machines.into_iter().map(source).collect::<Result<_, _>>()?;
        for (n, one) in machines.iter().enumerate() {
            if machines.iter().skip(n + 1).any(|other| (&other.tenant, &other.machine) == (&one.tenant, &one.machine)) {
                let error = BadEntry::Machine("two entries are about this machine; its states have to come from one source".to_owned());
                return Err((format!("machine_source `{}`", one.machine), error));
            }
        }
        Ok(Self { http, brokers, machines })
    }
}

impl HttpConfig {
    /// How the store keeps readings: where they wait for the database, and for how long they stay.
    pub fn kept(&self, data_dir: &Path) -> Result<store::IngestSettings, (String, BadEntry)> {
        let retention = self.retention.as_deref().map(|text| length_of(text).ok_or_else(|| BadEntry::Retention(text.to_owned())));
        let retention = retention.transpose().map_err(|error| ("[ingest] retention".to_owned(), error))?;
        let mut quarantine = QuarantineSettings::default();
        if let Some(text) = &self.quarantine {
            let wrong = || ("[ingest] quarantine".to_owned(), BadEntry::Quarantine(text.clone()));
            quarantine.longest = length_of(text).ok_or_else(wrong)?;
        }
        let limit_bytes = self.spill_bytes.unwrap_or(SPILL_BYTES);
        let spill = (limit_bytes > 0).then(|| SpillSettings { directory: data_dir.join("spill"), limit_bytes });
        Ok(store::IngestSettings { retention, quarantine, spill })
    }

    fn settings(self, tenants: &[TenantSettings]) -> Result<HttpSettings, BadEntry> {
        let Self { anonymous, max_body_bytes, tokens, retention: _, quarantine: _, spill_bytes: _ } = self;
        let token = |TokenConfig { tenant, token, token_file }| {
            let secret = Secret::gather("token", token, token_file)?.ok_or(BadEntry::NoToken)?;
            Ok((secret, tenant_of(tenant, tenants)?.id.clone()))
        };
        let tokens: Vec<(Secret, TenantId)> = tokens.into_iter().map(token).collect::<Result<_, BadEntry>>()?;
        let same = tokens.iter().enumerate().any(|(n, (one, _))| tokens.iter().skip(n + 1).any(|(other, _)| one == other));
        if same {
            return Err(BadEntry::SameToken);
        }
        Ok(HttpSettings { anonymous, max_body_bytes: max_body_bytes.unwrap_or(MOST_BYTES), tokens })
    }
}

/// A length of time, also in years: leap years, so that nothing goes too early.
fn length_of(text: &str) -> Option<Duration> {
    let us = match text.trim().strip_suffix('y') {
        Some(years) => years.parse::<u32>().ok().filter(|years| *years > 0).map(|years| i64::from(years) * 366 * DAY_US),
        None => duration::parse(text).ok(),
    };
    us.map(|us| Duration::from_micros(us.unsigned_abs()))
}

/// The named tenant, or the only one.
pub fn tenant_of(named: Option<TenantId>, tenants: &[TenantSettings]) -> Result<&TenantSettings, BadEntry> {
    match (named, tenants) {
        (None, [only]) => Ok(only),
        (None, _) => Err(BadEntry::WhichTenant),
        (Some(id), _) => tenants.iter().find(|tenant| tenant.id == id).ok_or(BadEntry::UnknownTenant(id)),
    }
}

impl fmt::Display for IngestSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { http, brokers, machines } = self;
        match (http.anonymous, http.tokens.len()) {
            (true, _) => writeln!(f, "writing       by HTTP, for everybody who reaches the address")?,
            (false, 0) => writeln!(f, "writing       not by HTTP: no token is configured")?,
            (false, tokens) => writeln!(f, "writing       by HTTP with {tokens} token{}", if tokens == 1 { "" } else { "s" })?,
        }
        brokers.iter().try_for_each(|broker| writeln!(f, "listens to    {broker}"))?;
        machines.iter().try_for_each(|machine| writeln!(f, "listens to    {machine}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::zone::Zone;

    fn check(text: &str) -> Result<IngestSettings, String> {
        #[derive(Deserialize)]
        struct File {
            #[serde(default)]
            ingest: HttpConfig,
            #[serde(default)]
            mqtt: Vec<BrokerConfig>,
            #[serde(default)]
            machine_source: Vec<SourceConfig>,
        }
        let File { ingest: http, mqtt: brokers, machine_source: machines } = toml::from_str(text).map_err(|e| e.to_string())?;
        let mut tenants = store::Settings::without_configuration(Zone::UTC).tenants;
        tenants.push(TenantSettings { id: "acme".parse().unwrap(), ..tenants[0].clone() });
        IngestSettings::check(WaysIn { http, brokers, machines }, &tenants).map_err(|(place, error)| format!("{place}: {error}"))
    }

    #[test]
    fn nothing_is_open_that_was_not_opened() {
        let settings = check("").unwrap();
        assert!(!settings.http.anonymous && settings.http.tokens.is_empty() && settings.brokers.is_empty());
        assert!(settings.to_string().contains("not by HTTP"));
        let settings = check("[ingest]\ntokens = [{ tenant = \"acme\", token = \"geheim\" }]").unwrap();
        assert!(settings.to_string().contains("with 1 token\n") && !format!("{settings:?}{settings}").contains("geheim"));
    }

    #[test]
    fn mistakes_are_named_with_their_mend() {
        let broker = "[[mqtt]]\nurl = \"mqtt://h\"\ntenant = \"acme\"\nsparkplug = true\n";
        let machine = "[[machine_source]]\nmachine = \"m\"\ntenant = \"acme\"\nadapter = \"h\"\n";
        for (text, sentence) in [
            ("[ingest]\ntokens = [{ token = \"a\" }]".to_owned(), "[ingest] tokens: say which tenant"),
            ("[ingest]\ntokens = [{ tenant = \"acme\" }]".to_owned(), "give it a token"),
            ("[ingest]\ntokens = [{ tenant = \"z\", token = \"a\" }]".to_owned(), "there is no tenant `z`"),
            (
                "[ingest]\ntokens = [{ tenant = \"acme\", token = \"a\" }, { tenant = \"default\", token = \"a\" }]".to_owned(),
                "two entries have the same token",
            ),
            ("[ingest]\nanonymus = true".to_owned(), "unknown field `anonymus`"),
            (format!("{broker}{broker}"), "mqtt `mqtt://h`: two entries have the client_id `andon-acme`"),
            (format!("{machine}{machine}"), "machine_source `m`: two entries are about this machine"),
            (machine.replace("tenant = \"acme\"\n", ""), "machine_source `m`: say which tenant"),
            (broker.replace("tenant = \"acme\"\n", ""), "mqtt `mqtt://h`: say which tenant"),
        ] {
            let error = check(&text).unwrap_err();
            assert!(error.contains(sentence), "{text}: {error}");
        }
    }
}
