"""Stores vectors in Chroma, embedded or on a server; its types and errors stay in this module.

Measured on chromadb 1.5.9: a process killed while it writes can break a collection for good, two processes on one
directory lose vectors silently, and some damage shows only as a crash or as wrong answers. So one process owns
the directory. A directory that was closed properly must be the same to the byte; any other is first tried in a child.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import numpy as np
from filelock import FileLock, Timeout

from rag.core.errors import LibraryError, LibraryLocked
from rag.library.queries import PassageIds, Vectors
from rag.library.store import Store
from rag.vectors.replica import Doubt, FollowingIndex, Home, check_recall

if TYPE_CHECKING:
    from chromadb import Collection as VendorCollection
    from chromadb.api import ClientAPI
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.config import Settings

COLLECTION_NAME: Final = "passages"
"""The one collection in a directory."""

HNSW: Final[CreateHNSWConfiguration] = {
    "space": "cosine",
    "ef_search": 400,
    "ef_construction": 200,
    "max_neighbors": 32,
}
"""On random vectors recall@10 is 0.99 with these and 0.53 with the defaults; they cannot be changed afterwards."""

_SEAL: Final = "closed.blake2b"
"""The file, in a directory that was closed properly, with the digest of all others."""

PROBE_SECONDS, SERVER_SECONDS = 300, 30
"""How long a child may take to open a directory and replay its log, and a server for one request."""

CLOUD = "https://api.trychroma.com"
"""Chroma Cloud's own server."""

ROOM: Final = 32 << 20
"""Bytes that must be free before anything is opened or written: Chroma 1.5.9 can hang when the disk fills up."""


class ChromaIndex(FollowingIndex):
    """Cosine similarity by Chroma's HNSW graph. Use `embedded` or `server`."""

    @classmethod
    def embedded(cls, store: Store) -> ChromaIndex:
        """Chroma in this process, in the library's folder. Raises LibraryLocked if another process owns it."""
        return cls(store, _Directory(store))

    @classmethod
    def server(cls, store: Store, address: str, key: str | None = None) -> ChromaIndex:
        """Connects to a server started with `chroma run`, or to Chroma Cloud at `cloud:TENANT/DATABASE` with its key.

        Raises LibraryError if none answers at the address.
        """
        if address.startswith("cloud:"):
            return cls(store, _Cloud(store.data, address, key))
        return cls(store, _Server(store.data, address))


class _Collection:
    """A Chroma collection with a client to itself."""

    def __init__(self, client: ClientAPI, collection: VendorCollection, address: str | None = None) -> None:
        self._client = client
        self._collection = collection
        self._address = address

    def put(self, ids: PassageIds, vectors: Vectors) -> None:
        with _our_errors(self._address):
            self._collection.upsert(ids=[str(number) for number in ids.tolist()], embeddings=vectors)

    def drop(self, ids: Sequence[int]) -> None:
        with _our_errors(self._address):
            self._collection.delete(ids=[str(number) for number in ids])

    def count(self) -> int:
        with _our_errors(self._address):
            return self._collection.count()

    def nearest(self, vectors: Vectors, limit: int) -> list[list[tuple[int, float]]]:
        with _our_errors(self._address):
            found = self._collection.query(query_embeddings=vectors, n_results=limit, include=["distances"])
        try:
            return [
                [(int(number), 1 - distance) for number, distance in zip(numbers, distances, strict=True)]
                for numbers, distances in zip(found["ids"], found["distances"] or [], strict=True)
            ]
        except ValueError as error:  # a bit of its list of names has changed
            raise Doubt("it names what is no passage") from error

    def close(self) -> None:
        with contextlib.suppress(Doubt, LibraryError), _our_errors(self._address):
            _close(self._client)


