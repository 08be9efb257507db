"""What stands between a writer and the reader: every claim is proved from the evidence or withheld, with the reason.

Pure code but for the clock. The only maker of Citation and Answer. It knows nothing of how a claim was written.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from rag.answering import frames
from rag.answering.checking.contradictions import differing
from rag.answering.checking.copies import objection_to_copies
from rag.answering.checking.pointed import pointed_at
from rag.answering.checking.repair import Settled, settle
from rag.answering.nearest import nearest
from rag.answering.pertinence import is_asked_for
from rag.answering.spoken import statement_at, touches
from rag.answering.voice import CLOSING, OMISSION, OPENING, credits_for
from rag.answering.wanted import key_places
from rag.types import (
    Answer,
    Citation,
    Claim,
    Draft,
    Ending,
    Evidence,
    Frame,
    Looked,
    Passed,
    Place,
    Query,
    Sentence,
    Statement,
    Step,
    Verdict,
    Withheld,
)

WORDS_SHOWN = " The article's own words are shown in its place."
"""Added to why a model's sentence is withheld where it led to words of an article that say as much."""


@dataclass
class _Ledger:
    """What has passed so far. A place that is cited twice keeps its number.

    Until something rests on a citation, sentences are held back: a frame alone may give way to one that declines.
    """

    evidence: Evidence
    query: Query
    citations: dict[Place, Citation] = field(default_factory=dict)
    sentences: list[Sentence] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    corrections: list[str] = field(default_factory=list)
    frame: Frame | None = None
    last: tuple[Place, ...] = ()
    """What the sentence that passed last rests on."""

    is_heard: bool = False
    """Whether anything that a model said has passed, or has led to the words of an article that say it."""

    handed_out: int = 0
    cited_out: int = 0

    @property
    def answered(self) -> bool:
        """Whether anything rests on the articles."""
        return any(sentence.citations for sentence in self.sentences)

    def shows(self, claim: Claim) -> bool:
        """Whether all that a claim rests on is cited already."""
        cited = {Place(place.source, place.span) for place in self.citations}
        return all(Place(place.source, place.span) in cited for place in claim.places)

    def cite(self, place: Place, speaker: str | None) -> int:
        """The number of the citation of this place, made if it is new."""
        spoken = statement_at(place, speaker, self.evidence)
        key = Place(place.source, place.span, spoken.id if spoken else None)
        if key not in self.citations:
            self.citations[key] = self._citation(place, spoken)
        return self.citations[key].number

    def _citation(self, place: Place, spoken: Statement | None) -> Citation:
        made = _citation(len(self.citations) + 1, place, spoken, self.evidence)
        return replace(made, key=key_places(made, self.query))

    def enter(self, settled: Settled) -> None:
        """Takes over a claim that has been proved, with what was put right in it."""
        claim = settled.claim
        numbers = tuple(dict.fromkeys(self.cite(place, claim.speaker) for place in (*claim.places, *claim.also)))
        verdict: Verdict = "frame" if claim.frame else "supported" if claim.rephrased else "quoted"
        self.sentences.append(Sentence(claim.text, numbers, verdict))
        self.last = claim.places
        self.corrections += settled.corrections
        self.frame = claim.frame if claim.frame and claim.frame.reason else self.frame

    def clear(self) -> None:
        """Begins anew, before anything was handed out; what was withheld stays."""
        self.sentences, self.corrections, self.frame, self.last = [], [], None, ()
        self.citations.clear()

    def hand_out(self) -> Iterator[Passed]:
        """The sentences that passed and were not handed out before, each with the citations that it adds."""
        citations = list(self.citations.values())
        for sentence in self.sentences[self.handed_out :]:
            known = max([self.cited_out, *sentence.citations])
            yield Passed(sentence, tuple(citations[self.cited_out : known]))
            self.cited_out = known
        self.handed_out = len(self.sentences)


def check(query: Query, evidence: Evidence, draft: Draft) -> Answer:
    """The answer made of the claims that hold; if none does, a frame that says why there is none."""
    *_, answer = stream(query, evidence, draft)
    if not isinstance(answer, Answer):
        raise TypeError("An answer must come last.")
    return answer


