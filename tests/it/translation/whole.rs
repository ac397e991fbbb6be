//! The engine's translations: text in, trace and steps out.

use attention_map::engine::{Asked, Engine, ModelFiles, Translated};
use attention_map::error::Error;
use attention_map::model::TRANSLATORS;
use attention_map::model::seq2seq::{Config, length_penalty};
use attention_map::trace::{Backend, BackendChoice, MapKind};
use attention_map::translation::Wanted;
use attention_map::translation::words::pharaoh;
use pollster::block_on;
use sha2::{Digest, Sha256};

use super::golden::{self, Case, Golden};
use crate::adapter;

fn files() -> ModelFiles {
    let files = TRANSLATORS[0].files.iter();
    files.map(|file| (file.name.to_owned(), golden::file(file.name))).collect()
}

fn engine() -> Engine {
    let mut engine = Engine::new();
    engine.load(TRANSLATORS[0].id, files()).unwrap();
    engine
}

fn translate(engine: &mut Engine, text: &str, wanted: &Wanted) -> Result<Translated<Vec<f32>>, Error> {
    on(engine, BackendChoice::Cpu, text, wanted)
}

fn on(
    engine: &mut Engine,
    choice: BackendChoice,
    text: &str,
    wanted: &Wanted,
) -> Result<Translated<Vec<f32>>, Error> {
    let make_weights = |len| vec![f32::NAN; len];
    let asked = Asked { text, wanted, told: &mut |_| () };
    block_on(engine.translate(TRANSLATORS[0].id, choice, asked, || 0.0, make_weights))
}

fn wanted(case: &Case, beam: usize) -> Wanted {
    Wanted { to: case.language.clone(), beam: Some(beam), ..Wanted::default() }
}

#[test]
fn the_table_has_the_files_that_the_repository_has() {
    let mut wrong = Vec::new();
    for file in TRANSLATORS.iter().flat_map(|spec| spec.files) {
        let bytes = golden::file(file.name);
        let hash = hex::encode(Sha256::digest(&bytes));
        if (file.bytes, file.sha256) != (bytes.len() as u64, &*hash) {
            wrong.push(format!("{}: bytes: {}, sha256: \"{hash}\"", file.name, bytes.len()));
        }
    }
    assert!(wrong.is_empty(), "in src/model.rs there should be\n{}", wrong.join("\n"));
}

#[test]
fn tokens_texts_and_spans_equal_the_goldens() {
    let mut engine = engine();
    for case in &Golden::read().cases {
        let Translated { trace, translation, notices } =
            translate(&mut engine, &case.text, &wanted(case, 1)).unwrap();
        let what = &case.text;
        assert_eq!((&notices[..], trace.backend), (&[][..], Backend::Cpu), "{what}");
        let source = &trace.maps[2].keys;
        assert_eq!(source.iter().map(|token| &*token.text).collect::<Vec<_>>(), case.pieces, "{what}");
        assert_eq!(translation.unknown, case.unknown, "{what}");
        let units: Vec<u16> = case.text.encode_utf16().collect();
        let is_space = |at: usize| char::from_u32(u32::from(units[at])).is_some_and(char::is_whitespace);
        for (token, &[start, end]) in source[1..].iter().zip(&case.spans) {
            // Without the spaces that the tokenizer counts to the word behind them, unless it is nothing else.
            let begin = (start..end).find(|&at| !is_space(at)).unwrap_or(start);
            // The tokenizer puts a space in front of everything, which stands for nothing.
            let end = if token.text == "▁" && !is_space(start) { begin } else { end };
            assert_eq!(
                (token.start, token.end, token.special),
                (begin, end, false),
                "{what}: {}",
                token.text
            );
        }
        assert!(source[0].special && source[source.len() - 1].special);
        if translation.results[0].ids != case.greedy.ids {
            // 8-bit products chose otherwise; another test counts how often.
            continue;
        }
        assert_eq!(trace.texts, [&*case.text, &*case.greedy.text]);
        let units: Vec<u16> = case.greedy.text.encode_utf16().collect();
        let read = |start: usize, end: usize| String::from_utf16(&units[start..end]).unwrap();
        let words: Vec<String> = translation.steps.iter().map(|step| read(step.start, step.end)).collect();
        let bare = |text: &str| text.replace(['▁', ' '], "");
        for (step, word) in translation.steps.iter().zip(&words) {
            let spelling = if step.text == "</s>" { String::new() } else { bare(&step.text) };
            assert_eq!(bare(word), spelling, "{what}");
        }
        assert_eq!(bare(&words.concat()), bare(&case.greedy.text), "{what}");
    }
}

