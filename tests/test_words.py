"""How words are cut, folded and compared."""

from concurrent.futures import ThreadPoolExecutor

from rag.text import tokens
from tests.case_files import table


def test_words_are_parted_names_held_whole_and_a_rare_word_weighs_more() -> None:
    assert tokens.words("Armenia's EU bid, Kazakhstan’s dam") == ["Armenia", "EU", "bid", "Kazakhstan", "dam"]
    assert tokens.words("Nagorno-Karabakh") == ["Nagorno", "Karabakh"]
    assert tokens.content_words("What did she tell us about the US?") == ["US"]
    assert tokens.phrases("joining the European Union soon") == ["European Union", "joining", "soon"]
    assert "European Union" in tokens.alternatives("EU")
    assert "EU" in tokens.alternatives("european union")
    assert tokens.has_other_names("EU")
    assert not tokens.has_other_names("Harbour-Taylor")
    for text, name, held in table("names", "held"):
        assert tokens.holds_name(text, [name]) is held, text
    weights = tokens.weights({"pier": 1, "said": 900}, 1000)
    assert weights["pier"] > weights["said"] > 0


def test_forms_of_a_word_share_their_stem_also_over_threads() -> None:
    assert tokens.stem("Relations") == tokens.stem("relation")
    assert tokens.stem("Medellín") == tokens.stem("medellin")
    several = [f"nationalizations{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"] * 40
    alone = [tokens.stem.__wrapped__(word) for word in several]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(tokens.stem.__wrapped__, several)) == alone
