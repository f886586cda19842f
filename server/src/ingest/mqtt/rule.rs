//! Which topics are series, and what their series are called.

use serde_json::Value;

/// A topic filter of MQTT: `plant/+/temperature`, `plant/#`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(String);

/// The name of a series, made of the topic and the payload: `{1}/{2}`, `{topic}`, `boiler {/name}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// What a wildcard of the filter stands for, counted from 1.
    Wildcard(usize),
    Topic,
    /// A text or a number of the payload.
    Pointer(String),
}

/// Why a text is no filter or template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRule {
    /// The filter.
    #[error("`{0}` is no topic filter; + stands for one whole level, # for the rest and only at the end")]
    Filter(String),
    /// An opening brace without its closing one.
    #[error("`{0}` has a brace that is not closed")]
    OpenBrace(String),
    /// A place holder of no kind.
    #[error(
        "`{{{0}}}` stands for nothing; write {{1}} for the first wildcard of the filter, {{topic}}, or {{/name}} for a value of the payload"
    )]
    Unknown(String),
    /// A wildcard that the filter does not have.
    #[error("`{{{0}}}` has no wildcard; the filter has {1}")]
    NoWildcard(usize, usize),
}

impl Filter {
    /// Reads a filter.
    pub fn parse(text: &str) -> Result<Self, BadRule> {
        let refused = || BadRule::Filter(text.to_owned());
        let mut levels = text.split('/').rev();
        let last = levels.next().filter(|_| !text.is_empty() && !text.contains('\0')).ok_or_else(refused)?;
        let plain = |level: &str| level == "+" || !level.contains(['+', '#']);
        if (last == "#" || plain(last)) && levels.all(plain) { Ok(Self(text.to_owned())) } else { Err(refused()) }
    }

    /// The filter as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn wildcards(&self) -> usize {
        self.0.split('/').filter(|level| matches!(*level, "+" | "#")).count()
    }

    /// What the wildcards stand for in a topic; `None` where the topic does not match.
    pub fn captures<'t>(&self, topic: &'t str) -> Option<Vec<&'t str>> {
        // The broker's own topics are not part of a filter that starts with a wildcard.
        if topic.starts_with('$') && !self.0.starts_with('$') {
            return None;
        }
        let mut rest = Some(topic);
        let mut captured = Vec::new();
        for level in self.0.split('/') {
            if level == "#" {
                captured.push(rest.unwrap_or_default());
                return Some(captured);
            }
            let (here, after) = rest?.split_once('/').map_or((rest?, None), |(here, after)| (here, Some(after)));
            match level {
                "+" => captured.push(here),
                same if same == here => {}
                _ => return None,
            }
            rest = after;
        }
        rest.is_none().then_some(captured)
    }
}

impl Template {
    /// Reads a template for the topics of a filter.
    pub fn parse(text: &str, filter: &Filter) -> Result<Self, BadRule> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let (holder, after) = after.split_once('}').ok_or_else(|| BadRule::OpenBrace(text.to_owned()))?;
            parts.push(Part::parse(holder, filter.wildcards())?);
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// The topic itself.
    pub fn topic() -> Self {
        Self(vec![Part::Topic])
    }

    /// The name; `Err(pointer)` where the payload has nothing to name it by.
    pub fn fill(&self, topic: &str, captures: &[&str], payload: &dyn Fn(&str) -> Option<Value>) -> Result<String, String> {
        let mut name = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => name.push_str(text),
                Part::Wildcard(number) => name.push_str(captures.get(number - 1).copied().unwrap_or_default()),
                Part::Topic => name.push_str(topic),
                Part::Pointer(pointer) => match payload(pointer) {
                    Some(Value::String(text)) => name.push_str(&text),
                    Some(Value::Number(number)) => name.push_str(&number.to_string()),
                    _ => return Err(pointer.clone()),
                },
            }
        }
        Ok(name)
    }
}

impl Part {
    fn parse(holder: &str, wildcards: usize) -> Result<Self, BadRule> {
        match (holder, holder.parse::<usize>()) {
            ("topic", _) => Ok(Self::Topic),
            (_, Ok(number)) if (1..=wildcards).contains(&number) => Ok(Self::Wildcard(number)),
            (_, Ok(number)) => Err(BadRule::NoWildcard(number, wildcards)),
            (pointer, _) if pointer.starts_with('/') => Ok(Self::Pointer(pointer.to_owned())),
            _ => Err(BadRule::Unknown(holder.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_match_as_the_standard_says() {
        for (filter, topic, captures) in [
            ("plant/+/temp", "plant/a/temp", Some(vec!["a"])),
            ("plant/+/temp", "plant/a/b/temp", None),
            ("plant/+/temp", "plant/a/temp/x", None),
            ("plant/#", "plant/a/b", Some(vec!["a/b"])),
            ("plant/#", "plant", Some(vec![""])),
            ("plant/#", "plants", None),
            ("#", "a/b", Some(vec!["a/b"])),
            ("#", "$SYS/load", None),
            ("+/+", "/a", Some(vec!["", "a"])),
            ("+", "/a", None),
            ("a/b", "a/b", Some(vec![])),
            ("a/b/+", "a/b", None),
        ] {
            assert_eq!(Filter::parse(filter).unwrap().captures(topic), captures, "{filter} {topic}");
        }
        for text in ["", "a/#/b", "a+", "a/b#", "#a"] {
            assert_eq!(Filter::parse(text), Err(BadRule::Filter(text.to_owned())));
        }
    }

    #[test]
    fn names_are_filled_from_topic_and_payload() {
        let filter = Filter::parse("plant/+/+/value").unwrap();
        let captures = filter.captures("plant/press/4/value").unwrap();
        let payload = |pointer: &str| serde_json::json!({"name": "°C", "n": 7}).pointer(pointer).cloned();
        let fill = |text: &str| {
            let template = Template::parse(text, &filter).map_err(|e| e.to_string())?;
            template.fill("plant/press/4/value", &captures, &payload)
        };
        assert_eq!(fill("{1}/{2}").as_deref(), Ok("press/4"));
        assert_eq!(fill("{topic} {/name}{/n}").as_deref(), Ok("plant/press/4/value °C7"));
        assert_eq!(fill("fixed").as_deref(), Ok("fixed"));
        assert_eq!(fill("{/missing}"), Err("/missing".to_owned()));
        assert!(fill("{3}").unwrap_err().contains("the filter has 2"));
        assert!(fill("{0}").unwrap_err().contains("no wildcard"));
        assert!(fill("{x").unwrap_err().contains("not closed"));
        assert!(fill("{x}").unwrap_err().contains("stands for nothing"));
    }
}
