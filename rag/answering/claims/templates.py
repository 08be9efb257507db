"""Sentences made by code that count, name or deny what the record holds, and nothing else.

Each rule makes one sentence from the query and the evidence alone, or None if it has nothing to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from rag.answering.claims.credits import (
    called,
    capital,
    carried,
    enumerated,
    is_or_are,
    number_in_words,
    people,
    published_on,
    where,
)
from rag.answering.claims.quoting import shown
from rag.answering.reading.answer_spans import terms_held
from rag.answering.reading.semantic_roles import (
    deed_asked,
    deeds,
    is_told_only_otherwise,
    presumed,
    roles,
    verb_presumed,
)
from rag.answering.retrieval.contradictions import contrast
from rag.answering.retrieval.statements import distinct
from rag.core import Claim, EntityLink, Evidence, Frame, Place, Query, Reason, Statement
from rag.text import tokens
from rag.text.languages import language_of
from rag.text.names import is_body
from rag.text.speech_verbs import lexicon

NEAREST = "Nearest in the articles:"
"""The heading above words that may or may not answer."""

NOT_SURE = "Nothing was found that surely answers this."
"""The decline that denies nothing: the articles may say it in words that were not understood."""

_NOT_IN_THESE_WORDS = "No article was found that says this in these words:"

_THANKS = re.compile(r"\b(?:thank|thanks|thx|cheers)\b")
_ENGLISH_ONLY = "Questions are read in English; the articles may be in any language."
_GREETS = re.compile(r"\W*(?:hi|hello|hey|yo|greetings|good (?:morning|afternoon|evening|day))\b")
_PRESSED = 3
_NAMED_OTHERS = 3
_WHERE = 3
"""Articles that a first line names."""

NAMED_SPEAKERS = 6

_Rule = Callable[[Query, Evidence], str | None]


def framed(told: str | None, places: tuple[Place, ...] = ()) -> Iterator[Claim]:
    """Yields what a rule of `rag.answering.claims` tells as a claim, if it tells anything; nobody else's words."""
    if told:
        yield Claim(told, places, frame=Frame(told))


def decline(query: Query, evidence: Evidence) -> Frame:
    """Makes the most informative sentence on why there is no answer."""
    if query.intent == "off_topic":
        return Frame("That does not read as a question about the articles.", "off_topic")
    if query.intent == "small_talk":
        return Frame(greeting(query, evidence), "off_topic")
    rules: tuple[tuple[_Rule, Reason], ...] = (
        (neither, "not_quoted_on_topic"),
        (none_counted, "not_quoted_on_topic" if query.speaker else "fact_missing"),
        (not_quoted, "not_quoted_on_topic"),
        (not_granted, "false_premise"),
        (never_quoted, "not_quoted_on_topic"),
        (absent, "absent_person"),
        (unmentioned, "absent_person" if _is_of_people(query, evidence) else "fact_missing"),
    )
    told = ((rule(query, evidence), reason) for rule, reason in rules)
    return next((Frame(text, reason) for text, reason in told if text), Frame(NOT_SURE, "fact_missing"))


def speaker_on_record(query: Query, evidence: Evidence) -> str | None:
    """Says who is on record on the topic and where; for a clause, only that it was not found said so.

    A number is told only where one is asked for: an article may hold more on a topic than was found.
    """
    statements = distinct(evidence.statements)
    if not statements:
        return None
    if query.topic is None and query.terms:
        return not_said_so(query, evidence) or (None if _hold_the_words(statements, query, evidence) else NEAREST)
    if query.counted == "statements":
        return _found(statements, query, evidence)
    naming = distinct(statement for statement in statements if statement not in set(evidence.topical))
    if not naming or (query.topic and not tokens.content_words(query.topic)):  # "about it" names nothing
        return f"Nearest in the articles, by {enumerated(_speakers(statements))}:" if query.speaker else NEAREST
    names = _speakers(naming)
    if not names:
        return None
    lead = f"For {called(query.speaker or '')}, " if query.link and query.link.by == "nation" else ""
    if query.speaker is None and query.besides:
        lead = f"Besides {enumerated(list(map(called, query.besides)))}, "
    whose = f", who speaks for {called(query.speaker)}," if evidence.spokesperson and query.speaker else ""
    be = "are" if len(names) > 1 else is_or_are(next(one.speaker for one in naming if one.speaker))
    topic = "" if "," in (query.topic or "") else topic_phrase(query)  # several things that are asked are no topic
    return capital(f"{lead}{enumerated(names)}{whose} {be} on record{topic}{_within(naming, query, evidence)}.")


