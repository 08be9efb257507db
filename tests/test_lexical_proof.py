"""The proof of a model's sentences: one-edit lies about the seeds are withheld, right sentences pass."""

from dataclasses import replace
from pathlib import Path

import pytest

from evals.proof_traps import RIGHT, TRAPS, Case, lay, right, seeds, verbatim
from rag.answering.checking.gate import Beside, pass_gate, proved
from rag.answering.checking.source_words import uncovered
from rag.core import Article, Claim, Evidence, Standing
from rag.text.quantities import figures, unproved
from tests.small_world import article, place, proven, span, statement


@pytest.fixture(scope="module")
def cases(library_dir: Path) -> list[Case]:
    return right(seeds(library_dir))


def test_right_sentences_pass_and_their_traps_are_withheld(cases: list[Case]) -> None:
    sample = cases[::4]
    outcome = lay(sample, sample)
    assert len(RIGHT.read_text(encoding="utf-8").splitlines()) >= 60
    assert outcome.laid.total() >= 60
    assert set(outcome.laid) == set(TRAPS)
    assert outcome.withheld.total() >= 0.98 * outcome.laid.total(), outcome.missed
    assert len(outcome.lost) <= 0.1 * outcome.right, outcome.lost


def test_two_speakers_in_one_sentence_may_not_change_their_words(library_dir: Path) -> None:
    evidence = seeds(library_dir)
    (told,) = [one for one in verbatim(evidence) if one.text.startswith("At the meeting in Moscow, Lavrov said")]
    hoped = "hoped that Russia would take into account all aspects of recent events"
    words = f"{{}} said the Kremlin was ready to assist, while {{}} said he {hoped}."
    assert told.objection(words.format("Lavrov", "Mirzoyan")) is None
    assert told.objection(words.format("Mirzoyan", "Lavrov")) is not None


def reported(words: str) -> tuple[Article, Evidence]:
    """An article of one sentence, and the evidence that it is."""
    told = article("report.txt", f"Report\n{words}\n")
    return told, Evidence(articles={told.source: told}, sentences={told.source: (span(told, words),)})


def test_what_somebody_calls_for_is_not_declared_yet() -> None:
    words = "Lund called for Portavia to declare a state of emergency over the flood."
    told, found = reported(words)
    assert proven("Portavia declared a state of emergency over the flood.", [place(told, words)], found).objection
    assert proven(words, [place(told, words)], found).objection is None


def test_what_somebody_was_asked_makes_nobody_a_speaker() -> None:
    words = "When questioned about the quay, Ada Lund confirmed that no boats had been sold."
    told = article("quay.txt", f"Quay\n{words}\n")
    said = replace(statement("one", told, words, ["no boats had been sold"], "Ada Lund", "reported"), cue="confirmed")
    found = Evidence(articles={told.source: told}, record=(said,), sentences={told.source: (span(told, words),)})
    right = "Ada Lund confirmed that no boats had been sold when questioned about the quay."
    assert proven(right, [place(told, words)], found).objection is None
    assert proven(right.replace("Ada Lund", "Bo Quist"), [place(told, words)], found).objection is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("62% of them", "62 percent of them"),
        ("62 per cent", "62%"),
        ("November 24, 2017", "on 24 November 2017"),
        ("more than 100,000 fled", "100000 fled"),
        ("3.5 million", "3,500,000 of them"),
        ("a six-week war", "6 weeks"),
        ("twenty-one days", "21 days"),
        ("in the autumn of 2020", "in the fall of 2020"),
        ("$5 million", "5 million dollars"),
        ("Jan. 3", "3 January"),
    ],
)
def test_figures_that_mean_the_same_prove_each_other(one: str, other: str) -> None:
    assert unproved(one, other) is None
    assert unproved(other, one) is None


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("63% of them", "62% of them"),
        ("62 million", "62%"),
        ("in May 2024", "in March 2024"),
        ("six months", "six weeks"),
        ("five million", "five thousand"),
        ("on Monday", "on Tuesday"),
        ("millions of people", "thousands of people"),
        ("5 euros", "5 dollars"),
    ],
)
def test_figures_that_differ_do_not(sentence: str, source: str) -> None:
    assert unproved(sentence, source) is not None


def test_a_month_is_told_from_a_verb() -> None:
    assert figures("He may march on") == ()


@pytest.mark.parametrize(
    ("sentence", "source", "missing"),
    [
        ("They support the treaty", "They supported the treaties", []),
        ("Armenia's withdrawal", "Armenia withdrew", []),
        ("the EU", "the European Union", []),
        ("the European Union", "the EU", []),
        ("an accord", "an agreement", []),
        ("The talks failed badly", "The talks failed", ["badly"]),
        ("all ships", "ships", ["all"]),
        ("before the war", "the war", ["before"]),
        ("Georgia", "Armenia", ["Georgia"]),
    ],
)
def test_every_telling_word_needs_its_like(sentence: str, source: str, missing: list[str]) -> None:
    assert uncovered(sentence, source) == missing


@pytest.mark.parametrize(
    ("sentence", "holds"),
    [
        ("Ada Lund was convicted on four counts of fraud earlier this year.", True),
        ("Bo Quist, a former councillor, was found guilty on all 12 counts.", True),
        ("Ada Lund was convicted on 12 counts of fraud.", False),
        ("Ada Lund was found guilty on all 12 counts.", False),
    ],
)
def test_two_pieces_together_prove_nothing_of_one_with_the_number_of_another(sentence: str, holds: bool) -> None:  # noqa: FBT001 - a column of the table
    lines = (
        "The jurors found Bo Quist guilty on all 12 counts of fraud.",
        "Quist is a former councillor.",
        "Ada Lund was convicted on four counts of fraud earlier this year.",
    )
    told = article("trial.txt", "Trial\n" + "\n".join(lines) + "\n")
    found = Evidence(articles={told.source: told}, sentences={told.source: tuple(span(told, line) for line in lines)})
    pieces = tuple((place(told, line),) for line in lines)
    numbers = (1, 2) if "Quist" in sentence else (1, 3)
    settled = proved(Claim(sentence, rephrased=True, numbers=numbers), pieces, found, Beside())
    assert (settled.objection is None) is holds


def test_a_sentence_may_not_credit_what_does_not_count_as_said() -> None:
    told = article("a.txt", "Fact check\nMayor Ada Lund said that the ferry is a waste of money.\n")
    one = statement(
        "ferry", told, "Mayor Ada Lund said that the ferry is a waste of money.", ["the ferry is a waste of money"],
        "Ada Lund", "reported", marked=False, written="Mayor Ada Lund",
    )  # fmt: skip
    pieces = ((place(told, "Mayor Ada Lund said that the ferry is a waste of money."),),)
    claim = Claim("Ada Lund said that the ferry is a waste of money.", rephrased=True, numbers=(1,))
    standings: dict[Standing, bool] = {"said": True, "fabricated": False, "withdrawn": False}
    for standing, may in standings.items():
        held = Evidence(articles={"a.txt": told}, record=(replace(one, standing=standing),))
        assert (pass_gate(claim, pieces, held).objection is None) == may, standing
