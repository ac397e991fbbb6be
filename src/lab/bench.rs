//! The component at the root: which experiment is on the bench, and what it gave.

mod compare;
mod view;

use std::rc::Rc;

use gloo::events::EventListener;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::CustomEvent;
use yew::{Component, Context, Html, NodeRef};

use compare::Shown;

use super::ablation::{Ablation, REPLACEMENTS};
use super::comparison::Comparison;
use super::host::{self, AttentionMapElement, Subject, Watch};
use super::noise::{KINDS, Kind, Noise};
use super::reply::{self, Texts};
use super::second::Progress;
use super::words::{replaced, words};
use crate::filter::Unit;
use crate::inspection::Inspection;
use crate::page::dom::MediaWatch;
use crate::page::events::TRACE;
use crate::page::ran::Ran;
use crate::page::state::Problem;

#[derive(Clone, PartialEq, yew::Properties)]
pub struct BenchProps {
    pub host: AttentionMapElement,
}

/// What can be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Experiment {
    Text,
    Model,
    Word,
    Noise,
    Heads,
}

pub enum Message {
    /// The element's attributes are others.
    Attributes,
    SystemDark(bool),
    /// The element shows this trace.
    Shown(JsValue),
    /// The text's words are known, as of this turn.
    Words(Result<Ran, Problem>),
    Experiment(Experiment),
    Other(String),
    Word(usize),
    Replacement(String),
    Kind(usize),
    By(usize),
    /// The experiment begins.
    Begin,
    Stop,
    /// The model to compare with, a place among [`others`](super::second::others).
    Second(usize),
    /// So much of it has been loaded.
    Loading(u32, Progress),
    Compared(u32, Experiment, Box<Result<Comparison, Problem>>),
    /// What a lens takes of one of the two sides.
    Inspected(u32, usize, Inspection, Result<Vec<f32>, Problem>),
    Disturbed(u32, Result<Vec<f32>, Problem>),
    SwitchedOff(u32, Result<Ablation, Problem>),
    Select((usize, usize)),
    /// The page speaks another language.
    Language,
}

pub struct Bench {
    subject: Subject,
    system_dark: bool,
    experiment: Experiment,
    /// The text as it was typed, and its words.
    words: Option<(Texts, usize, Rc<[Unit]>)>,
    texts: Vec<String>,
    /// The text to compare with.
    other: String,
    /// The model to compare with, by its place.
    second: usize,
    /// So much of it is there, while it is loaded.
    loading: Option<Progress>,
    /// Where it is loaded.
    loader: NodeRef,
    /// The word that is to be changed, and what into.
    chosen: Option<usize>,
    replacement: String,
    kind: Kind,
    /// A place in [`REPLACEMENTS`].
    by: usize,
    /// Counts what was begun, so that answers to what was begun before are known.
    turn: u32,
    /// The engine computes.
    busy: bool,
    problem: Option<Problem>,
    comparison: Option<Shown>,
    noise: Option<Noise>,
    ablation: Option<Ablation>,
    _attributes: Option<Watch>,
    _dark: Option<MediaWatch>,
    _shown: EventListener,
}

impl Component for Bench {
    type Message = Message;
    type Properties = BenchProps;

    fn create(ctx: &Context<Self>) -> Self {
        let (host, link) = (&ctx.props().host, ctx.link());
        let dark = MediaWatch::new("(prefers-color-scheme: dark)", link.callback(Message::SystemDark));
        let shown = link.callback(Message::Shown);
        let subject = Subject::of(host);
        if !subject.text.is_empty() {
            let (host, model, texts) = (host.clone(), subject.model.id, subject.texts());
            link.send_future(async move { Message::Words(reply::run(&host, model, &texts).await) });
        }
        Self {
            subject,
            system_dark: dark.as_ref().is_some_and(MediaWatch::matches),
            experiment: Experiment::Text,
            words: None,
            texts: Vec::new(),
            other: String::new(),
            second: 0,
            loading: None,
            loader: NodeRef::default(),
            chosen: None,
            replacement: String::new(),
            kind: Kind::Drop,
            by: 0,
            turn: 0,
            busy: false,
            problem: None,
            comparison: None,
            noise: None,
            ablation: None,
            _attributes: Watch::new(host, link.callback(|()| Message::Attributes)),
            _dark: dark,
            _shown: EventListener::new(host, TRACE, move |event| {
                if let Some(event) = event.dyn_ref::<CustomEvent>() {
                    shown.emit(event.detail());
                }
            }),
        }
    }

