//! `spBv1.0/group/TYPE/node[/device]`

use std::fmt;

/// An edge node: its group and its own name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NodeName {
    /// The group.
    pub group: String,
    /// The node.
    pub node: String,
}

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A node or a device is there, and these are its metrics.
    Birth,
    /// Metrics that changed.
    Data,
    /// It is gone.
    Death,
}

/// A topic that concerns a host that listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Of which node.
    pub node: NodeName,
    /// Of which device; `None` for the node itself.
    pub device: Option<String>,
    /// What it says.
    pub kind: Kind,
}

impl NodeName {
    /// What the names of all its series begin with.
    pub fn prefix(&self) -> String {
        format!("{self}/")
    }

    /// Where the node listens for commands.
    pub fn command_topic(&self) -> String {
        format!("spBv1.0/{}/NCMD/{}", self.group, self.node)
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.group, self.node)
    }
}

impl Topic {
    /// Reads a topic. `None` for commands, for the state of other hosts, and for what is no Sparkplug.
    pub fn parse(topic: &str) -> Option<Self> {
        let mut levels = topic.split('/');
        if levels.next()? != "spBv1.0" {
            return None;
        }
        let (group, kind, node, device) = (levels.next()?, levels.next()?, levels.next()?, levels.next());
        if levels.next().is_some() || group.is_empty() || node.is_empty() || device == Some("") {
            return None;
        }
        let (of_device, kind) = match kind {
            "NBIRTH" => (false, Kind::Birth),
            "NDATA" => (false, Kind::Data),
            "NDEATH" => (false, Kind::Death),
            "DBIRTH" => (true, Kind::Birth),
            "DDATA" => (true, Kind::Data),
            "DDEATH" => (true, Kind::Death),
            _ => return None,
        };
        let node = NodeName { group: group.to_owned(), node: node.to_owned() };
        (of_device == device.is_some()).then(|| Self { node, device: device.map(str::to_owned), kind })
    }

    /// Name of a metric's series: `group/node/metric`, or `group/node/device/metric`. Metrics have levels of their own, so a
    /// node's metric `pump/speed` and the metric `speed` of its device `pump` are the same series.
    pub fn series(&self, device: Option<&str>, metric: &str) -> String {
        let Self { node, .. } = self;
        device.map_or_else(|| format!("{node}/{metric}"), |device| format!("{node}/{device}/{metric}"))
    }
}
