//! The last texts, kept in this browser and nowhere else, where the element has the `history` attribute.

use js_sys::{Array, JSON};
use wasm_bindgen::{JsCast, JsValue};
use yew::{Callback, Html, html};

use super::state::{Action, State};
use crate::shown::past::{KEPT, Texts};
use crate::view::words::tr;

/// Where the browser keeps them.
const PLACE: &str = "attention-map:texts";
/// Characters of a text in the list of them.
const SHOWN: usize = 60;

/// What was kept, the newest first; nothing where the browser keeps nothing, or it cannot be read.
pub fn read() -> Vec<Texts> {
    let Some(kept) = gloo::utils::window()
        .local_storage()
        .ok()
        .flatten()
        .and_then(|storage| storage.get_item(PLACE).ok()?)
    else {
        return vec![];
    };
    let Ok(list) = JSON::parse(&kept).and_then(JsCast::dyn_into::<Array>) else { return vec![] };
    let texts = |pair: JsValue| {
        let pair = pair.dyn_into::<Array>().ok()?;
        Some((pair.get(0).as_string()?, pair.get(1).as_string()))
    };
    list.iter().filter_map(texts).take(KEPT).collect()
}

/// Keeps `past`, or takes away what was kept where there is nothing. A browser that keeps nothing keeps nothing.
pub fn write(past: &[Texts]) {
    let Ok(Some(storage)) = gloo::utils::window().local_storage() else { return };
    let pair = |(first, second): &Texts| {
        Array::of2(&first.as_str().into(), &second.as_deref().map_or(JsValue::NULL, JsValue::from_str))
    };
    let _ = match JSON::stringify(&past.iter().map(pair).collect::<Array>()) {
        Ok(written) if !past.is_empty() => storage.set_item(PLACE, &String::from(written)),
        _ => storage.remove_item(PLACE),
    };
}

/// A list of the texts, and buttons to take the last one back and to forget all.
pub fn history(state: &State, act: &Callback<Action>) -> Html {
    let now = (state.text.to_string(), state.text_b.as_deref().map(ToOwned::to_owned));
    let before = state.past.iter().position(|texts| *texts != now);
    let Some(before) = before.filter(|_| state.history) else { return Html::default() };
    let recall = |index: usize| act.reform(move |_| Action::Recall(index));
    html! {
        <details class="history" part="history">
            <summary>{ tr("Earlier texts") }</summary>
            <div class="chips">
                <button type="button" class="chip small" part="undo" onclick={recall(before)}>{ tr("Undo: bring back the last text") }</button>
                <button type="button" class="chip small" part="forget" onclick={act.reform(|_| Action::Forget)}>{ tr("Forget them") }</button>
            </div>
            <ul>
                { for state.past.iter().enumerate().map(|(index, (first, second))| html! {
                    <li>
                        <button type="button" class="inline" part="earlier" onclick={recall(index)}>
                            <bdi>{ shortened(first) }</bdi>
                            if let Some(second) = second {
                                { " / " }<bdi>{ shortened(second) }</bdi>
                            }
                        </button>
                    </li>
                }) }
            </ul>
            <p class="muted">{ tr("They are kept in this browser only.") }</p>
        </details>
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => text[..end].to_owned() + "…",
        None => text.to_owned(),
    }
}
