"""The stored format: what is written is what the schema says, and what is read is what was written."""

import base64
import copy
import json
import re

import jsonschema
import numpy as np
import pytest
from conftest import ROOT, attention

import attention_map
from attention_map import Trace, TraceError, _limits
from attention_map._stored import fold, unfold

EMOJI = "👩‍🚀 ok 🎉"


def made(precision="u8", **more):
    return Trace.from_arrays(["[CLS]", "the", "animal", "##s", "[SEP]"], attention(**more), model_name="mine", precision=precision)


@pytest.mark.parametrize("precision", ["u8", "f16"])
@pytest.mark.parametrize("causal", [False, True])
def test_a_trace_comes_back_within_its_stated_error(schema, precision, causal):
    trace = made(precision, causal=causal)
    document = json.loads(trace.to_json())
    jsonschema.validate(document, schema)
    back = Trace.load(document)
    (stored,) = document["maps"]
    off = float(np.abs(back.weights - attention(causal=causal)).max())
    assert off <= stored["error"] + 1e-7
    assert stored["error"] < (0.003 if precision == "u8" else 0.0003)
    assert stored["encoding"] == ("f16" if precision == "f16" else "u8-runs" if causal else "u8")
    assert document["backend"] == back.backend == "other"
    assert (back.tokens, back.texts, back.model, back.error) == (trace.tokens, trace.texts, trace.model, stored["error"])
    # Written again it is the same, so that errors do not add up.
    assert back.to_json() == trace.to_json()


def test_bytes_are_those_that_the_explorer_writes():
    # src/stored/pack.rs has the same numbers.
    rows = np.array([[[[0.5, 0.25], [0.001, 0.2]], [[0, 0], [0, 0]]]], np.float32)
    (stored,) = Trace.from_arrays(["a", "b"], rows, check_rows=False).to_dict()["maps"]
    assert stored["encoding"] == "u8-runs"
    assert list(base64.b64decode(stored["weights"])) == [255, 128, 1, 102, 0, 3]
    assert [entry["largest"] for entry in stored["stored"]] == [0.5, 0]
    assert abs(stored["error"] - 0.5 / 510) < 1e-6
    (stored,) = Trace.from_arrays(["a"], [[[[1.0]], [[0.1]]]], check_rows=False, precision="f16").to_dict()["maps"]
    assert list(base64.b64decode(stored["weights"])) == [0x00, 0x3C, 0x66, 0x2E]


def bytes_of(*values):
    return np.array(values, np.uint8)


