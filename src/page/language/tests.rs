//! The catalogue against the texts that there are.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::attributes::BACKENDS;
use super::super::shortcuts::KEYS;
use super::super::summary::KINDS;
use crate::habits::HABITS;
use crate::lens::LENSES;
use crate::model::MODELS;
use crate::trace::{Backend, MapKind};
use crate::view::VIEWS;

/// Calls whose first text is translated.
const CALLS: [&str; 4] = ["tr(", "tr_with(", "tr_html(", "failure("];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn catalogue() -> serde_json::Map<String, serde_json::Value> {
    let text = std::fs::read_to_string(root().join("www/words/zh-Hans.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Every file below `folder` with the ending `end`, without its tests.
fn sources(folder: &Path, end: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, end, found);
        } else if path.extension().is_some_and(|known| known == end) && !path.ends_with("tests.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push(text.split("#[cfg(test)]\nmod ").next().unwrap().to_owned());
        }
    }
}

/// The text in quotes that `rest` begins with, white space aside, and what comes after it.
fn quoted(rest: &str) -> Option<(String, &str)> {
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (mut text, mut escaped) = (String::new(), false);
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            '\\' if !escaped => escaped = true,
            _ if letter == quote && !escaped => return Some((text, &rest[at + 1..])),
            _ => (text, escaped) = (text + &letter.to_string(), false),
        }
    }
    None
}

/// What follows each place where `name` is called, and not a longer name that ends in it.
fn calls<'s>(source: &'s str, name: &'s str) -> impl Iterator<Item = &'s str> {
    source.match_indices(name).filter_map(move |(at, _)| {
        let inside = source[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
        (!inside).then(|| &source[at + name.len()..])
    })
}

/// All that is translated: texts in calls, and in tables.
fn texts() -> BTreeSet<String> {
    let mut files = vec![];
    sources(&root().join("src/page"), "rs", &mut files);
    sources(&root().join("src/shown"), "rs", &mut files);
    sources(&root().join("src/view"), "rs", &mut files);
    sources(&root().join("src/lab"), "rs", &mut files);
    sources(&root().join("www"), "js", &mut files);
    assert!(files.len() > 50);
    let mut texts = BTreeSet::new();
    for source in &files {
        for name in CALLS {
            let skipped = if name == "failure(" { 1 } else { 0 };
            for rest in calls(source, name) {
                let first = quoted(rest);
                let wanted = match (skipped, first) {
                    (0, first) => first,
                    (_, Some((_, rest))) => rest.strip_prefix(',').and_then(quoted),
                    (_, None) => None,
                };
                texts.extend(wanted.map(|(text, _)| text));
            }
        }
        for rest in calls(source, "Problem::said(") {
            // After the code, which is a text or a name.
            texts.extend(rest.split_once(',').and_then(|(_, rest)| quoted(rest)).map(|(text, _)| text));
        }
        for rest in calls(source, "counted(") {
            let call = &rest[..rest.find([';', '\n']).unwrap_or(rest.len())];
            if let Some((noun, _)) = call.split_once(", \"").and_then(|(_, noun)| noun.split_once('"')) {
                texts.extend([format!("{{0}} {noun}"), format!("{{0}} {noun}s")]);
            }
        }
    }
    texts.extend(
        LENSES.iter().flat_map(|lens| [lens.name, lens.formula, lens.range, lens.caveat].map(Into::into)),
    );
    texts.extend(HABITS.iter().map(|habit| habit.name.into()));
    texts.extend(HABITS.iter().filter(|habit| habit.mark.is_none()).map(|habit| habit.unit.into()));
    texts.extend(VIEWS.iter().map(|view| view.name.into()));
    texts.extend(KEYS.iter().map(|(_, does)| (*does).into()));
    texts.extend(KINDS.iter().flat_map(|kind| [(*kind).into(), kind.replace("word", "token")]));
    texts.extend(BACKENDS.iter().map(|backend| backend.2.into()));
    texts.extend(Backend::ALL.iter().map(|(backend, _)| backend.name().into()));
    texts.extend(MODELS.iter().map(|model| model.precision.into()));
    texts.extend(MapKind::ALL.iter().map(|(kind, _)| kind.name().into()));
    texts
}

/// Texts of the page around the element, by their tags.
fn around() -> BTreeSet<String> {
    let page = std::fs::read_to_string(root().join("www/index.html")).unwrap();
    let (header, rest) = page.split_once("<header>").unwrap().1.split_once("</header>").unwrap();
    let footer = rest.split_once("<footer>").unwrap().1.split_once("</footer>").unwrap().0;
    let inside = |part: &str| {
        part.split('<').filter_map(|tag| Some(tag.split_once('>')?.1.trim().to_owned())).collect::<Vec<_>>()
    };
    [inside(header), inside(footer)].concat().into_iter().filter(|text| !text.is_empty()).collect()
}

/// Codes of errors and notices that the engine puts in its own words.
fn codes() -> BTreeSet<String> {
    let mut files = vec![];
    sources(&root().join("src/engine"), "rs", &mut files);
    sources(&root().join("src/worker"), "rs", &mut files);
    files.push(std::fs::read_to_string(root().join("src/engine.rs")).unwrap());
    let errors = std::fs::read_to_string(root().join("src/error.rs")).unwrap();
    let notices = files.iter().flat_map(|file| file.match_indices("code: \"").map(|(at, _)| &file[at + 6..]));
    let errors = errors.match_indices("=> \"").map(|(at, _)| &errors[at + 3..]);
    notices.chain(errors).filter_map(quoted).map(|(code, _)| format!("code: {code}")).collect()
}

fn wanted() -> BTreeSet<String> {
    [texts(), around(), codes()].into_iter().flatten().collect()
}

#[test]
fn every_text_is_in_the_catalogue_and_no_other() {
    let (wanted, known) = (wanted(), catalogue().keys().cloned().collect());
    let missing: Vec<_> = wanted.difference(&known).collect();
    let unused: Vec<_> = known.difference(&wanted).collect();
    assert!(missing.is_empty() && unused.is_empty(), "missing {missing:#?}, unused {unused:#?}");
    assert!(
        wanted.len() > 250 && wanted.contains("code: device-lost") && wanted.contains("{0} attends to {1}")
    );
}

#[test]
fn translations_take_in_what_the_texts_take_in() {
    let places = |text: &str| -> BTreeSet<String> {
        text.split('{').skip(1).filter_map(|piece| Some(piece.split_once('}')?.0.to_owned())).collect()
    };
    for (english, chinese) in catalogue() {
        let chinese = chinese.as_str().expect("a text");
        assert_eq!(places(&english), places(chinese), "{english}");
        assert!(
            !chinese.contains([',', ';', '?', '!'])
                || !chinese.contains(|c: char| ('\u{4e00}'..='\u{9fff}').contains(&c)),
            "{chinese}: half-width punctuation"
        );
    }
}
