//! What the device of a machine says of a block, in its own dialect and in the order in which it arrives.

use super::course::{Course, Doing, product};
use super::layout::{Dialect, FLAWS, Machine, REASONS};
use super::parts::{Made, Quality};
use super::trouble::{Broken, Outage};
use domain::Timestamp;
use domain::civil::{MINUTE_US, SECOND_US};
use domain::machine::{Observation, Part, Said};
use domain::oee::Class;

/// What a machine's own word means where it speaks no standard.
pub const OWN_WORDS: [(&str, Class); 6] = [
    ("RUN", Class::Run),
    ("REDUCED", Class::Slow),
    ("FAULT", Class::Stop),
    ("WAIT", Class::Stop),
    ("OFF", Class::Stop),
    ("SETUP", Class::Setup),
];

/// The place of the reason for which a machine pulls its own emergency stop.
const EMERGENCY: usize = 3;

/// All observations of a block in order of arrival. It begins with everything that holds, so that it can be read on its own.
pub fn observations(number: usize, machine: &Machine, course: &Course, made: &[Made]) -> Vec<Observation> {
    let speaker = Speaker { machine, course, made };
    let mut said = speaker.snapshot(course.block.start);
    let mut doing = course.phases.first().map(|phase| phase.doing);
    for phase in course.phases.iter().skip(1) {
        said.extend(speaker.changed(phase.start, doing, phase.doing));
        doing = Some(phase.doing);
    }
    said.extend(course.change.and_then(|(time, place)| Some((time, Said::Product(product(machine.line, place)?.id.to_owned())))));
    for (at, part) in made.iter().enumerate() {
        said.extend(speaker.part(at, part));
    }
    if machine.flaky {
        let beats = (0..).map(|beat| course.block.start.plus(7 * SECOND_US + beat * MINUTE_US));
        said.extend(beats.take_while(|time| *time < course.block.end).map(|time| (time, Said::Alive)));
    }
    for outage in course.outages.iter().filter(|outage| outage.kind != Broken::Late) {
        said.retain(|(time, _)| !outage.hides(*time));
        said.push(match outage.kind {
            Broken::Unavailable => (outage.start, Said::State("UNAVAILABLE".to_owned())),
            Broken::Lost => (outage.start, Said::Lost),
            // The last word before the silence repeats what holds, so that it begins exactly here.
            Broken::Silent | Broken::Late => (outage.start, Said::State(speaker.state_before(outage.start).to_owned())),
        });
        said.extend(speaker.snapshot(outage.end));
    }
    // What is said in the same instant stays in the order above.
    said.sort_by_key(|(time, _)| *time);
    let latency_us = 40_000 + 7_000 * i64::try_from(number).unwrap_or(0);
    let arrive = |(stamp, said): (Timestamp, Said)| {
        let late = course.outages.iter().find(|outage| outage.kind == Broken::Late && outage.hides(stamp));
        Observation { stamp, received: late.map_or(stamp, |outage| outage.end).plus(latency_us), said }
    };
    said.into_iter().map(arrive).collect()
}

impl Outage {
    /// Whether what happens at an instant is not told then.
    pub fn hides(&self, time: Timestamp) -> bool {
        self.start <= time && time < self.end
    }
}

struct Speaker<'a> {
    machine: &'a Machine,
    course: &'a Course,
    made: &'a [Made],
}

