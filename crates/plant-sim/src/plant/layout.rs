//! What stands where: two sites in two zones, three lines, twelve machines, their products and the reasons of their standstills.

/// A site. The instants of its shifts follow from its zone.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// Id in the plant's model.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// IANA name of its zone.
    pub zone: &'static str,
    /// Hours of the local day at which a shift takes over, in order.
    pub takes_over_h: [i64; 3],
}

/// A line: machines in the order in which parts pass them.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// Id in the plant's model.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Place in [`SITES`].
    pub site: usize,
    /// What is made on it.
    pub products: [Product; 3],
    /// Shifts that are not worked: day of the week (Monday is 0) and place in [`SHIFTS`].
    pub idle: &'static [(i64, usize)],
    /// Long breaks: day of the week, shift, minutes after its start and length in minutes.
    pub maintenance: &'static [(i64, usize, i64, i64)],
}

/// A product of a line.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    /// Id in the plant's model, which is also the device's word for it.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// The shortest time that a part can take.
    pub ideal_cycle_ms: i64,
    /// Ideal cycle after the improvement, where there is one.
    pub improved_cycle_ms: Option<i64>,
    /// Contribution of a good part in minor units.
    pub value_minor: i64,
}

/// Whose words a machine speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// MTConnect execution and controller mode; parts by counters.
    MtConnect,
    /// PackML state and unit mode; parts outright, and the device knows why it stands.
    PackMl,
    /// Words of its own, mapped in the plant's model; parts outright.
    Words,
}

/// A machine.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    /// Id in the plant's model.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Place in [`LINES`].
    pub line: usize,
    /// Place in its line.
    pub place: i64,
    /// Who built it.
    pub builder: &'static str,
    /// The builder's name of the type.
    pub model: &'static str,
    /// Whose machine it is in the builder's eyes.
    pub customer: Option<&'static str>,
    /// Whose words it speaks.
    pub dialect: Dialect,
    /// Mean time from a repair to the next failure.
    pub up_min: f64,
    /// Typical time of a repair.
    pub repair_min: f64,
    /// How much longer than ideal a cycle takes, in thousandths.
    pub slower: i64,
    /// Rejects of a million parts.
    pub scrap_ppm: u32,
    /// Its connection breaks now and then.
    pub flaky: bool,
    /// Its people let it run on into breaks and start it before these end, so that it makes parts that nobody planned.
    pub runs_on: bool,
}

/// A reason of a standstill in two levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Id in the plant's model, which is also the device's word for it.
    pub id: &'static str,
    /// Place in [`GROUPS`].
    pub group: usize,
    /// What people call it, in English and in German.
    pub names: [&'static str; 2],
}

/// The shifts of a day, in the order of [`Site::takes_over_h`].
pub const SHIFTS: [&str; 3] = ["Early", "Late", "Night"];

/// Breaks of every shift: minutes after its start on the wall's clock, and length in minutes.
pub const BREAKS: [(i64, i64); 2] = [(180, 15), (330, 30)];

/// Month and day on which the first site is closed.
pub const CLOSED: (u32, u32) = (12, 25);

/// The sites.
pub const SITES: [Site; 2] = [
    Site { id: "neustadt", name: "Neustadt", zone: "Europe/Berlin", takes_over_h: [6, 14, 22] },
    Site { id: "joliet", name: "Joliet", zone: "America/Chicago", takes_over_h: [7, 15, 23] },
];

/// The lines.
pub const LINES: [Line; 3] = [
    Line {
        id: "housings",
        name: "Housings",
        site: 0,
        products: [
            product("H-100", "Housing 100", 48_000, Some(46_500), 1_260),
            product("H-160", "Housing 160", 62_000, None, 1_890),
            product("H-220", "Housing 220", 55_000, None, 1_540),
        ],
        idle: &[],
        maintenance: &[],
    },
    Line {
        id: "bottling",
        name: "Bottling",
        site: 0,
        products: [
            product("CASE-05", "Case of 0.5 l", 36_000, None, 480),
            product("CASE-07", "Case of 0.7 l", 39_000, Some(37_800), 610),
            product("CASE-10", "Case of 1.0 l", 44_000, None, 720),
        ],
        idle: &[],
        maintenance: &[(6, 0, 0, 240)],
    },
    Line {
        id: "brackets",
        name: "Brackets",
        site: 1,
        products: [
            product("B-7", "Bracket 7", 45_000, None, 830),
            product("B-9", "Bracket 9", 52_000, Some(50_400), 990),
            product("B-12", "Bracket 12", 58_500, None, 1_150),
        ],
        idle: &[(5, 2), (6, 2)],
        maintenance: &[],
    },
];