def stream(query: Query, evidence: Evidence, draft: Draft) -> Generator[Step]:
    """The same, step by step: every sentence as soon as it is proved, None while there is nothing yet, the answer last.

    What is handed out stands in the answer too, in the same order and with the same numbers. Closing the iterator
    closes the draft's claims, and with them whatever is still being written.
    """
    ledger = _Ledger(evidence, query)
    yield from _take(draft, query, ledger)
    ending = draft.ending() if draft.ending else Ending(usage=draft.usage)
    notes = [*draft.notes, *ending.notes]
    if draft.instead and not ledger.is_heard:
        refused, draft = bool(ledger.withheld), draft.instead()
        ledger.clear()
        if draft.writer == "offline":
            why = "Nothing of what the model wrote could be proved, so this" if refused else "This"
            notes.append(f"{why} answer was put together offline.")
        yield from _take(draft, query, ledger)
        notes += draft.notes
    yield _answer(query, ledger, draft, Ending(tuple(notes), ending.usage))


def _take(draft: Draft, query: Query, ledger: _Ledger) -> Iterator[Passed | Looked | None]:
    """Enters each claim of the draft, or why it is withheld, and hands out what has passed."""
    with _closing(draft.claims) as claims:
        for claim in claims:
            if isinstance(claim, Looked):
                ledger.evidence = claim.evidence
                draft = replace(draft, pieces=claim.pieces)
            if claim is None or isinstance(claim, Looked):
                yield claim
                continue
            settled = _settled(claim, query, draft, ledger)
            if settled.objection:
                words = _in_the_articles_words(claim, query, draft, ledger)
                ledger.withheld.append(Withheld(claim.text, f"{settled.objection}{WORDS_SHOWN if words else ''}"))
                if words is None:
                    continue
                settled = Settled(words)
            ledger.enter(settled)
            ledger.is_heard = ledger.is_heard or claim.rephrased
            if ledger.is_heard or (ledger.answered and not draft.instead):
                yield from ledger.hand_out()


def _settled(claim: Claim, query: Query, draft: Draft, ledger: _Ledger) -> Settled:
    if claim.rephrased:
        settled = settle(claim, draft.pieces, ledger.evidence, ledger.last)
        if settled.objection or is_asked_for(settled.claim, query, ledger.evidence):
            return settled
        return Settled(settled.claim, "It does not tell what was asked.")
    return Settled(claim, objection(claim, query, ledger.evidence))


def _in_the_articles_words(claim: Claim, query: Query, draft: Draft, ledger: _Ledger) -> Claim | None:
    """What a model's sentence that is withheld points at; None if that answers nothing, or is cited already."""
    pointed = pointed_at(claim, draft.pieces, query, ledger.evidence) if claim.rephrased and claim.is_whole else None
    if pointed is None or objection(pointed, query, ledger.evidence) or ledger.shows(pointed):
        return None
    return pointed if is_asked_for(pointed, query, ledger.evidence) else None


@contextmanager
def _closing(claims: Iterable[Claim | Looked | None]) -> Iterator[Iterator[Claim | Looked | None]]:
    """The claims one by one; a generator among them is closed at the end, even where nobody read it to its own."""
    each = iter(claims)
    try:
        yield each
    finally:
        if isinstance(each, Generator):
            each.close()


def _answer(query: Query, ledger: _Ledger, draft: Draft, ending: Ending) -> Answer:
    """The answer from what has passed."""
    answered, frame = ledger.answered, ledger.frame
    if not answered:
        frame = frame or frames.decline(query, ledger.evidence)
        ledger.sentences = [Sentence(frame.text, (), "frame")]
    return Answer(
        question=query.question,
        standalone_question=query.standalone,
        status="answered" if answered else "declined",
        sentences=tuple(ledger.sentences),
        citations=tuple(ledger.citations.values()),
        writer=draft.writer,
        reason=frame.reason if frame and not answered else None,
        notes=(*query.notes, *ledger.evidence.notes, *ending.notes),
        differences=differing(query, ledger.evidence, tuple(ledger.citations.values())),
        corrections=tuple(ledger.corrections),
        usage=ending.usage,
        withheld=tuple(ledger.withheld),
        near_misses=() if answered else nearest(query, ledger.evidence),
        confidence=draft.confidence,
        is_closest=answered and draft.is_closest,
        seconds=time.perf_counter() - query.started,
    )


