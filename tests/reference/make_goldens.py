"""Writes tests/golden from tests/golden/cases.json: what the model must see and answer, in float64.

    python make_goldens.py MODEL_FOLDER EIGHT_BIT_FOLDER

Cases marked "q8" are also written to tests/golden/q8, of the model with 8-bit weights. Refuses to write where onnxruntime, on a graph built apart from the float64 forward, differs by more than
TOLERANCE. README.md beside this file says what a golden holds.
"""

import argparse
import hashlib
import json
import os
import platform
from pathlib import Path

# One thread, so that the order of float64 sums, and with it every byte written, is the same each time.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import onnxruntime
import safetensors.numpy
import tokenizers

import onnx_graph
from bert import Bert, Tokens

TOLERANCE = 2e-5
ALL_ROWS_UP_TO = 40
ROWS_OF_LONGER = 7
GOLDEN = Path(__file__).resolve().parent.parent / "golden"
VERSIONS = {
    "python": platform.python_version(),
    "numpy": np.__version__,
    "tokenizers": tokenizers.__version__,
    "onnxruntime": onnxruntime.__version__,
}
EMBEDDED = ["A man is eating food.", "A man is eating a piece of bread.", "The girl is carrying a baby."]


def main():
    parser = argparse.ArgumentParser(description="writes tests/golden")
    parser.add_argument("model_folder", type=Path, help="the folder of model.safetensors and tokenizer.json")
    parser.add_argument("eight_bit_folder", type=Path, help="the same, with 8-bit weights")
    arguments = parser.parse_args()

    cases = json.loads((GOLDEN / "cases.json").read_text(encoding="utf-8"))
    bert = write_goldens(arguments.model_folder, cases, GOLDEN)
    write_embeddings(bert)
    write_goldens(arguments.eight_bit_folder, [case for case in cases if case.get("q8")], GOLDEN / "q8")


def write_goldens(folder: Path, cases: list[dict], to: Path) -> Bert:
    """Those of the model in `folder`, which is returned."""
    to.mkdir(exist_ok=True)
    bert = Bert(folder)
    weights_sha256 = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        onnx_graph.build(folder).SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    for case in cases:
        write_golden(bert, session, case, weights_sha256, to)
    return bert


def write_golden(bert: Bert, session: onnxruntime.InferenceSession, case: dict, weights_sha256: str, to: Path):
    tokens = bert.tokenize(case["text"], case.get("textB"))
    length = len(tokens.ids)
    if length != case.get("tokens", length):
        raise SystemExit(f"{case['id']}: {case['tokens']} tokens promised, the text has {length}")
    attention, hidden = bert.forward(tokens.ids, tokens.type_ids)
    difference = onnxruntime_difference(session, tokens, attention, hidden)
    if not difference <= TOLERANCE:
        raise SystemExit(f"{case['id']}: onnxruntime differs by {difference:.2e}, more than {TOLERANCE:.0e}")

    rows = np.arange(length)
    if length > ALL_ROWS_UP_TO:
        rows = np.round(np.linspace(0, length - 1, ROWS_OF_LONGER)).astype(int)
    tensors = {
        "ids": np.array(tokens.ids, dtype=np.int32),
        "type_ids": np.array(tokens.type_ids, dtype=np.int32),
        "spans": np.array(tokens.spans, dtype=np.int32),
        "special": np.array(tokens.special, dtype=np.uint8),
        "segment": np.array(tokens.segments, dtype=np.uint8),
        "rows": rows.astype(np.int32),
        "attention": attention[:, :, rows].astype(np.float32),
        "row_projection": (attention @ np.cos(np.arange(length))).astype(np.float32),
        "last_hidden": hidden[rows].astype(np.float32),
        "hidden_projection": (hidden @ np.cos(np.arange(hidden.shape[1]))).astype(np.float32),
    }
    metadata = {
        "text": case["text"],
        "pieces": json.dumps(tokens.pieces),
        "cuts": json.dumps([vars(cut) for cut in tokens.cuts]),
        "tolerance": f"{TOLERANCE:.0e}".replace("e-0", "e-"),
        "weights_sha256": weights_sha256,
        "versions": json.dumps(VERSIONS),
        "onnxruntime_difference": f"{difference:.2e}",
    }
    if "textB" in case:
        metadata["text_b"] = case["textB"]
    (to / f"{case['id']}.safetensors").write_bytes(serialize(tensors, metadata))
    cuts = "".join(f", {cut.tokens} tokens of segment {cut.segment} left out from {cut.start}" for cut in tokens.cuts)
    print(f"{case['id']}: {length} tokens, onnxruntime within {difference:.1e}{cuts}")


def onnxruntime_difference(session, tokens: Tokens, attention: np.ndarray, hidden: np.ndarray) -> float:
    """The largest difference of any attention weight or hidden value; NaN where there is one."""
    hidden_answer, *attention_answer = session.run(
        None,
        {
            "input_ids": np.array([tokens.ids], dtype=np.int64),
            "token_type_ids": np.array([tokens.type_ids], dtype=np.int64),
        },
    )
    return float(
        np.maximum(np.abs(hidden_answer[0] - hidden).max(), np.abs(np.concatenate(attention_answer) - attention).max())
    )


def serialize(tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> bytes:
    """As safetensors, its header sorted so that equal content is equal bytes."""
    # `save` writes memory as it lies, also where it isn't row-major.
    encoded = safetensors.numpy.save({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, metadata)
    header_length = int.from_bytes(encoded[:8], "little")
    header = json.dumps(json.loads(encoded[8 : 8 + header_length]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    written = len(header).to_bytes(8, "little") + header + encoded[8 + header_length :]
    for name, tensor in safetensors.numpy.load(written).items():
        np.testing.assert_array_equal(tensor, tensors[name], err_msg=name)
    return written


def write_embeddings(bert: Bert):
    """Cosine similarities of mean-pooled single texts, each against the first."""
    first, *others = [bert.embed(text) for text in EMBEDDED]
    cosines = [
        {"text": EMBEDDED[0], "other": text, "cosine": float(first @ other)} for text, other in zip(EMBEDDED[1:], others)
    ]
    (GOLDEN / "embeddings.json").write_text(json.dumps(cosines, indent=2) + "\n")
    print("embeddings:", ", ".join(f"{entry['cosine']:.4f}" for entry in cosines))


if __name__ == "__main__":
    main()
