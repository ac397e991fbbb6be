//! Stored traces and attributes that nobody meant: never a panic, never more memory than stated.
//!
//! `cargo test` tries some hundreds. For five minutes or so of them:
//!
//!     PROPTEST_CASES=90000 cargo test --workspace --features lab,cli,mdbook --test it stored_fuzz
//!
//! What once failed is kept in `stored_fuzz/regressions.txt` and tried first; `stored_fuzz/corpus/` has files that
//! have to be refused.

mod counting;

use attention_map::shown::attributes;
use attention_map::shown::state::State;
use attention_map::stored::{self, MapParts, Parts, Precision, decode, encode};
use attention_map::trace::{Backend, MapKind, Token};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use serde_json::{Value, json};

use counting::most_held;

/// Bytes that are held while a file is read, at most, for each byte of it: two bytes of a run, which are 8/3 of a
/// byte of base64, become 256 weights of four bytes, and those are gathered in a vector that doubles.
const HELD_FOR_A_BYTE: usize = 1024;
/// And beside that.
const HELD_BESIDE: usize = 1 << 20;

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(400);
    let kept = FileFailurePersistence::Direct(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/it/stored_fuzz/regressions.txt"
    ));
    ProptestConfig { cases, failure_persistence: Some(Box::new(kept)), ..ProptestConfig::default() }
}

/// A trace of a made-up model, as it is written.
fn valid(tokens: usize, heads: usize, precision: Precision) -> String {
    let words: Vec<Token> = (0..tokens)
        .map(|at| Token { text: format!("w{at}"), start: at, end: at + 1, special: at == 0, segment: 0 })
        .collect();
    let read = |layer: usize, head: usize, into: &mut Vec<f32>| {
        into.clear();
        let size = tokens * tokens;
        into.extend(
            (0..size).map(|at| if at % 3 == 0 { 0.0 } else { ((at + layer + head) % 7) as f32 / 7.0 }),
        );
    };
    let all: Vec<(usize, usize)> = (0..heads).map(|head| (head / 2, head % 2)).collect();
    let map = MapParts {
        kind: MapKind::SelfAttention,
        layers: heads.div_ceil(2),
        heads: 2,
        queries: &words,
        keys: &words,
        stored: &all,
        read: &read,
    };
    let parts = Parts {
        model: &attention_map::model::MODELS[0].about(),
        backend: Backend::Other,
        texts: &["x".repeat(tokens)],
        cuts: &[],
        maps: &[map],
        precision,
        off: 0.0,
        state: Some("{\"layer\":0}"),
    };
    encode(&parts, &|number| number.to_string()).unwrap()
}

fn a_valid_one() -> impl Strategy<Value = String> {
    (1_usize..12, 1_usize..5, any::<bool>()).prop_map(|(tokens, heads, half)| {
        valid(tokens, heads, if half { Precision::Half } else { Precision::Byte })
    })
}

/// Values that a field may be given: of every kind, and numbers at every edge.
fn a_value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        Just(json!(0)),
        Just(json!(-1)),
        Just(json!(4096)),
        Just(json!(4097)),
        Just(json!(u32::MAX)),
        Just(json!(u64::MAX)),
        Just(json!(1e308)),
        Just(json!(0.5)),
        Just(json!(1.0011)),
        any::<u16>().prop_map(|number| json!(number)),
        (-2.0..2.0).prop_map(|number: f64| json!(number)),
    ];
    let text = prop_oneof![
        ".{0,12}".prop_map(Value::from),
        "[A-Za-z0-9+/]{0,24}={0,2}".prop_map(Value::from),
        prop::sample::select(vec!["self", "u8", "u8-runs", "f16", "attention-map", "cpu", "minilm-l6-q8"])
            .prop_map(Value::from),
    ];
    let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), number, text];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((a_name(), inner), 0..6).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A field's name.
fn a_name() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "format", "version", "program", "model", "id", "name", "sha256", "backend", "texts", "cuts",
        "segment", "start", "tokens", "maps", "kind", "layers", "heads", "queries", "keys", "text", "end",
        "special", "encoding", "error", "stored", "layer", "head", "largest", "weights", "state",
    ];
    prop_oneof![9 => prop::sample::select(KNOWN).prop_map(String::from), 1 => ".{0,6}"]
}

/// Puts `value` where a walk down from `root` ends that turns as `turns` say, or takes away what is there.
fn replace(root: &mut Value, turns: &[u8], value: Option<Value>) {
    let Some((turn, rest)) = turns.split_first() else {
        *root = value.unwrap_or(Value::Null);
        return;
    };
    let at = usize::from(*turn);
    match root {
        Value::Array(items) if !items.is_empty() => {
            let at = at % items.len();
            if rest.is_empty() && value.is_none() {
                items.remove(at);
            } else {
                replace(&mut items[at], rest, value);
            }
        }
        Value::Object(fields) if !fields.is_empty() => {
            let at = at % fields.len();
            let name = fields.keys().nth(at).unwrap().clone();
            if rest.is_empty() && value.is_none() {
                fields.remove(&name);
            } else {
                replace(fields.get_mut(&name).unwrap(), rest, value);
            }
        }
        other => *other = value.unwrap_or(Value::Null),
    }
}

