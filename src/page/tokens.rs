//! The text as the model was given it, token by token.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, FocusEvent, HtmlElement, KeyboardEvent, MouseEvent, PointerEvent};
use yew::{
    Callback, Html, NodeRef, Properties, TargetCast, classes, function_component, html, use_mut_ref,
    use_node_ref, use_state,
};

use super::pointer::LONG_PRESS;
use super::state::Action;
use super::study::Study;
use crate::filter::Unit;
use crate::four::FAST;
use crate::trace::Cut;
use crate::view::Focus;
use crate::view::figures::counted;
use crate::view::label::{Label, LabelKind};
use crate::view::words::tr_with;

#[derive(Properties, PartialEq)]
pub struct TokensProps {
    pub study: Option<Rc<Study>>,
    /// In units, as all here.
    pub focus: Focus,
    /// What a tap, a click or the keyboard chose.
    pub pinned: Focus,
    /// The words that were chosen together.
    pub chosen: Rc<[usize]>,
    pub late: bool,
    pub act: Callback<Action>,
}

/// A chip a token, or a word; pieces of a word are joined. The arrow keys walk along them; with a key held, or a long
/// press, a chip is chosen beside others.
#[function_component]
pub fn Tokens(props: &TokensProps) -> Html {
    let list = use_node_ref();
    let current = use_state(|| 0_usize);
    let Some(study) = &props.study else { return html! { <div class="tokens empty" /> } };
    let (ran, units) = (&study.ran, &study.plan.units);
    let count = units.len();
    let onkeydown = {
        let (list, current, act) = (list.clone(), *current, props.act.clone());
        let backwards = study.right_to_left;
        Callback::from(move |event: KeyboardEvent| {
            if let Some(next) = walked(&event.key(), current.min(count - 1), count, backwards) {
                event.prevent_default();
                focus_chip(&list, next);
                return;
            }
            let current = current.min(count - 1);
            match event.key().as_str() {
                " " => act.emit(Action::Choose(current)),
                "Enter" => act.emit(Action::Pin(Focus::Token(current))),
                _ => return,
            }
            event.prevent_default();
        })
    };
    let reached = {
        let current = current.clone();
        Callback::from(move |index| current.set(index))
    };
    // A finger that is on a chip, until it has been there long: then what the browser makes of it is of no interest.
    let held = use_mut_ref(|| (None::<Timeout>, false));
    let hold = {
        let (act, held) = (props.act.clone(), held.clone());
        Callback::from(move |event: PointerEvent| {
            let touched = chip_of(&event).filter(|_| event.pointer_type() == "touch");
            let timer = touched.map(|index| {
                let (act, held) = (act.clone(), held.clone());
                Timeout::new(LONG_PRESS, move || {
                    *held.borrow_mut() = (None, true);
                    act.emit(Action::Choose(index));
                })
            });
            *held.borrow_mut() = (timer, false);
        })
    };
    let release = {
        let held = held.clone();
        Callback::from(move |_: PointerEvent| held.borrow_mut().0 = None)
    };
    let oncontextmenu = {
        let held = held.clone();
        Callback::from(move |event: MouseEvent| {
            let (timer, chosen) = &*held.borrow();
            if timer.is_some() || *chosen {
                event.prevent_default();
            }
        })
    };
    let onclick = {
        let (act, pinned) = (props.act.clone(), props.pinned);
        Callback::from(move |event: MouseEvent| {
            let Some(index) = chip_of(&event).filter(|_| !std::mem::take(&mut held.borrow_mut().1)) else {
                return;
            };
            act.emit(if event.ctrl_key() || event.shift_key() || event.meta_key() {
                Action::Choose(index)
            } else if pinned == Focus::Token(index) {
                // Once more lets it go, as with cells.
                Action::Pin(Focus::Nothing)
            } else {
                Action::Pin(Focus::Token(index))
            });
        })
    };
    let units_named = if study.filters.words { counted(count, "word") } else { counted(count, "token") };
    let direction = if study.right_to_left { "rtl" } else { "ltr" };
    html! {
        <div ref={list} class={classes!("tokens", props.late.then_some("late"))} part="tokens" role="listbox"
            aria-label={tr_with("The text in {0}", &[&units_named])} aria-orientation="horizontal"
            dir={direction} {onkeydown} {onclick} {oncontextmenu} onpointerdown={hold} onpointerup={release.clone()}
            onpointercancel={release} onfocusout={props.act.reform(|_| Action::Leave)} onpointerleave={props.act.reform(|_| Action::Leave)}>
            { for units.iter().enumerate().map(|(index, unit)| named(unit.tokens.start, html! {
                <>
                    <Chip label={unit.label.clone()} {index} hidden={study.hides(index)} tabbable={index == (*current).min(count - 1)}
                        query={props.focus.query() == Some(index)} key_of={props.focus.key() == Some(index)}
                        chosen={props.chosen.contains(&index)} act={props.act.clone()}
                        reached={reached.clone()} />
                    { for ran.cuts.iter().filter(|cut| is_last(units, index, cut)).map(cut_mark) }
                </>
            })) }
        </div>
    }
}

