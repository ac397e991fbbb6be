//! The one function that changes the state.

use std::rc::Rc;

use super::super::past;
use super::super::profile::Profile;
use super::super::ran::weights_taken;
use super::super::study::Study;
use super::{ASKS, Action, Effects, EngineState, Habits, NO_WORDS, Problem, State, has_words};
use crate::filter::Filters;
use crate::lens::HeadSet;
use crate::view::{Focus, Maps, Window};

impl State {
    /// Changes the state and says what else has to be done.
    pub fn apply(&mut self, action: Action) -> Effects {
        let mut effects = Effects::default();
        // What the reader doesn't do, or only points at.
        let in_passing = matches!(
            action,
            Action::Hover(_)
                | Action::HoverHead(_)
                | Action::Leave
                | Action::Late
                | Action::History(_)
                | Action::Remember
                | Action::Answered(..)
        );
        if ASKS && !in_passing {
            // Of what was copied before this.
            self.copied = None;
        }
        match action {
            Action::Text(text) => effects = self.set_texts(text, self.text_b.clone()),
            Action::TextB(text_b) => {
                let removed = text_b.is_none() && has_words(self.text_b.as_deref());
                effects = self.set_texts(self.text.clone(), text_b);
                effects.replaced = removed;
            }
            Action::Example(example) if ASKS => {
                let typed = !self.is_empty();
                effects = self.set_texts(example.text.into(), example.text_b.map(Into::into));
                effects.replaced = effects.changed && typed;
            }
            Action::Model(model) if model != self.model => {
                self.model = model;
                // A stored map keeps its own heads.
                if self.engine != EngineState::Idle {
                    let (layer, head) = (self.layer.min(model.layers - 1), self.head.min(model.heads - 1));
                    self.select(layer, head);
                    Rc::make_mut(&mut self.heads).keep_within(model.layers, model.heads);
                    self.from = self.from.min(model.layers - 1);
                }
                effects = self.run_by_another();
            }
            Action::Backend(backend) if backend != self.backend => {
                self.backend = backend;
                effects = self.run_by_another();
            }
            Action::Start if ASKS => effects = self.restart(),
            Action::Layer(layer) => effects.changed = self.select(layer, self.head),
            Action::Head(head) => effects.changed = self.select(self.layer, head),
            Action::LayerAndHead(layer, head) => effects.changed = self.select(layer, head),
            Action::Heads(heads) => effects.changed = self.choose_heads(heads),
            Action::ToggleHead(layer, head) => {
                let mut heads = (*self.heads).clone();
                heads.toggle(layer, head);
                effects.changed = self.choose_heads(heads);
            }
            Action::Lens(lens) => {
                effects.changed = lens != self.lens;
                self.lens = lens;
                self.look();
            }
            Action::From(from) => {
                effects.changed = from != self.from;
                self.from = from.min(self.shape().0 - 1);
                self.look();
            }
            Action::Filters(filters) => effects.changed = self.filter(filters),
            Action::Map(kind) => {
                effects.changed = kind != self.kind;
                self.kind = kind;
                self.turn();
            }
            Action::Threshold(threshold) => {
                effects.changed = threshold != self.threshold;
                self.threshold = threshold;
            }
            Action::Scale(scale) => {
                effects.changed = scale != self.scale;
                self.scale = scale;
            }
            Action::View(view) => {
                effects.changed = view != self.view;
                self.view = view;
            }
            Action::Controls(controls) => self.controls = controls,
            Action::Direction(direction) => self.direction = direction,
            Action::Window(window) => self.window = window,
            Action::Habits(habits) if ASKS => {
                self.habits = habits;
                self.seeking = matches!(habits, Habits::Sorted(_));
                effects.changed = self.select_foremost();
            }
            Action::HabitsOf { built_in } if ASKS => self.habits_built_in = built_in,
            Action::Theme(theme) => self.theme = theme,
            Action::SystemDark(dark) => self.system_dark = dark,
            Action::ChooseLanguage(language) => effects.language = Some(language),
            Action::Language(language, problem) => {
                self.language = language;
                self.told.retain(|known| known.code != NO_WORDS);
                self.told.extend(problem);
                // Some labels are words of the page.
                self.look();
            }
            Action::Hover(focus) => self.hovered = focus,
            // The pointer may rest elsewhere, or on what has just been let go.
            Action::Pin(focus) => {
                (self.hovered, self.pinned) = (Focus::Nothing, focus);
                self.chosen = match focus {
                    Focus::Token(unit) => [unit].into(),
                    _ => Rc::default(),
                };
            }
            Action::Choose(unit) => self.choose(unit),
            Action::HoverHead(head) => self.hovered_head = head,
            Action::Leave => (self.hovered, self.hovered_head) = (Focus::Nothing, None),
            Action::Engine(engine) if ASKS => {
                if let EngineState::Failed(_) = engine {
                    (self.profile, self.asked) = (None, None);
                }
                self.engine = engine;
            }
            Action::Notice(notice) => self.tell(notice),
            Action::Attribute(name, problem) => {
                self.misread.retain(|(known, _)| *known != name);
                self.misread.extend(problem.map(|problem| (name, problem)));
            }
            Action::AttributesSettled => self.misread.clear(),
            Action::Ran(ran) => self.show(ran),
            Action::Open(ran) => self.open(ran),
            Action::GoLive => {
                effects.live = self.can_go_live();
                if effects.live {
                    self.engine = EngineState::Starting;
                }
            }
            Action::ReadOnly(read_only) => self.read_only = read_only,
            Action::RunFailed(problem) if ASKS => {
                self.late = false;
                self.problem = Some(problem);
            }
            Action::Answered(run, ask, answer) => effects.changed = self.answered(run, ask, answer),
            Action::Late if ASKS => self.late = true,
            Action::History(past) if ASKS => {
                (self.history, self.past) = (past.is_some(), Rc::new(past.unwrap_or_default()));
            }
            Action::Remember if ASKS && self.history && !self.is_empty() => {
                let now = (self.text.to_string(), self.text_b.as_deref().map(ToOwned::to_owned));
                effects.keep = self.past.first() != Some(&now);
                self.past = Rc::new(past::with(&self.past, now));
            }
            Action::Recall(index) if ASKS => {
                if let Some((text, text_b)) = self.past.get(index).cloned() {
                    effects = self.set_texts(text.into(), text_b.map(Into::into));
                    effects.replaced = effects.changed;
                }
            }
            Action::Forget if ASKS => {
                self.past = Rc::default();
                effects.keep = true;
            }
            Action::Linked(linked) if ASKS => self.linked = linked,
            Action::CopyLink if ASKS => effects.copy_link = true,
            Action::Copied(copied) if ASKS => self.copied = Some(copied),
            Action::Developer(developer) if ASKS => self.developer = developer,
            Action::Measure if ASKS && self.can_measure() && !self.is_measuring() => {
                let mut text = format!("“{}”", self.text);
                if let Some(second) = self.second() {
                    text = text + " “" + second + "”";
                }
                self.profile = Some(Rc::new(Profile { model: self.model, text, measured: None }));
                effects.profile = true;
            }
            Action::Profiled(None) if ASKS => self.profile = None,
            Action::Profiled(measured) if ASKS => {
                if let Some(asked) = &self.profile {
                    let (model, text) = (asked.model, asked.text.clone());
                    self.profile = Some(Rc::new(Profile { model, text, measured }));
                }
            }
            Action::WeightsTaken
            | Action::Start
            | Action::Engine(_)
            | Action::RunFailed(_)
            | Action::Habits(_)
            | Action::HabitsOf { .. }
            | Action::Late
            | Action::History(_)
            | Action::Linked(_)
            | Action::CopyLink
            | Action::Copied(_)
            | Action::Developer(_)
            | Action::Remember
            | Action::Recall(_)
            | Action::Forget
            | Action::Example(_)
            | Action::Profiled(_)
            | Action::Measure
            | Action::Model(_)
            | Action::Backend(_) => {}
        }
        if self.study.as_ref().is_some_and(|study| !study.ran.map().weights.is_whole()) {
            // What is not there is not painted as a map of zeros.
            self.forget_run();
            self.problem = Some(weights_taken());
            effects.failed = true;
        }
        // One thing at a time, so that what is typed meanwhile need not wait for the next.
        if self.asked.is_none()
            && let Some(ask) = self.wanted()
        {
            self.asked = Some(ask);
            effects.ask = true;
        }
        effects
    }

