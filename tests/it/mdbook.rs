//! The mdBook preprocessor: what becomes of a chapter, and what an author is told.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use attention_map::mdbook::cache::Cached;
use attention_map::mdbook::paint::{Painted, Painter, Request};
use attention_map::mdbook::{block, run, supports};
use mdbook_preprocessor::PreprocessorContext;
use mdbook_preprocessor::book::{Book, BookItem, Chapter};
use tempfile::TempDir;

/// Paints nothing, and keeps what it was asked.
#[derive(Default)]
struct Fake {
    asked: Vec<String>,
    notices: Vec<String>,
    json: Option<String>,
}

impl Painter for Fake {
    fn paint(&mut self, request: &Request) -> Result<Painted, String> {
        let second = request.text_b.map(|text| format!(" | {text}")).unwrap_or_default();
        self.asked.push(format!("{}{second}", request.text));
        Ok(Painted {
            json: self.json.clone().unwrap_or_else(|| "{\"format\":\"attention-map\"}\n".into()),
            svg: format!("<svg>{}</svg>\n", self.asked.len()),
            png: request.png.then(|| b"png".to_vec()),
            width: 480,
            description: format!("What \"{}\" attends to <here>", request.text),
            notices: self.notices.clone(),
        })
    }
}

/// A book on disk, with a file to stand for the element.
struct Project {
    folder: TempDir,
    settings: String,
    renderer: &'static str,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("standalone.js"), "export {};").unwrap();
        Self { folder, settings: "script = \"standalone.js\"".into(), renderer: "html" }
    }

    fn context(&self) -> PreprocessorContext {
        let config = format!("[preprocessor.attention-map]\n{}\n", self.settings);
        PreprocessorContext::new(
            self.folder.path().to_path_buf(),
            config.parse().unwrap(),
            self.renderer.to_owned(),
        )
    }

    /// The chapters as they are handed back, or the error.
    fn run(&self, chapters: &[(&str, &str)], painter: &mut dyn Painter) -> Result<Vec<String>, String> {
        let (book, _) =
            run(&self.context(), book(chapters), painter).map_err(|error| format!("{error:#}"))?;
        Ok(book.chapters().map(|chapter| chapter.content.clone()).collect())
    }

    fn one(&self, markdown: &str) -> String {
        self.run(&[("a.md", markdown)], &mut Fake::default()).unwrap().remove(0)
    }

    fn error(&self, markdown: &str) -> String {
        self.run(&[("a.md", markdown)], &mut Fake::default()).unwrap_err()
    }

    fn assets(&self) -> PathBuf {
        self.folder.path().join("src/attention-map")
    }

    /// Each file that was made, and when it was written.
    fn files(&self) -> BTreeMap<String, SystemTime> {
        let entries = self.assets().read_dir().into_iter().flatten().flatten();
        entries
            .map(|entry| {
                (
                    entry.file_name().to_string_lossy().into_owned(),
                    entry.metadata().unwrap().modified().unwrap(),
                )
            })
            .collect()
    }
}

fn book(chapters: &[(&str, &str)]) -> Book {
    let items = chapters
        .iter()
        .map(|(path, content)| BookItem::Chapter(Chapter::new(path, (*content).to_owned(), *path, vec![])));
    Book::new_with_items(items.collect())
}

const BLOCK: &str = "```attention layer=3 head=1 view=lines words\nThe cat\nsat.\n```\n";

/// What stands between two marks.
#[track_caller]
fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let rest = text.split_once(begin).unwrap_or_else(|| panic!("{begin} in {text}")).1;
    rest.split_once(end).unwrap_or_else(|| panic!("{end} in {rest}")).0
}

