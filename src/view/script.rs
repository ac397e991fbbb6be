//! How scripts are written, as far as setting words side by side needs to know.

/// Whether lines may be broken on both sides of it, because its script has no spaces: Chinese characters, kana, and the
/// punctuation that goes with them.
pub fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{2e80}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether most of what `texts` say is written without spaces.
pub fn is_mostly_unspaced<'a>(texts: impl Iterator<Item = &'a str>) -> bool {
    let (mut unspaced, mut all) = (0, 0);
    for character in texts.flat_map(str::chars).filter(|character| !character.is_whitespace()) {
        unspaced += usize::from(is_unspaced(character));
        all += 1;
    }
    2 * unspaced > all
}

/// Whether it must not begin a line: what closes a bracket or a sentence.
pub fn closes(character: char) -> bool {
    is_among(character, "、。，．：；？！）］｝」』】》〉〕”’…ー々,.:;?!)]}")
}

/// Whether it must not end a line: what opens a bracket.
pub fn opens(character: char) -> bool {
    is_among(character, "（［｛「『【《〈〔“‘([{")
}

/// Whether `characters` have it. The standard search is a hundredth of the page's program.
pub fn is_among(character: char, characters: &str) -> bool {
    characters.chars().any(|other| other == character)
}

/// Whether it is written from right to left.
pub fn is_right_to_left(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// Whether `text` begins in a script that is written from right to left; none where it has no letters.
pub fn direction(text: &str) -> Option<bool> {
    text.chars().find(|character| character.is_alphabetic()).map(is_right_to_left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_told_apart() {
        assert!(is_mostly_unspaced(["这只动物", "OK"].into_iter()));
        assert!(is_mostly_unspaced(["これは", "。"].into_iter()));
        assert!(!is_mostly_unspaced(["the word", "字"].into_iter()));
        assert!(!is_mostly_unspaced([].into_iter()));
        assert_eq!(direction("123 שלום"), Some(true));
        assert_eq!(direction("English ثم"), Some(false));
        assert_eq!(direction("12 …"), None);
    }
}
