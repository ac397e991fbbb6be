"""The stored format (www/trace.schema.json): from a trace to plain data, and back."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from ._limits import FORMAT, MAX_BYTES, MAX_HEADS, MAX_TOKENS, MAX_WEIGHT, MAX_WEIGHTS, VERSION
from ._trace import Model, Token, Trace, TraceError
from ._version import __version__

ENCODINGS = ("u8", "u8-runs", "f16")
BACKENDS = ("webgpu", "cpu", "other")
KINDS = ("self", "encoder", "decoder", "cross")


def encode(trace: Trace) -> dict[str, Any]:
    """A trace as plain data."""
    stored = trace.stored
    maps = np.stack([trace.weights[place] for place in stored])  # (stored, queries, keys)
    encoding, data, largest, read = pack_half(maps) if trace.precision == "f16" else pack_bytes(maps)
    rounded = float(np.abs(read - maps).max())
    model = {"id": trace.model.id, "name": trace.model.name}
    if trace.model.sha256 is not None:
        model["sha256"] = trace.model.sha256
    entries: list[dict[str, Any]] = [{"layer": layer, "head": head} for layer, head in stored]
    for entry, most in zip(entries, largest):
        entry["largest"] = most
    written = {
        "kind": "self",
        "layers": trace.layers,
        "heads": trace.heads,
        "queries": write_tokens(trace.queries, trace.texts),
        "encoding": encoding,
        "error": min(rounded + trace.error, 1.0),
        "stored": entries,
        "weights": base64.b64encode(data).decode(),
    }
    if trace.keys != trace.queries:
        written["keys"] = write_tokens(trace.keys, trace.texts)
    return {
        "format": FORMAT,
        "version": VERSION,
        "program": f"{__version__} (Python)",
        "model": model,
        "backend": trace.backend,
        "texts": list(trace.texts),
        "maps": [written],
    }


Packed = tuple[str, bytes, list[float], np.ndarray]
Bytes = npt.NDArray[np.uint8]


def pack_bytes(maps: np.ndarray) -> Packed:
    """A byte a weight, 255 for the head's largest; runs of zeros counted where that is shorter."""
    largest = maps.max(axis=(1, 2), keepdims=True)
    scale = np.divide(np.float32(255), largest, out=np.zeros_like(largest), where=largest > 0)
    levels = maps * scale
    levels += np.float32(0.5)
    levels = np.minimum(levels, 255, out=levels).astype(np.uint8)  # A cast rounds down.
    read = levels.astype(np.float32)
    read *= largest
    read /= np.float32(255)
    folded = fold(levels.ravel())
    encoding, data = ("u8-runs", folded) if folded.size < levels.size else ("u8", levels)
    # Any f32 is exact as a double, and so in JSON.
    return encoding, data.tobytes(), [float(most) for most in largest.ravel()], read


def pack_half(maps: np.ndarray) -> Packed:
    """IEEE 754 half precision, little-endian."""
    halves = maps.astype("<f2")
    return "f16", halves.tobytes(), [], halves.astype(np.float32)


