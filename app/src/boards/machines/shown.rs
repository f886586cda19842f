//! What a machine's board shows at a moment, and the names in it.

use super::query::Query;
use crate::address;
use crate::api_oee::Page;
use crate::boards::oee::frame;
use crate::widgets::html::escaped;
use crate::widgets::patch::Block;
use domain::Timestamp;
use domain::oee::{Figures, ProductId, ReasonId};
use std::sync::Arc;

/// An answer under an address.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub answer: Arc<Page>,
    pub query: Query,
    pub tenant: String,
    pub machine: String,
    /// The plant's name.
    pub plant: String,
}

impl Shown {
    /// The sums of the window.
    pub fn figures(&self) -> &Figures {
        &self.answer.basis.figures
    }

    /// The address of this board with another query, ready for an attribute.
    pub fn href(&self, query: &Query) -> String {
        escaped(&query.href(&self.tenant, &self.machine))
    }

    /// The name of a reason, escaped.
    pub fn reason(&self, number: ReasonId) -> String {
        let found = self.answer.reasons.iter().find(|reason| reason.number == number);
        found.map_or_else(|| "unknown reason".to_owned(), |reason| escaped(&reason.name))
    }

    /// The name of a product, escaped.
    pub fn product(&self, number: ProductId) -> String {
        let found = self.answer.products.iter().find(|(product, _)| *product == number);
        found.map_or_else(|| "unknown product".to_owned(), |(_, name)| escaped(name))
    }

    /// An instant on the wall's clock: `11:17:50`, with its date where the window is longer than a day.
    pub fn wall(&self, time: Timestamp) -> String {
        let text = self.answer.tile.zone.date_time(time);
        let long = self.answer.tile.frame.range.length_us() > domain::civil::DAY_US;
        text.get(if long { 5..19 } else { 11..19 }).unwrap_or(&text).to_owned()
    }

    /// The link to a table behind this board, in this window; `more` are pairs of the address that are the table's own.
    pub fn csv(&self, file: &str, more: &[String]) -> String {
        let mut pairs = Vec::new();
        frame::write(&self.query.asked, &mut pairs);
        pairs.extend_from_slice(more);
        frame::csv(&address::machine_file(&self.tenant, &self.machine, file, &frame::search(&pairs)))
    }

    /// A panel that the server has written, where it has.
    pub fn written(&self, id: &str) -> Option<Block> {
        self.answer.panels.iter().find(|panel| panel.id == id).cloned()
    }

    /// Links of one choice.
    pub fn choice(&self, name: &str, links: impl IntoIterator<Item = (Query, String, bool)>) -> String {
        let link = |(query, label, current): (Query, String, bool)| {
            format!("<a class=\"button\" href=\"{}\" aria-current=\"{current}\">{label}</a>", self.href(&query))
        };
        let links: String = links.into_iter().map(link).collect();
        format!("<div class=\"segments\" role=\"group\" aria-label=\"{name}\">{links}</div>")
    }
}
