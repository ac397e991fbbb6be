//! Word alignments of the engine, against those of `training/align.py` and against those made by hand.

use std::collections::BTreeSet;

use attention_map::cpu::CpuBackend;
use attention_map::tokenizer::Tokenizer;
use attention_map::translation::words::{Choices, Cross, pharaoh};
use serde::Deserialize;

use super::golden::{self, Golden};
use super::{force, load};

/// What `training/align.py` makes of a pair.
#[derive(Deserialize)]
struct Aligned {
    language: String,
    english: String,
    translation: String,
    source_words: Vec<usize>,
    target_words: Vec<usize>,
    weight: String,
    norm: String,
}

type Links = BTreeSet<[usize; 2]>;

/// A pair aligned by hand.
struct ByHand {
    measures: bool,
    english_words: usize,
    translation_words: usize,
    sure: Links,
    /// The sure ones too.
    possible: Links,
}

fn root(file: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/golden/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn links(pharaoh: &str) -> Links {
    let link = |link: &str| {
        let (source, target) = link.split_once('-').unwrap();
        [source.parse().unwrap(), target.parse().unwrap()]
    };
    pharaoh.split_whitespace().map(link).collect()
}

fn by_hand() -> Vec<ByHand> {
    let rows = root("alignments.tsv");
    let read = |row: &str| {
        let [set, _, _, _, english, translation, sure, possible] = row.split('\t').collect::<Vec<_>>()[..]
        else {
            panic!("{row}")
        };
        ByHand {
            measures: set == "gold",
            english_words: english.split(' ').count(),
            translation_words: translation.split(' ').count(),
            sure: links(sure),
            possible: &links(sure) | &links(possible),
        }
    };
    rows.lines().skip(1).map(read).collect()
}

/// 1 - (|A ∩ S| + |A ∩ P|) / (|A| + |S|) over the pairs that measure (Och and Ney 2003).
fn error_rate(found: &[Links], pairs: &[ByHand]) -> f64 {
    let (mut hits, mut all) = (0, 0);
    for (found, pair) in found.iter().zip(pairs).filter(|(_, pair)| pair.measures) {
        hits += found.intersection(&pair.sure).count() + found.intersection(&pair.possible).count();
        all += found.len() + pair.sure.len();
    }
    1.0 - hits as f64 / all as f64
}

/// Each target word with the source word at the same share of the sentence.
fn diagonal(pair: &ByHand) -> Links {
    let (sources, targets) = (pair.english_words, pair.translation_words);
    let source = |target: usize| ((target as f64 + 0.5) * sources as f64 / targets as f64) as usize;
    (0..targets).map(|target| [source(target).min(sources - 1), target]).collect()
}

/// By weight and by norm, of every pair.
fn aligned(pairs: &[Aligned]) -> [Vec<Vec<[usize; 2]>>; 2] {
    let mut model = load(&golden::f32_weights(), CpuBackend::new());
    let config = model.config().clone();
    let choices =
        Choices::from_json(&golden::file("alignment.json"), [config.decoder_layers, config.heads]).unwrap();
    let tokenizer = Tokenizer::of_pieces(&golden::file("tokenizer.json")).unwrap();
    let mut found = [Vec::new(), Vec::new()];
    for pair in pairs {
        let Aligned { source_words, target_words, .. } = pair;
        let ends = [config.tag(&pair.language).unwrap(), config.eos_id];
        let source = tokenizer.source(&pair.english, ends, config.max_positions).unwrap().ids;
        let pieces = tokenizer.pieces(&pair.translation, 1).unwrap().ids;
        let target: Vec<u32> = [config.bos_id].into_iter().chain(pieces).collect();
        assert_eq!([source.len(), target.len()], [source_words.len() + 2, target_words.len() + 1]);
        let pass = force(&mut model, &source, &target);
        let cross = Cross {
            weights: &pass.cross,
            lengths: &pass.forced.cross_lengths,
            heads: config.heads,
            rows: target.len(),
            source_words,
            target_words,
        };
        for (found, choice) in found.iter_mut().zip([&choices.weight, &choices.norm]) {
            found.push(cross.links(choice).links);
        }
    }
    found
}

#[test]
fn word_alignments_by_weight_and_by_norm_equal_the_reference_and_have_its_error_rates() {
    Golden::read();
    let pairs: Vec<Aligned> = serde_json::from_str(&root("translation/alignments.json")).unwrap();
    let hand = by_hand();
    assert!(hand.iter().filter(|pair| pair.measures).count() >= 60 && hand.len() == pairs.len());
    let found = aligned(&pairs);
    for ((pair, weight), norm) in pairs.iter().zip(&found[0]).zip(&found[1]) {
        let got = [pharaoh(weight), pharaoh(norm)];
        assert_eq!(got, [&*pair.weight, &*pair.norm], "{} - {}", pair.english, pair.translation);
    }

    let stated: serde_json::Value = serde_json::from_slice(&golden::file("alignment.json")).unwrap();
    let baseline = error_rate(&hand.iter().map(diagonal).collect::<Vec<_>>(), &hand);
    for (lens, found) in ["weight", "norm"].into_iter().zip(&found) {
        let found: Vec<Links> = found.iter().map(|links| links.iter().copied().collect()).collect();
        let rate = error_rate(&found, &hand);
        println!("alignment error rate by {lens}: {rate:.4}, of the diagonal {baseline:.4}");
        let stated = stated[lens]["gold"]["all"].as_f64().unwrap();
        assert!((rate - stated).abs() < 1e-4, "{lens}: {rate}, alignment.json says {stated}");
    }
    let stated = stated["diagonal"]["gold"]["all"].as_f64().unwrap();
    assert!((baseline - stated).abs() < 1e-4, "the diagonal: {baseline}, alignment.json says {stated}");
}
