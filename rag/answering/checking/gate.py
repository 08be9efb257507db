"""Decides whether a claim may be shown: an article's own words exactly, a model's sentence by what code can verify.

In a model's sentence the gate checks numbers, names, figures, quotations and speakers; the judge or the word-by-word
proof checks its meaning. No state is kept: the same claim always gets the same result.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.answering.checking.lexical_proof import (
    LOOSE,
    Sources,
    objection_to_proof,
    objection_to_quotes,
    with_exact_quotes,
)
from rag.answering.checking.source_words import (
    Credits,
    credits_of,
    introductions,
    is_name_inside_sentence,
    is_short_for,
    read_around,
    same_name,
    touching,
    uncovered,
)
from rag.answering.claims.credits import (
    CLOSING,
    OMISSION,
    OPENING,
    credits_for,
    is_attributed,
    is_pronoun,
    passed_on_by,
    published_on,
)
from rag.answering.claims.quoting import statement_at, touches
from rag.answering.reading.semantic_roles import names_in
from rag.core import Article, Claim, Evidence, Place, Span, Statement
from rag.text import tokens
from rag.text.languages import NOT_ENGLISH, is_english_question
from rag.text.names import name_lists, names_of_nation
from rag.text.quantities import foreign
from rag.text.quotation_marks import QUOTATION, folded_marks

_INITIALS = re.compile(r"\b([A-Z])\. (?=[A-Z]\.)")
"""Spaces between initials: some models write U. S. for the articles' U.S."""

_LOW_MARKS = re.compile("„([^“”„]+)[“”]")
_IN_DIGITS = re.compile(r"\d+(?:[.,\u00a0\u202f ]\d+)*")

UNREAD = "It is in another language than English, or its source is, and no judge that passed its exam has read it."
"""Why a sentence is withheld that only a judge can hold against its source."""

_MOST_TRIED = 3
_SHORT = 60
_LONGEST = 700
_MARKS = '“”«»"'
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co"})
_MORE_THAN_WORDS = re.compile(r"https?:|www\.|!\[|\]\(|[<>{}|\\]")
_APART = "What it cites is said of different people or things."

Pieces = Sequence[tuple[Place, ...]]
"""The pieces that a model was shown, each the places of one number, from 1."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a sentence may use beside the words that it cites.

    `question` and `before`, the sentence shown before it, say who "he" is; `told` is what code told the model.
    """

    question: str = ""
    told: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """The claim as it is to be shown, or the reason why not; corrections, as sentences; whom it credits.

    For an article's own words, `credit` is the beginning of the text and `quotes` are the positions of each place's
    words.
    """

    claim: Claim
    objection: str | None = None
    corrections: tuple[str, ...] = ()
    credited: tuple[Statement, ...] = ()
    credit: str = ""
    quotes: tuple[Span, ...] = ()


def verify_words(claim: Claim, evidence: Evidence) -> Settled:
    """Verifies a claim that is not a model's: a frame of the record, or an article's own words after their credit."""
    refused = next(_of_places(claim, evidence), None)
    if refused:
        return Settled(claim, refused)
    if claim.frame:
        return Settled(claim, None if claim.frame.text == claim.text else "The record does not bear it out.")
    if not claim.places:
        return Settled(claim, "It cites nothing.")
    spoken, refused = _speaking(claim, evidence)
    if refused:
        return Settled(claim, refused)
    article = evidence.articles[claim.places[0].source]
    speaking = [*spoken, *([None] if not spoken or is_attributed(claim.places, evidence) else [])]
    ways = [way for statement in speaking for way in credits_for(statement, article, claim.places)]
    credit = next((way for way in ways if claim.text.startswith(way)), None)
    if credit is None:
        return Settled(claim, "Its credit is not what the record says.")
    quotes, refused = _quoted_in(claim, len(credit), spoken, evidence)
    return Settled(claim, refused or next(_of_copies(claim, evidence), None), credit=credit, quotes=quotes)


def _of_places(claim: Claim, evidence: Evidence) -> Iterator[str]:
    for place in claim.places:
        article = evidence.articles.get(place.source)
        if article is None or place.span.end > len(article.text):
            yield "It cites a place that is not in the evidence."
        elif not article.is_quotable(place.span):
            yield "It cites page furniture, not reporting."
        elif place.statement and statement_at(place, None, evidence) is None:
            yield "It cites a statement that does not stand there."


