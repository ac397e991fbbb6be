//! Filters, held against what each promises, cell by cell, and against the tokenizer's own idea of words and marks.

use std::ops::Range;

use attention_map::filter::{Axes, Cause, Filters, PARTS, Part, Plan, TREATMENTS, Treatment};
use attention_map::lens::LENSES;
use attention_map::trace::Token;
use attention_map::view::Map;
use attention_map::view::label::{Label, LabelKind, labels};
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer};

/// A small generator of numbers that look random (Knuth's MMIX constants).
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % count
    }

    fn unit(&mut self) -> f32 {
        self.below(1 << 24) as f32 / (1 << 24) as f32
    }
}

/// A run's tokens and texts.
struct Words {
    tokens: Vec<Token>,
    texts: Vec<String>,
}

impl Words {
    /// `[CLS] text [SEP]`, or a pair. Pieces are separated by spaces in the specification; one that begins with `##`
    /// stands right after the one before it, and so does one that begins with `~`.
    fn new(texts: &[&str]) -> Self {
        let mut words = Self { tokens: vec![token("[CLS]", 0..0, true, 0)], texts: Vec::new() };
        for (segment, pieces) in texts.iter().enumerate() {
            let mut text = String::new();
            for piece in pieces.split_whitespace() {
                let typed = piece.trim_start_matches("##").trim_start_matches('~');
                if typed.len() == piece.len() && !text.is_empty() {
                    text.push(' ');
                }
                let start = text.encode_utf16().count();
                text.push_str(typed);
                let end = text.encode_utf16().count();
                words.tokens.push(token(piece.trim_start_matches('~'), start..end, false, segment));
            }
            let end = text.encode_utf16().count();
            words.tokens.push(token("[SEP]", end..end, true, segment));
            words.texts.push(text);
        }
        words
    }

    fn any(dice: &mut Dice) -> Self {
        let pieces = ["cat", "##s", "##ing", ",", ".", "don", "'", "t", "。", "猫", "##é", "?!"];
        let mut text = || {
            let count = dice.below(9);
            (0..count).map(|_| pieces[dice.below(pieces.len())]).collect::<Vec<_>>().join(" ")
        };
        let (first, second) = (text(), text());
        if dice.below(2) == 0 { Self::new(&[&first]) } else { Self::new(&[&first, &second]) }
    }

    fn labels(&self) -> Vec<Label> {
        labels(&self.tokens, &self.texts)
    }

    fn plan(&self, filters: &Filters) -> Plan {
        Plan::new(&self.labels(), &self.tokens, &Axes::square(self.tokens.len()), &self.texts, filters)
    }
}

fn token(text: &str, span: Range<usize>, special: bool, segment: usize) -> Token {
    Token { text: text.into(), start: span.start, end: span.end, special, segment }
}

/// Rows that sum to 1, some of them with all of their weight in one place. // (rows, tokens)
fn distributions(dice: &mut Dice, rows: usize, tokens: usize) -> Vec<f32> {
    let mut map = Vec::new();
    for _ in 0..rows {
        let mut row: Vec<f32> = (0..tokens).map(|_| dice.unit().powi(4)).collect();
        if dice.below(3) == 0 {
            let all = dice.below(tokens);
            row.iter_mut().enumerate().for_each(|(key, weight)| *weight = f32::from(key == all));
        }
        let sum: f32 = row.iter().sum::<f32>().max(1e-20);
        map.extend(row.iter().map(|weight| weight / sum));
    }
    map
}

fn every_filter() -> impl Iterator<Item = Filters> {
    TREATMENTS.iter().flat_map(|&(special, _)| {
        TREATMENTS.iter().flat_map(move |&(punctuation, _)| {
            PARTS.iter().flat_map(move |&(part, _)| {
                [false, true].map(|words| Filters { special, punctuation, words, part })
            })
        })
    })
}

fn is_close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-5
}

