// The reader here is the native one.
#![cfg(feature = "engine")]

use serde_json::{Value, json};

use super::*;
use crate::model::MODELS;

const TEXT: &str = "A <b>\"quoted\"</b> \\ 🎉\u{1}\nلم 中文";

/// A reproducible stream of numbers (xorshift64*, Vigna 2016).
struct Stream(u64);

impl Stream {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below
    }
}

/// Rows of a softmax over scores from -8 to 8, as peaked as those of a trained head.
fn rows(tokens: usize, seed: u64) -> Vec<f32> {
    let mut stream = Stream(seed + 1);
    let mut map = vec![];
    for _ in 0..tokens {
        let scores: Vec<f32> =
            (0..tokens).map(|_| (stream.next(16_000) as f32 / 1000.0 - 8.0).exp()).collect();
        let sum: f32 = scores.iter().sum();
        map.extend(scores.iter().map(|score| score / sum));
    }
    map
}

fn tokens(count: usize) -> Vec<Token> {
    let inner = (2..count).map(|index| Token {
        text: format!("##word{index}"),
        start: index % 5,
        end: index % 5 + 4,
        special: false,
        segment: 0,
    });
    let special = |text: &str, at| Token { text: text.into(), start: at, end: at, special: true, segment: 0 };
    [special("[CLS]", 0)].into_iter().chain(inner).chain([special("[SEP]", 9)]).collect()
}

fn stored_text(count: usize, stored: &[(usize, usize)], precision: Precision) -> String {
    let tokens = tokens(count);
    let read =
        move |layer: usize, head: usize, map: &mut Vec<f32>| *map = rows(count, (layer * 12 + head) as u64);
    let map = MapParts {
        kind: MapKind::SelfAttention,
        layers: 6,
        heads: 12,
        queries: &tokens,
        keys: &tokens,
        stored,
        read: &read,
    };
    let parts = Parts {
        model: &MODELS[0].about(),
        backend: Backend::Cpu,
        texts: &[TEXT.to_owned()],
        cuts: &[Cut { segment: 0, start: 9, tokens: 3 }],
        maps: &[map],
        precision,
        off: 0.0,
        state: Some("layer=3&head=7"),
    };
    encode(&parts, &|number| number.to_string()).expect("parts that can be stored")
}

fn small() -> Value {
    serde_json::from_str(&stored_text(6, &[(0, 1), (5, 11)], Precision::Byte)).expect("JSON")
}

fn refused(value: &Value) -> String {
    let error = decode(&value.to_string()).expect_err("something is wrong with it");
    assert_eq!(error.code(), "trace-invalid");
    error.to_string()
}

#[test]
fn what_is_stored_comes_back_within_the_stated_error() {
    for (precision, bound) in [(Precision::Byte, 1.0 / 510.0), (Precision::Half, 1.0 / 4096.0)] {
        let heads = [(0, 0), (3, 7), (5, 11)];
        let stored = decode(&stored_text(40, &heads, precision)).expect("what was written");
        let trace = &stored.trace;
        assert_eq!((trace.model.as_str(), trace.backend), ("minilm-l6-q8", Backend::Cpu));
        assert_eq!(trace.texts, [TEXT]);
        assert_eq!(trace.cuts, [Cut { segment: 0, start: 9, tokens: 3 }]);
        assert_eq!(stored.state.as_deref(), Some("layer=3&head=7"));
        assert_eq!(stored.program, env!("CARGO_PKG_VERSION"));
        assert_eq!(stored.model, MODELS[0].about());
        let map = &trace.maps[0];
        assert_eq!((map.kind, map.layers, map.heads), (MapKind::SelfAttention, 6, 12));
        assert_eq!((&map.queries, &map.keys), (&tokens(40), &tokens(40)));
        assert_eq!(map.weights.stored, heads);
        let mut furthest = 0.0_f32;
        for (layer, head) in heads {
            let read = map.weights.head(layer, head).expect("a stored head");
            for (read, weight) in read.iter().zip(rows(40, (layer * 12 + head) as u64)) {
                furthest = furthest.max((read - weight).abs());
            }
        }
        assert_eq!(furthest, map.weights.error);
        assert!(furthest > 0.0 && furthest <= bound, "{furthest}");
        assert_eq!(map.weights.head(3, 8), None);
    }
}

#[test]
fn one_head_of_128_tokens_takes_less_than_30_kb() {
    let one = stored_text(128, &[(3, 7)], Precision::Byte);
    assert!(one.len() < 30_000, "{} bytes", one.len());
}

#[test]
fn a_stored_trace_can_stand_in_a_script_element() {
    let text = stored_text(6, &[(0, 0)], Precision::Byte);
    assert!(!text.contains('<') && text.contains("\\u003c/b>"));
}

