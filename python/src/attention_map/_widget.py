"""The widget."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from . import _program, _static
from ._trace import Trace, TraceError

VIEWS = ("grid", "matrix", "lines", "text", "layers", "table")
#: Those that can be had from weights alone.
LENSES = ("weight", "mean", "max", "rollout", "received")
TREATMENTS = ("show", "hide", "renormalise")
PARTS = ("all", "a-a", "a-b", "b-a", "b-b")
SCALES = ("unit", "max", "small", "log")
#: Seconds that a picture for pages without widgets may take.
PATIENCE = 20


def esm() -> str:
    """The element's program, with what connects it to the notebook."""
    program = _static.front_end()
    if program is None:
        # Said in the cell, where it is seen.
        said = _static.NOT_BUILT.replace("'", "’")
        return f"export default {{ render({{ el }}) {{ el.textContent = '{said}'; }} }};"
    glue = resources.files("attention_map") / "glue.js"
    return program + "\n" + glue.read_text("utf-8")


class AttentionMap(anywidget.AnyWidget):
    """What a transformer attends to, as an interactive map.

    `AttentionMap(text="...")` computes the attention of a model that Attention Map knows;
    `AttentionMap.from_arrays(tokens, attentions)` shows attention that you have;
    `AttentionMap.from_trace("map.json")` shows what was stored.

    Every trait can be read and set, and follows what is chosen in the map.
    """

    _esm = esm()
    # The element's own ground, with some room around what stands on it.
    _css = ".attention-map-cell > attention-map::part(root) { padding: 0.75rem 1rem; border-radius: 4px; }"

    #: The text, and perhaps a second one. Setting it computes anew; a trace that was given has its own.
    text = traitlets.Unicode(None, allow_none=True)
    text_b = traitlets.Unicode(None, allow_none=True)
    #: What computes texts: an id that `attention-map models` lists.
    model = traitlets.Unicode("minilm-l6-q8")
    #: What is shown. Setting it shows another.
    trace = traitlets.Instance(Trace)

    #: The head that is shown, from 0.
    layer = traitlets.Int(0).tag(sync=True)
    head = traitlets.Int(0).tag(sync=True)
    #: Heads chosen beside it, each (layer, head), for the lenses that are of several.
    heads = traitlets.List(traitlets.Tuple(traitlets.Int(), traitlets.Int())).tag(
        sync=True,
        to_json=lambda heads, _: " ".join(f"{layer}.{head}" for layer, head in heads),
        from_json=lambda text, _: places(text),
    )
    view = traitlets.Enum(VIEWS, "matrix").tag(sync=True)
    lens = traitlets.Enum(LENSES, "weight").tag(sync=True)
    #: The first layer of a rollout.
    from_layer = traitlets.Int(0).tag(sync=True)
    special = traitlets.Enum(TREATMENTS, "show").tag(sync=True)
    punctuation = traitlets.Enum(TREATMENTS, "show").tag(sync=True)
    #: Whole words instead of the tokenizer's pieces.
    words = traitlets.Bool(False).tag(sync=True)
    #: Of a pair, the text whose words attend and the one that they attend to.
    pair_part = traitlets.Enum(PARTS, "all").tag(sync=True)
    #: From 0 to 1: what is smaller is left out of the pictures, and counted.
    threshold = traitlets.Float(0.0, min=0.0, max=1.0).tag(sync=True)
    scale = traitlets.Enum(SCALES, "unit").tag(sync=True)
    #: "auto" is the notebook's.
    theme = traitlets.Enum(("auto", "light", "dark"), "auto").tag(sync=True)
    #: "none" is the view alone.
    controls = traitlets.Enum(("none", "minimal"), "minimal").tag(sync=True)
    #: Of the interface; "auto" is the browser's.
    language = traitlets.Enum(("auto", "en", "zh-Hans"), "auto").tag(sync=True)
    #: In pixels, to scroll in; None is as high as the map.
    height = traitlets.Int(None, allow_none=True, min=80).tag(sync=True)

    #: The trace for the browser: its JSON, gzipped.
    _stored = traitlets.Bytes().tag(sync=True)

    def __init__(
        self,
        text: str | None = None,
        *,
        text_b: str | None = None,
        trace: Trace | str | PathLike[str] | Mapping[str, Any] | None = None,
        model: str = "minilm-l6-q8",
        **attributes: Any,
    ) -> None:
        unknown = [name for name in attributes if not self.has_trait(name) or name.startswith("_")]
        if unknown:
            raise TypeError(f"AttentionMap has no {unknown[0]!r}; there are: {', '.join(PICTURE)}, text, text_b, trace, model")
        if (text is None) == (trace is None):
            raise TypeError(
                "AttentionMap needs either a text, which it computes, or a trace; "
                "AttentionMap.from_arrays shows attention that you have"
            )
        if text is not None:
            shown = computed(text, text_b, model)
        else:
            if text_b is not None:
                raise TypeError("a trace has its own second text; text_b is for texts that are to be computed")
            shown = Trace.load(trace)  # type: ignore[arg-type]
            text, text_b = (*shown.texts, None)[:2]
            attributes = {**self._as_saved(shown), **attributes}
        self._computed = (text, text_b, model)
        check_places(shown, attributes)
        super().__init__(
            text=text, text_b=text_b, model=model, trace=shown, _stored=packed(shown), **attributes
        )

    @classmethod
    def from_arrays(
        cls,
        tokens: Sequence[str],
        attentions: Any,
        *,
        model_name: str = "unnamed model",
        text: str | None = None,
        text_b: str | None = None,
        special: Any = None,
        segments: Sequence[int] | None = None,
        offsets: Sequence[tuple[int, int]] | None = None,
        keep: Sequence[tuple[int, int]] | None = None,
        precision: str = "u8",
        check_rows: bool = True,
        **attributes: Any,
    ) -> AttentionMap:
        """Shows attention that you have.

        tokens: the vocabulary's spelling of each token, special ones included, as `convert_ids_to_tokens` gives them.
            The marks of WordPiece (`##ing`), BPE (`Ġanimal`) and SentencePiece (`▁animal`) are read.
        attentions: one array (layers, heads, tokens, tokens), or one of shape (1, heads, tokens, tokens) or
            (heads, tokens, tokens) for each layer, as Hugging Face's `output_attentions=True` gives them; of numpy,
            torch, JAX or TensorFlow.
        model_name: shown with the map.
        text, text_b: what the tokens are of, to show what was typed; without it the text is what they spell.
        special: a mask with a truth value for each token, or a set of tokens, of those that the tokenizer added;
            without it, the usual ones (`[CLS]`, `</s>`, `<|endoftext|>`, …). One of "show", "hide" and "renormalise" is the
            trait of that name.
        segments: 0 or 1 for each token of a pair, as a BERT's `token_type_ids[0]`.
        offsets: (start, end) of each token in its text, as a fast tokenizer's `offset_mapping[0]`.
        keep: the (layer, head) of the maps to show, of a model with more than can be shown.
        precision: "u8" rounds to 255 steps of a head's largest weight; "f16" rounds less and takes twice the room.
        check_rows: whether every row must add up to 1.
        attributes: `layer`, `head`, `view` and the other traits.
        """
        if isinstance(special, str) and special in TREATMENTS:
            attributes["special"] = special
            special = None
        trace = Trace.from_arrays(
            tokens,
            attentions,
            model_name=model_name,
            text=text,
            text_b=text_b,
            special=special,
            segments=segments,
            offsets=offsets,
            keep=keep,
            precision=precision,
            check_rows=check_rows,
        )
        if keep is not None:
            layer, head = trace.stored[0]
            attributes = {"layer": layer, "head": head, **attributes}
        return cls(trace=trace, **attributes)

    @classmethod
    def from_trace(cls, trace: Trace | str | PathLike[str] | Mapping[str, Any], **attributes: Any) -> AttentionMap:
        """Shows a stored trace: a `Trace`, the path of a file, or what its JSON holds."""
        return cls(trace=trace, **attributes)

    def show(self, text: str, text_b: str | None = None) -> None:
        """Computes and shows a text, or a pair."""
        self.trace = computed(text, text_b, self.model)

    # --- taking away ------------------------------------------------------------------------------------------------

    def to_html(self) -> str:
        """The interactive map as HTML that needs nothing else; `save("map.html")` writes a page of it."""
        return self._element() + _static.script()

    def to_svg(self) -> str:
        """The view as a picture, drawn by the native program."""
        return self._draw("svg").decode()

    def save(self, path: str | PathLike[str]) -> Path:
        """Writes the map to a file: .html (interactive, one file), .json (the stored trace), .svg or .png (the view)."""
        path = Path(path)
        kind = path.suffix.lower()
        if kind == ".json":
            path.write_text(self.trace.to_json() + "\n", "utf-8")
        elif kind in (".html", ".htm"):
            path.write_text(_static.page(self.trace.texts[0][:80], self.to_html()), "utf-8")
        elif kind in (".svg", ".png"):
            path.write_bytes(self._draw(kind[1:]))
        else:
            raise ValueError(f"a map is saved as .html, .json, .svg or .png, and the file is {path.name!r}")
        return path

    def attributes(self) -> dict[str, str]:
        """What is set, as attributes of the element in HTML."""
        written = {}
        for name in PICTURE:
            value, usual = getattr(self, name), self.trait_defaults(name)
            if name in ("height", "language") or (value == usual and name not in ("layer", "head", "controls")):
                continue
            if name == "heads":
                value = " ".join(f"{layer}.{head}" for layer, head in value)
            written[name.replace("_", "-")] = "" if value is True else str(value)
        return written

    def _element(self) -> str:
        return _static.element(self.trace, {**self.attributes(), "read-only": ""}, self._fallback())

    def _draw(self, format: str, patience: float = _program.PATIENCE) -> bytes:
        attributes = {name: value for name, value in self.attributes().items() if name != "controls"}
        return _program.draw(self.trace.to_json(), format, attributes, patience)

    def _fallback(self) -> str:
        """A picture where the native program is there, else a table."""
        if _program.find() is not None and self.view != "table":
            try:
                return self._draw("svg", PATIENCE).decode()
            except (_program.ProgramError, UnicodeDecodeError):
                pass
        return _static.table(self.trace, self.layer, self.head)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        made = super()._repr_mimebundle_(**kwargs)
        if made is None:
            return None
        data, metadata = made
        return {**data, "text/html": self._fallback()}, metadata

    def __repr__(self) -> str:
        text = self.trace.texts[0]
        short = text if len(text) <= 40 else text[:39] + "…"
        return f"AttentionMap({short!r}, model={self.trace.model.name!r}, layer={self.layer}, head={self.head})"

    def _as_saved(self, trace: Trace) -> dict[str, Any]:
        """How a stored trace says that it was seen, as far as it can be here."""
        told: dict[str, Any] = {}
        for name in PICTURE:
            value = trace.state.get(re.sub("_(.)", lambda part: part[1].upper(), name))
            if value is None:
                continue
            try:
                if name == "heads":
                    value = places(value)
                elif name in ("from_layer", "threshold"):
                    value = float(value) if name == "threshold" else int(value)
                check_places(trace, {name: value})
                told[name] = self.traits()[name].validate(self, value)
            except (traitlets.TraitError, TypeError, ValueError, AttributeError):
                # A lens, perhaps, that only the page has.
                pass
        return told

    # --- what follows from what -------------------------------------------------------------------------------------

    @traitlets.validate("layer", "from_layer", "head")
    def _in_the_model(self, proposal: Any) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        count = self.trace.heads if name == "head" else self.trace.layers
        if not 0 <= value < count:
            raise traitlets.TraitError(f"{name} is {value}, and {self.trace.model.name} has {name}s 0 to {count - 1}".replace("from_layers", "layers"))
        return value

    @traitlets.validate("heads")
    def _heads_in_the_model(self, proposal: Any) -> list[tuple[int, int]]:
        check_places(self.trace, {"heads": proposal["value"]})
        return proposal["value"]

    @traitlets.validate("trace")
    def _readable(self, proposal: Any) -> Trace:
        return Trace.load(proposal["value"])

    @traitlets.observe("text", "text_b", "model")
    def _compute(self, change: Any) -> None:
        wanted = (self.text, self.text_b, self.model)
        if wanted == self._computed:
            return
        before = self._computed
        try:
            if self.text is None:
                raise TraceError("text is None; a map is of a text")
            self._computed = wanted
            self.trace = computed(*wanted)
        except Exception:
            # What is shown is still of the text before.
            self._computed = before
            with self.hold_trait_notifications():
                self.text, self.text_b, self.model = before
            raise

    @traitlets.observe("trace")
    def _follow(self, change: Any) -> None:
        shown: Trace = change["new"]
        texts = (*shown.texts, None)[:2]
        self._computed = (*texts, self.model)
        # What the new one does not have cannot be chosen in it.
        with self.hold_sync():
            self.layer = min(self.layer, shown.layers - 1)
            self.from_layer = min(self.from_layer, shown.layers - 1)
            self.head = min(self.head, shown.heads - 1)
            self.heads = [(layer, head) for layer, head in self.heads if layer < shown.layers and head < shown.heads]
            self._stored = packed(shown)
        with self.hold_trait_notifications():
            self.text, self.text_b = texts


