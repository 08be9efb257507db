"""Assembles the answer from the claims that hold: numbers, streaming, and replacements for rejected sentences.

The only module that creates Citation and Answer. `gate` and the judge decide whether a claim holds.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from rag.answering.checking.gate import (
    Beside,
    Pieces,
    Settled,
    cited_by,
    crosses_languages,
    places_of,
    verify,
    verify_words,
    words_shared,
)
from rag.answering.checking.judge import DOUBT, Judge, JudgeSession, judged
from rag.answering.checking.source_words import sentences_at, touching
from rag.answering.claims import templates
from rag.answering.claims.credits import told_in
from rag.answering.claims.quoting import slice_claim, statement_at, statement_claim
from rag.answering.claims.templates import framed
from rag.answering.reading.answer_spans import key_places
from rag.answering.retrieval.contradictions import differing
from rag.answering.writing.declining import nearest
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
"""Added to the reason of a withheld sentence if an article's words with the same content replace it."""

LEAST_SUPPORT = 0.15
"""Minimum support of words that bear on a question of fact."""

_AS_GOOD = 0.5
"""Minimum share of the best slice's support; words with less are not the articles' answer."""

_FIRST = 2
"""Sentences that are judged while the rest is being written."""

_SURE = 0.5
"""Minimum confidence of the offline answer for replacing a model's "no answer"."""

_MOST_UNHEARD = 3
"""Statements of the lost side of a dispute that are printed."""

_LESS = "What the model wrote rests on less than the articles give, so this answer was put together offline."
_IS_YES_OR_NO = re.compile(r"\W*(?:yes|no)\b", re.IGNORECASE)


@dataclass
class _Ledger:
    """The sentences that passed and their citations. A place that is cited twice keeps its number."""

    evidence: Evidence
    query: Query
    citations: dict[Place, Citation] = field(default_factory=dict)
    sentences: list[Sentence] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    corrections: list[str] = field(default_factory=list)
    frame: Frame | None = None
    handed_out: int = 0
    cited_out: int = 0

    @property
    def is_answered(self) -> bool:
        """Whether anything is cited from the articles."""
        return any(sentence.citations for sentence in self.sentences)

    @property
    def is_checked(self) -> bool:
        """Whether a sentence of a model passed the gate and the judge."""
        return any(sentence.verdict == "checked" for sentence in self.sentences)

    @property
    def places(self) -> list[Place]:
        """The places that are cited."""
        return [Place(place.source, place.span) for place in self.citations]

    def cite(self, place: Place, speaker: str | None) -> int:
        """Returns the number of the citation of this place, which is created if new."""
        spoken = statement_at(place, speaker, self.evidence)
        key = Place(place.source, place.span, spoken.id if spoken else None)
        if key not in self.citations:
            made = _citation(len(self.citations) + 1, place, spoken, self.evidence)
            self.citations[key] = replace(made, key=key_places(made, self.query))
        return self.citations[key].number

    def enter(self, settled: Settled, verdict: Verdict) -> None:
        """Adds a claim that holds."""
        claim = settled.claim
        numbers = [self.cite(place, claim.speaker) for place in (*claim.places, *claim.also)]
        quotes = tuple((number, quote.start, quote.end) for number, quote in zip(numbers, settled.quotes, strict=False))
        compared = claim.speaker if claim.speaker in {side.speaker for side in self.evidence.sides} else ""
        side, cited = claim.side or compared or "", tuple(dict.fromkeys(numbers))
        self.sentences.append(Sentence(claim.text, cited, verdict, settled.credit, quotes, side))
        self.corrections += settled.corrections
        self.frame = claim.frame if claim.frame and claim.frame.reason else self.frame

    def enter_words(self, claim: Claim) -> bool:
        """Adds words of an article, unless they may not be shown or are cited already; returns whether it did."""
        settled = verify_words(claim, self.evidence)
        cited = self.places
        is_cited = claim.places and all(Place(place.source, place.span) in cited for place in claim.places)
        if settled.objection or is_cited:
            return False
        self.enter(settled, "frame" if claim.frame else "quoted")
        return True

    def hand_out(self) -> Iterator[Passed]:
        """Yields the sentences that were not returned before, each with the citations that it adds."""
        citations = list(self.citations.values())
        for sentence in self.sentences[self.handed_out :]:
            known = max([self.cited_out, *sentence.citations])
            yield Passed(sentence, tuple(citations[self.cited_out : known]))
            self.cited_out = known
        self.handed_out = len(self.sentences)


