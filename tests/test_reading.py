"""The reader: which sentence answers, the same score in any company, and what words, names and years add."""

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from rag.answering.reading import minilm_reader
from rag.answering.reading.minilm_reader import LONGEST_CANDIDATE, MiniLMReader, Tokens
from rag.answering.reading.signals import DRAWN, Asked, Candidate, FoundSentence, Reader, judge
from rag.core import Place, Signals, Span
from rag.core.errors import EmbeddingError
from rag.core.settings import Engine, Settings
from tests.library_parts import WordReader

PLACE = Place("velm.txt", Span(0, 10))
QUESTION = "Why did the harbour of Velm close?"
TITLE = "Velm harbour shut after storm"
ANSWER = Candidate("The harbour was closed because waves had torn away the northern pier.", title=TITLE)
BESIDE = Candidate("Velm has had a harbour since 1911, and a market on Saturdays.", title=TITLE)
SAID = Candidate("“We will rebuild it by spring.”", speaker="Ada Brand", title=TITLE)


@pytest.fixture(scope="module")
def reader() -> MiniLMReader:
    return MiniLMReader(Settings.from_environment().models)


@pytest.fixture(scope="module")
def tokens(reader: MiniLMReader) -> Tokens:
    return reader._networks().tokens


def test_the_sentence_that_answers_scores_highest_alone_and_in_company_and_who_speaks_is_read(
    reader: MiniLMReader,
) -> None:
    answer, *others = reader.scores(QUESTION, [ANSWER, BESIDE, SAID])
    assert answer > max(others)
    together = reader.scores(QUESTION, [BESIDE, ANSWER, SAID] * 5)
    alone = [reader.scores(QUESTION, [one])[0] for one in (BESIDE, ANSWER, SAID)]
    assert together.tolist() == alone * 5
    brand, other = reader.scores(
        "What did Ada Brand promise?", [SAID, Candidate(SAID.sentence, speaker="Jo Tamm", title=TITLE)]
    )
    assert brand > other


def test_any_text_can_be_read_and_long_parts_leave_room_for_the_sentence(reader: MiniLMReader, tokens: Tokens) -> None:
    assert reader.scores(QUESTION, []).tolist() == []
    odd = [Candidate(""), Candidate("\ud800"), Candidate("word " * 1000, "name " * 100, "title " * 100)]
    assert np.isfinite(reader.scores("", odd)).all()
    ids = tokens.candidate(Candidate("sentence " * 200, "name " * 100, "title " * 100))
    assert len(ids) == LONGEST_CANDIDATE
    assert len(set(ids[LONGEST_CANDIDATE // 2 : -1])) == 1
    ids = tokens.candidate(Candidate("The [SEP] end"))
    assert ids.count(ids[-1]) == 1


@pytest.mark.skipif(find_spec("openvino") is None, reason="OpenVINO is not installed on this system")
def test_both_engines_read_alike() -> None:
    models = Settings.from_environment().models
    one, other = (MiniLMReader(models, engine=engine).scores(QUESTION, [ANSWER, BESIDE]) for engine in get_args(Engine))
    assert one[0] > one[1]
    assert np.allclose(one, other, atol=1.0)


def test_both_engines_read_alike_with_the_small_network_that_its_card_describes(tmp_path: Path) -> None:
    shipped = minilm_reader.UPPER.read_bytes()
    assert len(shipped) <= 12_000_000
    assert hashlib.sha256(shipped).hexdigest() in (minilm_reader.UPPER.parent / "MODEL_CARD.md").read_text(
        encoding="utf-8"
    )
    lower, _ = minilm_reader.build_networks(tmp_path)
    lower.write_bytes(b"nothing")
    with pytest.raises(EmbeddingError, match=rf"{lower.name} is damaged"):
        MiniLMReader(tmp_path).scores(QUESTION, [ANSWER])


def asking(question: str, *terms: str) -> Asked:
    return Asked(question, {term: (term,) for term in terms}, frozenset(filter(str.istitle, terms)))


def signals(asked: Asked, candidate: Candidate, **known: str) -> Signals:
    """The signals of one candidate."""
    (one,), _ = judge(WordReader(), asked, [FoundSentence(candidate, PLACE, 0.5, **known)])  # type: ignore[arg-type] # by name
    return one.signals


def test_words_names_and_years_are_shares_and_of_many_sentences_the_likest_are_read() -> None:
    asked = asking("When did Ada Brand rebuild the pier in 2021?", "Ada", "Brand", "rebuild", "pier")
    given = signals(asked, Candidate("Brand rebuilt a pier."))
    assert (given.overlap, given.names, given.years, given.similarity) == (0.5, 0.5, 0, 0.5)
    asked = asking("When did Brand rebuild the pier in 2021?", "Brand", "rebuild", "pier")
    assert signals(asked, Candidate("Brand rebuilt a pier."), published="2021-03-04").years == 1
    asked = asking("What does Ada Brand say about Velm and the market?", "Ada", "Brand", "Velm", "market")
    given = signals(asked, SAID, passage="The market goes on.")
    assert (given.overlap, given.nearby, given.around, given.names) == (0.5, 0.75, 1, 1)
    closing = asking(QUESTION, "harbour", "Velm", "close")
    far = [FoundSentence(Candidate(f"Nothing happened on day {day}."), PLACE) for day in range(100)]
    few, _ = judge(WordReader(), closing, [*far, FoundSentence(ANSWER, PLACE)])
    near = [FoundSentence(Candidate(f"The harbour of Velm closed on day {day}."), PLACE) for day in range(100)]
    many, _ = judge(WordReader(), closing, [*far, *near])
    assert len(few) < len(many) == DRAWN
    assert few[0].signals.overlap > 0


def test_the_likeliest_sentence_comes_first_and_makes_an_answer_likelier(reader: Reader) -> None:
    found = [FoundSentence(candidate, PLACE, 0.6) for candidate in (BESIDE, ANSWER, SAID)]
    read, _ = judge(reader, asking(QUESTION, "harbour", "Velm", "close"), found)
    alone, _ = judge(reader, asking(QUESTION, "harbour", "Velm", "close"), found[1:2])
    assert read[0] == alone[0]
    assert [one.likelihood for one in read] == sorted((one.likelihood for one in read), reverse=True)
    near = [FoundSentence(ANSWER, PLACE, 0.6), FoundSentence(BESIDE, PLACE, 0.6)]
    _, answered = judge(reader, asking(QUESTION, "harbour", "Velm", "close"), near)
    _, unanswered = judge(reader, asking("Who won the chess final in Oslo?", "chess", "final", "Oslo"), near)
    assert answered > unanswered
    assert judge(reader, Asked(QUESTION), []) == ((), 0.0)
