//! Stored traces of the real model.

use attention_map::engine::Engine;
use attention_map::model::find;
use attention_map::stored::{MapParts, Parts, Precision, decode, encode};
use attention_map::trace::{BackendChoice, Trace};

use crate::{golden, models, parity};

fn ran(engine: &mut Engine, golden: &golden::Golden) -> Trace<Vec<f32>> {
    parity::run(engine, models::F32, BackendChoice::Cpu, &golden.text, golden.text_b.as_deref()).trace
}

fn stored(trace: &Trace<Vec<f32>>, heads: &[(usize, usize)], precision: Precision) -> String {
    let map = &trace.maps[0];
    let read = |layer: usize, head: usize, into: &mut Vec<f32>| {
        let start = map.head_offset(layer, head);
        into.clear();
        into.extend_from_slice(&map.weights[start..start + map.head_len()]);
    };
    let parts = Parts {
        model: &find(&trace.model).unwrap().about(),
        backend: trace.backend,
        texts: &trace.texts,
        cuts: &trace.cuts,
        maps: &[MapParts {
            kind: map.kind,
            layers: map.layers,
            heads: map.heads,
            queries: &map.queries,
            keys: &map.keys,
            stored: heads,
            read: &read,
        }],
        precision,
        off: 0.0,
        state: None,
    };
    encode(&parts, &|number| number.to_string()).unwrap()
}

#[test]
fn all_heads_of_128_tokens_fit_and_come_back_as_the_reference_has_them() {
    let golden = golden::all().into_iter().find(|golden| golden.id == "tokens-128").unwrap();
    let trace = ran(&mut models::engine(models::F32), &golden);
    let heads: Vec<_> = (0..6).flat_map(|layer| (0..12).map(move |head| (layer, head))).collect();
    for (precision, most_bytes, most_error) in
        [(Precision::Byte, 1_500_000, 1.0 / 510.0), (Precision::Half, 3_200_000, 1.0 / 4096.0)]
    {
        let text = stored(&trace, &heads, precision);
        println!("72 heads of 128 tokens, {precision:?}: {} bytes", text.len());
        assert!(text.len() < most_bytes, "{} bytes", text.len());
        let read = decode(&text).unwrap();
        assert_eq!(read.model.known(), Some(find(models::F32).unwrap()));
        let map = &read.trace.maps[0];
        assert_eq!((&map.queries, &map.keys), (&trace.maps[0].queries, &trace.maps[0].keys));
        assert_eq!(
            map.queries.iter().map(|token| &token.text).collect::<Vec<_>>(),
            golden.pieces.iter().collect::<Vec<_>>()
        );
        let error = f64::from(map.weights.error);
        assert!(error > 0.0 && error <= most_error + 1e-6, "{error}");
        let rows = golden.attention.chunks_exact(128);
        for (index, expected) in rows.enumerate() {
            let (layer, head) = heads[index / golden.rows.len()];
            let query = golden.rows[index % golden.rows.len()];
            let row = &map.weights.head(layer, head).unwrap()[query * 128..(query + 1) * 128];
            for (read, expected) in row.iter().zip(expected) {
                assert!((f64::from(*read) - expected).abs() <= error + golden.tolerance);
            }
        }
    }
    for &head in &heads {
        let text = stored(&trace, &[head], Precision::Byte);
        assert!(text.len() < 30_000, "{head:?}: {} bytes", text.len());
    }
}

#[test]
fn every_kind_of_text_is_stored_with_its_tokens_and_cuts() {
    let mut engine = models::engine(models::F32);
    for golden in golden::all().iter().filter(|golden| golden.pieces.len() < 64) {
        let trace = ran(&mut engine, golden);
        let read = decode(&stored(&trace, &[(5, 11)], Precision::Byte)).unwrap().trace;
        let (map, original) = (&read.maps[0], &trace.maps[0]);
        assert_eq!((&read.texts, &read.cuts), (&trace.texts, &trace.cuts), "{}", golden.id);
        assert_eq!((&map.queries, &map.keys), (&original.queries, &original.keys), "{}", golden.id);
    }
}