impl Speaker<'_> {
    /// Everything that holds at an instant.
    fn snapshot(&self, time: Timestamp) -> Vec<(Timestamp, Said)> {
        let next = self.course.phases.partition_point(|phase| phase.start <= time);
        let Some(phase) = self.course.phases.get(next.saturating_sub(1)) else { return Vec::new() };
        let mut said = Vec::new();
        said.extend(product(self.machine.line, self.course.product_at(time)).map(|product| (time, Said::Product(product.id.to_owned()))));
        said.extend(self.changed(time, None, phase.doing));
        if self.machine.dialect == Dialect::MtConnect {
            let before = self.made.partition_point(|part| part.time < time);
            for part in [Part::Good, Part::Reject, Part::Rework] {
                said.push((time, Said::Total { part, reading: self.total(part, before) }));
            }
        }
        said
    }

    /// The state that was said last before an instant.
    fn state_before(&self, time: Timestamp) -> &'static str {
        words(self.machine.dialect, self.course.before(time).unwrap_or(Doing::Off)).0
    }

    /// What is said when the machine does something else from an instant on; `None` before is a device that has just begun to speak.
    fn changed(&self, time: Timestamp, before: Option<Doing>, now: Doing) -> Vec<(Timestamp, Said)> {
        let (state, mode) = words(self.machine.dialect, now);
        let known = before.map(|before| words(self.machine.dialect, before));
        let mut said = Vec::new();
        if self.machine.dialect == Dialect::MtConnect && before.map(emergency) != Some(emergency(now)) {
            // A device that was never in an emergency says so once.
            said.push((time, Said::EmergencyStop(if emergency(now) { "TRIGGERED" } else { "ARMED" }.to_owned())));
        }
        if let Some(mode) = mode.filter(|mode| known.is_none_or(|(_, before)| before != Some(*mode))) {
            said.push((time, Said::Mode(mode.to_owned())));
        }
        said.push((time, Said::State(state.to_owned())));
        let reason = match now {
            Doing::Down(reason) | Doing::Waiting(reason) if self.machine.dialect == Dialect::PackMl => REASONS.get(reason),
            _ => None,
        };
        said.extend(reason.map(|reason| (time, Said::Reason(reason.id.to_owned()))));
        said
    }

    /// A finished part, by counter or outright; and why it is not good.
    fn part(&self, at: usize, part: &Made) -> impl Iterator<Item = (Timestamp, Said)> {
        let said = match self.machine.dialect {
            Dialect::MtConnect => {
                let counted = counter(part.fate);
                Said::Total { part: counted, reading: self.total(counted, at + 1) }
            }
            Dialect::PackMl | Dialect::Words => Said::Parts(part.fate.parts()),
        };
        // A device that counts no start-up parts does not know why they are bad either.
        let judged = matches!(part.fate, Quality::Reject | Quality::Rework);
        let flaw = judged.then(|| flaw(part.time)).flatten().map(|id| Said::RejectReason(id.to_owned()));
        [Some(said), flaw].into_iter().flatten().map(|said| (part.time, said))
    }

    /// What a counter shows after the first parts of the block; it is reset with each shift.
    fn total(&self, part: Part, parts: usize) -> u64 {
        let counted = self.made.iter().take(parts).filter(|made| counter(made.fate) == part).count();
        u64::try_from(counted).unwrap_or(u64::MAX)
    }
}

/// The flaw of a part by when it was finished: no draw of its own, so that what else happens stays what it is. Half of them have the
/// first, and some none that anybody knows.
fn flaw(time: Timestamp) -> Option<&'static str> {
    let place = match time.us().div_euclid(1_000).rem_euclid(20) {
        0..10 => 0,
        10..15 => 1,
        15..17 => 2,
        17..19 => 3,
        _ => return None,
    };
    FLAWS.get(place).map(|flaw| flaw.id)
}

/// The counter of a device that knows no start-up.
fn counter(quality: Quality) -> Part {
    match quality {
        Quality::Good => Part::Good,
        Quality::Reject | Quality::StartupReject => Part::Reject,
        Quality::Rework => Part::Rework,
    }
}

fn emergency(doing: Doing) -> bool {
    doing == Doing::Down(EMERGENCY)
}

/// The words for what a machine does: state and, where the dialect has one, mode.
fn words(dialect: Dialect, doing: Doing) -> (&'static str, Option<&'static str>) {
    match dialect {
        Dialect::MtConnect => match doing {
            Doing::Run | Doing::Slow => ("ACTIVE", Some("AUTOMATIC")),
            Doing::Setup => ("READY", Some("MANUAL")),
            Doing::Down(_) => ("STOPPED", Some("AUTOMATIC")),
            Doing::Minor => ("INTERRUPTED", Some("AUTOMATIC")),
            Doing::Pause | Doing::Late => ("OPTIONAL_STOP", Some("AUTOMATIC")),
            Doing::Waiting(_) | Doing::Off => ("READY", Some("AUTOMATIC")),
        },
        Dialect::PackMl => match doing {
            Doing::Run | Doing::Slow => ("Execute", Some("Production")),
            Doing::Setup => ("Idle", Some("Manual")),
            Doing::Down(_) => ("Aborted", Some("Production")),
            Doing::Minor => ("Held", Some("Production")),
            Doing::Pause | Doing::Late => ("Idle", Some("Production")),
            Doing::Waiting(_) => ("Suspended", Some("Production")),
            Doing::Off => ("Stopped", Some("Production")),
        },
        Dialect::Words => match doing {
            Doing::Run => ("RUN", None),
            Doing::Slow => ("REDUCED", None),
            Doing::Setup => ("SETUP", None),
            Doing::Down(_) => ("FAULT", None),
            Doing::Minor | Doing::Pause | Doing::Late | Doing::Waiting(_) => ("WAIT", None),
            Doing::Off => ("OFF", None),
        },
    }
}
