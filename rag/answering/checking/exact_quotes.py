"""Holds the quotations of a model's sentence against the cited words, letter by letter."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answering.checking.source_words import touching
from rag.answering.claims.credits import CLOSING, OPENING
from rag.core import Evidence, Place, Span, Statement
from rag.text.quotation_marks import QUOTATION, folded_marks

_NEAR = 400
"""Characters around quoted words in which to look for their quotation marks."""

LOOSE = " .,;:"
"""Marks that English puts inside a quotation although they do not belong to it."""


def objection_to_quotes(
    text: str, places: Sequence[Place], credited: Sequence[Statement], evidence: Evidence
) -> str | None:
    """Returns why a quotation in the sentence may not be shown; None if all may, or there is none."""
    for quoted in QUOTATION.finditer(text):
        wanted = folded_marks(quoted["words"]).strip(LOOSE)
        found = _find(wanted, places, evidence)
        if not found:
            return f"“{quoted['words']}” does not stand so in the cited words."
        if not any(_is_quoted(place, credited, evidence) for place in found):
            return f"The article does not give “{quoted['words']}” as a quote."
    return None


def _find(wanted: str, places: Sequence[Place], evidence: Evidence) -> list[Place]:
    """Finds folded words in the places, whole words only."""
    found = []
    for place in places:
        text = folded_marks(evidence.quote(place))
        # What is a sentence there may stand within another here, and the other way.
        first = f"[{re.escape(wanted[:1].lower())}{re.escape(wanted[:1].upper())}]"
        for match in re.finditer(rf"(?<!\w){first}{re.escape(wanted[1:])}(?!\w)", text) if wanted else ():
            start = place.span.start + match.start()
            found.append(Place(place.source, Span(start, start + len(wanted))))
    return found


def _is_quoted(place: Place, credited: Sequence[Statement], evidence: Evidence) -> bool:
    """Returns whether the words are in quotation marks, or a direct quote of somebody who is credited."""
    record = [
        statement
        for statement in touching([place], evidence)
        if any(part.covers(place.span) for part in statement.content)
    ]
    if any(statement.kind == "direct" and statement in credited for statement in record):
        return True
    own = [statement for statement in record if statement.speaker]
    return _stands_in_marks(place, evidence) and (not own or any(statement in credited for statement in own))


def _stands_in_marks(place: Place, evidence: Evidence) -> bool:
    """Returns whether a quotation mark opens before the words and closes after them, in one paragraph."""
    text, start, end = evidence.articles[place.source].text, place.span.start, place.span.end
    before = text[max(0, start - _NEAR) : start].rsplit("\n", 1)[-1]
    after = text[end : end + _NEAR].split("\n", 1)[0]
    curly = before.rfind("“") > before.rfind("”") and ("”" in after or '"' in after)
    straight = before.count('"') % 2 == 1 and '"' in after
    angled = before.rfind("«") > before.rfind("»") and "»" in after
    low = before.rfind("„") > max(before.rfind("“"), before.rfind("”")) and ("“" in after or "”" in after)
    return curly or straight or angled or low


def with_exact_quotes(text: str, places: Sequence[Place], evidence: Evidence) -> str:
    """Replaces each quotation by its source's characters; a comma or stop that is not there moves out of the marks."""

    def exact(quoted: re.Match[str]) -> str:
        bare = quoted["words"].strip(LOOSE)
        place, *_ = _find(folded_marks(bare), places, evidence)
        rest = quoted["words"].rstrip()[len(quoted["words"].rstrip(LOOSE)) :]
        longer = Span(place.span.start, place.span.end + len(rest))
        whole = evidence.articles[place.source].text[longer.start : longer.end]
        is_same = folded_marks(whole)[1:] == folded_marks(bare + rest)[1:]
        if rest and is_same and any(cited.span.covers(longer) for cited in places):
            return f"{OPENING}{whole}{CLOSING}"
        outside = "" if text[quoted.end() : quoted.end() + 1] in set(LOOSE.strip()) else rest
        return f"{OPENING}{evidence.quote(place)}{CLOSING}{outside}"

    return QUOTATION.sub(exact, text)
