"""A process that kills itself at the n-th moment of its own work on a library: before or after each of its steps."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from typing import Any, Final

STEPS: Final = {
    "library.writer.Changes": ("put", "remove", "begin", "finish", "set_folder", "settle_people"),
    "library.writer": ("insert", "forget"),
    "library.store.Store": ("remember",),
    "vectors.chroma._Collection": ("put", "drop", "close"),
    "vectors.chroma._Directory": ("create", "open", "discard"),
    "library.upkeep": ("_pack", "_exchange", "_examine"),
    "library.upkeep.Path": ("replace", "rename"),
}
"""The steps by which a library changes on disk: transactions, what is within them, and what Chroma is told."""


class Moments:
    """Counts the moments of this process, and ends it at one of them as a power cut would."""

    def __init__(self, last: int) -> None:
        """`last` is the moment to die at, counted from 1; 0 is never."""
        self.met = 0
        self._last = last

    def watch(self, names: Mapping[str, tuple[str, ...]] | None = None) -> None:
        """Puts itself before and behind every step."""
        from importlib import import_module

        for place, steps in (names or STEPS).items():
            room, name, *owner = place.split(".")
            home: Any = import_module(f"rag.{room}.{name}")
            for step in steps:
                target = getattr(home, owner[0]) if owner else home
                setattr(target, step, self._between(getattr(target, step)))

    def _between(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def between(*words: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the step takes and gives
            self._pass()
            result = step(*words, **named)
            self._pass()
            return result

        return between

    def _pass(self) -> None:
        self.met += 1
        if self.met == self._last:
            os.kill(os.getpid(), signal.SIGKILL)
