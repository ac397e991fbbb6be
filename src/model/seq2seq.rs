//! An encoder-decoder (Vaswani et al. 2017, arXiv 1706.03762), layer norm before each part (pre-norm), sinusoidal
//! positions, GELU, and one table for the embeddings of both languages and the output.
//!
//! Shape letters: L layers, H heads, S source and T target tokens, D width, K head width (D/H), F feed-forward width,
//! V pieces, B hypotheses of a search beside each other.
//!
//! A translation is a number of passes over buffers of one size, so that what one pass leaves in them, the next one finds:
//! each decoder layer's keys and values of the source, computed once, and those of the target, which grow by a row a step.

mod config;
mod layers;
mod plan;
mod search;

use crate::backend::{Backend, Inputs, Sink};
use crate::error::{Error, Result};
use crate::ops::linear::Finish;
use crate::tensor::{Matrix, Tensor};
use crate::weights::Weights;

use layers::{Attention, DecoderLayer, EncoderLayer, FeedForward, Loader, Stream};
use plan::{LOGITS, MEMORY, NORMED, Plan, Rows, SOURCE_KEYS};

pub use config::Config;
pub use search::{Hypothesis, largest, length_penalty, log_probabilities};

/// A loaded encoder-decoder on one backend.
pub struct Seq2Seq<B: Backend> {
    config: Config,
    backend: B,
    table: Matrix, // (V, D)
    /// The table as the output's weights.
    output: B::Linear,
    encoder: Vec<EncoderLayer<B>>,
    encoder_norm: B::Norm,
    decoder: Vec<DecoderLayer<B>>,
    decoder_norm: B::Norm,
    /// Of each decoder layer the weights behind cross-attention, (D, D).
    cross_outputs: Vec<Vec<f32>>,
}

/// Where the weights of a pass go, row-major.
pub struct MapSinks<'a> {
    /// (L, H, S, S).
    pub encoder: &'a mut dyn Sink,
    /// (L, H, T, T).
    pub decoder: &'a mut dyn Sink,
    /// (L, H, T, S).
    pub cross: &'a mut dyn Sink,
}

/// What a pass over a source and a whole target leaves besides the maps.
#[derive(Clone, Debug, PartialEq)]
pub struct Forced {
    /// (S, D), the encoder's output.
    pub memory: Vec<f32>,
    /// (T, V): row t is of what follows target token t.
    pub logits: Vec<f32>,
    /// (L, H, S): ‖W_h v‖ of each source token's value in cross-attention, behind the head's part of the output weights
    /// (Kobayashi et al. 2020, arXiv 2004.10102, equation 2, without the weight).
    pub cross_lengths: Vec<f32>,
}