/// What each cell and share must be, told token by token in 64-bit floats.
fn check(words: &Words, filters: &Filters, plan: &Plan, map: &[f32], filtered: &Map, one_row: bool) {
    let tokens = words.tokens.len();
    let is_pair = words.texts.len() == 2;
    let treatment = |unit: usize| {
        let unit = &plan.units[unit];
        match unit.label.kind {
            LabelKind::Special => filters.special,
            _ if unit.punctuation => filters.punctuation,
            _ => Treatment::Show,
        }
    };
    let in_part = |unit: usize, is_query: bool| {
        let first = match (filters.part, is_query) {
            _ if !is_pair => return true,
            (Part::All, _) => return true,
            (Part::AToA, _) | (Part::AToB, true) | (Part::BToA, false) => 0,
            (Part::BToB, _) | (Part::AToB, false) | (Part::BToA, true) => 1,
        };
        plan.units[unit].label.segment == first
    };
    let shown = |is_query: bool| -> Vec<usize> {
        (0..plan.units.len())
            .filter(|&unit| treatment(unit) == Treatment::Show && in_part(unit, is_query))
            .collect()
    };
    assert_eq!((&plan.queries, &plan.keys), (&shown(true), &shown(false)), "{filters:?}");
    let rows: Vec<Range<usize>> = match one_row {
        true => std::iter::once(0..1).collect(),
        false => plan.queries.iter().map(|&query| plan.units[query].tokens.clone()).collect(),
    };
    assert_eq!((filtered.queries, filtered.keys), (rows.len(), plan.keys.len()));
    assert_eq!(filtered.weights.len(), rows.len() * plan.keys.len());
    assert_eq!(filtered.hidden_by_cause.len(), rows.len() * plan.causes.len());
    for (index, row) in rows.into_iter().enumerate() {
        let weight_of = |unit: usize| -> f64 {
            let sum: f64 = row
                .clone()
                .flat_map(|query| plan.units[unit].tokens.clone().map(move |key| query * tokens + key))
                .map(|cell| f64::from(map[cell]))
                .sum();
            sum / row.len() as f64
        };
        let sum_where = |is: &dyn Fn(usize) -> bool| -> f64 {
            (0..plan.units.len()).filter(|&unit| is(unit)).map(weight_of).sum()
        };
        let total = sum_where(&|_| true);
        let hidden = sum_where(&|unit| !plan.keys.contains(&unit));
        assert!(is_close(f64::from(filtered.hidden[index]), hidden / total), "{filters:?}");
        let divided_out = sum_where(&|unit| treatment(unit) == Treatment::Renormalise);
        let any =
            [filters.special, filters.punctuation].contains(&Treatment::Renormalise) && divided_out > 0.0;
        let left = if any { total - divided_out } else { 1.0 };
        let shares = &filtered.hidden_by_cause[index * plan.causes.len()..][..plan.causes.len()];
        assert!(is_close(shares.iter().map(|&share| f64::from(share)).sum(), hidden / total));
        let cells = &filtered.weights[index * plan.keys.len()..][..plan.keys.len()];
        for (&unit, &cell) in plan.keys.iter().zip(cells) {
            assert!(cell.is_finite() && (0.0..=1.00001).contains(&cell), "{cell}");
            // Where next to nothing is left, what is shown of it is rounding.
            if left > 1e-4 {
                let expected = weight_of(unit) / left;
                assert!(
                    (f64::from(cell) - expected).abs() < 2e-6 / left.min(1.0),
                    "{cell} {expected} {filters:?}"
                );
            }
        }
        if any && left < 1e-9 {
            assert!(cells.iter().all(|&cell| cell == 0.0), "a row with nothing left is zeros");
        }
    }
}

#[test]
fn every_filter_shows_and_hides_what_it_says_of_any_map() {
    let mut dice = Dice(7);
    let mut filtered = Map::default();
    for _ in 0..60 {
        let words = Words::any(&mut dice);
        let tokens = words.tokens.len();
        let map = distributions(&mut dice, tokens, tokens);
        for filters in every_filter() {
            let plan = words.plan(&filters);
            plan.apply(&map, tokens, &mut filtered);
            check(&words, &filters, &plan, &map, &filtered, false);
            let received = &map[..tokens];
            plan.apply(received, 1, &mut filtered);
            check(&words, &filters, &plan, received, &filtered, true);
        }
    }
}

#[test]
fn rows_sum_to_one_renormalised_and_to_one_less_the_hidden_otherwise() {
    let mut dice = Dice(11);
    let mut filtered = Map::default();
    let (mut whole, mut empty, mut partial) = (0, 0, 0);
    for _ in 0..200 {
        let words = Words::any(&mut dice);
        let tokens = words.tokens.len();
        let map = distributions(&mut dice, tokens, tokens);
        for filters in every_filter().filter(|filters| filters.part == Part::All) {
            let plan = words.plan(&filters);
            plan.apply(&map, tokens, &mut filtered);
            let treatments = [filters.special, filters.punctuation];
            for (row, hidden) in filtered.weights.chunks(filtered.keys.max(1)).zip(&filtered.hidden) {
                let sum: f32 = row.iter().sum();
                assert!(!sum.is_nan() && !hidden.is_nan());
                if !treatments.contains(&Treatment::Hide) && treatments.contains(&Treatment::Renormalise) {
                    whole += usize::from((sum - 1.0).abs() < 1e-5);
                    empty += usize::from(sum == 0.0);
                    assert!((sum - 1.0).abs() < 1e-5 || sum == 0.0 && *hidden > 0.999_999, "{sum} {hidden}");
                } else if !treatments.contains(&Treatment::Renormalise) {
                    partial += 1;
                    assert!((sum + hidden - 1.0).abs() < 1e-5, "{sum} {hidden}");
                }
            }
        }
    }
    assert!(whole > 100 && empty > 10 && partial > 100, "{whole} {empty} {partial}");
}

