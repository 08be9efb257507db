"""The contract with other programs: the real `onrecord` as a process, its words, its JSON and its exit codes."""

import csv
import io
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Outcome, onrecord

LAVROV = "What did Lavrov say about the EU?"
ODD = "odd-\u00e9.txt"
ODD_TEXT = (
    "\ufeffThe Dam\r\n\r\n"
    "The dam at Lower Wick\u200b was closed on Friday after heavy rain in the hills\u00ad above the town.\r\n\r\n"
    "\u201cThe dam \U0001f30a will hold for a hundred years,\u201d said Harriet Vale, the engineer. "
    "She added that na\u0308ive\u00a0reports of a leak were wrong.\r\n"
)

ANSWER_KEYS = [
    "id", "question", "standalone_question", "status", "text", "reason", "notes", "differences", "corrections", "usage",
    "sentences", "citations", "withheld", "near_misses", "writer", "seconds",
]  # fmt: skip
SENTENCE_KEYS = ["text", "citations", "verdict"]
CITATION_KEYS = [
    "number", "source", "line", "start", "end", "quote", "title", "published", "outlet", "url", "speaker", "via",
    "kind", "polarity", "statement_id", "digest",
]  # fmt: skip
NEAR_MISS_KEYS = ["source", "start", "end", "quote", "speaker", "why"]
STATEMENT_KEYS = [
    "id", "speaker", "speaker_as_written", "via", "cue", "polarity", "kind", "marked", "confidence", "source", "line",
    "title", "outlet", "published", "start", "end", "content_start", "content_end", "content",
]  # fmt: skip
INDEX_KEYS = ["articles", "added", "changed", "removed", "failed", "passages", "statements", "seconds"]


def decoded(folder: Path, source: str) -> str:
    return (folder / source).read_bytes().decode("utf-8")


def assert_exact(folder: Path, places: Iterable[dict[str, Any]]) -> None:
    for place in places:
        assert decoded(folder, place["source"])[place["start"] : place["end"]] == place["quote"]


def assert_one_sentence(outcome: Outcome, code: int, *words: str) -> None:
    """The command failed with this code, printed nothing, and said one sentence that holds the words."""
    assert outcome.code == code, outcome
    assert outcome.stdout == ""
    assert len(outcome.stderr.strip().splitlines()) == 1, outcome.stderr
    assert "Traceback" not in outcome.stderr
    for word in words:
        assert word in outcome.stderr


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


# --- index


def test_index_reports_what_it_did_in_the_keys_of_the_contract(first_index: tuple[Path, Outcome]) -> None:
    report = first_index[1].json

    assert list(report) == INDEX_KEYS
    assert [report[key] for key in ("articles", "added", "changed", "removed", "failed")] == [5, 5, 0, 0, []]
    assert report["passages"] >= 5
    assert report["statements"] >= 5


def test_a_second_index_finds_nothing_to_do_and_needs_no_folder(first_index: tuple[Path, Outcome]) -> None:
    library, first = first_index

    again = onrecord("index", "--json", "--data", library)

    assert again.code == 0, again.stderr
    assert [again.json[key] for key in ("articles", "added", "changed", "removed")] == [5, 0, 0, 0]
    assert [again.json[key] for key in ("passages", "statements")] == [
        first.json[key] for key in ("passages", "statements")
    ]


def test_index_follows_new_changed_and_vanished_files(tmp_path: Path, seeds: Path) -> None:
    folder, library = tmp_path / "articles", tmp_path / "library"
    shutil.copytree(seeds, folder)
    kept, changed, vanished, *_ = sorted(folder.iterdir())
    assert onrecord("index", folder, "--data", library).code == 0

    changed.write_text(changed.read_text(encoding="utf-8") + "\nOne more line of text.\n", encoding="utf-8")
    vanished.unlink()
    shutil.copy(kept, folder / "copy.txt")
    report = onrecord("index", "--json", "--data", library).json

    assert [report[key] for key in ("articles", "added", "changed", "removed")] == [5, 1, 1, 1]


def test_a_file_that_cannot_be_read_is_listed_and_the_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("The bridge\n\nThe bridge was opened on Monday by the mayor.\n")
    (tmp_path / "bad.txt").write_bytes(b"\x00\x01\x02\x03" * 40)

    outcome = onrecord("index", tmp_path, "--json", "--data", tmp_path.with_name("bad-library"))

    assert outcome.code == 0
    assert outcome.json["articles"] == 1
    assert [list(failure) for failure in outcome.json["failed"]] == [["source", "reason"]]
    assert outcome.json["failed"][0]["source"] == "bad.txt"
    assert "Traceback" not in outcome.stderr


def test_a_folder_of_unreadable_files_alone_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"\x00\x01\x02\x03" * 40)

    outcome = onrecord("index", tmp_path, "--json", "--data", tmp_path.with_name("worse-library"))

    assert outcome.code == 1
    assert outcome.json["articles"] == 0
    assert "Traceback" not in outcome.stderr


