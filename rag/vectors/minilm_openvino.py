"""Runs the local embedding model by OpenVINO, the fastest engine where the processor multiplies 8-bit integers.

The model's matrices are int8, and activations are quantised in groups of 64 numbers of one token, so that no token's
vector depends on what else stands in the run; the rest is computed in bfloat16 where the processor has it.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING

from rag.core.errors import EmbeddingError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from openvino import InferRequest  # type: ignore[import-untyped]  # it has no types

_GROUP = 64
"""Numbers of a token that share a scale. Of 32, questions come nearer to float32, and texts take a seventh longer."""

_FIRST = Lock()
"""Held for the first run of a network: two threads that come upon OpenVINO's bindings at once may wait for ever."""


@cache
def is_installed() -> bool:
    """Tells whether OpenVINO is installed; nothing is imported."""
    return importlib.util.find_spec("openvino") is not None


@cache
def is_fastest_here() -> bool:
    """Tells whether OpenVINO is installed and the processor has AVX-512 VNNI; elsewhere ONNX Runtime was not beaten."""
    if not is_installed():
        return False
    try:
        return "avx512_vnni" in Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    except OSError:
        return False  # not Linux


class OpenVINONetwork:
    """The network, ready for several runs at once, each on one thread. May be used by any number of threads."""

    def __init__(self, path: Path, threads: int) -> None:
        """EmbeddingError if the file at `path` is missing or damaged."""
        import numpy as np

        with _FIRST:
            self._free = self._ready(path, threads)
            self.states(np.zeros((1, 2), np.int64))

    @staticmethod
    def _ready(path: Path, threads: int) -> SimpleQueue[InferRequest]:
        """Compiles the network, and makes a request for each thread."""
        # `import openvino` would report the import to its maker; without its converter it does not, and is faster.
        sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]  # how Python marks what is not to be imported
        import openvino

        core = openvino.Core()
        exact = "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        options = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": threads,
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": _GROUP,
            "INFERENCE_PRECISION_HINT": "f32" if exact else "bf16",
        }
        try:
            compiled = core.compile_model(path, "CPU", options)
        except RuntimeError as error:
            raise EmbeddingError(
                f"The embedding model {path} is damaged; delete it, then run `make install`."
            ) from error
        free: SimpleQueue[InferRequest] = SimpleQueue()
        for _ in range(threads):
            free.put(compiled.create_infer_request())
        return free

    def states(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Returns the last layer's states (texts, length, 384) of texts of one length (texts, length)."""
        request = self._free.get()
        try:
            request.infer({"input_ids": ids}, share_inputs=True)
            states: NDArray[np.float32] = request.get_output_tensor(0).data.copy()
            return states
        finally:
            self._free.put(request)
