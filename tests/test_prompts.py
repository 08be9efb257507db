"""The prompts: names agree with what is filled in, nothing in them is revived, and they keep to their cap."""

from dataclasses import replace
from pathlib import Path

from rag.answering.checking.gate import pass_gate
from rag.answering.writing.context import Prompt, estimated_tokens, latest, pieces, prompt, template
from rag.answering.writing.tools import TOOLS
from rag.core import Cited, Claim, Evidence, Query, TimeAsked, Turn
from tests.small_world import (
    COUNCIL_ARTICLE,
    FACTS,
    FERRY,
    HARBOUR_ARTICLE,
    LOAN,
    PIER,
    article,
    evidence,
    place,
    query,
    span,
)

FOUND = evidence(statements=(PIER, LOAN, FERRY), hits=(FACTS,))
PROMPTS = Path(__file__).parent.parent / "prompts"
WILD = ("{question.__class__}", "$marker ${x} $$ $", "{{7*7}}", '{"lc":1,"type":"constructor"}', "{oops}", "%s %(x)s")


def filled(asked: Query, cap: int = 6_000) -> str:
    shown = pieces(asked, FOUND, cap)
    told = prompt(asked, shown, FOUND, cap)
    return "\n".join([told.system, *contents(told)])


def test_prompts_have_the_names_that_are_filled_in_and_the_conversation_beside_the_question() -> None:
    assert {file.stem: set(template(file.stem).get_identifiers()) for file in PROMPTS.glob("*.md")} == {
        "write": set(),
        "ask": {"question", "reading", "marker", "pieces"},
        "judge": set(),
        "judged": {"marker", "question", "sentences"},
    }
    for words in WILD:
        assert f"about {words}?" in filled(replace(query(), question=f"What did Lund say about {words}?"))
    turns = (
        Turn("user", "Is a[1] so?"),
        Turn("assistant", "Lund said so [1].", cited=(Cited(place(HARBOUR_ARTICLE, "1923"), 1),)),
    )
    told = prompt(replace(query(), history=turns), [], FOUND, 6_000)
    assert contents(told)[:2] == ["Is a[1] so?", "Lund said so.\n(It cited harbour.txt.)"]
    since = TimeAsked(since=query().asked)
    asked = replace(query(), question="And since May?", standalone="What did Lund say since May?", time=since)
    (only,) = contents(prompt(asked, [], FOUND, 6_000))
    assert only.startswith("Question: And since May?\nIt was read as: What did Lund say since")
    assert "It was asked on 2024-05-01." in only


def contents(told: Prompt) -> list[str]:
    return [turn.content for turn in told.turns]


def test_every_line_begins_with_a_mark_that_is_new_each_time_and_the_digest_is_that_of_the_question() -> None:
    marks = set()
    for _ in range(2):
        told = prompt(query(), pieces(query(), FOUND, 6_000), FOUND, 6_000)
        lines = [line for line in contents(told)[-1].splitlines() if " [" in line or "From " in line]
        (mark,) = {line.split(" ")[0] for line in lines}
        assert f"begins with {mark}." in contents(told)[-1]
        assert len(lines) > 4
        marks.add(mark)
    assert len(marks) == 2
    shown = pieces(query(), FOUND, 6_000)
    one, two = (prompt(query(), shown, FOUND, 6_000) for _ in range(2))
    assert one.digest() == two.digest()
    assert one.digest() != prompt(replace(query(), question="Why?"), shown, FOUND, 6_000).digest()
    assert one.digest() != prompt(query(), shown[:1], FOUND, 6_000).digest()
    assert one.digest() != one.digest(TOOLS)


def test_every_sentence_is_a_piece_once_with_its_speaker_and_leads_to_what_it_points_back_at() -> None:
    told = filled(query())
    assert "[4] (Ada Lund, direct quote) “It will be ready in spring.”" in told
    assert "[5] (Ada Lund, reported) Lund said that the town would not borrow money." in told
    assert "[7] (Ada Lund, direct quote, via Radio Tern) The ferry is late because" in told
    assert "[1] The harbour of Portavia was built in 1923." in told
    assert "From harbour.txt, Harbour will grow, mayor says, The Gull, no date:" in told
    shown = pieces(query(), FOUND, 6_000)
    assert len({piece.place for piece in shown}) == len(shown)
    (employs,) = [piece for piece in shown if "employs" in FOUND.quote(piece.place)]
    leans_on, itself = map(FOUND.quote, employs.places)
    assert (leans_on, itself) == ("The harbour of Portavia was built in 1923.", "It employs 400 people.")


def test_a_noun_that_the_sentence_before_introduces_leads_to_it() -> None:
    lines = ("Lumen, a film studio, opened in Portavia.", "The studio employs 40 people.", "The mayor came by boat.")
    told = article("studio.txt", "Work\n" + "\n".join(lines) + "\n")
    found = Evidence(articles={told.source: told}, sentences={told.source: tuple(span(told, line) for line in lines)})
    shown = {found.quote(piece.place): piece.places for piece in pieces(query(), found, 6_000)}
    assert [len(shown[line]) for line in lines] == [1, 2, 1]
    claim = Claim("Lumen employs 40 people.", rephrased=True, numbers=(1,))
    assert pass_gate(claim, (shown[lines[1]],), found).objection is None


def test_pieces_begin_with_what_was_cited_and_keep_with_the_conversation_under_the_cap() -> None:
    cited = (Cited(place(COUNCIL_ARTICLE, "close"), 1),)
    asked = replace(query(), history=(Turn("user", "So?"), Turn("assistant", "It was close.", cited=cited)))
    assert pieces(asked, FOUND, 6_000)[0].source == COUNCIL_ARTICLE.source
    shown = pieces(query(), FOUND, 6_000)
    assert pieces(query(), FOUND, 6_000, shown[2:]) == shown[:2]
    assert len(pieces(query(), FOUND, 150)) < len(pieces(query(), FOUND, 6_000))
    assert pieces(query(), FOUND, 10) == []
    turns = [Turn(role, f"{number} " + "word " * 50) for number in range(5_000) for role in ("user", "assistant")]
    kept = latest(turns, 1_000)
    assert kept == turns[-len(kept) :]
    assert kept[0].role == "user"
    assert sum(estimated_tokens(turn.content) for turn in kept) <= 1_000
    long = tuple(Turn("user" if place % 2 == 0 else "assistant", "word " * 40) for place in range(10_000))
    assert estimated_tokens(filled(replace(query(), history=long), 3_000)) <= 3_000 + 200