    fn update(&mut self, ctx: &Context<Self>, message: Message) -> bool {
        match message {
            Message::Attributes => self.follow(ctx, Subject::of(&ctx.props().host)),
            Message::SystemDark(dark) => self.system_dark = dark,
            // One that cannot be read is told of by the element itself.
            Message::Shown(trace) => reply::traced(&trace).into_iter().for_each(|ran| self.know(&ran)),
            Message::Words(Ok(ran)) => self.know(&ran),
            Message::Words(Err(problem)) => self.problem = Some(problem),
            Message::Experiment(experiment) => {
                self.experiment = experiment;
                self.problem = None;
            }
            Message::Other(other) => self.other = other,
            Message::Word(word) => {
                self.chosen = Some(word);
                self.replacement =
                    self.words().get(word).map_or_else(String::new, |unit| unit.label.full().to_owned());
            }
            Message::Replacement(replacement) => self.replacement = replacement,
            Message::Kind(kind) => self.kind = KINDS[kind.min(KINDS.len() - 1)],
            Message::By(by) => self.by = by.min(REPLACEMENTS.len() - 1),
            Message::Begin => self.begin(ctx),
            Message::Stop => {
                self.busy = false;
                self.turn += 1;
                self.noise.iter_mut().for_each(|noise| noise.running = false);
            }
            Message::Compared(turn, experiment, outcome) => {
                if let Some(comparison) = self.ended(turn, *outcome) {
                    self.comparison = Some(Shown::new(turn, experiment, comparison));
                    self.look(ctx);
                }
            }
            Message::Second(second) => self.second = second,
            Message::Loading(turn, progress) if turn == self.turn => self.loading = Some(progress),
            Message::Loading(..) => {}
            Message::Inspected(turn, side, inspection, outcome) => {
                self.inspected(ctx, turn, (side, inspection), outcome);
            }
            Message::Disturbed(turn, outcome) => {
                if let Some(divergences) = self.ended(turn, outcome)
                    && let Some(noise) = &mut self.noise
                {
                    noise.take(&divergences);
                    self.disturb(ctx);
                }
            }
            Message::SwitchedOff(turn, outcome) => {
                if let Some(ablation) = self.ended(turn, outcome) {
                    self.ablation = Some(ablation);
                }
            }
            Message::Language => {
                self.comparison.iter_mut().for_each(Shown::draw);
                self.noise.iter_mut().filter(|noise| noise.done() > 0).for_each(Noise::draw);
            }
            Message::Select((layer, head)) => host::select(&ctx.props().host, layer, head),
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        self.show(ctx.link())
    }
}

impl Bench {
    /// The element shows something else.
    fn follow(&mut self, ctx: &Context<Self>, subject: Subject) {
        if self.subject.model != subject.model {
            // Another model's numbers are not comparable, and its heads not these.
            self.turn += 1;
            self.busy = false;
            (self.comparison, self.noise, self.ablation) = (None, None, None);
            (self.second, self.loading) = (0, None);
        }
        let looked = self.subject.look();
        self.subject = subject;
        if self.subject.look() != looked {
            self.look(ctx);
        }
    }

    /// The words of the text that is shown.
    fn know(&mut self, ran: &Ran) {
        if self.texts != ran.texts {
            self.chosen = None;
        }
        self.texts.clone_from(&ran.texts);
        let mut texts = ran.texts.iter().cloned();
        let texts = (texts.next().unwrap_or_default(), texts.next());
        self.words = Some((texts, ran.map().tokens.len(), words(ran).into()));
    }

    fn words(&self) -> &[Unit] {
        self.words.as_ref().map_or(&[], |(_, _, words)| words)
    }

    /// What an answer holds, if it is one to what was begun last; what went wrong is shown.
    fn ended<T>(&mut self, turn: u32, outcome: Result<T, Problem>) -> Option<T> {
        if turn != self.turn {
            return None;
        }
        (self.busy, self.loading) = (false, None);
        outcome
            .map_err(|problem| {
                self.noise.iter_mut().for_each(|noise| noise.running = false);
                self.problem = Some(problem);
            })
            .ok()
    }

    fn begin(&mut self, ctx: &Context<Self>) {
        self.turn += 1;
        (self.busy, self.loading, self.problem) = (false, None, None);
        self.noise.iter_mut().for_each(|noise| noise.running = false);
        let (turn, host, texts) = (self.turn, ctx.props().host.clone(), self.subject.texts());
        match self.experiment {
            Experiment::Text => {
                let other = (self.other.clone(), texts.1.clone());
                self.compare(ctx, texts, other);
            }
            Experiment::Model => self.compare_models(ctx, texts),
            Experiment::Word => {
                // Of the text whose words they are, even if another is being typed.
                let Some((texts, _, words)) = &self.words else { return };
                let Some(word) = self.chosen.and_then(|at| words.get(at)) else { return };
                let other = replaced(&self.texts, word, &self.replacement);
                self.compare(ctx, texts.clone(), other);
            }
            Experiment::Noise => {
                let Some((texts, tokens, words)) = self.words.clone() else { return };
                self.noise = Some(Noise::new(texts, self.kind, words, tokens, &self.subject));
                self.disturb(ctx);
            }
            Experiment::Heads => {
                self.busy = true;
                let (heads, by) = (self.subject.switched_off(), self.by);
                let of_layer = self.subject.model.heads;
                ctx.link().send_future(async move {
                    Message::SwitchedOff(turn, Ablation::of(host, texts, heads, by, of_layer).await)
                });
            }
        }
    }

    /// Asks about the next words.
    fn disturb(&mut self, ctx: &Context<Self>) {
        let Some(noise) = &self.noise else { return };
        let Some(words) = noise.next() else { return };
        self.busy = true;
        let (turn, host) = (self.turn, ctx.props().host.clone());
        let (texts, kind) = (noise.texts.clone(), noise.kind.id());
        ctx.link().send_future(async move {
            Message::Disturbed(turn, reply::noise(&host, &texts, kind, host::pairs(words)).await)
        });
    }
}
