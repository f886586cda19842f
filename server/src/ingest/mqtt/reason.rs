//! Why there is no connection to a broker, as whoever configured it can mend it.

use super::settings::BrokerSettings;
use crate::ingest::tls::{self, Peer};
use rumqttc::{ConnectReturnCode, ConnectionError};

/// A sentence about an ended connection.
pub fn reason(error: &ConnectionError, broker: &BrokerSettings) -> String {
    if let ConnectionError::ConnectionRefused(ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized) = error {
        return "the broker does not let us in; look at username, password and client_id, and at the broker's access rules".to_owned();
    }
    let own = matches!(&broker.tls, Some(Some(_)));
    let peer = Peer { what: "broker", host: &broker.host, setting: "url", ca_file: "ca_file", own };
    tls::why(error, &peer).unwrap_or_else(|| error.to_string())
}