@pytest.mark.parametrize("zeros", [0, 1, 2, 255, 256, 257, 512, 1000])
def test_runs_of_zeros_of_any_length_come_back(zeros):
    for before, after in [((7, 7), (9,)), ((), ()), ((), (9, 0, 1)), ((7,), ())]:
        data = bytes_of(*before, *[0] * zeros, *after)
        folded = fold(data)
        assert folded.size <= data.size - zeros + 2 * -(-zeros // 256) + after.count(0)
        assert unfold(folded, data.size).tolist() == data.tolist()
        assert unfold(folded, data.size + 1) is None
        assert unfold(folded, data.size - 1) is None


def test_a_zero_without_its_number_is_no_run():
    assert unfold(bytes_of(5, 0), 2) is None
    assert unfold(bytes_of(5, 0, 0, 0), 3) is None
    assert unfold(bytes_of(0, 0, 0, 3, 0, 0), 6).tolist() == [0] * 6
    # A claim of more than the file may hold is not carried out.
    assert unfold(bytes_of(*[0, 255] * 1000), 5) is None


def test_offsets_are_of_utf16_in_the_file_and_of_characters_in_python():
    tokens = ["a", "b", "c"]
    spans = [(0, 3), (4, 6), (7, 8)]
    trace = Trace.from_arrays(tokens, attention(tokens=3), text=EMOJI, offsets=spans)
    (stored,) = trace.to_dict()["maps"]
    written = [(token["start"], token["end"]) for token in stored["queries"]]
    units = EMOJI.encode("utf-16-le")
    assert [units[2 * start : 2 * end].decode("utf-16-le") for start, end in written] == ["👩‍🚀", "ok", "🎉"]
    assert [(token.start, token.end) for token in Trace.load(trace.to_dict()).tokens] == spans


def test_no_text_ends_the_script_that_it_stands_in():
    trace = Trace.from_arrays(["a"], [[[[1.0]]]], text="a</script><b>", model_name="</script>", offsets=[(0, 1)])
    assert "<" not in trace.to_json()
    assert Trace.load(trace.to_json()).texts == ("a</script><b>",)


def test_heads_that_are_not_kept_are_not_there(schema):
    trace = Trace.from_arrays(["a", "b"], attention(tokens=2), keep=[(1, 2)])
    jsonschema.validate(trace.to_dict(), schema)
    back = Trace.load(trace.to_json())
    assert back.stored == [(1, 2)]
    assert (back.layers, back.heads) == (2, 3)
    assert np.isnan(back.head(0, 0)).all()


def change(document, path, value):
    changed = copy.deepcopy(document)
    node = changed
    *way, last = path
    for step in way:
        node = node[step]
    if value is KeyError:
        del node[last]
    else:
        node[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["format"], "other", "is it another file?"),
        (["version"], 2, "of version 2.*reads up to version 1"),
        (["version"], 0, "its version is 0"),
        (["version"], "1", "version should be a whole number"),
        (["texts"], [], "texts should be a list of 1 to 2"),
        (["model"], KeyError, 'it has no field "model"'),
        (["model", "sha256"], "ABC", "model.sha256 should be 64 lower-case"),
        (["backend"], "gpu", "backend should be one of: webgpu, cpu, other"),
        (["maps", 0, "layers"], 1025, r"maps\[0\].layers should be a whole number from 0 to 1024"),
        (["maps", 0, "queries", 1, "end"], 99, r"maps\[0\].queries\[1\].end should be a whole number from 0 to 11"),
        (["maps", 0, "queries", 1, "start"], 4, r"queries\[1\].start should be a whole number from 0 to 3"),
        (["maps", 0, "queries", 1, "special"], 1, "special should be true or false"),
        (["maps", 0, "stored", 0, "head"], 9, r"stored\[0\] should be a head that the model has"),
        (["maps", 0, "stored", 1, "head"], 0, r"stored\[1\] should be a head that the model has, after"),
        (["maps", 0, "stored", 0, "largest"], 2, "largest should be a number from 0 to 1"),
        (["maps", 0, "stored", 0, "largest"], float("nan"), "largest should be a number from 0 to 1"),
        (["maps", 0, "weights"], "AAAA", "base64 of 150 weights as u8"),
        (["maps", 0, "weights"], "not base64", "weights should be base64"),
        (["maps", 0, "encoding"], "u4", "one of: u8, u8-runs, f16"),
        (["maps", 0, "error"], -1, "error should be a number"),
    ],
)
def test_what_is_malformed_is_refused_by_name(path, value, said):
    with pytest.raises(TraceError, match=said):
        Trace.load(change(made().to_dict(), path, value))


def test_a_file_says_hello_and_how_much(tmp_path):
    path = tmp_path / "map.json"
    path.write_text("{")
    with pytest.raises(TraceError, match="map.json: it is not JSON"):
        Trace.load(path)
    with pytest.raises(FileNotFoundError):
        Trace.load(tmp_path / "none.json")
    with pytest.raises(TraceError, match="of type int"):
        Trace.load(3)
    # A file may claim many weights in few bytes.
    claims = change(made().to_dict(), ["maps", 0, "layers"], 1024)
    claims = change(claims, ["maps", 0, "heads"], 1024)
    claims["maps"][0]["queries"] *= 100
    with pytest.raises(TraceError, match="more than 37748736 weights"):
        Trace.load(claims)


def test_limits_and_versions_are_those_of_the_explorer():
    stored = (ROOT / "src/stored.rs").read_text()
    for name in ("VERSION", "MAX_TOKENS", "MAX_HEADS", "MAX_BYTES", "MAX_WEIGHTS", "MAX_WEIGHT"):
        (value,) = re.findall(rf"pub const {name}: \w+ = (.+);", stored)
        assert getattr(_limits, name) == eval(value), name
    manifest = (ROOT / "Cargo.toml").read_text()
    project = (ROOT / "python/pyproject.toml").read_text()
    (rust,) = re.findall(r'^version = "(.+)"$', manifest, re.MULTILINE)
    (python,) = re.findall(r'^version = "(.+)"$', project, re.MULTILINE)
    assert attention_map.__version__ == rust == python
