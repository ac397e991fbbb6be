//! What the bench shows.

use web_sys::{HtmlInputElement, HtmlTextAreaElement, InputEvent, SubmitEvent};
use yew::html::Scope;
use yew::{AttrValue, Callback, Html, TargetCast, html};

use super::{Bench, Experiment, Message};
use crate::lab::ablation::{named, replacements};
use crate::lab::noise::kinds;
use crate::lab::reply::Texts;
use crate::view::theme::Theme;

/// Every experiment with its `::part`, its name, and what it asks.
const EXPERIMENTS: [(Experiment, &str, &str, &str); 4] = [
    (
        Experiment::Text,
        "experiment-text",
        "Another text",
        "Runs a second text and lays the selected head’s two maps side by side. Tokens are aligned by a diff: those of the same spelling, in the same order.",
    ),
    (
        Experiment::Word,
        "experiment-word",
        "Change a word",
        "Choose a word and type another in its place: which heads look elsewhere then?",
    ),
    (
        Experiment::Noise,
        "experiment-noise",
        "Noise",
        "Disturbs the text word by word, and measures how far each head’s map moves. Attention weights can be unstable under noise; here is how unstable these are.",
    ),
    (
        Experiment::Heads,
        "experiment-heads",
        "Switch heads off",
        "Replaces the output of the chosen heads, or of the selected one, and lets the later layers read what is left (Michel et al. 2019).",
    ),
];

impl Bench {
    pub(super) fn show(&self, link: &Scope<Self>) -> Html {
        let theme = Theme::for_ground(self.subject.dark.unwrap_or(self.system_dark));
        let what = EXPERIMENTS.iter().find(|one| one.0 == self.experiment).map_or("", |one| one.3);
        let stale = self.result_texts().is_some_and(|texts| *texts != self.subject.texts());
        html! {
            <div class="lab" part="lab">
                <div class="views" role="group" aria-label="Experiments">
                    { for EXPERIMENTS.iter().map(|&(experiment, part, name, _)| html! {
                        <button type="button" class="view" {part} aria-pressed={(experiment == self.experiment).to_string()}
                            onclick={link.callback(move |_| Message::Experiment(experiment))}>
                            { name }
                        </button>
                    }) }
                </div>
                <p>{ what }</p>
                if self.subject.text.is_empty() {
                    <p class="muted">{ "Type a text above first." }</p>
                } else {
                    { self.controls(link) }
                }
                <p class="spoken" aria-live="polite" part="lab-busy" data-busy={self.busy.to_string()}>
                    { if self.busy { "Computing" } else { "" } }
                </p>
                if let Some(problem) = &self.problem {
                    <div class="error" part="lab-error" role="alert" data-code={problem.code.clone()}>
                        <p>{ problem.message.clone() }</p>
                    </div>
                }
                if stale {
                    <p part="lab-stale"><b>{ "The text above has changed since. What follows is of the text as it was." }</b></p>
                }
                { self.result(theme, link) }
            </div>
        }
    }

    /// The text that the result on the bench is of.
    fn result_texts(&self) -> Option<&Texts> {
        match self.experiment {
            Experiment::Noise => self.noise.as_ref().map(|noise| &noise.texts),
            Experiment::Heads => self.ablation.as_ref().map(|ablation| &ablation.texts),
            experiment => self
                .comparison
                .as_ref()
                .filter(|one| one.0 == experiment)
                .map(|(_, comparison, _)| &comparison.texts),
        }
    }

    fn result(&self, theme: &'static Theme, link: &Scope<Self>) -> Html {
        let selected = (self.subject.layer, self.subject.head);
        let chosen = link.callback(Message::Select);
        match self.experiment {
            Experiment::Noise => self.noise.as_ref().map_or_else(Html::default, |noise| {
                noise.view(selected, theme, (&chosen, &link.callback(|()| Message::Stop)))
            }),
            Experiment::Heads => {
                self.ablation.as_ref().map_or_else(Html::default, |ablation| ablation.view(selected, &chosen))
            }
            experiment => match &self.comparison {
                Some((of, comparison, compared)) if *of == experiment => {
                    comparison.view(compared, &self.subject, theme, &chosen)
                }
                _ => Html::default(),
            },
        }
    }

