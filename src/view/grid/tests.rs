use super::super::Scale;
use super::super::label::tests::HalfWidth;
use super::super::tests::{Held, view_state, with_scene};
use super::*;

fn in_order(layers: usize, heads: usize) -> Vec<Vec<(usize, usize)>> {
    (0..layers).map(|layer| (0..heads).map(|head| (layer, head)).collect()).collect()
}

#[test]
fn a_point_in_a_thumbnail_finds_it() {
    for (width, ratio) in [(300.0, 1.0), (328.0, 3.0), (511.5, 1.5)] {
        for marked in [false, true] {
            let layout = GridLayout::new(in_order(6, 12), 12, 16, marked, (width, ratio));
            for layer in 0..6 {
                for head in 0..12 {
                    let rect = layout.rect(layer, head);
                    assert_eq!(layout.at(rect.x + 1.0, rect.y + 1.0), Some(Spot::Head { layer, head }));
                    assert!(rect.x + rect.width <= width && rect.y + rect.height <= layout.height().unwrap());
                    assert!((rect.x * ratio).fract().abs() < 1e-6, "not on a device pixel");
                }
            }
            assert_eq!(layout.at(1.0, 1.0), None);
        }
    }
}

#[test]
fn a_sorted_grid_finds_each_head_where_it_stands() {
    let order = vec![vec![(1, 1), (1, 0)], vec![(0, 0), (0, 1)]];
    let layout = GridLayout::new(order, 2, 4, false, (200.0, 1.0));
    assert_eq!(layout.place_of(1, 0), Some((0, 1)));
    let rect = layout.rect(0, 1);
    assert_eq!(layout.at(rect.x + 1.0, rect.y + 1.0), Some(Spot::Head { layer: 1, head: 0 }));
    assert!(!layout.in_order());
}

#[test]
fn each_thumbnail_is_scaled_by_its_own_map() {
    let held = Held { layers: 1, heads: 2, shape: (1, 1), weights: vec![0.5, 0.25] };
    let mut state = view_state();
    state.scale = Scale::MapMax;
    let size = Size { width: 200.0, height: 200.0, ratio: 1.0 };
    let pixel = |picture: &Picture, x: usize| {
        let image = &picture.images[0];
        [image.rgba[x * 4], image.rgba[x * 4 + 1], image.rgba[x * 4 + 2]]
    };
    with_scene(&held, &["a"], |scene| {
        let layout = lay_out(scene, &state, size, &HalfWidth);
        let pitch = layout.places().iter().find(|place| place.0 == "data-pitch").unwrap().1 as usize;
        let picture = layout.paint(scene, &state, &HalfWidth);
        assert_eq!(pixel(&picture, pitch), state.ramp.color(1.0, 1.0));
        state.scale = Scale::Unit;
        let picture = layout.paint(scene, &state, &HalfWidth);
        assert_eq!(pixel(&picture, 0), state.ramp.color(0.5, 1.0));
        assert_eq!(pixel(&picture, pitch), state.ramp.color(0.25, 1.0));
    });
}
