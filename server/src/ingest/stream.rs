//! A connection to another server, encrypted or not.

use super::tls::{self, Peer, Trust};
use rumqttc::tokio_rustls::rustls::pki_types::ServerName;
use std::io;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// Both directions of it.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum NoStream {
    /// The connection.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Its encryption: what is wrong, and how to mend it.
    #[error("{0}")]
    Refused(String),
}

/// Connects to a port; encrypted where it is said who vouches for the other side.
pub async fn connect(port: u16, trust: Option<&Trust>, peer: &Peer<'_>) -> Result<Box<dyn Stream>, NoStream> {
    let host = peer.host;
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    let Some(trust) = trust else { return Ok(Box::new(stream)) };
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| NoStream::Refused(format!("`{host}` is no name that a certificate can be for")))?;
    let connector = trust.connector().map_err(NoStream::Refused)?;
    let refused = |error: io::Error| tls::why(&error, peer).map_or(NoStream::Io(error), NoStream::Refused);
    Ok(Box::new(connector.connect(name, stream).await.map_err(refused)?))
}
