//! Figures as people and programs get them: from the command, from the server function that a browser asks, and from the panel of
//! the page that explains them. What they say is compared word for word.

use super::Plant;
use app::error::AppError;
use domain::Timestamp;
use domain::board::{MachineAnswer, PlantAnswer};
use domain::oee::losses::Losses;
use domain::oee::{Category, interval};
use domain::time::Written;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The board's ways to a window, as pairs of its address.
pub type Window<'a> = &'a [(&'a str, &'a str)];

/// An instant as it is written.
pub fn at(text: &str) -> Timestamp {
    match Timestamp::parse(text) {
        Some(Written::Instant(time)) => time,
        other => panic!("{text}: {other:?}"),
    }
}

impl Plant {
    /// `andon oee --json`; what follows the object is the log.
    pub fn oee(&self, tenant: &str, machine: &str, (from, to): (&str, &str), more: &[&str]) -> Value {
        let arguments = [&["oee", "--tenant", tenant, "--machine", machine, "--from", from, "--to", to, "--json"], more].concat();
        let (status, said) = self.run(&arguments);
        assert_eq!(status, Some(0), "{arguments:?}: {said}");
        let object = said.find('{').unwrap_or_else(|| panic!("{said}"));
        let mut values = serde_json::Deserializer::from_str(&said[object..]).into_iter();
        values.next().unwrap().unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    /// What the server function of the board answers.
    pub fn machine_answer(&self, tenant: &str, machine: &str, window: Window<'_>) -> Result<MachineAnswer, AppError> {
        let pairs = [("tenant", tenant), ("machine", machine), ("explain", "true"), ("pixels", "1440")];
        let path = format!("/api/board/machine?{}", encoded(pairs.iter().chain(window)));
        let (status, body) = self.fetch(&path);
        match postcard::from_bytes(&body) {
            Ok(answer) if status == 200 => Ok(answer),
            _ => Err(AppError::BadRequest(format!("{status} {path}: {}", String::from_utf8_lossy(&body)))),
        }
    }

    /// Command and board about a window, which say the same. What lasts grows from question to question, so the command is asked as of
    /// the board's moment.
    pub fn both(&self, tenant: &str, machine: &str, (from, to): (&str, &str)) -> (Value, MachineAnswer) {
        let board = self.machine_answer(tenant, machine, &[("from", from), ("to", to)]).unwrap();
        let said = self.oee(tenant, machine, (from, to), &["--known-at", &board.as_of.rfc3339()]);
        assert_eq!(without_names(said.clone()), as_command(&board), "{machine} of {tenant} from {from} to {to}");
        (said, board)
    }

    /// The same of the plant's board.
    pub fn plant_answer(&self, tenant: &str, window: Window<'_>) -> PlantAnswer {
        let path = format!("/api/board/plant?{}", encoded([("tenant", tenant)].iter().chain(window)));
        let (status, body) = self.fetch(&path);
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        postcard::from_bytes(&body).unwrap()
    }

    /// The machine's page without a script.
    pub fn machine_page(&self, tenant: &str, machine: &str, window: Window<'_>) -> String {
        let machine: String = machine.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let path = format!("/t/{tenant}/machines/{machine}?{}", encoded(window.iter()));
        let (status, body) = self.fetch(&path);
        assert_eq!(status, 200, "{path}");
        String::from_utf8(body).unwrap()
    }

    /// The panel that explains a figure, as the page shows it.
    pub fn explained(&self, tenant: &str, machine: &str, window: Window<'_>, figure: &str) -> Explained {
        let window: Vec<(&str, &str)> = window.iter().copied().chain([("explain", figure)]).collect();
        Explained::of(&self.machine_page(tenant, machine, &window))
    }
}

fn encoded<'a>(pairs: impl Iterator<Item = &'a (&'a str, &'a str)>) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs {
        text.append_pair(name, value);
    }
    text.finish()
}

