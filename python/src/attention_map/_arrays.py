"""Attention from any library, checked, as one array of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ._limits import MAX_HEADS, MAX_TOKENS, MAX_WEIGHT, MAX_WEIGHTS
from ._trace import TraceError

#: bfloat16 has 8 bits: the weights of a row may add up to this much more or less than 1.
ROW_TOLERANCE = 0.02
EXPECTED = (
    "attentions should be one array (layers, heads, tokens, tokens), or a sequence with an array of shape "
    "(1, heads, tokens, tokens) or (heads, tokens, tokens) for each layer"
)


def to_weights(
    attentions: Any, tokens: int, keep: Sequence[tuple[int, int]] | None = None, check_rows: bool = True
) -> npt.NDArray[np.float32]:
    """(layers, heads, tokens, tokens), read-only; NaN where a head is not kept."""
    weights = stacked(attentions)
    layers, heads, queries, keys = weights.shape
    if queries != keys:
        raise TraceError(
            f"self-attention has as many columns as rows, and this has {queries} rows and {keys} columns; "
            "cross-attention, and the single rows that generation with a cache gives, are not shown "
            "(run the model once over the whole sequence)"
        )
    if queries != tokens:
        raise TraceError(
            f"there are {tokens} tokens, and the attention is of {queries}: each row and column needs its token, "
            "special ones like [CLS] and padding included (tokenizer.convert_ids_to_tokens(input_ids[0]))"
        )
    if max(layers, heads) > MAX_HEADS:
        raise TraceError(f"there are {layers} layers of {heads} heads, and at most {MAX_HEADS} of each are shown")
    weights = only(weights, keep)
    count = int((~np.isnan(weights[:, :, 0, 0])).sum()) * queries * keys if keep else weights.size
    if count > MAX_WEIGHTS:
        raise TraceError(
            f"{layers} layers of {heads} heads of {tokens} tokens are {count} weights, and at most {MAX_WEIGHTS} are shown; "
            f"keep fewer heads (keep=[(0, 0), ...], up to {MAX_WEIGHTS // (queries * keys)} of them) or a shorter text"
        )
    check(weights, keep, check_rows)
    # What exceeds 1 by rounding is 1.
    weights = np.minimum(weights, 1, dtype=np.float32)
    weights.flags.writeable = False
    return weights


def stacked(attentions: Any) -> npt.NDArray[np.float32]:
    """(layers, heads, rows, columns)"""
    if isinstance(attentions, (list, tuple)):
        if not attentions:
            raise TraceError(f"attentions is empty; {EXPECTED}")
        layers = [of_layer(entry, f"attentions[{index}]") for index, entry in enumerate(attentions)]
        for index, layer in enumerate(layers):
            if layer.shape != layers[0].shape:
                raise TraceError(
                    f"attentions[{index}] is of shape {layer.shape}, and attentions[0] of {layers[0].shape}; "
                    "all layers should be of one shape"
                )
        return np.stack(layers)
    if attentions is None:
        raise TraceError(f"attentions is None; {EXPECTED}. {HUGGING_FACE}")
    array = to_numpy(attentions, "attentions")
    if array.ndim == 5 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 4:
        more = "; for a single layer pass [attention]" if array.ndim == 3 else ""
        raise TraceError(f"{EXPECTED}, and is an array of shape {array.shape}{more}")
    return array


HUGGING_FACE = (
    "With Hugging Face transformers, load the model with attn_implementation='eager' and call it with "
    "output_attentions=True"
)


def of_layer(entry: Any, name: str) -> npt.NDArray[np.float32]:
    """(heads, rows, columns)"""
    if entry is None:
        raise TraceError(f"{name} is None, since the model returned no weights. {HUGGING_FACE}")
    if isinstance(entry, tuple):
        raise TraceError(
            f"{name} is a tuple, as generate() returns one for each new token; "
            "call the model once on the whole sequence (outputs = model(input_ids, output_attentions=True)) "
            "and pass outputs.attentions"
        )
    array = to_numpy(entry, name)
    if array.ndim == 4:
        if array.shape[0] != 1:
            raise TraceError(
                f"{name} is of shape {array.shape}: a batch of {array.shape[0]} texts, and a map is of one; "
                "pass [layer[i:i + 1] for layer in attentions] with the tokens of text i"
            )
        array = array[0]
    if array.ndim != 3:
        raise TraceError(f"{EXPECTED}, and {name} is of shape {array.shape}")
    return array


def to_numpy(value: Any, name: str) -> npt.NDArray[np.float32]:
    """Of torch (any device and precision), JAX, TensorFlow, numpy, or nested lists."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().float()
    try:
        array = np.asarray(value)
        if array.dtype == object or array.dtype.kind in "USmM":
            raise ValueError(f"of type {array.dtype}")
        # Also of bfloat16, which numpy has no letter for.
        array = array.astype(np.float32)
    except (TypeError, ValueError) as error:
        raise TraceError(f"{name} cannot be read as an array of numbers ({type(value).__name__}: {error})") from None
    if 0 in array.shape or (array.ndim > 1 and array.shape[-1] > MAX_TOKENS):
        raise TraceError(f"{name} is of shape {array.shape}; 1 to {MAX_TOKENS} tokens are shown")
    return array


