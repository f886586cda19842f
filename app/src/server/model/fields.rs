//! What the fields of each kind are called in a form, and how they are filled in.

use domain::plant::Kind;

/// How a field is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A text; what to write, for example.
    Text(&'static str),
    /// A short text.
    Short(&'static str),
    /// Several lines.
    Lines(&'static str),
    /// One of those that there are.
    Choice(Choice),
    /// A box to tick.
    Tick,
}

/// What there is to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Things(Kind),
    /// Reasons that may be groups.
    Groups,
    Zones,
    Dialects,
    Classes,
    /// Classes of reasons.
    Standing,
}

/// A field, or a column of a table.
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub input: Input,
}

/// Fields that belong together.
pub struct Group {
    pub title: &'static str,
    /// What to know before filling them in.
    pub about: &'static str,
    /// The table that these fields are the columns of; none where they are fields.
    pub table: &'static str,
    pub fields: &'static [Field],
}

const fn field(name: &'static str, label: &'static str, hint: &'static str, input: Input) -> Field {
    Field { name, label, hint, input }
}

const fn fields(title: &'static str, about: &'static str, fields: &'static [Field]) -> Group {
    Group { title, about, table: "", fields }
}

const fn rows(table: &'static str, title: &'static str, about: &'static str, fields: &'static [Field]) -> Group {
    Group { title, about, table, fields }
}

use Choice::{Classes, Dialects, Groups, Standing, Things, Zones};
use Input::{Choice as Of, Lines, Short, Text, Tick};

const NAME: Field = field("name", "Name", "What people call it.", Text(""));
const FROM: Field = field("from", "From", "", Short("always"));
const SINCE: Field = field("from", "From", "", Short("2026-12-01"));
const DATED: &str =
    "A new value is a new row with the date from which on it holds; what held before stays as it was. An empty row is left out.";
const WORDS: &[Field] = &[field("word", "Word", "", Short("WARMUP")), field("class", "Means", "", Of(Classes))];

/// The groups of fields of a kind.
pub fn groups(kind: Kind) -> &'static [Group] {
    match kind {
        Kind::Site => SITE,
        Kind::Line => LINE,
        Kind::Machine => MACHINE,
        Kind::Reason => REASON,
        Kind::Product => PRODUCT,
        Kind::Calendar => CALENDAR,
        Kind::Order => ORDER,
    }
}

const SITE: &[Group] = &[
    fields(
        "Site",
        "",
        &[
            NAME,
            field("timezone", "Time zone", "Shifts are wall time here; empty is the zone of the plant.", Of(Zones)),
            field("calendar", "Calendar", "For its machines that name no other. Until the first below.", Of(Things(Kind::Calendar))),
        ],
    ),
    rows("place", "Other calendars", DATED, &[SINCE, field("calendar", "Calendar", "", Of(Things(Kind::Calendar)))]),
];

const LINE: &[Group] = &[
    fields(
        "Line",
        "",
        &[
            NAME,
            field("site", "Site", "Where it stands. Until its first other place below.", Of(Things(Kind::Site))),
            field("calendar", "Calendar", "For its machines that name no other.", Of(Things(Kind::Calendar))),
            field("constraint", "Constraint", "The machine that speaks for the line.", Of(Things(Kind::Machine))),
        ],
    ),
    rows(
        "place",
        "Other places",
        "A line that moves, gets another calendar, or is limited by another machine, from a date on: a row with the date and all three anew; what was until then stays as it was.",
        &[
            SINCE,
            field("site", "Site", "", Of(Things(Kind::Site))),
            field("calendar", "Calendar", "", Of(Things(Kind::Calendar))),
            field("constraint", "Constraint", "", Of(Things(Kind::Machine))),
        ],
    ),
];

const MACHINE: &[Group] = &[
    fields(
        "Machine",
        "",
        &[
            NAME,
            field("line", "Line", "Until its first other place below.", Of(Things(Kind::Line))),
            field("site", "Site", "Where it stands, when it is part of no line.", Of(Things(Kind::Site))),
            field("calendar", "Calendar", "Empty: its line's or its site's.", Of(Things(Kind::Calendar))),
            field("type", "Type", "Reasons may be for some types alone.", Text("press")),
            field("builder", "Builder", "", Text("")),
            field("model", "Model", "", Text("")),
            field("customer", "Customer", "Who owns it; sees it under an address of its own.", Text("")),
        ],
    ),
    rows(
        "place",
        "Other places",
        "A machine that moves to another line, or gets another calendar, from a date on: a row with the date and where it is then. It says all three anew; what was until then stays as it was.",
        &[
            SINCE,
            field("line", "Line", "", Of(Things(Kind::Line))),
            field("site", "Site", "", Of(Things(Kind::Site))),
            field("calendar", "Calendar", "", Of(Things(Kind::Calendar))),
        ],
    ),
    fields(
        "Rules",
        "",
        &[
            field("silence", "Silence", "Longer without a sign of life, and its state is unknown.", Short("2m")),
            field(
                "micro_stop",
                "Micro-stops",
                "Shorter standstills; empty: 2 min, or three ideal cycles where that is longer.",
                Short("3m"),
            ),
            field("amber_from", "Amber from, %", "OEE below is red. Empty: 65.", Short("65")),
            field("green_from", "Green from, %", "Empty: 85.", Short("85")),
            field("cap_performance", "Cap performance", "Shows more than 100 % as 100 %, with a flag.", Tick),
        ],
    ),
    rows(
        "target",
        "Targets, %",
        DATED,
        &[
            FROM,
            field("oee", "OEE", "", Short("80")),
            field("availability", "Availability", "", Short("88")),
            field("performance", "Performance", "", Short("93")),
            field("quality", "Quality", "", Short("98")),
        ],
    ),
    rows(
        "standard",
        "Ideal cycle and value",
        "For products that have none of their own. A new value is a new row with its date; what held before stays as it was.",
        &[FROM, field("ideal_cycle", "Ideal cycle", "", Short("45s")), field("value", "Value of a good part", "", Short("3.20 EUR"))],
    ),
    rows(
        "hour_rate",
        "Rate of an hour",
        "Instead of what the lost parts would bring.",
        &[FROM, field("rate", "Rate", "", Short("120 EUR"))],
    ),
    fields(
        "Device",
        "",
        &[
            field("dialect", "Dialect", "Which table says what its words mean.", Of(Dialects)),
            field("counters_roll_over_at", "Counters roll over at", "", Short("65536")),
            field("count_cycles", "Count cycles", "The device counts nothing: each finished cycle is a part.", Tick),
        ],
    ),
    rows("states", "States that mean something else here", "", WORDS),
    rows("modes", "Modes that decide on their own", "", WORDS),
];