#[test]
fn a_trace_has_three_maps_of_whole_rows_and_steps_with_what_else_might_have_been_written() {
    let golden = Golden::read();
    let mut engine = engine();
    let case = &golden.cases[8];
    let Translated { trace, translation, .. } = translate(&mut engine, &case.text, &wanted(case, 4)).unwrap();
    let kinds: Vec<_> = trace.maps.iter().map(|map| (map.kind, map.layers, map.heads)).collect();
    assert_eq!(kinds, [(MapKind::Encoder, 3, 6), (MapKind::Decoder, 3, 6), (MapKind::Cross, 3, 6)]);
    let (s, t) = (case.source.len(), translation.steps.len());
    let shapes: Vec<_> = trace.maps.iter().map(|map| (map.queries.len(), map.keys.len())).collect();
    assert_eq!(shapes, [(s, s), (t, t), (t, s)]);
    for map in &trace.maps {
        assert_eq!(map.weights.len(), map.layers * map.heads * map.head_len());
        for row in map.weights.chunks_exact(map.keys.len()) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }
    // Row t read what row t - 1 wrote.
    assert_eq!(trace.maps[1].queries[0].text, "<s>");
    for (token, step) in trace.maps[1].queries[1..].iter().zip(&translation.steps) {
        assert_eq!((&token.text, token.start, token.segment), (&step.text, step.start, 1));
    }
    assert!(translation.given == 0 && translation.results.len() >= 4);
    assert_eq!(translation.ended, translation.steps[t - 1].text == "</s>");
    let mut logs = 0.0;
    for step in &translation.steps {
        assert_eq!(step.top.len(), 5);
        assert!(step.top.is_sorted_by(|a, b| a.probability >= b.probability));
        assert!(step.top.iter().map(|candidate| candidate.probability).sum::<f64>() <= 1.0);
        assert!(
            step.top
                .iter()
                .filter(|candidate| candidate.id == step.id)
                .all(|c| c.probability == step.probability)
        );
        logs += step.probability.ln();
    }
    let score = translation.score.unwrap();
    // One pass over the whole, and 8-bit products: not the search's to the last digit.
    assert!((score - translation.results[0].score).abs() < 5e-3, "{score}");
    let config = Config::from_json("test", &golden::file("config.json")).unwrap();
    let scored = logs / length_penalty(t, config.length_penalty);
    assert!((score - scored).abs() < 1e-9, "{score}, {scored}");
    assert_eq!(translation.cross_lengths.len(), 3 * 6 * s);
    assert!(!translation.alignment.weight.links.is_empty());
    assert_eq!(translation.alignment.weight.pharaoh, pharaoh(&translation.alignment.weight.links));
}

#[test]
fn forced_to_what_it_wrote_the_model_gives_the_same_maps_and_score() {
    let golden = Golden::read();
    let mut engine = engine();
    let mut same = 0;
    for case in golden.cases.iter().step_by(3) {
        let wrote = translate(&mut engine, &case.text, &wanted(case, 1)).unwrap();
        let target = Some(wrote.trace.texts[1].clone());
        let forced = translate(&mut engine, &case.text, &Wanted { target, ..wanted(case, 1) }).unwrap();
        let ids =
            |one: &Translated<Vec<f32>>| one.translation.steps.iter().map(|step| step.id).collect::<Vec<_>>();
        assert_eq!(forced.trace.texts, wrote.trace.texts);
        assert_eq!((forced.translation.results.len(), forced.translation.given), (0, ids(&forced).len()));
        // A text can be put together from other pieces than those that it is taken apart into.
        if ids(&forced) == ids(&wrote) {
            same += 1;
            assert!(forced.trace.maps == wrote.trace.maps, "{}: the maps differ", case.text);
            assert_eq!(forced.translation.score, wrote.translation.score, "{}", case.text);
        }
    }
    assert!(same >= 5, "{same}");
}

#[test]
fn another_piece_of_a_step_leads_to_another_rest() {
    let golden = Golden::read();
    let mut engine = engine();
    let case = &golden.cases[6];
    let first = translate(&mut engine, &case.text, &wanted(case, 1)).unwrap().translation;
    let other = first.steps[0].top.iter().find(|candidate| candidate.id != first.steps[0].id).unwrap();
    let prefix = Some(vec![other.id]);
    let then = translate(&mut engine, &case.text, &Wanted { prefix, ..wanted(case, 1) }).unwrap().translation;
    assert_eq!((then.steps[0].id, then.given), (other.id, 1));
    assert!((then.steps[0].probability - other.probability).abs() < 1e-9);
    assert_eq!(then.steps[0].top, first.steps[0].top);
}

