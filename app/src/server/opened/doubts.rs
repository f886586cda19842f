//! What a reader must know before trusting the figures of a machine's board, and where it is mended.

use super::Opened;
use crate::side::model::addresses;
use crate::widgets::html::escaped;
use crate::widgets::patch::Block;
use domain::oee::Flag;
use domain::plant::{FactKey, Kind};

impl Opened<'_> {
    /// The list of doubts; none where there is none.
    pub(super) fn doubts(&self) -> Option<Block> {
        let said = |flag: &Flag| match flag {
            Flag::NoPrice => format!("<li>{} Without a price: {}.</li>", flag.sentence(), self.unpriced()),
            flag => format!("<li>{}</li>", flag.sentence()),
        };
        let doubts: String = self.answer.tile.flags.iter().map(said).collect();
        let html = format!("<ul id=\"flags\" class=\"flags\">{doubts}</ul>");
        (!doubts.is_empty()).then(|| Block { id: "flags".to_owned(), html })
    }

    /// The products by name. Whoever may enter a price is led to where; what no product of the plant is has that of its machine.
    fn unpriced(&self) -> String {
        let (tenant, plant) = (self.owner.id().as_str(), self.source.plant);
        let one = |id: &String| {
            let product = plant.products.get(id);
            let name = product.map(|product| product.name.as_str()).filter(|name| !name.is_empty()).unwrap_or(id);
            let name = escaped(if name.is_empty() { "parts without a product" } else { name });
            let key = match product {
                Some(_) => FactKey { kind: Kind::Product, id: id.clone() },
                None => FactKey { kind: Kind::Machine, id: self.source.id.to_string() },
            };
            let may = self.owner.customer().is_none() && self.known_at.is_none();
            if may { format!("<a href=\"{}\">{name}</a>", escaped(&addresses::thing(tenant, &key))) } else { name }
        };
        self.answer.unpriced.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}