def _found(statements: Sequence[Statement], query: Query, evidence: Evidence) -> str:
    """Says how many statements were found, by whom, and where."""
    count = "one statement" if len(statements) == 1 else f"{number_in_words(len(statements))} statements"
    by = f" by {enumerated(_speakers(statements))}" if query.speaker else ""
    return f"Found: {count}{by}{topic_phrase(query)}, {_in_articles(statements, evidence)}."


def _speakers(statements: Sequence[Statement]) -> list[str]:
    """Returns the first speakers, each once, as a sentence names them."""
    names = people(statement.speaker for statement in statements if statement.speaker)
    return [*names[:NAMED_SPEAKERS], *(["others"] if len(names) > NAMED_SPEAKERS else [])]


def _within(statements: Sequence[Statement], query: Query, evidence: Evidence) -> str:
    """Names the articles: a few that name the topic; of a topic in other words only the one that there is."""
    sources = list(dict.fromkeys(statement.source for statement in statements))
    is_of_names = not query.topic or set(query.terms) <= set(query.names)
    if (len(sources) > 1 and not is_of_names) or not all(source in evidence.articles for source in sources[:_WHERE]):
        return ""
    if len(sources) == 1:
        return f", {_in_articles(statements, evidence)}"
    named = [where(evidence.articles[source]) for source in sources[:_WHERE]]
    return f", in {enumerated([*named, *(['other articles'] if len(sources) > _WHERE else [])])}"


def _hold_the_words(statements: Sequence[Statement], query: Query, evidence: Evidence) -> bool:
    """Returns whether every available statement contains all words of a question about a clause."""
    return all(_holds_the_words(statement, query, evidence) for statement in statements)


def _holds_the_words(statement: Statement, query: Query, evidence: Evidence) -> bool:
    if statement.source not in evidence.articles:
        return True
    told = evidence.articles[statement.source].cut(statement.span)
    return len(terms_held(told, query, evidence)) == len(query.terms)


def not_said_so(query: Query, evidence: Evidence) -> str | None:
    """Says that somebody was not found to have said what the question asks, before what they did say."""
    found = roles(query.standalone)
    verb = found.speeches[0].cue if found.speeches and found.speeches[0].start == found.predicates[0].start else ""
    if "clause" not in lexicon().frames(verb) or query.asks != "yes_no" or not query.speaker or query.topic:
        return None
    if any(_holds_the_words(statement, query, evidence) for statement in evidence.statements):
        return None
    return f"No such statement was found in these words. {NEAREST}"


def namesakes(query: Query) -> str | None:
    """Says who else of the name or role is on record."""
    link = query.link
    if link is None or link.is_open or link.by not in {"name", "role"}:
        return None
    asked = set(tokens.words(link.written.lower()))
    same = (one for one in link.bearers[1:] if link.by == "role" or asked & set(tokens.words(one.person.lower())))
    others = [bearer.person for bearer in same if bearer.statements and " " in bearer.name]
    names = people([link.bearers[0].person, *others])[1:]
    called_so = ", called so too" if link.by == "role" else " under that name"
    return f"Also on record{called_so}: {enumerated(names)}." if names else None


def several(query: Query, evidence: Evidence) -> str | None:
    """Says who of one name or role is on record, if none is clearly meant."""
    link = query.link
    names = people(comparand.speaker for comparand in evidence.sides if comparand.statements)
    if link is None or not link.is_open or not names:
        return None
    whom = f"named {link.written}" if link.by == "name" else f"whom the articles call {link.written}"
    return f"On record{topic_phrase(query)}, of those {whom}: {enumerated(names)}."


