"""Sentences made by code that count, name or deny what the record holds, and nothing else.

Each rule makes one sentence from the query and the evidence alone, or None if it has nothing to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from rag.answering.checking.contradictions import contrast
from rag.answering.checking.semantic_roles import roles
from rag.answering.claims.credits import (
    called,
    capital,
    carried,
    enumerated,
    is_or_are,
    number_in_words,
    published_on,
    times,
    told_in,
    where,
)
from rag.answering.claims.polarity import deed_asked, deeds, is_told_only_otherwise, presumed, stance, verb_presumed
from rag.answering.claims.quoting import shown
from rag.answering.retrieval.statements import distinct
from rag.core import Bearer, Claim, EntityLink, Evidence, Frame, Place, Query, Reason, Statement
from rag.text import tokens
from rag.text.languages import language_of
from rag.text.names import is_body
from rag.text.speech_verbs import lexicon

NEAREST = "Nearest in the articles:"
"""The heading above words that may or may not answer."""

Rule = Callable[[Query, Evidence], str | None]

_THANKS = re.compile(r"\b(?:thank|thanks|thx|cheers)\b")
_ENGLISH_ONLY = "Questions are read in English; the articles may be in any language."
_GREETS = re.compile(r"\W*(?:hi|hello|hey|yo|greetings|good (?:morning|afternoon|evening|day))\b")
_PRESSED = 3
_REFERS = re.compile(r"\b(?:his|her|their|its?|there|that|this)\b", re.IGNORECASE)
"""Words that make a topic somebody's own: "her time there" is nothing that others speak about."""

_NAMED_OTHERS = 3
NAMED_SPEAKERS = 6


def frame(rule: Rule, query: Query, evidence: Evidence, reason: Reason | None = None) -> Frame | None:
    """Makes the rule's sentence as a frame that can be proved again; None if the rule says nothing."""
    text = rule(query, evidence)
    return Frame(text, rule, reason) if text else None


def framed(rule: Rule, query: Query, evidence: Evidence, places: tuple[Place, ...] = ()) -> Iterator[Claim]:
    """Makes the rule's sentence as a claim, if it says anything."""
    if made := frame(rule, query, evidence):
        yield Claim(made.text, places, frame=made)


def decline(query: Query, evidence: Evidence) -> Frame:
    """Makes the most informative sentence on why there is no answer."""
    if query.intent == "off_topic":
        return Frame(not_a_question(query, evidence), not_a_question, "off_topic")
    if query.intent == "small_talk":
        return Frame(greeting(query, evidence), greeting, "off_topic")
    return (
        frame(neither, query, evidence, "not_quoted_on_topic")
        or frame(none_counted, query, evidence, "not_quoted_on_topic" if query.speaker else "fact_missing")
        or frame(not_quoted, query, evidence, "not_quoted_on_topic")
        or frame(not_granted, query, evidence, "false_premise")
        or frame(never_quoted, query, evidence, "not_quoted_on_topic")
        or frame(absent, query, evidence, "absent_person")
        or frame(unmentioned, query, evidence, "absent_person" if _is_of_people(query, evidence) else "fact_missing")
        or Frame(not_said(query, evidence), not_said, "fact_missing")
    )


def speaker_on_record(query: Query, evidence: Evidence) -> str | None:
    """Says how often and where the speaker is on record on the topic; for a clause, only that it was not said so."""
    statements = distinct(evidence.statements)
    if not statements:
        return None
    if query.topic is None and query.terms:
        return not_said_so(query, evidence) or (None if _hold_the_words(statements, query, evidence) else NEAREST)
    quoted = sum(statement.kind != "reported" for statement in statements)
    reported = len(statements) - quoted
    if query.link and query.link.by == "nation":
        return _for_a_nation(statements, query, evidence)
    if query.speaker is None:
        count = "one statement is" if len(statements) == 1 else f"{len(statements):,} statements are"
        told = f"{count} on record{topic_phrase(query)}, {_in_articles(statements, evidence)}."
        apart = f"Besides those of {enumerated(list(map(called, query.besides)))}, " if query.besides else ""
        return capital(f"{apart}{told}")
    asked, told_in = capital(called(query.speaker)), f", {_in_articles(statements, evidence)}"
    be = is_or_are(query.speaker)
    if not evidence.spokesperson:
        told = f"{_counted(quoted, reported, topic_phrase(query))}{told_in}"
        is_of_names = not query.topic or set(query.terms) <= set(query.names)
        told = told if is_of_names else _found(statements, query, evidence)
        return f"{asked} {be} {told}{_naming(evidence, len(statements))}."
    counted = _counted(quoted, reported)
    return (
        f"{asked} itself is not quoted{topic_phrase(query)}; {evidence.spokesperson}, who speaks for it, is "
        f"{counted}{told_in}."
    )


