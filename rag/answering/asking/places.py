"""Where a question says to look: an outlet or an article that the library holds. Knows their names alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.answering.asking.phrasings import phrasings
from rag.answering.known import Known
from rag.text.name_matching import fold

_LONGEST_NAME = 6
_FILE = re.compile(
    r"(?P<lead>(?:in|from|according to|of|by) )?(?:the )?"
    r"(?:(?P<noun>article|file|document|source|text|story|report)s? "
    r"(?:no\.? |number |nr\.? |#|called |named |titled |entitled |with the title )?)?"
    r"(?:(?P<number>\d{1,6}\b(?! of | articles| people|,\d))"
    r"|(?P<file>[\w./-]*\w\.(?:txt|md|html?|pdf|docx|jsonl?|csv|epub|rtf|odt|xml|eml)(?:#\d+)?)"
    r"|\*(?P<starred>[^*]{3,200})\*|[“\"](?P<title>[^”\"]{3,200})[”\"])",
    re.IGNORECASE,
)
_ASKS_FOR_ONE = re.compile(
    r"(?:please )?(?:summari[sz]e|sum up|open|show|read|what (?:is|was) .*about[ ?]*$)", re.IGNORECASE
)
_OF_ARTICLES = re.compile(
    r"\b(?:articles?|report(?:s|ed)?|story|stories|pieces?|published|according to)\b", re.IGNORECASE
)
_KEPT = {"": "the article", "of": "of the article", "by": "by the article"}
_MARK = "@"
_QUOTED_MARK = re.compile(rf"[\"'“‘]?{_MARK}[\"'”’]?")
_PUT: dict[str, str] = {"speaks": "what do the articles", "article": "the article", "named": " "}
"""What stands for the words that name an outlet, by the way in which they do."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A question without the words that say where to look, and what these name. `trouble` says what is not there."""

    rest: str
    source: str | None = None
    outlet: str | None = None
    trouble: str | None = None


def looked_in(question: str, known: Known) -> Looked:
    """The outlet or the article that the question names."""
    return _file(question, known) or _outlet(question, known) or Looked(question)


def _file(question: str, known: Known) -> Looked | None:
    """The article that is named by its number, its file or its title; no title is one that the library lacks."""
    for match in _FILE.finditer(question):
        title = match["starred"] or match["title"]
        is_named = match["noun"] or match["file"] or (title and _ASKS_FOR_ONE.match(question))
        if not is_named or (match["number"] and _is_of_a_law(match)):
            continue
        named = match["file"] or match["number"]
        found = sorted(known.holdings.titled(title)) if title else known.sources_called(named)
        if len(found) == 1:
            put = f" {_KEPT.get((match['lead'] or '').lower().strip(), '')} "
            return Looked(_joined(question[: match.start()], put, question[match.end() :]), source=found[0])
        if named:
            called = match["file"] or f"{match['noun']} {named}"
            many = f"{len(found)} files in the library answer" if found else "No file in the library answers"
            return Looked(question, trouble=f"{many} to “{called}”.")
    return None


def _is_of_a_law(match: re.Match[str]) -> bool:
    """Whether "Article 49" is one of a treaty: written as a name, and not padded with zeros as files are."""
    return not match["number"].startswith("0") and match["noun"][:1].isupper()


def _outlet(question: str, known: Known) -> Looked | None:
    """The outlet that the question names, unless as somebody who speaks."""
    for start, end, outlet in outlets_in(question, known):
        marked = _QUOTED_MARK.sub(_MARK, f"{question[:start]}{_MARK}{question[end:]}", count=1)
        for way, put in _PUT.items():
            if way == "speaks" and known.named(outlet):
                continue
            for pattern in phrasings("outlet", way):
                if match := pattern.search(marked):
                    rest = _joined(marked[: match.start()], f" {put} ", marked[match.end() :])
                    return Looked(rest, outlet=outlet)
    return None


def outlets_in(question: str, known: Known) -> Iterator[tuple[int, int, str]]:
    """Every stretch of words that names an outlet, longest first, written with a capital where it is a single word."""
    found = [(match.start(), match.end()) for match in re.finditer(r"[^\s,;:?!“”\"‘()]+", question)]
    for length in range(_LONGEST_NAME, 0, -1):
        for place in range(len(found) - length + 1):
            start, end = found[place][0], found[place + length - 1][1]
            written = re.sub(r"(?:[’']s?|\.)$", "", question[start:end])
            outlet = known.outlets.get(fold(written).removeprefix("the ")) if written else None
            if outlet and (length > 1 or "." in written or not written.islower()):
                yield start, start + len(written), outlet


def without_outlets(question: str, known: Known) -> str:
    """A question that speaks of articles without the outlets whose articles they are: no text needs to name its own."""
    if _OF_ARTICLES.search(question):
        for written in [question[start:end] for start, end, _ in outlets_in(question, known)]:
            question = question.replace(written, " ")
    return question


def _joined(before: str, put: str, after: str) -> str:
    """The two ends of a question with something between them."""
    return " ".join(f"{before.rstrip(' ,')}{put}{after.lstrip(' ,')}".split())
