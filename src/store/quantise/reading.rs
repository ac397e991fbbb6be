//! What a model's weights meet while it reads the built-in sentences.
//!
//! A forward pass of its own, of plain arithmetic, so that the rounded weights don't change with the engine's kernels,
//! and are the same on every machine. Shape letters as in ARCHITECTURE.md; T are the tokens of all windows together.

use std::ops::Range;

use anyhow::{Context, Result, ensure};
use safetensors::SafeTensors;
use serde::Deserialize;

use super::functions::{gelu, softmax};
use super::product::{Floats, Rows, share_out, transposed};
use super::tensors::{matrix, vector};
use crate::habits::SENTENCES;
use crate::tokenizer::Tokenizer;

/// Rows of a product that a thread takes at once.
const ROWS: usize = 32;

/// Of config.json what the weights' shapes don't say.
#[derive(Debug, Deserialize)]
struct Config {
    num_attention_heads: usize,
    layer_norm_eps: f64,
}

/// A pass, layer by layer.
pub struct Reading<'a> {
    weights: &'a SafeTensors<'a>,
    config: Config,
    width: usize, // D
    /// The tokens of each window.
    windows: Vec<Range<usize>>,
    hidden: Vec<f32>, // (T, D)
}

/// What the dense layers of a layer read.
pub struct Inputs {
    pub attention: Vec<f32>, // (T, D), of query, key and value
    /// What keys and queries meet, (T, D); the keys are [centred](Reading::centre_windows).
    pub query: Vec<f32>,
    pub key: Vec<f32>,
    pub attention_output: Vec<f32>, // (T, D)
    pub intermediate: Vec<f32>,     // (T, D)
    pub output: Vec<f32>,           // (T, F)
}

impl<'a> Reading<'a> {
    /// Of the built-in sentences, in windows as long as the model reads.
    pub fn begin(weights: &'a SafeTensors<'a>, tokenizer: &[u8], config: &[u8]) -> Result<Self> {
        let config: Config = serde_json::from_slice(config).context("config.json")?;
        let words = matrix(weights, "embeddings.word_embeddings.weight")?;
        let positions = matrix(weights, "embeddings.position_embeddings.weight")?;
        let types = matrix(weights, "embeddings.token_type_embeddings.weight")?;
        let width = words.columns;
        ensure!(
            positions.columns == width && types.columns == width && types.rows > 0,
            "the embeddings are not all of one width"
        );
        let heads = config.num_attention_heads;
        ensure!(
            heads > 0 && width.is_multiple_of(heads),
            "config.json: {heads} heads don't share out {width}"
        );
        let ids = Tokenizer::from_json(tokenizer)?.encode(SENTENCES, None, usize::MAX)?.ids;
        let room = positions.rows.saturating_sub(2);
        let [first, typed @ .., last] = &ids[..] else { anyhow::bail!("tokenizer.json gives no tokens") };
        ensure!(room > 0, "there is no room for a token in {} positions", positions.rows);

        let mut reading = Self { weights, config, width, windows: Vec::new(), hidden: Vec::new() };
        for typed in typed.chunks(room) {
            let start = reading.hidden.len() / width;
            for (position, &id) in [first].into_iter().chain(typed).chain([last]).enumerate() {
                let id = id as usize;
                ensure!(
                    id < words.rows,
                    "tokenizer.json gives the id {id}, expected one below {}",
                    words.rows
                );
                let parts = words.row(id).iter().zip(positions.row(position)).zip(types.row(0));
                reading.hidden.extend(parts.map(|((word, position), kind)| word + position + kind));
            }
            reading.windows.push(start..reading.hidden.len() / width);
        }
        let mut hidden = std::mem::take(&mut reading.hidden);
        reading.normalise("embeddings.LayerNorm", &mut hidden)?;
        reading.hidden = hidden;
        Ok(reading)
    }

    /// T.
    pub fn tokens(&self) -> usize {
        self.windows.last().map_or(0, |window| window.end)
    }

    /// L.
    pub fn layers(&self) -> usize {
        (0..)
            .take_while(|layer| {
                self.weights.tensor(&format!("encoder.layer.{layer}.output.dense.weight")).is_ok()
            })
            .count()
    }

    /// How far the scores of the first layer move with an embedding, over the layer norm's own weights: (D, D).
    /// Call it before any layer.
    pub fn of_embeddings(&self) -> Result<Vec<f64>> {
        let d = self.width;
        let [query, key] = ["query", "key"]
            .map(|part| self.to_width(&format!("encoder.layer.0.attention.self.{part}"), &self.hidden));
        let (query, mut key) = (query?, key?);
        self.centre_windows(&mut key);
        let head_width = d / self.config.num_attention_heads;
        let mut total = vec![0.0; d * d];
        for (part, met) in [("query", &key), ("key", &query)] {
            let weight = matrix(self.weights, &format!("encoder.layer.0.attention.self.{part}.weight"))?;
            let rows = weight.data.chunks_exact(head_width * d);
            for (met, weight) in self.of_heads(met).iter().zip(rows) {
                // The score of a query with a key is (W x)·k / √K: the square of what an error of x does to it, over all
                // k, is the error's length in Wᵀ (Σ k kᵀ) W.
                add_pulled_back(&mut total, met, weight, d);
            }
        }
        let gain = vector(self.weights, "embeddings.LayerNorm.weight", d)?;
        for (row, &left) in total.chunks_exact_mut(d).zip(&gain) {
            for (value, &right) in row.iter_mut().zip(&gain) {
                *value *= f64::from(left) * f64::from(right);
            }
        }
        centre(&mut total, d);
        Ok(total)
    }

