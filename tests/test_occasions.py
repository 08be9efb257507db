"""Where, and on what occasion, something was said, as questions put it."""

import pytest

from rag.answering.asking.occasions import placed


@pytest.mark.parametrize(
    ("question", "rest", "words"),
    [
        ("What did Lund say at the media briefing", "What did Lund say", ("media", "briefing")),
        ("What did Lund say in the interview with The Gull", "What did Lund say", ("interview", "The Gull")),
        ("What did Lund say at the briefing about the pier", "What did Lund say about the pier", ("briefing",)),
        ("Compare what Lund and Quist said at their meeting in Portavia", "Compare what Lund and Quist said",
         ("meeting", "Portavia")),
        ("What did Lund tell reporters in Portavia", "What did Lund tell reporters", ("in Portavia",)),
        ("What did Lund complain about in Portavia", "What did Lund complain about", ("in Portavia",)),
    ],
)  # fmt: skip
def test_an_occasion_is_told_apart_from_what_was_said(question: str, rest: str, words: tuple[str, ...]) -> None:
    assert placed(question) == (rest, words)


@pytest.mark.parametrize(
    "question",
    [
        "What did Lund say about the pier in Portavia",
        "What did Lund say about the meeting",
        "What did Lund say on the talks",
        "What did Lund say about a visit to Portavia",
        "What did Lund say in reply to the interview",
        "What did Lund say in Public",
        "Who did Lund meet in Portavia",
    ],
)
def test_what_was_spoken_of_is_no_occasion(question: str) -> None:
    assert placed(question) == (question, ())
