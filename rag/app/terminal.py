"""Formats results as plain text, for the terminal and for chat programs, and makes them harmless to print."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from rag.answering.claims.credits import NOT_CERTAIN, enumerated, number_in_words
from rag.core import (
    Answer,
    Article,
    Bearer,
    Citation,
    HeldRole,
    Hit,
    Looked,
    Profile,
    Statement,
    Step,
    Verdict,
    titled,
)
from rag.core.amounts import with_noun
from rag.people.naming import asked_name

if TYPE_CHECKING:
    from rag.verification.comparing import DiffPart, FoundQuotation
    from rag.verification.draft import Caution, Checked
    from rag.verification.exports import Rechecked

_VERDICTS: Mapping[str, str] = {
    "verbatim": "verbatim",
    "altered": "altered",
    "wrong_speaker": "wrong speaker",
    "not_said": "not said",
    "too_short": "too short to tell",
    "not_found": "not found",
    "withdrawn": "withdrawn since",
    "disputed": "disputed",
    "fabricated": "made up, according to the article",
    "fictional": "in fiction or satire",
}
_CAUTIONS: Mapping[Caution, str] = {
    "relayed": "but only passed on",
    "ambiguous": "but the article does not say by whom",
    "uncertain": "but the speaker is not certain",
    "unattributed": "but on record from nobody",
}
_IN_OTHER_WORDS: Mapping[Verdict, str] = {
    "checked": "read a second time by a model that passed its exam",
    "proved": "proved word by word",
}
_ARTICLES_NAMED = 3
"""Articles named for each role of a person; the profile as JSON has all."""

_CHARACTERS_THAT_ARE_TEXT = frozenset("\n\t")


def printable(text: str) -> str:
    """Returns the text with control, bidirectional and other invisible characters written out, so that none acts."""
    return "".join(
        f"\\u{{{ord(character):x}}}"
        if unicodedata.category(character) in {"Cc", "Cf", "Cs"} and character not in _CHARACTERS_THAT_ARE_TEXT
        else character
        for character in text
    )


def say(text: str) -> None:
    """Prints one or more lines on standard output, made harmless."""
    sys.stdout.write(printable(text) + "\n")


def show(lines: Iterable[str], rows: Iterable[object], *, as_json: bool) -> None:
    """Prints a result: line by line for people, or its rows as JSON lines for programs."""
    if as_json:
        emit_json(rows)
    else:
        for line in lines:
            say(line)


def emit_json(rows: Iterable[object]) -> None:
    """Prints rows as JSON lines on standard output, unchanged, for programs.

    Half a surrogate pair, which no UTF-8 can carry, is written as JSON escapes it.
    """
    for row in rows:
        sys.stdout.write(json.dumps(row, ensure_ascii=False).encode(errors="backslashreplace").decode() + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Prints one line for the person at the terminal, on standard error."""
    sys.stderr.write(printable(text) + "\n")


def watched(steps: Iterable[Step]) -> Answer:
    """Returns the answer after its steps; shows lookups on standard error while it is a terminal."""
    for step in steps:
        if isinstance(step, Looked) and sys.stderr.isatty():
            note(f"{step.text} …")
        if isinstance(step, Answer):
            return step
    raise TypeError("An answer must come last.")


def answer_text(answer: Answer) -> str:
    """Returns an answer with its sources, as people read it; titles without the marks of our own."""
    lines = [
        _plain(sentence.text, answer.citations) + "".join(f" [{number}]" for number in sentence.citations)
        for sentence in answer.sentences
    ]
    if answer.citations:
        lines += ["", "Sources"]
        lines += [f"  {place_text(citation)}" for citation in answer.citations]
    if told := Counter(sentence.verdict for sentence in answer.sentences if sentence.verdict in _IN_OTHER_WORDS):
        counts = (f"{count} {_IN_OTHER_WORDS[verdict]}" for verdict, count in told.items())
        lines += ["", f"In the model's words: {', '.join(counts)}"]
    if answer.near_misses:
        lines += ["", "Nearest"]
        lines += [f"  {miss.speaker or miss.source} ({miss.why}): {_short(miss.quote)}" for miss in answer.near_misses]
    if answer.withheld:
        lines += ["", "Not supported, and so withheld"]
        lines += [f"  {sentence.text} ({sentence.reason})" for sentence in answer.withheld]
    lines += ["", *(f"Put right: {_plain(text)}" for text in answer.corrections)]
    lines += [f"Note: {_plain(text)}" for text in answer.notes]
    lines.append(f"{answer.writer} writer, {answer.seconds:.2f} s{_cost(answer)}")
    return "\n".join(lines)


