//! What the address of a download of a board asks for: the window and the filters of the board, and by what it is cut.

use app::boards::machines::Query;
use app::error::AppError;
use app::side::sight::Sight;
use domain::TimeRange;
use domain::board::only::Only;
use domain::board::{Asked, Frame, Period};
use domain::oee::Evidence;
use domain::oee::calendar::Calendar;
use domain::plant::Machine;
use std::collections::BTreeSet;
use store::Store;

/// What stands behind the question mark.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The window.
    pub asked: Asked,
    /// A row for each of these; `None` is one for the whole window.
    pub by: Option<Period>,
    /// Only shifts of this name.
    pub shift: Option<String>,
    /// Only the time in which this product was on the machine, by its id or the device's word.
    pub product: Option<String>,
    /// Whether micro-stops are listed.
    pub micro: bool,
    /// The stops of one bar alone.
    pub only: Option<Only>,
}

/// A machine in a window, and what of it is wanted.
#[derive(Clone)]
pub struct Look {
    pub store: Store,
    pub sight: Sight,
    pub wanted: Wanted,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Json,
}

impl Wanted {
    /// Reads an address; what is not ours is ignored, what cannot be is refused.
    pub fn parse(text: &str) -> Result<Self, AppError> {
        let Query { asked, micro, only, .. } = Query::parse(text);
        let only = only.as_deref().map(Only::of);
        let mut wanted = Self { asked, by: Some(Period::Shift), shift: None, product: None, micro, only };
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            let given = (!value.is_empty()).then(|| value.clone().into_owned());
            match &*name {
                "by" => wanted.by = by(&value)?,
                "shift" => wanted.shift = given,
                "product" => wanted.product = given,
                _ => {}
            }
        }
        Ok(wanted)
    }
}

fn by(word: &str) -> Result<Option<Period>, AppError> {
    if word == "window" {
        return Ok(None);
    }
    let period = Period::ALL.into_iter().find(|period| period.word() == word);
    period.map(Some).ok_or_else(|| AppError::BadRequest(format!("`by={word}` is unknown; write shift, day, week, month or window.")))
}

impl Format {
    /// The name of a file and how it is written; `None` where it ends in neither way.
    pub fn of(file: &str) -> Option<(&str, Self)> {
        let ends = |end: &str, format| file.strip_suffix(end).map(|name| (name, format));
        ends(".csv", Self::Csv).or_else(|| ends(".json", Self::Json))
    }
}

impl Look {
    /// The window.
    pub fn window(&self) -> TimeRange {
        self.sight.frame.range
    }

    /// The machine; a sight holds one that its plant has.
    pub fn machine(&self) -> Result<&Machine, AppError> {
        self.sight.plant.machines.get(&self.sight.id).ok_or_else(|| AppError::UnknownMachine(self.sight.id.to_string()))
    }

    /// Refuses a shift or a product that nobody knows of: nothing would be found, and look as if there were nothing.
    pub fn check(&self) -> Result<(), AppError> {
        let Sight { plant, .. } = &self.sight;
        if let Some(wanted) = &self.wanted.shift {
            let calendars = plant.calendars_of(self.machine()?).filter_map(|id| plant.calendars.get(id));
            let names: BTreeSet<&str> = calendars.flat_map(Calendar::shift_names).collect();
            if !names.contains(wanted.as_str()) {
                let names: Vec<&str> = names.into_iter().collect();
                let mend = if names.is_empty() {
                    "it has no calendar; leave `shift` away".to_owned()
                } else {
                    format!("write {}", names.join(" or "))
                };
                return Err(AppError::BadRequest(format!("`shift={wanted}` is no shift of this machine; {mend}.")));
            }
        }
        match &self.wanted.product {
            Some(wanted) if !plant.products.contains_key(wanted) && plant.words.number(wanted).is_none() => Err(AppError::BadRequest(
                format!("`product={wanted}` is unknown; write the id of a product of the model, or the word of the device."),
            )),
            _ => Ok(()),
        }
    }

    /// The windows of a kind in the window; of shifts the wanted ones alone.
    pub fn frames(&self, period: Period) -> Result<Vec<Frame>, AppError> {
        let rota = self.sight.plant.rota(self.machine()?);
        let mut frames = period.within(&rota, &self.sight.zone, self.window());
        frames.retain(|frame| period != Period::Shift || self.is_of_shift(frame));
        frames.sort_by_key(|frame| frame.range.start());
        Ok(frames)
    }

    fn is_of_shift(&self, frame: &Frame) -> bool {
        self.wanted.shift.as_ref().is_none_or(|wanted| *wanted == frame.shift)
    }

    /// The wanted shifts in the window, in order; the window, where none is wanted.
    pub fn shifts(&self) -> Result<Vec<TimeRange>, AppError> {
        match self.wanted.shift {
            Some(_) => Ok(self.frames(Period::Shift)?.into_iter().map(|frame| frame.range).collect()),
            None => Ok(vec![self.window()]),
        }
    }

    /// What of the window is looked at, in order: the wanted shifts, and of these the time of the wanted product.
    pub fn stretches(&self, evidence: &Evidence) -> Result<Vec<TimeRange>, AppError> {
        Ok(self.stretches_of(&self.shifts()?, evidence, self.window()))
    }

    /// The same of a range that touches the window; it may reach beyond it.
    pub fn stretches_of(&self, shifts: &[TimeRange], evidence: &Evidence, range: TimeRange) -> Vec<TimeRange> {
        let wanted = self.wanted.shift.is_some();
        let parts = shifts.iter().filter_map(|shift| if wanted { shift.overlap(range) } else { Some(range) });
        parts.flat_map(|part| self.of_product(evidence, part)).collect()
    }

    /// The stretches of a range in which the wanted product was on the machine; the range, where none is wanted.
    fn of_product(&self, evidence: &Evidence, range: TimeRange) -> Vec<TimeRange> {
        let Some(wanted) = &self.wanted.product else { return vec![range] };
        let orders = &evidence.orders;
        let mut borders = vec![range.start()];
        borders.extend(orders.changes(range));
        borders.push(range.end());
        let parts = borders.windows(2).filter_map(|pair| TimeRange::new(*pair.first()?, *pair.last()?).ok());
        let is_wanted =
            |part: &TimeRange| orders.at(part.start()).is_some_and(|product| self.sight.plant.product_word(*product) == *wanted);
        parts.filter(is_wanted).collect()
    }
}
