//! Translations: a text in, a trace with three maps out, and what else the model might have written.

use super::choice::GpuState;
use super::translator::{Computed, Job, Task, Translator};
use super::{Engine, Notice};
use crate::backend::{self, Sink};
use crate::cpu;
use crate::error::{Error, Result};
use crate::model::seq2seq::{Config, MapSinks, Seq2Seq};
use crate::trace::{AttentionMap, Backend, BackendChoice, MapKind, Token, Trace};
use crate::translation::{Translation, Wanted};

/// What is to be translated.
pub struct Asked<'a> {
    pub text: &'a str,
    pub wanted: &'a Wanted,
    /// Hears what stands there after each step of a search: the beginning of what will be its result, as it is seen then.
    pub told: &'a mut dyn FnMut(&str),
}

/// What a translation leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Translated<W> {
    /// Its texts are the source and the translation; its maps are `encoder`, `decoder` and `cross`.
    pub trace: Trace<W>,
    pub translation: Translation,
    pub notices: Vec<Notice>,
}

/// Keeps a copy of what it passes on.
struct Copied<'a> {
    to: &'a mut dyn Sink,
    copy: Vec<f32>,
}

impl Sink for Copied<'_> {
    fn write(&mut self, at: usize, data: &[f32]) {
        self.copy.write(at, data);
        self.to.write(at, data);
    }
}

/// Searches, unless the translation is given, then passes once over the whole for its maps.
async fn compute<B: backend::Backend, W: Sink>(
    model: &mut Seq2Seq<B>,
    job: &Job<'_>,
    told: &mut dyn FnMut(&[u32]),
    make_weights: &impl Fn(usize) -> W,
) -> Result<Computed<W>> {
    let Config { bos_id, eos_id, .. } = *model.config();
    let source = &job.source.ids;
    let (results, written) = match &job.task {
        Task::Force(pieces) => (Vec::new(), pieces.ids.iter().copied().chain([eos_id]).collect()),
        Task::Search { prefix, beam } => {
            let results = model.search(source, prefix, *beam, told).await?;
            let best = results.first().map(|best| (best.ids.clone(), best.ended)).unwrap_or_default();
            let end = best.1.then_some(eos_id);
            (results, best.0.into_iter().chain(end).collect::<Vec<_>>())
        }
    };
    // Each row reads what the one before wrote.
    let target: Vec<u32> =
        std::iter::once(bos_id).chain(written.iter().copied()).take(written.len()).collect();
    let (s, t) = (source.len(), target.len());
    let Config { encoder_layers, decoder_layers, heads, .. } = *model.config();
    let of = |layers: usize, weights: usize| make_weights(layers * heads * weights);
    let mut maps = [of(encoder_layers, s * s), of(decoder_layers, t * t), of(decoder_layers, t * s)];
    let [encoder, decoder, cross] = &mut maps;
    let mut cross = Copied { to: cross, copy: Vec::new() };
    let forced = model.force(source, &target, MapSinks { encoder, decoder, cross: &mut cross }).await?;
    let cross = cross.copy;
    Ok(Computed { results, written, maps, cross, forced })
}

