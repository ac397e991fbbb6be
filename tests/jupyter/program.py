"""Stands in for the native program in the tests of the notebook: random attention of a text's words, and a drawing that names
them. It is run as the package runs the program, and fails as it does."""

import json
import re
import sys
from html import escape

import numpy as np
from attention_map import Trace

arguments, given = sys.argv[1:], sys.stdin.read()
if arguments[0] == "trace":
    words = re.findall(r"\w+|[^\w\s]", given)
    if not words:
        sys.exit("error: the text is empty")
    tokens = ["[CLS]", *words, "[SEP]"]
    weights = np.exp(np.random.default_rng(len(given)).normal(size=(6, 12, len(tokens), len(tokens))) * 2)
    print(Trace.from_arrays(tokens, weights / weights.sum(-1, keepdims=True), model_name="stand-in", text=given).to_json())
else:
    tokens = [token["text"] for token in json.loads(given)["maps"][0]["queries"]]
    rows = "".join(f'<text x="9" y="{20 * index + 20}">{escape(token)}</text>' for index, token in enumerate(tokens))
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="{20 * len(tokens) + 20}">{rows}</svg>')
