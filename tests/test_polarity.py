"""Whether a sentence tells, denies or turns round the deed that a question asks about."""

from rag.answering.claims.polarity import is_told_only_otherwise, presumed, stance, verb_presumed


def test_a_sentence_that_tells_the_very_deed_says_yes() -> None:
    assert stance("Did Ada Lund sell the ferry?", "Ada Lund sold the ferry in May.", None) is True


def test_a_sentence_that_denies_it_says_no_whatever_the_detail() -> None:
    assert stance("Did Ada Lund sell the ferry by law?", "Ada Lund never sold the ferry.", None) is False


def test_what_is_not_the_very_deed_says_neither() -> None:
    question = "Did Ada Lund sell the ferry?"
    for sentence in (
        "Bo Quist sold the ferry.",
        "Ada Lund sold the pier.",
        "Ada Lund may sell the ferry.",
        "Ada Lund wanted to sell the ferry.",
        "Did Ada Lund sell the ferry?",
        "Ada Lund praised the ferry.",
        "If Ada Lund sold the ferry, Orvik would be cut off.",
    ):
        assert stance(question, sentence, None) is None, sentence


def test_names_that_are_exchanged_are_seen() -> None:
    turned = ["Bo Quist backed Ada Lund on Monday."]
    assert is_told_only_otherwise("Ada Lund backed Bo Quist", turned)
    assert not is_told_only_otherwise("Ada Lund backed Bo Quist", [*turned, "Ada Lund backed the plan."])
    assert not is_told_only_otherwise("Ada Lund backed Bo Quist", ["Per Moen backed Ada Lund."])


def test_what_a_question_takes_for_granted_is_put_as_a_sentence_where_its_past_is_sure() -> None:
    assert presumed("Why did Sarkia leave the Northern Union?") == "Sarkia left the Northern Union"
    assert presumed("Why did Ada Lund step down?") is None
    assert verb_presumed("Why did Ada Lund step down?") == "step"
    assert presumed("Why is the ferry late?") is None