#[test]
fn a_block_becomes_an_element_with_its_map_and_a_picture() {
    let project = Project::new();
    let mut painter = Fake::default();
    let chapter =
        project.run(&[("a.md", &format!("Before.\n\n{BLOCK}After.\n"))], &mut painter).unwrap().remove(0);
    assert_eq!(painter.asked, ["The cat sat."]);
    assert!(chapter.starts_with("Before.\n\n<figure class=\"attention-map\">"), "{chapter}");
    // Markdown goes on after an empty line only.
    assert!(
        chapter.contains("</figure>\n\n\nAfter.\n") || chapter.contains("</figure>\n\nAfter.\n"),
        "{chapter}"
    );
    assert!(!between(&chapter, "<figure", "</figure>").contains('\n'), "{chapter}");
    let element = between(&chapter, "<attention-map", "</attention-map>");
    assert!(element.starts_with(" layer=\"3\" head=\"1\" view=\"lines\" words>"), "{element}");
    assert_eq!(
        between(element, "<script type=\"application/json\">", "</script>"),
        "{\"format\":\"attention-map\"}"
    );
    let picture = between(element, "<img src=\"", "\"");
    assert_eq!(
        fs::read_to_string(project.folder.path().join("src").join(picture)).unwrap(),
        "<svg>1</svg>\n"
    );
    assert!(element.contains("alt=\"What &quot;The cat sat.&quot; attends to &lt;here&gt;\""), "{element}");
    assert_eq!(fs::read_to_string(project.assets().join("standalone.js")).unwrap(), "export {};");
    let loader = fs::read_to_string(project.assets().join("book.js")).unwrap();
    assert!(loader.starts_with("const ELEMENT = \"./standalone.js\";\n"), "{loader}");
    assert_eq!(chapter.matches("book.js").count(), 1);
}

#[test]
fn a_chapter_without_a_block_stays_as_it_is_and_nothing_is_written() {
    let project = Project::new();
    let markdown = "# One\n\n```rust\nfn main() {}\n```\n\n```attentions\nno\n```\n\n    ```attention\n    code\n    ```\n";
    assert_eq!(project.one(markdown), markdown);
    assert_eq!(project.files(), BTreeMap::new());
}

#[test]
fn addresses_are_from_where_the_chapter_lies() {
    let project = Project::new();
    let chapter = project.run(&[("b/c/d.md", BLOCK)], &mut Fake::default()).unwrap().remove(0);
    assert!(between(&chapter, "<img src=\"", "\"").starts_with("../../attention-map/"), "{chapter}");
}

#[test]
fn two_texts_stand_on_the_two_sides_of_a_line() {
    let mut painter = Fake::default();
    let project = Project::new();
    project.run(&[("a.md", "```attention\nA man is\neating.\n---\nA dog is.\n```\n")], &mut painter).unwrap();
    assert_eq!(painter.asked, ["A man is eating. | A dog is."]);
}

#[test]
fn a_block_in_a_list_or_a_quotation_stays_in_it() {
    let project = Project::new();
    let chapter = project.one("1. one\n\n   ```attention\n   So\n   ```\n   more\n2. two\n");
    let (_, rest) = chapter.split_once("</figure>").unwrap();
    assert!(rest.starts_with("\n\n   \n   more\n2. two\n"), "{rest:?}");
    assert!(chapter.starts_with("1. one\n\n   <figure"), "{chapter}");
    let chapter = project.one("> ```attention\n> So\n> ```\n> more\n");
    let (before, rest) = chapter.split_once("</figure>").unwrap();
    assert!(before.starts_with("> <figure"), "{before}");
    assert!(rest.starts_with("\n>\n> \n> more\n"), "{rest:?}");
}

#[test]
fn every_mistake_of_a_book_is_listed_with_chapter_and_line() {
    let project = Project::new();
    let error = project
        .run(
            &[
                ("a.md", "# One\n\n```attention layer=6\nSo\n```\n\n```attention haed=1\nSo\n```\n"),
                ("b/c.md", "```attention\n\n```\n"),
                ("d.md", BLOCK),
            ],
            &mut Fake::default(),
        )
        .unwrap_err();
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines.len(), 3, "{error}");
    assert_eq!(lines[0], "src/a.md:3: layer=\"6\" is not a whole number from 0 to 5 (minilm-l6-q8 has 6)");
    assert!(
        lines[1].starts_with("src/a.md:7: there is no option haed; there are: layer, head, view"),
        "{error}"
    );
    assert_eq!(lines[2], "src/b/c.md:1: the block has no text; write the sentence between the fences");
}

