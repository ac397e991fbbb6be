//! All that the element shows. [`apply`] holds the one function that changes it.

mod action;
mod apply;
mod look;
mod problem;
mod wanted;

pub use action::{Action, Effects};
pub use problem::{NO_WORDS, Problem};

use std::rc::Rc;

use crate::filter::Filters;
use crate::lens::{HeadSet, LENSES, LensSpec};
use crate::model::{MODELS, ModelSpec};
use crate::trace::{Backend, BackendChoice, MapKind};
use crate::view::{Direction, Focus, Map, Scale, Shows, VIEWS, ViewSpec, Window};

use super::extras::{Ask, Extras};
use super::past::Texts;
use super::profile::Profile;
use super::ran::Ran;
use super::study::Study;

/// Whether there is anyone to ask for what takes more than weights. What follows an answer is not linked where there isn't.
pub const ASKS: bool = cfg!(any(feature = "engine", feature = "inspections"));

/// Every language, as it is called in attributes and as it calls itself. The first is the default.
pub const LANGUAGES: &[(&str, &str)] = &[("en", "English"), ("zh-Hans", "中文")];

/// Where the engine stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum EngineState {
    #[default]
    Starting,
    /// Nothing is to run: what is shown was computed elsewhere.
    Idle,
    /// Bytes of the model so far, and whether they come from the browser's cache.
    Loading {
        loaded: f64,
        total: f64,
        cached: bool,
    },
    Ready {
        backend: Backend,
        adapter: String,
    },
    /// It cannot run; the reader may try again.
    Failed(Problem),
}

/// Which ground the reader or the page around asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThemeChoice {
    #[default]
    Auto,
    Light,
    Dark,
}

/// Everything that is shown. Cheap to clone.
#[derive(Clone, PartialEq)]
pub struct State {
    pub text: Rc<str>,
    pub text_b: Option<Rc<str>>,
    pub model: &'static ModelSpec,
    pub backend: BackendChoice,
    pub layer: usize,
    pub head: usize,
    /// Chosen beside the selected head, for lenses and views that take several.
    pub heads: Rc<HeadSet>,
    pub lens: &'static LensSpec,
    /// The first layer of a rollout.
    pub from: usize,
    pub filters: Filters,
    /// The kind of attention that is looked at where a run has several; the run's own choice without.
    pub kind: Option<MapKind>,
    /// Numbers below it are left out of the pictures.
    pub threshold: f32,
    pub scale: Scale,
    /// The large one.
    pub view: &'static ViewSpec,
    pub controls: Controls,
    /// The text cannot be changed, nor run.
    pub read_only: bool,
    pub theme: ThemeChoice,
    pub system_dark: bool,
    /// What the page speaks, one of [`LANGUAGES`].
    pub language: &'static str,
    pub engine: EngineState,
    /// Why the last run failed.
    pub problem: Option<Problem>,
    pub told: Vec<Problem>,
    /// Attributes whose value is not one of theirs, and why.
    pub misread: Vec<(String, Problem)>,
    /// The newest run.
    pub ran: Option<Rc<Ran>>,
    /// Counts runs, so that an answer about an older one is known.
    pub run: u32,
    /// The layer and head of `map`.
    pub shown: (usize, usize),
    /// What was computed of it beside its weights.
    pub extras: Rc<Extras>,
    /// What the engine is computing of it.
    pub asked: Option<Ask>,
    /// What it could not compute of it, which is not asked for again.
    pub refused: Vec<Ask>,
    /// What is on screen: the newest run through the chosen lens, or what was there before while that is computed.
    pub study: Option<Rc<Study>>,
    /// The study's map with the selected head.
    pub map: Option<Rc<Map>>,
    /// Under the pointer. Like all that is picked out, in units of the study.
    pub hovered: Focus,
    /// Left behind by a tap, a click or the keyboard.
    pub pinned: Focus,
    /// Words that were chosen together, the pinned one among them.
    pub chosen: Rc<[usize]>,
    pub direction: Direction,
    pub window: Window,
    pub habits: Habits,
    /// Habits are those on the built-in sentences, not on the text.
    pub habits_built_in: bool,
    /// The head with the most of the habit is to be selected as soon as it is known.
    pub seeking: bool,
    /// What was measured on the built-in sentences, by model.
    pub built_in: Vec<(&'static ModelSpec, Rc<[f32]>)>,
    pub hovered_head: Option<(usize, usize)>,
    /// The map on screen is of an older text, and has been for a while.
    pub late: bool,
    /// The last texts are kept.
    pub history: bool,
    /// The texts that were, the newest first.
    pub past: Rc<Vec<Texts>>,
    /// The page around keeps what is seen in its address, which can be copied.
    pub linked: bool,
    /// Whether what was to be copied has been.
    pub copied: Option<bool>,
    /// What only developers want is shown, too.
    pub developer: bool,
    pub profile: Option<Rc<Profile>>,
}

/// What the grid tells of the heads' habits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Habits {
    #[default]
    Off,
    /// Under each head what it does most.
    Marked,
    /// That, and the heads in the order of one habit, an index into [`HABITS`].
    Sorted(usize),
}