#[test]
fn a_row_says_how_much_of_it_each_special_token_and_mark_holds() {
    let words = Words::new(&["cats sleep ."]);
    // [CLS] cats sleep . [SEP]
    let rows = [
        [0.1_f32, 0.2, 0.3, 0.2, 0.2],
        [0.04, 0.1, 0.1, 0.05, 0.71],
        [0.5, 0.0, 0.0, 0.1, 0.4],
        [0.2, 0.2, 0.2, 0.2, 0.2],
        [0.0, 0.0, 1.0, 0.0, 0.0],
    ];
    let filters = Filters {
        special: Treatment::Renormalise,
        punctuation: Treatment::Renormalise,
        ..Filters::default()
    };
    let plan = words.plan(&filters);
    assert_eq!(
        plan.causes,
        [Cause::Special("[CLS]".into()), Cause::Special("[SEP]".into()), Cause::Punctuation]
    );
    let mut filtered = Map::default();
    plan.apply(&rows.concat(), 5, &mut filtered);
    // The rows of "cats" and "sleep"; of the second nothing is left.
    assert_eq!(filtered.weights, [0.5, 0.5, 0.0, 0.0]);
    assert_eq!(filtered.hidden_by_cause.map_to_hundredths(), [4, 71, 5, 50, 40, 10]);
    assert_eq!(filtered.hidden.map_to_hundredths(), [80, 100]);
    // What is only hidden is not made up for.
    let plan =
        words.plan(&Filters { special: Treatment::Renormalise, punctuation: Treatment::Hide, ..filters });
    plan.apply(&rows.concat(), 5, &mut filtered);
    assert_eq!(filtered.weights.map_to_hundredths(), [40, 40, 0, 0]);
}

trait Hundredths {
    fn map_to_hundredths(&self) -> Vec<i32>;
}

impl<T: AsRef<[f32]> + ?Sized> Hundredths for T {
    fn map_to_hundredths(&self) -> Vec<i32> {
        self.as_ref().iter().map(|number| (number * 100.0 + 1e-3).round() as i32).collect()
    }
}

#[test]
fn of_a_pair_one_text_looks_at_the_other() {
    let words = Words::new(&["one two", "three"]);
    // [CLS] one two [SEP] three [SEP]
    let named = |part: Part| {
        let plan = words.plan(&Filters { part, ..Filters::default() });
        let name = |&unit: &usize| plan.units[unit].label.text.clone();
        (plan.queries.iter().map(name).collect::<Vec<_>>(), plan.keys.iter().map(name).collect::<Vec<_>>())
    };
    let (first, second) = (["[CLS]", "one", "two", "[SEP]"], ["three", "[SEP]"]);
    assert_eq!(named(Part::AToB), (first.map(String::from).to_vec(), second.map(String::from).to_vec()));
    assert_eq!(named(Part::BToA), (second.map(String::from).to_vec(), first.map(String::from).to_vec()));
    // A single text has no other: what a link asks of a pair leaves it whole.
    let alone = Words::new(&["one two"]);
    let plan = alone.plan(&Filters { part: Part::BToA, ..Filters::default() });
    assert!(plan.is_identity() && plan.causes.is_empty());
}

