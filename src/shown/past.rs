//! The last texts, where they are kept.

/// Texts that are kept.
pub const KEPT: usize = 10;

/// A text and perhaps a second one.
pub type Texts = (String, Option<String>);

/// `texts` before all others, each once, as many as are kept.
pub fn with(past: &[Texts], texts: Texts) -> Vec<Texts> {
    let others = past.iter().filter(|known| **known != texts).take(KEPT - 1).cloned().collect::<Vec<_>>();
    [vec![texts], others].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once_and_the_oldest_of_eleven_goes() {
        let mut past = vec![];
        for index in 0..11 {
            past = with(&past, (index.to_string(), None));
        }
        assert_eq!((past.len(), past[0].0.as_str(), past[9].0.as_str()), (KEPT, "10", "1"));
        past = with(&past, ("5".into(), None));
        assert_eq!((past.len(), past[0].0.as_str()), (KEPT, "5"));
        assert_eq!(past.iter().filter(|texts| texts.0 == "5").count(), 1);
    }
}
