//! Encrypted ways to those that we listen to: which authorities vouch for them, and why a certificate is refused, as whoever
//! configured it can mend it.

use rumqttc::tokio_rustls::TlsConnector;
use rumqttc::tokio_rustls::rustls::pki_types::CertificateDer;
use rumqttc::tokio_rustls::rustls::pki_types::pem::PemObject;
use rumqttc::tokio_rustls::rustls::{self, CertificateError, ClientConfig, RootCertStore};
use rumqttc::{TlsConfiguration, Transport};
use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::{fmt, io};

/// Whose certificates vouch for the other side.
#[derive(Clone)]
pub enum Trust {
    /// Those that this machine trusts.
    Machine,
    /// Those of a file alone.
    File(Arc<ClientConfig>),
}

/// Who shows a certificate.
pub struct Peer<'a> {
    /// `broker`
    pub what: &'static str,
    /// By which name it is called.
    pub host: &'a str,
    /// The setting in which that name stands.
    pub setting: &'static str,
    /// The setting that names a file of those who vouch for it.
    pub ca_file: &'static str,
    /// That file says who does.
    pub own: bool,
}

impl Trust {
    /// Of a file with one or several certificates.
    pub fn of_file(pem: &[u8]) -> Result<Self, String> {
        let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates);
        if roots.is_empty() {
            return Err("there is no certificate in it; it begins with -----BEGIN CERTIFICATE-----".to_owned());
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth();
        Ok(Self::File(Arc::new(config)))
    }

    /// What makes connections. The certificates of the machine are read once, when they are first needed.
    pub fn connector(&self) -> Result<TlsConnector, String> {
        static MACHINE: OnceLock<Arc<ClientConfig>> = OnceLock::new();
        let config = match (self, MACHINE.get()) {
            (Self::File(config), _) | (Self::Machine, Some(config)) => config.clone(),
            (Self::Machine, None) => {
                let none = "the authorities that this machine trusts cannot be read; install them (ca-certificates), or name a ca_file";
                let found = Transport::try_tls_with_default_config().map_err(|error| format!("{none}: {error}"))?;
                let Transport::Tls(TlsConfiguration::Rustls(config)) = found else { return Err(none.to_owned()) };
                MACHINE.get_or_init(|| config).clone()
            }
        };
        Ok(TlsConnector::from(config))
    }

    /// Whether a file says who is trusted.
    pub fn is_own(&self) -> bool {
        matches!(self, Self::File(_))
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_own() { "File" } else { "Machine" })
    }
}

/// Why there is no encrypted connection, where that is said by its encryption.
pub fn why(error: &(dyn Error + 'static), peer: &Peer<'_>) -> Option<String> {
    let Peer { what, setting, .. } = peer;
    match found(error)? {
        rustls::Error::InvalidCertificate(why) => Some(format!("the {what}'s certificate is refused: {}", certificate(why, peer))),
        rustls::Error::InvalidMessage(_) => Some(format!(
            "the {what} speaks no TLS at this port; write the port at which it does into {setting}, or an address that is not encrypted"
        )),
        rustls::Error::AlertReceived(alert) => Some(format!("the {what} refuses the encrypted connection ({alert:?}); look at its log")),
        _ => None,
    }
}

fn certificate(why: &CertificateError, Peer { what, host, setting, ca_file, own }: &Peer<'_>) -> String {
    match why {
        CertificateError::UnknownIssuer if *own => {
            format!("the certificates in {ca_file} do not vouch for it; name the file of the authority that signed it")
        }
        CertificateError::UnknownIssuer => {
            format!("no authority that this machine trusts has signed it; name the file of the one that did with {ca_file}")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("it is not for `{host}`; write the name that stands in it into {setting}")
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("it has expired; renew it at the {what}, or set this machine's clock")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet; set this machine's clock".to_owned()
        }
        other => other.to_string(),
    }
}

/// What the encryption says, wherever it stands among the causes: an error of input and output hides its own.
fn found<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    let mut next = Some(error);
    while let Some(one) = next {
        let hidden = one.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let one: &'e (dyn Error + 'static) = hidden.map_or(one, |hidden| hidden);
        if let Some(found) = one.downcast_ref() {
            return Some(found);
        }
        next = one.source();
    }
    None
}
