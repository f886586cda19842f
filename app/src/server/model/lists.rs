//! What there is: all kinds with their things, and the things of one kind with what matters of each.

use super::{Desk, addresses, choices, history};
use crate::api_model::ModelPage;
use crate::clock;
use crate::error::AppError;
use crate::widgets::html::escaped;
use domain::plant::draft::Draft;
use domain::plant::{Fact, FactKey, Kind};

/// Things of a kind on the overview.
const A_PANEL: usize = 12;
/// Things in the list of a kind.
const A_LIST: usize = 2_000;
/// Entries on the overview.
const LATEST: usize = 6;

/// All kinds.
pub async fn overview(desk: &Desk) -> Result<ModelPage, AppError> {
    let mut html = format!(
        "<h1 class=\"crumb\"><a href=\"{}\">{}</a> / <b>Model</b></h1>",
        escaped(&crate::address::tenant(desk.tenant())),
        escaped(desk.tenant.name())
    );
    if !desk.states() {
        html.push_str(&format!(
            "<p class=\"hint\">This is what {} says about these machines; only they change it.</p>",
            desk.tenant.owner()
        ));
    } else if desk.plant.machines.is_empty() {
        html.push_str("<p class=\"hint\">Nothing much yet: begin with a calendar and a site, then add machines. The configuration can say the same, and both may be used.</p>");
    }
    html.push_str("<div class=\"model-kinds\">");
    for kind in desk.kinds() {
        html.push_str(&panel(desk, *kind));
    }
    html.push_str("</div>");
    if desk.states() {
        let latest = desk.store.stated(&desk.tenant, None, None, LATEST).await?;
        let lines: String = latest.iter().map(|stated| history::line(desk, stated)).collect();
        let none = if lines.is_empty() { "<p class=\"muted\">Nothing has been said about this plant yet.</p>" } else { "" };
        html.push_str(&format!(
            "<section class=\"panel check\"><div class=\"panel-head\"><h2>Last changes</h2><a href=\"{}\">All of them</a></div><ul class=\"entries\">{lines}</ul>{none}</section>",
            escaped(&addresses::history(desk.tenant()))
        ));
    }
    Ok(ModelPage { title: "Model".to_owned(), html })
}

/// The things of one kind.
pub fn kind(desk: &Desk, kind: Kind) -> ModelPage {
    let plural = addresses::plural(kind);
    let ids = ids(desk, kind);
    let mut html = desk.crumb(&[(addresses::overview(desk.tenant()), "Model".to_owned())], plural);
    html.push_str(&format!(
        "<section class=\"panel check\"><div class=\"panel-head\"><h2>{} {}</h2>{}</div>",
        ids.len(),
        word(kind, ids.len()),
        new(desk, kind)
    ));
    let row = |id: &String| {
        let key = FactKey { kind, id: id.clone() };
        let fact = desk.plant.fact(&key)?;
        Some(format!(
            "<tr{}><th scope=\"row\"><a href=\"{}\">{}</a></th><td>{}</td><td>{}</td></tr>",
            within(&fact),
            escaped(&addresses::thing(desk.tenant(), &key)),
            escaped(choices::name(&fact)),
            escaped(id),
            escaped(&summary(desk, &fact))
        ))
    };
    let rows: String = ids.iter().take(A_LIST).filter_map(row).collect();
    html.push_str(&if rows.is_empty() {
        format!("<p class=\"muted\">No {} yet.</p>", plural.to_lowercase())
    } else {
        format!(
            "<div class=\"table-scroll list\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Id</th><th scope=\"col\">What it is</th></tr></thead><tbody>{rows}</tbody></table></div>"
        )
    });
    if ids.len() > A_LIST {
        html.push_str(&format!("<p class=\"muted\">{} more are not listed; each has its address.</p>", ids.len() - A_LIST));
    }
    html.push_str("</section>");
    ModelPage { title: plural.to_owned(), html }
}

