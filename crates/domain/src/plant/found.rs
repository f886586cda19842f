//! Parts that were counted as good and turned out not to be: reports that take the place of the fewest parts counted last, so that
//! every other part keeps its time and its reason.

use super::{Plant, Report};
use crate::TimeRange;
use crate::civil::MINUTE_US;
use crate::oee::counts::Parts;
use crate::oee::{Dated, Made, ProductId};

/// Most reports that one finding may take.
pub const MOST_REPORTS: usize = 200;

/// Why parts cannot be booked so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// Fewer good parts were counted.
    #[error("only {0} good parts of this product were counted in this time; say fewer, or another time")]
    TooFew(u64),
    /// They lie between too many others.
    #[error("these parts lie between too many that were not good for another reason; say fewer at once, or a shorter time")]
    TooScattered,
    /// The device calls the product by a word that the plant does not know, and another one is on the machine.
    #[error("what was made then is of a product that the plant does not know; add it to the model first")]
    Unnamed,
}

/// What was counted at one instant.
struct Counted {
    range: TimeRange,
    product: ProductId,
    good: u64,
    /// Parts that are not good for the same reason, which stay so.
    bad: Parts,
    /// Other parts of this instant are not to be touched.
    fixed: bool,
}

/// The recounts that make `found`, parts that are not good, of good ones that were counted in a range: of those counted last, and of
/// one product where it is named. Parts of `found` that are good count for nothing.
pub fn found(
    plant: &Plant,
    (made, orders): (&[Made], &Dated<ProductId>),
    range: TimeRange,
    product: Option<&str>,
    found: Parts,
    reason: Option<&str>,
) -> Result<Vec<Report>, NotFound> {
    let (wanted, because) = (product.and_then(|id| plant.product_id(id)), reason.and_then(|id| plant.reason_id(id)));
    let mut left = Parts { good: 0, ..found };
    let counted = counted(made, range, |one| wanted.is_none_or(|wanted| one.product == wanted), |one| one.reason == because);
    let mut runs: Vec<(TimeRange, ProductId, Parts)> = Vec::new();
    // Shifts and hours begin with a minute: what is joined within one moves no part to another of them.
    let minute = |range: &TimeRange| range.start().us().div_euclid(MINUTE_US);
    let mut joins = false;
    for one in counted.iter().rev() {
        if left.total() == 0 {
            break;
        }
        if one.fixed || one.good == 0 {
            joins = false;
            continue;
        }
        let mut parts = one.bad;
        parts.good = one.good;
        parts.take(&mut left);
        match runs.last_mut().filter(|(range, product, _)| joins && *product == one.product && minute(range) == minute(&one.range)) {
            Some((range, _, sum)) => {
                *range = TimeRange::new(one.range.start(), range.end()).unwrap_or(*range);
                sum.add(parts);
            }
            None => runs.push((one.range, one.product, parts)),
        }
        joins = true;
    }
    if left.total() > 0 {
        return Err(NotFound::TooFew(found.total().saturating_sub(found.good).saturating_sub(left.total())));
    }
    if runs.len() > MOST_REPORTS {
        return Err(NotFound::TooScattered);
    }
    runs.reverse();
    let report = |(range, product, parts): (TimeRange, ProductId, Parts)| {
        // What is on the machine needs no name; what is not must have one.
        let product = match plant.product(product) {
            Some(id) => Some(id.to_owned()),
            None if orders.at(range.start()) == Some(&product) => None,
            None => return Err(NotFound::Unnamed),
        };
        Ok(Report::Recount { start: range.start(), end: range.end(), product, parts, reason: reason.map(str::to_owned) })
    };
    runs.into_iter().map(report).collect()
}

/// What was counted in a range, instant by instant and in their order; instants that hold other things are fixed.
fn counted(made: &[Made], range: TimeRange, asked: impl Fn(&Made) -> bool, same: impl Fn(&Made) -> bool) -> Vec<Counted> {
    let mut inside: Vec<&Made> = made.iter().filter(|one| range.contains(one.time)).collect();
    inside.sort_by_key(|one| one.time);
    let groups = inside.chunk_by(|a, b| a.time == b.time);
    let counted = groups.filter_map(|group| {
        let first = group.first()?;
        let mut all = Parts::default();
        group.iter().for_each(|one| all.add(one.parts));
        let bad = Parts { good: 0, ..all };
        let other = |one: &&&Made| one.product != first.product || !asked(one) || (one.parts.total() > one.parts.good && !same(one));
        Some(Counted {
            range: TimeRange::new(first.time, first.time.plus(1)).ok()?,
            product: first.product,
            good: all.good,
            bad,
            fixed: group.iter().any(|one| other(&one)),
        })
    });
    counted.collect()
}

