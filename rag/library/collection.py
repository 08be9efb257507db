"""What vectors are kept in, whoever the vendor is, and how it is told whether it finds them. Knows no store."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Final, Protocol

from rag.library.rows import Vectors
from rag.library.vectors import PassageIds

BATCH: Final = 100
"""Vectors in one write. Larger ones broke Chroma's collections more often when the process was killed."""

_ROUNDING: Final = 1e-4
"""How far from 1 a vector's cosine with itself may lie."""


class Doubt(Exception):
    """A collection is missing, broken or incomplete. Never leaves the index: a new collection is the remedy."""


class Collection(Protocol):
    """Vectors by passage id, kept by a vendor. Its methods raise Doubt when they fail."""

    def put(self, ids: PassageIds, vectors: Vectors) -> None:
        """Adds or replaces at most BATCH vectors."""

    def drop(self, ids: Sequence[int]) -> None:
        """Removes vectors; those that are not there are no fault."""

    def count(self) -> int:
        """How many vectors it says it has."""

    def nearest(self, vectors: Vectors, limit: int) -> list[list[tuple[int, float]]]:
        """For each vector up to `limit` pairs of id and cosine, best first."""

    def close(self) -> None:
        """Lets go of it."""


class Home(Protocol):
    """Where collections are kept, each in a place with a name of its own."""

    @property
    def name(self) -> str:
        """What the index is called."""

    @property
    def key(self) -> str:
        """Under which name the store remembers how far this index has followed."""

    def turn(self) -> contextlib.AbstractContextManager[bool]:
        """Whether this process may write now."""

    def seal(self, place: str) -> None:
        """Takes down what a collection that was closed is like. Raises Doubt if it cannot."""

    def is_as_left(self, place: str) -> bool:
        """Whether a collection that was sealed is still like that."""

    def is_sound(self, place: str, sample: Vectors) -> bool:
        """Whether a collection that was not closed properly can be opened, and finds the sample, without harm to us."""

    def open(self, place: str) -> Collection:
        """The collection there. Raises Doubt if there is none."""

    def create(self, library: str) -> tuple[str, Collection]:
        """A new, empty collection for the library of that id, and its place."""

    def discard(self, place: str) -> None:
        """Drops what is there, if it can be dropped."""

    def close(self) -> None:
        """Lets others have it."""


def put_to_be_found(collection: Collection, ids: PassageIds, vectors: Vectors) -> None:
    """Adds vectors and sees that each is found. Raises Doubt if one is not.

    Measured on a Chroma server 1.5.9: of thirty vectors added to thirty by another client, in one case of ten or twenty
    one is counted and never found; put again, it is.
    """
    collection.put(ids, vectors)
    lost = [index for index, found in enumerate(collection.nearest(vectors, 1)) if not _is_itself(found)]
    if lost:
        collection.put(ids[lost], vectors[lost])
        check_recall(collection, vectors[lost])


def check_recall(collection: Collection, sample: Vectors) -> None:
    """Raises Doubt unless each vector of the sample finds itself (or a twin)."""
    for found in collection.nearest(sample, 1) if len(sample) else ():
        if not _is_itself(found):
            raise Doubt("it does not find what it holds")


def _is_itself(found: Sequence[tuple[int, float]]) -> bool:
    """Whether the nearest vector is the one asked for, or its twin; one that lost its length may seem nearer."""
    return bool(found) and abs(found[0][1] - 1) <= _ROUNDING
