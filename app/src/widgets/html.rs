//! Small pieces of HTML as text. What changes as a whole with every answer (figures, labels, tables) is one string and
//! one assignment: less work for the browser than a tree of single texts, and far less code to load.

/// Text inside HTML or inside a quoted attribute.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// `<dt>term</dt><dd>text</dd>` in its own group; both are escaped.
pub fn pair(term: &str, text: &str, attributes: &str) -> String {
    format!("<div{attributes}><dt>{}</dt><dd>{}</dd></div>", escaped(term), escaped(text))
}