fn panel(desk: &Desk, kind: Kind) -> String {
    let ids = ids(desk, kind);
    let item = |id: &String| {
        let key = FactKey { kind, id: id.clone() };
        let fact = desk.plant.fact(&key)?;
        Some(format!(
            "<li{}><a href=\"{}\">{}</a> <small>{}</small></li>",
            within(&fact),
            escaped(&addresses::thing(desk.tenant(), &key)),
            escaped(choices::name(&fact)),
            escaped(&summary(desk, &fact))
        ))
    };
    let items: String = ids.iter().take(A_PANEL).filter_map(item).collect();
    let more = if ids.len() > A_PANEL {
        format!("<p class=\"aside\"><a href=\"{}\">All {}</a></p>", escaped(&addresses::kind(desk.tenant(), kind)), ids.len())
    } else {
        String::new()
    };
    format!(
        "<section class=\"panel check\"><div class=\"panel-head\"><h2><a href=\"{}\">{}</a></h2><small>{}</small><span class=\"space\"></span>{}</div><ul>{items}</ul>{more}</section>",
        escaped(&addresses::kind(desk.tenant(), kind)),
        addresses::plural(kind),
        ids.len(),
        new(desk, kind)
    )
}

/// The mark of what stands below something else.
fn within(fact: &Fact) -> &'static str {
    if matches!(fact, Fact::Reason(_, reason) if reason.group.is_some()) { " class=\"within\"" } else { "" }
}

fn new(desk: &Desk, kind: Kind) -> String {
    if !desk.states() {
        return String::new();
    }
    format!("<a class=\"button\" href=\"{}\" aria-label=\"New {}\">New</a>", escaped(&addresses::new(desk.tenant(), kind)), kind.word())
}

fn word(kind: Kind, count: usize) -> String {
    if count == 1 { kind.word().to_owned() } else { addresses::plural(kind).to_lowercase() }
}

/// The ids in the order in which they are listed: reasons below their groups, the latest orders first.
fn ids(desk: &Desk, kind: Kind) -> Vec<String> {
    let mut ids: Vec<String> = choices::ids(&desk.plant, kind).collect();
    match kind {
        Kind::Reason => ids.sort_by_key(|id| {
            let group = desk.plant.reasons.get(id).and_then(|reason| reason.group.clone());
            (group.clone().unwrap_or_else(|| id.clone()), group.is_some(), id.clone())
        }),
        Kind::Order => ids.sort_by_key(|id| std::cmp::Reverse(desk.plant.orders.get(id).map(|order| order.start))),
        _ => {}
    }
    ids
}

/// What matters of a thing, in a line.
fn summary(desk: &Desk, fact: &Fact) -> String {
    let draft = Draft::of(fact, desk.zone);
    let named = |kind: Kind, id: &str| {
        let fact = desk.plant.fact(&FactKey { kind, id: id.to_owned() });
        fact.as_ref().map_or_else(|| id.to_owned(), |fact| choices::name(fact).to_owned())
    };
    let parts: Vec<String> = match fact {
        Fact::Machine(_, machine) => {
            // Where it is now; it may have moved.
            let line = named(Kind::Line, machine.line_at(clock::now()).unwrap_or_default());
            vec![line, draft.text("model").to_owned(), draft.text("customer").to_owned()]
        }
        Fact::Line(id, line) => {
            let many = desk.plant.machines.values().filter(|machine| machine.line_at(clock::now()) == Some(id)).count();
            vec![named(Kind::Site, line.site_at(clock::now()).unwrap_or_default()), format!("{many} {}", word(Kind::Machine, many))]
        }
        Fact::Site(_, site) => vec![draft.text("timezone").to_owned(), site.calendar_at(clock::now()).unwrap_or_default().to_owned()],
        Fact::Product(..) => {
            let last = draft.rows("standard").last();
            let column = |name: &str| last.and_then(|row| row.get(name).cloned()).unwrap_or_default();
            // Seconds compare at a glance, where the configuration says 58s500ms.
            let cycle_us = domain::duration::parse(&column("ideal_cycle")).ok();
            let cycle = cycle_us.map(|us| format!("{} s", domain::format::exact(us as f64 / 1e6))).unwrap_or_default();
            vec![cycle, column("value")]
        }
        Fact::Reason(_, reason) => {
            let class = match draft.text("class") {
                "" => String::new(),
                class => class.replace('_', " "),
            };
            vec![class, reason.machine_types.join(", ")]
        }
        Fact::Calendar(..) => {
            let mut names: Vec<String> = Vec::new();
            for name in draft.rows("shift").iter().filter_map(|row| row.get("name")).filter(|name| !name.is_empty()) {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
            vec![names.join(", ")]
        }
        Fact::Order(..) => vec![
            named(Kind::Machine, draft.text("machine")),
            named(Kind::Product, draft.text("product")),
            draft.text("start").to_owned(),
            draft.text("quantity").to_owned(),
        ],
    };
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}
