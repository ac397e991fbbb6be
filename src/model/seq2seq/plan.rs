//! The buffers of a translation's passes, and the parameters of what is done with them.

use crate::backend::{Attend, AttentionLayer, Slot, SlotSize};
use crate::ops::attend::AttendParams;
use crate::ops::layer_norm::LayerNormParams;
use crate::ops::linear::LinearParams;
use crate::ops::scores::ScoresParams;
use crate::ops::softmax::SoftmaxParams;

// R is the larger of T and B.
pub(super) const SOURCE: Slot = Slot(0); // (S, D)
pub(super) const HIDDEN: Slot = Slot(1); // (R, D)
pub(super) const SUM: Slot = Slot(2); // (S or R, D)
pub(super) const NORMED: Slot = Slot(3); // (S or R, D)
pub(super) const QUERY: Slot = Slot(4); // (S or R, D)
pub(super) const CONTEXT: Slot = Slot(5); // (S or R, D)
pub(super) const INNER: Slot = Slot(6); // (S or R, F)
const SCORES: Slot = Slot(7); // (H, S, S) or (H, R, S or T)
const ATTENTION: Slot = Slot(8); // (L, H, S, S), (L, H, R, T), (L, H, R, S), one after the other
pub(super) const MEMORY: Slot = Slot(9); // (S, D)
pub(super) const LOGITS: Slot = Slot(10); // (R, V)
pub(super) const SOURCE_KEYS: Slot = Slot(11); // (S, 2D), an encoder layer's keys and values
const FIRST_OF_LAYERS: usize = 12;

/// What the sizes of a translation's buffers are made of.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    pub(super) source: usize, // S
    /// The longest that the target becomes.
    pub(super) target: usize, // T
    /// The most hypotheses beside each other.
    pub(super) beams: usize, // B
    pub(super) width: usize,  // D
    pub(super) heads: usize,  // H
    pub(super) inner: usize,  // F
    pub(super) pieces: usize, // V
    pub(super) encoder_layers: usize,
    pub(super) decoder_layers: usize,
    pub(super) epsilon: f32,
}

/// The rows of the target that a pass is about, behind `past` that are remembered: of one hypothesis `count` in a row, or of
/// `count` hypotheses the next one each.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    pub(super) past: usize,
    pub(super) count: usize,
    beams: usize,
}

impl Rows {
    pub(super) fn of_one(past: usize, count: usize) -> Self {
        Self { past, count, beams: 1 }
    }

    pub(super) fn of_each(past: usize, beams: usize) -> Self {
        Self { past, count: beams, beams }
    }

    /// Where in the target a row is.
    pub(super) fn position(self, row: usize) -> usize {
        if self.beams == 1 { self.past + row } else { self.past }
    }

    /// Rows of the hypotheses, one beside the other, that are remembered.
    pub(super) fn before(self) -> usize {
        self.past * self.beams
    }

    /// Rows of a hypothesis.
    fn each(self) -> usize {
        self.count / self.beams
    }

    /// Rows of a hypothesis that there are then.
    fn keys(self) -> usize {
        self.past + self.each()
    }
}

/// Queries beside each other, and the keys and values that they look at.
struct Look {
    /// Of those in QUERY.
    first_query: usize,
    queries: usize,
    keys: usize,
    slot: Slot,
    /// Rows of 2D in the slot from one key to the next one, and before the first one.
    stride: usize,
    first_key: usize,
    /// Where query 0 is among the keys, if it doesn't see those behind it.
    causal: Option<usize>,
    /// Where the weights begin in ATTENTION.
    at: usize,
}

impl Plan {
    pub(super) fn slots(self) -> Vec<SlotSize> {
        let room = |tokens: usize| tokens.next_power_of_two().max(16);
        let larger = Self { source: room(self.source), target: room(self.target), ..self };
        let sizes = self.lens().into_iter().zip(larger.lens());
        sizes.map(|(len, room)| SlotSize { len, room }).collect()
    }

    /// In the order of the slots' numbers.
    fn lens(self) -> Vec<usize> {
        let Self { source: s, target: t, width: d, heads: h, inner: f, .. } = self;
        let r = t.max(self.beams);
        let rows = s.max(r);
        let attention = self.ends(r, t)[1] + self.decoder_layers * h * r * s;
        let scores = h * (s * s).max(r * s.max(t));
        let [one, key_value] = [rows * d, 2 * s * d];
        let mut lens = vec![s * d, r * d, one, one, one, one, rows * f, scores, attention];
        lens.extend([s * d, r * self.pieces, key_value]);
        lens.extend(std::iter::repeat_n(key_value, self.decoder_layers));
        lens.extend(std::iter::repeat_n(2 * t * self.beams * d, self.decoder_layers));
        lens
    }

