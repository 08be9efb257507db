"""Questions and articles in other languages: how they are told, what is found, and what a model may say of them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from rag.answering.assistant import Assistant
from rag.answering.checking.gate import UNREAD
from rag.answering.checking.judge import Judge
from rag.answering.writing.chat_model import LangChainModel
from rag.answering.writing.extractive import OfflineWriter
from rag.answering.writing.generative import Limits, ModelWriter
from rag.attribution.statements import attribute
from rag.core import Answer, Article, Reading
from rag.ingestion.layout import lay_out
from rag.ingestion.readers import read_file
from rag.ingestion.segmentation import sentences
from rag.text.languages import NOT_ENGLISH, forms, is_english, is_english_question, language_of, languages
from tests.case_files import table
from tests.openai_double import OpenAIDouble, Reply, calling, saying
from tests.processes import onrecord

OTHERS = dict(table("languages", "article"))


def article(folder: Path, text: str) -> Article:
    path = folder / "a.txt"
    path.write_text(text, encoding="utf-8")
    reading = next(iter(read_file(path, "a.txt")))
    assert isinstance(reading, Reading)
    return lay_out(reading)


def test_another_language_yields_no_statements_and_says_so_and_a_quote_in_one_stays_english(tmp_path: Path) -> None:
    for language, text in OTHERS.items():
        foreign = article(tmp_path, f"{text}\n")
        assert NOT_ENGLISH in foreign.warnings, language
        assert attribute(foreign, sentences(foreign)).statements == (), language
    quoting = "“Wir haben alles versucht,” said Anna Novak, who was asked about the talks that had failed. She left.\n"
    mixed = article(tmp_path, quoting)
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


def test_a_question_in_another_language_is_told_and_asked_back_in_it() -> None:
    for (question,) in table("languages", "other"):
        assert not is_english_question(question), question
    for (question,) in table("languages", "english"):
        assert is_english_question(question), question
    questions = dict(table("languages", "own"))
    assert set(questions) == set(languages())
    for code, question in questions.items():
        told = language_of(question)
        assert told is not None, question
        assert told.code == code, question
        assert language_of(told.sentence) == told, code
    for question in ("What did Lund say about the bridge?", "Lund EU", "Hvad sagde Lund om broen, og hvor er den?"):
        assert language_of(question) is None, question


ARTICLES = dict(table("languages", "library"))
FERRY, BRIDGE = "Что Лунд сказала о пароме?", "What does the Russian article say about the bridge?"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of three articles in three languages."""
    folder = tmp_path_factory.mktemp("articles")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    data = tmp_path_factory.mktemp("library")
    assert onrecord("index", folder, "--data", data).code == 0
    return data


@pytest.fixture
def reader(library: Path) -> Iterator[Assistant]:
    """An assistant over that library, which writes offline."""
    from rag import Settings, build

    built = build(Settings.from_environment({}, data=library))
    yield built
    built.close()


def test_the_forms_of_a_word_are_found_among_those_printed() -> None:
    printed = {
        "ru": ("Орлова", ["орлов", "орлову", "орловым", "орел", "мост"], ["орлов", "орлову", "орловым"]),
        "de": ("Präsident", ["prasid", "prasidenten", "pras"], ["prasid", "prasidenten"]),  # as full text stems them
        "fr": ("négociations", ["negoci", "negr"], ["negoci"]),
        "hy": ("Բանակցություններ", ["բանակցությունները", "բանակ"], ["բանակցությունները"]),
        "az": ("Bakı", ["bakıda", "bakının", "bakir"], ["bakıda", "bakının"]),
    }
    for code, (word, words, found) in printed.items():
        assert forms(word, languages()[code], words) == found, code


