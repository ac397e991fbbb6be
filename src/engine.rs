//! Loaded models and the backends that run them: text in, [`Trace`] out.

mod built_in;
mod choice;
mod contest;
mod disturb;
mod inspect;
mod loaded;
mod translate;
mod translator;

use std::collections::HashMap;

use crate::backend::Sink;
use crate::cpu;
use crate::error::{Error, Result};
use crate::model::{self, ModelSpec};
use crate::tokenizer::Encoded;
use crate::trace::{AttentionMap, Backend, BackendChoice, KernelTime, MapKind, Trace};

use choice::GpuState;
use inspect::Inspected;
use loaded::LoadedModel;
use translator::Translator;

pub use contest::{Contest, LENGTHS, Measured};
pub use disturb::Ablated;
pub use translate::{Asked, Translated};

/// The bytes of a model's files, by name.
pub type ModelFiles = HashMap<String, Vec<u8>>;

/// Something that the reader should know and that did not stop the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Stable, for programs: `no-webgpu`, `gpu-retried`, `fell-back-to-cpu`.
    pub code: &'static str,
    pub message: String,
}

/// What a run leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Run<W> {
    pub trace: Trace<W>,
    /// (T, D), the last layer's output; empty but for [`Engine::run_to_output`].
    pub last_hidden: Vec<f32>,
    pub notices: Vec<Notice>,
}

/// Everything that runs models here. One device serves all of them.
#[derive(Default)]
pub struct Engine {
    models: HashMap<&'static str, LoadedModel>,
    translators: HashMap<&'static str, Translator>,
    gpu: GpuState,
    measured: Measured,
    /// The run under way is there to time its kernels.
    profiling: bool,
    /// The run under way goes on to the last layer's output.
    to_output: bool,
    /// What the last inspection left, for the next one of the same text.
    inspected: Option<Inspected>,
}

impl Engine {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn has(&self, model: &str) -> bool {
        self.models.contains_key(model) || self.translators.contains_key(model)
    }

    /// Takes over what was measured on this machine before.
    pub fn remember(&mut self, measured: Measured) {
        self.measured = measured;
    }

    /// All that has been measured, to be kept for the next time.
    pub fn measured(&self) -> Measured {
        let mut measured = self.measured.clone();
        if let GpuState::Ready(gpu) = &self.gpu {
            measured.keep(gpu.tuning());
        }
        measured
    }

    /// Makes the device that `choice` may lead to, which takes a while and needs no model. [`Engine::prepare`] would.
    pub async fn warm_up(&mut self, choice: BackendChoice) {
        self.look_for_gpu(choice).await;
    }

    /// Reads a model's files. Errors name the file and what is wrong with it.
    pub fn load(&mut self, id: &str, files: ModelFiles) -> Result<()> {
        if let Some(spec) = model::translator(id) {
            self.translators.insert(spec.id, Translator::read(spec, files)?);
            return Ok(());
        }
        let loaded = LoadedModel::read(model::find(id)?, files)?;
        self.inspected = None;
        self.models.insert(loaded.spec.id, loaded);
        Ok(())
    }

    /// Makes the backend that `choice` leads to ready for a loaded model; says which one, and what it calls itself.
    /// Where it is left to the engine and there is a GPU, both are timed, unless that has been done. `now` is a clock in
    /// milliseconds.
    pub async fn prepare(
        &mut self,
        id: &str,
        choice: BackendChoice,
        now: impl Fn() -> f64,
    ) -> Result<(Backend, String)> {
        if self.translators.contains_key(id) {
            return self.prepare_translator(id, choice).await;
        }
        self.loaded(id)?;
        // Asked for by name, a GPU that was given up gets another chance: the driver may be back.
        if let (BackendChoice::WebGpu, GpuState::Unusable(_)) = (choice, &self.gpu) {
            self.gpu = GpuState::NotAsked;
        }
        self.look_for_gpu(choice).await;
        if choice == BackendChoice::Auto
            && let GpuState::Ready(gpu) = &self.gpu
            && !gpu.is_software()
            && self.measured.contest(id, cpu::name(), gpu.adapter()).is_none()
        {
            let gpu = gpu.clone();
            // A GPU that fails here fails again when it is run, and is dealt with there.
            if let Ok(contest) = self.loaded(id)?.contest(&gpu, now).await {
                // The other one's weights need not stay in memory.
                match contest.winner() {
                    Backend::Cpu => self.loaded(id)?.gpu = None,
                    // The only other one that takes part.
                    Backend::WebGpu | Backend::Other => self.loaded(id)?.cpu = None,
                }
                self.measured.contests.push(contest);
            }
        }
        if self.choose(id, choice).await == Backend::WebGpu
            && let GpuState::Ready(gpu) = &self.gpu
        {
            let gpu = gpu.clone();
            match self.loaded(id)?.on_gpu(&gpu) {
                Ok(_) => return Ok((Backend::WebGpu, gpu.adapter().to_owned())),
                Err(error) if choice == BackendChoice::WebGpu => return Err(error),
                Err(error) => self.gpu = GpuState::Unusable(error.to_string()),
            }
        }
        self.loaded(id)?.on_cpu()?;
        Ok((Backend::Cpu, cpu::name().to_owned()))
    }

