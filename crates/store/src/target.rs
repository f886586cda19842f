//! Which database: `DATABASE_URL`, the five `POSTGRES_*`, or the managed local one.

use crate::local;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// A database to connect to. Its text never shows the password.
#[derive(Clone)]
pub struct Target {
    options: PgConnectOptions,
}

/// Why the settings name no database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// `DATABASE_URL` cannot be read.
    #[error("DATABASE_URL cannot be read: {0}; write postgres://user:password@host:5432/database")]
    Url(String),
    /// One or more of the five are missing.
    #[error(
        "{missing} not set; set all of POSTGRES_HOST, POSTGRES_PORT, POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, or none of them for the embedded database"
    )]
    Missing {
        /// Their names.
        missing: String,
    },
    /// `POSTGRES_PORT` is no port.
    #[error("POSTGRES_PORT is `{0}`; write a number from 1 to 65535, usually 5432")]
    Port(String),
}

/// A value as people write it into an env file: surrounding blanks and one pair of double quotes do not count.
pub fn unquoted(value: &str) -> &str {
    let value = value.trim();
    value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).filter(|_| value.len() >= 2).unwrap_or(value)
}

impl Target {
    /// What the environment names; `None` when it names nothing. `variable` looks a name up.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, BadTarget> {
        let value = |name: &str| variable(name).map(|v| unquoted(&v).to_owned()).filter(|v| !v.is_empty());
        if let Some(url) = value("DATABASE_URL") {
            return Self::from_url(&url).map(Some);
        }
        let names = ["POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"];
        let [host, port, user, password, database] = names.map(value);
        let (Some(host), Some(port), Some(user), Some(password), Some(database)) = (&host, &port, &user, &password, &database) else {
            let given = [&host, &port, &user, &password, &database];
            if given.iter().all(|v| v.is_none()) {
                return Ok(None);
            }
            let missing: Vec<&str> = names.into_iter().zip(given).filter(|(_, v)| v.is_none()).map(|(n, _)| n).collect();
            let verb = if missing.len() == 1 { "is" } else { "are" };
            return Err(BadTarget::Missing { missing: format!("{} {verb}", missing.join(", ")) });
        };
        let number = port.parse::<u16>().ok().filter(|n| *n > 0).ok_or_else(|| BadTarget::Port(port.clone()))?;
        let options = PgConnectOptions::new_without_pgpass().host(host).port(number).username(user).password(password).database(database);
        Ok(Some(Self::new(options)))
    }

    /// Reads `postgres://user:password@host:port/database?…`. A password with characters that an address does not allow
    /// (`@`, `/`, `#`, …) is taken as it stands up to the last `@`; valid percent-escapes are decoded.
    pub fn from_url(url: &str) -> Result<Self, BadTarget> {
        let bad = |why: &str| BadTarget::Url(why.to_owned());
        let (scheme, rest) = url.split_once("://").ok_or_else(|| bad("it does not start with postgres://"))?;
        if !matches!(scheme, "postgres" | "postgresql") {
            return Err(bad("it does not start with postgres://"));
        }
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, rest),
        };
        let parsed: PgConnectOptions = format!("{scheme}://{place}").parse().map_err(|_| bad("host, port or database is malformed"))?;
        let (name, password) = match user.map(|user| user.split_once(':').map_or((user, None), |(n, p)| (n, Some(p)))) {
            Some((name, password)) => (Some(percent_decoded(name)), password.map(percent_decoded)),
            None => (None, None),
        };
        let options = name.into_iter().fold(parsed, |options, name| options.username(&name));
        let options = password.into_iter().fold(options, |options, password| options.password(&password));
        Ok(Self::new(options))
    }

    /// A database of the managed local Postgres.
    pub fn local(connection: &local::Connection, database: &str) -> Self {
        let options = PgConnectOptions::new_without_pgpass()
            .socket(&connection.socket_dir)
            .port(connection.port)
            .username(&connection.user)
            .password(&connection.password)
            .ssl_mode(PgSslMode::Disable)
            .database(database);
        Self::new(options)
    }

    fn new(options: PgConnectOptions) -> Self {
        Self { options: options.application_name("andon") }
    }

    /// The same server, another database.
    pub fn with_database(&self, database: &str) -> Self {
        Self { options: self.options.clone().database(database) }
    }

    pub(crate) fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let database = self.options.get_database().unwrap_or("?");
        match self.options.get_socket() {
            Some(socket) => write!(f, "database {database} at {}", socket.display()),
            None => write!(f, "database {database} at {}:{}", self.options.get_host(), self.options.get_port()),
        }
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Target({self})")
    }
}

/// Decodes valid `%xx` escapes and leaves everything else as it stands.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = tail.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<Option<String>, String> {
        let variable = |name: &str| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        Target::from_environment(variable).map(|t| t.map(|t| t.to_string())).map_err(|e| e.to_string())
    }

    const FIVE: [(&str, &str); 5] = [
        ("POSTGRES_HOST", "db"),
        ("POSTGRES_PORT", "\"5433\""),
        ("POSTGRES_USER", "\"me\""),
        ("POSTGRES_PASSWORD", "a\"b@/:%é "),
        ("POSTGRES_DB", "plant"),
    ];

    #[test]
    fn the_five_or_the_address_or_nothing() {
        assert_eq!(from(&[]), Ok(None));
        assert_eq!(from(&[("POSTGRES_USER", "\"\"")]), Ok(None));
        assert_eq!(from(&FIVE), Ok(Some("database plant at db:5433".into())));
        assert_eq!(from(&[("DATABASE_URL", "\"postgres://u:p@h:1/d\"")]), Ok(Some("database d at h:1".into())));
    }

    #[test]
    fn missing_ones_are_named() {
        let error = from(&FIVE[..3]).unwrap_err();
        assert!(error.starts_with("POSTGRES_PASSWORD, POSTGRES_DB are not set"), "{error}");
        let error = from(&[FIVE[0], ("POSTGRES_PORT", "http"), FIVE[2], FIVE[3], FIVE[4]]).unwrap_err();
        assert!(error.contains("POSTGRES_PORT is `http`"), "{error}");
    }

    #[test]
    fn passwords_of_any_characters_and_none_in_messages() {
        for url in ["postgres://me:s/e#c?r@t@db:5433/plant", "postgresql://me:s%2Fe%23c%3Fr%40t@db:5433/plant"] {
            let target = Target::from_url(url).unwrap();
            assert_eq!(format!("{target:?}"), "Target(database plant at db:5433)");
            assert_eq!(target.options().get_username(), "me");
        }
        assert_eq!(percent_decoded("s%2Fe%zz%"), "s/e%zz%");
        for bad in ["mysql://h/d", "db:5432", "postgres://me:secret@db:port/plant"] {
            let error = Target::from_url(bad).unwrap_err().to_string();
            assert!(error.contains("DATABASE_URL") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn quotes_do_not_count() {
        for (text, value) in [("\"a\"", "a"), (" a ", "a"), ("\"", "\""), ("\"a", "\"a"), ("\"\"", ""), ("\"a\"b\"", "a\"b")] {
            assert_eq!(unquoted(text), value);
        }
    }
}
