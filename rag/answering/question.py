"""From a question and its conversation to a Query. Knows the names on record, and nothing of what was said."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answering import patterns, words
from rag.answering.asking import grammar, speakers, wanted, wording
from rag.answering.asking.bounds import Bounded, bounded, years_told
from rag.answering.asking.capitals import capitalised
from rag.answering.asking.follow_ups import completed
from rag.answering.asking.places import looked_in, without_outlets
from rag.answering.asking.reading import Reading
from rag.answering.asking.respelling import respelt
from rag.answering.known import Known, bare
from rag.answering.voice import listed
from rag.errors import UsageError
from rag.text.english import is_english_question
from rag.types import EntityLink, Query, Turn

LONGEST_QUESTION = 2_000
_COMPOUND = re.compile(r"\b(?P<first>[A-Z][^\W\d_]+)-(?=(?P<second>[A-Z][^\W\d_]+))")
_ELSE = re.compile(r"\belse\b", re.IGNORECASE)
_QUESTIONS_BEFORE = 4
_QUOTES = frozenset({"who_said", "statement"})
_SPEECH = frozenset({"statement", "compare"})
_EVENTS = frozenset({"timeline", "summary"})


def understand(
    question: str, history: Sequence[Turn], asked: dt.date, known: Known, standalone: str | None = None
) -> Query:
    """Reads a question against the conversation, the people on record, and the day on which it is asked.

    `standalone` is the question as somebody else has completed it; None completes it here, by rule.
    Raises UsageError for an empty question or one longer than LONGEST_QUESTION characters.
    """
    text = " ".join(question.split())
    if not any(character.isalnum() for character in text):
        raise UsageError("Ask a question in words.")
    if len(text) > LONGEST_QUESTION:
        raise UsageError(f"The question has {len(text):,} characters; ask it in at most {LONGEST_QUESTION:,}.")
    asked_as, text = text, capitalised(text, known)
    alone = standalone or completed(text, history, known)
    asking, left_out = wording.without_chat(alone)
    plain = Query(question=asked_as, standalone=alone, intent="fact", asked=asked)
    if not asking:
        return replace(plain, intent="off_topic")
    asking, corrections = respelt(asking, known)
    kept = asking if left_out or corrections else alone
    notes = (*corrections, *(f"“{one}” was left out: it asks nothing of the articles." for one in left_out))
    query = _read(replace(plain, standalone=kept, notes=notes), asking, known)
    query = replace(query, is_english=query.intent != "fact" or is_english_question(text))
    return replace(query, besides=tuple(_asked_before(query, history, known)))


def _asked_before(query: Query, history: Sequence[Turn], known: Known) -> Iterator[str]:
    """Those whose statements on the same topic the last questions asked for, where this one asks who else spoke."""
    if query.intent != "who_said" or not _ELSE.search(query.standalone):
        return
    questions = [place for place, turn in enumerate(history) if turn.role == "user"]
    for place in questions[-_QUESTIONS_BEFORE:]:
        content = history[place].content
        if not any(map(str.isalnum, content)) or len(content) > LONGEST_QUESTION:
            continue
        before = understand(content, history[:place], query.asked, known)
        if before.intent in _SPEECH and before.terms == query.terms and before.speaker:
            yield from (before.speaker, *before.others)


def _read(query: Query, asking: str, known: Known) -> Query:
    """The query with all that the words say."""
    if short := patterns.STANDS_FOR.match(wording.plain(asking)):
        return _with_terms(query, short["short"], known)
    if named := patterns.WHO_IS.match(wording.plain(asking)):
        whoever = _with_terms(replace(query, asks="identity"), named["name"] or named["thing"], known)
        return replace(whoever, names=whoever.terms)
    looked = looked_in(asking, known)
    query = replace(
        query, source=looked.source, outlet=looked.outlet, notes=(*query.notes, *filter(None, [looked.trouble]))
    )
    sentences = wording.sentences(looked.rest)
    place = wanted.asked_sentence(sentences)
    others = sentences[:place] + sentences[place + 1 :]
    focus, besides = wanted.besides(wording.plain(sentences[place]))
    bounds = bounded(focus, query.asked)
    reading = grammar.read(bounds.text, known)
    if reading is None or reading.intent in _EVENTS:
        bounds = bounded(focus, query.asked, relative_only=True)
        reading = grammar.read(bounds.text, known)
    query = _with_bounds(query, bounds)
    if reading is None:
        context = bounded(" ".join(others), query.asked, relative_only=True).text
        about = without_outlets(f"{wanted.without_question_words(bounds.text)} {context}", known)
        return _with_terms(replace(query, asks=besides or wanted.asks_of(focus)), about, known, others)
    about, years = years_told(reading.about, query.asked) if reading.intent in _EVENTS else (reading.about, None)
    if years:  # what happened over years is told in their order
        query = replace(query, years=years)
        reading = replace(reading, intent="timeline", about=about, topic=about, asks="when")
    query = replace(
        query,
        intent=reading.intent,
        asks=besides or reading.asks or "what",
        counted=reading.counted,
        of_article=reading.of_article,
    )
    return _of_one_article(_with_terms(_with_speakers(query, reading, known), reading.about, known), known)


def _of_one_article(query: Query, known: Known) -> Query:
    """A summary of an outlet that the library has one article of is a summary of that."""
    if query.intent != "summary" or query.outlet is None or query.source:
        return query
    sources = known.holdings.of_outlet(query.outlet)
    return replace(query, source=next(iter(sources))) if len(sources) == 1 else query


def _with_bounds(query: Query, bounds: Bounded) -> Query:
    notes = (*query.notes, *bounds.notes)
    return replace(query, since=bounds.since, until=bounds.until, dated=bounds.dated, notes=notes)


def _with_speakers(query: Query, reading: Reading, known: Known) -> Query:
    """The query with whom and what it asks about; a misspelt speaker is read as the person on record, and said so."""
    named = [reading.speaker, *reading.others] if reading.speaker else []
    links = [speakers.entity_link(name, known) for name in named]
    found = [speakers.on_record(name, known) for name in named]
    notes, standalone = list(query.notes), query.standalone
    for place, name in enumerate(named):
        if found[place] is None and (meant := speakers.resembled(name, known)):
            found[place] = meant
            written = bare(name)
            shown = meant if " " in written else meant.split()[-1]
            notes.append(f"“{written}” was read as {shown}.")
            standalone = standalone.replace(written, shown)
    notes += [note for link, meant in zip(links[1:], found[1:], strict=True) if (note := _namesakes(link, meant))]
    called = [meant or bare(speakers.alone(name)) for meant, name in zip(found, named, strict=True)]
    return replace(
        query,
        standalone=standalone,
        speaker=called[0] if called else None,
        speaker_is_known=bool(found and found[0]),
        link=(links[0] or (speakers.of_the_family(named[0], known) if not found[0] else None)) if links else None,
        others=tuple(called[1:]),
        topic=reading.topic,
        quote=grammar.quoted(query.standalone) if reading.intent in _QUOTES else None,
        notes=tuple(notes),
    )


def _namesakes(link: EntityLink | None, meant: str | None) -> str | None:
    """That somebody who is compared with others is one of several of the name."""
    quoted = [bearer.person for bearer in link.bearers if bearer.statements] if link else []
    others = [name for name in quoted if name != meant and " " in name]
    if link is None or link.by not in {"name", "role"} or not others:
        return None
    return f"“{link.written}” was read as {meant}; the articles also quote {listed(others)}."


def _with_terms(query: Query, text: str, known: Known, context: Sequence[str] = ()) -> Query:
    """The query with its content words, those of the sentence that asks first; `context` are the other sentences.

    A capital at the beginning of a sentence does not make a name. What the articles only ever write with another name
    behind it ("Nagorno-Karabakh") says nothing beside that, and they may leave it out.
    """
    bound = _bound(text, known)
    terms = tuple(term for term in words.phrases(text) if term not in bound)
    openers = {next(iter(words.words(one)), "") for one in (text, *context)} if query.intent == "fact" else set()
    names = tuple(
        term
        for term in terms
        if words.is_name(term) and (term not in openers or words.is_acronym(term) or known.named(term))
    )
    return replace(query, terms=terms, names=names)


def _bound(text: str, known: Known) -> frozenset[str]:
    """The names that a hyphen joins to another which alone says as much, because articles never part them."""
    return frozenset(
        match["first"] for match in _COMPOUND.finditer(text) if known.holdings.is_bound(match["first"], match["second"])
    )
