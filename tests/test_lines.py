"""Lines are exact; a paragraph wrapped by hand is one line."""

import textwrap
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rag.ingestion.layout import find_lines, trim

PARAGRAPHS = (
    "The minister said on Thursday that the talks would go on, and nobody should expect them to end before autumn.",
    "Nobody knew why. The talks had begun in spring, when the snow was still lying in the passes of the mountains.",
    "Then they ended.",
)


@given(st.text(st.sampled_from("ab é\u0301😀\u200b\ufeff\u00a0\t\r\n\u2028"), max_size=60))
def test_lines_cover_everything_but_white_space_and_line_ends_exactly(text: str) -> None:
    lines = find_lines(text)
    covered = {place for line in lines for place in range(line.start, line.end)}
    assert all(
        not text[place].strip("\u200b\ufeff") or place in covered for place in range(len(text)) if text[place].strip()
    )
    assert all(line.text.split() == text[line.start : line.end].split() for line in lines)
    assert all(one.end <= other.start for one, other in pairwise(lines))


def test_no_break_spaces_and_marks_without_width_are_trimmed() -> None:
    text = "\ufeff\u00a0 Word\u00a0\u200b"
    assert trim(text, 0, len(text)) == (3, 7)


def test_a_paragraph_wrapped_by_hand_is_one_line() -> None:
    text = "\n\n".join(textwrap.fill(paragraph, 48) for paragraph in PARAGRAPHS)
    lines = find_lines(text)
    assert [line.text for line in lines] == list(PARAGRAPHS)
    assert [text[line.start : line.end].split() for line in lines] == [line.text.split() for line in lines]


def test_a_paragraph_may_end_without_a_blank_line() -> None:
    paragraphs = [" ".join(PARAGRAPHS[:2]), PARAGRAPHS[2], " ".join(PARAGRAPHS)]
    text = "\r\n".join(textwrap.fill(paragraph, 48).replace("\n", "\r\n") for paragraph in paragraphs)
    assert [line.text for line in find_lines(text)] == paragraphs


def test_a_text_with_double_spacing_may_be_wrapped_too() -> None:
    wrapped = textwrap.fill(" ".join(PARAGRAPHS), 48)
    assert [line.text for line in find_lines(wrapped.replace("\n", "\n\n"))] == [" ".join(PARAGRAPHS)]


def test_paragraphs_of_one_line_each_stay_apart() -> None:
    text = "\n".join(
        [*PARAGRAPHS, "A paragraph of more than a hundred and twenty characters, which nobody wraps. " * 2]
    )
    assert len(find_lines(text)) == len(PARAGRAPHS) + 1
