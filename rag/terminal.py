"""What is printed in a terminal: made harmless, laid out for people. Knows no files and no library."""

from __future__ import annotations

import sys
import unicodedata

from rag.types import Answer, Article, Hit, Statement

_CHARACTERS_THAT_ARE_TEXT = frozenset("\n\t")


def plain(text: str) -> str:
    """The text with control, bidirectional and other invisible characters written out, so that none acts."""
    return "".join(
        character if character in _CHARACTERS_THAT_ARE_TEXT or not _acts(character) else f"\\u{{{ord(character):x}}}"
        for character in text
    )


def _acts(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs"}


def say(text: str) -> None:
    """One line or more on standard output, harmless."""
    sys.stdout.write(plain(text) + "\n")


def note(text: str) -> None:
    """One line for the person at the terminal, on standard error."""
    sys.stderr.write(plain(text) + "\n")


def answer_text(answer: Answer) -> str:
    """An answer with its sources, as people read it."""
    lines = [answer.text]
    if answer.citations:
        lines += ["", "Sources"]
        lines += [
            f"  [{one.number}] {one.title or one.source}{f' ({one.outlet})' if one.outlet else ''}: "
            f"{one.source}, line {one.line}, characters {one.start:,}-{one.end:,}"
            for one in answer.citations
        ]
    if answer.near_misses:
        lines += ["", "Nearest"]
        lines += [f"  {one.speaker or one.source} ({one.why}): {_short(one.quote)}" for one in answer.near_misses]
    if answer.withheld:
        lines += ["", "Not supported, and so withheld"]
        lines += [f"  {one.text} ({one.reason})" for one in answer.withheld]
    lines += ["", *(f"Put right: {text}" for text in answer.corrections), *(f"Note: {text}" for text in answer.notes)]
    lines.append(f"{answer.writer} writer, {answer.seconds:.2f} s{_cost(answer)}")
    return "\n".join(lines)


def _cost(answer: Answer) -> str:
    """What a model's writing took, behind the time: tokens, and dollars where they are known."""
    if answer.usage is None:
        return ""
    read, wrote = answer.usage.get("input_tokens"), answer.usage.get("output_tokens")
    tokens = "tokens unknown" if read is None or wrote is None else f"{read:,.0f} tokens read and {wrote:,.0f} written"
    dollars = answer.usage.get("dollars")
    return f", {tokens}, {'price unknown' if dollars is None else f'${dollars:.4f}'}"


def statement_text(statement: Statement, article: Article) -> str:
    """A statement as one line of a list, with file and line in front."""
    content = " […] ".join(article.cut(part) for part in statement.content)
    quoted = f"“{content}”" if statement.kind == "direct" else content
    via = f" via {statement.via}" if statement.via else ""
    speaker = statement.speaker or f"{statement.speaker_as_written} (no name given)"
    line = article.line_of(statement.content[0].start)
    return f"{statement.source}:{line}  {speaker}{via}, {statement.kind}: {' '.join(quoted.split())}"


def hit_text(hit: Hit, article: Article) -> str:
    """A passage that retrieval found, as one line of a list."""
    return f"{hit.score:.4f}  {hit.passage.source}:{article.line_of(hit.passage.start)}  {_short(hit.passage.text)}"


def counted(count: int, noun: str) -> str:
    """1 statement, 2 statements."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _short(text: str, longest: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rsplit(" ", 1)[0] + "…"
