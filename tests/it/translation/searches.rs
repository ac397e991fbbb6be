//! What a search writes, with a cache and without one.

use attention_map::backend::Backend;
use attention_map::cpu::CpuBackend;
use attention_map::error::Error;
use attention_map::gpu::GpuBackend;
use attention_map::model::seq2seq::{
    Config, Hypothesis, Seq2Seq, largest, length_penalty, log_probabilities,
};
use pollster::block_on;

use super::golden::{self, Case, Found, Golden};
use super::{force, load};
use crate::adapter;

/// Nearer than this, two continuations may fall otherwise in 32 bits.
const LEAST_GAP: f64 = 1e-4;

fn search<B: Backend>(model: &mut Seq2Seq<B>, case: &Case, prefix: &[u32], beam: usize) -> Vec<Hypothesis> {
    block_on(model.search(&case.source, prefix, beam, &mut |_| ())).unwrap()
}

fn ids(results: &[Hypothesis]) -> Vec<&[u32]> {
    results.iter().map(|result| &result.ids[..]).collect()
}

#[test]
fn searches_write_the_goldens_token_by_token_on_the_cpu() {
    let golden = Golden::read();
    let mut model = load(&golden::f32_weights(), CpuBackend::new());
    golden.cases.iter().for_each(|case| writes(&mut model, case, golden.beam));
}

#[test]
fn searches_write_the_goldens_token_by_token_on_the_gpu() {
    let Some(gpu) = adapter::gpu() else { return };
    let golden = Golden::read();
    let mut model = load(&golden::weights(), GpuBackend::new(gpu));
    golden.cases.iter().for_each(|case| writes(&mut model, case, golden.beam));
}

fn writes<B: Backend>(model: &mut Seq2Seq<B>, case: &Case, beam: usize) {
    same_results(&case.text, &search(model, case, &[], 1), std::slice::from_ref(&case.greedy));
    if case.smallest_gap >= LEAST_GAP {
        same_results(&case.text, &search(model, case, &[], beam), &case.beam);
    }
}

fn same_results(what: &str, got: &[Hypothesis], expected: &[Found]) {
    assert_eq!(ids(got), expected.iter().map(|found| &found.ids[..]).collect::<Vec<_>>(), "{what}");
    for (got, expected) in got.iter().zip(expected) {
        assert!((got.score - expected.score).abs() < 2e-5, "{what}: {} for {}", got.score, expected.score);
    }
}

#[test]
fn beam_searches_are_compared_for_most_of_the_goldens() {
    let golden = Golden::read();
    let clear = golden.cases.iter().filter(|case| case.smallest_gap >= LEAST_GAP).count();
    assert!(clear >= 30, "{clear} of {}", golden.cases.len());
}

#[test]
fn a_greedy_search_with_8_bit_products_writes_most_of_the_goldens() {
    let golden = Golden::read();
    let mut model = load(&golden::weights(), CpuBackend::new());
    let same = golden.cases.iter().filter(|case| search(&mut model, case, &[], 1)[0].ids == case.greedy.ids);
    let (same, all) = (same.count(), golden.cases.len());
    println!("greedy searches with 8-bit products on the CPU: {same} of {all} as in 64 bits");
    assert!(same * 10 >= all * 8, "{same} of {all}");
}

#[test]
fn a_search_with_a_cache_is_one_without() {
    let golden = Golden::read();
    let mut model = load(&golden::f32_weights(), CpuBackend::new());
    for case in golden.cases.iter().step_by(4) {
        let results = search(&mut model, case, &[], 3);
        for result in &results {
            let score = score_of(&mut model, case, result);
            assert!((score - result.score).abs() < 1e-5, "{}: {score} for {}", case.text, result.score);
        }
    }
}

