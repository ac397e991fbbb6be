//! From JSON, however it was parsed, to a [`Stored`] trace. Every number is checked before anything is made as
//! large as it says.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::pack::{ENCODINGS, Encoding, is_weight, unpack};
use super::{FORMAT, KINDS, MAX_BYTES, MAX_HEADS, MAX_TOKENS, MAX_WEIGHTS, Stored, StoredWeights, VERSION};
use crate::error::{Error, Result};
use crate::model::{About, ModelSpec};
use crate::trace::{AttentionMap, Backend, Cut, Token, Trace};

/// A count that fits any machine's `usize`.
const MOST: usize = u32::MAX as usize;

/// A value of parsed JSON. `null` is taken for nothing there.
pub trait Json: Sized {
    /// A field of an object.
    fn field(&self, name: &str) -> Option<Self>;
    /// The number of items of a list.
    fn length(&self) -> Option<usize>;
    fn item(&self, index: usize) -> Option<Self>;
    fn text(&self) -> Option<String>;
    fn number(&self) -> Option<f64>;
    fn flag(&self) -> Option<bool>;
}

/// Refuses what is too long to be parsed.
pub fn check_length(bytes: usize) -> Result<()> {
    if bytes > MAX_BYTES {
        return Err(Error::Stored(format!(
            "it has {bytes} bytes, and at most {MAX_BYTES} are read; store fewer heads or a shorter text"
        )));
    }
    Ok(())
}

/// What the JSON `root` holds.
pub fn read(root: impl Json) -> Result<Stored> {
    read_root(&Place { node: root, step: Step::Root, above: None }).map_err(Error::Stored)
}

/// Or what is wrong.
type Read<T> = std::result::Result<T, String>;

fn read_root<J: Json>(root: &Place<J>) -> Read<Stored> {
    let format = root.optional("format").and_then(|format| format.node.text());
    if format.as_deref() != Some(FORMAT) {
        return Err(format!(
            "it is not one: the field \"format\" should be \"{FORMAT}\" (is it another file?)"
        ));
    }
    let version = root.field("version")?.whole(MOST)?;
    if version > VERSION {
        return Err(format!(
            "it is of version {version}, and this program reads up to version {VERSION}; a newer Attention Map reads it"
        ));
    }
    if version == 0 {
        return Err("its version is 0, and the first was 1".into());
    }
    let model = root.field("model")?;
    let mut texts = vec![];
    root.field("texts")?.each(2, &mut |text| {
        texts.push(text.text()?);
        Ok(())
    })?;
    let lengths: Vec<usize> = texts.iter().map(|text| text.encode_utf16().count()).collect();
    let mut cuts = vec![];
    if let Some(list) = root.optional("cuts").filter(|list| list.node.length() != Some(0)) {
        list.each(2, &mut |cut| {
            let segment = cut.field("segment")?.whole(lengths.len() - 1)?;
            let start = cut.field("start")?.whole(lengths[segment])?;
            cuts.push(Cut { segment, start, tokens: cut.field("tokens")?.whole(MOST)? });
            Ok(())
        })?;
    }
    let (mut maps, mut room) = (vec![], MAX_WEIGHTS);
    root.field("maps")?.each(KINDS.len(), &mut |map| {
        maps.push(read_map(map, &lengths, &mut room)?);
        Ok(())
    })?;
    Ok(Stored {
        trace: Trace {
            model: model.field("id")?.text()?,
            backend: root.field("backend")?.one_of(&Backend::ALL)?,
            adapter: String::new(),
            texts,
            maps,
            cuts,
            milliseconds: 0.0,
        },
        model: read_model(&model)?,
        program: root.field("program")?.text()?,
        state: root.optional("state").map(|state| state.text()).transpose()?,
    })
}

fn read_model<J: Json>(model: &Place<J>) -> Read<About> {
    let told = About {
        id: model.field("id")?.text()?,
        name: model.field("name")?.text()?,
        precision: "",
        sha256: model.optional("sha256").map(|hash| hash.hash()).transpose()?,
        max_tokens: None,
    };
    Ok(told.known().map_or(told, ModelSpec::about))
}

