//! The way into the other Andon: one connection that is opened again where it breaks.

use super::{Failure, PlantArgs};
use crate::import::WrongUse;
use crate::ingest::stream::{self, NoStream};
use crate::ingest::tls::{Peer, Trust};
use http::uri::Scheme;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use plant_sim::plant::layout::MACHINES;
use serde_json::{Value, json};
use std::time::Duration;

/// Longest wait for an answer.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// Where it is, and what stands on every request.
pub struct Door {
    authority: String,
    host: String,
    port: u16,
    /// Who vouches for it, where the way is encrypted.
    trust: Option<Trust>,
    query: String,
    /// The ids of the machines that are played.
    played: String,
    token: Option<String>,
    open: Option<SendRequest<Full<Bytes>>>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    /// The connection, or its encryption.
    #[error("{0}")]
    Stream(#[from] NoStream),
    /// What was said is no HTTP.
    #[error("what answers speaks no HTTP; where the way is encrypted, write https:// into --url")]
    NoHttp,
    /// What was said over it.
    #[error("{0}")]
    Http(#[from] hyper::Error),
    /// Our own mistake.
    #[error("{0}")]
    Request(#[from] http::Error),
}

impl NoAnswer {
    /// Whether a later try may have another outcome.
    fn passes(&self) -> bool {
        matches!(self, Self::Stream(NoStream::Io(_)) | Self::Http(_))
    }
}

impl Door {
    /// The door that the arguments name; nothing is opened yet.
    pub fn of(arguments: &PlantArgs) -> Result<Self, WrongUse> {
        let PlantArgs { url, ca_file, tenant, token, machine, .. } = arguments;
        let refused = || WrongUse(format!("--url {url}: write it as http://host:8888, or https://host where the way is encrypted"));
        let uri: http::Uri = url.parse().map_err(|_| refused())?;
        let (scheme, authority) = uri.scheme().zip(uri.authority()).ok_or_else(refused)?;
        let encrypted = *scheme == Scheme::HTTPS;
        if !encrypted && *scheme != Scheme::HTTP || authority.host().is_empty() || authority.as_str().contains('@') {
            return Err(refused());
        }
        let trust = match ca_file {
            None => Trust::Machine,
            Some(_) if !encrypted => return Err(WrongUse("--ca-file needs an encrypted way: --url https://host".to_owned())),
            Some(path) => {
                let pem = std::fs::read(path).map_err(|error| WrongUse(format!("--ca-file: cannot read {}: {error}", path.display())))?;
                Trust::of_file(&pem).map_err(|error| WrongUse(format!("--ca-file {}: {error}", path.display())))?
            }
        };
        let bucket = |tenant: &String| form_urlencoded::Serializer::new("?".to_owned()).append_pair("bucket", tenant).finish();
        Ok(Self {
            authority: authority.to_string(),
            host: authority.host().trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: authority.port_u16().unwrap_or(if encrypted { 443 } else { 80 }),
            trust: encrypted.then_some(trust),
            query: tenant.as_ref().map(bucket).unwrap_or_default(),
            played: if machine.is_empty() { MACHINES.map(|machine| machine.id).join(", ") } else { machine.join(", ") },
            token: token.clone(),
            open: None,
        })
    }

    /// Sends until there is an answer; an answer that no later try would change is an error.
    pub async fn send(&mut self, machine: &str, entries: &[Value]) -> Result<(), Failure> {
        let body = Bytes::from(serde_json::to_vec(&json!({ "origin": "simulated plant", "observations": entries }))?);
        let mut pause = Duration::from_millis(200);
        loop {
            match tokio::time::timeout(LONGEST_WAIT, self.post(machine, body.clone())).await {
                Ok(Ok((status, _))) if status.is_success() => return Ok(()),
                Ok(Ok((StatusCode::NOT_FOUND, text))) if text.contains("there is no machine") => {
                    return Err(format!(
                        "{} has no machine `{machine}`; it must have those that are played: add [[machine]] with the ids {} to its configuration and \
                         start it again, or choose with --machine which of them are played",
                        self.authority, self.played
                    )
                    .into());
                }
                Ok(Ok((status, text))) if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
                    return Err(format!("{} answers {status}: {text}", self.authority).into());
                }
                Ok(Ok((status, _))) => tracing::warn!(%status, "the other Andon cannot take it yet"),
                Ok(Err(error)) if error.passes() => {
                    tracing::warn!(error = crate::cli::describe(&error), "the other Andon is not there");
                }
                Ok(Err(error)) => return Err(format!("{}: {error}", self.authority).into()),
                Err(_) => tracing::warn!("the other Andon does not answer"),
            }
            self.open = None;
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(5));
        }
    }

    async fn post(&mut self, machine: &str, body: Bytes) -> Result<(StatusCode, String), NoAnswer> {
        let mut sender = match self.open.take().filter(|open| !open.is_closed()) {
            Some(open) => open,
            None => self.connect().await?,
        };
        sender.ready().await?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/api/v2/machines/{machine}/observations{}", self.query))
            .header(header::HOST, &self.authority)
            .header(header::CONTENT_TYPE, "application/json");
        let token = self.token.iter();
        let request = token.fold(request, |request, token| request.header(header::AUTHORIZATION, format!("Token {token}")));
        let answer = sender.send_request(request.body(Full::new(body))?).await;
        let answer = answer.map_err(|error| if error.is_parse() { NoAnswer::NoHttp } else { error.into() })?;
        let status = answer.status();
        let text = String::from_utf8_lossy(&answer.into_body().collect().await?.to_bytes()).into_owned();
        self.open = Some(sender);
        Ok((status, text))
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, NoAnswer> {
        let Self { host, port, trust, .. } = self;
        let own = trust.as_ref().is_some_and(Trust::is_own);
        let peer = Peer { what: "other Andon", host, setting: "--url", ca_file: "--ca-file", own };
        let stream = stream::connect(*port, trust.as_ref(), &peer).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }
}
