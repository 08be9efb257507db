"""Checks what code can know for certain of a generated sentence: numbers, names, figures, quotations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.answering.checking.semantic_roles import names_in
from rag.answering.checking.source_words import introductions, is_short_for, read_around, touching, uncovered
from rag.answering.checking.speaker_credit import PRONOUNS, QUOTATION, Credits, credits_of, is_name_inside_sentence
from rag.answering.claims.credits import CLOSING, OPENING, passed_on_by, published_on
from rag.core import Article, Claim, Evidence, Place, Span, Statement
from rag.text import tokens
from rag.text.names import name_lists, names_of_nation
from rag.text.quantities import foreign

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


Pieces = Sequence[tuple[Place, ...]]
"""What a model was shown, each the places of one number, from 1."""

_INITIALS = re.compile(r"\b([A-Z])\. (?=[A-Z]\.)")
"""Between initials: some models write U. S. where the articles write U.S."""

_MOST_TRIED = 3
_SHORT = 60
_MARKS = '“”«»"'
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co"})
_MORE_THAN_WORDS = re.compile(r"https?:|www\.|!\[|\]\(|[<>{}|\\]")
_LONGEST = 700


@dataclass(frozen=True, slots=True)
class Beside:
    """What a sentence may lean on beside the words that it cites.

    `question` and `before`, the sentence shown before it, say who "he" is; `told` is what code told the model.
    """

    question: str = ""
    told: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """The claim as it is to be shown, or why it is not; what was put right, as sentences; whom it credits."""

    claim: Claim
    objection: str | None = None
    corrections: tuple[str, ...] = ()
    credited: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Admitted:
    """What came of a sentence at the gate: why it may not pass, or how it passes.

    The text has every quotation in the very characters of its source; the places name the statements that they tell.
    """

    text: str
    places: tuple[Place, ...]
    objection: str | None = None
    credited: tuple[Statement, ...] = ()


def pass_gate(claim: Claim, pieces: Pieces, evidence: Evidence, beside: Beside = Beside()) -> Settled:
    """Takes the claim through the gate on the pieces that it cites; where it cites none, on those most like it."""
    claim = replace(claim, text=_INITIALS.sub(r"\1.", claim.text))
    if not claim.is_whole:
        return Settled(claim, "It was cut off.")
    cited = cited_by(claim, pieces)
    if cited:
        return _shown(claim, admit(claim.text, places_of(cited, pieces), evidence, beside), cited)
    for number in likely(claim.text, pieces, evidence):
        admitted = admit(claim.text, places_of([number], pieces), evidence, beside)
        if not admitted.objection:
            return _shown(claim, admitted, [number])
    return Settled(claim, "It cites a number that there is not." if claim.numbers else "It cites nothing.")


def cited_by(claim: Claim, pieces: Pieces) -> list[int]:
    """The numbers that the claim gives, of pieces that there are."""
    return [number for number in dict.fromkeys(claim.numbers) if 1 <= number <= len(pieces)]


def places_of(numbers: Sequence[int], pieces: Pieces) -> tuple[Place, ...]:
    """The places of the pieces with these numbers, each once."""
    return tuple(dict.fromkeys(place for number in numbers for place in pieces[number - 1]))


def likely(text: str, pieces: Pieces, evidence: Evidence) -> list[int]:
    """The numbers of the pieces that share most words with the sentence, best first, a few of them."""
    sought = {tokens.stem(word) for word in tokens.content_words(text)}
    shared = {
        number: len(sought & {tokens.stem(word) for place in piece for word in tokens.words(evidence.quote(place))})
        for number, piece in enumerate(pieces, start=1)
    }
    ranked = sorted((number for number in shared if shared[number]), key=lambda number: -shared[number])
    return ranked[:_MOST_TRIED]


def _shown(claim: Claim, admitted: Admitted, numbers: Sequence[int]) -> Settled:
    shown = replace(claim, text=admitted.text, places=admitted.places)
    corrections = () if admitted.objection else renumbered(claim, numbers)
    return Settled(shown, admitted.objection, corrections, admitted.credited)


def renumbered(claim: Claim, kept: Sequence[int]) -> tuple[str, ...]:
    """What to say of numbers that were put right; nothing where the model's own were kept."""
    if list(dict.fromkeys(claim.numbers)) == list(kept):
        return ()
    text = claim.text
    short = text if len(text) <= _SHORT else f"{text[: _SHORT - 1].rsplit(' ', 1)[0]} …"
    gave = "another source" if claim.numbers else "no source"
    return (f"The model gave {gave} for “{short}”; it now cites what bears it out.",)


