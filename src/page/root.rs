//! The component at the root: holds the state, applies actions, and does what they ask for.

mod perform;
mod report;

use std::rc::Rc;

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use wasm_bindgen::JsValue;
use web_sys::{Element, HtmlElement};
use yew::{Callback, Component, Context, Html, html};

use super::attributes;
use super::client::{Addresses, Client, Report, Runs};
use super::deferred::Deferred;
use super::desk::{Change, Desk, trace_of};
use super::dom::{MediaWatch, apply_theme};
use super::events::{self, emit, error};
use super::history;
use super::maps::Maps;
use super::parts::Parts;
use super::ran::Ran;
use super::shortcuts;
use super::state::{ASKS, Action, Controls, EngineState, Problem, State};
use super::status::{status, troubles};
use super::tokens::Tokens;
use crate::view::colormap::for_ground;
use crate::view::theme::Theme;

/// Milliseconds after which an older map is dimmed.
const LATE: u32 = 300;
/// Milliseconds after which a text that has been run counts as one that the reader may want back.
const RESTED: u32 = 2000;

/// Where the element stands.
#[derive(Clone, yew::Properties)]
pub struct RootProps {
    pub host: HtmlElement,
    pub frame: Element,
    pub addresses: Addresses,
    pub parts: &'static Parts,
    pub desk: Rc<Desk>,
}

/// Who wants what.
pub enum Message {
    /// The reader, whose changes are told to the page around.
    Reader(Action),
    /// A key that no control kept.
    Key(String),
    /// An attribute, or what is shown, was changed from outside: it lies on the desk.
    Changed,
    Start,
    Run {
        text: String,
        text_b: Option<String>,
        waiter: Deferred,
    },
    Ask {
        question: JsValue,
        waiter: Deferred,
    },
    /// The page around could not do what was wanted of it.
    Failed(Problem),
    Report(Report),
    SystemDark(bool),
    /// The page speaks this language from now on, or its words could not be had.
    Language(&'static str, Option<Problem>),
    Late,
}

impl PartialEq for RootProps {
    /// An element keeps its own.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.desk, &other.desk)
    }
}

pub struct Root {
    state: State,
    client: Option<Box<dyn Runs>>,
    act: Callback<Action>,
    started: bool,
    late: Option<Timeout>,
    /// Until a text has rested.
    resting: Option<Timeout>,
    /// The object of the newest trace in the state, until it has been rendered and the page around has heard of it.
    untold: Option<JsValue>,
    /// The view was chosen by its key.
    keyed: bool,
    _keys: EventListener,
    _dark: Option<MediaWatch>,
}

impl Component for Root {
    type Message = Message;
    type Properties = RootProps;

    fn create(ctx: &Context<Self>) -> Self {
        let link = ctx.link();
        ctx.props().desk.connect(link.clone());
        let watch = MediaWatch::new("(prefers-color-scheme: dark)", link.callback(Message::SystemDark));
        let system_dark = watch.as_ref().is_some_and(MediaWatch::matches);
        let key = link.callback(Message::Key);
        let keys = EventListener::new(&ctx.props().frame, "keydown", move |event| {
            if let Some(pressed) = shortcuts::pressed(event) {
                key.emit(pressed);
            }
        });
        let state = State { system_dark, ..State::default() };
        apply_theme(&ctx.props().frame, Theme::for_ground(state.is_dark()));
        Self {
            state,
            client: ctx.props().parts.engine.as_ref().map(|engine| (engine.client)(ctx)),
            act: link.callback(Message::Reader),
            started: false,
            late: None,
            resting: None,
            untold: None,
            keyed: false,
            _keys: keys,
            _dark: watch,
        }
    }

    fn update(&mut self, ctx: &Context<Self>, message: Message) -> bool {
        let dark = self.state.is_dark();
        let arrived = ASKS && self.take_arrived(ctx);
        match message {
            Message::Reader(action) => self.act(ctx, action),
            Message::Key(key) if key == shortcuts::HELP => shortcuts::open(&ctx.props().frame),
            Message::Key(key) => {
                if let Some(action) = shortcuts::action(&self.state, &key) {
                    self.keyed = matches!(action, Action::View(_));
                    self.act(ctx, action);
                }
            }
            Message::Changed => match ctx.props().desk.take() {
                Some(Change::Attribute { name, value }) => self.set(ctx, name, value.as_deref()),
                Some(Change::Open { ran, trace }) => {
                    let object = trace.unwrap_or_else(|| trace_of(&ran));
                    ctx.props().desk.keep_trace(object.clone());
                    self.apply(ctx, Action::Open(ran));
                    self.untold = Some(object);
                }
                None if arrived => {}
                None => return false,
            },
            Message::Start if ASKS => {
                self.started = true;
                self.apply(ctx, Action::Start);
            }
            Message::Start => return false,
            Message::Run { text, text_b, waiter } => {
                if let Some(engine) = ctx.props().parts.engine.as_ref().filter(|_| ASKS) {
                    (engine.run)(self, ctx, text, text_b, waiter);
                }
            }
            Message::Ask { question, waiter } => {
                // A program without an engine has another take its place before anything is asked.
                if ASKS {
                    let failed = self.start_again(ctx, true);
                    if let Some(client) = &self.client {
                        client.ask(question, waiter);
                    }
                    return failed || arrived;
                }
                drop((question, waiter));
                return false;
            }
            Message::Report(report) => {
                if let Some(engine) = ctx.props().parts.engine.as_ref().filter(|_| ASKS) {
                    (engine.report)(self, ctx, report);
                }
            }
            Message::Failed(problem)
                if !ASKS || self.state.engine == EngineState::Idle && self.client.is_none() =>
            {
                self.apply(ctx, Action::Notice(problem));
            }
            Message::Failed(problem) => self.apply(ctx, Action::Engine(EngineState::Failed(problem))),
            Message::SystemDark(dark) => self.apply(ctx, Action::SystemDark(dark)),
            Message::Language(language, problem) => self.apply(ctx, Action::Language(language, problem)),
            Message::Late => {
                self.late = None;
                if ASKS && self.is_busy() && self.state.ran.is_some() {
                    self.apply(ctx, Action::Late);
                }
            }
        }
        if self.state.is_dark() != dark {
            apply_theme(&ctx.props().frame, Theme::for_ground(!dark));
        }
        ctx.props().desk.keep(&self.state);
        true
    }

