"""Questions for somebody's words in phrasings of their own."""

import pytest

from rag.answering.asking.loosely import loosely

NAMES = {"lund": "Ada Lund", "ada lund": "Ada Lund", "town hall": "Town Hall"}


@pytest.mark.parametrize(
    ("question", "speaker", "about"),
    [
        ("Which good would the pier do, going by Lund", "Lund", "good would the pier do"),
        ("In Ada Lund's view, which good would the pier do", "Ada Lund", "good would the pier do"),
        ("Which ferries does Lund say are late", "Lund", "ferries are late"),
        ("What good has Ada Lund promised or announced for the town", "Ada Lund", "good for the town"),
        ("is the ferry late in the eyes of Town Hall", "Town Hall", "is the ferry late"),
        ("show what the remarks by Lund on the quay were", "Lund", "what the quay were"),
    ],
)
def test_a_name_beside_a_word_of_speech_asks_for_what_was_said(question: str, speaker: str, about: str) -> None:
    reading = loosely(question, lambda name: NAMES.get(name.lower()))
    assert reading is not None
    assert (reading.intent, reading.speaker, reading.about) == ("statement", speaker, about)


@pytest.mark.parametrize("question", ["When was Lund born", "Who met Lund in the harbour", "Is the ferry late"])
def test_a_name_alone_does_not(question: str) -> None:
    assert loosely(question, lambda name: NAMES.get(name.lower())) is None
