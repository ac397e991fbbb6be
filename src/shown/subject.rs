//! What a panel's painters are given, and when they have to paint anew.

use std::rc::Rc;

use super::study::Study;
use crate::lens::{Thumbnails, Weights};
use crate::view::{Focus, HeadOrder, Map, Maps, Scene, Shows, ViewSpec, ViewState};

/// What each head does most, as [`Scene::badges`] has it.
pub type Badges = Rc<Vec<Option<(&'static str, f32)>>>;

/// A study and the selected map, or what there is of them.
#[derive(Clone)]
pub struct Subject {
    pub study: Option<Rc<Study>>,
    /// None for a view of all heads, which is the same whichever is selected.
    map: Option<Rc<Map>>,
    /// (layers, heads)
    shape: (usize, usize),
    order: Rc<HeadOrder>,
    badges: Badges,
}

impl PartialEq for Subject {
    /// Whether the same is painted: where there is no map, all heads, which most lenses and choices leave as they are.
    fn eq(&self, other: &Self) -> bool {
        let same_study = match (&self.study, &other.study) {
            (Some(study), Some(before)) => {
                study == before
                    || self.map.is_none() && other.map.is_none() && study.has_thumbnails_of(before)
            }
            (None, None) => true,
            _ => false,
        };
        same_study
            && self.map == other.map
            && self.shape == other.shape
            && self.order == other.order
            && self.badges == other.badges
    }
}

impl Subject {
    pub fn new(
        spec: &'static ViewSpec,
        (study, map): (Option<Rc<Study>>, Option<Rc<Map>>),
        shape: (usize, usize),
        order: Rc<HeadOrder>,
        badges: Badges,
    ) -> Self {
        Self { study, map: map.filter(|_| spec.shows != Shows::Heads), shape, order, badges }
    }

    /// What all of a grid depends on but its thumbnails.
    pub fn sign(&self) -> Option<[usize; 3]> {
        let kind = self.study.as_ref()?.lens.thumbnails;
        let whole = usize::from(kind == Thumbnails::Layers);
        Some([Rc::as_ptr(&self.order) as usize, Rc::as_ptr(&self.badges) as usize, whole])
    }

    pub fn with<R>(&self, paint: impl FnOnce(&Scene) -> R) -> R {
        let none = Map::default();
        let map = self.map.as_deref().unwrap_or(&none);
        let (order, badges) = (&self.order[..], &self.badges[..]);
        match &self.study {
            Some(study) => paint(&Scene {
                maps: &**study,
                map,
                queries: &study.queries,
                keys: &study.keys,
                units: &study.plan.units,
                tokens: &study.ran.map().labels,
                query_units: study.query_units(),
                key_units: &study.plan.keys,
                texts: &study.ran.texts,
                right_to_left: study.right_to_left,
                neurons: study.extras.neurons.as_deref(),
                order,
                badges,
            }),
            None => paint(&Scene {
                maps: &Empty(self.shape),
                map,
                queries: &[],
                keys: &[],
                units: &[],
                tokens: &[],
                query_units: &[],
                key_units: &[],
                texts: &[],
                right_to_left: false,
                neurons: None,
                order,
                badges,
            }),
        }
    }
}

/// What a layout depends on. Views whose rows or lines are picked by what they show depend on that, too.
pub fn layout_key(
    subject: &Subject,
    spec: &'static ViewSpec,
    view: &Rc<ViewState>,
) -> impl PartialEq + use<> {
    let picks = spec.shows == Shows::Neuron;
    let lines = spec.id == "lines";
    let subject = Subject { map: subject.map.clone().filter(|_| picks || lines), ..subject.clone() };
    let heads = (spec.shows == Shows::Map).then(|| view.heads.clone());
    let strongest = lines.then_some((view.layer, view.head, view.scale, view.threshold));
    let focus = if picks { view.focus } else { Focus::Nothing };
    let picked = picks.then(|| (view.words.clone(), view.layer, view.head));
    let columns = (spec.shows == Shows::Layers).then(|| (view.direction, view.words.is_empty()));
    (subject, spec, view.window, heads, strongest, picked, columns, focus)
}

/// What the lower canvas depends on.
pub fn base_key(subject: &Subject, spec: &'static ViewSpec, view: &Rc<ViewState>) -> impl PartialEq + use<> {
    let shading = (view.scale, view.threshold, view.window);
    let of_words = matches!(spec.shows, Shows::Words | Shows::Layers | Shows::Neuron);
    let words = of_words.then(|| (view.words.clone(), view.direction));
    let heads = (spec.shows != Shows::Heads).then(|| (view.heads.clone(), view.layer, view.head));
    let focus = if spec.shows == Shows::Neuron { view.focus } else { Focus::Nothing };
    (subject.clone(), spec, shading, words, heads, focus)
}

/// What the upper canvas depends on.
pub fn over_key(subject: &Subject, view: &Rc<ViewState>) -> impl PartialEq + use<> {
    (subject.clone(), view.clone())
}

/// The heads of a model that has read nothing yet.
struct Empty((usize, usize));

impl Maps for Empty {
    fn layers(&self) -> usize {
        self.0.0
    }

    fn heads(&self) -> usize {
        self.0.1
    }

    fn thumbnails(&self) -> Thumbnails {
        Thumbnails::Heads
    }

    fn is_whole(&self) -> bool {
        true
    }

    fn is_ready(&self, _: usize) -> bool {
        false
    }

    fn read(&self, _: usize, _: usize, map: &mut Map) {
        *map = Map::default();
    }

    fn read_thumbnail(&self, _: usize, _: usize, map: &mut Map) {
        *map = Map::default();
    }

    fn pooled_thumbnail(&self, _: usize, _: usize, _: usize) -> Rc<Vec<f32>> {
        Rc::default()
    }

    fn weights(&self) -> &dyn Weights {
        self
    }
}

impl Weights for Empty {
    fn layers(&self) -> usize {
        self.0.0
    }

    fn heads(&self) -> usize {
        self.0.1
    }

    fn shape(&self) -> (usize, usize) {
        (0, 0)
    }

    fn is_whole(&self) -> bool {
        true
    }

    fn read(&self, _: usize, _: usize, map: &mut Vec<f32>) {
        map.clear();
    }
}