/// The machines, line by line.
pub const MACHINES: [Machine; 12] = [
    machine("saw-1", "Saw 1", 0, 0, ("Behringer", "HBE 320"), Dialect::MtConnect, (260.0, 7.0), 60, 6_000),
    Machine {
        customer: Some("Acme"),
        ..machine("lathe-2", "Lathe 2", 0, 1, ("Index", "G220"), Dialect::MtConnect, (170.0, 10.0), 55, 14_000)
    },
    Machine { flaky: true, ..machine("mill-3", "Mill 3", 0, 2, ("Hermle", "C 32"), Dialect::MtConnect, (190.0, 9.0), 70, 11_000) },
    machine("washer-4", "Washer 4", 0, 3, ("Duerr", "EcoC"), Dialect::Words, (320.0, 8.0), 50, 3_000),
    machine("filler-1", "Filler 1", 1, 0, ("Krones", "Modulfill"), Dialect::PackMl, (180.0, 8.0), 45, 9_000),
    machine("capper-2", "Capper 2", 1, 1, ("Krones", "Capmatic"), Dialect::PackMl, (210.0, 6.0), 60, 5_000),
    machine("labeller-3", "Labeller 3", 1, 2, ("Krones", "Topmodul"), Dialect::PackMl, (150.0, 7.0), 65, 12_000),
    machine("packer-4", "Packer 4", 1, 3, ("Krones", "Varioline"), Dialect::PackMl, (200.0, 9.0), 50, 4_000),
    machine("press-1", "Press 1", 2, 0, ("Schuler", "MSP 200"), Dialect::MtConnect, (230.0, 11.0), 50, 8_000),
    Machine { runs_on: true, ..machine("welder-2", "Welder 2", 2, 1, ("Kuka", "KR 16"), Dialect::PackMl, (160.0, 8.0), 75, 18_000) },
    machine("painter-3", "Painter 3", 2, 2, ("Duerr", "EcoRP"), Dialect::PackMl, (240.0, 12.0), 60, 15_000),
    machine("tester-4", "Tester 4", 2, 3, ("Zwick", "Z050"), Dialect::MtConnect, (280.0, 6.0), 80, 5_000),
];

/// Groups of reasons: id, names, and whether their standstills are changeovers.
pub const GROUPS: [(&str, [&str; 2]); 5] = [
    ("technical", ["Technical failure", "Technische Störung"]),
    ("material", ["Material", "Material"]),
    ("organisation", ["Organisation", "Organisation"]),
    ("changeover", ["Changeover", "Rüsten"]),
    ("flaws", ["Flaws of parts", "Fehler an Teilen"]),
];

/// The reasons. What breaks a machine comes first, see [`FAILURES`].
pub const REASONS: [Reason; 10] = [
    Reason { id: "tool", group: 0, names: ["Tool broken", "Werkzeugbruch"] },
    Reason { id: "jam", group: 0, names: ["Jam", "Stau"] },
    Reason { id: "sensor", group: 0, names: ["Sensor dirty", "Sensor verschmutzt"] },
    Reason { id: "drive", group: 0, names: ["Drive fault", "Antriebsstörung"] },
    Reason { id: "coolant", group: 0, names: ["Coolant missing", "Kühlmittel fehlt"] },
    Reason { id: "quality", group: 2, names: ["Waiting for inspection", "Warten auf Prüfung"] },
    Reason { id: "starved", group: 1, names: ["No parts from before", "Keine Teile vom Vorgänger"] },
    Reason { id: "blocked", group: 1, names: ["Next machine stands", "Nachfolger steht"] },
    Reason { id: "handover", group: 2, names: ["Handover", "Schichtübergabe"] },
    Reason { id: "product", group: 3, names: ["Change of product", "Produktwechsel"] },
];

/// Why parts are not good, the most frequent first.
pub const FLAWS: [Reason; 4] = [
    Reason { id: "dimension", group: 4, names: ["Out of dimension", "Maßabweichung"] },
    Reason { id: "scratch", group: 4, names: ["Scratched", "Kratzer"] },
    Reason { id: "burr", group: 4, names: ["Burr", "Grat"] },
    Reason { id: "flaw", group: 4, names: ["Flaw in the material", "Materialfehler"] },
];

/// How many of [`REASONS`] break a machine.
pub const FAILURES: usize = 6;
/// Place of the reason of a machine without parts.
pub const STARVED: usize = 6;
/// Place of the reason of a machine whose parts nobody takes.
pub const BLOCKED: usize = 7;
/// Place of the reason of a late start.
pub const HANDOVER: usize = 8;
/// Place of the reason of a changeover.
pub const CHANGEOVER: usize = 9;

const fn product(id: &'static str, name: &'static str, ideal_cycle_ms: i64, improved_cycle_ms: Option<i64>, value_minor: i64) -> Product {
    Product { id, name, ideal_cycle_ms, improved_cycle_ms, value_minor }
}

#[expect(clippy::too_many_arguments, reason = "a row of the table above")]
const fn machine(
    id: &'static str,
    name: &'static str,
    line: usize,
    place: i64,
    (builder, model): (&'static str, &'static str),
    dialect: Dialect,
    (up_min, repair_min): (f64, f64),
    slower: i64,
    scrap_ppm: u32,
) -> Machine {
    let (customer, flaky, runs_on) = (None, false, false);
    Machine { id, name, line, place, builder, model, customer, dialect, up_min, repair_min, slower, scrap_ppm, flaky, runs_on }
}