def _speaking(claim: Claim, evidence: Evidence) -> tuple[list[Statement], str | None]:
    """Returns the cited statements of the claim's speaker, and an objection if it may not credit them."""
    told = [statement for statement in evidence.record if any(statement.tells(place) for place in claim.places)]
    touched = [statement for statement in evidence.record if any(touches(statement, place) for place in claim.places)]
    spoken = [
        statement
        for statement in touched
        if statement.speaker == claim.speaker and (claim.speaker or statement in told)
    ]
    if claim.speaker and not spoken:
        return [], f"The article does not attribute these words to {claim.speaker}."
    if told and not spoken and not is_attributed(claim.places, evidence):
        return [], "It leaves out who is speaking."
    named = {place.statement for place in claim.places if place.statement}
    return spoken, "It cites somebody else's statement." if named - {statement.id for statement in spoken} else None


def _quoted_in(
    claim: Claim, start: int, spoken: Sequence[Statement], evidence: Evidence
) -> tuple[tuple[Span, ...], str | None]:
    """Finds the words of each place in the text, separated only by our marks; or returns an objection."""
    text, position, quotes = claim.text, start, list[Span]()
    between_quotes = {"", OPENING, CLOSING, f"{CLOSING} {OPENING}"}
    for place in claim.places:
        quote = evidence.quote(place)
        found = text.find(quote, position)
        if found < 0:
            return (), "Its words are not those of the cited place."
        if text[position:found].replace(OMISSION, " ").strip() not in between_quotes:
            return (), "It adds words of its own."
        is_marked = found > start and text[found - 1] == OPENING
        position = found + len(quote)
        quotes.append(Span(found, position))
        if is_marked and not _is_spoken(place, spoken):
            return (), "It puts words in quotation marks that the article does not give as a quote."
        if is_marked and text[position : position + 1] != CLOSING:
            return (), "A quotation mark is not closed."
    return tuple(quotes), None if text[position:] in {"", CLOSING} else "It adds words of its own."


def _is_spoken(place: Place, spoken: Sequence[Statement]) -> bool:
    """Returns whether the place lies within words that the article quotes directly from the speaker."""
    return any(
        statement.kind == "direct" and any(part.covers(place.span) for part in statement.content)
        for statement in spoken
    )


def _of_copies(claim: Claim, evidence: Evidence) -> Iterator[str]:
    """Yields why one of the further places may not be cited with the claim; None if all may."""
    words = {tuple(evidence.quote(place).split()) for place in claim.places}
    for place in claim.also:
        article = evidence.articles.get(place.source)
        if article is None or place.span.end > len(article.text) or not article.is_quotable(place.span):
            yield "It cites a copy that is not in the evidence."
        elif tuple(evidence.quote(place).split()) not in words:
            yield "It cites a copy that has other words."
        elif {statement.speaker for statement in evidence.record if statement.tells(place)} - {claim.speaker}:
            yield "It cites a copy that somebody else is speaking in."


def verify(claim: Claim, pieces: Pieces, evidence: Evidence, beside: Beside, *, is_judged: bool) -> Settled:
    """Verifies a model's sentence: at the gate if a judge reads it too, else by the proof as well.

    A sentence that the gate rejects on all of its citations passes if a part of them, or another piece, proves it.
    """
    settled = pass_gate(claim, pieces, evidence, beside)
    if not claim.is_whole or (is_judged and not settled.objection):
        return settled
    again = proved(settled.claim, pieces, evidence, beside)
    return settled if settled.objection and again.objection else again


def pass_gate(claim: Claim, pieces: Pieces, evidence: Evidence, beside: Beside = Beside()) -> Settled:
    """Checks the claim against the pieces that it cites; if it cites none, against those most like it."""
    claim = replace(claim, text=_INITIALS.sub(r"\1.", claim.text))
    if not claim.is_whole:
        return Settled(claim, "It was cut off.")
    cited = cited_by(claim, pieces)
    for numbers in [cited] if cited else [[number] for number in likely(claim.text, pieces, evidence)]:
        at_gate = admit(claim, places_of(numbers, pieces), evidence, beside)
        if cited or not at_gate.objection:
            return replace(at_gate, corrections=() if at_gate.objection else _renumbered(claim, numbers))
    return Settled(claim, "It cites a number that there is not." if claim.numbers else "It cites nothing.")


