"""Whether sentences tell a deed that a question takes for done only turned round."""

from rag.answering.reading.semantic_roles import is_told_only_otherwise, presumed, verb_presumed


def test_names_that_are_exchanged_and_what_a_question_takes_for_granted_are_seen() -> None:
    turned = ["Bo Quist backed Ada Lund on Monday."]
    assert is_told_only_otherwise("Ada Lund backed Bo Quist", turned)
    assert not is_told_only_otherwise("Ada Lund backed Bo Quist", [*turned, "Ada Lund backed the plan."])
    assert not is_told_only_otherwise("Ada Lund backed Bo Quist", ["Per Moen backed Ada Lund."])
    assert presumed("Why did Sarkia leave the Northern Union?") == "Sarkia left the Northern Union"
    assert presumed("Why did Ada Lund step down?") is None
    assert verb_presumed("Why did Ada Lund step down?") == "step"
    assert presumed("Why is the ferry late?") is None
