//! What somebody counted by hand, as a form says it, and the report that it comes to. Whatever is wrong is a sentence for who typed it.

use domain::oee::counts::{Parts, Refused};
use domain::plant::{LONGEST_REPORT_US, Report};
use domain::zone::{Twice, Zone};
use domain::{TimeRange, Timestamp, window};

/// Longest remark and longest name, in characters.
const LONGEST: (usize, usize) = (1_000, 100);
/// Most parts of one report: more is a slip of the hand.
const MOST_PARTS: u64 = 10_000_000;

/// What is said about parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum What {
    /// They were made beside those that were counted.
    #[default]
    Made,
    /// They take the place of all that was counted in a time.
    Recount,
    /// Of those counted in a time these were not good.
    Found,
}

/// The ways, with their words in forms and what they say.
pub const WAYS: [(What, &str, &str); 3] = [
    (What::Made, "made", "Add parts that nobody counted"),
    (What::Recount, "recount", "Count again: instead of all that was counted in a time"),
    (What::Found, "found", "Found later: parts counted as good in a time are not"),
];

/// A form as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub what: What,
    /// When they were made; empty is now.
    pub at: String,
    pub from: String,
    /// Empty is now.
    pub to: String,
    pub total: String,
    pub good: String,
    pub reject: String,
    pub startup_reject: String,
    pub rework: String,
    /// By their ids; empty is what was on the machine, and no reason.
    pub product: String,
    pub reason: String,
    pub remark: String,
    pub author: String,
}

/// What a form asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// This is filed.
    Report(Report),
    /// Recounts are made of what was counted.
    Found { range: TimeRange, parts: Parts },
}

/// Why a form is not filed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("`{1}` in {0} is no number of parts; write digits only, 10,000,000 at most")]
    Number(&'static str, String),
    #[error("say how many parts: all and the good ones, or the good and the rejected ones")]
    NoParts,
    #[error("say how many parts were found not to be good")]
    NothingFound,
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("{sum} good, rejected and reworked parts are not {total} parts; correct the total or one of the others")]
    Sum { sum: u64, total: u64 },
    #[error(transparent)]
    Time(#[from] window::BadWindow),
    #[error("say from when on")]
    NoStart,
    #[error("`{0}={1}` is still to come; parts are reported when they are made")]
    Ahead(&'static str, String),
    #[error("the time ends before it begins; exchange both, or correct one")]
    Reversed,
    #[error("one report is about 31 days at most; report each part of the time by itself")]
    TooLong,
    #[error("there is no reason `{0}`; choose one of the list, or add it to the model")]
    Reason(String),
    #[error("there is no product `{0}`; choose one of the list, or add it to the model")]
    Product(String),
    #[error(
        "what was made from {0} to {1} was counted again, and that count stands for all of it; count that time again, or undo that count"
    )]
    Recounted(String, String),
    #[error("a remark has at most 1,000 characters, a name 100")]
    TooMuchText,
    #[error("a remark and a name hold no control characters")]
    NoText,
    #[error(transparent)]
    NotFound(#[from] domain::plant::found::NotFound),
}

