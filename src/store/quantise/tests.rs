use super::*;

const WORDS: &str = "embeddings.word_embeddings.weight";
const QUERY: &str = "encoder.layer.0.attention.self.query.weight";
const BIAS: &str = "encoder.layer.0.attention.self.query.bias";

/// A tensor's name, shape and numbers.
pub type Entry = (String, Vec<usize>, Vec<f32>);

/// A weights file of 32-bit floats.
pub fn file(tensors: &[Entry]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, _, values)| values.iter().flat_map(|value| value.to_le_bytes()).collect())
        .collect();
    let views = tensors.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

fn entry(name: &str, shape: &[usize], values: &[f32]) -> Entry {
    (name.to_owned(), shape.to_vec(), values.to_vec())
}

/// Numbers between -1 and 1, the same each time and everywhere.
pub fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

pub const WIDTH: usize = 64;
const INNER: usize = 96;
pub const LAYERS: usize = 2;
pub const CONFIG: &str = r#"{"num_attention_heads": 2, "layer_norm_eps": 1e-12}"#;

/// A small BERT that reads letters.
pub fn bert() -> Vec<Entry> {
    let (d, f) = (WIDTH, INNER);
    let mut tensors = Vec::new();
    let mut add = |name: &str, shape: &[usize], middle: f32, size: f32| {
        let values = numbers(tensors.len() as u64 + 1, shape.iter().product());
        let values: Vec<f32> = values.iter().map(|value| middle + size * value).collect();
        tensors.push(entry(name, shape, &values));
    };
    add(WORDS, &[3 + 2 * 26, d], 0.0, 1.0);
    add("embeddings.position_embeddings.weight", &[16, d], 0.0, 0.5);
    add("embeddings.token_type_embeddings.weight", &[2, d], 0.0, 0.1);
    add("embeddings.position_ids", &[1, 16], 0.0, 1.0);
    add("pooler.dense.weight", &[d, d], 0.0, 1.0);
    add("pooler.dense.bias", &[d], 0.0, 1.0);
    let mut norms = vec!["embeddings.LayerNorm".to_owned()];
    for layer in 0..LAYERS {
        let at = format!("encoder.layer.{layer}");
        for (part, outputs, inputs) in [
            ("attention.self.query", d, d),
            ("attention.self.key", d, d),
            ("attention.self.value", d, d),
            ("attention.output.dense", d, d),
            ("intermediate.dense", f, d),
            ("output.dense", d, f),
        ] {
            add(&format!("{at}.{part}.weight"), &[outputs, inputs], 0.0, 0.3);
            add(&format!("{at}.{part}.bias"), &[outputs], 0.0, 0.1);
        }
        norms.extend(["attention.output", "output"].map(|part| format!("{at}.{part}.LayerNorm")));
    }
    for norm in norms {
        add(&format!("{norm}.weight"), &[d], 1.0, 0.5);
        add(&format!("{norm}.bias"), &[d], 0.0, 0.2);
    }
    tensors
}

/// Its tokenizer.json.
pub fn letters() -> Vec<u8> {
    let letters = || ('a'..='z').map(String::from);
    let special = ["[UNK]", "[CLS]", "[SEP]"].map(String::from);
    let pieces = special.into_iter().chain(letters()).chain(letters().map(|letter| format!("##{letter}")));
    let vocabulary: serde_json::Map<_, _> =
        pieces.enumerate().map(|(id, piece)| (piece, id.into())).collect();
    let token = |id: &str| serde_json::json!({ "SpecialToken": { "id": id, "type_id": 0 } });
    let text = serde_json::json!({ "Sequence": { "id": "A", "type_id": 0 } });
    serde_json::to_vec(&serde_json::json!({
        "version": "1.0",
        "added_tokens": [],
        "normalizer": { "type": "Lowercase" },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [token("[CLS]"), text, token("[SEP]")],
            "pair": [token("[CLS]"), text, token("[SEP]")],
            "special_tokens": {
                "[CLS]": { "id": "[CLS]", "ids": [1], "tokens": ["[CLS]"] },
                "[SEP]": { "id": "[SEP]", "ids": [2], "tokens": ["[SEP]"] },
            },
        },
        "decoder": null,
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": vocabulary,
        },
    }))
    .unwrap()
}

