//! The JSON text. Written by hand, since the page's program has no room for a library that does it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::pack::{Encoding, Packer};
use super::{FORMAT, MapParts, Parts, VERSION};
use crate::error::{Error, Result};
use crate::trace::Token;

/// Writes `parts` as JSON that may also stand inside of a `<script>` element.
///
/// `decimal` writes a number so that the same `f32` is read from it. A map of another length than its axes say,
/// or with what is no weight, is an error.
pub fn encode(parts: &Parts, decimal: &dyn Fn(f32) -> String) -> Result<String> {
    let mut json = Json::default();
    json.open('{');
    json.text("format", FORMAT);
    json.number("version", VERSION);
    json.text("program", env!("CARGO_PKG_VERSION"));
    json.name("model");
    json.open('{');
    json.text("id", &parts.model.id);
    json.text("name", &parts.model.name);
    if let Some(hash) = &parts.model.sha256 {
        json.text("sha256", hash);
    }
    json.close('}');
    json.text("backend", parts.backend.id());
    json.list("texts", parts.texts, |json, text| json.string(text));
    json.list("cuts", parts.cuts, |json, cut| {
        json.open('{');
        json.number("segment", cut.segment);
        json.number("start", cut.start);
        json.number("tokens", cut.tokens);
        json.close('}');
    });
    json.name("maps");
    json.open('[');
    for map in parts.maps {
        write_map(&mut json, map, parts, decimal)?;
    }
    json.close(']');
    if let Some(state) = parts.state {
        json.text("state", state);
    }
    json.close('}');
    json.text.push('\n');
    Ok(json.text)
}

fn write_map(json: &mut Json, map: &MapParts, parts: &Parts, decimal: &dyn Fn(f32) -> String) -> Result<()> {
    let mut packer = Packer::new(parts.precision);
    let mut weights = vec![];
    for &(layer, head) in map.stored {
        (map.read)(layer, head, &mut weights);
        let expected = map.queries.len() * map.keys.len();
        if weights.len() != expected {
            return Err(Error::Shape {
                operation: "storing a map",
                expected: format!("{expected} weights"),
                got: weights.len().to_string(),
            });
        }
        packer.push(&weights).map_err(|wrong| {
            let what = if wrong.is_nan() { "is not a number" } else { "is not from 0 to 1" };
            Error::Stored(format!("a weight of layer {layer} head {head} {what}"))
        })?;
    }
    let packed = packer.finish();
    json.open('{');
    json.text("kind", map.kind.id());
    json.number("layers", map.layers);
    json.number("heads", map.heads);
    json.list("queries", map.queries, write_token);
    if map.keys != map.queries {
        json.list("keys", map.keys, write_token);
    }
    json.text("encoding", packed.encoding.name());
    json.name("error");
    json.raw(&decimal(packed.error + parts.off));
    json.name("stored");
    json.open('[');
    for (&(layer, head), &largest) in map.stored.iter().zip(&packed.largest) {
        json.open('{');
        json.number("layer", layer);
        json.number("head", head);
        if packed.encoding != Encoding::Halves {
            json.name("largest");
            json.raw(&decimal(largest));
        }
        json.close('}');
    }
    json.close(']');
    json.name("weights");
    json.begin();
    json.text.push('"');
    STANDARD.encode_string(&packed.bytes, &mut json.text);
    json.text.push('"');
    json.close('}');
    Ok(())
}

/// What is false or 0 is left out: of 128 tokens that would be 5 kB.
fn write_token(json: &mut Json, token: &Token) {
    json.open('{');
    json.text("text", &token.text);
    json.number("start", token.start);
    json.number("end", token.end);
    if token.special {
        json.name("special");
        json.raw("true");
    }
    if token.segment > 0 {
        json.number("segment", token.segment);
    }
    json.close('}');
}

/// JSON as it is written.
#[derive(Default)]
struct Json {
    text: String,
}

impl Json {
    /// A comma, where something stands before.
    fn begin(&mut self) {
        if !matches!(self.text.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.text.push(',');
        }
    }

    fn open(&mut self, bracket: char) {
        self.begin();
        self.text.push(bracket);
    }

    fn close(&mut self, bracket: char) {
        self.text.push(bracket);
    }

    fn raw(&mut self, value: &str) {
        self.begin();
        self.text.push_str(value);
    }

    fn name(&mut self, name: &str) {
        self.string(name);
        self.text.push(':');
    }

    fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.string(value);
    }

    fn number(&mut self, name: &str, value: usize) {
        self.name(name);
        self.raw(&value.to_string());
    }

    fn list<T>(&mut self, name: &str, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.name(name);
        self.open('[');
        items.iter().for_each(|item| write(self, item));
        self.close(']');
    }

    fn string(&mut self, value: &str) {
        self.begin();
        self.text.push('"');
        for character in value.chars() {
            match character {
                '"' | '\\' => self.text.extend(['\\', character]),
                // A `<` could end the element that the JSON stands in.
                '\0'..='\x1f' | '<' => {
                    let digit = |value: u32| char::from_digit(value, 16).unwrap_or('0');
                    let code = character as u32;
                    self.text.push_str("\\u00");
                    self.text.extend([digit(code >> 4), digit(code & 15)]);
                }
                _ => self.text.push(character),
            }
        }
        self.text.push('"');
    }
}