/// Reads `text`: what is read can be written and read again, what is not read is refused as a trace, and no more is held
/// than is stated.
fn read(text: &str) {
    let (result, most) = most_held(|| decode(text));
    let bound = HELD_BESIDE + HELD_FOR_A_BYTE * text.len();
    assert!(most <= bound, "{most} bytes were held for {} of JSON, {bound} are stated", text.len());
    match result {
        Err(error) => {
            assert_eq!(error.code(), "trace-invalid");
            assert!(error.to_string().len() < 1000 + text.len(), "{error}");
        }
        Ok(stored) => {
            for map in &stored.trace.maps {
                assert!(map.queries.len() <= stored::MAX_TOKENS && map.keys.len() <= stored::MAX_TOKENS);
                assert_eq!(map.weights.weights.len(), map.weights.stored.len() * map.head_len());
                assert!(map.weights.weights.iter().all(|weight| (0.0..=stored::MAX_WEIGHT).contains(weight)));
                for &(layer, head) in &map.weights.stored {
                    assert_eq!(map.weights.head(layer, head).unwrap().len(), map.head_len());
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn arbitrary_text_is_read_or_refused(text in ".{0,200}") {
        read(&text);
    }

    #[test]
    fn arbitrary_json_is_read_or_refused(value in a_value()) {
        read(&value.to_string());
    }

    #[test]
    fn a_file_with_other_values_is_read_or_refused(
        text in a_valid_one(),
        changes in vec((vec(any::<u8>(), 1..7), prop::option::of(a_value())), 1..4),
    ) {
        let mut root: Value = serde_json::from_str(&text).unwrap();
        for (turns, value) in changes {
            replace(&mut root, &turns, value);
        }
        read(&root.to_string());
    }

    #[test]
    fn a_file_with_other_characters_is_read_or_refused(
        text in a_valid_one(),
        changes in vec((any::<prop::sample::Index>(), 0_usize..40, ".{0,5}"), 1..4),
    ) {
        let mut characters: Vec<char> = text.chars().collect();
        for (at, gone, put) in changes {
            let at = at.index(characters.len() + 1).min(characters.len());
            let end = (at + gone).min(characters.len());
            drop(characters.splice(at..end, put.chars()));
        }
        read(&characters.into_iter().collect::<String>());
    }

    #[test]
    fn sizes_that_are_only_said_take_no_memory(
        layers in prop::sample::select(vec![1_u64, 2, 1024, 1025, u64::MAX]),
        tokens in prop::sample::select(vec![1_usize, 64, 512, 4096, 4097]),
        encoding in prop::sample::select(vec!["u8", "u8-runs", "f16"]),
        weights in "[A-Za-z0-9+/]{0,64}={0,2}",
    ) {
        let token = json!({ "text": "", "start": 0, "end": 0 });
        read(&json!({
            "format": "attention-map", "version": 1, "program": "", "backend": "cpu", "texts": [""],
            "model": { "id": "m", "name": "m" },
            "maps": [{
                "kind": "self", "layers": layers, "heads": layers, "queries": vec![token; tokens],
                "encoding": encoding, "error": 0, "weights": weights,
                "stored": [{ "layer": 0, "head": 0, "largest": 1 }],
            }],
        }).to_string());
    }

    #[test]
    fn an_attribute_is_taken_or_refused_by_its_name(
        changes in vec((an_attribute(), prop::option::of(an_attributes_value())), 1..8),
    ) {
        let mut state = State::default();
        for (name, value) in changes {
            let (parsed, most) = most_held(|| attributes::parse(&name, value.as_deref(), &state));
            let bound = HELD_BESIDE + 64 * value.as_ref().map_or(0, String::len);
            prop_assert!(most <= bound, "{} bytes were held for {:?}", most, value);
            match parsed {
                Ok(Some(action)) => _ = state.apply(action),
                Ok(None) => {}
                Err(problem) => {
                    prop_assert!(["attribute-invalid", "made-with-other"].contains(&problem.code.as_str()));
                    let said = if problem.code == "made-with-other" { value.as_deref() } else { Some(&*name) };
                    prop_assert!(problem.message.contains(said.unwrap_or_default()), "{}", problem.message);
                }
            }
            prop_assert!(state.layer < 6 && state.head < 12 && (0.0..=1.0).contains(&state.threshold));
        }
    }
}

fn an_attribute() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "text",
        "text-b",
        "layer",
        "head",
        "from-layer",
        "heads",
        "model",
        "backend",
        "theme",
        "scale",
        "lens",
        "view",
        "language",
        "controls",
        "special",
        "punctuation",
        "words",
        "pair-part",
        "threshold",
        "made-with",
        "linked",
        "read-only",
        "developer",
    ];
    prop_oneof![9 => prop::sample::select(KNOWN).prop_map(String::from), 1 => ".{0,8}"]
}

fn an_attributes_value() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,20}",
        "[0-9. ,-]{0,40}",
        "-?[0-9]{1,30}(\\.[0-9]{0,20})?(e-?[0-9]{1,4})?",
        "([0-5]\\.([0-9]|1[01]) ?){0,80}",
        prop::sample::select(vec![
            "NaN",
            "inf",
            "grid",
            "matrix",
            "neuron",
            "rollout",
            "value-zeroing",
            "hide",
            "renormalise",
            "a-b",
            "log",
            "auto",
            "webgpu",
            "minilm-l6-f32",
            "zh-Hans",
            "none",
        ])
        .prop_map(String::from),
    ]
}

#[test]
fn what_was_written_is_read() {
    for tokens in [1, 2, 11] {
        for precision in [Precision::Byte, Precision::Half] {
            decode(&valid(tokens, 3, precision)).unwrap();
        }
    }
}

#[test]
fn every_file_of_the_corpus_is_refused() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/stored_fuzz/corpus");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        read(&text);
        assert!(decode(&text).is_err(), "{} was read", path.display());
        files += 1;
    }
    assert!(files >= 8, "{files}");
}