/// Everything that `andon oee --json` says, taken from the answer of the board.
pub fn as_command(answer: &MachineAnswer) -> Value {
    let (figures, tile) = (&answer.basis.figures, &answer.tile);
    let (times, counts, parts) = (&figures.times, &figures.counts, &figures.counts.parts);
    let mut by_reason: BTreeMap<String, i64> = BTreeMap::new();
    for share in &figures.by_reason {
        let name = match (share.reason, share.category) {
            (Some(number), _) => {
                let reason = answer.reasons.iter().find(|reason| reason.number == number).unwrap();
                if reason.id.is_empty() { reason.name.clone() } else { reason.id.clone() }
            }
            (None, Category::PlannedStop) => "planned_stop".into(),
            (None, Category::Setup) => "setup".into(),
            (None, Category::MicroStop) => "micro_stop".into(),
            (None, _) => "unclassified".into(),
        };
        *by_reason.entry(name).or_default() += share.time_us;
    }
    let pair = |interval: Option<interval::Interval>| interval.map(|interval| [interval.low, interval.high]);
    let losses = Losses::of(figures).map(|losses| {
        json!({
            "failure": losses.failure_us, "setup": losses.setup_us, "minor_stops": losses.minor_stops_us, "reduced_speed": losses.reduced_speed_us,
            "process_defects": losses.process_defects_us, "startup_rejects": losses.startup_rejects_us, "unknown": losses.unknown_us,
            "fully_productive": losses.fully_productive_us,
        })
    });
    let money = tile.money.map(|money| {
        json!({
            "currency": money.currency, "mode": money.mode, "full_value_minor": money.full_value_minor, "good_minor": money.good_minor,
            "availability_minor": money.availability_minor, "performance_minor": money.performance_minor,
            "quality_minor": money.quality_minor, "unknown_minor": money.unknown_minor,
            "one_oee_point_minor": money.one_oee_point_minor(),
            "one_availability_point_minor": money.one_availability_point_minor(figures),
            "to_target_minor": tile.target.map(|target| money.gap_minor(target.oee)),
        })
    });
    let said: BTreeMap<&str, i64> = answer.said.iter().map(|(word, us)| (word.as_str(), *us)).collect();
    let value = json!({
        "from": tile.frame.range.start().rfc3339(),
        "to": tile.frame.range.end().rfc3339(),
        "policy": figures.policy,
        "times_us": {
            "calendar": times.calendar_us(), "planned": times.planned_us(), "run": times.run_us(), "planned_stop": times.planned_stop_us,
            "unplanned_stop": times.unplanned_stop_us, "setup": times.setup_us, "micro_stop": times.micro_stop_us,
            "unknown": times.unknown_us, "not_scheduled": times.not_scheduled_us, "by_state": said, "by_reason": by_reason,
        },
        "counts": {
            "total": parts.total(), "good": parts.good, "reject": parts.reject + parts.startup_reject, "rework": parts.rework,
            "stops": counts.stops, "micro_stops": counts.micro_stops, "setups": counts.setups,
        },
        "ratios": tile.ratios,
        "intervals": { "oee": pair(interval::oee(figures, &answer.policy)), "availability": pair(interval::availability(figures)) },
        "flags": tile.flags,
        "unpriced": answer.unpriced,
        "losses_us": losses,
        "money": money,
    });
    // Numbers as they come back from their text, like those of the command.
    serde_json::from_str(&value.to_string()).unwrap()
}

/// The answer of the command without what names the question.
pub fn without_names(mut answer: Value) -> Value {
    let object = answer.as_object_mut().unwrap();
    for name in ["tenant", "machine", "as_of"] {
        assert!(object.remove(name).is_some(), "{name}");
    }
    answer
}

/// The panel of a figure.
#[derive(Debug)]
pub struct Explained {
    /// The moment that it is of.
    pub as_of: Timestamp,
    /// Microseconds by what they count as, in the words of the page.
    pub times: BTreeMap<String, i64>,
    /// Microseconds by the words of the device.
    pub said: BTreeMap<String, i64>,
    /// Numerator and denominator as shown; counts where the fraction is one of parts.
    pub terms: Option<(String, String)>,
    /// What the fraction comes to, as shown.
    pub result: String,
    /// Sum of parts and of good ones; empty for availability.
    pub parts: Vec<String>,
    /// Each interval: exact start and end, length, what it counts as.
    pub lines: Vec<(Timestamp, Timestamp, i64, String)>,
    /// How many more intervals are in the sums only.
    pub further: u64,
}

