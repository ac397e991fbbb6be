use super::*;
use crate::lens::LENSES;
use crate::shown::attributes::parse;
use crate::shown::state::{Action, State};
use crate::shown::taken::{SIZE, Taken};
use crate::stored::{Precision, decode};
use crate::view::picture::{Font, Measure};
use crate::view::{Focus, Maps, VIEWS};

/// As wide as its letters are many.
struct Letters;

impl Measure for Letters {
    fn width(&self, text: &str, font: Font) -> f64 {
        text.chars().count() as f64 * font.size * 0.5
    }
}

const TEXTS: [&str; 2] = ["A cat sleeps.", "Un chat dort bien."];

/// The words of a text, and a special token around them.
fn tokens(segment: usize) -> Vec<Token> {
    let special = |text: &str, at| Token { text: text.into(), start: at, end: at, special: true, segment };
    let (text, mut at) = (TEXTS[segment], 0);
    let mut tokens = vec![special("<s>", 0)];
    for word in text.split(' ') {
        tokens.push(Token { text: word.into(), start: at, end: at + word.len(), special: false, segment });
        at += word.len() + 1;
    }
    tokens.push(special("</s>", text.len()));
    tokens
}

/// Rows that add up to 1, each weight another.
fn map(kind: MapKind, queries: usize, keys: usize) -> AttentionMap<StoredWeights> {
    let (queries, keys) = (tokens(queries), tokens(keys));
    let (layers, heads) = (2, 3);
    let stored: Vec<_> = HeadSet::all(layers, heads).iter().collect();
    let row = |first: usize| {
        let shares: Vec<_> = (0..keys.len()).map(|key| ((first * 7 + key * 3) % 11 + 1) as f32).collect();
        let sum: f32 = shares.iter().sum();
        shares.into_iter().map(move |share| share / sum)
    };
    let weights = (0..stored.len() * queries.len()).flat_map(row).collect();
    AttentionMap {
        kind,
        layers,
        heads,
        weights: StoredWeights { stored, weights, error: 0.0 },
        queries,
        keys,
    }
}

fn translation() -> Ran {
    let trace = Trace {
        model: "other".into(),
        backend: Backend::Other,
        adapter: String::new(),
        texts: TEXTS.map(String::from).to_vec(),
        maps: vec![map(MapKind::Encoder, 0, 0), map(MapKind::Decoder, 1, 1), map(MapKind::Cross, 1, 0)],
        cuts: vec![],
        milliseconds: 0.0,
    };
    let model =
        About { id: "other".into(), name: "Other".into(), precision: "", sha256: None, max_tokens: None };
    Ran::stored(Stored { trace, model, program: String::new(), state: None })
        .unwrap_or_else(|problem| panic!("{}", problem.message))
}

fn opened() -> State {
    let mut state = State::default();
    state.apply(Action::Open(Rc::new(translation())));
    state
}

fn set(state: &mut State, name: &str, value: &str) {
    let action = parse(name, Some(value), state).unwrap_or_else(|problem| panic!("{}", problem.message));
    action.map(|action| state.apply(action));
}

fn words(labels: &[Label]) -> Vec<&str> {
    labels.iter().map(|label| &*label.text).collect()
}

#[test]
fn a_translations_words_attend_to_its_sources() {
    let state = opened();
    let (study, shown) = (state.study.clone().unwrap(), state.map.clone().unwrap());
    assert_eq!(words(&study.queries), ["<s>", "Un", "chat", "dort", "bien.", "</s>"]);
    assert_eq!(words(&study.keys), ["<s>", "A", "cat", "sleeps.", "</s>"]);
    assert_eq!(shown.shape(), (6, 5));
    let expected = map(MapKind::Cross, 1, 0).weights.weights;
    assert_eq!(shown.weights, expected[..30]);
    // A word of the source is a column and none of the rows, a word of the translation a row.
    assert_eq!(study.placed(Focus::Token(2)), Focus::Key(2));
    assert_eq!(study.placed(Focus::Token(5 + 3)), Focus::Query(3));
    assert_eq!(study.place(1, 2), "Cross-attention, layer 1 head 2");
}

