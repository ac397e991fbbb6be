//! Characters as readers count them: extended grapheme clusters (Unicode Standard Annex 29).
//!
//! A browser finds them (`Intl.Segmenter`); tables of our own would be a fifteenth of the page's program. Firefox
//! before 125 does not: there a character is a code point.

use std::ops::Range;

/// The characters of one text, found by where they are without going through those before.
pub struct Graphemes<'a> {
    text: &'a str,
    found: platform::Found,
}

impl<'a> Graphemes<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, found: platform::Found::new(text) }
    }

    /// UTF-16 offsets of the character that has the code unit at `utf16`; nothing past the text's end.
    pub fn around(&self, utf16: usize) -> Range<usize> {
        self.found.around(self.text, utf16)
    }
}

/// The characters of `text`, in order.
pub fn graphemes(text: &str) -> Vec<&str> {
    if text.is_ascii() { code_points(text).collect() } else { platform::graphemes(text) }
}

fn code_points(text: &str) -> impl Iterator<Item = &str> {
    text.char_indices().map(|(start, character)| &text[start..start + character.len_utf8()])
}

/// Where among `parts`, one after the other, the code unit at `utf16` is.
fn part_around<'a>(parts: impl IntoIterator<Item = &'a str>, utf16: usize) -> Range<usize> {
    let mut start = 0;
    for part in parts {
        let end = start + part.encode_utf16().count();
        if utf16 < end {
            return start..end;
        }
        start = end;
    }
    start..start
}

#[cfg(target_arch = "wasm32")]
mod platform {
    use std::ops::Range;

    use js_sys::Intl::{SegmentData, Segmenter, Segments};
    use js_sys::{Array, Object, Reflect};
    use wasm_bindgen::{JsCast, JsValue};

    use super::{code_points, part_around};

    pub struct Found {
        ascii: bool,
        segments: Option<Segments>,
    }

    impl Found {
        pub fn new(text: &str) -> Self {
            let ascii = text.is_ascii();
            Self { ascii, segments: if ascii { None } else { segments(text) } }
        }

        pub fn around(&self, text: &str, utf16: usize) -> Range<usize> {
            if self.ascii {
                return utf16.min(text.len())..(utf16 + 1).min(text.len());
            }
            match self.segments.as_ref().and_then(|segments| segments.containing(utf16 as u32)) {
                Some(found) => found.index() as usize..(found.index() + found.segment().length()) as usize,
                None => part_around(code_points(text), utf16),
            }
        }
    }

    pub fn graphemes(text: &str) -> Vec<&str> {
        let Some(segments) = segments(text).and_then(|segments| js_sys::try_iter(&segments).ok().flatten())
        else {
            return code_points(text).collect();
        };
        let mut rest = text;
        let found = segments.map_while(Result::ok).map(|segment| {
            let units = segment.unchecked_into::<SegmentData>().segment().length() as usize;
            let (first, after) = rest.split_at(super::super::label::byte_offset(rest, units));
            rest = after;
            first
        });
        found.collect()
    }

    fn segments(text: &str) -> Option<Segments> {
        let intl = Reflect::get(&js_sys::global(), &JsValue::from_str("Intl")).ok()?;
        let there = Reflect::has(&intl, &JsValue::from_str("Segmenter")).ok()?;
        // Graphemes are what it finds by default.
        there.then(|| Segmenter::new(&Array::new(), &Object::new()).segment(text))
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod platform {
    use std::ops::Range;

    use unicode_segmentation::UnicodeSegmentation;

    use super::part_around;

    pub struct Found;

    impl Found {
        pub fn new(_: &str) -> Self {
            Self
        }

        pub fn around(&self, text: &str, utf16: usize) -> Range<usize> {
            part_around(text.graphemes(true), utf16)
        }
    }

    pub fn graphemes(text: &str) -> Vec<&str> {
        text.graphemes(true).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_with_its_accent_and_a_joined_emoji_are_one_character() {
        let text = "e\u{301}👩\u{200d}👧x";
        assert_eq!(graphemes(text), ["e\u{301}", "👩\u{200d}👧", "x"]);
        let found = Graphemes::new(text);
        for (units, character) in [(0..2, 0..2), (2..7, 2..7), (7..8, 7..8)] {
            for unit in units {
                assert_eq!(found.around(unit), character, "{unit}");
            }
        }
        assert!(found.around(8).is_empty());
    }
}
