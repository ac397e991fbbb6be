//! The model that learns: an encoder-decoder Transformer (Vaswani et al. 2017, arXiv:1706.03762) of one layer each, with layer
//! norms before its parts (Xiong et al. 2020, arXiv:2002.04745, figure 1b), which reads and writes single characters.
//!
//! Places in the source are counted from both of its ends, by a learnt vector for each, since what stands last is what most of
//! these tasks ask for first. The encoder's own attention can be left out: then what the decoder looks at are the characters
//! themselves, each of which knows nothing of the others.

use burn_tensor::activation::{log_softmax, relu};
use burn_tensor::backend::Backend;
use burn_tensor::{Int, Tensor, TensorData};
use rand::RngExt;
use rand::rngs::StdRng;

use super::attention::{Attention, Score};
use super::tasks::{Pair, Task};

/// D, the numbers that stand for a character.
pub const WIDTH: usize = 32;
/// F, those in the middle of a feed-forward layer.
const INNER: usize = 2 * WIDTH;
/// Ids before those of a task's alphabet: nothing, where a text is shorter than the longest; begin; end.
const PAD: i32 = 0;
const BEGIN: i32 = 1;
pub const END: i32 = 2;
const FIRST: i32 = 3;
/// What is added to a score that counts for nothing.
const HIDDEN: f32 = -1e9;

/// What a model is made for.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub task: &'static Task,
    pub heads: usize,
    pub score: Score,
    /// Whether the encoder has attention of its own.
    pub encoder: bool,
}

impl Shape {
    /// V, the characters and the marks before them.
    pub fn vocabulary(&self) -> usize {
        FIRST as usize + self.task.alphabet.len()
    }

    /// Ids of a text of the task.
    fn ids(&self, text: &str) -> Vec<i32> {
        text.chars().filter_map(|char| Some(self.task.alphabet.find(char)? as i32 + FIRST)).collect()
    }

    /// The character with this id; none of a mark.
    pub fn char(&self, id: i32) -> Option<char> {
        self.task.alphabet[usize::try_from(id - FIRST).ok()?..].chars().next()
    }
}

/// A dense layer: x W + b, W (in, out), b (1, out).
#[derive(Clone, Debug)]
pub struct Linear<W> {
    weight: W,
    bias: W,
}

/// Layer normalisation (Ba et al. 2016, arXiv:1607.06450, equation 4), gain and bias (1, D).
#[derive(Clone, Debug)]
struct Norm<W> {
    gain: W,
    bias: W,
}

/// max(0, x A + a) B + b.
#[derive(Clone, Debug)]
struct FeedForward<W> {
    up: Linear<W>,
    down: Linear<W>,
}

/// One layer of the encoder.
#[derive(Clone, Debug)]
struct Encoder<W> {
    norms: [Norm<W>; 2],
    attention: Attention<W>,
    feed: FeedForward<W>,
}

/// All weights, each a `W` of two dimensions.
#[derive(Clone, Debug)]
pub struct Model<W> {
    characters: W, // (V, D)
    from_start: W, // (S, D)
    from_end: W,   // (S, D)
    written: W,    // (T, D)
    encoder: Option<Encoder<W>>,
    memory: Norm<W>,
    norms: [Norm<W>; 4],
    itself: Attention<W>,
    cross: Attention<W>,
    feed: FeedForward<W>,
    output: Linear<W>,
}

/// Numbers between `-bound` and `bound`.
pub fn uniform(random: &mut StdRng, shape: [usize; 2], bound: f32) -> TensorData {
    let [rows, columns] = shape;
    TensorData::new(
        (0..rows * columns).map(|_| random.random_range(-bound..bound)).collect::<Vec<f32>>(),
        shape,
    )
}

impl Linear<TensorData> {
    /// Random weights with the bound of Glorot & Bengio 2010, equation 16.
    pub fn random(random: &mut StdRng, from: usize, to: usize) -> Self {
        let weight = uniform(random, [from, to], (6.0 / (from + to) as f32).sqrt());
        Self { weight, bias: TensorData::zeros::<f32, _>([1, to]) }
    }
}

impl Norm<TensorData> {
    fn new() -> Self {
        Self { gain: TensorData::ones::<f32, _>([1, WIDTH]), bias: TensorData::zeros::<f32, _>([1, WIDTH]) }
    }
}

impl FeedForward<TensorData> {
    fn random(random: &mut StdRng) -> Self {
        Self { up: Linear::random(random, WIDTH, INNER), down: Linear::random(random, INNER, WIDTH) }
    }
}

