//! The connection to one broker, and what becomes of its messages.

use super::connection::{Waiting, options, receive};
use super::machine;
use super::message::{self, Message};
use super::reason::reason;
use super::settings::BrokerSettings;
use crate::ingest::accept::Batch;
use crate::ingest::machine::{Keepers, Told};
use crate::ingest::pause::Pause;
use crate::ingest::sparkplug::{self, Host, Topic};
use crate::ingest::tally::Tally;
use crate::plant::TakingOver;
use domain::{MachineId, Reading};
use rumqttc::{AsyncClient, Publish, PublishOptions, QoS, SubscribeFilter};
use std::time::Duration;
use store::{Ingest, IngestError, Store, StoreError, Tenant};
use tokio::sync::mpsc;

/// Messages that wait for the store; beyond, nothing is read from the connection, and the broker waits.
const QUEUE: usize = 4_096;
/// Messages that are written together.
const TOGETHER: usize = 1_000;

/// Listens for ever; connects again whenever the connection is lost.
pub async fn listen(broker: BrokerSettings, store: Store, taking: TakingOver) {
    let ingest = store.ingest();
    let name = format!("mqtt {}", broker.url);
    let host = Host::new(broker.machines.clone());
    let keepers = Keepers::new(&store, broker.tenant.clone(), name.clone(), taking);
    let mut listener = Listener { tally: Tally::of("mqtt"), host, keepers, name, broker, ingest, store };
    let mut pause = Pause::new(Duration::from_secs(1), Duration::from_secs(60));
    loop {
        let (connected, error) = listener.session().await;
        if connected {
            pause.reset();
        }
        let wait = pause.next();
        tracing::warn!(broker = listener.broker.url, %error, "not connected; trying again in {:.0} s", wait.as_secs_f64().ceil());
        tokio::time::sleep(wait).await;
    }
}

struct Listener {
    broker: BrokerSettings,
    ingest: Ingest,
    store: Store,
    host: Host,
    keepers: Keepers,
    tally: Tally,
    /// What the quarantine calls the source.
    name: String,
}

impl Listener {
    /// One connection from its start to its end; whether there was one, and why it ended. The client is made anew each time,
    /// so that an acknowledgement of an old connection never reaches a new one, where its number may mean another message.
    async fn session(&mut self) -> (bool, String) {
        let options = match options(&self.broker) {
            Ok(options) => options,
            Err(error) => return (false, error),
        };
        // Without a bound: it holds acknowledgements, of which there are no more than messages in the queue.
        let (client, events) = match AsyncClient::builder(options).unbounded().try_build() {
            Ok(pair) => pair,
            Err(error) => return (false, error.to_string()),
        };
        let (sender, messages) = mpsc::channel(QUEUE);
        let filters = self.filters();
        let url = self.broker.url.clone();
        let (ended, ()) = tokio::join!(receive(events, client.clone(), filters, sender, &url), self.work(messages, client));
        let (connected, error) = ended;
        (connected, reason(&error, &self.broker))
    }

    fn filters(&self) -> Vec<SubscribeFilter> {
        let qos = if self.broker.qos == 0 { QoS::AtMostOnce } else { QoS::AtLeastOnce };
        let sparkplug = self.broker.sparkplug.then_some(sparkplug::FILTER);
        let mut filters: Vec<&str> = self.broker.rules.iter().map(|rule| rule.filter.as_str()).chain(sparkplug).collect();
        filters.extend(self.broker.machines.iter().filter_map(|rule| rule.topics()));
        filters.sort_unstable();
        filters.dedup();
        filters.into_iter().map(|filter| SubscribeFilter::new(filter.to_owned(), qos)).collect()
    }

    /// Writes what comes, acknowledges it, until the connection is gone and the queue is empty.
    async fn work(&mut self, mut messages: mpsc::Receiver<Waiting>, client: AsyncClient) {
        let mut together = Vec::new();
        while messages.recv_many(&mut together, TOGETHER).await > 0 {
            let mut batch = Batch::default();
            for (publish, _) in &together {
                self.take(publish, &client, &mut batch).await;
            }
            self.tally.count(&batch);
            let told: Vec<(MachineId, Told)> = std::mem::take(&mut batch.told);
            self.keepers.keep(told).await;
            self.keep(batch).await;
            for (publish, _room) in together.drain(..) {
                // A connection that is gone needs no acknowledgement: the broker sends again.
                let _ = client.try_ack(&publish);
            }
        }
    }

