"""The vector indexes, examined alike: exact search, Chroma in the process, on a server, in its cloud, and pgvector."""

import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from rag.core.errors import LibraryError, LibraryLocked
from rag.core.protocols import VectorIndex
from rag.library.store import Store
from rag.vectors import chroma
from rag.vectors.chroma import ChromaIndex
from rag.vectors.exact import ExactIndex
from rag.vectors.pgvector import PgvectorIndex
from tests.awkward_web import awkward_web
from tests.library_parts import DIMENSION, article, fill, record, word_vector
from tests.postgres_server import Server, binaries, served
from tests.processes import free_port, serving, started


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server, started by the command that its users type."""
    chroma = Path(sys.executable).with_name("chroma")
    port, folder = free_port(), tmp_path_factory.mktemp("server")
    with serving(port, chroma, "run", "--host", "127.0.0.1", "--port", port, "--path", folder):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def server_with_vectors() -> Iterator[Server]:
    """A PostgreSQL that has pgvector."""
    programs = binaries(with_vectors=True)
    if programs is None:
        pytest.skip("no PostgreSQL server with pgvector is installed")
    with served(programs) as server:
        yield server


@pytest.fixture
def new_library(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty library, kept where the index under examination needs it."""
    if getattr(request.node, "callspec", None) and request.node.callspec.params.get("open_index") == "pgvector":
        server: Server = request.getfixturevalue("server_with_vectors")
        address = server.new_database()
        store = Store.create(tmp_path / "library", address)
        yield store
        store.close()
        server.take_back(address)
    else:
        yield Store.create(tmp_path / "library")


@pytest.fixture
def store(new_library: Store) -> Store:
    return fill(new_library)


Opens = Callable[[Store], VectorIndex]
Embedded = Callable[[Store], ChromaIndex]


SERVED = ("chroma server", "chroma cloud", "pgvector")


