"""What is seen where there is no widget: a picture or a table, and a page that holds all it needs."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from importlib import resources

import numpy as np

from ._trace import Token, Trace

#: Rows of the table, and tokens named in each.
ROWS = 40
NAMED = 3


def front_end() -> str | None:
    """The program that paints, one module that needs nothing else. None where the package was not built."""
    file = resources.files("attention_map") / "static" / "standalone.js"
    return file.read_text("utf-8") if file.is_file() else None


def label(token: Token, texts: tuple[str, ...]) -> str:
    """As the reader knows it: what was typed, or the vocabulary's spelling."""
    typed = texts[token.segment][token.start : token.end]
    return token.text if token.special or not typed.strip() else typed


def table(trace: Trace, layer: int, head: int) -> str:
    """HTML that names the tokens which each looks at most, in one head."""
    weights = trace.head(layer, head)
    rows = []
    for query, row in zip(trace.queries[:ROWS], weights):
        largest = np.argsort(-row, kind="stable")[:NAMED]
        looked_at = ", ".join(
            f"{escape(label(trace.keys[key], trace.texts))} {row[key]:.2f}" for key in largest if row[key] > 0
        )
        rows.append(f'<tr><th scope="row">{escape(label(query, trace.texts))}</th><td>{looked_at or "nothing"}</td></tr>')
    more = len(trace.queries) - ROWS
    if more > 0:
        rows.append(f'<tr><td colspan="2">… and {more} more tokens</td></tr>')
    return (
        f"<table><caption>Layer {layer}, head {head} of {escape(trace.model.name)}: what each token attends to most, "
        "and the weight</caption>"
        f'<thead><tr><th scope="col">Token</th><th scope="col">attends to</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def element(trace: Trace, attributes: Mapping[str, str], fallback: str) -> str:
    """The element with its trace, and what is seen until it is painted."""
    written = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return (
        f'<attention-map{written}><script type="application/json">{trace.to_json()}</script>{fallback}</attention-map>'
    )


def script() -> str:
    """The program as a script element."""
    program = front_end()
    if program is None:
        raise RuntimeError(NOT_BUILT)
    # Neither may stand in a script element; both mean the same inside of JavaScript's strings.
    program = program.replace("</script", "<\\/script").replace("<!--", "<\\!--")
    return f'<script type="module">{program}</script>'


def page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>body {{ margin: 1rem; font-family: system-ui, sans-serif; }}</style>\n"
        f"</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


NOT_BUILT = (
    "attention-map was installed without its front end, which is built with the rest of Attention Map; "
    "install its wheel, or make one in the repository with: cargo xtask wheel"
)
