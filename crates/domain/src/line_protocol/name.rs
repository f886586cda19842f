//! The name of the series that a field of a point is one reading of.

use super::Point;

/// Names the series of one point. One field of one set of tags is one series:
///
/// `measurement.field{key=value,key=value}`
///
/// with the tags in the order of their keys' bytes, and without braces where there is no tag. So that two different
/// series never share a name, a backslash stands before each backslash and opening brace of measurement and field, before
/// each point of the field, and before each backslash, comma, equals sign and closing brace of a tag.
#[derive(Clone, Debug)]
pub struct SeriesNames {
    measurement: String,
    tags: String,
}

impl SeriesNames {
    /// What is common to the names of a point's fields.
    pub fn new(point: &Point<'_>) -> Self {
        let mut measurement = String::with_capacity(point.measurement.len() + 1);
        escape(&mut measurement, &point.measurement, &['\\', '{']);
        measurement.push('.');
        let mut tags: Vec<(&str, &str)> = point.tags.iter().map(|(key, value)| (&**key, &**value)).collect();
        tags.sort_unstable();
        let mut text = String::new();
        for (position, (key, value)) in tags.into_iter().enumerate() {
            text.push(if position == 0 { '{' } else { ',' });
            escape(&mut text, key, &['\\', ',', '=', '}']);
            text.push('=');
            escape(&mut text, value, &['\\', ',', '=', '}']);
        }
        if !text.is_empty() {
            text.push('}');
        }
        Self { measurement, tags: text }
    }

    /// The name of one field's series; never empty.
    pub fn of(&self, field: &str) -> String {
        let mut name = String::with_capacity(self.measurement.len() + field.len() + self.tags.len());
        name.push_str(&self.measurement);
        escape(&mut name, field, &['\\', '{', '.']);
        name.push_str(&self.tags);
        name
    }
}

fn escape(out: &mut String, text: &str, special: &[char]) {
    if !text.contains(special) {
        out.push_str(text);
        return;
    }
    for character in text.chars() {
        if special.contains(&character) {
            out.push('\\');
        }
        out.push(character);
    }
}