    fn is_measuring(&self) -> bool {
        self.profile.as_ref().is_some_and(|profile| profile.measured.is_none())
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
        (self.ran, self.study, self.map, self.problem, self.late) = (None, None, None, None, false);
        (self.extras, self.asked) = (Rc::default(), None);
        self.refused.clear();
        self.let_go();
    }

    /// Nothing is picked out any more.
    pub(super) fn let_go(&mut self) {
        (self.hovered, self.pinned, self.chosen) = (Focus::Nothing, Focus::Nothing, Rc::default());
        self.window = Window::default();
    }

    /// What is stored stays; it would be run by another.
    fn run_by_another(&mut self) -> Effects {
        let effects = if self.engine == EngineState::Idle { Effects::default() } else { self.restart() };
        Effects { changed: true, ..effects }
    }

    fn restart(&mut self) -> Effects {
        self.engine = EngineState::Starting;
        self.problem = None;
        self.profile = None;
        self.asked = None;
        self.told.clear();
        Effects { load: true, run: true, ..Effects::default() }
    }

    pub(super) fn tell(&mut self, notice: Problem) {
        self.told.retain(|known| known.code != notice.code);
        self.told.push(notice);
    }

    /// Selects a head that the model has; another leaves the selection as it is.
    fn select(&mut self, layer: usize, head: usize) -> bool {
        let (layers, heads) = self.shape();
        if (layer, head) == (self.layer, self.head) || layer >= layers || head >= heads {
            return false;
        }
        (self.layer, self.head) = (layer, head);
        // What was looked for is not wanted any more.
        self.seeking = false;
        let shown = |study: &Rc<Study>| study.lens == self.lens && study.is_ready(layer);
        if self.study.as_ref().is_some_and(shown) {
            self.read_map();
        } else {
            self.look();
        }
        true
    }

