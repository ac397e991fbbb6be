//! Measures habits while a pass runs, so that no map is kept.

use super::HABITS;
use crate::backend::Sink;
use crate::information::entropy;
use crate::tokenizer::Encoded;
use crate::trace::Token;

const COUNT: usize = HABITS.len();

/// The habits of a model's heads over any number of texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Meter {
    /// (L, H, habits), over all queries that count.
    sums: Vec<[f64; COUNT]>,
    /// Queries that count, by habit.
    queries: [f64; COUNT],
}

impl Meter {
    /// Nothing measured yet of `heads` heads, all layers' together.
    pub fn new(heads: usize) -> Self {
        Self { sums: vec![[0.0; COUNT]; heads], queries: [0.0; COUNT] }
    }

    /// Takes in a text, once its pass is done.
    pub fn add(&mut self, reading: &Reading<'_>) {
        for (sum, of_text) in self.sums.iter_mut().flatten().zip(reading.sums.iter().flatten()) {
            *sum += of_text;
        }
        for (habit, queries) in self.queries.iter_mut().enumerate() {
            *queries += reading.keys.iter().flatten().filter(|keys| keys.counts(habit)).count() as f64;
        }
    }

    /// (L, H, habits).
    pub fn means(&self) -> Vec<f32> {
        let mean = |(sum, queries): (&f64, &f64)| if *queries > 0.0 { (sum / queries) as f32 } else { 0.0 };
        self.sums.iter().flat_map(|sums| sums.iter().zip(&self.queries).map(mean)).collect()
    }
}

/// What a query may look at, by habit.
struct Keys {
    /// The shares' keys, in the order of [`HABITS`].
    shares: [Vec<usize>; COUNT - 2],
}

impl Keys {
    fn counts(&self, habit: usize) -> bool {
        self.shares.get(habit).is_none_or(|keys| !keys.is_empty())
    }
}

/// The weights of one pass over one text, of which nothing is kept but the sums.
pub struct Reading<'a> {
    encoded: &'a Encoded,
    /// (T); none of a query that does not count.
    keys: Vec<Option<Keys>>,
    /// (L, H, habits).
    sums: Vec<[f64; COUNT]>,
}

impl<'a> Reading<'a> {
    /// For a pass over `encoded` of a model with `heads` heads, all layers' together.
    pub fn new(encoded: &'a Encoded, heads: usize) -> Self {
        let tokens = &encoded.tokens;
        let all = |wanted: &dyn Fn(&Token) -> bool| -> Vec<usize> {
            tokens.iter().enumerate().filter(|(_, token)| wanted(token)).map(|(at, _)| at).collect()
        };
        let cls = all(&|token| token.special && token.text == "[CLS]");
        let sep = all(&|token| token.special && token.text == "[SEP]");
        let punctuation = all(&is_punctuation);
        let of_query = |query: usize| {
            let typed = |at: Option<usize>| -> Vec<usize> {
                at.filter(|&at| tokens.get(at).is_some_and(|token| !token.special)).into_iter().collect()
            };
            let same = |at: &usize| *at != query && encoded.ids[*at] == encoded.ids[query];
            (!tokens[query].special).then(|| Keys {
                shares: [
                    typed(query.checked_sub(1)),
                    typed(Some(query + 1)),
                    vec![query],
                    cls.clone(),
                    sep.clone(),
                    punctuation.clone(),
                    (0..tokens.len()).filter(same).collect(),
                ],
            })
        };
        Self { encoded, keys: (0..tokens.len()).map(of_query).collect(), sums: vec![[0.0; COUNT]; heads] }
    }
}

impl Sink for Reading<'_> {
    fn write(&mut self, at: usize, data: &[f32]) {
        let tokens = self.encoded.ids.len();
        for (row, weights) in (at / tokens..).zip(data.chunks_exact(tokens)) {
            let (map, query) = (row / tokens, row % tokens);
            let (Some(keys), Some(sums)) = (&self.keys[query], self.sums.get_mut(map)) else { continue };
            let [shares @ .., bits, distance] = sums;
            for (sum, keys) in shares.iter_mut().zip(&keys.shares) {
                *sum += keys.iter().map(|&key| f64::from(weights[key])).sum::<f64>();
            }
            *bits += f64::from(entropy(weights));
            let far = weights.iter().enumerate().map(|(key, weight)| weight * key.abs_diff(query) as f32);
            *distance += f64::from(far.sum::<f32>());
        }
    }
}

/// Whether a piece was typed and has no letter or digit.
fn is_punctuation(token: &Token) -> bool {
    !token.special && !token.text.chars().any(char::is_alphanumeric)
}
