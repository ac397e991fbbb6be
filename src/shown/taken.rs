//! A picture of what is shown, to be taken away: painted, and with what has to be said below it.

use std::rc::Rc;

use super::attributes::scale_name;
use super::hidden::hidden;
use super::ran::named;
use super::state::State;
use super::study::Study;
use super::subject::Subject;
use super::written::{Format, file_name};
use crate::lens::Thumbnails;
use crate::view::caption::{Caption, Colors};
use crate::view::colormap::{Ramp, for_ground};
use crate::view::figures::{at_most, weight};
use crate::view::picture::{Measure, Picture};
use crate::view::theme::Theme;
use crate::view::words::{tr, tr_with};
use crate::view::{Focus, HeadOrder, Map, Scale, Shows, Size, ViewSpec, ViewState};

/// Device pixels to a CSS pixel in a PNG.
pub const PNG_RATIO: f64 = 2.0;
/// CSS pixels of a picture that is taken away. A view that knows its height has that.
pub const SIZE: Size = Size { width: 900.0, height: 840.0, ratio: PNG_RATIO };

/// What files are made of.
pub struct Taken {
    subject: Subject,
    pub study: Rc<Study>,
    pub map: Rc<Map>,
    spec: &'static ViewSpec,
    view: Rc<ViewState>,
    pub theme: &'static Theme,
    pub state: State,
}

impl Taken {
    /// Of what `view` and `subject` show; None before there is a map.
    pub fn new(state: &State, subject: Subject, view: &Rc<ViewState>, theme: &'static Theme) -> Option<Self> {
        let (study, map) = (state.study.clone()?, state.map.clone()?);
        Some(Self { subject, study, map, spec: state.view, view: view.clone(), theme, state: state.clone() })
    }

    /// The large view of a state; None before there is a map.
    pub fn of(state: &State) -> Option<Self> {
        let theme = Theme::for_ground(state.is_dark());
        let view = Rc::new(view_state(state, for_ground(theme.dark).ramp()));
        let (order, badges) = (Rc::new(grid_order(state)), Rc::new(state.badges()));
        let subject =
            Subject::new(state.view, (state.study.clone(), state.map.clone()), state.shape(), order, badges);
        Self::new(state, subject, &view, theme)
    }

    /// Whether the view is one; a table is not.
    pub fn is_picture(&self) -> bool {
        self.spec.lay_out.is_some()
    }

    /// The view as it is on screen, with what is picked out, and its caption below.
    pub fn picture(&self, size: Size, measure: &dyn Measure) -> (Picture, Size) {
        let Some(lay_out) = self.spec.lay_out else { return (Picture::default(), size) };
        let (picture, size) = self.subject.with(|scene| {
            let layout = lay_out(scene, &self.view, size, measure);
            let size = Size { height: layout.foot().unwrap_or(size.height), ..size };
            let mut picture = layout.paint(scene, &self.view, measure);
            let over = layout.paint_focus(scene, &self.view, measure);
            picture.images.extend(over.images);
            picture.marks.extend(over.marks);
            (picture, size)
        });
        let facts = self.facts(size, measure);
        let caption = Caption { facts, texts: self.study.ran.texts.clone(), colors: self.colors() };
        caption.below(picture, size, measure)
    }

    /// What a screen reader calls it.
    pub fn title(&self) -> String {
        tr_with("Attention map: {0}", &[&self.study.ran.texts.join(" / ")])
    }

    /// Model, view, layer, head, lens, scale, filters: what has to be said below a picture.
    pub fn facts(&self, size: Size, measure: &dyn Measure) -> Vec<String> {
        let (study, view) = (&self.study, &self.view);
        let ran = &study.ran;
        let mut facts = vec![
            format!("{} ({})", named(&ran.model), ran.model.made_with()),
            match &ran.map().kept {
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
            facts.extend(self.remarks(size, measure));
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
        facts.extend(self.remarks(size, measure));
        facts
    }

    /// What the picture itself has to say.
    fn remarks(&self, size: Size, measure: &dyn Measure) -> Vec<String> {
        match self.spec.lay_out {
            Some(lay_out) if self.spec.shows != Shows::Heads => {
                self.subject.with(|scene| lay_out(scene, &self.view, size, measure).said(scene, &self.view))
            }
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

    /// The name of a file of it.
    pub fn name(&self, format: Format) -> String {
        // All heads are in a stored trace.
        let part = match format {
            Format::Json => String::new(),
            _ => format!("{}_L{}H{}", self.spec.id, self.view.layer, self.view.head),
        };
        file_name(&self.study.ran.texts[0], &part, format)
    }
}

/// Which (layer, head) stands where in the grid.
#[inline(never)]
pub fn grid_order(state: &State) -> HeadOrder {
    let whole = state.study.as_ref().is_some_and(|study| study.lens.thumbnails == Thumbnails::Layers);
    if whole {
        (0..state.shape().0).map(|layer| vec![(layer, state.head)]).collect()
    } else {
        state.head_order()
    }
}

/// A focus on units as one on positions.
pub fn placed(state: &State, focus: Focus) -> Focus {
    state.study.as_ref().map_or(focus, |study| study.placed(focus))
}

/// What painters are told of the state.
#[inline(never)]
pub fn view_state(state: &State, ramp: Ramp) -> ViewState {
    ViewState {
        layer: state.shown.0,
        head: state.shown.1,
        heads: state.heads.clone(),
        scale: state.scale,
        threshold: state.threshold,
        ramp,
        bounded: state.study.as_ref().is_none_or(|study| study.lens.is_bounded()),
        focus: placed(state, state.focus()),
        words: state.words(),
        direction: state.direction,
        hovered_head: state.hovered_head,
        window: state.window,
    }
}
