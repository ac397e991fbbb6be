use super::super::examples::EXAMPLES;
use super::super::profile::Measured;
use super::super::ran::Mapped;
use super::*;
use crate::filter::Axes;
use crate::inspection::Inspection;
use crate::trace::Token;
use crate::view::label::tests::label;
use crate::view::tests::Held;

fn ran(tokens: usize) -> Rc<Ran> {
    ran_of(tokens, vec![1.0 / tokens as f32; 72 * tokens * tokens])
}

fn ran_of(tokens: usize, weights: Vec<f32>) -> Rc<Ran> {
    let token = Token { text: "a".into(), start: 0, end: 1, special: false, segment: 0 };
    let map = Mapped {
        number: 1,
        rollouts: Default::default(),
        kind: MapKind::SelfAttention,
        tokens: vec![token; tokens],
        labels: vec![label("a"); tokens],
        axes: Axes::square(tokens),
        weights: Box::new(Held { layers: 6, heads: 12, shape: (tokens, tokens), weights }),
        kept: None,
    };
    Rc::new(Ran {
        model: MODELS[0].about(),
        backend: Backend::Cpu,
        adapter: String::new(),
        texts: vec!["a".into()],
        foreign: false,
        cuts: vec![],
        excerpts: Rc::default(),
        milliseconds: 1.0,
        maps: [map].into(),
        at: 0,
    })
}

fn ready() -> EngineState {
    EngineState::Ready { backend: Backend::Cpu, adapter: String::new() }
}

fn lens(id: &str) -> &'static LensSpec {
    LENSES.iter().find(|lens| lens.id == id).unwrap()
}

#[test]
fn typing_runs_and_the_same_text_does_not() {
    let mut state = State::default();
    assert!(state.apply(Action::Text("a".into())).run);
    assert_eq!(state.apply(Action::Text("a".into())), Effects::default());
}

#[test]
fn clearing_the_text_clears_the_map() {
    let mut state = State::default();
    state.apply(Action::Text("a".into()));
    state.apply(Action::Ran(ran(3)));
    assert!(state.map.is_some());
    state.apply(Action::Text(" ".into()));
    assert!(state.is_empty() && state.ran.is_none() && state.map.is_none());
}

#[test]
fn a_head_that_the_model_lacks_is_not_selected() {
    let mut state = State::default();
    assert!(state.apply(Action::LayerAndHead(5, 11)).changed);
    assert!(!state.apply(Action::Layer(6)).changed);
    assert!(!state.apply(Action::Head(12)).changed);
    assert_eq!((state.layer, state.head), (5, 11));
}

#[test]
fn another_model_is_loaded_and_runs_the_text_and_the_map_keeps_saying_whose_it_is() {
    let mut state = State::default();
    state.apply(Action::Text("a".into()));
    state.apply(Action::Ran(ran(3)));
    let effects = state.apply(Action::Model(&MODELS[1]));
    assert!(effects.load && effects.run);
    assert_eq!(state.engine, EngineState::Starting);
    assert_eq!((state.model, &state.ran.as_ref().unwrap().model), (&MODELS[1], &MODELS[0].about()));
    assert_eq!(state.apply(Action::Model(&MODELS[1])), Effects::default());
}

#[test]
fn a_cell_outside_a_shorter_map_is_let_go() {
    let mut state = State::default();
    state.apply(Action::Ran(ran(5)));
    state.apply(Action::Pin(Focus::Cell { query: 4, key: 1 }));
    state.apply(Action::Ran(ran(3)));
    assert_eq!(state.pinned, Focus::Nothing);
}

#[test]
fn putting_a_text_aside_is_told_and_typing_is_not() {
    let mut state = State::default();
    assert!(!state.apply(Action::Example(&EXAMPLES[0])).replaced);
    assert!(!state.apply(Action::Text("mine".into())).replaced);
    assert!(state.apply(Action::Example(&EXAMPLES[4])).replaced);
    assert!(state.apply(Action::TextB(None)).replaced);
    state.apply(Action::TextB(Some("".into())));
    assert!(!state.apply(Action::TextB(None)).replaced);
}

