//! A translation model in memory, on each backend: what it understands of what is asked, and what there is to say of what it
//! computed.

use std::rc::Rc;

use super::ModelFiles;
use super::loaded::{agrees, taken};
use crate::backend;
use crate::cpu::CpuBackend;
use crate::error::{Error, Result};
use crate::gpu::{Gpu, GpuBackend};
use crate::model::seq2seq::{
    Config, Forced, Hypothesis, Seq2Seq, largest, length_penalty, log_probabilities,
};
use crate::model::{ALIGNMENT_FILE, CONFIG_FILE, ModelSpec, TOKENIZER_FILE, WEIGHTS_FILE};
use crate::tensor::FileBytes;
use crate::tokenizer::{Encoded, Pieces, Tokenizer};
use crate::trace::Token;
use crate::translation::words::{Choices, Cross, words_of};
use crate::translation::{Alignment, Candidate, Ranked, Step, TOP, Translation, Wanted};
use crate::weights::Weights;

/// A translation model's files, read, and the backends that it has been made ready for.
pub(super) struct Translator {
    pub(super) spec: &'static ModelSpec,
    pub(super) tokenizer: Rc<Tokenizer>,
    pub(super) config: Config,
    alignment: Choices,
    weights: FileBytes,
    cpu: Option<Seq2Seq<CpuBackend>>,
    pub(super) gpu: Option<Seq2Seq<GpuBackend>>,
}

/// A source in pieces, and what the decoder is to do with it.
pub(super) struct Job<'a> {
    pub(super) text: &'a str,
    pub(super) source: Encoded,
    pub(super) task: Task,
}

pub(super) enum Task {
    Search { prefix: Vec<u32>, beam: usize },
    Force(Pieces),
}

/// What one backend computes.
pub(super) struct Computed<W> {
    /// The best first; none of what was forced.
    pub(super) results: Vec<Hypothesis>,
    /// What the rows wrote, the end included where it was.
    pub(super) written: Vec<u32>,
    pub(super) maps: [W; 3],
    /// The last of them once more, which may have left for elsewhere.
    pub(super) cross: Vec<f32>,
    pub(super) forced: Forced,
}

impl Translator {
    pub(super) fn read(spec: &'static ModelSpec, mut files: ModelFiles) -> Result<Self> {
        let mut file = |name: &str| taken(&mut files, name);
        let config = Config::from_json(spec.id, &file(CONFIG_FILE)?)?;
        agrees(spec, (config.decoder_layers, config.heads, config.max_positions))?;
        let tokenizer = Rc::new(Tokenizer::of_pieces(&file(TOKENIZER_FILE)?)?);
        let alignment = Choices::from_json(&file(ALIGNMENT_FILE)?, [config.decoder_layers, config.heads])?;
        let weights = Rc::new(file(WEIGHTS_FILE)?);
        Weights::parse(WEIGHTS_FILE, &weights)?;
        Ok(Self { spec, tokenizer, config, alignment, weights, cpu: None, gpu: None })
    }

    pub(super) fn on_cpu(&mut self) -> Result<&mut Seq2Seq<CpuBackend>> {
        if self.cpu.is_none() {
            self.cpu = Some(self.load(CpuBackend::new())?);
        }
        self.cpu.as_mut().ok_or_else(|| Error::NotLoaded(self.spec.id.to_owned()))
    }

    pub(super) fn on_gpu(&mut self, gpu: &Rc<Gpu>) -> Result<&mut Seq2Seq<GpuBackend>> {
        if self.gpu.is_none() {
            self.gpu = Some(self.load(GpuBackend::new(gpu.clone()))?);
        }
        self.gpu.as_mut().ok_or_else(|| Error::NotLoaded(self.spec.id.to_owned()))
    }

    fn load<B: backend::Backend>(&self, backend: B) -> Result<Seq2Seq<B>> {
        Seq2Seq::load(self.config.clone(), &Weights::parse(WEIGHTS_FILE, &self.weights)?, backend)
    }

