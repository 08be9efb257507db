"""Words for the same thing."""

from rag.answering.thesaurus import kindred


def test_a_word_is_found_by_its_synonyms_and_by_those_that_come_near() -> None:
    assert {"begin", "launch", "erupt"} <= set(kindred("started"))


def test_an_irregular_verb_of_a_group_is_found_in_all_its_forms() -> None:
    assert {"broke", "began"} <= set(kindred("erupt"))
    assert "start" in kindred("begun")


def test_a_noun_is_found_by_the_verb_that_it_is_made_of() -> None:
    assert "recognition" in kindred("recognised")
    assert "invade" in kindred("invasion")


def test_a_word_of_no_group_has_no_kin() -> None:
    assert kindred("mussel") == ()
