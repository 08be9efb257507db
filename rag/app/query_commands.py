"""Commands that ask the library: questions, passages, statements, people, drafts, the judge's exam, the eval set."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import fields
from datetime import date
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.answering.retrieval.statements import StatementListing, Wanted, list_statements, perhaps
from rag.app.terminal import (
    answer_text,
    bearer_text,
    checked_text,
    emit_json,
    hit_text,
    namesakes_text,
    note,
    profile_text,
    rechecked_text,
    say,
    show,
    statement_text,
    watched,
)
from rag.assembly import build, make_embedder, make_judge, open_store
from rag.core import Article, Statement
from rag.core.amounts import with_noun
from rag.core.errors import EmbeddingError, OnrecordError, UsageError
from rag.core.settings import Settings
from rag.json_contract import (
    STATEMENT_COLUMNS,
    answer_json,
    bearer_json,
    checked_json,
    correction_from_json,
    correction_json,
    hit_json,
    profile_json,
    statement_json,
    turn_of,
)
from rag.library.corrections import (
    correct,
    corrections,
    join_people,
    split_person,
    take_over,
    undo_correction,
    undo_identity,
)
from rag.library.queries import View
from rag.library.source_status import changes_of_files, notes_on_files
from rag.library.statement_keys import distinct
from rag.library.store import Store

if TYPE_CHECKING:
    from rag.answering.assistant import Assistant


def ask_command(options: argparse.Namespace, settings: Settings) -> int:
    """Answers one question, or every line of a batch."""
    if options.batch == (options.question is not None):
        raise UsageError('Ask one question, `onrecord ask "QUESTION"`, or give JSON lines to `onrecord ask --batch`.')
    from rag.app.doctor import examine_judge

    with closing(build(settings, writer=options.writer)) as assistant:
        examine_judge(assistant)
        if options.batch:
            return _batch(lambda line: _answer_line(assistant, line, options))
        answer = watched(assistant.stream(options.question, asked=options.asked))
    show([answer_text(answer)], [answer_json(answer)], as_json=options.json)
    return 0


def _answer_line(assistant: Assistant, line: dict[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    history = [turn_of(turn) for turn in line.get("history") or ()]
    asked = date.fromisoformat(line["asked"]) if line.get("asked") else options.asked
    return answer_json(assistant.ask(str(line["question"]), history, asked), line.get("id"))


def _batch(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    """Prints one JSON line for each input line, in order; a line that fails says so and the run goes on."""
    for text in sys.stdin:
        if not text.strip():
            continue
        line: Any = None
        try:
            line = json.loads(text)
            result = answer(line)
        except (OnrecordError, ValueError, KeyError, TypeError, AttributeError) as error:
            result = {"id": line.get("id") if isinstance(line, dict) else None, "error": _why(error)}
        emit_json([result])
    return 0


def _why(error: Exception) -> str:
    if isinstance(error, OnrecordError):
        return str(error)
    return f'Each line must be a JSON object such as {{"id": 1, "question": "…"}} ({type(error).__name__}: {error}).'


def search_command(options: argparse.Namespace, settings: Settings) -> int:
    """Finds passages without writing an answer."""
    if options.batch == (options.query is not None):
        raise UsageError(
            'Search for one query, `onrecord search "QUERY"`, or give JSON lines to `onrecord search --batch`.'
        )
    with closing(build(settings)) as assistant:
        if options.batch:
            return _batch(lambda line: _hits_line(assistant, line, options.limit))
        hits = assistant.search(options.query, options.limit)
        lines = (hit_text(hit, assistant.article(hit.passage.source)) for hit in hits)
        show(lines, map(hit_json, hits), as_json=options.json)
        for told in assistant.changed_files(hit.passage.source for hit in hits):
            note(told)
    return 0


def _hits_line(assistant: Assistant, line: dict[str, Any], limit: int) -> dict[str, Any]:
    hits = assistant.search(str(line["question"]), limit)
    return {"id": line.get("id"), "hits": [hit_json(hit) for hit in hits]}


def text_command(options: argparse.Namespace, settings: Settings) -> int:
    """Prints the text of one article exactly."""
    with closing(open_store(settings)) as store, store.reading() as view:
        sys.stdout.buffer.write(view.article(options.source).text.encode("utf-8"))
    return 0


def statements_command(options: argparse.Namespace, settings: Settings) -> int:
    """Lists every recorded statement that fits, with the true count; or corrects one, or hands corrections on."""
    _check_words(options)
    with closing(open_store(settings)) as store:
        if options.correct:
            return _correct(store, options)
        if options.corrections is not None:
            return _corrections(store, options.corrections)
        with store.reading() as view:
            _list(view, options, settings)
    return 0


def _check_words(options: argparse.Namespace) -> None:
    how = sum((options.speaker is not None, options.nobody, options.undo))
    if options.correct and how != 1:
        raise UsageError("Say who spoke: `onrecord statements --correct ID --speaker NAME`, `--nobody` or `--undo`.")
    if how and not options.correct:
        raise UsageError("Say which statement: `onrecord statements --correct ID`; `--json` prints the ids.")


def _list(view: View, options: argparse.Namespace, settings: Settings) -> None:
    wanted = Wanted(**{each.name: getattr(options, each.name) for each in fields(Wanted)})
    found = list_statements(view, wanted)
    as_table = options.json or options.csv
    near = [] if as_table and not options.perhaps else _perhaps(view, wanted, found, settings)
    every = (*found.statements, *found.undated)
    if wanted.by and len(counts := found.by_speaker) > 1:
        note(namesakes_text(wanted.by, counts))
    if as_table:
        rows = _rows(view, every, {"perhaps": False} if options.perhaps else {})
        also = _rows(view, near, {"perhaps": True})
        more = ["corrected"] if any(statement.corrected for statement in (*every, *near)) else []
        more += ["perhaps"] if options.perhaps else []
        _print_rows(chain(rows, also), more, as_json=options.json)
    else:
        _print_once(view, every)
    _print_count(found)
    changes = changes_of_files(
        view.articles({statement.source for statement in every}).values(), view.folder, settings.data
    )
    for told in notes_on_files(changes):
        note(told)
    if near and not as_table:
        say("\nPerhaps also: near the topic in meaning, without its words, and not counted")
        for statement, article in _with_articles(view, near):
            say(statement_text(statement, article))


def _perhaps(view: View, wanted: Wanted, found: StatementListing, settings: Settings) -> list[Statement]:
    """Finds near misses with the embedding model; if it is missing, this is only noted."""
    if not wanted.by or not wanted.about:
        return []
    try:
        return perhaps(view, wanted, found, make_embedder(settings))
    except EmbeddingError as error:
        note(f"What is near the topic in meaning was not looked for: {error}")
        return []


def _with_articles(view: View, statements: Iterable[Statement]) -> Iterator[tuple[Statement, Article]]:
    """Yields each statement with its article, holding one article in memory at a time."""
    for source, group in groupby(statements, key=lambda statement: statement.source):
        article = view.article(source)
        for statement in group:
            yield statement, article


def _print_once(view: View, statements: Sequence[Statement]) -> None:
    """Prints a line for each statement, those of copies of an article under the one that it counts as."""
    copies, within = view.copies(), {statement.id: statement.source for statement in statements}
    again: defaultdict[str, list[str]] = defaultdict(list)
    own = []
    for statement in statements:
        earlier = within.get(statement.repeats or "", statement.source)
        if earlier != statement.source and copies.get(statement.source, statement.source) == copies.get(
            earlier, earlier
        ):
            again[statement.repeats or ""].append(statement.source)
        else:
            own.append(statement)
    for statement, article in _with_articles(view, own):
        also = f" (also in {', '.join(again[statement.id])})" if statement.id in again else ""
        say(statement_text(statement, article) + also)


def _rows(view: View, statements: Iterable[Statement], more: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for statement, article in _with_articles(view, statements):
        yield from (row | more for row in statement_json(statement, article))


def _print_rows(rows: Iterable[dict[str, Any]], more: Sequence[str], *, as_json: bool) -> None:
    """Prints rows as JSON lines or CSV; `more` are columns that only some lists have."""
    if as_json:
        emit_json(rows)
        return
    table = csv.DictWriter(sys.stdout, [*STATEMENT_COLUMNS, *more])
    table.writeheader()
    table.writerows(map(_in_cells, rows))


def _in_cells(row: dict[str, Any]) -> dict[str, Any]:
    """Joins the lists of a row into single cells, separated by semicolons."""
    return {key: "; ".join(value) if isinstance(value, (list, tuple)) else value for key, value in row.items()}


def _print_count(found: StatementListing) -> None:
    """Prints the true count on standard error, so that it never mixes with JSON or CSV."""
    repeated = len(found.statements) - found.count
    more = f" ({repeated:,} more {'repeats' if repeated == 1 else 'repeat'} one of them)" if repeated else ""
    note(f"{with_noun(found.count, 'statement')}{more}")
    if found.undated:
        undated = with_noun(len(distinct(found.undated)), "statement")
        note(f"{undated} more, listed last, in articles without a date of publication")


def _correct(store: Store, options: argparse.Namespace) -> int:
    if options.undo:
        undone = undo_correction(store, options.correct)
        note("The speaker is again the one that the article was read to name." if undone else "Nothing was corrected.")
        return 0
    name = options.speaker
    if name:
        with store.reading() as view:
            quoted = [bearer.person for bearer in view.bearers(name) if bearer.statements]
        name = quoted[0] if len(quoted) == 1 else name
    correct(store, options.correct, name or None)
    with store.reading() as view:
        for statement, article in _with_articles(view, view.statements(ids=[options.correct])):
            say(statement_text(statement, article))
    return 0


def _corrections(store: Store, file: str) -> int:
    """Prints every correction as a JSON line, or takes over those of a file."""
    if file:
        given = list(_read_corrections(Path(file)))
        note(f"{with_noun(len(given), 'correction')} taken over, of which {take_over(store, given):,} apply here")
        return 0
    kept = corrections(store)
    emit_json(correction_json(correction) for correction in kept)
    if lapsed := sum(correction.statement is None for correction in kept):
        note(f"{with_noun(lapsed, 'correction')} no longer apply: their words are gone, or are no statement any more")
    return 0


def _read_corrections(file: Path) -> Iterator[Any]:
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read ({error}); name a file that `--corrections` printed.") from error
    for place, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield correction_from_json(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise UsageError(
                    f"Line {place} of {file} is no correction ({type(error).__name__}: {error}); "
                    "give the lines that `onrecord statements --corrections` printed."
                ) from error


def people_command(options: argparse.Namespace, settings: Settings) -> int:
    """Lists everybody on record, or shows one profile; or joins, splits or undoes that."""
    _check_people_words(options)
    with closing(open_store(settings)) as store:
        if options.join or options.split or options.undo:
            return _say_who_is_who(store, options)
        with store.reading() as view:
            found = view.bearers(options.name) if options.name else view.everybody()
            profile = view.profile(found[0].person) if options.name and len(found) == 1 else None
    if options.name and not found:
        raise UsageError(f"Nobody on record is named {options.name}; `onrecord people` lists everybody.")
    if profile:
        show([profile_text(profile)], [profile_json(profile)], as_json=options.json)
    else:
        show(map(bearer_text, found), map(bearer_json, found), as_json=options.json)
        note(f"{with_noun(len(found), 'name')} on record")
    return 0


def _say_who_is_who(store: Store, options: argparse.Namespace) -> int:
    if options.join:
        first, second = options.join
        note(f"{first} and {second} are one person now: {join_people(store, first, second)}.")
    elif options.split:
        person = split_person(store, options.split, options.source)
        note(f"{options.split} in {', '.join(options.source)} is another person now: {person}.")
    elif undo_identity(store, options.undo):
        note(f"{options.undo} is again whom the articles tell of.")
    else:
        note("Nothing was joined or split.")
    return 0


def _check_people_words(options: argparse.Namespace) -> None:
    if bool(options.split) != bool(options.source):
        raise UsageError("Say who is another in which articles: `onrecord people --split NAME --source FILE`.")
    if sum(map(bool, (options.name, options.join, options.split, options.undo))) > 1:
        raise UsageError("Give a name to show, or one of `--join`, `--split` and `--undo`.")


def verify_command(options: argparse.Namespace, settings: Settings) -> int:
    """Checks a draft or an export; the exit code says whether all of it stands."""
    from rag.verification.draft import DRAFTS, Checked, draft_text, verify_draft
    from rag.verification.exports import EXPORTS, Rechecked, citations, verify_citations

    suffix = options.file.suffix.lower()
    found: tuple[Checked, ...] | tuple[Rechecked, ...]
    with closing(open_store(settings)) as store:
        if suffix in EXPORTS:
            found = verify_citations(citations(options.file), store)
            lines = map(rechecked_text, found)
        elif suffix in DRAFTS:
            found = verify_draft(draft_text(options.file), store)
            lines = map(checked_text, found)
        else:
            kinds = ", ".join((*DRAFTS, *EXPORTS))
            raise UsageError(f"{options.file} is neither a draft nor an export; those that can be checked: {kinds}.")
    show(lines, map(checked_json, found), as_json=options.json)
    verdicts = Counter(one.verdict for one in found).most_common()
    counts = ", ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in verdicts)
    note(f"{with_noun(len(found), 'quotation')}{f': {counts}' if counts else ''}")
    return 0 if all(one.stands for one in found) else 1


def exam_command(options: argparse.Namespace, settings: Settings) -> int:
    """Examines the judge that the settings name and prints the result; exit code 1 if it failed."""
    from rag.answering.checking.judge import examine_judge_on, keep_result
    from rag.app.doctor import exam_json, exam_lines, expected

    judge = make_judge(settings)
    if judge is None:
        raise UsageError("No model is set to be examined; set ONRECORD_MODEL=openai:NAME, or ONRECORD_JUDGE.")
    note(f"Examining {judge.name} at {judge.host} as judge: {expected(judge)}.")
    result = examine_judge_on(judge)
    keep_result(judge, result)
    show(exam_lines(result, judge), [exam_json(result, judge)], as_json=options.json)
    return 0 if result.is_passed else 1


def eval_command(options: argparse.Namespace, settings: Settings) -> int:
    """Asks the eval set; or compares two runs that are kept, or drafts cases."""
    _find_evals()
    from evals import cases, report, runs
    from evals.baseline import PlainRag
    from evals.run import Wanted
    from evals.run import evaluate as run_eval
    from rag.app.doctor import examine_judge

    kept = settings.data / "evals"
    if options.compare:
        before, after = (runs.find(kept, name) for name in options.compare)
        report.print_changes(runs.compare(before, after))
        return 0
    if options.from_feedback:
        emit_json(cases.from_feedback(settings.data))
        return 0
    if options.make_cases:
        with closing(open_store(settings)) as store, store.reading() as view:
            path = cases.make_cases(options.make_cases, view.statements(), view.articles(view.sources()))
        say(f"Drafted {path}; correct it, then ask it with `onrecord eval --cases {path}`.")
        return 0
    wanted = Wanted(
        runs=kept,
        cases=options.cases,
        unseen=options.unseen,
        json_path=options.json_path,
        html_path=options.html_path,
        raise_floors=options.raise_floors,
    )
    with ExitStack() as opened:
        assistant = opened.enter_context(closing(build(settings, writer="offline")))
        model = opened.enter_context(closing(build(settings))) if settings.model else None
        if model:
            examine_judge(model)
        return run_eval(assistant, wanted, PlainRag.beside(assistant) if options.baseline else None, model)


def _find_evals() -> None:
    """Makes the eval set of a clone importable, wherever the command is run. UsageError where there is no clone."""
    repository = Path(__file__).parents[2]
    if not (repository / "evals").is_dir():
        raise UsageError("The eval set is not part of the package; clone the repository and run `make eval` in it.")
    if str(repository) not in sys.path:
        sys.path.append(str(repository))


ASKING_COMMANDS: dict[str, Callable[[argparse.Namespace, Settings], int]] = {
    "ask": ask_command,
    "eval": eval_command,
    "exam": exam_command,
    "people": people_command,
    "search": search_command,
    "statements": statements_command,
    "text": text_command,
    "verify": verify_command,
}
"""The commands of this module by name."""
