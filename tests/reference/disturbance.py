"""Writes tests/golden/disturbance.safetensors: what heads switched off and words changed do to all maps, in float64.

    python disturbance.py MODEL_FOLDER

Words are left out and swapped in the text, which is then split into tokens again; the engine moves tokens.
"""

import argparse
import os
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from bert import HEAD_WIDTH, HEADS, LAYERS, Bert, Tokens
from inspection import attention, hidden_states, output, save

ROOT = Path(__file__).resolve().parent.parent.parent
SENTENCE = "Unbelievably , the doctor told the nurse that she was late"
PAIR = ("Who chased the cat", "the old dog did")
HEADS_OFF = {"one": [(0, 2)], "several": [(1, 3), (1, 8), (4, 0)], "last": [(5, 11)]}
CHANGED = ("the doctor told the nurse that she was late", "the doctor often told the tired pilot that she was very late")


def main():
    parser = argparse.ArgumentParser(description="writes tests/golden/disturbance.safetensors")
    parser.add_argument("model_folder", type=Path)
    bert = Bert(parser.parse_args().model_folder)
    metadata = {"sentence": SENTENCE, "pair": PAIR[0], "pair_b": PAIR[1], "before": CHANGED[0], "after": CHANGED[1]}
    tensors = {}
    means = {"zero": np.zeros((LAYERS, HEADS * HEAD_WIDTH)), "mean": mean_contexts(bert)}
    for name, heads in HEADS_OFF.items():
        tensors[f"heads.{name}"] = np.array(heads, dtype=np.int32)
        for to, contexts in means.items():
            cosine, divergences, weights = ablate(bert, bert.tokenize(*PAIR), heads, contexts)
            tensors[f"ablated.{name}.{to}"] = divergences
            tensors[f"cosine.{name}.{to}"] = np.array([cosine])
            if name == "several":
                # The first and the last query of every map.
                tensors[f"weights.{to}"] = weights[:, :, [0, -1]]
    before, after = (bert.tokenize(text) for text in CHANGED)
    pairs = common(before.pieces, after.pieces)
    tensors["aligned"] = np.array(pairs, dtype=np.int32)
    tensors["sensitivity"] = divergences_of(bert, before, after, pairs)
    for noise, disturb in {"drop": drop, "swap": swap}.items():
        for name, texts in {"sentence": (SENTENCE,), "pair": PAIR}.items():
            tensors[f"words.{name}"], tensors[f"{noise}.{name}"] = disturb(bert, texts)
    save(ROOT / "tests/golden/disturbance.safetensors", tensors, metadata)


def mean_contexts(bert: Bert) -> np.ndarray:
    """(L, D), over all tokens of the built-in sentences."""
    sums, count = np.zeros((LAYERS, HEADS * HEAD_WIDTH)), 0
    for sentence in (ROOT / "src/habits/sentences.txt").read_text(encoding="utf-8").splitlines():
        tokens = bert.tokenize(sentence)
        states = hidden_states(bert, tokens.ids, tokens.type_ids)
        sums += np.stack([attention(bert, layer, states[layer])[1].sum(axis=0) for layer in range(LAYERS)])
        count += len(tokens.ids)
    return sums / count


def ablate(bert: Bert, tokens: Tokens, heads: list[tuple[int, int]], contexts: np.ndarray):
    """The cosine of the embeddings, (L, H) divergences, and all weights (L, H, T, T) after."""
    states = hidden_states(bert, tokens.ids, tokens.type_ids)
    rows, weights = states[0], []
    for layer in range(LAYERS):
        of_layer, context = attention(bert, layer, rows)
        weights.append(of_layer)
        for at, head in heads:
            if at == layer:
                columns = slice(head * HEAD_WIDTH, (head + 1) * HEAD_WIDTH)
                context[:, columns] = contexts[layer, columns]
        rows = output(bert, layer, rows, context)
    before, after = states[-1].mean(axis=0), rows.mean(axis=0)
    unchanged, _ = bert.forward(tokens.ids, tokens.type_ids)
    weights = np.stack(weights)
    cosine = before @ after / np.linalg.norm(before) / np.linalg.norm(after)
    return cosine, jensen_shannon(unchanged, weights).mean(axis=-1), weights


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """H((p + q)/2) - (H(p) + H(q))/2 over the last axis, H the entropy in bits."""

    def entropy(x):
        return -np.where(x > 0, x * np.log2(np.where(x > 0, x, 1.0)), 0.0).sum(axis=-1)

    return entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2


