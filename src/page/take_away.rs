//! Buttons that take the picture, its numbers or a link to it away.

use std::rc::Rc;

use js_sys::JSON;
use web_sys::Blob;
use yew::{Callback, Html, MouseEvent, html};

use super::attributes::scale_name;
use super::canvas::CanvasMeasure;
use super::events::change;
use super::export::{self, Format, PNG_RATIO};
use super::lens_note::hidden;
use super::state::{Action, Problem, State};
use super::status::named;
use super::study::Study;
use super::subject::Subject;
use crate::lens::HeadSet;
use crate::stored::Precision;
use crate::view::caption::{Caption, Colors};
use crate::view::figures::{at_most, weight};
use crate::view::picture::Picture;
use crate::view::theme::Theme;
use crate::view::words::{tr, tr_with};
use crate::view::{Map, Scale, Shows, Size, ViewSpec, ViewState};

/// CSS pixels of a picture that is taken away. A view that knows its height has that.
const SIZE: Size = Size { width: 900.0, height: 840.0, ratio: PNG_RATIO };

/// What files are made of.
pub struct Taken {
    subject: Subject,
    study: Rc<Study>,
    map: Rc<Map>,
    spec: &'static ViewSpec,
    view: Rc<ViewState>,
    theme: &'static Theme,
    state: State,
}

/// A button a format.
pub fn take_away(taken: Taken, act: &Callback<Action>) -> Html {
    let state = taken.state.clone();
    let taken = Rc::new(taken);
    let is_picture = state.view.lay_out.is_some();
    let button = |name: String, part: &'static str, onclick: Callback<MouseEvent>| {
        html! { <button type="button" class="chip small" {part} {onclick}>{ name }</button> }
    };
    let file = |name: &'static str, part: &'static str, format: Format| {
        let (taken, act) = (taken.clone(), act.clone());
        button(name.into(), part, Callback::from(move |_| taken.save(format, &act)))
    };
    let link = act.reform(|_| Action::CopyLink);
    html! {
        <div class="take-away" role="group" aria-label={tr("Take it away")}>
            <div class="chips">
                if is_picture {
                    { file("PNG", "save-png", Format::Png) }
                    { file("SVG", "save-svg", Format::Svg) }
                }
                { file("CSV", "save-csv", Format::Csv) }
                { file("JSON", "save-json", Format::Json) }
                if state.linked {
                    { button(tr("Copy link"), "copy-link", link) }
                }
                <span class="muted" part="copied" role="status">{ copied(&state) }</span>
            </div>
        </div>
    }
}

/// What came of copying.
fn copied(state: &State) -> String {
    match state.copied {
        Some(true) => tr("Copied."),
        Some(false) => tr("The browser did not let the page copy it."),
        None => String::new(),
    }
}

impl Taken {
    /// Of what `view` and `subject` show; None before there is a map.
    pub fn new(state: &State, subject: Subject, view: &Rc<ViewState>, theme: &'static Theme) -> Option<Self> {
        let (study, map) = (state.study.clone()?, state.map.clone()?);
        Some(Self { subject, study, map, spec: state.view, view: view.clone(), theme, state: state.clone() })
    }

    /// Whether the view is one; a table is not.
    pub fn is_picture(&self) -> bool {
        self.spec.lay_out.is_some()
    }

    /// The view as SVG, its caption below; None where it is a table.
    pub fn svg(&self) -> Option<String> {
        self.spec.lay_out?;
        let (picture, size) = self.picture();
        Some(export::svg(&picture, size, self.theme, (&self.title(), &self.facts().join("; "))))
    }

    /// The same as PNG.
    pub fn png(&self, done: Callback<Result<Blob, Problem>>) {
        let (picture, size) = self.picture();
        export::png(&picture, size, self.theme, done);
    }

    fn save(&self, format: Format, act: &Callback<Action>) {
        let name = self.name(format);
        let text = match format {
            Format::Png => {
                let act = act.clone();
                let save = Callback::from(move |blob: Result<Blob, Problem>| {
                    tell(blob.and_then(|blob| export::save(&name, &blob)), &act);
                });
                return self.png(save);
            }
            Format::Svg => Ok(self.svg().unwrap_or_default()),
            Format::Csv => Ok(export::csv_of(&self.study, &self.map)),
            Format::Json => {
                let ran = &self.study.ran;
                let (layers, heads) = ran.shape();
                let all: Vec<_> =
                    HeadSet::all(layers, heads).iter().filter(|&(l, h)| ran.has(l, h)).collect();
                // What a link to the view carries.
                let carried = JSON::stringify(&change(&self.state, false));
                let carried = carried.map_or_else(|_| String::new(), String::from);
                export::json_of(ran, &all, Precision::Byte, &carried)
            }
        };
        tell(text.and_then(|text| export::save_text(&name, format, &text)), act);
    }

