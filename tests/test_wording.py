"""How texts are compared: what counts as the same wording, the same number, and the same quote."""

import pytest

from evals.metrics import is_worded, numbers, plain, quoted_texts


def test_case_accents_spacing_and_the_form_of_quotes_do_not_count() -> None:
    assert plain("  The “Café”\n of Zoë’s ") == 'the "cafe" of zoe\'s'


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("What did Lavrov say about the EU?", True),
        ("what did Sergei Lavrov say about EU", True),
        ("What did Sergei Lavrov say about the EU in 2023?", False),
        ("What did the EU say about Lavrov?", False),
        ("What did Peskov say about the EU?", False),
        ("", False),
    ],
)
def test_words_in_brackets_and_articles_may_be_left_out_and_nothing_else(text: str, same: bool) -> None:  # noqa: FBT001 - the table's second column
    assert is_worded(text, "What did (Sergei) Lavrov say about the EU?") is same


def test_a_possessive_is_another_word() -> None:
    assert not is_worded("Pashinyan remarks", "Pashinyan's remarks")
    assert is_worded("Pashinyan’s remarks", "Pashinyan's remarks")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Two of five articles", [2, 5]),
        ("1,204 statements, once", [1204, 1]),
        ("No article", [0]),
        ("attended nothing", []),
    ],
)
def test_numbers_are_read_as_digits_and_as_words(text: str, found: list[int]) -> None:
    assert list(numbers(text)) == found


@pytest.mark.parametrize(
    ("sentence", "quoted"),
    [
        ("“A,” he said, “B”", ["A,", "B"]),
        ("“He called it “bold” and left”", ["He called it “bold” and left"]),
        ('He said "A" and "B"', ["A", "B"]),
        ('“The "A" of B”', ['The "A" of B']),
        ("No marks, only Ann's", []),
        ("“Never closed", []),
    ],
)
def test_quoted_texts_are_the_outermost_between_marks(sentence: str, quoted: list[str]) -> None:
    assert list(quoted_texts(sentence)) == quoted
