"""A folder and its library: only what changed is read, nothing is lost unsaid, and no accident empties anything."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.core import Failure, SyncReport
from rag.core.errors import FolderError, LibraryLocked, OtherFolder
from rag.core.settings import Settings
from rag.ingestion.readers import READERS
from rag.library import sync as syncing
from rag.library.corrections import correct
from rag.library.folder import FolderListing
from rag.library.store import Store
from rag.library.sync import Progress, outdated, sync, sync_uploads
from tests.library_parts import Libraries, WordEmbedder

PARAGRAPH = "{who} said on Monday that the {what} would stay open. The talks in Geneva went on for two more days."


class Desk:
    """A folder, a library, and the embedder between them."""

    def __init__(self, libraries: Libraries, tmp_path: Path) -> None:
        self.folder = tmp_path / "articles"
        self.folder.mkdir()
        self.store = libraries.create(tmp_path / "library")
        self.embedder = WordEmbedder()

    def write(self, name: str, who: str = "Sergei Lavrov", what: str = "border", *, within: Path | None = None) -> Path:
        path = (within or self.folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PARAGRAPH.format(who=who, what=what) + "\n", encoding="utf-8")
        return path

    def sync(
        self,
        folder: Path | None = None,
        *,
        replace: bool = False,
        embedder: WordEmbedder | None = None,
        passage_tokens: int = 200,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> SyncReport:
        return sync(
            self.store,
            folder or self.folder,
            embedder=embedder or self.embedder,
            settings=Settings(data=self.store.data, passage_tokens=passage_tokens),
            replace=replace,
            on_progress=on_progress,
        )

    def sources(self) -> list[str]:
        with self.store.reading() as view:
            return view.sources()

    def text(self, source: str) -> str:
        with self.store.reading() as view:
            return view.article(source).text


@pytest.fixture
def desk(libraries: Libraries, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(libraries, tmp_path)
    yield desk
    desk.store.close()
    libraries.release(desk.store.data)


def counts(report: SyncReport) -> tuple[int, int, int, int]:
    return report.articles, report.added, report.changed, report.removed


def failed(report: SyncReport) -> dict[str, str]:
    return {failure.source: failure.reason for failure in report.failed}


def test_what_is_read_is_the_file_and_what_it_says(desk: Desk) -> None:
    path = desk.write("world/one.txt")
    report = desk.sync()
    assert counts(report) == (1, 1, 0, 0)
    assert (report.passages, report.failed, report.warnings) == (1, (), ())
    assert desk.text("world/one.txt") == path.read_bytes().decode()
    with desk.store.reading() as view:
        assert [statement.speaker for statement in view.statements()] == ["Sergei Lavrov"]
        assert view.people()[0].name == "Sergei Lavrov"
        assert view.people_are_settled()
        assert view.summary().folder == str(desk.folder.resolve())


def test_who_is_who_is_settled_while_much_is_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.library.sync._SOONEST", 0.0)
    monkeypatch.setattr("rag.library.sync._APART", 0.0)
    for name in ("a.txt", "b.txt", "c.txt"):
        desk.write(name)
    seen: list[int] = []

    def look(_: Progress) -> None:
        with desk.store.reading() as view:
            seen.append(len(view.people()))

    sync(desk.store, desk.folder, embedder=desk.embedder, settings=Settings(), on_progress=look)
    assert seen[-1] == 1, "the first articles' people are on record before the last one is kept"


def test_only_what_is_new_or_changed_is_read_and_a_second_run_does_nothing(desk: Desk) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        desk.write(name)
    desk.sync()
    embedded = len(desk.embedder.embedded)
    steps: list[Progress] = []
    with desk.store.reading() as view:
        before = view.vectors.last_change()
    assert counts(desk.sync(on_progress=steps.append)) == (3, 0, 0, 0)
    with desk.store.reading() as view:
        assert view.vectors.last_change() == before
    assert len(desk.embedder.embedded) == embedded
    assert steps == []
    desk.embedder.embedded.clear()
    desk.write("b.txt", what="harbour")
    desk.write("d.txt", what="airport")
    (desk.folder / "c.txt").unlink()
    assert counts(desk.sync(on_progress=steps.append)) == (3, 1, 1, 1)
    assert desk.sources() == ["a.txt", "b.txt", "d.txt"]
    assert "harbour" in desk.text("b.txt")
    assert len(desk.embedder.embedded) == 2
    assert steps == [Progress(0, 2, "b.txt"), Progress(1, 2, "d.txt")]


def test_new_rules_read_everything_anew_and_count_by_their_code_not_their_comments(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desk.write("a.txt")
    desk.sync()
    assert counts(desk.sync(passage_tokens=100)) == (1, 0, 1, 0)
    monkeypatch.setattr(syncing, "rules_version", lambda _: "other rules")
    assert counts(desk.sync(passage_tokens=100)) == (1, 0, 1, 0)
    monkeypatch.undo()
    monkeypatch.setattr(syncing, "RULES", (tmp_path,))
    rule, data = tmp_path / "rule.py", tmp_path / "verbs.txt"
    data.write_text("say", encoding="utf-8")
    rule.write_text('def most() -> int:\n    """The most."""\n    return 3\n', encoding="utf-8")
    first = syncing.rules_version()
    assert syncing.rules_version(first) is first
    rule.write_text('# How many.\ndef most() -> int:\n    """At most so many."""\n    return 3\n', encoding="utf-8")
    reworded = syncing.rules_version(first)
    assert (reworded != first, reworded.split()[1] == first.split()[1]) == (True, True)
    rule.write_text("def most() -> int:\n    return 4\n", encoding="utf-8")
    changed = syncing.rules_version(first)
    data.write_text("tell", encoding="utf-8")
    assert len({version.split()[1] for version in (first, changed, syncing.rules_version(first))}) == 3


def test_a_new_line_in_the_catalogue_reads_its_article_anew_which_may_be_a_line(desk: Desk) -> None:
    desk.write("a.txt")
    desk.write("b.txt")
    desk.sync()
    catalogue = desk.folder / "articles.csv"
    catalogue.write_text("source,title,published\nb.txt,A new title,2024-05-01\n", encoding="utf-8")
    assert counts(desk.sync()) == (2, 0, 1, 0)
    with desk.store.reading() as view:
        assert (view.article("b.txt").title, view.article("b.txt").published) == ("A new title", "2024-05-01")
    catalogue.unlink()
    assert counts(desk.sync()) == (2, 0, 1, 0)
    wire(desk, story("Sergei Lavrov"), story("Dmitry Peskov"))
    desk.sync()
    catalogue.write_text("source,outlet\nwire.jsonl#2,Orda\n", encoding="utf-8")
    assert counts(desk.sync()) == (4, 0, 1, 0)
    with desk.store.reading() as view:
        assert view.article("wire.jsonl#2").outlet == "Orda"


def test_a_folder_that_is_missing_empties_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.write("a.txt")
    desk.sync()
    desk.folder.rename(tmp_path / "elsewhere")
    with pytest.raises(FolderError, match="There is no folder"):
        desk.sync()
    with pytest.raises(FolderError):
        sync(desk.store, None, embedder=desk.embedder, settings=Settings(data=desk.store.data))
    assert desk.sources() == ["a.txt"]


@pytest.mark.parametrize("content", [None, b"\x00\xff\xfe\x00 no text at all \x00\x01"])
def test_a_folder_in_which_nothing_can_be_read_any_more_empties_nothing(desk: Desk, content: bytes | None) -> None:
    paths = [desk.write(name) for name in ("a.txt", "b.txt")]
    desk.sync()
    for path in paths:
        path.unlink()
        if content:
            path.write_bytes(content)
    with pytest.raises(FolderError, match="nothing was removed"):
        desk.sync()
    assert desk.sources() == ["a.txt", "b.txt"]


def test_another_folder_changes_nothing_unasked_and_an_empty_one_takes_no_library_over(
    desk: Desk, tmp_path: Path
) -> None:
    desk.write("a.txt")
    desk.sync()
    other = desk.write("z.txt", within=tmp_path / "other").parent
    with pytest.raises(OtherFolder, match=r"--data DIR.*--replace"):
        desk.sync(other)
    assert desk.sources() == ["a.txt"]
    assert counts(desk.sync(other, replace=True)) == (1, 1, 0, 1)
    assert desk.sources() == ["z.txt"]
    again = sync(desk.store, None, embedder=desk.embedder, settings=Settings(data=desk.store.data))
    assert counts(again) == (1, 0, 0, 0)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FolderError, match="nothing was removed"):
        desk.sync(empty, replace=True)
    assert desk.sources() == ["z.txt"]


def test_a_library_that_got_nothing_remembers_no_folder_and_one_being_written_to_is_left_alone(
    desk: Desk, tmp_path: Path
) -> None:
    report = desk.sync()
    assert report.articles == 0
    assert "Nothing was read" in report.warnings[-1]
    other = desk.write("z.txt", within=tmp_path / "other").parent
    assert desk.sync(other).articles == 1
    desk.write("a.txt", within=other)
    with desk.store.writing(), pytest.raises(LibraryLocked):
        desk.sync(other)
    assert desk.sync(other).added == 1


def test_uploads_outlive_every_sync_of_the_folder(desk: Desk, tmp_path: Path) -> None:
    uploads = desk.write("u.txt", within=desk.store.data / "uploads").parent
    settings = Settings(data=desk.store.data)
    assert counts(sync(desk.store, None, embedder=desk.embedder, settings=settings)) == (1, 1, 0, 0)
    desk.write("a.txt")
    desk.write("uploads/mine.txt")
    report = desk.sync()
    assert desk.sources() == ["a.txt", "uploads/u.txt"]
    assert any("uploads" in warning for warning in report.warnings), "the folder's own uploads/ is passed over aloud"
    other = desk.write("z.txt", within=tmp_path / "other").parent
    desk.sync(other, replace=True)
    assert desk.sources() == ["uploads/u.txt", "z.txt"]
    (uploads / "u.txt").unlink()
    desk.sync(other)
    assert desk.sources() == ["z.txt"]


def test_what_cannot_be_read_or_named_is_told_and_the_run_goes_on(desk: Desk) -> None:
    desk.write("a.txt")
    (desk.folder / "b.txt").write_bytes(b"\x00\x01\x02\xff\xfe\x00\x00" * 50)
    (desk.folder / "c.txt").write_bytes(b"")
    os.mkfifo(desk.folder / "d.txt")
    report = desk.sync()
    assert counts(report) == (1, 1, 0, 0)
    assert set(failed(report)) == {"b.txt", "c.txt", "d.txt"}
    assert set(failed(desk.sync())) == {"b.txt", "c.txt", "d.txt"}, "and again, until it is mended"
    try:
        Path(os.fsdecode(os.fsencode(desk.folder) + b"/b\xff.txt")).write_text("A text.", encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes no such name")
    report = desk.sync()
    assert desk.sources() == ["a.txt"]
    assert failed(report).items() >= {"b?.txt": "has a name that is not UTF-8; rename it"}.items()


def test_what_is_hidden_or_out_of_the_folder_is_left_alone_and_every_other_kind_counted(
    desk: Desk, tmp_path: Path
) -> None:
    inside = desk.write("a.txt")
    desk.write(".git/b.txt")
    desk.write(".c.txt")
    outside = tmp_path / "secret.txt"
    outside.write_text("A secret.", encoding="utf-8")
    (desk.folder / "d.txt").symlink_to(outside)
    (desk.folder / "e.txt").symlink_to(inside)
    (desk.folder / "f").symlink_to(tmp_path)
    (desk.folder / "g.txt").symlink_to(desk.folder / "g.txt")
    (desk.folder / "photo.JPG").write_bytes(b"\xff\xd8")
    report = desk.sync()
    assert desk.sources() == ["a.txt", "e.txt"]
    assert "3 links were not followed" in report.warnings[0]
    assert "1 .jpg" in report.warnings[1]
    for kind in ("avi", "csv", "exe", "gif", "mp3", "png", "zip"):
        desk.write(f"some.{kind}", "none")
    desk.write("more.avi", "none")
    (told,) = (warning for warning in desk.sync().warnings if "other kinds" in warning)
    assert "(2 .avi, 1 ." in told
    assert ", 3 others)" in told


def test_the_library_may_lie_in_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    store = Store.create(folder / "library")
    (folder / "a.txt").write_text(PARAGRAPH.format(who="Dmitry Peskov", what="port"), encoding="utf-8")
    (folder / "library" / "note.txt").write_text("Not an article.", encoding="utf-8")
    sync(store, folder, embedder=WordEmbedder(), settings=Settings(data=store.data))
    with store.reading() as view:
        assert view.sources() == ["a.txt"]


def test_a_folder_that_may_not_be_listed_may_still_hold_its_files() -> None:
    listing = FolderListing({}, (Failure("closed", "cannot be listed"),))
    assert listing.may_hold("closed/b.txt")
    assert not listing.may_hold("closed.txt")
    assert not listing.may_hold("open/b.txt")


def wire(desk: Desk, *stories: object) -> None:
    lines = [story if isinstance(story, str) else json.dumps(story) for story in stories]
    (desk.folder / "wire.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def story(who: str) -> dict[str, str]:
    return {"title": f"{who} speaks", "text": PARAGRAPH.format(who=who, what="border"), "published": "2024-05-01"}


def test_a_file_of_many_articles_is_read_line_by_line(desk: Desk) -> None:
    wire(desk, story("Sergei Lavrov"), story("Dmitry Peskov"), story("Maria Zakharova"))
    steps: list[Progress] = []
    assert counts(desk.sync(on_progress=steps.append)) == (3, 3, 0, 0)
    assert steps == [Progress(number, 3, f"wire.jsonl#{number + 1}") for number in range(3)]
    desk.embedder.embedded.clear()
    wire(desk, story("Sergei Lavrov"), story("Ararat Mirzoyan"), story("Maria Zakharova"), story("Nikol Pashinyan"))
    assert counts(desk.sync()) == (4, 1, 1, 0)
    assert len(desk.embedder.embedded) == 2, "lines that stayed are not embedded again"
    wire(desk, story("Sergei Lavrov"))
    assert counts(desk.sync()) == (1, 0, 0, 3)
    assert counts(desk.sync()) == (1, 0, 0, 0)


def test_a_bad_line_costs_no_other_and_files_of_many_articles_leave_each_other_theirs(desk: Desk) -> None:
    names = ("a.jsonl", "b.jsonl", "c.jsonl")
    for name in names:
        (desk.folder / name).write_text(f"{json.dumps(story(name))}\n{json.dumps(story(f'{name} too'))}\n")
    assert counts(desk.sync()) == (6, 6, 0, 0)
    for name in names:
        (desk.folder / name).write_text(f"{json.dumps(story(name))}\n")
    assert counts(desk.sync()) == (3, 0, 0, 3)
    assert desk.sources() == ["a.jsonl#1", "b.jsonl#1", "c.jsonl#1"]
    for name in names:
        (desk.folder / name).unlink()
    wire(desk, story("Sergei Lavrov"), "{broken", story("Maria Zakharova"))
    for added in (2, 0):
        report = desk.sync()
        assert counts(report) == (2, added, 0, 3 if added else 0), added
        assert list(failed(report)) == ["wire.jsonl#2"], added


def test_another_embedder_embeds_everything_anew_and_says_so(desk: Desk) -> None:
    for name in ("a.txt", "b.txt"):
        desk.write(name)
    desk.sync()
    other = WordEmbedder("other words", 8)
    report = desk.sync(embedder=other)
    assert counts(report) == (2, 0, 0, 0), "no file is read again for it"
    assert report.warnings == ("All 2 passages were embedded anew by other words, in place of words.",)
    with desk.store.reading() as view:
        ids, vectors = view.vectors.after(0)
        text = view.passages(ids.tolist())[int(ids[0])].text
        assert view.summary().embedder == "other words"
    assert vectors[0].tolist() == pytest.approx(other.embed_query(text))
    assert desk.sync(embedder=other).warnings == ()


class Failing(WordEmbedder):
    """An embedder whose server goes away after some texts."""

    def __init__(self, name: str, after: int, error: type[BaseException]) -> None:
        super().__init__(name, 8)
        self.left = after
        self.error = error

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Fails once its texts are used up."""
        self.left -= len(texts)
        if self.left < 0:
            raise self.error
        return super().embed_documents(texts)


