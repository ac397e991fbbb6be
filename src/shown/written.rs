//! Files of what is shown: how they are called, and those that are text.

use super::ran::{Ran, weights_taken};
use super::state::Problem;
use super::study::Study;
use crate::stored::{self, MapParts, Parts, Precision};
use crate::view::functions::shortest;
use crate::view::label::Label;
use crate::view::{Map, csv};

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Png,
    Svg,
    Csv,
    Json,
}

/// Every format with the end of its files' names and its media type.
pub const FORMATS: [(Format, &str, &str); 4] = [
    (Format::Png, "png", "image/png"),
    (Format::Svg, "svg", "image/svg+xml"),
    (Format::Csv, "csv", "text/csv"),
    (Format::Json, "json", "application/json"),
];

/// Characters of the text in a file's name.
const NAME: usize = 40;

/// `attention-map_The-animal-did_L3H7.svg`: the text's first words and `part`, the part of the picture that it is,
/// which may be empty.
pub fn file_name(text: &str, part: &str, format: Format) -> String {
    // Nothing that a file system refuses, that hides a file, or that turns the order of its letters round.
    let is_kept = |character: &char| match character {
        '\0'..='\x7f' => character.is_ascii_alphanumeric(),
        '\u{80}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => false,
        _ => true,
    };
    let mut words = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let word: String = word.chars().filter(is_kept).take(NAME).collect();
        length += word.chars().count() + 1;
        if length > NAME && !words.is_empty() {
            break;
        }
        if !word.is_empty() {
            words.push_str(if words.is_empty() { "_" } else { "-" });
            words.push_str(&word);
        }
    }
    let part = if part.is_empty() { String::new() } else { format!("_{part}") };
    let end = FORMATS.iter().find(|(known, ..)| *known == format).map_or("", |(_, end, _)| end);
    format!("attention-map{words}{part}.{end}")
}

/// A study's map as a table; see [`csv::csv`].
pub fn csv_of(study: &Study, map: &Map) -> String {
    let queries = entries(&study.queries, study.query_units());
    let keys = entries(&study.keys, &study.plan.keys);
    csv::csv(&map.weights, &queries, &keys, study.lens.id, &shortest)
}

/// A run as a stored trace; see [`stored`]: of the map that is looked at `heads`, (layer, head) in ascending order, and where
/// those are all of its heads, its other maps as well. `state` is what a link to the view carries.
pub fn json_of(
    ran: &Ran,
    heads: &[(usize, usize)],
    precision: Precision,
    state: Option<&str>,
) -> Result<String, Problem> {
    // Weights that the page around took away would be read as zeros.
    if !ran.maps.iter().all(|map| map.weights.is_whole()) {
        return Err(weights_taken());
    }
    let maps = if heads == ran.map().heads() { &ran.maps[..] } else { std::slice::from_ref(ran.map()) };
    let stored: Vec<_> =
        maps.iter().map(|map| if maps.len() == 1 { heads.to_vec() } else { map.heads() }).collect();
    let reads: Vec<_> = maps
        .iter()
        .map(|map| |layer, head, weights: &mut Vec<f32>| map.weights.read(layer, head, weights))
        .collect();
    let parts: Vec<_> = maps
        .iter()
        .zip(&stored)
        .zip(&reads)
        .map(|((map, stored), read)| MapParts {
            kind: map.kind,
            layers: map.shape().0,
            heads: map.shape().1,
            queries: map.queries(),
            keys: map.keys(),
            stored,
            read,
        })
        .collect();
    let off = maps.iter().filter_map(|map| map.kept.as_ref()).map(|kept| kept.error).fold(0.0, f32::max);
    let parts = Parts {
        model: &ran.model,
        backend: ran.backend,
        texts: &ran.texts,
        cuts: &ran.cuts,
        maps: &parts,
        precision,
        off,
        state,
    };
    stored::encode(&parts, &shortest).map_err(|error| Problem::new(error.code(), error.to_string()))
}

/// Labels with their places in the text; where one row stands for all it has none.
fn entries<'a>(labels: &'a [Label], units: &[usize]) -> Vec<csv::Entry<'a>> {
    let entry = |(position, label): (usize, &'a Label)| csv::Entry {
        index: units.get(position).copied().unwrap_or(position),
        text: label.full(),
    };
    labels.iter().enumerate().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_after_the_texts_first_words() {
        let text = "The animal didn't cross the street because it was too tired.";
        assert_eq!(
            file_name(text, "L3H7", Format::Svg),
            "attention-map_The-animal-didnt-cross-the-street_L3H7.svg"
        );
        assert_eq!(file_name("A man.", "", Format::Csv), "attention-map_A-man.csv");
        assert_eq!(file_name(" \n", "L0H0", Format::Png), "attention-map_L0H0.png");
        assert_eq!(file_name("这只动物 ", "", Format::Json), "attention-map_这只动物.json");
        assert_eq!(file_name(&"x".repeat(300), "", Format::Svg).len(), "attention-map_.svg".len() + NAME);
    }

    #[test]
    fn no_text_makes_a_name_that_a_file_system_refuses_or_that_misleads() {
        let name = file_name("../..\\ C:\u{0} <a|b>?* \u{202e}gpj.\u{2066} .hidden", "L1H2", Format::Png);
        assert_eq!(name, "attention-map_C-ab-gpj-hidden_L1H2.png");
    }
}
