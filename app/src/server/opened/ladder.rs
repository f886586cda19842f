//! Where the time went: the ladder of losses, in hours and money.

use super::Opened;
use crate::address;
use crate::boards::oee::{frame, words};
use crate::widgets::patch::Block;
use chart::waterfall::{self, Rung};
use domain::board::priced;
use domain::oee::figures::Figures;
use domain::oee::losses::Losses;

impl Opened<'_> {
    /// The panel.
    pub(super) fn ladder(&self) -> Block {
        let table = match Losses::of(&self.answer.basis.figures) {
            None => "<p class=\"muted\">A product has no ideal cycle, so lost speed cannot be told from lost parts.</p>".to_owned(),
            Some(losses) if losses.sum_us() == 0 => "<p class=\"muted\">Nothing is planned in this window.</p>".to_owned(),
            Some(losses) => self.rungs(&losses),
        };
        let mut pairs = Vec::new();
        frame::write(&self.query.asked, &mut pairs);
        pairs.push("by=window".to_owned());
        let file = address::machine_file(self.owner.id().as_str(), self.source.id.as_str(), "figures.csv", &frame::search(&pairs));
        let html = format!(
            "<section id=\"losses\" class=\"panel\"><div class=\"panel-head\"><h2>Where the time went</h2><small>hours and money{}</small>{}</div>{table}</section>",
            self.at_which_prices(),
            frame::csv(&file)
        );
        Block { id: "losses".to_owned(), html }
    }

    /// Says how time was priced, where prices changed inside of the window.
    fn at_which_prices(&self) -> &'static str {
        match (self.answer.priced_parts, self.answer.priced.is_empty()) {
            (0 | 1, _) => "",
            (_, false) => ", each part at the price that held",
            (_, true) => ", at the mean of the prices that held",
        }
    }

    fn rungs(&self, losses: &Losses) -> String {
        let rungs = waterfall::rungs(losses);
        let widest_us = waterfall::widest_us(&rungs);
        let row = |rung: &Rung| {
            // A loss takes away; a negative one, of a machine faster than its ideal cycle, gives.
            let signed = if rung.loss { -rung.time_us } else { rung.time_us };
            format!(
                "<tr><th scope=\"row\">{}</th><td class=\"drawn\">{}</td><td>{}</td><td class=\"muted\">{}</td></tr>",
                rung.name,
                rung.svg(widest_us),
                words::hours(signed),
                self.worth(rung).unwrap_or_default()
            )
        };
        let rows: String = rungs.iter().map(row).collect();
        format!(
            "<table class=\"bars\"><thead class=\"hidden\"><tr><th>Loss</th><th>Bar</th><th>Time</th><th>Worth</th></tr></thead><tbody>{rows}</tbody></table>"
        )
    }

    /// What a rung is worth: where prices changed inside of the window, each part of it at its own.
    fn worth(&self, rung: &Rung) -> Option<String> {
        let (rate, parts) = (self.answer.rate?, self.answer.priced.as_slice());
        let in_part = |figures: &Figures| {
            let rungs = Losses::of(figures).map(|losses| waterfall::rungs(&losses)).unwrap_or_default();
            rungs.iter().find(|held| held.name == rung.name).map_or(0, |held| held.time_us)
        };
        let minor = if parts.is_empty() { rate.minor(rung.time_us) } else { priced::minor(parts, in_part) };
        Some(words::money(minor, rate.currency, true))
    }
}
