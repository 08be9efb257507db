"""An article's own sentences pass word for word; out of what somebody says, none does."""

from rag.answering.checking.gate import copied
from rag.core import Evidence, Place, Statement
from tests.small_world import article, place, proven, span, statement

LINES = (
    "In spring the council launched what it described as “repairs”, which closed half of the quay.",
    "The boats that were sold paid for it, she says.",
    "“The pier is safe. The boats are counted,” Lund said.",
    "He was late.",
)
TEXT = article("quay.txt", "Quay\n" + "\n".join(LINES) + "\n")
SENTENCES = (*LINES[:2], "“The pier is safe.", "The boats are counted,” Lund said.", LINES[3])
RECORD = (
    statement("one", TEXT, LINES[0], ["repairs"], "Council of Portavia", "mixed", written="the council"),
    statement("two", TEXT, LINES[1], ["The boats that were sold paid for it"], "Ada Lund", "reported"),
    statement("three", TEXT, LINES[2], ["The pier is safe. The boats are counted,"], "Ada Lund", written="Lund"),
)


def found(record: tuple[Statement, ...] = RECORD) -> Evidence:
    spans = tuple(span(TEXT, words) for words in SENTENCES)
    return Evidence(articles={TEXT.source: TEXT}, record=record, sentences={TEXT.source: spans})


def at(words: str) -> list[Place]:
    return [place(TEXT, words)]


def test_a_whole_sentence_is_shown_as_it_stands_and_what_is_altered_or_out_of_its_place_is_no_copy() -> None:
    proof = proven(LINES[0].replace("“", '"').replace("”", '"'), at(LINES[0]), found())
    assert (proof.objection, proof.claim.text) == (None, LINES[0])
    assert [one.statement for one in proof.claim.places] == ["one"]
    for altered in (
        LINES[0].replace("half", "most"),
        LINES[0].replace("which closed half of the quay", "which closed half"),
        LINES[0].replace("what it described as ", ""),
    ):
        assert copied(altered, at(LINES[0]), found()) is None, altered
    assert copied("The pier is safe.", at("The pier is safe."), found()) is None
    assert proven("The boats are counted.", at(LINES[2]), found()).objection is not None
    assert copied(LINES[1], at(LINES[1]), found()) is None
    assert proven("He was late.", at("He was late."), found()).objection is not None
    assert copied(LINES[0], at(LINES[3]), found()) is None
