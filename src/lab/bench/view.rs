//! What the bench shows.

use web_sys::{HtmlInputElement, HtmlTextAreaElement, InputEvent, SubmitEvent};
use yew::html::Scope;
use yew::{AttrValue, Callback, Html, TargetCast, html};

use super::compare::Shown;
use super::{Bench, Experiment, Message};
use crate::lab::ablation::{named, replacements};
use crate::lab::noise::{Kind, kinds};
use crate::lab::reply::Texts;
use crate::lab::second::others;
use crate::page::dom::decimal;
use crate::page::select::select;
use crate::page::status::said;
use crate::shown::ran::named as named_model;
use crate::view::figures::{megabytes, percent};
use crate::view::theme::Theme;
use crate::view::words::{tr, tr_with};

/// Every experiment with its `::part`.
const EXPERIMENTS: [(Experiment, &str); 5] = [
    (Experiment::Text, "experiment-text"),
    (Experiment::Model, "experiment-model"),
    (Experiment::Word, "experiment-word"),
    (Experiment::Noise, "experiment-noise"),
    (Experiment::Heads, "experiment-heads"),
];

impl Experiment {
    fn name(self) -> String {
        match self {
            Self::Text => tr("Another text"),
            Self::Model => tr("Another model"),
            Self::Word => tr("Change a word"),
            Self::Noise => tr("Noise"),
            Self::Heads => tr("Switch heads off"),
        }
    }

    fn explained(self) -> String {
        match self {
            Self::Text => tr(
                "Runs a second text and lays the two maps side by side, through the lens that is chosen above. Tokens are aligned by a diff: those of the same spelling, in the same order.",
            ),
            Self::Model => tr(
                "Runs the same text under another model and lays the two maps side by side, through the lens that is chosen above.",
            ),
            Self::Word => tr("Choose a word and type another in its place: which heads look elsewhere then?"),
            Self::Noise => tr(
                "Disturbs the text word by word, and measures how far each head’s map moves. Attention weights can be unstable under noise; here is how unstable these are.",
            ),
            Self::Heads => tr(
                "Replaces the output of the chosen heads, or of the selected one, and lets the later layers read what is left (Michel et al. 2019).",
            ),
        }
    }
}

