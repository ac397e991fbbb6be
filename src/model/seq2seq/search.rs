//! Greedy and beam search, the hypotheses beside each other.
//!
//! Each step takes the 2 B best continuations of the B hypotheses in order. One that ends is a result if it is among the
//! first B; the others become the hypotheses, until there are B. The search is over with B results, or at the longest
//! allowed, where the hypotheses are results as they are. `tests/reference/translation.py` is the same without a cache.

use super::plan::{LOGITS, Plan, Rows};
use super::{Config, Nowhere, Seq2Seq};
use crate::backend::Backend;
use crate::error::{Error, Result};

/// A result of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Hypothesis {
    /// Without the beginning and the end.
    pub ids: Vec<u32>,
    /// Natural logarithm of the probability that the model gives it, over the length penalty.
    pub score: f64,
    /// Whether the model ended it; else it is the longest allowed.
    pub ended: bool,
}

/// ((5 + n) / 6)^α of n tokens, the end counted (Wu et al. 2016, arXiv 1609.08144, equation 14).
pub fn length_penalty(tokens: usize, alpha: f64) -> f64 {
    ((5 + tokens) as f64 / 6.0).powf(alpha)
}

/// Natural logarithms of what the softmax of `logits` (V) gives each piece if those in `never` are left out; theirs is minus
/// infinity.
pub fn log_probabilities(logits: &[f32], never: &[u32]) -> Vec<f64> {
    let mut logs: Vec<f64> = logits.iter().map(|&logit| f64::from(logit)).collect();
    for &id in never {
        logs[id as usize] = f64::NEG_INFINITY;
    }
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum = logs.iter().map(|log| (log - largest).exp()).sum::<f64>();
    let whole = largest + sum.ln();
    logs.iter_mut().for_each(|log| *log -= whole);
    logs
}

/// The places of the `count` largest numbers, the largest first; of equal ones the first.
pub fn largest(numbers: &[f64], count: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..numbers.len()).collect();
    let order = |a: &usize, b: &usize| numbers[*b].total_cmp(&numbers[*a]).then(a.cmp(b));
    if count < places.len() {
        places.select_nth_unstable_by(count, order);
        places.truncate(count);
    }
    places.sort_unstable_by(order);
    places
}

/// One that has not ended.
struct Open {
    ids: Vec<u32>,
    log_probability: f64,
}

impl<B: Backend> Seq2Seq<B> {
    /// The results of a search for a translation of `source` that begins with `prefix`, the best first: of `beam`
    /// hypotheses, or of one that always takes the likeliest piece. What a prefix costs counts. `told` hears the pieces of the
    /// best hypothesis after each step.
    ///
    /// Errors when the source is empty or too long, the prefix leaves no room or has a piece that is never written, and
    /// when `beam` is 0.
    pub async fn search(
        &mut self,
        source: &[u32],
        prefix: &[u32],
        beam: usize,
        told: &mut dyn FnMut(&[u32]),
    ) -> Result<Vec<Hypothesis>> {
        self.check("source", source)?;
        let limit = self.config.longest(source.len());
        self.check_prefix(prefix, limit)?;
        if beam == 0 || beam > self.config.vocab_size / 2 {
            let expected = format!("a beam of 1 to {}", self.config.vocab_size / 2);
            return Err(Error::Shape { operation: "seq2seq", expected, got: beam.to_string() });
        }
        let plan = self.plan(source.len(), limit, beam);
        // The first step reads the beginning and the prefix, then each reads a piece of every hypothesis.
        let mut open = vec![Open { ids: prefix.to_vec(), log_probability: 0.0 }];
        let mut results = Vec::new();
        let mut logits = self.first_step(plan, source, prefix, &mut open[0]).await?;
        for length in prefix.len() + 1..=limit {
            let (next, parents) = self.choose(&open, &logits, beam, length, &mut results);
            if results.len() >= beam {
                break;
            }
            if let Some(best) = next.first() {
                told(&best.ids);
            }
            if length == limit {
                results.extend(next.into_iter().map(|open| self.result(open, length, false)));
                break;
            }
            let places = self.places(plan, length, open.len(), &parents).await?;
            open = next;
            logits = self.step(plan, length, &open, places).await?;
        }
        results.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(results)
    }

    fn check_prefix(&self, prefix: &[u32], limit: usize) -> Result<()> {
        let wrong = |expected: String, got: String| Err(Error::Shape { operation: "seq2seq", expected, got });
        if prefix.len() >= limit {
            return wrong(format!("a prefix of less than {limit} tokens"), prefix.len().to_string());
        }
        let Config { vocab_size, eos_id, never_written_ids, .. } = &self.config;
        let bad = |id: &&u32| **id as usize >= *vocab_size || *id == eos_id || never_written_ids.contains(id);
        match prefix.iter().find(bad) {
            Some(id) => wrong("a prefix of pieces that a search writes".to_owned(), format!("the id {id}")),
            None => Ok(()),
        }
    }

