//! What heads do, against float64 numpy (`tests/reference/habits.py`).

use attention_map::engine::Engine;
use attention_map::habits::{HABITS, SENTENCES};
use attention_map::trace::BackendChoice;

use crate::compare::compare;
use crate::stored::Stored;
use crate::{adapter, models};

const HEADS: usize = 6 * 12;
/// Of a share.
const TOLERANCE: f64 = 2e-6;

fn golden() -> Stored {
    Stored::read("habits")
}

/// (L, H, habits), in portions of one sentence.
fn built_in(engine: &mut Engine, model: &str, choice: BackendChoice) -> Vec<f32> {
    for portion in 1..=SENTENCES.lines().count() {
        let (values, notices) =
            pollster::block_on(engine.built_in_habits(model, choice, || 0.0, 0.0)).unwrap();
        assert_eq!(notices, []);
        if let Some(values) = values {
            assert_eq!(portion, SENTENCES.lines().count());
            return values;
        }
    }
    panic!("the last sentence was not the last");
}

/// Shares within `tolerance`, bits and tokens within ten times that.
#[track_caller]
fn assert_close(what: &str, got: &[f32], expected: &[f64], tolerance: f64) {
    let bound = |at: usize| tolerance * if HABITS[at % HABITS.len()].unit == "share" { 1.0 } else { 10.0 };
    if let Err(why) = compare(got, expected, bound) {
        panic!("{what}: {why}");
    }
}

#[test]
fn the_habits_of_all_72_heads_over_the_built_in_sentences_are_the_references() {
    let expected = golden().floats("built_in");
    assert_eq!(expected.len(), HEADS * HABITS.len());
    let mut choices = vec![BackendChoice::Cpu];
    if adapter::gpu().is_some() {
        choices.push(BackendChoice::WebGpu);
    }
    for choice in choices {
        let mut engine = models::engine(models::F32);
        let measured = built_in(&mut engine, models::F32, choice);
        assert_close("built-in sentences", &measured, &expected, TOLERANCE);
        // Kept: nothing is left to be measured.
        let again = pollster::block_on(engine.built_in_habits(models::F32, choice, || 0.0, 0.0)).unwrap();
        assert_eq!(again.0, Some(measured));
    }
}

#[test]
fn eight_bit_weights_change_no_habit_by_much() {
    let measured = built_in(&mut models::engine(models::Q8), models::Q8, BackendChoice::Cpu);
    assert_close("8-bit weights", &measured, &golden().floats("built_in"), 0.02);
}

#[test]
fn the_habits_in_a_text_or_a_pair_are_the_references() {
    let (golden, mut engine) = (golden(), models::engine(models::F32));
    for (name, tokens) in [("pair", 16), ("short", 3)] {
        let (text, text_b) = (golden.text(name).unwrap(), golden.text(&format!("{name}_b")));
        let habits =
            pollster::block_on(engine.habits(models::F32, BackendChoice::Cpu, text, text_b)).unwrap();
        assert_eq!(habits.0, tokens, "{name}");
        assert_close(name, &habits.1, &golden.floats(name), 2e-5);
    }
}

#[test]
fn where_there_is_nothing_to_look_at_a_share_is_nothing() {
    let mut engine = models::engine(models::Q8);
    for text in ["", "word"] {
        let (_, habits, _) =
            pollster::block_on(engine.habits(models::Q8, BackendChoice::Cpu, text, None)).unwrap();
        for head in habits.chunks_exact(HABITS.len()) {
            for (habit, &share) in HABITS.iter().zip(head) {
                let none =
                    text.is_empty() || ["previous", "next", "punctuation", "same-word"].contains(&habit.id);
                assert_eq!(share == 0.0, none, "{text:?}, {}: {share}", habit.id);
            }
        }
    }
}

#[test]
fn there_are_a_hundred_sentences_of_4_to_40_words_and_no_two_are_the_same() {
    let mut sentences: Vec<&str> = SENTENCES.lines().collect();
    let words = |sentence: &str| sentence.split_whitespace().count();
    assert!(sentences.iter().all(|sentence| (4..=40).contains(&words(sentence))));
    sentences.sort_unstable();
    sentences.dedup();
    assert_eq!(sentences.len(), 100);
}
