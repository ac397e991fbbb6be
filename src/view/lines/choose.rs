//! Which weights get a line.

use super::super::order::{largest_first, nth_largest};
use super::super::{Map, Scene, ViewState};
use crate::lens::Thumbnails;

/// A weight that is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    pub query: usize,
    pub key: usize,
    /// Which of the shown heads.
    pub head: usize,
    pub weight: f32,
}

/// What is drawn of the maps of some heads, and what is not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawn {
    /// The heads, (layer, head): the selected one alone, or it and those chosen beside it.
    pub heads: Vec<(usize, usize)>,
    /// The weakest first, so that the strongest lie on top.
    pub lines: Vec<Line>,
    /// Weights in all.
    pub all: usize,
    /// Whether more weights reach the threshold than can be drawn.
    pub cut: bool,
    /// How much of all weight has no line, from 0 to 1.
    pub share_left_out: f64,
    /// What each key gets from each head, the mean over the rows. // (heads, keys)
    pub gets: Vec<f32>,
    /// The number that the colours' far end stands for; with several heads the largest of theirs.
    pub end: f32,
}

/// Lines for each word and head where no threshold says how many.
const LINES_PER_WORD: usize = 6;
/// Lines in all, without a threshold and with one. More could neither be read nor be drawn in time.
const MOST: usize = 3_000;
const MOST_ABOVE_THRESHOLD: usize = 10_000;

impl Drawn {
    /// The weights from `state.threshold` on, or without one the strongest, of every shown head.
    pub fn choose(scene: &Scene, state: &ViewState) -> Self {
        let (queries, keys) = (scene.queries.len(), scene.keys.len());
        let heads = shown_heads(scene, state);
        let limit = if state.threshold > 0.0 {
            MOST_ABOVE_THRESHOLD
        } else {
            (LINES_PER_WORD * heads.len() * queries.max(keys)).min(MOST)
        };
        let mut drawn = Self { gets: vec![0.0; heads.len() * keys], ..Self::default() };
        let mut total = 0.0_f64;
        let mut reach = 0;
        // Only what is more can be among the strongest.
        let mut floor = 0.0;
        each_map(scene, &heads, |head, map| {
            drawn.all += map.weights.len();
            drawn.end = drawn.end.max(state.shading(&map.weights).end);
            for query in 0..map.queries.min(queries) {
                for (key, &weight) in map.row(query).iter().enumerate().take(keys) {
                    total += f64::from(weight);
                    drawn.gets[head * keys + key] += weight / map.queries as f32;
                    reach += usize::from(weight > 0.0 && weight >= state.threshold);
                    if weight > floor && weight >= state.threshold {
                        drawn.lines.push(Line { query, key, head, weight });
                        if drawn.lines.len() >= 2 * limit {
                            floor = keep_strongest(&mut drawn.lines, limit);
                        }
                    }
                }
            }
        });
        keep_strongest(&mut drawn.lines, limit);
        weakest_first(&mut drawn.lines);
        let shown: f64 = drawn.lines.iter().map(|line| f64::from(line.weight)).sum();
        drawn.share_left_out = if total > 0.0 { (1.0 - shown / total).max(0.0) } else { 0.0 };
        drawn.cut = reach > drawn.lines.len();
        drawn.heads = heads;
        drawn
    }

    /// The weakest weight that has a line.
    pub fn weakest(&self) -> f32 {
        self.lines.first().map_or(0.0, |line| line.weight)
    }

    /// Weights without a line.
    pub fn left_out(&self) -> usize {
        self.all - self.lines.len()
    }
}

/// The weights in the row of `query` and the column of `key`, of every one of `heads`, the weakest first.
pub fn of_word(
    scene: &Scene,
    heads: &[(usize, usize)],
    query: Option<usize>,
    key: Option<usize>,
) -> Vec<Line> {
    let mut lines = vec![];
    each_map(scene, heads, |head, map| {
        let mut add = |query, key| {
            lines.extend(map.weight(query, key).map(|weight| Line { query, key, head, weight }));
        };
        if let Some(query) = query {
            (0..map.keys).for_each(|key| add(query, key));
        }
        if let Some(key) = key {
            (0..map.queries).filter(|&other| Some(other) != query).for_each(|query| add(query, key));
        }
    });
    weakest_first(&mut lines);
    lines
}

/// The selected head, with those chosen beside it where each has a map of its own.
fn shown_heads(scene: &Scene, state: &ViewState) -> Vec<(usize, usize)> {
    let selected = (state.layer, state.head);
    let mut heads = vec![selected];
    if scene.maps.thumbnails() == Thumbnails::Heads && !state.heads.is_empty() {
        // A lens that takes the chosen heads together has made one map of them.
        let mut alone = Map::default();
        scene.maps.read_thumbnail(state.layer, state.head, &mut alone);
        if alone.weights == scene.map.weights {
            let chosen = state.heads.iter().filter(|&chosen| chosen != selected);
            heads.extend(chosen.filter(|&(layer, _)| scene.maps.is_ready(layer)));
            // By layer and head: the others are so already.
            let place = heads[1..].iter().filter(|&&other| other < selected).count();
            heads[..=place].rotate_left(1);
        }
    }
    heads
}

fn each_map(scene: &Scene, heads: &[(usize, usize)], mut visit: impl FnMut(usize, &Map)) {
    if heads.len() == 1 {
        return visit(0, scene.map);
    }
    let mut map = Map::default();
    for (index, &(layer, head)) in heads.iter().enumerate() {
        scene.maps.read_thumbnail(layer, head, &mut map);
        visit(index, &map);
    }
}

/// Of equal ones, the last first.
fn weakest_first(lines: &mut Vec<Line>) {
    let mut weights: Vec<(f32, usize)> = lines.iter().map(|line| line.weight).zip(0..).collect();
    largest_first(&mut weights);
    *lines = weights.iter().rev().map(|&(_, at)| lines[at]).collect();
}

/// Keeps the `count` strongest, of equal ones the first, and says which is the weakest weight among them.
fn keep_strongest(lines: &mut Vec<Line>, count: usize) -> f32 {
    if count == 0 || lines.len() <= count {
        return 0.0;
    }
    let weights: Vec<f32> = lines.iter().map(|line| line.weight).collect();
    let weakest = nth_largest(&weights, count - 1);
    let mut left = count - weights.iter().filter(|&&weight| weight > weakest).count();
    lines.retain(|line| {
        let is_last = line.weight == weakest && left > 0;
        left -= usize::from(is_last);
        is_last || line.weight > weakest
    });
    weakest
}
