//! `[live]`: how fresh values are found, and when a browser counts as gone.

use domain::duration::{self, NotADuration};
use serde::Deserialize;
use std::time::Duration;

/// As written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveConfig {
    #[serde(default)]
    pub triggers: bool,
    heartbeat: Option<String>,
    patience: Option<String>,
}

/// How long the server waits for browsers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveSettings {
    /// Between two signs of life; a browser that gave none in between is gone.
    pub heartbeat: Duration,
    /// How long a browser may take for one message.
    pub patience: Duration,
}

impl Default for LiveSettings {
    fn default() -> Self {
        Self { heartbeat: Duration::from_secs(20), patience: Duration::from_secs(10) }
    }
}

impl LiveConfig {
    /// Checks the entry; the error names the setting.
    pub fn settings(&self) -> Result<LiveSettings, (String, NotADuration)> {
        let usual = LiveSettings::default();
        let length = |name: &str, text: &Option<String>, usual: Duration| match text {
            None => Ok(usual),
            Some(text) => match duration::parse(text) {
                Ok(us) => Ok(Duration::from_micros(us.unsigned_abs())),
                Err(error) => Err((format!("[live] {name}"), error)),
            },
        };
        Ok(LiveSettings {
            heartbeat: length("heartbeat", &self.heartbeat, usual.heartbeat)?,
            patience: length("patience", &self.patience, usual.patience)?,
        })
    }
}
