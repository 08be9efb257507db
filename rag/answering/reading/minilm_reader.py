"""Builds and runs the reader: the embedding model's lower layers and our upper layers, in 8-bit integers.

Only the upper ones are shipped, as ONNX Runtime runs them. The lower ones are the embedding model's own and are built
from its packaged weights, and for OpenVINO both are drawn anew: `python -m rag.answering.reading.minilm_reader` does it
once, into `Settings.models`.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from rag.answering.reading.signals import Candidate
from rag.core.errors import EmbeddingError
from rag.core.settings import Engine, cores
from rag.vectors import minilm_onnx
from rag.vectors.engines import load_network

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnx import ModelProto, NodeProto, TensorProto
    from tokenizers import Tokenizer

    Weights = Mapping[str, NDArray[np.float32]]

LONGEST_QUESTION_READ = 36
LONGEST_TITLE = 14
LONGEST_BEFORE = 24
LONGEST_SPEAKER = 8
LONGEST_CANDIDATE = 112
"""Tokens of a candidate, including what precedes its sentence and the two that frame it."""

_RECENT = 64
"""Texts whose states are kept, 0.2 MB each at most: another part of a question, or a follow-up, reads many again."""

APART = 3
"""Layers that question and candidate pass separately."""

UPPER = Path(__file__).parent / "reader-upper-int8.onnx"
"""The trained layers, shipped with the package."""

_HEAD = ("hidden.weight", "hidden.bias", "out.weight", "out.bias", "scale", "bias")
"""The matrices and numbers of the head, by their names in training behind `reader.`."""


class Tokens:
    """Turns texts into token ids as in training: "title | sentence before | speaker : sentence", each part cut."""

    def __init__(self, path: Path) -> None:
        """`path` is the embedding model's `tokenizer.json`."""
        from tokenizers import Tokenizer

        self._tokenizer: Tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        # "[SEP]" in an article is three ordinary tokens.
        self._tokenizer.encode_special_tokens = True
        vocabulary: dict[str, int] = self._tokenizer.get_vocab()
        self._first, self._last = vocabulary["[CLS]"], vocabulary["[SEP]"]
        self._bar, self._colon = vocabulary["|"], vocabulary[":"]
        self._ids = lru_cache(maxsize=2_000)(self._encoded)  # candidates share titles, and are each other's context

    def question(self, text: str) -> list[int]:
        """Returns the ids of a question."""
        return [self._first, *self._ids(text)[:LONGEST_QUESTION_READ], self._last]

    def candidate(self, candidate: Candidate) -> list[int]:
        """Returns the ids of a candidate; a missing title, sentence before or speaker is left out."""
        title, before = self._ids(candidate.title)[:LONGEST_TITLE], self._ids(candidate.before)[:LONGEST_BEFORE]
        speaker = self._ids(candidate.speaker)[:LONGEST_SPEAKER]
        parts = ((title, self._bar), (before, self._bar), (speaker, self._colon))
        head = [token for part, mark in parts if part for token in (*part, mark)]
        return [self._first, *head, *self._ids(candidate.sentence)[: LONGEST_CANDIDATE - 2 - len(head)], self._last]

    def _encoded(self, text: str) -> tuple[int, ...]:
        plain = text.encode("utf-8", "replace").decode("utf-8")
        return tuple(self._tokenizer.encode(plain, add_special_tokens=False).ids) if plain else ()


class MiniLMReader:
    """Scores sentences on this machine's processor; may be used by many threads at once.

    ONNX Runtime quantises activations with one scale per run. So each pair is a run of its own, and several runs at
    once, each on one thread, make it fast: the same pair gives the same score, whatever else is scored with it.
    """

    def __init__(self, folder: Path, *, threads: int | None = None, engine: Engine | None = None) -> None:
        """`folder` is where the networks are, or are built on first use; `threads` defaults to all cores.

        `engine` is the fastest on this machine unless given.
        """
        self._folder = folder
        self._threads = threads or cores()
        self._engine = engine or minilm_onnx.best_engine()
        self._lock = Lock()
        self._loaded: _Networks | None = None
        self.name = f"reader-minilm/{minilm_onnx.NUMERICS[self._engine]}/2"

    def scores(self, question: str, candidates: Sequence[Candidate]) -> NDArray[np.float32]:
        """Returns one score a candidate, in order. Raises EmbeddingError if there is no sound model."""
        import numpy as np

        loaded = self._networks()
        asked = loaded.lower(loaded.tokens.question(question))
        # The longest first: then no thread is left alone with a long text at the end.
        left = iter(sorted(enumerate(candidates), key=lambda numbered: _length(numbered[1]), reverse=True))
        scores = np.zeros(len(candidates), np.float32)

        def read() -> None:
            for place, candidate in left:
                scores[place] = loaded.score(asked, loaded.tokens.candidate(candidate))

        with ThreadPoolExecutor(loaded.callers, thread_name_prefix="reading") as pool:
            for reading in [pool.submit(read) for _ in range(loaded.callers)]:
                reading.result()
        return scores

    def _networks(self) -> _Networks:
        """Returns tokenizer and networks, loaded once, and built first if they are missing."""
        with self._lock:
            if self._loaded is None:
                self._loaded = _Networks(*build_networks(self._folder, self._engine), self._engine, self._threads)
            return self._loaded


def _length(candidate: Candidate) -> int:
    return len(candidate.title) + len(candidate.before) + len(candidate.sentence)


class _Networks:
    """The tokenizer and the two networks."""

    def __init__(self, lower: Path, upper: Path, engine: Engine, threads: int) -> None:
        self.tokens = Tokens(lower.parent / "tokenizer.json")
        self._lower, self._upper = (load_network(path, engine, threads, "reader's model") for path in (lower, upper))
        self.callers = self._lower.callers
        self._kept = lru_cache(maxsize=_RECENT)(self._states)

    def lower(self, ids: list[int]) -> NDArray[np.float32]:
        """Returns the states of a text after the lower layers; those of the last texts are kept."""
        return self._kept(tuple(ids))

    def _states(self, ids: tuple[int, ...]) -> NDArray[np.float32]:
        import numpy as np

        return self._lower.run({"input_ids": np.array([ids], np.int64)})

    def score(self, question: NDArray[np.float32], text: list[int]) -> float:
        """Scores how well a text answers the question, given the states of both."""
        return float(self._upper.run({"question": question, "text": self.lower(text)})[0, 0])


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
