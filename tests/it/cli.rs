//! The command line as people call it: the program itself, its files, its messages and what it exits with.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use attention_map::lens::HeadSet;
use attention_map::model::MODELS;
use attention_map::stored::{self, Stored};
use attention_map::trace::BackendChoice;
use attention_map::view::VIEWS;

use crate::{models, parity};

const TEXT: &str = "The animal was too tired.";

/// Calls the program in `folder`, with the tests' models and nothing on standard input.
fn call(folder: &Path, arguments: &[&str]) -> Output {
    call_with(folder, arguments, b"")
}

fn call_with(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_attention-map"))
        .args(arguments)
        .current_dir(folder)
        // What is not in the folder that the tests name is not fetched.
        .env("ATTENTION_MAP_CACHE", folder.join("cache"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end without reading.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[track_caller]
fn fails(output: &Output, code: i32, parts: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for part in parts {
        assert!(said.contains(part), "\"{part}\" is not in: {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

#[track_caller]
fn succeeds(output: &Output) -> &[u8] {
    assert_eq!(output.status.code(), Some(0), "{}", said(output));
    &output.stdout
}

fn dir() -> String {
    models::folder().to_str().unwrap().to_owned()
}

fn read(bytes: &[u8]) -> Stored {
    stored::decode(std::str::from_utf8(bytes).unwrap()).unwrap()
}

#[test]
fn a_trace_holds_what_the_engine_computes() {
    let folder = tempfile::tempdir().unwrap();
    let output = call(folder.path(), &["trace", TEXT, "--model-dir", &dir()]);
    let stored = read(succeeds(&output));
    let engine = &mut models::engine(models::default_model());
    let expected = parity::run(engine, models::default_model(), BackendChoice::Cpu, TEXT, None).trace;
    let (map, wanted) = (&stored.trace.maps[0], &expected.maps[0]);
    assert_eq!((&stored.trace.texts[..], &map.queries), (&[TEXT.to_owned()][..], &wanted.queries));
    assert_eq!(map.weights.stored.len(), 72);
    for (layer, head) in HeadSet::all(6, 12).iter() {
        let start = wanted.head_offset(layer, head);
        let weights = &wanted.weights[start..start + wanted.head_len()];
        for (read, weight) in map.weights.head(layer, head).unwrap().iter().zip(weights) {
            assert!((read - weight).abs() <= map.weights.error + 1e-6);
        }
    }
}

#[test]
fn a_text_may_come_from_an_argument_a_file_or_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("text.txt"), format!("\u{feff}{TEXT}\r\n")).unwrap();
    let one = ["--heads", "3.7", "--model-dir", &dir()];
    let call = |given: &[&str], input: &str| {
        let arguments = [&["trace"][..], given, &one[..]].concat();
        succeeds(&call_with(folder.path(), &arguments, input.as_bytes())).to_vec()
    };
    let expected = call(&[TEXT], "");
    assert_eq!(call(&["--file", "text.txt"], ""), expected);
    assert_eq!(call(&["-"], &format!("{TEXT}\n")), expected);
    assert_eq!(call(&["--lines", "-"], &format!("\n{TEXT}\n\n")), expected);
    let stored = read(&expected);
    assert_eq!(stored.trace.maps[0].weights.stored, [(3, 7)]);
    let state: serde_json::Value = serde_json::from_str(stored.state.as_deref().unwrap()).unwrap();
    assert_eq!(
        (&state["layer"], &state["head"]),
        (&3.into(), &7.into()),
        "what is stored is what is seen first"
    );
    assert_eq!(read(&call(&[TEXT, "--pair=-b"], "")).trace.texts, [TEXT, "-b"]);
}

#[test]
fn of_a_file_of_lines_each_gives_an_output_and_a_wrong_one_stops_no_other() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lines.txt"), "one\n\ntwo\tof a pair\na\tb\tc\nlast\n").unwrap();
    let arguments =
        ["trace", "--lines", "lines.txt", "--heads=0.0", "-o", "out/{line}.json", "--model-dir", &dir()];
    fails(
        &call(folder.path(), &arguments),
        1,
        &["error: line 4: ", "tab", "error: 1 of 4 could not be written"],
    );
    let texts = |n: usize| {
        let bytes = fs::read(folder.path().join(format!("out/{n}.json"))).unwrap();
        read(&bytes).trace.texts
    };
    assert_eq!(
        (texts(1), texts(3), texts(5)),
        (vec!["one".into()], vec!["two".into(), "of a pair".into()], vec!["last".into()])
    );
    let names = fs::read_dir(folder.path().join("out")).unwrap().count();
    assert_eq!(names, 3, "nothing half-made is left");
}

#[test]
fn fewer_heads_of_a_stored_trace_are_stored_without_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let all = call(folder.path(), &["trace", TEXT, "-o", "all.json", "--model-dir", &dir()]);
    succeeds(&all);
    let again = ["trace", "--from", "all.json", "--heads", "2.1 4.5", "--model-dir", "/nowhere"];
    let few = read(succeeds(&call(folder.path(), &again)));
    assert_eq!(few.trace.maps[0].weights.stored, [(2, 1), (4, 5)]);
    fs::write(folder.path().join("few.json"), succeeds(&call(folder.path(), &again))).unwrap();
    let more = ["trace", "--from", "few.json", "--heads", "0.0"];
    fails(&call(folder.path(), &more), 2, &["0.0 is not in this trace", "2.1 4.5"]);
}

#[test]
fn what_is_wrong_with_an_argument_is_said_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("latin1.txt"), b"caf\xe9").unwrap();
    fs::write(folder.path().join("other.json"), "{}").unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    for (arguments, parts) in [
        (&["trace"][..], &["TEXT", "--file", "--lines", "--from"][..]),
        (&["trace", ""], &["TEXT", "empty"]),
        (&["trace", "-"], &["standard input", "empty"]),
        (&["trace", "a", "--file", "b"], &["cannot be used with"]),
        (&["trace", "--file", "none.txt"], &["--file none.txt", "No such file"]),
        (&["trace", "--file", "latin1.txt"], &["--file latin1.txt", "UTF-8", "byte 3"]),
        (&["trace", "--lines", "latin1.txt"], &["--lines latin1.txt", "UTF-8"]),
        (&["trace", "--from", "other.json"], &["--from other.json", "format"]),
        (&["trace", "a", "--heads", "3.12"], &["--heads", "\"3.12\" is not a head", "0 to 11"]),
        (&["trace", "a", "--heads", " "], &["--heads", "no head"]),
        (&["trace", "a", "-o", "map.txt"], &["--output map.txt", "--format"]),
        (&["trace", "a", "-o", "map.svg"], &["svg", "json"]),
        (&["trace", "a", "-o", "folder", "--format", "json"], &["--output folder", "it is a folder"]),
        (&["trace", "--lines", "other.json", "-o", "map.json"], &["--output map.json", "{line}"]),
        (&["trace", "a", "--model", "gpt"], &["--model", "minilm-l6-q8"]),
        (&["render", "a", "--view", "list", "-o", "map.svg"], &["--view", "matrix"]),
        (&["render", "--lines", "other.json", "--format", "png"], &["--output -", "{line}.png"]),
    ] {
        fails(&call(folder.path(), arguments), 2, parts);
    }
}

