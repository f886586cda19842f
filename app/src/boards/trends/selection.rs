//! Which series are shown when the address names none, and what stands there when there is none.

use super::state::Board;
use domain::{Series, SeriesId};
use leptos::prelude::*;

/// Most series that are shown unasked.
const MOST_UNASKED: usize = 6;

/// The series of the address; without any, the first group's first six.
pub fn shown(offered: &[Series], chosen: &[SeriesId]) -> Vec<SeriesId> {
    if !chosen.is_empty() {
        return chosen.to_vec();
    }
    let group = offered.first().map(|s| s.group.as_str());
    offered.iter().filter(|s| Some(s.group.as_str()) == group).take(MOST_UNASKED).map(|s| s.id.clone()).collect()
}

/// The choice after a click on one of the offered series: in the order of the offer; the last one stays.
pub fn toggled(offered: &[Series], shown: &[SeriesId], id: &SeriesId) -> Vec<SeriesId> {
    let now = |s: &&Series| shown.contains(&s.id) != (s.id == *id);
    let toggled: Vec<SeriesId> = offered.iter().filter(now).map(|s| s.id.clone()).collect();
    if toggled.is_empty() { shown.to_vec() } else { toggled }
}

/// What stands in the place of the plots when there are no series.
#[component]
pub fn NothingChosen() -> impl IntoView {
    let board = expect_context::<Board>();
    view! {
        {move || board.trouble.read().is_none().then(|| view! {
            <section class="panel notice">
                <h2>"No series yet"</h2>
                <p>"Every table with the two columns "<code>"time"</code>" and "<code>"value"</code>" shows up here by itself, within seconds. Others are described in the file that ANDON_CONFIG names."</p>
            </section>
        })}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered() -> Vec<Series> {
        let series = |id: &str, group: &str| Series {
            id: SeriesId::new(id).unwrap(),
            name: id.to_owned(),
            unit: String::new(),
            group: group.to_owned(),
            limits: domain::Limits::default(),
            gap_limit_us: None,
        };
        vec![series("a", "B"), series("b", "B"), series("x", "Other tables")]
    }

    fn ids(names: &[&str]) -> Vec<SeriesId> {
        names.iter().filter_map(|n| SeriesId::new(*n)).collect()
    }

    #[test]
    fn the_first_group_unasked_and_then_as_chosen() {
        assert_eq!(shown(&offered(), &[]), ids(&["a", "b"]));
        assert_eq!(shown(&offered(), &ids(&["x", "gone"])), ids(&["x", "gone"]));
        assert_eq!(shown(&[], &[]), ids(&[]));
    }

    #[test]
    fn a_click_adds_or_removes_but_never_the_last() {
        assert_eq!(toggled(&offered(), &ids(&["a", "b"]), &ids(&["x"])[0]), ids(&["a", "b", "x"]));
        assert_eq!(toggled(&offered(), &ids(&["a", "b"]), &ids(&["a"])[0]), ids(&["b"]));
        assert_eq!(toggled(&offered(), &ids(&["b"]), &ids(&["b"])[0]), ids(&["b"]));
    }
}
