"""The benchmark's own parts: its articles are the same on every machine, and its rival is the genuine one."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.bench import chromas_embedder
from evals.invented import invented_articles, invented_questions, invented_texts, write_articles
from tests.test_minilm import EXAMPLE, PUBLISHED


def test_the_same_seed_writes_the_same_articles_and_all_of_them_differ(tmp_path: Path) -> None:
    first = list(invented_articles(50))
    assert first == list(invented_articles(50))
    assert len({article.text for article in first}) == 50
    write_articles(tmp_path, 3)
    assert [path.read_text(encoding="utf-8") for path in sorted(tmp_path.iterdir())] == [a.text for a in first[:3]]


def test_passages_and_questions_come_in_the_number_and_length_asked_for() -> None:
    assert [len(text.split()) for text in invented_texts(5, words=120)] == [120] * 5
    assert len(set(invented_questions(20))) > 10


def test_chroma_s_own_embedder_gives_the_published_vectors_without_a_download(tmp_path: Path) -> None:
    (vector,) = chromas_embedder(tmp_path)([EXAMPLE])
    assert list(vector[:4]) == pytest.approx(PUBLISHED, abs=1e-5)
