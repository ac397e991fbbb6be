//! Attention: scores with their masks, softmax, and what the heads read.

use attention_map::backend::{Attend, AttentionLayer, Backend, Slot};
use attention_map::cpu::CpuBackend;
use attention_map::gpu::GpuBackend;
use attention_map::ops::attend::AttendParams;
use attention_map::ops::linear::Shape;
use attention_map::ops::scores::{MASKED, ScoresParams};
use attention_map::ops::softmax::SoftmaxParams;

use pollster::block_on;

use super::{LENGTHS, Random, assert_within, on_both_backends, pass, read, wide};
use crate::{adapter, reference};

/// Heads, queries, keys, head width, first query, causal, and how many keys at the end are padding.
type ScoresCase = (usize, usize, usize, usize, usize, bool, usize);

#[test]
fn scores_are_the_reference_with_padding_and_causal_masks() {
    on_both_backends!(check_scores);
}

fn check_scores<B: Backend>(name: &str, make: impl Fn() -> B) {
    let square = LENGTHS.iter().flat_map(|&t| [(2, t, t, 32, 0, false, 0), (3, t, t, 12, 0, true, t / 3)]);
    // Cross-attention, one step of decoding with a cache, and nothing but padding.
    let others: [ScoresCase; 4] = [
        (4, 9, 21, 16, 0, false, 4),
        (2, 1, 40, 16, 39, true, 0),
        (2, 3, 40, 16, 37, true, 0),
        (2, 5, 5, 8, 0, false, 5),
    ];
    let mut random = Random(2);
    for (heads, queries, keys, width, first_query, causal, padding) in square.chain(others) {
        let stride = heads * width + 4;
        let scale = 1.0 / (width as f32).sqrt();
        // Up to some 1e4 either way.
        let q = random.floats(4 + queries * stride, 100.0);
        let k = random.floats(8 + keys * stride, 100.0);
        let mask: Vec<u32> = (0..keys).map(|key| u32::from(key + padding < keys)).collect();
        let mut expected = Vec::new();
        let mut bounds = Vec::new();
        for head in 0..heads {
            for i in 0..queries {
                for j in 0..keys {
                    let pairs = (0..width).map(|d| {
                        let query = f64::from(q[4 + i * stride + head * width + d]);
                        query * f64::from(k[8 + j * stride + head * width + d])
                    });
                    let hidden = mask[j] == 0 || (causal && j > first_query + i);
                    let score = f64::from(scale) * pairs.clone().sum::<f64>();
                    expected.push(if hidden { f64::from(MASKED) } else { score });
                    bounds.push(1e-6 * f64::from(scale) * pairs.map(f64::abs).sum::<f64>());
                }
            }
        }
        let params = ScoresParams {
            queries: queries as u32,
            keys: keys as u32,
            head_width: width as u32,
            query_stride: stride as u32,
            query_offset: 4,
            key_stride: stride as u32,
            key_offset: 8,
            causal: u32::from(causal),
            first_query: first_query as u32,
            scale,
            ..Default::default()
        };
        let mut backend = make();
        pass(&mut backend, &[q.len(), k.len(), expected.len()], &mask);
        backend.write(Slot(0), &q);
        backend.write(Slot(1), &k);
        backend.scores(heads as u32, params, Slot(0), Slot(1), Slot(2));
        let got = read(&mut backend, Slot(2), expected.len());
        let what = format!("{name}: {heads} heads, {queries} x {keys} x {width}, causal {causal}");
        assert_within(what, &got, &expected, |i| bounds[i]);
    }
}

#[test]
fn softmax_is_the_reference_up_to_scores_of_ten_thousand() {
    on_both_backends!(check_softmax);
}