    fn rendered(&mut self, ctx: &Context<Self>, _: bool) {
        if std::mem::take(&mut self.keyed) {
            shortcuts::keep_focus(&ctx.props().frame);
        }
        if let Some(object) = self.untold.take() {
            self.tell(ctx, events::TRACE, &object);
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let state = &self.state;
        let act = &self.act;
        let theme = Theme::for_ground(state.is_dark());
        let color_map = for_ground(theme.dark);
        let parts = ctx.props().parts;
        let full = state.is_full();
        let written =
            ASKS && state.controls != Controls::None && !state.read_only && state.engine != EngineState::Idle;
        html! {
            <>
                if written {
                    { (parts.composer)(state, act) }
                }
                { status(state, parts, act) }
                { troubles(state, act) }
                <Tokens key={state.language} study={state.study.clone()} focus={state.focus()} pinned={state.pinned} chosen={state.chosen.clone()}
                    late={state.late} act={act.clone()} />
                <Maps key={state.language} state={state.clone()} {theme} {color_map} {parts} act={act.clone()} />
                if ASKS && state.developer {
                    { (parts.kernels)(state, act) }
                }
                if full {
                    { (parts.languages)(state, act) }
                }
            </>
        }
    }
}

impl Root {
    /// Dispatches an event. What listeners then ask for is what is shown.
    fn tell(&self, ctx: &Context<Self>, name: &str, detail: &JsValue) {
        ctx.props().desk.keep(&self.state);
        emit(&ctx.props().host, name, detail);
    }

    fn is_busy(&self) -> bool {
        self.client.as_ref().is_some_and(|client| client.is_busy())
    }

    /// An attribute was given a value, or taken away.
    fn set(&mut self, ctx: &Context<Self>, name: String, value: Option<&str>) {
        let parsed = match attributes::parse(&name, value, &self.state) {
            Ok(None) if ASKS && name == "history" => {
                Ok(Some(Action::History(value.map(|_| history::read()))))
            }
            parsed => parsed,
        };
        self.apply(ctx, Action::Attribute(name, parsed.as_ref().err().cloned()));
        match parsed {
            Ok(Some(action)) => self.apply(ctx, action),
            Ok(None) => {}
            Err(problem) => self.tell(ctx, events::ERROR, &error(&problem)),
        }
    }

    /// Does what the reader wants, and tells the page around of it.
    fn act(&mut self, ctx: &Context<Self>, action: Action) {
        if ASKS && matches!(action, Action::Remember) && self.state.history {
            // Another page may have kept some, or forgotten all.
            self.state.apply(Action::History(Some(history::read())));
        }
        if ASKS && matches!(action, Action::Forget) {
            self.resting = None;
        }
        let effects = self.state.apply(action);
        self.perform(ctx, effects, None);
        if effects.changed {
            // What the reader chose stands in the place of what could not be read.
            self.state.apply(Action::AttributesSettled);
            self.tell(ctx, events::CHANGE, &events::change(&self.state, effects.replaced));
        }
    }

    fn apply(&mut self, ctx: &Context<Self>, action: Action) {
        let effects = self.state.apply(action);
        self.perform(ctx, effects, None);
    }

    /// The way to the engine. Who waits for a trace gets it before it is rendered, in the turn in which it comes.
    pub fn client(ctx: &Context<Self>) -> Box<dyn Runs> {
        let RootProps { host, addresses, desk, .. } = ctx.props().clone();
        let report = Callback::from(move |report| match report {
            Report::Traced { trace, object, waiter: Some(waiter), .. } => match Ran::new(trace) {
                Ok(ran) => {
                    desk.bring(Rc::new(ran), object.clone());
                    emit(&host, events::TRACE, &object);
                    waiter.resolve(&object);
                }
                Err(problem) => {
                    waiter.reject(&problem);
                    desk.send(Message::Report(Report::RunFailed(problem)));
                }
            },
            report => desk.send(Message::Report(report)),
        });
        Box::new(Client::new(addresses, report))
    }
}
