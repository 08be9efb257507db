"""Articles read in processes beside this one: the same parts in the same order, whatever becomes of a process."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.core import Reading
from rag.ingestion.readers import read_text
from rag.library import article_parts
from rag.library.article_parts import ArticleParts, parts_in_order

SPEAKERS = ("Maren Kolvik", "Tobias Brandt", "Ilka Sorel", "Jonas Ostrova", "Petra Haldane", "Anselm Merrick")


@pytest.fixture
def readings(tmp_path: Path) -> list[Reading]:
    made = []
    for number, speaker in enumerate(SPEAKERS):
        path = tmp_path / f"{number}.txt"
        path.write_text(f"The dam\n\n“We will rebuild it,” said {speaker}. The mayor said that it was late.\n", "utf-8")
        made += [reading for reading in read_text(path, path.name) if isinstance(reading, Reading)]
    return made


def parts_of(readings: list[Reading], processes: int) -> list[ArticleParts | None]:
    return [parts for _, parts in parts_in_order(readings, lambda reading: (reading, None), processes)]


def test_two_processes_give_what_this_one_does_in_the_same_order_and_nothing_for_what_is_no_article(
    readings: list[Reading],
) -> None:
    here = parts_of(readings, 1)
    assert [parts and parts.attributed.statements[0].speaker for parts in here] == list(SPEAKERS)
    items = [item for reading in readings for item in (reading, None)]
    given = list(parts_in_order(items, lambda item: (item, None) if item else None, 2))
    assert [item for item, _ in given] == items
    assert [parts for _, parts in given] == [parts for each in here for parts in (each, None)]


def test_the_articles_of_a_killed_process_are_read_in_this_one_and_after_an_error_none_stays(
    readings: list[Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    def items() -> Iterator[Reading]:
        yield readings[0]
        raise KeyError("broken off")

    with pytest.raises(KeyError, match="broken off"):
        list(parts_in_order(items(), lambda reading: (reading, None), 2))

    class Killed(article_parts._Process):
        def read(self, *given: object) -> ArticleParts:
            os.kill(self._child.pid, signal.SIGKILL)
            self._child.wait()
            return super().read(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(article_parts, "_Process", Killed)
    assert parts_of(readings, 2) == parts_of(readings, 1)


def test_an_article_whose_speakers_cannot_be_worked_out_is_kept_and_says_so(
    readings: list[Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise IndexError("a word too far")

    monkeypatch.setattr(article_parts, "attribute", breaks)
    (parts,) = parts_of(readings[:1], 1)
    assert parts is not None
    assert not parts.attributed.statements
    assert [warning for warning in parts.article.warnings if "a word too far" in warning]
