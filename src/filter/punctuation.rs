//! Punctuation as BERT's tokenizer splits it off: every symbol of ASCII, and the Unicode category P.

/// Whether `text` is nothing but punctuation.
///
/// The marks of scripts that are typed today, by hand, since the whole category would be a table of 190 ranges. A mark
/// that is not among them counts as a word.
pub fn is_punctuation(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|character| is_mark(character) || character == EMOJI_STYLE)
        && !text.starts_with(EMOJI_STYLE)
}

/// Asks for the emoji form of the mark before it, "‼️".
const EMOJI_STYLE: char = '\u{fe0f}';

fn is_mark(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_punctuation();
    }
    matches!(character,
        '¡' | '§' | '«' | '¶' | '·' | '»' | '¿'
        // Greek question mark and ano teleia, Armenian, Hebrew.
        | '\u{37e}' | '\u{387}' | '\u{55a}'..='\u{55f}' | '\u{589}' | '\u{58a}'
        | '\u{5be}' | '\u{5c0}' | '\u{5c3}' | '\u{5c6}' | '\u{5f3}' | '\u{5f4}'
        // Arabic.
        | '\u{609}' | '\u{60a}' | '\u{60c}' | '\u{60d}' | '\u{61b}' | '\u{61e}' | '\u{61f}'
        | '\u{66a}'..='\u{66d}' | '\u{6d4}'
        // Devanagari's dandas, which all Indic scripts use; Thai, Tibetan, Burmese, Ethiopic, Khmer.
        | '\u{964}' | '\u{965}' | '\u{970}' | '\u{e4f}' | '\u{e5a}' | '\u{e5b}' | '\u{f04}'..='\u{f12}'
        | '\u{104a}'..='\u{104f}' | '\u{1360}'..='\u{1368}' | '\u{17d4}'..='\u{17d6}' | '\u{17d8}'..='\u{17da}'
        // General Punctuation, without its spaces, controls and the two mathematical symbols.
        | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{2043}' | '\u{2045}'..='\u{2051}' | '\u{2053}'..='\u{205e}'
        | '\u{207d}' | '\u{207e}' | '\u{208d}' | '\u{208e}'
        // Brackets among the symbols.
        | '\u{2308}'..='\u{230b}' | '\u{2329}' | '\u{232a}' | '\u{2768}'..='\u{2775}' | '\u{27e6}'..='\u{27ef}'
        | '\u{2e00}'..='\u{2e2e}' | '\u{2e30}'..='\u{2e42}'
        // CJK.
        | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}' | '\u{3030}' | '\u{303d}'
        | '\u{30a0}' | '\u{30fb}'
        // Vertical, small and full-width forms.
        | '\u{fe10}'..='\u{fe19}' | '\u{fe30}'..='\u{fe52}' | '\u{fe54}'..='\u{fe61}' | '\u{fe63}' | '\u{fe68}'
        | '\u{fe6a}' | '\u{fe6b}'
        | '\u{ff01}'..='\u{ff03}' | '\u{ff05}'..='\u{ff0a}' | '\u{ff0c}'..='\u{ff0f}' | '\u{ff1a}' | '\u{ff1b}'
        | '\u{ff1f}' | '\u{ff20}' | '\u{ff3b}'..='\u{ff3d}' | '\u{ff3f}' | '\u{ff5b}' | '\u{ff5d}'
        | '\u{ff5f}'..='\u{ff65}')
}