def completion_text(answer: Answer) -> str:
    """Returns an answer as one text: a paragraph a sentence, then where each of its numbers stands."""
    return "\n\n".join([*(sentence.numbered for sentence in answer.sentences), *places_and_notes(answer)])


def places_and_notes(answer: Answer) -> Iterator[str]:
    """Yields the paragraphs below the sentences: places, what is nearest to an answer, notes."""
    if answer.citations:
        yield "Sources:\n" + "\n".join(place_text(citation) for citation in answer.citations)
    if answer.near_misses:
        yield "Nearest in the articles:\n" + "\n".join(
            f"- {miss.source}, characters {miss.start:,}-{miss.end:,} ({miss.speaker or 'no speaker'}; {miss.why}): "
            f"“{' '.join(miss.quote.split())}”"
            for miss in answer.near_misses
        )
    if notes := (*answer.corrections, *answer.notes):
        yield "Notes:\n" + "\n".join(f"- {text}" for text in notes)
    if answer.withheld:
        count = len(answer.withheld)
        does = "sentence was" if count == 1 else "sentences were"
        yield f"{count} more {does} withheld, because the articles do not bear out as much."


def place_text(citation: Citation) -> str:
    """Returns where a citation stands: its number, the article, and the exact place in its file."""
    outlet = f" ({citation.outlet})" if citation.outlet else ""
    place = f"{citation.source}, line {citation.line}, characters {citation.start:,}-{citation.end:,}"
    return f"[{citation.number}] {citation.title or citation.source}{outlet}: {place}"


def _plain(words: str, citations: Iterable[Citation] = ()) -> str:
    return "".join(run for run, _ in titled(words, citations))


def _cost(answer: Answer) -> str:
    """Describes what a model's writing cost: tokens, and dollars where they are known."""
    if answer.usage is None:
        return ""
    read, wrote = answer.usage.get("input_tokens"), answer.usage.get("output_tokens")
    tokens = "tokens unknown" if read is None or wrote is None else f"{read:,.0f} tokens read and {wrote:,.0f} written"
    dollars = answer.usage.get("dollars")
    return f", {tokens}, {'price unknown' if dollars is None else f'${dollars:.4f}'}"


def statement_text(statement: Statement, article: Article) -> str:
    """Returns a statement as one line of a list, with file and line in front."""
    content = " […] ".join(article.cut(part) for part in statement.content)
    quoted = f"“{content}”" if statement.kind == "direct" else content
    via = f", according to {statement.via}" if statement.via else ""
    speaker = statement.speaker or f"{statement.speaker_as_written or 'somebody'} ({_unnamed(statement)})"
    told = [
        "corrected by hand" if statement.corrected else "",
        "" if statement.is_certain else NOT_CERTAIN,
        "" if statement.is_said else _VERDICTS[statement.standing],
    ]
    speaker += "".join(f" ({part})" for part in told if part)
    line = article.line_of(statement.content[0].start)
    return f"{statement.source}:{line}  {speaker}{via}, {statement.kind}: {' '.join(quoted.split())}"


def _unnamed(statement: Statement) -> str:
    """Explains why a statement has no speaker."""
    return f"{' or '.join(statement.candidates)}, not told which" if statement.candidates else "no name given"


def bearer_text(bearer: Bearer) -> str:
    """Returns a person or body as one line of a list."""
    told = ", ".join(dict.fromkeys((*bearer.titles, *bearer.roles)))
    counts = f"{with_noun(bearer.statements, 'statement')}, {with_noun(bearer.articles, 'article')}"
    first_name = "" if bearer.is_full else " (no first name given)"
    return f"{bearer.person}{first_name}: {counts}{f'; {told}' if told else ''}"


