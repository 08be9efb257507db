"""Keeps a vendor's collection of vectors in step with the library, and replaces it when in doubt."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from threading import RLock, Thread
from typing import Final, Protocol

import numpy as np

from rag.core.errors import LibraryError, LibraryLocked
from rag.library.queries import PassageIds, Vectors
from rag.library.schema import EmbedderState, Follower
from rag.library.store import Store, View
from rag.vectors.exact import cosines_with, refuse_other_embedder, refuse_other_size

BATCH: Final = 100
"""Vectors in one write. Larger ones broke Chroma's collections more often when the process was killed."""
SAMPLE: Final = 64
"""Vectors that a collection is asked for before it is trusted."""
_ROUNDING: Final = 1e-4
"""Maximum difference between two computations of one cosine."""


class Doubt(Exception):
    """Raised when a collection is missing, broken or incomplete. The index catches it and makes a new collection."""


class Collection(Protocol):
    """Vectors by passage id, kept by a vendor. Its methods raise Doubt when they fail."""

    def put(self, ids: PassageIds, vectors: Vectors) -> None:
        """Adds or replaces at most BATCH vectors."""

    def drop(self, ids: Sequence[int]) -> None:
        """Removes vectors; missing ones are ignored."""

    def count(self) -> int:
        """Returns how many vectors the collection reports."""

    def nearest(self, vectors: Vectors, limit: int) -> list[list[tuple[int, float]]]:
        """Finds for each vector up to `limit` pairs of id and cosine, best first."""

    def close(self) -> None:
        """Closes the collection."""


class Home:
    """Stores collections, each in a named place. A home that can detect damage overrides more methods."""

    name: str
    """The name of the index."""
    key: str
    """The name under which the store keeps the progress of this index."""

    def turn(self) -> contextlib.AbstractContextManager[bool]:
        """Returns whether this process may write now."""
        raise NotImplementedError

    def open(self, place: str) -> Collection:
        """Opens the collection there. Raises Doubt if there is none."""
        raise NotImplementedError

    def create(self, library: str) -> tuple[str, Collection]:
        """Makes a new, empty collection for the library of that id, and returns its place too."""
        raise NotImplementedError

    def discard(self, place: str) -> None:
        """Drops what is there, if it can be dropped."""
        raise NotImplementedError

    def seal(self, place: str) -> None:
        """Records the state of a closed collection. Raises Doubt if it cannot."""

    def is_as_left(self, place: str) -> bool:  # noqa: ARG002 - nobody can tell
        """Returns whether a sealed collection is unchanged."""
        return True

    def is_sound(self, place: str, sample: Vectors) -> bool:  # noqa: ARG002 - what it does not find shows once it is open
        """Returns whether a collection that was not closed properly opens, and finds the sample, without harm to us."""
        return True

    def close(self) -> None:
        """Releases the home for others."""


