"""all-MiniLM-L6-v2 in plain float64 numpy, to check the engine against.

It shares no code with the engine. Shape letters as in ARCHITECTURE.md: L layers, H heads, T tokens, D model
width, K head width, F feed-forward width.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

LAYERS = 6
HEADS = 12
HEAD_WIDTH = 32
MAX_TOKENS = 512
LAYER_NORM_EPSILON = 1e-12

CLS = 101
SEP = 102


@dataclass
class Cut:
    """`tokens` tokens of `segment`, from UTF-16 offset `start` on, that the model did not get."""

    segment: int
    start: int
    tokens: int


@dataclass
class Tokens:
    """What the model reads. Every list has T entries; spans are UTF-16 offsets into their segment's text."""

    ids: list[int]
    pieces: list[str]
    type_ids: list[int]
    spans: list[tuple[int, int]]
    special: list[bool]
    segments: list[int]
    cuts: list[Cut]


class Bert:
    def __init__(self, folder: Path):
        """Reads model.safetensors and tokenizer.json from `folder`."""
        self.weights = {name: tensor.astype(np.float64) for name, tensor in load_weights(folder).items()}
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    def tokenize(self, text: str, text_b: str | None = None) -> Tokens:
        """[CLS] text [SEP] or [CLS] text [SEP] text_b [SEP], cut to MAX_TOKENS, the longer segment first."""
        texts = [text] if text_b is None else [text, text_b]
        encodings = [self.tokenizer.encode(segment, add_special_tokens=False) for segment in texts]
        lengths = [len(encoding.ids) for encoding in encodings]
        kept = list(lengths)
        while sum(kept) + 1 + len(kept) > MAX_TOKENS:
            # The longer one loses its last token, the second one where they are equal.
            longest = max(range(len(kept)), key=lambda segment: (kept[segment], segment))
            kept[longest] -= 1

        tokens = Tokens([CLS], ["[CLS]"], [0], [(0, 0)], [True], [0], [])
        for segment, (encoding, count) in enumerate(zip(encodings, kept)):
            offsets = utf16_offsets(texts[segment])
            spans = [(offsets[start], offsets[end]) for start, end in encoding.offsets]
            if count < lengths[segment]:
                tokens.cuts.append(Cut(segment, spans[count - 1][1], lengths[segment] - count))
            tokens.ids += encoding.ids[:count] + [SEP]
            tokens.pieces += encoding.tokens[:count] + ["[SEP]"]
            tokens.type_ids += [segment] * (count + 1)
            tokens.spans += spans[:count] + [(offsets[-1], offsets[-1])]
            tokens.special += [False] * count + [True]
            tokens.segments += [segment] * (count + 1)

        if not tokens.cuts:
            template = self.tokenizer.encode(*texts)
            assert template.ids == tokens.ids and template.type_ids == tokens.type_ids
            assert [bool(flag) for flag in template.special_tokens_mask] == tokens.special
        return tokens

    def forward(self, ids: list[int], type_ids: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """Every layer's attention (L, H, T, T) and the last hidden state (T, D)."""
        length = len(ids)
        hidden = (
            self.weights["embeddings.word_embeddings.weight"][ids]
            + self.weights["embeddings.position_embeddings.weight"][:length]
            + self.weights["embeddings.token_type_embeddings.weight"][type_ids]
        )  # (T, D)
        hidden = self._layer_norm("embeddings.LayerNorm", hidden)

        attention = np.empty((LAYERS, HEADS, length, length))
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            query, key, value = (
                self._linear(f"{name}.attention.self.{part}", hidden).reshape(length, HEADS, HEAD_WIDTH).transpose(1, 0, 2)
                for part in ("query", "key", "value")
            )  # (H, T, K) each
            scores = query @ key.transpose(0, 2, 1) / math.sqrt(HEAD_WIDTH)  # (H, T, T)
            attention[layer] = softmax(scores)
            context = (attention[layer] @ value).transpose(1, 0, 2).reshape(length, HEADS * HEAD_WIDTH)  # (T, D)
            hidden = self._layer_norm(
                f"{name}.attention.output.LayerNorm", hidden + self._linear(f"{name}.attention.output.dense", context)
            )
            inner = gelu_erf(self._linear(f"{name}.intermediate.dense", hidden))  # (T, F)
            hidden = self._layer_norm(f"{name}.output.LayerNorm", hidden + self._linear(f"{name}.output.dense", inner))
        return attention, hidden

    def embed(self, text: str) -> np.ndarray:
        """The mean of the last hidden state over all tokens, special ones included, of length 1. (D)"""
        tokens = self.tokenize(text)
        _, hidden = self.forward(tokens.ids, tokens.type_ids)
        mean = hidden.mean(axis=0)
        return mean / np.linalg.norm(mean)

    def _linear(self, name: str, rows: np.ndarray) -> np.ndarray:
        return rows @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _layer_norm(self, name: str, rows: np.ndarray) -> np.ndarray:
        centred = rows - rows.mean(axis=-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + LAYER_NORM_EPSILON)
        return centred / deviation * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]


def load_weights(folder: Path) -> dict[str, np.ndarray]:
    """The float32 tensors of `folder`'s model.safetensors.

    8-bit ones are multiplied by the scales of their blocks, which is exact: 7 bits and a sign times the 11 of a float16.
    """
    stored = load_file(folder / "model.safetensors")
    weights = {name: tensor for name, tensor in stored.items() if tensor.dtype == np.float32}
    for name, integers in stored.items():
        if integers.dtype == np.int8:
            scales = stored[f"{name}.scale"].astype(np.float32)  # (rows, blocks)
            rows, blocks = scales.shape
            weights[name] = (integers.reshape(rows, blocks, -1) * scales[:, :, None]).reshape(integers.shape)
    return weights


def softmax(scores: np.ndarray) -> np.ndarray:
    """Over the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


_erf = np.vectorize(math.erf, otypes=[np.float64])


def gelu_erf(values: np.ndarray) -> np.ndarray:
    return 0.5 * values * (1.0 + _erf(values / math.sqrt(2.0)))


def utf16_offsets(text: str) -> list[int]:
    """The UTF-16 offset of every code point of `text`, and of its end."""
    offsets = [0]
    for character in text:
        offsets.append(offsets[-1] + (2 if ord(character) > 0xFFFF else 1))
    return offsets