    /// Selects the head that has the most of the habit that was asked for, once that is known.
    pub(super) fn select_foremost(&mut self) -> bool {
        if !self.seeking || self.measured_habits().is_none() {
            return false;
        }
        // The pointer still lies where another head was.
        (self.seeking, self.hovered_head) = (false, None);
        let foremost = self.head_order().first().and_then(|row| row.first().copied());
        foremost.is_some_and(|(layer, head)| self.select(layer, head))
    }

    fn choose_heads(&mut self, heads: HeadSet) -> bool {
        if heads == *self.heads {
            return false;
        }
        self.heads = Rc::new(heads);
        self.look();
        true
    }

    fn filter(&mut self, filters: Filters) -> bool {
        if filters == self.filters {
            return false;
        }
        if filters.words != self.filters.words {
            // Units are counted anew.
            self.let_go();
        }
        self.filters = filters;
        self.window = Window::default();
        self.look();
        true
    }

    fn choose(&mut self, unit: usize) {
        let mut chosen: Vec<usize> = self.chosen.iter().copied().filter(|&known| known != unit).collect();
        if chosen.len() == self.chosen.len() {
            chosen.insert(chosen.partition_point(|&known| known < unit), unit);
        }
        // What was chosen last is what single pictures show.
        self.pinned = match chosen.last() {
            Some(_) if chosen.contains(&unit) => Focus::Token(unit),
            Some(&other) => Focus::Token(other),
            None => Focus::Nothing,
        };
        self.hovered = Focus::Nothing;
        self.chosen = chosen.into();
    }
}
