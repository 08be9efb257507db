"""Quotations in a model's sentence: verbatim in a cited place, given as words of somebody's own, else refused. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.checking.credits import PRONOUNS, QUOTATION
from rag.answering.checking.usable import touching
from rag.answering.voice import CLOSING, OPENING
from rag.types import Evidence, Place, Span, Statement

_NEAR = 400
"""Characters around quoted words in which their quotation marks stand."""

_LOOSE = " .,;:"
"""Marks that English puts inside a quotation that is not theirs."""

_SAME_LENGTH = str.maketrans({
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2007": " ", "\t": " ", "\n": " ", "\r": " ",
})  # fmt: skip


def objection_to_quotes(
    text: str, places: Sequence[Place], credited: Sequence[Statement], evidence: Evidence
) -> str | None:
    """Why a quotation of the sentence may not be shown; None if all may, or there is none."""
    for quoted in QUOTATION.finditer(text):
        wanted = _folded(quoted["words"]).strip(_LOOSE)
        found = _find(wanted, places, evidence)
        if not found:
            return f"“{quoted['words']}” does not stand so in the cited words."
        if not any(_is_quoted(place, credited, evidence) for place in found):
            return f"The article does not give “{quoted['words']}” as a quote."
    return None


@dataclass(frozen=True, slots=True)
class Copy:
    """A sentence of an article, on one line, and the statements that it tells whole, with who says them."""

    text: str
    credited: tuple[Statement, ...]


def copied(text: str, places: Sequence[Place], evidence: Evidence) -> Copy | None:
    """The sentence of a cited place that the text is word for word; None if it is none, or somebody else's words.

    What an article says of itself needs no reading: but a sentence out of what it has somebody say is not its own.
    """
    wanted = " ".join(_folded(text).split()).strip(_LOOSE)
    for place in places:
        article = evidence.articles[place.source]
        for span in evidence.sentences.get(place.source, ()):
            whole = article.cut(span)
            if not place.span.covers(span) or " ".join(_folded(whole).split()).strip(_LOOSE) != wanted:
                continue
            told = touching([Place(place.source, span)], evidence)
            if all(span.covers(one.span) and _is_named(one, whole) for one in told):
                return Copy(" ".join(whole.split()), tuple(told))
    return None


def _is_named(one: Statement, sentence: str) -> bool:
    """Whether the sentence itself says who speaks: by more than a pronoun, or a pronoun for somebody it names."""
    if one.speaker_as_written.lower() not in PRONOUNS:
        return True
    return one.speaker is not None and one.speaker.split()[-1] in sentence


def _find(wanted: str, places: Sequence[Place], evidence: Evidence) -> list[Place]:
    """Where folded words stand in the places, whole words only."""
    found = []
    for place in places:
        text = _folded(evidence.quote(place))
        # What is a sentence there may stand within another here, and the other way.
        first = f"[{re.escape(wanted[:1].lower())}{re.escape(wanted[:1].upper())}]"
        for match in re.finditer(rf"(?<!\w){first}{re.escape(wanted[1:])}(?!\w)", text) if wanted else ():
            start = place.span.start + match.start()
            found.append(Place(place.source, Span(start, start + len(wanted))))
    return found


def _is_quoted(place: Place, credited: Sequence[Statement], evidence: Evidence) -> bool:
    """Whether the article prints the words in quotation marks, or they are a direct quote of one who is credited."""
    record = [one for one in touching([place], evidence) if any(part.covers(place.span) for part in one.content)]
    if any(one.kind == "direct" and one in credited for one in record):
        return True
    own = [one for one in record if one.speaker]
    return _stands_in_marks(place, evidence) and (not own or any(one in credited for one in own))


def _stands_in_marks(place: Place, evidence: Evidence) -> bool:
    """Whether a quotation mark opens before the words and closes behind them, in one paragraph."""
    text, start, end = evidence.articles[place.source].text, place.span.start, place.span.end
    before = text[max(0, start - _NEAR) : start].rsplit("\n", 1)[-1]
    after = text[end : end + _NEAR].split("\n", 1)[0]
    curly = before.rfind("“") > before.rfind("”") and ("”" in after or '"' in after)
    straight = before.count('"') % 2 == 1 and '"' in after
    return curly or straight


def _folded(text: str) -> str:
    """The text with one form for all quotation marks, dashes and spaces; the length stays."""
    return text.translate(_SAME_LENGTH)


def with_exact_quotes(text: str, places: Sequence[Place], evidence: Evidence) -> str:
    """Each quotation in the characters of its source; a comma or stop that is not there moves out of the marks."""

    def exact(quoted: re.Match[str]) -> str:
        bare = quoted["words"].strip(_LOOSE)
        found = _find(_folded(bare), places, evidence)
        rest = quoted["words"].rstrip()[len(quoted["words"].rstrip(_LOOSE)) :]
        place = found[0]
        longer = Place(place.source, Span(place.span.start, place.span.end + len(rest)))
        whole = evidence.articles[place.source].text[place.span.start : longer.span.end]
        inside = (
            rest and _folded(whole)[1:] == _folded(bare + rest)[1:] and any(p.span.covers(longer.span) for p in places)
        )
        if inside:
            return f"{OPENING}{whole}{CLOSING}"
        outside = "" if text[quoted.end() : quoted.end() + 1] in set(_LOOSE.strip()) else rest
        return f"{OPENING}{evidence.quote(place)}{CLOSING}{outside}"

    return QUOTATION.sub(exact, text)