    /// The view as it is on screen, with what is picked out, and its caption below.
    fn picture(&self) -> (Picture, Size) {
        let measure = CanvasMeasure::default();
        let Some(lay_out) = self.spec.lay_out else { return (Picture::default(), SIZE) };
        let (picture, size) = self.subject.with(|scene| {
            let layout = lay_out(scene, &self.view, SIZE, &measure);
            let size = Size { height: layout.height().unwrap_or(SIZE.height), ..SIZE };
            let mut picture = layout.paint(scene, &self.view, &measure);
            let over = layout.paint_focus(scene, &self.view, &measure);
            picture.images.extend(over.images);
            picture.marks.extend(over.marks);
            (picture, size)
        });
        let caption =
            Caption { facts: self.facts(), texts: self.study.ran.texts.clone(), colors: self.colors() };
        caption.below(picture, size, &measure)
    }

    fn title(&self) -> String {
        tr_with("Attention map: {0}", &[&self.study.ran.texts.join(" / ")])
    }

    /// Model, view, layer, head, lens, scale, filters: what has to be said below a picture.
    fn facts(&self) -> Vec<String> {
        let (study, view) = (&self.study, &self.view);
        let ran = &study.ran;
        let mut facts = vec![
            format!("{} ({})", named(&ran.model), ran.model.made_with()),
            match &ran.kept {
                None => tr_with("computed on {0}", &[&ran.adapter]),
                Some(kept) => tr_with("stored; weights within {0}", &[&at_most(kept.error)]),
            },
            study.place(view.layer, view.head),
            tr(study.lens.name) + &tr(": ") + &tr(study.lens.range),
            tr_with("colours: {0}", &[&scale_name(view.shading(&self.map.weights).scale)]),
        ];
        if self.spec.shows == Shows::Neuron {
            // It shows the model's own weights, whatever lens and filters are chosen.
            facts.truncate(2);
            facts.push(tr_with("layer {0} head {1}", &[&view.layer.to_string(), &view.head.to_string()]));
            facts.extend(self.remarks());
            return facts;
        }
        if study.filters.words {
            facts.push(tr("whole words"));
        }
        if view.threshold > 0.0 {
            facts.push(tr_with("below {0} left out", &[&weight(view.threshold)]));
        }
        let hidden = hidden(study, &self.map, None);
        facts.extend((!hidden.is_empty()).then_some(hidden));
        facts.extend(self.remarks());
        facts
    }

    /// What the picture itself has to say.
    fn remarks(&self) -> Vec<String> {
        match self.spec.lay_out {
            Some(lay_out) if self.spec.shows != Shows::Heads => self.subject.with(|scene| {
                lay_out(scene, &self.view, SIZE, &CanvasMeasure::default()).said(scene, &self.view)
            }),
            _ => vec![],
        }
    }

    /// The neuron view has bars of its own, and in the grid each thumbnail a scale of its own unless that is from 0 to 1.
    fn colors(&self) -> Option<Colors> {
        let shading = self.view.shading(&self.map.weights);
        let own = self.spec.shows == Shows::Neuron
            || (self.spec.shows == Shows::Heads && shading.scale != Scale::Unit)
            || self.spec.shows == Shows::Layers
            || self.spec.shows == Shows::Words;
        (!own).then(|| Colors {
            ramp: self.view.ramp.clone(),
            begin: weight(shading.scale.begin(shading.end)),
            end: weight(shading.end),
        })
    }

    fn name(&self, format: Format) -> String {
        // All heads are in a stored trace.
        let part = match format {
            Format::Json => String::new(),
            _ => format!("{}_L{}H{}", self.spec.id, self.view.layer, self.view.head),
        };
        export::file_name(&self.study.ran.texts[0], &part, format)
    }
}

fn tell(outcome: Result<(), Problem>, act: &Callback<Action>) {
    if let Err(problem) = outcome {
        act.emit(Action::Notice(problem));
    }
}
