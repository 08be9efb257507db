"""The reader: which sentence answers, the same score in any company, and what words, names and years add."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rag.answering.reading import networks
from rag.answering.reading.minilm_reader import LONGEST, MiniLMReader, Tokens
from rag.answering.reading.reader import Candidate, Reader
from rag.answering.reading.signals import Asked, Found, judge, signals
from rag.errors import EmbeddingError
from rag.settings import Settings

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
    return reader._network().tokens


class OverlapReader:
    """A reader that counts shared words, to see what is added to any reader."""

    name = "overlap"

    def scores(self, question: str, candidates: Sequence[Candidate]) -> NDArray[np.float32]:
        asked = set(question.lower().split())
        return np.array([len(asked & set(one.sentence.lower().split())) for one in candidates], np.float32)


def test_the_sentence_that_answers_scores_highest(reader: MiniLMReader) -> None:
    answer, *others = reader.scores(QUESTION, [ANSWER, BESIDE, SAID])
    assert answer > max(others)


def test_a_pair_scores_the_same_alone_and_in_company(reader: MiniLMReader) -> None:
    together = reader.scores(QUESTION, [BESIDE, ANSWER, SAID] * 5)
    alone = [reader.scores(QUESTION, [one])[0] for one in (BESIDE, ANSWER, SAID)]
    assert together.tolist() == alone * 5


def test_who_speaks_is_read(reader: MiniLMReader) -> None:
    brand, other = reader.scores(
        "What did Ada Brand promise?", [SAID, Candidate(SAID.sentence, speaker="Jo Tamm", title=TITLE)]
    )
    assert brand > other


def test_no_candidates_have_no_scores(reader: MiniLMReader) -> None:
    assert reader.scores(QUESTION, []).tolist() == []


def test_any_text_can_be_read(reader: MiniLMReader) -> None:
    odd = [Candidate(""), Candidate("\ud800"), Candidate("word " * 1000, "name " * 100, "title " * 100)]
    assert np.isfinite(reader.scores("", odd)).all()


def test_long_parts_leave_room_for_the_sentence(tokens: Tokens) -> None:
    ids = tokens.candidate(Candidate("sentence " * 200, "name " * 100, "title " * 100))
    assert len(ids) == LONGEST
    assert len(set(ids[LONGEST // 2 : -1])) == 1


def test_marks_of_the_tokenizer_in_an_article_are_words(tokens: Tokens) -> None:
    ids = tokens.candidate(Candidate("The [SEP] end"))
    assert ids.count(ids[-1]) == 1


def test_a_damaged_network_is_named_with_the_remedy(tmp_path: Path) -> None:
    broken = tmp_path / "reader.onnx"
    broken.write_bytes(b"nothing")
    with pytest.raises(EmbeddingError, match=r"reader\.onnx is damaged"):
        MiniLMReader(Settings.from_environment().models, upper=broken).scores(QUESTION, [ANSWER])


def test_the_shipped_network_is_small_and_the_one_that_its_card_describes() -> None:
    shipped = networks.UPPER.read_bytes()
    assert len(shipped) <= 12_000_000
    assert hashlib.sha256(shipped).hexdigest() in (networks.UPPER.parent / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_words_names_and_years_of_the_question_are_shares() -> None:
    asked = Asked("When did Ada Brand rebuild the pier in 2021?")
    (given,) = signals(OverlapReader(), asked, [Found(Candidate("Brand rebuilt a pier."), 0.5)])
    assert 0 < given.overlap < 1
    assert given.names == 0.5
    assert given.years == 0
    assert given.similarity == 0.5


def test_names_may_be_given_where_the_question_is_typed_small() -> None:
    found = [Found(Candidate("Nobody was hurt."))]
    (small,) = signals(OverlapReader(), Asked("where is brand"), found)
    (given,) = signals(OverlapReader(), Asked("where is brand", names=("Brand",)), found)
    assert (small.names, given.names) == (1, 0)


def test_a_speaker_in_front_and_a_title_count_as_held() -> None:
    asked = Asked("What does Ada Brand say about Velm?")
    (given,) = signals(OverlapReader(), asked, [Found(SAID)])
    assert given.names == 1


def test_the_likeliest_sentence_is_the_one_that_answers(reader: Reader) -> None:
    judgement = judge(reader, Asked(QUESTION), [Found(BESIDE, 0.6), Found(ANSWER, 0.6), Found(SAID, 0.6)])
    assert max(judgement.sentences) == judgement.sentences[1]


def test_a_question_is_likelier_answered_with_its_sentence_than_without(reader: Reader) -> None:
    answered = judge(reader, Asked(QUESTION), [Found(ANSWER, 0.6), Found(BESIDE, 0.6)])
    robbed = judge(reader, Asked("Who won the chess final in Oslo in 2014?"), [Found(BESIDE, 0.1)])
    assert answered.answered > robbed.answered


def test_nothing_found_answers_nothing(reader: Reader) -> None:
    assert judge(reader, Asked(QUESTION), []).answered == 0
