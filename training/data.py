"""The sentence pairs: read, cleaned and divided into training, development and test sets by their English side.

A sentence and a near copy of it ("I'm here." and "I am here!") are always in the same set, whatever language they
are translated into, so that nothing that is tested was trained on.
"""

import gzip
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from opencc import OpenCC

FILES = {"fr": "tatoeba-eng-fra.tsv.gz", "zh": "tatoeba-eng-cmn.tsv.gz"}
DATA = Path(__file__).parent / "data"
# English sentences held out of training, for each language.
TEST_SENTENCES = 2200
DEV_SENTENCES = 400

SPACES = re.compile(r"[\s\u00a0\u2000-\u200b\u202f\u3000]+")
LEFT_OUT = str.maketrans("", "", "\u00ad\u200b\ufeff")
QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"'})
# Chinese sentences mix the two widths; the punctuation becomes wide, letters and digits narrow.
WIDE = str.maketrans({",": "，", "?": "？", "!": "！", ":": "：", ";": "；", "(": "（", ")": "）", "﹐": "，"})
NARROW = str.maketrans({chr(code): chr(code - 0xFEE0) for code in [*range(0xFF10, 0xFF1A), 0xFF02, 0xFF05, 0xFF0D, *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]})
FULL_STOP = re.compile(r"(?<![A-Za-z0-9.])[.．｡](?![\w.])|(?<=[A-Za-z0-9])[.．｡]$")

CONTRACTIONS = [
    (re.compile(pattern), full)
    for pattern, full in [
        (r"\bwon't\b", "will not"),
        (r"\bcan't\b|\bcannot\b", "can not"),
        (r"n't\b", " not"),
        (r"'re\b", " are"),
        (r"'ve\b", " have"),
        (r"'ll\b", " will"),
        (r"\bi'm\b", "i am"),
        (r"\b(it|he|she|that|there|what|who|where|here|how)'s\b", r"\1 is"),
        (r"\blet's\b", "let us"),
    ]
]


@dataclass(frozen=True)
class Pair:
    language: str
    english: str
    translation: str


def clean(text: str) -> str:
    """NFC, plain spaces, straight quotation marks. What tokenizer.json does to its input too, but for the marks."""
    text = unicodedata.normalize("NFC", text).translate(LEFT_OUT).translate(QUOTES)
    return SPACES.sub(" ", text).strip()


_to_simplified = OpenCC("t2s")


def clean_chinese(text: str) -> str:
    """Simplified characters, wide punctuation, no spaces but those between two words of Latin letters."""
    text = unicodedata.normalize("NFC", text).translate(LEFT_OUT)
    text = _to_simplified.convert(SPACES.sub(" ", text).strip())
    text = text.translate(NARROW).translate(WIDE)
    text = re.sub(r"[「“]|(?:(?<=^)|(?<=[，。？！：]))\"", "“", text)
    text = re.sub(r"[」”\"]", "”", text)
    text = FULL_STOP.sub("。", text)
    # A space stays only between two Latin letters or digits.
    return re.sub(r"(?<![A-Za-z0-9]) | (?![A-Za-z0-9])", "", text)


def key(english: str) -> str:
    """What near copies of an English sentence share: its letters and digits, contractions written out."""
    text = english.casefold()
    for pattern, full in CONTRACTIONS:
        text = pattern.sub(full, text)
    return "".join(character for character in text if character.isalnum())


def read_pairs(language: str) -> list[Pair]:
    """All different pairs of a language, cleaned, in the file's order."""
    tidy = clean_chinese if language == "zh" else clean
    pairs = {}
    with gzip.open(DATA / FILES[language], "rt", encoding="utf-8") as lines:
        for line in lines:
            english, translation = line.rstrip("\n").split("\t")[:2]
            pair = Pair(language, clean(english), tidy(translation))
            if key(pair.english) and pair.translation:
                pairs[pair] = None
    return list(pairs)


def _order(sentence_key: str) -> bytes:
    """An order of the keys that is random, but the same on every machine."""
    return hashlib.sha256(f"attention-map:{sentence_key}".encode()).digest()


def split(pairs: dict[str, list[Pair]]) -> dict[str, dict[str, list[Pair]]]:
    """`{"train" | "dev" | "test": {language: pairs}}`.

    The test keys are drawn from the smaller set first; those of them that the larger also has count there.
    """
    keys = {language: {key(pair.english) for pair in found} for language, found in pairs.items()}
    held_out: dict[str, str] = {}
    for name, wanted in (("test", TEST_SENTENCES), ("dev", DEV_SENTENCES)):
        for language in sorted(keys, key=lambda language: len(keys[language])):
            have = sum(held_out.get(known) == name for known in keys[language])
            free = sorted((known for known in keys[language] if known not in held_out), key=_order)
            held_out.update((known, name) for known in free[: wanted - have])
    sets = {name: {language: [] for language in pairs} for name in ("train", "dev", "test")}
    for language, found in pairs.items():
        for pair in found:
            sets[held_out.get(key(pair.english), "train")][language].append(pair)
    return sets


def references(pairs: list[Pair]) -> dict[str, list[str]]:
    """English sentence to all its translations. Near copies stay apart sentences, and share their translations."""
    together: dict[str, list[str]] = {}
    first: dict[str, str] = {}
    for pair in pairs:
        first.setdefault(key(pair.english), pair.english)
        together.setdefault(key(pair.english), []).append(pair.translation)
    return {first[known]: list(dict.fromkeys(translations)) for known, translations in together.items()}


@cache
def load() -> dict[str, dict[str, list[Pair]]]:
    return split({language: read_pairs(language) for language in FILES})


if __name__ == "__main__":
    for name, languages in load().items():
        for language, found in languages.items():
            print(name, language, len(found), "pairs,", len(references(found)), "English sentences")
