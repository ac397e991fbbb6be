//! Pictures and files that native programs write, of the real model.

use attention_map::engine::Engine;
use attention_map::lens::{HeadSet, LENSES};
use attention_map::render::{ATTRIBUTES, Document, Fonts, Request, Shown};
use attention_map::stored::{Precision, decode};
use attention_map::view::VIEWS;

use crate::models;

const TEXT: &str = "The animal didn't cross the street because it was too tired.";

fn shown(engine: &mut Engine, text: &str, attributes: &[(&str, &str)]) -> Shown {
    let request = Request { text, model: models::Q8, ..Request::default() };
    Shown::run(engine, &request, attributes).unwrap()
}

/// The words that a reader of an SVG file sees, by the place in the file.
fn words(svg: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).unwrap();
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    texts.map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_view_and_lens_is_a_picture_with_its_caption() {
    let mut engine = models::engine(models::Q8);
    let fonts = Fonts::none();
    for view in VIEWS.iter().filter(|view| view.lay_out.is_some()) {
        let shown = shown(&mut engine, TEXT, &[("layer", "3"), ("head", "7"), ("view", view.id)]);
        let svg = shown.svg(700.0, &fonts).unwrap();
        let said = words(&svg.text).join(" ");
        assert!(said.contains("all-MiniLM-L6-v2"), "{}: {said}", view.id);
        assert!(said.contains("ayer 3 head 7") || view.id == "grid", "{}: {said}", view.id);
        assert!(said.contains("tired"), "{}: {said}", view.id);
        assert_eq!(svg.width, 700.0);
        assert!(svg.height > 100.0, "{}", svg.height);
        assert_eq!(svg.title, format!("Attention map: {TEXT}"));
    }
    for lens in LENSES {
        let shown = shown(&mut engine, TEXT, &[("lens", lens.id), ("layer", "2"), ("head", "1")]);
        let said = shown.svg(900.0, &fonts).unwrap().description;
        assert!(said.contains(lens.name), "{}: {said}", lens.id);
    }
}

#[test]
fn a_table_holds_the_engines_own_weights_and_a_lens_what_the_engine_computes_for_it() {
    let mut engine = models::engine(models::Q8);
    let trace =
        crate::parity::run(&mut engine, models::Q8, attention_map::trace::BackendChoice::Cpu, TEXT, None)
            .trace;
    let map = &trace.maps[0];
    let csv = shown(&mut engine, TEXT, &[("layer", "4"), ("head", "9")]).csv().unwrap();
    let read: Vec<f32> =
        csv.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse().unwrap()).collect();
    let start = map.head_offset(4, 9);
    assert_eq!(read, &map.weights[start..start + map.head_len()]);
    // Each row of value zeroing is a share of 1, and not the weights.
    let csv = shown(&mut engine, TEXT, &[("lens", "value-zeroing"), ("layer", "4")]).csv().unwrap();
    let zeroed: Vec<f32> =
        csv.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse().unwrap()).collect();
    assert_ne!(zeroed, read);
    for row in zeroed.chunks(map.keys.len()) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-4);
    }
}

#[test]
fn what_is_stored_is_opened_as_it_was_seen() {
    let mut engine = models::engine(models::Q8);
    let look = [("layer", "3"), ("head", "7"), ("view", "lines"), ("special", "hide"), ("words", "")];
    let live = shown(&mut engine, TEXT, &look);
    let stored = decode(&live.json(None, Precision::Half).unwrap()).unwrap();
    assert_eq!(stored.trace.maps[0].weights.stored.len(), 72);
    let opened = Shown::open(stored, &[]).unwrap();
    assert_eq!((opened.place(), opened.view()), ((3, 7), "lines"));
    let (svg, before) =
        (opened.svg(900.0, &Fonts::none()).unwrap(), live.svg(900.0, &Fonts::none()).unwrap());
    let lines = |svg: &str| svg.matches("<line ").count();
    assert_eq!(lines(&svg.text), lines(&before.text));
    assert!(svg.description.contains("stored; weights within"), "{}", svg.description);
    assert!(before.description.contains("computed on"), "{}", before.description);

    let one = HeadSet::parse("3.7", 6, 12).unwrap();
    let stored = decode(&live.json(Some(&one), Precision::Byte).unwrap()).unwrap();
    let opened = |attributes: &[(&str, &str)]| Shown::open(stored.clone(), attributes);
    assert_eq!(opened(&[]).unwrap().place(), (3, 7));
    let other = opened(&[("layer", "0")]).unwrap().svg(900.0, &Fonts::none());
    let problem = other.unwrap_err();
    assert_eq!(problem.code, "head-not-stored");
    assert!(problem.message.contains("3.7"), "{problem}");
    let problem = opened(&[("lens", "norm")]).map(|_| ()).unwrap_err();
    assert_eq!(problem.code, "lens-not-stored");
    let problem = opened(&[("view", "neuron")]).unwrap().svg(900.0, &Fonts::none()).unwrap_err();
    assert_eq!(problem.code, "view-not-stored");
}

