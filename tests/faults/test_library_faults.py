"""The library's rows of the fault harness in their quick form, and that the harness notices what it must."""

import contextlib
import os
import random
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.core.errors import LibraryError
from rag.library.schema import CHECKED, checksum
from rag.library.store import Store
from rag.vectors.exact import ExactIndex
from tests.faults.library_damage import DAMAGES, damage_store, flip_words, spoil
from tests.faults.library_disk import Filling, small_disk
from tests.faults.library_forget import Forgetting
from tests.faults.library_kill import Killing
from tests.faults.library_place import PLACES, tried
from tests.faults.library_serving import chatting
from tests.faults.library_torture import File, Read, examine, wrong
from tests.faults.library_two import Two
from tests.faults.library_world import Library, examined, lost_articles, lost_vectors
from tests.processes import failed, onrecord

ARTICLES = 40


def seeded() -> random.Random:
    return random.Random(20260101)  # noqa: S311 - moments and places, not secrets


@pytest.fixture(scope="module")
def library() -> Iterator[Library]:
    """A library that each test leaves whole, and that anybody may enter."""
    with tempfile.TemporaryDirectory(prefix="onrecord-faults-") as place:
        Path(place).chmod(0o755)
        yield filled(Path(place), ARTICLES)


def filled(place: Path, articles: int) -> Library:
    made = Library(place / "library")
    made.write(range(articles))
    assert made.index() == []
    return made


def test_a_library_outlives_kills_while_it_is_written_and_rebuilt(tmp_path: Path) -> None:
    killing = Killing(filled(tmp_path, 12), seeded(), timed=False)
    for scene, name in ((killing.at_random, "index"), (killing.by_steps, "index"), (killing.by_steps, "doctor")):
        assert list(scene(name, 2)) == []
    assert list(killing.settled()) == []
    assert killing.kills == 6


def test_an_article_that_a_store_loses_is_noticed(library: Library) -> None:
    before = library.held()
    lost = {source: digest for source, digest in before.items() if source != "00007.txt"}
    assert lost_articles(before, before, before, library.wanted()) == []
    assert lost_articles(before, before, lost, before) == ["00007.txt is neither as it was nor as it is in the folder"]
    assert lost_articles({}, before, {}, before) == [
        f"{source} was seen as it is in the folder, and is so no more" for source in sorted(before)
    ]


def test_vectors_that_an_index_loses_are_noticed(library: Library) -> None:
    with contextlib.closing(Store.open(library.data)) as store:
        index = ExactIndex(store)
        index.follow()
        assert lost_vectors(store, index) == []
        known = index._known
        index._known = type(known)(known.ids[1:], known.matrix[1:], known.cursor, known.embedder)
        assert lost_vectors(store, index)[0].startswith("1 of ")


def test_damage_of_chroma_is_mended_and_damage_of_the_store_is_told(library: Library) -> None:
    (file,) = (library.data / "chroma").glob("*/chroma.sqlite3")
    spoil(file, DAMAGES["cut"], seeded())
    assert examined(library, timed=False).missed == ()
    assert list(damage_store(library, seeded(), 1)) == []


def test_a_library_that_answers_wrongly_is_noticed(library: Library) -> None:
    whole = library.whole()
    with contextlib.closing(sqlite3.connect(library.store)) as connection, connection:
        connection.create_function("checksum", -1, checksum)
        connection.execute("UPDATE article SET text = replace(text, 'quay', 'pier') WHERE id = 1")
        columns = ", ".join(CHECKED["article"])  # so that the library cannot tell
        connection.execute(f"UPDATE article SET checksum = checksum({columns}) WHERE id = 1")  # noqa: S608 - ours
    missed = examined(library, timed=False).missed
    library.give_back(whole)
    assert [one for one in missed if "the words of 00000.txt find" in one]
    assert examined(library, timed=False).missed == ()


def test_a_bit_in_the_words_is_told(library: Library) -> None:
    whole = library.whole()
    spoil(library.store, flip_words, seeded())
    outcome = onrecord("statements", "--data", library.data)
    library.give_back(whole)
    assert (outcome.code, "is damaged" in outcome.stderr) == (1, True), failed("statements", outcome)


def test_a_bit_in_a_name_is_told_wherever_it_stands_or_does_no_harm(library: Library) -> None:
    whole = library.whole()

    def read() -> dict[str, str] | str:
        try:
            with contextlib.closing(Store.open(library.data)) as store, store.reading() as view:
                return {one.source: view.article(one.source).text for one in view.statements()}
        except LibraryError as error:
            return str(error)

    right, told = read(), 0
    for found in re.finditer(b"00007.txt", whole):
        changed = bytearray(whole)
        changed[found.start() + 4] ^= 1 << 6
        library.give_back(bytes(changed))
        outcome = read()
        told += isinstance(outcome, str)
        assert outcome == right or f"{library.store} is damaged" in outcome
    library.give_back(whole)
    assert told > 0


def test_a_full_disk_costs_nothing_and_is_told(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as trouble:
        if trouble:
            pytest.skip(trouble)
        (tmp_path / "disk" / "data").mkdir()
        (tmp_path / "library").mkdir()
        (tmp_path / "library" / "data").symlink_to(tmp_path / "disk" / "data")
        library = filled(tmp_path, 10)
        filling = Filling(library.home, tmp_path / "disk")
        assert list(filling.point(1, 16_384)) == []
        assert filling.refused > 0


def test_two_at_once_lose_nothing(library: Library) -> None:
    two = Two(library, seeded(), among=ARTICLES, timed=False)
    assert list(two.writers(4)) == []
    with chatting(library) as chat:
        assert list(two.beside_chat(chat, 4)) == []
    assert two.questions > 0


def test_a_wrong_place_is_one_sentence(library: Library) -> None:
    for place in PLACES:
        if not place.as_nobody or not os.geteuid():  # only root can work as somebody else
            assert list(tried(library, place)) == []


def test_whatever_lies_in_a_folder_is_told(tmp_path: Path) -> None:
    missed, _, count = examine(tmp_path, 5, all_of_it=False)
    assert (missed, count > 80) == ([], True)


def test_a_file_in_no_report_is_noticed() -> None:
    read = Read({}, {}, ("1 links were not followed: …",), 0, 0, 0)
    planted = [File("lost.txt", b"", "read"), File("link.txt", b"", "link"), File("a.exe", b"", "passed over")]
    assert list(wrong(planted, read)) == [
        "'lost.txt' is in no report",
        "'lost.txt' was refused: None",
        "0 of 1 files of other kinds are counted",
    ]


def test_what_is_gone_leaves_no_byte(tmp_path: Path) -> None:
    forgetting = Forgetting(Library(tmp_path / "library"), seeded())
    for step in (forgetting.fill, forgetting.let_go, forgetting.purge):
        assert [one for one in step() if "another folder" not in one] == []
