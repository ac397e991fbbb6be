//! A trace in a file: the JSON that `src=` reads and that the page and the command line write.
//!
//! `www/trace.schema.json` describes it field by field. Weights are base64 of the stored heads' maps one after the
//! other, each row-major, one row a query, in one of three encodings:
//!
//! - `u8`: a byte a weight; byte `b` of a head is `b / 255` of the head's `largest` weight.
//! - `u8-runs`: the same, where a 0 is followed by a byte that counts how many more zeros it stands for.
//! - `f16`: IEEE 754 half precision, little-endian.
//!
//! `error` states how far a weight that is read may be from the model's own, measured when it was written. A reader
//! passes over fields that it does not know and refuses a newer `version`.

mod pack;
mod read;
mod write;

#[cfg(feature = "web")]
mod js;
mod native;

use crate::model::About;
use crate::trace::{Backend, Cut, MapKind, Token, Trace};

#[cfg(feature = "web")]
pub use js::{decode_js, decode_object};
pub use native::decode;
pub use write::encode;

/// What the field `format` says.
pub const FORMAT: &str = "attention-map";
/// The version that is written, and the newest that is read.
pub const VERSION: usize = 1;
/// Bytes of JSON that are read: more than 144 maps of 512 tokens take, a byte a weight.
pub const MAX_BYTES: usize = 64 << 20;
/// Weights that are read, of all maps together: 144 maps of 512 tokens, 151 MB as floats.
pub const MAX_WEIGHTS: usize = 144 * 512 * 512;
/// Tokens on an axis.
pub const MAX_TOKENS: usize = 4096;
/// Layers of a model, and heads of a layer.
pub const MAX_HEADS: usize = 1024;
/// A weight is a share of 1, but a softmax in floats may round above it.
pub const MAX_WEIGHT: f32 = 1.001;

/// How weights are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// 255 steps from 0 to the head's largest weight, so at most 0.002 off.
    #[default]
    Byte,
    /// 11 bits of each weight, so at most 0.00025 off, and small ones less.
    Half,
}

/// What is to be stored.
pub struct Parts<'a> {
    pub model: &'a About,
    pub backend: Backend,
    pub texts: &'a [String],
    pub cuts: &'a [Cut],
    pub maps: &'a [MapParts<'a>],
    pub precision: Precision,
    /// How far the weights may be already from those that the model computed, where they come from a file themselves.
    pub off: f32,
    /// What a link to the view carries, the detail of `attention-map:change` as JSON.
    pub state: Option<&'a str>,
}

/// The maps of one kind.
pub struct MapParts<'a> {
    pub kind: MapKind,
    /// The model's layers, and heads in each.
    pub layers: usize,
    pub heads: usize,
    pub queries: &'a [Token],
    pub keys: &'a [Token],
    /// The (layer, head) of each map to store, in ascending order.
    pub stored: &'a [(usize, usize)],
    /// Puts the map of (layer, head) into a vector. // (queries, keys)
    pub read: &'a dyn Fn(usize, usize, &mut Vec<f32>),
}

/// What was stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Without what is not stored: `adapter` is empty and `milliseconds` 0.
    pub trace: Trace<StoredWeights>,
    /// What the file tells of the model, and this program knows of it.
    pub model: About,
    /// The version of the program that wrote it.
    pub program: String,
    /// What a link to the view carries.
    pub state: Option<String>,
}

/// The maps that a file holds, which may be fewer than the model has heads.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredWeights {
    /// (layer, head) of each map, in ascending order.
    pub stored: Vec<(usize, usize)>,
    /// (stored, queries, keys)
    pub weights: Vec<f32>,
    /// No weight is further from the model's own than this.
    pub error: f32,
}

impl StoredWeights {
    /// The map of (`layer`, `head`), if it is stored. // (queries, keys)
    pub fn head(&self, layer: usize, head: usize) -> Option<&[f32]> {
        let index = self.stored.binary_search(&(layer, head)).ok()?;
        let len = self.weights.len() / self.stored.len();
        self.weights.get(index * len..(index + 1) * len)
    }
}

#[cfg(test)]
mod tests;
