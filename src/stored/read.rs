//! From JSON, however it was parsed, to a [`Stored`] trace. Every number is checked before anything is made as
//! large as it says.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::pack::{ENCODINGS, Encoding, is_weight, unpack};
use super::{FORMAT, MAX_BYTES, MAX_HEADS, MAX_TOKENS, MAX_WEIGHTS, Stored, StoredWeights, VERSION};
use crate::error::{Error, Result};
use crate::model::{About, ModelSpec};
use crate::trace::{AttentionMap, Backend, Cut, MapKind, Token, Trace};

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
    let mut reader = Reader::default();
    let stored = read_root(&mut reader, &root);
    match (reader.wrong, stored) {
        (None, Some(stored)) => Ok(stored),
        (wrong, _) => Err(Error::Stored(wrong.unwrap_or_default())),
    }
}

/// None only where something is wrong.
fn read_root<J: Json>(reader: &mut Reader, root: &J) -> Option<Stored> {
    let format = root.field("format").and_then(|format| format.text());
    if format.as_deref() != Some(FORMAT) {
        reader.fail(format!(
            "it is not one: the field \"format\" should be \"{FORMAT}\" (is it another file?)"
        ));
        return None;
    }
    let version = reader.whole(root, "version", MOST);
    if version > VERSION {
        reader.fail(format!(
            "it is of version {version}, and this program reads up to version {VERSION}; a newer Attention Map reads it"
        ));
    } else if version == 0 {
        reader.fail("its version is 0, and the first was 1".into());
    }
    let model = read_model(reader, root)?;
    let mut texts = vec![];
    reader.list(root, "texts", 2, &mut |reader, text: &J| texts.push(reader.string(text)));
    let lengths: Vec<usize> = texts.iter().map(|text| text.encode_utf16().count()).collect();
    let mut cuts = vec![];
    if root.field("cuts").is_some_and(|list| list.length() != Some(0)) {
        reader.list(root, "cuts", 2, &mut |reader, cut: &J| {
            // Unlike a token's, its text is named even where it is the first.
            reader.field(cut, "segment");
            let (segment, start) = reader.place(cut, &lengths, "start");
            cuts.push(Cut { segment, start, tokens: reader.whole(cut, "tokens", MOST) });
        });
    }
    let (mut maps, mut room) = (vec![], MAX_WEIGHTS);
    reader.list(root, "maps", MapKind::ALL.len(), &mut |reader, map: &J| {
        maps.extend(read_map(reader, map, &lengths, &mut room));
    });
    let backend = reader.one_of(root, "backend", &Backend::ALL)?;
    let program = reader.text(root, "program");
    let state = root.field("state").map(|_| reader.text(root, "state"));
    let trace = Trace {
        model: model.id.clone(),
        backend,
        adapter: String::new(),
        texts,
        maps,
        cuts,
        milliseconds: 0.0,
    };
    Some(Stored { trace, model, program, state })
}

fn read_model<J: Json>(reader: &mut Reader, root: &J) -> Option<About> {
    let model = reader.field(root, "model")?;
    reader.path.push(Step::Field("model"));
    let (id, name) = (reader.text(&model, "id"), reader.text(&model, "name"));
    let sha256 = model.field("sha256").map(|_| reader.text(&model, "sha256"));
    let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if sha256.as_ref().is_some_and(|hash| hash.len() != 64 || !hash.bytes().all(is_digit)) {
        reader.expected("sha256", "64 lower-case hexadecimal digits");
    }
    reader.path.pop();
    let told = About { id, name, precision: "", sha256, max_tokens: None };
    Some(told.known().map_or(told, ModelSpec::about))
}

/// `room` is how many more weights may be read.
fn read_map<J: Json>(
    reader: &mut Reader,
    map: &J,
    lengths: &[usize],
    room: &mut usize,
) -> Option<AttentionMap<StoredWeights>> {
    let layers = reader.whole(map, "layers", MAX_HEADS);
    let heads = reader.whole(map, "heads", MAX_HEADS);
    let queries = read_tokens(reader, map, "queries", lengths);
    let keys = match map.field("keys") {
        Some(_) => read_tokens(reader, map, "keys", lengths),
        None => queries.clone(),
    };
    let encoding = reader.one_of(map, "encoding", &ENCODINGS)?;
    let (mut stored, mut largest) = (vec![], vec![]);
    reader.list(map, "stored", layers * heads, &mut |reader, entry: &J| {
        let place = (reader.whole(entry, "layer", MAX_HEADS), reader.whole(entry, "head", MAX_HEADS));
        if place.0 >= layers || place.1 >= heads || stored.last().is_some_and(|last| *last >= place) {
            reader.expected_here("a head that the model has, after the one before it");
        }
        stored.push(place);
        largest.push(if encoding == Encoding::Halves { 1.0 } else { reader.weight(entry, "largest") });
    });
    let len = queries.len() * keys.len();
    match room.checked_sub(len * stored.len()) {
        Some(left) => *room = left,
        None => reader.fail(format!(
            "it has more than {MAX_WEIGHTS} weights, which is the most that is read; store fewer heads or a shorter text"
        )),
    }
    let text = reader.text(map, "weights");
    // Nothing is made as large as a file says that is wrong already.
    if reader.wrong.is_some() {
        return None;
    }
    let weights = STANDARD.decode(text).map_err(|_| "base64".to_owned());
    let weights = weights.and_then(|bytes| unpack(encoding, bytes, &largest, len));
    let weights = weights.map_err(|expected| reader.expected("weights", &expected)).ok()?;
    let error = reader.weight(map, "error");
    let kind = reader.one_of(map, "kind", &MapKind::ALL)?;
    Some(AttentionMap {
        kind,
        layers,
        heads,
        queries,
        keys,
        weights: StoredWeights { stored, weights, error },
    })
}

