//! `[[mqtt]]`: a broker, and what its topics mean.

use super::machine::{MachineConfig, MachineRule};
use super::message::Rule;
use super::rule::{Filter, Template};
use crate::ingest::secret::Secret;
use crate::ingest::settings::{BadEntry, tenant_of};
use domain::TenantId;
use domain::zone::Zone;
use serde::Deserialize;
use std::fmt;
use std::path::PathBuf;
use store::TenantSettings;

/// As written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerConfig {
    url: String,
    client_id: Option<String>,
    username: Option<String>,
    password: Option<String>,
    password_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    tenant: Option<TenantId>,
    #[serde(default = "at_least_once")]
    qos: u8,
    #[serde(default)]
    sparkplug: bool,
    #[serde(default)]
    topic: Vec<TopicConfig>,
    #[serde(default)]
    machine: Vec<MachineConfig>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicConfig {
    filter: String,
    series: Option<String>,
    value: Option<String>,
    time: Option<String>,
    time_format: Option<String>,
}

fn at_least_once() -> u8 {
    1
}

/// A broker to listen to.
#[derive(Clone, Debug)]
pub struct BrokerSettings {
    /// As written; holds no password.
    pub url: String,
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Encrypted; the certificates that vouch for the broker, the machine's where `None`.
    pub tls: Option<Option<Vec<u8>>>,
    /// The session's name at the broker.
    pub client_id: String,
    /// Who we are.
    pub login: Option<(String, Option<Secret>)>,
    /// Whose readings they are.
    pub tenant: TenantId,
    /// Zone of wall times.
    pub zone: Zone,
    /// 0: at most once; 1: at least once.
    pub qos: u8,
    /// Sparkplug B is spoken.
    pub sparkplug: bool,
    /// Other topics.
    pub rules: Vec<Rule>,
    /// Topics and nodes that tell of machines.
    pub machines: Vec<MachineRule>,
}

impl BrokerConfig {
    /// What a message about this entry calls it.
    pub fn place(&self) -> String {
        format!("mqtt `{}`", self.url)
    }

    /// Checks the entry.
    pub fn settings(self, tenants: &[TenantSettings]) -> Result<BrokerSettings, BadEntry> {
        let Self { url, client_id, username, password, password_file, ca_file, tenant, qos, sparkplug, topic, machine } = self;
        let (encrypted, host, port) = parse_url(&url)?;
        let TenantSettings { id: tenant, zone, .. } = tenant_of(tenant, tenants)?.clone();
        let password = Secret::gather("password", password, password_file)?;
        let login = match (username, password) {
            (None, Some(_)) => return Err(broker("a password needs a username")),
            (username, password) => username.map(|username| (username, password)),
        };
        let ca = match ca_file {
            Some(_) if !encrypted => return Err(broker("ca_file needs an encrypted connection: mqtts://")),
            Some(path) => Some(std::fs::read(&path).map_err(|error| broker(format!("cannot read {}: {error}", path.display())))?),
            None => None,
        };
        if qos > 1 {
            return Err(broker("qos is 0 or 1; what comes twice is stored once, so 2 would only cost time"));
        }
        let machines: Vec<MachineRule> = machine.into_iter().map(MachineConfig::rule).collect::<Result<_, _>>().map_err(broker)?;
        if !sparkplug && topic.is_empty() && machines.is_empty() {
            return Err(broker("add [[mqtt.topic]] or [[mqtt.machine]] with a filter, or sparkplug = true"));
        }
        if !sparkplug && machines.iter().any(|machine| machine.sparkplug) {
            return Err(broker("a machine's metrics are read where sparkplug = true stands beside the url"));
        }
        let rules = topic.into_iter().map(TopicConfig::rule).collect::<Result<_, _>>()?;
        let client_id = client_id.unwrap_or_else(|| format!("andon-{tenant}"));
        if client_id.is_empty() {
            return Err(broker("client_id is empty; the broker keeps messages for a name only"));
        }
        Ok(BrokerSettings {
            url,
            host,
            port,
            tls: encrypted.then_some(ca),
            client_id,
            login,
            tenant,
            zone,
            qos,
            sparkplug,
            rules,
            machines,
        })
    }
}

impl TopicConfig {
    fn rule(self) -> Result<Rule, BadEntry> {
        let Self { filter, series, value, time, time_format } = self;
        let in_topic = |error: &dyn fmt::Display| broker(format!("topic `{filter}`: {error}"));
        let parsed = Filter::parse(&filter).map_err(|error| in_topic(&error))?;
        let series = series.map_or(Ok(Template::topic()), |text| Template::parse(&text, &parsed)).map_err(|error| in_topic(&error))?;
        for (name, pointer) in [("value", &value), ("time", &time)] {
            if pointer.as_ref().is_some_and(|pointer| !pointer.starts_with('/')) {
                return Err(in_topic(&format!("{name} is the way to a part of a JSON payload, such as /payload/v")));
            }
        }
        let time_format = match (time_format, &time) {
            (Some(_), None) => return Err(in_topic(&"time_format needs time, the way to the time in the payload")),
            (format, _) => {
                format.map_or(Ok(domain::time_format::TimeFormat::Text), |text| text.parse()).map_err(|error| in_topic(&error))?
            }
        };
        Ok(Rule { filter: parsed, series, value, time, time_format })
    }
}

