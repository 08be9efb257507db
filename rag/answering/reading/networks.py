"""Builds the reader's two networks as ONNX: the embedder's lower layers, and the trained upper layers with their head.

Only the upper ones are shipped, as ONNX Runtime runs them. The lower ones are the embedding model's own and are built
from its packaged weights, and for OpenVINO both are drawn anew: `python -m rag.answering.reading.networks` does it
once, into `Settings.models`.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.core.errors import EmbeddingError
from rag.core.settings import Engine
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

_HEAD = ("hidden.weight", "hidden.bias", "out.weight", "out.bias", "scale", "bias")
"""The matrices and numbers of the head, by their names in training behind `reader.`."""


def paths(target: Path, engine: Engine | None = None) -> tuple[Path, Path]:
    """Returns where the lower network is built in `target`, and where the upper one lies; both for the engine."""
    engine = engine or minilm_onnx.best_engine()
    drawn = f"{minilm_onnx.NUMERICS[engine]}-{minilm_onnx.RECIPE}"
    lower_path = target / f"minilm-lower-{drawn}.onnx"
    return lower_path, target / f"reader-upper-{drawn}-{_digest()}.onnx" if engine == "openvino" else UPPER


def build_networks(target: Path, engine: Engine | None = None) -> tuple[Path, Path]:
    """Returns the paths of the lower and the upper network, with the tokenizer in `target`; builds what is missing.

    Raises EmbeddingError if no installed package has the weights, or if `target` cannot be written.
    """
    engine = engine or minilm_onnx.best_engine()
    minilm_onnx.build_model(target, engine)
    built = paths(target, engine)
    if all(path.is_file() for path in built):
        return built
    packaged = minilm_onnx.load_weights(minilm_onnx.find_weights())
    try:
        with tempfile.TemporaryDirectory(prefix=".building-", dir=target) as scratch:
            for path, network in zip(built, _drawn(packaged, engine), strict=False):
                quantised = Path(scratch, path.name)
                write = minilm_onnx.quantise_weights if engine == "openvino" else minilm_onnx.quantise
                write(network, quantised)
                quantised.replace(path)
    except OSError as error:
        raise EmbeddingError(
            f"The reader cannot be built in {target} ({error.strerror or error}); "
            "free space there, or set ONRECORD_MODELS to a folder that can be written."
        ) from error
    return built


def _drawn(packaged: Weights, engine: Engine) -> Iterator[ModelProto]:
    """Draws the networks that are not shipped for the engine."""
    fused = engine == "onnxruntime"
    yield lower(packaged, fused=fused)
    if not fused:
        yield upper(packaged, shipped_weights(), fused=False)


@cache
def _digest() -> str:
    """Returns the beginning of the shipped network's digest: another one is drawn into another file."""
    return hashlib.sha256(UPPER.read_bytes()).hexdigest()[:8]


def shipped_weights() -> Weights:
    """Reads the trained weights out of the shipped network, float32, by the names that they had in training."""
    import numpy as np
    import onnx
    from onnx import numpy_helper

    found = {constant.name: numpy_helper.to_array(constant) for constant in onnx.load(UPPER).graph.initializer}
    for name in [name.removesuffix("_quantized") for name in found if name.endswith("_quantized")]:
        integers = found.pop(f"{name}_quantized").astype(np.float32) - found.pop(f"{name}_zero_point")
        found[name] = (integers * found.pop(f"{name}_scale")).T
    attention = [name for name in found if ".self.query." in name]
    for name in attention:
        parts = np.split(found.pop(name), 3)
        found |= {name.replace("query", part): own for part, own in zip(("query", "key", "value"), parts, strict=True)}
    head = {f"reader.{name}": found[name.replace(".", "_")] for name in _HEAD}
    return {**found, **head, "reader.side": np.stack([found["side_question"], found["side_text"]])}


def lower(weights: Weights, *, fused: bool = True) -> ModelProto:
    """Maps `input_ids` and `attention_mask` (batch, length) to `state` (batch, length, 384) after the lower layers.

    There is no mask unless attention is `fused`, as in `minilm_onnx.bert`.
    """
    from onnx import TensorProto, helper

    whole = minilm_onnx.bert(weights, fused=fused)
    cut, last = _cut(whole)
    nodes = [*whole.graph.node[: cut + 1], helper.make_node("Identity", [last], ["state"], name="state")]
    output = helper.make_tensor_value_info("state", TensorProto.FLOAT, ["batch", "length", minilm_onnx.DIMENSION])
    return _model("reader-lower", nodes, list(whole.graph.input), [output], whole.graph.initializer)


def upper(packaged: Weights, trained: Weights, *, fused: bool = True) -> ModelProto:
    """Maps `question` and `text` (1, length, 384), one pair's states after the lower layers, to its `score` (1, 1)."""
    from onnx import TensorProto, helper

    whole = minilm_onnx.bert({**packaged, **trained}, fused=fused)
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
    constants += [_constant(name.replace(".", "_"), trained[f"reader.{name}"]) for name in _HEAD]
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
    sys.exit(minilm_onnx.build_or_explain(lambda target: build_networks(target)[0]))