impl Draft {
    /// Reads the fields of a form; what is not ours is ignored.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut draft = Self::default();
        for (name, value) in pairs {
            if name == "what" {
                draft.what = WAYS.iter().find(|(_, word, _)| *word == value).map_or(What::Made, |(what, ..)| *what);
            } else if let Some((_, field)) = draft.fields().into_iter().find(|(known, _)| *known == name) {
                *field = value.trim().chars().take(LONGEST.0 + 1).collect();
            }
        }
        draft
    }

    /// The same as pairs of an address, without those that are empty.
    pub fn write(&self) -> String {
        let what = WAYS.iter().find(|(what, ..)| *what == self.what).map_or("made", |(_, word, _)| *word);
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.append_pair("what", what);
        for (name, value) in self.clone().fields().into_iter().filter(|(_, value)| !value.is_empty()) {
            text.append_pair(name, value);
        }
        text.finish()
    }

    /// What it asks for, on the clock of the machine's site. Nothing of it lies ahead.
    pub fn wanted(&self, zone: Zone, now: Timestamp) -> Result<Wanted, Wrong> {
        if self.remark.chars().count() > LONGEST.0 || self.author.chars().count() > LONGEST.1 {
            return Err(Wrong::TooMuchText);
        }
        if [&self.remark, &self.author].iter().any(|text| text.chars().any(char::is_control)) {
            return Err(Wrong::NoText);
        }
        let parts = self.parts()?;
        let instant = |name, text: &str| instant(name, if text.is_empty() { "now" } else { text }, zone, now);
        let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        // A reason is one of parts that are not good.
        let reason = text(&self.reason).filter(|_| parts.total() > parts.good);
        let product = text(&self.product);
        if self.what == What::Made {
            let time = instant("at", &self.at)?;
            return Ok(Wanted::Report(Report::Made { time, product, parts, reason }));
        }
        if self.from.is_empty() {
            return Err(Wrong::NoStart);
        }
        let start = instant("from", &self.from)?;
        let end = instant("to", &self.to)?;
        let range = TimeRange::new(start, end).map_err(|_| Wrong::Reversed)?;
        if range.length_us() > LONGEST_REPORT_US {
            return Err(Wrong::TooLong);
        }
        Ok(match self.what {
            What::Found => Wanted::Found { range, parts },
            _ => Wanted::Report(Report::Recount { start, end, product, parts, reason }),
        })
    }

    /// Why it was said, in the words of who said it.
    pub fn why(&self) -> String {
        if self.remark.is_empty() { "counted by hand".to_owned() } else { format!("counted by hand: {}", self.remark) }
    }

    /// Who said it.
    pub fn author(&self) -> &str {
        if self.author.is_empty() { "operator" } else { &self.author }
    }

    fn parts(&self) -> Result<Parts, Wrong> {
        let total = number("all parts", &self.total)?;
        let good = number("good parts", &self.good)?;
        let reject = number("rejected parts", &self.reject)?;
        let startup = number("parts rejected at the start", &self.startup_reject)?;
        let rework = number("reworked parts", &self.rework)?;
        let (startup_reject, reworked) = (startup.unwrap_or(0), rework.unwrap_or(0));
        let aside = startup_reject.saturating_add(reworked);
        if self.what == What::Found {
            let parts = Parts { good: 0, reject: reject.unwrap_or(0), startup_reject, rework: reworked };
            return if parts.total() > 0 { Ok(parts) } else { Err(Wrong::NothingFound) };
        }
        let (good, reject) = match (total, good, reject) {
            (None, None, None) if startup.is_none() && rework.is_none() => return Err(Wrong::NoParts),
            (None, good, reject) => (good.unwrap_or(0), reject.unwrap_or(0)),
            (Some(total), Some(good), _) if good > total => return Err(Refused::GoodAboveTotal { total, good }.into()),
            (Some(total), Some(good), reject) => (good, reject.unwrap_or((total - good).saturating_sub(aside))),
            (Some(total), None, reject) => {
                let reject = reject.unwrap_or(0);
                let good = total.checked_sub(reject.saturating_add(aside));
                (good.ok_or(Refused::RejectAboveTotal { total, reject: reject.saturating_add(aside) })?, reject)
            }
        };
        let parts = Parts { good, reject, startup_reject, rework: reworked };
        match total {
            Some(total) if parts.total() != total => Err(Wrong::Sum { sum: parts.total(), total }),
            // Counting none is a count, adding none is not.
            _ if parts.total() == 0 && self.what == What::Made => Err(Wrong::NoParts),
            _ => Ok(parts),
        }
    }

    fn fields(&mut self) -> [(&'static str, &mut String); 12] {
        let Self { what: _, at, from, to, total, good, reject, startup_reject, rework, product, reason, remark, author } = self;
        [
            ("at", at),
            ("from", from),
            ("to", to),
            ("total", total),
            ("good", good),
            ("reject", reject),
            ("startup_reject", startup_reject),
            ("rework", rework),
            ("product", product),
            ("reason", reason),
            ("remark", remark),
            ("author", author),
        ]
    }
}

/// A number of parts; nothing where nothing was typed.
fn number(name: &'static str, text: &str) -> Result<Option<u64>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse().ok().filter(|number| *number <= MOST_PARTS);
    number.map(Some).ok_or_else(|| Wrong::Number(name, text.chars().take(40).collect()))
}

