"""The widget, as Python sees it."""

import gzip
import json
import re
import subprocess
import sys

import numpy as np
import pytest
import traitlets
from conftest import attention

from attention_map import AttentionMap, ProgramError, Trace, TraceError, _static


def shown(tokens, /, **more):
    return AttentionMap.from_arrays(tokens, attention(), model_name="mine", **more)


def sent(widget):
    return json.loads(gzip.decompress(widget._stored))


def test_the_browser_gets_the_trace_and_the_choice(words):
    widget = shown(words, layer=1, head=2, view="lines", heads=[(0, 1), (1, 0)], threshold=0.25)
    state = widget.get_state()
    assert (state["layer"], state["head"], state["view"], state["threshold"]) == (1, 2, "lines", 0.25)
    assert state["heads"] == "0.1 1.0"
    assert sent(widget) == widget.trace.to_dict()
    assert widget.text == "the animals"
    assert widget.text_b is None


def test_the_browsers_choice_is_pythons(words):
    widget = shown(words)
    seen = []
    widget.observe(lambda change: seen.append((change["name"], change["new"])), ["layer", "head", "heads"])
    widget.set_state({"layer": 1, "head": 2, "heads": "0.1 1.2", "lens": "mean"})
    assert (widget.layer, widget.head, widget.heads, widget.lens) == (1, 2, [(0, 1), (1, 2)], "mean")
    assert seen == [("layer", 1), ("head", 2), ("heads", [(0, 1), (1, 2)])]
    widget.set_state({"heads": ""})
    assert widget.heads == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("layer", 2, "layer is 2, and mine has layers 0 to 1"),
        ("head", -1, "head is -1, and mine has .*heads 0 to 2"),
        ("from_layer", 5, "from_layer is 5, and mine has layers 0 to 1"),
        ("heads", [(0, 3)], "layer 0 head 3, and mine has"),
        ("view", "list", "view"),
        ("lens", "norm", "lens"),
        ("threshold", 2, "threshold"),
        ("theme", "blue", "theme"),
    ],
)
def test_what_cannot_be_shown_is_refused_at_once_and_later(words, name, value, said):
    with pytest.raises(traitlets.TraitError, match=said):
        shown(words, **{name: value})
    widget = shown(words)
    before = getattr(widget, name)
    with pytest.raises(traitlets.TraitError, match=said):
        setattr(widget, name, value)
    assert getattr(widget, name) == before


def test_special_says_which_tokens_are_or_what_becomes_of_them(words):
    widget = shown(words, special="hide")
    assert widget.special == "hide"
    assert [token.special for token in widget.trace.tokens] == [True, False, False, False, True]
    widget = shown(words, special=np.array([0, 1, 0, 0, 0]))
    assert widget.special == "show"
    assert [token.special for token in widget.trace.tokens] == [False, True, False, False, False]


def test_another_trace_takes_its_place_and_the_choice_stays_within_it(words):
    widget = shown(words, layer=1, head=2, heads=[(0, 0), (1, 2)])
    widget.trace = Trace.from_arrays(["a", "b"], attention(1, 1, 2), model_name="small")
    assert (widget.layer, widget.head, widget.heads) == (0, 0, [(0, 0)])
    assert sent(widget)["model"]["name"] == "small"
    assert widget.text == "a b"


def test_a_widget_is_of_a_text_or_of_a_trace(words):
    with pytest.raises(TypeError, match="needs either a text.*from_arrays"):
        AttentionMap()
    with pytest.raises(TypeError, match="needs either a text"):
        AttentionMap("a", trace=shown(words).trace)
    with pytest.raises(TypeError, match="no 'haed'; there are: layer, head,"):
        shown(words, haed=1)


# --- the native program -----------------------------------------------------------------------------------------------

COMPUTES = """
import json
from pathlib import Path
log = Path(sys.argv[0] + ".log")
log.write_text((log.read_text() if log.exists() else "") + json.dumps([args, given]) + "\\n")
if "bad" in given:
    sys.exit("attention-map: note: error: here is none\\nattention-map: error: the text cannot be read: it is bad")
words = given.split()
rows = [[1 / len(words)] * len(words)] * len(words)
from attention_map import Trace
trace = Trace.from_arrays(words, [[rows] * 2] * 3, model_name="computed")
document = trace.to_dict()
document["texts"] += [arg.removeprefix("--pair=") for arg in args if arg.startswith("--pair=")]
print(json.dumps(document))
"""


def calls(path):
    return [json.loads(line) for line in path.with_name(path.name + ".log").read_text().splitlines()]


def test_a_text_is_computed_and_computed_anew_when_it_is_set(program):
    path = program(COMPUTES)
    widget = AttentionMap(text="the animal", layer=2)
    assert widget.trace.weights.shape == (3, 2, 2, 2)
    assert np.allclose(widget.trace.weights, 0.5, atol=0.002)
    widget.text = "the street was wide"
    assert [token.text for token in widget.trace.tokens] == ["the", "street", "was", "wide"]
    assert sent(widget)["texts"] == ["the street was wide"]
    assert widget.layer == 2
    widget.show("a b", "-c d")
    assert (widget.text, widget.text_b, widget.trace.texts) == ("a b", "-c d", ("a b", "-c d"))
    widget.text_b = None
    assert widget.trace.texts == ("a b",)
    assert [given for _, given in calls(path)] == ["the animal", "the street was wide", "a b", "a b"]


def test_a_failure_is_an_exception_with_the_programs_words_and_changes_nothing(program):
    program(COMPUTES)
    with pytest.raises(ProgramError, match="^the text cannot be read: it is bad$"):
        AttentionMap(text="bad")
    widget = AttentionMap(text="the animal")
    before = widget.trace
    with pytest.raises(ProgramError, match="it is bad"):
        widget.text = "bad"
    assert (widget.text, widget.trace) == ("the animal", before)
    with pytest.raises(TraceError, match="a map is of a text"):
        widget.text = None
    assert widget.text == "the animal"
    with pytest.raises(TypeError, match="text should be a string"):
        AttentionMap(text=3)


