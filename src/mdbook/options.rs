//! What a block's first line asks for: the element's attributes, by their tables, and a few words of the book's own.

use crate::lens::{HeadSet, Needs};
use crate::model::{MODELS, ModelSpec};
use crate::shown::attributes;
use crate::shown::state::State;
use crate::view::Shows;

/// What can be asked for, in the order in which an error lists it.
pub const NAMES: [&str; 22] = [
    "layer",
    "head",
    "view",
    "lens",
    "heads",
    "from-layer",
    "special",
    "punctuation",
    "words",
    "pair-part",
    "map",
    "threshold",
    "scale",
    "theme",
    "model",
    "controls",
    "read-only",
    "language",
    "keep",
    "width",
    "caption",
    "alt",
];

/// The names that are no attributes of the element.
const OWN: [&str; 4] = ["keep", "width", "caption", "alt"];

const KEEPS: [(Keep, &str); 2] = [(Keep::All, "all"), (Keep::Selected, "selected")];
/// CSS pixels that a picture can be wide.
const WIDTHS: std::ops::RangeInclusive<u32> = 200..=2000;

/// Which heads' maps go into the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// Every head of the model, so that a reader can look at the others.
    #[default]
    All,
    /// Those that the picture is made of.
    Selected,
}

/// What is to be seen, and how.
#[derive(Clone, Default, PartialEq)]
pub struct Options {
    /// What the element's attributes make of it, by the element's own rules. Nothing has been run.
    state: State,
    pub keep: Keep,
    /// Of the picture, in CSS pixels.
    pub width: Option<u32>,
    pub caption: Option<String>,
    pub alt: Option<String>,
    /// The element's attributes in the order in which they were given, with those of the book first.
    attributes: Vec<(&'static str, Option<String>)>,
}

impl Options {
    pub fn model(&self) -> &'static ModelSpec {
        self.state.model
    }

    /// Takes in what follows a block's language: `layer=3 head=1 words caption="Who was tired?"`.
    pub fn read(&mut self, info: &str) -> Result<(), String> {
        let given = words(info)?;
        for (at, (name, _)) in given.iter().enumerate() {
            if given[..at].iter().any(|(before, _)| before == name) {
                return Err(format!("{name} is there twice; leave one out"));
            }
        }
        // Other numbers of layers and heads may come with it.
        for is_model in [true, false] {
            for (name, value) in given.iter().filter(|(name, _)| (*name == "model") == is_model) {
                self.set(name, value.as_deref())?;
            }
        }
        Ok(())
    }

