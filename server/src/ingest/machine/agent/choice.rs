//! Which of several items says the state, or a total. A device with two paths has two executions and two counters, and mixed they
//! are neither: the state would be that of whichever spoke last, and a counter would seem to be reset at every turn.

use super::streams::{Item, Seen};
use domain::machine::Said;

/// The items that are listened to, by what they say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    chosen: Vec<(Role, String)>,
}

/// What one item alone may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    State,
    Total(usize),
}

impl Choice {
    /// The first of each kind, in the order of the agent's document; and a sentence for each kind of which there are others.
    pub fn of(items: &[Item]) -> (Self, Vec<String>) {
        let mut all: Vec<(Role, Vec<&Item>)> = Vec::new();
        for item in items {
            let Some(role) = role(&item.said) else { continue };
            match all.iter_mut().find(|(known, _)| *known == role) {
                Some((_, items)) if items.iter().any(|known| known.id == item.id) => {}
                Some((_, items)) => items.push(item),
                None => all.push((role, vec![item])),
            }
        }
        let first = |(role, items): &(Role, Vec<&Item>)| items.first().map(|item| (*role, item.id.clone()));
        let several = all.iter().filter(|(_, items)| items.len() > 1).map(|(role, items)| sentence(*role, items));
        (Self { chosen: all.iter().filter_map(first).collect() }, several.collect())
    }

    /// Whether what an item says is another item's to say.
    pub fn leaves_out(&self, seen: &Seen) -> bool {
        let (Some(said), Some(item)) = (&seen.said, &seen.item) else { return false };
        let role = role(said);
        self.chosen.iter().any(|(of, chosen)| Some(*of) == role && chosen != item)
    }
}

fn role(said: &Said) -> Option<Role> {
    match said {
        Said::State(_) => Some(Role::State),
        Said::Total { part, .. } => Some(Role::Total(part.place())),
        _ => None,
    }
}

fn sentence(role: Role, items: &[&Item]) -> String {
    let key = match role {
        Role::State => "state",
        Role::Total(place) => ["total", "good", "reject", "rework"].get(place).copied().unwrap_or("total"),
    };
    let names: Vec<String> = items.iter().map(|item| format!("`{}` of {}", item.id, item.component)).collect();
    let taken = items.first().map_or("", |item| item.id.as_str());
    format!(
        "several items say the {key}: {}; `{taken}` is taken; name another one as {key} in the keys of [[machine_source]]",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::super::streams::Streams;
    use super::*;
    use domain::machine::Keys;

    #[test]
    fn of_two_paths_the_first_speaks() {
        let path = |name: &str, sequence: u32, state: &str, count: u32| {
            format!(
                "<ComponentStream component=\"Path\" name=\"{name}\"><Events>\
                 <Execution dataItemId=\"{name}_exec\" sequence=\"{sequence}\" timestamp=\"2026-01-31T06:00:00Z\">{state}</Execution>\
                 <PartCount dataItemId=\"{name}_count\" sequence=\"{}\" timestamp=\"2026-01-31T06:00:00Z\">{count}</PartCount>\
                 </Events></ComponentStream>",
                sequence + 1
            )
        };
        let document = |streams: &str| {
            let header = "<Header instanceId=\"1\" nextSequence=\"9\" firstSequence=\"1\"/>";
            let text = format!(
                "<MTConnectStreams>{header}<Streams><DeviceStream name=\"Lathe\">{streams}</DeviceStream></Streams></MTConnectStreams>"
            );
            Streams::parse(&text, &Keys::default()).unwrap()
        };
        // The first path spoke last; the order of the document counts.
        let streams = document(&format!("{}{}", path("p1", 5, "ACTIVE", 1_000), path("p2", 3, "READY", 7)));
        let (choice, several) = Choice::of(&streams.items);
        let heard: Vec<&str> =
            streams.seen.iter().filter(|seen| !choice.leaves_out(seen)).filter_map(|seen| seen.item.as_deref()).collect();
        assert_eq!(heard, ["p1_exec", "p1_count"]);
        assert_eq!(
            several,
            [
                "several items say the state: `p1_exec` of Path p1, `p2_exec` of Path p2; `p1_exec` is taken; name another one as state in the keys of [[machine_source]]",
                "several items say the total: `p1_count` of Path p1, `p2_count` of Path p2; `p1_count` is taken; name another one as total in the keys of [[machine_source]]"
            ]
        );
        let (choice, several) = Choice::of(&document(&path("p2", 3, "READY", 7)).items);
        assert!(several.is_empty() && streams.seen.iter().any(|seen| choice.leaves_out(seen)));
    }
}
