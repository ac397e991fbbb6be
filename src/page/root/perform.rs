//! What actions ask for besides a new picture: runs, answers, events, the clipboard, what is kept.

use gloo::timers::callback::Timeout;
use wasm_bindgen::JsValue;
use yew::Context;

use super::super::client::Job;
use super::super::deferred::Deferred;
use super::super::events::{self, error};
use super::super::state::{ASKS, Action, Effects, EngineState};
use super::super::{export, history};
use super::{LATE, Message, Root};

impl Root {
    /// Does what an action asked for. Before the start, attributes only fill the state.
    pub(super) fn perform(&mut self, ctx: &Context<Self>, effects: Effects, waiter: Option<Deferred>) {
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
    pub(super) fn start_again(&mut self, ctx: &Context<Self>, run: bool) -> bool {
        let failed = matches!(self.state.engine, EngineState::Failed(_));
        if failed {
            let effects = self.state.apply(Action::Start);
            self.perform(ctx, Effects { run: run && effects.run, ..effects }, None);
        }
        failed
    }
}
