//! Why there is no connection to a broker, as whoever configured it can mend it.

use super::settings::BrokerSettings;
use rumqttc::tokio_rustls::rustls::{self, CertificateError};
use rumqttc::{ConnectReturnCode, ConnectionError};
use std::error::Error;
use std::io;

/// A sentence about an ended connection.
pub fn reason(error: &ConnectionError, broker: &BrokerSettings) -> String {
    if let ConnectionError::ConnectionRefused(ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized) = error {
        return "the broker does not let us in; look at username, password and client_id, and at the broker's access rules".to_owned();
    }
    match certificate(error) {
        Some(why) => certificate_sentence(why, broker),
        None => error.to_string(),
    }
}

fn certificate_sentence(why: &CertificateError, broker: &BrokerSettings) -> String {
    let BrokerSettings { host, .. } = broker;
    match why {
        CertificateError::UnknownIssuer => {
            let trusted = match &broker.tls {
                Some(Some(_)) => "the certificates in ca_file do not vouch for it; name the file of the authority that signed it",
                _ => "no authority that this machine trusts has signed it; name the file of the one that did with ca_file",
            };
            format!("the broker's certificate is refused: {trusted}")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("the broker's certificate is refused: it is not for `{host}`; write the name that stands in it into url")
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the broker's certificate is refused: it has expired; renew it at the broker, or set this machine's clock".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the broker's certificate is refused: it is not valid yet; set this machine's clock".to_owned()
        }
        other => format!("the broker's certificate is refused: {other}"),
    }
}

/// What is wrong with a certificate, wherever it stands among the causes: an error of input and output hides its own.
fn certificate<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e CertificateError> {
    let mut next = Some(error);
    while let Some(one) = next {
        let hidden = one.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let one: &'e (dyn Error + 'static) = hidden.map_or(one, |hidden| hidden);
        if let Some(rustls::Error::InvalidCertificate(why)) = one.downcast_ref() {
            return Some(why);
        }
        next = one.source();
    }
    None
}