#[test]
fn what_does_not_fit_is_cut_and_what_makes_no_sense_is_an_error() {
    let mut engine = engine();
    let french = |target: Option<&str>| Wanted {
        to: "fr".into(),
        target: target.map(str::to_owned),
        ..Wanted::default()
    };
    let long = "Did you buy it on the black market? ".repeat(20);
    let beam = Wanted { beam: Some(1), ..french(None) };
    let trace = translate(&mut engine, &long, &beam).unwrap().trace;
    assert_eq!((trace.maps[0].keys.len(), trace.cuts.len()), (128, 1));
    let [cut] = &trace.cuts[..] else { panic!("{:?}", trace.cuts) };
    assert_eq!(
        (cut.segment, cut.start, trace.maps[0].keys[126].end),
        (0, trace.maps[0].keys[126].end, cut.start)
    );
    assert!(cut.tokens > 50);

    let mut message = |text: &str, wanted: Wanted| match translate(&mut engine, text, &wanted) {
        Err(error @ Error::Translation(_)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(message(" \n", french(None)), "translation: there is no text to translate");
    let latin = Wanted { to: "la".into(), ..Wanted::default() };
    assert_eq!(
        message("Hi.", latin),
        "translation: there is no language \"la\" to translate to; there are: fr, zh"
    );
    assert_eq!(message("Hi.", french(Some(" "))), "translation: the given translation is empty");
    let both = Wanted { prefix: Some(vec![9]), ..french(Some("Salut.")) };
    assert_eq!(message("Hi.", both), "translation: a translation is either given or has a prefix, not both");
    assert!(message("Hi.", french(Some(&"mot ".repeat(200)))).ends_with("at most 127 fit the model"));
    let unloaded = block_on(Engine::new().translate(
        TRANSLATORS[0].id,
        BackendChoice::Cpu,
        Asked { text: "Hi.", wanted: &french(None), told: &mut |_| () },
        || 0.0,
        |len| vec![0.0; len],
    ));
    assert!(matches!(unloaded, Err(Error::NotLoaded(_))));
    // A piece that is never written has no probability, and the whole no score.
    let unknown = translate(&mut engine, "Hi.", &french(Some("☃."))).unwrap().translation;
    assert!(unknown.score.is_none() && unknown.steps.iter().any(|step| step.probability == 0.0));
}

#[test]
fn files_that_do_not_belong_together_are_an_error() {
    let broken = |name: &str, change: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        let mut files = files();
        let file = files.remove(name).unwrap();
        files.insert(name.to_owned(), change(file));
        Engine::new().load(TRANSLATORS[0].id, files).unwrap_err().to_string()
    };
    let replace = |from: &'static str, to: &'static str| {
        move |file: Vec<u8>| String::from_utf8(file).unwrap().replace(from, to).into_bytes()
    };
    let message = broken("alignment.json", &replace("\"layer\": 2", "\"layer\": 3"));
    assert!(message.starts_with("alignment.json: ") && message.contains("3 layers of 6 heads"), "{message}");
    assert!(broken("alignment.json", &replace("\"choice\"", "\"chosen\"")).contains("choice"));
    assert!(
        broken("config.json", &replace("\"max_positions\": 128", "\"max_positions\": 64"))
            .contains("expected (3, 6, 128)")
    );
    assert!(
        broken("model.safetensors", &|mut file| {
            file.truncate(1000);
            file
        })
        .contains("not a whole safetensors")
    );
    let mut files = files();
    files.remove("tokenizer.json");
    let missing = Engine::new().load(TRANSLATORS[0].id, files).unwrap_err();
    assert_eq!(missing.to_string(), "tokenizer.json: missing");
}

#[test]
fn the_gpu_translates_as_the_goldens_do() {
    if adapter::gpu().is_none() {
        return;
    }
    let golden = Golden::read();
    let mut engine = engine();
    for case in golden.cases.iter().filter(|case| case.source.len() < 20).step_by(6) {
        let one = on(&mut engine, BackendChoice::WebGpu, &case.text, &wanted(case, golden.beam)).unwrap();
        assert_eq!((one.trace.backend, &one.notices[..]), (Backend::WebGpu, &[][..]));
        assert_eq!(one.translation.results[0].ids, case.beam[0].ids, "{}", case.text);
    }
}
