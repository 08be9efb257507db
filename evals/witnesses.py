"""Compares what is recorded, answered and checked on tiny articles with what a careful reader expects.

    python -m evals.witnesses --set FOLDER --json artifacts/witnesses.json

FOLDER holds a folder for each case with `articles/` and, if a draft is to be checked, `draft.md`. What is expected
stands in the case's own `expect.json`, or else under its name in `evals/witnesses.jsonl`. Each case is indexed into a
library of its own and asked through the command line. A case is right if every check holds.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from rag.app.cli import main as onrecord

Row = Mapping[str, Any]

_MARKS = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " "})


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case with a sentence for each check that failed."""

    case: str
    faults: tuple[str, ...]


def run_case(name: str, folder: Path, expected: Row) -> Outcome:
    """Indexes the articles of a case into a fresh library and makes every check that is expected of it."""
    with tempfile.TemporaryDirectory() as scratch:
        articles, data = Path(scratch) / "articles", Path(scratch) / "library"
        shutil.copytree(folder / "articles", articles)
        _run("index", str(articles), "--data", str(data))
        for source in expected.get("removed", ()):
            (articles / source).unlink()
        rows = [json.loads(line) for line in _run("statements", "--json", "--data", str(data)).splitlines()]
        faults = [*_of_statements(_whole(rows), expected), *_of_answers(data, expected.get("ask", ()))]
        if expected.get("draft"):
            faults += _of_draft(data, folder / "draft.md", expected["draft"])
    return Outcome(name, tuple(faults))


def _run(*arguments: str, given: str = "") -> str:
    """Runs a command and gives what it prints on stdout."""
    printed, stdin = io.StringIO(), sys.stdin
    sys.stdin = io.StringIO(given)
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            onrecord(arguments)
    finally:
        sys.stdin = stdin
    return printed.getvalue()


