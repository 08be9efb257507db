"""The contract with other programs: what the real `onrecord` process prints for questions, statements and searches."""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rag.json_contract import answer_json
from tests.conftest import Outcome, assert_one_sentence, onrecord

if TYPE_CHECKING:
    from rag import Assistant

LAVROV = "What did Lavrov say about the EU?"
ODD = "odd-\u00e9.txt"
ODD_TEXT = (
    "\ufeffThe Dam\r\n\r\n"
    "The dam at Lower Wick\u200b was closed on Friday after heavy rain in the hills\u00ad above the town.\r\n\r\n"
    "\u201cThe dam \U0001f30a will hold for a hundred years,\u201d said Harriet Vale, the engineer. "
    "She added that na\u0308ive\u00a0reports of a leak were wrong.\r\n"
)

ANSWER_KEYS = [
    "id", "question", "standalone_question", "status", "text", "is_closest", "reason", "notes", "differences",
    "corrections", "usage", "sentences", "citations", "withheld", "near_misses", "writer", "seconds",
]  # fmt: skip
SENTENCE_KEYS = ["text", "citations", "verdict"]
CITATION_KEYS = [
    "number", "source", "line", "start", "end", "quote", "title", "published", "outlet", "url", "speaker", "via",
    "kind", "polarity", "statement_id", "digest",
    "key", "standing", "candidates", "speaks_for", "confidence",
]  # fmt: skip
NEAR_MISS_KEYS = ["source", "start", "end", "quote", "speaker", "why"]
STATEMENT_KEYS = [
    "id", "speaker", "speaker_as_written", "via", "cue", "polarity", "kind", "marked", "confidence",
    "standing", "candidates", "speaks_for", "source", "line",
    "title", "outlet", "published", "start", "end", "content_start", "content_end", "content",
]  # fmt: skip


def decoded(folder: Path, source: str) -> str:
    return (folder / source).read_bytes().decode("utf-8")


def assert_exact(folder: Path, places: Iterable[dict[str, Any]]) -> None:
    for place in places:
        assert decoded(folder, place["source"])[place["start"] : place["end"]] == place["quote"]


