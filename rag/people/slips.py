"""Finds full names that differ from one another by a letter of a long family name, among many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rag.people.naming import differ_by_a_slip, full_name


class Slips:
    """Full names, looked up by what a slip of the pen makes of them."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        """`names` come with the block of each."""
        self._blocks: dict[str, dict[str, str]] = defaultdict(dict)
        self._names: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name, block in names:
            if given := full_name(name).given:
                self._blocks[given][name] = block
                self._names[block].append((given, name))

    def near(self, block: str) -> set[str]:
        """The other blocks in which a name stands that is one slip away from a name of this block."""
        return {
            other
            for given, name in self._names.get(block, ())
            for near, other in self._blocks[given].items()
            if other != block and differ_by_a_slip(name, near)
        }