impl Engine {
    /// Translates a text with a loaded translation model. A text too long is cut, and the trace says where.
    ///
    /// Left to the engine, the CPU computes it: every piece of a search waits for the one before, which takes a GPU
    /// longer to answer than the CPU to compute. A GPU that is asked for and fails is left for the CPU, with a notice. `now`
    /// is a clock in milliseconds; `make_weights` makes room for that many attention weights.
    pub async fn translate<W: Sink>(
        &mut self,
        id: &str,
        choice: BackendChoice,
        asked: Asked<'_>,
        now: impl Fn() -> f64,
        make_weights: impl Fn(usize) -> W,
    ) -> Result<Translated<W>> {
        let started = now();
        let Asked { text, wanted, told } = asked;
        let translator = self.translator(id)?;
        let (spec, tokenizer) = (translator.spec, translator.tokenizer.clone());
        let told: &mut dyn FnMut(&[u32]) = &mut |ids| told(&tokenizer.written(ids, 1).text);
        let job = translator.understand(text, wanted)?;
        let mut notices = Vec::new();
        let on_gpu = match choice {
            BackendChoice::WebGpu => {
                self.translate_on_gpu(id, &job, told, &make_weights, &mut notices).await?
            }
            BackendChoice::Auto | BackendChoice::Cpu => None,
        };
        let (computed, backend, adapter) = match on_gpu {
            Some((computed, adapter)) => (computed, Backend::WebGpu, adapter),
            None => {
                let computed = compute(self.translator(id)?.on_cpu()?, &job, told, &make_weights).await?;
                (computed, Backend::Cpu, cpu::name().to_owned())
            }
        };
        let translator = self.translator(id)?;
        let (target, translation) = translator.told(&wanted.to, &job, &computed);
        let rows = translation.steps.len();
        let beginning = translator.tokenizer.special(translator.config.bos_id, 0, 1);
        let read: Vec<Token> = std::iter::once(beginning).chain(target.tokens).take(rows).collect();
        let Config { encoder_layers, decoder_layers, heads, .. } = translator.config;
        let [encoder, decoder, cross] = computed.maps;
        let source = job.source.tokens;
        let map = |kind, layers, queries: &[Token], keys: &[Token], weights| AttentionMap {
            kind,
            layers,
            heads,
            queries: queries.to_vec(),
            keys: keys.to_vec(),
            weights,
        };
        let trace = Trace {
            model: spec.id.to_owned(),
            backend,
            adapter,
            texts: vec![text.to_owned(), target.text],
            maps: vec![
                map(MapKind::Encoder, encoder_layers, &source, &source, encoder),
                map(MapKind::Decoder, decoder_layers, &read, &read, decoder),
                map(MapKind::Cross, decoder_layers, &read, &source, cross),
            ],
            cuts: job.source.cuts,
            milliseconds: now() - started,
        };
        Ok(Translated { trace, translation, notices })
    }

    /// The computation and the adapter's name; nothing, and a notice, where there is no GPU or it fails.
    async fn translate_on_gpu<W: Sink>(
        &mut self,
        id: &str,
        job: &Job<'_>,
        told: &mut dyn FnMut(&[u32]),
        make_weights: &impl Fn(usize) -> W,
        notices: &mut Vec<Notice>,
    ) -> Result<Option<(Computed<W>, String)>> {
        self.look_for_gpu(BackendChoice::WebGpu).await;
        let GpuState::Ready(gpu) = &self.gpu else {
            let why = if let GpuState::Unusable(why) = &self.gpu { why.as_str() } else { "there is none" };
            let message = format!("WebGPU was asked for but cannot be used ({why}); the CPU computed this.");
            notices.push(Notice { code: "no-webgpu", message });
            return Ok(None);
        };
        let gpu = gpu.clone();
        let computed = match self.translator(id)?.on_gpu(&gpu) {
            Ok(model) => compute(model, job, told, make_weights).await,
            Err(error) => Err(error),
        };
        match computed {
            Ok(computed) => Ok(Some((computed, gpu.adapter().to_owned()))),
            Err(error @ Error::DeviceLost(_)) => {
                self.lose_gpu(&gpu);
                self.gpu = GpuState::Unusable(error.to_string());
                let message = format!("{error}; the CPU computes from now on.");
                notices.push(Notice { code: "fell-back-to-cpu", message });
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn translator(&mut self, id: &str) -> Result<&mut Translator> {
        self.translators.get_mut(id).ok_or_else(|| Error::NotLoaded(id.to_owned()))
    }

    /// Makes a backend ready for a translation model, as [`Engine::prepare`] does for others.
    pub(super) async fn prepare_translator(
        &mut self,
        id: &str,
        choice: BackendChoice,
    ) -> Result<(Backend, String)> {
        if choice == BackendChoice::WebGpu {
            self.look_for_gpu(choice).await;
            if let GpuState::Ready(gpu) = &self.gpu {
                let gpu = gpu.clone();
                self.translator(id)?.on_gpu(&gpu)?;
                return Ok((Backend::WebGpu, gpu.adapter().to_owned()));
            }
        }
        self.translator(id)?.on_cpu()?;
        Ok((Backend::Cpu, cpu::name().to_owned()))
    }
}
