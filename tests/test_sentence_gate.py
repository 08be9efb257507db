"""The gate refuses what code knows to be wrong in a model's sentence, and nothing for its wording."""

from dataclasses import replace

from rag.answering.checking.gate import Beside, pass_gate
from rag.core import Claim, Evidence
from tests.case_files import table
from tests.small_world import article, place, span, statement

LINES = (
    "Russian Foreign Minister Pyotr Lund said in March 2024 that the port of Albena would cost $38.7 million.",
    "He denied that Moscow planned to leave the port.",
    "“We have no plans to go,” said Greta Hahn, the mayor of Portavia.",
    "The Albena Port Authority employs 400 people, by its own count, and was founded in 1923.",
    "Hahn's deputy, Bo Quist, met Lund on Tuesday.",
)
TEXT = replace(article("port.txt", "Port\n" + "\n".join(LINES) + "\n", "The Gull"), published="2024-03-07")
RECORD = (
    statement(
        "cost", TEXT, LINES[0], ["that the port of Albena would cost $38.7 million"], "Pyotr Lund", "reported",
        marked=False, written="Russian Foreign Minister Pyotr Lund",
    ),
    replace(
        statement("stays", TEXT, LINES[1], ["that Moscow planned to leave the port"], "Pyotr Lund", "reported",
                  marked=False, written="He"),
        polarity="denies",
    ),
    statement("plans", TEXT, LINES[2], ["We have no plans to go,"], "Greta Hahn", written="Greta Hahn"),
)  # fmt: skip
FOUND = Evidence(
    articles={TEXT.source: TEXT}, record=RECORD, sentences={TEXT.source: tuple(span(TEXT, line) for line in LINES)}
)
PIECES = tuple((place(TEXT, line),) for line in LINES)


def objection(text: str, *numbers: int, question: str = "", told: str = "", before: str = "") -> str | None:
    claim = Claim(text, rephrased=True, numbers=numbers)
    return pass_gate(claim, PIECES, FOUND, Beside(question, told, before)).objection


def test_what_a_reader_accepts_passes_in_any_words_and_what_code_knows_to_be_wrong_is_refused() -> None:
    for text, number in table("proofs", "passes"):
        assert objection(text, number) is None, text
    for text, number, reason in table("proofs", "refused"):
        assert reason in str(objection(text, number)), text


def test_names_may_come_from_the_question_the_sentence_before_a_tool_or_the_article() -> None:
    said = "He said that the port would be costly."
    assert objection(said, 1, question="What did Lund say?") is None
    assert objection(said, 1, before="Pyotr Lund spoke of the port.") is None
    assert objection(said, 1, before="Greta Hahn spoke of the port.") is not None
    counted = "Lund spoke 17 times of the port on the Danube."
    assert objection(counted, 1) is not None
    assert objection(counted, 1, question="What of the Danube?", told="17 statements") is None
    assert objection("Pyotr Lund met Bo Quist.", 5) is None
    assert objection("Vladimir Lund met Bo Quist.", 5) is not None


def test_a_sentence_gets_numbers_where_it_has_none_and_words_known_through_another_are_told_so() -> None:
    claim = Claim("Hahn has no plans to go.", rephrased=True, numbers=(3,))
    assert pass_gate(claim, PIECES, FOUND).corrections == ()
    settled = pass_gate(replace(claim, numbers=()), PIECES, FOUND)
    assert (settled.objection, len(settled.corrections)) == (None, 1)
    assert [one.statement for one in settled.claim.places] == ["plans"]
    found = replace(FOUND, record=(*RECORD[:2], replace(RECORD[2], standing="fabricated")))
    claim = Claim("Hahn said that she would stay.", rephrased=True, numbers=(3,))
    assert pass_gate(claim, PIECES, found).objection == "The article does not give these words as said."
    relayed = replace(RECORD[2], via="Radio Tern")
    found = replace(FOUND, record=(*RECORD[:2], relayed))
    claim = Claim("Hahn said that she would stay.", rephrased=True, numbers=(3,))
    settled = pass_gate(claim, PIECES, found)
    assert settled.claim.text == "Hahn said that she would stay, according to Radio Tern."
    named = replace(claim, text=f"{claim.text[:-1]}, Radio Tern reports.")
    assert pass_gate(named, PIECES, found).claim.text == named.text
