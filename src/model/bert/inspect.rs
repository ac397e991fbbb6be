//! What a layer's heads would write, how much each token's value matters to each other's output, and one head's queries
//! and keys. [`crate::inspection`] has the formulas.

use super::{Attended, Bert, Config};
use crate::backend::{Backend, Inputs, Slot, SlotSize};
use crate::error::Result;
use crate::ops::scores::ScoresParams;
use crate::tensor::Matrix;
use crate::weights::Weights;

/// W_Oᵀ W_O of each layer's attention output, (L) of (D, D): block (h, h') has the inner products of what head h writes for
/// each of its K features with what head h' writes for each of its own. 8-bit weights are taken times their scales.
pub async fn output_grams<B: Backend>(
    config: &Config,
    weights: &Weights,
    backend: &mut B,
) -> Result<Vec<Vec<f32>>> {
    let d = config.hidden_size;
    let mut grams = Vec::with_capacity(config.num_hidden_layers);
    for layer in 0..config.num_hidden_layers {
        let name = format!("encoder.layer.{layer}.attention.output.dense.weight");
        let columns = transposed(&weights.matrix(&name, [d, d])?, d); // (I, O)
        grams.push(inner_products(backend, 1, d, &columns, (0, d), &columns).await?); // (D, D)
    }
    Ok(grams)
}

impl<B: Backend> Bert<B> {
    /// ⟨f_h(x_j), f_h'(x_j)⟩ of one layer, (T, H, H), from its projected `query_key_value` (T, 3D) and its
    /// `output_gram` (D, D).
    pub async fn value_grams(&mut self, query_key_value: &[f32], output_gram: &[f32]) -> Result<Vec<f32>> {
        let (d, h) = (self.config.hidden_size, self.config.num_attention_heads);
        let (k, t) = (d / h, query_key_value.len() / (3 * d));
        // Of each head and token, the inner products with all heads' features, (H, T, D).
        let values = (2 * d, 3 * d);
        let products = inner_products(&mut self.backend, h, k, query_key_value, values, output_gram).await?;
        let mut grams = vec![0.0; t * h * h];
        for (token, (gram, row)) in
            grams.chunks_exact_mut(h * h).zip(query_key_value.chunks_exact(3 * d)).enumerate()
        {
            for first in 0..h {
                let product = &products[(first * t + token) * d..][..d];
                let pairs = product.chunks_exact(k).zip(row[2 * d..].chunks_exact(k));
                for (second, (product, value)) in pairs.enumerate() {
                    gram[first * h + second] = product.iter().zip(value).map(|(a, b)| a * b).sum();
                }
            }
        }
        Ok(grams)
    }

    /// The context (T, D) of `attended` if the value of `token` were zero in all heads, whose weights are `weights`
    /// (H, T, T).
    pub fn zeroed_context(&self, attended: &Attended, weights: &[f32], token: usize) -> Vec<f32> {
        let (d, h) = (self.config.hidden_size, self.config.num_attention_heads);
        let (k, t) = (d / h, attended.context.len() / d);
        let value = &attended.query_key_value[token * 3 * d + 2 * d..][..d];
        let mut context = attended.context.clone();
        for (i, row) in context.chunks_exact_mut(d).enumerate() {
            for (head, (row, value)) in row.chunks_exact_mut(k).zip(value.chunks_exact(k)).enumerate() {
                let weight = weights[(head * t + i) * t + token];
                for (x, v) in row.iter_mut().zip(value) {
                    *x -= weight * v;
                }
            }
        }
        context
    }

    /// Row by row of two (T, D).
    pub fn cosine_distances(&self, before: &[f32], after: &[f32]) -> impl Iterator<Item = f64> {
        let d = self.config.hidden_size;
        before
            .chunks_exact(d)
            .zip(after.chunks_exact(d))
            .map(|(before, after)| cosine_distance(before, after))
    }

    /// One head's queries (T, K), then its keys (T, K).
    pub fn queries_and_keys(&self, query_key_value: &[f32], head: usize) -> Vec<f32> {
        let (d, h) = (self.config.hidden_size, self.config.num_attention_heads);
        let k = d / h;
        let part = |offset: usize| {
            query_key_value.chunks_exact(3 * d).flat_map(move |row| &row[offset + head * k..][..k])
        };
        part(0).chain(part(d)).copied().collect()
    }
}

/// 1 - a·b / (‖a‖ ‖b‖), as half the squared distance of the two at length 1: never negative, and exact where the two
/// hardly differ. Rows of zeros are 0 apart from each other and from anything else.
pub fn cosine_distance(a: &[f32], b: &[f32]) -> f64 {
    let length = |x: &[f32]| x.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
    let (a_length, b_length) = (length(a), length(b));
    if a_length == 0.0 || b_length == 0.0 {
        return 0.0;
    }
    let apart = a.iter().zip(b).map(|(&a, &b)| f64::from(a) / a_length - f64::from(b) / b_length);
    0.5 * apart.map(|x| x * x).sum::<f64>()
}

/// Head by head the inner products of `rows`, whose features begin at `offset` of every `stride` floats, with `keys`
/// (S, heads · width): (heads, T, S). They are scores without a scale, which every backend computes.
async fn inner_products<B: Backend>(
    backend: &mut B,
    heads: usize,
    width: usize,
    rows: &[f32],
    (offset, stride): (usize, usize),
    keys: &[f32],
) -> Result<Vec<f32>> {
    const ROWS: Slot = Slot(0);
    const KEYS: Slot = Slot(1);
    const PRODUCTS: Slot = Slot(2);
    let (count, key_count) = (rows.len() / stride, keys.len() / (heads * width));
    let len = heads * count * key_count;
    let slots = [rows.len(), keys.len(), len].map(|len| SlotSize { len, room: len });
    let key_mask = vec![1; key_count];
    backend.begin(&slots, Inputs { tokens: &[], key_mask: &key_mask }).await?;
    backend.write(ROWS, rows);
    backend.write(KEYS, keys);
    let params = ScoresParams {
        queries: count as u32,
        keys: key_count as u32,
        head_width: width as u32,
        query_stride: stride as u32,
        query_offset: offset as u32,
        key_stride: (heads * width) as u32,
        key_offset: 0,
        scale: 1.0,
        ..Default::default()
    };
    backend.scores(heads as u32, params, ROWS, KEYS, PRODUCTS);
    let read = backend.finish(&[(PRODUCTS, len)], &mut Vec::new()).await?;
    Ok(read.into_iter().next().unwrap_or_default())
}

/// The transpose of a matrix of `columns`, as floats.
fn transposed(matrix: &Matrix, columns: usize) -> Vec<f32> {
    let floats: Vec<f32> = match matrix {
        Matrix::F32(tensor) => tensor.data().to_vec(),
        Matrix::Q8(quantized) => {
            let blocks = quantized.values().chunks_exact(quantized.block()).zip(quantized.scales());
            blocks.flat_map(|(values, scale)| values.iter().map(|&x| f32::from(x) * scale.to_f32())).collect()
        }
    };
    (0..columns).flat_map(|column| floats.iter().skip(column).step_by(columns).copied()).collect()
}
