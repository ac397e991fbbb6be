"""How much of f32's attention 8-bit weights can keep, in the bytes that they have: rounding to the nearest, and as `src/store/quantise.rs` does.

    python rounding.py MODEL_FOLDER EIGHT_BIT_FOLDER

Prints for each way the share of the goldens' rows whose largest weight stays on the same token, and how much the weights differ; at
the end of the file that the maker wrote, and how many of its integers are those found here. It shares no code with the maker, adds in
another order and in 64 bits, and so a few integers differ, and what they lead to.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np

import bert
from bert import HEAD_WIDTH, HEADS, Bert

ROOT = Path(__file__).resolve().parent.parent.parent
DENSE_BLOCK, EMBEDDING_BLOCK = 32, 64
FLOOR = 0.1  # of a metric's mean eigenvalue: what is added to all, since a few sentences are not all that is ever read
EMBEDDINGS = ["embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight"]


class Fast(Bert):
    """In 32-bit floats, and with what each dense layer reads kept in `seen` where that is there."""

    seen: dict[str, list[np.ndarray]] | None = None

    def _linear(self, name: str, rows: np.ndarray) -> np.ndarray:
        if self.seen is not None:
            self.seen.setdefault(name, []).append(rows)
        return super()._linear(name, rows)

    def with_weights(self, weights: dict[str, np.ndarray]) -> "Fast":
        other = Fast.__new__(Fast)
        other.tokenizer, other.weights = self.tokenizer, {**self.weights, **weights}
        return other


def gelu_erf(x: np.ndarray) -> np.ndarray:
    """With erf of Abramowitz and Stegun 7.1.26, which takes whole arrays."""
    a = np.abs(x) * math.sqrt(0.5)
    t = 1 / (1 + 0.3275911 * a)
    poly = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    return 0.5 * x * (1 + np.sign(x) * (1 - poly * np.exp(-a * a)))


def scales(weights: np.ndarray, block: int) -> np.ndarray:
    """One for each weight."""
    largest = np.abs(weights.reshape(len(weights), -1, block)).max(-1)
    return np.repeat((largest / np.float32(127)).astype(np.float16).astype(np.float32), block, axis=1)


def nearest(weights: np.ndarray, block: int) -> np.ndarray:
    scale = scales(weights, block)
    return np.clip(np.rint(weights / np.where(scale == 0, 1, scale)), -127, 127) * scale


def factor(metric: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The places by the metric's diagonal, the smallest first, and the L of L Lᵀ, the metric in that order."""
    order = np.argsort(np.diag(metric), kind="stable")
    return order, np.linalg.cholesky((metric + FLOOR * np.trace(metric) / len(metric) * np.eye(len(metric)))[np.ix_(order, order)])


