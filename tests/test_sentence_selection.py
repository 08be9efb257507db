"""Which sentences of those read are shown as the answer."""

from dataclasses import replace

import numpy as np

from evals.train_selection import Question, recall, validated
from rag.answering.reading.signals import belonging, standings
from rag.core import Place, ReadSlice, Signals, Span

SENTENCES = {"ferry.txt": tuple(Span(at * 50, at * 50 + 49) for at in range(40)), "pier.txt": (Span(0, 49),)}
UNREAD = Signals(0.0, 0.5, 0.5, 0.5, 1.0, 1.0, 1.0, 0.5, 1.0, 1.0)


def read(source: str, sentence: int, likelihood: float, score: float = 0.0, *, and_before: int = 0) -> ReadSlice:
    spans = SENTENCES[source]
    span = Span(spans[sentence - and_before].start, spans[sentence].end)
    return ReadSlice(Place(source, span), None, likelihood, replace(UNREAD, score=score))


def test_of_two_sentences_as_likely_the_one_near_the_likeliest_belongs_to_the_answer_sooner() -> None:
    best, near, far = read("ferry.txt", 20, 0.9), read("ferry.txt", 21, 0.1), read("ferry.txt", 35, 0.1)
    elsewhere = read("pier.txt", 0, 0.1)
    for given in ((best, near, far, elsewhere), (best, elsewhere, far, near)):
        told = list(belonging(given, SENTENCES))
        assert told[:2] == [best.place, near.place]
        assert told.index(far.place) < told.index(elsewhere.place)


def test_a_slice_of_two_sentences_counts_for_its_last_once_and_nothing_read_leaves_nothing_to_show() -> None:
    both, alone = read("ferry.txt", 5, 0.8, and_before=1), read("ferry.txt", 5, 0.3)
    told = standings((both, alone), SENTENCES)
    assert list(told) == [alone.place]
    assert told[alone.place].own > 0
    assert belonging((), SENTENCES) == {}


def test_weights_trained_on_other_articles_find_more_of_the_right_sentences_than_likelihood_alone() -> None:
    drawn = np.random.default_rng(1)
    questions = []
    for number in range(60):
        rows = drawn.normal(size=(12, 5))
        right = rows[:, 0] - 2 * rows[:, 4] + drawn.normal(scale=0.3, size=12) > 2
        questions.append(Question(f"{number % 20}.txt", rows, right))
    alone = [question.standings[:, 0] for question in questions]
    assert recall(questions, validated(questions), 3) > recall(questions, alone, 3) + 0.1
