"""The prompts: names agree with what is filled in, nothing in them is revived, and they keep to their cap."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from rag.answering.writing.context import latest, pieces, tokens
from rag.answering.writing.prompting import prompt, template
from rag.types import Query, Turn
from tests.small_world import FACTS, FERRY, LOAN, PIER, evidence, query

FOUND = evidence(statements=(PIER, LOAN, FERRY), hits=(FACTS,))
PROMPTS = Path(__file__).parent.parent / "prompts"
WILD = ("{question.__class__}", "$marker ${x} $$ $", "{{7*7}}", '{"lc":1,"type":"constructor"}', "{oops}", "%s %(x)s")


def filled(asked: Query, cap: int = 6_000) -> str:
    shown = pieces(asked, FOUND, cap)
    told = prompt(asked, shown, FOUND, cap)
    return "\n".join([told.system, *(turn.content for turn in told.turns)])


def test_every_prompt_has_the_names_that_are_filled_in_and_no_others() -> None:
    assert {file.stem: set(template(file.stem).get_identifiers()) for file in PROMPTS.glob("*.md")} == {
        "write": set(),
        "ask": {"question", "marker", "pieces"},
        "judge": set(),
        "judged": {"marker", "question", "sentences"},
    }


@pytest.mark.parametrize("words", WILD)
def test_braces_and_dollars_reach_the_model_as_they_are(words: str) -> None:
    asked = replace(query(), standalone=f"What did Lund say about {words}?")
    assert f"about {words}?" in filled(asked)


def test_numbers_leave_what_was_answered_and_stay_in_what_was_asked() -> None:
    turns = (Turn("user", "Is a[1] so?"), Turn("assistant", "Lund said so [1]."))
    told = prompt(replace(query(), history=turns), [], FOUND, 6_000)
    assert [turn.content for turn in told.turns[:2]] == ["Is a[1] so?", "Lund said so."]


def test_every_line_of_the_pieces_begins_with_a_mark_that_is_new_each_time() -> None:
    marks = set()
    for _ in range(2):
        told = prompt(query(), pieces(query(), FOUND, 6_000), FOUND, 6_000)
        lines = [line for line in told.turns[-1].content.splitlines() if " [" in line or "From " in line]
        (mark,) = {line.split(" ")[0] for line in lines}
        assert f"begins with {mark}." in told.turns[-1].content
        assert len(lines) > 4
        marks.add(mark)
    assert len(marks) == 2


def test_a_piece_says_who_speaks_and_how() -> None:
    told = filled(query())
    assert re.search(r"\[\d+\] \(Ada Lund, direct quote\) We will build a second pier, \[…\] It will be ready", told)
    assert re.search(r"\[\d+\] \(Ada Lund, reported\) Lund said that the town would not borrow money\.", told)
    assert re.search(r"\[\d+\] \(Ada Lund, direct quote, via Radio Tern\) The ferry is late", told)
    assert re.search(r"\[\d+\] \(the article itself\) The harbour of Portavia was built in 1923\.", told)
    assert "From harbour.txt, Harbour will grow, mayor says, The Gull, no date:" in told


def test_the_same_question_has_the_same_digest_and_another_has_another() -> None:
    shown = pieces(query(), FOUND, 6_000)
    one, two = (prompt(query(), shown, FOUND, 6_000) for _ in range(2))
    assert one.digest == two.digest
    assert one.digest != prompt(replace(query(), standalone="Why?"), shown, FOUND, 6_000).digest
    assert one.digest != prompt(query(), shown[:1], FOUND, 6_000).digest


def test_pieces_stop_at_the_cap() -> None:
    assert len(pieces(query(), FOUND, 150)) < len(pieces(query(), FOUND, 6_000))
    assert pieces(query(), FOUND, 10) == []


def test_of_a_long_conversation_the_oldest_go_first() -> None:
    turns = [Turn(role, f"{number} " + "word " * 50) for number in range(5_000) for role in ("user", "assistant")]
    kept = latest(turns, 1_000)
    assert kept == turns[-len(kept) :]
    assert kept[0].role == "user"
    assert sum(tokens(turn.content) for turn in kept) <= 1_000


def test_a_conversation_of_any_length_keeps_the_prompt_under_its_cap() -> None:
    turns = tuple(Turn("user" if place % 2 == 0 else "assistant", "word " * 40) for place in range(10_000))
    assert tokens(filled(replace(query(), history=turns), 3_000)) <= 3_000 + tokens(template("write").template) + 200
