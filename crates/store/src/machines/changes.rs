//! Who shall look at a machine again: notices to this process and, through Postgres, to the others.

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

/// A change on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notice {
    pub change: MachineChange,
    /// The first and the last row of the log that it is about; `None` where it is about no rows, or not about all in between.
    pub rows: Option<(i64, i64)>,
}

impl Notice {
    /// Whether one notice may stand for both.
    pub fn is_about(&self, other: &Self) -> bool {
        (&self.change.tenant, &self.change.machine) == (&other.change.tenant, &other.change.machine)
    }

    /// Stands for a later one, too.
    pub fn join(&mut self, later: &Self) {
        let (held, range) = (self.change.range, later.change.range);
        self.change.range = TimeRange::new(held.start().min(range.start()), held.end().max(range.end())).unwrap_or(held);
        // Rows of another process may lie between those of two batches; it tells of them itself.
        let rows = self.rows.zip(later.rows).filter(|(a, b)| b.0 <= a.1.saturating_add(1) && a.0 <= b.1.saturating_add(1));
        self.rows = rows.map(|(a, b)| (a.0.min(b.0), a.1.max(b.1)));
    }
}

impl Store {
    /// Changes of machines from now on, one a batch, of this process and of every other that writes into the same database. A
    /// receiver that lags behind is told so and has to look at everything. When notices of other processes may have been
    /// missed, every plant changes. The first call starts to listen, so it needs a runtime around it.
    pub fn machine_changes(&self) -> broadcast::Receiver<MachineChange> {
        self.listen_once();
        self.inner.machines.sender.subscribe()
    }

    /// Tells the other processes when the transaction commits: what people state and report, seldom enough for that.
    pub(super) async fn tell_others(&self, transaction: &mut PgConnection, change: &MachineChange) -> Result<(), StoreError> {
        let payload = self.machine_notice(&Notice { change: change.clone(), rows: None });
        sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(payload).execute(transaction).await?;
        Ok(())
    }

    /// Takes in a notice; that of this store itself, of another schema or of somebody else changes nothing.
    pub(crate) fn hear_machine_notice(&self, payload: &str) {
        let Some(notice) = self.read_machine_notice(payload) else { return };
        self.inner.machines.ends.told(&notice);
        let _ = self.inner.machines.sender.send(notice.change);
    }

    /// Every plant may have changed while nobody listened.
    pub(crate) fn suspect_all_machines(&self) {
        for tenant in &self.inner.settings.tenants {
            let change = MachineChange { tenant: tenant.id.clone(), machine: None, range: TimeRange::ALL };
            let _ = self.inner.machines.sender.send(change);
        }
    }

    /// `schema process tenant start end first-row last-row`, then the machine, whose name may hold anything.
    pub(super) fn machine_notice(&self, notice: &Notice) -> String {
        let Notice { change: MachineChange { tenant, machine, range }, rows } = notice;
        let (schema, process, (first, last)) = (&self.inner.settings.schema, self.inner.process, rows.unwrap_or_default());
        let start = format!("{schema} {process:016x} {tenant} {} {} {first} {last}", range.start().us(), range.end().us());
        machine.as_ref().map_or(start.clone(), |machine| format!("{start} {machine}"))
    }

    fn read_machine_notice(&self, payload: &str) -> Option<Notice> {
        let mut words = payload.splitn(8, ' ');
        let (schema, process) = (words.next()?, words.next()?);
        if schema != self.inner.settings.schema || process == format!("{:016x}", self.inner.process) {
            return None;
        }
        let tenant = words.next()?.parse().ok()?;
        let mut number = || words.next()?.parse::<i64>().ok();
        let range = TimeRange::new(Timestamp::from_us(number()?), Timestamp::from_us(number()?)).ok()?;
        let rows = Some((number()?, number()?)).filter(|(_, last)| *last > 0);
        let machine = words.next().map(str::parse).transpose().ok()?;
        Some(Notice { change: MachineChange { tenant, machine, range }, rows })
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
        for (machine, rows) in [(None, None), (Some("mill 7 / left".parse().unwrap()), Some((3, 9)))] {
            let notice = Notice { change: MachineChange { tenant: "acme".parse().unwrap(), machine, range }, rows };
            let payload = one.machine_notice(&notice);
            assert_eq!(other.read_machine_notice(&payload), Some(notice));
            assert_eq!(one.read_machine_notice(&payload), None, "one's own");
        }
        for payload in
            ["", "andon", "andon 1 acme 4 5", "andon 1 acme 5 4 0 0", "else 1 acme 4 5 0 0", "andon 1 a/b 4 5 0 0", "andon 1 acme x 5 0 0"]
        {
            assert_eq!(other.read_machine_notice(payload), None, "{payload}");
        }
    }

    #[test]
    fn one_notice_stands_for_several() {
        let notice = |start, rows| {
            let range = TimeRange::new(Timestamp::from_us(start), Timestamp::MAX).unwrap();
            Notice { change: MachineChange { tenant: "acme".parse().unwrap(), machine: None, range }, rows }
        };
        let joined = |mut one: Notice, other| {
            one.join(&other);
            one
        };
        assert_eq!(joined(notice(5, Some((1, 4))), notice(3, Some((5, 6)))), notice(3, Some((1, 6))));
        assert_eq!(joined(notice(3, Some((1, 4))), notice(5, Some((6, 7)))), notice(3, None), "somebody else's row lies between");
        assert_eq!(joined(notice(3, Some((5, 6))), notice(3, Some((5, 6)))), notice(3, Some((5, 6))), "told again after a failure");
    }
}