#[test]
fn weights_that_are_taken_away_leave_an_error_and_no_map() {
    let mut state = State::default();
    state.apply(Action::Ran(ran(3)));
    assert!(!state.apply(Action::WeightsTaken).failed);
    assert!(state.apply(Action::Ran(ran_of(3, vec![]))).failed);
    assert!(state.ran.is_none() && state.study.is_none() && state.map.is_none());
    assert_eq!(state.problem.map(|problem| problem.code).as_deref(), Some("trace-invalid"));
}

#[test]
fn each_attribute_keeps_its_own_mistake_until_it_is_mended() {
    let mut state = State::default();
    for name in ["layer", "head", "layer"] {
        state.apply(Action::Attribute(name.into(), Some(Problem::new("attribute-invalid", name))));
    }
    assert_eq!(state.notices().len(), 2);
    state.apply(Action::Start);
    state.apply(Action::Attribute("head".into(), None));
    assert_eq!(state.notices(), [Problem::new("attribute-invalid", "layer")]);
}

#[test]
fn trying_again_loads_and_runs() {
    let mut state = State::default();
    state.apply(Action::Engine(EngineState::Failed(Problem::new("fetch-failed", "no"))));
    let effects = state.apply(Action::Start);
    assert!(effects.load && effects.run);
    assert_eq!(state.engine, EngineState::Starting);
}

#[test]
fn kernels_are_timed_once_at_a_time_and_forgotten_with_the_engine() {
    let mut state = State::default();
    state.apply(Action::Text("a".into()));
    state.apply(Action::TextB(Some(" ".into())));
    assert!(!state.apply(Action::Measure).profile, "nothing is ready");
    state.apply(Action::Engine(ready()));
    assert!(state.apply(Action::Measure).profile);
    assert!(!state.apply(Action::Measure).profile, "it is under way");
    let measured = Measured { backend: Backend::Cpu, adapter: String::new(), kernels: vec![] };
    state.apply(Action::Profiled(Some(measured)));
    let profile = state.profile.clone().unwrap();
    assert_eq!(profile.text, "“a”");
    assert!(profile.measured.is_some());
    assert!(state.apply(Action::Measure).profile);
    state.apply(Action::Profiled(None));
    assert!(state.profile.is_none());
    state.apply(Action::Measure);
    state.apply(Action::Backend(BackendChoice::Cpu));
    assert!(state.profile.is_none());
    state.apply(Action::Text("".into()));
    state.apply(Action::Engine(ready()));
    assert!(!state.apply(Action::Measure).profile, "there is no text");
}

#[test]
fn a_lens_that_takes_computing_shows_the_old_map_until_it_is_there() {
    let mut state = State::default();
    state.apply(Action::Engine(ready()));
    state.apply(Action::Ran(ran(3)));
    let effects = state.apply(Action::Lens(lens("norm")));
    let ask = Ask::Inspect(Inspection::Values);
    assert!(effects.ask && effects.changed && state.asked == Some(ask));
    assert_eq!(state.study.as_ref().map(|study| study.lens.id), Some("weight"));
    assert_eq!(state.computing(), Some(0.0));
    assert!(!state.apply(Action::Layer(2)).ask, "it is under way");
    let run = state.run;
    state.apply(Action::Answered(run, ask, Ok(vec![1.0; 6 * 3 * 144])));
    assert_eq!(state.study.as_ref().map(|study| study.lens.id), Some("norm"));
    assert_eq!((state.computing(), state.asked), (None, None));
    // A norm of a third of a vector of length 1.
    assert!((state.map.unwrap().weights[0] - 1.0 / 3.0).abs() < 1e-6);
}

#[test]
fn a_new_text_asks_again_and_the_answer_about_the_old_one_is_dropped() {
    let mut state = State::default();
    state.apply(Action::Engine(ready()));
    state.apply(Action::Ran(ran(3)));
    state.apply(Action::Lens(lens("value-zeroing")));
    let asked = state.asked.unwrap();
    assert!(state.apply(Action::Ran(ran(4))).ask);
    assert_ne!(state.asked, Some(asked), "the range is of four tokens");
    let run = state.run;
    state.apply(Action::Answered(run, asked, Ok(vec![0.5; 9])));
    assert_eq!(state.study.as_ref().map(|study| study.lens.id), Some("weight"));
    let asked = state.asked.unwrap();
    let run = state.run;
    state.apply(Action::Answered(run, asked, Ok(vec![0.5; 16])));
    assert_eq!(state.map.unwrap().weights, [0.25; 16]);
}