impl Explained {
    /// Reads the panel out of a page.
    pub fn of(page: &str) -> Self {
        let panel = between(page, "<section id=\"explain\"", "</section>").unwrap_or_else(|| panic!("no panel in {page}"));
        let formula = between(panel, "<p class=\"formula\">", "</p>").unwrap();
        let result = formula.rsplit("<b>").next().unwrap().split("</b>").next().unwrap().to_owned();
        let terms = text(formula).split(" = ").find_map(|side| {
            let (over, under) = side.split_once(" / ")?;
            let number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
            (number(over) && number(under)).then(|| (over.to_owned(), under.to_owned()))
        });
        let as_of = at(between(panel, "<time datetime=\"", "\"").unwrap());
        let pairs = |caption: &str| rows(panel, caption).iter().map(|row| (row[0].clone(), exact_us(&row[1]))).collect();
        let parts = rows(panel, "Parts of the window").pop().unwrap_or_default();
        let lines = between(panel, "<details", "</details>").map(|details| {
            let line = |row: &str| {
                let mut times =
                    row.match_indices("datetime=\"").map(|(place, mark)| at(row[place + mark.len()..].split('"').next().unwrap()));
                let cells = cells(row);
                (times.next().unwrap(), times.next().unwrap(), exact_us(&cells[2]), cells[3].clone())
            };
            details.split("<tr").skip(2).map(line).collect()
        });
        let further = between(panel, "<p class=\"muted\">and ", " more").map_or(0, |count| count.replace(',', "").parse().unwrap());
        Self {
            as_of,
            times: pairs("Time of the window"),
            said: pairs("In the device’s own words, also outside planned time"),
            terms,
            result,
            parts,
            lines: lines.unwrap_or_default(),
            further,
        }
    }

    /// Microseconds of all these, in the words of the page.
    pub fn us(&self, words: &[&str]) -> i64 {
        words.iter().filter_map(|word| self.times.get(*word)).sum()
    }

    /// Numerator and denominator in microseconds.
    pub fn terms_us(&self) -> (i64, i64) {
        let (over, under) = self.terms.as_ref().unwrap();
        (exact_us(over), exact_us(under))
    }
}

/// A time as the panel shows it, `3:41:05.000000 h`, in microseconds.
pub fn exact_us(text: &str) -> i64 {
    let clock = text.strip_suffix(" h").unwrap_or_else(|| panic!("{text} is no time"));
    let (clock, fraction) = clock.split_once('.').unwrap();
    assert_eq!(fraction.len(), 6, "{text}");
    let seconds = clock.split(':').fold(0, |sum, part| sum * 60 + part.parse::<i64>().unwrap());
    seconds * 1_000_000 + fraction.parse::<i64>().unwrap()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let rest = &text[text.find(start)? + start.len()..];
    Some(&rest[..rest.find(end)?])
}

/// The rows of the table with a caption, without its head.
fn rows(panel: &str, caption: &str) -> Vec<Vec<String>> {
    let Some(table) = between(panel, &format!("<caption>{caption}</caption>"), "</table>") else { return Vec::new() };
    table.split("<tr").skip(2).map(cells).collect()
}

fn cells(row: &str) -> Vec<String> {
    let row = row.split("</tr>").next().unwrap();
    let all = row.replace("</th>", "</td>");
    let mut cells: Vec<String> = all.split("</td>").map(|cell| text(cell.find('<').map_or("", |tag| &cell[tag..]))).collect();
    cells.truncate(all.matches("</td>").count());
    cells
}

/// Text without its tags.
fn text(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for sign in html.chars() {
        match sign {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => text.push(sign),
            _ => {}
        }
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}
