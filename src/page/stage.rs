//! Where elements' interfaces are shown: apps of yew, each used by one element after another.
//!
//! An app never takes back the listeners on the node that it is rendered into (yew keeps them for good), nor what they hold.
//! So an app that an element leaves is kept for the next one, and there are never more apps than there were elements at a
//! time.

use std::cell::RefCell;

use web_sys::{Element, Node};
use yew::{AppHandle, Component, Context, Html, Properties, Renderer, html};

use super::root::{Root, RootProps};

/// An app's component: an element's interface, or nothing.
struct Stage;

#[derive(Clone, Default, PartialEq, Properties)]
struct StageProps {
    shown: Option<RootProps>,
    /// Counts elements, so that no interface goes on as another's.
    turn: u32,
}

impl Component for Stage {
    type Message = ();
    type Properties = StageProps;

    fn create(_: &Context<Self>) -> Self {
        Self
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let StageProps { shown, turn } = ctx.props();
        html! {
            if let Some(props) = shown {
                <Root key={*turn} ..props.clone() />
            }
        }
    }
}

struct App {
    handle: AppHandle<Stage>,
    /// What it is rendered into.
    node: Element,
    turn: u32,
}

thread_local! {
    /// Those that no element uses.
    static FREE: RefCell<Vec<App>> = const { RefCell::new(Vec::new()) };
}

/// An element's place on a stage. Dropping it takes the interface away.
pub struct Place(Option<App>);

impl Place {
    /// Shows an interface where `node` is, or in its stead.
    pub fn take(node: Element, props: RootProps) -> Self {
        let free = FREE.with_borrow_mut(Vec::pop);
        let app = match free {
            Some(mut app) => {
                app.turn = app.turn.wrapping_add(1);
                let old: &Node = &node;
                if let Some(parent) = old.parent_node() {
                    let _ = parent.replace_child(&app.node, old);
                }
                app.handle.update(StageProps { shown: Some(props), turn: app.turn });
                app
            }
            None => {
                let shown = StageProps { shown: Some(props), turn: 0 };
                let handle = Renderer::<Stage>::with_root_and_props(node.clone(), shown).render();
                App { handle, node, turn: 0 }
            }
        };
        Self(Some(app))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(mut app) = self.0.take() {
            app.node.remove();
            app.handle.update(StageProps { shown: None, turn: app.turn });
            FREE.with_borrow_mut(|free| free.push(app));
        }
    }
}
