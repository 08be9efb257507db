"""A reply comes in chunks, and whole sentences with their numbers come out, wherever the chunks were cut."""

from hypothesis import given
from hypothesis import strategies as st

from rag.answering.writing.reply_parser import LONGEST_REPLY, LONGEST_SENTENCE, Reply, Uttered
from tests.case_files import rows

Sentences = list[tuple[str, tuple[int, ...]]]


def read(*chunks: str) -> list[Uttered]:
    reply = Reply()
    return [*(uttered for chunk in chunks for uttered in reply.read(chunk)), *reply.end()]


def told(uttered: list[Uttered]) -> Sentences:
    return [(one.text, one.numbers) for one in uttered]


def test_sentences_come_out_with_their_numbers_wherever_the_chunks_are_cut() -> None:
    for row in rows("replies"):
        reply, sentences = row["reply"], [(text, tuple(numbers)) for text, *numbers in row["sentences"]]
        whole = read(reply)
        assert told(whole) == sentences, reply
        assert read(*reply) == whole, reply
        for place in range(len(reply) + 1):
            assert read(reply[:place], reply[place:]) == whole, (reply, place)


@given(st.text(alphabet=" \n.[]1,2“”\"'!?…*#-`<>thinkU.S:aA)】【", max_size=60), st.integers(1, 7))
def test_no_text_at_all_makes_the_cuts_matter(reply: str, size: int) -> None:
    assert read(*[reply[place : place + size] for place in range(0, len(reply), size)]) == read(reply)


def test_a_sentence_is_out_as_soon_as_the_next_begins_and_says_if_it_was_cut_off() -> None:
    reply = Reply()
    assert told(list(reply.read("A pier stands [1]. "))) == []
    assert told(list(reply.read("I"))) == [("A pier stands.", (1,))]
    first, *_ = read("word " * 1_000)
    assert len(first.text) <= LONGEST_SENTENCE
    assert not first.is_whole
    reply = Reply()
    sentences = [uttered for _ in range(10_000) for uttered in reply.read("It is old [1]. " * 10)]
    assert reply.is_full
    assert sum(len(one.text) for one in sentences) <= LONGEST_REPLY
    for cut, is_whole in (("It is old [1].", True), ("It is old [1]", True), ("It is ol", False)):
        assert [one.is_whole for one in read(cut)] == [is_whole], cut
