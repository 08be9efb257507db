"""What stands between a writer and the reader: every claim holds by the evidence or is withheld, with the reason.

A model's sentence passes the gate and is read a second time by a judge that passed its exam; without one it is proved
word by word. The only maker of Citation and Answer. How a claim was written is not its business.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from rag.answering.checking.contradictions import differing
from rag.answering.checking.gate import Beside, Settled, pass_gate
from rag.answering.checking.judge import DOUBT, Judge, JudgeSession, judged
from rag.answering.checking.lexical_proof import proved
from rag.answering.checking.repair import bears_on, objection_to_copies, other_side, own_words, support_of
from rag.answering.claims import templates
from rag.answering.claims.credits import CLOSING, OMISSION, OPENING, credits_for
from rag.answering.claims.quoting import statement_at, touches
from rag.answering.reading.answer_spans import key_places
from rag.answering.writing.extractive import nearest
from rag.core import (
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
    Span,
    Statement,
    Step,
    Verdict,
    Withheld,
)

WORDS_SHOWN = " The article's own words are shown in its place."
"""Added to why a model's sentence is withheld where it led to words of an article that say as much."""

_FIRST = 2
"""Sentences that are read a second time while the rest is being written."""

_SURE = 0.5
"""How sure the offline writer must be of an answer to give it though a model, not examined, found none."""

_LESS = "What the model wrote rests on less than the articles give, so this answer was put together offline."


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
    is_checked: bool = False
    """Whether a sentence that a model wrote has passed the gate and its second reading."""

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

    def enter(self, settled: Settled, verdict: Verdict) -> None:
        """Takes over a claim that holds, with what was put right in it."""
        claim = settled.claim
        numbers = tuple(dict.fromkeys(self.cite(place, claim.speaker) for place in (*claim.places, *claim.also)))
        self.sentences.append(Sentence(claim.text, numbers, verdict))
        self.corrections += settled.corrections
        self.is_checked = self.is_checked or verdict == "checked"
        self.frame = claim.frame if claim.frame and claim.frame.reason else self.frame

    def hand_out(self) -> Iterator[Passed]:
        """The sentences that passed and were not handed out before, each with the citations that it adds."""
        citations = list(self.citations.values())
        for sentence in self.sentences[self.handed_out :]:
            known = max([self.cited_out, *sentence.citations])
            yield Passed(sentence, tuple(citations[self.cited_out : known]))
            self.cited_out = known
        self.handed_out = len(self.sentences)


def check(query: Query, evidence: Evidence, draft: Draft, judge: Judge | None = None) -> Answer:
    """The answer made of the claims that hold; if none does, a frame that says why there is none."""
    *_, answer = stream(query, evidence, draft, judge)
    if not isinstance(answer, Answer):
        raise TypeError("An answer must come last.")
    return answer


def stream(query: Query, evidence: Evidence, draft: Draft, judge: Judge | None = None) -> Generator[Step]:
    """The same, step by step: every sentence as soon as it holds, None while there is nothing yet, the answer last.

    What is handed out stands in the answer too, in the same order and with the same numbers. Closing the iterator
    closes the draft's claims, and with them whatever is still being written, or read a second time.
    """
    session = judge.session() if judge and judge.is_trusted else None
    desk = _Desk(query, _Ledger(evidence, query), draft, session)
    yield from desk.take()
    ending = draft.ending() if draft.ending else Ending(usage=draft.usage)
    notes, usage = [*draft.notes, *ending.notes], ending.usage
    if judge and judge.objection and draft.writer != "offline":
        notes.append(judge.objection)
    if session:
        notes += session.notes
        usage = session.added_to(usage)
    if draft.instead and not desk.ledger.is_checked and not (ending.declined and session):
        instead = _Desk(query, _Ledger(evidence, query), draft.instead(), None)
        for _ in instead.take():
            pass
        if ending.declined and (instead.draft.confidence or 0.0) < _SURE:
            pass  # the model and the offline writer agree that nothing answers
        elif not desk.ledger.answered or _rests_on_less(desk.ledger, instead.ledger, query):
            if instead.draft.writer == "offline":
                notes.append(_why_offline(desk.ledger, declined=ending.declined))
            notes += instead.draft.notes
            instead.ledger.withheld = [*desk.ledger.withheld, *instead.ledger.withheld]
            desk = instead
        yield from desk.ledger.hand_out()
    yield _answer(query, desk.ledger, desk.draft, Ending(tuple(notes), usage))


def _why_offline(ledger: _Ledger, *, declined: bool) -> str:
    if ledger.answered and ledger.withheld:
        return _LESS
    if declined:
        return "The model found no answer, so this answer was put together offline."
    why = "Nothing of what the model wrote could be proved, so this" if ledger.withheld else "This"
    return f"{why} answer was put together offline."


def _rests_on_less(ours: _Ledger, offline: _Ledger, query: Query) -> bool:
    """Whether an answer that nobody read twice lacks a slice that decides the offline one, or is less likely."""
    places = [Place(one.source, Span(one.start, one.end)) for one in ours.citations.values()]
    wanted = [Place(one.source, Span(one.start, one.end)) for one in offline.citations.values()]
    if query.intent == "fact":
        support = {place: support_of((place,), offline.evidence) for place in wanted}
        best = max(support.values(), default=0.0)
        wanted = [place for place in wanted if support[place] >= best / 2]
        if support_of(places, offline.evidence) < best:
            return True
    return not all(
        any(place.source == one.source and place.span.overlaps(one.span) for one in places) for place in wanted
    )