/// From one pass over the whole.
fn score_of<B: Backend>(model: &mut Seq2Seq<B>, case: &Case, result: &Hypothesis) -> f64 {
    let Config { eos_id, bos_id, never_written_ids, length_penalty: alpha, .. } = model.config().clone();
    let written: Vec<u32> = result.ids.iter().copied().chain(result.ended.then_some(eos_id)).collect();
    let target: Vec<u32> = [bos_id].into_iter().chain(written[..written.len() - 1].to_vec()).collect();
    let logits = force(model, &case.source, &target).forced.logits;
    let rows = logits.chunks_exact(logits.len() / target.len()).zip(&written);
    let sum: f64 = rows.map(|(row, &piece)| log_probabilities(row, &never_written_ids)[piece as usize]).sum();
    sum / length_penalty(written.len(), alpha)
}

#[test]
fn what_a_search_wrote_has_the_same_maps_when_it_is_forced_as_a_prefix_of_something_longer() {
    let golden = Golden::read();
    let mut model = load(&golden::f32_weights(), CpuBackend::new());
    let case = &golden.cases[8];
    let (t, heads) = (case.target.len(), model.config().heads);
    let whole = force(&mut model, &case.source, &case.target);
    let shorter = force(&mut model, &case.source, &case.target[..t - 2]);
    let row = |maps: &[f32], map: usize, queries: usize, keys: usize, row: usize| {
        maps[(map * queries + row) * keys..][..keys].to_vec()
    };
    for map in 0..2 * heads {
        for query in 0..t - 2 {
            let (long, short) =
                (row(&whole.decoder, map, t, t, query), row(&shorter.decoder, map, t - 2, t - 2, query));
            assert!(long.iter().zip(&short).all(|(a, b)| (a - b).abs() < 1e-6));
            assert!(long[t - 2..].iter().all(|&weight| weight == 0.0));
        }
    }
}

#[test]
fn a_prefix_of_what_would_be_written_anyway_changes_nothing() {
    let golden = Golden::read();
    let mut model = load(&golden::f32_weights(), CpuBackend::new());
    for case in golden.cases.iter().step_by(5) {
        for end in [1, case.greedy.ids.len() / 2, case.greedy.ids.len()] {
            let results = search(&mut model, case, &case.greedy.ids[..end], 1);
            same_results(&case.text, &results, std::slice::from_ref(&case.greedy));
        }
    }
}

#[test]
fn behind_another_piece_the_rest_is_decoded_anew() {
    let golden = Golden::read();
    let mut model = load(&golden::f32_weights(), CpuBackend::new());
    let Config { eos_id, never_written_ids, .. } = model.config().clone();
    for case in golden.cases.iter().step_by(7) {
        // The second best piece in the middle.
        let place = case.greedy.ids.len() / 2;
        let logits = force(&mut model, &case.source, &case.target).forced.logits;
        let row = &logits[place * (logits.len() / case.target.len())..][..logits.len() / case.target.len()];
        let best = largest(&log_probabilities(row, &never_written_ids), 3);
        assert_eq!(best[0] as u32, case.greedy.ids[place]);
        let other = best[1..].iter().map(|&piece| piece as u32).find(|&piece| piece != eos_id).unwrap();
        let prefix: Vec<u32> = case.greedy.ids[..place].iter().copied().chain([other]).collect();

        let expected = without_a_cache(&mut model, case, &prefix);
        let results = search(&mut model, case, &prefix, 1);
        assert_eq!(ids(&results), [&expected[..]], "{}", case.text);
        for result in search(&mut model, case, &prefix, 3) {
            assert_eq!(result.ids[..prefix.len()], prefix, "{}", case.text);
        }
    }
}

/// The likeliest piece, again and again, each time from a pass over the whole.
fn without_a_cache<B: Backend>(model: &mut Seq2Seq<B>, case: &Case, prefix: &[u32]) -> Vec<u32> {
    let Config { eos_id, bos_id, never_written_ids, .. } = model.config().clone();
    let limit = model.config().longest(case.source.len());
    let mut target: Vec<u32> = [bos_id].into_iter().chain(prefix.iter().copied()).collect();
    while target.len() <= limit {
        let logits = force(model, &case.source, &target).forced.logits;
        let row = &logits[logits.len() - logits.len() / target.len()..];
        let piece = largest(&log_probabilities(row, &never_written_ids), 1)[0] as u32;
        if piece == eos_id {
            break;
        }
        target.push(piece);
    }
    target[1..].to_vec()
}

