"""The contract with other programs: what the real `onrecord` process reads, prints and refuses, in one sentence."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rag.json_contract import answer_json
from tests.case_files import table
from tests.processes import REPOSITORY, Outcome, assert_one_sentence, environment, onrecord

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


def typed(*words: str | Path, cwd: Path = REPOSITORY, **variables: str) -> Outcome:
    """Runs the command as a shell does, in an interpreter of its own."""
    command = [sys.executable, "-m", "rag.app.cli", *map(str, words)]
    done = subprocess.run(
        command, capture_output=True, cwd=cwd, env=environment(variables), encoding="utf-8", check=False
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def decoded(folder: Path, source: str) -> str:
    return (folder / source).read_bytes().decode("utf-8")


def assert_exact(folder: Path, places: Iterable[dict[str, Any]]) -> None:
    for place in places:
        assert decoded(folder, place["source"])[place["start"] : place["end"]] == place["quote"]


@pytest.fixture(scope="module")
def lavrov(library_dir: Path) -> dict[str, Any]:
    """The answer to the question that the project exists for."""
    outcome = typed("ask", LAVROV, "--json", "--data", library_dir)
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


def test_an_answer_has_the_keys_of_the_contract_and_every_citation_is_the_exact_slice_on_its_line(
    lavrov: dict[str, Any], seeds: Path
) -> None:
    assert list(lavrov) == ANSWER_KEYS
    assert lavrov["citations"]
    assert all(list(sentence) == SENTENCE_KEYS for sentence in lavrov["sentences"])
    assert all(list(citation) == CITATION_KEYS for citation in lavrov["citations"])
    assert (lavrov["id"], lavrov["question"], lavrov["status"], lavrov["reason"]) == (None, LAVROV, "answered", None)
    assert (lavrov["writer"], lavrov["usage"]) == ("offline", None)
    (pros_and_cons,) = [one for one in lavrov["citations"] if "weighing the pros and cons" in one["quote"]]
    assert pros_and_cons["speaker"] in {"Sergei Lavrov", "Sergey Lavrov"}
    assert pros_and_cons["source"].startswith("001_")
    assert not any(
        "two different organizations" in one["quote"] and "Lavrov" in one["speaker"] for one in lavrov["citations"]
    )
    assert_exact(seeds, lavrov["citations"])
    for citation in lavrov["citations"]:
        before = decoded(seeds, citation["source"])[: citation["start"]]
        assert citation["line"] == before.count("\n") + 1
    numbers = [citation["number"] for citation in lavrov["citations"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {number for sentence in lavrov["sentences"] for number in sentence["citations"]} == set(numbers)
    assert all(f"[{number}]" in lavrov["text"] for number in numbers)


def test_a_program_gets_the_answer_that_the_command_prints_and_may_hand_back_what_it_cited(
    assistant: "Assistant", lavrov: dict[str, Any], library_dir: Path
) -> None:
    answer = json.loads(json.dumps(answer_json(assistant.ask(LAVROV))))
    assert answer | {"seconds": None} == lavrov | {"seconds": None}
    cited = answer["citations"]
    history = [
        {"role": "user", "content": LAVROV, "standalone_question": answer["standalone_question"]},
        {"role": "assistant", "content": answer["text"], "citations": cited[2:4]},
    ]
    line = json.dumps({"id": 1, "question": "is that a quote?", "history": history})
    (told,) = onrecord("ask", "--batch", "--data", library_dir, stdin=f"{line}\n").lines
    assert told["standalone_question"] == LAVROV
    assert {one["start"] for one in told["citations"]} <= {one["start"] for one in cited[2:4]}
    assert told["citations"]


def test_a_decline_says_why_with_exact_near_misses_and_without_json_the_answer_is_text(
    library_dir: Path, seeds: Path
) -> None:
    answer = onrecord("ask", "What did Mirzoyan say about NATO?", "--json", "--data", library_dir).json
    assert (answer["status"], answer["reason"]) == ("declined", "not_quoted_on_topic")
    assert answer["text"]
    assert answer["near_misses"]
    assert all(list(near) == NEAR_MISS_KEYS for near in answer["near_misses"])
    assert_exact(seeds, [*answer["near_misses"], *answer["citations"]])
    outcome = onrecord("ask", LAVROV, "--data", library_dir)
    assert outcome.code == 0
    assert "[1]" in outcome.stdout
    assert "001_b0ebb45aa22ba165.txt" in outcome.stdout


def test_batches_keep_order_and_ids_and_a_bad_line_stops_none(library_dir: Path) -> None:
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
    stdin = '{"id": 2, "question": "peace treaty"}\nbroken\n{"id": 1, "question": "CEPA"}\n'
    outcome = onrecord("search", "--batch", "--limit", "2", "--data", library_dir, stdin=stdin)
    assert outcome.code == 0
    assert [line["id"] for line in outcome.lines] == [2, None, 1]
    assert [sorted(line) for line in outcome.lines] == [["hits", "id"], ["error", "id"], ["hits", "id"]]
    assert all(len(line["hits"]) <= 2 for line in outcome.lines if "hits" in line)


def test_rare_characters_survive_from_the_file_to_the_json_and_to_the_text_that_is_printed(
    odd: tuple[Path, Path], library_dir: Path, seeds: Path
) -> None:
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
    first = min(seeds.iterdir())
    assert onrecord("text", ODD, "--data", odd[1]).stdout == ODD_TEXT
    assert onrecord("text", first.name, "--data", library_dir).stdout == decoded(seeds, first.name)
    assert_one_sentence(onrecord("text", "none.txt", "--data", library_dir), 1, "none.txt")


# --- statements and search


def test_statements_and_search_give_exact_places_as_many_as_index_counted(
    library_dir: Path, seeds: Path, first_index: tuple[Path, Outcome]
) -> None:
    outcome = onrecord("statements", "--json", "--data", library_dir)
    assert outcome.code == 0
    assert outcome.lines
    for row in outcome.lines:
        text = decoded(seeds, row["source"])
        assert list(row) == STATEMENT_KEYS
        assert text[row["content_start"] : row["content_end"]] == row["content"]
        assert row["start"] <= row["content_start"] < row["content_end"] <= row["end"]
        assert row["published"] is None
    listed = onrecord("statements", "--data", library_dir)
    assert f"{first_index[1].json['statements']} statements (" in f"{listed.stdout}{listed.stderr}"
    found = onrecord("search", "CEPA signed", "--limit", "3", "--json", "--data", library_dir)
    hits = found.lines
    assert 1 <= len(hits) <= 3
    assert all(list(hit) == ["source", "start", "end", "score"] for hit in hits)
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    assert "CEPA" in decoded(seeds, hits[0]["source"])[hits[0]["start"] : hits[0]["end"]]


def test_statements_are_narrowed_by_speaker_kind_source_topic_and_day_and_csv_says_the_same(library_dir: Path) -> None:
    rows = onrecord("statements", "--by", "Zakharova", "--json", "--data", library_dir).lines
    table = onrecord("statements", "--by", "Zakharova", "--csv", "--data", library_dir).stdout
    assert {row["speaker"] for row in rows} == {"Maria Zakharova"}
    read = list(csv.DictReader(io.StringIO(table, newline="")))
    assert list(read[0]) == STATEMENT_KEYS
    assert [row["content"] for row in read] == [row["content"] for row in rows]
    direct = onrecord("statements", "--kind", "direct", "--json", "--data", library_dir).lines
    one_file = onrecord("statements", "--source", "003_e2b51aaefabfa03c.txt", "--json", "--data", library_dir).lines
    about = onrecord("statements", "--by", "Peskov", "--about", "peace treaty", "--json", "--data", library_dir).lines
    assert {row["kind"] for row in direct} == {"direct"}
    assert {row["source"] for row in one_file} == {"003_e2b51aaefabfa03c.txt"}
    assert about
    assert {row["speaker"] for row in about} == {"Dmitry Peskov"}
    everything = onrecord("statements", "--json", "--data", library_dir).lines
    since = onrecord("statements", "--since", "2024-01-01", "--json", "--data", library_dir)
    assert [row["id"] for row in since.lines] == [row["id"] for row in everything]
    assert "without a date" in since.stderr


INDEX_KEYS = ["articles", "added", "changed", "removed", "failed", "passages", "statements", "seconds"]


def written(place: Path, *names: str) -> Path:
    """A folder of little articles in `place`, one a name, besides those already there."""
    folder = place / "articles"
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / f"{name}.txt").write_text(
            f"The {name} bridge\n\nThe {name} bridge was opened on Monday by the mayor.\n"
        )
    return folder


def test_index_reports_what_it_did_and_a_second_finds_nothing_to_do(first_index: tuple[Path, Outcome]) -> None:
    report = first_index[1].json
    assert list(report) == INDEX_KEYS
    assert [report[key] for key in ("articles", "added", "changed", "removed", "failed")] == [5, 5, 0, 0, []]
    assert report["passages"] >= 5
    assert report["statements"] >= 5
    library, first = first_index
    again = onrecord("index", "--json", "--data", library)
    assert again.code == 0, again.stderr
    assert [again.json[key] for key in ("articles", "added", "changed", "removed")] == [5, 0, 0, 0]
    assert [again.json[key] for key in ("passages", "statements")] == [
        first.json[key] for key in ("passages", "statements")
    ]


def test_files_that_cannot_be_read_are_listed_and_alone_they_are_a_failure(tmp_path: Path) -> None:
    folder = written(tmp_path, "good")
    (folder / "bad.txt").write_bytes(b"\x00\x01\x02\x03" * 40)
    outcome = onrecord("index", folder, "--json", "--data", tmp_path / "library")
    assert outcome.code == 0
    assert outcome.json["articles"] == 1
    assert [list(failure) for failure in outcome.json["failed"]] == [["source", "reason"]]
    assert outcome.json["failed"][0]["source"] == "bad.txt"
    assert "Traceback" not in outcome.stderr
    (folder / "good.txt").unlink()
    outcome = onrecord("index", folder, "--json", "--data", tmp_path / "another")
    assert outcome.code == 1
    assert outcome.json["articles"] == 0
    assert "Traceback" not in outcome.stderr


def test_a_folder_that_is_missing_or_another_is_one_sentence_and_empties_no_library(tmp_path: Path) -> None:
    library, missing = tmp_path / "library", tmp_path / "nowhere"
    assert_one_sentence(onrecord("index", missing, "--data", library), 1, str(missing))
    folder, other = written(tmp_path / "a", "old"), written(tmp_path / "b", "one", "two")
    assert onrecord("index", folder, "--data", library).code == 0
    folder.rename(tmp_path / "moved")
    assert_one_sentence(onrecord("index", "--data", library), 1, str(folder))
    assert_one_sentence(onrecord("index", other, "--data", library), 1, "--data", "--replace")
    (tmp_path / "moved").rename(folder)
    assert onrecord("index", "--json", "--data", library).json["added"] == 0
    report = onrecord("index", other, "--replace", "--json", "--data", library).json
    assert [report[key] for key in ("articles", "added", "removed")] == [2, 2, 1]


HEAVY = {
    "chromadb", "fastapi", "gradio", "langchain", "langchain_core", "langchain_openai", "numpy", "onnx", "onnxruntime",
    "openai", "pydantic", "rich", "spacy", "sqlite3", "tokenizers", "trafilatura", "uvicorn",
}  # fmt: skip


def test_an_empty_library_is_one_sentence_and_doctor_finds_a_whole_one_sound(library_dir: Path, tmp_path: Path) -> None:
    outcome = onrecord("doctor", "--data", library_dir)
    assert outcome.code == 0, outcome.stdout
    assert "5 articles" in outcome.stdout
    outcome = onrecord("doctor", "--data", tmp_path / "none")
    assert "Traceback" not in outcome.stderr
    assert "onrecord index" in outcome.stdout + outcome.stderr
    assert not (tmp_path / "none").exists()
    for words in (["ask", "Who?"], ["search", "dam"], ["statements"], ["text", "a.txt"], ["eval"]):
        outcome = onrecord(*words, "--data", tmp_path / "none")
        assert_one_sentence(outcome, 1, "onrecord index")
        assert not (tmp_path / "none").exists(), words


def test_wrong_usage_or_a_bad_setting_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    for (words,) in table("requests", "usage"):
        assert_one_sentence(onrecord(*words, cwd=tmp_path), 2, "onrecord")
    outcome = onrecord("ask", "Who?", cwd=tmp_path, ONRECORD_EMBEDDINGS="word2vec")
    assert_one_sentence(outcome, 2, "ONRECORD_EMBEDDINGS", "minilm")


def test_help_and_version_load_nothing_heavy_and_need_nothing(tmp_path: Path) -> None:
    for words in (["--help"], ["--version"], ["ask", "--help"], ["chat", "--help"]):
        outcome = typed(*words, cwd=tmp_path, PYTHONPROFILEIMPORTTIME="1")
        loaded = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in outcome.stderr.splitlines() if "|" in line}
        assert outcome.code == 0, words
        assert "onrecord" in outcome.stdout, words
        assert "argparse" in loaded, words  # the listing works
        assert loaded & HEAVY == set(), words
        assert list(tmp_path.iterdir()) == [], words
