//! What machines together lost, in money: a sum for each currency and way of counting, each with its label, for unlike things are
//! never added.

use crate::boards::oee::words;
use domain::board::lost::Lost;
use domain::board::roll::Roll;

/// Beside the figures of the roll-up; nothing where nothing has a price. Where nothing can be said of OEE a loss of nothing is not
/// known either.
pub fn panel(roll: &Roll, known: bool) -> String {
    let several = roll.money.len() > 1;
    let said = |lost: &Lost| known || lost.money.lost_minor() != 0;
    let sum = |lost: &Lost| {
        let money = &lost.money;
        let amount = |minor: i64| words::money(minor, money.currency, false);
        let (big, point) = if said(lost) {
            (amount(money.lost_minor()), format!(" · one OEE point = {}", amount(money.one_oee_point_minor())))
        } else {
            ("n/a".to_owned(), String::new())
        };
        let machines = if lost.machines < roll.machines { format!(" · {}", machines(lost.machines)) } else { String::new() };
        format!("<div class=\"sum\"><p class=\"big\">{big}</p><small>{}{machines}{point}</small></div>", words::counted(money.mode))
    };
    let sums: String = roll.money.iter().map(sum).collect();
    if sums.is_empty() {
        return sums;
    }
    let class = if several { "lost several" } else { "lost" };
    format!("<div class=\"{class}\"><h2>Lost so far</h2>{sums}</div>")
}

/// The same after other figures of machines: ` · lost € 418 lost contribution, € 90 machine-hour rate`.
pub fn sentence(roll: &Roll, known: bool) -> String {
    let said = roll.money.iter().filter(|lost| known || lost.money.lost_minor() != 0);
    let said: Vec<String> = said
        .map(|Lost { money, .. }| {
            format!("{} <small>{}</small>", words::money(money.lost_minor(), money.currency, false), words::counted(money.mode))
        })
        .collect();
    if said.is_empty() { String::new() } else { format!(" · lost {}", said.join(", ")) }
}

fn machines(count: u32) -> String {
    if count == 1 { "1 machine".to_owned() } else { format!("{count} machines") }
}