#[test]
fn what_is_not_an_attribute_or_not_its_value_is_said_before_anything_runs() {
    let mut engine = Engine::new();
    let request = Request { text: TEXT, model: models::Q8, ..Request::default() };
    let mut wrong = |name: &str, value: &str| {
        let problem = Shown::run(&mut engine, &request, &[(name, value)]).map(|_| ()).unwrap_err();
        assert_eq!(problem.code, "attribute-invalid");
        problem.message
    };
    assert!(wrong("layer", "6").contains("from 0 to 5"));
    assert!(wrong("view", "picture").contains("matrix"));
    let said = wrong("history", "");
    assert!(ATTRIBUTES.iter().all(|name| said.contains(name)), "{said}");
    let nothing = Shown::run(&mut engine, &Request { text: " \n", ..request }, &[]).map(|_| ());
    assert_eq!(nothing.unwrap_err().code, "text-empty");
}

#[test]
fn a_png_has_the_size_that_was_asked_for_and_words_in_it() {
    let fonts = Fonts::system();
    let mut engine = models::engine(models::Q8);
    let shown = shown(&mut engine, "A dog barks.", &[("theme", "dark")]);
    if fonts.is_empty() {
        assert_eq!(shown.png(400.0, 2.0, &fonts).unwrap_err().code, "no-font");
        return;
    }
    let svg = shown.svg(400.0, &fonts).unwrap();
    let png = shown.png(400.0, 1.5, &fonts).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!((number(16), number(20)), (600, (svg.height * 1.5).round() as u32));
    let same = |fonts| shown.png(400.0, 1.5, fonts).unwrap().len();
    // A picture of nothing but paper is some hundred bytes.
    assert!(same(&fonts) > 5000, "{}", same(&fonts));
    assert_eq!(shown.png(400.0, 1.5, &Fonts::none()).unwrap_err().code, "no-font");
}

#[test]
fn a_page_asks_for_no_other_file() {
    let mut engine = models::engine(models::Q8);
    let fonts = Fonts::none();
    let text = "</script><script>alert(1)</script> <b>&amp;";
    for view in VIEWS {
        let shown = shown(&mut engine, text, &[("view", view.id)]);
        let program = Some("const text = '</script>'; export {};");
        let page = Document { width: 900.0, fonts: &fonts, heads: None, precision: Precision::Byte, program };
        let html = shown.html(&page).unwrap();
        let without = html.replace("http://www.w3.org/", "");
        for outside in ["http://", "https://", "src=\"", "url(", "@import", "<link"] {
            assert!(!without.contains(outside), "{}: {outside}", view.id);
        }
        // One of JSON and one of the program, and no text of the reader's ends either.
        assert_eq!(html.matches("<script").count(), 2, "{}", view.id);
        assert_eq!(html.matches("</script").count(), 2, "{}", view.id);
        let json = html.split("application/json\">").nth(1).unwrap().split("</script>").next().unwrap();
        assert_eq!(decode(json).unwrap().trace.texts, [text]);
        assert_eq!(html.contains("<table>"), view.lay_out.is_none());
        let alone = shown.html(&Document { program: None, ..page }).unwrap();
        assert!(!alone.contains("<script") && !alone.contains("<attention-map"));
    }
}

#[test]
fn a_cut_is_noticed() {
    let mut engine = models::engine(models::Q8);
    let shown = shown(&mut engine, &"word ".repeat(600), &[]);
    let notices = shown.notices();
    assert!(notices.len() == 1 && notices[0].contains("90 tokens at the end of the text"), "{notices:?}");
}
