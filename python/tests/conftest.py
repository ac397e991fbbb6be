"""What several tests start from."""

import json
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


def attention(layers=2, heads=3, tokens=5, seed=0, causal=False):
    """Random attention, (layers, heads, tokens, tokens)."""
    scores = np.random.default_rng(seed).normal(size=(layers, heads, tokens, tokens)) * 3
    if causal:
        scores[..., np.triu_indices(tokens, 1)[0], np.triu_indices(tokens, 1)[1]] = -np.inf
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


@pytest.fixture
def words():
    return ["[CLS]", "the", "animal", "##s", "[SEP]"]


@pytest.fixture(scope="session")
def schema():
    return json.loads((ROOT / "www/trace.schema.json").read_text())


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Stands in for the native program: `program(script)` makes one of Python source, which finds `given` and `args`."""

    def make(source):
        import sys

        path = tmp_path / "attention-map"
        path.write_text(f"#!{sys.executable}\nimport sys\nsys.path[:0] = {sys.path!r}\nargs, given = sys.argv[1:], sys.stdin.read()\n{source}\n")
        path.chmod(0o755)
        monkeypatch.setenv("ATTENTION_MAP_BIN", str(path))
        return path

    monkeypatch.delenv("ATTENTION_MAP_BIN", raising=False)
    return make


@pytest.fixture
def no_program(monkeypatch):
    monkeypatch.delenv("ATTENTION_MAP_BIN", raising=False)
    monkeypatch.setattr("attention_map._program.find", lambda: None)
