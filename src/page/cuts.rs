//! Where a text was cut that did not fit the model.

use std::rc::Rc;

use yew::{Html, Properties, function_component, html};

use super::ran::Ran;
use crate::model::ModelSpec;
use crate::trace::Cut;
use crate::view::figures::counted;
use crate::view::graphemes::graphemes;
use crate::view::label::byte_offset;

/// Characters of the reader's that are shown of the text before the cut, and after it.
const BEFORE: usize = 60;
const AFTER: usize = 160;

#[derive(Properties, PartialEq)]
pub struct CutsProps {
    pub ran: Option<Rc<Ran>>,
    pub model: &'static ModelSpec,
}

/// How much of each text was left out, and the words around the cut.
#[function_component]
pub fn Cuts(props: &CutsProps) -> Html {
    let Some(ran) = &props.ran else { return Html::default() };
    html! { <>{ for ran.cuts.iter().map(|cut| left_out(ran, cut, props.model)) }</> }
}

fn left_out(ran: &Ran, cut: &Cut, model: &ModelSpec) -> Html {
    let which = match (ran.texts.len() > 1, cut.segment) {
        (false, _) => "the text",
        (true, 0) => "the first sentence",
        (true, _) => "the second sentence",
    };
    let (be, tokens) = (if cut.tokens == 1 { "was" } else { "were" }, counted(cut.tokens, "token"));
    let text = ran.texts.get(cut.segment).map_or("", String::as_str);
    let (read, rest) = text.split_at(byte_offset(text, cut.start));
    let (kept, left, more) = around(read, rest);
    html! {
        <div class="notice" part="notice" data-code="cut">
            <p>{ format!("{} reads {} at once: {tokens} at the end of {which} {be} left out, from the ✂ on.", model.name, counted(model.max_tokens, "token")) }</p>
            <p class="excerpt" dir="auto">
                { kept }
                <span class="cut-mark" role="img" aria-label="cut here">{ " ✂ " }</span>
                <span class="left-out">
                    { left }
                    if more > 0 { { format!(" … and {} more", counted(more, "character")) } }
                </span>
            </p>
        </div>
    }
}

/// The end of what was read, the beginning of the rest, and how many characters follow.
fn around(read: &str, rest: &str) -> (String, String, usize) {
    let read = read.trim_end();
    let before = graphemes(read);
    let kept = match before.len().checked_sub(BEFORE) {
        None | Some(0) => read.to_owned(),
        Some(from) => format!("… {}", before[from..].concat().trim_start()),
    };
    let after = graphemes(rest.trim());
    let shown = after.len().min(AFTER);
    (kept, after[..shown].concat(), after.len() - shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_around_a_cut_are_whole_characters() {
        assert_eq!(around("one two ", " three"), ("one two".into(), "three".into(), 0));
        let accented = "e\u{301}".repeat(300);
        let (kept, left, more) = around(&accented, &accented);
        assert_eq!(kept, format!("… {}", "e\u{301}".repeat(BEFORE)));
        assert_eq!((left, more), ("e\u{301}".repeat(AFTER), 300 - AFTER));
    }
}
