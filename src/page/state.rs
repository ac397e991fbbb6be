//! All that the element shows, and the one function that changes it.

use std::rc::Rc;

use crate::model::{MODELS, ModelSpec};
use crate::trace::{Backend, BackendChoice};
use crate::view::{Focus, HeadMap, Scale, ViewSpec};

use super::examples::Example;
use super::kernels::{Measured, Profile};
use super::ran::{Ran, weights_taken};

/// Something that went wrong, as it is told to the reader and to the page around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Stable; the JavaScript error's `code`.
    pub code: String,
    pub message: String,
}

impl Problem {
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }
}

/// Where the engine stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum EngineState {
    #[default]
    Starting,
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
    pub scale: Scale,
    /// One view alone, or all.
    pub view: Option<&'static ViewSpec>,
    pub theme: ThemeChoice,
    pub system_dark: bool,
    pub engine: EngineState,
    /// Why the last run failed.
    pub problem: Option<Problem>,
    pub told: Vec<Problem>,
    /// Attributes whose value is not one of theirs, and why.
    pub misread: Vec<(String, Problem)>,
    pub ran: Option<Rc<Ran>>,
    /// The selected head's map of `ran`.
    pub map: Option<Rc<HeadMap>>,
    /// Under the pointer.
    pub hovered: Focus,
    /// Left behind by a tap, a click or the keyboard.
    pub pinned: Focus,
    pub hovered_head: Option<(usize, usize)>,
    /// The map on screen is of an older text, and has been for a while.
    pub late: bool,
    /// What only developers want is shown, too.
    pub developer: bool,
    pub profile: Option<Rc<Profile>>,
}

/// What can happen.
pub enum Action {
    Text(Rc<str>),
    TextB(Option<Rc<str>>),
    Example(&'static Example),
    Model(&'static ModelSpec),
    Backend(BackendChoice),
    Layer(usize),
    Head(usize),
    LayerAndHead(usize, usize),
    Scale(Scale),
    View(Option<&'static ViewSpec>),
    Theme(ThemeChoice),
    SystemDark(bool),
    Hover(Focus),
    Pin(Focus),
    HoverHead(Option<(usize, usize)>),
    /// The pointer is over nothing that can be chosen.
    Leave,
    /// Start the engine, for the first time or again.
    Start,
    Engine(EngineState),
    Notice(Problem),
    /// An attribute was read, or could not be.
    Attribute(String, Option<Problem>),
    /// No attribute's mistake is of interest any more.
    AttributesSettled,
    Ran(Rc<Ran>),
    RunFailed(Problem),
    Late,
    Developer(bool),
    /// Have the kernels of a pass over the text timed.
    Measure,
    /// They were, or could not be.
    Profiled(Option<Measured>),
    /// The weights of the run that is shown are not there any more.
    WeightsTaken,
}

/// What has to be done after an action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    pub load: bool,
    pub run: bool,
    pub profile: bool,
    /// Something changed that a link carries.
    pub changed: bool,
    /// The change put a text aside that the reader may want back.
    pub replaced: bool,
    /// `problem` is new, and no one has been told.
    pub failed: bool,
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
            scale: Scale::Unit,
            view: None,
            theme: ThemeChoice::Auto,
            system_dark: false,
            engine: EngineState::Starting,
            problem: None,
            told: vec![],
            misread: vec![],
            ran: None,
            map: None,
            hovered: Focus::Nothing,
            pinned: Focus::Nothing,
            hovered_head: None,
            late: false,
            developer: false,
            profile: None,
        }
    }
}

