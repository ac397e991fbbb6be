use super::super::Focus;
use super::super::label::tests::HalfWidth;
use super::super::picture::{Mark, TextMark};
use super::super::tests::{Held, view_state, with_scene};
use super::*;

fn labels(count: usize, text: &str) -> Vec<Label> {
    vec![super::super::label::tests::label(text); count]
}

fn layout(count: usize, size: Size) -> MatrixLayout {
    MatrixLayout::new(&labels(count, "animal"), &labels(count, "animal"), size, &HalfWidth)
}

const SIZES: [Size; 3] = [
    Size { width: 640.0, height: 640.0, ratio: 1.0 },
    Size { width: 328.0, height: 328.0, ratio: 3.0 },
    Size { width: 500.5, height: 480.0, ratio: 1.25 },
];

#[test]
fn a_map_of_any_length_lies_inside_its_canvas() {
    for size in SIZES {
        for count in [1, 2, 14, 60, 128, 512] {
            let layout = layout(count, size);
            let frame = layout.frame;
            assert!(frame.x + frame.width <= size.width, "{count} in {size:?}");
            assert!(frame.y + frame.height <= size.height, "{count} in {size:?}");
        }
    }
}

#[test]
fn words_stand_upright_where_all_of_them_fit_their_columns() {
    let upright = |words: &[&str]| {
        let keys: Vec<Label> = words.iter().flat_map(|word| labels(1, word)).collect();
        MatrixLayout::new(&keys, &keys, SIZES[0], &HalfWidth).upright
    };
    assert!(upright(&["因", "为", "它"]));
    assert!(!upright(&["因", "为", "a word that is longer than any column can be wide"]));
}

#[test]
fn a_point_in_a_cell_finds_it() {
    for size in SIZES {
        for count in [1, 14, 128, 512] {
            let layout = layout(count, size);
            for cell in [0, count / 2, count - 1] {
                let rect = layout.rect(cell, count - 1 - cell);
                let found = layout.at(rect.x + rect.width / 2.0, rect.y + rect.height / 2.0);
                assert_eq!(found, Some(Spot::Cell { query: cell, key: count - 1 - cell }));
            }
            assert_eq!(layout.at(0.0, 0.0), None);
        }
    }
}

#[test]
fn a_letter_more_does_not_move_the_map() {
    let at = |text| MatrixLayout::new(&labels(9, text), &labels(9, text), SIZES[0], &HalfWidth).origin_x;
    assert_eq!(at("animal"), at("animals"));
}

#[test]
fn labels_never_stand_closer_than_they_are_high() {
    for count in [1, 14, 60, 128, 512] {
        let layout = layout(count, SIZES[0]);
        assert!(MatrixLayout::stride(layout.cell) as f64 * layout.cell >= LABEL_PITCH);
    }
}

/// A map of `count` words in which every weight is another, under a window.
fn zoomed(count: usize, window: Window, run: impl FnOnce(&Scene, &ViewState, Rc<dyn Layout>)) {
    let weights = (0..count * count).map(|at| (at + 1) as f32 / (count * count) as f32).collect();
    let held = Held { layers: 1, heads: 1, shape: (count, count), weights };
    with_scene(&held, &vec!["animal"; count], |scene| {
        let state = ViewState { window, ..view_state() };
        run(scene, &state, lay_out(scene, &state, SIZES[1], &HalfWidth));
    });
}

fn place(layout: &Rc<dyn Layout>, name: &str) -> f64 {
    layout.places().iter().find(|place| place.0 == name).unwrap().1
}

/// The middle of a cell, wherever it lies.
fn middle(layout: &Rc<dyn Layout>, query: usize, key: usize) -> (f64, f64) {
    let at = |origin, cell: usize| place(layout, origin) + (cell as f64 + 0.5) * place(layout, "data-cell");
    (at("data-origin-x", key), at("data-origin-y", query))
}

