//! What 8-bit weights change: the two models over every golden's text and every example of the page.
//!
//! `cargo test --features page --test it precision -- --nocapture` prints the tables that README quotes.

use attention_map::model::{WEIGHTS_FILE, find};
use attention_map::trace::BackendChoice;
use safetensors::{Dtype, SafeTensors};

use crate::parity::{cosine, mean_rows, run_to_output};
use crate::{golden, models};

/// Of rows, the share whose largest weight is on the same key: of all rows of all texts, of all rows of the texts that
/// are not [`LONG`], and of each text's on average.
const AGREEMENT: f64 = 0.99;
/// The same of each text alone. A row of 512 small weights often has two that are nearly equal.
const LONG_AGREEMENT: f64 = 0.985;
/// Tokens from which on a text is long.
const LONG: usize = 256;
/// Half a step between two of the 256 colours of a map. The share of all rows in which the two largest keys' weights
/// differ by less, or are the same key, must be [`AGREEMENT`] too.
const VISIBLE: f32 = 0.5 / 255.0;
/// Steps of its scale that a weight may be moved to make up for others.
const FURTHEST: f64 = 30.0;
/// Of the means of the last hidden states.
const COSINE: f64 = 0.999;

/// The two models on one text.
struct Comparison {
    name: String,
    tokens: usize,
    /// Rows of all layers and heads.
    rows: usize,
    /// Rows in which the largest weight is on the same key.
    same_key: usize,
    /// By how much the f32 model prefers its own largest key to the other one's, of the other rows.
    margins: Vec<f32>,
    cosine: f64,
    /// By layer: the largest |difference| of a weight, and the sum over all weights.
    largest: Vec<f64>,
    sums: Vec<f64>,
}

impl Comparison {
    fn agreement(&self) -> f64 {
        self.same_key as f64 / self.rows as f64
    }
}

#[test]
fn eight_bit_weights_keep_nearly_every_rows_largest_key_and_the_embedding() {
    let all = compare_all();
    print(&all);
    let mean = all.iter().map(Comparison::agreement).sum::<f64>() / all.len() as f64;
    assert!(mean >= AGREEMENT, "{mean}");
    let rows = pooled(all.iter());
    assert!(rows >= AGREEMENT, "{rows}");
    let short = pooled(all.iter().filter(|text| text.tokens < LONG));
    assert!(short >= AGREEMENT, "{short}");
    for text in &all {
        assert!(text.cosine >= COSINE, "{}: {}", text.name, text.cosine);
        assert!(text.agreement() >= LONG_AGREEMENT, "{}: {}", text.name, text.agreement());
    }
    let indistinct = indistinct(&all);
    assert!(indistinct >= AGREEMENT, "{indistinct}");
}

/// Pins the format: a scale is its block's largest weight over 127, to a 16-bit float's 11 bits; integers are at most
/// 127; and while some weights make up for others, all stay near to what they were made of. In f64, apart from the maker.
#[test]
fn eight_bit_weights_have_their_blocks_scales_and_stay_near_those_they_were_made_of() {
    let (f32_files, q8_files) = (models::files_of(models::F32), models::files_of(models::Q8));
    let original = SafeTensors::deserialize(&f32_files[WEIGHTS_FILE]).unwrap();
    let rounded = SafeTensors::deserialize(&q8_files[WEIGHTS_FILE]).unwrap();
    let (mut weights_seen, mut squares) = (0, 0.0);
    for (name, tensor) in rounded.iter().filter(|(_, tensor)| tensor.dtype() != Dtype::F16) {
        let before = original.tensor(name).unwrap();
        assert_eq!(before.shape(), tensor.shape(), "{name}");
        if tensor.dtype() == Dtype::F32 {
            assert!(before.data() == tensor.data(), "{name}");
            continue;
        }
        let weights: Vec<f32> = bytemuck::pod_collect_to_vec(before.data());
        let integers: &[i8] = bytemuck::cast_slice(tensor.data());
        let scales: Vec<u16> =
            bytemuck::pod_collect_to_vec(rounded.tensor(&format!("{name}.scale")).unwrap().data());
        let block = weights.len() / scales.len();
        assert_eq!(block, if name.starts_with("embeddings") { 64 } else { 32 }, "{name}");
        for ((weights, integers), &bits) in weights.chunks(block).zip(integers.chunks(block)).zip(&scales) {
            let scale = f16_to_f64(bits);
            let largest =
                weights.iter().fold(0.0, |largest, weight| f64::max(largest, f64::from(weight.abs())));
            assert!((scale - largest / 127.0).abs() <= scale / 2048.0, "{name}: {scale} for {largest}");
            for (&weight, &integer) in weights.iter().zip(integers) {
                let moved = (f64::from(weight) / scale - f64::from(integer)).abs();
                assert!(
                    integer >= -127 && moved <= FURTHEST,
                    "{name}: {weight} became {integer} times {scale}"
                );
                squares += moved * moved;
            }
        }
        weights_seen += weights.len();
    }
    // To the nearest, it would be 0.29.
    let root = (squares / weights_seen as f64).sqrt();
    assert!((0.3..0.4).contains(&root), "{root}");
    assert_eq!(weights_seen, (30_522 + 512) * 384 + 6 * (4 * 384 * 384 + 2 * 384 * 1536));
}

