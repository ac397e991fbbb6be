//! Where a text was cut that did not fit the model.

use yew::{Html, html};

use crate::shown::excerpt::Excerpt;
use crate::shown::ran::Ran;
use crate::shown::state::State;
use crate::trace::Cut;
use crate::view::figures::counted;
use crate::view::words::{tr, tr_with};

/// How much of each text was left out, and the words around the cut.
pub fn cuts(state: &State) -> Html {
    let Some(ran) = &state.ran else { return Html::default() };
    ran.cuts.iter().zip(&*ran.excerpts).map(|(cut, excerpt)| left_out(ran, cut, excerpt)).collect()
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