#[test]
fn each_map_of_a_run_can_be_looked_at() {
    let mut state = opened();
    set(&mut state, "layer", "1");
    set(&mut state, "map", "encoder");
    let study = state.study.clone().unwrap();
    assert_eq!(
        (words(&study.queries), words(&study.keys)),
        (words(&study.keys), vec!["<s>", "A", "cat", "sleeps.", "</s>"])
    );
    assert_eq!(state.map.as_ref().unwrap().shape(), (5, 5));
    set(&mut state, "map", "decoder");
    assert_eq!(words(&state.study.as_ref().unwrap().keys), ["<s>", "Un", "chat", "dort", "bien.", "</s>"]);
    // What a run does not have leaves what is there, and what comes next is looked at likewise.
    set(&mut state, "map", "self");
    assert_eq!(state.map.as_ref().unwrap().shape(), (6, 6));
    set(&mut state, "map", "encoder");
    state.apply(Action::Open(Rc::new(translation())));
    assert_eq!(state.map.as_ref().unwrap().shape(), (5, 5));
    assert_eq!(state.layer, 1);
}

#[test]
fn filters_hide_rows_and_columns_of_either_text() {
    let mut state = opened();
    set(&mut state, "special", "hide");
    // Of a pair whose texts are run together.
    set(&mut state, "pair-part", "a-a");
    let (study, shown) = (state.study.clone().unwrap(), state.map.clone().unwrap());
    assert_eq!(words(&study.queries), ["Un", "chat", "dort", "bien."]);
    assert_eq!(words(&study.keys), ["A", "cat", "sleeps."]);
    let all = map(MapKind::Cross, 1, 0).weights.weights;
    assert_eq!(shown.weights[..3], all[5 + 1..5 + 4]);
    let hidden = all[5] + all[5 + 4];
    assert!((shown.hidden[0] - hidden).abs() < 1e-6, "{} {hidden}", shown.hidden[0]);
}

#[test]
fn every_view_and_lens_paints_every_map() {
    let mut state = opened();
    for (_, kind) in &MapKind::ALL[1..] {
        set(&mut state, "map", kind);
        for lens in LENSES {
            set(&mut state, "lens", lens.id);
            let study = state.study.clone().unwrap();
            // What takes more than there is gives way to the weight, and says so.
            assert!(
                study.lens == lens || state.notices().iter().any(|notice| notice.code == "lens-not-stored"),
                "{}",
                lens.id
            );
            assert!(
                study.is_ready(0)
                    && state
                        .map
                        .as_ref()
                        .is_some_and(|map| map.weights.iter().all(|number| number.is_finite()))
            );
            assert!(*kind != "cross" || study.lens.id != "rollout");
            for view in VIEWS.iter().filter(|view| view.lay_out.is_some() && view.id != "neuron") {
                set(&mut state, "view", view.id);
                for focus in
                    [Focus::Nothing, Focus::Token(1), Focus::Token(7), Focus::Cell { query: 7, key: 2 }]
                {
                    state.apply(Action::Hover(focus));
                    let (picture, _) = Taken::of(&state).unwrap().picture(SIZE, &Letters);
                    assert!(picture.marks.len() + picture.images.len() > 5, "{kind} {} {}", lens.id, view.id);
                }
            }
        }
    }
}

#[test]
fn all_of_its_maps_are_stored_and_read_again() {
    let run = translation();
    let text = super::super::written::json_of(&run, &run.map().heads(), Precision::Half, None).unwrap();
    let again = Ran::stored(decode(&text).unwrap()).unwrap_or_else(|problem| panic!("{}", problem.message));
    assert_eq!(
        again.maps.iter().map(|map| map.kind).collect::<Vec<_>>(),
        [MapKind::Encoder, MapKind::Decoder, MapKind::Cross]
    );
    assert_eq!((again.map().queries(), again.map().keys()), (run.map().queries(), run.map().keys()));
    let (mut before, mut after) = (vec![], vec![]);
    for (one, other) in run.maps.iter().zip(&*again.maps) {
        one.weights.read(1, 2, &mut before);
        other.weights.read(1, 2, &mut after);
        assert!(before.iter().zip(&after).all(|(one, other)| (one - other).abs() < 3e-4));
    }
    // Some heads are of the map that is looked at.
    let text = super::super::written::json_of(&run, &[(0, 1)], Precision::Byte, None).unwrap();
    let again = Ran::stored(decode(&text).unwrap()).unwrap_or_else(|problem| panic!("{}", problem.message));
    assert_eq!((again.maps.len(), again.map().kind, again.map().heads()), (1, MapKind::Cross, vec![(0, 1)]));
}
