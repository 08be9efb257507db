"""A reply comes in chunks, and whole sentences with their numbers come out, wherever the chunks were cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.writing.reply_parser import LONGEST_REPLY, LONGEST_SENTENCE, Reply, Uttered

Sentences = list[tuple[str, tuple[int, ...]]]

REPLIES: list[tuple[str, Sentences]] = [
    ("[1] The pier is long.", [("The pier is long.", (1,))]),
    ("The pier is long [1].", [("The pier is long.", (1,))]),
    ("The pier is long. [1]", [("The pier is long.", (1,))]),
    ("The pier is long.[1]", [("The pier is long.", (1,))]),
    ("The pier is long [1]", [("The pier is long", (1,))]),
    ("The pier is long. [1].", [("The pier is long.", (1,))]),
    ("The pier is long [1][2].", [("The pier is long.", (1, 2))]),
    ("The pier is long [1] [2].", [("The pier is long.", (1, 2))]),
    ("The pier is long [1, 2].", [("The pier is long.", (1, 2))]),
    ("The pier is long [1 and 2].", [("The pier is long.", (1, 2))]),
    ("The pier is long [1-3].", [("The pier is long.", (1, 2, 3))]),
    ("The pier is long [1–3].", [("The pier is long.", (1, 2, 3))]),
    ("The pier is long [1-900].", [("The pier is long.", (1, 900))]),
    ("The pier is long [2, 2, 1].", [("The pier is long.", (2, 1))]),
    ("The pier is long 【1】.", [("The pier is long.", (1,))]),
    ("The pier is long 【1†source】.", [("The pier is long.", (1,))]),
    ("The pier is long [^1].", [("The pier is long.", (1,))]),
    ("The pier is long [Source 1].", [("The pier is long.", (1,))]),
    ("The pier is long [99].", [("The pier is long.", (99,))]),
    ("The pier is long.\n[1]", [("The pier is long.", (1,))]),
    ("The pier is long\n[1]\nIt is old [2].", [("The pier is long", (1,)), ("It is old.", (2,))]),
    ("A pier stands [1]. It is old [2].", [("A pier stands.", (1,)), ("It is old.", (2,))]),
    ("A pier stands. [1] It is old. [2]", [("A pier stands.", (1,)), ("It is old.", (2,))]),
    ("A pier stands.[1]It is old.[2]", [("A pier stands.", (1,)), ("It is old.", (2,))]),
    ("A pier stands. It is old [1].", [("A pier stands.", ()), ("It is old.", (1,))]),
    ("A pier stands! Is it old? Yes [1].", [("A pier stands!", ()), ("Is it old?", ()), ("Yes.", (1,))]),
    ("A pier stands [1] and it is old [2].", [("A pier stands and it is old.", (1, 2))]),
    ("A pier stands [1], but it is old [2].", [("A pier stands, but it is old.", (1, 2))]),
    ("A pier stands… It is old [1].", [("A pier stands…", ()), ("It is old.", (1,))]),
    ("The U.S. Navy built it [1]. It stands.", [("The U.S. Navy built it.", (1,)), ("It stands.", ())]),
    ("It was built by the U.S. [1] It stands.", [("It was built by the U.S.", (1,)), ("It stands.", ())]),
    ("It was built by the U.S. [1] and others [2].", [("It was built by the U.S. and others.", (1, 2))]),
    ("It was built by the U.S.\nIt stands.", [("It was built by the U.S.", ()), ("It stands.", ())]),
    ("J. R. Lund came [1].", [("J. R. Lund came.", (1,))]),
    ("It came at 5 p.m. on Monday [1].", [("It came at 5 p.m. on Monday.", (1,))]),
    ("It is No. 5 of them, i.e. the last [1].", [("It is No. 5 of them, i.e. the last.", (1,))]),
    ("It grew 62% in 2024. That is much [1].", [("It grew 62% in 2024.", ()), ("That is much.", (1,))]),
    ("“It is long,” Lund said [1].", [("“It is long,” Lund said.", (1,))]),
    ("“It is long.” [1] It is old. [2]", [("“It is long.”", (1,)), ("It is old.", (2,))]),
    ("“It is long. It is old.” Lund said so [1].", [("“It is long. It is old.” Lund said so.", (1,))]),
    ("“Is it long?” Lund asked [1].", [("“Is it long?” Lund asked.", (1,))]),
    ("Lund said: “It is long. It is old.” [1]", [("Lund said: “It is long. It is old.”", (1,))]),
    ("Lund said: “It is long. It is old” [1].", [("Lund said: “It is long. It is old”.", (1,))]),
    ('Lund said: "It is long. It is old." [1] Good.', [('Lund said: "It is long. It is old."', (1,)), ("Good.", ())]),
    ("Lund said [1]: “It is long.” Quist left [2].", [("Lund said: “It is long.”", (1,)), ("Quist left.", (2,))]),
    ("“It is long […] and old,” Lund said [1].", [("“It is long […] and old,” Lund said.", (1,))]),
    ("Lund said that it is “old.” Quist left [1].", [("Lund said that it is “old.”", ()), ("Quist left.", (1,))]),
    ("«It is long. Old.» Lund said [1].", [("«It is long. Old.» Lund said.", (1,))]),
    ("“It is long\nIt is old [1].", [("“It is long", ()), ("It is old.", (1,))]),
    ("- A pier stands [1].\n- It is old [2].", [("A pier stands.", (1,)), ("It is old.", (2,))]),
    ("• A pier stands [1].\n• It is old [2].", [("A pier stands.", (1,)), ("It is old.", (2,))]),
    ("1. A pier stands [1].\n2. It is old [2].", [("A pier stands.", (1,)), ("It is old.", (2,))]),
    ("2020 was dry [1].", [("2020 was dry.", (1,))]),
    ("Lund said:\n- “It is long” [1]\n", [("Lund said: “It is long”", (1,))]),
    ("Lund said:\n\n1. “It is long” [1]", [("Lund said: “It is long”", (1,))]),
    ("# The pier\nIt is old [1].", [("The pier", ()), ("It is old.", (1,))]),
    ("**Lund** said it is `old` [1].", [("Lund said it is old.", (1,))]),
    ("> It is old [1].", [("It is old.", (1,))]),
    ("```\nIt is old [1].\n```", [("It is old.", (1,))]),
    ("```markdown\nIt is old [1].\n```\n", [("It is old.", (1,))]),
    ("<think>It may be old. [3]</think>\nIt is old [1].", [("It is old.", (1,))]),
    ("<think>It may be old.", []),
    ("<b>It</b> is old [1].", [("<b>It</b> is old.", (1,))]),
    ("It is old [recent].", [("It is old [recent].", ())]),
    ("It is old (1).", [("It is old (1).", ())]),
    ("It is old [1](http://example.org/x).", [("It is old (http://example.org/x).", (1,))]),
    ("", []),
    ("[1]", [("", (1,))]),
    ("No stop", [("No stop", ())]),
    ("It is old [1", [("It is old [1", ())]),
    ("Wait?! It is old [1].", [("Wait?!", ()), ("It is old.", (1,))]),
    ("It is old.) Then [1].", [("It is old.)", ()), ("Then.", (1,))]),
    ("It is old [1].\n\n\nIt is long [2].\n", [("It is old.", (1,)), ("It is long.", (2,))]),
    ("It is\u00a0old [1].", [("It is old.", (1,))]),
    ("It is old 。 Then [1].", [("It is old 。", ()), ("Then.", (1,))]),
    ("It came. école [1].", [("It came. école.", (1,))]),
]


def read(*chunks: str) -> list[Uttered]:
    reply = Reply()
    return [*(uttered for chunk in chunks for uttered in reply.read(chunk)), *reply.end()]


def told(uttered: list[Uttered]) -> Sentences:
    return [(one.text, one.numbers) for one in uttered]


def test_sentences_come_out_with_their_numbers_wherever_the_chunks_are_cut() -> None:
    for reply, sentences in REPLIES:
        whole = read(reply)
        assert told(whole) == sentences, reply
        assert read(*reply) == whole, reply
        for place in range(len(reply) + 1):
            assert read(reply[:place], reply[place:]) == whole, (reply, place)


@given(st.text(alphabet=" \n.[]1,2“”\"'!?…*#-`<>thinkU.S:aA)】【", max_size=60), st.integers(1, 7))
def test_no_text_at_all_makes_the_cuts_matter(reply: str, size: int) -> None:
    assert read(*[reply[place : place + size] for place in range(0, len(reply), size)]) == read(reply)


def test_a_sentence_is_out_as_soon_as_the_next_begins() -> None:
    reply = Reply()
    assert told(list(reply.read("A pier stands [1]. "))) == []
    assert told(list(reply.read("I"))) == [("A pier stands.", (1,))]


@pytest.mark.parametrize(
    ("reply", "is_whole"), [("It is old [1].", True), ("It is old [1]", True), ("It is ol", False)]
)
def test_a_sentence_that_was_cut_off_says_so(reply: str, is_whole: bool) -> None:  # noqa: FBT001 - a table's column
    assert [one.is_whole for one in read(reply)] == [is_whole]


def test_a_sentence_without_an_end_is_given_up() -> None:
    first, *_ = read("word " * 1_000)
    assert len(first.text) <= LONGEST_SENTENCE
    assert not first.is_whole


def test_no_more_is_read_than_anybody_needs() -> None:
    reply = Reply()
    sentences = [uttered for _ in range(10_000) for uttered in reply.read("It is old [1]. " * 10)]
    assert reply.is_full
    assert sum(len(one.text) for one in sentences) <= LONGEST_REPLY