def shaped_rows(wanted: np.ndarray, steps: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Multiples of `steps` so that d L Lᵀ dᵀ stays small, d what is missed: from the last to the first, each making up for those after it."""
    missed, rounded = np.zeros(wanted.shape), np.zeros(wanted.shape)
    for column in range(wanted.shape[1] - 1, -1, -1):
        goal = wanted[:, column] + missed[:, column + 1 :] @ lower[column + 1 :, column] / lower[column, column]
        step = steps[:, column]
        rounded[:, column] = np.clip(np.rint(goal / np.where(step == 0, 1, step)), -127, 127) * step
        missed[:, column] = wanted[:, column] - rounded[:, column]
    return rounded


def shaped(weights: np.ndarray, block: int, metric: np.ndarray, of_rows: list[np.ndarray] | None = None) -> np.ndarray:
    """With a metric of the rows of each head, too, a head's rows are as one long row, under the product of the metrics."""
    order, lower = factor(metric)
    wanted, steps = weights[:, order].astype(np.float64), scales(weights, block)[:, order].astype(np.float64)
    rounded = np.zeros(wanted.shape)
    if of_rows is None:
        rounded[:] = shaped_rows(wanted, steps, lower)
    else:
        rows, factors = zip(*(factor(metric) for metric in of_rows))
        rows = np.stack(rows) + HEAD_WIDTH * np.arange(HEADS)[:, None]  # (H, K)
        for at in range(HEAD_WIDTH - 1, -1, -1):
            missed = (wanted - rounded)[rows[:, at + 1 :]]  # (H, later, D)
            times = np.stack([lower[at + 1 :, at] / lower[at, at] for lower in factors])
            goal = wanted[rows[:, at]] + np.einsum("hl,hld->hd", times, missed)
            rounded[rows[:, at]] = shaped_rows(goal, steps[rows[:, at]], lower)
    back = np.empty_like(rounded)
    back[:, order] = rounded
    return back.astype(np.float32)


def by_head(values: np.ndarray) -> list[np.ndarray]:
    """The second moments of each head's columns."""
    heads = values.reshape(len(values), HEADS, HEAD_WIDTH).transpose(1, 0, 2)
    return list(heads.transpose(0, 2, 1) @ heads)


def centred(rows: np.ndarray, texts: list) -> np.ndarray:
    """Keys, or what they are made of, without what those of a text have in common: softmax takes it away."""
    ends = np.cumsum([len(ids) for ids, _ in texts])
    return np.concatenate([part - part.mean(0) for part in np.split(rows, ends[:-1])])


def embedding_metric(model: Fast, query: list[np.ndarray], key: list[np.ndarray]) -> np.ndarray:
    """How far the scores of layer 0 move with an embedding, over the layer norm's own weights; of its heads' queries and centred keys."""
    total = 0
    for part, met in (("query", key), ("key", query)):
        weight = model.weights[f"encoder.layer.0.attention.self.{part}.weight"].astype(np.float64).reshape(HEADS, HEAD_WIDTH, -1)
        total = total + sum(rows.T @ moments @ rows for rows, moments in zip(weight, met))
    gain = model.weights["embeddings.LayerNorm.weight"].astype(np.float64)
    centre = np.eye(len(gain)) - 1 / len(gain)
    return centre @ (gain[:, None] * total * gain) @ centre


def main():
    parser = argparse.ArgumentParser(description="compares ways to round weights to 8 bits")
    parser.add_argument("model_folder", type=Path, help="the folder of the model with 32-bit weights")
    parser.add_argument("eight_bit_folder", type=Path, help="the folder of the one with 8-bit weights")
    arguments = parser.parse_args()
    bert.gelu_erf = gelu_erf
    model = Fast(arguments.model_folder)
    model.weights = {name: tensor.astype(np.float32) for name, tensor in model.weights.items()}

    sentences = (ROOT / "src/habits/sentences.txt").read_text(encoding="utf-8")
    ids = model.tokenizer.encode(sentences, add_special_tokens=False).ids
    calibration = [([bert.CLS, *ids[at : at + 510], bert.SEP], [0] * (len(ids[at : at + 510]) + 2)) for at in range(0, len(ids), 510)]
    model.seen = {}
    for text in calibration:
        model.forward(*text)
    seen, model.seen = {name: np.concatenate(rows).astype(np.float64) for name, rows in model.seen.items()}, None

    cases = json.loads((ROOT / "tests/golden/cases.json").read_text(encoding="utf-8"))
    texts = [model.tokenize(case["text"], case.get("textB")) for case in cases]
    wanted = [model.forward(text.ids, text.type_ids)[0] for text in texts]

    def report(name: str, weights: dict[str, np.ndarray]):
        other = model.with_weights(weights)
        got = [other.forward(text.ids, text.type_ids)[0] for text in texts]
        same = np.concatenate([(a.argmax(-1) == b.argmax(-1)).ravel() for a, b in zip(wanted, got)])
        apart = np.concatenate([np.abs(a - b).ravel() for a, b in zip(wanted, got)])
        print(f"{name}: {100 * same.mean():.2f} % of all rows; weights differ by {apart.mean():.2e}, at most {apart.max():.3f}", flush=True)

    plain = {f"{name}.weight": nearest(model.weights[f"{name}.weight"], DENSE_BLOCK) for name in seen}
    plain |= {name: nearest(model.weights[name], EMBEDDING_BLOCK) for name in EMBEDDINGS}
    report("all to the nearest", plain)
    dense, scored = {}, {}
    for name, rows in seen.items():
        weights = model.weights[f"{name}.weight"]
        dense[f"{name}.weight"] = shaped(weights, DENSE_BLOCK, rows.T @ rows)
        if name.endswith(("query", "key")):
            is_key = name.endswith("key")
            other = name.removesuffix("key") + "query" if is_key else name.removesuffix("query") + "key"
            met = model._linear(other, rows)
            met, rows = (met, centred(rows, calibration)) if is_key else (centred(met, calibration), rows)
            scored[f"{name}.weight"] = shaped(weights, DENSE_BLOCK, rows.T @ rows, by_head(met))
    report("dense layers by what they read", plain | dense)
    report("queries and keys by what becomes of their scores", plain | dense | scored)
    first = "encoder.layer.0.attention.self"
    query, key = (model._linear(f"{first}.{part}", seen[f"{first}.{part}"]) for part in ("query", "key"))
    metric = embedding_metric(model, by_head(query), by_head(centred(key, calibration)))
    embeddings = {name: shaped(model.weights[name], EMBEDDING_BLOCK, metric) for name in EMBEDDINGS}
    everything = plain | dense | scored | embeddings
    report("embeddings by what becomes of the first layer's scores", everything)

    made = {name: tensor.astype(np.float32) for name, tensor in bert.load_weights(arguments.eight_bit_folder).items()}
    report("the maker's file", {name: made[name] for name in everything})
    same = sum((made[name] == tensor).sum() for name, tensor in everything.items())
    print(f"of its integers, {100 * same / sum(tensor.size for tensor in everything.values()):.1f} % are those found here")


if __name__ == "__main__":
    main()
