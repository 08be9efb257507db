"""Files that are handed in keep a harmless name, stay beside each other, and are theirs who brought them."""

import io
import os
import shutil
import time
from pathlib import Path

import pytest

from rag.core.errors import LibraryError, UnreadableFile
from rag.core.settings import Settings
from rag.library.store import Store
from rag.library.sync import sync_uploads
from rag.library.uploads import Taken, Uploads, safe_name
from tests.case_files import table
from tests.library_parts import WordEmbedder

WORDS = b"The mayor said on Monday that the bridge would stay open for two more days.\n"
OTHER = b"The mayor said on Friday that the bridge would be closed for two more days.\n"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.create(tmp_path / "library")


@pytest.fixture
def uploads(store: Store) -> Uploads:
    return Uploads(store)


def kept(store: Store) -> dict[str, bytes]:
    """The files that lie among the uploads, hidden ones left out."""
    folder = store.data / "uploads"
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def test_a_file_is_kept_once_under_a_harmless_name_and_another_of_its_name_gets_a_number(
    uploads: Uploads, store: Store
) -> None:
    for given, name in table("names", "upload"):
        assert safe_name(given) == name, given
    name = safe_name("й" * 500 + ".docx")
    assert name == "й" * 60 + ".docx"
    assert uploads.take("a.txt", io.BytesIO(WORDS)) == Taken("kept", "uploads/a.txt")
    assert kept(store) == {"a.txt": WORDS}
    assert uploads.take("dir/a.txt", io.BytesIO(OTHER)).source == "uploads/a (2).txt"
    assert kept(store) == {"a.txt": WORDS, "a (2).txt": OTHER}
    assert uploads.take("b.txt", io.BytesIO(WORDS)) == Taken("there", "uploads/a.txt")
    sync_uploads(store, embedder=WordEmbedder(), settings=Settings(data=store.data))
    assert uploads.take("c.txt", io.BytesIO(WORDS)) == Taken("there", "uploads/a.txt")
    assert kept(store) == {"a.txt": WORDS, "a (2).txt": OTHER}


def test_a_file_that_cannot_be_read_or_kept_is_refused_with_the_reason_and_leaves_nothing(
    uploads: Uploads, store: Store
) -> None:
    named = ((name, WORDS, "not read; those that are") for name in ("articles.csv", "a.exe", "a", "", "a.txt.gz"))
    for name, content, reason in (
        *named,
        ("a.txt/", WORDS, "not read; those that are"),
        (".txt~", WORDS, "not read; those that are"),
        ("a.txt", b"", "is empty"),
        ("a.txt", b"\x00\x01\x02" * 50, "binary"),
        ("a.docx", b"PK\x03\x04 broken", "broken, or no Word document"),
        ("a.jsonl", b'{"title": "x"}\n[1]\n', 'no article that can be read: line 1 has no "text"'),
    ):
        with pytest.raises(UnreadableFile, match=reason):
            uploads.take(name, io.BytesIO(content))
        assert not list(store.data.glob("uploads/*")), name
    taken = uploads.take("a.jsonl", io.BytesIO(b'{"text": "One went home."}\n{"text": 7}\n'))
    assert taken.notes == ('line 2 has no "text" of the type string',)
    shutil.rmtree(store.data / "uploads")
    (store.data / "uploads").write_bytes(b"a file in its place")
    with pytest.raises(LibraryError, match="cannot be used"):
        uploads.take("a.txt", io.BytesIO(WORDS))


def test_whoever_logs_in_removes_their_own_files_and_who_is_alone_any(uploads: Uploads, store: Store) -> None:
    uploads.take("a.txt", io.BytesIO(WORDS), by="ada")
    uploads.take("b.txt", io.BytesIO(OTHER), by="bo")
    assert uploads.removable("ada") == {"uploads/a.txt"}
    with pytest.raises(LibraryError, match="by somebody else"):
        uploads.remove("uploads/b.txt", by="ada")
    uploads.remove("uploads/a.txt", by="ada")
    assert kept(store) == {"b.txt": OTHER}
    uploads.remove("uploads/b.txt")
    uploads.take("a.txt", io.BytesIO(WORDS), by="ada")
    assert uploads.removable() == {"uploads/a.txt"}
    uploads.remove("uploads/a.txt")
    uploads.take("a.txt", io.BytesIO(WORDS), by="bo")
    assert uploads.removable("ada") == frozenset(), "a name that comes again is not the old owner's"
    assert kept(store) == {"a.txt": WORDS}


def test_nothing_but_an_upload_can_be_removed_and_what_a_power_cut_left_is_cleared_up(
    uploads: Uploads, store: Store
) -> None:
    folder = store.data / "uploads"
    folder.mkdir()
    for name, age in ((".incoming-old.txt", 7200), (".incoming-new.txt", 0)):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (time.time() - age,) * 2)
    uploads.take("a.txt", io.BytesIO(WORDS))
    assert {path.name for path in folder.iterdir()} == {"a.txt", ".incoming-new.txt"}
    uploads.take("kept.txt", io.BytesIO(OTHER), by="ada")
    within = ("../library.sqlite", "none.txt", ".uploaded-by.json")
    for source in ("b.txt", "/etc/passwd", *(f"uploads/{name}" for name in within)):
        with pytest.raises(LibraryError, match="There is no upload"):
            uploads.remove(source)
        assert store.path.exists(), source
        assert kept(store) == {"a.txt": WORDS, "kept.txt": OTHER}, source
