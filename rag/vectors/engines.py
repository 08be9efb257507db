"""Runs the local networks, which are ONNX files: by ONNX Runtime, or by OpenVINO where that is faster.

Each run takes one thread, and several threads may run one network at once.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from rag.core.errors import EmbeddingError
from rag.core.settings import Engine
from rag.vectors import minilm_onnx

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]  # it has no types
    from openvino import CompiledModel, InferRequest  # type: ignore[import-untyped]  # likewise

    Inputs = Mapping[str, NDArray[Any]]

_GROUP = 64
"""Numbers of a token that share a scale. Of 32, questions come nearer to float32, and texts take a seventh longer."""

_FIRST = Lock()
"""Held for the first run of a network: two threads that come upon OpenVINO's bindings at once may wait for ever."""


class Network(Protocol):
    """A network that is loaded. Thread-safe."""

    callers: int
    """How many threads should call it at once, to keep its cores busy."""

    def run(self, inputs: Inputs) -> NDArray[np.float32]:
        """Returns the network's only output for its inputs by name; token ids (texts, length) need no mask."""


def load_network(path: Path, engine: Engine, threads: int, what: str) -> Network:
    """Loads the network that was built for `engine`, for so many threads.

    Raises EmbeddingError, which names `what` the file is, if it is missing or damaged.
    """
    try:
        return _OpenVINONetwork(path, threads) if engine == "openvino" else _OnnxRuntimeNetwork(path, threads)
    except _Damaged as error:
        raise EmbeddingError(f"The {what} {path} is damaged; delete it, then run `make install`.") from error


class _Damaged(Exception):
    """A file that is missing, or no network."""


class _OnnxRuntimeNetwork:
    """A network as ONNX Runtime runs it: in the thread that asks for it."""

    def __init__(self, path: Path, threads: int) -> None:
        self.callers = threads
        self._session = _session(path)
        self._takes_mask = any(given.name == "attention_mask" for given in self._session.get_inputs())

    def run(self, inputs: Inputs) -> NDArray[np.float32]:
        import numpy as np

        mask = {"attention_mask": np.ones_like(inputs["input_ids"])} if self._takes_mask else {}
        output: NDArray[np.float32] = self._session.run(None, {**inputs, **mask})[0]
        return output


def _session(path: Path) -> InferenceSession:
    minilm_onnx.silence_onnxruntime()
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as errors  # type: ignore[import-untyped]  # likewise

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    # The fused kernel takes a fifth of all time, addition and normalisation apart a twentieth.
    options.add_session_config_entry("optimization.disable_specified_optimizers", "SkipLayerNormFusion")
    # Without VNNI instructions 8-bit products overflow and the results would differ between machines.
    options.add_session_config_entry("session.x64quantprecision", "1")
    damage = (errors.Fail, errors.NoSuchFile, errors.InvalidArgument, errors.InvalidGraph, errors.InvalidProtobuf)
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except damage as error:
        raise _Damaged from error


class _OpenVINONetwork:
    """A network as OpenVINO runs it.

    The matrices are int8, and activations are quantised in groups of 64 numbers of one token, so that no token's
    vector depends on what else stands in the run; the rest is computed in bfloat16 where the processor has it. It runs
    on threads of its own: one caller more than threads prepares the next run meanwhile.
    """

    def __init__(self, path: Path, threads: int) -> None:
        self.callers = threads + 1
        self._free: SimpleQueue[InferRequest] = SimpleQueue()
        with _FIRST:
            compiled = _compiled(path, threads)
            for _ in range(self.callers):
                self._free.put(compiled.create_infer_request())
            self.run(_zeros(compiled))

    def run(self, inputs: Inputs) -> NDArray[np.float32]:
        request = self._free.get()
        try:
            request.infer(dict(inputs), share_inputs=True)
            output: NDArray[np.float32] = request.get_output_tensor(0).data.copy()
            return output
        finally:
            self._free.put(request)


def _compiled(path: Path, threads: int) -> CompiledModel:
    # `import openvino` would report the import to its maker; without its converter it does not, and is faster.
    sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]  # how Python marks what is not to be imported
    import openvino

    core = openvino.Core()
    exact = "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    options = {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": threads,
        "ENABLE_CPU_PINNING": threads > 1,  # several processes of one thread would all be tied to the first core
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": _GROUP,
        "INFERENCE_PRECISION_HINT": "f32" if exact else "bf16",
    }
    try:
        return core.compile_model(path, "CPU", options)
    except RuntimeError as error:
        raise _Damaged from error


def _zeros(compiled: CompiledModel) -> Inputs:
    """Returns the smallest inputs: of two texts or tokens where the number is free."""
    import numpy as np

    return {
        given.any_name: np.zeros(
            [2 if length.is_dynamic else length.get_length() for length in given.partial_shape],
            given.element_type.to_dtype(),
        )
        for given in compiled.inputs
    }