def check(query: Query, evidence: Evidence, draft: Draft, judge: Judge | None = None) -> Answer:
    """Checks a draft and returns the answer; if no claim holds, a frame says why there is none."""
    *_, answer = stream(query, evidence, draft, judge)
    if not isinstance(answer, Answer):
        raise TypeError("An answer must come last.")
    return answer


def stream(query: Query, evidence: Evidence, draft: Draft, judge: Judge | None = None) -> Generator[Step]:
    """Checks a draft step by step: every sentence as soon as it holds, None if none is ready, the answer last.

    The answer contains each yielded sentence, in the same order and with the same numbers. Closing the iterator closes
    the draft's claims, and with them whatever is still being written or judged.
    """
    session = judge.session() if judge and judge.is_trusted else None
    assembly = _Assembly(query, evidence, draft, session)
    yield from assembly.take()
    ending = assembly.ending
    notes, usage = [*draft.notes, *ending.notes], ending.usage
    if judge and judge.objection and draft.writer != "offline":
        notes.append(judge.objection)
    if session:
        notes += session.notes
        notes += _on_languages(assembly.ledger, session.name)
        usage = session.added_to(usage)
    if draft.instead and not assembly.ledger.is_checked and not (ending.declined and session):
        offline = _Assembly(query, evidence, draft.instead, None)
        assembly = _better(assembly, offline, notes, is_declined=ending.declined)
        yield from assembly.ledger.hand_out()
    yield _answer(query, assembly.ledger, assembly.draft, Ending(tuple(notes), usage))


def _on_languages(ledger: _Ledger, judge: str) -> list[str]:
    """Says who vouches for sentences in another language than the articles' or ours."""
    checked = [sentence for sentence in ledger.sentences if sentence.verdict == "checked"]
    citations = {
        citation.number: Place(citation.source, Span(citation.start, citation.end))
        for citation in ledger.citations.values()
    }
    crossing = any(
        crosses_languages(sentence.text, [citations[number] for number in sentence.citations], ledger.evidence)
        for sentence in checked
    )
    told = (
        f"Not all of it is in English. Quotations and figures were checked by code, names and meaning by {judge} alone."
    )
    return [told] if crossing else []