    /// The second moments (K, K) of each head's columns of `rows` (T, D).
    pub fn of_heads(&self, rows: &[f32]) -> Vec<Vec<f64>> {
        let head_width = self.width / self.config.num_attention_heads;
        let of_head = |first| moments_of(&rows[first..], self.width, head_width);
        (0..self.width).step_by(head_width).map(of_head).collect()
    }

    /// Takes from `keys`, or what keys are made of (T, D), what those of a window have in common: softmax takes it away.
    pub fn centre_windows(&self, keys: &mut [f32]) {
        let d = self.width;
        for window in &self.windows {
            let keys = &mut keys[window.start * d..window.end * d];
            for column in 0..d {
                let values = keys[column..].iter().step_by(d);
                let mean = values.map(|&value| f64::from(value)).sum::<f64>() / window.len() as f64;
                keys[column..].iter_mut().step_by(d).for_each(|value| *value -= mean as f32);
            }
        }
    }

    /// Takes the pass through `layer`, and tells what was read in it.
    pub fn layer(&mut self, layer: usize) -> Result<Inputs> {
        let name = format!("encoder.layer.{layer}");
        let attention = std::mem::take(&mut self.hidden);
        let part = |part| self.to_width(&format!("{name}.attention.self.{part}"), &attention);
        let (query, mut key, value) = (part("query")?, part("key")?, part("value")?);
        let attention_output = self.attend(&query, &key, &value);
        self.centre_windows(&mut key);
        let mut intermediate = self.to_width(&format!("{name}.attention.output.dense"), &attention_output)?;
        add(&mut intermediate, &attention);
        self.normalise(&format!("{name}.attention.output.LayerNorm"), &mut intermediate)?;
        let mut output = self.dense(&format!("{name}.intermediate.dense"), &intermediate)?;
        share_out(&mut output, 1 << 14, |_, values| {
            values.iter_mut().for_each(|value| *value = gelu(*value))
        });
        let mut hidden = self.to_width(&format!("{name}.output.dense"), &output)?;
        add(&mut hidden, &intermediate);
        self.normalise(&format!("{name}.output.LayerNorm"), &mut hidden)?;
        self.hidden = hidden;
        Ok(Inputs { attention, query, key, attention_output, intermediate, output })
    }

    /// The dense layer `name` of `rows`, whose outputs must be (T, D).
    fn to_width(&self, name: &str, rows: &[f32]) -> Result<Vec<f32>> {
        let out = self.dense(name, rows)?;
        let outputs = out.len() / self.tokens();
        ensure!(outputs == self.width, "{name} has {outputs} outputs, expected {}", self.width);
        Ok(out)
    }

    /// The dense layer `name` of `rows`.
    fn dense(&self, name: &str, rows: &[f32]) -> Result<Vec<f32>> {
        let weight = matrix(self.weights, &format!("{name}.weight"))?;
        let bias = vector(self.weights, &format!("{name}.bias"), weight.rows)?;
        let (inputs, outputs) = (weight.columns, weight.rows);
        let tokens = self.tokens();
        ensure!(
            rows.len() == tokens * inputs,
            "{name} reads {inputs} numbers, expected {}",
            rows.len() / tokens
        );
        let panels = Floats::of_transposed(Rows::whole(&weight.data, inputs), inputs);
        let mut out = vec![0.0; tokens * outputs];
        share_out(&mut out, ROWS * outputs, |part, out| {
            let rows = &rows[part * ROWS * inputs..][..out.len() / outputs * inputs];
            panels.multiply(Rows::whole(rows, inputs), outputs, |row, column, sums| {
                let out = out[row * outputs + column..].iter_mut();
                out.zip(sums).zip(&bias[column..]).for_each(|((out, sum), bias)| *out = sum + bias);
            });
        });
        Ok(out)
    }

