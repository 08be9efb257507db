"""Turns a question and its conversation into a Query."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rag.answering.understanding import entity_index, entity_linking, intents, normalise
from rag.answering.understanding.entity_index import EntityIndex, bare
from rag.answering.understanding.entity_linking import looked_in
from rag.answering.understanding.follow_ups import FollowUp, completed
from rag.answering.understanding.intents import Interpretation
from rag.answering.understanding.referents import Conversation
from rag.answering.understanding.time_ranges import bounded, years_told
from rag.core import QUESTION_LIMIT, Cited, EntityLink, Query, TimeAsked, Turn, Within
from rag.core.errors import UsageError
from rag.text import tokens
from rag.text.languages import is_english_question
from rag.text.names import is_body, nation_of

_COMPOUND = re.compile(r"\b(?P<first>[A-Z][^\W\d_]+)-(?=(?P<second>[A-Z][^\W\d_]+))")
_ELSE = re.compile(r"\belse\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_TWO_WORDS = re.compile(rf"\b(?=({_WORD.pattern} )({_WORD.pattern}))")
_QUOTED = re.compile(
    r"[“„](?P<curly>[^”“]{2,}?)[”“]|\"(?P<straight>[^\"]{2,}?)\"|«(?P<angled>[^»]{2,}?)»|(?<!\w)[‘'](?P<single>[^‘]{2,}?)[’'](?!\w)"
)
_QUESTIONS_READ = 4
"""Latest questions of the conversation that are read."""

_QUOTES = frozenset({"who_said", "statement"})
_SPEECH = frozenset({"statement", "compare"})
_OF_SOMEBODY = re.compile(r"\w (?:of|about|against|with|around|over) (?:the |[A-Z])")
_EVENTS = frozenset({"timeline", "summary"})


def understand(
    question: str,
    history: Sequence[Turn],
    asked: dt.date,
    known: EntityIndex,
    told: frozenset[str] = frozenset(),
    shown: Sequence[str] = (),
) -> Query:
    """Understands a question with the conversation, the people on record, and the day of asking.

    `told` and `shown` are those of `Conversation`. Raises UsageError for an empty question or one longer than
    QUESTION_LIMIT characters.
    """
    text = " ".join(question.split())
    if not any(character.isalnum() for character in text):
        raise UsageError("Ask a question in words.")
    if len(text) > QUESTION_LIMIT:
        raise UsageError(f"The question has {len(text):,} characters; ask it in at most {QUESTION_LIMIT:,}.")
    new = normalise.announced(text)
    talk = Conversation() if new else replace(_conversation(history, asked, known), told=told, shown=tuple(shown))
    follow_up = completed(capitalised(new or text, known), talk, known)
    query = _alone(text, follow_up, asked, known)
    return replace(query, besides=tuple(dict.fromkeys(_asked_before(query, talk))))


def _conversation(history: Sequence[Turn], asked: dt.date, known: EntityIndex) -> Conversation:
    """Structures the conversation: its latest questions, each understood, and what the last answer cited."""
    talk = Conversation()
    for question, cited in list(_exchanges(history))[-_QUESTIONS_READ:]:
        text = capitalised(" ".join(question.content.split()), known)
        whole = question.standalone or completed(text, talk, known).standalone
        query = _alone(question.content, FollowUp(whole), asked, known)
        if meant := _quoted_of_several(query, cited):
            query = _alone(question.content, FollowUp(meant), asked, known)
        talk = Conversation((query, *talk.questions), cited, earlier=talk.cited)
    return talk


def is_question(turn: Turn) -> bool:
    """Returns whether a turn asks something of the articles; a greeting does not."""
    is_readable = any(map(str.isalnum, turn.content)) and len(turn.content) <= QUESTION_LIMIT
    return turn.role == "user" and is_readable and bool(normalise.without_chat(turn.content)[0])


def last_question(history: Sequence[Turn]) -> int | None:
    """Returns the index of the last turn that asks anything; None if nobody asked yet."""
    return next((place for place in range(len(history) - 1, -1, -1) if is_question(history[place])), None)


def cited_last(history: Sequence[Turn]) -> tuple[Cited, ...]:
    """Returns what the answer to the last question cites."""
    asked = last_question(history)
    answers = () if asked is None else history[asked + 1 : asked + 2]
    return tuple(cited for turn in answers for cited in turn.cited)


def stems_of(texts: Iterable[str]) -> frozenset[str]:
    """Returns the stems of all words of the texts."""
    return frozenset(tokens.stem(word) for text in texts for word in tokens.words(text))


def _quoted_of_several(query: Query, cited: tuple[Cited, ...]) -> str | None:
    """Puts in the full name of the person whom the answer quotes, if the question's words fit several people."""
    if query.link is None or query.link.by != "name" or len(query.link.bearers) < 2:  # noqa: PLR2004 - several
        return None
    several = {bearer.person for bearer in query.link.bearers}
    quoted = {place.speaker for place in cited if place.speaker in several}
    return query.standalone.replace(query.link.written, str(quoted.pop()), 1) if len(quoted) == 1 else None


