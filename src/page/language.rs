//! The interface's language, one for all elements of a page.
//!
//! `attention-map.js` picks it (from the `language` attribute, what the reader chose before, or the browser), fetches its
//! words and hands them to [`speak`]. English needs none: it is what the texts in this program are.

use std::cell::RefCell;

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use yew::{Callback, Html, html};

use super::state::{Action, State};
use crate::view::words::{pieces, set_translate, tr};

pub use crate::shown::state::{LANGUAGES, NO_WORDS};

thread_local! {
    static WORDS: RefCell<JsValue> = const { RefCell::new(JsValue::UNDEFINED) };
}

/// Has texts looked up in `words`, an object with the English ones as its fields; where it is none, they stay English.
pub fn speak(words: JsValue) {
    set_translate(if words.is_object() { looked_up } else { |_| None });
    WORDS.set(words);
}

fn looked_up(english: &str) -> Option<String> {
    WORDS.with_borrow(|words| Reflect::get(words, &english.into()).ok()?.as_string())
}

/// A text in the reader's language with parts of the page in its places.
pub fn tr_html(english: &str, parts: &[Html]) -> Html {
    let place = |place: Option<usize>| place.and_then(|place| parts.get(place)).cloned().unwrap_or_default();
    pieces(&tr(english)).map(|(at, after)| html! { <>{ place(at) }{ after.to_owned() }</> }).collect()
}

/// A button a language.
pub fn languages(state: &State, act: &Callback<Action>) -> Html {
    html! {
        <div class="chips languages" part="language" role="group" aria-label={tr("Language")}>
            { for LANGUAGES.iter().map(|&(id, name)| html! {
                <button type="button" class="chip small" part={format!("language-{id}")} lang={id}
                    aria-pressed={(id == state.language).to_string()}
                    onclick={act.reform(move |_| Action::ChooseLanguage(id))}>{ name }</button>
            }) }
        </div>
    }
}

#[cfg(test)]
mod tests;
