//! Sentences to begin with.

/// A sentence, or a pair, that a reader can try with one click.
#[derive(Debug, PartialEq, Eq)]
pub struct Example {
    /// What it is called on its button.
    pub name: &'static str,
    pub text: &'static str,
    pub text_b: Option<&'static str>,
}

/// Every example, in the order of their buttons.
pub const EXAMPLES: &[Example] = &[
    Example {
        name: "It was too tired",
        text: "The animal didn't cross the street because it was too tired.",
        text_b: None,
    },
    Example {
        name: "It was too wide",
        text: "The animal didn't cross the street because it was too wide.",
        text_b: None,
    },
    Example { name: "Garden path", text: "The old man the boats while the young sleep.", text_b: None },
    Example {
        name: "Two banks",
        text: "She sat on the bank of the river and thought about her bank account.",
        text_b: None,
    },
    Example {
        name: "A pair",
        text: "A man is eating food.",
        text_b: Some("A man is eating a piece of bread."),
    },
    Example {
        name: "Rare words", text: "Antidisestablishmentarianism bewilders Zbigniew 🎉", text_b: None
    },
    Example { name: "中文", text: "这只动物没有过马路，因为它太累了。", text_b: None },
    Example {
        name: "العربية", text: "لم يعبر الحيوان الشارع لأنه كان متعبا.", text_b: None
    },
];

/// Whether most letters of `text` are of a script that an English model knows only letter by letter.
pub fn is_foreign(text: &str) -> bool {
    let (mut latin, mut other) = (0, 0);
    for letter in text.chars().filter(|character| character.is_alphabetic()) {
        // Latin with its supplements and extensions ends at U+024F; U+1E00 begins another block of it.
        if matches!(letter, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}') { latin += 1 } else { other += 1 }
    }
    other > latin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_told_apart() {
        assert!(!is_foreign("Déjà vu, naïve"));
        assert!(!is_foreign("123 🎉"));
        assert!(is_foreign("这只动物"));
    }
}