def _exchanges(history: Sequence[Turn]) -> Iterator[tuple[Turn, tuple[Cited, ...]]]:
    """Yields the questions of a conversation, each with what its answer cited; no greetings."""
    for place, turn in enumerate(history):
        if is_question(turn):
            answer = next(iter(history[place + 1 : place + 2]), None)
            yield turn, answer.cited if answer and answer.role == "assistant" else ()


def _alone(question: str, follow_up: FollowUp, asked: dt.date, known: EntityIndex) -> Query:
    """Returns the query of a question that can be read without the conversation."""
    asking, left_out = normalise.without_chat(follow_up.standalone)
    plain = Query(question, follow_up.standalone, "fact", asked, recall=follow_up.recall, near=follow_up.near)
    if not asking:
        return replace(plain, intent="off_topic" if left_out else "small_talk")
    asking, corrections = _respelt(asking, known)
    kept = asking if left_out or corrections else follow_up.standalone
    notes = (*corrections, *(f"“{words}” was left out: it asks nothing of the articles." for words in left_out))
    query = _read(replace(plain, standalone=kept, notes=notes), asking, known)
    if query.intent == "fact" and not is_english_question(question):
        return replace(query, intent="small_talk", is_english=False)
    return replace(query, intent="recall") if follow_up.recall else query


def _asked_before(query: Query, talk: Conversation) -> Iterator[str]:
    """Yields the speakers on the same topic in the last questions, if this one asks who else spoke."""
    if query.intent != "who_said" or not _ELSE.search(query.standalone):
        return
    for before in reversed(talk.questions):
        if before.intent in _SPEECH and before.terms == query.terms and before.speaker:
            yield from (before.speaker, *before.others)


def _read(query: Query, asking: str, known: EntityIndex) -> Query:
    """Adds to the query everything that its words say."""
    plain = normalise.without_courtesies(asking)
    if short := entity_index.STANDS_FOR.match(plain):
        return _with_terms(query, short["short"], known)
    if named := entity_index.WHO_IS.match(plain):
        whoever = _with_terms(replace(query, asks="identity"), named["name"] or named["thing"], known)
        return replace(whoever, names=whoever.terms)
    looked = looked_in(asking, known)
    trouble = (looked.trouble,) if looked.trouble else ()
    query = replace(query, within=Within(looked.source, looked.outlet), notes=(*query.notes, *trouble))
    sentences = normalise.question_sentences(looked.rest)
    place = intents.asked_sentence(sentences)
    sentence, others = sentences[place], sentences[:place] + sentences[place + 1 :]
    focus, besides = intents.besides(normalise.without_courtesies(sentence))
    if ": " in sentence and ": " not in focus:  # "Lund and Ek on the ferry: do they differ?"
        others.append(sentence.partition(": ")[0])
    bounds = bounded(focus, query.asked)
    reading = intents.interpret(bounds.text, known)
    if reading is None or reading.intent in _EVENTS:
        bounds = bounded(focus, query.asked, relative_only=True)
        reading = intents.interpret(bounds.text, known)
    time = TimeAsked(bounds.since, bounds.until, bounds.dated)
    query = replace(query, time=time, notes=(*query.notes, *bounds.notes))
    if reading is None:
        context = bounded(" ".join(others), query.asked, relative_only=True).text
        about = f"{intents.without_question_words(bounds.text)} {context}"
        return _with_terms(replace(query, asks=besides or intents.asks_of(focus)), about, known, others)
    return _of_a_reading(replace(query, asks=besides or reading.asks or "what"), reading, known)


def _of_a_reading(query: Query, reading: Interpretation, known: EntityIndex) -> Query:
    """Returns the query of a question about speech, the record or an event."""
    if reading.intent in {"summary", "overview"} and not reading.about:
        reading = replace(reading, intent="summary" if query.within.source or query.within.outlet else "overview")
    topic = reading.topic and reading.topic.partition(": ")[0]  # "the pier: same line?"
    reading = replace(reading, about=reading.about.partition(": ")[0], topic=topic)
    about, years = years_told(reading.about, query.asked) if reading.intent in _EVENTS else (reading.about, None)
    if years:  # what happened over years is told in their order
        query = replace(query, time=replace(query.time, years=years), asks="when")
        reading = replace(reading, intent="timeline", about=about, topic=about)
    within = replace(query.within, of_article=reading.of_article)
    query = replace(query, intent=reading.intent, counted=reading.counted, within=within)
    query = _with_terms(_with_speakers(query, reading, known), reading.about, known)
    return _summary(query, known) if query.intent == "summary" else query


