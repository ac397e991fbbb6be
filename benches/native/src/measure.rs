//! One row of the report: passes over one length, and what they come to.

use std::time::Instant;

use anyhow::{Result, bail};
use attention_map::backend::Backend;
use attention_map::model::bert::{Bert, Config};
use attention_map::trace::KernelTime;
use serde::Serialize;

/// What a machine can do at best, where that is known.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// GFLOP/s.
    pub gflops: Option<f64>,
    /// GB/s.
    pub bandwidth: Option<f64>,
}

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub model: &'a str,
    pub backend: &'a str,
    pub adapter: &'a str,
    pub config: &'a Config,
    /// Of a dense layer, its share of the scales included.
    pub bytes_a_weight: f64,
    pub limits: Limits,
}

/// The passes of one model on one backend over one length.
#[derive(Debug, Serialize)]
pub struct Run {
    pub model: String,
    pub backend: String,
    pub adapter: String,
    pub tokens: usize,
    pub runs: usize,
    /// Of a whole pass, attention on the host.
    pub median_ms: f64,
    pub p10_ms: f64,
    pub p90_ms: f64,
    pub gflop: f64,
    pub gflops: f64,
    /// Of the given limit, from 0 to 1.
    pub flop_share: Option<f64>,
    /// What a pass must at least move: each weight once, and the attention.
    pub megabytes: f64,
    pub bandwidth_share: Option<f64>,
    /// By the GPU's clock, in a pass of its own.
    pub kernels: Vec<KernelTime>,
}

/// Milliseconds of `runs` passes over `tokens` tokens, after two that don't count.
pub async fn measure<B: Backend>(bert: &mut Bert<B>, tokens: usize, runs: usize) -> Result<Vec<f64>> {
    const CLS: u32 = 101;
    // Any words will do, but not one all over.
    let ids: Vec<u32> = std::iter::once(CLS).chain(2000..).take(tokens).collect();
    let (types, mask) = (vec![0; tokens], vec![1; tokens]);
    let mut attention: Vec<f32> = Vec::new();
    let mut times = Vec::with_capacity(runs);
    for round in 0..runs + 2 {
        let start = Instant::now();
        bert.forward(&ids, &types, &mask, &mut attention).await?;
        if round >= 2 {
            times.push(1e3 * start.elapsed().as_secs_f64());
        }
    }
    // Each row is a softmax: times of passes that computed something else mean nothing.
    if let Some(row) = attention.chunks_exact(tokens).find(|row| (row.iter().sum::<f32>() - 1.0).abs() > 1e-3)
    {
        bail!("a row of attention sums to {}", row.iter().sum::<f32>());
    }
    Ok(times)
}

impl Run {
    /// `times` are milliseconds, at least one.
    pub fn new(subject: &Subject<'_>, tokens: usize, mut times: Vec<f64>, kernels: Vec<KernelTime>) -> Self {
        let Subject { config, limits, .. } = *subject;
        times.sort_by(f64::total_cmp);
        let at = |part: f64| times[(part * (times.len() - 1) as f64).round() as usize];
        let seconds = at(0.5) / 1e3;
        let (d, f, l, h) = (
            config.hidden_size as f64,
            config.intermediate_size as f64,
            config.num_hidden_layers as f64,
            config.num_attention_heads as f64,
        );
        let t = tokens as f64;
        let dense = l * (4.0 * d * d + 2.0 * d * f);
        // A product and a sum for each weight and token; for each pair of tokens, D of both twice.
        let gflop = (2.0 * dense * t + l * 4.0 * d * t * t) / 1e9;
        let megabytes = (dense * subject.bytes_a_weight + 4.0 * l * h * t * t) / 1e6;
        let gflops = gflop / seconds;
        Self {
            model: subject.model.to_owned(),
            backend: subject.backend.to_owned(),
            adapter: subject.adapter.to_owned(),
            tokens,
            runs: times.len(),
            median_ms: at(0.5),
            p10_ms: at(0.1),
            p90_ms: at(0.9),
            gflop,
            gflops,
            flop_share: limits.gflops.map(|limit| gflops / limit),
            megabytes,
            bandwidth_share: limits.bandwidth.map(|limit| megabytes / 1e3 / seconds / limit),
            kernels,
        }
    }
}
