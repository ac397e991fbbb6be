//! A choice of one out of a table.

use web_sys::HtmlSelectElement;
use yew::{AttrValue, Callback, Event, Html, TargetCast, html};

/// `options` are what each is called in attributes, and for people; `value` is the one that is chosen. `chosen` hears of
/// the one that a reader chose, by its place.
pub fn select(
    label: String,
    part: &'static str,
    options: impl IntoIterator<Item = (&'static str, AttrValue)>,
    value: &str,
    chosen: Callback<usize>,
) -> Html {
    let onchange = move |event: Event| {
        let select = event.target_dyn_into::<HtmlSelectElement>();
        // -1 where nothing is.
        if let Some(index) = select.and_then(|select| usize::try_from(select.selected_index()).ok()) {
            chosen.emit(index);
        }
    };
    html! {
        <label class="select">
            <span class="name">{ label }</span>
            <select {part} {onchange}>
                { for options.into_iter().map(|(id, name)| html! {
                    <option value={id} selected={id == value}>{ name }</option>
                }) }
            </select>
        </label>
    }
}
