"""An index that follows the store into a collection kept elsewhere; knows when not to trust it, and no vendor.

What the collection keeps is disposable. It is checked by what it must find; in doubt a new one is
filled from the store, checked, pointed at, and the old one dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from threading import RLock, Thread
from typing import Final

import numpy as np

from rag.errors import LibraryError, LibraryLocked
from rag.library.collection import BATCH, Collection, Doubt, Home, check_recall, put_to_be_found
from rag.library.exact import refuse_other_embedder, refuse_other_size
from rag.library.store import Store, View
from rag.library.vectors import EmbedderState, Follower

SAMPLE: Final = 64
"""Vectors that a collection is asked for before it is trusted."""


class FollowingIndex:
    """A VectorIndex over a collection. Safe to share between threads."""

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

        Opens nothing if there is nothing to take over, and takes nothing over if another process or thread is at it, so
        that no question waits for many new articles; with `patience`, once it is open, for no more than so many seconds
        (0 is returned then). Raises LibraryError if a new collection cannot be trusted either, or if the library was
        embedded by another model since this index was opened, be it in what went on behind an earlier question.
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
        """Puts every vector in, by batches in ids' order; readings are short, so that the library's log stays short."""
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
