//! The agent's answers: MTConnectStreams and MTConnectError, read as a tree.
//!
//! Source: MTConnect Part 1 (Header, Error) and Part 2 (observations).

use domain::Timestamp;
use domain::machine::Keys;
use domain::machine::Said;
use domain::machine::keys::BadValue;
use domain::time::Written;
use roxmltree::{Document, Node};

/// An answer that holds observations, in the order of their sequences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Streams {
    /// About the agent.
    pub header: Header,
    /// What devices said.
    pub seen: Vec<Seen>,
    /// What was said, in the order of the document.
    pub items: Vec<Item>,
    /// Items that say something they cannot.
    pub bad: Vec<String>,
}

/// An item that says something about states and parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its id at the agent.
    pub id: String,
    /// What it is part of, for people.
    pub component: String,
    /// What it said.
    pub said: Said,
}

/// Which agent it is, and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Another one: the agent began anew, and sequences with it.
    pub instance: u64,
    /// The oldest that it still holds.
    pub first: u64,
    /// Where to go on.
    pub next: u64,
    /// The agent's clock.
    pub created: Option<Timestamp>,
}

/// An observation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its place in the agent's order.
    pub sequence: u64,
    /// The device's clock, or the agent's for it.
    pub stamp: Timestamp,
    /// `None`: nothing about states and parts, but the device is there.
    pub said: Option<Said>,
    /// The id of the item.
    pub item: Option<String>,
}

/// Why an answer is no such thing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadStreams {
    /// What was asked for is not in the agent's buffer any more, or not yet.
    #[error("the agent does not hold what comes next any more")]
    OutOfRange,
    /// Anything else that an agent refuses.
    #[error("the agent refuses: {0}")]
    Agent(String),
    /// No XML.
    #[error("the answer is no XML: {0}")]
    Xml(String),
    /// Other XML.
    #[error("the answer is not from an MTConnect agent: {0}")]
    Other(String),
}

impl Streams {
    /// Reads an answer; `keys` say what is of interest. Items are found by their id, their name, their type with its subtype
    /// (`PartCount.GOOD`) and their type.
    pub fn parse(text: &str, keys: &Keys) -> Result<Self, BadStreams> {
        let start: String = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).chars().take(14).collect();
        if ["<!doctype html", "<html"].iter().any(|page| start.to_ascii_lowercase().starts_with(page)) {
            return Err(BadStreams::Other("it is a web page; write into agent the address under which it answers /current".to_owned()));
        }
        let document = Document::parse(text).map_err(|error| BadStreams::Xml(error.to_string()))?;
        let root = document.root_element();
        match root.tag_name().name() {
            "MTConnectStreams" => {}
            "MTConnectError" => return Err(refusal(root)),
            other => return Err(BadStreams::Other(format!("its root is `{other}`"))),
        }
        let header = child(root, "Header").and_then(header).ok_or_else(|| BadStreams::Other("its header is not whole".to_owned()))?;
        let mut streams = Self { header, seen: Vec::new(), items: Vec::new(), bad: Vec::new() };
        for item in root.descendants().filter(|node| node.is_element() && node.has_attribute("sequence")) {
            streams.take(item, keys);
        }
        streams.seen.sort_by_key(|seen| seen.sequence);
        Ok(streams)
    }

    fn take(&mut self, node: Node<'_, '_>, keys: &Keys) {
        let sequence = node.attribute("sequence").and_then(|text| text.parse().ok());
        let Some((sequence, stamp)) = sequence.zip(node.attribute("timestamp").and_then(time)) else {
            return self.bad.push(format!("`{}` has no sequence or no time", node.tag_name().name()));
        };
        let unavailable = value(node).eq_ignore_ascii_case("UNAVAILABLE") || node.tag_name().name() == "Unavailable";
        match said(node, keys) {
            // The agent says so when it has lost the device.
            Ok(None) if unavailable => {}
            Ok(said) => {
                let item = node.attribute("dataItemId").filter(|_| said.is_some()).map(str::to_owned);
                if let (Some(said), Some(id)) = (&said, &item) {
                    self.items.push(Item { id: id.clone(), component: component(node), said: said.clone() });
                }
                self.seen.push(Seen { sequence, stamp, said, item });
            }
            Err(error) => self.bad.push(format!("`{}`, sequence {sequence}: {error}", node.tag_name().name())),
        }
    }
}

fn said(item: Node<'_, '_>, keys: &Keys) -> Result<Option<Said>, BadValue> {
    let kind = item.tag_name().name();
    let word = match kind {
        "Normal" | "Warning" | "Unavailable" => return Ok(None),
        "Fault" => item.attribute("nativeCode").filter(|code| !code.is_empty()).unwrap_or_else(|| value(item)),
        _ => value(item),
    };
    let subtype = item.attribute("subType");
    let with_subtype = subtype.map(|subtype| format!("{kind}.{subtype}"));
    // The target of a counter, or what is left of it, is no count of parts made.
    let whole = matches!(subtype, None | Some("ALL" | "ACTUAL" | "ACTIVE" | "COMPLETE" | "MAIN")).then_some(kind);
    let names = [item.attribute("dataItemId"), item.attribute("name"), with_subtype.as_deref(), whole];
    for name in names.into_iter().flatten() {
        if let Some(said) = keys.said(name, word)? {
            return Ok(Some(said));
        }
    }
    Ok(None)
}

fn value<'a>(item: Node<'a, '_>) -> &'a str {
    item.text().unwrap_or_default().trim()
}

/// The component that an item is part of, as `Path path1`.
fn component(node: Node<'_, '_>) -> String {
    let stream = node.ancestors().find(|node| node.tag_name().name() == "ComponentStream");
    let names = stream.iter().flat_map(|stream| [stream.attribute("component"), stream.attribute("name")]).flatten();
    names.collect::<Vec<_>>().join(" ")
}