    async fn take(&mut self, publish: &Publish, client: &AsyncClient, batch: &mut Batch) {
        let now = app::clock::now();
        let topic = String::from_utf8_lossy(&publish.topic);
        if self.broker.sparkplug && topic.starts_with("spBv1.0/") {
            let Some(topic) = Topic::parse(&topic) else { return };
            if let Some(node) = self.host.stranger_died(&topic, now, batch) {
                self.end_series(&node.prefix(), batch).await;
            }
            if let Some(node) = self.host.hear(&topic, &publish.payload, publish.dup, now, batch).ask {
                tracing::info!(broker = self.broker.url, %node, "asking the node to be born again");
                let options = PublishOptions::new(QoS::AtMostOnce);
                let _ = client.try_publish(node.command_topic(), sparkplug::rebirth(now), options);
            }
            metrics::gauge!("andon_sparkplug_nodes_alive", "broker" => self.broker.url.clone()).set(self.host.alive() as f64);
            return;
        }
        let message = Message { topic: &topic, payload: &publish.payload, retained: publish.retain };
        machine::read(&self.broker.machines, message, self.broker.zone, now, batch);
        message::read(&self.broker.rules, message, self.broker.zone, now, batch);
    }

    /// A node died while nobody listened, and the broker kept its death for us: gaps for all series of its name.
    async fn end_series(&self, prefix: &str, batch: &mut Batch) {
        let Some(tenant) = self.store.tenant(self.broker.tenant.as_str()) else { return };
        let mut pause = Pause::new(Duration::from_millis(200), Duration::from_secs(10));
        loop {
            match self.last_words(&tenant, prefix).await {
                Ok(last) => {
                    // A series that ended in a gap stays as it is: the death was heard before. A name that is stored is no bad name.
                    let spoke = last.iter().filter(|last| last.value.is_some());
                    return spoke.for_each(|last| drop(batch.take(last.series.as_str(), last.time.plus(1), None)));
                }
                Err(error) => {
                    if pause.is_first() {
                        tracing::warn!(broker = self.broker.url, prefix, %error, "a node died; its series are looked up when the database answers");
                    }
                    tokio::time::sleep(pause.next()).await;
                }
            }
        }
    }

    /// The newest reading of each series of a node: when it was last heard, nobody else knows any more.
    async fn last_words(&self, tenant: &Tenant, prefix: &str) -> Result<Vec<Reading>, StoreError> {
        let mut last = Vec::new();
        for series in self.store.series(tenant).await?.iter().filter(|series| series.id.as_str().starts_with(prefix)) {
            last.extend(self.store.newest_row(tenant, &series.id).await?);
        }
        Ok(last)
    }

    /// Makes a batch durable, however long the database takes.
    async fn keep(&self, batch: Batch) {
        let Batch { readings, mut bad, .. } = batch;
        let mut pause = Pause::new(Duration::from_millis(200), Duration::from_secs(10));
        while !readings.is_empty() {
            match self.ingest.write(&self.broker.tenant, readings.clone()).await {
                Ok(written) => {
                    self.tally.written(written.rows);
                    break;
                }
                Err(IngestError::Invalid(reason)) => {
                    let text = |r: &Reading| format!("{} {} {:?}", r.series, r.time.rfc3339(), r.value);
                    bad.extend(readings.iter().map(|r| store::Quarantined { payload: text(r).into_bytes(), reason: reason.clone() }));
                    break;
                }
                Err(error) => self.later(&error, &mut pause).await,
            }
        }
        while !bad.is_empty() {
            match self.ingest.quarantine(&self.broker.tenant, &self.name, bad.clone()).await {
                Ok(()) => break,
                Err(IngestError::Invalid(reason)) => {
                    tracing::error!(broker = self.broker.url, reason, messages = bad.len(), "neither stored nor in quarantine");
                    break;
                }
                Err(error) => self.later(&error, &mut pause).await,
            }
        }
    }

    async fn later(&self, error: &IngestError, pause: &mut Pause) {
        if pause.is_first() {
            tracing::warn!(broker = self.broker.url, %error, "messages wait; they are not acknowledged to the broker");
        }
        tokio::time::sleep(pause.next()).await;
    }
}