def _found(statements: Sequence[Statement], query: Query, evidence: Evidence) -> str:
    """Says how many statements were found on a topic that is no name: others may put it in other words."""
    count = "one statement" if len(statements) == 1 else f"{number_in_words(len(statements))} statements"
    within = _in_articles(statements, evidence).replace("both times in", "both in").replace("each time in", "all in")
    return f"on record{topic_phrase(query)}: {count} found, {within}"


def _naming(evidence: Evidence, count: int) -> str:
    """Says how many of the counted statements name the topic, if not all do."""
    named = count - len(evidence.topical)
    if named == count:
        return ""
    if named:
        verb = "names" if named == 1 else "name"
        return f"; {number_in_words(named)} of {number_in_words(count)} {verb} the topic itself"
    return f"; {'the statement does not name' if count == 1 else 'none of them names'} the topic itself"


def _hold_the_words(statements: Sequence[Statement], query: Query, evidence: Evidence) -> bool:
    """Returns whether every available statement contains all words of a question about a clause."""
    at_hand = [statement for statement in statements if statement.source in evidence.articles]
    return all(
        tokens.holds(evidence.articles[statement.source].cut(statement.span), evidence.spellings.get(term, (term,)))
        for statement in at_hand
        for term in query.terms
    )


def not_said_so(query: Query, evidence: Evidence) -> str | None:
    """Says that somebody was not found to have said what the question asks, before what they did say."""
    found = roles(query.standalone)
    verb = found.speeches[0].cue if found.speeches and found.speeches[0].start == found.predicates[0].start else ""
    if "clause" not in lexicon().frames(verb) or query.asks != "yes_no" or not query.speaker or query.topic:
        return None
    if evidence.statements and _hold_the_words(evidence.statements, query, evidence):
        return None
    names = [f"the {name}" if f"the {name}" in query.standalone else name for name in query.names]
    is_one = len(names) > 1 and " ".join(query.names) in query.standalone
    about = f" about {' '.join(names) if is_one else enumerated(names)}" if names else ""
    return f"No such statement was found in these words. What {called(query.speaker)} did say{about}:"


def _for_a_nation(statements: list[Statement], query: Query, evidence: Evidence) -> str:
    """Says who is on record for the nation, how often and where."""
    names = [called(name) for name in dict.fromkeys(statement.speaker for statement in statements) if name]
    shown = [
        *names[:NAMED_SPEAKERS],
        *([f"{len(names) - NAMED_SPEAKERS} more"] if len(names) > NAMED_SPEAKERS else []),
    ]
    verb = "is" if len(names) == 1 else "are"
    count = "one statement" if len(statements) == 1 else f"{len(statements):,} statements"
    articles = len({statement.source for statement in statements})
    within = "one article" if articles == 1 else f"{articles:,} articles"
    nation = called(query.speaker or "")
    naming = _naming(evidence, len(statements))
    return f"For {nation}, {enumerated(shown)} {verb} on record{topic_phrase(query)}, {count} in {within}{naming}."


def namesakes(query: Query, evidence: Evidence) -> str | None:  # noqa: ARG001 - one signature for all rules
    """Says who else of the name or role the articles quote."""
    link = query.link
    others = [bearer for bearer in link.bearers[1:] if bearer.statements] if link and not link.is_open else []
    if link is None or link.by not in {"name", "role"} or not others:
        return None
    named = enumerated(_namesakes(others))
    if link.by == "role":
        return f"The articles also quote {named}, whom they call so too."
    return f"The articles also quote {named}."


