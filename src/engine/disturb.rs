//! How far attention moves when heads are switched off, or words are changed. Always on the CPU.
//!
//! A map's movement is the mean, over the queries that both passes have, of the Jensen-Shannon divergence between the
//! query's two rows, in bits from 0 to 1; special tokens are queries, too. Both passes are taken layer by layer, so that no
//! more than one layer's maps are ever held.

use super::inspect::Inspected;
use super::{Engine, trace};
use crate::alignment::Alignment;
use crate::backend::Sink;
use crate::cpu::{self, CpuBackend};
use crate::error::{Error, Result};
use crate::information::movements;
use crate::inspection::{Noise, Replacement};
use crate::model::bert::{Bert, cosine_distance};
use crate::tokenizer::Encoded;
use crate::trace::{Backend, Trace};

/// A run with heads switched off.
#[derive(Clone, Debug, PartialEq)]
pub struct Ablated<W> {
    pub trace: Trace<W>,
    /// Between the sentence's embeddings, the means of the last layer's output over all tokens, before and after.
    pub cosine: f64,
    /// (L, H), how far each head's map moved.
    pub divergences: Vec<f32>,
}

/// A text after a change.
struct Variant {
    ids: Vec<u32>,
    type_ids: Vec<u32>,
    alignment: Alignment,
}

impl Engine {
    /// Runs a loaded model over a text or a pair with the outputs of `heads`, (layer, head), replaced. The means over the
    /// built-in sentences are made first where they are needed and [`Engine::built_in_contexts`] has not made them.
    /// Errors when there is no such head. `now` and `make_weights` are as in [`Engine::run`].
    #[expect(clippy::too_many_arguments, reason = "those of a run, and what is switched off")]
    pub async fn ablate<W: Sink>(
        &mut self,
        id: &str,
        text: &str,
        text_b: Option<&str>,
        heads: &[(usize, usize)],
        to: Replacement,
        now: impl Fn() -> f64,
        make_weights: impl Fn(usize) -> W,
    ) -> Result<Ablated<W>> {
        let started = now();
        if to == Replacement::Mean {
            self.built_in_contexts(id, &now, f64::INFINITY).await?;
        }
        let (loaded, inspected) = self.look_into(id, text, text_b).await?;
        let spec = loaded.spec;
        if let Some(head) = heads.iter().find(|head| head.0 >= spec.layers || head.1 >= spec.heads) {
            return Err(Error::Shape {
                operation: "ablate",
                expected: format!("layers below {} and heads below {}", spec.layers, spec.heads),
                got: format!("layer {}, head {}", head.0, head.1),
            });
        }
        let means = loaded.built_in.mean_contexts();
        let bert = loaded.on_cpu()?;
        let tokens = inspected.encoded.ids.len();
        let same = Alignment::new((0..tokens).map(|at| (at, at)).collect(), 0..tokens, 0..tokens);
        let mut weights = make_weights(spec.layers * spec.heads * tokens * tokens);
        let mut divergences = Vec::with_capacity(spec.layers * spec.heads);
        let mut hidden = inspected.hidden[0].clone();
        let mut changed = false;
        for (layer, means) in means.iter().enumerate() {
            let mut after = Vec::new();
            let mut context = bert.attend(layer, &hidden, &mut after).await?.context; // (T, D)
            weights.write(layer * after.len(), &after);
            if changed {
                let mut before = Vec::new();
                bert.attend(layer, &inspected.hidden[layer], &mut before).await?;
                divergences.extend(movements(&before, &after, spec.heads, &same));
            } else {
                divergences.extend(std::iter::repeat_n(0.0, spec.heads));
            }
            for &(_, head) in heads.iter().filter(|head| head.0 == layer) {
                let width = means.len() / spec.heads;
                for row in context.chunks_exact_mut(means.len()) {
                    let row = &mut row[head * width..][..width];
                    match to {
                        Replacement::Zero => row.fill(0.0),
                        Replacement::Mean => row.copy_from_slice(&means[head * width..][..width]),
                    }
                }
                changed = true;
            }
            hidden = bert.transform(layer, &hidden, &context).await?; // (T, D)
        }
        let embedding = |hidden: &[f32]| mean_rows(hidden, tokens);
        let cosine = 1.0 - cosine_distance(&embedding(&inspected.hidden[spec.layers]), &embedding(&hidden));
        let (encoded, cpu) = (inspected.encoded.clone(), (Backend::Cpu, cpu::name().to_owned()));
        let trace = trace(spec, cpu, [Some(text), text_b], encoded, weights, now() - started);
        Ok(Ablated { trace, cosine, divergences })
    }

    /// How far each head's map moves from a text or a pair to another, (L, H), and how many tokens the two have in common.
    ///
    /// Tokens are aligned by a diff ([`Alignment::of`]); rows are those of aligned queries, over the aligned keys and one
    /// more that has the weight of all other keys of its text.
    pub async fn sensitivity(
        &mut self,
        id: &str,
        text: &str,
        text_b: Option<&str>,
        other: &str,
        other_b: Option<&str>,
    ) -> Result<(usize, Vec<f32>)> {
        let (loaded, inspected) = self.look_into(id, text, text_b).await?;
        let Encoded { ids, type_ids, tokens, .. } =
            loaded.tokenizer.encode(other, other_b, loaded.spec.max_tokens)?;
        let alignment = Alignment::of(&inspected.encoded.tokens, &tokens);
        let aligned = alignment.pairs.len();
        let variant = Variant { ids, type_ids, alignment };
        let heads = loaded.spec.heads;
        Ok((aligned, moved(loaded.on_cpu()?, inspected, &[variant], heads).await?))
    }