#[test]
fn a_model_that_is_not_there_or_not_right_is_said_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("models").join(models::default_model());
    fs::create_dir_all(&there).unwrap();
    let with_dir = ["trace", "a", "--model-dir", "models"];
    fails(&call(folder.path(), &with_dir), 3, &["--model-dir models", "config.json", "it isn't there"]);
    fs::write(there.join("config.json"), "{}").unwrap();
    fails(&call(folder.path(), &with_dir), 3, &["config.json", "truncated or not the right file"]);
    fails(
        &call(folder.path(), &["trace", "a", "--no-fetch"]),
        3,
        &["--no-fetch", "models --fetch", "--model-dir"],
    );
    let listed = call(folder.path(), &["models"]);
    let listed = String::from_utf8(succeeds(&listed).to_vec()).unwrap();
    for model in MODELS {
        assert!(listed.contains(model.id) && listed.contains(model.licence), "{listed}");
    }
    assert!(listed.contains("not here"), "{listed}");
}

#[test]
fn a_text_that_does_not_fit_is_cut_and_where_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let long = "word ".repeat(600) + "end";
    let output =
        call_with(folder.path(), &["trace", "-", "--heads=0.0", "--model-dir", &dir()], long.as_bytes());
    let stored = read(succeeds(&output));
    assert_eq!((stored.trace.maps[0].queries.len(), stored.trace.cuts[0].tokens), (512, 91));
    let said = said(&output);
    assert!(said.contains("note: ") && said.contains("91 tokens") && said.contains("512"), "{said}");
}