#[test]
fn what_is_wrong_with_a_block_is_said() {
    let project = Project::new();
    let said = |info: &str| project.error(&format!("```attention {info}\nSo\n```\n"));
    for (info, expected) in [
        ("head=12", "head=\"12\" is not a whole number from 0 to 11 (minilm-l6-q8 has 12)"),
        ("head=-1", "head=\"-1\" is not a whole number"),
        ("view=line", "view=\"line\" is not one of: grid, matrix, lines, text, layers, neuron, table"),
        ("lens=weights", "lens=\"weights\" is not one of: weight, mean, max"),
        ("model=gpt", "model=\"gpt\" is not one of: minilm-l6-q8, minilm-l6-f32"),
        ("heads=\"3.1 9.9\"", "\"9.9\" is not a head"),
        ("special=gone", "special=\"gone\" is not one of: show, hide, renormalise"),
        ("threshold=2", "threshold=\"2\" is not a number from 0 to 1"),
        ("threshold=x", "threshold=\"x\" is not a number from 0 to 1"),
        ("width=10", "width=\"10\" is not a whole number of CSS pixels from 200 to 2000"),
        ("words=maybe", "words=\"maybe\" should be words alone, or words=false"),
        ("layer", "layer needs a value, as in layer=3"),
        ("layer=1 layer=2", "layer is there twice"),
        ("=3", "a name is missing before \"=\""),
        ("caption=\"no end", "the value of caption has no closing \""),
        ("caption=\"one\"two", "there is no space after the value of caption"),
        ("text=hello", "there is no option text"),
    ] {
        assert!(said(info).contains(expected), "{info}: {}", said(info));
    }
    let three = project.error("```attention\na\n---\nb\n---\nc\n```\n");
    assert!(three.contains("more than two texts"), "{three}");
    let half = project.error("```attention\na\n---\n```\n");
    assert!(half.contains("there is no second text below ---"), "{half}");
}

#[test]
fn the_books_settings_are_where_blocks_begin() {
    let mut project = Project::new();
    project.settings += "\ncontrols = \"none\"\nlayer = 2\nwords = true\nafter = [\"links\"]";
    let chapter = project.one("```attention layer=4\nSo\n```\n");
    let element = between(&chapter, "<attention-map", ">");
    for attribute in [" controls=\"none\"", " layer=\"4\"", " words"] {
        assert_eq!(element.matches(attribute).count(), 1, "{attribute} in {element}");
    }
    assert!(!element.contains("layer=\"2\""), "{element}");
    assert!(!project.one("```attention words=false\nSo\n```\n").contains(" words"));
}

#[test]
fn a_mistake_in_the_settings_is_named() {
    let mut project = Project::new();
    for (settings, expected) in [
        ("scirpt = \"x\"", "there is no scirpt; there are: interactive, script, module"),
        ("layer = 9", "layer=\"9\" is not a whole number from 0 to 5"),
        ("script = \"a\"\nmodule = \"b\"", "leave one out"),
        ("interactive = 3", "invalid type"),
        ("picture = \"gif\"", "unknown variant `gif`"),
    ] {
        project.settings = settings.into();
        let error = project.error(BLOCK);
        assert!(error.starts_with("book.toml: [preprocessor.attention-map]: "), "{error}");
        assert!(error.contains(expected), "{settings}: {error}");
    }
    project.settings = "script = \"not-there.js\"".into();
    let error = project.error(BLOCK);
    assert!(error.contains("could not read the element from") && error.contains("not-there.js"), "{error}");
    project.settings = String::new();
    assert!(project.error(BLOCK).contains("script = \"standalone.js\""));
}

#[test]
fn hostile_text_ends_nothing_early() {
    let mut project = Project::new();
    let markdown = "```attention caption=\"</figcaption><script>alert(1)</script> *x* {{#include a}}\" alt='\"><img onerror=1>'\n\
                    </script>\"'><b>`~[x](y)\n```\n";
    let chapter = project.one(markdown);
    // The loader's and the map's own.
    assert_eq!(chapter.matches("<script").count(), 2, "{chapter}");
    assert_eq!(chapter.matches("</script>").count(), 2, "{chapter}");
    assert_eq!(chapter.matches("<img").count(), 1, "{chapter}");
    assert_eq!(chapter.matches("</figcaption>").count(), 1, "{chapter}");
    assert!(!chapter.contains("<b>") && !chapter.contains("{{"), "{chapter}");
    assert!(chapter.contains("alt=\"&quot;&gt;&lt;img onerror=1&gt;\""), "{chapter}");
    project.renderer = "epub";
    let chapter = project.one("```attention caption=\"*x* [y](z)\"\n</script>](x \"y\")\n```\n");
    assert!(chapter.starts_with("![What \\\"\\<\\/script\\>\\]\\(x \\\"y\\\"\\)"), "{chapter}");
    assert!(chapter.contains("*\\*x\\* \\[y\\]\\(z\\)*"), "{chapter}");
}

