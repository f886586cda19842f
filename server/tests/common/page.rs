//! A tab of a browser as the server sees it: a real WebSocket that asks and is told.

use super::{HANGS, Plant};
use app::live::wire::{Asked, Question, Told};
use domain::answer::WindowAnswer;
use futures::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

pub struct Page {
    pub socket: WebSocketStream<TcpStream>,
    number: u32,
}

/// The question of a board.
pub fn question(series: &[&str]) -> Question {
    let series = series.iter().map(|id| (*id).to_owned()).collect();
    Question { tenant: "default".into(), series, from: Some("first".into()), to: Some("last".into()), columns: 800, average_us: None }
}

/// The request for a socket, from a page of this origin.
pub fn request(plant: &Plant, origin: Option<&str>) -> Request {
    let mut request = format!("ws://{}/live", plant.address()).into_client_request().unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    request
}

impl Page {
    pub async fn open(plant: &Plant) -> Self {
        let stream = TcpStream::connect(plant.address()).await.unwrap();
        let (socket, _) = client_async(request(plant, None), stream).await.unwrap();
        Self { socket, number: 0 }
    }

    pub async fn say(&mut self, asked: &Asked) {
        self.socket.send(Message::Binary(postcard::to_allocvec(asked).unwrap().into())).await.unwrap();
    }

    /// Asks; the number of the question.
    pub async fn ask(&mut self, topic: u32, question: Question, follow: bool) -> u32 {
        self.number += 1;
        self.say(&Asked::Window { topic, number: self.number, question, follow }).await;
        self.number
    }

    /// The next word of the server; `None` when it closed, with its farewell. Signs of life are no words.
    pub async fn next(&mut self) -> Result<Told, Option<CloseFrame>> {
        let word = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Binary(bytes))) => return Ok(postcard::from_bytes(&bytes).unwrap()),
                    Some(Ok(Message::Close(frame))) => return Err(frame),
                    Some(Ok(_)) => {}
                    None | Some(Err(Error::ConnectionClosed | Error::Protocol(_) | Error::Io(_))) => return Err(None),
                    Some(Err(error)) => panic!("{error}"),
                }
            }
        };
        timeout(HANGS, word).await.unwrap()
    }

    /// Passes over everything until the answer to a question.
    pub async fn answer(&mut self, wanted: u32) -> WindowAnswer {
        loop {
            if let Told::Answer { number, outcome, .. } = self.next().await.unwrap()
                && number == wanted
            {
                return outcome.unwrap();
            }
        }
    }

    /// Passes over everything until something changed of a topic.
    pub async fn changed(&mut self, wanted: u32) {
        while !matches!(self.next().await.unwrap(), Told::Changed { topic, .. } if topic == wanted) {}
    }

    /// Asks, and waits for the answer.
    pub async fn show(&mut self, topic: u32, series: &[&str], follow: bool) -> WindowAnswer {
        let number = self.ask(topic, question(series), follow).await;
        self.answer(number).await
    }
}