def test_the_words_of_articles_in_its_language_are_shown_exactly_or_the_sentence_alone(reader: Assistant) -> None:
    answer = reader.ask("Что министр говорил об открытии моста?")
    assert answer.text.startswith(languages()["ru"].sentence)
    assert "You could ask: " in answer.sentences[0].text
    assert "Who says what is recorded for articles in English only." in answer.text
    assert [citation.source for citation in answer.citations[:1]] == ["bridge.txt"]
    assert answer.citations[0].quote.startswith("Министр транспорта Павел Орлов заявил в понедельник")
    assert {citation.speaker for citation in answer.citations} == {None}
    answer = reader.ask("Was hat Angela Stein über Bäume und Wälder im Norden gesagt?")
    assert (answer.status, answer.citations) == ("declined", ())
    assert answer.text.startswith(languages()["de"].sentence)
    found = {"открытие моста": "bridge.txt", "Was sagen die Gewerkschaften zum Hafenarbeiter": "strike.txt"}
    for words, source in found.items():
        assert next(hit.passage.source for hit in reader.search(words)) == source, words


def number_of(words: str, body: Mapping[str, Any]) -> str:
    """The number of the piece that holds the words, among all that the model was shown."""
    shown = "\n".join(str(message.get("content")) for message in body["messages"])
    (number, *_) = re.findall(rf"\[(\d+)\][^\n]*{re.escape(words)}", shown)
    return str(number)


def asked(reader: Assistant, question: str, reply: str, held: str, look: str, *, trusted: bool = True) -> Answer:
    """What is shown of a model's reply, after it looked for `look` and cited the piece that holds `held`."""

    def writer(body: Mapping[str, Any]) -> Reply:
        if body["model"] == "judge":
            return saying("\n".join(f"{number}. yes" for number in range(1, 10)))
        if body["messages"][-1]["role"] != "tool":
            return calling(("search", {"query": look}))
        return saying(reply.replace("[n]", f"[{number_of(held, body)}]"))

    with OpenAIDouble() as server:
        server.routes["/v1/chat/completions"] = writer
        chat, judge = (
            LangChainModel(f"openai:{name}", base_url=server.url, api_key=None, seconds=20)
            for name in ("writer", "judge")
        )
        reader.writer = ModelWriter(chat, OfflineWriter(0.3, 0.6), Limits(6_000))
        reader.judge = Judge(judge, None, trusted)
        answer = reader.ask(question)
        prompts = [str(request.body["messages"]) for request in server.requests if request.body["model"] == "writer"]
    assert ("in the language of the question" in prompts[0]) == (question == FERRY)
    return answer


@pytest.mark.server
def test_a_model_answers_in_the_readers_language_and_tells_what_articles_in_another_say(reader: Assistant) -> None:
    told = "Ада Лунд сообщила, что линия вернётся в июне: “We have bought two ships,” — сказала она [n]."
    answer = asked(reader, FERRY, told, "We have bought two ships", "Lund ferry")
    assert [sentence.verdict for sentence in answer.sentences] == ["checked"]
    assert "“We have bought two ships,”" in answer.text
    assert answer.citations[0].source == "ferry.txt"
    assert any("names and meaning by openai:judge alone" in note for note in answer.notes)
    answer = asked(reader, BRIDGE, "The bridge cost 38 million roubles, Orlov said [n].", "38 миллионов", "мост")
    assert [sentence.verdict for sentence in answer.sentences] == ["checked"]
    assert (answer.citations[0].source, "38 миллионов" in answer.citations[0].quote) == ("bridge.txt", True)


@pytest.mark.server
def test_what_the_article_does_not_hold_or_no_judge_that_counts_has_read_crosses_no_language(reader: Assistant) -> None:
    quotes = (f"Лунд сказала: “{words}” [n]." for words in ("We have bought three ships", "Мы купили два корабля"))
    for told in ("Город заплатил 13 миллионов [n].", *quotes):
        answer = asked(reader, FERRY, told, "We have bought two ships", "Lund ferry")
        assert "checked" not in {sentence.verdict for sentence in answer.sentences}, told
        assert answer.withheld[0].reason.startswith(("The cited words do not hold", "“")), told
    answer = asked(reader, FERRY, "Линия вернётся в июне [n].", "will return in June", "Lund ferry", trusted=False)
    assert {sentence.verdict for sentence in answer.sentences} <= {"frame", "quoted"}
    assert answer.withheld[0].reason.startswith(UNREAD)
