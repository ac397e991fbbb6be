//! What one run of a model leaves behind: the tokens it saw and how much each attended to each.
//!
//! Both programs of the page speak of a run through these types: the engine fills them, the page paints
//! them. On the JavaScript side a [`Trace`] is the object that `el.run` resolves with, field for field.

use serde::{Deserialize, Serialize};

/// Where a run was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    WebGpu,
    Cpu,
    /// Another program, which the weights came from.
    Other,
}

impl Backend {
    /// Every backend, with its name in messages, traces and files.
    pub const ALL: [(Self, &str); 3] = [(Self::WebGpu, "webgpu"), (Self::Cpu, "cpu"), (Self::Other, "other")];

    /// Its name in messages, traces and files.
    pub fn id(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// Its name for people, in English.
    pub fn name(self) -> &'static str {
        ["WebGPU", "CPU", "another program"][self as usize]
    }
}

/// Which backend a reader asks for. `Auto` is the CPU where the only adapter is software, else the faster of the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendChoice {
    #[default]
    Auto,
    WebGpu,
    Cpu,
}

/// One token as the model saw it, and where it stands in the text that was typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// The vocabulary's own spelling, `##ing` or `[CLS]`.
    pub text: String,
    /// UTF-16 offset into the segment's text where the token begins.
    pub start: usize,
    /// UTF-16 offset just past the token. Equals `start` for a token that stands for no text.
    pub end: usize,
    /// Added by the tokenizer ([CLS], [SEP]), not typed.
    pub special: bool,
    /// 0 for the first text, 1 for the second.
    pub segment: usize,
}

/// What attends to what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MapKind {
    #[serde(rename = "self")]
    SelfAttention,
    Encoder,
    Decoder,
    Cross,
}

impl MapKind {
    /// Every kind, with its name in attributes, traces and files.
    pub const ALL: [(Self, &str); 4] = [
        (Self::SelfAttention, "self"),
        (Self::Encoder, "encoder"),
        (Self::Decoder, "decoder"),
        (Self::Cross, "cross"),
    ];

    /// Its name in attributes, traces and files.
    pub fn id(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// Its name for people, in English.
    pub fn name(self) -> &'static str {
        ["Self-attention", "Encoder", "Decoder", "Cross-attention"][self as usize]
    }
}

/// All attention weights of one kind. `W` holds them row-major, (layers, heads, queries, keys); a row is one
/// query's distribution over the keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttentionMap<W> {
    pub kind: MapKind,
    pub layers: usize,
    pub heads: usize,
    pub queries: Vec<Token>,
    pub keys: Vec<Token>,
    pub weights: W,
}

impl<W> AttentionMap<W> {
    /// Weights in one head's map.
    pub fn head_len(&self) -> usize {
        self.queries.len() * self.keys.len()
    }

    /// Where the map of (`layer`, `head`) begins in `weights`.
    pub fn head_offset(&self, layer: usize, head: usize) -> usize {
        (layer * self.heads + head) * self.head_len()
    }
}

/// Text that did not fit the model: `tokens` tokens of `segment`, from UTF-16 offset `start` on, were left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cut {
    pub segment: usize,
    pub start: usize,
    pub tokens: usize,
}

/// One run of one model over one text or a pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace<W> {
    /// The model's id in [`crate::model::MODELS`].
    pub model: String,
    pub backend: Backend,
    /// What computed it, as the adapter or processor names itself.
    pub adapter: String,
    /// The one or two texts, whole, as they were given.
    pub texts: Vec<String>,
    pub maps: Vec<AttentionMap<W>>,
    /// What did not fit the model, one entry a segment that was cut.
    pub cuts: Vec<Cut>,
    /// Wall time from text to weights in memory, read-back included.
    pub milliseconds: f64,
}

impl<W> Trace<W> {
    /// What it says, and its maps.
    pub fn split(self) -> (Trace<()>, Vec<AttentionMap<W>>) {
        let Self { model, backend, adapter, texts, maps, cuts, milliseconds } = self;
        (Trace { model, backend, adapter, texts, maps: vec![], cuts, milliseconds }, maps)
    }
}

/// All dispatches of one GPU kernel in one pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KernelTime {
    pub name: String,
    pub dispatches: u32,
    pub microseconds: f64,
    /// Of all kernels' time, from 0 to 1.
    pub share: f64,
}
