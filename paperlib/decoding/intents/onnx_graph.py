"""Writes an intent classifier as an ONNX file, for ONNX Runtime anywhere: in a phone, a browser, another language.

One text at a time: ``pieces`` (positions,) int64, its word pieces, and ``buckets`` (n-grams,) int64 in; ``logits``
(1, outputs) out. Matrices stay int8 in the file, with one scale a row; ONNX Runtime turns them to float32 when it loads
it. The metadata hold ``meta`` (JSON: labels, temperature, threshold, shape) and ``vocabulary`` (a piece a line).
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from paperlib.core.files import atomic_write
from paperlib.data.intents import SCALE
from paperlib.decoding.intents.numpy_network import EPSILON
from paperlib.decoding.intents.onnx_network import INPUTS

OPSET, IR = 20, 10  # the first with GELU; what ONNX Runtime 1.18 and later read


class _Graph:
    """Nodes and constants as they are added; a value is known by its name."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]):
        self._arrays = arrays
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def add(self, operator: str, *inputs: Any, **attributes: Any) -> str:
        """The name of a node's output; inputs are names, or arrays that become constants."""
        return self.split(operator, *inputs, outputs=1, **attributes)[0]

    def split(self, operator: str, *inputs: Any, outputs: int, **attributes: Any) -> list[str]:
        """The names of a node's outputs."""
        named = [one if isinstance(one, str) else self.constant(one) for one in inputs]
        made = [f"{operator}.{len(self.nodes)}.{n}" for n in range(outputs)]
        self.nodes.append(helper.make_node(operator, named, made, **attributes))
        return made

    def constant(self, value: Any, name: str = "") -> str:
        name = name or f"constant.{len(self.constants)}"
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def linear(self, name: str, x: str) -> str:
        weight = self.constant(self._arrays[name].T, name)
        scaled = self.add("Mul", self._floats(weight), self._arrays[f"{name}.scale"].T)
        return self.add("Add", self.add("MatMul", x, scaled), self._arrays[f"{name}.bias"])

    def rows(self, table: str, places: str) -> str:
        """Some rows of an embedding."""
        rows = self.add("Gather", self.constant(self._arrays[table], table), places)
        return self.add("Mul", self._floats(rows), self.add("Gather", self._arrays[f"{table}.scale"], places))

    def normed(self, name: str, x: str) -> str:
        weight, bias = self._arrays[name]
        return self.add("LayerNormalization", x, weight, bias, epsilon=EPSILON)

    def _floats(self, value: str) -> str:
        return self.add("Cast", value, to=TensorProto.FLOAT)


def write_onnx(
    path: Path, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any], vocabulary: Sequence[str]
) -> None:
    """Writes the file. ``arrays`` and ``meta`` are those of ``model.npz``
    (:mod:`paperlib.training.intents.model_file`)."""
    graph, parts, inputs = _Graph(arrays), [], []
    if meta["layers"]:
        parts.append(_sentence(graph, int(meta["layers"]), int(meta["heads"]), arrays["words"].shape[1]))
        inputs.append(INPUTS[0])
    if meta["buckets"]:
        parts.append(_ngrams(graph))
        inputs.append(INPUTS[1])
    logits = graph.linear("head", graph.add("Concat", *parts, axis=1))
    graph.nodes.append(helper.make_node("Identity", [logits], ["logits"]))
    outputs = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, len(meta["labels"])])
    given = [helper.make_tensor_value_info(name, TensorProto.INT64, [f"n_{name}"]) for name in inputs]
    made = helper.make_graph(graph.nodes, "intents", given, [outputs], list(graph.constants.values()))
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    known = {"meta": json.dumps(meta, ensure_ascii=False), "vocabulary": "\n".join(vocabulary)}
    helper.set_model_props(model, known)
    onnx.checker.check_model(model)
    with atomic_write(path) as part:
        part.write_bytes(model.SerializeToString())


def _sentence(graph: _Graph, layers: int, heads: int, width: int) -> str:
    """(1, width): the mean hidden state, at length SCALE."""
    length = graph.add("Shape", INPUTS[0])
    places = graph.add("Range", np.array(0), graph.add("Squeeze", length), np.array(1))
    x = graph.normed("norm", graph.add("Add", graph.rows("words", INPUTS[0]), graph.rows("positions", places)))
    for layer in map(str, range(layers)):
        found = graph.linear(f"{layer}.out", _attention(graph, layer, x, heads, width))
        x = graph.normed(f"{layer}.norm1", graph.add("Add", x, found))
        inner = graph.add("Gelu", graph.linear(f"{layer}.up", x), approximate="tanh")
        x = graph.normed(f"{layer}.norm2", graph.add("Add", x, graph.linear(f"{layer}.down", inner)))
    mean = graph.add("ReduceMean", x, np.array([0]), keepdims=1)
    return graph.add("Mul", graph.add("LpNormalization", mean, axis=1, p=2), np.array(SCALE, np.float32))


def _attention(graph: _Graph, layer: str, x: str, heads: int, width: int) -> str:
    each = width // heads
    split = graph.add("Reshape", graph.linear(f"{layer}.qkv", x), np.array([0, 3, heads, each]))
    q, k, v = graph.split("Split", graph.add("Transpose", split, perm=[1, 2, 0, 3]), outputs=3, axis=0, num_outputs=3)
    scores = graph.add("MatMul", q, graph.add("Transpose", k, perm=[0, 1, 3, 2]))
    weights = graph.add("Softmax", graph.add("Mul", scores, np.array(each**-0.5, np.float32)), axis=-1)
    found = graph.add("Transpose", graph.add("MatMul", weights, v), perm=[0, 2, 1, 3])
    return graph.add("Reshape", found, np.array([-1, width]))


def _ngrams(graph: _Graph) -> str:
    """(1, width): the sum of the vectors of n-grams over the square root of their number."""
    total = graph.add("ReduceSum", graph.rows("grams", INPUTS[1]), np.array([0]), keepdims=1)
    found = graph.add("Cast", graph.add("Shape", INPUTS[1]), to=TensorProto.FLOAT)
    return graph.add("Div", total, graph.add("Sqrt", graph.add("Max", found, np.ones(1, np.float32))))
