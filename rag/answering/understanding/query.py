"""From a question and its conversation to a Query. Knows the names on record, and nothing of what was said."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answering.claims.credits import enumerated
from rag.answering.understanding import answer_type, entity_index, entity_linking, intents, normalise
from rag.answering.understanding.conversation import LONGEST_QUESTION, Conversation, is_question
from rag.answering.understanding.entity_index import EntityIndex, bare
from rag.answering.understanding.entity_linking import looked_in, without_outlets
from rag.answering.understanding.follow_ups import FollowUp, completed
from rag.answering.understanding.intents import Interpretation
from rag.answering.understanding.normalise import capitalised, respelt
from rag.answering.understanding.time_ranges import Bounded, bounded, years_told
from rag.core import Cited, EntityLink, Query, Turn
from rag.core.errors import UsageError
from rag.text import tokens
from rag.text.language_detection import is_english_question

_COMPOUND = re.compile(r"\b(?P<first>[A-Z][^\W\d_]+)-(?=(?P<second>[A-Z][^\W\d_]+))")
_ELSE = re.compile(r"\belse\b", re.IGNORECASE)
_QUESTIONS_READ = 4
"""Of the conversation, the latest ones."""

_QUOTES = frozenset({"who_said", "statement"})
_SPEECH = frozenset({"statement", "compare"})
_EVENTS = frozenset({"timeline", "summary"})


def understand(
    question: str,
    history: Sequence[Turn],
    asked: dt.date,
    known: EntityIndex,
    told: frozenset[str] = frozenset(),
    voices: tuple[str, ...] = (),
) -> Query:
    """Reads a question against the conversation, the people on record, and the day on which it is asked.

    `told` and `voices` are those of the articles that the last answer cited, as in `Conversation`.
    Raises UsageError for an empty question or one longer than LONGEST_QUESTION characters.
    """
    text = " ".join(question.split())
    if not any(character.isalnum() for character in text):
        raise UsageError("Ask a question in words.")
    if len(text) > LONGEST_QUESTION:
        raise UsageError(f"The question has {len(text):,} characters; ask it in at most {LONGEST_QUESTION:,}.")
    new = normalise.announced(text)
    talk = Conversation() if new else replace(conversation(history, asked, known), told=told, voices=voices)
    follow_up = completed(capitalised(new or text, known), talk, known)
    query = _alone(text, follow_up, asked, known)
    return replace(query, besides=tuple(dict.fromkeys(_asked_before(query, talk))))


def conversation(history: Sequence[Turn], asked: dt.date, known: EntityIndex) -> Conversation:
    """The conversation as structure: its latest questions, each understood, and what the last answer cited.

    What was only greeted or thanked for is passed over.
    """
    exchanges = list(_exchanges(history))[-_QUESTIONS_READ:]
    talk = Conversation()
    for question, cited in exchanges:
        whole = (
            question.standalone
            or completed(capitalised(" ".join(question.content.split()), known), talk, known).standalone
        )
        query = _alone(question.content, FollowUp(whole), asked, known)
        if meant := _quoted_of_several(query, cited):
            query = _alone(question.content, FollowUp(meant), asked, known)
        talk = Conversation((query, *talk.questions), cited, earlier=talk.cited)
    return talk


def _quoted_of_several(query: Query, cited: tuple[Cited, ...]) -> str | None:
    """The question with the full name of the one whom the answer quotes, where its words fit several people."""
    if query.link is None or query.link.by != "name" or len(query.link.bearers) < 2:  # noqa: PLR2004 - several
        return None
    several = {bearer.person for bearer in query.link.bearers}
    quoted = {one.speaker for one in cited if one.speaker in several}
    return query.standalone.replace(query.link.written, str(quoted.pop()), 1) if len(quoted) == 1 else None


def _exchanges(history: Sequence[Turn]) -> Iterator[tuple[Turn, tuple[Cited, ...]]]:
    """The questions of a conversation, each with what its answer cited."""
    for place, turn in enumerate(history):
        if is_question(turn):
            answer = next(iter(history[place + 1 : place + 2]), None)
            yield turn, answer.cited if answer and answer.role == "assistant" else ()


def _alone(question: str, follow_up: FollowUp, asked: dt.date, known: EntityIndex) -> Query:
    """The query of a question that can be read without the conversation."""
    asking, left_out = normalise.without_chat(follow_up.standalone)
    plain = Query(question, follow_up.standalone, "fact", asked, recall=follow_up.recall, near=follow_up.near)
    if not asking:
        return replace(plain, intent="off_topic" if left_out else "small_talk")
    asking, corrections = respelt(asking, known)
    kept = asking if left_out or corrections else follow_up.standalone
    notes = (*corrections, *(f"“{one}” was left out: it asks nothing of the articles." for one in left_out))
    query = _read(replace(plain, standalone=kept, notes=notes), asking, known)
    if query.intent == "fact" and not is_english_question(question):
        return replace(query, intent="small_talk", is_english=False)
    return replace(query, intent="recall") if follow_up.recall else query


def _asked_before(query: Query, talk: Conversation) -> Iterator[str]:
    """Those whose statements on the same topic the last questions asked for, where this one asks who else spoke."""
    if query.intent != "who_said" or not _ELSE.search(query.standalone):
        return
    for before in reversed(talk.questions):
        if before.intent in _SPEECH and before.terms == query.terms and before.speaker:
            yield from (before.speaker, *before.others)


def _read(query: Query, asking: str, known: EntityIndex) -> Query:
    """The query with all that the words say."""
    if short := entity_index.STANDS_FOR.match(normalise.without_courtesies(asking)):
        return _with_terms(query, short["short"], known)
    if named := entity_index.WHO_IS.match(normalise.without_courtesies(asking)):
        whoever = _with_terms(replace(query, asks="identity"), named["name"] or named["thing"], known)
        return replace(whoever, names=whoever.terms)
    looked = looked_in(asking, known)
    query = replace(
        query, source=looked.source, outlet=looked.outlet, notes=(*query.notes, *filter(None, [looked.trouble]))
    )
    sentences = normalise.question_sentences(looked.rest)
    place = answer_type.asked_sentence(sentences)
    others = sentences[:place] + sentences[place + 1 :]
    focus, besides = answer_type.besides(normalise.without_courtesies(sentences[place]))
    if ": " in sentences[place] and ": " not in focus:  # "Lund and Ek on the ferry: do they differ?"
        others.append(sentences[place].partition(": ")[0])
    bounds = bounded(focus, query.asked)
    reading = intents.interpret(bounds.text, known)
    if reading is None or reading.intent in _EVENTS:
        bounds = bounded(focus, query.asked, relative_only=True)
        reading = intents.interpret(bounds.text, known)
    query = _with_bounds(query, bounds)
    if reading is None:
        context = bounded(" ".join(others), query.asked, relative_only=True).text
        about = without_outlets(f"{answer_type.without_question_words(bounds.text)} {context}", known)
        return _with_terms(replace(query, asks=besides or answer_type.asks_of(focus)), about, known, others)
    if reading.intent in {"summary", "overview"} and not reading.about:
        reading = replace(reading, intent="summary" if query.source or query.outlet else "overview")
    about, years = years_told(reading.about, query.asked) if reading.intent in _EVENTS else (reading.about, None)
    if years:  # what happened over years is told in their order
        query = replace(query, years=years)
        reading = replace(reading, intent="timeline", about=about, topic=about, asks="when")
    if reading.topic:
        reading = replace(reading, about=_before_colon(reading.about), topic=_before_colon(reading.topic))
    query = replace(
        query,
        intent=reading.intent,
        asks=besides or reading.asks or "what",
        counted=reading.counted,
        of_article=reading.of_article,
    )
    query = _of_one_article(_with_terms(_with_speakers(query, reading, known), reading.about, known), known)
    return _of_a_person(query, known)


def _before_colon(topic: str) -> str:
    """The topic without a question of its own behind a colon: "the drink remark: who attacked it"."""
    return topic.partition(": ")[0] or topic


def _of_one_article(query: Query, known: EntityIndex) -> Query:
    """A summary of an outlet that the library has one article of is a summary of that."""
    if query.intent != "summary" or query.outlet is None or query.source:
        return query
    sources = known.holdings.of_outlet(query.outlet)
    return replace(query, source=next(iter(sources))) if len(sources) == 1 else query


def _of_a_person(query: Query, known: EntityIndex) -> Query:
    """A summary whose topic is somebody on record tells what they say."""
    link = entity_linking.entity_link(query.topic, known) if query.intent == "summary" and query.topic else None
    if link is None or link.by not in {"name", "role"} or query.of_article or query.source or query.outlet:
        return query
    if link.bearers[0].is_body or not link.bearers[0].statements:
        return query
    return replace(query, speaker=link.bearers[0].person, speaker_is_known=True, link=link, terms=(), names=())


def _with_bounds(query: Query, bounds: Bounded) -> Query:
    notes = (*query.notes, *bounds.notes)
    return replace(query, since=bounds.since, until=bounds.until, dated=bounds.dated, notes=notes)


def _with_speakers(query: Query, reading: Interpretation, known: EntityIndex) -> Query:
    """The query with whom and what it asks about; a misspelt speaker is read as the person on record, and said so."""
    named = [reading.speaker, *reading.others] if reading.speaker else []
    links = [entity_linking.entity_link(name, known) for name in named]
    found = [entity_linking.name_on_record(name, known) for name in named]
    notes, standalone = list(query.notes), query.standalone
    for place, name in enumerate(named):
        if found[place] is None and (meant := entity_linking.resembled(name, known)):
            found[place] = meant
            written = bare(name)
            shown = meant if " " in written else meant.split()[-1]
            notes.append(f"“{written}” was read as {shown}.")
            standalone = standalone.replace(written, shown)
    notes += [note for link, meant in zip(links[1:], found[1:], strict=True) if (note := _namesakes(link, meant))]
    called = [meant or bare(entity_linking.alone(name)) for meant, name in zip(found, named, strict=True)]
    return replace(
        query,
        standalone=standalone,
        speaker=called[0] if called else None,
        speaker_is_known=bool(found and found[0]),
        link=(links[0] or (entity_linking.of_the_family(named[0], known) if not found[0] else None)) if links else None,
        others=tuple(called[1:]),
        topic=reading.topic,
        quote=intents.quoted_words(query.standalone) if reading.intent in _QUOTES else None,
        notes=tuple(notes),
    )


def _namesakes(link: EntityLink | None, meant: str | None) -> str | None:
    """That somebody who is compared with others is one of several of the name."""
    quoted = [bearer.person for bearer in link.bearers if bearer.statements] if link else []
    others = [name for name in quoted if name != meant and " " in name]
    if link is None or link.by not in {"name", "role"} or not others:
        return None
    return f"“{link.written}” was read as {meant}; the articles also quote {enumerated(others)}."


def _with_terms(query: Query, text: str, known: EntityIndex, context: Sequence[str] = ()) -> Query:
    """The query with its content words, those of the sentence that asks first; `context` are the other sentences.

    A capital at the beginning of a sentence does not make a name. What the articles only ever write with another name
    behind it ("Nagorno-Karabakh") says nothing beside that, and they may leave it out.
    """
    bound = _bound(text, known)
    terms = tuple(term for term in tokens.phrases(text) if term not in bound)
    openers = {next(iter(tokens.words(one)), "") for one in (text, *context)} if query.intent == "fact" else set()
    names = tuple(
        term
        for term in terms
        if tokens.is_name(term) and (term not in openers or tokens.is_acronym(term) or known.named(term))
    )
    return replace(query, terms=terms, names=names)


def _bound(text: str, known: EntityIndex) -> frozenset[str]:
    """The names that a hyphen joins to another which alone says as much, because articles never part them."""
    return frozenset(
        match["first"] for match in _COMPOUND.finditer(text) if known.holdings.is_bound(match["first"], match["second"])
    )