/// An instant, or wall time of the site, or relative to now.
fn instant(name: &'static str, text: &str, zone: Zone, now: Timestamp) -> Result<Timestamp, Wrong> {
    let anchors = window::Anchors { now, extent: None };
    let time = window::moment(name, text, anchors, &|wall_us, twice: Twice| zone.instant(wall_us, twice))?;
    if time > now { Err(Wrong::Ahead(name, text.chars().take(40).collect())) } else { Ok(time) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::Written;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).and_then(Written::instant).unwrap()
    }

    fn wanted(form: &str) -> Result<Wanted, Wrong> {
        let pairs: Vec<_> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        let draft = Draft::of(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let again: Vec<_> = form_urlencoded::parse(draft.write().as_bytes()).into_owned().collect();
        assert_eq!(Draft::of(again.iter().map(|(name, value)| (name.as_str(), value.as_str()))), draft, "{form}");
        draft.wanted("Europe/Berlin".parse().unwrap(), at("2026-03-11T12:00:00Z"))
    }

    fn parts(form: &str) -> Result<[u64; 4], String> {
        match wanted(form) {
            Ok(Wanted::Report(Report::Made { parts, .. } | Report::Recount { parts, .. }) | Wanted::Found { parts, .. }) => {
                Ok([parts.good, parts.reject, parts.startup_reject, parts.rework])
            }
            Ok(other) => panic!("{other:?}"),
            Err(wrong) => Err(wrong.to_string()),
        }
    }

    #[test]
    fn any_two_numbers_say_the_third_and_what_does_not_add_up_is_refused() {
        for (form, said) in [
            ("good=7", Ok([7, 0, 0, 0])),
            ("total=10&good=7", Ok([7, 3, 0, 0])),
            ("total=10&good=7&rework=1&startup_reject=1", Ok([7, 1, 1, 1])),
            ("total=10&reject=4", Ok([6, 4, 0, 0])),
            ("total=10&good=7&reject=3", Ok([7, 3, 0, 0])),
            ("reject=2&what=found&total=9&good=3", Ok([0, 2, 0, 0])),
            ("total=0&what=recount&from=2026-03-11+12:00", Ok([0; 4])),
            ("total=7&good=10", Err("10 good parts of 7 made cannot be: correct the total or the good count")),
            ("total=7&reject=6&rework=2", Err("8 rejects of 7 parts made cannot be: correct the total or the rejects")),
            ("total=9&good=7&reject=1", Err("8 good, rejected and reworked parts are not 9 parts; correct the total or one of the others")),
            ("good=-1", Err("`-1` in good parts is no number of parts; write digits only, 10,000,000 at most")),
            ("good=1.5", Err("`1.5` in good parts is no number of parts; write digits only, 10,000,000 at most")),
            ("total=0", Err("say how many parts: all and the good ones, or the good and the rejected ones")),
            ("what=found&good=3", Err("say how many parts were found not to be good")),
        ] {
            let from = if form.contains("found") { "&from=now-1h" } else { "" };
            assert_eq!(parts(&format!("{form}{from}")), said.map_err(str::to_owned), "{form}");
        }
    }

    #[test]
    fn times_are_those_of_the_site_and_never_lie_ahead() {
        let Ok(Wanted::Report(Report::Made { time, product, reason, .. })) =
            wanted("good=1&at=2026-03-11T12:30&reason=scratch&product=nut")
        else {
            panic!("it is a report")
        };
        assert_eq!((time, product.as_deref(), reason), (at("2026-03-11T11:30:00Z"), Some("nut"), None), "good parts have no reason");
        let Ok(Wanted::Report(Report::Recount { start, end, .. })) = wanted("what=recount&total=5&from=2026-03-11+12:00") else {
            panic!("it is a recount")
        };
        assert_eq!((start, end), (at("2026-03-11T11:00:00Z"), at("2026-03-11T12:00:00Z")), "up to now");
        for (form, sentence) in [
            ("good=1&at=2026-03-11T13:01", "is still to come"),
            ("good=1&at=noon", "`at=noon` is no point in time"),
            ("what=recount&good=1", "say from when on"),
            ("what=recount&good=1&from=now-1h&to=now-2h", "ends before it begins"),
            ("what=recount&good=1&from=now-32d", "31 days at most"),
            ("good=1&author=a%0Ab", "no control characters"),
        ] {
            let said = wanted(form).unwrap_err().to_string();
            assert!(said.contains(sentence), "{form}: {said}");
        }
        assert!(matches!(wanted(&format!("good=1&author={}", "x".repeat(101))), Err(Wrong::TooMuchText)));
    }
}
