//! The component at the root: holds the state, applies actions, and does what they ask for.

use std::rc::Rc;

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use wasm_bindgen::JsValue;
use web_sys::{Element, HtmlElement};
use yew::{Callback, Component, Context, Html, html};

use super::attributes;
use super::client::{Addresses, Client, Job, Report, Runs, overtaken};
use super::deferred::Deferred;
use super::desk::{Change, Desk, trace_of};
use super::dom::{MediaWatch, apply_theme};
use super::events::{self, emit, error, object};
use super::export;
use super::history;
use super::maps::Maps;
use super::parts::Parts;
use super::ran::Ran;
use super::shortcuts;
use super::state::{ASKS, Action, Controls, Effects, EngineState, Problem, State};
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
    /// The newest trace in the state, until it has been rendered.
    untold: Option<Untold>,
    /// The view was chosen by its key.
    keyed: bool,
    _keys: EventListener,
    _dark: Option<MediaWatch>,
}

/// A trace that the page around hears of as soon as it is shown.
struct Untold {
    object: JsValue,
    waiter: Option<Deferred>,
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
                    self.untold = Some(Untold { object, waiter: None });
                }
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
                    return failed;
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
        if let Some(Untold { object, waiter }) = self.untold.take() {
            self.tell(ctx, events::TRACE, &object);
            if let Some(waiter) = waiter {
                waiter.resolve(&object);
            }
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

    /// Does what an action asked for. Before the start, attributes only fill the state.
    fn perform(&mut self, ctx: &Context<Self>, effects: Effects, waiter: Option<Deferred>) {
        if effects.failed
            && let Some(problem) = &self.state.problem
        {
            self.tell(ctx, events::ERROR, &error(problem));
        }
        // A program without an engine has another take its place.
        if effects.live || effects.load && self.client.is_none() {
            self.tell(ctx, events::LIVE, &JsValue::NULL);
        }
        if !ASKS || !self.started {
            return;
        }
        if (effects.run || waiter.is_some())
            && let Some(Untold { waiter: Some(waiter), .. }) = self.untold.take()
        {
            waiter.reject(&overtaken());
        }
        let text_b = || self.state.second().map(ToString::to_string);
        if ASKS && effects.copy_link {
            // What was changed last, or by attributes, may not be in the address yet.
            self.tell(ctx, events::CHANGE, &events::change(&self.state, false));
            self.tell(ctx, events::LINK, &JsValue::NULL);
            let address = gloo::utils::window().location().href().unwrap_or_default();
            export::copy_text(&address, self.act.reform(Action::Copied));
        }
        if let Some(language) = effects.language {
            self.tell(ctx, events::CHOOSE_LANGUAGE, &JsValue::from_str(language));
        }
        if ASKS && effects.keep {
            history::write(&self.state.past);
        }
        let Some(client) = self.client.as_ref().filter(|_| ASKS) else { return };
        if effects.profile {
            client.profile(self.state.text.to_string(), text_b());
        }
        if effects.ask
            && let Some(ask) = self.state.asked
        {
            let texts = self.state.ran.as_ref().map(|ran| ran.texts.clone()).unwrap_or_default();
            let mut texts = texts.into_iter();
            client.compute(self.state.run, ask, texts.next().unwrap_or_default(), texts.next());
        }
        if effects.load {
            client.load(self.state.model.id, self.state.backend);
        }
        if waiter.is_none() && effects.run && self.state.is_empty() {
            client.clear();
        } else if effects.run || waiter.is_some() {
            client.run(Job { text: self.state.text.to_string(), text_b: text_b(), waiter });
            if self.late.is_none() {
                let link = ctx.link().clone();
                self.late = Some(Timeout::new(LATE, move || link.send_message(Message::Late)));
            }
        }
    }

    /// The way to the engine.
    pub fn client(ctx: &Context<Self>) -> Box<dyn Runs> {
        Box::new(Client::new(ctx.props().addresses.clone(), ctx.link().callback(Message::Report)))
    }

    /// `el.run`.
    pub fn run_for(&mut self, ctx: &Context<Self>, text: String, text_b: Option<String>, waiter: Deferred) {
        let mut effects = self.state.apply(Action::Text(text.into()));
        effects.changed |= self.state.apply(Action::TextB(text_b.map(Into::into))).changed;
        effects.replaced = false;
        effects.run = false;
        self.start_again(ctx, false);
        self.perform(ctx, effects, Some(waiter));
        if effects.changed {
            self.tell(ctx, events::CHANGE, &events::change(&self.state, effects.replaced));
        }
    }

    /// An engine that failed is loaded anew for a caller who cannot press the button; it runs the text again, too, unless
    /// the caller has one of their own. Whether it had failed.
    fn start_again(&mut self, ctx: &Context<Self>, run: bool) -> bool {
        let failed = matches!(self.state.engine, EngineState::Failed(_));
        if failed {
            let effects = self.state.apply(Action::Start);
            self.perform(ctx, Effects { run: run && effects.run, ..effects }, None);
        }
        failed
    }

    /// Takes in what the client reports.
    pub fn report(&mut self, ctx: &Context<Self>, report: Report) {
        let action = match report {
            Report::Progress { loaded, total, cached } => {
                let detail = [
                    ("loaded", JsValue::from_f64(loaded)),
                    ("total", JsValue::from_f64(total)),
                    ("cached", JsValue::from_bool(cached)),
                ];
                self.tell(ctx, events::PROGRESS, &object(&detail));
                Action::Engine(EngineState::Loading { loaded, total, cached })
            }
            Report::Ready { backend, adapter } => {
                let detail = [
                    ("model", JsValue::from_str(self.state.model.id)),
                    ("backend", JsValue::from_str(backend.id())),
                    ("adapter", JsValue::from_str(&adapter)),
                ];
                self.tell(ctx, events::READY, &object(&detail));
                Action::Engine(EngineState::Ready { backend, adapter })
            }
            Report::Notice(notice) => Action::Notice(notice),
            Report::Traced { trace, object, waiter, typed_over } => {
                self.rest(ctx);
                match Ran::new(trace) {
                    Ok(ran) => {
                        ctx.props().desk.keep_trace(object.clone());
                        self.untold = (!typed_over).then_some(Untold { object, waiter });
                        let act = self.act.clone();
                        self.resting = Some(Timeout::new(RESTED, move || act.emit(Action::Remember)));
                        Action::Ran(Rc::new(ran))
                    }
                    Err(problem) => {
                        if let Some(waiter) = waiter {
                            waiter.reject(&problem);
                        }
                        self.failed(ctx, problem, Action::RunFailed)
                    }
                }
            }
            // The head that the reader looks for may have been found.
            Report::Computed(run, ask, answer) => return self.act(ctx, Action::Answered(run, ask, answer)),
            Report::Profiled(Ok(measured)) => Action::Profiled(Some(measured)),
            Report::Profiled(Err(problem)) => {
                self.apply(ctx, Action::Profiled(None));
                self.failed(ctx, problem, Action::RunFailed)
            }
            Report::Overtaken => return self.rest(ctx),
            Report::RunFailed(problem) => {
                self.rest(ctx);
                self.failed(ctx, problem, Action::RunFailed)
            }
            Report::Failed(problem) => {
                self.late = None;
                self.tell(ctx, events::STOPPED, &error(&problem));
                self.failed(ctx, problem, |problem| Action::Engine(EngineState::Failed(problem)))
            }
        };
        self.apply(ctx, action);
    }

    fn failed(&self, ctx: &Context<Self>, problem: Problem, action: impl Fn(Problem) -> Action) -> Action {
        self.tell(ctx, events::ERROR, &error(&problem));
        action(problem)
    }

    /// A run has ended: the clock of lateness stops, or begins anew for the text that waits.
    fn rest(&mut self, ctx: &Context<Self>) {
        let link = ctx.link().clone();
        self.late = self.is_busy().then(|| Timeout::new(LATE, move || link.send_message(Message::Late)));
    }
}