/// A chip by the name of its first token, so that words merge without all of them being written anew.
fn named(token: usize, mut chip: Html) -> Html {
    if FAST && let Html::VList(list) = &mut chip {
        Rc::make_mut(list).key = Some(token.into());
    }
    chip
}

#[derive(Properties, PartialEq)]
struct ChipProps {
    label: Label,
    index: usize,
    tabbable: bool,
    /// Its row is picked out.
    query: bool,
    /// Its column is picked out.
    key_of: bool,
    chosen: bool,
    /// The filters leave it out.
    hidden: bool,
    act: Callback<Action>,
    /// It has the keyboard.
    reached: Callback<usize>,
}

#[function_component]
fn Chip(props: &ChipProps) -> Html {
    let ChipProps { label, index, act, .. } = props;
    let index = *index;
    let kind = match label.kind {
        LabelKind::Word => "word",
        LabelKind::Continuation => "continuation",
        LabelKind::Special => "special",
    };
    let class = classes!(
        "token",
        kind,
        props.query.then_some("query"),
        props.key_of.then_some("key"),
        props.chosen.then_some("chosen"),
        props.hidden.then_some("left-out")
    );
    let described = match label.differing_piece() {
        Some(piece) => tr_with("{0}, which the model reads as {1}", &[label.full(), piece]),
        None => label.full().to_owned(),
    };
    let titled = label.whole.is_some() || label.differing_piece().is_some();
    let hover = {
        let act = act.clone();
        Callback::from(move |event: PointerEvent| {
            // A finger does not hover; its tap is a click.
            if event.pointer_type() == "mouse" {
                act.emit(Action::Hover(Focus::Token(index)));
            }
        })
    };
    let onfocus = {
        let (act, reached) = (act.clone(), props.reached.clone());
        Callback::from(move |event: FocusEvent| {
            reached.emit(index);
            // What the keyboard reaches is as if pointed at; a pointer's click follows, and decides for itself.
            let chip = event.target_dyn_into::<HtmlElement>();
            if chip.is_some_and(|chip| chip.matches(":focus-visible").unwrap_or(true)) {
                act.emit(Action::Hover(Focus::Token(index)));
            }
        })
    };
    html! {
        <span {class} role="option" part="token" data-index={index.to_string()} data-piece={label.piece.clone()}
            aria-selected={(props.query || props.key_of || props.chosen).to_string()} aria-label={described.clone()}
            title={titled.then_some(described)} tabindex={if props.tabbable { "0" } else { "-1" }}
            onpointerenter={hover} {onfocus}>
            <bdi>{ label.text.clone() }</bdi>
        </span>
    }
}

/// The index that a key leads to from `current`, where the keys of an axis were pressed.
fn walked(key: &str, current: usize, count: usize, backwards: bool) -> Option<usize> {
    let key = match key {
        "ArrowLeft" if backwards => "ArrowRight",
        "ArrowRight" if backwards => "ArrowLeft",
        key => key,
    };
    match key {
        "ArrowRight" | "ArrowDown" => Some((current + 1).min(count - 1)),
        "ArrowLeft" | "ArrowUp" => Some(current.saturating_sub(1)),
        "Home" => Some(0),
        "End" => Some(count - 1),
        _ => None,
    }
}

/// The chip that an event is about.
fn chip_of(event: &Event) -> Option<usize> {
    let chip = event.target_dyn_into::<Element>()?.closest("[data-index]").ok()??;
    chip.get_attribute("data-index")?.parse().ok()
}

fn focus_chip(list: &NodeRef, index: usize) {
    let chip = list
        .cast::<HtmlElement>()
        .and_then(|list| list.query_selector(&format!("[data-index=\"{index}\"]")).ok().flatten());
    if let Some(chip) = chip.and_then(|chip| chip.dyn_into::<HtmlElement>().ok()) {
        let _ = chip.focus();
    }
}

/// Whether `index` is the last token read of a text that was cut.
fn is_last(units: &[Unit], index: usize, cut: &Cut) -> bool {
    let of_text = |unit: &Unit| unit.label.segment == cut.segment && unit.label.kind != LabelKind::Special;
    of_text(&units[index]) && !units[index + 1..].iter().any(of_text)
}

fn cut_mark(cut: &Cut) -> Html {
    html! { <span class="cut-mark" part="cut" role="presentation">{ tr_with("✂ {0} left out", &[&counted(cut.tokens, "token")]) }</span> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrow_keys_stay_inside_and_follow_the_script() {
        assert_eq!(walked("ArrowRight", 0, 3, false), Some(1));
        assert_eq!(walked("ArrowRight", 2, 3, false), Some(2));
        assert_eq!(walked("ArrowLeft", 0, 3, false), Some(0));
        assert_eq!(walked("ArrowLeft", 0, 3, true), Some(1));
        assert_eq!(walked("End", 0, 3, false), Some(2));
        assert_eq!(walked("a", 0, 3, false), None);
    }
}