def divergences_of(bert: Bert, before: Tokens, after: Tokens, pairs: list[tuple[int, int]]) -> np.ndarray:
    """(L, H), the mean over `pairs` of the divergence of their rows; keys in no pair are one key."""
    rows = []
    for tokens, side in ((before, 0), (after, 1)):
        weights, _ = bert.forward(tokens.ids, tokens.type_ids)
        kept = [pair[side] for pair in pairs]
        rows_of_pairs = weights[:, :, kept]  # (L, H, pairs, T)
        of_pairs = rows_of_pairs[..., kept]
        others = [key for key in range(len(tokens.ids)) if key not in kept]
        rows.append(np.concatenate([of_pairs, rows_of_pairs[..., others].sum(axis=-1, keepdims=True)], axis=-1))
    return jensen_shannon(*rows).mean(axis=-1)


def common(before: list[str], after: list[str]) -> list[tuple[int, int]]:
    """A longest common subsequence, as pairs of places."""
    length = np.zeros((len(before) + 1, len(after) + 1), dtype=int)
    for i in reversed(range(len(before))):
        for j in reversed(range(len(after))):
            same = before[i] == after[j]
            length[i, j] = length[i + 1, j + 1] + 1 if same else max(length[i + 1, j], length[i, j + 1])
    pairs, i, j = [], 0, 0
    while i < len(before) and j < len(after):
        if before[i] == after[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif length[i + 1, j] >= length[i, j + 1]:
            i += 1
        else:
            j += 1
    return pairs


def words_of(bert: Bert, texts: tuple[str, ...]) -> list[list[int]]:
    """The tokens of each word, words being what white space divides, through all texts."""
    words, place = [], 1
    for text in texts:
        for word in text.split(" "):
            count = len(bert.tokenizer.encode(word, add_special_tokens=False).ids)
            words.append(list(range(place, place + count)))
            place += count
        place += 1
    return words


def ranges(words: list[list[int]]) -> np.ndarray:
    return np.array([[word[0], word[-1] + 1] for word in words], dtype=np.int32)


def drop(bert: Bert, texts: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The words' ranges of tokens, and (words, L, H)."""
    before, words = bert.tokenize(*texts), words_of(bert, texts)
    divergences = []
    for at, word in enumerate(words):
        split, place = [text.split(" ") for text in texts], at
        for words_of_text in split:
            if place < len(words_of_text):
                del words_of_text[place]
                break
            place -= len(words_of_text)
        after = bert.tokenize(*(" ".join(words_of_text) for words_of_text in split))
        kept = [token for token in range(len(before.ids)) if token not in word]
        assert [before.ids[token] for token in kept] == after.ids
        divergences.append(divergences_of(bert, before, after, list(zip(kept, range(len(after.ids))))))
    return ranges(words), np.stack(divergences)


def swap(bert: Bert, texts: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The words' ranges of tokens, and (words - 1, L, H)."""
    before, words = bert.tokenize(*texts), words_of(bert, texts)
    divergences = []
    for at in range(len(words) - 1):
        flat = [word for text in texts for word in text.split(" ")]
        flat[at], flat[at + 1] = flat[at + 1], flat[at]
        split = []
        for text in texts:
            count = len(text.split(" "))
            split.append(" ".join(flat[:count]))
            flat = flat[count:]
        after = bert.tokenize(*split)
        first, second = words[at], words[at + 1]
        between = list(range(first[-1] + 1, second[0]))
        order = list(range(first[0])) + second + between + first + list(range(second[-1] + 1, len(before.ids)))
        assert [before.ids[token] for token in order] == after.ids
        divergences.append(divergences_of(bert, before, after, list(zip(order, range(len(after.ids))))))
    return ranges(words), np.stack(divergences)


if __name__ == "__main__":
    main()