fn read_tokens<J: Json>(reader: &mut Reader, map: &J, name: &'static str, lengths: &[usize]) -> Vec<Token> {
    let mut tokens = vec![];
    reader.list(map, name, MAX_TOKENS, &mut |reader, token: &J| {
        let (segment, end) = reader.place(token, lengths, "end");
        let special = token.field("special").is_some_and(|special| {
            special.flag().unwrap_or_else(|| {
                reader.expected("special", "true or false");
                false
            })
        });
        let start = reader.whole(token, "start", end);
        tokens.push(Token { text: reader.text(token, "text"), start, end, special, segment });
    });
    tokens
}

/// Where in the file it is read, and what was found to be wrong first. What is read after that is of no account, so that
/// nobody has to ask after each field; but nothing large is made of it.
#[derive(Default)]
struct Reader {
    path: Vec<Step>,
    wrong: Option<String>,
}

#[derive(Clone, Copy)]
enum Step {
    Field(&'static str),
    Item(usize),
}

impl Reader {
    fn field<J: Json>(&mut self, of: &J, name: &'static str) -> Option<J> {
        let found = of.field(name);
        if found.is_none() {
            let path = self.path();
            self.fail(path + " has no field \"" + name + "\"");
        }
        found
    }

    /// Hands over each item of a list of 1 to `at_most`.
    fn list<J: Json>(
        &mut self,
        of: &J,
        name: &'static str,
        at_most: usize,
        read: &mut dyn FnMut(&mut Self, &J),
    ) {
        let Some(list) = self.field(of, name) else { return };
        let Some(length) = list.length().filter(|length| (1..=at_most).contains(length)) else {
            return self.expected(name, &("a list of 1 to ".to_owned() + &at_most.to_string()));
        };
        self.path.push(Step::Field(name));
        for index in 0..length {
            // It has as many as it says.
            let Some(item) = list.item(index).filter(|_| self.wrong.is_none()) else { break };
            self.path.push(Step::Item(index));
            read(self, &item);
            self.path.pop();
        }
        self.path.pop();
    }

    /// An item that is a string.
    fn string<J: Json>(&mut self, item: &J) -> String {
        item.text().unwrap_or_else(|| {
            self.expected_here("a string");
            String::new()
        })
    }

    fn text<J: Json>(&mut self, of: &J, name: &'static str) -> String {
        let found = self.field(of, name).map(|value| value.text());
        found.unwrap_or_default().unwrap_or_else(|| {
            self.expected(name, "a string");
            String::new()
        })
    }

    fn whole<J: Json>(&mut self, of: &J, name: &'static str, at_most: usize) -> usize {
        let number = self.field(of, name).and_then(|value| value.number()).unwrap_or(-1.0);
        let whole = number as usize;
        if number < 0.0 || whole > at_most || whole as f64 != number {
            self.expected(name, &("a whole number from 0 to ".to_owned() + &at_most.to_string()));
            return 0;
        }
        whole
    }

    fn weight<J: Json>(&mut self, of: &J, name: &'static str) -> f32 {
        let number = self.field(of, name).and_then(|value| value.number()).map(|number| number as f32);
        number.filter(|number| is_weight(*number)).unwrap_or_else(|| {
            self.expected(name, "a number from 0 to 1");
            0.0
        })
    }

    fn one_of<J: Json, T: Copy>(
        &mut self,
        of: &J,
        name: &'static str,
        names: &[(T, &'static str)],
    ) -> Option<T> {
        let text = self.text(of, name);
        let found = names.iter().find(|(_, known)| *known == text);
        if found.is_none() {
            let names: Vec<_> = names.iter().map(|(_, name)| *name).collect();
            self.expected(name, &("one of: ".to_owned() + &names.join(", ")));
        }
        found.map(|(value, _)| *value)
    }

    /// A segment, the first unless it is told, and a place in its text.
    fn place<J: Json>(&mut self, of: &J, lengths: &[usize], name: &'static str) -> (usize, usize) {
        let last = lengths.len().saturating_sub(1);
        let segment = if of.field("segment").is_some() { self.whole(of, "segment", last) } else { 0 };
        (segment, self.whole(of, name, lengths.get(segment).copied().unwrap_or_default()))
    }

    /// A field is something else.
    fn expected(&mut self, name: &'static str, expected: &str) {
        self.path.push(Step::Field(name));
        self.expected_here(expected);
        self.path.pop();
    }

    fn expected_here(&mut self, expected: &str) {
        let path = self.path();
        self.fail(path + " should be " + expected);
    }

    fn fail(&mut self, said: String) {
        self.wrong.get_or_insert(said);
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Field(name) => {
                    path.push_str(if path.is_empty() { "" } else { "." });
                    path.push_str(name);
                }
                Step::Item(index) => path = path + "[" + &index.to_string() + "]",
            }
        }
        if path.is_empty() { "it".into() } else { path }
    }
}
