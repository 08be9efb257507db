"""The credits that answers give. The writer uses them, and the check accepts no others."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence

from rag.core import Article, Evidence, Place, Span, Standing, Statement
from rag.text.name_matching import compatible
from rag.text.names import name_lists
from rag.text.quantities import ONES
from rag.text.tokens import PRONOUNS, word_list

OPENING, CLOSING = "“", "”"
OMISSION = " […] "
_REPORTED = "as reported"
_TAKES_THE = word_list("bodies with an article")
"""Last words of names of bodies that take a definite article."""

_HEADS = word_list("bodies of something")
"""Nouns before "of" that take one: the Bank of England, though Deutsche Bank."""

_SHORT_FORMS = word_list("short forms with an article")
"""Short forms that are spelled out and take a definite article."""

_PEOPLE = word_list("parties")
"""Names of parties that mean their people."""

NOT_CERTAIN = "speaker not certain"
"""The remark on words whose speaker is not certain."""

STANDINGS: Mapping[Standing, str] = {
    "withdrawn": "read as withdrawn since",
    "disputed": "read as disputed",
    "fabricated": "read as made up",
    "fictional": "read as fiction or satire",
}
"""The remark on a speaker to whom words are only ascribed."""

NOT_SAID: Mapping[Standing, str] = {
    standing: f"These words are ascribed to {{who}}, and {remark}." for standing, remark in STANDINGS.items()
}
"""The sentence that says that words do not count as said."""

_OUTLETS = 4
"""How many other outlets of one story are named; more are counted."""

_MARKS_IN_TITLES = str.maketrans({"“": "‘", "”": "’", '"': "'", "„": "‚", "«": "‹", "»": "›"})
"""A title's own quotation marks become single: double ones are only for the words of a cited slice."""


def where(article: Article, *, dated: bool = False) -> str:
    """Names an article: *Title* (Outlet), as far as given, else its file; if `dated`, with its date."""
    title = f"*{article.title.translate(_MARKS_IN_TITLES)}*" if article.title else article.source
    told = [article.outlet, published_on(article) if dated else None]
    beside = ", ".join(filter(None, told))
    return f"{title} ({beside})" if beside else title


def carried(source: str, evidence: Evidence) -> str | None:
    """Says which other outlets carry an article ("also in Orda"), else in how many files it stands; None for one."""
    outlets, files = evidence.outlets.get(source, ()), evidence.files.get(source, 1)
    if outlets:
        few = len(outlets) <= _OUTLETS
        return f"also in {enumerated(list(outlets)) if few else f'{number_in_words(len(outlets))} other outlets'}"
    return f"in {number_in_words(files)} files" if files > 1 else None


def published_on(article: Article) -> str | None:
    """Returns the day of publication for readers, "3 May 2024"; None if the article gives none."""
    if not article.published:
        return None
    day = dt.date.fromisoformat(article.published[:10])
    return f"{day.day} {day:%B %Y}"


def credits_for(statement: Statement | None, article: Article, places: Sequence[Place]) -> tuple[str, str, str]:
    """Returns the possible credits for these places of the article: in full, in short, in full with the day.

    The article itself is credited if nobody is speaking, if its outlet speaks of itself, if it is not certain whom it
    reports, or if the words themselves say which unnamed person said so: "The town has no ferry, police said."
    """
    named, dated = where(article), where(article, dated=True)
    if statement is None or _is_the_articles(statement, article, places):
        return f"{named}: ", f"{article.outlet or named}: ", f"{dated}: "
    speaker, how = who_says(statement), how_told(statement)
    short = f"{speaker}, {how}" if how else speaker
    comma = " " if how == _REPORTED else ", "
    return f"{short}{comma}in {named}: ", f"{short}: ", f"{short}{comma}in {dated}: "


def told_in(place: Place, evidence: Evidence) -> Statement | None:
    """Returns the statement that the place shows, the one with most content there; None if the article is speaking."""
    told = [statement for statement in evidence.record if statement.tells(place)]
    return max(told, key=lambda statement: statement.said_within(place.span), default=None)


def is_attributed(places: Sequence[Place], evidence: Evidence) -> bool:
    """Returns whether sentences that stand together name their own speakers, so that no credit must be added."""
    hull = Span(places[0].span.start, places[-1].span.end)
    text = evidence.articles[places[0].source].cut(hull)
    told = [statement for statement in evidence.record if any(statement.tells(place) for place in places)]
    return all(hull.covers(statement.span) and statement.is_said and _is_named(statement, text) for statement in told)


