"""The translation model in plain float64 numpy, one sentence at a time, to check the engine against.

It shares no code with the engine, nor with the JAX program in training/ that trained the model. Shape letters: L layers,
H heads, S source and T target tokens, D width, K head width, F feed-forward width, V pieces.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from bert import load_weights, softmax

_erf = np.vectorize(math.erf, otypes=[np.float64])

# Every setting whose value this program is written for; another value is an error.
EXPECTED = {
    "model_type": "attention-map-seq2seq",
    "source_format": "tag, pieces, eos",
    "target_format": "bos, pieces, eos",
    "activation": "gelu_erf",
    "positions": "sinusoidal_halves",
    "embedding_scale": "sqrt_d_model",
    "normalization": "pre",
    "tied_output": True,
}


@dataclass
class Maps:
    """Attention of one sentence pair: (L, H, S, S), (L, H, T, T), (L, H, T, S); and the values after `out_proj`,
    (L, H, S, D), of cross-attention, which its norm-weighted lens reads."""

    encoder: np.ndarray
    decoder: np.ndarray
    cross: np.ndarray
    cross_values: np.ndarray


@dataclass
class Hypothesis:
    """`ids` without bos and eos; `score` is the log-probability over the length penalty."""

    ids: list[int]
    score: float


class Translation:
    def __init__(self, folder: Path):
        """Reads model.safetensors (8-bit or 32-bit), tokenizer.json and config.json from `folder`."""
        config = json.loads((folder / "config.json").read_text())
        for name, expected in EXPECTED.items():
            if config[name] != expected:
                raise ValueError(f"{name} is {config[name]!r}, expected {expected!r}")
        self.config = config
        self.weights = {name: tensor.astype(np.float64) for name, tensor in load_weights(folder).items()}
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.encode_special_tokens = True
        self.width, self.heads = config["d_model"], config["heads"]

    def source_ids(self, language: str, text: str) -> list[int]:
        """Tag, pieces, eos."""
        return [self.config["target_tag_ids"][language], *self.tokenizer.encode(text).ids]

    def encode(self, source: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """The encoder's output (S, D) and its maps (L, H, S, S)."""
        rows = self._embed(source)
        maps = []
        for layer in range(self.config["encoder_layers"]):
            name = f"encoder.layers.{layer}"
            normed = self._layer_norm(f"{name}.self_attn_layer_norm", rows)
            context, weights, _ = self._attend(f"{name}.self_attn", normed, normed, None)
            rows = rows + context
            rows = rows + self._feed_forward(name, self._layer_norm(f"{name}.ffn_layer_norm", rows))
            maps.append(weights)
        return self._layer_norm("encoder.layer_norm", rows), np.array(maps)

    def decode(self, memory: np.ndarray, target: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Of a target that begins with bos: logits (T, V), maps (L, H, T, T) and (L, H, T, S), values (L, H, S, D)."""
        rows = self._embed(target)
        later = np.triu(np.ones((len(target), len(target)), bool), 1)
        own, cross, values = [], [], []
        for layer in range(self.config["decoder_layers"]):
            name = f"decoder.layers.{layer}"
            normed = self._layer_norm(f"{name}.self_attn_layer_norm", rows)
            context, weights, _ = self._attend(f"{name}.self_attn", normed, normed, later)
            rows = rows + context
            own.append(weights)
            normed = self._layer_norm(f"{name}.cross_attn_layer_norm", rows)
            context, weights, value = self._attend(f"{name}.cross_attn", normed, memory, None)
            rows = rows + context
            cross.append(weights)
            values.append(value)
            rows = rows + self._feed_forward(name, self._layer_norm(f"{name}.ffn_layer_norm", rows))
        logits = self._layer_norm("decoder.layer_norm", rows) @ self.weights["shared.weight"].T
        return logits, np.array(own), np.array(cross), np.array(values)

    def maps(self, source: list[int], target: list[int]) -> Maps:
        memory, encoder = self.encode(source)
        _, decoder, cross, values = self.decode(memory, target)
        return Maps(encoder, decoder, cross, values)

    def log_probabilities(self, logits: np.ndarray) -> np.ndarray:
        """(T, V), of a search: without the pieces that it never writes."""
        logits = logits.copy()
        logits[:, self.config["never_written_ids"]] = -np.inf
        logits -= logits.max(axis=-1, keepdims=True)
        return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))

    def longest(self, source: list[int]) -> int:
        """The most tokens, eos counted, that a translation may have."""
        config = self.config
        limit = config["target_limit_factor"] * len(source) + config["target_limit_extra"]
        return min(limit, config["max_positions"])

    def search(self, source: list[int], beam: int, alpha: float) -> tuple[list[Hypothesis], float]:
        """All results of a beam search, the best first; greedy with a beam of 1. And how near two continuations came, one
        after the other, of those that were taken and the best that was not: with less arithmetic they may change places.

        Each step takes the 2 x beam best continuations of the beams in order. One that ends is a result if it is among
        the first `beam`; the others become the next beams, until there are `beam`. It stops with `beam` results, or at
        the longest allowed, where the beams are results as they are. A result of n tokens, eos counted, scores its
        log-probability over ((5 + n) / 6) ^ alpha.
        """
        memory, _ = self.encode(source)
        beams: list[tuple[float, list[int]]] = [(0.0, [])]
        results: list[Hypothesis] = []
        gap = math.inf
        for length in range(1, self.longest(source) + 1):
            penalty = ((5 + length) / 6) ** alpha
            continuations = []
            for number, (score, ids) in enumerate(beams):
                logits = self.decode(memory, [self.config["bos_id"], *ids])[0][-1:]
                following = score + self.log_probabilities(logits)[0]  # (V)
                for piece in np.argsort(-following, kind="stable")[: 2 * beam + 1]:
                    continuations.append((float(following[piece]), number, int(piece)))
            continuations.sort(key=lambda found: -found[0])
            gap = min(gap, *(first[0] - second[0] for first, second in zip(continuations, continuations[1 : 2 * beam + 1])))
            new_beams = []
            for rank, (score, number, piece) in enumerate(continuations[: 2 * beam]):
                if piece == self.config["eos_id"]:
                    if rank < beam:
                        results.append(Hypothesis(beams[number][1], score / penalty))
                elif len(new_beams) < beam:
                    new_beams.append((score, beams[number][1] + [piece]))
            if len(results) >= beam:
                break
            beams = new_beams
            if length == self.longest(source):
                results += [Hypothesis(ids, score / penalty) for score, ids in beams]
        return sorted(results, key=lambda result: -result.score), gap

    def decode_text(self, ids: list[int]) -> str:
        return self.tokenizer.decode(ids)

    def _embed(self, ids: list[int]) -> np.ndarray:
        half = self.width // 2
        angles = np.arange(len(ids))[:, None] / 10000.0 ** (2 * np.arange(half) / self.width)
        table = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
        return self.weights["shared.weight"][ids] * math.sqrt(self.width) + table

    def _attend(self, name: str, rows: np.ndarray, memory: np.ndarray, hidden: np.ndarray | None):
        """What attention adds to `rows` (T, D), its weights (H, T, S), and each head's values behind out_proj (H, S, D)."""
        split = lambda projected: projected.reshape(len(projected), self.heads, -1).transpose(1, 0, 2)
        query, key, value = (
            split(self._linear(f"{name}.{part}", given)) for part, given in (("q_proj", rows), ("k_proj", memory), ("v_proj", memory))
        )
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[-1])  # (H, T, S)
        if hidden is not None:
            scores = np.where(hidden, -np.inf, scores)
        weights = softmax(scores)
        out = self.weights[f"{name}.out_proj.weight"].reshape(self.width, self.heads, -1)  # (D, H, K)
        values = np.einsum("hsk,dhk->hsd", value, out)
        context = np.einsum("hts,hsd->td", weights, values) + self.weights[f"{name}.out_proj.bias"]
        return context, weights, values

    def _feed_forward(self, name: str, rows: np.ndarray) -> np.ndarray:
        inner = self._linear(f"{name}.fc1", rows)
        return self._linear(f"{name}.fc2", inner * 0.5 * (1 + _erf(inner / math.sqrt(2))))

    def _linear(self, name: str, rows: np.ndarray) -> np.ndarray:
        return rows @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _layer_norm(self, name: str, rows: np.ndarray) -> np.ndarray:
        centred = rows - rows.mean(axis=-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + self.config["layer_norm_epsilon"])
        return centred / deviation * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