def test_what_is_printed_is_read_with_the_same_care(program):
    program("print('{}')")
    with pytest.raises(TraceError, match="not a stored trace"):
        AttentionMap(text="a")


def test_a_missing_program_is_said_with_how_to_get_it(no_program, monkeypatch):
    with pytest.raises(ProgramError, match="(?s)neither in the package.*ATTENTION_MAP_BIN.*from_arrays"):
        AttentionMap(text="the animal")
    monkeypatch.undo()
    monkeypatch.setenv("ATTENTION_MAP_BIN", "/nowhere/attention-map")
    with pytest.raises(ProgramError, match=r"/nowhere/attention-map \(from \$ATTENTION_MAP_BIN\) could not be started"):
        AttentionMap(text="the animal")


# --- without a widget -------------------------------------------------------------------------------------------------


def test_where_there_are_no_widgets_a_table_names_the_largest_weights(words, no_program):
    weights = np.full((1, 1, 5, 5), 0.0)
    weights[..., 0] = 0.125
    weights[..., 2] = 0.875
    widget = AttentionMap.from_arrays(words, weights, model_name="<mine>")
    data, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    table = data["text/html"]
    assert "Layer 0, head 0 of &lt;mine&gt;" in table
    assert table.count("<tr>") == 6
    assert '<th scope="row">s</th><td>animal 0.88, [CLS] 0.12</td>' in table
    assert data["text/plain"] == "AttentionMap('the animals', model='<mine>', layer=0, head=0)"


def test_a_long_table_says_how_much_is_left_out(no_program):
    widget = AttentionMap.from_arrays(["a"] * 50, np.full((1, 1, 50, 50), 0.02))
    assert "… and 10 more tokens" in widget._repr_mimebundle_()[0]["text/html"]


def test_with_the_program_it_is_a_picture_and_the_table_where_that_fails(words, program):
    program("print('<svg>' + ' '.join(args).replace('<', '') + '</svg>')")
    widget = shown(words, layer=1, view="lines", words=True)
    html = widget._repr_mimebundle_()[0]["text/html"]
    assert html.startswith("<svg>")
    assert "render --from - --format svg -o -" in html
    assert "--layer=1" in html and "--view=lines" in html and "--words<" in html
    assert widget.to_svg() == html
    program("sys.exit('error: no')")
    assert widget._repr_mimebundle_()[0]["text/html"].startswith("<table>")
    with pytest.raises(ProgramError, match="^no$"):
        widget.to_svg()


def test_it_is_saved_as_json_and_read_again(words, tmp_path):
    widget = shown(words, layer=1)
    path = widget.save(tmp_path / "map.json")
    again = AttentionMap.from_trace(path, layer=1)
    assert again.trace.tokens == widget.trace.tokens
    assert again._stored == widget._stored
    assert AttentionMap.from_trace(json.loads(path.read_text())).text == "the animals"
    with pytest.raises(ValueError, match=r"\.html, \.json, \.svg or \.png, and the file is 'map.txt'"):
        widget.save("map.txt")


def test_a_file_is_shown_as_it_was_seen_unless_told_otherwise(words):
    document = shown(words).trace.to_dict()
    seen = {
        "layer": 1, "head": 2, "heads": "0.1 1.0", "view": "lines", "lens": "norm", "fromLayer": "1", "special": "hide",
        "words": True, "pairPart": None, "threshold": "0.25", "theme": 3, "text": "other",
    }  # fmt: skip
    widget = AttentionMap.from_trace({**document, "state": json.dumps(seen)}, head=0)
    assert (widget.layer, widget.head, widget.heads) == (1, 0, [(0, 1), (1, 0)])
    assert (widget.view, widget.from_layer, widget.special, widget.words, widget.threshold) == ("lines", 1, "hide", True, 0.25)
    # What only the page has, and what is no value, is passed over.
    assert (widget.lens, widget.theme, widget.text) == ("weight", "auto", "the animals")
    for state in ("{", "3", json.dumps({"layer": 7, "heads": "7", "view": ["a"]})):
        assert AttentionMap.from_trace({**document, "state": state}).layer == 0


def test_a_page_holds_all_it_needs(words, tmp_path, monkeypatch, no_program):
    monkeypatch.setattr(_static, "front_end", lambda: "const a = '</script><!--';")
    widget = shown(words, layer=1, head=2, view="lines", words=True, theme="dark")
    text = widget.save(tmp_path / "map.html").read_text("utf-8")
    assert re.findall("<attention-map [^>]*>", text) == [
        '<attention-map layer="1" head="2" view="lines" words="" theme="dark" controls="minimal" read-only="">'
    ]
    assert "<table>" in text
    (stored,) = re.findall('<script type="application/json">(.*?)</script>', text)
    assert json.loads(stored) == widget.trace.to_dict()
    # One for the trace, one for the program, and none of what the program holds.
    assert text.count("</script>") == 2
    assert "src=" not in text and "http" not in text


def test_a_package_without_its_front_end_says_so(words, monkeypatch):
    monkeypatch.setattr(_static, "front_end", lambda: None)
    with pytest.raises(RuntimeError, match="cargo xtask wheel"):
        shown(words).to_html()


def test_importing_needs_nothing_but_what_the_package_asks_for():
    code = "import sys, attention_map; print([name for name in ('torch', 'jax', 'tensorflow', 'pandas', 'matplotlib') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=with_path())
    assert done.stdout.strip() == "[]"


def with_path():
    import os

    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
