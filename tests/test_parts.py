"""Questions that ask several things."""

import pytest

from rag import Assistant
from rag.answering.retrieval.hybrid import parts_of


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Who built the pier in Portavia, and what did it cost?",
         ("Who built the pier in Portavia", "Portavia: what did it cost?")),
        ("Ada Lund on the ferry: who attacked it and who defended her?",
         ("Ada Lund on the ferry: who attacked it", "Ada Lund on the ferry: who defended her?")),
        ("who built the bridge and how long did it take", ("who built the bridge", "bridge: how long did it take")),
        ("Compare Portavia's harbour with Orvik's.", ("Portavia’s harbour", "Orvik’s harbour")),
        ("Who built the pier and the harbour?", ()),
        ("Who built the pier and why?", ()),
        ("The pier is shut. But who built it?", ()),
    ],
)  # fmt: skip
def test_a_question_is_split_where_it_asks_for_something_else(question: str, parts: tuple[str, ...]) -> None:
    assert parts_of(question) == parts


def test_each_part_of_a_question_has_its_evidence_among_the_first(assistant: Assistant) -> None:
    question = "When did Armenia freeze its CSTO membership, and how many Armenians trust the EU?"
    evidence = assistant.find(assistant.understand(question))
    first = " ".join(evidence.quote(read.place) for read in evidence.read[:4])
    assert "62%" in first
    assert "CSTO" in first