impl Model<TensorData> {
    /// Random weights. The same seed gives the same.
    pub fn random(random: &mut StdRng, shape: &Shape) -> Self {
        let Shape { task, heads, score, encoder } = *shape;
        let mut embedding = |rows: usize| uniform(random, [rows, WIDTH], 1.0);
        let [characters, from_start, from_end, written] = [
            embedding(shape.vocabulary()),
            embedding(task.longest_source),
            embedding(task.longest_source),
            embedding(task.longest_target + 1),
        ];
        let scaled = |random: &mut StdRng| Attention::random(random, WIDTH, heads, Score::ScaledDot);
        Self {
            characters,
            from_start,
            from_end,
            written,
            encoder: encoder.then(|| Encoder {
                norms: [(); 2].map(|()| Norm::new()),
                attention: scaled(random),
                feed: FeedForward::random(random),
            }),
            memory: Norm::new(),
            norms: [(); 4].map(|()| Norm::new()),
            itself: scaled(random),
            cross: Attention::random(random, WIDTH, heads, score),
            feed: FeedForward::random(random),
            output: Linear::random(random, WIDTH, shape.vocabulary()),
        }
    }
}

impl<W> Linear<W> {
    pub fn map<U>(&self, make: &mut impl FnMut(&W) -> U) -> Linear<U> {
        Linear { weight: make(&self.weight), bias: make(&self.bias) }
    }
}

impl<W> Norm<W> {
    fn map<U>(&self, make: &mut impl FnMut(&W) -> U) -> Norm<U> {
        Norm { gain: make(&self.gain), bias: make(&self.bias) }
    }
}

impl<W> FeedForward<W> {
    fn map<U>(&self, make: &mut impl FnMut(&W) -> U) -> FeedForward<U> {
        FeedForward { up: self.up.map(make), down: self.down.map(make) }
    }
}

impl<W> Encoder<W> {
    fn map<U>(&self, make: &mut impl FnMut(&W) -> U) -> Encoder<U> {
        Encoder {
            norms: self.norms.each_ref().map(|norm| norm.map(make)),
            attention: self.attention.map(make),
            feed: self.feed.map(make),
        }
    }
}

impl<W> Model<W> {
    /// The same model with other weights, made of each in a fixed order.
    pub fn map<U>(&self, make: &mut impl FnMut(&W) -> U) -> Model<U> {
        Model {
            characters: make(&self.characters),
            from_start: make(&self.from_start),
            from_end: make(&self.from_end),
            written: make(&self.written),
            encoder: self.encoder.as_ref().map(|encoder| encoder.map(make)),
            memory: self.memory.map(make),
            norms: self.norms.each_ref().map(|norm| norm.map(make)),
            itself: self.itself.map(make),
            cross: self.cross.map(make),
            feed: self.feed.map(make),
            output: self.output.map(make),
        }
    }
}

impl<B: Backend> Linear<Tensor<B, 2>> {
    /// (N, T, in) to (N, T, out).
    pub fn forward(&self, input: Tensor<B, 3>) -> Tensor<B, 3> {
        let [texts, rows, from] = input.dims();
        let [_, to] = self.weight.dims();
        let rows_of_all = input.reshape([texts * rows, from]);
        (rows_of_all.matmul(self.weight.clone()) + self.bias.clone()).reshape([texts, rows, to])
    }
}

impl<B: Backend> Norm<Tensor<B, 2>> {
    fn forward(&self, input: Tensor<B, 3>) -> Tensor<B, 3> {
        let [texts, rows, width] = input.dims();
        let input = input.reshape([texts * rows, width]);
        let centred = input.clone() - input.mean_dim(1);
        let variance = (centred.clone() * centred.clone()).mean_dim(1);
        let normal = centred / (variance + 1e-5).sqrt();
        (normal * self.gain.clone() + self.bias.clone()).reshape([texts, rows, width])
    }
}

impl<B: Backend> FeedForward<Tensor<B, 2>> {
    fn forward(&self, input: Tensor<B, 3>) -> Tensor<B, 3> {
        self.down.forward(relu(self.up.forward(input)))
    }
}

/// Pairs next to each other, padded to the longest.
#[derive(Clone, Debug)]
pub struct Batch {
    /// N
    pub texts: usize,
    /// S, the source's characters
    pub columns: usize,
    /// T, the target's characters and the end
    pub rows: usize,
    source: Vec<i32>,   // (N, S)
    from_end: Vec<i32>, // (N, S)
    input: Vec<i32>,    // (N, T), the target one later, behind the mark to begin with
    /// What should be written, (N, T).
    pub target: Vec<i32>,
}