@pytest.fixture(scope="module")
def lavrov(library_dir: Path) -> dict[str, Any]:
    """The answer to the question that the project exists for."""
    outcome = onrecord("ask", LAVROV, "--json", "--data", library_dir)
    assert outcome.code == 0, outcome.stderr
    answer: dict[str, Any] = outcome.json
    return answer


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder with one article full of rare characters, and its library."""
    folder = tmp_path_factory.mktemp("odd")
    (folder / ODD).write_bytes(ODD_TEXT.encode("utf-8"))
    library = folder.with_name("odd-library")
    outcome = onrecord("index", folder, "--data", library)
    assert outcome.code == 0, outcome.stderr
    return folder, library


def test_an_answer_has_exactly_the_keys_of_the_contract(lavrov: dict[str, Any]) -> None:
    assert list(lavrov) == ANSWER_KEYS
    assert lavrov["citations"]
    assert all(list(sentence) == SENTENCE_KEYS for sentence in lavrov["sentences"])
    assert all(list(citation) == CITATION_KEYS for citation in lavrov["citations"])
    assert (lavrov["id"], lavrov["question"], lavrov["status"], lavrov["reason"]) == (None, LAVROV, "answered", None)
    assert (lavrov["writer"], lavrov["usage"]) == ("offline", None)


def test_every_citation_is_the_exact_slice_on_the_line_it_names(lavrov: dict[str, Any], seeds: Path) -> None:
    assert_exact(seeds, lavrov["citations"])
    for citation in lavrov["citations"]:
        before = decoded(seeds, citation["source"])[: citation["start"]]
        assert citation["line"] == before.count("\n") + 1


def test_citations_are_numbered_from_one_and_every_number_in_the_text_is_one_of_them(lavrov: dict[str, Any]) -> None:
    numbers = [citation["number"] for citation in lavrov["citations"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {number for sentence in lavrov["sentences"] for number in sentence["citations"]} == set(numbers)
    assert all(f"[{number}]" in lavrov["text"] for number in numbers)


def test_what_lavrov_said_about_the_eu_is_credited_to_him(lavrov: dict[str, Any]) -> None:
    (pros_and_cons,) = [one for one in lavrov["citations"] if "weighing the pros and cons" in one["quote"]]
    assert pros_and_cons["speaker"] in {"Sergei Lavrov", "Sergey Lavrov"}
    assert pros_and_cons["source"].startswith("001_")
    assert not any(
        "two different organizations" in one["quote"] and "Lavrov" in one["speaker"] for one in lavrov["citations"]
    )


def test_a_python_program_gets_the_answer_that_the_command_prints(
    assistant: "Assistant", lavrov: dict[str, Any]
) -> None:
    answer = json.loads(json.dumps(answer_json(assistant.ask(LAVROV))))
    assert answer | {"seconds": None} == lavrov | {"seconds": None}


def test_a_decline_says_why_and_its_near_misses_are_exact(library_dir: Path, seeds: Path) -> None:
    answer = onrecord("ask", "What did Mirzoyan say about NATO?", "--json", "--data", library_dir).json
    assert (answer["status"], answer["reason"]) == ("declined", "not_quoted_on_topic")
    assert answer["text"]
    assert answer["near_misses"]
    assert all(list(near) == NEAR_MISS_KEYS for near in answer["near_misses"])
    assert_exact(seeds, [*answer["near_misses"], *answer["citations"]])


def test_without_json_the_answer_is_text_with_its_sources(library_dir: Path) -> None:
    outcome = onrecord("ask", LAVROV, "--data", library_dir)
    assert outcome.code == 0
    assert "[1]" in outcome.stdout
    assert "001_b0ebb45aa22ba165.txt" in outcome.stdout


def test_a_batch_answers_in_order_and_a_bad_line_does_not_stop_it(library_dir: Path) -> None:
    lines = [
        {"id": "b", "question": LAVROV},
        "this is no JSON",
        {"id": "no question"},
        {"id": "asked", "question": "When was CEPA signed?", "asked": "2024-03-31"},
        {"id": "bad day", "question": "When was CEPA signed?", "asked": "yesterday"},
        {"id": 7, "question": "And Peskov?", "history": [{"role": "user", "content": LAVROV}]},
    ]
    stdin = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    outcome = onrecord("ask", "--batch", "--data", library_dir, stdin=stdin)
    assert outcome.code == 0, outcome.stderr
    assert [line["id"] for line in outcome.lines] == ["b", None, "no question", "asked", "bad day", 7]
    assert [list(line) == ["id", "error"] for line in outcome.lines] == [False, True, True, False, True, False]
    assert all(list(line) == ANSWER_KEYS for line in outcome.lines if "error" not in line)
    assert "Peskov" in outcome.lines[-1]["standalone_question"]


def test_what_an_answer_cited_may_be_handed_back_with_the_conversation(
    library_dir: Path, assistant: "Assistant"
) -> None:
    answer = answer_json(assistant.ask(LAVROV))
    history = [
        {"role": "user", "content": LAVROV, "standalone_question": answer["standalone_question"]},
        {"role": "assistant", "content": answer["text"], "citations": answer["citations"][2:4]},
    ]
    line = json.dumps({"id": 1, "question": "is that a quote?", "history": history})
    (told,) = onrecord("ask", "--batch", "--data", library_dir, stdin=f"{line}\n").lines
    assert told["standalone_question"] == LAVROV
    assert {one["start"] for one in told["citations"]} <= {one["start"] for one in answer["citations"][2:4]}
    assert told["citations"]


def test_rare_characters_survive_from_the_file_to_the_json(odd: tuple[Path, Path]) -> None:
    folder, library = odd
    answer = onrecord("ask", "What did Harriet Vale say about the dam?", "--json", "--data", library).json
    rows = onrecord("statements", "--json", "--data", library).lines
    (near,) = onrecord("search", "dam Lower Wick", "--limit", "1", "--json", "--data", library).lines
    assert answer["status"] == "answered"
    assert_exact(folder, answer["citations"])
    assert any("\U0001f30a" in citation["quote"] for citation in answer["citations"])
    for row in rows:
        assert decoded(folder, ODD)[row["content_start"] : row["content_end"]] == row["content"]
    assert near["source"] == ODD


def test_the_text_of_a_source_is_printed_as_offsets_count_it(
    odd: tuple[Path, Path], library_dir: Path, seeds: Path
) -> None:
    first = min(seeds.iterdir())
    assert onrecord("text", ODD, "--data", odd[1]).stdout == ODD_TEXT
    assert onrecord("text", first.name, "--data", library_dir).stdout == decoded(seeds, first.name)
    assert_one_sentence(onrecord("text", "none.txt", "--data", library_dir), 1, "none.txt")


# --- statements and search


def test_statements_are_json_lines_whose_content_is_exact(library_dir: Path, seeds: Path) -> None:
    outcome = onrecord("statements", "--json", "--data", library_dir)
    assert outcome.code == 0
    assert outcome.lines
    for row in outcome.lines:
        text = decoded(seeds, row["source"])
        assert list(row) == STATEMENT_KEYS
        assert text[row["content_start"] : row["content_end"]] == row["content"]
        assert row["start"] <= row["content_start"] < row["content_end"] <= row["end"]
        assert row["published"] is None


def test_statements_are_as_many_as_index_counted(library_dir: Path, first_index: tuple[Path, Outcome]) -> None:
    listed = onrecord("statements", "--data", library_dir)

    assert f"{first_index[1].json['statements']} statements (" in f"{listed.stdout}{listed.stderr}"


def test_statements_by_name_are_that_speakers_alone_and_csv_says_the_same(library_dir: Path) -> None:
    rows = onrecord("statements", "--by", "Zakharova", "--json", "--data", library_dir).lines
    table = onrecord("statements", "--by", "Zakharova", "--csv", "--data", library_dir).stdout
    assert {row["speaker"] for row in rows} == {"Maria Zakharova"}
    read = list(csv.DictReader(io.StringIO(table, newline="")))
    assert list(read[0]) == STATEMENT_KEYS
    assert [row["content"] for row in read] == [row["content"] for row in rows]


def test_filters_of_statements_narrow_the_list(library_dir: Path) -> None:
    direct = onrecord("statements", "--kind", "direct", "--json", "--data", library_dir).lines
    one_file = onrecord("statements", "--source", "003_e2b51aaefabfa03c.txt", "--json", "--data", library_dir).lines
    about = onrecord("statements", "--by", "Peskov", "--about", "peace treaty", "--json", "--data", library_dir).lines
    assert {row["kind"] for row in direct} == {"direct"}
    assert {row["source"] for row in one_file} == {"003_e2b51aaefabfa03c.txt"}
    assert about
    assert {row["speaker"] for row in about} == {"Dmitry Peskov"}


def test_a_date_filter_lists_undated_articles_apart_and_drops_none(library_dir: Path) -> None:
    everything = onrecord("statements", "--json", "--data", library_dir).lines
    since = onrecord("statements", "--since", "2024-01-01", "--json", "--data", library_dir)
    assert [row["id"] for row in since.lines] == [row["id"] for row in everything]
    assert "without a date" in since.stderr


def test_search_gives_exact_places_best_first(library_dir: Path, seeds: Path) -> None:
    outcome = onrecord("search", "CEPA signed", "--limit", "3", "--json", "--data", library_dir)
    hits = outcome.lines
    assert 1 <= len(hits) <= 3
    assert all(list(hit) == ["source", "start", "end", "score"] for hit in hits)
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    assert "CEPA" in decoded(seeds, hits[0]["source"])[hits[0]["start"] : hits[0]["end"]]


def test_a_search_batch_keeps_order_and_ids(library_dir: Path) -> None:
    stdin = '{"id": 2, "question": "peace treaty"}\nbroken\n{"id": 1, "question": "CEPA"}\n'
    outcome = onrecord("search", "--batch", "--limit", "2", "--data", library_dir, stdin=stdin)
    assert outcome.code == 0
    assert [line["id"] for line in outcome.lines] == [2, None, 1]
    assert [sorted(line) for line in outcome.lines] == [["hits", "id"], ["error", "id"], ["hits", "id"]]
    assert all(len(line["hits"]) <= 2 for line in outcome.lines if "hits" in line)