#[test]
fn word_pieces_become_words_named_as_typed() {
    let units = |words: &Words| -> Vec<(String, Range<usize>)> {
        let plan = words.plan(&Filters { words: true, ..Filters::default() });
        plan.units.into_iter().map(|unit| (unit.label.full().to_owned(), unit.tokens)).collect()
    };
    let named = |words: &Words| units(words).into_iter().map(|(name, _)| name).collect::<Vec<_>>();

    let words = Words::new(&["Em ##bed ##ding s , ##s"]);
    assert_eq!(
        units(&words),
        [
            ("[CLS]".into(), 0..1),
            ("Embedding".into(), 1..4),
            ("s".into(), 4..5),
            (",s".into(), 5..7),
            ("[SEP]".into(), 7..8)
        ]
    );
    let plan = words.plan(&Filters { words: true, ..Filters::default() });
    assert_eq!(plan.units[1].label.piece, "Em ##bed ##ding");
    assert!(!plan.units[3].punctuation);
    // The tokenizer's words: an apostrophe is a word of its own, and every Chinese character.
    assert_eq!(named(&Words::new(&["didn ~' ~t 你 ~好"])), ["[CLS]", "didn", "'", "t", "你", "好", "[SEP]"]);
    // Pieces of the same character, and of one that the reader sees as one.
    let text = "한글 👩\u{200d}👧 x".to_owned();
    let tokens = vec![
        token("ᄒ", 0..1, false, 0),
        token("##ᅡ", 0..1, false, 0),
        token("ᆫ", 0..1, false, 0),
        token("##글", 1..2, false, 0),
        token("👩", 3..6, false, 0),
        token("👧", 6..8, false, 0),
        token("x", 9..10, false, 0),
    ];
    assert_eq!(named(&Words { tokens, texts: vec![text] }), ["한글", "👩\u{200d}👧", "x"]);
    // Never across two texts.
    let tokens = vec![token("a", 0..1, false, 0), token("##b", 0..1, false, 1)];
    assert_eq!(named(&Words { tokens, texts: vec!["a".into(), "b".into()] }), ["a", "b"]);
}

#[test]
fn a_plan_that_hides_nothing_copies_the_map_and_takes_no_other_size() {
    let words = Words::new(&["cat ##s sleep ."]);
    let plan = words.plan(&Filters::default());
    let map = distributions(&mut Dice(3), 6, 6);
    let mut filtered = Map::default();
    plan.apply(&map, 6, &mut filtered);
    assert_eq!((filtered.queries, filtered.keys, &filtered.weights), (6, 6, &map));
    assert_eq!(filtered.hidden, [0.0; 6]);
    for (wrong, rows) in [(&map[..35], 6), (&map[..], 5), (&map[..12], 2), (&map[..0], 0)] {
        plan.apply(wrong, rows, &mut filtered);
        assert_eq!((filtered.queries, filtered.weights.len()), (0, 0));
    }
}

#[test]
fn only_distributions_are_renormalised() {
    let filters = Filters { special: Treatment::Renormalise, words: true, ..Filters::default() };
    for lens in LENSES {
        let suited = filters.suited_to(lens);
        let expected = if lens.distribution { Treatment::Renormalise } else { Treatment::Hide };
        assert_eq!(suited, Filters { special: expected, ..filters }, "{}", lens.id);
    }
}

#[test]
fn filters_have_names_of_their_own() {
    for (index, (treatment, id)) in TREATMENTS.iter().enumerate() {
        assert_eq!((treatment.id(), TREATMENTS.iter().position(|other| other.1 == *id)), (*id, Some(index)));
    }
    for (index, (part, id)) in PARTS.iter().enumerate() {
        assert_eq!((part.id(), PARTS.iter().position(|other| other.1 == *id)), (*id, Some(index)));
    }
}

/// Whether BERT's tokenizer splits a word at `mark`.
fn tokenizer_splits_at(mark: char) -> bool {
    let mut text = PreTokenizedString::from(format!("a{mark}b").as_str());
    BertPreTokenizer.pre_tokenize(&mut text).unwrap();
    text.get_splits(OffsetReferential::Original, OffsetType::Byte).len() == 3
}

fn is_punctuation(text: &str) -> bool {
    let tokens = vec![token(text, 0..text.encode_utf16().count(), false, 0)];
    Words { tokens, texts: vec![text.into()] }.plan(&Filters::default()).units[0].punctuation
}

#[test]
fn punctuation_is_what_the_tokenizer_splits_off() {
    let (mut marks, mut unknown) = (0, Vec::new());
    for character in ('!'..='\u{ffff}').filter(|character| !character.is_whitespace()) {
        let split = tokenizer_splits_at(character);
        match is_punctuation(character.encode_utf8(&mut [0; 4])) {
            true => {
                marks += 1;
                assert!(split, "{character:?} is no punctuation to the tokenizer");
            }
            false if split => unknown.push(character),
            false => {}
        }
    }
    assert!(marks > 300, "{marks}");
    // Of Latin, Greek, Cyrillic, Hebrew, Arabic, Thai, of the common blocks and East Asia, none is missing.
    let common = |&character: &char| {
        matches!(character, '\0'..='\u{6ff}' | '\u{e00}'..='\u{e7f}' | '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{30ff}'
            | '\u{fe10}'..='\u{fe6f}' | '\u{ff00}'..='\u{ffef}')
    };
    let missing: Vec<char> = unknown.into_iter().filter(common).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(is_punctuation("?!") && is_punctuation("‼\u{fe0f}") && is_punctuation("……"));
    assert!(
        !is_punctuation("a.") && !is_punctuation("\u{fe0f}") && !is_punctuation("") && !is_punctuation("€")
    );
}