class _Assembly:
    """A draft being checked: each claim is verified, judged in a batch with others, and entered."""

    def __init__(self, query: Query, evidence: Evidence, draft: Draft, session: JudgeSession | None) -> None:
        self.ledger = _Ledger(evidence, query)
        self.draft = draft
        self.ending = Ending(usage=draft.usage)
        self._query = query
        self._session = session
        self._pieces = draft.pieces
        self._told = ""
        self._before = ""
        self._waiting: list[Settled] = []
        self._fell: list[Claim] = []

    def take(self) -> Iterator[Passed | Looked | None]:
        """Verifies each claim of the draft, and yields those that hold in the order in which they were written."""
        with _closing(self.draft.claims) as claims:
            for claim in claims:
                if isinstance(claim, Looked):
                    self.ledger.evidence, self._pieces = claim.evidence, claim.pieces
                    self._told += f" {claim.told}"
                if isinstance(claim, Ending):
                    self.ending = claim
                    continue
                if claim is None or isinstance(claim, Looked):
                    yield claim
                    continue
                self._waiting.append(self._verified(claim))
                if not self._session or (not self._session.batches and len(self._to_judge()) >= _FIRST):
                    yield from self._release()
            yield from self._release()
        for claim in _other_side(self._fell, self.ledger, self._pieces):
            self.ledger.enter_words(claim)
        yield from self._hand_out()

    def _verified(self, claim: Claim) -> Settled:
        """Verifies the claim at the gate, and proves it if no judge reads it."""
        if not claim.rephrased:
            return verify_words(claim, self.ledger.evidence)
        beside = Beside(self._query.standalone, self._told, self._before)
        settled = verify(claim, self._pieces, self.ledger.evidence, beside, is_judged=self._session is not None)
        self._before += f" {settled.claim.text}" if self._session and not settled.objection else ""
        return settled

    def _to_judge(self) -> list[Settled]:
        return [settled for settled in self._waiting if settled.claim.rephrased and not settled.objection]

    def _release(self) -> Iterator[Passed | None]:
        """Enters or withholds the waiting claims once the judge has read them."""
        verdicts: dict[int, bool | None] = {}
        to_judge = self._to_judge()
        if self._session and to_judge:
            batch = [judged(settled.claim, self.ledger.evidence, self._told) for settled in to_judge]
            read = yield from self._session.read(self._query.standalone, batch)
            verdicts = dict(zip(map(id, to_judge), read, strict=True))
        waiting, self._waiting = self._waiting, []
        for settled in waiting:
            self._decide(settled, verdicts.get(id(settled)))
        yield from self._hand_out()

    def _decide(self, settled: Settled, verdict: bool | None) -> None:  # noqa: FBT001 - a judge's yes, no or nothing
        claim = settled.claim
        if verdict is False and self._session:
            settled = replace(settled, objection=DOUBT.format(self._session.name))
        elif verdict is None and self._session and claim.rephrased and not settled.objection:
            beside = Beside(self._query.standalone, self._told)
            settled = verify(claim, self._pieces, self.ledger.evidence, beside, is_judged=False)
        if settled.objection:
            self._withhold(claim, settled.objection)
        elif claim.rephrased:
            self.ledger.enter(settled, "checked" if verdict else "proved")
        else:
            self.ledger.enter(settled, "frame" if claim.frame else "quoted")

    def _withhold(self, claim: Claim, reason: str) -> None:
        """Withholds a claim; the article's own words that a model's sentence cites replace it."""
        leads = claim.rephrased and claim.is_whole
        own = own_words(claim, self._pieces, self.ledger.evidence) if leads else None
        is_shown = own is not None and self._bears_on(own) and self.ledger.enter_words(own)
        self.ledger.withheld.append(Withheld(claim.text, f"{reason}{WORDS_SHOWN if is_shown else ''}"))
        self._fell += [claim] if leads and not is_shown else []

    def _bears_on(self, claim: Claim) -> bool:
        """Returns whether the cited places answer: by the record for statements, by support for anything else."""
        query, evidence = self._query, self.ledger.evidence
        if query.intent == "statement" and evidence.statements:
            asked = {statement.id for statement in evidence.statements}
            told = (told_in(place, evidence) for place in claim.places)
            return any(statement.id in asked for statement in told if statement)
        best = evidence.answered if evidence.read else 0.0
        return query.intent != "fact" or _support(claim.places, evidence) >= max(LEAST_SUPPORT, _AS_GOOD * best)

    def _hand_out(self) -> Iterator[Passed]:
        """Yields the sentences that are final: a model's once one was judged, any other once one cites.

        Until then sentences are held back: a frame alone may still be replaced by one that declines.
        """
        if self.ledger.is_checked or (self.ledger.is_answered and not self.draft.instead):
            yield from self.ledger.hand_out()


Offered = Claim | Looked | Ending | None


@contextmanager
def _closing(claims: Iterable[Offered]) -> Iterator[Iterator[Offered]]:
    """Yields the claims, and closes a generator at the end even if it was not read to its own."""
    iterator = iter(claims)
    try:
        yield iterator
    finally:
        if isinstance(iterator, Generator):
            iterator.close()


def _better(model: _Assembly, offline: _Assembly, notes: list[str], *, is_declined: bool) -> _Assembly:
    """Returns the offline answer, with a note, unless the model's proved sentences cite as much or both decline."""
    for _ in offline.take():
        pass
    is_unsure = is_declined and (offline.draft.confidence or 0.0) < _SURE
    if is_unsure or (model.ledger.is_answered and not _rests_on_less(model.ledger, offline.ledger)):
        return model
    if offline.draft.writer == "offline":
        notes.append(_why_offline(model.ledger, is_declined=is_declined))
    notes += offline.draft.notes
    offline.ledger.withheld = [*model.ledger.withheld, *offline.ledger.withheld]
    return offline


