//! Authorities whose certificates are made here, and who shows them.

use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rumqttc::tokio_rustls::TlsAcceptor;
use rumqttc::tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rumqttc::tokio_rustls::rustls::{ServerConfig, crypto::ring};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};

/// Years in which every test runs.
pub const VALID: (i32, i32) = (2020, 2090);

/// An authority with a certificate of its own.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// The file that vouches for what it signs.
    pub fn file(&self, folder: &Path, name: &str) -> String {
        let path = folder.join(name);
        std::fs::write(&path, self.0.pem()).unwrap();
        path.display().to_string()
    }

    /// A certificate for this name, valid in these years, and its key.
    pub fn signed(&self, host: &str, years: (i32, i32)) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (rcgen::date_time_ymd(years.0, 1, 1), rcgen::date_time_ymd(years.1, 1, 1));
        (params.signed_by(&key, &self.0).unwrap(), key)
    }
}

/// Shows a certificate for this name, valid in these years, at a port of its own, and hands what comes on to who stands behind.
pub async fn in_front(behind: SocketAddr, authority: &Authority, host: &str, years: (i32, i32)) -> u16 {
    let (certificate, key) = authority.signed(host, years);
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions().unwrap();
    let (chain, key) = (vec![CertificateDer::from(certificate.der().to_vec())], PrivateKeyDer::try_from(key.serialize_der()).unwrap());
    let acceptor = TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Who is not trusted is hung up on.
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut behind = TcpStream::connect(behind).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
            });
        }
    });
    port
}
