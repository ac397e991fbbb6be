"""The same BERT as an ONNX graph, built operator by operator the way PyTorch exports it.

    python onnx_graph.py MODEL_FOLDER OUT.onnx [--without-attention | --without-output] [--dynamic-8-bit]

Inputs are input_ids and token_type_ids, int64 (1, T), T free. Outputs are last_hidden_state (1, T, D) and
attention_0 to attention_5 (1, H, T, T), unless either is left out, and with it all that the other doesn't depend on.
The file is about 90 MB; it isn't kept in the repository.
With --dynamic-8-bit, onnxruntime's own dynamic quantisation is applied, and the file is about 23 MB.
"""

import argparse
import logging
import math
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from bert import HEAD_WIDTH, HEADS, LAYER_NORM_EPSILON, LAYERS, load_weights

WIDTH = HEADS * HEAD_WIDTH
OPSET = 17
# The newest file format that onnxruntime-web is sure to read.
IR_VERSION = 8


class Graph:
    """Nodes and constants of a graph under construction; every method returns the name of its result."""

    def __init__(self, weights: dict[str, np.ndarray]):
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, np.ndarray] = {}

    def node(self, operator: str, inputs: list[str], name: str, **attributes) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [name], name=f"{name}/{operator}", **attributes))
        return name

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants[name] = np.ascontiguousarray(value)
        return name

    def scalar(self, name: str, value: float) -> str:
        return self.constant(name, np.array(value, dtype=np.float32))

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def linear(self, name: str, rows: str) -> str:
        transposed = self.constant(f"{name}.weight", self.weights[f"{name}.weight"].T)
        product = self.node("MatMul", [rows, transposed], f"{name}.product")
        return self.node("Add", [product, self.weight(f"{name}.bias")], f"{name}.out")

    def layer_norm(self, name: str, rows: str) -> str:
        return self.node(
            "LayerNormalization",
            [rows, self.weight(f"{name}.weight"), self.weight(f"{name}.bias")],
            f"{name}.out",
            axis=-1,
            epsilon=LAYER_NORM_EPSILON,
        )

    def gelu_erf(self, name: str, rows: str) -> str:
        scaled = self.node("Div", [rows, self.scalar("sqrt_two", math.sqrt(2.0))], f"{name}.scaled")
        erf = self.node("Erf", [scaled], f"{name}.erf")
        shifted = self.node("Add", [erf, self.scalar("one", 1.0)], f"{name}.shifted")
        product = self.node("Mul", [rows, shifted], f"{name}.product")
        return self.node("Mul", [product, self.scalar("half", 0.5)], f"{name}.out")

    def embeddings(self) -> str:
        word = self.node("Gather", [self.weight("embeddings.word_embeddings.weight"), "input_ids"], "embeddings.word")
        kind = self.node(
            "Gather", [self.weight("embeddings.token_type_embeddings.weight"), "token_type_ids"], "embeddings.type"
        )
        length = self.node(
            "Gather",
            [self.node("Shape", ["input_ids"], "input_ids.shape"), self.constant("axis_one", np.array([1], dtype=np.int64))],
            "length",
        )
        first = self.constant("first", np.array([0], dtype=np.int64))
        position = self.node(
            "Slice", [self.weight("embeddings.position_embeddings.weight"), first, length], "embeddings.position"
        )
        sum_of_two = self.node("Add", [word, kind], "embeddings.word_and_type")
        return self.layer_norm("embeddings.LayerNorm", self.node("Add", [sum_of_two, position], "embeddings.sum"))

    def heads(self, name: str, rows: str, permutation: list[int]) -> str:
        shape = self.constant("heads.shape", np.array([0, 0, HEADS, HEAD_WIDTH], dtype=np.int64))
        split = self.node("Reshape", [self.linear(name, rows), shape], f"{name}.split")
        return self.node("Transpose", [split], f"{name}.heads", perm=permutation)

    def layer(self, index: int, hidden: str) -> str:
        name = f"encoder.layer.{index}"
        query = self.heads(f"{name}.attention.self.query", hidden, [0, 2, 1, 3])
        key = self.heads(f"{name}.attention.self.key", hidden, [0, 2, 3, 1])
        value = self.heads(f"{name}.attention.self.value", hidden, [0, 2, 1, 3])
        product = self.node("MatMul", [query, key], f"{name}.product")
        scores = self.node("Div", [product, self.scalar("sqrt_head_width", math.sqrt(HEAD_WIDTH))], f"{name}.scores")
        attention = self.node("Softmax", [scores], f"attention_{index}", axis=-1)
        context = self.node("MatMul", [attention, value], f"{name}.context")
        turned = self.node("Transpose", [context], f"{name}.context.turned", perm=[0, 2, 1, 3])
        shape = self.constant("joined.shape", np.array([0, 0, WIDTH], dtype=np.int64))
        joined = self.node("Reshape", [turned, shape], f"{name}.context.joined")
        output = self.linear(f"{name}.attention.output.dense", joined)
        hidden = self.layer_norm(
            f"{name}.attention.output.LayerNorm", self.node("Add", [output, hidden], f"{name}.attention.residual")
        )
        inner = self.gelu_erf(f"{name}.gelu", self.linear(f"{name}.intermediate.dense", hidden))
        output = self.linear(f"{name}.output.dense", inner)
        return self.layer_norm(f"{name}.output.LayerNorm", self.node("Add", [output, hidden], f"{name}.residual"))