def _is_named(statement: Statement, text: str) -> bool:
    """Returns whether a text names a statement's speaker by more than a pronoun."""
    written, speaker = statement.speaker_as_written, statement.speaker
    return bool(written) and (not is_pronoun(written) or (speaker is not None and speaker.split()[-1] in text))


def who_says(statement: Statement) -> str:
    """Returns a statement's speaker for a credit, with its remarks: not certain, not said."""
    speaker = capital(called(statement.speaker)) if statement.speaker else _unnamed(statement)
    if statement.speaks_for and not _tells_whose(speaker, statement.speaks_for):
        speaker = f"{speaker}, who speaks for {called(statement.speaks_for)}"
    told = remarks(statement)
    return f"{speaker} ({'; '.join(told)})" if told else speaker


def _tells_whose(speaker: str, principal: str) -> bool:
    """Returns whether a credit need not name the principal: the speaker is a name, or gives the principal."""
    return speaker.rsplit(maxsplit=1)[-1][0].isupper() or principal.rsplit(maxsplit=1)[-1] in speaker


def remarks(statement: Statement) -> list[str]:
    """Returns the remarks that must accompany the speaker of a statement."""
    told = []
    if statement.candidates:
        told += [] if is_pronoun(statement.speaker_as_written) else [possible_speakers(statement)]
    elif not statement.is_certain:
        told.append(NOT_CERTAIN)
    if not statement.is_said:
        told.append(STANDINGS[statement.standing])
    return told


def how_told(statement: Statement) -> str:
    """Returns who passed the words on; else that they are only reported."""
    if statement.via:
        return f"according to {passed_on_by(statement.via)}"
    return _REPORTED if statement.kind != "direct" else ""


def passed_on_by(via: str) -> str:
    """Returns the relay as it is written inside a sentence: "prosecutors", even if the article opens one with them."""
    singular = via.lower().removesuffix("s")
    is_common = singular in name_lists().titles or via.lower() in name_lists().state | {"police"}
    return via.lower() if is_common else via


def _is_the_articles(statement: Statement, article: Article, places: Sequence[Place]) -> bool:
    if not statement.is_said:
        return False
    if statement.candidates:
        return statement.kind == "reported"
    if statement.speaker is None:
        return any(place.span.covers(statement.span) for place in places)
    return statement.speaker == article.outlet


def _unnamed(statement: Statement) -> str:
    """Returns an unnamed speaker in the article's words; a pronoun means nothing out of context."""
    if not is_pronoun(statement.speaker_as_written):
        return capital(statement.speaker_as_written)
    return capital(NOT_CERTAIN)


def possible_speakers(statement: Statement) -> str:
    """Returns the possible speakers of words with candidates: "perhaps Ada Lund or the Kremlin"."""
    return f"perhaps {enumerated(people(statement.candidates), 'or')}"


_GLOSS = re.compile(r" \([^()]*\)$")


def people(names: Iterable[str]) -> list[str]:
    """Returns the names as used in a sentence; of those that may be one person's only the first, without a gloss."""
    told: list[str] = []
    for name in names:
        bare = _GLOSS.sub("", name)
        if not any(compatible(bare, other) for other in told):
            told.append(bare)
    return list(map(called, told))


def is_pronoun(written: str) -> bool:
    """Returns whether the words for a speaker are missing, or mean nothing out of context."""
    return not written or written.lower() in PRONOUNS


def called(name: str) -> str:
    """Returns a name as used in a sentence: "the Kremlin", "the EU", "the Bank of England", "Ada Lund", "Reuters"."""
    head, of, _ = name.lower().partition(" of ")
    last = head.rsplit(" ", 1)[-1]
    takes_the = name in _SHORT_FORMS or last in (_TAKES_THE | _HEADS if of else _TAKES_THE | _PEOPLE)
    return f"the {name}" if takes_the else name


def is_or_are(name: str) -> str:
    """Returns the verb for a name: are for a party's people and for officials, is for anybody else."""
    last = name.rsplit(" ", 1)[-1]
    is_many = last.lower() in _PEOPLE or (last.islower() and re.search("[^s]s$", last) is not None)
    return "are" if is_many else "is"


def capital(text: str) -> str:
    """Returns the text with a capital at its beginning."""
    return f"{text[:1].upper()}{text[1:]}"


_IN_WORDS = 12
"""The greatest number that newspapers print in words."""


def number_in_words(count: int) -> str:
    """Returns a count in words up to twelve, as newspapers print it."""
    return f"{count:,}" if count > _IN_WORDS else ONES[count] if count else "no"


def enumerated(names: Sequence[str], conjunction: str = "and") -> str:
    """Returns a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {conjunction} {names[-1]}"
