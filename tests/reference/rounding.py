"""How much of f32's attention 8-bit weights can keep, in the bytes that they have: rounding to the nearest, and with an eye on what is read.

    python rounding.py MODEL_FOLDER

Prints for each way the share of the goldens' rows whose largest weight stays on the same token. Rounding with an eye on what is read
chooses the integers of a row from the last to the first, each making up for the errors after it as far as the metric L Lᵀ of a
tensor's inputs lets it (Babai's nearest plane; GPTQ is the same in another order). The scales are those of the nearest. A dense layer's metric is
the second moment of its inputs over the built-in sentences; an embedding's, how far the scores of the first layer move with it.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np

import bert
from bert import HEAD_WIDTH, HEADS, Bert, softmax

ROOT = Path(__file__).resolve().parent.parent.parent
DENSE_BLOCK, EMBEDDING_BLOCK = 32, 64
# Of a metric's mean eigenvalue: what is added to all, since a few sentences are not all that is ever read.
DENSE_FLOOR, EMBEDDING_FLOOR = 0.1, 0.01
EMBEDDINGS = ["embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight"]


class Fast(Bert):
    """In 32-bit floats, and with what each dense layer reads kept in `seen` where that is there."""

    seen: dict[str, np.ndarray] | None = None

    def _linear(self, name: str, rows: np.ndarray) -> np.ndarray:
        if self.seen is not None:
            self.seen[name] = self.seen.get(name, 0) + rows.T.astype(np.float64) @ rows
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


def shaped(weights: np.ndarray, block: int, metric: np.ndarray, floor: float) -> np.ndarray:
    """Rounds so that d L Lᵀ dᵀ stays small, d a row's error."""
    width = len(metric)
    lower = np.linalg.cholesky(metric + floor * np.trace(metric) / width * np.eye(width))
    scale = scales(weights, block).astype(np.float64)
    rounded, carried = np.zeros(weights.shape), np.zeros(weights.shape)
    for end in range(width, 0, -block):
        errors = np.zeros((len(weights), block))
        for column in range(end - 1, end - block - 1, -1):
            wanted = weights[:, column] + carried[:, column] / lower[column, column]
            step = scale[:, column]
            rounded[:, column] = np.clip(np.rint(wanted / np.where(step == 0, 1, step)), -127, 127) * step
            errors[:, column - end + block] = weights[:, column] - rounded[:, column]
            within = slice(end - block, column)
            carried[:, within] += np.outer(errors[:, column - end + block], lower[column, within])
        carried[:, : end - block] += errors @ lower[end - block : end, : end - block]
    return rounded.astype(np.float32)


def embedding_metric(model: Fast, texts: list) -> np.ndarray:
    """How far the scores of layer 0 move with an embedding, over the layer norm's own weights."""
    parts = {"query": [], "key": []}
    for ids, kinds in texts:
        words, positions, types = (model.weights[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type"))
        hidden = model._layer_norm("embeddings.LayerNorm", words[ids] + positions[: len(ids)] + types[kinds])
        for part, rows in parts.items():
            values = model._linear(f"encoder.layer.0.attention.self.{part}", hidden).astype(np.float64)
            # What all keys have in common, softmax takes away.
            rows.append(values - values.mean(0) if part == "key" else values)
    moments = {part: np.concatenate(rows) for part, rows in parts.items()}
    total = 0
    for head in range(HEADS):
        rows = slice(HEAD_WIDTH * head, HEAD_WIDTH * (head + 1))
        for part, other in (("query", "key"), ("key", "query")):
            weight = model.weights[f"encoder.layer.0.attention.self.{part}.weight"][rows].astype(np.float64)
            total = total + weight.T @ (moments[other][:, rows].T @ moments[other][:, rows]) @ weight
    gain = model.weights["embeddings.LayerNorm.weight"].astype(np.float64)
    centred = np.eye(len(gain)) - 1 / len(gain)
    return centred @ (gain[:, None] * total * gain) @ centred


def main():
    parser = argparse.ArgumentParser(description="compares ways to round weights to 8 bits")
    parser.add_argument("model_folder", type=Path, help="the folder of the model with 32-bit weights")
    bert.gelu_erf = gelu_erf
    model = Fast(parser.parse_args().model_folder)
    model.weights = {name: tensor.astype(np.float32) for name, tensor in model.weights.items()}

    sentences = (ROOT / "src/habits/sentences.txt").read_text(encoding="utf-8")
    ids = model.tokenizer.encode(sentences, add_special_tokens=False).ids
    calibration = [([bert.CLS, *ids[at : at + 510], bert.SEP], [0] * (len(ids[at : at + 510]) + 2)) for at in range(0, len(ids), 510)]
    model.seen = {}
    for text in calibration:
        model.forward(*text)
    moments, model.seen = model.seen, None
    dense = [f"{name}.weight" for name in moments]
    of_words = embedding_metric(model, calibration)

    cases = json.loads((ROOT / "tests/golden/cases.json").read_text(encoding="utf-8"))
    texts = [model.tokenize(case["text"], case.get("textB")) for case in cases]
    wanted = [model.forward(text.ids, text.type_ids)[0].argmax(-1) for text in texts]

    def report(name: str, weights: dict[str, np.ndarray]):
        other = model.with_weights(weights)
        same = [other.forward(text.ids, text.type_ids)[0].argmax(-1) == rows for text, rows in zip(texts, wanted)]
        print(f"{name}: {100 * sum(rows.sum() for rows in same) / sum(rows.size for rows in same):.2f} % of all rows")

    plain = {name: nearest(model.weights[name], DENSE_BLOCK) for name in dense}
    plain |= {name: nearest(model.weights[name], EMBEDDING_BLOCK) for name in EMBEDDINGS}
    report("all to the nearest", plain)
    for group in ("embeddings", "query", "key", "value", "attention.output", "intermediate", r".output.dense"):
        chosen = {name: tensor for name, tensor in plain.items() if group in name and (group != ".output.dense" or "attention" not in name)}
        report(f"only {group}, to the nearest", chosen)
    with_an_eye = {name: shaped(model.weights[name], DENSE_BLOCK, moments[name.removesuffix(".weight")], DENSE_FLOOR) for name in dense}
    of_embeddings = {name: shaped(model.weights[name], EMBEDDING_BLOCK, of_words, EMBEDDING_FLOOR) for name in EMBEDDINGS}
    report("dense layers with an eye on what is read", plain | with_an_eye)
    report("embeddings too", plain | with_an_eye | of_embeddings)
    once = of_embeddings[EMBEDDINGS[1]]
    twice = once + nearest(model.weights[EMBEDDINGS[1]] - once, EMBEDDING_BLOCK)
    report("and the positions' errors in another 8 bits, 0.2 MB more", plain | with_an_eye | of_embeddings | {EMBEDDINGS[1]: twice})


if __name__ == "__main__":
    main()
