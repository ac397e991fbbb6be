//! What has to be said below a picture that leaves the page: what it shows, of which text.

use super::colormap::Ramp;
use super::graphemes::graphemes;
use super::label::ellipsised;
use super::picture::{Anchor, Font, Ink, Mark, Measure, Picture, TextMark};
use super::{Size, bar};

/// The words below a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caption {
    /// Model, layer, head, lens, scale and what is hidden: each is shown whole, on as many lines as that takes.
    pub facts: Vec<String>,
    /// The text or the texts, cut after some lines with an ellipsis.
    pub texts: Vec<String>,
    /// What the colours mean, where there are colours.
    pub colors: Option<Colors>,
}

/// A bar of colours, and what its ends stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colors {
    pub ramp: Ramp,
    pub begin: String,
    pub end: String,
}

const FACT: Font = Font::plain(11.0);
const TEXT: Font = Font::plain(12.0);
/// Lines of a text, over the size of its font.
const LEADING: f64 = 1.4;
/// CSS pixels around the caption.
const MARGIN: f64 = 10.0;
/// Lines of each text.
const LINES: usize = 3;
/// Of one text, more characters than its lines can hold. A book would be measured word by word.
const LONGEST: usize = 4000;
/// Width of the bar of colours.
const BAR: f64 = 160.0;

impl Caption {
    /// `picture` with this caption below it, and the size of both.
    pub fn below(&self, mut picture: Picture, size: Size, measure: &dyn Measure) -> (Picture, Size) {
        let width = size.width - 2.0 * MARGIN;
        let mut y = size.height + MARGIN;
        let mut write = |text: String, font: Font, ink| {
            let height = font.size * LEADING;
            picture.marks.push(Mark::Text(TextMark {
                text,
                x: MARGIN,
                y: y + height / 2.0,
                font,
                anchor: Anchor::Left,
                turn: 0.0,
                ink,
                plate: 0.0,
            }));
            y += height;
        };
        for text in &self.texts {
            let begun: String = text.chars().take(LONGEST).collect();
            let quoted = if begun == *text { format!("“{text}”") } else { format!("“{begun}…") };
            let mut lines = wrapped(&quoted, width, TEXT, measure);
            if lines.len() > LINES {
                // The ellipsis takes the room of what comes after it.
                let rest = lines.split_off(LINES - 1).join(" ");
                lines.push(ellipsised(&rest, width, TEXT, measure));
            }
            lines.into_iter().for_each(|line| write(line, TEXT, Ink::Text));
        }
        for line in wrapped(&self.facts.join(" · "), width, FACT, measure) {
            write(line, FACT, Ink::Muted);
        }
        if let Some(Colors { ramp, begin, end }) = &self.colors {
            y += MARGIN;
            let x = MARGIN + measure.width(begin, bar::FONT) + bar::GAP;
            let ends = (begin.clone(), end.clone());
            bar::add(&mut picture, (x, y, BAR), size.ratio, |share| ramp.color(share, 1.0), ends);
        }
        (picture, Size { height: (y + MARGIN).ceil(), ..size })
    }
}

