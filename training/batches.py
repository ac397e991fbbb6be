"""Sentence pairs as batches of few distinct shapes, so that few programs are compiled."""

from collections.abc import Iterator

import numpy as np
from tokenizers import Tokenizer

import data
from model import Config

# Pairs of at most so many tokens, source or target with what is added, share a shape.
WIDTHS = [8, 10, 12, 14, 17, 22, 34, 66]

Ids = tuple[list[int], list[int]]


def encode_source(tokenizer: Tokenizer, config: Config, language: str, texts: list[str]) -> list[list[int]]:
    return [[config.tags[language], *encoding.ids] for encoding in tokenizer.encode_batch(texts)]


def encode_pairs(tokenizer: Tokenizer, config: Config, pairs: list[data.Pair]) -> list[Ids]:
    """(tag, pieces, eos) and (bos, pieces, eos) of pairs of one language."""
    if not pairs:
        return []
    sources = encode_source(tokenizer, config, pairs[0].language, [pair.english for pair in pairs])
    targets = tokenizer.encode_batch([pair.translation for pair in pairs])
    return [(source, [config.bos_id, *target.ids]) for source, target in zip(sources, targets)]


def usable(pairs: list[Ids], config: Config) -> list[Ids]:
    """Without those too long, or with an unknown character to write."""
    return [pair for pair in pairs if size(pair) <= WIDTHS[-1] and config.unk_id not in pair[1]]


def size(pair: Ids) -> int:
    # The decoder reads all but the last of the target.
    return max(len(pair[0]), len(pair[1]) - 1)


def padded(rows: list[list[int]], width: int, pad: int) -> np.ndarray:
    out = np.full((len(rows), width), pad, np.int32)
    for row, ids in zip(out, rows):
        row[: len(ids)] = ids
    return out


def epoch(pairs: list[Ids], tokens: int, random: np.random.Generator, pad: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Shuffled batches (B, W), (B, W + 1) with B x W about `tokens`; what fills no batch is left out this time."""
    lengths = np.array([size(pair) for pair in pairs])
    bucket = np.searchsorted(WIDTHS, lengths)
    batches = []
    for index, width in enumerate(WIDTHS):
        members = random.permutation(np.flatnonzero(bucket == index))
        rows = max(4, tokens // width // 4 * 4)
        for start in range(0, len(members) - rows + 1, rows):
            batches.append((width, members[start : start + rows]))
    return [batches[place] for place in random.permutation(len(batches))]


def arrays(pairs: list[Ids], batch: tuple[int, np.ndarray], pad: int) -> tuple[np.ndarray, np.ndarray]:
    width, members = batch
    chosen = [pairs[member] for member in members]
    return padded([source for source, _ in chosen], width, pad), padded([target for _, target in chosen], width + 1, pad)


def in_order(pairs: list[Ids], tokens: int, pad: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Every pair once, the last batch of a shape filled with padding: for evaluation."""
    bucket = np.searchsorted(WIDTHS, [size(pair) for pair in pairs])
    for index, width in enumerate(WIDTHS):
        members = np.flatnonzero(bucket == index)
        rows = max(4, tokens // width // 4 * 4)
        for start in range(0, len(members), rows):
            source, target = arrays(pairs, (width, members[start : start + rows]), pad)
            missing = ((0, rows - len(source)), (0, 0))
            yield np.pad(source, missing, constant_values=pad), np.pad(target, missing, constant_values=pad)
