//! The same answer for people.

use super::answer::Answer;
use domain::duration;
use std::fmt::Write;

/// A page of plain text.
pub fn text(answer: &Answer) -> String {
    let Answer { tenant, machine, range, as_of, figures, ratios, oee, losses, money, flags, unpriced, by_state, by_reason, .. } = answer;
    let (times, counts, mut page) = (&figures.times, &figures.counts, String::new());
    let mut line = |name: &str, value: String| {
        let _ = writeln!(page, "{name:<22}{value}");
    };
    let percent = |ratio: Option<f64>| ratio.map_or("n/a".to_owned(), |ratio| format!("{:.2} %", ratio * 100.0));
    let length = |us: i64| if us < 0 { format!("-{}", duration::say(-us)) } else { duration::say(us) };
    line("machine", format!("{machine} of {tenant}"));
    line("window", format!("{} to {}", range.start().rfc3339(), range.end().rfc3339()));
    line("data as of", as_of.rfc3339());
    line("policy", figures.policy.to_string());
    line(
        "OEE",
        match oee {
            Some(open) if times.unknown_us > 0 => {
                format!("{} (between {} and {})", percent(ratios.oee), percent(Some(open.low)), percent(Some(open.high)))
            }
            _ => percent(ratios.oee),
        },
    );
    for (name, ratio) in [
        ("availability", ratios.availability),
        ("performance", ratios.performance),
        ("quality", ratios.quality),
        ("NEE", ratios.nee),
        ("TEEP", ratios.teep),
    ] {
        line(name, percent(ratio));
    }
    for (name, us) in [
        ("calendar time", times.calendar_us()),
        ("planned production", times.planned_us()),
        ("run time", times.run_us()),
        ("  micro-stops in it", times.micro_stop_us),
        ("unplanned stops", times.unplanned_stop_us),
        ("changeover", times.setup_us),
        ("planned stops", times.planned_stop_us),
        ("unknown", times.unknown_us),
        ("not scheduled", times.not_scheduled_us),
    ] {
        line(name, length(us));
    }
    let parts = &counts.parts;
    let rejects = parts.reject.saturating_add(parts.startup_reject);
    line("parts", format!("{} made, {} good, {rejects} rejected, {} reworked", parts.total(), parts.good, parts.rework));
    line("stops", format!("{}, and {} micro-stops", counts.stops, counts.micro_stops));
    for (state, us) in by_state {
        line(&format!("  state {state}"), length(*us));
    }
    for (reason, us) in by_reason {
        line(&format!("  reason {reason}"), length(*us));
    }
    if let Some(losses) = losses {
        for (name, us) in [
            ("lost to failure", losses.failure_us),
            ("lost to changeover", losses.setup_us),
            ("lost to minor stops", losses.minor_stops_us),
            ("lost to speed", losses.reduced_speed_us),
            ("lost to defects", losses.process_defects_us),
            ("lost to start-up", losses.startup_rejects_us),
            ("fully productive", losses.fully_productive_us),
        ] {
            line(name, length(us));
        }
    }
    if let Some(money) = money {
        let lost = [money.availability_minor, money.performance_minor, money.quality_minor].map(|minor| minor.to_string()).join(", ");
        line("money", format!("of {} {} minor units lost to A, P, Q: {lost}", money.full_value_minor, money.currency.as_str()));
    }
    for flag in flags {
        line("note", flag.sentence().to_owned());
    }
    if !unpriced.is_empty() {
        let named: Vec<&str> = unpriced.iter().map(|id| if id.is_empty() { "parts without a product" } else { id }).collect();
        line("without a price", named.join(", "));
    }
    page.truncate(page.trim_end().len());
    page
}
