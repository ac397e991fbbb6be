//! What is compared, seen as the element sees it.

use web_sys::Element;
use yew::Context;

use super::{Bench, Experiment, Message};
use crate::inspection::Inspection;
use crate::lab::comparison::{Compared, Comparison};
use crate::lab::reply::{self, Texts};
use crate::lab::second::{self, others};
use crate::page::state::Problem;

/// A comparison on the bench.
pub struct Shown {
    /// When it was begun.
    turn: u32,
    pub experiment: Experiment,
    pub comparison: Comparison,
    /// None until all that the lens takes is there; then what was seen last.
    pub compared: Option<Compared>,
    /// The engine computes what the lens takes.
    pub asking: bool,
}

impl Shown {
    pub fn new(turn: u32, experiment: Experiment, comparison: Comparison) -> Self {
        Self { turn, experiment, comparison, compared: None, asking: false }
    }

    /// Makes the pictures anew, with what is written in them.
    pub fn draw(&mut self) {
        self.compared = self.compared.take().map(|compared| self.comparison.look_at(&compared.look));
    }
}

impl Bench {
    pub(super) fn compare(&mut self, ctx: &Context<Self>, texts: Texts, other: Texts) {
        self.busy = true;
        let (turn, experiment, host) = (self.turn, self.experiment, ctx.props().host.clone());
        let model = self.subject.model;
        ctx.link().send_future(async move {
            let compared = Comparison::of_texts(host, model, texts, other).await;
            Message::Compared(turn, experiment, Box::new(compared))
        });
    }

    pub(super) fn compare_models(&mut self, ctx: &Context<Self>, texts: Texts) {
        let model = self.subject.model;
        let (Some(other), Some(place)) = (others(model).nth(self.second), self.loader.cast::<Element>())
        else {
            return;
        };
        self.busy = true;
        let (turn, experiment, host) = (self.turn, self.experiment, ctx.props().host.clone());
        let progress = ctx.link().callback(move |progress| Message::Loading(turn, progress));
        ctx.link().send_future(async move {
            let compared = match second::load(&host, &place, other, progress).await {
                Ok(()) => Comparison::of_models(host, [model, other], texts).await,
                Err(problem) => Err(problem),
            };
            Message::Compared(turn, experiment, Box::new(compared))
        });
    }

    /// Shows the comparison through the element's lens, or has the engine compute what is missing.
    pub(super) fn look(&mut self, ctx: &Context<Self>) {
        let look = self.subject.look();
        let Some(shown) = self.comparison.as_mut().filter(|shown| !shown.asking) else { return };
        let Some((at, inspection)) = shown.comparison.missing(&look) else {
            shown.compared = Some(shown.comparison.look_at(&look));
            return;
        };
        shown.asking = true;
        let (turn, host) = (shown.turn, ctx.props().host.clone());
        let side = shown.comparison.side(at);
        let (model, texts) = (side.model.id, side.texts.clone());
        ctx.link().send_future(async move {
            let values = reply::inspect(&host, model, &texts, inspection).await;
            Message::Inspected(turn, at, inspection, values)
        });
    }

    /// Takes in what was missing.
    pub(super) fn inspected(
        &mut self,
        ctx: &Context<Self>,
        turn: u32,
        (at, inspection): (usize, Inspection),
        outcome: Result<Vec<f32>, Problem>,
    ) {
        let Some(shown) = self.comparison.as_mut().filter(|shown| shown.turn == turn) else { return };
        shown.asking = false;
        let taken = outcome.and_then(|values| {
            let taken = shown.comparison.take(at, inspection, values);
            taken.then_some(()).ok_or_else(|| {
                Problem::new("protocol", "the engine sent another number of values than it was asked for")
            })
        });
        match taken {
            Ok(()) => self.look(ctx),
            Err(problem) => self.problem = Some(problem),
        }
    }
}
