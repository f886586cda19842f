//! Who shall look at a machine again: one notice a batch, to this process and, through Postgres, to the others.

use crate::{Store, StoreError};
use domain::{MachineId, TenantId, TimeRange, Timestamp};
use sqlx::PgConnection;
use tokio::sync::broadcast;

/// Where notices to other processes are sent.
pub(crate) const CHANNEL: &str = "andon_machines";

/// A machine of which something is new: observations, reports, or (over all of time) the model of its plant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineChange {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which; `None` for all of the plant, when facts changed.
    pub machine: Option<MachineId>,
    /// Where.
    pub range: TimeRange,
}

impl Store {
    /// Changes of machines from now on, one a batch, of this process and of every other that writes into the same database. A
    /// receiver that lags behind is told so and has to look at everything. When notices of other processes may have been
    /// missed, every plant changes. The first call starts to listen, so it needs a runtime around it.
    pub fn machine_changes(&self) -> broadcast::Receiver<MachineChange> {
        self.listen_once();
        self.inner.machines.sender.subscribe()
    }

    /// Tells the other processes when the transaction commits.
    pub(super) async fn tell_others(&self, transaction: &mut PgConnection, change: &MachineChange) -> Result<(), StoreError> {
        sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(self.machine_notice(change)).execute(transaction).await?;
        Ok(())
    }

    /// Takes in a notice; that of this store itself, of another schema or of somebody else changes nothing.
    pub(crate) fn hear_machine_notice(&self, payload: &str) {
        let heard = self.read_machine_notice(payload);
        let _ = heard.map(|change| self.inner.machines.sender.send(change));
    }

    /// Every plant may have changed while nobody listened.
    pub(crate) fn suspect_all_machines(&self) {
        for tenant in &self.inner.settings.tenants {
            let change = MachineChange { tenant: tenant.id.clone(), machine: None, range: TimeRange::ALL };
            let _ = self.inner.machines.sender.send(change);
        }
    }

    /// `schema process tenant start end`, then the machine, whose name may hold anything.
    fn machine_notice(&self, change: &MachineChange) -> String {
        let MachineChange { tenant, machine, range } = change;
        let (schema, process) = (&self.inner.settings.schema, self.inner.process);
        let start = format!("{schema} {process:016x} {tenant} {} {}", range.start().us(), range.end().us());
        machine.as_ref().map_or(start.clone(), |machine| format!("{start} {machine}"))
    }

    fn read_machine_notice(&self, payload: &str) -> Option<MachineChange> {
        let mut words = payload.splitn(6, ' ');
        let (schema, process) = (words.next()?, words.next()?);
        if schema != self.inner.settings.schema || process == format!("{:016x}", self.inner.process) {
            return None;
        }
        let tenant = words.next()?.parse().ok()?;
        let mut instant = || words.next()?.parse().ok().map(Timestamp::from_us);
        let range = TimeRange::new(instant()?, instant()?).ok()?;
        let machine = words.next().map(str::parse).transpose().ok()?;
        Some(MachineChange { tenant, machine, range })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    #[test]
    fn a_notice_is_heard_by_others() {
        let [one, other] = [(); 2].map(|()| Store::new(Settings::without_configuration(domain::zone::Zone::UTC)));
        let range = TimeRange::new(Timestamp::from_us(-5), Timestamp::MAX).unwrap();
        for machine in [None, Some("mill 7 / left".parse().unwrap())] {
            let change = MachineChange { tenant: "acme".parse().unwrap(), machine, range };
            let payload = one.machine_notice(&change);
            assert_eq!(other.read_machine_notice(&payload), Some(change));
            assert_eq!(one.read_machine_notice(&payload), None, "one's own");
        }
        for payload in ["", "andon", "andon 1 acme 5 4", "else 1 acme 4 5", "andon 1 a/b 4 5", "andon 1 acme x 5"] {
            assert_eq!(other.read_machine_notice(payload), None, "{payload}");
        }
    }
}
