"""Conversations and feedback are kept on this machine, each for whoever left them."""

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from rag.core.errors import OnrecordError
from tests.library_parts import Libraries
from tests.newsroom import SOVEREIGN, Newsroom
from ui.chat import Exchange
from ui.storage import CONVERSATIONS, FEEDBACK, Feedback, History, UnknownConversation, forget_feedback

ADA, BO = "ada", "bo"
FIRST = Exchange(1, "What did Lavrov say?", answer=Newsroom().lavrov("What did Lavrov say?"))
SECOND = Exchange(2, "… and the ÉU?", trouble="It broke.")


@pytest.fixture
def history(libraries: Libraries, tmp_path: Path) -> Iterator[History]:
    yield reopened(libraries, tmp_path)
    libraries.release()


def reopened(libraries: Libraries, data: Path) -> History:
    """The conversations of a library, in a file or shared by all servers of one in PostgreSQL."""
    return History(data, libraries.create(data).database if libraries.server else None)


@pytest.fixture
def talk(history: History) -> str:
    name = history.begin(ADA, FIRST.question)
    history.keep(ADA, name, FIRST)
    history.keep(ADA, name, SECOND)
    return name


def test_a_conversation_survives_the_program_and_any_part_can_be_had_alone(
    history: History, talk: str, libraries: Libraries, tmp_path: Path
) -> None:
    assert reopened(libraries, tmp_path).exchanges(ADA, talk) == (FIRST, SECOND)
    assert history.exchanges(ADA, talk, 1) == (SECOND,)
    assert history.exchange(ADA, talk, 1) == FIRST
    for owner, number in ((ADA, 3), (BO, 1)):
        with pytest.raises(UnknownConversation):
            history.exchange(owner, talk, number)


def test_it_is_called_after_its_first_question_until_renamed_or_deleted_which_leaves_no_word(
    history: History, talk: str, tmp_path: Path
) -> None:
    assert history.title(ADA, talk) == "What did Lavrov say?"
    history.rename(ADA, talk, "  The   EU\n")
    history.rename(ADA, talk, "   ")
    assert history.title(ADA, talk) == "The EU"
    history.delete(ADA, talk)
    with pytest.raises(UnknownConversation):
        history.exchanges(ADA, talk)
    assert not any(SOVEREIGN.encode() in file.read_bytes() for file in tmp_path.iterdir())


def test_titles_and_words_are_searched_whatever_their_case_and_the_latest_is_listed_first(
    history: History, talk: str
) -> None:
    for search, found in (("lavrov", 1), ("ÉU", 1), ("éu", 1), ("sovereign", 1), ("100%_", 0), ("", 1)):
        assert [one.id for one in history.listing(ADA, search)] == [talk] * found, search
    newer = history.begin(ADA, "Newer?")
    assert [(one.id, one.exchanges) for one in history.listing(ADA)] == [(newer, 0), (talk, 2)]
    history.keep(ADA, talk, SECOND)
    assert history.listing(ADA)[0].id == talk


def test_to_everybody_else_it_does_not_exist(history: History, talk: str) -> None:
    assert history.listing(BO) == []
    for verb in (
        lambda: history.exchanges(BO, talk),
        lambda: history.title(BO, talk),
        lambda: history.keep(BO, talk, SECOND),
        lambda: history.cut(BO, talk, 1),
        lambda: history.rename(BO, talk, "mine"),
        lambda: history.delete(BO, talk),
    ):
        with pytest.raises(UnknownConversation):
            verb()
    assert history.exchanges(ADA, talk) == (FIRST, SECOND)


def test_exchanges_that_quote_a_forgotten_article_are_gone_from_the_files(
    history: History, talk: str, tmp_path: Path
) -> None:
    assert history.forget_but(FIRST.sources) == 0
    assert history.forget_but([]) == 1
    assert history.exchanges(ADA, talk) == (SECOND,)
    assert not any(SOVEREIGN.encode() in file.read_bytes() for file in tmp_path.iterdir())


def test_a_file_that_is_no_history_is_said_with_the_remedy_and_only_its_owner_may_read_one(tmp_path: Path) -> None:
    History(tmp_path)
    assert (tmp_path / CONVERSATIONS).stat().st_mode & 0o077 == 0
    (tmp_path / CONVERSATIONS).write_text("nothing of the kind, but long enough to be looked at as a database file" * 9)
    with pytest.raises(OnrecordError, match="move it away"):
        History(tmp_path)


ANSWER = Newsroom().lavrov("What did Lavrov say?")


def lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / FEEDBACK).read_text(encoding="utf-8").splitlines()]


def test_judgements_are_kept_whole_and_go_with_the_articles_that_they_quote(tmp_path: Path) -> None:
    assert forget_feedback(tmp_path, []) == 0
    Feedback(tmp_path).keep(ANSWER, "good")
    assert forget_feedback(tmp_path, {citation.source for citation in ANSWER.citations}) == 0
    assert forget_feedback(tmp_path, []) == 1
    assert (tmp_path / FEEDBACK).read_bytes() == b""
    Feedback(tmp_path).keep(ANSWER, "speaker", "  It was \ud83d Peskov.\n")
    (line,) = lines(tmp_path)
    assert (line["judgement"], line["note"], line["question"]) == ("speaker", "It was ? Peskov.", ANSWER.question)
    assert SOVEREIGN in str(line["citations"])
    (tmp_path / FEEDBACK).unlink()
    (tmp_path / FEEDBACK).mkdir()
    with pytest.raises(OnrecordError, match="check its rights"):
        Feedback(tmp_path).keep(ANSWER, "good")


def test_what_is_kept_comes_back_as_it_was_and_many_at_once_lose_nothing(history: History) -> None:
    declined = Exchange(1, "What?", answer=Newsroom().decline("What?"), host="models.example")
    trouble = Exchange(2, "“Why?” \N{RIGHT-TO-LEFT OVERRIDE}", trouble="It broke.")
    name = history.begin(ADA, "What?")
    for exchange in (declined, trouble):
        history.keep(ADA, name, exchange)
    assert history.exchanges(ADA, name) == (declined, trouble)
    name = history.begin(ADA, "Many?")
    with ThreadPoolExecutor(8) as many:
        list(many.map(lambda number: history.keep(ADA, name, Exchange(number, "?", trouble="!")), range(1, 41)))
    assert [one.number for one in history.exchanges(ADA, name)] == list(range(1, 41))


def test_what_was_kept_before_a_field_was_added_still_comes_back(tmp_path: Path) -> None:
    history = History(tmp_path)
    name = history.begin(ADA, "Who?")
    history.keep(ADA, name, FIRST)
    with closing(sqlite3.connect(tmp_path / CONVERSATIONS)) as file, file:
        file.execute("UPDATE exchange SET content = json_remove(content, '$.answer.corrections', '$.embedder')")
    assert history.exchanges(ADA, name) == (FIRST,)