@pytest.fixture(params=["exact", "chroma", *(pytest.param(name, marks=pytest.mark.server) for name in SERVED)])
def open_index(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    """Opens an index of each kind over a store; what is opened is closed afterwards."""
    opened: list[VectorIndex] = []

    def open_(store: Store) -> VectorIndex:
        if request.param == "exact":
            opened.append(ExactIndex(store))
        elif request.param == "chroma":
            opened.append(ChromaIndex.embedded(store))
        elif request.param == "pgvector":
            opened.append(PgvectorIndex(store))
        elif request.param == "chroma cloud":
            monkeypatch.setattr(chroma, "CLOUD", request.getfixturevalue("chroma_server"))
            opened.append(ChromaIndex.server(store, "cloud:default_tenant/default_database", "a-key"))
        else:
            opened.append(ChromaIndex.server(store, request.getfixturevalue("chroma_server")))
        assert opened[-1].name == request.param
        return opened[-1]

    yield open_
    for index in opened:
        index.close()


@pytest.fixture
def embedded() -> Iterator[Embedded]:
    """Opens Chroma in this process; what is opened is closed afterwards."""
    opened: list[ChromaIndex] = []

    def open_(store: Store) -> ChromaIndex:
        opened.append(ChromaIndex.embedded(store))
        return opened[-1]

    yield open_
    for index in opened:
        index.close()


def lines(source: str, count: int) -> list[str]:
    return [f"Line {number} of {source}." for number in range(count)]


def put(store: Store, source: str, count: int) -> None:
    with store.writing() as changes:
        changes.put(record(article(source, "\n".join(lines(source, count)))))


def found(store: Store, index: VectorIndex, text: str, limit: int = 1) -> list[tuple[str, float]]:
    """Texts and cosines of the nearest passages, those that the library holds."""
    nearest = index.nearest(word_vector(text), limit)
    with store.reading() as view:
        passages = view.passages([number for number, _ in nearest])
    return [(passages[number].text, cosine) for number, cosine in nearest if number in passages]


def finds_every_line(store: Store, index: VectorIndex) -> bool:
    """Whether lines are nearest to themselves: all of a short article, about 200 of a long one."""
    with store.reading() as view:
        texts = [article.text.split("\n") for article in view.articles(view.sources()).values()]
    lines = [line for text in texts for line in text[:: 1 + len(text) // 200]]
    return all(is_itself(line, *found(store, index, line)[0]) for line in lines)


def is_itself(line: str, text: str, cosine: float) -> bool:
    return text == line and abs(cosine - 1) < 1e-5


def test_an_empty_library_has_nothing_near(new_library: Store, open_index: Opens) -> None:
    index = open_index(new_library)
    assert index.follow() == 0
    assert index.nearest(word_vector("anything"), 5) == []


def test_passages_are_nearest_to_themselves_and_the_best_come_first_with_their_cosines(
    store: Store, open_index: Opens
) -> None:
    put(store, "a", 120)
    put(store, "b", 130)
    index = open_index(store)
    assert index.follow() == 250
    assert index.follow() == 0
    assert finds_every_line(store, index)
    question = word_vector("a question")
    nearest = index.nearest(question, 10)
    with store.reading() as view:
        ids, vectors = view.vectors.after(0)
    cosines = dict(zip(ids.tolist(), (vectors @ np.array(question, np.float32)).tolist(), strict=True))
    expected = sorted(cosines, key=lambda number: -cosines[number])[:10]
    assert [number for number, _ in nearest] == expected
    assert [cosine for _, cosine in nearest] == pytest.approx([cosines[number] for number in expected], abs=1e-5)
    assert index.nearest(question, 0) == []
    assert len(index.nearest(question, 1_000)) == 250
    with pytest.raises(LibraryError, match=f"{DIMENSION} dimensions"):
        index.nearest([1.0, 0.0], 3)


def test_it_follows_what_is_added_changed_and_removed_and_what_is_gone_takes_no_place_even_before(
    store: Store, open_index: Opens
) -> None:
    put(store, "a", 30)
    put(store, "b", 30)
    index = open_index(store)
    index.follow()
    put(store, "a", 20)
    put(store, "c", 10)
    with store.writing() as changes:
        changes.remove("b")
    assert index.follow() == 30 + 20 + 10 + 30
    assert finds_every_line(store, index)
    assert found(store, index, "Line 5 of b.")[0][1] < 0.99
    assert len(index.nearest(word_vector("x"), 100)) == 30
    with store.writing() as changes:
        changes.remove("a")
    if index.name != "exact":
        assert len(found(store, index, "Line 5 of a.", 10)) == 10
    index.follow()
    assert len(found(store, index, "Line 5 of a.", 10)) == 10


def test_an_index_goes_on_where_it_was_closed_and_threads_may_ask_while_it_follows(
    store: Store, open_index: Opens
) -> None:
    put(store, "a", 30)
    first = open_index(store)
    first.follow()
    first.close()
    put(store, "b", 5)
    second = open_index(store)
    second.follow()
    assert finds_every_line(store, second)
    second.close()
    put(store, "c", 10)
    second.follow()
    assert finds_every_line(store, second)
    index = second
    right: list[bool] = []

    def ask() -> None:
        right.extend(
            found(store, index, f"Line {number} of a.")[0][0] == f"Line {number} of a." for number in range(20)
        )

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    for number in range(5):
        put(store, f"b{number}", 10)
        index.follow()
    for asker in askers:
        asker.join()
    assert right == [True] * 60


def behind(store: Store, embedded: Embedded) -> ChromaIndex:
    """An index that has yet to take over an article."""
    put(store, "a.txt", 3)
    index = embedded(store)
    index.follow()
    put(store, "b.txt", 3)
    return index


def test_nobody_waits_for_a_thread_that_takes_over_many_vectors_and_they_follow_behind(
    store: Store, embedded: Embedded
) -> None:
    index = behind(store, embedded)
    with ThreadPoolExecutor(1) as beside, index._following:
        assert beside.submit(index.follow).result(timeout=60) == 0
        assert beside.submit(found, store, index, lines("a.txt", 1)[0]).result(timeout=60)
    assert index.follow(0.0) == 0
    assert index._behind is not None
    index._behind.join()
    assert index.follow() == 0
    assert found(store, index, lines("b.txt", 1)[0])[0][0] == lines("b.txt", 1)[0]


def test_what_fails_behind_a_question_is_told_to_the_next(
    store: Store, embedded: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> int:
        raise LibraryError("The disk is full.")

    index = behind(store, embedded)
    monkeypatch.setattr(index, "_open_and_follow", fail)
    index.follow(5.0)
    with pytest.raises(LibraryError, match="full"):
        index.follow(5.0)
    monkeypatch.undo()
    assert index.follow() == 3


def embed_anew(store: Store, name: str) -> None:
    with store.writing() as changes:
        numbers = [number for number, _, _ in changes.passages_without(name, 4, 1_000)]
        changes.add_vectors(name, 4, numbers, np.random.default_rng(1).standard_normal((len(numbers), 4)).astype("f4"))
        changes.set_embedder(name, 4)


def test_vectors_of_two_models_never_meet(store: Store, open_index: Opens) -> None:
    put(store, "a", 10)
    index = open_index(store)
    index.follow()
    embed_anew(store, "other")
    with pytest.raises(LibraryError, match="embedded anew by other"):
        index.follow()
    index.close()
    again = open_index(store)
    with store.reading() as view:
        ids, vectors = view.vectors.after(0)
    assert [again.nearest(vector.tolist(), 1)[0][0] for vector in vectors] == ids.tolist()


# What follows is Chroma's alone.


def own(data: Path) -> None:
    """Opens Chroma, as another process."""
    ChromaIndex.embedded(Store.open(data))


def test_a_directory_of_chroma_has_one_owner(store: Store, embedded: Embedded) -> None:
    put(store, "a", 3)
    owner = embedded(store)
    owner.follow()
    with pytest.raises(LibraryLocked, match="Another process owns"):
        ChromaIndex.embedded(store)
    assert "LibraryLocked" in started(own, store.data).finish().stderr
    owner.close()
    embedded(store)


def place(store: Store) -> Path:
    """The directory that the store points at."""
    with store.reading() as view:
        follower = view.vectors.follower("chroma")
    assert follower is not None
    return store.data / "chroma" / follower.collection


def leave(data: Path, lost: int) -> None:
    """Fills Chroma and dies without closing it, after losing some vectors behind our back."""
    index = ChromaIndex.embedded(Store.open(data))
    index.follow()
    if lost:
        assert index._collection is not None
        index._collection.drop(range(1, 1 + lost))
    os._exit(0)


def abandon(store: Store, *, lose: int = 0) -> Path:
    """Fills Chroma in another process that leaves it open."""
    assert started(leave, store.data, lose).finish().code == 0
    return place(store)


@pytest.mark.parametrize("lost", [0, 1, 149])
def test_a_collection_left_open_is_kept_if_it_is_whole_and_else_rebuilt(
    store: Store, embedded: Embedded, lost: int
) -> None:
    put(store, "a", 150)
    left = abandon(store, lose=lost)
    index = embedded(store)
    if lost:
        assert_rebuilt(store, index, left)
    else:
        assert (index.follow(), place(store)) == (0, left)
        assert finds_every_line(store, index)


def assert_rebuilt(store: Store, index: ChromaIndex, left: Path) -> None:
    """The index finds all, in another directory than the one that was left."""
    index.follow()
    assert finds_every_line(store, index)
    assert place(store) != left
    assert not left.exists()


def test_an_index_that_has_nothing_to_take_over_opens_nothing_and_one_that_vanished_is_built_anew(
    store: Store, embedded: Embedded
) -> None:
    put(store, "a", 10)
    first = embedded(store)
    assert first.follow() == 10
    first.close()
    for _ in range(2):
        second = embedded(store)
        assert second.follow() == 0
        assert second._collection is None
        assert finds_every_line(store, second)
        second.close()
    shutil.rmtree(store.data / "chroma")
    assert finds_every_line(store, embedded(store))


def cut_short(data: Path) -> None:
    """Begins to build Chroma's directory and dies before it is filled."""
    index = ChromaIndex.embedded(Store.open(data))
    index._fill = lambda _: os._exit(9)  # type: ignore[assignment,method-assign] # so it is
    index.follow()


def test_a_rebuild_that_was_cut_short_leaves_nothing_behind(store: Store, embedded: Embedded) -> None:
    put(store, "a", 10)
    assert started(cut_short, store.data).finish().code == 9
    assert len(list((store.data / "chroma").iterdir())) == 1
    index = embedded(store)
    index.follow()
    assert list((store.data / "chroma").iterdir()) == [place(store)]
    assert finds_every_line(store, index)


def overwrite(path: Path) -> None:
    path.write_bytes(b"\xff" * path.stat().st_size)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.fixture(scope="module")
def left_open(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library whose Chroma was left open."""
    store = fill(Store.create(tmp_path_factory.mktemp("abandoned") / "library"))
    put(store, "a", 1_100)  # above Chroma's threshold for writing its graph to disk
    abandon(store)
    store.close()
    return store.data


@pytest.fixture(scope="module")
def left_closed(left_open: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same library, its Chroma closed."""
    store = Store.open(shutil.copytree(left_open, tmp_path_factory.mktemp("closed") / "library"))
    with closing(ChromaIndex.embedded(store)) as index:
        index.follow()
    store.close()
    return store.data


@pytest.mark.parametrize(
    ("left", "pattern", "damage"),
    [
        ("left_open", "chroma.sqlite3", overwrite),
        ("left_open", "*/header.bin", cut),
        ("left_open", "*/data_level0.bin", overwrite),
        ("left_open", "*/index_metadata.pickle", Path.unlink),
        ("left_closed", "chroma.sqlite3", flip),
        ("left_closed", "*/header.bin", flip),
        ("left_closed", "*/data_level0.bin", flip),
        ("left_closed", "*/link_lists.bin", flip),
    ],
)
def test_a_damaged_directory_is_noticed_and_rebuilt(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    embedded: Embedded,
    left: str,
    pattern: str,
    damage: Callable[[Path], object],
) -> None:
    store = Store.open(shutil.copytree(request.getfixturevalue(left), tmp_path / "library"))
    directory = place(store)
    (damaged,) = directory.glob(pattern)
    damage(damaged)
    assert_rebuilt(store, embedded(store), directory)


@pytest.mark.parametrize("name", [b"7r3", b"703"])
def test_a_passage_that_bears_the_name_of_another_is_noticed_when_it_is_found(
    left_open: Path, tmp_path: Path, embedded: Embedded, name: bytes
) -> None:
    store = Store.open(shutil.copytree(left_open, tmp_path / "library"))
    left = place(store)
    (named,) = left.glob("*/index_metadata.pickle")
    named.write_bytes(named.read_bytes().replace(b"723", name))
    with store.reading() as view:
        ids, vectors = view.vectors.of([723])
    assert embedded(store).nearest(vectors[0].tolist(), 1)[0][0] == ids[0]
    assert place(store) != left


def test_on_a_disk_without_room_nothing_is_begun(
    store: Store, embedded: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, "a", 10)
    index = embedded(store)
    with monkeypatch.context() as patch:
        patch.setattr(chroma, "ROOM", 1 << 60)
        with pytest.raises(LibraryError, match="make room on that disk"):
            index.follow()
    assert not (store.data / "chroma").exists()
    assert index.follow() == 10


@pytest.mark.server
def test_a_collection_that_vanished_from_the_server_or_is_short_is_filled_anew(
    store: Store, chroma_server: str
) -> None:
    put(store, "a", 130)
    index = ChromaIndex.server(store, chroma_server)
    index.follow()
    index._home.discard(collection_on(store, chroma_server))
    assert finds_every_line(store, index), "while it is open"
    index.close()
    index._home.discard(collection_on(store, chroma_server))
    index = ChromaIndex.server(store, chroma_server)
    assert finds_every_line(store, index), "and when it is opened"
    assert index._collection is not None
    index._collection.drop([7])
    index.close()
    with closing(ChromaIndex.server(store, chroma_server)) as again:
        assert finds_every_line(store, again), "and when a vector is gone"


def collection_on(store: Store, server: str) -> str:
    """The name of the library's collection there, which holds the library's own."""
    with store.reading() as view:
        follower = view.vectors.follower(f"chroma server {server}")
        assert follower is not None
        assert view.vectors.library in follower.collection
    return follower.collection


@pytest.mark.server
def test_two_processes_may_share_a_collection_on_the_server(store: Store, chroma_server: str) -> None:
    put(store, "a", 30)
    one, other = (ChromaIndex.server(store, chroma_server) for _ in range(2))
    assert one.follow() == 30
    assert other.follow() == 0
    put(store, "b", 30)
    with one._home.turn() as is_ours:
        assert is_ours
        assert other.follow() == 0, "while the other one is at it"
    assert other.follow() == 30
    assert one.follow() == 0
    one.close()
    assert finds_every_line(store, other)
    other.close()


def test_servers_that_are_not_there_or_lack_a_key_are_named_with_their_setting(store: Store) -> None:
    with pytest.raises(LibraryError, match="ONRECORD_CHROMA_KEY"):
        ChromaIndex.server(store, "cloud:tenant/database")
    with pytest.raises(LibraryError, match="ONRECORD_VECTORS"):
        PgvectorIndex(store)
    address = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(LibraryError, match=f"No Chroma server answers at {address} .*ONRECORD_CHROMA"):
        ChromaIndex.server(store, address)
    with awkward_web() as web, pytest.raises(LibraryError, match="ONRECORD_CHROMA"):
        ChromaIndex.server(store, web.address)
