//! What machines together lost: a sum for each currency and way of counting. Unlike things are never added.

use crate::oee::money::Money;
use serde::{Deserialize, Serialize};

/// Value and losses of the machines that count in one currency and in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// Their sum.
    pub money: Money,
    /// How many machines it is of.
    pub machines: u32,
}

/// The sums, in an order that does not depend on the amounts, so that none jumps while they grow.
pub fn sums(each: impl IntoIterator<Item = Money>) -> Vec<Lost> {
    let mut sums: Vec<Lost> = Vec::new();
    for money in each {
        let added = sums.iter_mut().find_map(|held| Some((held.money.plus(&money)?, held)));
        match added {
            Some((sum, held)) => *held = Lost { money: sum, machines: held.machines.saturating_add(1) },
            None => sums.push(Lost { money, machines: 1 }),
        }
    }
    sums.sort_by_key(|lost| (lost.money.mode, lost.money.currency));
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oee::Figures;
    use crate::oee::ladder::Times;
    use crate::oee::money::Rate;
    use crate::oee::product::Currency;

    #[test]
    fn unlike_money_stands_side_by_side_and_like_money_is_added() {
        let dollar: Currency = "USD".parse().unwrap();
        let hour = |currency, cents| {
            let times = Times { unplanned_stop_us: 3_600_000_000, ..Times::default() };
            Money::of(&Figures { times, ..Figures::default() }, &Rate::machine_hour(currency, cents)).unwrap()
        };
        let contribution = |cents| Money { mode: crate::oee::money::Mode::LostContribution, ..hour(Currency::EUR, cents) };
        let all = [hour(Currency::EUR, 500), hour(dollar, 70), contribution(30), hour(Currency::EUR, 20), contribution(1)];
        let said = |order: &[usize]| -> Vec<_> {
            let sums = sums(order.iter().map(|place| all[*place]));
            sums.iter().map(|lost| (lost.money.mode, lost.money.currency, lost.money.lost_minor(), lost.machines)).collect()
        };
        let (way, rate) = (crate::oee::money::Mode::LostContribution, crate::oee::money::Mode::MachineHour);
        let expected = [(way, Currency::EUR, 31, 2), (rate, Currency::EUR, 520, 2), (rate, dollar, 70, 1)];
        assert_eq!(said(&[0, 1, 2, 3, 4]), expected);
        assert_eq!(said(&[4, 3, 2, 1, 0]), expected, "in whatever order machines come");
        assert_eq!(said(&[]), []);
    }
}
