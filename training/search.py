"""Greedy and beam search over batches of sentences, with a key-value cache, in JAX."""

import math
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

import batches
import model
from model import Config, Params

WIDTHS = batches.WIDTHS + [model.Config.max_positions]

def longest(config: Config, source: int) -> int:
    """How many tokens, eos counted, a source of so many, tag and eos counted, may become."""
    return min(config.target_limit_factor * source + config.target_limit_extra, config.max_positions)


def length_penalty(length: int, alpha: float) -> float:
    """What a hypothesis of `length` tokens, eos counted, has its log-probability divided by (Wu et al. 2016)."""
    return ((5 + length) / 6) ** alpha


@partial(jax.jit, static_argnames=("config",))
def start(params: Params, source: jax.Array, *, config: Config):
    """Each decoder layer's keys and values of the source, (layers, 2, B, S, D)."""
    memory = model.encode(params, config, source)
    return jnp.stack(
        [
            jnp.stack([model.linear(params, f"decoder.layers.{layer}.cross_attn.{part}", memory) for part in ("k_proj", "v_proj")])
            for layer in range(config.decoder_layers)
        ]
    )


def _one_query(params, name, config, x, keys, values, hidden):
    """Attention of one row a sentence, (B, D), to (B, N, D); `hidden` (B, N) or (N)."""
    batch, count, width = keys.shape
    query = model.linear(params, f"{name}.q_proj", x).reshape(batch, config.heads, -1)  # (B, H, K)
    keys, values = (rows.reshape(batch, count, config.heads, -1) for rows in (keys, values))
    scores = jnp.einsum("bhk,bnhk->bhn", query, keys) / math.sqrt(query.shape[-1])
    weights = jax.nn.softmax(jnp.where(jnp.broadcast_to(hidden, (batch, count))[:, None], -1e9, scores), axis=-1)
    context = jnp.einsum("bhn,bnhk->bhk", weights, values).reshape(batch, width)
    return model.linear(params, f"{name}.out_proj", context)


@partial(jax.jit, static_argnames=("config",), donate_argnames=("own",))
def step(params: Params, crossed: jax.Array, hidden: jax.Array, own: jax.Array, ids: jax.Array, place: jax.Array, *, config: Config):
    """Log-probabilities (B, V) of what follows `ids` (B) at `place`, and `own` (layers, 2, B, T, D) with their keys and values."""
    table = jnp.asarray(model.positions(own.shape[3], config.d_model))
    x = params["shared.weight"][ids] * math.sqrt(config.d_model) + table[place]  # (B, D)
    later = jnp.arange(own.shape[3]) > place
    norm = lambda name, rows: model.layer_norm(params, name, rows, config.layer_norm_epsilon)
    for layer in range(config.decoder_layers):
        name = f"decoder.layers.{layer}"
        normed = norm(f"{name}.self_attn_layer_norm", x)
        for part, projection in enumerate(("k_proj", "v_proj")):
            own = own.at[layer, part, :, place].set(model.linear(params, f"{name}.self_attn.{projection}", normed))
        x = x + _one_query(params, f"{name}.self_attn", config, normed, own[layer, 0], own[layer, 1], later)
        normed = norm(f"{name}.cross_attn_layer_norm", x)
        x = x + _one_query(params, f"{name}.cross_attn", config, normed, crossed[layer, 0], crossed[layer, 1], hidden)
        x = x + model.feed_forward(params, name, norm(f"{name}.ffn_layer_norm", x))
    logits = norm("decoder.layer_norm", x) @ params["shared.weight"].T
    logits = logits.at[:, np.array(config.never_written_ids)].set(-1e9)
    return jax.nn.log_softmax(logits, axis=-1), own


@partial(jax.jit, static_argnames=("beam",))
def expand(scores: jax.Array, following: jax.Array, *, beam: int):
    """The 2 x beam best continuations of each sentence's beams: their scores, their beams, their pieces."""
    sentences = scores.shape[0] // beam
    total = (scores[:, None] + following).reshape(sentences, -1)
    best, where = jax.lax.top_k(total, 2 * beam)
    return best, where // following.shape[1], where % following.shape[1]