#[test]
fn a_search_ends_at_its_limit() {
    // A model whose logits are the same in every row: the likeliest piece is what it writes, and it never ends.
    let weights = golden::f32_weights_but(|name, numbers| match name {
        "decoder.layer_norm.weight" => numbers.fill(0.0),
        "decoder.layer_norm.bias" => numbers.fill(1.0),
        // Piece 100 comes first, the end last.
        "shared.weight" => numbers.chunks_exact_mut(192).enumerate().for_each(|(piece, row)| match piece {
            3 => row.fill(-1.0),
            100 => row.fill(1.0),
            _ => (),
        }),
        _ => (),
    });
    let mut model = load(&weights, CpuBackend::new());
    let limit = model.config().longest(3);
    assert_eq!(limit, 14);
    for beam in [1, 2] {
        let results = block_on(model.search(&[4, 10, 3], &[], beam, &mut |_| ())).unwrap();
        assert_eq!(results.len(), beam);
        assert_eq!(results[0].ids, vec![100; limit]);
        assert!(
            results
                .iter()
                .all(|result| !result.ended && result.ids.len() == limit && result.score.is_finite())
        );
    }
}

#[test]
fn what_cannot_be_translated_is_an_error_that_says_so() {
    let golden = Golden::read();
    let mut model = load(&golden::f32_weights(), CpuBackend::new());
    let mut message = |source: &[u32], prefix: &[u32], beam: usize| match block_on(model.search(
        source,
        prefix,
        beam,
        &mut |_| (),
    )) {
        Err(error @ Error::Shape { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(message(&[], &[], 1), "seq2seq: expected a source of 1 to 128 tokens, got 0");
    assert_eq!(message(&[4; 129], &[], 1), "seq2seq: expected a source of 1 to 128 tokens, got 129");
    assert_eq!(message(&[6144], &[], 1), "seq2seq: expected a source of ids below 6144, got 6144");
    assert_eq!(message(&[4, 3], &[9; 12], 1), "seq2seq: expected a prefix of less than 12 tokens, got 12");
    assert_eq!(
        message(&[4, 3], &[3], 1),
        "seq2seq: expected a prefix of pieces that a search writes, got the id 3"
    );
    assert_eq!(
        message(&[4, 3], &[1], 1),
        "seq2seq: expected a prefix of pieces that a search writes, got the id 1"
    );
    assert_eq!(message(&[4, 3], &[], 0), "seq2seq: expected a beam of 1 to 3072, got 0");
    assert!(!golden.cases.is_empty());
}

#[test]
fn a_config_of_something_else_is_an_error() {
    let json = String::from_utf8(golden::file("config.json")).unwrap();
    let error = |from: &str, to: &str| {
        assert!(json.contains(from), "{from}");
        match Config::from_json("test", json.replace(from, to).as_bytes()) {
            Err(error @ Error::Model { .. }) => error.to_string(),
            other => panic!("{other:?}"),
        }
    };
    for (from, to, what) in [
        ("\"pre\"", "\"post\"", "normalization is \"post\", expected \"pre\""),
        ("\"tied_output\": true", "\"tied_output\": false", "tied_output is false, expected true"),
        ("\"gelu_erf\"", "\"relu\"", "activation is \"relu\", expected \"gelu_erf\""),
        ("\"heads\": 6", "\"heads\": 5", "d_model 192 must be heads 5 times a multiple of 4"),
        ("\"beam\": 4", "\"beam\": 0", "beam is too small"),
        ("\"fr\": 4", "\"fr\": 6144", "there is an id 6144 in a vocabulary of 6144"),
        ("\"eos_id\": 3", "\"eos_id\": 2", "never_written_ids has eos_id 2"),
        ("\"ffn\"", "\"gate\": 1, \"ffn\"", "unknown field `gate`"),
    ] {
        let message = error(from, to);
        assert!(message.starts_with("model test: config.json: ") && message.contains(what), "{message}");
    }
}
