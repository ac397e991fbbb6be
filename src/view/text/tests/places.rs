//! Where words stand.

use super::super::super::label::tests::HalfWidth;
use super::super::super::picture::Font;
use super::*;

#[test]
fn white_space_and_line_breaks_stay_as_typed() {
    let layout = laid_out("  one   two\n\nthree", "", WIDE);
    assert_eq!(words(&layout), ["[CLS]", "one", "two", "three", "[SEP]"]);
    let [cls, one, two, three, _] = &layout.words[..] else { panic!("{layout:?}") };
    let space = set::FONT.size / 2.0;
    assert_eq!(two.x - (one.x + 3.0 * space), 3.0 * space);
    assert_eq!(one.y, cls.y);
    assert_eq!(three.y - two.y, 2.0 * set::LINE_HEIGHT);
    assert_eq!(layout.pieces[three.pieces.start].rect.x, layout.pieces[cls.pieces.start].rect.x);
}

#[test]
fn words_wrap_and_a_word_wider_than_a_line_is_broken() {
    let long = "a".repeat(120);
    let layout = laid_out(&format!("one {long} two"), "", NARROW);
    assert_eq!(words(&layout).concat(), format!("[CLS]one{long}two[SEP]"));
    for word in &layout.words {
        assert!(
            word.x >= 0.0 && word.x + HalfWidth.width(&word.text, Font::plain(word.size)) <= NARROW.width
        );
    }
    // Each part of it belongs to the one token.
    let parts = layout.pieces.iter().filter(|piece| piece.unit == Some(2)).count();
    assert!(parts >= 3);
    let family = "👩\u{200d}👩\u{200d}👧";
    let layout = laid_out(family, "", Size { width: 1.0, ..WIDE });
    assert!(words(&layout).contains(&family), "{layout:?}");
}

#[test]
fn chinese_breaks_between_characters_but_not_before_a_full_stop() {
    let text = "因为它太累了。".repeat(12);
    let layout = laid_out(&text, &text, NARROW);
    let ends: Vec<_> = layout.words.windows(2).filter(|pair| pair[0].y != pair[1].y).collect();
    assert!(ends.len() > 1);
    assert!(layout.words.iter().all(|word| !word.text.starts_with('。')));
    assert_eq!(words(&layout)[1..layout.words.len() - 1].concat(), text);
}

#[test]
fn a_wrapped_paragraph_from_right_to_left_begins_at_the_right() {
    let layout = laid_out("لم يعبر الحيوان الشارع لأنه كان متعبا. لم يعبر الحيوان الشارع", ".", NARROW);
    let mut lines: Vec<&[Word]> = layout.words.chunk_by(|a, b| a.y == b.y).collect();
    assert!(lines.len() >= 2);
    for line in &mut lines {
        let first = layout.pieces[line[0].pieces.start].rect;
        assert!((first.x + first.width - (NARROW.width - 8.0)).abs() < 1e-9);
        assert!(line.windows(2).all(|pair| pair[1].x < pair[0].x));
    }
    // The full stop is the last of its word, and so the leftmost.
    let word = layout.words.iter().find(|word| word.text.ends_with('.')).unwrap();
    let pieces = &layout.pieces[word.pieces.clone()];
    assert_eq!(pieces.len(), 2);
    assert!(pieces[1].rect.x < pieces[0].rect.x && (pieces[1].rect.x - word.x).abs() < 1e-9);
}

#[test]
fn words_of_another_direction_keep_their_own_order() {
    let layout = laid_out("قال Marie Curie 12 times ثم", "", WIDE);
    let x = |text: &str| layout.words.iter().find(|word| word.text == text).unwrap().x;
    assert!(x("ثم") < x("Marie") && x("Marie") < x("Curie") && x("Curie") < x("12"));
    assert!(x("12") < x("times") && x("times") < x("قال"));
    assert!(layout.words.windows(2).all(|pair| pair[0].x != pair[1].x));
}

#[test]
fn a_point_on_a_word_finds_its_unit_and_pieces_of_one_character_share_it() {
    let layout = laid_out("one two-three", "-", WIDE);
    for piece in &layout.pieces {
        let (x, y) = (piece.rect.x + piece.rect.width / 2.0, piece.rect.y + piece.rect.height / 2.0);
        assert_eq!(layout.at(x, y), piece.unit.map(Spot::Unit));
    }
    assert_eq!(layout.at(0.0, 0.0), None);
    let token = |text: &str| Token { text: text.into(), start: 0, end: 1, special: false, segment: 0 };
    let tokens = [token("ᄒ"), token("##ᅡ"), token("##ᆫ")];
    with_texts(
        &["한"],
        &tokens,
        |_, _| 0.3,
        |scene| {
            let layout = set::set(scene, WIDE.width, &HalfWidth);
            assert_eq!(words(&layout), ["한"]);
            let units: Vec<_> = layout.pieces.iter().map(|piece| piece.unit).collect();
            assert_eq!(units, [Some(0), Some(1), Some(2)]);
            assert!(layout.pieces.windows(2).all(|pair| pair[0].rect.x < pair[1].rect.x));
        },
    );
}

#[test]
fn two_texts_are_two_named_paragraphs() {
    let tokens = [(0, "one"), (1, "two")].map(|(segment, text)| Token {
        text: text.into(),
        start: 0,
        end: 3,
        special: false,
        segment,
    });
    with_texts(
        &["one", "two"],
        &tokens,
        |_, _| 0.5,
        |scene| {
            let layout = set::set(scene, NARROW.width, &HalfWidth);
            assert_eq!(layout.names.iter().map(|name| name.0).collect::<Vec<_>>(), ["A", "B"]);
            assert_eq!(layout.words[0].x, layout.words[1].x);
            assert!(layout.words[1].y - layout.words[0].y >= set::LINE_HEIGHT);
        },
    );
}

#[test]
fn any_number_of_tokens_lies_inside_the_canvas() {
    for count in [1, 14, 512] {
        let text = vec!["word,"; count].join(" ");
        for size in [WIDE, NARROW] {
            let layout = laid_out(&text, ",", size);
            assert!(layout.pieces.iter().all(|piece| piece.rect.x >= 0.0
                && piece.rect.x + piece.rect.width <= size.width
                && piece.rect.y >= 0.0
                && piece.rect.y + piece.rect.height <= layout.height));
            assert_eq!(layout.pieces.len(), 2 * count + 2);
        }
    }
}

#[test]
fn a_text_of_512_tokens_measures_each_word_once() {
    struct Counting(std::cell::Cell<usize>);
    impl Measure for Counting {
        fn width(&self, text: &str, font: Font) -> f64 {
            self.0.set(self.0.get() + 1);
            HalfWidth.width(text, font)
        }
    }
    let text = vec!["some words of it"; 128].join(" ");
    let counting = Counting(std::cell::Cell::new(0));
    with_texts(&[&text], &tokens(&text, ""), |_, _| 0.1, |scene| set::set(scene, 700.0, &counting));
    assert!(counting.0.get() < 20, "{}", counting.0.get());
}