def _whole(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Joins the slices of an interrupted quotation, so that each statement is one row."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        whole = found.setdefault((row["source"], row["id"]), {**row, "content": ""})
        whole["content"] = f"{whole['content']} {row['content']}".strip()
    return list(found.values())


def _plain(text: str) -> str:
    return " ".join(text.translate(_MARKS).casefold().split())


def _holds(row: Row, words: str) -> bool:
    return _plain(words) in _plain(row["content"])


def _accepts(row: Row, check: Row) -> bool:
    """Returns whether a statement is what a check asks for."""
    speakers = check.get("speaker", row["speaker"])
    accepted = speakers if isinstance(speakers, list) else [speakers]
    named = {None if name is None else _plain(name) for name in accepted}
    given = None if row["speaker"] is None else _plain(row["speaker"])
    via = _plain(check.get("via", "")) in _plain(row["via"] or "")
    kinds = check.get("kind", row["kind"])
    kind = row["kind"] in kinds if isinstance(kinds, list) else row["kind"] == kinds
    ends = not check.get("whole") or _plain(row["content"]).strip(" .,\"'") == _plain(check["content"]).strip(" .,\"'")
    return _holds(row, check["content"]) and given in named and via and kind and ends and _stands(row, check)


def _stands(row: Row, check: Row) -> bool:
    wanted = check.get("standing", "said")
    return row["standing"] in (wanted if isinstance(wanted, list) else [wanted])


def _of_statements(rows: Sequence[Row], expected: Row) -> Iterator[str]:
    for check in expected.get("must", ()):
        if not any(_accepts(row, check) for row in rows):
            yield f"not recorded: {_told(check)}; {_nearest(rows, check)}"
    for check in expected.get("must_not", ()):
        for row in rows:
            wrong = _holds(row, check["content"]) and row["standing"] == "said"
            named = "speaker" not in check or _plain(check["speaker"] or "") == _plain(row["speaker"] or "")
            if wrong and named:
                yield f"recorded: {_told(check)}, under {row['speaker']}"
    for name, count in expected.get("by", {}).items():
        said = {row["id"] for row in rows if row["standing"] == "said" and _plain(row["speaker"] or "") == _plain(name)}
        if len(said) != count:
            yield f"{name} has {len(said)} statements, not {count}"
    if "statements" in expected and len(rows) != expected["statements"]:
        yield f"{len(rows)} statements, not {expected['statements']}"


def _nearest(rows: Sequence[Row], check: Row) -> str:
    near = [row for row in rows if _holds(row, check["content"])]
    return "; ".join(_told(row) for row in near) or "nothing holds these words"


def _told(row: Row) -> str:
    parts = [f"“{row['content']}”"] + [f"{key} {row[key]}" for key in ("speaker", "via", "standing") if key in row]
    return ", ".join(parts)


def _of_answers(data: Path, questions: Sequence[Row]) -> Iterator[str]:
    lines = "".join(
        json.dumps({"id": str(n), "question": question["question"]}) + "\n" for n, question in enumerate(questions)
    )
    if not lines:
        return
    answers = _run("ask", "--batch", "--data", str(data), given=lines).splitlines()
    for check, line in zip(questions, answers, strict=True):
        answer = json.loads(line)
        yield from (f"{check['question']} {fault}" for fault in _of_answer(answer, check))


def _of_answer(answer: Row, check: Row) -> Iterator[str]:
    told = " ".join([answer["text"], *answer["notes"]])
    if check.get("status", answer["status"]) != answer["status"]:
        yield f"is {answer['status']}: {answer['text']}"
    for pattern in check.get("says", ()):
        if not re.search(pattern, told, re.IGNORECASE | re.DOTALL):
            yield f"does not say /{pattern}/: {answer['text']}"
    for pattern in check.get("never", ()):
        if re.search(pattern, told, re.IGNORECASE | re.DOTALL):
            yield f"says /{pattern}/: {answer['text']}"
    for wanted in check.get("cites", ()):
        if not any(_cites(citation, wanted) for citation in answer["citations"]):
            yield f"does not cite {_told({**wanted, 'content': wanted['quote']})}: {answer['text']}"
    for barred in check.get("cites_not", ()):
        if any(_cites(citation, barred) for citation in answer["citations"]):
            yield f"cites {_told({**barred, 'content': barred['quote']})}"


def _cites(citation: Row, wanted: Row) -> bool:
    named = _plain(wanted["speaker"] or "") == _plain(citation["speaker"] or "") if "speaker" in wanted else True
    return named and _plain(wanted["quote"]) in _plain(citation["quote"])


def _of_draft(data: Path, draft: Path, expected: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Checks a draft; `expected` gives the verdicts that are right for the quotation on each line."""
    checked = [json.loads(line) for line in _run("verify", str(draft), "--json", "--data", str(data)).splitlines()]
    for line, verdicts in expected.items():
        found = [quotation["verdict"] for quotation in checked if quotation["line"] == int(line)]
        if not found or any(verdict not in verdicts for verdict in found):
            yield f"line {line} of the draft is {found or 'not checked'}, not {' or '.join(verdicts)}"


def cases(folder: Path) -> Iterator[tuple[str, Path, Row]]:
    """Reads the cases of a folder with what is expected of them. ValueError names one without expectations."""
    shipped = resources.files("evals").joinpath("witnesses.jsonl").read_text("utf-8").splitlines()
    known = {row["id"]: row for row in map(json.loads, shipped)}
    for case in sorted(path.parent for path in folder.glob("*/articles")):
        own = case / "expect.json"
        expected = json.loads(own.read_text("utf-8")) if own.exists() else known.get(case.name)
        if expected is None:
            raise ValueError(f"Nothing is expected of {case}; write {own}.")
        if "held_by" not in expected:  # by a test of the chat itself
            yield case.name, case, expected


def _table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for outcome in outcomes:
        yield f"{outcome.case}  {'WRONG' if outcome.faults else 'right'}"
        yield from ("      " + " / ".join(fault.split("\n")) for fault in outcome.faults)
    groups: dict[str, list[bool]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.case.rstrip("0123456789") or "all", []).append(not outcome.faults)
    yield from (f"{name}: {sum(group)} of {len(group)} right" for name, group in groups.items())


def main() -> int:
    """Prints each case with its faults and the share that is right; exit code 1 if any is wrong."""
    parser = argparse.ArgumentParser(prog="python -m evals.witnesses", description=__doc__.splitlines()[0])
    parser.add_argument("--set", type=Path, required=True, metavar="FOLDER", dest="folder")
    parser.add_argument("--only", metavar="NAMES", help="only these cases, such as A01,A02")
    parser.add_argument("--json", type=Path, metavar="FILE", dest="json_path", help="write the outcomes to this file")
    options = parser.parse_args()
    only = set(options.only.split(",")) if options.only else None
    chosen = [case for case in cases(options.folder) if only is None or case[0] in only]
    outcomes = [run_case(*case) for case in chosen]
    sys.stdout.writelines(f"{line}\n" for line in _table(outcomes))
    if options.json_path:
        found = [{"case": outcome.case, "faults": outcome.faults} for outcome in outcomes]
        options.json_path.write_text(json.dumps(found, indent=1, ensure_ascii=False), "utf-8")
    return int(any(outcome.faults for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
