//! Attention with several heads and a choice of how a query and a key are compared.

use burn_tensor::activation::{softmax, tanh};
use burn_tensor::backend::Backend;
use burn_tensor::{Tensor, TensorData};
use rand::rngs::StdRng;

use super::model::{Linear, uniform};

/// How a head compares its query q with its key k, both of d numbers, before the softmax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Score {
    /// q · k (Luong et al. 2015, arXiv:1508.04025, equation 8).
    Dot,
    /// q · k / √d (Vaswani et al. 2017, arXiv:1706.03762, equation 1).
    ScaledDot,
    /// qᵀ W k, W of d x d numbers for each head (Luong et al. 2015, equation 8).
    General,
    /// vᵀ tanh(q + k), v of d numbers for each head; q and k are the products W s and U h of Bahdanau et al. 2015
    /// (arXiv:1409.0473, appendix A.1.2).
    Additive,
}

impl Score {
    pub const ALL: [Self; 4] = [Self::Dot, Self::ScaledDot, Self::General, Self::Additive];

    pub fn id(self) -> &'static str {
        match self {
            Self::Dot => "dot",
            Self::ScaledDot => "scaled-dot",
            Self::General => "general",
            Self::Additive => "additive",
        }
    }
}

/// An attention layer's weights, each `W`: tensors while it learns, and numbers before.
#[derive(Clone, Debug)]
pub struct Attention<W> {
    query: Linear<W>,
    key: Linear<W>,
    value: Linear<W>,
    output: Linear<W>,
    /// What the score needs besides, (H·d, d) for [`Score::General`], (H, d) for [`Score::Additive`].
    extra: Option<W>,
}

impl Attention<TensorData> {
    /// Random weights for `heads` heads in a model of `width` numbers.
    pub fn random(random: &mut StdRng, width: usize, heads: usize, score: Score) -> Self {
        let each = width / heads;
        let mut linear = || Linear::random(random, width, width);
        let [query, key, value, output] = [linear(), linear(), linear(), linear()];
        let bound = (3.0 / each as f32).sqrt();
        let extra = match score {
            Score::Dot | Score::ScaledDot => None,
            Score::General => Some(uniform(random, [width, each], bound)),
            Score::Additive => Some(uniform(random, [heads, each], bound)),
        };
        Self { query, key, value, output, extra }
    }
}

impl<W> Attention<W> {
    /// The same layer with other weights, made of each in a fixed order.
    pub fn map<U>(&self, make: &mut impl FnMut(&W) -> U) -> Attention<U> {
        Attention {
            query: self.query.map(make),
            key: self.key.map(make),
            value: self.value.map(make),
            output: self.output.map(make),
            extra: self.extra.as_ref().map(make),
        }
    }
}

impl<B: Backend> Attention<Tensor<B, 2>> {
    /// What `queries` (N, T, D) read in `keys` (N, S, D), as (N, T, D), and the weights that they read it with, (N, H, T, S).
    /// `mask`, which is added to the scores, fits (N, H, T, S); it hides a key where it is very negative.
    pub fn forward(
        &self,
        queries: Tensor<B, 3>,
        keys: Tensor<B, 3>,
        mask: Tensor<B, 4>,
        heads: usize,
        score: Score,
    ) -> (Tensor<B, 3>, Tensor<B, 4>) {
        let [texts, rows, width] = queries.dims();
        let query = split(self.query.forward(queries), heads); // (N, H, T, d)
        let key = split(self.key.forward(keys.clone()), heads); // (N, H, S, d)
        let value = split(self.value.forward(keys), heads); // (N, H, S, d)
        let weights = softmax(scores(query, key, self.extra.clone(), score) + mask, 3); // (N, H, T, S)
        let read = weights.clone().matmul(value).swap_dims(1, 2).reshape([texts, rows, width]); // (N, T, D)
        (self.output.forward(read), weights)
    }
}

/// (N, T, D) as (N, H, T, d).
fn split<B: Backend>(tensor: Tensor<B, 3>, heads: usize) -> Tensor<B, 4> {
    let [texts, rows, width] = tensor.dims();
    tensor.reshape([texts, rows, heads, width / heads]).swap_dims(1, 2)
}

/// The scores (N, H, T, S) of queries (N, H, T, d) and keys (N, H, S, d).
fn scores<B: Backend>(
    query: Tensor<B, 4>,
    key: Tensor<B, 4>,
    extra: Option<Tensor<B, 2>>,
    score: Score,
) -> Tensor<B, 4> {
    let [texts, heads, rows, each] = query.dims();
    let columns = key.dims()[2];
    match (score, extra) {
        (Score::General, Some(matrix)) => {
            query.matmul(matrix.reshape([1, heads, each, each])).matmul(key.swap_dims(2, 3))
        }
        (Score::Additive, Some(vector)) => {
            let query = query.reshape([texts, heads, rows, 1, each]);
            let key = key.reshape([texts, heads, 1, columns, each]);
            let vector = vector.reshape([1, heads, 1, 1, each]);
            (tanh(query + key) * vector).sum_dim(4).reshape([texts, heads, rows, columns])
        }
        (Score::ScaledDot, _) => query.matmul(key.swap_dims(2, 3)) / (each as f64).sqrt(),
        _ => query.matmul(key.swap_dims(2, 3)),
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};

    use super::*;
    use crate::trainer::Plain;

    const HEADS: usize = 2;
    const EACH: usize = 3;

    /// Against the formulas, a number at a time.
    #[test]
    fn each_score_is_its_formula() {
        let random = &mut StdRng::seed_from_u64(3);
        let mut numbers =
            |count: usize| -> Vec<f64> { (0..count).map(|_| random.random_range(-1.0..1.0)).collect() };
        let (rows, columns) = (2, 4);
        let (query, key) = (numbers(HEADS * rows * EACH), numbers(HEADS * columns * EACH));
        let (matrix, vector) = (numbers(HEADS * EACH * EACH), numbers(HEADS * EACH));
        let tensor = |data: &[f64], rows: usize| {
            let data = TensorData::new(data.to_vec(), [1, HEADS, rows, EACH]);
            Tensor::<Plain<f64>, 4>::from_data(data, &Default::default())
        };
        for score in Score::ALL {
            let extra = match score {
                Score::General => Some(TensorData::new(matrix.clone(), [HEADS * EACH, EACH])),
                Score::Additive => Some(TensorData::new(vector.clone(), [HEADS, EACH])),
                _ => None,
            };
            let extra = extra.map(|data| Tensor::from_data(data, &Default::default()));
            let got = scores(tensor(&query, rows), tensor(&key, columns), extra, score).into_data();
            for (index, got) in got.to_vec::<f64>().unwrap().into_iter().enumerate() {
                let [head, row, column] = [index / (rows * columns), index / columns % rows, index % columns];
                let q = |at: usize| query[(head * rows + row) * EACH + at];
                let k = |at: usize| key[(head * columns + column) * EACH + at];
                let over = |of: &dyn Fn(usize) -> f64| (0..EACH).map(of).sum::<f64>();
                let dot = over(&|at| q(at) * k(at));
                let expected = match score {
                    Score::Dot => dot,
                    Score::ScaledDot => dot / (EACH as f64).sqrt(),
                    Score::General => {
                        over(&|a| over(&|b| q(a) * matrix[(head * EACH + a) * EACH + b] * k(b)))
                    }
                    Score::Additive => over(&|at| vector[head * EACH + at] * (q(at) + k(at)).tanh()),
                };
                assert!((got - expected).abs() < 1e-12, "{score:?} {head} {row} {column}: {got} {expected}");
            }
        }
    }
}
