//! The order in which people expect names: "Press 2" before "Press 10".

use std::cmp::Ordering;

/// Compares digit by number and the rest by letter. Names that differ in nothing but leading zeros are ordered by their text,
/// so that only equal names are equal.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (one, other) = (take(&mut left), take(&mut right));
        let ordered = match (one, other) {
            ("", "") => return a.cmp(b),
            (one, other) if is_number(one) && is_number(other) => {
                let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
                (one.len(), one).cmp(&(other.len(), other))
            }
            (one, other) => one.cmp(other),
        };
        if ordered != Ordering::Equal {
            return ordered;
        }
    }
}

/// The next run of digits, or of anything else.
fn take<'a>(rest: &mut &'a str) -> &'a str {
    let digits = is_number(rest);
    let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
    let (run, behind) = rest.split_at(end);
    *rest = behind;
    run
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_in_names_count() {
        let mut names = [
            "Press 10",
            "Press 2",
            "Press",
            "Hall 1/Motor 11",
            "Hall 1/Motor 3",
            "Press 02",
            "9",
            "a99999999999999999999b",
            "a100000000000000000000b",
        ];
        names.sort_by(|a, b| compare(a, b));
        let expected = [
            "9",
            "Hall 1/Motor 3",
            "Hall 1/Motor 11",
            "Press",
            "Press 02",
            "Press 2",
            "Press 10",
            "a99999999999999999999b",
            "a100000000000000000000b",
        ];
        assert_eq!(names, expected);
    }

    proptest! {
        #[test]
        fn it_is_an_order(a in "[a-b0-2ä ]{0,6}", b in "[a-b0-2ä ]{0,6}", c in "[a-b0-2ä ]{0,6}") {
            prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
            prop_assert_eq!(compare(&a, &b) == Ordering::Equal, a == b);
            if compare(&a, &b).is_le() && compare(&b, &c).is_le() {
                prop_assert!(compare(&a, &c).is_le());
            }
        }
    }
}
