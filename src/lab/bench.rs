//! The component at the root: which experiment is on the bench, and what it gave.

mod view;

use std::rc::Rc;

use gloo::events::EventListener;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::CustomEvent;
use yew::{Component, Context, Html};

use super::ablation::{Ablation, REPLACEMENTS};
use super::comparison::{Compared, Comparison};
use super::host::{self, AttentionMapElement, Subject, Watch};
use super::noise::{KINDS, Kind, Noise};
use super::reply::{self, Texts};
use super::words::{replaced, words};
use crate::filter::Unit;
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
    Compared(u32, Experiment, Box<Result<Comparison, Problem>>),
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
    /// Of the experiment that it belongs to.
    comparison: Option<(Experiment, Comparison, Compared)>,
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
            let (host, texts) = (host.clone(), subject.texts());
            link.send_future(async move { Message::Words(reply::run(&host, &texts).await) });
        }
        Self {
            subject,
            system_dark: dark.as_ref().is_some_and(MediaWatch::matches),
            experiment: Experiment::Text,
            words: None,
            texts: Vec::new(),
            other: String::new(),
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
            Message::Attributes => self.follow(Subject::of(&ctx.props().host)),
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
                    let compared = comparison.look_at((self.subject.layer, self.subject.head));
                    self.comparison = Some((experiment, comparison, compared));
                }
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
                if let Some((_, comparison, compared)) = &mut self.comparison {
                    *compared = comparison.look_at(compared.head);
                }
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
    fn follow(&mut self, subject: Subject) {
        let (before, head) = (&self.subject, (subject.layer, subject.head));
        if before.model != subject.model {
            // Another model's numbers are not comparable, and its heads not these.
            self.turn += 1;
            self.busy = false;
            (self.comparison, self.noise, self.ablation) = (None, None, None);
        }
        if let Some((_, comparison, compared)) = &mut self.comparison
            && compared.head != head
        {
            *compared = comparison.look_at(head);
        }
        self.subject = subject;
    }

    /// The words of the text that is shown.
    fn know(&mut self, ran: &Ran) {
        if self.texts != ran.texts {
            self.chosen = None;
        }
        self.texts.clone_from(&ran.texts);
        let mut texts = ran.texts.iter().cloned();
        let texts = (texts.next().unwrap_or_default(), texts.next());
        self.words = Some((texts, ran.tokens.len(), words(ran).into()));
    }

    fn words(&self) -> &[Unit] {
        self.words.as_ref().map_or(&[], |(_, _, words)| words)
    }

    /// What an answer holds, if it is one to what was begun last; what went wrong is shown.
    fn ended<T>(&mut self, turn: u32, outcome: Result<T, Problem>) -> Option<T> {
        if turn != self.turn {
            return None;
        }
        self.busy = false;
        outcome
            .map_err(|problem| {
                self.noise.iter_mut().for_each(|noise| noise.running = false);
                self.problem = Some(problem);
            })
            .ok()
    }

    fn begin(&mut self, ctx: &Context<Self>) {
        self.turn += 1;
        (self.busy, self.problem) = (false, None);
        self.noise.iter_mut().for_each(|noise| noise.running = false);
        let (turn, host, texts) = (self.turn, ctx.props().host.clone(), self.subject.texts());
        match self.experiment {
            Experiment::Text => {
                let other = (self.other.clone(), texts.1.clone());
                self.compare(ctx, texts, other);
            }
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

    fn compare(&mut self, ctx: &Context<Self>, texts: Texts, other: Texts) {
        self.busy = true;
        let (turn, experiment, host) = (self.turn, self.experiment, ctx.props().host.clone());
        ctx.link().send_future(async move {
            Message::Compared(turn, experiment, Box::new(Comparison::of(host, texts, other).await))
        });
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