fn broker(text: impl Into<String>) -> BadEntry {
    BadEntry::Broker(text.into())
}

/// `mqtt://host[:port]` or `mqtts://host[:port]`: whether it is encrypted, host, port.
fn parse_url(url: &str) -> Result<(bool, String, u16), BadEntry> {
    let refused =
        || broker("the url is not of the form mqtt://host:1883 or mqtts://host:8883; user and password have settings of their own");
    let uri: http::Uri = url.parse().map_err(|_| refused())?;
    let (encrypted, port) = match uri.scheme_str() {
        Some("mqtt") => (false, 1883),
        Some("mqtts") => (true, 8883),
        _ => return Err(refused()),
    };
    let authority = uri.authority().ok_or_else(refused)?;
    if authority.as_str().contains('@') || !matches!(uri.path(), "" | "/") || uri.query().is_some() || authority.host().is_empty() {
        return Err(refused());
    }
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    Ok((encrypted, host.to_owned(), authority.port_u16().unwrap_or(port)))
}

impl fmt::Display for BrokerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, client_id, tenant, qos, sparkplug, rules, machines, .. } = self;
        let sparkplug = if *sparkplug { ", Sparkplug B" } else { "" };
        write!(
            f,
            "{url} as {client_id}, for {tenant}, at qos {qos}: {} topics{sparkplug}{}",
            rules.len(),
            if machines.is_empty() { "" } else { ", machines" }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<BrokerSettings, String> {
        let config: BrokerConfig = toml::from_str(text).map_err(|e| e.to_string())?;
        let store = store::Settings::without_configuration(Zone::UTC);
        config.settings(&store.tenants).map_err(|e| e.to_string())
    }

    #[test]
    fn a_whole_entry() {
        let settings = check(
            r#"
            url = "mqtts://[::1]"
            username = "me"
            password = "geheim"
            qos = 0
            sparkplug = true
            [[topic]]
            filter = "plant/+/value"
            series = "{1}"
            value = "/v"
            time = "/t"
            time_format = "ms"
            "#,
        )
        .unwrap();
        assert_eq!((settings.host.as_str(), settings.port, settings.tls.clone()), ("::1", 8883, Some(None)));
        assert_eq!((settings.client_id.as_str(), settings.rules.len()), ("andon-default", 1));
        assert!(!format!("{settings:?}{settings}").contains("geheim"));
    }

    #[test]
    fn mistakes_are_named_with_their_mend() {
        let topic = "[[topic]]\nfilter = \"a/+\"\n";
        for (text, sentence) in [
            ("url = \"mqtt://h\"".to_owned(), "add [[mqtt.topic]] or [[mqtt.machine]]"),
            (format!("url = \"http://h\"\n{topic}"), "not of the form mqtt://host:1883"),
            (format!("url = \"mqtt://me:geheim@h\"\n{topic}"), "settings of their own"),
            (format!("url = \"mqtt://h\"\nqos = 2\n{topic}"), "qos is 0 or 1"),
            (format!("url = \"mqtt://h\"\npassword = \"x\"\n{topic}"), "needs a username"),
            (format!("url = \"mqtt://h\"\nca_file = \"x\"\n{topic}"), "mqtts://"),
            (format!("url = \"mqtt://h\"\nclient_id = \"\"\n{topic}"), "client_id is empty"),
            (format!("url = \"mqtt://h\"\ntenant = \"z\"\n{topic}"), "there is no tenant `z`"),
            (format!("url = \"mqtt://h\"\n{topic}value = \"v\""), "topic `a/+`: value is the way"),
            (format!("url = \"mqtt://h\"\n{topic}series = \"{{2}}\""), "the filter has 1"),
            (format!("url = \"mqtt://h\"\n{topic}time_format = \"s\""), "needs time"),
            (format!("url = \"mqtt://h\"\n{topic}time = \"/t\"\ntime_format = \"h\""), "`h` is no format of times"),
            ("url = \"mqtt://h\"\n[[machine]]\nsparkplug = \"g/n\"\nmachine = \"m\"".to_owned(), "sparkplug = true stands"),
            ("url = \"mqtt://h\"\n[[topic]]\nfilter = \"a/#/b\"".to_owned(), "no topic filter"),
            (format!("url = \"mqtt://h\"\nfoo = 1\n{topic}"), "unknown field `foo`"),
        ] {
            let error = check(&text).unwrap_err();
            assert!(error.contains(sentence), "{text}: {error}");
        }
    }
}