#[test]
fn the_file_with_8_bit_weights_is_at_most_24_megabytes() {
    let weights = find(models::Q8).unwrap().files.iter().find(|file| file.name == WEIGHTS_FILE).unwrap();
    assert!(weights.bytes <= 24_000_000, "{}", weights.bytes);
}

fn compare_all() -> Vec<Comparison> {
    let (mut f32_engine, mut q8_engine) = (models::engine(models::F32), models::engine(models::Q8));
    let mut compare = |(name, text, text_b): (String, String, Option<String>)| {
        let cpu = BackendChoice::Cpu;
        let before = run_to_output(&mut f32_engine, models::F32, cpu, &text, text_b.as_deref());
        let after = run_to_output(&mut q8_engine, models::Q8, cpu, &text, text_b.as_deref());
        let map = &before.trace.maps[0];
        let tokens = map.queries.len();
        let mut comparison = Comparison {
            name,
            tokens,
            rows: map.layers * map.heads * tokens,
            same_key: 0,
            margins: vec![],
            cosine: cosine(&mean_rows(&before.last_hidden, tokens), &mean_rows(&after.last_hidden, tokens)),
            largest: vec![],
            sums: vec![],
        };
        let layer = map.heads * tokens * tokens;
        for (before, after) in map.weights.chunks(layer).zip(after.trace.maps[0].weights.chunks(layer)) {
            let differences = || before.iter().zip(after).map(|(a, b)| f64::from((a - b).abs()));
            comparison.largest.push(differences().fold(0.0, f64::max));
            comparison.sums.push(differences().sum());
            for (before, after) in before.chunks(tokens).zip(after.chunks(tokens)) {
                let (own, other) = (largest_key(before), largest_key(after));
                if own == other {
                    comparison.same_key += 1;
                } else {
                    comparison.margins.push(before[own] - before[other]);
                }
            }
        }
        comparison
    };
    texts().into_iter().map(&mut compare).collect()
}

/// Name, text and second text.
fn texts() -> Vec<(String, String, Option<String>)> {
    let goldens = golden::all().into_iter().map(|golden| (golden.id, golden.text, golden.text_b));
    #[cfg(feature = "page")]
    let goldens = goldens.chain(attention_map::page::examples::EXAMPLES.iter().map(|example| {
        let name = format!("example: {}", example.name);
        (name, example.text.to_owned(), example.text_b.map(str::to_owned))
    }));
    goldens.collect()
}

fn largest_key(row: &[f32]) -> usize {
    row.iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b)).unwrap().0
}

/// The share of all `texts`' rows whose largest weight is on the same key.
fn pooled<'a>(texts: impl Iterator<Item = &'a Comparison>) -> f64 {
    let (same, rows) = texts.fold((0, 0), |(same, rows), text| (same + text.same_key, rows + text.rows));
    same as f64 / rows as f64
}

/// The share of all rows that agree, or whose two largest weights no colour tells apart.
fn indistinct(texts: &[Comparison]) -> f64 {
    let rows: usize = texts.iter().map(|text| text.rows).sum();
    let apart = texts.iter().flat_map(|text| &text.margins).filter(|&&margin| margin > VISIBLE).count();
    1.0 - apart as f64 / rows as f64
}

fn print(texts: &[Comparison]) {
    println!("| text | tokens | same largest key | cosine of embeddings | largest difference of a weight |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    for text in texts {
        let largest = text.largest.iter().fold(0.0, |largest, &layer| f64::max(largest, layer));
        println!(
            "| {} | {} | {:.2} % | {:.5} | {largest:.4} |",
            text.name,
            text.tokens,
            100.0 * text.agreement(),
            text.cosine
        );
    }
    println!("\n| layer | largest difference of a weight | mean |\n| ---: | ---: | ---: |");
    for layer in 0..texts[0].largest.len() {
        let largest = texts.iter().map(|text| text.largest[layer]).fold(0.0, f64::max);
        let sum: f64 = texts.iter().map(|text| text.sums[layer]).sum();
        let weights: usize = texts.iter().map(|text| text.rows / text.largest.len() * text.tokens).sum();
        println!("| {layer} | {largest:.4} | {:.2e} |", sum / weights as f64);
    }
    let mean = texts.iter().map(Comparison::agreement).sum::<f64>() / texts.len() as f64;
    let mut margins: Vec<f32> = texts.iter().flat_map(|text| text.margins.iter().copied()).collect();
    margins.sort_by(f32::total_cmp);
    println!("\nsame largest key, mean of texts: {:.2} %", 100.0 * mean);
    println!(
        "of all rows of texts below {LONG} tokens: {:.2} %",
        100.0 * pooled(texts.iter().filter(|text| text.tokens < LONG))
    );
    println!("of all rows of all texts: {:.2} %", 100.0 * pooled(texts.iter()));
    println!("of all rows, the same or by less than half a colour: {:.2} %", 100.0 * indistinct(texts));
    println!(
        "where it differs, the f32 weights of the two keys differ by {:.5} (median)",
        margins[margins.len() / 2]
    );
}

/// Plainly by its definition; the scales are never infinite.
fn f16_to_f64(bits: u16) -> f64 {
    let (exponent, mantissa) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    match exponent {
        0 => mantissa * 2f64.powi(-24),
        _ => (1024.0 + mantissa) * 2f64.powi(exponent - 25),
    }
}
