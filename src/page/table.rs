//! The numbers themselves: the view that a screen reader gets, and that can be copied.

use std::rc::Rc;

use yew::{AttrValue, Callback, Html, Properties, function_component, html, use_memo, use_state};

use super::dom::decimal;
use super::export;
use super::state::Action;
use super::study::Study;
use super::tags::{More, bare, button};
use crate::shown::written::csv_of;
use crate::view::figures::{counted, grouped, weight};
use crate::view::order::largest_first;
use crate::view::words::{tr, tr_with};
use crate::view::{Focus, Map, ViewState};

#[derive(Properties, PartialEq)]
pub struct TableProps {
    pub study: Option<Rc<Study>>,
    pub map: Option<Rc<Map>>,
    /// With the focus in positions. Where a word is picked out, the table is of its row and its column.
    pub view: Rc<ViewState>,
    pub invitation: AttrValue,
    pub act: Callback<Action>,
}

/// What the rows are sorted by.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Weight,
    Query,
    Key,
}

/// Rows to a page.
const PAGE: usize = 100;

/// A row a number, sorted by any of its columns, a hundred at a time.
#[function_component]
pub fn Table(props: &TableProps) -> Html {
    let by = use_state(|| (By::Weight, true));
    let page = use_state(|| 0_usize);
    let of = match props.view.focus {
        Focus::Cell { query, .. } | Focus::Query(query) => Focus::Query(query),
        Focus::Key(key) => Focus::Key(key),
        Focus::Token(token) => Focus::Token(token),
        Focus::Nothing => Focus::Nothing,
    };
    let sorted = use_memo((props.map.clone(), *by, of, props.view.threshold), |(map, by, of, threshold)| {
        map.as_ref().map_or_else(Vec::new, |map| sorted(map, *by, *of, *threshold))
    });
    let (Some(study), Some(map)) = (&props.study, &props.map) else {
        return html! { <p class="invitation" part="invitation">{ props.invitation.clone() }</p> };
    };
    let pages = sorted.len().div_ceil(PAGE).max(1);
    let first = (*page).min(pages - 1) * PAGE;
    let shown = &sorted[first..sorted.len().min(first + PAGE)];
    let heading = |name: String, part: &'static str, column: By| {
        let (chosen, descending) = *by;
        let (by, page) = (by.clone(), page.clone());
        let aria = match (chosen == column, descending) {
            (false, _) => "none",
            (true, true) => "descending",
            (true, false) => "ascending",
        };
        // Words begin with the first, numbers with the largest.
        let next = if chosen == column { !descending } else { column == By::Weight };
        let onclick = Callback::from(move |_| {
            by.set((column, next));
            page.set(0);
        });
        let arrow = match aria {
            "ascending" => " ↑",
            "descending" => " ↓",
            _ => "",
        };
        html! {
            <th scope="col" aria-sort={aria}>
                { button("plain", part.into(), More::default(), onclick, html! { name + arrow }) }
            </th>
        }
    };
    let turn = |to: Option<usize>, name: String, part: &'static str| {
        let page = page.clone();
        let onclick = Callback::from(move |_| page.set(to.unwrap_or_default()));
        let more = More { disabled: to.is_none(), ..More::default() };
        button("chip small", part.into(), more, onclick, html! { name })
    };
    let at = first / PAGE;
    let rows = shown.iter().map(|&(query, key)| {
        let number = map.weight(query, key).unwrap_or_default();
        let pin = study.cell(query, key);
        html! {
            <tr onclick={props.act.reform(move |_| Action::Pin(pin))}>
                { word(&study.queries[query].text, query) }
                { word(&study.keys[key].text, key) }
                <td class="figure" data-weight={decimal(f64::from(number))}>{ weight(number) }</td>
            </tr>
        }
    });
    let copied = (study.clone(), map.clone());
    let told = props.act.reform(Action::Copied);
    html! {
        <div class="numbers" part="table">
            <div class="chips">
                { button("chip small", "copy-csv".into(), More::default(),
                    Callback::from(move |_| export::copy_text(&csv_of(&copied.0, &copied.1), told.clone())),
                    html! { tr("Copy all as CSV") }) }
                { turn(at.checked_sub(1), tr("previous page"), "page-previous") }
                { turn((at + 1 < pages).then_some(at + 1), tr("next page"), "page-next") }
            </div>
            <table>
                <caption>
                    { tr_with("{0} of {1}, page {2} of {3}", &[
                        &counted(sorted.len(), "number"), &grouped(map.weights.len()), &(at + 1).to_string(), &pages.to_string(),
                    ]) }
                </caption>
                <thead>
                    <tr>
                        { heading(tr("attends from (query)"), "sort-query", By::Query) }
                        { heading(tr("attends to (key)"), "sort-key", By::Key) }
                        { heading(tr(study.lens.name), "sort-weight", By::Weight) }
                    </tr>
                </thead>
                <tbody>{ for rows }</tbody>
            </table>
        </div>
    }
}

/// A cell that names a word and its place.
fn word(text: &str, place: usize) -> Html {
    html! { <td>{ bare("bdi", text.to_owned()) }{ " " }{ bare("small", place.to_string()) }</td> }
}

/// The cells of what is picked out, or of all of the map, without those below the threshold.
fn sorted(map: &Map, (by, descending): (By, bool), of: Focus, threshold: f32) -> Vec<(usize, usize)> {
    let picked = |query: usize, key: usize| match of {
        Focus::Query(row) => row == query,
        Focus::Key(column) => column == key,
        Focus::Token(token) => token == query || token == key,
        Focus::Nothing | Focus::Cell { .. } => true,
    };
    let number = |&(query, key): &(usize, usize)| map.weights[query * map.keys + key];
    let kept = |cell: &(usize, usize)| picked(cell.0, cell.1) && number(cell) >= threshold;
    let mut cells: Vec<(usize, usize)> = match by {
        By::Weight => {
            let place = |at: usize| (at / map.keys, at % map.keys);
            let numbers = map.weights.iter().copied().zip(0..);
            let mut numbers: Vec<(f32, usize)> = numbers.filter(|&(_, at)| kept(&place(at))).collect();
            largest_first(&mut numbers);
            numbers.into_iter().rev().map(|(_, at)| place(at)).collect()
        }
        By::Query => (0..map.queries)
            .flat_map(|query| (0..map.keys).map(move |key| (query, key)))
            .filter(kept)
            .collect(),
        By::Key => (0..map.keys)
            .flat_map(|key| (0..map.queries).map(move |query| (query, key)))
            .filter(kept)
            .collect(),
    };
    if descending {
        cells.reverse();
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_sorted_by_what_was_asked_for() {
        let map = Map { queries: 2, keys: 2, weights: vec![0.1, 0.9, 0.7, 0.3], ..Map::default() };
        let all = |by, of, threshold| sorted(&map, by, of, threshold);
        assert_eq!(all((By::Weight, true), Focus::Nothing, 0.0), [(0, 1), (1, 0), (1, 1), (0, 0)]);
        assert_eq!(all((By::Key, false), Focus::Nothing, 0.0), [(0, 0), (1, 0), (0, 1), (1, 1)]);
        assert_eq!(all((By::Weight, true), Focus::Nothing, 0.5), [(0, 1), (1, 0)]);
        assert_eq!(all((By::Query, false), Focus::Query(1), 0.0), [(1, 0), (1, 1)]);
        assert_eq!(all((By::Query, false), Focus::Token(1), 0.0), [(0, 1), (1, 0), (1, 1)]);
    }
}
