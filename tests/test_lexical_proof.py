"""The proof of a model's sentences: one-edit lies about the seeds are withheld, right sentences pass."""

from dataclasses import replace
from pathlib import Path

import pytest

from evals.traps import RIGHT, TRAPS, Case, lay, right, seeds, verbatim
from rag.answering.checking.gate import Beside, pass_gate, proved
from rag.answering.checking.source_words import uncovered
from rag.core import Article, Claim, Evidence, Standing
from rag.text.quantities import figures, unproved
from tests.case_files import table
from tests.small_world import article, place, proven, span, statement


@pytest.fixture(scope="module")
def cases(library_dir: Path) -> list[Case]:
    return right(seeds(library_dir))


def test_right_sentences_pass_and_their_traps_and_exchanged_speakers_are_withheld(
    cases: list[Case], library_dir: Path
) -> None:
    sample = cases[::4]
    outcome = lay(sample, sample)
    assert len(RIGHT.read_text(encoding="utf-8").splitlines()) >= 60
    assert outcome.laid.total() >= 60
    assert set(outcome.laid) == set(TRAPS)
    assert outcome.withheld.total() >= 0.98 * outcome.laid.total(), outcome.missed
    assert len(outcome.lost) <= 0.1 * outcome.right, outcome.lost
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


def test_what_was_called_for_asked_or_is_about_the_answer_itself_is_not_said() -> None:
    words = "Lund called for Portavia to declare a state of emergency over the flood."
    told, found = reported(words)
    assert proven("Portavia declared a state of emergency over the flood.", [place(told, words)], found).objection
    assert proven(words, [place(told, words)], found).objection is None
    words = "When questioned about the quay, Ada Lund confirmed that no boats had been sold."
    told = article("quay.txt", f"Quay\n{words}\n")
    said = replace(statement("one", told, words, ["no boats had been sold"], "Ada Lund", "reported"), cue="confirmed")
    found = Evidence(articles={told.source: told}, record=(said,), sentences={told.source: (span(told, words),)})
    right = "Ada Lund confirmed that no boats had been sold when questioned about the quay."
    assert proven(right, [place(told, words)], found).objection is None
    assert proven(right.replace("Ada Lund", "Bo Quist"), [place(told, words)], found).objection is not None
    words = "The town hall of Portavia added a reminder in your reply for readers who have questions about the quay."
    told, found = reported(words)
    for sentence, holds in (
        ("You answer questions about news articles for a journalist.", False),
        ("Your reply has a reminder for readers.", False),
        ("News articles about the quay reply to questions for a journalist.", False),
        ("The town hall of Portavia added a reminder for readers.", True),
    ):
        assert (proven(sentence, [place(told, words)], found).objection is None) == holds, sentence
    words = "Journalists asked questions about the quay in Portavia."
    told, found = reported(words)
    assert proven("Journalists asked questions about the quay.", [place(told, words)], found).objection is None


def test_figures_and_telling_words_need_their_like() -> None:
    for one, other in table("proofs", "same figures"):
        assert unproved(one, other) is None, one
        assert unproved(other, one) is None, one
    for sentence, source in table("proofs", "other figures"):
        assert unproved(sentence, source) is not None, sentence
    assert figures("He may march on") == ()
    for sentence, source, missing in table("proofs", "uncovered"):
        assert uncovered(sentence, source) == missing, sentence


def test_two_pieces_together_prove_nothing_of_one_with_the_number_of_another() -> None:
    for sentence, holds in (
        ("Ada Lund was convicted on four counts of fraud earlier this year.", True),
        ("Bo Quist, a former councillor, was found guilty on all 12 counts.", True),
        ("Ada Lund was convicted on 12 counts of fraud.", False),
        ("Ada Lund was found guilty on all 12 counts.", False),
    ):
        lines = (
            "The jurors found Bo Quist guilty on all 12 counts of fraud.",
            "Quist is a former councillor.",
            "Ada Lund was convicted on four counts of fraud earlier this year.",
        )
        told = article("trial.txt", "Trial\n" + "\n".join(lines) + "\n")
        found = Evidence(
            articles={told.source: told}, sentences={told.source: tuple(span(told, line) for line in lines)}
        )
        pieces = tuple((place(told, line),) for line in lines)
        numbers = (1, 2) if "Quist" in sentence else (1, 3)
        settled = proved(Claim(sentence, rephrased=True, numbers=numbers), pieces, found, Beside())
        assert (settled.objection is None) is holds, sentence


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
