//! Heads switched off, and what moves then.

use yew::{Callback, Html, html};

use super::host::{AttentionMapElement, pairs};
use super::moved::{MovedHead, head_name, list, ranked};
use super::reply::{self, Texts};
use crate::page::dom::decimal;
use crate::page::language::tr_html;
use crate::page::select::select;
use crate::page::state::Problem;
use crate::view::figures::{counted, signed};
use crate::view::words::{listed, tr, tr_with};

/// What stands in for a head's output, as questions name it.
pub const REPLACEMENTS: [&str; 2] = ["zero", "mean"];

/// The same for people, by its place.
fn name_of(by: usize) -> String {
    if by == 0 { tr("zeros") } else { tr("its mean over the built-in sentences") }
}

/// A run with heads switched off.
pub struct Ablation {
    pub texts: Texts,
    heads: Vec<(usize, usize)>,
    /// A place in [`REPLACEMENTS`].
    by: usize,
    cosine: f64,
    /// Those of later layers, which alone can move; the furthest first.
    later: Vec<MovedHead>,
}

impl Ablation {
    pub async fn of(
        host: AttentionMapElement,
        texts: Texts,
        heads: Vec<(usize, usize)>,
        by: usize,
        of_layer: usize,
    ) -> Result<Self, Problem> {
        let asked = pairs(heads.iter().copied());
        let (cosine, divergences) = reply::ablate(&host, &texts, asked, REPLACEMENTS[by]).await?;
        let first = heads.iter().map(|head| head.0).min().unwrap_or(0);
        let mut later = ranked(&divergences, of_layer);
        later.retain(|moved| moved.layer > first);
        Ok(Self { texts, heads, by, cosine, later })
    }

    pub fn view(&self, selected: (usize, usize), chosen: &Callback<(usize, usize)>) -> Html {
        let cosine = html! {
            <b class="figure" part="cosine" data-value={decimal(self.cosine)}>{ signed(self.cosine, 4) }</b>
        };
        html! {
            <>
                <p>
                    { tr_html(
                        "Without {0}, replaced by {1}, the sentence’s embedding has a cosine of {2} with what it was. 1 is the same direction. The embedding is the last layer’s output, averaged over all tokens.",
                        &[html! { named(&self.heads) }, html! { name_of(self.by) }, cosine],
                    ) }
                </p>
                if self.later.is_empty() {
                    <p part="ranking">{ tr("There are no later layers whose maps could move.") }</p>
                } else {
                    <h3>{ tr("Heads of later layers by how far their maps moved") }</h3>
                    { list("ranking", &self.later, selected, chosen) }
                }
                <p class="muted">{ tr("The number is the mean Jensen–Shannon divergence of a map’s rows, in bits: 0 is the same, 1 has nothing in common. Maps of the same and of earlier layers cannot move. This is one text: a head that changes little here may change much elsewhere, and another may stand in for it, so that neither is missed alone (Michel et al. 2019).") }</p>
            </>
        }
    }
}

/// Heads in words, the first few.
pub fn named(heads: &[(usize, usize)]) -> String {
    const NAMED: usize = 6;
    let first: Vec<String> = heads.iter().take(NAMED).map(|&head| head_name(head)).collect();
    let more = heads.len().saturating_sub(NAMED);
    let first = listed(&first);
    if more > 0 { tr_with("{0} and {1}", &[&first, &counted(more, "more head")]) } else { first }
}

/// The choice of what stands in.
pub fn replacements(by: usize, chosen: Callback<usize>) -> Html {
    let options = REPLACEMENTS.iter().enumerate().map(|(at, &id)| (id, name_of(at).into()));
    select(tr("Replace its output by"), "replace-by", options, REPLACEMENTS[by], chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_heads_are_counted() {
        assert_eq!(named(&[(3, 7)]), "layer 3 head 7");
        let many: Vec<_> = (0..9).map(|head| (0, head)).collect();
        assert!(named(&many).ends_with("layer 0 head 5 and 3 more heads"));
    }
}