fn check_softmax<B: Backend>(name: &str, make: impl Fn() -> B) {
    let mut random = Random(3);
    for keys in LENGTHS {
        for scale in [1.0, 30.0, 1.0e4] {
            let (heads, queries) = (2, 3);
            let mut scores = random.floats(heads * queries * keys, scale);
            // One row sees only every third key, one none at all.
            let seen = |row: usize, key: usize| row > 1 || (row == 0 && key.is_multiple_of(3));
            for (row, scores) in scores.chunks_exact_mut(keys).enumerate() {
                for (_, score) in scores.iter_mut().enumerate().filter(|(key, _)| !seen(row, *key)) {
                    *score = MASKED;
                }
            }
            let rows = scores.chunks_exact(keys).enumerate();
            let expected: Vec<f64> = rows
                .flat_map(|(row, scores)| reference::softmax(&wide(scores), |key| seen(row, key)))
                .collect();
            let params = SoftmaxParams { queries: 3, keys: keys as u32, out_offset: 7, ..Default::default() };
            let mut backend = make();
            pass(&mut backend, &[scores.len(), 7 + scores.len()], &[]);
            let before = [0.5; 7];
            backend.write(Slot(0), &scores);
            backend.write(Slot(1), &before);
            backend.softmax(2, params, Slot(0), Slot(1));
            let got = read(&mut backend, Slot(1), 7 + scores.len());
            assert_within(format!("{name}: {keys} keys, scale {scale}"), &got[7..], &expected, |_| 2e-6);
            assert_eq!(got[..7], before, "{name}: what lies before the layer's slice is another layer's");
        }
    }
}

#[test]
fn softmax_of_a_fully_masked_row_is_zero_and_masked_keys_get_nothing() {
    on_both_backends!(check_masked_softmax);
}

fn check_masked_softmax<B: Backend>(name: &str, make: impl Fn() -> B) {
    let scores = [MASKED, MASKED, MASKED, -1.0e4, MASKED, -1.0e4];
    let mut backend = make();
    pass(&mut backend, &[6, 6], &[]);
    backend.write(Slot(0), &scores);
    backend.softmax(1, SoftmaxParams { queries: 2, keys: 3, ..Default::default() }, Slot(0), Slot(1));
    assert_eq!(read(&mut backend, Slot(1), 6), [0.0, 0.0, 0.0, 0.5, 0.0, 0.5], "{name}");
}

#[test]
fn attend_is_the_reference_for_any_number_of_keys() {
    on_both_backends!(check_attend);
}

fn check_attend<B: Backend>(name: &str, make: impl Fn() -> B) {
    let mut random = Random(4);
    for (queries, keys) in LENGTHS.iter().map(|&t| (t, t)).chain([(5, 70), (70, 5)]) {
        for (heads, width) in [(2, 32), (3, 12)] {
            let (stride, before) = (heads * width + 8, 5);
            let weights = random.floats(before + heads * queries * keys, 1.0);
            let values = random.floats(4 + keys * stride, 2.0);
            let mut expected = vec![0.0; queries * heads * width];
            let mut bounds = expected.clone();
            for head in 0..heads {
                for i in 0..queries {
                    for d in 0..width {
                        let sum = (0..keys).map(|j| {
                            let weight = f64::from(weights[before + (head * queries + i) * keys + j]);
                            weight * f64::from(values[4 + j * stride + head * width + d])
                        });
                        let at = (i * heads + head) * width + d;
                        expected[at] = sum.clone().sum();
                        bounds[at] = 1e-6 * (1.0 + sum.map(f64::abs).sum::<f64>());
                    }
                }
            }
            let params = AttendParams {
                queries: queries as u32,
                keys: keys as u32,
                head_width: width as u32,
                value_stride: stride as u32,
                value_offset: 4,
                out_stride: (heads * width) as u32,
                attention_offset: before as u32,
                out_offset: 8,
            };
            let mut backend = make();
            pass(&mut backend, &[weights.len(), values.len(), 8 + expected.len()], &[]);
            backend.write(Slot(0), &weights);
            backend.write(Slot(1), &values);
            backend.attend(heads as u32, params, Slot(0), Slot(1), Slot(2));
            let got = read(&mut backend, Slot(2), 8 + expected.len());
            let what = format!("{name}: {heads} heads, {queries} x {keys} x {width}");
            assert_within(what, &got[8..], &expected, |i| bounds[i]);
        }
    }
}

#[test]
fn a_whole_layer_of_attention_is_the_reference_and_its_weights_come_out() {
    on_both_backends!(check_layer);
}