def only(weights: npt.NDArray[np.float32], keep: Sequence[tuple[int, int]] | None) -> npt.NDArray[np.float32]:
    if keep is None:
        return weights
    layers, heads = weights.shape[:2]
    kept = np.full_like(weights, np.nan)
    try:
        places = [(int(layer), int(head)) for layer, head in keep]
    except (TypeError, ValueError):
        raise TraceError(f"keep should list (layer, head), like [(0, 3), (5, 1)], and is {keep!r}") from None
    for layer, head in places:
        if not (0 <= layer < layers and 0 <= head < heads):
            raise TraceError(f"keep names layer {layer} head {head}; there are layers 0 to {layers - 1}, heads 0 to {heads - 1}")
        kept[layer, head] = weights[layer, head]
    if not places:
        raise TraceError("keep is empty; it should list at least one (layer, head)")
    return kept


def check(weights: npt.NDArray[np.float32], keep: Sequence[tuple[int, int]] | None, check_rows: bool) -> None:
    broken = ~np.isfinite(weights)
    if keep is not None:
        there = np.zeros(weights.shape[:2], bool)
        there[tuple(zip(*keep))] = True
        broken &= there[:, :, None, None]
    refuse(broken, weights, "is {value}, which is no weight; did the model overflow, in half precision perhaps?")
    softmax = "these look like scores before the softmax, which turns them into weights"
    refuse(weights < 0, weights, "is {value}, and a weight is from 0 to 1; " + softmax)
    refuse(weights > MAX_WEIGHT, weights, "is {value}, and a weight is from 0 to 1; " + softmax + ", or dropout was on (model.eval())")
    if not check_rows:
        return
    sums = weights.sum(axis=-1, dtype=np.float64)
    # Rows of a query that may look at nothing, such as padding, are nothing.
    wrong = (np.abs(sums - 1) > ROW_TOLERANCE) & (sums != 0)
    if wrong.any():
        layer, head, row = (int(index) for index in np.argwhere(wrong)[0])
        raise TraceError(
            f"row {row} of layer {layer} head {head} adds up to {sums[layer, head, row]:.4g}, and a row of weights adds up to 1 "
            f"({int(wrong.sum())} of {sums.size} rows do not). Was dropout on (model.eval()), were rows or columns cut away, "
            "or is the last axis not the keys? Where it is meant, pass check_rows=False"
        )


def refuse(wrong: npt.NDArray[np.bool_], weights: npt.NDArray[np.float32], why: str) -> None:
    if wrong.any():
        layer, head, row, column = (int(index) for index in np.argwhere(wrong)[0])
        value = f"{weights[layer, head, row, column]:.6g}"
        raise TraceError(f"the weight of layer {layer} head {head} row {row} column {column} " + why.format(value=value))