fn made(weights: &[u8]) -> Result<Vec<u8>> {
    let original = Original { weights, tokenizer: &letters(), config: CONFIG.as_bytes() };
    quantise(original, &|_| {})
}

fn failure(tensors: &[Entry]) -> String {
    format!("{:#}", made(&file(tensors)).unwrap_err())
}

/// What a small BERT with `change`d tensors is refused for.
fn failure_with(change: impl Fn(&mut Entry)) -> String {
    let mut tensors = bert();
    tensors.iter_mut().for_each(change);
    failure(&tensors)
}

fn integers(tensors: &SafeTensors<'_>, name: &str) -> Vec<i8> {
    tensors.tensor(name).unwrap().data().iter().map(|byte| byte.cast_signed()).collect()
}

fn scales(tensors: &SafeTensors<'_>, name: &str) -> Vec<f64> {
    let view = tensors.tensor(&format!("{name}.scale")).unwrap();
    view.data().chunks_exact(2).map(|bytes| f16::from_le_bytes([bytes[0], bytes[1]]).to_f64()).collect()
}

#[test]
fn a_matrix_becomes_integers_and_scales_and_a_vector_stays() {
    let tensors = bert();
    let made = made(&file(&tensors)).unwrap();
    let rounded = SafeTensors::deserialize(&made).unwrap();
    let left_out = ["embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias"];
    let mut expected = 0;
    for (name, shape, values) in tensors.iter().filter(|(name, ..)| !left_out.contains(&name.as_str())) {
        let tensor = rounded.tensor(name).unwrap();
        assert_eq!(tensor.shape(), shape, "{name}");
        if shape.len() == 1 || name.contains("token_type") {
            let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            assert!(tensor.dtype() == Dtype::F32 && tensor.data() == bytes, "{name}");
            expected += 1;
            continue;
        }
        assert_eq!(tensor.dtype(), Dtype::I8, "{name}");
        let block = if name.starts_with("embeddings") { 64 } else { 32 };
        let scale = rounded.tensor(&format!("{name}.scale")).unwrap();
        assert_eq!((scale.dtype(), scale.shape()), (Dtype::F16, &[shape[0], shape[1] / block][..]), "{name}");
        expected += 2;
    }
    assert_eq!(rounded.len(), expected);
}

#[test]
fn the_same_weights_in_another_order_become_the_same_bytes_on_every_machine() {
    let mut tensors = bert();
    let first = made(&file(&tensors)).unwrap();
    tensors.reverse();
    assert!(made(&file(&tensors)).unwrap() == first);
    use sha2::{Digest, Sha256};
    assert_eq!(
        hex::encode(Sha256::digest(&first)),
        "40c47775cbf40a88878fba81778d9e57a36ef581454927db38a7099d086a168e"
    );
}

#[test]
fn a_scale_is_its_blocks_largest_over_127_and_no_integer_is_minus_128() {
    let tensors = bert();
    let made = made(&file(&tensors)).unwrap();
    let rounded = SafeTensors::deserialize(&made).unwrap();
    for name in [WORDS, QUERY] {
        let weights = &tensors.iter().find(|(other, ..)| other == name).unwrap().2;
        let (integers, scales) = (integers(&rounded, name), scales(&rounded, name));
        for (weights, scale) in weights.chunks(weights.len() / scales.len()).zip(scales) {
            let largest = weights.iter().map(|weight| f64::from(weight.abs())).fold(0.0, f64::max);
            assert!((scale - largest / 127.0).abs() <= scale / 2048.0, "{name}: {scale} for {largest}");
        }
        assert!(integers.iter().all(|integer| (-127..=127).contains(integer)), "{name}");
        assert!(integers.iter().any(|integer| integer.abs() == 127), "{name}");
    }
}

