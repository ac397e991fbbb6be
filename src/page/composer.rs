//! Where the reader writes.

use std::rc::Rc;

use web_sys::{HtmlTextAreaElement, InputEvent};
use yew::{Callback, Html, Properties, TargetCast, function_component, html};

use super::cuts::Cuts;
use super::examples::EXAMPLES;
use super::ran::Ran;
use super::state::Action;
use crate::model::ModelSpec;

#[derive(Properties, PartialEq)]
pub struct ComposerProps {
    pub text: Rc<str>,
    pub text_b: Option<Rc<str>>,
    /// What did not fit the model is told next to the text.
    pub ran: Option<Rc<Ran>>,
    pub model: &'static ModelSpec,
    pub act: Callback<Action>,
}

/// The text, perhaps a second one, and sentences to begin with.
#[function_component]
pub fn Composer(props: &ComposerProps) -> Html {
    let ComposerProps { text, text_b, act, .. } = props;
    let paired = text_b.is_some();
    let typed = act.reform(Action::Text);
    let typed_b = act.reform(|text| Action::TextB(Some(text)));
    let pair = act.reform(move |_| Action::TextB(if paired { None } else { Some("".into()) }));
    html! {
        <section class="composer" part="composer">
            <Field name="text" label={if paired { "First sentence" } else { "Your text" }} text={text.clone()} alone={!paired} {typed} />
            if let Some(text_b) = text_b {
                <Field name="text-b" label="Second sentence" text={text_b.clone()} alone={false} typed={typed_b} />
            }
            <Cuts ran={props.ran.clone()} model={props.model} />
            <div class="beneath">
                <div class="chips" role="group" aria-label="Examples">
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
                    { if paired { "Remove the second sentence" } else { "Add a second sentence" } }
                </button>
            </div>
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct FieldProps {
    name: &'static str,
    label: &'static str,
    text: Rc<str>,
    /// There is one field only, whose name need not be seen.
    alone: bool,
    typed: Callback<Rc<str>>,
}

/// A text area as tall as its text: it lies over a twin of it that the style sheet lays out.
#[function_component]
fn Field(props: &FieldProps) -> Html {
    let oninput = props.typed.reform(|event: InputEvent| {
        event.target_dyn_into::<HtmlTextAreaElement>().map_or("".into(), |area| area.value().into())
    });
    let text = props.text.to_string();
    html! {
        <label class="field">
            <span class={if props.alone { "spoken" } else { "field-name" }}>{ props.label }</span>
            <span class="grow" data-text={text.clone()}>
                <textarea part={props.name} rows="1" dir="auto" value={text} {oninput}
                    placeholder="Type a sentence …" autocomplete="off" spellcheck="false" />
            </span>
        </label>
    }
}