impl State {
    /// Changes the state and says what else has to be done.
    pub fn apply(&mut self, action: Action) -> Effects {
        let mut effects = Effects::default();
        match action {
            Action::Text(text) => effects = self.set_texts(text, self.text_b.clone()),
            Action::TextB(text_b) => {
                let removed = text_b.is_none() && has_words(self.text_b.as_deref());
                effects = self.set_texts(self.text.clone(), text_b);
                effects.replaced = removed;
            }
            Action::Example(example) => {
                let typed = !self.is_empty();
                effects = self.set_texts(example.text.into(), example.text_b.map(Into::into));
                effects.replaced = effects.changed && typed;
            }
            Action::Model(model) if model != self.model => {
                self.model = model;
                self.select(self.layer.min(model.layers - 1), self.head.min(model.heads - 1));
                effects = self.restart();
            }
            Action::Backend(backend) if backend != self.backend => {
                self.backend = backend;
                effects = self.restart();
            }
            Action::Start => effects = self.restart(),
            Action::Layer(layer) => effects.changed = self.select(layer, self.head),
            Action::Head(head) => effects.changed = self.select(self.layer, head),
            Action::LayerAndHead(layer, head) => effects.changed = self.select(layer, head),
            Action::Scale(scale) => {
                effects.changed = scale != self.scale;
                self.scale = scale;
            }
            Action::View(view) => self.view = view,
            Action::Theme(theme) => self.theme = theme,
            Action::SystemDark(dark) => self.system_dark = dark,
            Action::Hover(focus) => self.hovered = focus,
            // The pointer may rest elsewhere, or on what has just been let go.
            Action::Pin(focus) => (self.hovered, self.pinned) = (Focus::Nothing, focus),
            Action::HoverHead(head) => self.hovered_head = head,
            Action::Leave => (self.hovered, self.hovered_head) = (Focus::Nothing, None),
            Action::Engine(engine) => {
                if let EngineState::Failed(_) = engine {
                    self.profile = None;
                }
                self.engine = engine;
            }
            Action::Notice(notice) => {
                self.told.retain(|known| known.code != notice.code);
                self.told.push(notice);
            }
            Action::Attribute(name, problem) => {
                self.misread.retain(|(known, _)| *known != name);
                self.misread.extend(problem.map(|problem| (name, problem)));
            }
            Action::AttributesSettled => self.misread.clear(),
            Action::Ran(ran) => self.show(ran),
            Action::RunFailed(problem) => {
                self.late = false;
                self.problem = Some(problem);
            }
            Action::Late => self.late = true,
            Action::Developer(developer) => self.developer = developer,
            Action::Measure if self.can_measure() && !self.is_measuring() => {
                let mut text = format!("“{}”", self.text);
                if let Some(second) = self.second() {
                    text = text + " “" + second + "”";
                }
                self.profile = Some(Rc::new(Profile { model: self.model, text, measured: None }));
                effects.profile = true;
            }
            Action::Profiled(None) => self.profile = None,
            Action::Profiled(measured) => {
                if let Some(asked) = &self.profile {
                    let (model, text) = (asked.model, asked.text.clone());
                    self.profile = Some(Rc::new(Profile { model, text, measured }));
                }
            }
            Action::WeightsTaken | Action::Measure | Action::Model(_) | Action::Backend(_) => {}
        }
        if self.ran.as_ref().is_some_and(|ran| !ran.weights.is_whole()) {
            // What is not there is not painted as a map of zeros.
            self.forget_run();
            self.problem = Some(weights_taken());
            effects.failed = true;
        }
        effects
    }

    /// Whether there is anything to run.
    pub fn is_empty(&self) -> bool {
        !has_words(Some(&*self.text)) && !has_words(self.text_b.as_deref())
    }

    /// The second text, if there is anything in it.
    pub fn second(&self) -> Option<&Rc<str>> {
        self.text_b.as_ref().filter(|text| has_words(Some(text)))
    }

    /// Whether there is a text and an engine that can time its kernels.
    pub fn can_measure(&self) -> bool {
        !self.is_empty() && matches!(self.engine, EngineState::Ready { .. })
    }

    fn is_measuring(&self) -> bool {
        self.profile.as_ref().is_some_and(|profile| profile.measured.is_none())
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

    fn set_texts(&mut self, text: Rc<str>, text_b: Option<Rc<str>>) -> Effects {
        let changed = text != self.text || text_b != self.text_b;
        (self.text, self.text_b) = (text, text_b);
        if self.is_empty() {
            // An older map under no text would be a map of nothing.
            self.forget_run();
        }
        Effects { run: changed, changed, ..Effects::default() }
    }

    fn forget_run(&mut self) {
        (self.ran, self.map, self.problem, self.late) = (None, None, None, false);
        (self.hovered, self.pinned) = (Focus::Nothing, Focus::Nothing);
    }

    fn restart(&mut self) -> Effects {
        self.engine = EngineState::Starting;
        self.problem = None;
        self.profile = None;
        self.told.clear();
        Effects { load: true, run: true, ..Effects::default() }
    }

    /// Selects a head that the model has; another leaves the selection as it is.
    fn select(&mut self, layer: usize, head: usize) -> bool {
        if (layer, head) == (self.layer, self.head) || layer >= self.model.layers || head >= self.model.heads
        {
            return false;
        }
        (self.layer, self.head) = (layer, head);
        self.read_map();
        true
    }

    fn show(&mut self, ran: Rc<Ran>) {
        let tokens = ran.queries.len().min(ran.keys.len());
        let inside = |focus: Focus| focus.query().max(focus.key()).is_none_or(|last| last < tokens);
        for focus in [&mut self.hovered, &mut self.pinned] {
            if !inside(*focus) {
                *focus = Focus::Nothing;
            }
        }
        self.ran = Some(ran);
        self.problem = None;
        self.late = false;
        self.read_map();
    }

    fn read_map(&mut self) {
        self.map = self.ran.as_ref().map(|ran| Rc::new(HeadMap::read(&*ran.weights, self.layer, self.head)));
    }
}

fn has_words(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests;