def _summary(query: Query, known: EntityIndex) -> Query:
    """Turns a summary of an outlet into one of its only article, and one of a speaker into what they say."""
    if query.within.source:
        return query
    if query.within.outlet:
        sources = known.library.of_outlet(query.within.outlet)
        return replace(query, within=replace(query.within, source=next(iter(sources)))) if len(sources) == 1 else query
    link = entity_linking.entity_link(query.topic, known) if query.topic and not query.within.of_article else None
    if link and link.by == "name" and _OF_SOMEBODY.search(query.topic or ""):
        return query  # "the case of Ada Lund" is no portrait of her
    if link is None or link.by not in {"name", "role"} or link.bearers[0].is_body or not link.bearers[0].statements:
        return query
    return replace(query, speaker=link.bearers[0].person, speaker_is_known=True, link=link, terms=(), names=())


def _with_speakers(query: Query, reading: Interpretation, known: EntityIndex) -> Query:
    """Resolves the query's speakers and subject; a note says if a misspelt speaker was read as somebody on record."""
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
        elif found[place] is None and (meant := entity_linking.called_in_part(name, known)):
            found[place] = meant
            notes.append(f"“{bare(name)}” was read as {meant}.")
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
        quote=_quoted_words(query.standalone) if reading.intent in _QUOTES else None,
        notes=tuple(notes),
    )


def _quoted_words(question: str) -> str | None:
    """Returns the longest words in quotation marks of any style; None if there are none."""
    marked = [next(filter(None, match.groups())) for match in _QUOTED.finditer(question)]
    return max((words.strip(" .,") for words in marked), key=len, default=None)


def _namesakes(link: EntityLink | None, meant: str | None) -> str | None:
    """Says that somebody who is compared with others is one of several of the name."""
    quoted = [bearer.person for bearer in link.bearers if bearer.statements] if link else []
    others = [name for name in quoted if name != meant and " " in name]
    if link is None or link.by not in {"name", "role"} or not others:
        return None
    return f"“{link.written}” was read as {meant}; also on record: {', '.join(others)}."


def _with_terms(query: Query, text: str, known: EntityIndex, context: Sequence[str] = ()) -> Query:
    """Adds the query's content words, those of the asking sentence first; `context` are the other sentences.

    A capital at the beginning of a sentence does not make a name. A word that articles only write with another name
    after it ("Nagorno-Karabakh") adds nothing to it, and they may leave it out.
    """
    compounds = _COMPOUND.finditer(text)
    bound = {match["first"] for match in compounds if known.library.is_bound(match["first"], match["second"])}
    terms = tuple(term for term in tokens.phrases(text) if term not in bound)
    openers = {next(iter(tokens.words(words)), "") for words in (text, *context)} if query.intent == "fact" else set()
    names = tuple(
        term
        for term in terms
        if tokens.is_name(term) and (term not in openers or tokens.is_acronym(term) or known.named(term))
    )
    return replace(query, terms=terms, names=names)


def capitalised(question: str, known: EntityIndex) -> str:
    """Gives the question's names the capitals that they have in the articles: "Lavrov on the EU".

    In an all-capitals question only the names of people on record get theirs; in one without capitals, every word that
    articles mostly write with one.
    """
    is_small = is_typed_small(question)

    def put(match: re.Match[str]) -> str:
        word = match.group()
        if not word.islower() or len(word) == 1 or word in tokens.FUNCTION_WORDS:
            return word
        office = entity_index.OFFICE
        is_title = office.match(question, match.start()) or office.match(question, match.end() + 1)
        person = known.named(word)
        may_be_name = (is_small and not is_title) or (person and not is_body(tuple(person.name.split())))
        found = known.library.written(word) if may_be_name else None
        return found or (word.capitalize() if is_small and nation_of(word.removesuffix("s")) else word)

    return re.sub(r"[^\W\d_]+", put, question)


def is_typed_small(question: str) -> bool:
    """Returns whether a question has no capital except in its first word."""
    return not any(map(str.isupper, re.sub(r"\bI\b", "", question.strip()[1:])))


def _respelt(question: str, known: EntityIndex) -> tuple[str, tuple[str, ...]]:
    """Corrects misspelt names of people on record, two words of a name first, with a note on each.

    Searches capitalised words inside a sentence; in a question without capitals, every word.
    """
    notes: list[str] = []
    is_small = is_typed_small(question)
    for pattern in (_TWO_WORDS, _WORD):
        for match in reversed(list(pattern.finditer(question))):
            name = re.sub("[’']s?$", "", "".join(match.groups() or match.group()))
            is_inside = re.search(r"[\w,;:’'”)] ?[“\"‘(]?$", question[: match.start()])
            is_other = any(tokens.is_acronym(word) or tokens.has_other_names(word) for word in name.split())
            may_be_name = is_small or (is_inside and all(map(tokens.is_name, name.split())))
            meant = None if is_other or not may_be_name or known.named(name) else entity_linking.resembled(name, known)
            if meant:
                shown = meant if " " in name else meant.split()[-1]
                question = f"{question[: match.start()]}{shown}{question[match.start() + len(name) :]}"
                notes.insert(0, f"“{name}” was read as {shown}.")
    return question, tuple(dict.fromkeys(notes))
