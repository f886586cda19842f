//! `[[machine_source]]`: where a machine tells of itself.

use crate::ingest::settings::{BadEntry, tenant_of};
use crate::ingest::tls::Trust;
use domain::machine::Keys;
use domain::{MachineId, TenantId, duration};
use serde::Deserialize;
use std::fmt;
use std::path::PathBuf;
use store::TenantSettings;

/// How far signs of life lie apart that are kept, where nothing is configured.
pub const ALIVE_US: i64 = 10_000_000;
/// Port of an adapter, by the agent's documentation.
const ADAPTER_PORT: u16 = 7878;
/// Port of an agent.
const AGENT_PORT: u16 = 5000;

/// As written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    machine: String,
    tenant: Option<TenantId>,
    adapter: Option<String>,
    agent: Option<String>,
    device: Option<String>,
    alive: Option<String>,
    ca_file: Option<PathBuf>,
    #[serde(default)]
    keys: Keys,
}

/// A machine, and where it tells of itself.
#[derive(Clone, Debug)]
pub struct MachineSource {
    /// Whose machine it is.
    pub tenant: TenantId,
    /// Which.
    pub machine: MachineId,
    /// Where.
    pub way: Way,
    /// Where one source speaks for several devices, the one that is meant.
    pub device: Option<String>,
    /// How far signs of life lie apart that are kept.
    pub alive_us: i64,
    /// Which items say what.
    pub keys: Keys,
}

/// How a machine is listened to.
#[derive(Clone, Debug)]
pub enum Way {
    /// SHDR over TCP.
    Adapter(Address),
    /// An MTConnect agent over HTTP.
    Agent(Address),
}

/// A place in the plant's network.
#[derive(Clone, Debug)]
pub struct Address {
    /// As written.
    pub url: String,
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Of an agent, the path to its device, without a slash at the end.
    pub path: String,
    /// Of an agent, who vouches for it, where the way to it is encrypted.
    pub trust: Option<Trust>,
}

impl SourceConfig {
    /// What a message about this entry calls it.
    pub fn place(&self) -> String {
        format!("machine_source `{}`", self.machine)
    }

    /// Checks the entry.
    pub fn settings(self, tenants: &[TenantSettings]) -> Result<MachineSource, BadEntry> {
        let Self { machine, tenant, adapter, agent, device, alive, ca_file, keys } = self;
        let machine: MachineId = machine.parse().map_err(|error: domain::machine::NotAMachineId| source(error.to_string()))?;
        let tenant = tenant_of(tenant, tenants)?;
        if tenant.view.is_some() {
            return Err(source(format!("tenant `{}` looks at machines of another one; name the tenant whose machine it is", tenant.id)));
        }
        let tenant = tenant.id.clone();
        let mut way = match (adapter, agent) {
            (Some(url), None) => Way::Adapter(Address::parse(url, &["shdr"], ADAPTER_PORT, "adapter = \"shdr://host:7878\"")?),
            (None, Some(url)) => Way::Agent(Address::parse(url, &["http", "https"], AGENT_PORT, "agent = \"http://host:5000/device\"")?),
            _ => return Err(source("write where it tells of itself: adapter = \"shdr://host:7878\", or agent = \"http://host:5000\"")),
        };
        if matches!(way, Way::Agent(_)) && device.is_some() {
            return Err(source("device is for adapters; the device of an agent stands in its address: http://host:5000/device"));
        }
        if let Some(path) = ca_file {
            let Way::Agent(Address { trust: Some(trust), .. }) = &mut way else {
                return Err(source("ca_file needs an encrypted connection: agent = \"https://host:5000/device\""));
            };
            let pem = std::fs::read(&path).map_err(|error| source(format!("cannot read {}: {error}", path.display())))?;
            *trust = Trust::of_file(&pem).map_err(|error| source(format!("{}: {error}", path.display())))?;
        }
        if keys.state.0.is_empty() && keys.all().next().is_none() {
            return Err(source("its keys are all empty, so nothing would be known of it; leave keys out for the usual ones"));
        }
        let alive_us = alive.map_or(Ok(ALIVE_US), |text| duration::parse(&text)).map_err(|error| source(format!("alive: {error}")))?;
        Ok(MachineSource { tenant, machine, way, device, alive_us, keys })
    }
}

fn source(text: impl Into<String>) -> BadEntry {
    BadEntry::Machine(text.into())
}