impl<B: Backend> Seq2Seq<B> {
    /// Errors when a tensor is missing or has another shape than the config says.
    pub fn load(config: Config, weights: &Weights, backend: B) -> Result<Self> {
        let (d, v) = (config.d_model, config.vocab_size);
        let from = Loader { weights, backend: &backend, width: d, inner: config.ffn };
        let mut encoder = Vec::with_capacity(config.encoder_layers);
        for layer in 0..config.encoder_layers {
            let at = format!("encoder.layers.{layer}");
            encoder.push(EncoderLayer {
                own: Attention::load(&from, &at, "self_attn")?,
                feed_forward: FeedForward::load(&from, &at)?,
            });
        }
        let (mut decoder, mut cross_outputs) = (Vec::new(), Vec::new());
        for layer in 0..config.decoder_layers {
            let at = format!("decoder.layers.{layer}");
            decoder.push(DecoderLayer {
                own: Attention::load(&from, &at, "self_attn")?,
                cross: Attention::load(&from, &at, "cross_attn")?,
                feed_forward: FeedForward::load(&from, &at)?,
            });
            let output = weights.matrix(&format!("{at}.cross_attn.out_proj.weight"), [d, d])?;
            let mut rows = vec![0.0; d * d];
            rows.chunks_exact_mut(d).enumerate().for_each(|(row, out)| output.add_row(row, out));
            cross_outputs.push(rows);
        }
        let encoder_norm = from.norm("encoder.layer_norm")?;
        let decoder_norm = from.norm("decoder.layer_norm")?;
        let table = weights.matrix("shared.weight", [v, d])?;
        let output = backend.load_linear("shared", &[(table.clone(), Tensor::new(&[v], vec![0.0; v])?)])?;
        Ok(Self {
            config,
            backend,
            table,
            output,
            encoder,
            encoder_norm,
            decoder,
            decoder_norm,
            cross_outputs,
        })
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    /// One pass over `source` (S) and `target` (T), from what a target begins with on: as in training, each row sees the
    /// target up to itself, whatever the model would have written (teacher forcing, Williams and Zipser 1989).
    ///
    /// Errors when either is empty or too long, or has an id that the vocabulary hasn't.
    pub async fn force(&mut self, source: &[u32], target: &[u32], maps: MapSinks<'_>) -> Result<Forced> {
        self.check("source", source)?;
        self.check("target", target)?;
        let plan = self.plan(source.len(), target.len(), 1);
        let rows = Rows::of_one(0, target.len());
        let mut sinks = Parts { ends: plan.map_ends(rows), maps };
        self.begin(plan, rows).await?;
        self.encode(plan, source, &mut sinks);
        self.decode(plan, target, rows, &mut sinks);
        let Config { d_model: d, vocab_size: v, decoder_layers, .. } = self.config;
        let mut read = vec![(MEMORY, source.len() * d), (LOGITS, target.len() * v)];
        read.extend((0..decoder_layers).map(|layer| (plan.cross(layer), 2 * source.len() * d)));
        let mut read = self.backend.finish(&read, &mut sinks).await?.into_iter();
        let (memory, logits) = (read.next().unwrap_or_default(), read.next().unwrap_or_default());
        Ok(Forced { memory, logits, cross_lengths: self.lengths(read) })
    }

    /// (L, H, S), from each layer's keys and values (S, 2D).
    fn lengths(&self, key_values: impl Iterator<Item = Vec<f32>>) -> Vec<f32> {
        let (d, k) = (self.config.d_model, self.config.head_width());
        let mut lengths = Vec::new();
        for (key_values, output) in key_values.zip(&self.cross_outputs) {
            for head in 0..self.config.heads {
                for row in key_values.chunks_exact(2 * d) {
                    let value = &row[d + head * k..][..k];
                    let squares = output.chunks_exact(d).map(|weights| {
                        let products = weights[head * k..].iter().zip(value);
                        products.map(|(&w, &x)| f64::from(w) * f64::from(x)).sum::<f64>().powi(2)
                    });
                    lengths.push(squares.sum::<f64>().sqrt() as f32);
                }
            }
        }
        lengths
    }

    /// Buffers for a source of so many tokens, targets of up to so many, and `beams` of them beside each other.
    fn plan(&self, source: usize, target: usize, beams: usize) -> Plan {
        let Config { d_model, heads, ffn, vocab_size, encoder_layers, decoder_layers, .. } = self.config;
        Plan {
            source,
            target,
            beams,
            width: d_model,
            heads,
            inner: ffn,
            pieces: vocab_size,
            encoder_layers,
            decoder_layers,
            epsilon: self.config.layer_norm_epsilon,
        }
    }

    /// Starts a pass over rows of the target.
    async fn begin(&mut self, plan: Plan, rows: Rows) -> Result<()> {
        // Tokens are embedded here; how many there are says which kernels are the fastest.
        let tokens = vec![[0, 0]; rows.count];
        let key_mask = vec![1; plan.source.max(plan.target)];
        self.backend.begin(&plan.slots(), Inputs { tokens: &tokens, key_mask: &key_mask }).await
    }

    /// The encoder over `source`: its output into MEMORY, and each decoder layer's keys and values of that into its slot.
    fn encode(&mut self, plan: Plan, source: &[u32], sink: &mut dyn Sink) {
        let embedded = self.embed(source, |row| row);
        let to = &mut self.backend;
        let mut stream = Stream::of_source(plan);
        to.write(stream.now, &embedded); // (S, D)
        for (index, layer) in self.encoder.iter().enumerate() {
            let own = Some((SOURCE_KEYS, 0));
            layer.own.read(to, &mut stream, own, &[plan.encoder_attention(index)], sink); // (S, D)
            layer.feed_forward.apply(to, &mut stream); // (S, D)
        }
        to.layer_norm(&self.encoder_norm, plan.norm(plan.source), stream.now, MEMORY); // (S, D)
        for (index, layer) in self.decoder.iter().enumerate() {
            layer.cross.remember(to, plan, (MEMORY, plan.source), plan.cross(index), 0); // (S, 2D)
        }
    }

    /// The decoder over the `rows` that `tokens` are, behind those that are remembered: the logits of what follows each
    /// into LOGITS.
    fn decode(&mut self, plan: Plan, tokens: &[u32], rows: Rows, sink: &mut dyn Sink) {
        let embedded = self.embed(tokens, |row| rows.position(row));
        let to = &mut self.backend;
        let mut stream = Stream::of_target(plan, rows.count);
        to.write(stream.now, &embedded); // (rows, D)
        for (index, layer) in self.decoder.iter().enumerate() {
            let own = Some((plan.own(index), rows.before()));
            layer.own.read(to, &mut stream, own, &plan.own_attention(index, rows), sink); // (rows, D)
            layer.cross.read(to, &mut stream, None, &[plan.cross_attention(index, rows)], sink); // (rows, D)
            layer.feed_forward.apply(to, &mut stream); // (rows, D)
        }
        to.layer_norm(&self.decoder_norm, plan.norm(rows.count), stream.now, NORMED); // (rows, D)
        let dense = plan.dense(rows.count, plan.width, plan.pieces);
        to.linear(&self.output, dense, NORMED, Finish::Plain, LOGITS); // (rows, V)
    }

    /// (rows, D): each token's row of the table times √D, plus its position p's sines, then cosines, of
    /// p / 10000^(2 j / D) for j below D/2 (Vaswani et al. 2017, section 3.5, sines and cosines apart).
    fn embed(&self, tokens: &[u32], position: impl Fn(usize) -> usize) -> Vec<f32> {
        let d = self.config.d_model;
        let scale = (d as f32).sqrt();
        let mut embedded = vec![0.0; tokens.len() * d];
        for (row, (&token, out)) in tokens.iter().zip(embedded.chunks_exact_mut(d)).enumerate() {
            self.table.add_row(token as usize, out);
            let (sines, cosines) = out.split_at_mut(d / 2);
            for (j, (sine, cosine)) in sines.iter_mut().zip(cosines).enumerate() {
                let angle = position(row) as f64 / 10_000f64.powf(2.0 * j as f64 / d as f64);
                *sine = *sine * scale + angle.sin() as f32;
                *cosine = *cosine * scale + angle.cos() as f32;
            }
        }
        embedded
    }

    fn check(&self, name: &str, ids: &[u32]) -> Result<()> {
        let wrong = |expected: String, got: String| Err(Error::Shape { operation: "seq2seq", expected, got });
        let Config { max_positions, vocab_size, .. } = self.config;
        if ids.is_empty() || ids.len() > max_positions {
            return wrong(format!("a {name} of 1 to {max_positions} tokens"), ids.len().to_string());
        }
        match ids.iter().find(|&&id| id as usize >= vocab_size) {
            Some(id) => wrong(format!("a {name} of ids below {vocab_size}"), id.to_string()),
            None => Ok(()),
        }
    }
}

/// Takes weights that lie one kind after the other.
struct Parts<'a> {
    /// Where the encoder's and the decoder's end.
    ends: [usize; 2],
    maps: MapSinks<'a>,
}

impl Sink for Parts<'_> {
    fn write(&mut self, at: usize, data: &[f32]) {
        let [encoder, decoder] = self.ends;
        if at < encoder {
            self.maps.encoder.write(at, data);
        } else if at < decoder {
            self.maps.decoder.write(at - encoder, data);
        } else {
            self.maps.cross.write(at - decoder, data);
        }
    }
}

/// For weights that nobody wants.
struct Nowhere;

impl Sink for Nowhere {
    fn write(&mut self, _at: usize, _data: &[f32]) {}
}