def _namesakes(people: Sequence[Bearer]) -> list[str]:
    """Lists people of one name with their counts; those known by surname alone are grouped."""
    bare = [bearer for bearer in people if " " not in bearer.name and not bearer.is_body]
    told = [_with_count(bearer.person, bearer.statements) for bearer in people if bearer not in bare]
    if bare:
        who = f"a {bare[0].name} named" if len(bare) == 1 else f"others named {bare[0].name}"
        told.append(_with_count(f"{who} by surname alone", sum(bearer.statements for bearer in bare)))
    return told


def several(query: Query, evidence: Evidence) -> str | None:
    """Says that several people of one name or role are on record, and none is clearly meant."""
    link = query.link
    sides = [comparand for comparand in evidence.sides if comparand.statements]
    if link is None or not link.is_open or not sides:
        return None
    counted = ", ".join(f"{called(comparand.speaker)} ({len(distinct(comparand.statements)):,})" for comparand in sides)
    whom = f"named {link.written}" if link.by == "name" else f"whom the articles call {link.written}"
    if len(sides) == 1:
        return f"Of those {whom}, one is on record{topic_phrase(query)}: {counted}."
    return f"{capital(number_in_words(len(sides)))} people {whom} are on record{topic_phrase(query)}: {counted}."


def _with_count(name: str, count: int) -> str:
    return f"{called(name)} ({count:,} statement{'' if count == 1 else 's'})"


def unsaid(query: Query, evidence: Evidence) -> str | None:
    """Says that the following is ascribed to somebody and does not count as said."""
    if not evidence.unsaid:
        return None
    count = len(evidence.unsaid)
    to = f" ascribed to {called(query.speaker)}" if query.speaker else ""
    if count == 1:
        return f"One statement{to} is not counted as said:"
    return f"{capital(number_in_words(count))} statements{to} are not counted as said:"


def unclear(query: Query, evidence: Evidence) -> str | None:  # noqa: ARG001 - one signature for all rules
    """Says that it is not certain which of several people said the following."""
    if not evidence.unclear:
        return None
    people = list(dict.fromkeys(name for statement in evidence.unclear for name in statement.candidates))
    names = enumerated(list(map(called, people)), "or")
    if len(evidence.unclear) == 1:
        return f"It is not certain whether {names} said this:"
    return f"It is not certain who said each of these, {names}:"


def aides(query: Query, evidence: Evidence) -> str | None:
    """Says who is on record for the person asked about, and is somebody else."""
    who = list(dict.fromkeys(statement.speaker or statement.speaker_as_written for statement in evidence.aides))
    if not who or not query.speaker:
        return None
    speak, be = ("speaks", "is") if len(who) == 1 else ("speak", "are")
    named = capital(enumerated(list(map(called, who))))
    is_told = all(query.speaker.split()[-1] in name for name in who)
    whose = "" if is_told else f", who {speak} for {called(query.speaker)},"
    return f"{named}{whose} {be} on record{topic_phrase(query)} too."


def _counted(quoted: int, reported: int, topic: str = "") -> str:
    """Says how often somebody is quoted, quoted and reported, or only reported."""
    if not quoted:
        return f"on record{topic} {times(reported)}"
    return f"quoted{topic} {times(quoted)}{f' and reported {times(reported)}' if reported else ''}"


def unmarked(query: Query, evidence: Evidence, *, among: frozenset[str]) -> str | None:  # noqa: ARG001 - as all rules
    """Says that quotes shown, those with an id in `among`, have no quotation marks in the file."""
    quotes = [statement for statement in shown(evidence) if statement.kind == "direct" and statement.id in among]
    bare = [statement for statement in quotes if not statement.marked]
    if not bare:
        return None
    if len(bare) == len(quotes):
        return "The article prints these words without quotation marks."
    return f"{len(bare)} of these {len(quotes)} quotes stand in the article without quotation marks."


def more(query: Query, evidence: Evidence) -> str | None:  # noqa: ARG001 - one signature for all rules
    """Says how many statements are on record beyond those shown."""
    hidden = len(distinct(evidence.statements)) - len(shown(evidence))
    return f"{hidden:,} more on record." if hidden > 0 else None


