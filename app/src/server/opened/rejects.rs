//! Why parts were not good: by reason on two levels, in parts and in money.

use super::Opened;
use crate::boards::oee::words;
use crate::widgets::html::escaped;
use crate::widgets::patch::Block;
use chart::bar;
use chart::palette::Role;
use domain::board::priced;
use domain::format;
use domain::oee::figures::{Fate, Figures, RejectShare};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Parts and what they were worth.
type Sum = (u64, i64);
/// What became of the parts of one reason, each with what it was worth.
type Shares<'a> = Vec<&'a (RejectShare, i64)>;

/// Where nobody said why.
const UNSAID: &str = "No reason said";

impl Opened<'_> {
    /// The panel; none where every part was good.
    pub(super) fn rejects(&self) -> Option<Block> {
        let rejects: Vec<(RejectShare, i64)> =
            self.answer.basis.figures.rejects.iter().map(|share| (*share, self.reject_minor(share))).collect();
        let all: u64 = rejects.iter().map(|(share, _)| share.parts).sum();
        if all == 0 {
            return None;
        }
        let mut groups: BTreeMap<String, BTreeMap<String, Shares<'_>>> = BTreeMap::new();
        for share in &rejects {
            let (group, name) = match share.0.reason {
                Some(reason) => (self.source.group_of(reason), self.source.reason(reason)),
                None => (UNSAID.to_owned(), UNSAID.to_owned()),
            };
            groups.entry(group).or_default().entry(name).or_default().push(share);
        }
        let mut groups: Vec<(String, Sum, BTreeMap<String, Shares<'_>>)> =
            groups.into_iter().map(|(group, within)| (group, sum(within.values().flatten().copied()), within)).collect();
        groups.sort_by_key(|(_, (parts, _), _)| Reverse(*parts));
        let longest = groups.iter().map(|(_, (parts, _), _)| *parts).max().unwrap_or(0);
        let mut rows = String::new();
        for (group, of_group, within) in groups {
            let single = within.keys().eq([&group]);
            let about = if single { fates(within.values().flatten().copied()) } else { String::new() };
            rows.push_str(&self.reject_row("", (&group, &about), of_group, (longest, all)));
            let mut within: Vec<_> = within.into_iter().filter(|_| !single).collect();
            within.sort_by_key(|(_, shares)| Reverse(sum(shares.iter().copied()).0));
            for (name, shares) in within {
                let about = fates(shares.iter().copied());
                rows.push_str(&self.reject_row("within", (&name, &about), sum(shares.iter().copied()), (longest, all)));
            }
        }
        let html = format!(
            "<section id=\"rejects\" class=\"panel\"><div class=\"panel-head\"><h2>Parts that are not good</h2><small>{} by reason, and their worth at the ideal cycle</small></div>\
             <table class=\"bars\"><thead class=\"hidden\"><tr><th>Reason</th><th>Bar</th><th>Parts</th><th>Share</th><th>Worth</th></tr></thead><tbody>{rows}</tbody></table></section>",
            format::count(all)
        );
        Some(Block { id: "rejects".to_owned(), html })
    }

    /// What parts that are not good were worth, each at the price that held when it was made.
    fn reject_minor(&self, share: &RejectShare) -> i64 {
        let of = (share.fate, share.reason);
        let in_part =
            |figures: &Figures| figures.rejects.iter().filter(|held| (held.fate, held.reason) == of).map(|held| held.ideal_us).sum();
        match (self.answer.priced.as_slice(), &self.answer.rate) {
            ([], rate) => rate.as_ref().map_or(0, |rate| rate.minor(share.ideal_us)),
            (parts, _) => priced::minor(parts, in_part),
        }
    }

    fn reject_row(&self, class: &str, (name, about): (&str, &str), (parts, minor): Sum, (longest, all): (u64, u64)) -> String {
        let signed = |parts: u64| i64::try_from(parts).unwrap_or(i64::MAX);
        let worth = self.answer.rate.as_ref().map(|rate| words::money(minor, rate.currency, true));
        format!(
            "<tr class=\"{class}\"><th scope=\"row\">{}{about}</th><td class=\"drawn\">{}</td><td>{}</td><td class=\"muted\">{} %</td><td class=\"muted\">{}</td></tr>",
            escaped(name),
            bar::svg(Role::Stop, signed(parts), signed(longest)),
            format::count(parts),
            format::number(parts as f64 * 100.0 / all.max(1) as f64, 0),
            worth.unwrap_or_default()
        )
    }
}

/// All of them together.
fn sum<'a>(shares: impl Iterator<Item = &'a (RejectShare, i64)>) -> Sum {
    shares.fold((0, 0), |(parts, worth), (share, minor)| (parts.saturating_add(share.parts), worth.saturating_add(*minor)))
}

/// How many of them were not simply rejected.
fn fates<'a>(shares: impl Iterator<Item = &'a (RejectShare, i64)>) -> String {
    let said = shares.filter_map(|(share, _)| {
        let fate = match share.fate {
            Fate::Reject => return None,
            Fate::StartupReject => "while starting up",
            Fate::Rework => "reworked",
        };
        Some(format!("{} {fate}", format::count(share.parts)))
    });
    let said: Vec<String> = said.collect();
    if said.is_empty() { String::new() } else { format!(" <small>· {}</small>", said.join(", ")) }
}
