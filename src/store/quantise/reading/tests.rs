use super::super::tests::{CONFIG, LAYERS, WIDTH, bert, file, letters, numbers};
use super::*;

#[test]
fn second_moments_are_sums_over_rows() {
    let (count, stride, width) = (50, 40, 37);
    let data = numbers(4, count * stride);
    let moments = moments_of(&data, stride, width);
    for (at, moment) in moments.iter().enumerate() {
        let rows = data.chunks(stride);
        let sum: f64 = rows.map(|row| f64::from(row[at / width]) * f64::from(row[at % width])).sum();
        assert!((moment - sum).abs() < 1e-5, "{at}: {moment}, not {sum}");
    }
}

#[cfg(feature = "engine")]
mod beside_the_engine {
    use std::rc::Rc;

    use super::*;
    use crate::cpu::CpuBackend;
    use crate::model::bert::{self, Bert};
    use crate::weights::Weights;

    fn engine() -> Bert<CpuBackend> {
        let config = bert::Config::from_json("small", SMALL.as_bytes()).unwrap();
        let weights = Weights::parse("small", &Rc::new(file(&bert()))).unwrap();
        Bert::load(config, &weights, CpuBackend::new()).unwrap()
    }

    const SMALL: &str = r#"{"model_type": "bert", "hidden_act": "gelu", "hidden_size": 64,
        "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 2, "vocab_size": 55,
        "max_position_embeddings": 16, "type_vocab_size": 2, "layer_norm_eps": 1e-12}"#;

    /// The ids of each window.
    fn windows() -> Vec<Vec<u32>> {
        let ids = Tokenizer::from_json(&letters()).unwrap().encode(SENTENCES, None, usize::MAX).unwrap().ids;
        let typed = &ids[1..ids.len() - 1];
        typed.chunks(14).map(|typed| [&[1], typed, &[2]].concat()).collect()
    }

    fn assert_close(got: &[f32], expected: &[f32], what: &str) {
        assert_eq!(got.len(), expected.len(), "{what}");
        let furthest = got.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(furthest < 2e-5, "{what}: {furthest}");
    }

    #[test]
    fn what_is_read_is_what_the_engine_computes_of_each_window() {
        let whole = file(&bert());
        let weights = SafeTensors::deserialize(&whole).unwrap();
        let mut reading = Reading::begin(&weights, &letters(), CONFIG.as_bytes()).unwrap();
        let windows = windows();
        assert!(windows.len() > 100 && windows.iter().flatten().all(|&id| id < 55));
        let mut engine = engine();
        let (mut states, mut contexts) = (vec![vec![]; LAYERS + 1], vec![vec![]; LAYERS]);
        for ids in &windows {
            let types = vec![0; ids.len()];
            let of_window = pollster::block_on(engine.hidden_states(ids, &types)).unwrap();
            states.iter_mut().zip(of_window).for_each(|(to, from)| to.extend(from));
            let of_window = pollster::block_on(engine.contexts(ids, &types)).unwrap();
            contexts.iter_mut().zip(of_window).for_each(|(to, from)| to.extend(from));
        }
        assert_eq!(reading.layers(), LAYERS);
        for layer in 0..LAYERS {
            let read = reading.layer(layer).unwrap();
            assert_close(&read.attention, &states[layer], "attention");
            assert_close(&read.attention_output, &contexts[layer], "attention_output");
            // What it leads to has gone through the others.
            assert_close(&reading.hidden, &states[layer + 1], "output");
        }
    }

    #[test]
    fn an_embeddings_metric_is_how_far_scores_move_to_first_order() {
        let whole = file(&bert());
        let weights = SafeTensors::deserialize(&whole).unwrap();
        let metric =
            Reading::begin(&weights, &letters(), CONFIG.as_bytes()).unwrap().of_embeddings().unwrap();
        let error: Vec<f64> = numbers(9, WIDTH).iter().map(|&value| f64::from(value)).collect();
        let cost: f64 = (0..WIDTH * WIDTH).map(|at| error[at / WIDTH] * metric[at] * error[at % WIDTH]).sum();

        // The same by the definition: the layer norm takes the mean away and multiplies, then W, then all keys or
        // queries of each head.
        let mean = error.iter().sum::<f64>() / WIDTH as f64;
        let gain = vector(&weights, "embeddings.LayerNorm.weight", WIDTH).unwrap();
        let moved: Vec<f64> = error.iter().zip(gain).map(|(e, gain)| (e - mean) * f64::from(gain)).collect();
        let moved_by = |part: &str| -> Vec<f64> {
            let weight = matrix(&weights, &format!("encoder.layer.0.attention.self.{part}.weight")).unwrap();
            (0..WIDTH)
                .map(|row| weight.row(row).iter().zip(&moved).map(|(w, e)| f64::from(*w) * e).sum())
                .collect()
        };
        let (query_moved, key_moved) = (moved_by("query"), moved_by("key"));
        let mut engine = engine();
        let mut expected = 0.0;
        for ids in windows() {
            let embedded = pollster::block_on(engine.embed(&ids, &vec![0; ids.len()])).unwrap();
            let projected = pollster::block_on(engine.project(0, &embedded)).unwrap();
            for head in [0..32, 32..64] {
                let score = |row: &[f32], moved: &[f64], part: usize| -> f64 {
                    head.clone().map(|at| f64::from(row[part * WIDTH + at]) * moved[at]).sum()
                };
                let rows = || projected.chunks(3 * WIDTH);
                let of_keys: Vec<f64> = rows().map(|row| score(row, &query_moved, 1)).collect();
                let mean = of_keys.iter().sum::<f64>() / of_keys.len() as f64;
                expected += of_keys.iter().map(|score| (score - mean).powi(2)).sum::<f64>();
                expected += rows().map(|row| score(row, &key_moved, 0).powi(2)).sum::<f64>();
            }
        }
        assert!((cost - expected).abs() < 1e-4 * expected, "{cost}, not {expected}");
    }
}