    /// The context (T, D) of queries, keys and values (T, D).
    fn attend(&self, query: &[f32], key: &[f32], value: &[f32]) -> Vec<f32> {
        let (d, heads) = (self.width, self.config.num_attention_heads);
        let head_width = d / heads;
        let scale = 1.0 / (head_width as f64).sqrt();
        let mut context = vec![0.0; query.len()];
        for window in &self.windows {
            let tokens = window.len();
            let mut by_head = vec![0.0; tokens * d]; // (H, T, K)
            share_out(&mut by_head, tokens * head_width, |head, out| {
                let mut scores = vec![0.0; tokens * tokens];
                Floats::of_transposed(self.of_head(key, window, head), head_width).multiply(
                    self.of_head(query, window, head),
                    tokens,
                    |row, column, sums| scores[row * tokens + column..][..sums.len()].copy_from_slice(sums),
                );
                scores.chunks_exact_mut(tokens).for_each(|row| softmax(row, scale));
                Floats::of(self.of_head(value, window, head), head_width).multiply(
                    Rows::whole(&scores, tokens),
                    head_width,
                    |row, column, sums| out[row * head_width + column..][..sums.len()].copy_from_slice(sums),
                );
            });
            let context = &mut context[window.start * d..window.end * d];
            for (head, rows) in by_head.chunks_exact(tokens * head_width).enumerate() {
                for (to, from) in context.chunks_exact_mut(d).zip(rows.chunks_exact(head_width)) {
                    to[head * head_width..][..head_width].copy_from_slice(from);
                }
            }
        }
        context
    }

    /// Of a window in `data` (T, D) the columns of one head.
    fn of_head<'b>(&self, data: &'b [f32], window: &Range<usize>, head: usize) -> Rows<'b, f32> {
        let first = head * (self.width / self.config.num_attention_heads);
        Rows { data: &data[window.start * self.width + first..], stride: self.width, count: window.len() }
    }

    /// The layer norm `name` of `rows` (T, D), in their place.
    fn normalise(&self, name: &str, rows: &mut [f32]) -> Result<()> {
        let width = self.width;
        let gain = vector(self.weights, &format!("{name}.weight"), width)?;
        let bias = vector(self.weights, &format!("{name}.bias"), width)?;
        for row in rows.chunks_exact_mut(width) {
            let mean = row.iter().map(|&value| f64::from(value)).sum::<f64>() / width as f64;
            let squares = row.iter().map(|&value| (f64::from(value) - mean) * (f64::from(value) - mean));
            let deviation = (squares.sum::<f64>() / width as f64 + self.config.layer_norm_eps).sqrt();
            for ((value, &gain), &bias) in row.iter_mut().zip(&gain).zip(&bias) {
                let normal = (f64::from(*value) - mean) / deviation;
                *value = (normal * f64::from(gain) + f64::from(bias)) as f32;
            }
        }
        Ok(())
    }
}

/// The second moments (D, D) of `rows` (T, D).
pub fn second_moments(rows: &[f32], width: usize) -> Vec<f64> {
    moments_of(rows, width, width)
}

/// Those (width, width) of the first `width` of the `stride` numbers in a row of `data`.
fn moments_of(data: &[f32], stride: usize, width: usize) -> Vec<f64> {
    let count = data.len().div_ceil(stride);
    let panels = Floats::of(Rows { data, stride, count }, width);
    let columns = transposed(data, stride, width); // (width, T)
    let mut moments = vec![0.0; width * width];
    share_out(&mut moments, ROWS * width, |part, out| {
        let first = part * ROWS;
        let left = Rows { data: &columns[first * count..], stride: count, count: out.len() / width };
        panels.multiply(left, first + left.count, |row, column, sums| {
            for (out, &sum) in out[row * width + column..].iter_mut().zip(sums) {
                *out = f64::from(sum);
            }
        });
    });
    for row in 0..width {
        for column in 0..row {
            moments[column * width + row] = moments[row * width + column];
        }
    }
    moments
}

/// Adds Wᵀ M W to `total` (D, D), of `moments` M (K, K) and `weight` W (K, D).
fn add_pulled_back(total: &mut [f64], moments: &[f64], weight: &[f32], width: usize) {
    let inner = weight.len() / width;
    for (moments, left) in moments.chunks_exact(inner).zip(weight.chunks_exact(width)) {
        let mut met = vec![0.0; width]; // a row of M W
        for (&moment, right) in moments.iter().zip(weight.chunks_exact(width)) {
            met.iter_mut().zip(right).for_each(|(sum, &right)| *sum += moment * f64::from(right));
        }
        for (total, &left) in total.chunks_exact_mut(width).zip(left) {
            total.iter_mut().zip(&met).for_each(|(sum, met)| *sum += f64::from(left) * met);
        }
    }
}

/// Takes from a metric (D, D) what it says of an error that all numbers share, which a layer norm takes away.
fn centre(metric: &mut [f64], width: usize) {
    for row in metric.chunks_exact_mut(width) {
        let mean = row.iter().sum::<f64>() / width as f64;
        row.iter_mut().for_each(|value| *value -= mean);
    }
    for column in 0..width {
        let mean = metric[column..].iter().step_by(width).sum::<f64>() / width as f64;
        metric[column..].iter_mut().step_by(width).for_each(|value| *value -= mean);
    }
}

fn add(to: &mut [f32], from: &[f32]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
}

#[cfg(test)]
mod tests;
