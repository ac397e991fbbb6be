//! Heads switched off, and what moves then.

use yew::{Callback, Html, html};

use super::host::{AttentionMapElement, pairs};
use super::moved::{MovedHead, list, ranked};
use super::reply::{self, Texts};
use crate::page::dom::decimal;
use crate::page::select::select;
use crate::page::state::Problem;
use crate::view::figures::{counted, signed};

/// What stands in for a head's output: its name in questions, and for people.
pub const REPLACEMENTS: [(&str, &str); 2] =
    [("zero", "zeros"), ("mean", "its mean over the built-in sentences")];

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
        let (cosine, divergences) = reply::ablate(&host, &texts, asked, REPLACEMENTS[by].0).await?;
        let first = heads.iter().map(|head| head.0).min().unwrap_or(0);
        let mut later = ranked(&divergences, of_layer);
        later.retain(|moved| moved.layer > first);
        Ok(Self { texts, heads, by, cosine, later })
    }

    pub fn view(&self, selected: (usize, usize), chosen: &Callback<(usize, usize)>) -> Html {
        let off = named(&self.heads);
        html! {
            <>
                <p>
                    { format!("Without {off}, replaced by {}, the sentence’s embedding has a cosine of ", REPLACEMENTS[self.by].1) }
                    <b class="figure" part="cosine" data-value={decimal(self.cosine)}>{ signed(self.cosine, 4) }</b>
                    { " with what it was. 1 is the same direction. The embedding is the last layer’s output, averaged over all tokens." }
                </p>
                if self.later.is_empty() {
                    <p part="ranking">{ "There are no later layers whose maps could move." }</p>
                } else {
                    <h3>{ "Heads of later layers by how far their maps moved" }</h3>
                    { list("ranking", &self.later, selected, chosen) }
                }
                <p class="muted">{ MEANING }</p>
            </>
        }
    }
}

/// Heads in words, the first few.
pub fn named(heads: &[(usize, usize)]) -> String {
    const NAMED: usize = 6;
    let one = |head: &(usize, usize)| format!("layer {} head {}", head.0, head.1);
    let first: Vec<String> = heads.iter().take(NAMED).map(one).collect();
    let more = heads.len().saturating_sub(NAMED);
    let first = first.join(", ");
    if more > 0 { format!("{first} and {}", counted(more, "more head")) } else { first }
}

/// The choice of what stands in.
pub fn replacements(by: usize, chosen: Callback<usize>) -> Html {
    let options = REPLACEMENTS.iter().map(|&(id, name)| (id, name.into()));
    select("Replace its output by", "replace-by", options, REPLACEMENTS[by].0, chosen)
}

const MEANING: &str = "The number is the mean Jensen–Shannon divergence of a map’s rows, in bits: 0 is the same, 1 has nothing in common. Maps of the same and of earlier layers cannot move. This is one text: a head that changes little here may change much elsewhere, and another may stand in for it, so that neither is missed alone (Michel et al. 2019).";

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