def test_embedding_anew_is_taken_up_where_it_stopped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.library.sync.EMBEDDED_AT_ONCE", 2)
    for number in range(6):
        desk.write(f"{number}.txt", what=f"harbour {number}")
    desk.sync()
    with pytest.raises(ConnectionError):
        desk.sync(embedder=Failing("other words", 5, ConnectionError))
    with desk.store.reading() as view:
        assert view.summary().embedder == "words", "until the last vector is there, the old ones count"
        assert view.vectors.after(0)[1].shape == (6, desk.embedder.dimension)
    other = WordEmbedder("other words", 8)
    desk.sync(embedder=other)
    assert len(other.embedded) == 2


def test_ctrl_c_leaves_a_whole_library_and_no_lock(desk: Desk) -> None:
    for number in range(6):
        desk.write(f"{number}.txt", what=f"harbour {number}")
    with pytest.raises(KeyboardInterrupt):
        desk.sync(embedder=Failing("words", 3, KeyboardInterrupt))
    kept = desk.sources()
    assert kept == [f"{number}.txt" for number in range(len(kept))]
    assert 1 <= len(kept) <= 3
    with desk.store.reading() as view:
        assert view.passage_count() == view.vectors.count() == len(kept)
        assert view.folder == str(desk.folder.resolve())
    assert counts(desk.sync(embedder=WordEmbedder("words", 8))) == (6, 6 - len(kept), 0, 0)