impl Address {
    /// The first of the schemes is meant where none is written.
    fn parse(url: String, schemes: &[&str], port: u16, form: &str) -> Result<Self, BadEntry> {
        let refused = || source(format!("`{url}` is not of the form {form}"));
        let usual = schemes.first().copied().unwrap_or_default();
        let whole = if url.contains("://") { url.clone() } else { format!("{usual}://{url}") };
        let uri: http::Uri = whole.parse().map_err(|_| refused())?;
        let scheme = uri.scheme_str().filter(|scheme| schemes.contains(scheme)).ok_or_else(refused)?;
        let authority = uri.authority().ok_or_else(refused)?;
        let path = uri.path().trim_end_matches('/').to_owned();
        if authority.host().is_empty()
            || authority.as_str().contains('@')
            || uri.query().is_some()
            || (scheme == "shdr" && !path.is_empty())
        {
            return Err(refused());
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let trust = (scheme == "https").then_some(Trust::Machine);
        Ok(Self { port: authority.port_u16().unwrap_or(port), host, path, trust, url })
    }
}

impl fmt::Display for MachineSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tenant, machine, way, .. } = self;
        let (Way::Adapter(address) | Way::Agent(address)) = way;
        let kind = if matches!(way, Way::Agent(_)) { "agent" } else { "adapter" };
        write!(f, "{kind} {}, machine {machine} of {tenant}", address.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::zone::Zone;

    fn check(text: &str) -> Result<MachineSource, String> {
        let text = if text.contains("tenant") { text.to_owned() } else { format!("tenant = \"default\"\n{text}") };
        let config: SourceConfig = toml::from_str(&text).map_err(|e| e.to_string())?;
        let mut tenants = store::Settings::without_configuration(Zone::UTC).tenants;
        let view = store::ViewSettings { of: tenants[0].id.clone(), customer: "Acme".into() };
        tenants.push(TenantSettings { id: "acme".parse().unwrap(), view: Some(view), ..tenants[0].clone() });
        config.settings(&tenants).map_err(|e| e.to_string())
    }

    #[test]
    fn addresses_of_both_kinds() {
        let source = check("machine = \"Mill 1\"\nadapter = \"10.0.0.5\"\ndevice = \"mill\"\nkeys = { state = \"exec\" }").unwrap();
        let Way::Adapter(address) = &source.way else { panic!("{source:?}") };
        assert_eq!((address.host.as_str(), address.port, source.keys.state.0[0].as_str()), ("10.0.0.5", 7878, "exec"));
        assert_eq!(source.to_string(), "adapter 10.0.0.5, machine Mill 1 of default");
        let source = check("machine = \"m\"\nagent = \"http://[::1]:5001/VMC-3Axis/\"\nalive = \"1m\"").unwrap();
        let Way::Agent(address) = &source.way else { panic!("{source:?}") };
        assert_eq!((address.host.as_str(), address.port, address.path.as_str()), ("::1", 5001, "/VMC-3Axis"));
        assert_eq!((source.alive_us, source.keys), (60_000_000, Keys::default()));
        assert!(address.trust.is_none());
        let source = check("machine = \"m\"\nagent = \"https://agent.plant/VMC\"").unwrap();
        let Way::Agent(address) = &source.way else { panic!("{source:?}") };
        assert_eq!((address.port, address.trust.as_ref().map(Trust::is_own)), (5_000, Some(false)));
    }

    #[test]
    fn mistakes_are_named_with_their_mend() {
        for (text, sentence) in [
            ("machine = \"m\"", "write where it tells of itself"),
            ("machine = \"m\"\nadapter = \"a\"\nagent = \"b\"", "write where it tells of itself"),
            ("machine = \" m\"\nadapter = \"a\"", "cannot name a machine"),
            ("machine = \"m\"\nagent = \"ftp://a\"", "not of the form agent = \"http://host:5000/device\""),
            ("machine = \"m\"\nagent = \"http://a\"\nca_file = \"x\"", "ca_file needs an encrypted connection"),
            ("machine = \"m\"\nadapter = \"a\"\nca_file = \"x\"", "ca_file needs an encrypted connection"),
            ("machine = \"m\"\nagent = \"https://a\"\nca_file = \"/nowhere.pem\"", "cannot read /nowhere.pem"),
            ("machine = \"m\"\nagent = \"https://a\"\nca_file = \"Cargo.toml\"", "Cargo.toml: there is no certificate in it"),
            ("machine = \"m\"\nadapter = \"http://a\"", "not of the form adapter = \"shdr://host:7878\""),
            ("machine = \"m\"\nagent = \"http://a\"\ndevice = \"d\"", "device is for adapters"),
            ("machine = \"m\"\nadapter = \"a\"\nalive = \"5\"", "alive: `5` is not a length of time"),
            ("machine = \"m\"\nadapter = \"a\"\ntenant = \"z\"", "there is no tenant `z`"),
            ("machine = \"m\"\nadapter = \"a\"\ntenant = \"acme\"", "tenant `acme` looks at machines of another one"),
            ("machine = \"m\"\nadapter = \"a\"\nkeys = { stat = \"x\" }", "unknown field `stat`"),
        ] {
            let error = check(text).unwrap_err();
            assert!(error.contains(sentence), "{text}: {error}");
        }
    }
}