fn header(node: Node<'_, '_>) -> Option<Header> {
    let number = |name: &str| node.attribute(name).and_then(|text| text.parse().ok());
    let (instance, next) = (number("instanceId")?, number("nextSequence")?);
    Some(Header { instance, first: number("firstSequence").unwrap_or(next), next, created: node.attribute("creationTime").and_then(time) })
}

fn refusal(root: Node<'_, '_>) -> BadStreams {
    let errors: Vec<Node<'_, '_>> = root.descendants().filter(|node| node.has_attribute("errorCode")).collect();
    if errors.iter().any(|error| error.attribute("errorCode") == Some("OUT_OF_RANGE")) {
        return BadStreams::OutOfRange;
    }
    BadStreams::Agent(errors.iter().map(|error| value(*error)).collect::<Vec<_>>().join("; ").chars().take(300).collect())
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.tag_name().name() == name)
}

/// In UTC where it names no zone.
fn time(text: &str) -> Option<Timestamp> {
    match Timestamp::parse(text)? {
        Written::Instant(time) => Some(time),
        Written::WallTime(us) => Some(Timestamp::from_us(us)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::machine::Part;
    use domain::machine::keys::Names;

    const ANSWER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<MTConnectStreams xmlns:m="urn:mtconnect.org:MTConnectStreams:1.3" xmlns="urn:mtconnect.org:MTConnectStreams:1.3">
  <Header creationTime="2026-01-31T06:00:01Z" sender="x" instanceId="1498089600" version="1.3.0" bufferSize="131072" nextSequence="42" firstSequence="7" lastSequence="41"/>
  <Streams><DeviceStream name="Mill" uuid="u"><ComponentStream component="Path" name="path" componentId="p">
    <Samples><Position dataItemId="x1" sequence="41" timestamp="2026-01-31T06:00:00.9Z" subType="ACTUAL">1.5</Position>
      <Position dataItemId="x2" sequence="39" timestamp="2026-01-31T06:00:00.9Z">UNAVAILABLE</Position></Samples>
    <Events><Execution dataItemId="p2" name="exec1" sequence="40" timestamp="2026-01-31T06:00:00.5Z">ACTIVE</Execution>
      <ControllerMode dataItemId="p3" sequence="12" timestamp="2026-01-31T05:00:00">AUTOMATIC</ControllerMode>
      <PartCount dataItemId="c1" sequence="33" timestamp="2026-01-31T05:59:00Z" subType="ALL">7</PartCount>
      <PartCount dataItemId="c2" sequence="34" timestamp="2026-01-31T05:59:00Z" subType="TARGET">500</PartCount>
      <PartCount dataItemId="c3" sequence="35" timestamp="2026-01-31T05:59:00Z" subType="GOOD">6</PartCount>
      <PartCount dataItemId="c4" sequence="36" timestamp="2026-01-31T05:59:00Z">many</PartCount></Events>
    <Condition><Normal dataItemId="s" sequence="20" timestamp="2026-01-31T05:30:00Z" type="SYSTEM"/>
      <Fault dataItemId="s" sequence="21" timestamp="2026-01-31T05:31:00Z" type="SYSTEM" nativeCode="E7">Door &amp; lid</Fault></Condition>
  </ComponentStream></DeviceStream></Streams></MTConnectStreams>"#;

    #[test]
    fn an_answer_is_read_in_the_order_of_its_sequences() {
        let keys = Keys { good: Names::of(&["PartCount.GOOD"]), reason: Names::of(&["s"]), ..Keys::default() };
        let streams = Streams::parse(ANSWER, &keys).unwrap();
        assert_eq!((streams.header.instance, streams.header.first, streams.header.next), (1_498_089_600, 7, 42));
        let seen: Vec<(u64, Option<Said>)> = streams.seen.into_iter().map(|seen| (seen.sequence, seen.said)).collect();
        let total = |part, reading| Some(Said::Total { part, reading });
        let expected = [
            (12, Some(Said::Mode("AUTOMATIC".into()))),
            (20, None),
            (21, Some(Said::Reason("E7".into()))),
            (33, total(Part::Total, 7)),
            (34, None),
            (35, total(Part::Good, 6)),
            (40, Some(Said::State("ACTIVE".into()))),
            (41, None),
        ];
        assert_eq!(seen, expected);
        assert_eq!(streams.bad, ["`PartCount`, sequence 36: `many` is no count of parts; a running total is a whole number from 0 on"]);
        let one = Streams::parse(ANSWER, &Keys { state: Names::of(&["another"]), ..Keys::none() }).unwrap();
        assert!(one.seen.iter().all(|seen| seen.said.is_none()));
    }

    #[test]
    fn refusals_are_told_apart() {
        let error = |code: &str| {
            let text = format!(
                "<MTConnectError><Header/><Errors><Error errorCode=\"{code}\">'from' must be greater than 7</Error></Errors></MTConnectError>"
            );
            Streams::parse(&text, &Keys::default()).unwrap_err()
        };
        assert_eq!(error("OUT_OF_RANGE"), BadStreams::OutOfRange);
        assert_eq!(error("NO_DEVICE"), BadStreams::Agent("'from' must be greater than 7".into()));
        for (text, sentence) in [
            ("<feed/>", "its root is `feed`"),
            ("\n<!DOCTYPE HTML><html>", "it is a web page"),
            ("<html lang=en>", "it is a web page"),
            ("{}", "no XML"),
            ("<MTConnectStreams/>", "header is not whole"),
        ] {
            let error = Streams::parse(text, &Keys::default()).unwrap_err().to_string();
            assert!(error.contains(sentence), "{text}: {error}");
        }
    }
}
