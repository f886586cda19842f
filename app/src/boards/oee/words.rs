//! Words and numbers of OEE, the same on every board. All of it is HTML already, or text without signs that need escaping.

use domain::civil::{HOUR_US, MINUTE_US, SECOND_US};
use domain::format;
use domain::oee::Category;
use domain::oee::interval::Interval;
use domain::oee::money::Mode;
use domain::oee::policy::Rating;
use domain::oee::product::Currency;

/// What a state is called, beside its colour.
pub fn state(category: Category) -> &'static str {
    match category {
        Category::Run => "running",
        Category::Slow => "running slowly",
        Category::UnplannedStop => "unplanned stop",
        Category::MicroStop => "micro-stop",
        Category::Setup => "setup",
        Category::PlannedStop => "planned stop",
        Category::Unknown => "unknown",
        Category::NotScheduled => "not scheduled",
    }
}

/// Its colour, as the name of a custom property.
pub fn colour(category: Category) -> &'static str {
    match category {
        Category::NotScheduled => "muted",
        other => chart::states::role(other).property(),
    }
}

/// The class of a rating.
pub fn rating(rating: Option<Rating>) -> &'static str {
    match rating {
        Some(Rating::Red) => "red",
        Some(Rating::Amber) => "amber",
        Some(Rating::Green) => "green",
        None => "none",
    }
}

/// A ratio in percent without its sign: `84.9`, `100.0`, `n/a`. Only what is 100 exactly says so without a decimal.
pub fn percent(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "n/a".to_owned(), |ratio| format::number(ratio * 100.0, usize::from((ratio - 1.0).abs() > 1e-9)))
}

/// A ratio in percent with a decimal, and its sign: `84.9 %`, `n/a`.
pub fn percent_sign(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "n/a".to_owned(), |ratio| format!("{} %", format::number(ratio * 100.0, 1)))
}

/// What missing data leaves open, in percent: as many decimals as tell its ends apart, `least` of them in any case.
pub fn possible(interval: Interval, least: usize) -> String {
    let ends = |decimals: usize| [interval.low, interval.high].map(|end| format::number(end * 100.0, decimals));
    let [mut low, mut high] = ends(least);
    for decimals in least + 1..=3 {
        if low == high {
            [low, high] = ends(decimals);
        }
    }
    format!("{low}–{high} % possible")
}

/// So many of something: `1 machine`, `12 machines`.
pub fn many(number: impl Into<u64>, what: &str) -> String {
    let number: u64 = number.into();
    format!("{} {what}{}", format::count(number), if number == 1 { "" } else { "s" })
}

/// A change in points: an arrow and its size, so that it is no matter of colour alone. `n/a` for the first window.
pub fn change(points: Option<f64>) -> String {
    let Some(points) = points else { return "<span class=\"change\">change n/a</span>".to_owned() };
    // What is nothing at this precision is none, also where digits of ratios leave a trace of it.
    let nothing = points.abs() < 0.05;
    let size = if nothing { "0.0".to_owned() } else { format::number(points.abs(), 1) };
    let (class, sign) = match points {
        _ if nothing => ("", "±"),
        points if points > 0.0 => (" up", "▲ +"),
        _ => (" down", "▼ −"),
    };
    format!("<span class=\"change{class}\">{sign}{size} pt</span>")
}

/// A length of time on a clock: `42:10`, `1:52:08`.
pub fn clock(us: i64) -> String {
    let s = us.max(0) / SECOND_US;
    let (hours, minutes, seconds) = (s / 3_600, s / 60 % 60, s % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes:02}:{seconds:02}") }
}

/// A length of time in a table, always with hours: `0:42:10`, `−0:03:00`.
pub fn hours(us: i64) -> String {
    let s = us.unsigned_abs() / 1_000_000;
    format!("{}{}:{:02}:{:02}", if us < 0 { "−" } else { "" }, s / 3_600, s / 60 % 60, s % 60)
}

/// A length of time in words, to the minute where it is long: `1 h 12 min`.
pub fn length(us: i64) -> String {
    let unit = if us >= HOUR_US { MINUTE_US } else { SECOND_US };
    domain::duration::say(us.max(0) / unit * unit)
}

/// How money is counted.
pub fn counted(mode: Mode) -> &'static str {
    match mode {
        Mode::LostContribution => "lost contribution",
        Mode::MachineHour => "machine-hour rate",
    }
}

/// An amount: `€ 4,180`; with its minor units where it is `exact`.
pub fn money(minor: i64, currency: Currency, exact: bool) -> String {
    let code = currency.as_str();
    let (units, decimals) = if matches!(code, "JPY" | "KRW") { (1.0, 0) } else { (100.0, 2) };
    let sign = match code {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        other => other,
    };
    // Cents of thousands are noise at a glance.
    let decimals = if exact || minor.unsigned_abs() < 10_000 { decimals } else { 0 };
    format!("{sign} {}", format::number(minor as f64 / units, decimals))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_boards_show_them() {
        assert_eq!([Some(0.849), Some(1.0), Some(0.99951), Some(1.204), None].map(percent), ["84.9", "100", "100.0", "120.4", "n/a"]);
        assert_eq!((percent_sign(Some(1.0)).as_str(), percent_sign(None).as_str()), ("100.0 %", "n/a"));
        for (points, said) in [(2.14, "▲ +2.1 pt"), (-0.5, "▼ −0.5 pt"), (0.04, "±0.0 pt"), (-0.04, "±0.0 pt"), (-8e-11, "±0.0 pt")]
        {
            assert!(change(Some(points)).contains(said), "{points}: {}", change(Some(points)));
        }
        assert!(change(None).contains("n/a"));
        let between = |low, high, least| possible(Interval { low, high }, least);
        assert_eq!(
            [between(0.72, 0.784, 0), between(0.7664, 0.7743, 0), between(0.7664, 0.7664, 1)],
            ["72–78 % possible", "76.6–77.4 % possible", "76.640–76.640 % possible"]
        );
        assert_eq!([many(1_u32, "machine"), many(1_200_u32, "machine")], ["1 machine", "1,200 machines"]);
        assert_eq!([2_530_000_000, 6_728_000_000, 31_000_000].map(clock), ["42:10", "1:52:08", "00:31"]);
        assert_eq!([2_530_000_000, -180_000_000].map(hours), ["0:42:10", "−0:03:00"]);
        assert_eq!(length(4_325_000_000), "1 h 12 min");
        let euro = |minor, exact| money(minor, Currency::EUR, exact);
        assert_eq!(
            (euro(418_049, false), euro(418_049, true), euro(2_120, false)),
            ("€ 4,180".into(), "€ 4,180.49".into(), "€ 21.20".into())
        );
        assert_eq!(money(418_000, "JPY".parse().unwrap(), true), "JPY 418,000");
    }
}