fn texts(picture: &Picture) -> Vec<&TextMark> {
    picture
        .marks
        .iter()
        .filter_map(|mark| if let Mark::Text(text) = mark { Some(text) } else { None })
        .collect()
}

#[test]
fn a_zoomed_map_shows_each_cell_in_its_colour_where_a_point_finds_it() {
    for (count, zoom) in [(16, 2.0), (60, 3.3), (512, 8.0), (512, 40.0)] {
        let window = Window { zoom, x: 0.3, y: 0.6 };
        zoomed(count, window, |scene, state, layout| {
            let before = MatrixLayout::new(scene.queries, scene.keys, SIZES[1], &HalfWidth);
            assert_eq!(place(&layout, "data-frame-width"), before.frame.width);
            assert!(place(&layout, "data-cell") >= before.cell);
            let image = &layout.paint(scene, state, &HalfWidth).images[0];
            let ratio = SIZES[1].ratio;
            let mut seen = 0;
            for (query, key) in (0..count * count).map(|at| (at / count, at % count)) {
                let (x, y) = middle(&layout, query, key);
                let frame = before.frame;
                let inside =
                    x >= frame.x && y >= frame.y && x < frame.x + frame.width && y < frame.y + frame.height;
                if !inside {
                    assert_ne!(layout.at(x, y), Some(Spot::Cell { query, key }));
                    continue;
                }
                seen += 1;
                assert_eq!(layout.at(x, y), Some(Spot::Cell { query, key }));
                let (column, row) = ((x * ratio) as usize - image.x, (y * ratio) as usize - image.y);
                let pixel = &image.rgba[(row * image.width + column) * 4..][..3];
                let weight = (query * count + key + 1) as f32 / (count * count) as f32;
                let cell = place(&layout, "data-cell");
                if cell * ratio >= 5.0 {
                    assert_eq!(pixel, state.ramp.color(weight, 1.0), "({query}, {key}) of {count}");
                }
                let edge = ((x + cell / 2.0) * ratio).round() as usize - 1 - image.x;
                if cell >= 10.0 && edge < image.width {
                    let pixel = &image.rgba[(row * image.width + edge) * 4..][..3];
                    assert_eq!(pixel, state.ramp.zero(), "({query}, {key}) touches its neighbour");
                }
            }
            assert!(seen >= 4, "{seen} of {count}");
        });
    }
}

#[test]
fn labels_stay_at_the_edges_and_name_what_is_in_view_only() {
    zoomed(40, Window { zoom: 5.0, x: 1.0, y: 0.0 }, |scene, state, layout| {
        let frame = MatrixLayout::new(scene.queries, scene.keys, SIZES[1], &HalfWidth).frame;
        let picture = layout.paint(scene, state, &HalfWidth);
        let words: Vec<_> =
            texts(&picture).into_iter().filter(|text| text.text.starts_with("anim")).collect();
        assert!((8..=24).contains(&words.len()), "{}", words.len());
        for word in words {
            let row = word.x < frame.x && word.y > frame.y && word.y < frame.y + frame.height;
            let column = word.y < frame.y && word.x > frame.x && word.x < frame.x + frame.width;
            assert!(row || column, "{word:?}");
        }
        // What is picked out of view is not drawn over what is in view.
        let focus = Focus::Cell { query: 39, key: 0 };
        let picked = layout.paint_focus(scene, &ViewState { focus, ..state.clone() }, &HalfWidth);
        assert_eq!(picked, Picture::default());
        let focus = Focus::Cell { query: 0, key: 39 };
        let picked = layout.paint_focus(scene, &ViewState { focus, ..state.clone() }, &HalfWidth);
        assert_eq!(texts(&picked).len(), 2);
    });
    // Of what is picked out, a sliver is enough.
    zoomed(40, Window { zoom: 5.0, x: 0.5, y: 0.52 }, |scene, state, layout| {
        let corner = layout.at(place(&layout, "data-frame-x") + 1.0, place(&layout, "data-frame-y"));
        let Some(Spot::Cell { query, .. }) = corner else { panic!("{corner:?}") };
        let below = middle(&layout, query, 0).1 + place(&layout, "data-cell") / 2.0;
        assert!(below - place(&layout, "data-frame-y") < LABEL_PITCH);
        let focus = Focus::Query(query);
        let picked = layout.paint_focus(scene, &ViewState { focus, ..state.clone() }, &HalfWidth);
        assert_eq!(texts(&picked).len(), 1);
    });
}