    /// Takes in one of [`NAMES`]; a `value` of `None` is a name without one.
    pub fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), String> {
        let Some(name) = NAMES.into_iter().find(|known| *known == name) else {
            return Err(format!("there is no option {name}; there are: {}", NAMES.join(", ")));
        };
        if matches!(name, "words" | "read-only") {
            let on = match value {
                None | Some("" | "true") => true,
                Some("false") => false,
                Some(value) => {
                    return Err(format!("{name}=\"{value}\" should be {name} alone, or {name}=false"));
                }
            };
            self.keep_attribute(name, on.then_some(None));
            return Ok(());
        }
        let Some(value) = value else {
            return Err(format!("{name} needs a value, as in {name}={}", example_of(name)));
        };
        match name {
            "keep" => match KEEPS.iter().find(|keep| keep.1 == value) {
                Some(keep) => self.keep = keep.0,
                None => {
                    let known = KEEPS.map(|keep| keep.1).join(", ");
                    return Err(format!("{name}=\"{value}\" is not one of: {known}"));
                }
            },
            "caption" => self.caption = Some(value.to_owned()),
            "alt" => self.alt = Some(value.to_owned()),
            "width" => match value.parse() {
                Ok(width) if WIDTHS.contains(&width) => self.width = Some(width),
                _ => {
                    return Err(format!(
                        "width=\"{value}\" is not a whole number of CSS pixels from {} to {}",
                        WIDTHS.start(),
                        WIDTHS.end()
                    ));
                }
            },
            _ => {
                let action = attributes::parse(name, Some(value), &self.state);
                if let Some(action) = action.map_err(|problem| problem.message)? {
                    // Nothing runs here that its effects could be for.
                    self.state.apply(action);
                }
            }
        }
        if !OWN.contains(&name) {
            self.keep_attribute(name, Some(Some(value.to_owned())));
        }
        Ok(())
    }

    /// The element's attributes. One without a value has none.
    pub fn attributes(&self) -> impl Iterator<Item = (&'static str, Option<&str>)> {
        self.attributes.iter().map(|(name, value)| (*name, value.as_deref()))
    }

    /// Whether the stored weights are all that this takes: the rest is computed by the engine, which a stored map does
    /// not load.
    pub fn is_of_weights(&self) -> bool {
        self.state.lens.needs == Needs::Weights && self.state.view.shows != Shows::Neuron
    }

    /// The heads whose maps go into the page.
    pub fn kept(&self) -> HeadSet {
        let State { layer, head, lens, view, .. } = self.state;
        let (layers, heads) = self.state.shape();
        let through_all = view.shows == Shows::Heads || lens.id == "rollout";
        if self.keep == Keep::All || through_all {
            return HeadSet::all(layers, heads);
        }
        let through_layers = view.shows == Shows::Layers;
        let of_several = matches!(lens.id, "mean" | "max");
        match (of_several && self.state.heads.is_empty(), through_layers) {
            (true, true) => HeadSet::all(layers, heads),
            (true, false) => HeadSet::of_layer(layer, heads),
            (false, _) => {
                let mut kept = HeadSet::clone(&self.state.heads);
                if through_layers {
                    HeadSet::of_head(head, layers).iter().for_each(|head| kept.insert(head));
                }
                kept.insert((layer, head));
                kept
            }
        }
    }

    /// Whether two options would make the same map and picture.
    pub fn key(&self) -> String {
        let model = self.model();
        let mut key = format!("{} {:?} {:?} {}", model.id, self.keep, self.width, model.weights_hash());
        for (name, value) in self.attributes().filter(|(name, _)| !["controls", "read-only"].contains(name)) {
            key.push_str(&format!("\0{name}={}", value.unwrap_or_default()));
        }
        key
    }

    /// `Some(value)` puts the attribute there, `None` takes it away.
    fn keep_attribute(&mut self, name: &'static str, value: Option<Option<String>>) {
        self.attributes.retain(|(known, _)| *known != name);
        self.attributes.extend(value.map(|value| (name, value)));
    }
}

/// A name, and its value if it has one.
type Word = (String, Option<String>);

/// The names and values of a block's first line. A value with spaces stands in quotation marks.
fn words(info: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest = info.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|character: char| character == '=' || character.is_whitespace());
        let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
        if name.is_empty() {
            return Err("a name is missing before \"=\"; write it as in layer=3".into());
        }
        let Some(after) = after.strip_prefix('=') else {
            words.push((name.to_owned(), None));
            rest = after.trim_start();
            continue;
        };
        let (value, after) = match after.chars().next() {
            Some(mark @ ('"' | '\'')) => after[1..].split_once(mark).ok_or_else(|| {
                format!("the value of {name} has no closing {mark}; write it as in {name}={mark}...{mark}")
            })?,
            _ => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
        };
        words.push((name.to_owned(), Some(value.to_owned())));
        if after.starts_with(|character: char| !character.is_whitespace()) {
            return Err(format!("there is no space after the value of {name}"));
        }
        rest = after.trim_start();
    }
    Ok(words)
}

/// A value that `name` can have.
fn example_of(name: &str) -> &'static str {
    match name {
        "layer" | "head" | "from-layer" => "3",
        "heads" => "\"3.1 3.4\"",
        "view" => "lines",
        "lens" => "rollout",
        "model" => MODELS[0].id,
        "special" | "punctuation" => "hide",
        "pair-part" => "a-b",
        "map" => "cross",
        "threshold" => "0.1",
        "scale" => "max",
        "width" => "480",
        "theme" => "dark",
        "controls" => "none",
        "language" => "en",
        "keep" => "selected",
        _ => "\"some words\"",
    }
}
