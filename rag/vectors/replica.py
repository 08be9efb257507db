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
from rag.library.rows import EmbedderState, Follower, PassageIds, Vectors
from rag.library.store import Store, View
from rag.vectors.exact import refuse_other_embedder, refuse_other_size

BATCH: Final = 100
"""Vectors in one write. Larger ones broke Chroma's collections more often when the process was killed."""
SAMPLE: Final = 64
"""Vectors that a collection is asked for before it is trusted."""
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


class Home:
    """Where collections are kept, each in a place with a name. A home that can tell damage overrides more."""

    name: str
    """What the index is called."""
    key: str
    """Under which name the store remembers how far this index has followed."""

    def turn(self) -> contextlib.AbstractContextManager[bool]:
        """Whether this process may write now."""
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
        """Takes down what a collection that was closed is like. Raises Doubt if it cannot."""

    def is_as_left(self, place: str) -> bool:  # noqa: ARG002 - nobody can tell
        """Whether a collection that was sealed is still like that."""
        return True

    def is_sound(self, place: str, sample: Vectors) -> bool:  # noqa: ARG002 - what it does not find shows once it is open
        """Whether a collection that was not closed properly opens, and finds the sample, without harm to us."""
        return True

    def close(self) -> None:
        """Lets others have it."""


def put_to_be_found(collection: Collection, ids: PassageIds, vectors: Vectors) -> None:
    """Adds vectors and checks that each is found. Raises Doubt if one is not.

    A Chroma server 1.5.9 now and then counts a vector that another client added and never finds it; put again, it does.
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
    """Whether the nearest vector is the one asked for, or its twin."""
    return bool(found) and abs(found[0][1] - 1) <= _ROUNDING


class FollowingIndex:
    """A VectorIndex over a collection. Thread-safe."""

    def __init__(self, store: Store, home: Home) -> None:
        self._store = store
        self._home = home
        self._collection: Collection | None = None
        self._state: Follower | None = None
        self._following = RLock()  # held while vectors are taken over, which may be long
        self._using = RLock()  # held for a question, and while one collection takes the place of another
        self._behind: Thread | None = None  # what takes over while a question no longer waits
        self._failed: LibraryError | None = None
        with store.reading() as view:
            self._embedder = view.vectors.embedder

    @property
    def name(self) -> str:
        """What answers."""
        return self._home.name

    @property
    def trouble(self) -> None:
        """Nothing answers in its place: it raises what is in the way."""

    def follow(self, patience: float | None = None) -> int:
        """Catches up with the store, in doubt by a new collection, and returns how many changes it took over.

        Does nothing while another process or thread is at it. With `patience` an open index waits no longer than that
        and returns 0; the rest follows behind. Raises LibraryError if a new collection cannot be trusted either, or if
        the library was embedded by another model since this index was opened; an error from behind is raised next time.
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
        """Up to `limit` pairs of passage id and cosine, best first, without passages that are gone from the library."""
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
        except Doubt as doubt:
            raise LibraryError(f"The vector index does not answer ({doubt}); run `onrecord doctor`.") from doubt

    def close(self) -> None:
        """Closes the collection, and leaves the mark that it was closed properly; a later call opens it again."""
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
        """Whether the collection, in use or closed properly, holds what the library does."""
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

    def _nearest(self, vector: Sequence[float], limit: int) -> list[tuple[int, float]]:
        with self._using:
            if self._collection is None or self._state is None:
                return []  # nothing was ever embedded
            with self._store.reading() as view:
                embedder = self._embedder_of(view)
                gone = view.vectors.removed(self._state.cursor)
            if embedder:
                refuse_other_size(embedder, len(vector))
            (found,) = self._collection.nearest(np.asarray([vector], np.float32), limit + len(gone))
        there = [(passage, cosine) for passage, cosine in found if passage not in gone]
        return sorted(there, key=lambda pair: (-pair[1], pair[0]))[:limit]

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
        """Takes over what changed after `state`, batch by batch, until the collection holds what the library does."""
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
        """Fills a new collection from the store and puts it in the place of the old one."""
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
        """Puts every vector in by batches; readings are short, so that the library's log stays short."""
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
        """Closes the collection in use; whether there was one."""
        with self._using:
            collection, self._collection = self._collection, None
            if collection:
                collection.close()
            return collection is not None

    def _embedder_of(self, view: View) -> EmbedderState | None:
        """The library's embedder, which must be the one that questions are embedded with."""
        current = view.vectors.embedder
        if current:
            refuse_other_embedder(self._embedder, current)
            self._embedder = current
        return current
