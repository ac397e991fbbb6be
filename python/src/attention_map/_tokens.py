"""From a vocabulary's spelling to what a reader reads: the text, and the characters of it that each token stands for.

Four spellings are known: WordPiece (`##ing`), byte-level BPE (`Ġanimal`, GPT-2 and RoBERTa), SentencePiece (`▁animal`,
T5 and Llama), and words that end in `</w>`. What has no marks is taken for words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from ._limits import MAX_TOKENS
from ._trace import Token, TraceError

#: `[CLS]`, `<s>`, `</s>`, `<|endoftext|>`, `<start_of_turn>`; what stands for typed text is not among them.
SPECIAL = re.compile(
    r"\[(CLS|SEP|PAD|BOS|EOS)\]|</?s>|<(pad|bos|eos|cls|sep|start_of_turn|end_of_turn)>|<\|[^|\s]+\|>|<｜[^｜\s]+｜>",
    re.IGNORECASE,
)
#: Text that the vocabulary has no piece for.
UNKNOWN = re.compile(r"\[UNK\]|<unk>", re.IGNORECASE)
BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
WHITE = {" ": "␣", "\n": "↵", "\r": "↵", "\t": "⇥"}

#: A piece as bytes of the text, the space before it included.
Piece = bytes


def to_tokens(
    tokens: Sequence[str],
    text: str | None = None,
    text_b: str | None = None,
    special: Any = None,
    segments: Sequence[int] | None = None,
    offsets: Sequence[tuple[int, int]] | None = None,
) -> tuple[tuple[str, ...], tuple[Token, ...]]:
    """The texts, and the tokens with their spans in them."""
    spelled = listed(tokens)
    flags = special_ones(spelled, special)
    of_segment = segments_of(segments, len(spelled))
    given = given_texts(text, text_b)
    if given is not None and len(given) <= max(of_segment):
        raise TraceError("segments names a second text, but there is no text_b; pass both texts, or neither")
    pieces = unspelled(spelled, flags)
    rebuilt: list[str] = []
    spans: list[tuple[int, int]] = [(0, 0)] * len(spelled)
    for segment in range(max(of_segment) + 1):
        mine = [index for index in range(len(spelled)) if of_segment[index] == segment and not flags[index]]
        whole, found = joined([pieces[index] for index in mine])
        rebuilt.append(whole)
        for index, span in zip(mine, found):
            spans[index] = span
    names = named(spelled, flags, of_segment, spans, rebuilt)
    if offsets is not None:
        if given is None:
            raise TraceError("offsets are into a text; pass the text, too")
        spans = checked_offsets(offsets, of_segment, given, flags)
    elif given is not None:
        for segment, whole in enumerate(given):
            mine = [index for index in range(len(spelled)) if of_segment[index] == segment and not flags[index]]
            parts = [rebuilt[segment][slice(*spans[index])] for index in mine]
            known = [not UNKNOWN.fullmatch(spelled[index]) for index in mine]
            before = [spans[index] for index in mine]
            for index, span in zip(mine, aligned(whole, parts, known, before)):
                spans[index] = span
    made = tuple(
        Token(text=name, start=start, end=end, special=flag, segment=segment)
        for name, (start, end), flag, segment in zip(names, spans, flags, of_segment)
    )
    return given or tuple(rebuilt), made


def listed(tokens: Sequence[str]) -> list[str]:
    hint = "tokens should be a list of strings, as tokenizer.convert_ids_to_tokens(input_ids[0]) gives them"
    if isinstance(tokens, (str, bytes)):
        raise TraceError(f"{hint}, and is one string")
    try:
        spelled = list(tokens)
    except TypeError:
        raise TraceError(f"{hint}, and is of type {type(tokens).__name__}") from None
    for index, token in enumerate(spelled):
        if not isinstance(token, str):
            raise TraceError(f"{hint}, and tokens[{index}] is {token!r}")
    if not 1 <= len(spelled) <= MAX_TOKENS:
        raise TraceError(f"there are {len(spelled)} tokens; 1 to {MAX_TOKENS} are shown")
    # numpy's strings are strings, but no plain ones.
    return [str(token) for token in spelled]


def special_ones(spelled: list[str], special: Any) -> list[bool]:
    """`special` is None, a mask (one truth value a token), or the spellings that are special."""
    if special is None:
        return [bool(SPECIAL.fullmatch(token)) for token in spelled]
    try:
        entries = None if isinstance(special, str) else list(special)
    except TypeError:
        entries = None
    if entries is None:
        raise TraceError(
            "special should be a mask with a truth value for each token, or a set of tokens like {'[CLS]', '[SEP]'}, "
            f"and is {special!r}"
        )
    if all(isinstance(entry, str) for entry in entries):
        return [token in entries for token in spelled]
    if len(entries) != len(spelled):
        raise TraceError(f"special is a mask of {len(entries)}, and there are {len(spelled)} tokens")
    return [bool(entry) for entry in entries]


def segments_of(segments: Sequence[int] | None, count: int) -> list[int]:
    if segments is None:
        return [0] * count
    found = [int(segment) for segment in segments]
    if len(found) != count or not set(found) <= {0, 1}:
        raise TraceError(
            f"segments should be 0 or 1 for each of the {count} tokens, as a BERT's token_type_ids[0], and has "
            f"{len(found)} values: {sorted(set(found))}"
        )
    return found


def given_texts(text: str | None, text_b: str | None) -> tuple[str, ...] | None:
    for name, value in (("text", text), ("text_b", text_b)):
        if value is not None and not isinstance(value, str):
            raise TraceError(f"{name} should be a string, and is of type {type(value).__name__}")
    if text is None:
        if text_b is not None:
            raise TraceError("there is a text_b, but no text; pass both, or neither")
        return None
    return (text,) if text_b is None else (text, text_b)


def checked_offsets(
    offsets: Sequence[tuple[int, int]], of_segment: list[int], texts: tuple[str, ...], flags: list[bool]
) -> list[tuple[int, int]]:
    try:
        spans = [(int(start), int(end)) for start, end in offsets]
    except (TypeError, ValueError):
        raise TraceError("offsets should be a (start, end) for each token, as a tokenizer's offset_mapping") from None
    if len(spans) != len(of_segment):
        raise TraceError(f"there are {len(spans)} offsets and {len(of_segment)} tokens")
    for index, (start, end) in enumerate(spans):
        length = len(texts[of_segment[index]])
        if not 0 <= start <= end <= length:
            raise TraceError(f"offsets[{index}] is ({start}, {end}), which is no part of a text of {length} characters")
    return [(0, 0) if flag else span for span, flag in zip(spans, flags)]


# --- spellings ------------------------------------------------------------------------------------------------------


def byte_alphabet() -> dict[str, int]:
    """The character by which byte-level BPE writes each byte: itself where it can be seen, else one from U+0100 on."""
    seen = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(256) if byte not in seen]
    return {**{chr(byte): byte for byte in seen}, **{chr(0x100 + index): byte for index, byte in enumerate(rest)}}


ALPHABET = byte_alphabet()


def unspelled(spelled: list[str], flags: list[bool]) -> list[Piece]:
    """Each token as the bytes of the text that it stands for; nothing for special ones."""
    plain = [token for token, flag in zip(spelled, flags) if not flag and not UNKNOWN.fullmatch(token)]
    if is_byte_level(plain):
        read = of_bytes
    elif any("▁" in token or BYTE.fullmatch(token) for token in plain):
        read = of_sentencepiece
    elif any(token.endswith("</w>") for token in plain):
        return of_word_ends(spelled, flags)
    elif any(token[:1].isspace() for token in plain):
        read = str.encode
    else:
        read = of_wordpiece
    return [b"" if flag else read(token) for token, flag in zip(spelled, flags)]


def is_byte_level(plain: list[str]) -> bool:
    if not all(character in ALPHABET for token in plain for character in token):
        return False
    if any(character in "ĠĊ" for token in plain for character in token):
        return True
    # A text without a space: bytes that are no ASCII and yet spell something.
    data = bytes(ALPHABET[character] for token in plain for character in token)
    return not data.isascii() and is_utf8(data)


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def of_bytes(token: str) -> Piece:
    if any(character not in ALPHABET for character in token):
        return b" " + token.encode()
    return bytes(ALPHABET[character] for character in token)


def of_sentencepiece(token: str) -> Piece:
    byte = BYTE.fullmatch(token)
    return bytes([int(byte[1], 16)]) if byte else token.replace("▁", " ").encode()


def of_wordpiece(token: str) -> Piece:
    # `##` alone was typed.
    return token[2:].encode() if token.startswith("##") and len(token) > 2 else b" " + token.encode()


def of_word_ends(spelled: list[str], flags: list[bool]) -> list[Piece]:
    pieces, begins = [], True
    for token, flag in zip(spelled, flags):
        ends = token.endswith("</w>")
        piece = token.removesuffix("</w>").encode()
        pieces.append(b"" if flag else b" " + piece if begins else piece)
        begins = ends or flag
    return pieces


def joined(pieces: list[Piece]) -> tuple[str, list[tuple[int, int]]]:
    """The text that pieces spell, and the characters of it that each stands for, white space around them left out.

    Of several that share a character, each stands for all of it.
    """
    data = b"".join(pieces)
    # A byte that is of no character is one by itself.
    escaped = data.decode("utf-8", "surrogateescape")
    character_of = []
    for index, character in enumerate(escaped):
        is_stray = 0xDC80 <= ord(character) <= 0xDCFF
        character_of.extend([index] * (1 if is_stray else len(character.encode())))
    whole = re.sub("[\udc80-\udcff]", "\ufffd", escaped)
    spans, at = [], 0
    for piece in pieces:
        start, end = at, at + len(piece)
        at = end
        if start == end:
            here = character_of[start] if start < len(data) else len(whole)
            spans.append((here, here))
            continue
        first, last = character_of[start], character_of[end - 1] + 1
        part = whole[first:last]
        if part.strip():
            first, last = first + len(part) - len(part.lstrip()), last - len(part) + len(part.rstrip())
        spans.append((first, last))
    # The space before the first word was the tokenizer's.
    lead = 1 if whole.startswith(" ") and whole.strip() else 0
    return whole[lead:], [(max(start - lead, 0), max(end - lead, 0)) for start, end in spans]


def named(
    spelled: list[str], flags: list[bool], of_segment: list[int], spans: list[tuple[int, int]], texts: list[str]
) -> list[str]:
    """How each is stored: as it reads, with `##` before what goes on with the word before it."""
    names: list[str] = []
    previous: int | None = None
    for index, token in enumerate(spelled):
        start, end = spans[index]
        text = texts[of_segment[index]] if of_segment[index] < len(texts) else ""
        part = text[start:end]
        if flags[index] or UNKNOWN.fullmatch(token) or not part:
            names.append(token)
            previous = None if flags[index] else index
            continue
        shown = "".join(WHITE.get(character, character) for character in part) if not part.strip() else part
        goes_on = (
            previous is not None
            and of_segment[previous] == of_segment[index]
            and spans[previous][1] >= start > 0
            and (spans[previous] == spans[index] or of_one_word(text[start - 1], text[start]))
        )
        names.append("##" + shown if goes_on else shown)
        previous = index
    return names


def of_one_word(before: str, after: str) -> bool:
    """Whether two neighbouring characters are of one word, in scripts that put spaces between words."""
    return all(is_of_word(character) and not is_ideograph(character) for character in (before, after))


def is_of_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


def is_ideograph(character: str) -> bool:
    return 0x2E80 <= ord(character) <= 0x9FFF or 0x20000 <= ord(character) <= 0x3FFFF


# --- finding pieces in the text that they are of ----------------------------------------------------------------------


def folded(text: str) -> tuple[str, list[int]]:
    """Without case, accents and compatibility forms, and the character of `text` that each is of."""
    letters: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        for letter in unicodedata.normalize("NFKD", character).casefold():
            if not unicodedata.combining(letter):
                letters.append(letter)
                origins.append(index)
    return "".join(letters), origins


#: Characters between one piece and the next that may be of neither.
REACH = 40


def aligned(
    text: str, parts: list[str], known: list[bool], before: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The characters of `text` that each part stands for. An unknown one gets what its neighbours leave."""
    letters, origins = folded(text)
    spans: list[tuple[int, int] | None] = []
    at = 0
    for index, part in enumerate(parts):
        if spans and part.strip() and before[index] == before[index - 1]:
            # Another part of the same character.
            spans.append(spans[-1])
            continue
        wanted, _ = folded(part)
        if not part.strip():
            # White space stands for itself, if it is there.
            found = text.find(part, origins[at - 1] + 1 if at else 0) if part else -1
            spans.append((found, found + len(part)) if 0 <= found <= (origins[at - 1] + 1 if at else 0) else None)
            continue
        while at < len(letters) and letters[at].isspace():
            at += 1
        found = letters.find(wanted, at, at + len(wanted) + REACH) if known[index] and wanted else -1
        if found < 0:
            spans.append(None)
            continue
        spans.append((origins[found], end_of(text, origins[found + len(wanted) - 1] + 1)))
        at = found + len(wanted)
    lost = [index for index, span in enumerate(spans) if span is None and known[index] and parts[index].strip()]
    if len(lost) * 4 > len(parts):
        raise TraceError(
            f"the tokens do not spell the text: {len(lost)} of {len(parts)}, the first {parts[lost[0]]!r}, were not found "
            "in their places; pass the text that they are of, or its offsets, or leave text out"
        )
    return between(text, spans, parts)


def end_of(text: str, end: int) -> int:
    """Past the accents of the last character."""
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end


def between(text: str, spans: list[tuple[int, int] | None], parts: list[str]) -> list[tuple[int, int]]:
    """Gives each that was not found the text between its neighbours, where it is the only one there."""
    found: list[tuple[int, int]] = []
    for index, span in enumerate(spans):
        if span is not None:
            found.append(span)
            continue
        start = found[-1][1] if found else 0
        after = spans[index + 1] if index + 1 < len(spans) else (len(text), len(text))
        gap = text[start : after[0]] if after is not None else ""
        if gap.strip() and parts[index].strip():
            lead = len(gap) - len(gap.lstrip())
            found.append((start + lead, start + lead + len(gap.strip())))
        else:
            found.append((start, start))
    return found
