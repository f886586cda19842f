//! Facts to drafts and back, kind by kind; machines, their places and calendars have files of their own.

use super::read::Reader;
use super::value::{class, class_word, instant, write_instant, write_money};
use super::{Draft, Wrong, calendar, machine, place};
use crate::machine::NotAMachineId;
use crate::oee::{Class, Standard};
use crate::plant::{DatedStandard, Fact, FactKey, Kind, Order, Product, Reason};
use crate::zone::Zone;
use crate::{MachineId, Timestamp};

/// What would be written to state a fact.
pub fn write(fact: &Fact, zone: Zone) -> Draft {
    let mut draft = Draft::default();
    match fact {
        Fact::Site(_, site) => place::write_site(&mut draft, site, zone),
        Fact::Line(_, line) => place::write_line(&mut draft, line, zone),
        Fact::Machine(_, described) => machine::write(&mut draft, described, zone),
        Fact::Reason(_, Reason { name, names, group, class, machine_types, words, rejects }) => {
            draft.put("name", name);
            for (language, name) in names {
                draft.push("names", [("language", language.clone()), ("name", name.clone())]);
            }
            draft.put("group", group.clone().unwrap_or_default());
            // The usual one is not said.
            draft.put("class", if *class == Class::Stop { "" } else { class_word(*class) });
            draft.put("types", machine_types.join(", "));
            draft.put("words", words.join("\n"));
            draft.put("rejects", if *rejects { "true" } else { "" });
        }
        Fact::Product(_, Product { name, words, standards }) => {
            draft.put("name", name);
            draft.put("words", words.join("\n"));
            for DatedStandard { from, machine, standard } in standards {
                let machine = machine.as_ref().map(ToString::to_string).unwrap_or_default();
                let [cycle, value] = written(standard);
                draft.push("standard", [("from", write_from(*from, zone)), ("machine", machine), cycle, value]);
            }
        }
        Fact::Calendar(_, described) => calendar::write(&mut draft, described),
        Fact::Order(_, Order { machine, product, start, quantity }) => {
            draft.put("machine", machine.to_string());
            draft.put("product", product);
            draft.put("start", write_instant(*start, zone));
            draft.put("quantity", quantity.map(|quantity| quantity.to_string()).unwrap_or_default());
        }
    }
    draft
}

/// The fact that is written.
pub fn read(draft: &Draft, key: &FactKey, zone: Zone) -> Result<Fact, Vec<Wrong>> {
    let mut reader = Reader { draft, zone, wrong: Vec::new() };
    let id = key.id.clone();
    let fact = match key.kind {
        Kind::Site => Some(Fact::Site(id, place::read_site(&mut reader))),
        Kind::Line => Some(Fact::Line(id, place::read_line(&mut reader))),
        Kind::Machine => {
            let id = machine_id(&id).map_err(|sentence| reader.wrong.push(Wrong::new("id", sentence)));
            let machine = machine::read(&mut reader);
            id.ok().map(|id| Fact::Machine(id, machine))
        }
        Kind::Reason => Some(Fact::Reason(id, reason(&mut reader))),
        Kind::Product => {
            let name = reader.draft.text("name").to_owned();
            let standards = reader.dated_rows("standard", |cells| {
                let (from, machine) = (cells.from(), cells.read("machine", machine_id));
                Some(DatedStandard { standard: cells.standard()?, from: from?, machine: machine? })
            });
            Some(Fact::Product(id, Product { name, words: reader.lines("words"), standards }))
        }
        Kind::Calendar => calendar::read(&mut reader).map(|calendar| Fact::Calendar(id, calendar)),
        Kind::Order => {
            let machine = reader.must("machine", machine_id);
            let product = reader.must("product", |text| Ok(text.to_owned()));
            let start = reader.must("start", |text| instant(text, zone));
            let whole = |text: &str| text.parse::<u64>().map_err(|_| format!("`{text}` is no number of parts; write for example 2000"));
            let quantity = reader.read("quantity", whole);
            machine.zip(product).zip(start).map(|((machine, product), start)| Fact::Order(id, Order { machine, product, start, quantity }))
        }
    };
    fact.filter(|_| reader.wrong.is_empty()).ok_or(reader.wrong)
}

fn reason(reader: &mut Reader<'_>) -> Reason {
    let names = reader.rows("names", |cells| {
        let (language, name) = (cells.must("language", |text| Ok(text.to_owned())), cells.must("name", |text| Ok(text.to_owned())));
        language.zip(name)
    });
    Reason {
        name: reader.draft.text("name").to_owned(),
        names: names.into_iter().collect(),
        group: reader.some("group"),
        class: reader.read("class", class).unwrap_or(Class::Stop),
        machine_types: reader.list("types"),
        words: reader.lines("words"),
        rejects: reader.ticked("rejects"),
    }
}

fn machine_id(text: &str) -> Result<MachineId, String> {
    text.parse().map_err(|error: NotAMachineId| error.to_string())
}

/// From when on, where it is not for all of time.
pub fn write_from(from: Option<Timestamp>, zone: Zone) -> String {
    from.map(|from| write_instant(from, zone)).unwrap_or_default()
}

/// Ideal cycle and value, as columns.
pub fn written(standard: &Standard) -> [(&'static str, String); 2] {
    let Standard { ideal_cycle_us, value_millionths, currency } = *standard;
    let value = if value_millionths == 0 { String::new() } else { write_money(value_millionths, currency) };
    [("ideal_cycle", crate::duration::write(ideal_cycle_us)), ("value", value)]
}