def put_to_be_found(collection: Collection, ids: PassageIds, vectors: Vectors) -> None:
    """Adds vectors and checks that each is found. Raises Doubt if one is not.

    A Chroma 1.5.9 server sometimes counts a vector that another client added but never finds it; adding it again helps.
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
    """Returns whether the nearest vector is the one asked for, or its twin."""
    return bool(found) and abs(found[0][1] - 1) <= _ROUNDING


class FollowingIndex:
    """A VectorIndex over a collection. Thread-safe."""

    def __init__(self, store: Store, home: Home) -> None:
        self._store = store
        self._home = home
        self._collection: Collection | None = None
        self._state: Follower | None = None
        self._following = RLock()  # held while vectors are copied, which may take long
        self._using = RLock()  # held for a question, and while one collection takes the place of another
        self._behind: Thread | None = None  # copies the rest once a question no longer waits
        self._failed: LibraryError | None = None
        with store.reading() as view:
            self._embedder = view.vectors.embedder

    @property
    def name(self) -> str:
        """What answers."""
        return self._home.name

    @property
    def trouble(self) -> None:
        """Always None: it has no fallback and raises its errors."""

    def follow(self, patience: float | None = None) -> int:
        """Applies the store's changes, in doubt to a new collection, and returns their number.

        Does nothing while another process or thread is doing it. With `patience` an open index waits at most that long
        and returns 0; the rest follows in the background, and its errors are raised next time. Raises LibraryError if a
        new collection cannot be trusted either, or if the library was embedded by another model since this one opened.
        """
        if self._failed:
            failed, self._failed = self._failed, None
            raise failed
        if self._is_up_to_date():
            return 0
        if patience is None or self._collection is None:
            return self._take_over()
        if self._behind is None or not self._behind.is_alive():
            self._behind = Thread(target=self._go_on_behind, name="onrecord-follow", daemon=True)
            self._behind.start()
        self._behind.join(patience)
        return 0

    def _take_over(self) -> int:
        if not self._following.acquire(blocking=self._collection is None):
            return 0
        try:
            return self._open_and_follow()
        finally:
            self._following.release()

    def _go_on_behind(self) -> None:
        try:
            self._take_over()
        except LibraryError as error:
            self._failed = error

    def nearest(self, vector: Sequence[float], limit: int) -> list[tuple[int, float]]:
        """Returns up to `limit` pairs of passage id and cosine, best first, for passages still in the library."""
        if limit < 1:
            return []
        if self._collection is None:
            self._open_and_follow()
        try:
            return self._nearest(vector, limit)
        except Doubt:
            self._let_go()
            self._open_and_follow()
        try:
            return self._nearest(vector, limit)
        except Doubt:  # opening it again did not show what is wrong
            self._replace()
        try:
            return self._nearest(vector, limit)
        except Doubt as doubt:
            raise LibraryError(f"The vector index does not answer ({doubt}); run `onrecord doctor`.") from doubt

    def close(self) -> None:
        """Closes the collection and records that it was closed properly; a later call opens it again."""
        if self._behind:
            self._behind.join()
        with self._following:
            if self._let_go():
                with self._store.reading() as view:
                    state = view.vectors.follower(self._home.key)
                if state and self._state and state.collection == self._state.collection:
                    with suppress(Doubt):
                        self._home.seal(state.collection)
                        self._store.remember(replace(state, clean=True))
            self._home.close()

    def _is_up_to_date(self) -> bool:
        """Returns whether the collection, in use or closed properly, holds what the library does."""
        with self._store.reading() as view:
            embedder, last = self._embedder_of(view), view.vectors.last_change()
            state = self._state if self._collection else view.vectors.follower(self._home.key)
        if embedder is None:
            return True
        if state is None or not (self._collection or state.clean):
            return False
        return (state.embedder, state.cursor) == (embedder.number, last)

    def _open_and_follow(self) -> int:
        with self._following, self._home.turn() as is_ours:
            try:
                return self._follow(may_write=is_ours)
            except Doubt as doubt:
                if not is_ours:
                    raise LibraryLocked("Another process is filling the vector index; try again shortly.") from doubt
                return self._rebuild()

    def _replace(self) -> None:
        """Fills a new collection, unless another process is at it. Raises LibraryError if it cannot be trusted."""
        with self._following, self._home.turn() as is_ours:
            if not is_ours:
                raise LibraryLocked("Another process is filling the vector index; try again shortly.")
            self._rebuild()

    def _nearest(self, vector: Sequence[float], limit: int) -> list[tuple[int, float]]:
        with self._using:
            if self._collection is None or self._state is None:
                return []  # nothing was ever embedded
            cursor = self._state.cursor
            with self._store.reading() as view:
                embedder = self._embedder_of(view)
                gone = view.vectors.removed(cursor)
            if embedder:
                refuse_other_size(embedder, len(vector))
            (found,) = self._collection.nearest(np.asarray([vector], np.float32), limit + len(gone))
        there = [(passage, cosine) for passage, cosine in found if passage not in gone]
        nearest = sorted(there, key=lambda pair: (-pair[1], pair[0]))[:limit]
        self._require_genuine(nearest, vector, cursor)
        return nearest

    def _require_genuine(self, found: Sequence[tuple[int, float]], vector: Sequence[float], cursor: int) -> None:
        """Raises Doubt unless the library's own vector of each passage lies as near as the collection says.

        A damaged collection can name other passages than those whose vectors it found.
        """
        with self._store.reading() as view:
            self._embedder_of(view)
            gone = view.vectors.removed(cursor)
            ids, vectors = view.vectors.of(passage for passage, _ in found)
        cosines = dict(zip(ids.tolist(), cosines_with(vector, vectors), strict=True))
        for passage, cosine in found:
            if passage not in gone and abs(cosines.get(passage, 2.0) - cosine) > _ROUNDING:
                raise Doubt(f"it gives passage {passage} a place that its vector has not")

    def _follow(self, *, may_write: bool) -> int:
        with self._store.reading() as view:
            embedder = self._embedder_of(view)
            state = view.vectors.follower(self._home.key)
        if embedder is None:
            return 0
        if state is None or state.embedder != embedder.number:
            raise Doubt("it was never filled")
        if self._collection is None or self._state is None or self._state.collection != state.collection:
            self._open(state)
        if not may_write or self._collection is None:
            return 0
        self._state, taken = self._catch_up(self._collection, replace(state, clean=False), remember=True)
        return taken

    def _open(self, state: Follower) -> None:
        with self._store.reading() as view:
            sample = view.vectors.sample(state.cursor, SAMPLE)
        if state.clean and not self._home.is_as_left(state.collection):
            raise Doubt("it is not as it was when it was closed")
        if not state.clean and not self._home.is_sound(state.collection, sample):
            raise Doubt("it was not closed properly and does not find what it holds")
        self._store.remember(replace(state, clean=False))
        collection = self._home.open(state.collection)
        try:
            check_recall(collection, sample)
        except Doubt:
            collection.close()
            raise
        self._use(collection, state)

    def _catch_up(self, collection: Collection, state: Follower, *, remember: bool) -> tuple[Follower, int]:
        """Applies the changes after `state` in batches until the collection matches the library."""
        taken = 0
        while True:
            with self._store.reading() as view:
                changes = view.vectors.changes(state.cursor, BATCH)
                ids, vectors = view.vectors.of(passage for _, passage in changes)
                expected = view.vectors.count()
            if not changes:
                break
            if len(ids):
                put_to_be_found(collection, ids, vectors)
            if gone := sorted({passage for _, passage in changes}.difference(ids.tolist())):
                collection.drop(gone)
            state = replace(state, cursor=changes[-1][0])
            taken += len(changes)
            if remember:
                self._store.remember(state)
        if collection.count() != expected:
            raise Doubt(f"it has {collection.count()} vectors and the library {expected}")
        return state, taken

    def _rebuild(self) -> int:
        """Fills a new collection from the store and replaces the old one with it."""
        with self._store.reading() as view:
            embedder, library, cursor = self._embedder_of(view), view.vectors.library, view.vectors.last_change()
            half_built = view.vectors.follower(f"{self._home.key} (half built)")
            before = view.vectors.follower(self._home.key)
        if embedder is None:
            return 0
        if half_built and (before is None or half_built.collection != before.collection):
            self._home.discard(half_built.collection)
        try:
            place, collection = self._home.create(library)
        except Doubt as doubt:
            raise LibraryError(f"A new vector index cannot be made ({doubt}); check the disk.") from doubt
        state = Follower(self._home.key, place, embedder.number, cursor, clean=False)
        self._store.remember(replace(state, name=f"{self._home.key} (half built)"))
        try:
            filled = self._fill(collection)
            state, _ = self._catch_up(collection, state, remember=False)
            with self._store.reading() as view:
                check_recall(collection, view.vectors.sample(state.cursor, SAMPLE))
        except Doubt as doubt:
            collection.close()
            raise LibraryError(f"A new vector index fails too ({doubt}); run `onrecord doctor`.") from doubt
        self._store.remember(state)
        self._use(collection, state)
        if before:
            self._home.discard(before.collection)
        return filled

    def _fill(self, collection: Collection) -> int:
        """Adds every vector in batches; readings are short, so that the library's log stays short."""
        last = filled = 0
        while True:
            with self._store.reading() as view:
                ids, vectors = view.vectors.after(last, BATCH)
            if not len(ids):
                return filled
            collection.put(ids, vectors)
            last, filled = int(ids[-1]), filled + len(ids)

    def _use(self, collection: Collection, state: Follower) -> None:
        with self._using:
            self._let_go()
            self._collection, self._state = collection, state

    def _let_go(self) -> bool:
        """Closes the collection in use; returns whether there was one."""
        with self._using:
            collection, self._collection = self._collection, None
            if collection:
                collection.close()
            return collection is not None

    def _embedder_of(self, view: View) -> EmbedderState | None:
        """Returns the library's embedder, which must be the one that questions are embedded with."""
        current = view.vectors.embedder
        if current:
            refuse_other_embedder(self._embedder, current)
            self._embedder = current
        return current