#[test]
fn a_zoomed_map_shows_numbers_and_where_in_the_whole_it_is() {
    zoomed(512, Window { zoom: 100.0, x: 0.75, y: 0.5 }, |scene, state, layout| {
        let picture = layout.paint(scene, state, &HalfWidth);
        assert!(texts(&picture).iter().any(|text| text.text.starts_with("0.5")));
        let fills: Vec<_> = picture
            .marks
            .iter()
            .filter_map(|mark| if let Mark::Fill { rect, .. } = mark { Some(rect) } else { None })
            .collect();
        let [whole, part] = fills[..] else { panic!("{fills:?}") };
        assert!((part.x - (whole.x + 0.75 * whole.width)).abs() < 2.0, "{part:?} of {whole:?}");
        assert!(whole.x + whole.width <= place(&layout, "data-frame-x"));
    });
    zoomed(512, Window::default(), |scene, state, layout| {
        let picture = layout.paint(scene, state, &HalfWidth);
        assert!(picture.marks.iter().all(|mark| !matches!(mark, Mark::Fill { .. })));
    });
}

#[test]
fn a_point_on_a_label_finds_its_row_or_column() {
    zoomed(20, Window::default(), |_, _, layout| {
        let (x, y) = middle(&layout, 7, 3);
        assert_eq!(layout.at(place(&layout, "data-origin-x") - 20.0, y), Some(Spot::Query(7)));
        assert_eq!(layout.at(x, place(&layout, "data-origin-y") - 20.0), Some(Spot::Key(3)));
    });
}

/// Where a point of the canvas lies on the map, in cells along each side.
fn pointed(layout: &Rc<dyn Layout>, (x, y): (f64, f64)) -> [f64; 2] {
    [x - place(layout, "data-origin-x"), y - place(layout, "data-origin-y")]
        .map(|length| length / place(layout, "data-cell"))
}

#[test]
fn what_is_pointed_at_stays_there_over_many_small_moves() {
    let at = (150.0, 190.0);
    let mut window = Window::default();
    let mut before = None;
    for step in 0..60 {
        zoomed(128, window, |_, _, layout| {
            let now = pointed(&layout, at);
            for (one, other) in now.into_iter().zip(*before.get_or_insert(now)) {
                assert!(
                    (one - other).abs() * place(&layout, "data-cell") <= 2.0,
                    "{one} for {other} at step {step}"
                );
            }
            window = layout.moved(1.05, at, at).unwrap();
        });
    }
    assert!((window.zoom - 1.05_f64.powi(60)).abs() < 1e-9);
}

#[test]
fn a_zoomed_map_goes_along_with_a_finger_as_far_as_its_edge() {
    let window = Window { zoom: 4.0, x: 0.5, y: 0.5 };
    zoomed(128, window, |_, _, layout| {
        let (from, to) = ((150.0, 190.0), (170.0, 160.0));
        let under = pointed(&layout, from);
        let after = layout.moved(1.0, from, to).unwrap();
        zoomed(128, after, |_, _, layout| {
            for (one, other) in pointed(&layout, to).into_iter().zip(under) {
                assert!((one - other).abs() < 0.1, "{one} for {other}");
            }
        });
        let corner = layout.moved(1.0, (0.0, 0.0), (9e9, 9e9)).unwrap();
        assert_eq!(corner, Window { zoom: 4.0, x: 0.125, y: 0.125 });
        assert_eq!(layout.moved(1e-3, from, from), Some(Window::default()));
    });
}