fn check_layer<B: Backend>(name: &str, make: impl Fn() -> B) {
    let square = LENGTHS.iter().flat_map(|&t| [(2, t, t, 32, false, 0), (3, t, t, 12, true, t / 3)]);
    // Rows that are too long for some kernels, cross-attention, and nothing but padding.
    let others = [
        (1, 3, 700, 8, false, 9),
        (2, 9, 512, 16, false, 0),
        (2, 30, 21, 16, false, 4),
        (2, 5, 5, 8, false, 5),
    ];
    let mut random = Random(8);
    for (heads, queries, keys, width, causal, padding) in square.chain(others) {
        let (stride, before) = (heads * width + 4, 7);
        let scale = 1.0 / (width as f32).sqrt();
        let q = random.floats(queries * stride, 3.0);
        let k = random.floats(4 + keys * stride, 3.0);
        let v = random.floats(8 + keys * stride, 2.0);
        let mask: Vec<u32> = (0..keys).map(|key| u32::from(key + padding < keys)).collect();
        let mut weights = Vec::new();
        let mut context = vec![0.0; queries * heads * width];
        for head in 0..heads {
            for i in 0..queries {
                let scores: Vec<f64> = (0..keys)
                    .map(|j| {
                        let pairs = (0..width).map(|d| {
                            f64::from(q[i * stride + head * width + d])
                                * f64::from(k[4 + j * stride + head * width + d])
                        });
                        f64::from(scale) * pairs.sum::<f64>()
                    })
                    .collect();
                let row = reference::softmax(&scores, |j| mask[j] == 1 && (!causal || j <= i));
                for (j, weight) in row.iter().enumerate() {
                    for d in 0..width {
                        context[(i * heads + head) * width + d] +=
                            weight * f64::from(v[8 + j * stride + head * width + d]);
                    }
                }
                weights.extend(row);
            }
        }
        let [rows, columns, head_width, stride] = [queries, keys, width, stride].map(|n| n as u32);
        let layer = AttentionLayer {
            heads: heads as u32,
            scores: ScoresParams {
                queries: rows,
                keys: columns,
                head_width,
                query_stride: stride,
                key_stride: stride,
                key_offset: 4,
                causal: u32::from(causal),
                scale,
                ..Default::default()
            },
            softmax: SoftmaxParams { queries: rows, keys: columns, out_offset: before, ..Default::default() },
            attend: Some(Attend {
                params: AttendParams {
                    queries: rows,
                    keys: columns,
                    head_width,
                    value_stride: stride,
                    value_offset: 8,
                    out_stride: (heads * width) as u32,
                    attention_offset: before,
                    ..Default::default()
                },
                value: Slot(2),
                context: Slot(5),
            }),
            query: Slot(0),
            key: Slot(1),
            raw: Slot(3),
            attention: Slot(4),
        };
        let before = before as usize;
        let lens = [q.len(), k.len(), v.len(), weights.len(), before + weights.len(), context.len()];
        let begin = |backend: &mut B| {
            pass(backend, &lens, &mask);
            for (slot, data) in [&q, &k, &v].into_iter().enumerate() {
                backend.write(Slot(slot), data);
            }
        };
        let mut backend = make();
        begin(&mut backend);
        let mut sink = Vec::new();
        backend.attention(AttentionLayer { attend: None, ..layer }, &mut sink);
        block_on(backend.finish(&[], &mut sink)).unwrap();
        let alone = std::mem::take(&mut sink);
        begin(&mut backend);
        backend.attention(layer, &mut sink);
        let read = block_on(backend.finish(&[(Slot(5), context.len())], &mut sink)).unwrap();
        let what = format!("{name}: {heads} heads, {queries} x {keys} x {width}, causal {causal}");
        assert_within(format!("{what}, weights"), &sink[before..], &weights, |_| 4e-6);
        assert_eq!(alone, sink, "{what}: without values");
        assert_within(format!("{what}, context"), &read[0], &context, |_| 2e-5);
    }
}

#[test]
fn nan_in_the_scores_comes_out_as_nan_and_not_as_a_weight() {
    on_both_backends!(check_nan);
}

fn check_nan<B: Backend>(name: &str, make: impl Fn() -> B) {
    let mut backend = make();
    pass(&mut backend, &[4, 4], &[]);
    backend.write(Slot(0), &[0.0, f32::NAN, 0.0, 0.0]);
    backend.softmax(1, SoftmaxParams { queries: 1, keys: 4, ..Default::default() }, Slot(0), Slot(1));
    let got = read(&mut backend, Slot(1), 4);
    assert!(got.iter().any(|weight| weight.is_nan()), "{name}: {got:?}");
}
