"""The optimisers, written plainly: Adam for all weights, or Muon for the dense layers' matrices and Adam for the rest.

Muon (Jordan et al. 2024) steps along the momentum with its singular values brought near one by five Newton-Schulz
iterations: on a short budget it learns more from a sentence than Adam does.
"""

import jax
import jax.numpy as jnp

from model import Params

BETA_1, BETA_2, EPSILON = 0.9, 0.98, 1e-9
MOMENTUM = 0.95
# Muon's step for Adam's, at which both change a matrix's entries about as much.
MUON_FACTOR = 0.5


def by_muon(name: str, value: jax.Array) -> bool:
    return value.ndim == 2 and name != "shared.weight"


def start(params: Params, muon: bool) -> dict:
    return {
        "first": {name: jnp.zeros_like(value) for name, value in params.items()},
        "second": {name: jnp.zeros_like(value) for name, value in params.items() if not (muon and by_muon(name, value))},
        "step": jnp.zeros((), jnp.int32),
    }


def clip(gradients: Params, largest: float) -> tuple[Params, jax.Array]:
    norm = jnp.sqrt(sum((gradient**2).sum() for gradient in gradients.values()))
    factor = jnp.minimum(1, largest / (norm + 1e-6))
    return {name: gradient * factor for name, gradient in gradients.items()}, norm


def update(params: Params, gradients: Params, state: dict, rate: jax.Array, decay: float) -> tuple[Params, dict]:
    """One step; `decay` takes that share of a dense matrix away at each unit of rate."""
    step = state["step"] + 1
    new, first, second = {}, {}, {}
    matrices: dict[tuple[int, ...], list[str]] = {}
    for name, value in params.items():
        if name not in state["second"]:
            matrices.setdefault(value.shape, []).append(name)
            continue
        first[name] = BETA_1 * state["first"][name] + (1 - BETA_1) * gradients[name]
        second[name] = BETA_2 * state["second"][name] + (1 - BETA_2) * gradients[name] ** 2
        mean = first[name] / (1 - BETA_1**step)
        deviation = jnp.sqrt(second[name] / (1 - BETA_2**step)) + EPSILON
        new[name] = value - rate * mean / deviation
    for shape, names in matrices.items():
        for name in names:
            first[name] = MOMENTUM * state["first"][name] + gradients[name]
        ahead = jnp.stack([MOMENTUM * first[name] + gradients[name] for name in names])  # Nesterov's
        # An orthogonal matrix's entries have a root mean square of 1 / sqrt(its longer side).
        length = MUON_FACTOR * max(shape) ** 0.5
        for name, direction in zip(names, orthogonal(ahead)):
            new[name] = params[name] * (1 - rate * decay) - rate * length * direction
    return new, {"first": first, "second": second, "step": step}


def orthogonal(matrices: jax.Array) -> jax.Array:
    """(N, O, I): each with singular values between about 0.7 and 1.2."""
    a, b, c = 3.4445, -4.7750, 2.0315
    wide = matrices.shape[1] <= matrices.shape[2]
    x = matrices if wide else matrices.swapaxes(1, 2)
    x = x / (jnp.sqrt((x**2).sum((1, 2), keepdims=True)) + 1e-7)

    def one(x: jax.Array) -> jax.Array:
        for _ in range(5):
            gram = x @ x.T
            x = a * x + (b * gram + c * gram @ gram) @ x
        return x

    # One after the other: on a CPU, XLA multiplies single matrices faster than stacks of them.
    x = jax.lax.map(one, x)
    return x if wide else x.swapaxes(1, 2)