    fn controls(&self, link: &Scope<Self>) -> Html {
        let begin = |part: &'static str, label: &'static str, ready: bool| {
            html! { <button type="submit" class="button" {part} disabled={!ready}>{ label }</button> }
        };
        let onsubmit = link.callback(|event: SubmitEvent| {
            event.prevent_default();
            Message::Begin
        });
        let inside = match self.experiment {
            Experiment::Text => html! {
                <>
                    { field("Second text", self.other.clone(), link.callback(Message::Other)) }
                    { begin("compare-texts", if self.busy { "Comparing …" } else { "Compare" }, !self.other.trim().is_empty()) }
                    if self.subject.text_b.is_some() {
                        <p class="muted">{ "It takes the place of the first sentence; the second one stays." }</p>
                    }
                </>
            },
            Experiment::Word => self.word_controls(link, &begin),
            Experiment::Noise => html! {
                <>
                    { kinds(self.kind, link.callback(Message::Kind)) }
                    { begin("noise-start", "Start", self.words().len() > usize::from(self.kind.id == "swap")) }
                </>
            },
            Experiment::Heads => html! {
                <>
                    <span>{ named(&self.subject.switched_off()) }</span>
                    { replacements(self.by, link.callback(Message::By)) }
                    { begin("switch-off", if self.busy { "Computing …" } else { "Switch off" }, true) }
                    if self.subject.heads.is_empty() {
                        <p class="muted">{ "To switch several off, choose them in the grid of all heads." }</p>
                    }
                </>
            },
        };
        html! { <form {onsubmit}>{ inside }</form> }
    }

    fn word_controls(
        &self,
        link: &Scope<Self>,
        begin: &dyn Fn(&'static str, &'static str, bool) -> Html,
    ) -> Html {
        let oninput = link.callback(|event: InputEvent| {
            let typed = event.target_dyn_into::<HtmlInputElement>().map(|input| input.value());
            Message::Replacement(typed.unwrap_or_default())
        });
        let changed =
            |word: &usize| self.words().get(*word).is_some_and(|unit| unit.label.full() != self.replacement);
        html! {
            <>
                <div class="chips" role="group" aria-label="Words of the text">
                    { for self.words().iter().enumerate().map(|(at, unit)| html! {
                        <button type="button" class="chip small" part="word" data-index={at.to_string()} dir="auto"
                            aria-pressed={(self.chosen == Some(at)).to_string()}
                            onclick={link.callback(move |_| Message::Word(at))}>
                            { unit.label.text.clone() }
                        </button>
                    }) }
                </div>
                if self.chosen.is_some() {
                    <label class="line">
                        <span>{ "Instead" }</span>
                        <input part="replacement" dir="auto" value={self.replacement.clone()} {oninput} autocomplete="off"
                            spellcheck="false" />
                    </label>
                    { begin("compare-texts", if self.busy { "Comparing …" } else { "See what moves" }, self.chosen.as_ref().is_some_and(changed)) }
                }
            </>
        }
    }
}

/// A text area as tall as its text, as the element's own.
fn field(label: &'static str, text: String, typed: Callback<String>) -> Html {
    let oninput = typed.reform(|event: InputEvent| {
        event.target_dyn_into::<HtmlTextAreaElement>().map_or_else(String::new, |area| area.value())
    });
    let text = AttrValue::from(text);
    html! {
        <label class="field">
            <span class="field-name">{ label }</span>
            <span class="grow" data-text={text.clone()}>
                <textarea part="other" rows="1" dir="auto" value={text} {oninput} placeholder="Type another sentence …"
                    autocomplete="off" spellcheck="false" />
            </span>
        </label>
    }
}