/// `room` is how many more weights may be read.
fn read_map<J: Json>(
    map: &Place<J>,
    lengths: &[usize],
    room: &mut usize,
) -> Read<AttentionMap<StoredWeights>> {
    let layers = map.field("layers")?.whole(MAX_HEADS)?;
    let heads = map.field("heads")?.whole(MAX_HEADS)?;
    let queries = read_tokens(&map.field("queries")?, lengths)?;
    let keys = match map.optional("keys") {
        Some(keys) => read_tokens(&keys, lengths)?,
        None => queries.clone(),
    };
    let encoding = map.field("encoding")?.one_of(&ENCODINGS)?;
    let (mut stored, mut largest) = (vec![], vec![]);
    map.field("stored")?.each(layers * heads, &mut |entry| {
        let place = (entry.field("layer")?.whole(MAX_HEADS)?, entry.field("head")?.whole(MAX_HEADS)?);
        if place.0 >= layers || place.1 >= heads || stored.last().is_some_and(|last| *last >= place) {
            return entry.wrong("a head that the model has, after the one before it");
        }
        stored.push(place);
        largest.push(if encoding == Encoding::Halves { 1.0 } else { entry.field("largest")?.weight()? });
        Ok(())
    })?;
    let len = queries.len() * keys.len();
    *room = room.checked_sub(len * stored.len()).ok_or_else(|| {
        format!("it has more than {MAX_WEIGHTS} weights, which is the most that is read; store fewer heads or a shorter text")
    })?;
    let place = map.field("weights")?;
    let bytes = STANDARD.decode(place.text()?).or_else(|_| place.wrong("base64"))?;
    let weights = unpack(encoding, bytes, &largest, len).or_else(|expected| place.wrong(&expected))?;
    let error = map.field("error")?.weight()?;
    let kind = map.field("kind")?.one_of(&KINDS)?;
    Ok(AttentionMap { kind, layers, heads, queries, keys, weights: StoredWeights { stored, weights, error } })
}

fn read_tokens<J: Json>(list: &Place<J>, lengths: &[usize]) -> Read<Vec<Token>> {
    let mut tokens = vec![];
    list.each(MAX_TOKENS, &mut |token| {
        let segment = match token.optional("segment") {
            Some(segment) => segment.whole(lengths.len() - 1)?,
            None => 0,
        };
        let special = match token.optional("special") {
            Some(special) => special.flag()?,
            None => false,
        };
        let end = token.field("end")?.whole(lengths[segment])?;
        let start = token.field("start")?.whole(end)?;
        tokens.push(Token { text: token.field("text")?.text()?, start, end, special, segment });
        Ok(())
    })?;
    Ok(tokens)
}

/// A value and the way to it, for messages.
struct Place<'a, J> {
    node: J,
    step: Step,
    above: Option<&'a Place<'a, J>>,
}

#[derive(Clone, Copy)]
enum Step {
    Root,
    Field(&'static str),
    Item(usize),
}

impl<J: Json> Place<'_, J> {
    fn field(&self, name: &'static str) -> Read<Place<'_, J>> {
        self.optional(name).ok_or_else(|| format!("{} has no field \"{name}\"", self.path()))
    }

    fn optional(&self, name: &'static str) -> Option<Place<'_, J>> {
        Some(Place { node: self.node.field(name)?, step: Step::Field(name), above: Some(self) })
    }

    /// Hands over each item of a list of 1 to `at_most`.
    fn each(&self, at_most: usize, read: &mut dyn FnMut(&Place<J>) -> Read<()>) -> Read<()> {
        let Some(length) = self.node.length().filter(|length| (1..=at_most).contains(length)) else {
            return self.wrong(&format!("a list of 1 to {at_most}"));
        };
        for index in 0..length {
            // It has as many as it says.
            let Some(node) = self.node.item(index) else { break };
            read(&Place { node, step: Step::Item(index), above: Some(self) })?;
        }
        Ok(())
    }

    fn text(&self) -> Read<String> {
        self.node.text().map_or_else(|| self.wrong("a string"), Ok)
    }

    fn hash(&self) -> Read<String> {
        let text = self.text()?;
        let is_hash = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_hash { Ok(text) } else { self.wrong("64 lower-case hexadecimal digits") }
    }

    fn flag(&self) -> Read<bool> {
        self.node.flag().map_or_else(|| self.wrong("true or false"), Ok)
    }

    fn whole(&self, at_most: usize) -> Read<usize> {
        let number = self.node.number().filter(|number| *number >= 0.0 && *number <= at_most as f64);
        let whole = number.map(|number| (number, number as usize));
        match whole {
            Some((number, whole)) if whole as f64 == number => Ok(whole),
            _ => self.wrong(&format!("a whole number from 0 to {at_most}")),
        }
    }

    fn weight(&self) -> Read<f32> {
        let weight = self.node.number().map(|number| number as f32).filter(|number| is_weight(*number));
        weight.map_or_else(|| self.wrong("a number from 0 to 1"), Ok)
    }

    fn one_of<T: Copy>(&self, names: &[(T, &'static str)]) -> Read<T> {
        let found = self.node.text().and_then(|text| names.iter().find(|(_, name)| *name == text));
        found.map_or_else(
            || {
                let names: Vec<_> = names.iter().map(|(_, name)| *name).collect();
                self.wrong(&format!("one of: {}", names.join(", ")))
            },
            |(value, _)| Ok(*value),
        )
    }

    fn wrong<T>(&self, expected: &str) -> Read<T> {
        Err(format!("{} should be {expected}", self.path()))
    }

    fn path(&self) -> String {
        let above = self.above.map(Place::path);
        match (self.step, above) {
            (Step::Field(name), Some(above)) if self.above.is_some_and(|place| place.above.is_some()) => {
                above + "." + name
            }
            (Step::Field(name), _) => name.into(),
            (Step::Item(index), above) => above.unwrap_or_default() + "[" + &index.to_string() + "]",
            (Step::Root, _) => "it".into(),
        }
    }
}