#[test]
fn what_is_written_follows_the_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../www/trace.schema.json")).expect("JSON");
    let schema = jsonschema::draft202012::new(&schema).expect("a schema");
    for (precision, count) in [(Precision::Byte, 6), (Precision::Byte, 128), (Precision::Half, 6)] {
        let text = stored_text(count, &[(0, 1), (5, 11)], precision);
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let errors: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    for (pointer, wrong) in [
        ("/version", json!(2)),
        ("/model/sha256", json!("ABC")),
        ("/maps/0/encoding", json!("u16")),
        ("/maps/0/queries/0/start", json!(-1)),
        ("/maps/0/stored/0", json!({ "layer": 0, "head": 1 })),
        ("/maps/0/weights", json!("***")),
    ] {
        let mut value = small();
        *value.pointer_mut(pointer).expect("a field") = wrong;
        assert!(!schema.is_valid(&value), "{pointer}");
    }
}

#[test]
fn the_schema_states_the_limits_that_the_reader_has() {
    let schema: Value = serde_json::from_str(include_str!("../../www/trace.schema.json")).expect("JSON");
    let at = |pointer: &str| schema.pointer(pointer).cloned();
    assert_eq!(at("/properties/version/const"), Some(json!(VERSION)));
    assert_eq!(at("/properties/format/const"), Some(json!(FORMAT)));
    assert_eq!(at("/$defs/tokens/maxItems"), Some(json!(MAX_TOKENS)));
    assert_eq!(at("/$defs/map/properties/layers/maximum"), Some(json!(MAX_HEADS)));
    assert_eq!(at("/$defs/weight/maximum"), Some(json!(1.001)));
    assert_eq!(MAX_WEIGHT, 1.001);
    let said = at("/description").expect("a description").to_string();
    assert!(said.contains("37,748,736") && MAX_WEIGHTS == 37_748_736);
    assert!(said.contains("64 MiB") && MAX_BYTES == 64 * 1024 * 1024);
    let names = at("/$defs/map/properties/encoding/enum");
    assert_eq!(names, Some(json!(pack::ENCODINGS.map(|(_, name)| name))));
    assert_eq!(at("/$defs/map/properties/kind/enum"), Some(json!(MapKind::ALL.map(|(_, name)| name))));
    assert_eq!(at("/properties/backend/enum"), Some(json!(Backend::ALL.map(|(_, name)| name))));
}

#[test]
fn what_is_malformed_is_refused_by_its_place() {
    let cases = [
        ("/format", json!("something"), "\"format\" should be \"attention-map\""),
        ("/version", json!(1.5), "version should be a whole number"),
        ("/model/sha256", json!("0"), "model.sha256 should be 64"),
        ("/model/id", json!(null), "model has no field \"id\""),
        ("/backend", json!("tpu"), "backend should be one of: webgpu, cpu"),
        ("/texts", json!([]), "texts should be a list of 1 to 2"),
        ("/texts", json!(["a", "b", "c"]), "texts should be a list of 1 to 2"),
        ("/texts/0", json!(3), "texts[0] should be a string"),
        ("/texts/0", json!("short"), "should be a whole number from 0 to 5"),
        ("/maps", json!([]), "maps should be a list of 1 to 4"),
        ("/maps/0/kind", json!("both"), "maps[0].kind should be one of"),
        ("/maps/0/layers", json!(1e9), "maps[0].layers should be a whole number from 0 to 1024"),
        ("/maps/0/layers", json!(3), "maps[0].stored[1] should be a head that the model has"),
        (
            "/maps/0/queries/2/start",
            json!(-1),
            "maps[0].queries[2].start should be a whole number from 0 to 7",
        ),
        ("/maps/0/queries/2/segment", json!(1), "maps[0].queries[2].segment should be"),
        ("/maps/0/queries/0/special", json!("yes"), "maps[0].queries[0].special should be true or false"),
        ("/maps/0/queries", json!([]), "maps[0].queries should be a list of 1 to 4096"),
        ("/maps/0/stored", json!([]), "maps[0].stored should be a list of 1 to 72"),
        ("/maps/0/stored/1/layer", json!(0), "after the one before it"),
        ("/maps/0/stored/0/head", json!(12), "a head that the model has"),
        ("/maps/0/stored/0/largest", json!(2), "maps[0].stored[0].largest should be a number from 0 to 1"),
        ("/maps/0/error", json!(-1), "maps[0].error should be a number from 0 to 1"),
        ("/maps/0/weights", json!("äöü"), "maps[0].weights should be base64"),
        ("/maps/0/weights", json!("AAAA"), "maps[0].weights should be base64 of 72 weights as u8"),
    ];
    for (pointer, wrong, expected) in cases {
        let mut value = small();
        if pointer == "/maps/0/stored/1/layer" {
            value["maps"][0]["stored"][1]["head"] = json!(1);
        }
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let parent = value.pointer_mut(parent).expect("what holds it");
        // A field that was left out is put in.
        match name.parse::<usize>() {
            Ok(index) => parent[index] = wrong,
            Err(_) => parent[name] = wrong,
        }
        let said = refused(&value);
        assert!(said.contains(expected), "{pointer}: {said}");
    }
    assert!(decode("{").expect_err("half").to_string().contains("it is not JSON"));
    assert!(decode(&"[".repeat(100_000)).is_err());
}

