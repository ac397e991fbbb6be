//! What can happen to the state, and what that asks for.

use std::rc::Rc;

use super::super::examples::Example;
use super::super::extras::Ask;
use super::super::past::Texts;
use super::super::profile::Measured;
use super::super::ran::Ran;
use super::{Controls, EngineState, Habits, Problem, ThemeChoice};
use crate::filter::Filters;
use crate::lens::{HeadSet, LensSpec};
use crate::model::ModelSpec;
use crate::trace::{BackendChoice, MapKind};
use crate::view::{Direction, Focus, Scale, ViewSpec, Window};

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
    Heads(HeadSet),
    /// Choose a head beside the others, or let it go.
    ToggleHead(usize, usize),
    Lens(&'static LensSpec),
    From(usize),
    Filters(Filters),
    /// Look at the attention of this kind, where a run has several.
    Map(Option<MapKind>),
    Threshold(f32),
    Scale(Scale),
    View(&'static ViewSpec),
    Controls(Controls),
    Direction(Direction),
    Window(Window),
    Habits(Habits),
    HabitsOf {
        built_in: bool,
    },
    Theme(ThemeChoice),
    SystemDark(bool),
    /// The reader wants the page to speak it.
    ChooseLanguage(&'static str),
    /// It does, or its words could not be had.
    Language(&'static str, Option<Problem>),
    Hover(Focus),
    Pin(Focus),
    /// Choose a word beside the others, or let it go.
    Choose(usize),
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
    /// Show what was computed elsewhere.
    Open(Rc<Ran>),
    /// The reader wants to run the text that is shown.
    GoLive,
    ReadOnly(bool),
    RunFailed(Problem),
    /// The engine computed what it was asked for of a run, by its number, or could not.
    Answered(u32, Ask, Result<Vec<f32>, Problem>),
    Late,
    /// Keep texts, beginning with these; or keep none.
    History(Option<Vec<Texts>>),
    /// The text has rested: it is one of those that are kept.
    Remember,
    /// Bring back a text of those.
    Recall(usize),
    Forget,
    Linked(bool),
    /// Put the page's address on the clipboard.
    CopyLink,
    /// Something was copied, or could not be.
    Copied(bool),
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
    /// `asked` is to be asked for.
    pub ask: bool,
    /// `past` is to be kept.
    pub keep: bool,
    pub copy_link: bool,
    /// The page around is to start the engine.
    pub live: bool,
    /// The words of this language are to be had.
    pub language: Option<&'static str>,
    /// Something changed that a link carries.
    pub changed: bool,
    /// The change put a text aside that the reader may want back.
    pub replaced: bool,
    /// `problem` is new, and no one has been told.
    pub failed: bool,
}
