use super::*;

const WORDS: &str = "embeddings.word_embeddings.weight";
const QUERY: &str = "encoder.layer.0.attention.self.query.weight";
const BIAS: &str = "encoder.layer.0.attention.self.query.bias";

/// A weights file of 32-bit floats.
fn file(tensors: &[(&str, &[usize], &[f32])]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, _, values)| values.iter().flat_map(|value| value.to_le_bytes()).collect())
        .collect();
    let views = tensors.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        (*name, TensorView::new(Dtype::F32, shape.to_vec(), bytes).unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

fn failure(tensors: &[(&str, &[usize], &[f32])]) -> String {
    format!("{:#}", quantise(&file(tensors)).unwrap_err())
}

/// Numbers between -1 and 1, the same each time.
fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|index| (index as f32 * 12.9898).sin()).collect()
}

fn integers(tensors: &SafeTensors<'_>, name: &str) -> Vec<i8> {
    tensors.tensor(name).unwrap().data().iter().map(|byte| byte.cast_signed()).collect()
}

fn scales(tensors: &SafeTensors<'_>, name: &str) -> Vec<f64> {
    let view = tensors.tensor(name).unwrap();
    view.data().chunks_exact(2).map(|bytes| f16::from_le_bytes([bytes[0], bytes[1]]).to_f64()).collect()
}

#[test]
fn a_matrix_becomes_integers_and_scales_and_a_vector_stays() {
    let (words, query, bias) = (numbers(3 * 128), numbers(2 * 64), numbers(64));
    let made =
        quantise(&file(&[(WORDS, &[3, 128], &words), (QUERY, &[2, 64], &query), (BIAS, &[64], &bias)]))
            .unwrap();
    let tensors = SafeTensors::deserialize(&made).unwrap();
    let described =
        |name: &str| tensors.tensor(name).map(|view| (view.dtype(), view.shape().to_vec())).unwrap();
    assert_eq!(tensors.len(), 5);
    assert_eq!(described(WORDS), (Dtype::I8, vec![3, 128]));
    assert_eq!(described(&format!("{WORDS}.scale")), (Dtype::F16, vec![3, 2]));
    assert_eq!(described(QUERY), (Dtype::I8, vec![2, 64]));
    assert_eq!(described(&format!("{QUERY}.scale")), (Dtype::F16, vec![2, 2]));
    assert_eq!(described(BIAS), (Dtype::F32, vec![64]));
    let kept: Vec<u8> = bias.iter().flat_map(|value| value.to_le_bytes()).collect();
    assert_eq!(tensors.tensor(BIAS).unwrap().data(), kept);
    assert_eq!(
        made,
        quantise(&file(&[(BIAS, &[64], &bias), (QUERY, &[2, 64], &query), (WORDS, &[3, 128], &words)]))
            .unwrap()
    );
}

#[test]
fn no_weight_moves_by_more_than_half_a_step_and_the_largest_is_127_steps() {
    let weights = numbers(8 * 96);
    let made = quantise(&file(&[(QUERY, &[8, 96], &weights)])).unwrap();
    let tensors = SafeTensors::deserialize(&made).unwrap();
    let (integers, scales) = (integers(&tensors, QUERY), scales(&tensors, &format!("{QUERY}.scale")));
    assert_eq!(scales.len(), 8 * 3);
    for (block, ((weights, integers), scale)) in
        weights.chunks(32).zip(integers.chunks(32)).zip(&scales).enumerate()
    {
        for (weight, &integer) in weights.iter().zip(integers) {
            let moved = (f64::from(*weight) - f64::from(integer) * scale).abs();
            assert!(moved <= scale * 0.500_001, "block {block}: {weight} moved by {moved}");
        }
        assert_eq!(integers.iter().map(|integer| integer.unsigned_abs()).max(), Some(127), "block {block}");
    }
}

#[test]
fn a_tie_goes_to_the_even_integer() {
    let mut weights = [0.0; 32];
    weights[..6].copy_from_slice(&[127.0, 0.5, 1.5, -0.5, -2.5, 2.501]);
    let made = quantise(&file(&[(QUERY, &[1, 32], &weights)])).unwrap();
    let tensors = SafeTensors::deserialize(&made).unwrap();
    assert_eq!(scales(&tensors, &format!("{QUERY}.scale")), [1.0]);
    assert_eq!(integers(&tensors, QUERY)[..6], [127, 0, 2, 0, -2, 3]);
}

#[test]
fn a_block_of_zeros_or_of_nearly_nothing_is_zeros() {
    let mut weights = vec![0.0; 96];
    weights[40] = 1e-9;
    weights[64] = -2.0;
    let made = quantise(&file(&[(QUERY, &[1, 96], &weights)])).unwrap();
    let tensors = SafeTensors::deserialize(&made).unwrap();
    assert_eq!(scales(&tensors, &format!("{QUERY}.scale"))[..2], [0.0, 0.0]);
    let integers = integers(&tensors, QUERY);
    assert_eq!(integers[..64], [0; 64]);
    assert_eq!(integers[64], -127);
}

#[test]
fn what_the_encoder_does_not_use_is_left_out() {
    let made =
        quantise(&file(&[("pooler.dense.weight", &[1, 32], &[1.0; 32]), (BIAS, &[1], &[1.0])])).unwrap();
    assert_eq!(SafeTensors::deserialize(&made).unwrap().names(), [BIAS]);
}

#[test]
fn what_cannot_be_rounded_is_an_error_that_names_it() {
    let error = failure(&[(QUERY, &[2, 48], &[1.0; 96])]);
    assert!(error.contains(QUERY) && error.contains("rows of 48, expected a multiple of 32"), "{error}");
    let error = failure(&[(WORDS, &[64], &[1.0; 64])]);
    assert!(error.contains(WORDS) && error.contains("shape [64]"), "{error}");
    for strange in [f32::NAN, f32::INFINITY, 1e30] {
        let mut weights = [1.0; 32];
        weights[7] = strange;
        let error = failure(&[(QUERY, &[1, 32], &weights)]);
        assert!(error.contains(QUERY), "{error}");
    }
    let whole = file(&[(QUERY, &[1, 32], &[1.0; 32])]);
    assert!(quantise(&whole[..whole.len() - 1]).is_err());
    let twice = quantise(&whole).unwrap();
    let error = format!("{:#}", quantise(&twice).unwrap_err());
    assert!(error.contains("expected F32"), "{error}");
}
