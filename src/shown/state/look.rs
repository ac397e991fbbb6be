//! From a run, or an answer about one, to what is on screen.

use std::rc::Rc;

use super::super::extras::{Ask, Extras};
use super::super::ran::Ran;
use super::super::study::Study;
use super::{ASKS, EngineState, Problem, State};
use crate::lens::{LENSES, LensSpec};
use crate::view::words::tr;
use crate::view::{Focus, Maps};

/// The code of the notice that a lens takes more than a stored trace has.
const NOT_STORED: &str = "lens-not-stored";

fn not_stored(lens: &LensSpec) -> Problem {
    Problem::said(
        NOT_STORED,
        "The lens “{0}” takes more than there is here, so this is the weight of one head.",
        &[&tr(lens.name)],
    )
}

impl State {
    /// Shows what was computed elsewhere, its texts as the element's own.
    pub(super) fn open(&mut self, ran: Rc<Ran>) {
        let mut texts = ran.texts.iter().map(|text| Rc::from(&**text));
        self.text = texts.next().unwrap_or_default();
        self.text_b = texts.next();
        if let Some(model) = ran.model.known() {
            self.model = model;
        }
        if !matches!(self.engine, EngineState::Ready { .. } | EngineState::Loading { .. }) {
            self.engine = EngineState::Idle;
        }
        self.let_go();
        if let Some(&first) = ran.map().kept.as_ref().and_then(|kept| kept.heads.first())
            && !ran.has(self.layer, self.head)
        {
            (self.layer, self.head) = first;
        }
        self.study = None;
        self.show(ran);
    }

    /// Looks at the map that is asked for, of those that the run has.
    pub(super) fn turn(&mut self) {
        let Some(ran) = self.ran.clone() else { return };
        if self.kind.is_some_and(|kind| kind != ran.map().kind) {
            // Its words are others.
            self.let_go();
            self.show(ran);
        }
    }

    pub(super) fn show(&mut self, ran: Rc<Ran>) {
        let turned = self.kind.filter(|kind| *kind != ran.map().kind).and_then(|kind| ran.turned(kind));
        let ran = turned.map_or(ran, Rc::new);
        let (layers, heads) = ran.shape();
        (self.layer, self.head) = (self.layer.min(layers - 1), self.head.min(heads - 1));
        Rc::make_mut(&mut self.heads).keep_within(layers, heads);
        self.from = self.from.min(layers - 1);
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
        if !ASKS {
            return false;
        }
        // Of an older run, or of a lens that has been left since.
        if run != self.run || self.asked != Some(ask) {
            return false;
        }
        self.asked = None;
        let Some(tokens) = self.ran.as_ref().map(|ran| ran.map().tokens.len()) else { return false };
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
        let (filters, heads, from, extras) =
            (self.filters, self.heads.clone(), self.from, self.extras.clone());
        let through = |lens| Study::new(ran.clone(), lens, filters, heads.clone(), from, extras.clone());
        let mut study = through(self.lens);
        self.told.retain(|known| known.code != NOT_STORED);
        if !study.is_ready(self.layer) || !study.has(self.layer, self.head) {
            if self.can_compute() && ran.map().kept.is_none() {
                return;
            }
            // What takes more than there is gives way to what is there.
            if self.lens != &LENSES[0] {
                self.tell(not_stored(self.lens));
                study = through(&LENSES[0]);
            }
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
        if let Some(before) = &self.study {
            study.take_over(before);
        }
        self.study = Some(Rc::new(study));
        self.read_map();
    }

    pub(super) fn read_map(&mut self) {
        self.shown = (self.layer, self.head);
        let study = self.study.as_ref().filter(|study| study.has(self.layer, self.head));
        self.map = study.map(|study| Rc::new(study.map(self.layer, self.head)));
    }
}
