//! Small elements made by functions: written out by html!, each takes half a kB of the program.

use yew::{AttrValue, Callback, Html, MouseEvent, html};

/// `<tag part=part>said</tag>`.
pub fn part(tag: &'static str, part: &'static str, said: impl Into<AttrValue>) -> Html {
    element(tag, None, Some(part), None, html! { said.into() })
}

/// `<tag class=class>said</tag>`.
pub fn classed(tag: &'static str, class: &'static str, said: impl Into<AttrValue>) -> Html {
    element(tag, Some(class), None, None, html! { said.into() })
}

/// `<tag class="figure" part=part>said</tag>`.
pub fn figure(tag: &'static str, part: &'static str, said: impl Into<AttrValue>) -> Html {
    element(tag, Some("figure"), Some(part), None, html! { said.into() })
}

/// `<tag>said</tag>`.
pub fn bare(tag: &'static str, said: impl Into<AttrValue>) -> Html {
    element(tag, None, None, None, html! { said.into() })
}

/// `<tag class=class part=part data-code=code>inside</tag>`.
#[inline(never)]
pub fn element(
    tag: &'static str,
    class: Option<&'static str>,
    part: Option<&'static str>,
    code: Option<String>,
    inside: Html,
) -> Html {
    html! { <@{tag} {class} {part} data-code={code}>{ inside }</@> }
}

/// What a button may have beside its class and its part.
#[derive(Default)]
pub struct More {
    /// Its name, where what is inside of it does not say it.
    pub label: Option<String>,
    pub title: Option<String>,
    pub pressed: Option<bool>,
    pub disabled: bool,
}

/// A button, of the type that sends no form.
#[inline(never)]
pub fn button(
    class: &'static str,
    part: AttrValue,
    more: More,
    onclick: Callback<MouseEvent>,
    inside: Html,
) -> Html {
    let pressed = more.pressed.map(|pressed| if pressed { "true" } else { "false" });
    html! {
        <button type="button" {class} {part} aria-label={more.label} title={more.title} aria-pressed={pressed}
            disabled={more.disabled} {onclick}>{ inside }</button>
    }
}