class _Directory(Home):
    """Chroma inside this process: a directory for each collection, all of them owned by one process."""

    name = "chroma"
    key = "chroma"

    def __init__(self, store: Store) -> None:
        self._database = store.database
        self._root = store.data.resolve() / "chroma"
        self._lock = FileLock(store.data / "chroma.lock", thread_local=False)
        self._own()

    @contextlib.contextmanager
    def turn(self) -> Iterator[bool]:
        if not self._lock.is_locked:  # it was closed, and is opened again
            self._own()
        self._require_room(ROOM)
        yield True

    def seal(self, place: str) -> None:
        seal = self._root / place / _SEAL
        try:
            seal.write_text(_digest(seal.parent), encoding="ascii")
        except OSError as error:
            raise Doubt(f"it cannot be sealed: {error.strerror}") from error

    def is_as_left(self, place: str) -> bool:
        """Checks every byte against the seal; on damage Chroma may crash or return wrong results."""
        seal = self._root / place / _SEAL
        try:
            return seal.read_text(encoding="ascii") == _digest(seal.parent)
        except OSError:
            return False

    def is_sound(self, place: str, sample: Vectors) -> bool:
        """Checks in a child process, because a broken directory may crash whoever opens it."""
        try:
            child = subprocess.run(  # noqa: S603 - this Python, this module, and a place of our own naming
                [sys.executable, "-m", "rag.vectors.chroma", str(self._root / place)],
                input=json.dumps(sample.tolist()).encode(),
                cwd=Path(__file__).parents[2],
                capture_output=True,
                timeout=PROBE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
        return child.returncode == 0

    def open(self, place: str) -> _Collection:
        return _open_directory(self._root / place)

    def create(self, library: str) -> tuple[str, _Collection]:
        del library  # its place says which one it is of
        self._require_room(ROOM + 2 * self._database.size())  # which has them too
        place = secrets.token_hex(6)
        with _our_errors():
            client = _directory_client(self._root / place)
            return place, _Collection(client, _create(client, COLLECTION_NAME))

    def discard(self, place: str) -> None:
        shutil.rmtree(self._root / place, ignore_errors=True)

    def close(self) -> None:
        self._lock.release()

    def _require_room(self, room: int) -> None:
        free = shutil.disk_usage(self._root.parent).free
        if free < room:
            raise LibraryError(
                f"There is no room for the vectors of {self._root}: {room >> 20} MB are needed and {free >> 20} MB are "
                "free; make room on that disk."
            )

    def _own(self) -> None:
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise LibraryLocked(f"Another process owns the vectors of {self._root}; close it or try again.") from error
        except OSError as error:
            raise LibraryError(f"{self._root} cannot be written ({error.strerror}); check its rights.") from error


class _Server(Home):
    """Collections on a server, each under a name that carries the library's own id."""

    name = "chroma server"

    def __init__(self, data: Path, address: str) -> None:
        self.key = f"chroma server {address}"
        self._address = address
        self._lock = FileLock(data / "chroma-server.lock", thread_local=False)
        _close(self._client())  # says at once if nobody is there

    @contextlib.contextmanager
    def turn(self) -> Iterator[bool]:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            self._lock.release()

    def open(self, place: str) -> _Collection:
        client = self._client()
        with _our_errors(self._address):
            return _Collection(client, client.get_collection(place, embedding_function=None), self._address)

    def create(self, library: str) -> tuple[str, _Collection]:
        place = f"onrecord-{library}-{secrets.token_hex(4)}"
        client = self._client()
        with _our_errors(self._address):
            return place, _Collection(client, _create(client, place), self._address)

    def discard(self, place: str) -> None:
        client = self._client()
        with contextlib.suppress(Doubt), _our_errors(self._address):
            client.delete_collection(place)
        _close(client)

    def _client(self) -> ClientAPI:
        import httpx

        with _our_errors(self._address):
            # Chroma's client would wait forever for a silent server, so the server is asked first, with a timeout.
            httpx.get(f"{self._host}/api/v2/heartbeat", timeout=SERVER_SECONDS).raise_for_status()
            client = self._connect()
            session = client._server._session  # type: ignore[attr-defined]  # noqa: SLF001 - no setting reaches it
            session.timeout = SERVER_SECONDS
            return client

    @property
    def _host(self) -> str:
        return self._address

    def _connect(self) -> ClientAPI:
        import chromadb

        return chromadb.HttpClient(host=self._address, settings=_settings())


class _Cloud(_Server):
    """Collections in a database of Chroma Cloud."""

    name = "chroma cloud"

    def __init__(self, data: Path, address: str, key: str | None) -> None:
        if key is None:
            raise LibraryError(f"Chroma Cloud at {address} asks for a key; set ONRECORD_CHROMA_KEY.")
        self._key = key
        super().__init__(data, address)

    @property
    def _host(self) -> str:
        return CLOUD

    def _connect(self) -> ClientAPI:
        import chromadb

        tenant, database = self._address.removeprefix("cloud:").split("/")
        where = urlsplit(CLOUD)
        return chromadb.CloudClient(
            tenant=tenant,
            database=database,
            api_key=self._key,
            settings=_settings(),
            cloud_host=where.hostname or "",
            cloud_port=where.port or 443,
            enable_ssl=where.scheme == "https",
        )


def _digest(folder: Path) -> str:
    """Computes the digest of the names and bytes of all files in the folder except the seal."""
    digest = hashlib.blake2b()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != _SEAL:
            with path.open("rb") as file:
                digest.update(
                    f"{path.relative_to(folder)}\0{hashlib.file_digest(file, 'blake2b').hexdigest()}\0".encode()
                )
    return digest.hexdigest()


def _settings() -> Settings:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


def _directory_client(path: Path) -> ClientAPI:
    import chromadb

    return chromadb.PersistentClient(path, settings=_settings())


def _open_directory(path: Path) -> _Collection:
    """Returns the collection in a directory. Raises Doubt if there is none; crashes, perhaps, if it is broken."""
    if not path.is_dir():
        raise Doubt("it is gone")  # Chroma would make an empty one
    with _our_errors():
        client = _directory_client(path)
        return _Collection(client, client.get_collection(COLLECTION_NAME, embedding_function=None))


def _create(client: ClientAPI, name: str) -> VendorCollection:
    return client.create_collection(name, embedding_function=None, configuration={"hnsw": HNSW})


def _close(client: ClientAPI) -> None:
    client.close()  # type: ignore[attr-defined]  # every client has it, and their common type does not say so


@contextlib.contextmanager
def _our_errors(address: str | None = None) -> Iterator[None]:
    """Converts Chroma's errors about a collection to Doubt, an unreachable server at `address` to LibraryError."""
    import httpx
    from chromadb.errors import ChromaError

    try:
        yield
    except ChromaError as error:
        raise Doubt(str(error)) from error
    except Exception as error:
        # Chroma raises ValueError where it cannot connect, and a bare Exception for an answer that is not Chroma's.
        if address and (isinstance(error, httpx.HTTPError | ValueError) or type(error) is Exception):
            raise LibraryError(
                f"No Chroma server answers at {address} ({error}); start it with `chroma run` or unset ONRECORD_CHROMA."
            ) from error
        raise


def _probe(path: Path, sample: Vectors) -> None:
    """Opens a directory that may be broken and asks it for vectors it must hold. Raises Doubt."""
    collection = _open_directory(path)
    check_recall(collection, sample)
    collection.close()


if __name__ == "__main__":
    try:
        _probe(Path(sys.argv[1]), np.array(json.load(sys.stdin), np.float32))
    except Doubt as doubt:
        sys.exit(str(doubt))
