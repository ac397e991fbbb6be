//! Heads switched off and words changed, against float64 numpy (`tests/reference/disturbance.py`).

use attention_map::engine::{Ablated, Engine};
use attention_map::inspection::{Noise, Replacement};
use attention_map::trace::BackendChoice;

use crate::compare::assert_close;
use crate::models;
use crate::parity::run;
use crate::stored::Stored;

const LAYERS: usize = 6;
const HEADS: usize = 12;
/// Of a divergence, in bits.
const TOLERANCE: f64 = 2e-6;

fn golden() -> Stored {
    Stored::read("disturbance")
}

fn ablate(
    engine: &mut Engine,
    model: &str,
    (text, text_b): (&str, Option<&str>),
    heads: &[(usize, usize)],
    to: Replacement,
) -> Ablated<Vec<f32>> {
    let zeros = |len| vec![0.0; len];
    pollster::block_on(engine.ablate(model, text, text_b, heads, to, || 0.0, zeros)).unwrap()
}

#[test]
fn maps_and_embedding_move_as_in_the_reference_when_heads_are_switched_off() {
    let (golden, mut engine) = (golden(), models::engine(models::F32));
    let texts = (golden.text("pair").unwrap(), golden.text("pair_b"));
    for (to, name) in [(Replacement::Zero, "zero"), (Replacement::Mean, "mean")] {
        for heads_off in ["one", "several", "last"] {
            let heads = golden.integers(&format!("heads.{heads_off}"));
            let heads: Vec<_> = heads.chunks_exact(2).map(|at| (at[0] as usize, at[1] as usize)).collect();
            let what = format!("{heads_off} to {name}");
            let ablated = ablate(&mut engine, models::F32, texts, &heads, to);
            let expected = golden.floats(&format!("ablated.{what}").replace(" to ", "."));
            assert_close(&what, &ablated.divergences, &expected, TOLERANCE);
            let cosine = golden.floats(&format!("cosine.{heads_off}.{name}"))[0];
            assert!((ablated.cosine - cosine).abs() < 2e-6, "{what}: {} for {cosine}", ablated.cosine);
            if heads_off == "several" {
                let tokens = ablated.trace.maps[0].queries.len();
                let maps = ablated.trace.maps[0].weights.chunks_exact(tokens * tokens);
                let ends = maps.flat_map(|map| [&map[..tokens], &map[map.len() - tokens..]].concat());
                let weights: Vec<f32> = ends.collect();
                assert_close(&what, &weights, &golden.floats(&format!("weights.{name}")), 1e-5);
            }
        }
    }
}

#[test]
fn switching_nothing_off_changes_nothing_to_the_last_bit() {
    for model in [models::F32, models::Q8] {
        let mut engine = models::engine(model);
        let plain = run(&mut engine, model, BackendChoice::Cpu, "One fine day.", Some("Two?")).trace;
        for to in [Replacement::Zero, Replacement::Mean] {
            let ablated = ablate(&mut engine, model, ("One fine day.", Some("Two?")), &[], to);
            assert_eq!(ablated.trace, plain);
            assert_eq!(ablated.cosine, 1.0);
            assert!(ablated.divergences.iter().all(|&divergence| divergence == 0.0));
        }
    }
}

#[test]
fn a_head_moves_only_the_maps_of_later_layers() {
    let mut engine = models::engine(models::Q8);
    let ablated = ablate(&mut engine, models::Q8, ("One fine day.", None), &[(2, 5)], Replacement::Mean);
    let (until, after) = ablated.divergences.split_at(3 * HEADS);
    assert!(until.iter().all(|&divergence| divergence == 0.0));
    assert!(after.iter().all(|&divergence| divergence > 0.0 && divergence <= 1.0));
    assert!(ablated.cosine < 1.0);
}

#[test]
fn maps_move_from_a_text_to_another_as_in_the_reference() {
    let (golden, mut engine) = (golden(), models::engine(models::F32));
    let (before, after) = (golden.text("before").unwrap(), golden.text("after").unwrap());
    let (aligned, moved) =
        pollster::block_on(engine.sensitivity(models::F32, before, None, after, None)).unwrap();
    assert_eq!(2 * aligned, golden.integers("aligned").len());
    assert_close("sensitivity", &moved, &golden.floats("sensitivity"), TOLERANCE);
}

#[test]
fn maps_do_not_move_from_a_text_to_itself_and_as_far_back_as_forth() {
    let mut engine = models::engine(models::Q8);
    let mut moved = |a: &str, b: &str| {
        pollster::block_on(engine.sensitivity(models::Q8, a, Some("And?"), b, Some("And?"))).unwrap()
    };
    let (aligned, still) = moved("One fine day.", "One fine day.");
    assert_eq!(aligned, 9);
    assert!(still.iter().all(|&divergence| divergence == 0.0));
    let forth = moved("One fine day.", "One rainy day.");
    assert!(forth.1.iter().all(|&divergence| divergence > 0.0));
    assert_eq!(moved("One rainy day.", "One fine day."), forth);
}

#[test]
fn maps_move_as_in_the_reference_when_each_word_is_left_out_or_swapped_with_the_next() {
    let (golden, mut engine) = (golden(), models::engine(models::F32));
    for (noise, noise_name) in [(Noise::Drop, "drop"), (Noise::Swap, "swap")] {
        for name in ["sentence", "pair"] {
            let (text, text_b) = (golden.text(name).unwrap(), golden.text(&format!("{name}_b")));
            let words = golden.integers(&format!("words.{name}"));
            let words: Vec<_> =
                words.chunks_exact(2).map(|word| [word[0] as usize, word[1] as usize]).collect();
            let expected = golden.floats(&format!("{noise_name}.{name}"));
            let mut ask = |words: &[[usize; 2]]| {
                pollster::block_on(engine.noise(models::F32, text, text_b, noise, words)).unwrap()
            };
            let (tokens, moved) = ask(&words);
            let what = format!("{noise_name}, {name}");
            assert_close(&what, &moved, &expected, TOLERANCE);
            assert_eq!(tokens, words.last().unwrap()[1] + 1);
            // A few words at a time, the next word with them where it is to be swapped with.
            let next = usize::from(noise == Noise::Swap);
            let few = [&words[..3 + next], &words[3..]].map(|words| ask(words).1).concat();
            assert_eq!(few, moved, "{what}");
        }
    }
}

#[test]
fn heads_and_words_that_are_not_there_are_errors_that_say_what_is() {
    let mut engine = models::engine(models::Q8);
    for heads in [[(LAYERS, 0)], [(0, HEADS)]] {
        let zeros = |len| vec![0.0; len];
        let ablated = engine.ablate(models::Q8, "a b", None, &heads, Replacement::Zero, || 0.0, zeros);
        let error = pollster::block_on(ablated).unwrap_err();
        assert_eq!(error.code(), "shape");
        assert!(error.to_string().contains("below 6 and heads below 12"), "{error}");
    }
    // [CLS] a b [SEP]
    for words in [&[[0, 1]][..], &[[1, 1]], &[[3, 4]], &[[1, 9]], &[[2, 3], [1, 2]], &[[1, 3], [2, 3]]] {
        let noise = engine.noise(models::Q8, "a b", None, Noise::Drop, words);
        let error = pollster::block_on(noise).unwrap_err();
        assert_eq!(error.code(), "shape");
        assert!(error.to_string().contains("to 4 at most"), "{error}");
    }
    let alone = pollster::block_on(engine.noise(models::Q8, "a b", None, Noise::Swap, &[[1, 2]])).unwrap();
    assert_eq!(alone, (4, vec![]));
}
