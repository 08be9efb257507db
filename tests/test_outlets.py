"""An article names its outlet rarely; a source that it cites is never taken for it."""

from rag.ingestion.layout import outlet_in_furniture, outlet_in_text


def test_an_outlet_names_itself_at_the_close_of_an_opening_paragraph() -> None:
    for paragraph, outlet in (
        ("Russia has responded, Orda reports.", "Orda"),
        ("Baku and Yerevan trade accusations, Caliber.Az reports, citing Russian media.", "Caliber.Az"),
        ("The talks go on, the Caspian Wire reports.", "Caspian Wire"),
        ("The talks go on, Reuters reports.", None),
        ("The talks go on, RIA Novosti reports, citing Peskov.", None),
        ("The talks go on, the New York Times reports.", None),
        ("RBK reports that the talks go on.", None),
        ("The talks go on, Orda reports. Nobody knows why.", None),
        ("The talks go on, he reports.", None),
    ):
        assert outlet_in_text([paragraph]) == outlet


def test_two_names_are_no_name() -> None:
    assert outlet_in_text(["It is so, Orda reports.", "It is not, Trud reports."]) is None


def test_the_page_names_its_outlet_in_the_copyright_or_when_it_speaks_of_itself() -> None:
    for line, outlet in (
        ("© 2024 The Caspian Wire. All rights reserved.", "The Caspian Wire"),
        ("Copyright 2017 The Associated Press. All rights reserved.", None),
        ("The Wire is an independent news portal. We serve our readers.", "The Wire"),
        ("ADVERTISEMENT", None),
    ):
        assert outlet_in_furniture([line]) == outlet