class _Desk:
    """A draft on its way to the reader: its claims are settled one by one, read a second time in batches, entered."""

    def __init__(self, query: Query, ledger: _Ledger, draft: Draft, session: JudgeSession | None) -> None:
        self.ledger = ledger
        self.draft = draft
        self._query = query
        self._session = session
        self._pieces = draft.pieces
        self._told = ""
        self._before = ""
        self._waiting: list[Settled] = []
        self._fell: list[Claim] = []

    def take(self) -> Iterator[Passed | Looked | None]:
        """Settles each claim of the draft, and hands out what holds, in the order in which it was written."""
        with _closing(self.draft.claims) as claims:
            for claim in claims:
                if isinstance(claim, Looked):
                    self.ledger.evidence, self._pieces = claim.evidence, claim.pieces
                    self._told += f" {claim.told}"
                if claim is None or isinstance(claim, Looked):
                    yield claim
                    continue
                self._waiting.append(self._settled(claim))
                if not self._session or (not self._session.batches and self._to_read(_FIRST)):
                    yield from self._release()
            yield from self._release()
        for claim in other_side(self._fell, self._places(), self._pieces, self._query, self.ledger.evidence):
            self._enter_own(claim)
        yield from self._hand_out()

    def _settled(self, claim: Claim) -> Settled:
        """The claim at the gate; what others wrote must be the record's or the articles' own words."""
        evidence, beside = self.ledger.evidence, Beside(self._query.standalone, self._told, self._before)
        if not claim.rephrased:
            return Settled(claim, objection(claim, self._query, evidence))
        settled = pass_gate(claim, self._pieces, evidence, beside)
        if settled.objection and claim.is_whole:
            again = proved(claim, self._pieces, evidence, beside)
            settled = settled if again.objection else again
        self._before = f"{self._before} {settled.claim.text}" if not settled.objection else self._before
        return settled

    def _to_read(self, least: int) -> bool:
        return sum(one.claim.rephrased and not one.objection for one in self._waiting) >= least

    def _release(self) -> Iterator[Passed | None]:
        """Lets go of what waits, once it was read a second time where there is somebody to do so."""
        waiting, self._waiting = self._waiting, []
        at_gate = [one for one in waiting if one.claim.rephrased and not one.objection]
        verdicts: tuple[bool | None, ...] = ()
        if self._session and at_gate:
            batch = [judged(one.claim, self.ledger.evidence, self._told) for one in at_gate]
            verdicts = yield from self._session.read(self._query.standalone, batch)
        said = dict(zip(map(id, at_gate), verdicts, strict=False))
        for one in waiting:
            self._decide(one, said.get(id(one)))
        yield from self._hand_out()

    def _decide(self, settled: Settled, verdict: bool | None) -> None:  # noqa: FBT001 - a judge's yes, no or nothing
        """Enters the claim, or why it is withheld and the article's own words that it cites."""
        claim = settled.claim
        if settled.objection or verdict is False:
            self._withhold(settled, settled.objection or DOUBT.format(self._session.name if self._session else ""))
        elif not claim.rephrased:
            self.ledger.enter(settled, "frame" if claim.frame else "quoted")
        elif verdict:
            self.ledger.enter(settled, "checked")
        else:
            evidence = self.ledger.evidence
            strict = proved(claim, self._pieces, evidence, Beside(self._query.standalone, self._told))
            if strict.objection:
                self._withhold(settled, strict.objection)
            else:
                self.ledger.enter(strict, "proved")

    def _withhold(self, settled: Settled, reason: str) -> None:
        claim = settled.claim
        own = own_words(claim, self._pieces, self.ledger.evidence) if claim.rephrased and claim.is_whole else None
        shown = own is not None and bears_on(own, self._query, self.ledger.evidence) and self._enter_own(own)
        self.ledger.withheld.append(Withheld(claim.text, f"{reason}{WORDS_SHOWN if shown else ''}"))
        if claim.rephrased and claim.is_whole and not shown:
            self._fell.append(claim)

    def _enter_own(self, claim: Claim) -> bool:
        """Enters words of an article unless they may not be shown, or are cited already; whether it did."""
        refused = objection(claim, self._query, self.ledger.evidence) or (claim.places and self.ledger.shows(claim))
        if not refused:
            self.ledger.enter(Settled(claim), "frame" if claim.frame else "quoted")
        return not refused

    def _places(self) -> list[Place]:
        return [Place(place.source, place.span) for place in self.ledger.citations]

    def _hand_out(self) -> Iterator[Passed]:
        """What stands whatever comes: a model's answer once a sentence was read twice, any other once it cites."""
        if self.ledger.is_checked or (self.ledger.answered and not self.draft.instead):
            yield from self.ledger.hand_out()


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
    answered = answered or (query.is_about_itself and bool(ledger.sentences) and frame is None)
    if not answered:
        frame = frame or templates.decline(query, ledger.evidence)
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
