//! Asking an agent by HTTP.

use crate::ingest::machine::settings::Address;
use crate::ingest::stream::{self, NoStream};
use crate::ingest::tls::{Peer, Trust};
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Longest wait for a connection, and for the beginning of an answer.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Bytes of an answer that is taken whole.
const LARGEST: usize = 64 << 20;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// The connection, or its encryption.
    #[error("{0}")]
    Stream(#[from] NoStream),
    /// What was said over it.
    #[error("{0}")]
    Http(#[from] hyper::Error),
    /// What was said is no HTTP.
    #[error("what answers speaks no HTTP; where the way is encrypted, write https:// into agent")]
    NoHttp,
    /// Our own mistake.
    #[error("{0}")]
    Request(#[from] http::Error),
    /// It takes too long.
    #[error("no answer within {:.0} s", .0.as_secs_f64())]
    Late(Duration),
    /// The agent is done; it never is.
    #[error("the agent ended its stream")]
    Ended,
    /// Too much at once.
    #[error("the answer has more than {LARGEST} bytes")]
    Large,
}

/// An answer whose body is still to come.
pub struct Answer {
    body: Incoming,
    /// Whether it is a stream of documents.
    pub endless: bool,
    /// As the agent has it; refusals come with any.
    pub status: StatusCode,
    connection: JoinHandle<()>,
}

/// Asks for `path`, which may hold a query. Each question has a connection of its own: there are few of them.
pub async fn get(address: &Address, path: &str) -> Result<Answer, NoAnswer> {
    timeout(LONGEST_WAIT, ask(address, path)).await.map_err(|_| NoAnswer::Late(LONGEST_WAIT))?
}

async fn ask(address: &Address, path: &str) -> Result<Answer, NoAnswer> {
    let Address { host, port, path: device, trust, .. } = address;
    let peer = Peer { what: "agent", host, setting: "agent", ca_file: "ca_file", own: trust.as_ref().is_some_and(Trust::is_own) };
    let stream = stream::connect(*port, trust.as_ref(), &peer).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(async move {
        // What goes wrong is told to whoever reads the answer.
        let _ = connection.await;
    });
    let authority = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let request =
        Request::get(format!("{device}/{path}")).header(header::HOST, authority).header(header::ACCEPT, "text/xml, application/xml");
    let answer = sender.send_request(request.body(Empty::<Bytes>::new())?).await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            connection.abort();
            return Err(if error.is_parse() { NoAnswer::NoHttp } else { error.into() });
        }
    };
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let endless = kind.trim_start().to_ascii_lowercase().starts_with("multipart/");
    Ok(Answer { status: answer.status(), endless, body: answer.into_body(), connection })
}

impl Answer {
    /// The next piece of the body; `None` at its end.
    pub async fn piece(&mut self, longest: Duration) -> Result<Option<Bytes>, NoAnswer> {
        loop {
            match timeout(longest, self.body.frame()).await.map_err(|_| NoAnswer::Late(longest))? {
                None => return Ok(None),
                Some(frame) => {
                    if let Ok(bytes) = frame?.into_data() {
                        return Ok(Some(bytes));
                    }
                }
            }
        }
    }

    /// All of the body.
    pub async fn whole(mut self) -> Result<String, NoAnswer> {
        let mut bytes = Vec::new();
        while let Some(piece) = self.piece(LONGEST_WAIT).await? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > LARGEST {
                return Err(NoAnswer::Large);
            }
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.connection.abort();
    }
}