def also_spoke(query: Query, evidence: Evidence) -> str | None:
    """Says who else is on record on the topic."""
    others = [statement.speaker for statement in other_speakers(query, evidence) if statement.speaker]
    if not others or not query.speaker or not query.topic or not evidence.statements or _REFERS.search(query.topic):
        return None
    return f"{enumerated(others)} also spoke about {query.topic}."


def not_quoted(query: Query, evidence: Evidence) -> str | None:
    """Says that no statement of a speaker on record was found on this topic."""
    if evidence.statements or not query.speaker or not query.speaker_is_known:
        return None
    if query.topic is None and query.terms:
        return f"No such statement by {called(query.speaker)} was found."
    return f"No statement by {called(query.speaker)}{topic_phrase(query)} was found."


def none_counted(query: Query, evidence: Evidence) -> str | None:
    """Says that no article quotes or mentions, or that nobody is quoted."""
    tally = evidence.tally
    if tally is None or tally.entries:
        return None
    if tally.counted == "speakers":
        return f"No statement{topic_phrase(query)} was found."
    every = "The one article does not" if tally.of == 1 else f"None of the {number_in_words(tally.of)} articles"
    verb = does(query) if tally.of == 1 else f"{does(query)}s"
    return f"{every} {verb} {whom(query)}."


def does(query: Query) -> str:
    """Returns the verb for a counted article: quotes or mentions."""
    return "quote" if query.speaker else "mention"


def whom(query: Query) -> str:
    """Returns whom or what the counted articles quote or mention."""
    if query.speaker:
        return f"{called(query.speaker)}{topic_phrase(query)}"
    return query.topic or " ".join(query.terms)


def neither(query: Query, evidence: Evidence) -> str | None:
    """Says that no speaker of a comparison is on record on its topic."""
    if not evidence.sides or any(comparand.statements for comparand in evidence.sides):
        return None
    names = [called(side.speaker) for side in evidence.sides]
    return f"No statement by {enumerated(names, 'or')}{topic_phrase(query)} was found."


def never_quoted(query: Query, evidence: Evidence) -> str | None:
    """Says that somebody is mentioned and never quoted."""
    if query.speaker is None or query.speaker_is_known or not _is_mentioned(query.speaker, evidence):
        return None
    if query.link and query.link.by == "family":
        return _only_others(query.link)
    return f"The articles mention {called(query.speaker)} but quote no statement by that name."


def absent(query: Query, evidence: Evidence) -> str | None:
    """Says that nobody of the name is in the articles."""
    if query.speaker is None or query.speaker_is_known or _is_mentioned(query.speaker, evidence):
        return None
    if query.link and query.link.by == "family":
        return _only_others(query.link)
    if not tokens.is_name(query.speaker.removeprefix("the ")):
        return f"The articles do not say who {query.speaker} is."
    return f"Nobody named {query.speaker} appears in the articles' reporting."


def _only_others(link: EntityLink) -> str:
    """Says that nobody of a full name is quoted, and who shares its last word."""
    names = _namesakes(link.bearers[:NAMED_SPEAKERS])
    beyond = len(link.bearers) - NAMED_SPEAKERS
    named = enumerated([*names, *([f"{beyond} more"] if beyond > 0 else [])])
    whom = link.written.removeprefix("the ")
    alone = f"by the name {whom} alone" if " " not in whom else f"named {whom}"
    return f"The articles quote nobody {alone}; they quote {named}."


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


def not_said(query: Query, evidence: Evidence) -> str:  # noqa: ARG001 - one signature for all rules
    """Says that no answer was found, if nothing more informative can be said.

    If anything was found on the subject, it does not deny that the articles may say it in other words.
    """
    return "No answer was found in the articles." if evidence.read else "The articles do not say."


def nearest_passages(query: Query, evidence: Evidence) -> str | None:  # noqa: ARG001 - one signature for all rules
    """Says that the following is near an answer, without denying that it is one."""
    return NEAREST if evidence.read else None


def told_otherwise(query: Query, evidence: Evidence) -> str | None:
    """Says that what the question presupposes was found only the other way round: B left A, not A left B."""
    said = presumed(query.standalone)
    is_turned = said is not None and is_told_only_otherwise(said, _sentences_with_deed(query, evidence))
    return f"No article was found that says that {said}." if is_turned else None


