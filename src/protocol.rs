//! What the page and the engine's worker say to each other, one `postMessage` each.
//!
//! `W` is how a trace's weights travel: a `Float32Array` whose buffer is transferred, not copied.

use serde::{Deserialize, Serialize};

use crate::inspection::{Inspection, Noise, Replacement};
use crate::trace::{Backend, BackendChoice, KernelTime, Trace};
use crate::translation::{Translation, Wanted};

/// Page to engine. The engine answers in the order it was asked, save where a request says that others go first; the page
/// keeps one `Run` in flight for each element and holds back the newest text until it returns, so nothing overtaken is
/// ever begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Request {
    /// Fetch `model` from below `base` (an absolute address ending in `/`, the model's files lie in
    /// `<base><model>/`) and make `backend` ready. Asked twice, the second answers at once. Answered by any
    /// number of `Progress`, then one `Ready` or `Error` with this `id`.
    Load { id: u32, model: String, base: String, backend: BackendChoice },
    /// Run a loaded model. Answered by one `Traced` or `Error` with this `id`, perhaps a `Notice` before it.
    Run { id: u32, model: String, backend: BackendChoice, text: String, text_b: Option<String> },
    /// Run it with the GPU's clock around each kernel. Answered by one `Profiled` or `Error` with this `id`, perhaps a
    /// `Notice` before it.
    Profile { id: u32, model: String, backend: BackendChoice, text: String, text_b: Option<String> },
    /// Look into a loaded model and a text. Answered by one `Inspected` or `Error` with this `id`.
    Inspect { id: u32, model: String, text: String, text_b: Option<String>, inspection: Inspection },
    /// What each head does in a text, or without one over the built-in sentences: (L, H, habits) in the order of
    /// [`HABITS`](crate::habits::HABITS). Answered by one `Inspected` or `Error` with this `id`, perhaps a `Notice`
    /// before it. The built-in sentences take about a second at first, during which other requests are answered.
    Habits { id: u32, model: String, backend: BackendChoice, text: Option<String>, text_b: Option<String> },
    /// Run with the outputs of `heads`, (layer, head), replaced, on the CPU. Answered by one `Ablated` or `Error` with this
    /// `id`. The first replacement by means takes about a second more, during which other requests are answered.
    Ablate {
        id: u32,
        model: String,
        text: String,
        text_b: Option<String>,
        heads: Vec<(usize, usize)>,
        to: Replacement,
    },
    /// How far each head's map moves from a text to another: (L, H), the mean Jensen-Shannon divergence of the rows of
    /// tokens that both have, in bits, 0 to 1; keys that one text alone has count as one key. Answered by one `Inspected`,
    /// whose `tokens` is how many the two have in common, or `Error` with this `id`.
    Sensitivity {
        id: u32,
        model: String,
        text: String,
        text_b: Option<String>,
        other: String,
        other_b: Option<String>,
    },
    /// The same for every one of `words`, ranges of typed tokens [from, to) in their order, when it is left out or changes
    /// places with the next one: (words, L, H), for swaps of one word less. Answered by one `Inspected` or `Error` with this
    /// `id`. Every word is another pass, so a page asks for a few at a time.
    Noise {
        id: u32,
        model: String,
        text: String,
        text_b: Option<String>,
        noise: Noise,
        words: Vec<[usize; 2]>,
    },
    /// Translate a text with a translation model, the first one where none is named, which is fetched from below `base` as
    /// for `Load` if it is not loaded. Answered by one `Translated` or `Error` with this `id`, perhaps `Progress` and a
    /// `Notice` before it, and if it is `growing` by a `Writing` after each step of the search.
    Translate {
        id: u32,
        model: Option<String>,
        base: String,
        backend: BackendChoice,
        text: String,
        wanted: Wanted,
        #[serde(default)]
        growing: bool,
    },
}

impl Request {
    /// What the replies to it carry, too.
    pub fn id(&self) -> u32 {
        let (Self::Load { id, .. }
        | Self::Run { id, .. }
        | Self::Profile { id, .. }
        | Self::Inspect { id, .. }
        | Self::Habits { id, .. }
        | Self::Ablate { id, .. }
        | Self::Sensitivity { id, .. }
        | Self::Noise { id, .. }
        | Self::Translate { id, .. }) = self;
        *id
    }
}

/// Engine to page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Reply<W> {
    /// The worker's module is up; nothing may be posted to it before. (Sent once, first.)
    Started,
    /// Bytes of the model so far. `cached` when they come from the browser's cache, not the network.
    Progress {
        id: u32,
        loaded: f64,
        total: f64,
        cached: bool,
    },
    /// The model is loaded and `backend` will run it; `adapter` is its name for itself.
    Ready {
        id: u32,
        backend: Backend,
        adapter: String,
    },
    Traced {
        id: u32,
        trace: Trace<W>,
    },
    /// The kernels of a pass, the longest first; none where the CPU ran it or the GPU has no clock.
    Profiled {
        id: u32,
        backend: Backend,
        adapter: String,
        kernels: Vec<KernelTime>,
    },
    /// The numbers that were asked for, in the shape that the request says, about a text of `tokens` tokens; over the
    /// built-in sentences that is 0.
    Inspected {
        id: u32,
        tokens: usize,
        values: W,
    },
    /// The trace of a run with heads switched off; `cosine`, -1 to 1, between the sentence's embeddings (the last layer's
    /// output, averaged over all tokens) before and after; `values` (L, H), how far each head's map moved, as for
    /// `Sensitivity`.
    Ablated {
        id: u32,
        trace: Trace<W>,
        cosine: f64,
        values: W,
    },
    /// The best that a search has written so far.
    Writing {
        id: u32,
        text: String,
    },
    /// The maps of a translation, of the kinds `encoder`, `decoder` and `cross`, and the rest.
    Translated {
        id: u32,
        trace: Trace<W>,
        translation: Box<Translation>,
    },
    /// Something the reader should know that did not stop the run: a fall back to the CPU, a file fetched
    /// again. `code` is stable, `message` is for people.
    Notice {
        id: u32,
        code: String,
        message: String,
    },
    /// `code` is stable (see `error.rs`), `message` says what was wrong and what to do.
    Error {
        id: u32,
        code: String,
        message: String,
    },
}

/// A trace's weights in a browser.
#[cfg(feature = "web")]
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JsWeights(#[serde(with = "serde_wasm_bindgen::preserve")] pub js_sys::Float32Array);
