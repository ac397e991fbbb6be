//! Where the reader writes.

use std::rc::Rc;

use web_sys::{HtmlTextAreaElement, InputEvent};
use yew::{AttrValue, Callback, Html, TargetCast, html};

use super::cuts::cuts;
use super::examples::EXAMPLES;
use super::history::history;
use super::state::{Action, State};
use crate::view::words::tr;

/// The text, perhaps a second one, what did not fit the model, and sentences to begin with.
pub fn composer(state: &State, act: &Callback<Action>) -> Html {
    let (text, text_b) = (&state.text, &state.text_b);
    let paired = text_b.is_some();
    let typed = act.reform(Action::Text);
    let typed_b = act.reform(|text| Action::TextB(Some(text)));
    let pair = act.reform(move |_| Action::TextB(if paired { None } else { Some("".into()) }));
    html! {
        <section class="composer" part="composer">
            { field("text", if paired { tr("First sentence") } else { tr("Your text") }, text, !paired, typed) }
            if let Some(text_b) = text_b {
                { field("text-b", tr("Second sentence"), text_b, false, typed_b) }
            }
            { cuts(state) }
            if state.is_full() {
            <div class="beneath">
                <div class="chips" role="group" aria-label={tr("Examples")}>
                    { for EXAMPLES.iter().map(|example| {
                        let here = **text == *example.text && text_b.as_deref() == example.text_b;
                        html! {
                            <button type="button" class="chip" title={example.text} aria-pressed={here.to_string()}
                                onclick={act.reform(move |_| Action::Example(example))}>
                                { example.name }
                            </button>
                        }
                    }) }
                </div>
                <button type="button" class="chip plain" part="pair" onclick={pair}>
                    { if paired { tr("Remove the second sentence") } else { tr("Add a second sentence") } }
                </button>
            </div>
            { history(state, act) }
            }
        </section>
    }
}

/// A text area as tall as its text: it lies over a twin of it that the style sheet lays out. `alone`: there is one
/// field only, whose name need not be seen.
fn field(part: &'static str, label: String, text: &str, alone: bool, typed: Callback<Rc<str>>) -> Html {
    let oninput = typed.reform(|event: InputEvent| {
        event.target_dyn_into::<HtmlTextAreaElement>().map_or("".into(), |area| area.value().into())
    });
    let text = AttrValue::from(text.to_owned());
    html! {
        <label class="field">
            <span class={if alone { "spoken" } else { "field-name" }}>{ label }</span>
            <span class="grow" data-text={text.clone()}>
                <textarea {part} rows="1" dir="auto" value={text} {oninput}
                    placeholder={tr("Type a sentence …")} autocomplete="off" spellcheck="false" />
            </span>
        </label>
    }
}
