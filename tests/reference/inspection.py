"""Writes tests/golden/inspection: what `src/inspection.rs` describes, in float64, each by its definition.

    python inspection.py MODEL_FOLDER EIGHT_BIT_FOLDER

README.md beside this file says what a golden holds.
"""

import argparse
import math
import os
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import safetensors.numpy

from bert import HEAD_WIDTH, HEADS, LAYERS, Bert, gelu_erf, softmax

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "inspection"
TEXTS = {
    "sentence": ("The quick brown fox jumped over twelve lazy dogs.", None),
    "pair": ("Who wrote Middlemarch?", "George Eliot did, unbelievably."),
}
GRAM_LAYERS = [0, 3, 5]
SOME_HEADS = [0, 3, 7]
NEURONS = [(0, 0), (2, 7), (5, 11)]


def main():
    parser = argparse.ArgumentParser(description="writes tests/golden/inspection")
    parser.add_argument("model_folder", type=Path)
    parser.add_argument("eight_bit_folder", type=Path)
    arguments = parser.parse_args()
    GOLDEN.mkdir(parents=True, exist_ok=True)
    bert = Bert(arguments.model_folder)
    for name, (text, text_b) in TEXTS.items():
        write(name, bert, text, text_b)
    write("sentence-q8", Bert(arguments.eight_bit_folder), *TEXTS["sentence"])


def write(name: str, bert: Bert, text: str, text_b: str | None):
    tokens = bert.tokenize(text, text_b)
    states = hidden_states(bert, tokens.ids, tokens.type_ids)
    _, last = bert.forward(tokens.ids, tokens.type_ids)
    assert np.abs(states[-1] - last).max() < 1e-12
    vectors = [written_vectors(bert, layer, states[layer]) for layer in range(LAYERS)]  # (H, T, D) each
    weights = [attention(bert, layer, states[layer])[0] for layer in range(LAYERS)]  # (H, T, T) each
    neurons = [projections(bert, layer, states[layer]) for layer in range(LAYERS)]  # (3, H, T, K) each
    tensors = {
        "ids": np.array(tokens.ids, dtype=np.int32),
        "gram_layers": np.array(GRAM_LAYERS, dtype=np.int32),
        "grams": np.stack([np.einsum("htd,gtd->thg", vectors[layer], vectors[layer]) for layer in GRAM_LAYERS]),
        "some_heads": np.array(SOME_HEADS, dtype=np.int32),
        "norms": np.stack([norms(weights[layer], vectors[layer], range(HEADS)) for layer in range(LAYERS)]),
        "norms_of_some": np.stack([norms(weights[layer], vectors[layer], SOME_HEADS) for layer in range(LAYERS)]),
        "distances": np.stack([value_zeroing(bert, layer, states[layer]) for layer in range(LAYERS)]),
        "neurons": np.array(NEURONS, dtype=np.int32),
        "queries_and_keys": np.stack([neurons[layer][:2, head] for layer, head in NEURONS]),
    }
    metadata = {"text": text} | ({} if text_b is None else {"text_b": text_b})
    save(GOLDEN / f"{name}.safetensors", tensors, metadata)
    print(f"{name}: {len(tokens.ids)} tokens")


def save(path: Path, tensors: dict[str, np.ndarray], metadata: dict[str, str]):
    """float64 becomes float32, row-major (safetensors writes an array's memory as it lies)."""
    tensors = {key: value.astype(np.float32) if value.dtype == np.float64 else value for key, value in tensors.items()}
    tensors = {key: np.ascontiguousarray(value) for key, value in tensors.items()}
    path.write_bytes(safetensors.numpy.save(tensors, metadata))


def hidden_states(bert: Bert, ids: list[int], type_ids: list[int]) -> list[np.ndarray]:
    """(L + 1) of (T, D): what each layer reads, then what the last one writes."""
    embedded = (
        bert.weights["embeddings.word_embeddings.weight"][ids]
        + bert.weights["embeddings.position_embeddings.weight"][: len(ids)]
        + bert.weights["embeddings.token_type_embeddings.weight"][type_ids]
    )
    states = [bert._layer_norm("embeddings.LayerNorm", embedded)]
    for layer in range(LAYERS):
        states.append(output(bert, layer, states[layer], attention(bert, layer, states[layer])[1]))
    return states


def projections(bert: Bert, layer: int, rows: np.ndarray) -> np.ndarray:
    """(3, H, T, K): queries, keys and values."""
    parts = [bert._linear(f"encoder.layer.{layer}.attention.self.{part}", rows) for part in ("query", "key", "value")]
    return np.stack([part.reshape(len(rows), HEADS, HEAD_WIDTH).transpose(1, 0, 2) for part in parts])


def attention(bert: Bert, layer: int, rows: np.ndarray, without: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The weights (H, T, T) and the context (T, D), where the value of token `without` is zero."""
    query, key, value = projections(bert, layer, rows)
    if without is not None:
        value[:, without] = 0.0
    weights = softmax(query @ key.transpose(0, 2, 1) / math.sqrt(HEAD_WIDTH))
    return weights, (weights @ value).transpose(1, 0, 2).reshape(len(rows), HEADS * HEAD_WIDTH)


def output(bert: Bert, layer: int, rows: np.ndarray, context: np.ndarray) -> np.ndarray:
    """The layer's output (T, D)."""
    name = f"encoder.layer.{layer}"
    attended = rows + bert._linear(f"{name}.attention.output.dense", context)
    attended = bert._layer_norm(f"{name}.attention.output.LayerNorm", attended)
    inner = gelu_erf(bert._linear(f"{name}.intermediate.dense", attended))
    return bert._layer_norm(f"{name}.output.LayerNorm", attended + bert._linear(f"{name}.output.dense", inner))


def written_vectors(bert: Bert, layer: int, rows: np.ndarray) -> np.ndarray:
    """f_h(x_j) = (x_j W_V,h + b_V,h) W_O,h, (H, T, D)."""
    values = projections(bert, layer, rows)[2]  # (H, T, K)
    weight = bert.weights[f"encoder.layer.{layer}.attention.output.dense.weight"]  # (D, H K)
    return np.stack([values[h] @ weight[:, h * HEAD_WIDTH : (h + 1) * HEAD_WIDTH].T for h in range(HEADS)])


def norms(weights: np.ndarray, vectors: np.ndarray, heads) -> np.ndarray:
    """The length of the sum over `heads` of weight times vector, (T, T)."""
    summed = sum(weights[h][:, :, None] * vectors[h][None, :, :] for h in heads)  # (T, T, D)
    return np.linalg.norm(summed, axis=-1)


def value_zeroing(bert: Bert, layer: int, rows: np.ndarray) -> np.ndarray:
    """(T, T): the cosine distance between token i's two outputs, with and without the value of token j."""
    before = output(bert, layer, rows, attention(bert, layer, rows)[1])
    distances = np.empty((len(rows), len(rows)))
    for j in range(len(rows)):
        after = output(bert, layer, rows, attention(bert, layer, rows, without=j)[1])
        cosine = (before * after).sum(-1) / np.linalg.norm(before, axis=-1) / np.linalg.norm(after, axis=-1)
        distances[:, j] = 1.0 - cosine
    return distances


if __name__ == "__main__":
    main()
