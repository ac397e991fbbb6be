"""The Transformer, in JAX: encoder and decoder, layer norm before each part (pre-norm), one table for both
languages' embeddings and the output.

Shapes: B sentences, S source and T target tokens, D width, H heads, K head width, F feed-forward width, V pieces.
Weights are named and laid out as they are stored: a dense layer is (outputs, inputs).
"""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import pieces

Params = dict[str, jax.Array]


@dataclass(frozen=True)
class Config:
    vocab_size: int = pieces.SIZE
    d_model: int = 192
    encoder_layers: int = 3
    decoder_layers: int = 3
    heads: int = 6
    ffn: int = 512
    max_positions: int = 128
    layer_norm_epsilon: float = 1e-5
    activation: str = "gelu_erf"
    # Piece i of the source or target, from 0: sin(i / 10000^(2 j / D)) at j < D / 2, the cosines behind them.
    positions: str = "sinusoidal_halves"
    # The word's embedding times sqrt(D), plus the position's; the output has the unscaled table and no bias.
    embedding_scale: str = "sqrt_d_model"
    normalization: str = "pre"
    tied_output: bool = True
    pad_id: int = 0
    unk_id: int = 1
    bos_id: int = 2
    eos_id: int = 3
    tag_fr_id: int = 4
    tag_zh_id: int = 5
    # Pieces that a search never writes: their logits count as minus infinity before the softmax.
    never_written_ids: tuple[int, ...] = (0, 1, 2, 4, 5)
    # A search stops at factor x source tokens (tag and eos counted) + extra tokens, and at max_positions.
    target_limit_factor: int = 2
    target_limit_extra: int = 8
    # What a search is done with where nothing else is asked for.
    beam: int = 4
    length_penalty: float = 1.0

    @property
    def tags(self) -> dict[str, int]:
        return {"fr": self.tag_fr_id, "zh": self.tag_zh_id}

    def save(self, path: Path) -> None:
        settings = asdict(self)
        tags = {language: settings.pop(f"tag_{language}_id") for language in ("fr", "zh")}
        about = {
            "model_type": "attention-map-seq2seq",
            "source_format": "tag, pieces, eos",
            "target_format": "bos, pieces, eos",
        }
        path.write_text(json.dumps(about | settings | {"target_tag_ids": tags}, indent=2) + "\n")

    @staticmethod
    def load(path: Path) -> "Config":
        settings = json.loads(path.read_text())
        tags = settings.pop("target_tag_ids")
        for about in ("model_type", "source_format", "target_format"):
            settings.pop(about)
        settings["never_written_ids"] = tuple(settings["never_written_ids"])
        return Config(**settings, **{f"tag_{language}_id": number for language, number in tags.items()})


def shapes(config: Config) -> dict[str, tuple[int, ...]]:
    """Every weight's name and shape."""
    d, f = config.d_model, config.ffn
    norm = lambda name: {f"{name}.weight": (d,), f"{name}.bias": (d,)}
    dense = lambda name, outputs, inputs: {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}
    found: dict[str, tuple[int, ...]] = {"shared.weight": (config.vocab_size, d)}
    for side, layers, attentions in (
        ("encoder", config.encoder_layers, ("self_attn",)),
        ("decoder", config.decoder_layers, ("self_attn", "cross_attn")),
    ):
        for layer in range(layers):
            name = f"{side}.layers.{layer}"
            for attention in attentions:
                found |= norm(f"{name}.{attention}_layer_norm")
                for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
                    found |= dense(f"{name}.{attention}.{part}", d, d)
            found |= norm(f"{name}.ffn_layer_norm")
            found |= dense(f"{name}.fc1", f, d) | dense(f"{name}.fc2", d, f)
        found |= norm(f"{side}.layer_norm")
    return found


def init(config: Config, seed: int) -> Params:
    """Glorot-uniform dense layers, those that end a branch smaller by the root of twice their number."""
    random = np.random.default_rng(seed)
    branches = 2 * config.encoder_layers + 3 * config.decoder_layers
    params = {}
    for name, shape in shapes(config).items():
        if name == "shared.weight":
            value = random.normal(0, config.d_model**-0.5, shape)
            value[config.pad_id] = 0
        elif len(shape) == 2:
            bound = math.sqrt(6 / sum(shape))
            if name.endswith(("out_proj.weight", "fc2.weight")):
                bound /= math.sqrt(branches / 2)
            value = random.uniform(-bound, bound, shape)
        else:
            value = np.full(shape, 1.0 if name.endswith("norm.weight") else 0.0)
        params[name] = jnp.asarray(value, jnp.float32)
    return params


