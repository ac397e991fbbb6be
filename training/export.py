"""The weights in 8 bits, by the rule of tests/reference/README.md, and any weights file read as 32-bit floats."""

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

DENSE_BLOCK, EMBEDDING_BLOCK = 32, 64
ABOUT = "weight = i8 times the f16 scale of its block; the block's length is columns of weight over columns of scale"


def in_blocks(weights: np.ndarray, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Integers of the same shape, and a scale for each `block` neighbours in a row."""
    blocks = weights.reshape(weights.shape[0], -1, block)
    scale = (np.abs(blocks).max(-1, keepdims=True) / np.float32(127)).astype(np.float16)
    divided = np.divide(blocks, scale.astype(np.float32), out=np.zeros_like(blocks), where=scale != 0)
    integers = np.clip(np.rint(divided), -127, 127).astype(np.int8)
    return integers.reshape(weights.shape), scale[:, :, 0]


def quantised(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    made = {}
    for name, value in weights.items():
        if value.ndim == 2:
            made[name], made[f"{name}.scale"] = in_blocks(value, EMBEDDING_BLOCK if name == "shared.weight" else DENSE_BLOCK)
        else:
            made[name] = value
    return made


def load(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a weights file, integers multiplied by their scales."""
    stored = load_file(path)
    weights = {}
    for name, value in stored.items():
        if value.dtype == np.int8:
            scale = stored[f"{name}.scale"].astype(np.float32)
            value = (value.reshape(*scale.shape, -1) * scale[:, :, None]).reshape(value.shape)
        if not name.endswith(".scale"):
            weights[name] = value.astype(np.float32)
    return weights
