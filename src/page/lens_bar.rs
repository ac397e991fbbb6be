//! What the cells mean, and which words are shown.

use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::{Callback, Event, Html, InputEvent, TargetCast, html};

use super::select::select;
use super::state::{Action, State};
use super::stepper::stepper;
use crate::filter::{Filters, PARTS, Part, TREATMENTS, Treatment};
use crate::lens::LENSES;
use crate::trace::MapKind;
use crate::view::figures::weight;
use crate::view::words::{tr, tr_with};

/// Thresholds that the slider steps through; the first shows everything.
const THRESHOLDS: &[f32] = &[0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5];

/// The lens, then the filters.
pub fn lens_bar(state: &State, act: &Callback<Action>) -> Html {
    let filters = state.filters;
    let set = |make: fn(Filters, usize) -> Filters| {
        act.reform(move |index: usize| Action::Filters(make(filters, index)))
    };
    let treatments =
        |name: fn(Treatment) -> String| TREATMENTS.iter().map(move |&(one, id)| (id, name(one).into()));
    let pair = state
        .study
        .as_ref()
        .is_some_and(|study| study.ran.texts.len() == 2 && study.ran.map().kind == MapKind::SelfAttention);
    html! {
        <div class="lens-bar" role="group" aria-label={tr("Lens and filters")}>
            { select(tr("Lens"), "lens", LENSES.iter().map(|lens| (lens.id, tr(lens.name).into())), state.lens.id,
                act.reform(|index: usize| Action::Lens(&LENSES[index]))) }
            if state.lens.id == "rollout" {
                { stepper(tr("From layer"), "from", state.from.min(state.layer), state.layer + 1, act.reform(Action::From)) }
            }
            // Only where there is little room, and then what follows is hidden until it is opened (style/sizes.css).
            <details class="filters"><summary part="filters">{ filters_name(state) }</summary></details>
            { select(tr("Special tokens"), "special", treatments(treatment_name), filters.special.id(),
                set(|filters, index| Filters { special: TREATMENTS[index].0, ..filters })) }
            { select(tr("Punctuation"), "punctuation", treatments(treatment_name), filters.punctuation.id(),
                set(|filters, index| Filters { punctuation: TREATMENTS[index].0, ..filters })) }
            <label class="check">
                <input type="checkbox" part="words" checked={filters.words}
                    onchange={act.reform(move |event: Event| {
                        Action::Filters(Filters { words: is_checked(&event), ..filters })
                    })} />
                <span>{ tr("Whole words") }</span>
            </label>
            if pair {
                { select(tr("Sentences"), "pair-part", PARTS.iter().map(|&(part, id)| (id, part_name(part).into())),
                    filters.part.id(), set(|filters, index| Filters { part: PARTS[index].0, ..filters })) }
            }
            <label class="range">
                <span class="name">{ tr("Leave out below") }</span>
                <input type="range" part="threshold" min="0" max={(THRESHOLDS.len() - 1).to_string()} step="1"
                    value={step_of(state.threshold).to_string()} aria-valuetext={threshold_name(state.threshold)}
                    oninput={act.reform(|event: InputEvent| {
                        let step = event.target_dyn_into::<HtmlInputElement>().map_or(0.0, |input| input.value_as_number());
                        // A cast to an integer saturates, and takes what is no number to 0.
                        Action::Threshold(THRESHOLDS[(step as usize).min(THRESHOLDS.len() - 1)])
                    })} />
                <output class="figure">{ threshold_name(state.threshold) }</output>
            </label>
        </div>
    }
}

/// With how many filters are set, if any are, as they may be out of sight.
fn filters_name(state: &State) -> String {
    let (filters, plain) = (state.filters, Filters::default());
    let set = [
        filters.special != plain.special,
        filters.punctuation != plain.punctuation,
        filters.words,
        filters.part != plain.part,
        state.threshold > 0.0,
    ];
    match set.iter().filter(|&&is_set| is_set).count() {
        0 => tr("Filters"),
        count => tr_with("Filters ({0})", &[&count.to_string()]),
    }
}

fn is_checked(event: &Event) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
        .is_some_and(|input| input.checked())
}

fn treatment_name(treatment: Treatment) -> String {
    match treatment {
        Treatment::Show => tr("shown"),
        Treatment::Hide => tr("hidden"),
        Treatment::Renormalise => tr("hidden, rows rescaled"),
    }
}

fn part_name(part: Part) -> String {
    match part {
        Part::All => tr("both"),
        Part::AToA => tr("first to first"),
        Part::AToB => tr("first to second"),
        Part::BToA => tr("second to first"),
        Part::BToB => tr("second to second"),
    }
}

fn threshold_name(threshold: f32) -> String {
    if threshold > 0.0 { weight(threshold) } else { tr("nothing") }
}

/// The slider's step nearest below a threshold.
fn step_of(threshold: f32) -> usize {
    THRESHOLDS.iter().rposition(|&step| step <= threshold).unwrap_or(0)
}
