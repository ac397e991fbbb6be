//! What of the interface a program carries. What none of its parts names is not linked, so the viewer, which paints what
//! was stored, is smaller than the program that has everything.

use yew::{Callback, Context, Html};

use super::client::{Report, Runs};
use super::composer::composer;
use super::deferred::Deferred;
use super::grid_tools::grid_tools;
use super::kernels::kernels;
use super::language::languages;
use super::lens_bar::lens_bar;
use super::root::Root;
use super::shortcuts;
use super::state::{Action, State};
use super::status::{engines, running};
use super::take_away::take_away;
use crate::shown::taken::Taken;

/// A part of the interface.
pub type Show = fn(&State, &Callback<Action>) -> Html;

/// The parts of a program.
pub struct Parts {
    pub engine: Option<EngineParts>,
    pub composer: Show,
    /// What is told of an engine that loads or runs.
    pub running: fn(&State) -> Html,
    /// The choice of what runs, and where.
    pub engines: Show,
    pub lens_bar: Show,
    pub grid_tools: Show,
    pub take_away: fn(Taken, &Callback<Action>) -> Html,
    pub kernels: Show,
    pub languages: Show,
    /// The list of keys.
    pub keys: fn() -> Html,
}

/// A program's way to the engine.
pub struct EngineParts {
    pub client: fn(&Context<Root>) -> Box<dyn Runs>,
    /// Takes in what the client reports.
    pub report: fn(&mut Root, &Context<Root>, Report),
    /// Runs a text or a pair for who waits.
    pub run: fn(&mut Root, &Context<Root>, String, Option<String>, Deferred),
}

impl PartialEq for Parts {
    /// A program has one of them.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// Everything.
pub const APP: Parts = Parts {
    engine: Some(EngineParts { client: Root::client, report: Root::report, run: Root::run_for }),
    composer,
    running,
    engines,
    lens_bar,
    grid_tools,
    take_away,
    kernels,
    languages,
    keys: shortcuts::list,
};

/// What it takes to look at a stored trace: nothing that runs, filters or saves.
pub const VIEWER: Parts = Parts {
    engine: None,
    composer: none,
    running: |_| Html::default(),
    engines: none,
    lens_bar: none,
    grid_tools: none,
    take_away: |_, _| Html::default(),
    kernels: none,
    languages: none,
    keys: Html::default,
};

fn none(_: &State, _: &Callback<Action>) -> Html {
    Html::default()
}