#[test]
fn what_cannot_be_computed_is_told_and_not_asked_for_again() {
    let mut state = State::default();
    state.apply(Action::Engine(ready()));
    state.apply(Action::Ran(ran(3)));
    state.apply(Action::Lens(lens("norm")));
    let ask = state.asked.unwrap();
    let run = state.run;
    let effects = state.apply(Action::Answered(run, ask, Err(Problem::new("model-not-loaded", "no"))));
    assert!(!effects.ask && state.asked.is_none());
    assert_eq!(state.notices().len(), 1);
    let effects = state.apply(Action::Layer(1));
    assert!(!effects.ask);
}

#[test]
fn words_are_chosen_beside_each_other_and_let_go() {
    let mut state = State::default();
    state.apply(Action::Ran(ran(5)));
    state.apply(Action::Pin(Focus::Token(3)));
    state.apply(Action::Choose(1));
    assert_eq!(*state.words(), [1, 3]);
    state.apply(Action::Hover(Focus::Token(4)));
    assert_eq!(*state.words(), [4]);
    // What is pointed at as a column does not take the place of the rows that are looked at.
    state.apply(Action::Hover(Focus::Key(2)));
    assert_eq!(*state.words(), [1, 3]);
    state.apply(Action::Leave);
    state.apply(Action::Choose(3));
    assert_eq!((&*state.words(), state.pinned), (&[1][..], Focus::Token(1)));
    state.apply(Action::Pin(Focus::Nothing));
    assert!(state.words().is_empty());
}

#[test]
fn merging_words_lets_go_of_what_was_counted_in_tokens() {
    let mut state = State::default();
    state.apply(Action::Ran(ran(5)));
    state.apply(Action::Pin(Focus::Token(3)));
    let words = Filters { words: true, ..Filters::default() };
    assert!(state.apply(Action::Filters(words)).changed);
    assert_eq!(state.pinned, Focus::Nothing);
}

#[test]
fn an_answer_about_an_older_text_of_as_many_tokens_is_not_taken_for_the_newest() {
    let mut state = State::default();
    state.apply(Action::Engine(ready()));
    state.apply(Action::Ran(ran(3)));
    state.apply(Action::Lens(lens("norm")));
    let (older, ask) = (state.run, state.asked.unwrap());
    state.apply(Action::Ran(ran(3)));
    assert_eq!(state.asked, Some(ask), "the same is asked of the new text");
    state.apply(Action::Answered(older, ask, Ok(vec![2.0; 6 * 3 * 144])));
    assert_eq!(state.study.as_ref().map(|study| study.lens.id), Some("weight"));
    let run = state.run;
    state.apply(Action::Answered(run, ask, Ok(vec![1.0; 6 * 3 * 144])));
    assert!((state.map.unwrap().weights[0] - 1.0 / 3.0).abs() < 1e-6);
}

#[test]
fn what_is_shown_keeps_its_name_until_the_next_layer_is_computed() {
    let mut state = State::default();
    state.apply(Action::Engine(ready()));
    state.apply(Action::Ran(ran(3)));
    state.apply(Action::Lens(lens("value-zeroing")));
    let (run, ask) = (state.run, state.asked.unwrap());
    state.apply(Action::Answered(run, ask, Ok(vec![0.5; 9])));
    state.apply(Action::Layer(4));
    assert_eq!((state.layer, state.shown), (4, (0, 0)));
    let (run, ask) = (state.run, state.asked.unwrap());
    state.apply(Action::Answered(run, ask, Ok(vec![0.5; 9])));
    assert_eq!(state.shown, (4, 0));
}

#[test]
fn that_something_was_copied_is_said_until_the_reader_does_something_else() {
    let mut state = State::default();
    state.apply(Action::Ran(ran(3)));
    state.apply(Action::Copied(true));
    for passing in [Action::Leave, Action::History(Some(vec![])), Action::Remember] {
        state.apply(passing);
        assert_eq!(state.copied, Some(true));
    }
    state.apply(Action::Head(2));
    assert_eq!(state.copied, None);
}