def test_an_article_longer_than_a_novel_is_read(tmp_path: Path) -> None:
    desk = Desk(Libraries(None), tmp_path)
    paragraphs = [PARAGRAPH.format(who="Sergei Lavrov", what=f"border {number}") for number in range(400)]
    (desk.folder / "long.txt").write_text("\n\n".join(paragraphs), encoding="utf-8")
    report = desk.sync()
    assert report.failed == ()
    assert report.passages > 40
    assert sys.getsizeof(desk.text("long.txt")) > 40_000


def test_a_correction_survives_every_reading_of_the_same_words_and_its_lapse_is_told_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write("a.txt")
    desk.sync()
    with desk.store.reading() as view:
        (spoken,) = view.statements()
    correct(desk.store, spoken.id, "Maria Zakharova")
    monkeypatch.setattr(syncing, "rules_version", lambda _: "other rules")
    again = desk.sync()
    with desk.store.reading() as view:
        assert [(one.speaker, one.corrected) for one in view.statements()] == [("Maria Zakharova", True)]
        assert [person.name for person in view.people()] == ["Maria Zakharova"]
    desk.write("a.txt", what="harbour")
    changed, unchanged = desk.sync(), desk.sync()
    assert (again.changed, again.warnings, unchanged.warnings) == (1, (), ())
    assert "1 speakers named by hand no longer apply" in changed.warnings[0]


