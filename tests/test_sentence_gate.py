"""The gate refuses what code knows to be wrong in a model's sentence, and nothing for its wording."""

from dataclasses import replace

import pytest

from rag.answering.checking.gate import Beside, pass_gate
from rag.core import Claim, Evidence
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


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("According to Lund, building the harbour at Albena will be costly.", 1),
        ("Lund put the price at some $39 million.", 1),
        ("Russia rejected the idea of pulling out.", 2),
        ("Moscow's foreign minister ruled out a retreat.", 2),
        ("Hahn insisted that her town has “no plans to go”.", 3),
        ("The mayor of Portavia wants to stay.", 3),
        ("The Gull counts four hundred jobs at the port authority, which is a century old.", 4),
        ("Quist saw the minister that month, in March.", 5),
    ],
)
def test_what_a_reader_of_english_accepts_passes_in_any_words(text: str, number: int) -> None:
    assert objection(text, number) is None


@pytest.mark.parametrize(
    ("text", "number", "reason"),
    [
        ("Greta Hahn said that the port would cost $38.7 million.", 1, "does not attribute these words to Greta Hahn"),
        ("The mayor said that the port would be costly.", 1, "does not attribute"),
        ("Ankara said that it would stay.", 2, "does not attribute"),
        ("He said that the port would be costly.", 1, "who is speaking"),
        ("It was said that the port would be costly.", 1, "who is speaking"),
        ("The article says that nobody plans to go.", 3, "does not attribute"),
        ("There are no plans to go.", 3, "who is speaking"),
        ("Hahn said that she had “no intention to go”.", 3, "does not stand so"),
        ("Lund said that the port would “cost $38.7 million”.", 1, "as a quote"),
        ("Lund said that the port would cost $37.8 million.", 1, "“37.8 million”"),
        ("Lund said that the port would cost about $60 million.", 1, "“60 million”"),
        ("Lund said in May that the port would be costly.", 1, "“May”"),
        ("Lund said in 2023 that the port would be costly.", 1, "“2023”"),
        ("Lund said that the port of Varna would be costly.", 1, "“Varna”"),
        ("Lund said that the port would cost 38.7 million euros.", 1, "“38.7 million”"),
        ("Lund said that the port <b>would</b> be costly.", 1, "more than words"),
        ("Lund said that the port would be costly, see https://example.org.", 1, "more than words"),
        ("Lund said\u202e that the port would be costly.", 1, "cannot be seen"),
    ],
)
def test_what_code_knows_to_be_wrong_is_refused_with_its_reason(text: str, number: int, reason: str) -> None:
    assert reason in str(objection(text, number))


def test_a_he_may_mean_whom_the_question_or_the_sentence_before_it_names() -> None:
    said = "He said that the port would be costly."
    assert objection(said, 1, question="What did Lund say?") is None
    assert objection(said, 1, before="Pyotr Lund spoke of the port.") is None
    assert objection(said, 1, before="Greta Hahn spoke of the port.") is not None


def test_names_and_figures_may_come_from_the_question_and_from_what_a_tool_told() -> None:
    counted = "Lund spoke 17 times of the port on the Danube."
    assert objection(counted, 1) is not None
    assert objection(counted, 1, question="What of the Danube?", told="17 statements") is None


def test_a_given_name_may_come_from_the_rest_of_the_article() -> None:
    assert objection("Pyotr Lund met Bo Quist.", 5) is None
    assert objection("Vladimir Lund met Bo Quist.", 5) is not None


def test_a_sentence_keeps_its_own_numbers_and_gets_some_where_it_has_none() -> None:
    claim = Claim("Hahn has no plans to go.", rephrased=True, numbers=(3,))
    assert pass_gate(claim, PIECES, FOUND).corrections == ()
    settled = pass_gate(replace(claim, numbers=()), PIECES, FOUND)
    assert (settled.objection, len(settled.corrections)) == (None, 1)
    assert [one.statement for one in settled.claim.places] == ["plans"]


def test_words_that_do_not_count_as_said_may_not_be_told_as_said() -> None:
    found = replace(FOUND, record=(*RECORD[:2], replace(RECORD[2], standing="fabricated")))
    claim = Claim("Hahn said that she would stay.", rephrased=True, numbers=(3,))
    assert pass_gate(claim, PIECES, found).objection == "The article does not give these words as said."


def test_what_is_only_known_through_another_is_told_with_the_other() -> None:
    relayed = replace(RECORD[2], via="Radio Tern")
    found = replace(FOUND, record=(*RECORD[:2], relayed))
    claim = Claim("Hahn said that she would stay.", rephrased=True, numbers=(3,))
    settled = pass_gate(claim, PIECES, found)
    assert settled.claim.text == "Hahn said that she would stay, according to Radio Tern."
    named = replace(claim, text=f"{claim.text[:-1]}, Radio Tern reports.")
    assert pass_gate(named, PIECES, found).claim.text == named.text
