"""Whole answers over the seeds and over invented articles, as `cases/answers.jsonl` tells; and what is done with them.

A row names its library (`of`: the seeds, or a press of `cases/articles.jsonl`), the questions `before`, and what is
asked: one question, or several to which the same applies. Every other key is one of `FACTS`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from rag.answering.assistant import Assistant
from rag.answering.claims.credits import called, is_or_are
from rag.answering.retrieval.hybrid import said_by_those_named
from rag.answering.retrieval.ranking import scope_of
from rag.core import Answer, Cited, Place, Span, Turn
from tests.case_files import rows
from tests.small_world import query
from tests.told import asking, press

EU = "What did Lavrov say about the EU?"
PRESSES = ("people", "kilroy", "topics", "kelp", "rents", "quay")


def first(answer: Answer) -> str:
    return answer.sentences[0].text


def speakers(answer: Answer) -> set[str]:
    return {one.speaker for one in answer.citations if one.speaker}


def quotes(answer: Answer) -> list[str]:
    return [one.quote for one in answer.citations]


def in_order(text: str, parts: Sequence[str]) -> bool:
    places = [text.find(part) for part in parts]
    return places == sorted(places) and -1 not in places


FACTS: dict[str, Callable[[Answer, Any], bool]] = {
    "status": lambda it, one_of: it.status in one_of or (it.is_closest and "closest" in one_of),
    "reason": lambda it, reason: it.reason == reason,
    "means": lambda it, question: it.standalone_question == question,
    "is": lambda it, words: first(it) == words,
    "starts": lambda it, words: first(it).startswith(words),
    "first_has": lambda it, parts: all(part in first(it) for part in parts),
    "first_lacks": lambda it, parts: not any(part in first(it) for part in parts),
    "first_speaker": lambda it, name: it.citations[0].speaker == name,
    "second": lambda it, words: it.sentences[1].text == words,
    "second_has": lambda it, words: words in it.sentences[1].text,
    "has": lambda it, parts: all(part in it.text for part in parts),
    "lacks": lambda it, parts: not any(part in it.text for part in parts),
    "once": lambda it, words: it.text.count(words) == 1,
    "order": lambda it, parts: in_order(it.text, parts),
    "notes": lambda it, parts: all(any(part in note for note in it.notes) for part in parts),
    "notes_lack": lambda it, words: not any(words in note for note in it.notes),
    "speakers": lambda it, names: speakers(it) == set(names),
    "among": lambda it, names: speakers(it) <= set(names),
    "heard": lambda it, names: speakers(it) >= set(names),
    "shown": lambda it, names: (
        [*(one.speaker for one in it.near_misses), *(one.speaker for one in it.citations)] == names
    ),
    "sources": lambda it, names: {one.source for one in it.citations} == set(names),
    "quotes": lambda it, words: set(quotes(it)) == set(words),
    "cites": lambda it, parts: all(any(part in quote for quote in quotes(it)) for part in parts),
    "cite_all": lambda it, words: all(words in quote for quote in quotes(it)) and bool(it.citations),
    "statements": lambda it, least: len({one.statement_id for one in it.citations if one.statement_id}) >= least,
    "open": lambda it, who: {one.quote: list(one.candidates) for one in it.citations if one.quote in who} == who,
    "near": lambda it, why: why.items() <= {miss.quote: miss.why for miss in it.near_misses}.items(),
    "differences": lambda it, number: len(it.differences) == number,
}


@pytest.fixture(scope="module")
def libraries_by_name(
    tmp_path_factory: pytest.TempPathFactory, assistant: Assistant
) -> Iterator[Mapping[str, Assistant]]:
    folder = tmp_path_factory.mktemp("presses")
    with ExitStack() as running:
        made = {name: running.enter_context(asking(folder / name, *press(name))) for name in PRESSES}
        yield made | {"seeds": assistant}


@pytest.fixture
def rents(libraries_by_name: Mapping[str, Assistant]) -> Assistant:
    return libraries_by_name["rents"]


@pytest.fixture
def kelp(libraries_by_name: Mapping[str, Assistant]) -> Assistant:
    return libraries_by_name["kelp"]


def talked(assistant: Assistant, *questions: str) -> list[Turn]:
    history: list[Turn] = []
    for question in questions:
        history += assistant.ask(question, history).turns
    return history


@pytest.mark.parametrize("of", ["seeds", *PRESSES[:-1]])
def test_an_answer_is_what_its_row_says(libraries_by_name: Mapping[str, Assistant], of: str) -> None:
    asked = libraries_by_name[of]
    wrong: list[str] = []
    for row in (row for row in rows("answers") if row["of"] == of):
        history = talked(asked, *row.get("before", ()))
        for question in [row["ask"]] if isinstance(row["ask"], str) else row["ask"]:
            answer = asked.ask(question, history)
            expected = {key: value for key, value in row.items() if key not in {"of", "before", "ask"}}
            broken = {key: is_ for key, is_ in expected.items() if not FACTS[key](answer, is_)}
            wrong += [f"{question} {broken}\n{answer.text}"] if broken else []
    assert not wrong, "\n\n".join(wrong)


def test_words_on_something_else_are_no_answer_and_bodies_and_short_forms_take_their_article(
    libraries_by_name: Mapping[str, Assistant],
) -> None:
    topics = libraries_by_name["topics"]
    for question in (
        "What did Ada Lund say about Sarkia?",  # who says one thing in somebody else's article
        "What did Bishop Ek say about Ada Lund?",  # a person named in a title is no topic
        "What did Runa Dahl say about wolves?",
        "What did Ulf Berg say about March?",  # a word of the opening is not what an article is about
        "Did Runa Dahl say that seals are dangerous?",
    ):
        assert not topics.find(topics.understand(question)).statements, question
    named = ("the Treasury", "the Bank of England", "the EU", "the House of Lords", "Deutsche Bank", "Downing Street")
    assert tuple(called(name.removeprefix("the ")) for name in named) == named
    are = {"American officials": "are", "the Tories": "are", "Ada Lund": "is", "Barclays": "is"}
    assert {name: is_or_are(name) for name in are} == are


def test_those_whom_a_question_of_fact_names_are_heard_and_who_speaks_for_them(rents: Assistant) -> None:
    for names, voices in (
        ((), []), (("Lund",), ["Ada Lund"]), (("Lund", "Quist"), ["Ada Lund", "Bo Quist"]),
        (("France",), ["Anne Roux"]),
    ):  # fmt: skip
        asked = query(intent="fact", speaker=None, names=names, terms=(*names, "rents"))
        with rents.store.reading() as view:
            said = said_by_those_named(asked, view, rents._known(view), scope_of(asked, view))
        assert [one.speaker for one in said] == voices, names


def test_where_nobody_is_named_those_quoted_are_shown_and_more_begins_with_what_was_not(kelp: Assistant) -> None:
    asked = "Will demand burst the bubble in seaweed?"
    with kelp.store.reading() as view:
        told = Place("kelp.txt", view.sentences(["kelp.txt"])["kelp.txt"][0])
    answer = kelp.ask("who said that?", [Turn("user", asked, asked), Turn("assistant", "…", cited=(Cited(told, 1),))])
    assert first(answer) == "The article itself, as far as is certain."
    assert "The article also quotes or reports Runa Dahl:" in answer.text
    assert answer.citations[-1].speaker == "Runa Dahl"
    before = kelp.ask("How many divers cut the kelp of the farm off Sarkia?")
    shown = {one.start for one in before.citations if one.source == "kelp.txt"}
    answer = kelp.ask("tell me more", before.turns)
    assert not shown & {one.start for one in answer.citations}
    assert answer.citations[0].start == min(one.start for one in answer.citations)


@pytest.fixture(scope="module")
def before(assistant: Assistant) -> Answer:
    return assistant.ask(EU)


def test_shorter_gives_the_first_sentence_also_where_only_text_comes_and_more_what_was_not_shown(
    assistant: Assistant, before: Answer
) -> None:
    shorter, more = assistant.ask("shorter please", before.turns), assistant.ask("tell me more", before.turns)
    assert 0 < len(shorter.text) < 0.6 * len(before.text)
    assert all(any(one in whole for whole in quotes(before)) for one in quotes(shorter))
    assert more.status == "answered"
    assert quotes(more)
    assert not set(quotes(before)) & set(quotes(more))
    history = [Turn("user", EU), Turn("assistant", "Lavrov spoke of the EU twice.")]
    for known in (history, history[:1]):
        assert assistant.ask("shorter", known).text == assistant.ask("shorter", before.turns).text, known


def test_the_second_is_shown_with_what_stands_around_it_also_of_what_was_declined(
    assistant: Assistant, before: Answer
) -> None:
    answer = assistant.ask("show me the second one in full", before.turns)
    second = [one.place for one in before.turns[1].cited if one.item == 2]
    shown = [(one.source, Span(one.start, one.end)) for one in answer.citations]
    assert all(any(source == place.source and span.overlaps(place.span) for source, span in shown) for place in second)
    assert {source for source, _ in shown} == {second[0].source}
    assert len(shown) > len(second)
    declined = assistant.ask("What did Mirzoyan say about NATO?")
    answer = assistant.ask("show the first one in full", declined.turns)
    assert declined.near_misses[0].source in {one.source for one in answer.citations}
