"""What tokens stand for, and how they are called."""

import numpy as np
import pytest
from conftest import attention

from attention_map import Trace, TraceError


def read(tokens, **more):
    """Name, typed text, whether special."""
    trace = Trace.from_arrays(tokens, np.full((1, 1, len(tokens), len(tokens)), 1 / len(tokens)), **more)
    return trace.texts, [
        (token.text, trace.texts[token.segment][token.start : token.end], token.special) for token in trace.tokens
    ]


def names(tokens, **more):
    return [name for name, _, _ in read(tokens, **more)[1]]


def typed(tokens, **more):
    return [part for _, part, _ in read(tokens, **more)[1]]


@pytest.mark.parametrize(
    ("tokens", "text", "named"),
    [
        # BERT
        (["[CLS]", "un", "##believ", "##able", "!", "[SEP]"], "unbelievable !", ["[CLS]", "un", "##believ", "##able", "!", "[SEP]"]),
        # RoBERTa and GPT-2: a word goes on without a mark, a full stop is no part of one
        (["<s>", "The", "Ġanim", "als", ".", "</s>"], "The animals.", ["<s>", "The", "anim", "##als", ".", "</s>"]),
        (["<|endoftext|>", "Ċ", "Hi"], "\nHi", ["<|endoftext|>", "↵", "Hi"]),
        # T5 and Llama
        (["▁The", "▁anim", "als", "<0x0A>", "</s>"], "The animals\n", ["The", "anim", "##als", "↵", "</s>"]),
        # CLIP
        (["<|startoftext|>", "hel", "lo</w>", "world</w>"], "hello world", ["<|startoftext|>", "hel", "##lo", "world"]),
        (["so", "<|endoftext|>", "what</w>"], "so what", ["so", "<|endoftext|>", "what"]),
        # tiktoken
        (["The", " anim", "als"], "The animals", ["The", "anim", "##als"]),
        # no marks: words
        (["the", "animal"], "the animal", ["the", "animal"]),
        # "don't" is three words, as the explorer has it
        (["don", "'t", "Ġgo"], "don't go", ["don", "'t", "go"]),
    ],
)
def test_every_vocabularys_marks_are_read(tokens, text, named):
    texts, found = read(tokens)
    assert texts == (text,)
    assert [name for name, _, _ in found] == named
    assert [part for name, part, special in found if not special] == [
        name.removeprefix("##").replace("↵", "\n") for name in named if not name.startswith("<") and not name.startswith("[")
    ]


def test_bytes_of_one_character_stand_for_all_of_it():
    # "é 你😀" in GPT-2's bytes, the emoji in two tokens
    tokens = ["Ã©", "Ġä½ł", "ðŁĺ", "Ģ"]
    assert typed(tokens) == ["é", "你", "😀", "😀"]
    # without a space nothing but the bytes tells
    assert typed(["ä½ł", "å¥½"]) == ["你", "好"]
    assert names(["ä½ł", "å¥½"]) == ["你", "好"]
    # half of a character is no character, and no crash
    assert read(["Ġa", "ðŁ"])[0] == ("a\ufffd\ufffd",)


def test_text_of_another_script_is_not_taken_for_bytes():
    assert typed(["[CLS]", "é", "##t", "##é", "[SEP]"]) == ["", "é", "t", "é", ""]
    assert typed(["Über", "café"]) == ["Über", "café"]


def test_with_the_text_labels_are_what_was_typed():
    tokens = ["[CLS]", "eclair", "[UNK]", "the", "##re", "…", "[SEP]"]
    assert typed(tokens, text="Éclair 🎉🎊  THERE...") == ["", "Éclair", "🎉🎊", "THE", "RE", "...", ""]


def test_offsets_are_taken_as_they_are():
    tokens = ["[CLS]", "a", "b", "[SEP]"]
    assert typed(tokens, text="Ax By", offsets=[(0, 0), (0, 2), (3, 5), (0, 0)]) == ["", "Ax", "By", ""]
    with pytest.raises(TraceError, match=r"offsets\[2\] is \(3, 9\).*5 characters"):
        read(tokens, text="Ax By", offsets=[(0, 0), (0, 2), (3, 9), (0, 0)])
    with pytest.raises(TraceError, match="pass the text, too"):
        read(tokens, offsets=[(0, 0)] * 4)
    with pytest.raises(TraceError, match="3 offsets and 4 tokens"):
        read(tokens, text="Ax By", offsets=[(0, 0)] * 3)


def test_a_text_that_the_tokens_do_not_spell_is_refused():
    with pytest.raises(TraceError, match="do not spell the text: 2 of 2, the first 'the'"):
        read(["[CLS]", "the", "animal"], text="Something else")


def test_a_pair_has_two_texts():
    tokens = ["[CLS]", "a", "man", "[SEP]", "two", "men", "[SEP]"]
    texts, found = read(tokens, segments=[0, 0, 0, 0, 1, 1, 1])
    assert texts == ("a man", "two men")
    assert [part for _, part, _ in found] == ["", "a", "man", "", "two", "men", ""]
    texts, found = read(tokens, segments=[0, 0, 0, 0, 1, 1, 1], text="A man", text_b="Two men")
    assert texts == ("A man", "Two men")
    with pytest.raises(TraceError, match="no text_b"):
        read(tokens, segments=[0, 0, 0, 0, 1, 1, 1], text="A man")
    with pytest.raises(TraceError, match="segments should be 0 or 1 for each of the 7 tokens"):
        read(tokens, segments=[0, 2])


def test_special_tokens_are_known_or_told():
    tokens = ["[CLS]", "[UNK]", "[MASK]", "<b>", "[PAD]"]
    flags = lambda **more: [special for _, _, special in read(tokens, **more)[1]]  # noqa: E731
    assert flags() == [True, False, False, False, True]
    assert flags(special=[0, 0, 0, 1, 1]) == [False, False, False, True, True]
    assert flags(special={"<b>"}) == [False, False, False, True, False]
    with pytest.raises(TraceError, match="a mask of 2, and there are 5 tokens"):
        flags(special=[True, False])
    with pytest.raises(TraceError, match="a mask with a truth value"):
        flags(special="[CLS]")


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        ("the animal", "is one string"),
        ([101, 7592], r"convert_ids_to_tokens.*tokens\[0\] is 101"),
        ([], "there are 0 tokens"),
        (None, "of type NoneType"),
    ],
)
def test_what_are_no_tokens_is_refused(tokens, said):
    with pytest.raises(TraceError, match=said):
        Trace.from_arrays(tokens, attention())
