"""Attention that people bring: what is taken, and what is said of what is not."""

import numpy as np
import pytest
from conftest import attention

from attention_map import Trace, TraceError


class Tensor:
    """What of torch.Tensor is used: it is on a device, in half precision, and wants a gradient."""

    def __init__(self, array, steps=()):
        self.array, self.steps = array, steps

    def detach(self):
        return Tensor(self.array, (*self.steps, "detach"))

    def cpu(self):
        assert self.steps == ("detach",)
        return Tensor(self.array, (*self.steps, "cpu"))

    def float(self):
        return Tensor(self.array.astype(np.float32), (*self.steps, "float"))

    def __array__(self, dtype=None, copy=None):
        if self.steps != ("detach", "cpu", "float"):
            raise TypeError("can't convert cuda:0 bfloat16 tensor to numpy")
        return self.array


WEIGHTS = attention()
WORDS = ["[CLS]", "the", "animal", "##s", "[SEP]"]


@pytest.mark.parametrize(
    "attentions",
    [
        WEIGHTS,
        WEIGHTS.tolist(),
        WEIGHTS[:, None],
        tuple(layer[None] for layer in WEIGHTS),
        list(WEIGHTS),
        tuple(Tensor(layer[None].astype(np.float16)) for layer in WEIGHTS),
        Tensor(WEIGHTS),
    ],
    ids=["array", "lists", "array with a batch", "tuple of batches", "list of layers", "tensors", "tensor"],
)
def test_attention_of_every_shape_that_libraries_give_is_the_same(attentions):
    trace = Trace.from_arrays(WORDS, attentions)
    assert trace.weights.shape == (2, 3, 5, 5)
    np.testing.assert_allclose(trace.weights, WEIGHTS, atol=1e-3)
    assert not trace.weights.flags.writeable


@pytest.mark.parametrize(
    ("attentions", "said"),
    [
        (None, "output_attentions=True"),
        ((), "attentions is empty"),
        ((None, None), r"attentions\[0\] is None.*attn_implementation='eager'"),
        (((WEIGHTS[0],),), "generate"),
        (tuple(np.repeat(layer[None], 4, 0) for layer in WEIGHTS), "a batch of 4 texts"),
        ([WEIGHTS[0], WEIGHTS[1][:2]], r"attentions\[1\] is of shape \(2, 5, 5\)"),
        (WEIGHTS[0], r"an array of shape \(3, 5, 5\); for a single layer pass \[attention\]"),
        (WEIGHTS[0, 0], r"layers, heads, tokens, tokens"),
        (WEIGHTS[..., :4], "5 rows and 4 columns.*cross-attention"),
        (attention(tokens=7), "there are 5 tokens, and the attention is of 7"),
        (np.log(WEIGHTS), r"layer 0 head 0 row 0 column 0 is -\d.*before the softmax"),
        (WEIGHTS * 4, "row .* column .* a weight is from 0 to 1"),
        (WEIGHTS * 0.5, r"adds up to 0\.5, .* adds up to 1 \(30 of 30 rows do not\).*check_rows=False"),
        (np.where(WEIGHTS == WEIGHTS[1, 2, 3, 4], np.nan, WEIGHTS), "layer 1 head 2 row 3 column 4 is nan"),
        ([["a"]], r"attentions\[0\] cannot be read"),
        ("attentions", "cannot be read as an array of numbers"),
        (np.zeros((2, 3, 0, 0)), "1 to 4096 tokens"),
        (np.broadcast_to(np.float32(1), (1025, 1, 5, 5)) / 5, "at most 1024"),
    ],
)
def test_what_is_no_attention_is_refused_with_what_came_and_what_to_do(attentions, said):
    with pytest.raises(TraceError, match=f"(?s){said}"):
        Trace.from_arrays(WORDS, attentions)


def test_more_weights_than_are_read_are_refused_with_how_many_heads_would_fit():
    one = np.full((512, 512), 1 / 512, np.float32)
    many = np.broadcast_to(one, (13, 12, 512, 512))
    with pytest.raises(TraceError, match="156|40894464 weights.*up to 144 of them"):
        Trace.from_arrays(["a"] * 512, many)
    kept = Trace.from_arrays(["a"] * 512, many[:2], keep=[(1, 11), (0, 0)])
    assert kept.stored == [(0, 0), (1, 11)]
    assert np.isnan(kept.head(0, 1)).all()


def test_rows_that_look_at_nothing_and_rows_of_low_precision_are_fine():
    weights = attention(tokens=5).astype(np.float16).astype(np.float32)
    weights[:, :, 4] = 0
    Trace.from_arrays(WORDS, weights)
    Trace.from_arrays(WORDS, attention(causal=True))
    Trace.from_arrays(WORDS, weights * 0.7, check_rows=False)


def test_a_head_that_is_not_there_is_not_kept():
    with pytest.raises(TraceError, match="layer 2 head 0; there are layers 0 to 1"):
        Trace.from_arrays(WORDS, WEIGHTS, keep=[(2, 0)])
    with pytest.raises(TraceError, match=r"keep should list \(layer, head\)"):
        Trace.from_arrays(WORDS, WEIGHTS, keep=[3])
    with pytest.raises(IndexError, match="layers 0 to 1 and heads 0 to 2"):
        Trace.from_arrays(WORDS, WEIGHTS).head(2, 0)
