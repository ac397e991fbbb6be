//! What of the interface a program carries. What none of its parts names is not linked, so the viewer, which paints what
//! was stored, is smaller than the program that has everything.

use yew::{Callback, Html};

use super::client::{Addresses, Client, Report, Runs};
use super::composer::composer;
use super::grid_tools::grid_tools;
use super::kernels::kernels;
use super::language::languages;
use super::lens_bar::lens_bar;
use super::state::{Action, State};
use super::take_away::{Taken, take_away};

/// A part of the interface.
pub type Show = fn(&State, &Callback<Action>) -> Html;

/// The parts of a program.
pub struct Parts {
    /// Its way to the engine.
    pub client: Option<fn(Addresses, Callback<Report>) -> Box<dyn Runs>>,
    pub composer: Show,
    pub lens_bar: Show,
    pub grid_tools: Show,
    pub take_away: fn(Taken, &Callback<Action>) -> Html,
    pub kernels: Show,
    pub languages: Show,
}

impl PartialEq for Parts {
    /// A program has one of them.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// Everything.
pub const APP: Parts = Parts {
    client: Some(|addresses, report| Box::new(Client::new(addresses, report))),
    composer,
    lens_bar,
    grid_tools,
    take_away,
    kernels,
    languages,
};

/// What it takes to look at a stored trace: nothing that runs, filters or saves.
pub const VIEWER: Parts = Parts {
    client: None,
    composer: none,
    lens_bar: none,
    grid_tools: none,
    take_away: |_, _| Html::default(),
    kernels: none,
    languages: none,
};

fn none(_: &State, _: &Callback<Action>) -> Html {
    Html::default()
}