#[test]
fn a_newer_version_is_refused_by_its_number_whatever_else_it_holds() {
    let said = refused(&json!({ "format": "attention-map", "version": 7 }));
    assert!(said.contains("it is of version 7, and this program reads up to version 1"), "{said}");
}

#[test]
fn fields_that_are_not_known_are_passed_over() {
    let mut value = small();
    value["author"] = json!("someone");
    value["maps"][0]["more"] = json!([1, 2]);
    assert_eq!(
        decode(&value.to_string()).expect("still readable"),
        decode(&small().to_string()).expect("it")
    );
}

#[test]
fn what_is_too_large_is_refused_before_there_is_room_made_for_it() {
    let mut value = small();
    let token = json!({ "text": "a", "start": 0, "end": 1 });
    value["maps"][0]["queries"] = json!(vec![token.clone(); MAX_TOKENS]);
    value["maps"][0]["stored"] =
        json!((0..3).map(|head| json!({ "layer": 0, "head": head, "largest": 1 })).collect::<Vec<_>>());
    assert!(refused(&value).contains("more than 37748736 weights"));
    value["maps"][0]["queries"] = json!(vec![token; MAX_TOKENS + 1]);
    assert!(refused(&value).contains("a list of 1 to 4096"));
    let padded = " ".repeat(MAX_BYTES) + &small().to_string();
    assert!(decode(&padded).expect_err("too long").to_string().contains("at most 67108864 are read"));
}

#[test]
fn bytes_changed_at_random_never_panic_and_never_leave_what_is_no_weight() {
    let original = [Precision::Byte, Precision::Half]
        .map(|precision| stored_text(5, &[(0, 1), (5, 11)], precision).into_bytes());
    let pieces: [&[u8]; 10] =
        [b"9", b"-", b"1e300", b"null", b"[", b"}", b"\"", b"\\ud800", b"18446744073709551616", b"0.5"];
    let mut stream = Stream(7);
    let (mut read, mut refused) = (0, 0);
    for round in 0..30_000 {
        let mut bytes = original[round % 2].clone();
        for _ in 0..=stream.next(3) {
            let at = stream.next(bytes.len());
            let until = (at + stream.next(4)).min(bytes.len());
            match stream.next(3) {
                0 => bytes[at] = stream.next(128) as u8,
                1 => drop(bytes.splice(at..until, pieces[stream.next(pieces.len())].iter().copied())),
                _ => drop(bytes.drain(at..until)),
            }
            if bytes.is_empty() {
                bytes.push(b'{');
            }
        }
        match decode(&String::from_utf8_lossy(&bytes)) {
            Ok(stored) => {
                read += 1;
                for map in &stored.trace.maps {
                    let len = map.queries.len() * map.keys.len() * map.weights.stored.len();
                    assert_eq!(map.weights.weights.len(), len);
                    assert!(map.weights.weights.iter().all(|&weight| pack::is_weight(weight)));
                }
            }
            Err(error) => {
                refused += 1;
                assert_eq!(error.code(), "trace-invalid");
            }
        }
    }
    // Both happen, or nothing was tried.
    assert!(read > 500 && refused > 500, "{read} read, {refused} refused");
}

#[test]
fn a_map_that_cannot_be_stored_is_an_error() {
    let tokens = tokens(3);
    let stored = |map: Vec<f32>| {
        let read = move |_: usize, _: usize, into: &mut Vec<f32>| into.clone_from(&map);
        let map = MapParts {
            kind: MapKind::SelfAttention,
            layers: 1,
            heads: 1,
            queries: &tokens,
            keys: &tokens,
            stored: &[(0, 0)],
            read: &read,
        };
        let parts = Parts {
            model: &MODELS[0].about(),
            backend: Backend::Cpu,
            texts: &[TEXT.to_owned()],
            cuts: &[],
            maps: &[map],
            off: 0.0,
            precision: Precision::Byte,
            state: None,
        };
        encode(&parts, &|number| number.to_string()).map_err(|error| error.to_string())
    };
    assert!(stored(vec![0.25; 9]).is_ok());
    assert!(stored(vec![0.25; 8]).is_err_and(|said| said.contains("expected 9 weights, got 8")));
    let not_a_number = stored([vec![0.25; 8], vec![f32::NAN]].concat());
    assert!(not_a_number.is_err_and(|said| said.contains("layer 0 head 0 is not a number")));
}
