//! A choice of one out of a table.

use web_sys::HtmlSelectElement;
use yew::{AttrValue, Callback, Event, Html, Properties, TargetCast, function_component, html};

#[derive(Properties, PartialEq)]
pub struct SelectProps {
    pub label: &'static str,
    pub part: &'static str,
    /// What each is called in attributes, and for people.
    pub options: Vec<(&'static str, AttrValue)>,
    /// The option that is chosen.
    pub value: &'static str,
    /// Hears of the option that a reader chose, by its place.
    pub chosen: Callback<usize>,
}

#[function_component]
pub fn Select(props: &SelectProps) -> Html {
    let chosen = props.chosen.clone();
    let onchange = move |event: Event| {
        let select = event.target_dyn_into::<HtmlSelectElement>();
        // -1 where nothing is.
        if let Some(index) = select.and_then(|select| usize::try_from(select.selected_index()).ok()) {
            chosen.emit(index);
        }
    };
    html! {
        <label class="select">
            <span class="narrow-spoken">{ props.label }</span>
            <select part={props.part} {onchange}>
                { for props.options.iter().map(|(id, name)| html! {
                    <option value={*id} selected={*id == props.value}>{ name }</option>
                }) }
            </select>
        </label>
    }
}