def unsaid(query: Query, evidence: Evidence) -> str | None:
    """Says that the following is ascribed to somebody and does not count as said."""
    by = f" by {called(query.speaker)}" if query.speaker else ""
    return f"Not counted as said{by}:" if evidence.unsaid else None


def unclear(evidence: Evidence) -> str | None:
    """Says that it is not certain who says the following."""
    return "Who says this is not certain:" if evidence.unclear else None


def aides(query: Query, evidence: Evidence) -> str | None:
    """Says who is on record for the person asked about, and is somebody else."""
    who = list(dict.fromkeys(statement.speaker or statement.speaker_as_written for statement in evidence.aides))
    if not who or not query.speaker:
        return None
    is_told = all(query.speaker.split()[-1] in name for name in who)
    whose = "" if is_told else f", who {'speaks' if len(who) == 1 else 'speak'} for {called(query.speaker)}"
    return f"See also {enumerated(list(map(called, who)))}{whose}."


def unmarked(evidence: Evidence, among: frozenset[str]) -> str | None:
    """Says that quotes shown, those with an id in `among`, have no quotation marks in the file."""
    quotes = [statement for statement in shown(evidence) if statement.kind == "direct" and statement.id in among]
    bare = [statement for statement in quotes if not statement.marked]
    if not bare:
        return None
    these = "these words" if len(bare) == len(quotes) else "some of these words"
    return f"The article prints {these} without quotation marks."


def more(query: Query, evidence: Evidence) -> str | None:
    """Says that more statements were found than are shown, and how many where they are counted."""
    hidden = len(distinct(evidence.statements)) - len(shown(evidence))
    if hidden <= 0:
        return None
    return f"{hidden:,} more were found." if query.counted else "More was found than is shown here."


def also_spoke(query: Query, evidence: Evidence) -> str | None:
    """Names others whose statements hold the topic's words."""
    others = [statement.speaker for statement in other_speakers(query, evidence) if statement.speaker]
    is_asked_of_one = query.speaker and query.topic and evidence.statements
    return f"See also {enumerated(others)}." if others and is_asked_of_one else None


def not_quoted(query: Query, evidence: Evidence) -> str | None:
    """Says that nothing by a speaker on record, or by those compared, was found that surely answers."""
    if evidence.statements or not query.speaker or not query.speaker_is_known:
        return None
    return nothing_by([query.link.written if query.link and query.link.is_open else query.speaker])


def nothing_by(speakers: Sequence[str]) -> str:
    """Says that nothing by the speakers was found that surely answers; it denies nothing beyond that."""
    return f"Nothing by {enumerated(people(speakers), 'or')} was found that surely answers this."


def none_counted(query: Query, evidence: Evidence) -> str | None:
    """Says that no article was found that quotes or mentions, or that nobody was."""
    tally = evidence.tally
    if tally is None or tally.entries:
        return None
    if tally.counted == "speakers":
        return NOT_SURE
    return f"No article was found that {does(query)}s {whom(query)}."


def does(query: Query) -> str:
    """Returns the verb for a counted article: quotes or mentions."""
    return "quote" if query.speaker else "mention"


def whom(query: Query) -> str:
    """Returns whom or what the counted articles quote or mention."""
    if query.speaker:
        return f"{called(query.speaker)}{topic_phrase(query)}"
    return query.topic or " ".join(query.terms)


def neither(query: Query, evidence: Evidence) -> str | None:  # noqa: ARG001 - a rule like the others
    """Says that nothing by any speaker of a comparison was found that surely answers."""
    if not evidence.sides or any(comparand.statements for comparand in evidence.sides):
        return None
    return nothing_by([side.speaker for side in evidence.sides])


def never_quoted(query: Query, evidence: Evidence) -> str | None:
    """Says that nothing was found by somebody who is mentioned and not on record."""
    if query.speaker is None or query.speaker_is_known or not _is_mentioned(query.speaker, evidence):
        return None
    if query.link and query.link.by == "family":
        return _only_others(query.link)
    return nothing_by([query.speaker])


