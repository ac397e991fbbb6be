//! How far heads moved, in the order of how far.

use yew::{Callback, Html, html};

use crate::page::dom::decimal;
use crate::view::figures::scientific;
use crate::view::order::largest_first;
use crate::view::words::tr_with;

/// A head, and how far its map moved, in bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MovedHead {
    pub layer: usize,
    pub head: usize,
    pub bits: f32,
}

/// The heads of (layers, heads) divergences, those that moved furthest first.
pub fn ranked(divergences: &[f32], heads: usize) -> Vec<MovedHead> {
    let mut numbers: Vec<(f32, usize)> = divergences.iter().copied().zip(0..).collect();
    largest_first(&mut numbers);
    let moved = numbers.into_iter().map(|(bits, at)| MovedHead { layer: at / heads, head: at % heads, bits });
    moved.collect()
}

/// (layers, heads), the mean of (variants, layers, heads) over the variants.
pub fn mean_of_variants(divergences: &[f32], maps: usize) -> Vec<f32> {
    let variants = divergences.len() / maps.max(1);
    let of =
        |map: usize| divergences.iter().skip(map).step_by(maps).map(|&bits| f64::from(bits)).sum::<f64>();
    (0..maps).map(|map| (of(map) / variants.max(1) as f64) as f32).collect()
}

/// (layers, variants), the mean of (variants, layers, heads) over the heads.
pub fn mean_of_heads(divergences: &[f32], layers: usize, heads: usize) -> Vec<f32> {
    let variants = divergences.len() / (layers * heads).max(1);
    let cells = (0..layers).flat_map(|layer| (0..variants).map(move |variant| (layer, variant)));
    cells
        .map(|(layer, variant)| {
            let of_layer = &divergences[(variant * layers + layer) * heads..][..heads];
            (of_layer.iter().map(|&bits| f64::from(bits)).sum::<f64>() / heads as f64) as f32
        })
        .collect()
}

/// A head in words.
pub fn head_name((layer, head): (usize, usize)) -> String {
    tr_with("layer {0} head {1}", &[&layer.to_string(), &head.to_string()])
}

/// A list of heads; a click selects one in the element.
pub fn list(
    part: &'static str,
    heads: &[MovedHead],
    selected: (usize, usize),
    chosen: &Callback<(usize, usize)>,
) -> Html {
    html! {
        <ol class="moved" {part}>
            { for heads.iter().map(|&MovedHead { layer, head, bits }| html! {
                <li>
                    <button type="button" part="moved-head" data-layer={layer.to_string()} data-head={head.to_string()}
                        data-value={decimal(f64::from(bits))} aria-pressed={((layer, head) == selected).to_string()}
                        onclick={chosen.reform(move |_| (layer, head))}>
                        <span>{ head_name((layer, head)) }</span>
                        <b class="figure">{ scientific(bits) }</b>
                    </button>
                </li>
            }) }
        </ol>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moved_furthest_comes_first_and_equals_by_layer_and_head() {
        let found: Vec<_> =
            ranked(&[0.1, 0.3, 0.0, 0.3], 2).iter().map(|one| (one.layer, one.head)).collect();
        assert_eq!(found, [(0, 1), (1, 1), (0, 0), (1, 0)]);
    }

    #[test]
    fn means_go_over_variants_and_over_heads() {
        // (2 variants, 2 layers, 2 heads)
        let divergences = [0.0, 0.2, 0.4, 0.6, 1.0, 0.8, 0.2, 0.0];
        assert_eq!(mean_of_variants(&divergences, 4), [0.5, 0.5, 0.3, 0.3]);
        let by_layer = mean_of_heads(&divergences, 2, 2);
        for (found, expected) in by_layer.iter().zip([0.1, 0.9, 0.5, 0.1]) {
            assert!((found - expected).abs() < 1e-6, "{by_layer:?}");
        }
        assert_eq!(mean_of_heads(&[], 2, 2), [0.0; 0]);
    }
}