#: The traits that are of the picture, all of them attributes of the element.
PICTURE = (
    "layer",
    "head",
    "heads",
    "view",
    "lens",
    "from_layer",
    "special",
    "punctuation",
    "words",
    "pair_part",
    "threshold",
    "scale",
    "theme",
    "controls",
    "language",
    "height",
)


def places(text: str) -> list[tuple[int, ...]]:
    """The heads that an attribute names, `3.1 4.0`."""
    return [tuple(int(part) for part in place.split(".")) for place in text.split()]


def computed(text: str, text_b: str | None, model: str) -> Trace:
    for name, value in (("text", text), ("text_b", text_b)):
        if not isinstance(value, str) and not (name == "text_b" and value is None):
            raise TypeError(f"{name} should be a string, and is of type {type(value).__name__}")
    return Trace.load(_program.trace(text, text_b, model))


def packed(trace: Trace) -> bytes:
    return gzip.compress(trace.to_json().encode(), compresslevel=1, mtime=0)


def check_places(trace: Trace, attributes: Mapping[str, Any]) -> None:
    """Whether the heads that are asked for are there, said before a widget is half made."""
    has = f"{trace.model.name} has layers 0 to {trace.layers - 1} and heads 0 to {trace.heads - 1}"
    for name, count in (("layer", trace.layers), ("from_layer", trace.layers), ("head", trace.heads)):
        value = attributes.get(name, 0)
        if isinstance(value, int) and not 0 <= value < count:
            raise traitlets.TraitError(f"{name} is {value}, and {has}")
    for layer, head in attributes.get("heads", ()):
        if not (0 <= layer < trace.layers and 0 <= head < trace.heads):
            raise traitlets.TraitError(f"heads has layer {layer} head {head}, and {has}")