def proved(claim: Claim, pieces: Pieces, evidence: Evidence, beside: Beside) -> Settled:
    """Proves the claim from the fewest of the pieces that it cites; if that fails, from another that is like it.

    Of several others it takes the shortest, if all of them credit the same speakers.
    """

    def tried(*numbers: int) -> Settled:
        at_gate = admit(claim, places_of(numbers, pieces), evidence, beside)
        shown = replace(at_gate.claim, numbers=numbers)
        is_copy = copied(shown.text, shown.places, evidence) is not None
        sources = Sources(shown.places, at_gate.credited, evidence)
        crosses = not is_copy and crosses_languages(shown.text, shown.places, evidence)
        refused = at_gate.objection or (UNREAD if crosses else objection_to_proof(shown.text, sources, is_copy=is_copy))
        return replace(at_gate, claim=shown, objection=refused, corrections=_renumbered(claim, numbers))

    cited = cited_by(claim, pieces)
    alone = [settled for number in cited if not (settled := tried(number)).objection]
    if alone:
        places = dict.fromkeys(place for settled in alone for place in settled.claim.places)
        numbers = tuple(number for settled in alone for number in settled.claim.numbers)
        shown = replace(alone[0].claim, places=tuple(places), numbers=numbers)
        return replace(alone[0], claim=shown, corrections=_renumbered(claim, numbers))
    together = tried(*cited) if cited else None
    if together and not together.objection and _is_of_one_matter(claim.text, cited, pieces, evidence):
        return replace(together, corrections=())
    others = [number for number in likely(claim.text, pieces, evidence) if number not in cited]
    found = [settled for number in others if not (settled := tried(number)).objection]
    if found and len({frozenset(said.speaker for said in settled.credited) for settled in found}) == 1:
        return min(found, key=lambda settled: sum(place.span.end - place.span.start for place in settled.claim.places))
    return Settled(claim, together.objection if together and together.objection else _APART)


def _is_of_one_matter(text: str, cited: Sequence[int], pieces: Pieces, evidence: Evidence) -> bool:
    """Returns whether each piece contains a name of the sentence, if the sentence has any.

    Otherwise a statement about one subject could be combined with a number about another.
    """
    names = [word for word in tokens.words(text) if is_name_inside_sentence(word)]
    told = [tokens.words(" ".join(map(evidence.quote, pieces[number - 1]))) for number in cited]
    return not names or all(any(same_name(name, word) for name in names for word in piece) for piece in told)


def cited_by(claim: Claim, pieces: Pieces) -> list[int]:
    """Returns the claim's citation numbers that exist."""
    return [number for number in dict.fromkeys(claim.numbers) if 1 <= number <= len(pieces)]


def places_of(numbers: Sequence[int], pieces: Pieces) -> tuple[Place, ...]:
    """Returns the places of the pieces with these numbers, each once."""
    return tuple(dict.fromkeys(place for number in numbers for place in pieces[number - 1]))


def likely(text: str, pieces: Pieces, evidence: Evidence) -> list[int]:
    """Returns the numbers of the few pieces that share most words with the sentence, best first."""
    shared = {number: words_shared(text, piece, evidence) for number, piece in enumerate(pieces, start=1)}
    return sorted(filter(shared.get, shared), key=lambda number: -shared[number])[:_MOST_TRIED]


def words_shared(text: str, places: Sequence[Place], evidence: Evidence) -> int:
    """Counts the content words of the text that occur in the places."""
    sought = {tokens.stem(word) for word in tokens.content_words(text)}
    return len(sought & {tokens.stem(word) for place in places for word in tokens.words(evidence.quote(place))})


def _renumbered(claim: Claim, kept: Sequence[int]) -> tuple[str, ...]:
    """Returns the note on corrected citation numbers; none if the model's own were kept."""
    if list(dict.fromkeys(claim.numbers)) == list(kept):
        return ()
    text = claim.text
    short = text if len(text) <= _SHORT else f"{text[: _SHORT - 1].rsplit(' ', 1)[0]} …"
    gave = "another source" if claim.numbers else "no source"
    return (f"The model gave {gave} for “{short}”; it now cites what bears it out.",)


def admit(claim: Claim, places: Sequence[Place], evidence: Evidence, beside: Beside) -> Settled:
    """Returns the claim as it may be shown with these places, its quotations as in the source; or an objection."""
    text = claim.text
    if refused := _objection_to_form(_LOW_MARKS.sub(r"“\1”", text)):
        return Settled(replace(claim, places=tuple(places)), refused)
    if copy := copied(text, places, evidence):
        shown = replace(claim, text=copy.text, places=_named(places, copy.credited, evidence))
        return Settled(shown, credited=copy.credited)
    if crosses_languages(text, places, evidence):
        return _admit_across_languages(claim, places, evidence, beside)
    heard = credits_of(text, places, evidence, f"{beside.question} {beside.before}")
    refused = heard.objection or next(_objections(text, places, heard, evidence, beside), None)
    if refused:
        return Settled(replace(claim, places=tuple(places)), refused)
    exact = with_exact_quotes(text, places, evidence)
    if heard.via:
        exact = f"{exact.removesuffix('.')}, according to {passed_on_by(heard.via)}."
    shown = replace(claim, text=exact, places=_named(places, heard.credited, evidence))
    return Settled(shown, credited=heard.credited)


