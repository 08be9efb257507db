"""Short forms that a text explains itself."""

from rag.attribution.full_names import Abbreviation, abbreviations
from tests.case_files import table


def pairs(text: str) -> list[tuple[str, str]]:
    return [(one.long, one.short) for one in abbreviations(text)]


def test_a_short_form_is_found_once_with_the_words_it_stands_for_and_in_no_other_line() -> None:
    for text, long, short in table("abbreviations", "explained"):
        assert pairs(text) == [(long, short)], text
    for (text,) in table("abbreviations", "unexplained"):
        assert pairs(text) == [], text
    whole = "The World Bank Group, or WBG, and the European Union (EU) met. The European Union (EU) paid.\n"
    assert list(abbreviations(whole)) == [Abbreviation("World Bank Group", "WBG"), Abbreviation("European Union", "EU")]
    assert pairs("Europe\nUnion of Writers (EUW)") == []
    assert pairs("He saw Europe again.\nThe Union of Writers (UW) met.") == [("Union of Writers", "UW")]