def behind(nodes: list[onnx.NodeProto], outputs: list[str]) -> list[onnx.NodeProto]:
    """Those of `nodes`, which are in order, that `outputs` depend on."""
    wanted = set(outputs)
    kept = []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            kept.append(node)
    return kept[::-1]


def build(model_folder: Path, with_attention: bool = True, with_output: bool = True) -> onnx.ModelProto:
    graph = Graph(load_weights(model_folder))
    hidden = graph.embeddings()
    for layer in range(LAYERS):
        hidden = graph.layer(layer, hidden)
    graph.node("Identity", [hidden], "last_hidden_state")

    outputs = []
    if with_output:
        outputs.append(helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [1, "tokens", WIDTH]))
    if with_attention:
        outputs += [
            helper.make_tensor_value_info(f"attention_{layer}", TensorProto.FLOAT, [1, HEADS, "tokens", "tokens"])
            for layer in range(LAYERS)
        ]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, [1, "tokens"]) for name in ("input_ids", "token_type_ids")]
    nodes = behind(graph.nodes, [output.name for output in outputs])
    read = {name for node in nodes for name in node.input}
    constants = [numpy_helper.from_array(value, name) for name, value in graph.constants.items() if name in read]
    model = helper.make_model(
        helper.make_graph(nodes, "all-MiniLM-L6-v2", inputs, outputs, constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model)
    return model


def quantise_dynamically(model: onnx.ModelProto, out: Path):
    """Writes `model` with one 8-bit scale a matrix, and activations that are rounded as they come.

    This is what transformers.js calls q8: the fastest that onnxruntime-web has for such a model, and far less exact.
    """
    # Only the bench needs it, and it takes a second to import.
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # It recommends to prepare the graph for convolutions, which this one has none of.
    logging.disable(logging.WARNING)
    quantize_dynamic(model, out, weight_type=QuantType.QInt8)


def main():
    parser = argparse.ArgumentParser(description="writes all-MiniLM-L6-v2 as an ONNX graph")
    parser.add_argument("model_folder", type=Path, help="the folder of model.safetensors")
    parser.add_argument("out", type=Path, help="the .onnx file to write")
    left_out = parser.add_mutually_exclusive_group()
    left_out.add_argument("--without-attention", action="store_true", help="leave the attention outputs out")
    left_out.add_argument("--without-output", action="store_true", help="leave the last layer's output out")
    parser.add_argument("--dynamic-8-bit", action="store_true", help="quantise it as onnxruntime does")
    arguments = parser.parse_args()
    model = build(arguments.model_folder, not arguments.without_attention, not arguments.without_output)
    if arguments.dynamic_8_bit:
        quantise_dynamically(model, arguments.out)
    else:
        onnx.save(model, arguments.out)


if __name__ == "__main__":
    main()