def admit(text: str, places: Sequence[Place], evidence: Evidence, beside: Beside) -> Admitted:
    """Tries every rule on the sentence against the places, in turn."""
    if objection := _objection_to_form(text):
        return Admitted(text, tuple(places), objection)
    if copy := copied(text, places, evidence):
        return Admitted(copy.text, _named(places, copy.credited, evidence), None, copy.credited)
    heard = credits_of(text, places, evidence, f"{beside.question} {beside.before}")
    objection = heard.objection or next(_objections(text, places, heard, evidence, beside), None)
    if objection:
        return Admitted(text, tuple(places), objection)
    exact = _with_via(with_exact_quotes(text, places, evidence), heard.via)
    return Admitted(exact, _named(places, heard.credited, evidence), None, heard.credited)


def _with_via(text: str, via: str | None) -> str:
    """The sentence with who alone passed its words on, where it leaves that out."""
    return f"{text.removesuffix('.')}, according to {passed_on_by(via)}." if via else text


def _objections(
    text: str, places: Sequence[Place], heard: Credits, evidence: Evidence, beside: Beside
) -> Iterator[str]:
    if altered := objection_to_quotes(text, places, heard.credited, evidence):
        yield altered
    there = _there(places, heard.credited, evidence, beside)
    if figure := foreign(text, there):
        yield f"The cited words do not hold “{figure.written}”."
    introduced = introductions(heard.credited, evidence)
    title = " ".join(word for word in heard.titles if not uncovered(word, introduced))
    if name := _foreign_name(text, there, title, [evidence.articles[place.source] for place in places]):
        yield f"The cited words do not name “{name}”."


def _there(places: Sequence[Place], credited: Sequence[Statement], evidence: Evidence, beside: Beside) -> str:
    """All that figures and names may come from: the cited words, their credit and date, the question, the tools."""
    articles = [evidence.articles[source] for source in dict.fromkeys(place.source for place in places)]
    credit = [part for one in articles for part in (one.outlet, one.published, published_on(one)) if part]
    credit += [part for one in credited or touching(places, evidence) for part in (one.speaker, one.via) if part]
    cited = read_around(places, evidence)
    return "\n".join([*cited, *credit, beside.question, beside.told])


def _objection_to_form(text: str) -> str | None:
    bare = QUOTATION.sub("", text)
    faults = {
        "It holds characters that cannot be seen.": any(unicodedata.category(one) in _UNSEEN for one in text),
        "It is too long to be checked.": len(text) > _LONGEST,
        "It holds more than words.": _MORE_THAN_WORDS.search(text) is not None,
        "It asks and tells nothing.": bare == text and text.rstrip(f"{_MARKS})").endswith("?"),
        "A quotation mark is not closed.": any(mark in bare for mark in _MARKS),
    }
    return next((fault for fault, holds in faults.items() if holds), None)


def _foreign_name(text: str, there: str, title: str, articles: Sequence[Article]) -> str | None:
    """The first name of the sentence, outside its quotations, that stands nowhere where it may come from.

    A given name may come from the whole article where the cited words hold the family name behind it; what is in the
    `title` of a speaker is proved by how articles introduce them.
    """
    bare = QUOTATION.sub(lambda quoted: "," * len(quoted[0]), text)
    titles = name_lists().titles
    names = [
        (name, behind)
        for name, behind in names_in(bare)
        if is_name_inside_sentence(name) and name.lower() not in titles
    ]
    missing = set(uncovered(" ".join(name for name, _ in names), f"{there}\n{title}"))
    for name, behind in names:
        is_there = is_short_for(name, there) or _is_of_nation(name, there)
        if missing.isdisjoint(tokens.words(name)) or is_there:
            continue
        is_given = is_name_inside_sentence(behind) and behind not in missing
        if not is_given or not any(f"{name} {behind}" in article.text for article in articles):
            return name
    return None


def _is_of_nation(word: str, there: str) -> bool:
    """Whether a nation stands there by another of its names: "Seoul" for South Korea."""
    return any(re.search(rf"\b{re.escape(name)}\b", there, re.IGNORECASE) for name in names_of_nation(word))


def _named(places: Sequence[Place], credited: Sequence[Statement], evidence: Evidence) -> tuple[Place, ...]:
    """The places, each with the credited statement that it holds a part of."""
    found = []
    for place in places:
        own = [one for one in touching([place], evidence) if one in credited]
        best = max(own, key=lambda one: one.tells(place), default=None)
        found.append(
            Place(place.source, place.span, best.id if best else place.statement if not own and credited else None)
        )
    return tuple(found)