def positions(count: int, width: int) -> np.ndarray:
    angles = np.arange(count)[:, None] / 10000 ** (np.arange(width // 2) * 2 / width)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)  # (T, D)


class Dropout:
    """Zeroes a share of what it is called with, with other random numbers each call. Off without a key."""

    def __init__(self, rate: float, key: jax.Array | None):
        self.rate, self.key, self.calls = rate, key, 0

    def __call__(self, x: jax.Array) -> jax.Array:
        if self.key is None or self.rate == 0:
            return x
        self.calls += 1
        bits = jax.random.bits(jax.random.fold_in(self.key, self.calls), x.shape, jnp.uint8)
        keep = bits >= round(self.rate * 256)
        return jnp.where(keep, x / (1 - round(self.rate * 256) / 256), 0)


NO_DROPOUT = Dropout(0, None)


def linear(params: Params, name: str, x: jax.Array) -> jax.Array:
    return x @ params[f"{name}.weight"].T + params[f"{name}.bias"]


def layer_norm(params: Params, name: str, x: jax.Array, epsilon: float) -> jax.Array:
    mean = x.mean(-1, keepdims=True)
    centred = x - mean
    variance = (centred * centred).mean(-1, keepdims=True)
    return centred * jax.lax.rsqrt(variance + epsilon) * params[f"{name}.weight"] + params[f"{name}.bias"]


def attend(params: Params, name: str, config: Config, x: jax.Array, memory: jax.Array, hidden: jax.Array, maps: list | None) -> jax.Array:
    """Attention of `x` to `memory`; `hidden`, true where a key may not be seen, broadcasts to (B, H, T, S)."""
    split = lambda rows: rows.reshape(*rows.shape[:-1], config.heads, -1)
    query = split(linear(params, f"{name}.q_proj", x))  # (B, T, H, K)
    key = split(linear(params, f"{name}.k_proj", memory))  # (B, S, H, K)
    value = split(linear(params, f"{name}.v_proj", memory))  # (B, S, H, K)
    scores = jnp.einsum("bthk,bshk->bhts", query, key) / math.sqrt(query.shape[-1])
    weights = jax.nn.softmax(jnp.where(hidden, -1e9, scores), axis=-1)  # (B, H, T, S)
    if maps is not None:
        maps.append(weights)
    context = jnp.einsum("bhts,bshk->bthk", weights, value)  # (B, T, H, K)
    return linear(params, f"{name}.out_proj", context.reshape(x.shape))


def feed_forward(params: Params, name: str, x: jax.Array) -> jax.Array:
    return linear(params, f"{name}.fc2", jax.nn.gelu(linear(params, f"{name}.fc1", x), approximate=False))


def embed(params: Params, config: Config, ids: jax.Array) -> jax.Array:
    return params["shared.weight"][ids] * math.sqrt(config.d_model) + positions(ids.shape[1], config.d_model)


def encode(params: Params, config: Config, source: jax.Array, dropout: Dropout = NO_DROPOUT, maps: list | None = None) -> jax.Array:
    """(B, S) ids to (B, S, D)."""
    hidden = (source == config.pad_id)[:, None, None, :]
    x = dropout(embed(params, config, source))
    for layer in range(config.encoder_layers):
        name = f"encoder.layers.{layer}"
        normed = layer_norm(params, f"{name}.self_attn_layer_norm", x, config.layer_norm_epsilon)
        x = x + dropout(attend(params, f"{name}.self_attn", config, normed, normed, hidden, maps))
        normed = layer_norm(params, f"{name}.ffn_layer_norm", x, config.layer_norm_epsilon)
        x = x + dropout(feed_forward(params, name, normed))
    return layer_norm(params, "encoder.layer_norm", x, config.layer_norm_epsilon)


def decode(
    params: Params, config: Config, memory: jax.Array, source: jax.Array, target: jax.Array,
    dropout: Dropout = NO_DROPOUT, self_maps: list | None = None, cross_maps: list | None = None,
) -> jax.Array:
    """What is behind the last layer norm, (B, T, D), of target ids that begin with bos. Times the table: the logits."""
    length = target.shape[1]
    later = ~np.tri(length, dtype=bool)[None, None]  # (1, 1, T, T)
    hidden = (source == config.pad_id)[:, None, None, :]
    x = dropout(embed(params, config, target))
    for layer in range(config.decoder_layers):
        name = f"decoder.layers.{layer}"
        normed = layer_norm(params, f"{name}.self_attn_layer_norm", x, config.layer_norm_epsilon)
        x = x + dropout(attend(params, f"{name}.self_attn", config, normed, normed, later, self_maps))
        normed = layer_norm(params, f"{name}.cross_attn_layer_norm", x, config.layer_norm_epsilon)
        x = x + dropout(attend(params, f"{name}.cross_attn", config, normed, memory, hidden, cross_maps))
        normed = layer_norm(params, f"{name}.ffn_layer_norm", x, config.layer_norm_epsilon)
        x = x + dropout(feed_forward(params, name, normed))
    return layer_norm(params, "decoder.layer_norm", x, config.layer_norm_epsilon)


def loss(
    params: Params, config: Config, source: jax.Array, target: jax.Array, smoothing: float, dropout: Dropout = NO_DROPOUT
) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    """Mean over the target's tokens of the smoothed cross-entropy; also the sum of the plain one, and the tokens.

    `target` is bos, pieces, eos, padding. The logits themselves are only needed for their log-sum-exp.
    """
    memory = encode(params, config, source, dropout)
    outputs = decode(params, config, memory, source, target[:, :-1], dropout)
    table = params["shared.weight"]
    wanted = target[:, 1:]
    real = (wanted != config.pad_id).astype(jnp.float32)
    total = jax.nn.logsumexp(outputs @ table.T, axis=-1)  # (B, T)
    right = (outputs * table[wanted]).sum(-1)
    average = outputs @ table.mean(0)
    count = real.sum()
    plain = ((total - right) * real).sum()
    smooth = ((total - average) * real).sum()
    return ((1 - smoothing) * plain + smoothing * smooth) / jnp.maximum(count, 1), (plain, count)