def objection(claim: Claim, query: Query, evidence: Evidence) -> str | None:
    """Why the claim may not be shown, as a sentence; None if it is proved."""
    for place in claim.places:
        article = evidence.articles.get(place.source)
        if article is None or place.span.end > len(article.text):
            return "It cites a place that is not in the evidence."
        if not article.is_quotable(place.span):
            return "It cites page furniture, not reporting."
        if place.statement and statement_at(place, None, evidence) is None:
            return "It cites a statement that does not stand there."
    if claim.frame:
        same = claim.frame.text == claim.text and claim.frame.holds(query, evidence)
        return None if same else "The record does not bear it out."
    if not claim.places:
        return "It cites nothing."
    return _objection_to_words(claim, evidence) or objection_to_copies(claim, evidence)


def _objection_to_words(claim: Claim, evidence: Evidence) -> str | None:
    """A claim must be a credit from the record and then, word for word, the places that it cites."""
    told = [one for one in evidence.record if any(one.tells(place) for place in claim.places)]
    touched = [one for one in evidence.record if any(touches(one, place) for place in claim.places)]
    spoken = [one for one in touched if one.speaker == claim.speaker and (claim.speaker or one in told)]
    if claim.speaker and not spoken:
        return f"The article does not attribute these words to {claim.speaker}."
    if told and not spoken:
        return "It leaves out who is speaking."
    if {place.statement for place in claim.places if place.statement} - {one.id for one in spoken}:
        return "It cites somebody else's statement."
    article = evidence.articles[claim.places[0].source]
    allowed = [
        credit for one in [*spoken, *([] if spoken else [None])] for credit in credits_for(one, article, claim.places)
    ]
    credit = next((credit for credit in allowed if claim.text.startswith(credit)), None)
    if credit is None:
        return "Its credit is not what the record says."
    return _objection_to_quote(claim.text[len(credit) :], claim, spoken, evidence)


def _objection_to_quote(text: str, claim: Claim, spoken: list[Statement], evidence: Evidence) -> str | None:
    """Each place in turn must stand in the text exactly, with nothing between but our quotation marks and omissions."""
    position = 0
    for place in claim.places:
        quote = evidence.quote(place)
        found = text.find(quote, position)
        if found < 0:
            return "Its words are not those of the cited place."
        if text[position:found].replace(OMISSION, " ").strip() not in {"", OPENING, CLOSING, f"{CLOSING} {OPENING}"}:
            return "It adds words of its own."
        marked = text[found - 1 : found] == OPENING if found else False
        position = found + len(quote)
        if marked and not _is_spoken(place, spoken):
            return "It puts words in quotation marks that the article does not give as a quote."
        if marked and text[position : position + 1] != CLOSING:
            return "A quotation mark is not closed."
    return None if text[position:] in {"", CLOSING} else "It adds words of its own."


def _is_spoken(place: Place, spoken: list[Statement]) -> bool:
    """Whether the place lies within words that the article gives as the speaker's own."""
    return any(one.kind == "direct" and any(part.covers(place.span) for part in one.content) for one in spoken)


def _citation(number: int, place: Place, spoken: Statement | None, evidence: Evidence) -> Citation:
    article = evidence.articles[place.source]
    return Citation(
        number=number,
        source=place.source,
        line=article.line_of(place.span.start),
        start=place.span.start,
        end=place.span.end,
        quote=article.cut(place.span),
        title=article.title,
        published=article.published,
        outlet=article.outlet,
        url=article.url,
        speaker=spoken.speaker if spoken else None,
        via=spoken.via if spoken else None,
        kind=spoken.kind if spoken else "narration",
        polarity=spoken.polarity if spoken else "asserts",
        statement_id=spoken.id if spoken else None,
        digest=article.digest,
        standing=spoken.standing if spoken else "said",
        candidates=spoken.candidates if spoken else (),
        speaks_for=spoken.speaks_for if spoken else None,
        confidence=(1.0 if spoken.corrected else spoken.confidence) if spoken else None,
    )