#[test]
fn a_second_build_writes_nothing_and_what_is_not_used_is_removed() {
    let project = Project::new();
    let other = "```attention\nAnother.\n```\n";
    project.one(&format!("{BLOCK}\n{other}"));
    fs::write(project.assets().join("mine.svg"), "mine").unwrap();
    let first = project.files();
    // One picture each.
    assert_eq!(first.keys().filter(|name| name.ends_with(".svg")).count(), 3, "{first:?}");
    // A painter that counts on, so that a picture made again would be another one.
    let mut painter = Fake { asked: vec![], ..Fake::default() };
    project.run(&[("a.md", &format!("{BLOCK}\n{other}"))], &mut painter).unwrap();
    assert_eq!(project.files(), first);
    project.one(BLOCK);
    let left = project.files();
    assert_eq!(left.keys().filter(|name| name.ends_with(".svg")).count(), 2, "{left:?}");
    assert!(left.contains_key("mine.svg"));
    assert!(left.iter().all(|(name, time)| first[name] == *time));
}

#[test]
fn every_renderer_of_a_book_leaves_the_others_files() {
    let mut project = Project::new();
    project.settings += "\npicture = \"png\"\ninline-bytes = 0";
    project.one(BLOCK);
    let html = project.files();
    project.renderer = "epub";
    let chapter = project.one(BLOCK);
    assert!(chapter.contains(".png)") && !chapter.replace("\\<", "").contains('<'), "{chapter}");
    let both = project.files();
    assert!(html.iter().all(|(name, time)| both.get(name) == Some(time)), "{html:?} {both:?}");
    assert_eq!(both.len(), html.len() + 1);
    project.renderer = "html";
    project.one(BLOCK);
    assert_eq!(project.files(), both);
}

#[test]
fn a_large_map_is_a_file_beside_the_page() {
    let mut project = Project::new();
    project.settings += "\ninline-bytes = 100";
    let mut painter = Fake { json: Some(format!("{{\"x\":\"{}\"}}", "y".repeat(100))), ..Fake::default() };
    let chapter = project.run(&[("b/a.md", BLOCK)], &mut painter).unwrap().remove(0);
    let address = between(&chapter, "<attention-map src=\"", "\"");
    // The chapter's folder, from which the address leads.
    fs::create_dir_all(project.folder.path().join("src/b")).unwrap();
    let file = project.folder.path().join("src/b").join(address);
    assert!(fs::read_to_string(file).unwrap().contains("yyyy"));
    assert!(!chapter.contains("application/json"), "{chapter}");
}

#[test]
fn pictures_alone_need_no_script() {
    let mut project = Project::new();
    project.settings = "interactive = false".into();
    let chapter = project.one(BLOCK);
    assert!(!chapter.contains("<script") && !chapter.contains("<attention-map"), "{chapter}");
    assert!(chapter.contains("<img src=\"attention-map/"), "{chapter}");
    assert!(!project.files().contains_key("book.js"));
    // What the stored weights do not suffice for is a picture, too.
    let project = Project::new();
    for info in ["lens=norm", "lens=value-zeroing", "view=neuron"] {
        let chapter = project.one(&format!("```attention {info}\nSo\n```\n"));
        assert!(!chapter.contains("<attention-map"), "{info}: {chapter}");
    }
    assert!(project.one("```attention lens=rollout\nSo\n```\n").contains("<attention-map"));
}

#[test]
fn an_element_that_is_served_already_is_not_copied() {
    let mut project = Project::new();
    for (module, expected) in [
        ("../attention-map.js", "../../attention-map.js"),
        ("https://example.org/a/attention-map.js", "https://example.org/a/attention-map.js"),
        ("/a/attention-map.js", "/a/attention-map.js"),
    ] {
        project.settings = format!("module = \"{module}\"");
        project.one(BLOCK);
        let loader = fs::read_to_string(project.assets().join("book.js")).unwrap();
        assert!(loader.starts_with(&format!("const ELEMENT = \"{expected}\";\n")), "{loader}");
        assert!(!project.files().contains_key("standalone.js"));
    }
}

#[test]
fn what_was_painted_before_is_not_painted_again() {
    let project = Project::new();
    let kept = tempfile::tempdir().unwrap();
    let count = |markdown: &str| {
        let mut asked = Counting(0);
        let mut painter = Cached::new(&mut asked, Some(kept.path().join("maps")));
        project.run(&[("a.md", markdown)], &mut painter).unwrap();
        asked.0
    };
    assert_eq!(count(BLOCK), 1);
    assert_eq!(count(BLOCK), 0);
    assert_eq!(count(&BLOCK.replace("layer=3", "layer=2")), 1);
    assert_eq!(count(&BLOCK.replace("cat", "dog")), 1);
    // Not of the map itself.
    assert_eq!(count(&BLOCK.replace("layer=3", "controls=none caption=x layer=3")), 0);
    // A file that is no map any more is made again.
    for entry in kept.path().join("maps").read_dir().unwrap() {
        fs::write(entry.unwrap().path(), "{").unwrap();
    }
    assert_eq!(count(BLOCK), 1);
}