    /// How far each head's map moves when a word of a text or a pair is disturbed, (words, L, H), and how many tokens the
    /// model reads. `words` are ranges of tokens, [from, to), in their order; for [`Noise::Swap`] there is one result less
    /// than words, as the last one has no next.
    ///
    /// Rows are compared as for [`Engine::sensitivity`], but every token is aligned with itself wherever it moves. The
    /// tokens of what is left are not made anew, and none comes in from a text that was cut. Errors when a word is empty,
    /// not there or a special token, or the words are out of order.
    pub async fn noise(
        &mut self,
        id: &str,
        text: &str,
        text_b: Option<&str>,
        noise: Noise,
        words: &[[usize; 2]],
    ) -> Result<(usize, Vec<f32>)> {
        let (loaded, inspected) = self.look_into(id, text, text_b).await?;
        check(words, &inspected.encoded)?;
        let encoded = &inspected.encoded;
        let variants: Vec<Variant> = match noise {
            Noise::Drop => words.iter().map(|&word| dropped(encoded, word)).collect(),
            Noise::Swap => words.windows(2).map(|words| swapped(encoded, words[0], words[1])).collect(),
        };
        let (tokens, heads) = (encoded.ids.len(), loaded.spec.heads);
        Ok((tokens, moved(loaded.on_cpu()?, inspected, &variants, heads).await?))
    }
}

/// (variants, L, H).
async fn moved(
    bert: &mut Bert<CpuBackend>,
    inspected: &Inspected,
    variants: &[Variant],
    heads: usize,
) -> Result<Vec<f32>> {
    let layers = inspected.hidden.len() - 1;
    let mut states = Vec::with_capacity(variants.len());
    for variant in variants {
        states.push(bert.embed(&variant.ids, &variant.type_ids).await?); // (T, D)
    }
    let mut divergences = vec![0.0; variants.len() * layers * heads];
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for layer in 0..layers {
        bert.attend(layer, &inspected.hidden[layer], &mut before).await?;
        for (at, (variant, state)) in variants.iter().zip(&mut states).enumerate() {
            after.clear();
            let context = bert.attend(layer, state, &mut after).await?.context;
            let out = &mut divergences[(at * layers + layer) * heads..][..heads];
            out.copy_from_slice(&movements(&before, &after, heads, &variant.alignment));
            if layer + 1 < layers {
                *state = bert.transform(layer, state, &context).await?;
            }
        }
    }
    Ok(divergences)
}

/// Without the tokens of `word`.
fn dropped(encoded: &Encoded, [from, to]: [usize; 2]) -> Variant {
    let tokens = encoded.ids.len();
    let kept = (0..from).chain(to..tokens);
    let of = |all: &[u32]| kept.clone().map(|at| all[at]).collect();
    let pairs = kept.clone().enumerate().map(|(after, before)| (before, after)).collect();
    let alignment = Alignment::new(pairs, 0..tokens, 0..tokens - (to - from));
    Variant { ids: of(&encoded.ids), type_ids: of(&encoded.type_ids), alignment }
}

/// With the tokens of two words in each other's place. In a pair, a word that crosses over counts to the other text.
fn swapped(encoded: &Encoded, first: [usize; 2], second: [usize; 2]) -> Variant {
    let tokens = encoded.ids.len();
    let order = (0..first[0])
        .chain(second[0]..second[1])
        .chain(first[1]..second[0])
        .chain(first[0]..first[1])
        .chain(second[1]..tokens);
    let type_of = |at: usize| {
        let crossed = if (first[0]..first[1]).contains(&at) {
            second[0]
        } else if (second[0]..second[1]).contains(&at) {
            first[0]
        } else {
            at
        };
        encoded.type_ids[crossed]
    };
    let pairs = order.clone().enumerate().map(|(after, before)| (before, after)).collect();
    Variant {
        ids: order.clone().map(|at| encoded.ids[at]).collect(),
        type_ids: order.map(type_of).collect(),
        alignment: Alignment::new(pairs, 0..tokens, 0..tokens),
    }
}

/// Errors unless the words are ranges of typed tokens, one after another.
fn check(words: &[[usize; 2]], encoded: &Encoded) -> Result<()> {
    let mut end = 0;
    for &[from, to] in words {
        let typed = encoded.tokens.get(from..to).is_some_and(|word| word.iter().all(|token| !token.special));
        if from < end || from >= to || !typed {
            return Err(Error::Shape {
                operation: "noise",
                expected: format!("words of typed tokens, from {end} to {} at most", encoded.tokens.len()),
                got: format!("a word from {from} to {to}"),
            });
        }
        end = to;
    }
    Ok(())
}

/// (D), the mean over the `rows` of (rows, D).
fn mean_rows(hidden: &[f32], rows: usize) -> Vec<f32> {
    let width = hidden.len() / rows;
    let column = |d: usize| hidden.iter().skip(d).step_by(width).map(|&x| f64::from(x)).sum::<f64>();
    (0..width).map(|d| (column(d) / rows as f64) as f32).collect()
}