def _why_offline(ledger: _Ledger, *, is_declined: bool) -> str:
    if ledger.is_answered and ledger.withheld:
        return _LESS
    if is_declined:
        return "The model found no answer, so this answer was put together offline."
    why = "Nothing of what the model wrote could be proved, so this" if ledger.withheld else "This"
    return f"{why} answer was put together offline."


def _rests_on_less(model: _Ledger, offline: _Ledger) -> bool:
    """Returns whether an unjudged answer lacks a slice that decides the offline one, or is less likely."""
    cited, wanted = model.places, offline.places
    if model.query.intent == "fact":
        support = {place: _support((place,), offline.evidence) for place in wanted}
        best = max(support.values(), default=0.0)
        wanted = [place for place in wanted if support[place] >= best / 2]
        if _support(cited, offline.evidence) < best:
            return True
    return not all(
        any(place.source == cited_place.source and place.span.overlaps(cited_place.span) for cited_place in cited)
        for place in wanted
    )


def _support(places: Iterable[Place], evidence: Evidence) -> float:
    """Returns the likelihood that the places answer a question of fact: that of the likeliest slice around them."""
    return max(
        (
            evidence.answered * read.likelihood / evidence.read[0].likelihood
            for place in places
            for read in evidence.read
            if read.place.source == place.source and read.place.span.overlaps(place.span)
        ),
        default=0.0,
    )


def own_words(claim: Claim, pieces: Pieces, evidence: Evidence) -> Claim | None:
    """Returns the cited sentence most like the claim, credited to its speaker; None if there is none."""
    cited = [
        Place(place.source, span)
        for place in places_of(cited_by(claim, pieces), pieces)
        for span in sentences_at(place, evidence)
        if evidence.articles[place.source].is_quotable(span)
    ]
    likest = max(cited, key=lambda place: words_shared(claim.text, (place,), evidence), default=None)
    return slice_claim(likest, evidence) if likest else None


def _other_side(fell: Sequence[Claim], ledger: _Ledger, pieces: Pieces) -> Iterator[Claim]:
    """Says that the answer lost a side or its yes or no, and prints the words of everybody the lost sentences cite.

    `fell` are the withheld sentences that nothing replaced.
    """
    query, evidence, shown = ledger.query, ledger.evidence, ledger.places
    if query.asks != "yes_no" and query.intent != "compare":
        return
    lost = _said_in([place for claim in fell for place in places_of(cited_by(claim, pieces), pieces)], evidence)
    heard = {statement.speaker for statement in touching(shown, evidence)}
    unheard = [statement for statement in lost if statement.speaker not in heard]
    if unheard:
        speakers = tuple(dict.fromkeys(str(statement.speaker) for statement in unheard))
        yield from framed(templates.one_sided(speakers))
        beside = [statement for statement in _said_in(shown, evidence) if statement.speaker not in speakers]
        yield from (statement_claim(statement, evidence) for statement in (*unheard[:_MOST_UNHEARD], *beside[:1]))
    elif query.asks == "yes_no" and any(_IS_YES_OR_NO.match(claim.text) for claim in fell):
        yield from framed(templates.without_verdict())


def _said_in(places: Sequence[Place], evidence: Evidence) -> list[Statement]:
    """Returns the statements in the places, by people known by name."""
    told = (statement for statement in touching(places, evidence) if statement.speaker)
    return [statement for statement in told if any(statement.tells(place) for place in places)]


def _answer(query: Query, ledger: _Ledger, draft: Draft, ending: Ending) -> Answer:
    """Creates the answer from the claims that passed."""
    answered, frame = ledger.is_answered, ledger.frame
    answered = answered or (query.is_about_itself and bool(ledger.sentences) and frame is None)
    if not answered:
        is_read = query.is_english or draft.writer == "offline"  # a model reads other languages, and declines as usual
        frame = frame or templates.decline(query if is_read else replace(query, intent="fact"), ledger.evidence)
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