#[test]
fn a_block_of_zeros_or_of_nearly_nothing_is_zeros() {
    let mut tensors = bert();
    let query = &mut tensors.iter_mut().find(|(name, ..)| name == QUERY).unwrap().2;
    query[..64].fill(0.0);
    query[40] = 1e-9;
    query[64] = -2.0;
    let made = made(&file(&tensors)).unwrap();
    let rounded = SafeTensors::deserialize(&made).unwrap();
    assert_eq!(scales(&rounded, QUERY)[..2], [0.0, 0.0]);
    assert_eq!(integers(&rounded, QUERY)[..64], [0; 64]);
    assert!(scales(&rounded, QUERY)[2] > 0.015);
}

#[test]
fn what_cannot_be_rounded_is_an_error_that_names_it() {
    let error = failure(&[entry(QUERY, &[2, 48], &[1.0; 96])]);
    assert!(error.contains(QUERY) && error.contains("rows of 48, expected a multiple of 32"), "{error}");
    let error = failure(&[entry(WORDS, &[64], &[1.0; 64])]);
    assert!(error.contains(WORDS) && error.contains("shape [64]"), "{error}");
    for strange in [f32::NAN, f32::INFINITY, 1e30] {
        let error = failure_with(|(name, _, values)| {
            if name == QUERY {
                values[7] = strange;
            }
        });
        assert!(error.contains(QUERY), "{error}");
    }
    let whole = file(&bert());
    let error = format!("{:#}", made(&whole[..whole.len() - 1]).unwrap_err());
    assert!(error.contains("not a whole safetensors file"), "{error}");
    let error = format!("{:#}", made(&made(&whole).unwrap()).unwrap_err());
    assert!(error.contains("expected F32"), "{error}");
}

#[test]
fn what_is_no_bert_is_an_error_that_says_what_is_missing() {
    let error = failure_with(|(name, ..)| {
        if name == QUERY {
            *name = "encoder.layer.0.attention.self.strange.weight".to_owned();
        }
    });
    assert!(error.contains(&format!("there is no tensor {QUERY}")), "{error}");
    let error = failure_with(|(name, ..)| {
        if name == BIAS {
            *name = "strange".to_owned();
        }
    });
    assert!(error.contains(&format!("there is no tensor {BIAS}")), "{error}");
    let error = failure_with(|(name, shape, _)| {
        if name == "encoder.layer.1.output.dense.weight" {
            *shape = vec![INNER, WIDTH];
        }
    });
    assert!(error.contains("encoder.layer.1.output.dense"), "{error}");
    let error = failure_with(|(name, shape, values)| {
        if name.starts_with("encoder.layer.0.attention.self.query") {
            shape[0] = 32;
            values.truncate(shape.iter().product());
        }
    });
    assert!(error.contains("self.query has 32 outputs, expected 64"), "{error}");
    let error = failure_with(|(name, _, values)| {
        if name == BIAS {
            values[0] = f32::NAN;
        }
    });
    assert!(error.contains("no metric"), "{error}");

    let whole = file(&bert());
    let refused = |tokenizer: &[u8], config: &str| {
        let original = Original { weights: &whole, tokenizer, config: config.as_bytes() };
        format!("{:#}", quantise(original, &|_| {}).unwrap_err())
    };
    let error = refused(&letters(), "{}");
    assert!(error.contains("config.json") && error.contains("num_attention_heads"), "{error}");
    let error = refused(&letters(), &CONFIG.replace('2', "3"));
    assert!(error.contains("3 heads"), "{error}");
    let error = refused(b"{}", CONFIG);
    assert!(error.contains("tokenizer"), "{error}");
}
