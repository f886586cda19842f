//! A machine as people write it.

use super::facts::{write_from, written};
use super::read::Reader;
use super::value::{class, class_word, dialect, dialect_word, length_us, money, percent, threshold_us, write_money, write_percent};
use super::{Draft, place};
use crate::duration;
use crate::machine::{Dialect, Mapping};
use crate::oee::Class;
use crate::oee::policy::{Limits, Policy};
use crate::plant::{Counting, Machine, Place, Rate, Target};
use crate::zone::Zone;
use std::collections::BTreeMap;

pub fn write(draft: &mut Draft, machine: &Machine, zone: Zone) {
    let Machine { name, line, site, builder, model, machine_type, customer, calendar, .. } = machine;
    draft.put("name", name);
    let named = [("line", line), ("site", site), ("builder", builder), ("model", model), ("type", machine_type)];
    for (field, text) in named.into_iter().chain([("customer", customer), ("calendar", calendar)]) {
        draft.put(field, text.clone().unwrap_or_default());
    }
    let Machine { silence_us, micro_stop_us, cap_performance, limits, mapping, counting, standards, targets, rates, places, .. } = machine;
    for (from, Place { line, site, calendar }) in places {
        place::write_row(draft, *from, zone, [("line", line), ("site", site), ("calendar", calendar)]);
    }
    draft.put("silence", silence_us.map(duration::write).unwrap_or_default());
    draft.put("micro_stop", micro_stop_us.map(duration::write).unwrap_or_default());
    draft.put("cap_performance", if *cap_performance { "true" } else { "" });
    draft.put("amber_from", limits.map(|limits| write_percent(limits.amber_from)).unwrap_or_default());
    draft.put("green_from", limits.map(|limits| write_percent(limits.green_from)).unwrap_or_default());
    let Mapping { dialect, states, modes } = mapping;
    draft.put("dialect", if *dialect == Dialect::default() { "" } else { dialect_word(*dialect) });
    for (table, words) in [("states", states), ("modes", modes)] {
        for (word, class) in words {
            draft.push(table, [("word", word.clone()), ("class", class_word(*class).to_owned())]);
        }
    }
    let Counting { rolls_over_at, by_cycles } = counting;
    draft.put("counters_roll_over_at", rolls_over_at.map(|count| count.to_string()).unwrap_or_default());
    draft.put("count_cycles", if *by_cycles { "true" } else { "" });
    for (from, standard) in standards {
        let [cycle, value] = written(standard);
        draft.push("standard", [("from", write_from(*from, zone)), cycle, value]);
    }
    for (from, Target { oee, factors }) in targets {
        let [availability, performance, quality] = factors.map_or_else(Default::default, |factors| factors.map(write_percent));
        let factors = [("availability", availability), ("performance", performance), ("quality", quality)];
        draft.push("target", [("from", write_from(*from, zone)), ("oee", write_percent(*oee))].into_iter().chain(factors));
    }
    for (from, Rate { minor_per_hour, currency }) in rates {
        let rate = write_money(minor_per_hour.saturating_mul(1_000_000), *currency);
        draft.push("hour_rate", [("from", write_from(*from, zone)), ("rate", rate)]);
    }
}

pub fn read(reader: &mut Reader<'_>) -> Machine {
    let usual = Policy::default().limits;
    let limits = Limits {
        amber_from: reader.read("amber_from", percent).unwrap_or(usual.amber_from),
        green_from: reader.read("green_from", percent).unwrap_or(usual.green_from),
    };
    let whole = |text: &str| text.parse::<u64>().map_err(|_| format!("`{text}` is no count; write for example 65536"));
    Machine {
        name: reader.draft.text("name").to_owned(),
        line: reader.some("line"),
        site: reader.some("site"),
        builder: reader.some("builder"),
        model: reader.some("model"),
        machine_type: reader.some("type"),
        customer: reader.some("customer"),
        calendar: reader.some("calendar"),
        silence_us: reader.read("silence", length_us),
        micro_stop_us: reader.read("micro_stop", threshold_us),
        cap_performance: reader.ticked("cap_performance"),
        limits: Some(limits).filter(|limits| *limits != usual),
        mapping: Mapping {
            dialect: reader.read("dialect", dialect).unwrap_or_default(),
            states: classes(reader, "states"),
            modes: classes(reader, "modes"),
        },
        counting: Counting { rolls_over_at: reader.read("counters_roll_over_at", whole), by_cycles: reader.ticked("count_cycles") },
        places: place::read_rows(reader, |id| Place { line: id("line"), site: id("site"), calendar: id("calendar") }),
        standards: reader.dated_rows("standard", |cells| {
            let from = cells.from();
            let standard = cells.standard();
            from.zip(standard)
        }),
        targets: reader.dated_rows("target", |cells| {
            let (from, oee) = (cells.from(), cells.must("oee", percent));
            let factors = ["availability", "performance", "quality"].map(|factor| cells.read(factor, percent));
            let [Some(availability), Some(performance), Some(quality)] = factors else { return None };
            let factors = match (availability, performance, quality) {
                (Some(a), Some(p), Some(q)) => Some([a, p, q]),
                (None, None, None) => None,
                _ => {
                    cells.refuse("oee", "a target has availability, performance and quality, or none of them");
                    return None;
                }
            };
            Some((from?, Target { oee: oee?, factors }))
        }),
        rates: reader.dated_rows("hour_rate", |cells| {
            let (from, rate) = (cells.from(), cells.must("rate", money));
            let (millionths, currency) = rate?;
            Some((from?, Rate { minor_per_hour: millionths / 1_000_000, currency }))
        }),
    }
}

fn classes(reader: &mut Reader<'_>, table: &'static str) -> BTreeMap<String, Class> {
    let words = reader.rows(table, |cells| {
        let (word, class) = (cells.must("word", |text| Ok(text.to_owned())), cells.must("class", class));
        word.zip(class)
    });
    words.into_iter().collect()
}
