"""Builds the reader's two networks as ONNX: the embedder's lower layers, and the trained upper layers with their head.

Only the upper ones are shipped. The lower ones are the embedding model's own and are built from its packaged weights:
`python -m rag.answering.reading.networks` does it once, into `Settings.models`.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.core.errors import EmbeddingError
from rag.vectors import minilm_onnx

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnx import ModelProto, NodeProto, TensorProto

    Weights = Mapping[str, NDArray[np.float32]]

APART = 3
"""Layers that question and candidate pass separately."""

UPPER = Path(__file__).parent / "reader-upper-int8.onnx"
"""The trained layers, shipped with the package."""


def lower_path(target: Path) -> Path:
    """Returns the path at which `build_lower` puts the lower network in `target`."""
    return target / f"minilm-lower-int8-{minilm_onnx.RECIPE}.onnx"


def build_lower(target: Path) -> Path:
    """Returns the path of the lower network in `target`, with the tokenizer beside it; builds it if it is missing.

    Raises EmbeddingError if no installed package has the weights, or if `target` cannot be written.
    """
    minilm_onnx.build_model(target)
    built = lower_path(target)
    if built.is_file():
        return built
    try:
        with tempfile.TemporaryDirectory(prefix=".building-", dir=target) as scratch:
            quantised = Path(scratch, built.name)
            minilm_onnx.quantise(lower(minilm_onnx.load_weights(minilm_onnx.find_weights())), quantised)
            quantised.replace(built)
    except OSError as error:
        raise EmbeddingError(
            f"The reader cannot be built in {target} ({error.strerror or error}); "
            "free space there, or set ONRECORD_MODELS to a folder that can be written."
        ) from error
    return built


def lower(weights: Weights) -> ModelProto:
    """Maps `input_ids` and `attention_mask` (batch, length) to `state` (batch, length, 384) after the lower layers."""
    from onnx import TensorProto, helper

    whole = minilm_onnx.bert(weights)
    cut, last = _cut(whole)
    nodes = [*whole.graph.node[: cut + 1], helper.make_node("Identity", [last], ["state"], name="state")]
    output = helper.make_tensor_value_info("state", TensorProto.FLOAT, ["batch", "length", minilm_onnx.DIMENSION])
    return _model("reader-lower", nodes, list(whole.graph.input), [output], whole.graph.initializer)


def upper(packaged: Weights, trained: Weights) -> ModelProto:
    """Maps `question` and `text` (1, length, 384), one pair's states after the lower layers, to its `score` (1, 1)."""
    from onnx import TensorProto, helper

    whole = minilm_onnx.bert({**packaged, **trained})
    cut, state = _cut(whole)
    above = list(whole.graph.node[cut + 1 : -1])
    for node in above:
        if node.op_type == "MultiHeadAttention":
            del node.input[4:]  # the mask: there is one pair, and nothing is padded
    joining, constants = _joined(trained, state)
    head, more = _head(trained, above[-1].output[0])
    sides = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, f"{name}_length", minilm_onnx.DIMENSION])
        for name in ("question", "text")
    ]
    score = helper.make_tensor_value_info("score", TensorProto.FLOAT, [1, 1])
    nodes = [*joining, *above, *head]
    return _model("reader-upper", nodes, sides, [score], [*whole.graph.initializer, *constants, *more])


def _cut(whole: ModelProto) -> tuple[int, str]:
    """Finds the last node of the lower layers: its index, and the name of its output."""
    norms = [place for place, node in enumerate(whole.graph.node) if node.op_type == "LayerNormalization"]
    cut = norms[2 * APART]  # one behind the embeddings, two in each layer
    return cut, whole.graph.node[cut].output[0]


def _joined(trained: Weights, state: str) -> tuple[list[NodeProto], list[TensorProto]]:
    """Concatenates question and text, each marked with its type."""
    from onnx import helper

    side = trained["reader.side"]
    nodes = [
        helper.make_node("Add", ["question", "side_question"], ["asked"]),
        helper.make_node("Add", ["text", "side_text"], ["told"]),
        helper.make_node("Concat", ["asked", "told"], [state], axis=1),
    ]
    return nodes, [_constant("side_question", side[0]), _constant("side_text", side[1])]


def _head(trained: Weights, state: str) -> tuple[list[NodeProto], list[TensorProto]]:
    """Adds up the scaled cosine of the two means and the output of a small network."""
    import numpy as np
    from onnx import helper

    make = helper.make_node
    nodes = [
        make("Shape", ["question"], ["cut"], start=1, end=2),
        make("Slice", [state, "zero", "cut", "one"], ["upper_question"]),
        make("Slice", [state, "cut", "end", "one"], ["upper_text"]),
        make("ReduceMean", ["upper_question", "one"], ["mean_question"], keepdims=0),
        make("ReduceMean", ["upper_text", "one"], ["mean_text"], keepdims=0),
        make("ReduceMax", ["upper_text", "one"], ["top_text"], keepdims=0),
        make("Mul", ["mean_question", "mean_text"], ["both"]),
        make("Concat", ["both", "mean_text", "top_text"], ["pooled"], axis=1),
        make("Gemm", ["pooled", "hidden_weight", "hidden_bias"], ["hidden"], transB=1),
        make("Gelu", ["hidden"], ["active"]),
        make("Gemm", ["active", "out_weight", "out_bias"], ["added"], transB=1),
        make("ReduceSum", ["both", "one"], ["product"], keepdims=1),
        make("ReduceL2", ["mean_question", "one"], ["length_question"], keepdims=1),
        make("ReduceL2", ["mean_text", "one"], ["length_text"], keepdims=1),
        make("Mul", ["length_question", "length_text"], ["lengths"]),
        make("Div", ["product", "lengths"], ["cosine"]),
        make("Mul", ["cosine", "scale"], ["scaled"]),
        make("Sum", ["scaled", "bias", "added"], ["score"]),
    ]
    numbers = {"zero": [0], "one": [1], "end": [2**31 - 1]}
    constants = [_constant(name, np.array(values, np.int64)) for name, values in numbers.items()]
    kept = ("hidden.weight", "hidden.bias", "out.weight", "out.bias", "scale", "bias")
    constants += [_constant(name.replace(".", "_"), trained[f"reader.{name}"]) for name in kept]
    return nodes, constants


def _constant(name: str, values: NDArray[Any]) -> TensorProto:
    import numpy as np
    from onnx import numpy_helper

    return numpy_helper.from_array(np.ascontiguousarray(values).reshape(values.shape), name)


def _model(
    name: str, nodes: list[NodeProto], inputs: list[Any], outputs: list[Any], constants: Iterable[TensorProto]
) -> ModelProto:
    """Creates a model from these nodes, with the constants that they read."""
    from onnx import helper

    read = {source for node in nodes for source in node.input}
    graph = helper.make_graph(
        nodes, name, inputs, outputs, [constant for constant in constants if constant.name in read]
    )
    operators = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=operators, ir_version=10, producer_name="onrecord")


if __name__ == "__main__":
    sys.exit(minilm_onnx.build_or_explain(build_lower))
