//! What of what is shown has to be computed yet.

use std::rc::Rc;

use super::super::extras::Ask;
use super::super::ran::Ran;
use super::{ASKS, EngineState, Habits, State};
use crate::inspection::Inspection;
use crate::lens::Needs;
use crate::trace::MapKind;
use crate::view::{Maps, Neurons, Shows};

impl State {
    /// Whether the engine can compute more of what is shown than its weights: what it can, it can of a text's attention to
    /// itself.
    pub fn can_compute(&self) -> bool {
        let here =
            |ran: &Rc<Ran>| ran.model.known() == Some(self.model) && ran.map().kind == MapKind::SelfAttention;
        self.engine != EngineState::Idle && self.ran.as_ref().is_none_or(here)
    }

    /// How far what is being computed for the lens has come, from 0 to 1; `None` where what is on screen is what was
    /// asked for.
    pub fn computing(&self) -> Option<f32> {
        if !ASKS {
            return None;
        }
        match self.asked? {
            Ask::Inspect(Inspection::ValueZeroing { layer, .. }) if !self.is_current() => {
                let tokens = self.ran.as_ref().map_or(0, |ran| ran.map().tokens.len());
                Some(self.extras.zeroing_progress(layer, tokens))
            }
            Ask::Inspect(Inspection::Values) if !self.is_current() => Some(0.0),
            Ask::Inspect(Inspection::Neuron { .. }) => Some(0.0),
            // Something else comes first.
            _ => self.wanted_by_lens().filter(|_| !self.is_current()).map(|_| 0.0),
        }
    }

    /// Whether the study is of the newest run, through the lens that was asked for.
    fn is_current(&self) -> bool {
        self.study.as_ref().zip(self.ran.as_ref()).is_some_and(|(study, ran)| {
            *study.ran == **ran && study.lens == self.lens && study.is_ready(self.layer)
        })
    }

    /// What has to be computed next for what is to be shown.
    pub(super) fn wanted(&self) -> Option<Ask> {
        if !ASKS {
            return None;
        }
        self.ran
            .as_ref()
            .filter(|_| matches!(self.engine, EngineState::Ready { .. }) && self.can_compute())?;
        let (layer, head) = (self.layer, self.head);
        let is_there = |known: &Rc<Neurons>| (known.layer, known.head) == (layer, head);
        let of_view = (self.view.shows == Shows::Neuron
            && !self.extras.neurons.as_ref().is_some_and(is_there))
        .then_some(Ask::Inspect(Inspection::Neuron { layer, head }));
        let of_grid = (self.habits != Habits::Off && self.measured_habits().is_none())
            .then_some(Ask::Habits { built_in: self.habits_built_in });
        [self.wanted_by_lens(), of_view, of_grid]
            .into_iter()
            .flatten()
            .find(|ask| !self.refused.contains(ask))
    }

    /// What the lens still needs of the newest run.
    fn wanted_by_lens(&self) -> Option<Ask> {
        let tokens = self.ran.as_ref()?.map().tokens.len();
        let ask = match self.lens.needs {
            Needs::Values if self.extras.values.is_none() => Ask::Inspect(Inspection::Values),
            Needs::Zeroing => self.extras.next_zeroing(self.layer, tokens)?,
            _ => return None,
        };
        (!self.refused.contains(&ask)).then_some(ask)
    }

    /// What each head does, where it has been asked for and measured. // (L, H, habits)
    pub fn measured_habits(&self) -> Option<&Rc<[f32]>> {
        if !ASKS {
            return None;
        }
        if self.habits_built_in {
            self.built_in.iter().find(|known| known.0 == self.model).map(|known| &known.1)
        } else {
            self.extras.habits.as_ref()
        }
    }
}
