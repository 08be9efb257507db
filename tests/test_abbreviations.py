"""Short forms that a text explains itself."""

from __future__ import annotations

from rag.attribution.full_names import Abbreviation, abbreviations


def pairs(text: str) -> list[tuple[str, str]]:
    return [(one.long, one.short) for one in abbreviations(text)]


def test_a_short_form_is_found_with_the_words_it_stands_for() -> None:
    for text, long, short in (
        ("Armenia looks to the European Union (EU) for help.", "European Union", "EU"),
        (
            "It left the Collective Security Treaty Organization, or CSTO.",
            "Collective Security Treaty Organization",
            "CSTO",
        ),
        (
            "It left the Collective Security Treaty Organization (CSTO), she said.",
            "Collective Security Treaty Organization",
            "CSTO",
        ),
        (
            "the Organization for Security and Co-operation in Europe (OSCE)",
            "Organization for Security and Co-operation in Europe",
            "OSCE",
        ),
        ("The CSTO (Collective Security Treaty Organization) met.", "Collective Security Treaty Organization", "CSTO"),
        ("The EAEU, or Eurasian Economic Union, met.", "Eurasian Economic Union", "EAEU"),
        ("Voters of the Alliance for Democracy (AfD) stayed at home.", "Alliance for Democracy", "AfD"),
        ("Troops of the United States (U.S.) left.", "United States", "U.S."),
        ("Several non-governmental organizations (NGOs) protested.", "non-governmental organizations", "NGOs"),
        (
            "Under the Transatlantic Trade and Investment Partnership (TTIP)",
            "Transatlantic Trade and Investment Partnership",
            "TTIP",
        ),
        ("the Deferred Action for Childhood Arrivals program (DACA)", "Deferred Action for Childhood Arrivals", "DACA"),
        ("fighters of Islamic State, also known as Islamic State Iraq (ISI)", "Islamic State Iraq", "ISI"),
        ("Radio Free Europe/Radio Liberty (RFE/RL) reported it.", "Radio Free Europe/Radio Liberty", "RFE/RL"),
        ("The Commonwealth of Independent States (known as CIS) met.", "Commonwealth of Independent States", "CIS"),
    ):
        assert pairs(text) == [(long, short)]


def test_brackets_that_spell_nothing_give_no_pair() -> None:
    for text in (
        "Sen. Ana Doral (R-FL) voted for it.",
        "MADRID (AP) The vote is over.",
        "The ministry (in Moscow) denied it.",
        "Peace, or WAR, is near.",
        "A new law (IT) was read.",
        "The Kremlin (KRM) is silent.",
        "He met them in Europe. Unions (EU) protested.",
    ):
        assert pairs(text) == []


def test_a_pair_is_given_once_and_in_the_order_of_the_text() -> None:
    text = "The World Bank Group, or WBG, and the European Union (EU) met. The European Union (EU) paid.\n"
    assert list(abbreviations(text)) == [Abbreviation("World Bank Group", "WBG"), Abbreviation("European Union", "EU")]


def test_words_of_another_sentence_or_line_are_not_taken_in() -> None:
    assert pairs("Europe\nUnion of Writers (EUW)") == []
    assert pairs("He saw Europe again.\nThe Union of Writers (UW) met.") == [("Union of Writers", "UW")]
