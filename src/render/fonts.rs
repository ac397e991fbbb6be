//! The fonts of this machine, and how wide text is in them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use resvg::usvg::FontResolver;
use resvg::usvg::fontdb::{Database, Family, ID, Query, Style, Weight};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

use crate::view::graphemes::graphemes;
use crate::view::picture::{Font, Measure};
use crate::view::theme::FAMILY;

/// Measures text as a PNG shows it, and as an SVG is shown where the same fonts are. Without any font widths are
/// estimated.
pub struct Fonts {
    database: Arc<Database>,
    family: String,
    /// Plain and bold.
    faces: [Option<ID>; 2],
    /// Of a character in one of them, over the size of the font.
    widths: RefCell<HashMap<(char, bool), f64>>,
}

impl Fonts {
    /// Those that the system has, which takes some tenths of a second to find out.
    pub fn system() -> Self {
        let mut database = Database::new();
        database.load_system_fonts();
        Self::of(database)
    }

    /// None at all.
    pub fn none() -> Self {
        Self::of(Database::new())
    }

    fn of(mut database: Database) -> Self {
        let named = FAMILY.split(',').map(|name| name.trim().trim_matches('"'));
        let families: Vec<Family> = named.map(Family::Name).chain([Family::SansSerif]).collect();
        let found = |weight| database.query(&Query { families: &families, weight, ..Query::default() });
        let plain = found(Weight::NORMAL).or_else(|| {
            database.faces().map(|face| face.id).find(|&face| advance(&database, face, 'a').is_some())
        });
        let bold = found(Weight(600)).or(plain);
        let family = plain
            .and_then(|id| database.face(id))
            .and_then(|face| face.families.first().map(|(name, _)| name.clone()))
            .unwrap_or_default();
        if !family.is_empty() {
            // What no family is found for is drawn in it.
            database.set_sans_serif_family(family.clone());
            database.set_serif_family(family.clone());
        }
        Self { database: Arc::new(database), family, faces: [plain, bold], widths: RefCell::default() }
    }

    pub fn is_empty(&self) -> bool {
        self.faces[0].is_none()
    }

    pub(super) fn database(&self) -> Arc<Database> {
        self.database.clone()
    }

    /// The name of the one that most text is in.
    pub(super) fn family(&self) -> &str {
        &self.family
    }

    /// How PNGs choose fonts: as widths are measured.
    pub(super) fn resolver(&self) -> FontResolver<'static> {
        FontResolver {
            select_fallback: Box::new(|character, used, database| {
                let like = used.first().copied();
                fallback(database, character, weight_of(database, like), used)
            }),
            ..FontResolver::default()
        }
    }

    /// The face that a whole text is drawn in: the plain or bold one, or the first other one that has what that lacks.
    fn face(&self, text: &str, bold: bool) -> Option<ID> {
        let own = self.faces[usize::from(bold)]?;
        let Some(lacking) = text.chars().find(|&character| advance(&self.database, own, character).is_none())
        else {
            return Some(own);
        };
        let other = self.other(lacking, own)?;
        text.chars().all(|character| advance(&self.database, other, character).is_some()).then_some(other)
    }

    fn other(&self, character: char, own: ID) -> Option<ID> {
        fallback(&self.database, character, weight_of(&self.database, Some(own)), &[own])
    }

    /// Over the size of the font.
    fn advance(&self, character: char, bold: bool) -> f64 {
        if let Some(&known) = self.widths.borrow().get(&(character, bold)) {
            return known;
        }
        let own = self.faces[usize::from(bold)];
        let in_own = own.and_then(|face| advance(&self.database, face, character));
        let width = in_own.or_else(|| advance(&self.database, self.other(character, own?)?, character));
        let width = width.unwrap_or_else(|| estimate(character, bold));
        self.widths.borrow_mut().insert((character, bold), width);
        width
    }
}

impl Measure for Fonts {
    fn width(&self, text: &str, font: Font) -> f64 {
        // One face for all of it, or for each character what has it.
        let whole = if text.is_ascii() { None } else { self.face(text, font.bold) };
        let one = |character| match whole {
            Some(face) => advance(&self.database, face, character).unwrap_or(0.0),
            None => self.advance(character, font.bold),
        };
        // What is joined into one character is about as wide as its widest part.
        let widest = |cluster: &str| cluster.chars().map(one).fold(0.0, f64::max);
        graphemes(text).into_iter().map(widest).sum::<f64>() * font.size
    }
}

/// The face to draw a character in that those `used` lack: a sans serif, upright, of about the weight `like`, where there is
/// one.
fn fallback(database: &Database, character: char, like: Weight, used: &[ID]) -> Option<ID> {
    let mut faces: Vec<_> = database.faces().filter(|face| !used.contains(&face.id)).collect();
    faces.sort_by_key(|face| {
        let named = |part: &str| face.families.iter().any(|(name, _)| name.contains(part));
        // Nothing says whose characters Chinese ones are; where one font has them in several ways, they are simplified.
        let elsewhere = named("CJK") && !named("CJK SC");
        (
            face.style != Style::Normal,
            !named("Sans"),
            face.monospaced,
            face.weight.0.abs_diff(like.0),
            elsewhere,
        )
    });
    faces.iter().map(|face| face.id).find(|&face| advance(database, face, character).is_some())
}

fn weight_of(database: &Database, face: Option<ID>) -> Weight {
    face.and_then(|face| database.face(face)).map_or(Weight::NORMAL, |face| face.weight)
}

/// How far a character goes in a face, over the size of the font; None where the face does not have it.
fn advance(database: &Database, face: ID, character: char) -> Option<f64> {
    database.with_face_data(face, |data, index| {
        let font = FontRef::from_index(data, index).ok()?;
        let glyph = font.charmap().map(character).filter(|glyph| glyph.to_u32() != 0)?;
        let metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
        let units = f64::from(font.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
        Some(f64::from(metrics.advance_width(glyph)?) / units)
    })?
}

/// About how wide a character is in any sans serif: of Chinese, Japanese and Korean and of emoji a square.
fn estimate(character: char, bold: bool) -> f64 {
    match character {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0.0,
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '!' | '|' | ' ' => 0.3,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.9,
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => 1.0,
        '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}' | '\u{1f000}'..='\u{3ffff}' => 1.0,
        _ if bold => 0.62,
        _ => 0.58,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_fonts_widths_are_of_the_right_size() {
        let fonts = Fonts::none();
        assert!(fonts.is_empty());
        let plain = |text| fonts.width(text, Font::plain(10.0));
        assert!((30.0..60.0).contains(&plain("animals")), "{}", plain("animals"));
        assert!((plain("动物") - 20.0).abs() < 1e-9);
        assert_eq!(plain("e\u{301}"), plain("e"));
    }
}