def not_granted(query: Query, evidence: Evidence) -> str | None:
    """Says that a presupposition was not found, if it is an act between two names; else nothing."""
    said, asked = presumed(query.standalone), deed_asked(query.standalone)
    is_completed = "(" in query.standalone  # names in brackets come from the conversation, and are no part of the deed
    if said is None or asked is None or is_completed or not any(tokens.is_name(word) for word in asked.object):
        return None
    held = [hit.passage.text for hit in evidence.hits]
    names = [evidence.spellings.get(name, (name,)) for name in query.names]
    are_known = names and all(any(tokens.holds(text, spellings) for text in held) for spellings in names)
    together = [text for text in held if all(tokens.holds(text, spellings) for spellings in names)]
    is_told = any(tokens.holds(text, tokens.alternatives(asked.verb)) for text in together)
    return f"No article was found that says that {said}." if are_known and not is_told else None


def is_granted(query: Query, evidence: Evidence) -> bool:
    """Returns whether any sentence read affirms the question's presupposition; True if it has none."""
    asked = deed_asked(query.standalone) if verb_presumed(query.standalone) else None
    sentences = _sentences_with_deed(query, evidence) if asked else []
    return asked is None or any(asked.verb == deed.verb for sentence in sentences for deed in deeds(sentence))


def _sentences_with_deed(query: Query, evidence: Evidence) -> list[str]:
    """Returns the sentences read that contain the verb of the presupposition."""
    verb = verb_presumed(query.standalone) or ""
    sentences = (evidence.quote(read.place) for read in evidence.read)
    return [sentence for sentence in sentences if tokens.holds(sentence, tokens.alternatives(verb))]


def deciding(query: Query, evidence: Evidence, places: Sequence[Place]) -> Place | None:
    """Returns the first shown sentence that affirms or denies a yes/no question; None if they disagree."""
    if query.asks != "yes_no":
        return None
    said = {place: _stance(place, query, evidence) for place in places}
    sure = [place for place in places if said[place] is not None]
    return sure[0] if len({said[place] for place in sure}) == 1 else None


def _stance(place: Place, query: Query, evidence: Evidence) -> bool | None:
    return stance(query.standalone, evidence.quote(place), told_in(place, evidence))


def verdict(query: Query, evidence: Evidence, *, place: Place) -> str | None:
    """Says yes or no, and who says so, in a sentence."""
    said = _stance(place, query, evidence)
    statement = told_in(place, evidence)
    who = called(statement.speaker) if statement and statement.speaker else where(evidence.articles[place.source])
    return None if said is None else f"{'Yes' if said else 'No'}, according to {who}:"


def articles_differ(query: Query, evidence: Evidence, *, places: tuple[Place, Place]) -> str | None:
    """Says that two articles answer differently; if both may be right, which is the later."""
    if (told := contrast(*places, query, evidence)) != "update":
        return "The articles differ." if told else None
    later = max((evidence.articles[place.source] for place in places), key=lambda article: article.published or "")
    return f"The articles differ; the later one is from {published_on(later)}."


def not_a_question(query: Query, evidence: Evidence) -> str:  # noqa: ARG001 - one signature for all rules
    """Says that the words do not ask about the articles."""
    return "That is not a question about the articles."


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
    return all(tokens.holds(said, evidence.spellings.get(term, (term,))) for term in query.terms)


def _is_person(name: str | None) -> bool:
    parts = tuple(name.split()) if name else ()
    return len(parts) > 1 and not is_body(parts)


def _in_articles(statements: Sequence[Statement], evidence: Evidence) -> str:
    sources = list(dict.fromkeys(statement.source for statement in statements))
    if len(sources) > 1 or sources[0] not in evidence.articles:
        return f"in {len(sources):,} articles" if len(sources) > 1 else "in one article"
    every = {1: "", 2: "both times "}.get(len(statements), "each time ")
    copies = carried(sources[0], evidence)
    also = copies and (f", {copies}" if copies.startswith("also") else f", which stands {copies}")
    return f"{every}in {where(evidence.articles[sources[0]])}{also or ''}"


def _is_mentioned(name: str, evidence: Evidence) -> bool:
    told = [hit.passage.text for hit in evidence.hits]
    told += [article.title for article in evidence.articles.values() if article.title]
    return any(tokens.holds_name(text, [name]) for text in told)