    /// Runs a loaded model over a text or a pair. A text too long is cut, and the trace says where. What the last layer
    /// does with its attention weights is left out, since none depends on it.
    ///
    /// A GPU that fails is tried once more on a new device, then left for the CPU, with a notice. `now` is a clock in
    /// milliseconds; `make_weights` makes room for that many attention weights.
    pub async fn run<W: Sink>(
        &mut self,
        id: &str,
        choice: BackendChoice,
        text: &str,
        text_b: Option<&str>,
        now: impl Fn() -> f64,
        make_weights: impl Fn(usize) -> W,
    ) -> Result<Run<W>> {
        let started = now();
        let loaded = self.loaded(id)?;
        let spec = loaded.spec;
        let encoded = loaded.tokenizer.encode(text, text_b, spec.max_tokens)?;
        let tokens = encoded.ids.len();
        let make_weights = || make_weights(spec.layers * spec.heads * tokens * tokens);

        let mut notices = Vec::new();
        let on_gpu = self.run_on_gpu(id, choice, &encoded, &make_weights, &mut notices).await?;
        if let (GpuState::Unusable(why), BackendChoice::WebGpu, []) = (&self.gpu, choice, &notices[..]) {
            let message = format!("WebGPU was asked for but cannot be used ({why}); the CPU computed this.");
            notices.push(Notice { code: "no-webgpu", message });
        }
        let (forward, backend, adapter) = match on_gpu {
            Some((forward, adapter)) => (forward, Backend::WebGpu, adapter),
            None => {
                let to_output = self.to_output;
                let forward = self.loaded(id)?.on_cpu()?.run(&encoded, make_weights(), to_output).await?;
                (forward, Backend::Cpu, cpu::name().to_owned())
            }
        };

        let texts = [Some(text), text_b];
        let took = now() - started;
        let trace = trace(spec, (backend, adapter), texts, encoded, forward.attention, took);
        Ok(Run { trace, last_hidden: forward.last_hidden, notices })
    }

    /// Runs as [`Engine::run`] does, and on to the last layer's output, which embeds the sentence.
    pub async fn run_to_output<W: Sink>(
        &mut self,
        id: &str,
        choice: BackendChoice,
        text: &str,
        text_b: Option<&str>,
        now: impl Fn() -> f64,
        make_weights: impl Fn(usize) -> W,
    ) -> Result<Run<W>> {
        self.to_output = true;
        let run = self.run(id, choice, text, text_b, now, make_weights).await;
        self.to_output = false;
        run
    }

    /// Runs as [`Engine::run`] does, each kernel by itself, and times them: the longest first, and none where the CPU ran
    /// or the GPU has no clock.
    pub async fn profile<W: Sink>(
        &mut self,
        id: &str,
        choice: BackendChoice,
        text: &str,
        text_b: Option<&str>,
        now: impl Fn() -> f64,
        make_weights: impl Fn(usize) -> W,
    ) -> Result<(Run<W>, Vec<KernelTime>)> {
        self.profiling = true;
        let run = self.run(id, choice, text, text_b, now, make_weights).await;
        self.profiling = false;
        let run = run?;
        let kernels = match (run.trace.backend, &self.gpu) {
            (Backend::WebGpu, GpuState::Ready(gpu)) => gpu.kernel_times(),
            _ => Vec::new(),
        };
        Ok((run, kernels))
    }

    fn loaded(&mut self, id: &str) -> Result<&mut LoadedModel> {
        self.models.get_mut(id).ok_or_else(|| Error::NotLoaded(id.to_owned()))
    }
}

/// The trace of a pass that took so many milliseconds on a backend, which calls itself something.
fn trace<W>(
    spec: &ModelSpec,
    (backend, adapter): (Backend, String),
    texts: [Option<&str>; 2],
    encoded: Encoded,
    weights: W,
    milliseconds: f64,
) -> Trace<W> {
    let map = AttentionMap {
        kind: MapKind::SelfAttention,
        layers: spec.layers,
        heads: spec.heads,
        queries: encoded.tokens.clone(),
        keys: encoded.tokens,
        weights,
    };
    Trace {
        model: spec.id.to_owned(),
        backend,
        adapter,
        texts: texts.into_iter().flatten().map(str::to_owned).collect(),
        maps: vec![map],
        cuts: encoded.cuts,
        milliseconds,
    }
}