    /// The source in pieces, and what is to be done with it.
    pub(super) fn understand<'a>(&self, text: &'a str, wanted: &Wanted) -> Result<Job<'a>> {
        let config = &self.config;
        let wrong = |what: &str| Err(Error::Translation(what.to_owned()));
        if text.trim().is_empty() {
            return wrong("there is no text to translate");
        }
        let tag = config.tag(&wanted.to)?;
        let source = self.tokenizer.source(text, [tag, config.eos_id], config.max_positions)?;
        let task = match (&wanted.target, &wanted.prefix) {
            (Some(_), Some(_)) => return wrong("a translation is either given or has a prefix, not both"),
            (Some(target), None) if target.trim().is_empty() => {
                return wrong("the given translation is empty");
            }
            (Some(target), None) => {
                let pieces = self.tokenizer.pieces(target, 1)?;
                let (got, most) = (pieces.ids.len(), config.max_positions - 1);
                if got > most {
                    return wrong(&format!(
                        "the given translation has {got} tokens; at most {most} fit the model"
                    ));
                }
                Task::Force(pieces)
            }
            (None, prefix) => Task::Search {
                prefix: prefix.clone().unwrap_or_default(),
                beam: wanted.beam.unwrap_or(config.beam),
            },
        };
        Ok(Job { text, source, task })
    }

    /// What there is to say of it.
    pub(super) fn told<W>(&self, to: &str, job: &Job<'_>, computed: &Computed<W>) -> (Pieces, Translation) {
        let config = &self.config;
        let Job { source, task, .. } = job;
        let Computed { results, written, forced, cross, .. } = computed;
        let ended = written.last() == Some(&config.eos_id);
        let ids = &written[..written.len() - usize::from(ended)];
        let (target, given) = match task {
            Task::Force(pieces) => (pieces.clone(), written.len()),
            Task::Search { prefix, .. } => (self.tokenizer.written(ids, 1), prefix.len()),
        };
        let end = target.text.encode_utf16().count();
        let mut score = 0.0;
        let mut steps = Vec::with_capacity(written.len());
        for (row, (logits, &id)) in forced.logits.chunks_exact(config.vocab_size).zip(written).enumerate() {
            let logs = log_probabilities(logits, &config.never_written_ids);
            let candidate = |id: usize| Candidate {
                id: id as u32,
                text: self.tokenizer.spelling(id as u32),
                probability: logs[id].exp(),
            };
            score += logs[id as usize];
            let (start, end) = target.tokens.get(row).map_or((end, end), |token| (token.start, token.end));
            let top = largest(&logs, TOP).into_iter().map(candidate).collect();
            let Candidate { text, probability, .. } = candidate(id as usize);
            steps.push(Step { id, text, probability, start, end, top });
        }
        let ranked = |result: &Hypothesis| Ranked {
            ids: result.ids.clone(),
            text: self.tokenizer.written(&result.ids, 1).text,
            score: result.score,
        };
        let unknown = source.ids.iter().enumerate().filter(|&(_, &id)| id == config.unk_id);
        let translation = Translation {
            to: to.to_owned(),
            given,
            ended,
            score: score.is_finite().then(|| score / length_penalty(written.len(), config.length_penalty)),
            results: results.iter().map(ranked).collect(),
            unknown: unknown.map(|(place, _)| place).collect(),
            cross_lengths: forced.cross_lengths.clone(),
            alignment: self.align(job, &target, cross, &forced.cross_lengths),
            steps,
        };
        (target, translation)
    }

    /// The words that each other's pieces attend to.
    fn align(&self, job: &Job<'_>, target: &Pieces, weights: &[f32], lengths: &[f32]) -> Alignment {
        // Without the tag and the end.
        let typed: Vec<Token> = job.source.tokens.iter().filter(|token| !token.special).cloned().collect();
        let (source_words, source_spans) = words_of(job.text, &typed);
        let maps = self.config.decoder_layers * self.config.heads;
        let rows = weights.len() / (maps * job.source.tokens.len());
        let (target_words, target_spans) = words_of(&target.text, &target.tokens);
        let cross = Cross {
            weights,
            lengths,
            heads: self.config.heads,
            rows,
            source_words: &source_words,
            target_words: &target_words,
        };
        Alignment {
            source: source_spans,
            target: target_spans,
            weight: cross.links(&self.alignment.weight),
            norm: cross.links(&self.alignment.norm),
        }
    }
}