    /// The encoder, then the beginning and the prefix at once; logits (1, V) of what follows.
    async fn first_step(
        &mut self,
        plan: Plan,
        source: &[u32],
        prefix: &[u32],
        open: &mut Open,
    ) -> Result<Vec<f32>> {
        let pieces = self.config.vocab_size;
        let target: Vec<u32> = std::iter::once(self.config.bos_id).chain(prefix.iter().copied()).collect();
        let rows = Rows::of_one(0, target.len());
        self.begin(plan, rows).await?;
        self.encode(plan, source, &mut Nowhere);
        self.decode(plan, &target, rows, &mut Nowhere);
        let read = self.backend.finish(&[(LOGITS, target.len() * pieces)], &mut Nowhere).await?;
        let mut logits = read.into_iter().next().unwrap_or_default();
        for (row, &piece) in logits.chunks_exact(pieces).zip(prefix) {
            open.log_probability += log_probabilities(row, &self.config.never_written_ids)[piece as usize];
        }
        Ok(logits.split_off(prefix.len() * pieces))
    }

    /// What comes after `open`, whose next pieces have `logits` (B, V), and which of them each is a continuation of. Those
    /// that end are added to `results`.
    fn choose(
        &self,
        open: &[Open],
        logits: &[f32],
        beam: usize,
        length: usize,
        results: &mut Vec<Hypothesis>,
    ) -> (Vec<Open>, Vec<usize>) {
        let mut continuations = Vec::with_capacity(2 * beam * open.len());
        for (parent, (open, row)) in open.iter().zip(logits.chunks_exact(self.config.vocab_size)).enumerate()
        {
            let logs = log_probabilities(row, &self.config.never_written_ids);
            let best = largest(&logs, 2 * beam);
            continuations
                .extend(best.into_iter().map(|piece| (open.log_probability + logs[piece], parent, piece)));
        }
        continuations.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (mut next, mut parents) = (Vec::with_capacity(beam), Vec::with_capacity(beam));
        for (rank, &(log_probability, parent, piece)) in continuations.iter().take(2 * beam).enumerate() {
            let ids = &open[parent].ids;
            if piece == self.config.eos_id as usize {
                if rank < beam {
                    results.push(self.result(Open { ids: ids.clone(), log_probability }, length, true));
                }
            } else if next.len() < beam {
                let ids = ids.iter().copied().chain([piece as u32]).collect();
                next.push(Open { ids, log_probability });
                parents.push(parent);
            }
        }
        (next, parents)
    }

    fn result(&self, Open { ids, log_probability }: Open, length: usize, ended: bool) -> Hypothesis {
        Hypothesis { ids, score: log_probability / length_penalty(length, self.config.length_penalty), ended }
    }

    /// Each layer's keys and values (length, B, 2D) of those that `parents` name, of (length, `before`, 2D); nothing where
    /// they lie as they should.
    async fn places(
        &mut self,
        plan: Plan,
        length: usize,
        before: usize,
        parents: &[usize],
    ) -> Result<Vec<Vec<f32>>> {
        if parents.iter().copied().eq(0..before) {
            return Ok(Vec::new());
        }
        let row = 2 * self.config.d_model;
        self.begin(plan, Rows::of_each(length, before)).await?;
        let layers = 0..self.config.decoder_layers;
        let slots: Vec<_> = layers.map(|layer| (plan.own(layer), length * before * row)).collect();
        let read = self.backend.finish(&slots, &mut Nowhere).await?;
        let follow = |rows: &[f32]| {
            parents.iter().flat_map(|&parent| rows[parent * row..][..row].to_vec()).collect::<Vec<_>>()
        };
        Ok(read.iter().map(|layer| layer.chunks_exact(before * row).flat_map(follow).collect()).collect())
    }

    /// Reads the last piece of each hypothesis, which is token `length` of the target; logits (B, V) of what follows. What
    /// is in `places` goes to the layers' slots first.
    async fn step(
        &mut self,
        plan: Plan,
        length: usize,
        open: &[Open],
        places: Vec<Vec<f32>>,
    ) -> Result<Vec<f32>> {
        let rows = Rows::of_each(length, open.len());
        let tokens: Vec<u32> = open.iter().filter_map(|open| open.ids.last().copied()).collect();
        self.begin(plan, rows).await?;
        for (layer, rows) in places.iter().enumerate() {
            self.backend.write(plan.own(layer), rows);
        }
        self.decode(plan, &tokens, rows, &mut Nowhere);
        let read =
            self.backend.finish(&[(LOGITS, rows.count * self.config.vocab_size)], &mut Nowhere).await?;
        Ok(read.into_iter().next().unwrap_or_default())
    }
}
