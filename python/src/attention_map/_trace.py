"""A trace: the tokens of a text, and how much each attends to each, for all heads of all layers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


class TraceError(ValueError):
    """What was given is no attention of a text, or no stored trace; the message says what was expected and what came."""


@dataclass(frozen=True)
class Token:
    """One token. `start` and `end` index the characters of `trace.texts[segment]`, as Python counts them."""

    text: str
    start: int
    end: int
    #: Added by the tokenizer, like `[CLS]`; not of the text.
    special: bool = False
    #: 0 for the first text, 1 for the second of a pair.
    segment: int = 0


@dataclass(frozen=True)
class Model:
    """What computed the attention."""

    id: str
    name: str
    #: Of the file of weights; None where Attention Map did not compute it.
    sha256: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """The attention of one run of a model over a text or a pair of texts."""

    model: Model
    texts: tuple[str, ...]
    #: The rows' tokens, each of which looks at the columns'.
    queries: tuple[Token, ...]
    #: The columns' tokens, the same as the rows' in self-attention.
    keys: tuple[Token, ...]
    #: (layers, heads, queries, keys); a map that is not stored is NaN. It cannot be written to.
    weights: npt.NDArray[np.float32]
    #: No weight is further than this from what the model computed. 0 where nothing was rounded.
    error: float = 0.0
    #: What computed it, `webgpu` or `cpu` of Attention Map, or `other`.
    backend: str = "cpu"
    #: How it is written: "u8" or "f16".
    precision: str = "u8"
    _document: dict[str, Any] | None = field(default=None)

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The tokens; of cross-attention the rows'."""
        return self.queries

    @property
    def layers(self) -> int:
        return self.weights.shape[0]

    @property
    def heads(self) -> int:
        return self.weights.shape[1]

    @property
    def stored(self) -> list[tuple[int, int]]:
        """The (layer, head) of each map that is there."""
        there = ~np.isnan(self.weights[:, :, 0, 0])
        return [(int(layer), int(head)) for layer, head in np.argwhere(there)]

    @property
    def state(self) -> dict[str, Any]:
        """What a link to the view carries, where the file says how it was seen."""
        try:
            told = json.loads((self._document or {}).get("state") or "{}")
        except (TypeError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    def head(self, layer: int, head: int) -> npt.NDArray[np.float32]:
        """The map of one head, (queries, keys)."""
        if not (0 <= layer < self.layers and 0 <= head < self.heads):
            raise IndexError(
                f"there is no layer {layer} head {head}: {self.model.name} has "
                f"layers 0 to {self.layers - 1} and heads 0 to {self.heads - 1}"
            )
        return self.weights[layer, head]

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
    ) -> Trace:
        """A trace of attention that you have. `AttentionMap.from_arrays` says what each argument is."""
        from ._arrays import to_weights
        from ._tokens import to_tokens

        if not isinstance(model_name, str) or not model_name.strip():
            raise TraceError(f"model_name should be a name to show, like 'bert-base-uncased', and is {model_name!r}")
        if precision not in ("u8", "f16"):
            raise TraceError(f"precision should be 'u8' or 'f16', and is {precision!r}")
        texts, made = to_tokens(tokens, text, text_b, special, segments, offsets)
        weights = to_weights(attentions, len(made), keep, check_rows)
        return cls(
            model=Model(id=model_name, name=model_name),
            backend="other",
            texts=texts,
            queries=made,
            keys=made,
            weights=weights,
            precision=precision,
        )

    @classmethod
    def load(cls, source: Trace | str | bytes | PathLike[str] | Mapping[str, Any]) -> Trace:
        """Reads a stored trace: the path of a file, or its JSON, parsed or not."""
        from ._stored import decode, parse

        if isinstance(source, Trace):
            return source
        if isinstance(source, Mapping):
            return decode(dict(source))
        if isinstance(source, bytes) or (isinstance(source, str) and source.lstrip().startswith("{")):
            return decode(parse(source))
        if isinstance(source, (str, PathLike)):
            path = Path(source)
            try:
                return decode(parse(path.read_bytes()))
            except TraceError as error:
                raise TraceError(f"{path}: {error}") from None
        raise TraceError(
            f"a stored trace is the path of a file, its JSON, or a dictionary, and this is of type {type(source).__name__}"
        )

    def to_dict(self) -> dict[str, Any]:
        """The stored form, as www/trace.schema.json describes it."""
        from ._stored import encode

        if self._document is None:
            object.__setattr__(self, "_document", encode(self))
        assert self._document is not None
        return self._document

    def to_json(self) -> str:
        """The stored form as JSON, which may also stand inside of a `<script>` element."""
        from ._limits import MAX_BYTES

        written = json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        size = len(written.encode())
        if size > MAX_BYTES:
            raise TraceError(
                f"stored it has {size} bytes, and at most {MAX_BYTES} are read; "
                "store fewer heads (keep=[(layer, head), ...]), a shorter text, or precision='u8'"
            )
        return written

    def __repr__(self) -> str:
        shape = "×".join(str(count) for count in self.weights.shape)
        return f"<Trace of {self.model.name}: layers×heads×queries×keys {shape}, {self.texts[0][:40]!r}>"
