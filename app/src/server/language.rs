//! The reader's language, as the browser says it: reasons are named in it, where the plant has names in it.

/// The language that the reader likes best, `de-AT`; empty where the browser does not say. Others that it would take, too, are left
/// aside: what a reason is called in no language in particular is mostly one of those.
pub fn of_reader() -> String {
    super::reports::header("accept-language").map(|header| best(&header)).unwrap_or_default()
}

/// The first of those with the highest weight.
fn best(header: &str) -> String {
    let mut best = ("", 0.0);
    for entry in header.split(',') {
        let mut parts = entry.split(';').map(str::trim);
        let language = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0));
        if weight > best.1 && language != "*" && !language.is_empty() {
            best = (language, weight);
        }
    }
    best.0.chars().take(35).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_is_liked_best_is_taken() {
        for (header, language) in [
            ("de-AT,de;q=0.9,en;q=0.5", "de-AT"),
            ("en;q=0.5, fr ; q=0.8", "fr"),
            ("*, de;q=0.1", "de"),
            ("de;q=0", ""),
            ("de;q=x,en", "en"),
            ("", ""),
            (";;,;q", ""),
        ] {
            assert_eq!(best(header), language, "{header}");
        }
    }
}