def test_an_unknown_folder_is_one_sentence(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"

    outcome = onrecord("index", missing, "--data", tmp_path / "library")

    assert_one_sentence(outcome, 1, str(missing))


def test_a_vanished_folder_empties_no_library(tmp_path: Path, seeds: Path) -> None:
    folder, library = tmp_path / "articles", tmp_path / "library"
    shutil.copytree(seeds, folder)
    assert onrecord("index", folder, "--data", library).code == 0

    folder.rename(tmp_path / "moved")

    assert_one_sentence(onrecord("index", "--data", library), 1, str(folder))
    (tmp_path / "moved").rename(folder)
    assert onrecord("index", "--json", "--data", library).json["added"] == 0


def test_another_folder_changes_nothing_and_names_both_ways_out(tmp_path: Path, library_dir: Path) -> None:
    (tmp_path / "other.txt").write_text("Other\n\nAnother article altogether, about the sea.\n")

    outcome = onrecord("index", tmp_path, "--data", library_dir)

    assert_one_sentence(outcome, 1, "--data", "--replace")
    assert onrecord("index", "--json", "--data", library_dir).json["articles"] == 5


def test_replace_gives_the_library_to_the_other_folder(tmp_path: Path, seeds: Path) -> None:
    library, other = tmp_path / "library", tmp_path / "other"
    other.mkdir()
    shutil.copy(min(seeds.iterdir()), other / "only.txt")
    assert onrecord("index", seeds, "--data", library).code == 0

    report = onrecord("index", other, "--replace", "--json", "--data", library).json

    assert [report[key] for key in ("articles", "added", "removed")] == [1, 1, 5]


# --- ask


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
    rows = onrecord("statements", "--json", "--data", library_dir).lines

    assert len({row["id"] for row in rows}) == first_index[1].json["statements"]


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


# --- doctor, help, wrong usage


def test_doctor_finds_a_whole_library_sound(library_dir: Path) -> None:
    outcome = onrecord("doctor", "--data", library_dir)

    assert outcome.code == 0, outcome.stdout
    assert "5 articles" in outcome.stdout


def test_doctor_says_that_nothing_is_indexed_without_a_traceback(tmp_path: Path) -> None:
    outcome = onrecord("doctor", "--data", tmp_path / "none")

    assert "Traceback" not in outcome.stderr
    assert "onrecord index" in outcome.stdout + outcome.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["prophesy"],
        ["ask"],
        ["ask", "Who?", "--batch"],
        ["ask", "Who?", "--asked", "soon"],
        ["ask", "Who?", "--writer", "poet"],
        ["search", "dam", "--limit", "0"],
        ["statements", "--kind", "gossip"],
        ["statements", "--since", "May"],
        ["chat", "--port", "http"],
        ["index", "one", "two"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(tmp_path: Path, words: list[str]) -> None:
    assert_one_sentence(onrecord(*words, cwd=tmp_path), 2, "onrecord")


def test_a_bad_setting_is_one_sentence_that_names_the_variable(tmp_path: Path) -> None:
    outcome = onrecord("ask", "Who?", cwd=tmp_path, ONRECORD_EMBEDDINGS="word2vec")

    assert_one_sentence(outcome, 2, "ONRECORD_EMBEDDINGS", "minilm")


@pytest.mark.parametrize(
    "words", [["ask", "Who?"], ["search", "dam"], ["statements"], ["text", "a.txt"], ["eval"]], ids=" ".join
)
def test_an_empty_library_is_one_sentence_that_names_index(tmp_path: Path, words: list[str]) -> None:
    outcome = onrecord(*words, "--data", tmp_path / "none")

    assert_one_sentence(outcome, 1, "onrecord index")
    assert not (tmp_path / "none").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_is_one_sentence(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0)

    assert_one_sentence(onrecord("index", locked, "--data", tmp_path / "library"), 1, str(locked))


def test_eval_prints_the_table_and_writes_its_reports(tmp_path: Path, library_dir: Path) -> None:
    outcome = onrecord("eval", "--data", library_dir, "--json", tmp_path / "run.json", "--html", tmp_path / "run.html")

    assert outcome.code == 0, outcome.stderr
    assert "evidence_recall" in outcome.stdout
    assert len(json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["results"]) >= 24
    assert (tmp_path / "run.html").is_file()


HEAVY = {
    "chromadb", "fastapi", "gradio", "langchain", "langchain_core", "langchain_openai", "numpy", "onnx", "onnxruntime",
    "openai", "pydantic", "rich", "spacy", "sqlite3", "tokenizers", "trafilatura", "uvicorn",
}  # fmt: skip


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["ask", "--help"], ["chat", "--help"]], ids=" ".join)
def test_help_and_version_load_nothing_heavy_and_need_nothing(tmp_path: Path, words: list[str]) -> None:
    outcome = onrecord(*words, cwd=tmp_path, PYTHONPROFILEIMPORTTIME="1")
    loaded = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in outcome.stderr.splitlines() if "|" in line}

    assert outcome.code == 0
    assert "onrecord" in outcome.stdout
    assert "argparse" in loaded  # the listing works
    assert loaded & HEAVY == set()
    assert list(tmp_path.iterdir()) == []


def test_help_names_every_command(tmp_path: Path) -> None:
    shown = onrecord("--help", cwd=tmp_path).stdout

    assert all(
        command in shown for command in ("index", "ask", "statements", "search", "chat", "eval", "text", "doctor")
    )