const REASON: &[Group] = &[
    fields(
        "Reason",
        "",
        &[
            NAME,
            field("group", "Group", "Reasons have two levels; empty for a group.", Of(Groups)),
            field("class", "Counts as", "What a standstill under this reason is.", Of(Standing)),
            field("types", "Types of machines", "With commas between them; empty is all.", Text("press, mill")),
            field("words", "Words of devices", "Alarm codes, one a line.", Lines("E17")),
            field("rejects", "Of parts", "It says why parts are not good, and is not offered for stops.", Tick),
        ],
    ),
    rows(
        "names",
        "Names in other languages",
        "",
        &[field("language", "Language", "", Short("de")), field("name", "Name", "", Text("Werkzeugbruch"))],
    ),
];

const PRODUCT: &[Group] = &[
    fields("Product", "", &[NAME, field("words", "Words of devices", "Programs, part numbers, one a line.", Lines("O1234"))]),
    rows(
        "standard",
        "Ideal cycle and value",
        DATED,
        &[
            FROM,
            field("machine", "On machine", "", Of(Things(Kind::Machine))),
            field("ideal_cycle", "Ideal cycle", "", Short("45s")),
            field("value", "Value of a good part", "", Short("3.20 EUR")),
        ],
    ),
];

const CALENDAR: &[Group] = &[
    rows(
        "shift",
        "Shifts",
        "Wall time of the site; a shift may end on the next day. Days: mon-fri, or sat, sun; empty is every day, extra is none but extra dates. Rows with the same date are the whole week from then on.",
        &[
            field("name", "Name", "", Short("Early")),
            field("hours", "Hours", "", Short("06:00-14:00")),
            field("breaks", "Breaks", "", Text("09:00-09:30")),
            field("days", "Days", "", Short("every day")),
            field("from", "Week from", "", Short("always")),
        ],
    ),
    fields("Dates", "", &[field("holidays", "Holidays", "Dates on which nobody works, one a line.", Lines("2026-12-25"))]),
    rows(
        "extra",
        "Dates with shifts of their own",
        "",
        &[field("date", "Date", "", Short("2026-12-19")), field("shifts", "Shifts", "", Text("Early, Late"))],
    ),
    rows(
        "rotation",
        "Rotations",
        "Instead of a week: the shifts of each day, days with a semicolon between them, a free day as -.",
        &[
            field("from", "From", "", Short("2026-01-05")),
            field("anchor", "Day one", "", Short("the same")),
            field("days", "Days", "", Text("Early; Early; Late; -")),
        ],
    ),
];

const ORDER: &[Group] = &[fields(
    "Order",
    "",
    &[
        field("machine", "Machine", "", Of(Things(Kind::Machine))),
        field("product", "Product", "", Of(Things(Kind::Product))),
        field("start", "Start", "From when on the machine makes it.", Text("2026-11-20 06:00")),
        field("quantity", "Quantity", "Good parts that are wanted.", Short("2000")),
    ],
)];

#[cfg(test)]
mod tests {
    use super::*;

    /// A field that a form lacks would be taken out of the thing with the next change of another.
    #[test]
    fn forms_have_every_field_of_their_kind() {
        for kind in Kind::ALL {
            for table in domain::plant::draft::shape(kind) {
                let title = if table.columns.is_empty() { "" } else { table.name };
                let columns: Vec<&str> = if table.columns.is_empty() { vec![table.name] } else { table.columns.to_vec() };
                let of_table = groups(kind).iter().filter(|group| group.table == title);
                let shown: Vec<&str> = of_table.flat_map(|group| group.fields).map(|field| field.name).collect();
                assert!(columns.iter().all(|column| shown.contains(column)), "{kind:?} {}: {shown:?}", table.name);
            }
        }
    }
}
