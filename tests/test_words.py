"""How words are cut, folded and compared."""

from concurrent.futures import ThreadPoolExecutor

from rag.text import tokens


def test_possessive_endings_are_no_part_of_a_word() -> None:
    assert tokens.words("Armenia's EU bid, Kazakhstan’s dam") == ["Armenia", "EU", "bid", "Kazakhstan", "dam"]


def test_hyphens_part_words() -> None:
    assert tokens.words("Nagorno-Karabakh") == ["Nagorno", "Karabakh"]


def test_the_us_is_a_topic_and_us_is_not() -> None:
    assert tokens.content_words("What did she tell us about the US?") == ["US"]


def test_a_known_name_of_two_words_is_one_term() -> None:
    assert tokens.phrases("joining the European Union soon") == ["European Union", "joining", "soon"]


def test_an_acronym_brings_its_full_name() -> None:
    assert "European Union" in tokens.alternatives("EU")
    assert "EU" in tokens.alternatives("european union")


def test_a_name_is_held_as_a_whole_word_and_an_acronym_in_capitals() -> None:
    for text, name, held in (
        ("It helps us all.", "US", False),
        ("The US said no.", "US", True),
        ("the european union", "European Union", True),
        ("Neurology", "EU", False),
        ("In Nagorno-Karabakh, war", "Nagorno-Karabakh", True),
        ("anything", "?!", False),
        ("Harbours grow", "Harbour", False),
    ):
        assert tokens.holds_name(text, [name]) is held


def test_forms_of_a_word_share_their_stem() -> None:
    assert tokens.stem("Relations") == tokens.stem("relation")
    assert tokens.stem("Medellín") == tokens.stem("medellin")


def test_threads_do_not_disturb_each_others_stems() -> None:
    several = [f"nationalizations{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"] * 40
    alone = [tokens.stem.__wrapped__(word) for word in several]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(tokens.stem.__wrapped__, several)) == alone


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    weights = tokens.weights({"pier": 1, "said": 900}, 1000)
    assert weights["pier"] > weights["said"] > 0


def test_a_spelling_is_no_other_name() -> None:
    assert tokens.has_other_names("EU")
    assert not tokens.has_other_names("Harbour-Taylor")