impl Parts {
    /// Makes good parts into such that are wanted, as far as there are any.
    fn take(&mut self, wanted: &mut Self) {
        let Self { good, reject, startup_reject, rework } = self;
        let fates = [(reject, &mut wanted.reject), (startup_reject, &mut wanted.startup_reject), (rework, &mut wanted.rework)];
        for (held, wanted) in fates {
            let many = (*good).min(*wanted);
            *good -= many;
            *wanted -= many;
            *held = held.saturating_add(many);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::oee::ReasonId;
    use crate::plant::{Fact, Product, Reason};

    fn plant() -> Plant {
        let fact = |id: &str| Fact::Reason(id.to_owned(), Reason { rejects: true, ..Reason::default() });
        Plant::of_facts([fact("scratch"), fact("dent"), Fact::Product("nut".to_owned(), Product::default())])
    }

    fn at(us: i64, good: u64, reject: u64, reason: Option<u32>) -> Made {
        let parts = Parts { good, reject, ..Parts::default() };
        Made { time: Timestamp::from_us(us), product: ProductId(3), parts, reason: reason.map(ReasonId) }
    }

    fn rejects(reject: u64) -> Parts {
        Parts { reject, ..Parts::default() }
    }

    fn said(made: &[Made], parts: Parts) -> Result<Vec<(i64, i64, u64, u64)>, NotFound> {
        let range = TimeRange::new(Timestamp::from_us(0), Timestamp::from_us(2 * MINUTE_US)).unwrap();
        let reports = found(&plant(), (made, &Dated::default()), range, None, parts, Some("scratch"))?;
        let said = |report: &Report| match report {
            Report::Recount { start, end, product, parts, reason } => {
                assert_eq!((product.as_deref(), reason.as_deref()), (Some("nut"), Some("scratch")));
                (start.us(), end.us(), parts.good, parts.reject)
            }
            other => panic!("{other:?}"),
        };
        Ok(reports.iter().map(said).collect())
    }

    #[test]
    fn the_parts_counted_last_are_taken_and_the_others_stay_as_they_are() {
        let made = [at(10, 5, 0, None), at(20, 5, 0, None), at(30, 2, 0, None), at(2 * MINUTE_US, 9, 0, None)];
        assert_eq!(said(&made, rejects(1)), Ok(vec![(30, 31, 1, 1)]), "the last one inside of the time");
        assert_eq!(said(&made, rejects(4)), Ok(vec![(20, 31, 3, 4)]), "those before it are joined");
        assert_eq!(said(&made, rejects(13)), Err(NotFound::TooFew(12)));
        // Not over a border at which a shift or an hour may begin, or parts would be made in another one.
        let border = MINUTE_US;
        let made = [at(border - 2, 3, 0, None), at(border, 3, 0, None), at(border + 1, 3, 0, None)];
        assert_eq!(said(&made, rejects(8)), Ok(vec![(border - 2, border - 1, 1, 2), (border, border + 2, 0, 6)]));
    }

    #[test]
    fn parts_that_are_not_good_for_another_reason_keep_it() {
        let made = [at(10, 5, 0, None), at(20, 1, 1, Some(2)), at(30, 2, 1, Some(1)), at(40, 0, 3, None)];
        assert_eq!(said(&made, rejects(2)), Ok(vec![(30, 31, 0, 3)]), "the same reason stays with its parts");
        assert_eq!(said(&made, rejects(4)), Ok(vec![(10, 11, 3, 2), (30, 31, 0, 3)]));
        assert_eq!(said(&made, rejects(8)), Err(NotFound::TooFew(7)), "those beside another reason are not touched");
    }

    #[test]
    fn what_becomes_of_them_is_shared_out() {
        let made = [at(10, 5, 0, None)];
        let all = Parts { good: 9, reject: 1, startup_reject: 1, rework: 2 };
        let range = TimeRange::new(Timestamp::from_us(0), Timestamp::from_us(100)).unwrap();
        let reports = found(&plant(), (&made, &Dated::default()), range, Some("nut"), all, None).unwrap();
        let parts = Parts { good: 1, reject: 1, startup_reject: 1, rework: 2 };
        let (start, end) = (Timestamp::from_us(10), Timestamp::from_us(11));
        assert_eq!(reports, [Report::Recount { start, end, product: Some("nut".to_owned()), parts, reason: None }]);
    }

    #[test]
    fn a_product_that_only_the_device_names_is_the_one_on_the_machine() {
        let made = [Made { product: ProductId(77), ..at(10, 5, 0, None) }];
        let range = TimeRange::new(Timestamp::from_us(0), Timestamp::from_us(100)).unwrap();
        let on_it = |product| found(&plant(), (&made, &Dated::always(ProductId(product))), range, None, rejects(1), None);
        assert!(matches!(on_it(77).unwrap().as_slice(), [Report::Recount { product: None, .. }]));
        assert_eq!(on_it(3), Err(NotFound::Unnamed));
    }
}