def profile_text(profile: Profile) -> str:
    """Returns a profile as people read it."""
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in profile.said)
    days = "" if profile.first is None else f", {_days(profile.first, profile.last)}"
    others = [name for name in profile.names if name != profile.person]
    said = f"{with_noun(profile.statements, 'statement')}{f' ({kinds})' if kinds else ''}"
    lines = [
        f"{profile.person}{' (joined or split by hand)' if profile.by_hand else ''}",
        f"{said} in {with_noun(len(profile.sources), 'article')}{days}",
        *([f"Also named: {', '.join(others)}"] if others else []),
        *([f"Others of that name: {', '.join(profile.namesakes)}"] if profile.namesakes else []),
        *(["", "Titles and roles"] if profile.roles else []),
        *(f"  {_role_text(held)}" for held in profile.roles),
    ]
    return "\n".join(lines)


def _role_text(held: HeldRole) -> str:
    named = ", ".join(held.sources[:_ARTICLES_NAMED])
    more = f" and {len(held.sources) - _ARTICLES_NAMED:,} more" if len(held.sources) > _ARTICLES_NAMED else ""
    days = "" if held.first is None else f", {_days(held.first, held.last)}"
    return f"{held.role}{days}: {named}{more}"


def _days(first: str, last: str | None) -> str:
    return first if last in {None, first} else f"{first} to {last}"


def namesakes_text(name: str, counts: Mapping[str, int]) -> str:
    """Lists who shares a name: “Two people named Blair are quoted: Tony Blair (64 statements) and Ian Blair (2)”."""
    counted = [f"{person} ({count:,})" for person, count in counts.items()]
    first, count = next(iter(counts.items()))
    counted[0] = f"{first} ({with_noun(count, 'statement')})"
    people = number_in_words(len(counts)).capitalize()
    return f"{people} people named {asked_name(name).name} are quoted: {enumerated(counted)}."


def hit_text(hit: Hit, article: Article) -> str:
    """Returns a passage that retrieval found, as one line of a list."""
    return f"{hit.score:.4f}  {hit.passage.source}:{article.line_of(hit.passage.start)}  {_short(hit.passage.text)}"


def checked_text(checked: Checked) -> str:
    """Formats a quotation of a draft: the verdict, the words, and what the articles have."""
    verdict = _VERDICTS[checked.verdict]
    caution = f", {_CAUTIONS[checked.caution]}" if checked.caution else ""
    lines = [f"line {checked.line}: {verdict}{caution}: “{_short(checked.text)}”"]
    credited = checked.credited or checked.credited_as_written
    if checked.verdict == "wrong_speaker":
        record = checked.found and (checked.found.speaker or " or ".join(checked.found.candidates))
        lines.append(f"  the draft credits {credited}, the record {record}")
    if checked.difference:
        lines.append(f"  {_difference(checked.difference)}")
    if checked.found:
        lines.append(f"  {_place(checked.found)}")
    lines += [f"  {text}" for text in checked.notes]
    if checked.elsewhere:
        lines.append(f"  and in {with_noun(len(checked.elsewhere), 'other place')}")
    return "\n".join(lines)


def rechecked_text(rechecked: Rechecked) -> str:
    """Formats a citation of an export: the verdict, the words, and where they are now."""
    cited = rechecked.cited
    lines = [f"[{cited.number}] {rechecked.verdict}: {cited.source}: “{_short(cited.quote)}”"]
    if rechecked.verdict == "moved":
        lines.append(f"  now line {rechecked.line}, characters {rechecked.start:,}-{rechecked.end:,}")
    if rechecked.difference:
        lines.append(f"  {_difference(rechecked.difference)}")
    if rechecked.same_speaker is False:
        lines.append(f"  the export credits {cited.speaker}, the record {rechecked.speaker or 'nobody'}")
    return "\n".join([*lines, *(f"  {text}" for text in rechecked.notes)])


def _place(found: FoundQuotation) -> str:
    outlet = f" ({found.outlet})" if found.outlet else ""
    verb = "said by" if found.standing == "said" else "ascribed to"
    said = f", {verb} {found.speaker}" if found.speaker else ""
    said += f", according to {found.via}" if found.via else ""
    return f"{found.source}:{found.line}, characters {found.start:,}-{found.end:,}{outlet}{said}"


def _difference(pieces: Iterable[DiffPart]) -> str:
    """As `wdiff` has it: what only the draft says in [-…-], what only the article says in {+…+}."""
    marks = {"same": "{}", "draft": "[-{}-]", "article": "{{+{}+}}"}
    return " ".join(marks[piece.side].format(piece.text) for piece in pieces)


def _short(text: str, longest: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rsplit(" ", 1)[0] + "…"
