"""The baseline: its chunks and sentences are exact, it prints the nearest one, and it never declines."""

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from evals.baseline import CHUNK, OVERLAP, READ, PlainRag

if TYPE_CHECKING:
    from rag import Assistant

pytest.importorskip("langchain_text_splitters")


@pytest.fixture(scope="module")
def baseline(assistant: "Assistant") -> PlainRag:
    return PlainRag.beside(assistant)


def test_chunks_are_exact_slices_of_at_most_a_thousand_characters_that_cover_every_article(
    baseline: PlainRag, assistant: "Assistant"
) -> None:
    hits = baseline.search("Armenia", limit=1000)
    for hit in hits:
        text = assistant.article(hit.passage.source).text
        assert text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert len(hit.passage.text) <= CHUNK
    for source in {hit.passage.source for hit in hits}:
        spans = sorted((hit.passage.start, hit.passage.end) for hit in hits if hit.passage.source == source)
        text = assistant.article(source).text
        gaps = [text[end:start] for (_, end), (start, _) in pairwise(spans) if start > end]
        assert not "".join(gaps).strip()
        assert all(end - start <= OVERLAP for (_, end), (start, _) in pairwise(spans) if end > start)


def test_it_prints_one_sentence_of_the_nearest_chunks_cites_it_exactly_and_never_declines(
    baseline: PlainRag, assistant: "Assistant"
) -> None:
    question = "When was CEPA signed?"
    answer = baseline.ask(question)
    (citation,), nearest = answer.citations, baseline.search(question, READ)
    assert answer.text == f"{citation.quote} [1]"
    assert assistant.article(citation.source).text[citation.start : citation.end] == citation.quote
    assert any(citation.quote in hit.passage.text for hit in nearest)
    assert answer.confidence == nearest[0].score
    assert [hit.score for hit in nearest] == sorted((hit.score for hit in nearest), reverse=True)
    answer = baseline.ask("What is the weather in Munich?")
    assert answer.status == "answered"
    assert [citation.speaker for citation in answer.citations] == [None]