/// Lines no wider than `width`, broken at white space, or inside of a word that is wider than a line, as all of a
/// text without spaces may be.
fn wrapped(text: &str, width: f64, font: Font, measure: &dyn Measure) -> Vec<String> {
    let fits = |line: &str| measure.width(line, font) <= width;
    let mut lines = vec![];
    let mut line = String::new();
    for word in text.split_whitespace() {
        let gap = if line.is_empty() { "" } else { " " };
        let longer = format!("{line}{gap}{word}");
        if fits(&longer) {
            line = longer;
        } else if fits(word) {
            lines.push(std::mem::replace(&mut line, word.to_owned()));
        } else {
            line.push_str(gap);
            for character in graphemes(word) {
                if !line.is_empty() && !fits(&format!("{line}{character}")) {
                    lines.push(std::mem::take(&mut line).trim_end().to_owned());
                }
                line.push_str(character);
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::colormap::COLORMAPS;
    use super::super::label::tests::HalfWidth;
    use super::super::picture::Image;
    use super::*;

    const SIZE: Size = Size { width: 200.0, height: 100.0, ratio: 2.0 };

    fn lines_of(caption: &Caption) -> (Vec<TextMark>, Size) {
        let (picture, size) = caption.below(Picture::default(), SIZE, &HalfWidth);
        let mark = |mark| match mark {
            Mark::Text(text) => text,
            other => panic!("{other:?}"),
        };
        (picture.marks.into_iter().map(mark).collect(), size)
    }

    #[test]
    fn a_caption_stands_below_the_picture_and_inside_of_the_new_size() {
        let facts = ["all-MiniLM-L6-v2", "layer 3 head 7", "attention weight", "colours from 0 to 1"];
        let caption =
            Caption { facts: facts.map(String::from).into(), texts: vec!["The animal".into()], colors: None };
        let (lines, size) = lines_of(&caption);
        assert_eq!((size.width, size.ratio), (SIZE.width, SIZE.ratio));
        for line in &lines {
            assert!(line.y > SIZE.height && line.y + line.font.size < size.height);
            assert!(HalfWidth.width(&line.text, line.font) <= SIZE.width);
        }
        assert!(lines.windows(2).all(|pair| pair[1].y - pair[0].y > pair[1].font.size));
        let said = lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ");
        assert_eq!(said, format!("“The animal” {}", facts.join(" · ")));
    }

    #[test]
    fn a_long_text_ends_in_an_ellipsis_and_facts_do_not() {
        let facts: Vec<String> = (0..30).map(|fact| format!("fact {fact}")).collect();
        let text = "word ".repeat(5000);
        let (lines, _) = lines_of(&Caption { facts, texts: vec![text, "short".into()], colors: None });
        let texts: Vec<&str> =
            lines.iter().filter(|line| line.ink == Ink::Text).map(|line| line.text.as_str()).collect();
        assert_eq!(texts.len(), LINES + 1);
        assert!(
            texts[LINES - 1].ends_with('…') && texts[0].starts_with("“word") && texts[LINES] == "“short”"
        );
        let facts: Vec<&str> =
            lines.iter().filter(|line| line.ink == Ink::Muted).map(|line| line.text.as_str()).collect();
        assert!(facts.concat().contains("fact 29") && !facts.concat().contains('…'));
    }

    #[test]
    fn the_colours_stand_between_what_their_ends_mean() {
        let ramp = COLORMAPS[0].ramp();
        let colors = Colors { ramp: ramp.clone(), begin: "0".into(), end: "0.41".into() };
        let caption = Caption { colors: Some(colors), ..Caption::default() };
        let (picture, size) = caption.below(Picture::default(), SIZE, &HalfWidth);
        let [Image { x, y, width, height, rgba }] = &picture.images[..] else { panic!("one bar") };
        let inside = (*y as f64 / 2.0 > SIZE.height) && ((y + height) as f64 / 2.0 < size.height);
        assert!(inside && (x + width) as f64 / 2.0 < SIZE.width, "{picture:?}");
        assert_eq!(
            (&rgba[..3], &rgba[rgba.len() - 4..rgba.len() - 1]),
            (&ramp.zero()[..], &ramp.color(1.0, 1.0)[..])
        );
        let words: Vec<&str> = picture
            .marks
            .iter()
            .filter_map(|mark| if let Mark::Text(text) = mark { Some(text.text.as_str()) } else { None })
            .collect();
        assert_eq!(words, ["0", "0.41"]);
    }

    #[test]
    fn text_without_spaces_fills_its_lines_and_keeps_its_characters_whole() {
        let family = "👩\u{200d}👩\u{200d}👧";
        let lines = wrapped(&format!("a {}", family.repeat(7)), 20.0, Font::plain(10.0), &HalfWidth);
        assert_eq!(lines, [format!("a {}", family.repeat(2)), family.repeat(4), family.to_owned()]);
        assert!(wrapped(" \n ", 20.0, TEXT, &HalfWidth).is_empty());
        // No width at all still ends.
        assert_eq!(wrapped("abc", 0.0, TEXT, &HalfWidth), ["a", "b", "c"]);
    }
}