def test_short_forms_are_learned_from_the_reporting(desk: Desk) -> None:
    desk.write("a.txt", what="Harbour Trust Fund (HTF)")
    desk.write("b.txt", what="Harbour Trust Fund (HTF)")
    desk.write("c.txt", what="Eurasian Economic Union (EAEU)")
    desk.sync()
    with desk.store.reading() as view:
        assert view.abbreviations() == [("Harbour Trust Fund", "HTF"), ("Eurasian Economic Union", "EAEU")]
    (desk.folder / "c.txt").unlink()
    desk.sync()
    with desk.store.reading() as view:
        assert view.abbreviations() == [("Harbour Trust Fund", "HTF")]


def test_a_file_that_failed_is_not_tried_again_until_it_changes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write("a.txt")
    (desk.folder / "b.txt").write_bytes(b"\0\1\2" * 50)
    reason = failed(desk.sync())["b.txt"]
    monkeypatch.setitem(READERS, ".txt", lambda path, _: pytest.fail(f"{path} was tried again"))
    assert failed(desk.sync()) == {"b.txt": reason}
    monkeypatch.undo()
    assert outdated(desk.store, Settings(data=desk.store.data)) == 0
    desk.write("b.txt")
    assert outdated(desk.store, Settings(data=desk.store.data)) == 1
    assert counts(desk.sync()) == (2, 1, 0, 0)
    with desk.store.reading() as view:
        assert view.failures() == {}