struct Counting(usize);

impl Painter for &mut Counting {
    fn paint(&mut self, request: &Request) -> Result<Painted, String> {
        self.0 += 1;
        Fake::default().paint(request)
    }
}

#[test]
fn a_notice_has_its_place() {
    let project = Project::new();
    let mut painter = Fake { notices: vec!["the text was cut".into()], ..Fake::default() };
    let (_, notices) =
        run(&project.context(), book(&[("a.md", &format!("\n{BLOCK}"))]), &mut painter).unwrap();
    assert_eq!(notices, ["src/a.md:2: the text was cut"]);
}

#[test]
fn tests_of_a_books_code_pass_by() {
    assert!(supports("html") && supports("epub") && supports("markdown"));
    assert!(!supports("test"));
}

#[test]
fn a_fence_is_found_as_mdbook_finds_it() {
    let markdown = "~~~attention,layer=1\nSo\n~~~\n\n````attention layer=2\n```\ninner\n````\n";
    let found: Vec<_> =
        block::find(markdown).into_iter().map(|block| (block.line, block.info, block.body)).collect();
    assert_eq!(
        found,
        [(1, "layer=1".to_owned(), "So\n".to_owned()), (5, "layer=2".into(), "```\ninner\n".into())]
    );
}

/// What mdBook would do with the program.
fn program(arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mdbook-attention-map"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_program_speaks_mdbooks_protocol() {
    let project = Project::new();
    let input =
        |markdown: &str| serde_json::to_string(&(project.context(), book(&[("a.md", markdown)]))).unwrap();
    assert_eq!(program(&["supports", "html"], "").0, Some(0));
    assert_eq!(program(&["supports", "test"], "").0, Some(1));
    let (code, out, _) = program(&[], &input("nothing"));
    assert_eq!(code, Some(0));
    assert_eq!(serde_json::from_str::<Book>(&out).unwrap(), book(&[("a.md", "nothing")]));
    let (code, out, err) = program(&[], &input("```attention layer=77\nSo\n```\n"));
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.starts_with("mdbook-attention-map: error: src/a.md:1: layer=\"77\""), "{err}");
    let (code, _, err) = program(&[], "{}");
    assert_eq!(code, Some(1));
    assert!(err.contains("mdBook 0.5"), "{err}");
    let (code, out, _) = program(&["--help"], "");
    assert_eq!(code, Some(0));
    assert!(out.contains("cargo install") && out.contains("[preprocessor.attention-map]"), "{out}");
}

#[test]
fn the_programs_maps_are_those_of_the_engine() {
    let project = Project::new();
    let markdown = "```attention layer=3 head=1\nThe </script> animal.\n```\n";
    let input = serde_json::to_string(&(project.context(), book(&[("a.md", markdown)]))).unwrap();
    let (code, out, err) = program(&[], &input);
    assert_eq!(code, Some(0), "{err}");
    let book: Book = serde_json::from_str(&out).unwrap();
    let chapter = &book.chapters().next().unwrap().content;
    let json = between(chapter, "<script type=\"application/json\">", "</script>");
    let stored = attention_map::stored::decode(json).unwrap();
    assert_eq!(stored.trace.texts, ["The </script> animal."]);
    let map = &stored.trace.maps[0];
    assert_eq!(map.weights.stored.len(), 72);
    let mut engine = crate::models::engine(crate::models::Q8);
    let run = pollster::block_on(engine.run(
        crate::models::Q8,
        attention_map::trace::BackendChoice::Cpu,
        "The </script> animal.",
        None,
        || 0.0,
        |len| vec![0.0f32; len],
    ))
    .unwrap();
    let expected = &run.trace.maps[0];
    let at = expected.head_offset(3, 1);
    let head = map.weights.head(3, 1).unwrap();
    for (got, expected) in head.iter().zip(&expected.weights[at..at + expected.head_len()]) {
        assert!((got - expected).abs() <= map.weights.error * 1.0001 + 1e-6, "{got} {expected}");
    }
    let picture = Path::new("src").join(between(chapter, "<img src=\"", "\""));
    let svg = fs::read_to_string(project.folder.path().join(picture)).unwrap();
    let parsed = roxmltree::Document::parse(&svg).unwrap();
    assert!(parsed.descendants().any(|node| node.text() == Some("animal")), "{svg}");
    assert!(!svg.contains("\n\n"));
}
