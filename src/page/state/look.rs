//! From a run, or an answer about one, to what is on screen.

use std::rc::Rc;

use super::super::extras::{Ask, Extras};
use super::super::ran::Ran;
use super::super::study::Study;
use super::{Problem, State};
use crate::view::{Focus, Maps};

impl State {
    pub(super) fn show(&mut self, ran: Rc<Ran>) {
        self.ran = Some(ran);
        self.run += 1;
        (self.extras, self.asked) = (Rc::default(), None);
        self.refused.clear();
        self.problem = None;
        self.late = false;
        self.look();
    }

    /// Whether that changed what a link carries.
    pub(super) fn answered(&mut self, run: u32, ask: Ask, answer: Result<Vec<f32>, Problem>) -> bool {
        // Of an older run, or of a lens that has been left since.
        if run != self.run || self.asked != Some(ask) {
            return false;
        }
        self.asked = None;
        let Some(tokens) = self.ran.as_ref().map(|ran| ran.tokens.len()) else { return false };
        if let (Ask::Habits { built_in: true }, Ok(values)) = (ask, &answer) {
            self.built_in.push((self.model, values.clone().into()));
            return self.select_foremost();
        }
        let taken = answer.and_then(|values| {
            let mut extras = Extras::clone(&self.extras);
            if extras.take(ask, values, tokens) {
                self.extras = Rc::new(extras);
                Ok(())
            } else {
                Err(Problem::said(
                    "protocol",
                    "the engine's answer does not have the size that was asked for",
                    &[],
                ))
            }
        });
        match taken {
            Ok(()) => {
                self.look();
                self.select_foremost()
            }
            Err(problem) => {
                self.refused.push(ask);
                self.seeking = false;
                self.tell(problem);
                false
            }
        }
    }

    /// Puts the newest run on screen as it is to be looked at, if all is there that this takes.
    pub(super) fn look(&mut self) {
        let Some(ran) = self.ran.clone() else { return };
        let study =
            Study::new(ran, self.lens, self.filters, self.heads.clone(), self.from, self.extras.clone());
        if !study.is_ready(self.layer) {
            return;
        }
        let same_units = self.study.as_ref().is_none_or(|before| *before.ran == *study.ran);
        if !same_units {
            let units = study.plan.units.len();
            let inside = |focus: Focus| focus.query().max(focus.key()).is_none_or(|last| last < units);
            if !(inside(self.hovered) && inside(self.pinned) && self.chosen.iter().all(|&unit| unit < units))
            {
                self.let_go();
            }
        }
        self.study = Some(Rc::new(study));
        self.read_map();
    }

    pub(super) fn read_map(&mut self) {
        self.shown = (self.layer, self.head);
        self.map = self.study.as_ref().map(|study| Rc::new(study.map(self.layer, self.head)));
    }
}
