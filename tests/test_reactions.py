"""Who reacted to somebody: how it is asked, and what of the record answers, over the library of the seeds."""

import pytest

from rag import Assistant
from rag.answering.asking.reactions import reaction


def only_lund(name: str) -> str | None:
    return "Ada Lund" if name.endswith("Lund") else None


@pytest.mark.parametrize(
    ("question", "verb", "about"),
    [
        ("Who rejected Lund's claim", "rejected", ""),
        ("Who disagreed with Ada Lund", "disagreed", ""),
        ("Who criticised Lund over the pier", "criticised", "the pier"),
        ("Which politicians have condemned Lund’s remarks", "condemned", ""),
    ],
)
def test_whose_words_are_reacted_to_is_no_part_of_the_topic(question: str, verb: str, about: str) -> None:
    reading = reaction(question, only_lund)
    assert reading
    assert (reading.target, reading.reacts, reading.about) == ("Ada Lund", (verb,), about)


def test_a_reaction_that_is_not_named_may_be_any() -> None:
    reading = reaction("Who reacted to Lund's claim that the pier is late", only_lund)
    assert reading
    assert {"reject", "welcome", "respond"} <= set(reading.reacts)
    assert reading.about == "the pier is late"


@pytest.mark.parametrize("question", ["Who welcomed the talks", "Who is Lund", "Who rejected Quist's claim"])
def test_what_names_nobody_on_record_as_the_target_is_another_question(question: str) -> None:
    assert reaction(question, only_lund) is None


@pytest.mark.parametrize(
    ("question", "speakers"),
    [
        ("Who criticised Pashinyan?", {"Maria Zakharova"}),
        ("Who disagreed with Pashinyan?", {"Dmitry Peskov"}),
        ("Who accused Russia?", {"Nikol Pashinyan", ""}),  # and authorities without a name
        ("Who accused Azerbaijan?", set()),  # it is named in what somebody else is accused of
        ("Who responded to Pashinyan's claim that Russia is leaving the region?",
         {"Kremlin", "Dmitry Peskov", "Maria Zakharova"}),
        ("Who responded to Pashinyan's claim that the harbour is late?", set()),
    ],
)  # fmt: skip
def test_nobody_reacts_to_themselves_nor_without_the_verb(
    assistant: Assistant, question: str, speakers: set[str]
) -> None:
    told = {citation.speaker or "" for citation in assistant.ask(question).citations}
    assert told == speakers
