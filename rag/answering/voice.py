"""The words by which answers credit the articles. The writer uses them, and the check accepts no others."""

from __future__ import annotations

from rag.types import Article, Statement

OPENING, CLOSING = "“", "”"
OMISSION = " […] "
_PRONOUNS = frozenset({"he", "she", "it", "they", "i", "we", "who", "this"})
_TAKES_THE = frozenset(
    {"kremlin", "pentagon", "ministry", "department", "government", "parliament", "council", "commission", "committee"}
    | {"court", "senate", "congress", "house", "union", "army", "navy", "police", "agency", "office", "party", "bureau"}
    | {"administration", "embassy", "delegation", "secretariat", "nations", "states", "alliance", "league"}
)
"""Last words of the names of bodies that English puts an article before."""


def where(article: Article) -> str:
    """How an article is named: *Title* (Outlet), as far as it gives them, else its file."""
    title = f"*{article.title}*" if article.title else article.source
    return f"{title} ({article.outlet})" if article.outlet else title


def credits_for(statement: Statement | None, article: Article) -> tuple[str, str]:
    """How words of the article may be credited, in full and in short; the article itself where nobody is speaking."""
    if statement is None:
        return f"{where(article)}: ", f"{article.outlet or where(article)}: "
    speaker = capital(called(statement.speaker)) if statement.speaker else _unnamed(statement.speaker_as_written)
    reported = "as reported " if statement.kind == "reported" else ""
    via = f"via {statement.via}" if statement.via else ""
    short = ", ".join(filter(None, [speaker, f"{reported}{via}".strip()]))
    comma = " " if reported and not via else ", "
    return f"{short}{comma}in {where(article)}: ", f"{short}: "


def _unnamed(written: str) -> str:
    """A speaker whom the article does not name, in its own words; a pronoun says nothing out of its place."""
    if not written or written.lower() in _PRONOUNS:
        return "A speaker without a name"
    return capital(written)


def called(name: str) -> str:
    """A name as it stands in a sentence: "the Kremlin", "the Russian Defense Ministry", "Ada Lund", "Reuters"."""
    return f"the {name}" if name.lower().rsplit(" ", 1)[-1] in _TAKES_THE else name


def capital(text: str) -> str:
    """The text with a capital at its beginning."""
    return f"{text[:1].upper()}{text[1:]}"


def times(count: int) -> str:
    """once, twice, 3 times."""
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def listed(names: list[str]) -> str:
    """a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