impl Bench {
    pub(super) fn show(&self, link: &Scope<Self>) -> Html {
        let theme = Theme::for_ground(self.subject.dark.unwrap_or(self.system_dark));
        let stale = self.result_texts().is_some_and(|texts| *texts != self.subject.texts());
        let busy = self.busy || self.comparison.as_ref().is_some_and(|shown| shown.asking);
        html! {
            <div class="lab" part="lab">
                <div class="views" role="group" aria-label={tr("Experiments")}>
                    { for EXPERIMENTS.iter().map(|&(experiment, part)| html! {
                        <button type="button" class="view" {part} aria-pressed={(experiment == self.experiment).to_string()}
                            onclick={link.callback(move |_| Message::Experiment(experiment))}>
                            { experiment.name() }
                        </button>
                    }) }
                </div>
                <p>{ self.experiment.explained() }</p>
                if self.subject.text.is_empty() {
                    <p class="muted">{ tr("Type a text above first.") }</p>
                } else {
                    { self.controls(link) }
                }
                <p class="spoken" aria-live="polite" part="lab-busy" data-busy={busy.to_string()}>
                    { if busy { tr("Computing") } else { String::new() } }
                </p>
                if let Some(problem) = &self.problem {
                    <div class="error" part="lab-error" role="alert" data-code={problem.code.clone()}>
                        <p>{ said(problem) }</p>
                    </div>
                }
                if stale {
                    <p part="lab-stale"><b>{ tr("The text above has changed since. What follows is of the text as it was.") }</b></p>
                }
                { self.progress() }
                { self.result(theme, link) }
                <div ref={self.loader.clone()} hidden=true />
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
                .filter(|shown| shown.experiment == experiment)
                .map(|shown| shown.comparison.texts()),
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
                Some(Shown { experiment: of, comparison, compared: Some(compared), .. })
                    if *of == experiment =>
                {
                    comparison.view(compared, theme, &chosen)
                }
                _ => Html::default(),
            },
        }
    }

    /// How far the second model has been loaded, or what the lens takes been computed.
    fn progress(&self) -> Html {
        if let Some((loaded, total, cached)) = self.loading {
            let model = others(self.subject.model).nth(self.second).map(|model| named_model(&model.about()));
            let parts = [&*model.unwrap_or_default(), &*megabytes(loaded), &*megabytes(total)];
            let said = if cached {
                tr_with("Loading {0}: {1} of {2} MB, from this browser’s cache", &parts)
            } else {
                tr_with("Loading {0}: {1} of {2} MB, from this site", &parts)
            };
            return html! {
                <p part="lab-loading">
                    { said }{ " " }
                    <progress max={decimal(total)} value={decimal(loaded)} aria-label={tr("Model loaded")} />
                </p>
            };
        }
        match &self.comparison {
            Some(Shown { experiment, comparison, asking: true, .. }) if *experiment == self.experiment => {
                let done = percent(f64::from(comparison.progress(&self.subject.look())));
                html! { <p part="lab-computing">{ tr_with("Being computed: {0}", &[&done]) }</p> }
            }
            _ => Html::default(),
        }
    }

    fn model_controls(&self, link: &Scope<Self>, begin: &dyn Fn(&'static str, String, bool) -> Html) -> Html {
        let others: Vec<_> = others(self.subject.model).collect();
        let Some(second) = others.get(self.second) else {
            return html! { <p class="muted">{ tr("There is no other model with as many layers and heads.") }</p> };
        };
        let options = others.iter().map(|model| (model.id, named_model(&model.about()).into()));
        let size = megabytes(second.bytes() as f64);
        html! {
            <>
                { select(tr("Other model"), "other-model", options, second.id, link.callback(Message::Second)) }
                { begin("compare-models", if self.busy { tr("Comparing …") } else { tr("Compare") }, !self.busy) }
                <p class="muted" part="second-size">{ tr_with("It has to be loaded first: a download of {0} MB, unless this browser has kept it.", &[&size]) }</p>
            </>
        }
    }

    fn controls(&self, link: &Scope<Self>) -> Html {
        let begin = |part: &'static str, label: String, ready: bool| {
            html! { <button type="submit" class="button" {part} disabled={!ready}>{ label }</button> }
        };
        let onsubmit = link.callback(|event: SubmitEvent| {
            event.prevent_default();
            Message::Begin
        });
        let inside = match self.experiment {
            Experiment::Text => html! {
                <>
                    { field(tr("Second text"), self.other.clone(), link.callback(Message::Other)) }
                    { begin("compare-texts", if self.busy { tr("Comparing …") } else { tr("Compare") }, !self.other.trim().is_empty()) }
                    if self.subject.text_b.is_some() {
                        <p class="muted">{ tr("It takes the place of the first sentence; the second one stays.") }</p>
                    }
                </>
            },
            Experiment::Model => self.model_controls(link, &begin),
            Experiment::Word => self.word_controls(link, &begin),
            Experiment::Noise => html! {
                <>
                    { kinds(self.kind, link.callback(Message::Kind)) }
                    { begin("noise-start", tr("Start"), self.words().len() > usize::from(self.kind == Kind::Swap)) }
                </>
            },
            Experiment::Heads => html! {
                <>
                    <span>{ named(&self.subject.switched_off()) }</span>
                    { replacements(self.by, link.callback(Message::By)) }
                    { begin("switch-off", if self.busy { tr("Computing …") } else { tr("Switch off") }, true) }
                    if self.subject.heads.is_empty() {
                        <p class="muted">{ tr("To switch several off, choose them in the grid of all heads.") }</p>
                    }
                </>
            },
        };
        html! { <form {onsubmit}>{ inside }</form> }
    }

    fn word_controls(&self, link: &Scope<Self>, begin: &dyn Fn(&'static str, String, bool) -> Html) -> Html {
        let oninput = link.callback(|event: InputEvent| {
            let typed = event.target_dyn_into::<HtmlInputElement>().map(|input| input.value());
            Message::Replacement(typed.unwrap_or_default())
        });
        let changed =
            |word: &usize| self.words().get(*word).is_some_and(|unit| unit.label.full() != self.replacement);
        html! {
            <>
                <div class="chips" role="group" aria-label={tr("Words of the text")}>
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
                        <span>{ tr("Instead") }</span>
                        <input part="replacement" dir="auto" value={self.replacement.clone()} {oninput} autocomplete="off"
                            spellcheck="false" />
                    </label>
                    { begin("compare-texts", if self.busy { tr("Comparing …") } else { tr("See what moves") }, self.chosen.as_ref().is_some_and(changed)) }
                }
            </>
        }
    }
}

/// A text area as tall as its text, as the element's own.
fn field(label: String, text: String, typed: Callback<String>) -> Html {
    let oninput = typed.reform(|event: InputEvent| {
        event.target_dyn_into::<HtmlTextAreaElement>().map_or_else(String::new, |area| area.value())
    });
    let text = AttrValue::from(text);
    html! {
        <label class="field">
            <span class="field-name">{ label }</span>
            <span class="grow" data-text={text.clone()}>
                <textarea part="other" rows="1" dir="auto" value={text} {oninput} placeholder={tr("Type another sentence …")}
                    autocomplete="off" spellcheck="false" />
            </span>
        </label>
    }
}
