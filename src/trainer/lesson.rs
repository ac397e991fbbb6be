//! A model while it learns: a training step, an evaluation step, and a look at one example.

use burn_tensor::Tensor;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

use super::adam::Adam;
use super::attention::Score;
use super::model::{Batch, Model, Shape, loss};
use super::tasks::{Pair, TASKS, Task};
use super::{Differentiated, Plain};
use crate::error::{Error, Result};

/// Pairs in a training step.
pub const BATCH: usize = 32;
/// Unseen pairs in an evaluation, always the same.
pub const UNSEEN: usize = 200;
/// How many heads there may be.
pub const HEADS: [usize; 4] = [1, 2, 4, 8];

/// What is learnt, by what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub task: String,
    pub heads: usize,
    pub score: String,
    pub encoder: bool,
    pub seed: u32,
}

impl Settings {
    fn shape(&self) -> Result<Shape> {
        let one_of = |what: &str, got: &dyn std::fmt::Display, known: Vec<String>| {
            Error::Training(format!("there is no {what} {got}; there are: {}", known.join(", ")))
        };
        let task = Task::find(&self.task)
            .ok_or_else(|| one_of("task", &self.task, TASKS.iter().map(|task| task.id.into()).collect()))?;
        let known = || Score::ALL.iter().map(|score| score.id().into()).collect();
        let score = Score::ALL.into_iter().find(|score| score.id() == self.score);
        let score = score.ok_or_else(|| one_of("score", &self.score, known()))?;
        if !HEADS.contains(&self.heads) {
            return Err(one_of("number of heads", &self.heads, HEADS.map(|heads| heads.to_string()).into()));
        }
        Ok(Shape { task, heads: self.heads, score, encoder: self.encoder })
    }
}

/// How well a model does on pairs that it was never trained on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Mean cross-entropy of a character, in nats.
    pub loss: f32,
    /// Share of the pairs that are written without a fault.
    pub exact: f32,
    /// Share of cross-attention, as the mean of the heads, on what a character stands for, over characters that stand for some.
    pub aligned: f32,
    /// The same if every character were looked at alike.
    pub even: f32,
}

/// One example, looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Look {
    /// What should be written, and which places of the source each character stands for.
    pub target: String,
    pub right: Vec<Vec<usize>>,
    /// What the model writes, the likeliest character each time.
    pub written: String,
    /// Whether it ended by itself.
    pub ended: bool,
    /// For each character of the target and the end, how likely it is behind the right ones before it.
    pub probabilities: Vec<f32>,
    pub heads: usize,
    /// Cross-attention behind the right characters, (H, T, S), T with the end.
    #[serde(skip)]
    pub weights: Vec<f32>,
}

/// A model, what it learns and how far it is.
pub struct Lesson {
    shape: Shape,
    model: Model<Tensor<Differentiated, 2>>,
    adam: Adam,
    random: StdRng,
    steps: u32,
    unseen: Vec<Pair>,
}

impl Lesson {
    /// A model that has not learnt anything. The same settings give the same lesson.
    pub fn new(settings: &Settings) -> Result<Self> {
        let shape = settings.shape()?;
        let mut random = StdRng::seed_from_u64(settings.seed.into());
        let first = Model::random(&mut random, &shape);
        let unseen = &mut StdRng::seed_from_u64(0);
        Ok(Self {
            shape,
            adam: Adam::new(&first),
            model: first.map(&mut |data| Tensor::from_data(data.clone(), &Default::default()).require_grad()),
            random,
            steps: 0,
            unseen: (0..UNSEEN).map(|_| shape.task.unseen(unseen)).collect(),
        })
    }

    /// Numbers that are learnt.
    pub fn parameters(&self) -> usize {
        let mut count = 0;
        self.model.map(&mut |weight| count += weight.dims().iter().product::<usize>());
        count
    }