def fold(data: Bytes) -> Bytes:
    """Zeros become a zero and the number of further zeros, up to 255 of them."""
    edges = np.flatnonzero(np.diff(data == 0, prepend=False, append=False))
    starts, ends = edges[::2], edges[1::2]
    # A run of more than 256 is several.
    parts = -(-(ends - starts) // 256)
    of_run = np.repeat(np.arange(starts.size), parts)
    begins = starts[of_run] + 256 * (np.arange(of_run.size) - (np.cumsum(parts) - parts)[of_run])
    room = (data != 0).astype(np.uint8)
    room[begins] = 2
    kept = np.flatnonzero(room)
    places = np.cumsum(room[kept], dtype=np.int64) - room[kept]
    folded = np.zeros(int(room.sum(dtype=np.int64)), np.uint8)
    folded[places] = data[kept]
    folded[places[data[kept] == 0] + 1] = np.minimum(ends[of_run] - begins, 256) - 1
    return folded


def unfold(data: Bytes, count: int) -> Bytes | None:
    """Undoes `fold`, unless it would make anything but `count` bytes."""
    zero = data == 0
    edges = np.flatnonzero(np.diff(zero, prepend=False, append=False))
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    # Of zeros side by side every second is the number that belongs to the one before.
    marks = np.zeros(data.size, bool)
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    marks[np.flatnonzero(zero)[within % 2 == 0]] = True
    if data.size and marks[-1]:
        return None
    times = np.ones(data.size, np.int64)
    at = np.flatnonzero(marks)
    times[at] += data[at + 1]
    times[at + 1] = 0
    return np.repeat(data, times) if int(times.sum()) == count else None


def write_tokens(tokens: Iterable[Token], texts: tuple[str, ...]) -> list[dict[str, Any]]:
    to_units = [utf16_offsets(text) for text in texts]
    written = []
    for token in tokens:
        units = to_units[token.segment]
        entry: dict[str, Any] = {"text": token.text, "start": units[token.start], "end": units[token.end]}
        if token.special:
            entry["special"] = True
        if token.segment:
            entry["segment"] = token.segment
        written.append(entry)
    return written


def utf16_offsets(text: str) -> list[int]:
    """The UTF-16 offset of each character, and of the end."""
    offsets = [0]
    for character in text:
        offsets.append(offsets[-1] + (2 if ord(character) > 0xFFFF else 1))
    return offsets


def characters_at(text: str) -> list[int]:
    """The character at each UTF-16 offset, and the end; inside of a surrogate pair the pair's own."""
    characters = []
    for index, character in enumerate(text):
        characters.extend([index] * (2 if ord(character) > 0xFFFF else 1))
    return [*characters, len(text)]


def parse(source: str | bytes) -> Any:
    size = len(source)
    if size > MAX_BYTES:
        raise TraceError(f"it has {size} bytes, and at most {MAX_BYTES} are read")
    try:
        return json.loads(source)
    except ValueError as error:
        raise TraceError(f"it is not JSON: {error}") from None


def decode(document: Any) -> Trace:
    """Reads plain data. What is malformed, too large or of a newer version is an error that says so."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise TraceError(f'it is not a stored trace: the field "format" should be "{FORMAT}" (is it another file?)')
    root = Place(document, "it")
    version = root.field("version").whole(1 << 31)
    if version > VERSION:
        raise TraceError(
            f"it is of version {version}, and this program reads up to version {VERSION}; "
            "a newer attention-map reads it (pip install --upgrade attention-map)"
        )
    if version == 0:
        raise TraceError("its version is 0, and the first was 1")
    texts = tuple(text.text() for text in root.field("texts").items(2))
    model = root.field("model")
    digest = model.optional("sha256")
    if digest is not None and not re.fullmatch("[0-9a-f]{64}", digest.text()):
        digest.wrong("64 lower-case hexadecimal digits")
    maps = root.field("maps").items(len(KINDS))
    kinds = [entry.field("kind").one_of(KINDS) for entry in maps]
    read = maps[kinds.index("self") if "self" in kinds else 0]
    return Trace(
        model=Model(model.field("id").text(), model.field("name").text(), digest and digest.text()),
        texts=texts,
        backend=root.field("backend").one_of(BACKENDS),
        _document=document,
        **read_map(read, texts),
    )


def read_map(place: Place, texts: tuple[str, ...]) -> dict[str, Any]:
    layers, heads = (place.field(name).whole(MAX_HEADS) for name in ("layers", "heads"))
    queries = read_tokens(place.field("queries"), texts)
    listed = place.optional("keys")
    keys = queries if listed is None else read_tokens(listed, texts)
    encoding = place.field("encoding").one_of(ENCODINGS)
    stored: list[tuple[int, int]] = []
    largest = []
    for entry in place.field("stored").items(layers * heads):
        at = entry.field("layer").whole(MAX_HEADS), entry.field("head").whole(MAX_HEADS)
        if at[0] >= layers or at[1] >= heads or (stored and stored[-1] >= at):
            entry.wrong("a head that the model has, after the one before it")
        stored.append(at)
        largest.append(1.0 if encoding == "f16" else entry.field("largest").weight())
    shape = len(stored), len(queries), len(keys)
    # Maps that are not stored take room, too.
    if max(len(stored), layers * heads) * shape[1] * shape[2] > MAX_WEIGHTS:
        raise TraceError(f"it has more than {MAX_WEIGHTS} weights, which is the most that is read")
    maps = unpack(place.field("weights"), encoding, np.float32(largest), shape)
    weights = np.full((layers, heads, *shape[1:]), np.nan, np.float32)
    rows, columns = zip(*stored)
    weights[list(rows), list(columns)] = maps
    weights.flags.writeable = False
    return {
        "queries": queries,
        "keys": keys,
        "weights": weights,
        "error": place.field("error").weight(),
        "precision": "f16" if encoding == "f16" else "u8",
    }


def unpack(place: Place, encoding: str, largest: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    try:
        data = np.frombuffer(base64.b64decode(place.text(), validate=True), np.uint8)
    except (binascii.Error, ValueError):
        place.wrong("base64")
    count = shape[0] * shape[1] * shape[2]
    whole = unfold(data, count) if encoding == "u8-runs" else data
    if whole is None or whole.size != count * (2 if encoding == "f16" else 1):
        place.wrong(f"base64 of {count} weights as {encoding}")
    if encoding == "f16":
        maps = whole.view("<f2").reshape(shape).astype(np.float32)
    else:
        maps = whole.reshape(shape).astype(np.float32)
        maps *= largest[:, None, None]
        maps /= np.float32(255)
    if not ((maps >= 0) & (maps <= MAX_WEIGHT)).all():
        place.wrong("weights from 0 to 1")
    return maps


def read_tokens(place: Place, texts: tuple[str, ...]) -> tuple[Token, ...]:
    to_characters = [characters_at(text) for text in texts]
    tokens = []
    for entry in place.items(MAX_TOKENS):
        segment = entry.optional("segment")
        at = 0 if segment is None else segment.whole(len(texts) - 1)
        special = entry.optional("special")
        characters = to_characters[at]
        end = entry.field("end").whole(len(characters) - 1)
        start = entry.field("start").whole(end)
        tokens.append(
            Token(
                text=entry.field("text").text(),
                start=characters[start],
                # An end inside of a pair takes in the pair.
                end=characters[end] + (start < end and characters[end] == characters[end - 1]),
                special=False if special is None else special.flag(),
                segment=at,
            )
        )
    return tuple(tokens)


class Place:
    """A value of parsed JSON, and the way to it, for messages."""

    def __init__(self, value: Any, path: str) -> None:
        self.value = value
        self.path = path

    def optional(self, name: str) -> Place | None:
        value = self.value.get(name) if isinstance(self.value, dict) else None
        path = name if self.path == "it" else f"{self.path}.{name}"
        return None if value is None else Place(value, path)

    def field(self, name: str) -> Place:
        found = self.optional(name)
        if found is None:
            raise TraceError(f'{self.path} has no field "{name}"')
        return found

    def items(self, at_most: int) -> list[Place]:
        if not isinstance(self.value, list) or not 1 <= len(self.value) <= at_most:
            self.wrong(f"a list of 1 to {at_most}")
        return [Place(value, f"{self.path}[{index}]") for index, value in enumerate(self.value)]

    def text(self) -> str:
        return self.checked(isinstance(self.value, str), "a string")

    def flag(self) -> bool:
        return self.checked(isinstance(self.value, bool), "true or false")

    def whole(self, at_most: int) -> int:
        is_number = isinstance(self.value, (int, float)) and not isinstance(self.value, bool)
        fits = is_number and 0 <= self.value <= at_most and int(self.value) == self.value
        return int(self.checked(fits, f"a whole number from 0 to {at_most}"))

    def weight(self) -> float:
        is_number = isinstance(self.value, (int, float)) and not isinstance(self.value, bool)
        return float(self.checked(is_number and 0 <= self.value <= MAX_WEIGHT, "a number from 0 to 1"))

    def one_of(self, names: tuple[str, ...]) -> str:
        return self.checked(self.value in names, f"one of: {', '.join(names)}")

    def checked(self, fine: bool, expected: str) -> Any:
        if not fine:
            self.wrong(expected)
        return self.value

    def wrong(self, expected: str) -> NoReturn:
        raise TraceError(f"{self.path} should be {expected}")