#[test]
fn every_view_is_written_in_the_formats_that_it_has() {
    let folder = tempfile::tempdir().unwrap();
    for view in VIEWS {
        let name = format!("{}.svg", view.id);
        let output = call(
            folder.path(),
            &["render", TEXT, "--view", view.id, "--layer=3", "--head=1", "-o", &name, "--model-dir", &dir()],
        );
        if view.lay_out.is_none() {
            fails(&output, 2, &[view.id, "no picture"]);
            continue;
        }
        succeeds(&output);
        let svg = fs::read_to_string(folder.path().join(&name)).unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let words = |name: &str| {
            let node =
                document.descendants().find(|node| node.has_tag_name(("http://www.w3.org/2000/svg", name)));
            node.and_then(|node| node.text()).unwrap_or_default().to_owned()
        };
        assert!(!words("title").is_empty() && words("desc").contains("MiniLM"), "{}: {svg}", view.id);
        if view.id != "grid" {
            assert!(svg.contains("animal"), "{}: its words are text", view.id);
        }
    }
    let csv = call(folder.path(), &["render", TEXT, "--view=table", "--format=csv", "--model-dir", &dir()]);
    let csv = String::from_utf8(succeeds(&csv).to_vec()).unwrap();
    assert!(csv.lines().count() > 8 && csv.contains("animal"), "{csv}");
}

#[test]
fn a_stored_trace_is_painted_without_a_model_as_it_was_with_one() {
    let folder = tempfile::tempdir().unwrap();
    let look = ["--layer=2", "--head=5", "--view=matrix"];
    let at = |given: &[&str], name: &str| {
        let arguments = [&["render"][..], given, &look[..], &["-o", name][..]].concat();
        succeeds(&call(folder.path(), &arguments));
        fs::read(folder.path().join(name)).unwrap()
    };
    at(&[TEXT, "--model-dir", &dir()], "live.svg");
    at(&[TEXT, "--model-dir", &dir()], "map.json");
    let stored = at(&["--from", "map.json", "--model-dir", "/nowhere"], "stored.svg");
    assert!(String::from_utf8(stored).unwrap().contains("animal"));
    // What the file says of how it is to be seen holds where nothing else is said.
    let again = call(folder.path(), &["render", "--from", "map.json", "--format", "svg"]);
    assert_eq!(succeeds(&again), fs::read(folder.path().join("stored.svg")).unwrap());
    let wrong = call(folder.path(), &["render", "--from", "map.json", "--layer", "6"]);
    fails(&wrong, 2, &["layer=\"6\"", "0 to 5"]);
    let neuron = call(folder.path(), &["render", "--from", "map.json", "--view", "neuron"]);
    fails(&neuron, 2, &["neuron"]);
}

#[test]
fn a_page_is_one_file_with_the_picture_the_trace_and_the_program() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("standalone.js"), "const a = '</script><!--';").unwrap();
    let text = "</script><!-- <b>bold</b> & \"quoted\"";
    let page = ["render", text, "-o", "page.html", "--program", "standalone.js", "--model-dir", &dir()];
    succeeds(&call(folder.path(), &page));
    let html = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert_eq!(html.matches("</script>").count(), 2, "that of the trace and that of the program");
    assert!(html.contains("<attention-map") && html.contains("<svg") && html.contains("<\\/script>"));
    assert!(!html.contains("<b>bold"));
    let json = html.split_once("application/json\">").unwrap().1.split_once("</script>").unwrap().0;
    assert_eq!(read(json.as_bytes()).trace.texts, [text]);
    for outside in ["src=\"http", "href=\"http", "url(http"] {
        assert!(!html.contains(outside), "{outside}");
    }
}

#[test]
fn a_file_that_is_there_is_replaced_whole_and_a_link_stays_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("map.json"), "before").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("map.json", path("link.json")).unwrap();
    let to = if cfg!(unix) { "link.json" } else { "map.json" };
    let trace = ["trace", TEXT, "--heads=0.0", "-o", to, "--model-dir", &dir()];
    succeeds(&call(folder.path(), &trace));
    read(&fs::read(path("map.json")).unwrap());
    assert_eq!(fs::symlink_metadata(path(to)).unwrap().is_symlink(), cfg!(unix));
    let into_a_file = ["trace", TEXT, "--heads=0.0", "-o", "map.json/below.json", "--model-dir", &dir()];
    fails(&call(folder.path(), &into_a_file), 1, &["could not write map.json/below.json"]);
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().starts_with('.')), "{names:?}");
}