    /// Steps taken.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Learns from [`BATCH`] more pairs. Returns the loss before the step, in nats a character. After an error, the model is what
    /// it was.
    pub fn step(&mut self, rate: f32) -> Result<f32> {
        if !(rate.is_finite() && rate > 0.0) {
            return Err(Error::Training(format!("a learning rate is a number above 0, not {rate}")));
        }
        let pairs: Vec<Pair> = (0..BATCH).map(|_| self.shape.task.seen(&mut self.random)).collect();
        let batch = Batch::new(&self.shape, &pairs);
        let loss = loss(self.model.forward(&self.shape, &batch).0, &batch);
        let value: f32 = loss.clone().into_scalar();
        if !value.is_finite() {
            return Err(Error::Training(format!(
                "the loss is no number any more after {} steps; a smaller learning rate may keep it one",
                self.steps
            )));
        }
        self.model = self.adam.step(&self.model, &loss, rate);
        self.steps += 1;
        Ok(value)
    }

    /// Writes [`UNSEEN`] pairs that are never trained on.
    pub fn evaluate(&self) -> Evaluation {
        let batch = Batch::new(&self.shape, &self.unseen);
        let (logits, weights) = self.plain().forward(&self.shape, &batch);
        let loss = loss(logits.clone(), &batch).into_scalar();
        let Batch { texts, columns, rows, ref target, .. } = batch;
        // A text is written without a fault where each character is the likeliest behind the right ones before it.
        let likeliest = likeliest(logits);
        let faultless = |text: &usize| {
            let rows = text * rows..(text + 1) * rows;
            rows.into_iter().take_while(|&row| target[row] != 0).all(|row| likeliest[row] == target[row])
        };
        let exact = (0..texts).filter(faultless).count() as f32 / texts as f32;

        let mean = numbers(weights.mean_dim(1));
        let (mut aligned, mut even, mut counted) = (0.0, 0.0, 0.0_f32);
        for (text, pair) in self.unseen.iter().enumerate() {
            for (row, right) in pair.right.iter().enumerate().filter(|(_, right)| !right.is_empty()) {
                let line = &mean[(text * rows + row) * columns..];
                aligned += right.iter().map(|&place| line[place]).sum::<f32>();
                even += right.len() as f32 / pair.source.len() as f32;
                counted += 1.0;
            }
        }
        Evaluation { loss, exact, aligned: aligned / counted, even: even / counted }
    }

    /// What the model does with one source. The error says what a source of the task is.
    pub fn look(&self, source: &str) -> Result<Look> {
        let pair = self.shape.task.solve(source).map_err(Error::Training)?;
        let model = self.plain();
        let batch = Batch::new(&self.shape, std::slice::from_ref(&pair));
        let (logits, weights) = model.forward(&self.shape, &batch);
        let vocabulary = self.shape.vocabulary();
        let likely = numbers(burn_tensor::activation::softmax(logits, 2));
        let probabilities =
            likely.chunks(vocabulary).zip(&batch.target).map(|(row, &id)| row[id as usize]).collect();
        let (written, ended) = self.write(&model, source);
        Ok(Look {
            probabilities,
            heads: self.shape.heads,
            weights: numbers(weights),
            written,
            ended,
            target: pair.target,
            right: pair.right,
        })
    }

    /// What the model writes for `source`, the likeliest character each time, and whether it ended by itself.
    fn write(&self, model: &Model<Tensor<Plain, 2>>, source: &str) -> (String, bool) {
        let mut written = String::new();
        for row in 0..=self.shape.task.longest_target {
            let so_far = Pair { source: source.into(), target: written.clone(), right: vec![] };
            let (logits, _) = model.forward(&self.shape, &Batch::new(&self.shape, &[so_far]));
            match self.shape.char(likeliest(logits)[row]) {
                Some(char) if row < self.shape.task.longest_target => written.push(char),
                Some(_) => return (written, false),
                None => return (written, true),
            }
        }
        (written, false)
    }

    fn plain(&self) -> Model<Tensor<Plain, 2>> {
        self.model.map(&mut |weight| weight.clone().inner())
    }
}

fn numbers<const D: usize>(tensor: Tensor<Plain, D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// The likeliest id of each row of logits (N, T, V), as (N·T).
fn likeliest(logits: Tensor<Plain, 3>) -> Vec<i32> {
    let [.., vocabulary] = logits.dims();
    let best = |row: &[f32]| (0..vocabulary).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0) as i32;
    numbers(logits).chunks(vocabulary).map(best).collect()
}

#[cfg(test)]
mod tests;