/// How much is around the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Controls {
    /// Everything: the text, the filters, all heads beside the view.
    #[default]
    Full,
    /// The picture, which head and view it is of, and the text.
    Minimal,
    /// The picture and what is needed to read it.
    None,
}

impl Default for State {
    fn default() -> Self {
        Self {
            text: "".into(),
            text_b: None,
            model: &MODELS[0],
            backend: BackendChoice::Auto,
            layer: 0,
            head: 0,
            heads: Rc::default(),
            lens: &LENSES[0],
            from: 0,
            filters: Filters::default(),
            kind: None,
            threshold: 0.0,
            scale: Scale::Unit,
            view: main_view(),
            controls: Controls::Full,
            read_only: false,
            theme: ThemeChoice::Auto,
            system_dark: false,
            engine: EngineState::Starting,
            problem: None,
            told: vec![],
            misread: vec![],
            ran: None,
            run: 0,
            shown: (0, 0),
            extras: Rc::default(),
            asked: None,
            refused: vec![],
            study: None,
            map: None,
            hovered: Focus::Nothing,
            pinned: Focus::Nothing,
            chosen: Rc::default(),
            direction: Direction::From,
            window: Window::default(),
            habits: Habits::Off,
            habits_built_in: true,
            seeking: false,
            built_in: vec![],
            hovered_head: None,
            late: false,
            history: false,
            linked: false,
            copied: None,
            language: LANGUAGES[0].0,
            past: Rc::default(),
            developer: false,
            profile: None,
        }
    }
}

impl State {
    /// Whether there is anything to run.
    pub fn is_empty(&self) -> bool {
        !has_words(Some(&*self.text)) && !has_words(self.text_b.as_deref())
    }

    /// The second text, if there is anything in it.
    pub fn second(&self) -> Option<&Rc<str>> {
        self.text_b.as_ref().filter(|text| has_words(Some(text)))
    }

    /// (layers, heads) of what is shown.
    pub fn shape(&self) -> (usize, usize) {
        self.ran.as_ref().map_or((self.model.layers, self.model.heads), |ran| ran.shape())
    }

    /// Whether everything is around the picture. A program that asks no engine has another take its place before that.
    pub fn is_full(&self) -> bool {
        ASKS && self.controls == Controls::Full
    }

    /// What a link to what is shown says that it was made with.
    pub fn made_with(&self) -> String {
        self.ran.as_ref().map_or_else(|| self.model.about().made_with(), |ran| ran.model.made_with())
    }

    /// Whether what is shown was computed elsewhere, and can be computed here.
    pub fn can_go_live(&self) -> bool {
        let known = |ran: &Rc<Ran>| ran.model.known().is_some();
        self.engine == EngineState::Idle && !self.read_only && self.ran.as_ref().is_some_and(known)
    }

    /// Whether there is a text and an engine that can time its kernels.
    pub fn can_measure(&self) -> bool {
        !self.is_empty() && matches!(self.engine, EngineState::Ready { .. })
    }

    /// What the reader should know to read the map rightly.
    pub fn notices(&self) -> Vec<Problem> {
        self.misread.iter().map(|(_, problem)| problem).chain(&self.told).cloned().collect()
    }

    pub fn is_dark(&self) -> bool {
        match self.theme {
            ThemeChoice::Auto => self.system_dark,
            ThemeChoice::Light => false,
            ThemeChoice::Dark => true,
        }
    }

    /// What is picked out: the pointer's choice before the one left behind.
    pub fn focus(&self) -> Focus {
        if self.hovered == Focus::Nothing { self.pinned } else { self.hovered }
    }

    /// The words that are looked at: the one under the pointer, or those that were chosen. A word that is pointed at
    /// where it is attended to is not one whose row is looked at, nor the other way about.
    pub fn words(&self) -> Rc<[usize]> {
        let looked_at = |focus: Focus| match self.direction {
            Direction::From => focus.query(),
            Direction::To => focus.key(),
        };
        match looked_at(self.hovered) {
            Some(word) => [word].into(),
            None if self.chosen.is_empty() => looked_at(self.pinned).into_iter().collect(),
            None => self.chosen.clone(),
        }
    }
}

/// The view that an element without a `view` attribute shows large.
pub fn main_view() -> &'static ViewSpec {
    VIEWS.iter().find(|view| view.shows == Shows::Map).unwrap_or(&VIEWS[0])
}

fn has_words(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests;
