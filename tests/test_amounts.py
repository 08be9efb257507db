"""Counts, and how long work still takes, in words."""

from rag.core.amounts import Pace, with_noun


def test_what_is_left_is_told_once_it_can_be_known_and_counts_have_their_number() -> None:
    for pace, left in (
        (Pace(0, 100, 60), ""),
        (Pace(5, 100, 2), ""),
        (Pace(2, 100, 60), ""),
        (Pace(50, 100, 60), "about 60 seconds left"),
        (Pace(99, 100, 60), "about 10 seconds left"),
        (Pace(10, 100, 60), "about 9 minutes left"),
        (Pace(10, 1000, 600), "about 16 hours left"),
        (Pace(110, 100, 60), "about 10 seconds left"),
    ):
        assert pace.left == left, pace
    assert [with_noun(count, "article") for count in (0, 1, 1000)] == ["0 articles", "1 article", "1,000 articles"]
