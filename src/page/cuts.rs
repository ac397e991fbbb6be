//! Where a text was cut that did not fit the model.

use yew::{Html, html};

use super::ran::Ran;
use super::state::State;
use crate::trace::Cut;
use crate::view::figures::counted;
use crate::view::graphemes::graphemes;
use crate::view::label::byte_offset;
use crate::view::words::{tr, tr_with};

/// Characters of the reader's that are shown of the text before the cut, and after it.
const BEFORE: usize = 60;
const AFTER: usize = 160;

/// The text around a cut.
pub struct Excerpt {
    /// The end of what was read.
    kept: String,
    /// The beginning of what was not.
    left: String,
    /// How many characters follow.
    more: usize,
}

impl Excerpt {
    pub fn of(cut: &Cut, texts: &[String]) -> Self {
        let text = texts.get(cut.segment).map_or("", String::as_str);
        let (read, rest) = text.split_at(byte_offset(text, cut.start));
        let (kept, left, more) = around(read, rest);
        Self { kept, left, more }
    }
}

/// How much of each text was left out, and the words around the cut.
pub fn cuts(state: &State) -> Html {
    let Some(ran) = &state.ran else { return Html::default() };
    ran.cuts.iter().zip(&ran.excerpts).map(|(cut, excerpt)| left_out(ran, cut, excerpt)).collect()
}

fn left_out(ran: &Ran, cut: &Cut, Excerpt { kept, left, more }: &Excerpt) -> Html {
    let which = match (ran.texts.len() > 1, cut.segment) {
        (false, _) => tr("the text"),
        (true, 0) => tr("the first sentence"),
        (true, _) => tr("the second sentence"),
    };
    let left_out = counted(cut.tokens, "token");
    let said = match ran.model.max_tokens {
        Some(most) => tr_with(
            "{0} reads {1} at once: from the ✂ on, {2} at the end of {3} had to be left out.",
            &[&ran.model.name, &counted(most, "token"), &left_out, &which],
        ),
        None => tr_with("From the ✂ on, {0} at the end of {1} had to be left out.", &[&left_out, &which]),
    };
    html! {
        <div class="notice" part="notice" data-code="cut">
            <p>{ said }</p>
            <p class="excerpt" dir="auto">
                { kept.clone() }
                <span class="cut-mark" role="img" aria-label={tr("cut here")}>{ " ✂ " }</span>
                <span class="left-out">
                    { left.clone() }
                    if *more > 0 { { tr_with(" … and {0} more", &[&counted(*more, "character")]) } }
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