    /// A decoder layer's keys and values of the source, (S, 2D).
    pub(super) fn cross(self, layer: usize) -> Slot {
        Slot(FIRST_OF_LAYERS + layer)
    }

    /// A decoder layer's keys and values of the hypotheses so far, (T, B, 2D).
    pub(super) fn own(self, layer: usize) -> Slot {
        Slot(FIRST_OF_LAYERS + self.decoder_layers + layer)
    }

    /// Where in ATTENTION the encoder's maps end, and the decoder's maps of `rows` over `keys`.
    fn ends(self, rows: usize, keys: usize) -> [usize; 2] {
        let encoder = self.encoder_layers * self.heads * self.source * self.source;
        [encoder, encoder + self.decoder_layers * self.heads * rows * keys]
    }

    /// Where in ATTENTION the maps of the encoder and those of the decoder end.
    pub(super) fn map_ends(self, rows: Rows) -> [usize; 2] {
        self.ends(rows.count, rows.keys())
    }

    pub(super) fn encoder_attention(self, layer: usize) -> AttentionLayer {
        let s = self.source;
        let at = layer * self.heads * s * s;
        self.attention(Look {
            first_query: 0,
            queries: s,
            keys: s,
            slot: SOURCE_KEYS,
            stride: 1,
            first_key: 0,
            causal: None,
            at,
        })
    }

    /// Of each hypothesis over itself.
    pub(super) fn own_attention(self, layer: usize, rows: Rows) -> Vec<AttentionLayer> {
        let (each, keys) = (rows.each(), rows.keys());
        let at = self.map_ends(rows)[0] + layer * self.heads * rows.count * keys;
        let look = |beam: usize| Look {
            first_query: beam * each,
            queries: each,
            keys,
            slot: self.own(layer),
            stride: rows.beams,
            first_key: beam,
            causal: Some(rows.past),
            at: at + beam * self.heads * each * keys,
        };
        (0..rows.beams).map(|beam| self.attention(look(beam))).collect()
    }

    /// Of all hypotheses over the source.
    pub(super) fn cross_attention(self, layer: usize, rows: Rows) -> AttentionLayer {
        let at = self.map_ends(rows)[1] + layer * self.heads * rows.count * self.source;
        self.attention(Look {
            first_query: 0,
            queries: rows.count,
            keys: self.source,
            slot: self.cross(layer),
            stride: 1,
            first_key: 0,
            causal: None,
            at,
        })
    }

    fn attention(self, look: Look) -> AttentionLayer {
        let Self { width: d, heads, .. } = self;
        let (queries, keys, head_width) = (look.queries as u32, look.keys as u32, (d / heads) as u32);
        let stride = (2 * d * look.stride) as u32;
        let (first_query, first_key) = ((look.first_query * d) as u32, (2 * d * look.first_key) as u32);
        let at = look.at as u32;
        AttentionLayer {
            heads: heads as u32,
            scores: ScoresParams {
                queries,
                keys,
                head_width,
                query_stride: d as u32,
                query_offset: first_query,
                key_stride: stride,
                key_offset: first_key,
                causal: u32::from(look.causal.is_some()),
                first_query: look.causal.unwrap_or(0) as u32,
                scale: 1.0 / (head_width as f32).sqrt(),
                ..Default::default()
            },
            softmax: SoftmaxParams { queries, keys, out_offset: at, ..Default::default() },
            attend: Some(Attend {
                params: AttendParams {
                    queries,
                    keys,
                    head_width,
                    value_stride: stride,
                    value_offset: first_key + d as u32,
                    out_stride: d as u32,
                    attention_offset: at,
                    out_offset: first_query,
                },
                value: look.slot,
                context: CONTEXT,
            }),
            query: QUERY,
            key: look.slot,
            raw: SCORES,
            attention: ATTENTION,
        }
    }

    pub(super) fn dense(self, rows: usize, inputs: usize, outputs: usize) -> LinearParams {
        let (rows, inputs, outputs) = (rows as u32, inputs as u32, outputs as u32);
        LinearParams { rows, inputs, outputs, ..Default::default() }
    }

    pub(super) fn norm(self, rows: usize) -> LayerNormParams {
        let (rows, width) = (rows as u32, self.width as u32);
        LayerNormParams { rows, width, epsilon: self.epsilon, ..Default::default() }
    }
}
