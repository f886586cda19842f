//! The address of the plant board: window, order, filter, roll-up, site and line, whether it hangs on a wall.

use crate::address;
use crate::boards::oee::frame;
use domain::board::roll::Roll;
use domain::board::{Asked, PlantAnswer, Tile};
use domain::oee::Category;

/// In which order tiles stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The greatest loss first.
    #[default]
    Loss,
    /// By name.
    Name,
    /// What is wrong first.
    State,
    /// By line, under the line's figures.
    Line,
    /// By customer and model.
    Customer,
}

/// Which tiles are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    #[default]
    All,
    Running,
    Stopped,
    NoData,
}

/// How machines are rolled up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rolled {
    #[default]
    Fleet,
    Line,
    Mean,
}

/// What the address says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    pub asked: Asked,
    pub order: Order,
    pub show: Show,
    pub rolled: Rolled,
    /// One site only, by its id.
    pub site: Option<String>,
    /// One line only, by its id.
    pub line: Option<String>,
    /// Without controls, for a screen on a wall.
    pub tv: bool,
}

pub const ORDERS: [(Order, &str, &str); 5] = [
    (Order::Loss, "loss", "By lost money"),
    (Order::Name, "name", "By name"),
    (Order::State, "state", "By state"),
    (Order::Line, "line", "By line"),
    (Order::Customer, "customer", "By customer"),
];
pub const SHOWN: [(Show, &str, &str); 4] = [
    (Show::All, "all", "All"),
    (Show::Running, "running", "Running"),
    (Show::Stopped, "stopped", "Stopped"),
    (Show::NoData, "nodata", "Unknown"),
];
pub const ROLLED: [(Rolled, &str, &str); 3] =
    [(Rolled::Fleet, "fleet", "Fleet"), (Rolled::Line, "line", "Constraints"), (Rolled::Mean, "mean", "Mean")];

fn chosen<T: Copy + Default>(choices: &[(T, &str, &str)], word: &str) -> T {
    choices.iter().find(|(_, known, _)| *known == word).map_or_else(T::default, |(choice, ..)| *choice)
}

impl Query {
    /// Reads an address; what is not ours is ignored.
    pub fn parse(search: &str) -> Self {
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(search.trim_start_matches('?').as_bytes()) {
            match &*name {
                "order" => query.order = chosen(&ORDERS, &value),
                "show" => query.show = chosen(&SHOWN, &value),
                "rollup" => query.rolled = chosen(&ROLLED, &value),
                "site" => query.site = (!value.is_empty()).then(|| value.into_owned()),
                "line" => query.line = (!value.is_empty()).then(|| value.into_owned()),
                "tv" => query.tv = value == "1",
                name => drop(frame::read(&mut query.asked, name, &value)),
            }
        }
        query
    }

    /// The table of the machines that are shown, in their windows.
    pub fn csv(&self, tenant: &str) -> String {
        let Self { asked, site, line, .. } = self.clone();
        let board = Self { asked, site, line, ..Self::default() }.href(tenant);
        let search = board.find('?').and_then(|at| board.get(at..)).unwrap_or_default();
        format!("/export/{}/plant.csv{search}", address::segment(tenant))
    }

    /// The board's address with this query.
    pub fn href(&self, tenant: &str) -> String {
        let mut pairs = Vec::new();
        frame::write(&self.asked, &mut pairs);
        let mut add = |name: &str, word: Option<&str>| pairs.extend(word.map(|word| format!("{name}={}", address::segment(word))));
        add("order", ORDERS.iter().find(|(order, ..)| *order == self.order && self.order != Order::default()).map(|(_, word, _)| *word));
        add("show", SHOWN.iter().find(|(show, ..)| *show == self.show && self.show != Show::default()).map(|(_, word, _)| *word));
        add(
            "rollup",
            ROLLED.iter().find(|(rolled, ..)| *rolled == self.rolled && self.rolled != Rolled::default()).map(|(_, word, _)| *word),
        );
        add("site", self.site.as_deref());
        add("line", self.line.as_deref());
        add("tv", self.tv.then_some("1"));
        format!("{}{}", address::board(tenant, "plant"), frame::search(&pairs))
    }
}

impl Query {
    /// Whether a machine stands where the address looks.
    pub fn is_about(&self, tile: &Tile) -> bool {
        let at = |wanted: &Option<String>, id: &str| wanted.as_ref().is_none_or(|wanted| wanted == id);
        at(&self.site, &tile.site_id) && at(&self.line, &tile.line_id)
    }

    /// Whether losses are compared in money. Amounts in several currencies, or counted in several ways, are no more or less than
    /// each other: there the planned time that was lost is.
    pub fn weighs_money(&self, answer: &PlantAnswer) -> bool {
        self.rolled_up(answer).is_none_or(|roll| roll.money.len() == 1)
    }

    /// The machines together that the address looks at; `None` where it names a site or a line that is not there.
    pub fn rolled_up<'a>(&self, answer: &'a PlantAnswer) -> Option<&'a Roll> {
        let of = |rolls: &'a [Roll], id: &String| rolls.iter().find(|roll| roll.id == *id);
        match (&self.line, &self.site) {
            (Some(line), site) => of(&answer.lines, line).filter(|roll| site.as_ref().is_none_or(|site| roll.site_id == *site)),
            (None, Some(site)) => of(&answer.sites, site),
            (None, None) => Some(&answer.all),
        }
    }
}

impl Show {
    /// Whether a tile is shown.
    pub fn holds(self, tile: &Tile) -> bool {
        let category = tile.state.category;
        match self {
            Self::All => true,
            Self::Running => matches!(category, Category::Run | Category::Slow),
            Self::Stopped => matches!(category, Category::UnplannedStop | Category::MicroStop),
            Self::NoData => category == Category::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_and_written_back() {
        for text in [
            "",
            "?period=day&back=2&order=line&show=stopped&rollup=mean&site=ulm&line=line%201&tv=1",
            "?from=now-2h&known=now-1h&order=state",
        ] {
            assert_eq!(Query::parse(text).href("a b"), format!("/t/a%20b/plant{text}"));
        }
        assert_eq!(Query::parse("?order=colour&show=&x=y"), Query::default());
    }
}