def absent(query: Query, evidence: Evidence) -> str | None:
    """Says that nobody of the name is in the articles."""
    if query.speaker is None or query.speaker_is_known or _is_mentioned(query.speaker, evidence):
        return None
    if query.link and query.link.by == "family":
        return _only_others(query.link)
    if not tokens.is_name(query.speaker.removeprefix("the ")):
        return f"Nobody called {query.speaker} was found in the articles."
    return f"Nobody named {query.speaker} was found in the articles."


def _only_others(link: EntityLink) -> str:
    """Says that nobody of a full name is on record, and who shares its last word."""
    names = people(bearer.person for bearer in link.bearers)
    named = enumerated([*names[:NAMED_SPEAKERS], *(["others"] if len(names) > NAMED_SPEAKERS else [])])
    whom = link.written.removeprefix("the ")
    alone = f"by the name {whom} alone" if " " not in whom else f"named {whom}"
    be = "is" if len(names) == 1 else "are"
    return f"Nobody {alone} is on record; of that name {be} {named}."


def unmentioned(query: Query, evidence: Evidence) -> str | None:
    """Says that a person or thing named in the question is in no article."""
    names = _unmentioned(query, evidence)
    return f"The articles do not mention {enumerated(names, 'or')}." if names else None


def _unmentioned(query: Query, evidence: Evidence) -> list[str]:
    """Returns the question's names that no article contains; adjacent words are one name."""
    parts = {part for name in evidence.unmentioned for part in tokens.words(name)}
    kept = re.sub(
        r"[\w’']+", lambda match: match.group() if set(tokens.words(match.group())) & parts else ",", query.standalone
    )
    names = re.findall(r"\w+(?:[-’'. ]+\w+)*", kept)
    return list(dict.fromkeys(re.sub(r"[’']s$", "", name) for name in names))


def _is_of_people(query: Query, evidence: Evidence) -> bool:
    """Returns whether a missing name is a person's: the speaker asked for, or two words that name no body."""
    names = [tuple(name.split()) for name in _unmentioned(query, evidence)]
    is_asked_for = query.asks == "identity" and query.standalone.lower().startswith("who")
    return is_asked_for or any(len(name) > 1 and not is_body(name) for name in names)


def nearest_passages(evidence: Evidence) -> str | None:
    """Says that the following is near an answer, without denying that it is one."""
    return NEAREST if evidence.read else None


def told_otherwise(query: Query, evidence: Evidence) -> str | None:
    """Says that what the question presupposes was found only the other way round: B left A, not A left B."""
    said = presumed(query.standalone)
    is_turned = said is not None and is_told_only_otherwise(said, _sentences_with_deed(query, evidence))
    return f"{_NOT_IN_THESE_WORDS} {said}." if is_turned else None


def not_granted(query: Query, evidence: Evidence) -> str | None:
    """Says that a presupposition was not found, if it is an act between two names; else nothing."""
    said = presumed(query.standalone)
    if said is None or "(" in query.standalone:  # names in brackets come from the conversation, and are no part of it
        return None
    asked = deed_asked(query.standalone)
    if asked is None or not any(tokens.is_name(word) for word in asked.object):
        return None
    held = [hit.passage.text for hit in evidence.hits]
    names = [evidence.spellings.get(name, (name,)) for name in query.names]
    are_known = names and all(any(tokens.holds(text, spellings) for text in held) for spellings in names)
    together = [text for text in held if all(tokens.holds(text, spellings) for spellings in names)]
    is_told = any(tokens.holds(text, tokens.alternatives(asked.verb)) for text in together)
    return f"{_NOT_IN_THESE_WORDS} {said}." if are_known and not is_told else None


def is_granted(query: Query, evidence: Evidence) -> bool:
    """Returns whether any sentence read affirms the question's presupposition; True if it has none."""
    is_of_a_deed = verb_presumed(query.standalone) and not query.is_of_the_record
    asked = deed_asked(query.standalone) if is_of_a_deed else None
    sentences = _sentences_with_deed(query, evidence) if asked else []
    return asked is None or any(asked.verb == deed.verb for sentence in sentences for deed in deeds(sentence))


