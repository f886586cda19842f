//! Why parts were not good: by reason on two levels, in parts and in money.

use super::Opened;
use crate::boards::oee::words;
use crate::widgets::html::escaped;
use crate::widgets::patch::Block;
use chart::bar;
use chart::palette::Role;
use domain::format;
use domain::oee::figures::{Fate, RejectShare};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Parts and their ideal time.
type Sum = (u64, i64);

impl Opened<'_> {
    /// The panel; none where every part was good.
    pub(super) fn rejects(&self) -> Option<Block> {
        let rejects = &self.answer.basis.figures.rejects;
        let all: u64 = rejects.iter().map(|share| share.parts).sum();
        if all == 0 {
            return None;
        }
        let mut groups: BTreeMap<String, (Sum, Vec<(String, Sum)>)> = BTreeMap::new();
        for share in rejects {
            let (group, sum) = (self.group(share), (share.parts, share.ideal_us));
            let (of_group, within) = groups.entry(group).or_default();
            *of_group = (of_group.0.saturating_add(sum.0), of_group.1.saturating_add(sum.1));
            within.push((self.share(share), sum));
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(_, ((parts, _), _))| Reverse(*parts));
        let longest = groups.iter().map(|(_, ((parts, _), _))| *parts).max().unwrap_or(0);
        let mut rows = String::new();
        for (group, (sum, mut within)) in groups {
            rows.push_str(&self.reject_row("", &group, sum, (longest, all)));
            within.sort_by_key(|(_, (parts, _))| Reverse(*parts));
            if within.len() > 1 || within.iter().any(|(name, _)| *name != group) {
                within.iter().for_each(|(name, sum)| rows.push_str(&self.reject_row("within", name, *sum, (longest, all))));
            }
        }
        let html = format!(
            "<section id=\"rejects\" class=\"panel\"><div class=\"panel-head\"><h2>Parts that are not good</h2><small>{} by reason, and their worth at the ideal cycle</small></div>\
             <table class=\"bars\"><thead class=\"hidden\"><tr><th>Reason</th><th>Bar</th><th>Parts</th><th>Share</th><th>Worth</th></tr></thead><tbody>{rows}</tbody></table></section>",
            format::count(all)
        );
        Some(Block { id: "rejects".to_owned(), html })
    }

    fn reject_row(&self, class: &str, name: &str, (parts, ideal_us): Sum, (longest, all): (u64, u64)) -> String {
        let signed = |parts: u64| i64::try_from(parts).unwrap_or(i64::MAX);
        let worth = self.answer.rate.as_ref().map(|rate| words::money(rate.minor(ideal_us), rate.currency, true));
        format!(
            "<tr class=\"{class}\"><th scope=\"row\">{}</th><td class=\"drawn\">{}</td><td>{}</td><td class=\"muted\">{} %</td><td class=\"muted\">{}</td></tr>",
            escaped(name),
            bar::svg(Role::Stop, signed(parts), signed(longest)),
            format::count(parts),
            format::number(parts as f64 * 100.0 / all.max(1) as f64, 0),
            worth.unwrap_or_default()
        )
    }

    fn group(&self, share: &RejectShare) -> String {
        share.reason.map_or_else(|| "No reason said".to_owned(), |reason| self.source.group_of(reason))
    }

    /// A reason, and what became of its parts where they were not simply rejected.
    fn share(&self, share: &RejectShare) -> String {
        let fate = match share.fate {
            Fate::Reject => None,
            Fate::StartupReject => Some("while starting up"),
            Fate::Rework => Some("reworked"),
        };
        match (share.reason.map(|reason| self.source.reason(reason)), fate) {
            (Some(reason), Some(fate)) => format!("{reason}, {fate}"),
            (Some(reason), None) => reason,
            (None, Some(fate)) => fate.to_owned(),
            (None, None) => "rejected".to_owned(),
        }
    }
}
