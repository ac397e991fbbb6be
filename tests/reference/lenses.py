"""Writes tests/golden/lenses.safetensors: what each lens of src/lens.rs must make of one text, in float64.

    python lenses.py MODEL_FOLDER

Each by its definition in the paper: norms from the vectors themselves, not from their scalar products; rollout as a
recursion over the layers. README.md beside this file says what the golden holds.
"""

import argparse
import json
from pathlib import Path

import inspection  # First: it sets the number of threads that numpy starts with.
import numpy as np

from bert import HEADS, LAYERS, Bert
from make_goldens import serialize

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "lenses.safetensors"
TEXT = "Embeddings don't sleep."
FEW = [(0, 3), (2, 1), (2, 4), (2, 11), (5, 0)]
ALL = [(layer, head) for layer in range(LAYERS) for head in range(HEADS)]
NONE = []
# (lens, layer, head, heads, from)
CASES = [
    ("weight", 0, 0, NONE, 0),
    ("weight", 4, 7, FEW, 0),
    ("mean", 3, 7, NONE, 0),
    ("mean", 3, 7, FEW, 0),
    ("mean", 0, 0, ALL, 0),
    ("max", 3, 7, NONE, 0),
    ("max", 3, 7, FEW, 0),
    ("norm", 1, 5, NONE, 0),
    ("norm", 1, 5, FEW, 0),
    ("norm", 2, 5, FEW, 0),
    ("norm", 5, 5, ALL, 0),
    ("value-zeroing", 0, 0, NONE, 0),
    ("value-zeroing", 5, 3, FEW, 0),
    ("rollout", 0, 0, NONE, 0),
    ("rollout", 5, 2, FEW, 0),
    ("rollout", 4, 2, NONE, 2),
    ("rollout", 1, 2, NONE, 3),
    ("received", 3, 7, NONE, 0),
    ("received", 3, 7, FEW, 0),
]


def main():
    parser = argparse.ArgumentParser(description="writes tests/golden/lenses.safetensors")
    parser.add_argument("model_folder", type=Path)
    bert = Bert(parser.parse_args().model_folder)
    tokens = bert.tokenize(TEXT)
    states = inspection.hidden_states(bert, tokens.ids, tokens.type_ids)[:LAYERS]
    attention, _ = bert.forward(tokens.ids, tokens.type_ids)  # (L, H, T, T)
    vectors = np.stack([inspection.written_vectors(bert, layer, rows) for layer, rows in enumerate(states)])
    zeroing = np.stack([inspection.value_zeroing(bert, layer, rows) for layer, rows in enumerate(states)])

    tensors = {
        "attention": attention,
        "products": np.einsum("lhtd,lgtd->lthg", vectors, vectors),
        "distances": zeroing,
    }
    for index, (lens, layer, head, heads, start) in enumerate(CASES):
        tensors[f"map.{index}"] = read(lens, layer, head, heads, start, attention, vectors, zeroing)
    cases = [
        {"lens": lens, "layer": layer, "head": head, "heads": " ".join(f"{a}.{b}" for a, b in heads), "from": start}
        for lens, layer, head, heads, start in CASES
    ]
    metadata = {"text": TEXT, "pieces": json.dumps(tokens.pieces), "cases": json.dumps(cases)}
    GOLDEN.write_bytes(serialize({name: tensor.astype(np.float32) for name, tensor in tensors.items()}, metadata))
    print(f"{len(CASES)} cases of {len(tokens.ids)} tokens, {GOLDEN.stat().st_size} bytes")


def read(lens, layer, head, heads, start, attention, vectors, zeroing) -> np.ndarray:
    """One lens's map, (T, T) or (1, T)."""
    length = attention.shape[-1]
    maps = np.stack([attention[chosen] for chosen in heads or [(layer, h) for h in range(HEADS)]])  # (S, T, T)
    match lens:
        case "weight":
            return attention[layer, head]
        case "mean":
            return maps.mean(axis=0)
        case "max":
            return maps.max(axis=0)
        case "norm":
            # Kobayashi et al. 2020, equation 4, over heads: each query's sum of weighted vectors for each key.
            of_layer = [h for chosen_layer, h in heads if chosen_layer == layer] or [head]
            summed = np.zeros((length, length, vectors.shape[-1]))  # (T, T, D)
            for h in of_layer:
                for i in range(length):
                    for j in range(length):
                        summed[i, j] += attention[layer, h, i, j] * vectors[layer, h, j]
            return np.sqrt((summed**2).sum(axis=-1))
        case "value-zeroing":
            # Mohebbi et al. 2023, equation 6.
            return zeroing[layer] / zeroing[layer].sum(axis=1, keepdims=True)
        case "rollout":
            # Abnar and Zuidema 2020, section 3: A = 0.5 W + 0.5 I, multiplied from the lowest layer up.
            rolled = np.eye(length)
            for between in range(min(start, layer), layer + 1):
                rolled = (0.5 * attention[between].mean(axis=0) + 0.5 * np.eye(length)) @ rolled
            return rolled
        case "received":
            source = maps.mean(axis=0) if heads else attention[layer, head]
            return source.mean(axis=0, keepdims=True)
    raise SystemExit(f"no lens is called {lens}")


if __name__ == "__main__":
    main()