def _sentences_with_deed(query: Query, evidence: Evidence) -> list[str]:
    """Returns the sentences read that contain the verb of the presupposition."""
    verb = verb_presumed(query.standalone) or ""
    sentences = (evidence.quote(read.place) for read in evidence.read)
    return [sentence for sentence in sentences if tokens.holds(sentence, tokens.alternatives(verb))]


def articles_differ(query: Query, evidence: Evidence, places: tuple[Place, Place]) -> str | None:
    """Says that two articles answer differently; if both may be right, which is the later."""
    if (told := contrast(*places, query, evidence)) != "update":
        return "The articles differ." if told else None
    later = max((evidence.articles[place.source] for place in places), key=lambda article: article.published or "")
    return f"The articles differ; the later one is from {published_on(later)}."


def without_verdict() -> str:
    """Says that the yes or no of a model could not be confirmed."""
    return "The yes or no that was written to this question could not be confirmed."


def one_sided(speakers: Sequence[str]) -> str:
    """Says that a model's sentences about these speakers could not be confirmed, and that their words follow."""
    names = capital(enumerated(list(map(called, speakers))))
    return f"{names}: what was written of them on this could not be confirmed; here are the articles' own words."


def greeting(query: Query, evidence: Evidence) -> str:
    """Writes a friendly line for a greeting, thanks or another language, with three questions to ask."""
    ask = " ".join(["You could ask:", *(evidence.overview.openers[:_PRESSED] if evidence.overview else ())])
    if not query.is_english:
        language = language_of(query.question)
        return f"{language.sentence if language else _ENGLISH_ONLY} {ask}"
    said, count = query.standalone.lower(), evidence.overview.articles if evidence.overview else 0
    opening = "You’re welcome. " if _THANKS.search(said) else "Hello. " if _GREETS.match(said) else ""
    held = f"{number_in_words(count)} article{'' if count == 1 else 's'}"
    return f"{opening}Questions about {held} are answered here, only from what stands in them. {ask}"


def topic_phrase(query: Query) -> str:
    """Returns the words " on TOPIC", with the question's own topic; nothing if it asks about everything.

    For a clause it only says that its words occur: using them is not saying the clause.
    """
    if query.topic:
        return f" on {query.topic}"
    return " with these words" if query.terms else ""


def other_speakers(query: Query, evidence: Evidence) -> list[Statement]:
    """Returns one statement each by the first few other people who speak of the topic themselves, no bodies."""
    by_name: dict[str, Statement] = {}
    for statement in evidence.beside:
        apart = (
            statement.speaker not in {*query.voices, evidence.spokesperson, *(aide.speaker for aide in evidence.aides)}
            and statement.source in evidence.articles
        )
        if apart and _is_person(statement.speaker) and _speaks_of_topic(statement, query, evidence):
            by_name.setdefault(str(statement.speaker), statement)
    return list(by_name.values())[:_NAMED_OTHERS]


def _speaks_of_topic(statement: Statement, query: Query, evidence: Evidence) -> bool:
    """Returns whether the topic's words are together in the content itself: the statement is then about it."""
    said = " ".join(evidence.articles[statement.source].cut(part) for part in statement.content)
    if len(query.terms) > 1:
        return tokens.holds_name(said, [" ".join(query.terms)])
    return len(terms_held(said, query, evidence)) == len(query.terms)


def _is_person(name: str | None) -> bool:
    parts = tuple(name.split()) if name else ()
    return len(parts) > 1 and not is_body(parts)


def _in_articles(statements: Sequence[Statement], evidence: Evidence) -> str:
    sources = list(dict.fromkeys(statement.source for statement in statements))
    if len(sources) > 1 or sources[0] not in evidence.articles:
        return f"in {number_in_words(len(sources))} article{'s' if len(sources) > 1 else ''}"
    copies = carried(sources[0], evidence)
    also = copies and (f", {copies}" if copies.startswith("also") else f", which stands {copies}")
    return f"in {where(evidence.articles[sources[0]])}{also or ''}"


def _is_mentioned(name: str, evidence: Evidence) -> bool:
    """Returns whether an article names somebody: any that does is among those found."""
    return any(tokens.holds_name(f"{one.title or ''}\n{one.text}", [name]) for one in evidence.articles.values())