@jax.jit
def follow(own: jax.Array, parents: jax.Array) -> jax.Array:
    return own[:, :, parents]


@dataclass(frozen=True)
class Result:
    """`ids` without bos and eos; `length` counts eos where it was written."""

    ids: list[int]
    log_probability: float
    length: int

    def score(self, alpha: float) -> float:
        return self.log_probability / length_penalty(self.length, alpha)


def best(results: list[Result], alpha: float) -> Result:
    return max(results, key=lambda result: result.score(alpha))


def translate(params: Params, config: Config, sources: list[list[int]], beam: int = 1, tokens: int = 2048) -> list[list[Result]]:
    """Each source's results, in the order in which they ended; one with a beam of 1."""
    found: list[list[Result]] = [[] for _ in sources]
    bucket = np.searchsorted(WIDTHS, [len(source) for source in sources])
    for index, width in enumerate(WIDTHS):
        members = np.flatnonzero(bucket == index)
        rows = max(4, tokens // width // beam)
        for begin in range(0, len(members), rows):
            chosen = members[begin : begin + rows]
            ids = batches.padded([sources[member] for member in chosen], width, config.pad_id)
            ids = np.pad(ids, ((0, rows - len(chosen)), (0, 0)), constant_values=config.eos_id)
            for member, results in zip(chosen, _search(params, config, ids, beam)):
                found[member] = results
    return found


def _search(params: Params, config: Config, source: np.ndarray, beam: int) -> list[list[Result]]:
    """Beam search; with one beam it is greedy.

    At each step a sentence's 2 x beam best continuations of its beams are taken in order. One that ends is a result
    if it is among the first `beam`, the others become the beams until there are enough. A sentence is over when it
    has `beam` results, or at its longest, where its beams are results as they are.
    """
    sentences, width = source.shape
    limits = [longest(config, int((row != config.pad_id).sum())) for row in source]
    source = np.repeat(source, beam, axis=0)
    crossed, hidden = start(params, source, config=config), jnp.asarray(source == config.pad_id)
    own = jnp.zeros((config.decoder_layers, 2, sentences * beam, longest(config, width), config.d_model))
    # All beams begin alike: only the first counts.
    scores = np.tile([0.0] + [-1e9] * (beam - 1), sentences).astype(np.float32)
    ids = np.full(sentences * beam, config.bos_id, np.int32)
    written: list[list[int]] = [[] for _ in ids]
    done: list[list[Result]] = [[] for _ in range(sentences)]
    over = [False] * sentences
    for place in range(own.shape[3]):
        following, own = step(params, crossed, hidden, own, ids, place, config=config)
        totals, from_beams, pieces = (np.asarray(part) for part in expand(scores, following, beam=beam))
        new_written, parents = [], []
        for sentence in range(sentences):
            first, kept = sentence * beam, 0
            for rank in range(2 * beam):
                parent = first + int(from_beams[sentence, rank])
                score, piece = float(totals[sentence, rank]), int(pieces[sentence, rank])
                if piece == config.eos_id:
                    if rank < beam and not over[sentence]:
                        done[sentence].append(Result(written[parent], score, place + 1))
                elif kept < beam:
                    scores[first + kept], ids[first + kept] = score, piece
                    new_written.append(written[parent] + [piece])
                    parents.append(parent)
                    kept += 1
            if place + 1 == limits[sentence] and not over[sentence]:
                done[sentence] += [Result(new_written[row], float(scores[row]), place + 1) for row in range(first, first + beam)]
                over[sentence] = True
            over[sentence] = over[sentence] or len(done[sentence]) >= beam
        written = new_written
        if all(over):
            break
        if beam > 1:
            own = follow(own, np.array(parents))
    return done
