//! One connection to a broker: how it begins, what comes over it.

use super::settings::BrokerSettings;
use rumqttc::{
    AckMode, AsyncClient, Broker, ConnectionError, Event, EventLoop, Incoming, MqttOptions, Publish, SubscribeFilter, SubscribeReasonCode,
    Transport,
};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Largest message: a birth of a large Sparkplug node has some megabytes.
const LARGEST_BYTES: usize = 16 << 20;
/// Kilobytes of payloads that wait for the store; beyond, nothing is read from the connection, and the broker waits.
const QUEUE_KB: u32 = 65_536;

/// A message, and its room in the queue.
pub type Waiting = (Publish, OwnedSemaphorePermit);

/// Hands messages on until the connection ends; whether there was one, and why it ended.
pub async fn receive(
    mut events: EventLoop,
    client: AsyncClient,
    filters: Vec<SubscribeFilter>,
    sender: mpsc::Sender<Waiting>,
    url: &str,
) -> (bool, ConnectionError) {
    let mut connected = false;
    let room = Arc::new(Semaphore::new(QUEUE_KB as usize));
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Incoming::ConnAck(_))) => {
                connected = true;
                // Also where the broker knows the session: the configuration may have changed since.
                let _ = client.try_subscribe_many(filters.clone());
            }
            Ok(Event::Incoming(Incoming::SubAck(ack))) => {
                tracing::info!(broker = url, "listening to its topics");
                let refused = filters.iter().zip(&ack.return_codes).filter(|(_, code)| **code == SubscribeReasonCode::Failure);
                refused.for_each(|(filter, _)| {
                    tracing::error!(broker = url, filter.path, "the broker refuses this filter; see its access rules")
                });
            }
            Ok(Event::Incoming(Incoming::Publish(publish))) => {
                let kilobytes = u32::try_from(publish.payload.len() / 1_024 + 1).unwrap_or(QUEUE_KB).min(QUEUE_KB);
                // Neither fails: nobody closes the room, and the receiver lives until the sender is dropped.
                if let Ok(room) = room.clone().acquire_many_owned(kilobytes).await {
                    let _ = sender.send((publish, room)).await;
                }
            }
            Ok(_) => {}
            Err(error) => return (connected, error),
        }
    }
}

/// What the broker is told at the start.
pub fn options(broker: &BrokerSettings) -> Result<MqttOptions, String> {
    let mut options = MqttOptions::new(broker.client_id.clone(), Broker::tcp(broker.host.clone(), broker.port));
    options.set_keep_alive(30).set_ack_mode(AckMode::Manual).set_max_packet_size(LARGEST_BYTES, LARGEST_BYTES);
    options.try_set_clean_session(false).map_err(|error| error.to_string())?;
    match &broker.login {
        Some((username, Some(password))) => options.set_credentials(username.clone(), password.reveal().to_owned()),
        Some((username, None)) => options.set_username(username.clone()),
        None => &mut options,
    };
    match &broker.tls {
        None => {}
        Some(Some(ca)) => {
            options.set_transport(Transport::tls(ca.clone(), None, None));
        }
        Some(None) => {
            options.set_transport(Transport::try_tls_with_default_config().map_err(|error| error.to_string())?);
        }
    }
    Ok(options)
}
