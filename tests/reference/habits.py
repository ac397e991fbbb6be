"""Writes tests/golden/habits.safetensors: what each of MiniLM's heads does over the built-in sentences, in float64.

    python habits.py MODEL_FOLDER

The definitions are those in the docs of `src/habits.rs`; the sentences are `src/habits/sentences.txt`.
"""

import argparse
import os
import unicodedata
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from bert import HEADS, LAYERS, Bert, Tokens
from inspection import save

ROOT = Path(__file__).resolve().parent.parent.parent
TEXTS = {"pair": ("The dog saw the dog!", "Did it? The dog did."), "short": ("So", None)}


def main():
    parser = argparse.ArgumentParser(description="writes tests/golden/habits.safetensors")
    parser.add_argument("model_folder", type=Path)
    bert = Bert(parser.parse_args().model_folder)
    sentences = (ROOT / "src/habits/sentences.txt").read_text(encoding="utf-8").splitlines()
    tensors = {"built_in": measure(bert, [(sentence, None) for sentence in sentences])}
    metadata = {}
    for name, (text, text_b) in TEXTS.items():
        tensors[name] = measure(bert, [(text, text_b)])
        metadata[name] = text
        if text_b is not None:
            metadata[f"{name}_b"] = text_b
    save(ROOT / "tests/golden/habits.safetensors", tensors, metadata)
    show(tensors["built_in"])


def measure(bert: Bert, texts: list[tuple[str, str | None]]) -> np.ndarray:
    """(L, H, 9): previous, next, self, [CLS], [SEP], punctuation, same word, entropy, distance."""
    rows: list[list[np.ndarray]] = [[] for _ in range(9)]
    for text, text_b in texts:
        tokens = bert.tokenize(text, text_b)
        attention, _ = bert.forward(tokens.ids, tokens.type_ids)
        for query in range(len(tokens.ids)):
            if tokens.special[query]:
                continue
            weights = attention[:, :, query]  # (L, H, T)
            for habit, keys in enumerate(looked_at(tokens, query)):
                if keys:
                    rows[habit].append(weights[:, :, keys].sum(axis=-1))
            with np.errstate(divide="ignore", invalid="ignore"):
                rows[7].append(-np.where(weights > 0, weights * np.log2(weights), 0.0).sum(axis=-1))
            rows[8].append(weights @ np.abs(np.arange(len(tokens.ids)) - query))
    nothing = np.zeros((LAYERS, HEADS))
    return np.stack([np.mean(row, axis=0) if row else nothing for row in rows], axis=-1)


def looked_at(tokens: Tokens, query: int) -> list[list[int]]:
    """The keys of each share."""
    keys = range(len(tokens.ids))
    typed = [key for key in keys if not tokens.special[key]]
    return [
        [key for key in typed if key == query - 1],
        [key for key in typed if key == query + 1],
        [query],
        [key for key in keys if tokens.pieces[key] == "[CLS]" and tokens.special[key]],
        [key for key in keys if tokens.pieces[key] == "[SEP]" and tokens.special[key]],
        [key for key in typed if all(unicodedata.category(mark)[0] not in "LN" for mark in tokens.pieces[key])],
        [key for key in typed if tokens.pieces[key] == tokens.pieces[query] and key != query],
    ]


def show(habits: np.ndarray):
    names = ["previous", "next", "self", "[CLS]", "[SEP]", "punctuation", "same word", "entropy", "distance"]
    for habit, name in enumerate(names):
        layer, head = np.unravel_index(habits[:, :, habit].argmax(), (LAYERS, HEADS))
        print(f"{name}: most in layer {layer} head {head}, {habits[layer, head, habit]:.3f}")


if __name__ == "__main__":
    main()