def crosses_languages(text: str, places: Sequence[Place], evidence: Evidence) -> bool:
    """Returns whether the sentence, outside its quotations, or an article that it cites is not in English."""
    is_foreign = any(NOT_ENGLISH in evidence.articles[place.source].warnings for place in places)
    return is_foreign or not is_english_question(QUOTATION.sub("", text))


def _admit_across_languages(claim: Claim, places: Sequence[Place], evidence: Evidence, beside: Beside) -> Settled:
    """Checks what can be checked in any language: quotations letter by letter, and figures; the rest is the judge's."""
    told = touching(places, evidence)
    text = _LOW_MARKS.sub(r"“\1”", claim.text)
    refused = objection_to_quotes(text, places, told, evidence)
    there = _digits(_there(places, told, evidence, beside))
    strange = next((written for figure, written in _digits(text).items() if figure not in there), None)
    if any(not statement.is_said for statement in told):
        refused = refused or "The article does not give these words as said."
    if strange:
        refused = refused or f"The cited words do not hold “{strange}”."
    if refused:
        return Settled(replace(claim, places=tuple(places)), refused)
    shown = replace(claim, text=with_exact_quotes(text, places, evidence), places=_named(places, told, evidence))
    return Settled(shown, credited=tuple(told))


def _digits(text: str) -> dict[str, str]:
    """Returns the numbers written in digits, without what separates thousands or decimals, each as it is written."""
    return {re.sub(r"\D", "", found[0]): found[0] for found in _IN_DIGITS.finditer(text)}


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
    """Collects all text that figures and names may come from: cited words, credit, date, question, tools."""
    articles = [evidence.articles[source] for source in dict.fromkeys(place.source for place in places)]
    credit = [
        part for article in articles for part in (article.outlet, article.published, published_on(article)) if part
    ]
    credit += [
        part
        for statement in credited or touching(places, evidence)
        for part in (statement.speaker, statement.via)
        if part
    ]
    cited = read_around(places, evidence)
    return "\n".join([*cited, *credit, beside.question, beside.told])


def _objection_to_form(text: str) -> str | None:
    bare = QUOTATION.sub("", text)
    faults = {
        "It holds characters that cannot be seen.": any(
            unicodedata.category(character) in _UNSEEN for character in text
        ),
        "It is too long to be checked.": len(text) > _LONGEST,
        "It holds more than words.": _MORE_THAN_WORDS.search(text) is not None,
        "It asks and tells nothing.": bare == text and text.rstrip(f"{_MARKS})").endswith("?"),
        "A quotation mark is not closed.": any(mark in bare for mark in _MARKS),
    }
    return next((fault for fault, holds in faults.items() if holds), None)


def _foreign_name(text: str, there: str, title: str, articles: Sequence[Article]) -> str | None:
    """Returns the first name in the sentence, outside its quotations, without a source.

    A given name may come from the whole article if the cited words hold the family name after it; the words of a
    speaker's `title` are proved by how articles introduce them.
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
    """Returns whether a nation occurs under another of its names: "Seoul" for South Korea."""
    return any(re.search(rf"\b{re.escape(name)}\b", there, re.IGNORECASE) for name in names_of_nation(word))


def _named(places: Sequence[Place], credited: Sequence[Statement], evidence: Evidence) -> tuple[Place, ...]:
    """Returns the places, each with the credited statement of which it holds a part."""
    found = []
    for place in places:
        own = [statement for statement in touching([place], evidence) if statement in credited]
        best = max(own, key=lambda statement: statement.tells(place), default=None)
        found.append(
            Place(place.source, place.span, best.id if best else place.statement if not own and credited else None)
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Copy:
    """A sentence of an article, on one line, and the statements that it contains whole, with their speakers."""

    text: str
    credited: tuple[Statement, ...]


def copied(text: str, places: Sequence[Place], evidence: Evidence) -> Copy | None:
    """Returns the cited sentence that equals the text word for word; None without one, or if another is quoted.

    An article's own sentence needs no judge; but a sentence cut from what it quotes is not its own.
    """
    wanted = " ".join(folded_marks(text).split()).strip(LOOSE)
    for place in places:
        article = evidence.articles[place.source]
        for span in evidence.sentences.get(place.source, ()):
            whole = article.cut(span)
            if not place.span.covers(span) or " ".join(folded_marks(whole).split()).strip(LOOSE) != wanted:
                continue
            told = touching([Place(place.source, span)], evidence)
            if all(span.covers(statement.span) and _is_named(statement, whole) for statement in told):
                return Copy(" ".join(whole.split()), tuple(told))
    return None


def _is_named(one: Statement, sentence: str) -> bool:
    """Returns whether the sentence names the speaker: by more than a pronoun, or a pronoun for somebody it names."""
    if not is_pronoun(one.speaker_as_written):
        return True
    return one.speaker is not None and one.speaker.split()[-1] in sentence
