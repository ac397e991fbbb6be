"""Word alignments from cross-attention, and how far they are from those made by hand.

    python training/align.py FOLDER

tests/golden/alignments.tsv holds sentence pairs of the test set as they are and with their words apart by spaces, aligned
by hand: sure and possible links as Pharaoh writes them, English word - translated word, from 0. The layer and the row are
chosen by the error rate on its `dev` pairs; what is reported is of its `gold` pairs, which took no part in the choice.
"""

import itertools
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "reference"))

from translation import Translation  # noqa: E402

GOLD = ROOT / "tests" / "golden" / "alignments.tsv"
Links = set[tuple[int, int]]


@dataclass
class Pair:
    part: str
    language: str
    english: str
    translation: str
    english_words: list[str]
    translation_words: list[str]
    sure: Links
    possible: Links  # the sure ones too


def links(text: str) -> Links:
    return {tuple(int(number) for number in link.split("-")) for link in text.split()}  # type: ignore[misc]


def pharaoh(found: Links) -> str:
    return " ".join(f"{source}-{target}" for source, target in sorted(found))


def read(path: Path = GOLD) -> list[Pair]:
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return [
        Pair(*texts, english.split(" "), translation.split(" "), links(sure), links(sure) | links(possible))
        for *texts, english, translation, sure, possible in rows
    ]


def error_rate(found: list[Links], pairs: list[Pair]) -> float:
    """1 - (|A and S| + |A and P|) / (|A| + |S|) over all pairs (Och and Ney 2003)."""
    hits = sum(len(links & pair.sure) + len(links & pair.possible) for links, pair in zip(found, pairs))
    return 1 - hits / (sum(map(len, found)) + sum(len(pair.sure) for pair in pairs))


def words_of_pieces(offsets: list[tuple[int, int]], text: str, words: list[str]) -> np.ndarray:
    """(pieces): the word that the end of each piece lies in. Words cover the text but for its spaces."""
    word_at, place = np.full(len(text) + 1, len(words) - 1), 0
    for number, word in enumerate(words):
        for character in word:
            while text[place] == " ":
                # A piece may be a space alone: it belongs to what comes behind it.
                word_at[place] = number
                place += 1
            assert text[place] == character, (text, words)
            word_at[place] = number
            place += 1
    return np.array([word_at[max(start, end - 1)] for start, end in offsets])


@dataclass
class Read:
    """What the model saw in a pair: cross-attention (L, H, T, S) and the lengths (L, H, S) of what each source token
    would add, and the words of the pieces. Row t read target token t, bos first, and wrote the next."""

    weights: np.ndarray
    lengths: np.ndarray
    source_words: np.ndarray
    target_words: np.ndarray


def read_pair(model: Translation, pair: Pair) -> Read:
    source, target = model.tokenizer.encode(pair.english), model.tokenizer.encode(pair.translation)
    maps = model.maps(model.source_ids(pair.language, pair.english), [model.config["bos_id"], *target.ids[:-1]])
    return Read(
        maps.cross,
        np.linalg.norm(maps.cross_values, axis=-1),
        words_of_pieces(source.offsets[:-1], pair.english, pair.english_words),
        words_of_pieces(target.offsets[:-1], pair.translation, pair.translation_words),
    )


@dataclass(frozen=True)
class Choice:
    """Which map the links are taken from. `row` says whether a word's row is that which reads or which writes it;
    `specials`, whether a word most of whose weight is on the tag or the end stays without a link."""

    lens: str
    layer: int
    heads: tuple[int, ...]
    row: str
    specials: bool


def align(read: Read, choice: Choice) -> Links:
    """Each target word's link to the source word of most weight: of its pieces the mean, of the source's the sum."""
    heads = list(choice.heads)
    cells = read.weights[choice.layer, heads]  # (H, T, S)
    if choice.lens == "norm":
        cells = cells * read.lengths[choice.layer, heads][:, None]
    cells = cells.mean(axis=0)
    first = 1 if choice.row == "reads" else 0
    count = len(read.target_words)
    cells = cells[first : first + count]  # (pieces, S), the tag first and eos last
    by_word = np.zeros((read.target_words[-1] + 1, read.source_words[-1] + 3))
    for row, word in zip(cells, read.target_words):
        by_word[word] += np.bincount(np.concatenate([[0], read.source_words + 1, [by_word.shape[1] - 1]]), row, by_word.shape[1])
    if not choice.specials:
        by_word[:, [0, -1]] = 0
    best = by_word.argmax(axis=1)
    return {(int(source) - 1, target) for target, source in enumerate(best) if 0 < source < by_word.shape[1] - 1}


def diagonal(pair: Pair) -> Links:
    """Each target word's link to the source word at the same share of the sentence."""
    sources, targets = len(pair.english_words), len(pair.translation_words)
    return {(min(sources - 1, int((target + 0.5) * sources / targets)), target) for target in range(targets)}


def choose(reads: list[Read], pairs: list[Pair], lens: str) -> Choice:
    """The best layer, with all its heads, by the error rate on `pairs`, which are too few to choose among sets of heads by: what does
    best on them does worse on others."""
    layers, heads = reads[0].weights.shape[:2]
    every = tuple(range(heads))
    choices = [Choice(lens, layer, every, row, specials) for layer, row, specials in itertools.product(range(layers), ("reads", "writes"), (False, True))]
    return min(choices, key=lambda choice: error_rate([align(read, choice) for read in reads], pairs))


def rates(aligner: Callable[[int], Links], pairs: list[Pair]) -> dict[str, float]:
    numbers = {"all": range(len(pairs))} | {
        language: [number for number, pair in enumerate(pairs) if pair.language == language] for language in ("fr", "zh")
    }
    return {
        name: round(error_rate([aligner(number) for number in chosen], [pairs[number] for number in chosen]), 4)
        for name, chosen in numbers.items()
    }


def evaluate(folder: Path) -> dict:
    """Choices and error rates of both lenses, beside the diagonal's."""
    model = Translation(folder)
    pairs = read()
    reads = [read_pair(model, pair) for pair in pairs]
    parts = {part: [number for number, pair in enumerate(pairs) if pair.part == part] for part in ("dev", "gold")}
    dev, gold = ([pairs[number] for number in parts[part]] for part in ("dev", "gold"))
    dev_reads, gold_reads = ([reads[number] for number in parts[part]] for part in ("dev", "gold"))
    layers, heads = reads[0].weights.shape[:2]

    results: dict = {"pairs": {part: len(numbers) for part, numbers in parts.items()}}
    results["diagonal"] = {"gold": rates(lambda number: diagonal(gold[number]), gold)}
    for lens in ("weight", "norm"):
        choice = choose(dev_reads, dev, lens)
        results[lens] = {
            "choice": asdict(choice),
            "dev": rates(lambda number: align(dev_reads[number], choice), dev),
            "gold": rates(lambda number: align(gold_reads[number], choice), gold),
            # For comparison only, not chosen by.
            "gold_by_layer_all_heads": {
                f"{layer}, {row}": rates(
                    lambda number: align(gold_reads[number], Choice(lens, layer, tuple(range(heads)), row, False)), gold
                )["all"]
                for layer in range(layers)
                for row in ("reads", "writes")
            },
        }
    return results


if __name__ == "__main__":
    print(json.dumps(evaluate(Path(sys.argv[1])), indent=1))
