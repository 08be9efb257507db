"""Articles in other languages are told apart, are searched all the same, and say that nobody's words are on record."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.attribution.statements import attribute
from rag.core import Article, Reading
from rag.ingestion.layout import lay_out
from rag.ingestion.readers import read_file
from rag.ingestion.segmentation import sentences
from rag.text.language_detection import NOT_ENGLISH, is_english, is_english_question
from tests.conftest import onrecord

OTHERS = {
    "german": "Der Außenminister sagte am Montag, dass die Gespräche gescheitert seien. „Wir haben in Wien alles "
    "versucht“, sagte Novak. Es war nach seinen Worten an der Zeit, die Lage in der Region neu zu bewerten.",
    "dutch": "De minister zei maandag dat de gesprekken zijn mislukt. “We hebben alles geprobeerd,” zei Novak. Het is "
    "volgens hem tijd om de situatie in de regio opnieuw te bekijken, want er was nog geen reactie.",
    "danish": "Ministeren sagde mandag, at forhandlingerne er brudt sammen. “Vi har prøvet alt for at nå en aftale,” "
    "sagde Novak. Det er efter hans mening på tide at se på situationen igen, og der er ikke mere at tale om.",
    "french": "Le ministre a déclaré lundi que les négociations avaient échoué. « Nous avons tout essayé », a dit "
    "Novak. Il est temps, selon lui, de réévaluer la situation dans la région, mais on ne sait pas encore comment.",
    "russian": "Министр заявил в понедельник, что переговоры провалились. «Мы испробовали всё», — сказал Новак. По его "
    "словам, пора заново оценить ситуацию в регионе и сделать выводы из того, что произошло.",
}


def article(folder: Path, text: str) -> Article:
    path = folder / "a.txt"
    path.write_text(text, encoding="utf-8")
    reading = next(iter(read_file(path, "a.txt")))
    assert isinstance(reading, Reading)
    return lay_out(reading)


@pytest.mark.parametrize("language", OTHERS)
def test_another_language_yields_no_statements_and_says_so(language: str, tmp_path: Path) -> None:
    foreign = article(tmp_path, OTHERS[language] + "\n")
    assert NOT_ENGLISH in foreign.warnings
    assert attribute(foreign, sentences(foreign)).statements == ()


def test_english_with_a_quote_in_another_language_stays_english(tmp_path: Path) -> None:
    text = "“Wir haben alles versucht,” said Anna Novak, who was asked about the talks that had failed. She left.\n"
    mixed = article(tmp_path, text)
    assert is_english(mixed)
    assert NOT_ENGLISH not in mixed.warnings
    assert [one.speaker for one in attribute(mixed, sentences(mixed)).statements] == ["Anna Novak"]


def test_indexing_an_article_in_another_language_warns_and_keeps_it_searchable(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "wien.txt").write_text(f"Gespräche gescheitert\n\n{OTHERS['german']}\n", encoding="utf-8")
    indexed = onrecord("index", folder, "--json", "--data", tmp_path / "library")
    assert f"wien.txt: {NOT_ENGLISH}" in indexed.stderr
    assert (indexed.json["statements"], indexed.json["articles"]) == (0, 1)
    found = onrecord("search", "Verhandlungen in Wien", "--json", "--data", tmp_path / "library")
    assert "wien.txt" in found.stdout


def test_a_question_in_another_language_is_told_by_its_commonest_words() -> None:
    for question in (
        "Was hat Hugo Ferrand gesagt?",
        "¿Qué dijo Hugo Ferrand?",
        "Cosa ha detto Hugo Ferrand?",
        "Wat zei Ferrand over de bank?",
        "Co powiedział Ferrand o banku?",
        "Что сказал Ферран?",
        "費朗說了什麼？",
    ):
        assert not is_english_question(question), question
    for question in (
        "What did Hugo Ferrand say?",
        "Peskov EU",
        "who won",
        "Latest on Yukos?",
        "trust poll Armenia",
        "Why won't Target stock Ada's surprise record?",
        "Does Lund's board prefer Ek's bid?",
        "Ferrand comment on strong euro",
        "S&P 500 July gain percent",
    ):
        assert is_english_question(question), question
