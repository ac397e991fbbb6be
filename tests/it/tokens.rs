//! Tokens and their spans, against the tokenizers' Python package.

use attention_map::model::TOKENIZER_FILE;
use attention_map::tokenizer::Tokenizer;

use crate::{golden, models};

const ROOM: usize = 512;

fn tokenizer() -> Tokenizer {
    Tokenizer::from_json(&models::files()[TOKENIZER_FILE]).unwrap()
}

#[test]
fn tokens_spans_segments_and_cuts_are_the_goldens() {
    let tokenizer = tokenizer();
    for golden in golden::all() {
        let encoded = tokenizer.encode(&golden.text, golden.text_b.as_deref(), ROOM).unwrap();
        let id = &golden.id;
        assert_eq!(encoded.ids, golden.ids, "{id}: ids");
        assert_eq!(encoded.type_ids, golden.type_ids, "{id}: type ids");
        assert_eq!(encoded.cuts, golden.cuts, "{id}: cuts");
        for (index, token) in encoded.tokens.iter().enumerate() {
            assert_eq!(token.text, golden.pieces[index], "{id}: piece {index}");
            assert_eq!([token.start, token.end], golden.spans[index], "{id}: span {index}, {}", token.text);
            assert_eq!(token.special, golden.special[index], "{id}: special {index}, {}", token.text);
            assert_eq!(token.segment, golden.segment[index], "{id}: segment {index}, {}", token.text);
        }
    }
}

#[test]
fn an_empty_text_is_its_special_tokens() {
    let encoded = tokenizer().encode("", None, ROOM).unwrap();
    let pieces: Vec<&str> = encoded.tokens.iter().map(|token| token.text.as_str()).collect();
    assert_eq!(pieces, ["[CLS]", "[SEP]"]);
    assert_eq!(encoded.cuts, []);
}

#[test]
fn a_text_of_thousands_of_tokens_fills_the_model_and_counts_the_rest() {
    let text = "word ".repeat(2000);
    let encoded = tokenizer().encode(&text, None, ROOM).unwrap();
    assert_eq!(encoded.ids.len(), ROOM);
    assert_eq!(encoded.cuts.len(), 1);
    assert_eq!(encoded.cuts[0].tokens, 2000 - (ROOM - 2));
    // 510 words of 5 characters, but for the space after the last.
    assert_eq!(encoded.cuts[0].start, 5 * (ROOM - 2) - 1);
}

#[test]
fn a_file_that_is_no_tokenizer_is_an_error_that_says_so() {
    let error = Tokenizer::from_json(b"{\"version\": \"1.0\"}").err().unwrap();
    assert_eq!(error.code(), "tokenizer");
}