impl Batch {
    pub fn new(shape: &Shape, pairs: &[Pair]) -> Self {
        let longest = |of: fn(&Pair) -> usize| pairs.iter().map(of).max().unwrap_or(0);
        let (columns, rows) = (longest(|pair| pair.source.len()), longest(|pair| pair.target.len()) + 1);
        let mut batch = Self {
            texts: pairs.len(),
            columns,
            rows,
            source: vec![],
            from_end: vec![],
            input: vec![],
            target: vec![],
        };
        let pad = |to: &mut Vec<i32>, ids: Vec<i32>, length: usize| {
            to.extend(ids.into_iter().chain(std::iter::repeat(PAD)).take(length));
        };
        for pair in pairs {
            let (source, target) = (shape.ids(&pair.source), shape.ids(&pair.target));
            pad(&mut batch.from_end, (0..source.len() as i32).rev().collect(), columns);
            pad(&mut batch.source, source, columns);
            pad(&mut batch.input, std::iter::once(BEGIN).chain(target.iter().copied()).collect(), rows);
            pad(&mut batch.target, target.into_iter().chain([END]).collect(), rows);
        }
        batch
    }
}

impl<B: Backend> Model<Tensor<B, 2>> {
    /// A distribution over characters behind each of the target's, as logits (N, T, V), and cross-attention (N, H, T, S).
    pub fn forward(&self, shape: &Shape, batch: &Batch) -> (Tensor<B, 3>, Tensor<B, 4>) {
        let &Batch { texts, columns, rows, .. } = batch;
        let Shape { heads, score, .. } = *shape;
        let device = Default::default();
        let rows_of = |table: &Tensor<B, 2>, ids: &[i32]| {
            let ids = TensorData::new(ids.to_vec(), [ids.len()]);
            table.clone().select(0, Tensor::<B, 1, Int>::from_data(ids, &device))
        };
        let places =
            |table: &Tensor<B, 2>, count: usize| table.clone().narrow(0, 0, count).reshape([1, count, WIDTH]);
        let hidden = |hide: Vec<bool>, shape: [usize; 4]| {
            let hide: Vec<f32> = hide.into_iter().map(|hide| if hide { HIDDEN } else { 0.0 }).collect();
            Tensor::<B, 4>::from_data(TensorData::new(hide, shape), &device)
        };
        let padding = hidden(batch.source.iter().map(|&id| id == PAD).collect(), [texts, 1, 1, columns]);
        let future = hidden((0..rows * rows).map(|at| at % rows > at / rows).collect(), [1, 1, rows, rows]);

        let mut read = rows_of(&self.characters, &batch.source).reshape([texts, columns, WIDTH])
            + rows_of(&self.from_end, &batch.from_end).reshape([texts, columns, WIDTH])
            + places(&self.from_start, columns);
        if let Some(Encoder { norms, attention, feed }) = &self.encoder {
            let normal = norms[0].forward(read.clone());
            read =
                read + attention.forward(normal.clone(), normal, padding.clone(), heads, Score::ScaledDot).0;
            read = read.clone() + feed.forward(norms[1].forward(read));
        }
        let memory = self.memory.forward(read); // (N, S, D)

        let mut write = rows_of(&self.characters, &batch.input).reshape([texts, rows, WIDTH])
            + places(&self.written, rows);
        let normal = self.norms[0].forward(write.clone());
        write = write + self.itself.forward(normal.clone(), normal, future, heads, Score::ScaledDot).0;
        let normal = self.norms[1].forward(write.clone());
        let (seen, weights) = self.cross.forward(normal, memory, padding, heads, score);
        write = write + seen;
        write = write.clone() + self.feed.forward(self.norms[2].forward(write));
        (self.output.forward(self.norms[3].forward(write)), weights)
    }
}

/// Mean cross-entropy in nats over all that should be written, the ends included.
pub fn loss<B: Backend>(logits: Tensor<B, 3>, batch: &Batch) -> Tensor<B, 1> {
    let [texts, rows, vocabulary] = logits.dims();
    let count = texts * rows;
    let device = Default::default();
    let target = Tensor::<B, 2, Int>::from_data(TensorData::new(batch.target.clone(), [count, 1]), &device);
    let counts: Vec<f32> = batch.target.iter().map(|&id| if id == PAD { 0.0 } else { 1.0 }).collect();
    let total: f32 = counts.iter().sum();
    let counts = Tensor::<B, 2>::from_data(TensorData::new(counts, [count, 1]), &device);
    let likely = log_softmax(logits.reshape([count, vocabulary]), 1).gather(1, target);
    (likely * counts).sum() / -total
}