def test_a_file_that_failed_is_forgotten_with_it_and_an_article_that_cannot_be_read_any_more_goes(desk: Desk) -> None:
    desk.write("a.txt")
    (desk.folder / "b.txt").write_bytes(b"")
    (desk.folder / "c.jsonl").write_bytes(b"[1]\n")
    desk.sync()
    with desk.store.reading() as view:
        assert {source: one.reason.split(";")[0] for source, one in view.failures().items()} == {
            "b.txt": "is empty",
            "c.jsonl": "holds no article that can be read",
        }
    (desk.folder / "b.txt").unlink()
    assert failed(desk.sync()) == {"c.jsonl#1": "is not a JSON object; write each article as {…}"}
    with desk.store.reading() as view:
        assert list(view.failures()) == ["c.jsonl"]
    (desk.folder / "c.jsonl").unlink()
    desk.write("b.txt")
    desk.sync()
    (desk.folder / "b.txt").write_bytes(b"%PDF-1.7 \x00\x01")
    report = desk.sync()
    assert (counts(report), list(failed(report))) == ((1, 0, 0, 1), ["b.txt"])
    (desk.folder / "b.txt").write_bytes(b"")
    assert counts(desk.sync()) == (1, 0, 0, 0)
    with desk.store.reading() as view:
        assert view.failures()["b.txt"].reason == "is empty"
        assert view.held("b.txt") == (0, 0)
        assert view.held("a.txt") == (1, 1)


def test_uploads_are_brought_up_to_date_without_a_look_at_the_folder(desk: Desk) -> None:
    desk.write("a.txt")
    desk.sync()
    desk.write("u.txt", within=desk.store.data / "uploads")
    (desk.folder / "a.txt").unlink()
    desk.folder.rmdir()
    report = sync_uploads(desk.store, embedder=desk.embedder, settings=Settings(data=desk.store.data))
    assert counts(report) == (2, 1, 0, 0)
    assert desk.sources() == ["a.txt", "uploads/u.txt"]
