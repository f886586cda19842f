//! OEE over shifts or days: moving averages of sums, and changes against the window before.

use super::figures::Figures;
use super::policy::Policy;
use super::ratios;

/// The OEE of the `width` periods that end with each: of their sums, never the mean of their ratios. `None` until there
/// are so many, and where nothing was planned in any of them.
pub fn moving_average<'a>(periods: impl IntoIterator<Item = &'a Figures>, width: usize, policy: &Policy) -> Vec<Option<f64>> {
    let periods: Vec<&Figures> = periods.into_iter().collect();
    let average = |end: usize| {
        let start = end.checked_sub(width.max(1))?;
        let mut sum = Figures::default();
        periods.get(start..end)?.iter().for_each(|figures| sum.add(figures));
        ratios::oee(&sum, policy).map(super::ratio::Ratio::value)
    };
    (1..=periods.len()).map(average).collect()
}

/// Change of a ratio in points of a hundred; `None` (n/a) where one of the two is.
pub fn change_points(now: Option<f64>, before: Option<f64>) -> Option<f64> {
    now.zip(before).map(|(now, before)| (now - before) * 100.0)
}
