"""The native program `attention-map`, which computes attention and draws maps."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

NAME = "attention-map"
VARIABLE = "ATTENTION_MAP_BIN"
#: Seconds. The first run may load a model from a slow disk.
PATIENCE = 300


class ProgramError(RuntimeError):
    """The native program is missing, or failed; the message is its own."""


def find() -> Path | None:
    """The program: the one that the environment names, the package's own, or one on the path."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    own = Path(__file__).parent / "bin" / (NAME + (".exe" if os.name == "nt" else ""))
    if own.is_file():
        return own
    found = shutil.which(NAME)
    return Path(found) if found else None


def run(arguments: Sequence[str], given: str, patience: float = PATIENCE) -> bytes:
    """Runs the program with `given` on its standard input; returns what it printed."""
    program = find()
    if program is None:
        raise ProgramError(
            f"this needs the program {NAME}, which is neither in the package, nor on the path, nor named by ${VARIABLE}. "
            "Install a wheel of attention-map for your platform, or build the program in its repository "
            "(cargo build --release --features cli --bin attention-map) and set the variable to where it lies. "
            "To show attention that you have, use AttentionMap.from_arrays"
        )
    try:
        done = subprocess.run([program, *arguments], input=given.encode(), capture_output=True, timeout=patience)
    except OSError as error:
        where = f" (from ${VARIABLE})" if os.environ.get(VARIABLE) else ""
        raise ProgramError(f"{program}{where} could not be started: {error.strerror or error}") from None
    except subprocess.TimeoutExpired:
        raise ProgramError(f"{program} did not finish within {patience:g} seconds") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        # Before it there may be notes, and how far a download came.
        told = re.findall(rf"(?ms)^(?:{NAME}: )?error: (.*)", said)
        raise ProgramError(told[-1].strip() if told else said or f"{program} failed with status {done.returncode}")
    return done.stdout


def trace(text: str, text_b: str | None, model: str) -> bytes:
    """The stored trace of a text, as JSON."""
    # A text may begin with a hyphen.
    pair = [] if text_b is None else [f"--pair={text_b}"]
    return run(["trace", "-", "-o", "-", "--model", model, *pair], text)


def draw(stored: str, format: str, attributes: Mapping[str, str], patience: float = PATIENCE) -> bytes:
    """A picture of a stored trace."""
    options = [f"--{name}={value}" if value else f"--{name}" for name, value in attributes.items()]
    return run(["render", "--from", "-", "--format", format, "-o", "-", *options], stored, patience)
