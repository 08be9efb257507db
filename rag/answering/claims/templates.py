"""Sentences made by code: they count, name or deny what the record holds, and nothing else.

Each rule makes one sentence from the query and the evidence alone, or None where it has nothing to say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice

from rag.answering.checking.contradictions import contrast
from rag.answering.claims.credits import called, capital, enumerated, is_or_are, number, published_on, times, where
from rag.answering.retrieval.statements import distinct
from rag.core import Bearer, EntityLink, Evidence, Frame, Place, Query, ReadSlice, Reason, Statement
from rag.text import tokens
from rag.text.names import is_body

_NEAR_ENOUGH = 0.3
"""Least share of a question's terms, by weight, that the nearest words hold which a decline offers."""

Rule = Callable[[Query, Evidence], str | None]

_THANKS = re.compile(r"\b(?:thank|thanks|thx|cheers)\b")
_GREETS = re.compile(r"\W*(?:hi|hello|hey|yo|greetings|good (?:morning|afternoon|evening|day))\b")
_PRESSED = 3
_NAMED_OTHERS = 3
_NAMED_SPEAKERS = 6


def frame(rule: Rule, query: Query, evidence: Evidence, reason: Reason | None = None) -> Frame | None:
    """What the rule says, as a frame that can be proved again; None where it says nothing."""
    text = rule(query, evidence)
    return Frame(text, rule, reason) if text else None


def decline(query: Query, evidence: Evidence) -> Frame:
    """The most telling sentence that says why there is no answer."""
    if query.intent == "off_topic":
        return Frame(not_a_question(query, evidence), not_a_question, "off_topic")
    if query.intent == "small_talk":
        return Frame(greeting(query, evidence), greeting, "off_topic")
    return (
        frame(neither, query, evidence, "not_quoted_on_topic")
        or frame(none_counted, query, evidence, "not_quoted_on_topic" if query.speaker else "fact_missing")
        or frame(not_quoted, query, evidence, "not_quoted_on_topic")
        or frame(nobody_found, query, evidence, "fact_missing")
        or frame(never_quoted, query, evidence, "not_quoted_on_topic")
        or frame(absent, query, evidence, "absent_person")
        or frame(unmentioned, query, evidence, "absent_person" if _is_of_people(query, evidence) else "fact_missing")
        or Frame(not_said(query, evidence), not_said, "fact_missing")
    )


def nobody_found(query: Query, evidence: Evidence) -> str | None:
    """That a question who said something found no statement by anybody."""
    if query.intent != "who_said" or query.speaker or evidence.statements or evidence.unmentioned:
        return None
    return f"No statement{' with these words' if query.quote else topic_phrase(query)} was found."


def speaker_on_record(query: Query, evidence: Evidence) -> str | None:
    """How often the speaker is on record on the topic, and where."""
    one_each = distinct(evidence.statements)
    if not one_each:
        return None
    quoted = sum(one.kind != "reported" for one in one_each)
    reported = len(one_each) - quoted
    topic = topic_phrase(query)
    if not _hold_the_words(one_each, query, evidence):
        return _none_in_these_words(query)
    if query.link and query.link.by == "nation":
        return _for_a_nation(one_each, query, evidence)
    if query.speaker is None:
        told = f"{_statements(len(one_each))} on record{topic}, {_in_articles(one_each, evidence)}."
        apart = f"Besides those of {enumerated(list(map(called, query.besides)))}, " if query.besides else ""
        return f"{apart}{told[:1].lower()}{told[1:]}" if apart else told
    asked, told_in = capital(called(query.speaker)), f", {_in_articles(one_each, evidence)}"
    be = is_or_are(query.speaker)
    if not evidence.spokesperson:
        return f"{asked} {be} {_counted(quoted, reported, topic)}{told_in}{_naming(evidence, len(one_each))}."
    counted = _counted(quoted, reported)
    return f"{asked} itself is not quoted{topic}; {evidence.spokesperson}, who speaks for it, is {counted}{told_in}."


def _naming(evidence: Evidence, count: int) -> str:
    """How many of the statements that are counted name the topic, where not all do."""
    named = count - len(evidence.topical)
    if named == count:
        return ""
    return (
        f"; {number(named)} of {number(count)} {'names' if named == 1 else 'name'} the topic itself"
        if named
        else (
            "; the statement does not name the topic itself" if count == 1 else "; none of them names the topic itself"
        )
    )


def _hold_the_words(statements: list[Statement], query: Query, evidence: Evidence) -> bool:
    """Whether every statement at hand holds all words of a question for a clause; a noun may be put in other words."""
    at_hand = [one for one in statements if one.source in evidence.articles]
    return query.topic is not None or all(
        tokens.holds(evidence.articles[one.source].cut(one.span), evidence.spellings.get(term, (term,)))
        for one in at_hand
        for term in query.terms
    )


def _none_in_these_words(query: Query) -> str:
    """That nobody is on record with what the question asks about, before the nearest that is."""
    if query.speaker is None:
        return "No statement with all words of the question is on record; the nearest:"
    names = [f"the {name}" if f"the {name}" in query.standalone else name for name in query.names]
    about = f" about {enumerated(names)}" if names else ""
    if query.asks == "yes_no":
        return f"No such statement was found in these words. What {called(query.speaker)} did say{about}:"
    return f"No statement by {called(query.speaker)} with all words of the question is on record; the nearest:"


def _for_a_nation(statements: list[Statement], query: Query, evidence: Evidence) -> str:
    """Who is on record for the nation, how often and where."""
    names = [called(name) for name in dict.fromkeys(one.speaker for one in statements) if name]
    shown = [
        *names[:_NAMED_SPEAKERS],
        *([f"{len(names) - _NAMED_SPEAKERS} more"] if len(names) > _NAMED_SPEAKERS else []),
    ]
    verb = "is" if len(names) == 1 else "are"
    count = "one statement" if len(statements) == 1 else f"{len(statements):,} statements"
    articles = len({one.source for one in statements})
    within = "one article" if articles == 1 else f"{articles:,} articles"
    nation = called(query.speaker or "")
    naming = _naming(evidence, len(statements))
    return f"For {nation}, {enumerated(shown)} {verb} on record{topic_phrase(query)}, {count} in {within}{naming}."


def namesakes(query: Query, evidence: Evidence) -> str | None:  # noqa: ARG001 - one signature for all rules
    """Who else of the name, or of the role, the articles quote."""
    link = query.link
    others = [bearer for bearer in link.bearers[1:] if bearer.statements] if link and not link.is_open else []
    if link is None or link.by not in {"name", "role"} or not others:
        return None
    named = enumerated(_namesakes(others))
    if link.by == "role":
        return f"The articles also quote {named}, whom they call so too."
    return f"The articles also quote {named}."


def _namesakes(people: Sequence[Bearer]) -> list[str]:
    """People of one name as a sentence counts them; those of whom articles give the surname alone come together."""
    bare = [one for one in people if " " not in one.name and not one.is_body]
    told = [_with_count(one.person, one.statements) for one in people if one not in bare]
    if bare:
        who = f"a {bare[0].name} named" if len(bare) == 1 else f"others named {bare[0].name}"
        told.append(_with_count(f"{who} by surname alone", sum(one.statements for one in bare)))
    return told


def several(query: Query, evidence: Evidence) -> str | None:
    """That several people of one name or role are on record, and none of them is clearly meant."""
    link = query.link
    sides = [one for one in evidence.sides if one.statements]
    if link is None or not link.is_open or not sides:
        return None
    counted = ", ".join(f"{called(one.speaker)} ({len(distinct(one.statements)):,})" for one in sides)
    whom = f"named {link.written}" if link.by == "name" else f"whom the articles call {link.written}"
    if len(sides) == 1:
        return f"Of those {whom}, one is on record{topic_phrase(query)}: {counted}."
    return f"{capital(number(len(sides)))} people {whom} are on record{topic_phrase(query)}: {counted}."


def _with_count(name: str, count: int) -> str:
    return f"{called(name)} ({count:,} statement{'' if count == 1 else 's'})"


def unsaid(query: Query, evidence: Evidence) -> str | None:
    """That what follows is ascribed to somebody and does not count as said."""
    if not evidence.unsaid:
        return None
    count = len(evidence.unsaid)
    to = f" ascribed to {called(query.speaker)}" if query.speaker else ""
    if count == 1:
        return f"One statement{to} is not counted as said:"
    return f"{capital(number(count))} statements{to} are not counted as said:"


def unclear(query: Query, evidence: Evidence) -> str | None:  # noqa: ARG001 - one signature for all rules
    """That the article leaves open who of several people said what follows."""
    if not evidence.unclear:
        return None
    people = list(dict.fromkeys(name for one in evidence.unclear for name in one.candidates))
    names = enumerated(list(map(called, people)), "or")
    if len(evidence.unclear) == 1:
        return f"The article leaves open whether {names} said this:"
    return f"The articles leave open who of them said each of these, {names}:"


def aides(query: Query, evidence: Evidence) -> str | None:
    """Who is on record for the person who is asked about, and is somebody else."""
    who = list(dict.fromkeys(one.speaker or one.speaker_as_written for one in evidence.aides))
    if not who or not query.speaker:
        return None
    speak, be = ("speaks", "is") if len(who) == 1 else ("speak", "are")
    named = capital(enumerated(list(map(called, who))))
    is_told = all(query.speaker.split()[-1] in name for name in who)
    whose = "" if is_told else f", who {speak} for {called(query.speaker)},"
    return f"{named}{whose} {be} on record{topic_phrase(query)} too."


def _counted(quoted: int, reported: int, topic: str = "") -> str:
    """How often somebody is quoted and reported."""
    verbs = [f"quoted{topic} {times(quoted)}"] if quoted else []
    if reported:
        verbs.append(f"reported {times(reported)}" if quoted else f"reported{topic} {times(reported)}")
    return " and ".join(verbs)


def unmarked(query: Query, evidence: Evidence, *, among: frozenset[str]) -> str | None:  # noqa: ARG001 - as all rules
    """That quotes shown, those with an id `among` these, stand in the file without quotation marks."""
    quotes = [one for one in shown(evidence) if one.kind == "direct" and one.id in among]
    bare = [one for one in quotes if not one.marked]
    if not bare:
        return None
    if len(bare) == len(quotes):
        return "The article prints these words without quotation marks."
    return f"{len(bare)} of these {len(quotes)} quotes stand in the article without quotation marks."


def more(query: Query, evidence: Evidence) -> str | None:
    """How many statements are on record beyond those shown."""
    hidden = len(distinct(evidence.statements)) - len(shown(evidence))
    if hidden <= 0:
        return None
    if query.link and query.link.by in {"nation", "aide"}:
        return f"{hidden:,} more on record."
    by = f" --by '{query.speaker}'" if query.speaker else ""
    about = f" --about '{query.topic}'" if query.topic else ""
    return f"{hidden:,} more on record; `onrecord statements{by}{about}` lists every one."


def in_order(query: Query, evidence: Evidence) -> str | None:  # noqa: ARG001 - one signature for all rules
    """That what follows stands in order of publication."""
    dated = [article for article in evidence.articles.values() if article.published]
    return "In order of publication:" if len(dated) > 1 else None


def without_dates(query: Query, evidence: Evidence) -> str | None:  # noqa: ARG001 - one signature for all rules
    """That what follows stands in articles without a date."""
    undated = [article for article in evidence.articles.values() if not article.published]
    return "In articles that give no date of publication:" if undated else None


def quotes(query: Query, evidence: Evidence, *, source: str) -> str | None:  # noqa: ARG001 - one signature for all rules
    """Whom an article quotes or reports, and how often."""
    counts = Counter(one.speaker for one in statements_in(source, evidence) if one.speaker)
    if not counts:
        return None
    named = [f"{called(name)} ({times(count)})" for name, count in counts.most_common(_NAMED_SPEAKERS)]
    beyond = len(counts) - len(named)
    return f"It has statements by {enumerated([*named, *([f'{beyond} more'] if beyond else [])])}."


def statements_in(source: str, evidence: Evidence) -> list[Statement]:
    """The statements of an article by somebody who is named, and is not its outlet."""
    outlet = evidence.articles[source].outlet
    said = distinct(one for one in evidence.record if one.source == source and one.is_said)
    return [one for one in said if one.speaker not in {None, outlet}]


def holds_name_or_term(place: Place, query: Query, evidence: Evidence) -> bool:
    """Whether a place holds a name of the query as it is written there, or a term where it has no names."""
    said = evidence.quote(place)
    if query.names:
        return tokens.holds_name(said, query.names)
    return any(tokens.holds(said, evidence.spellings.get(term, (term,))) for term in query.terms)


def also_spoke(query: Query, evidence: Evidence) -> str | None:
    """Who else is on record on the topic, so that nobody's words are taken for the speaker's."""
    others = [one.speaker for one in other_speakers(query, evidence) if one.speaker]
    if not others or not query.speaker or not query.topic or not evidence.statements:
        return None
    is_a_name = _is_person(query.speaker) and not (query.link and query.link.by in {"nation", "aide"})
    not_by = query.speaker.split()[-1] if is_a_name else called(query.speaker)
    return f"Not {not_by}: {enumerated(others)} also spoke about {query.topic}."


def not_quoted(query: Query, evidence: Evidence) -> str | None:
    """That a speaker on record is not on record on this topic."""
    if evidence.statements or not query.speaker or not query.speaker_is_known:
        return None
    if query.asks == "yes_no" and query.topic is None and query.terms:
        return f"No such statement by {called(query.speaker)} was found."
    return f"No statement by {called(query.speaker)}{topic_phrase(query)} was found."


def none_counted(query: Query, evidence: Evidence) -> str | None:
    """That no article quotes or mentions, or that nobody is quoted."""
    tally = evidence.tally
    if tally is None or tally.entries:
        return None
    if tally.counted == "speakers":
        return f"Nobody is on record{topic_phrase(query)}."
    every = "The one article does not" if tally.of == 1 else f"None of the {number(tally.of)} articles"
    verb = does(query) if tally.of == 1 else f"{does(query)}s"
    return f"{every} {verb} {whom(query)}."


def does(query: Query) -> str:
    """What an article that is counted does."""
    return "quote" if query.speaker else "mention"


def whom(query: Query) -> str:
    """Whom, or what, the articles that are counted quote or mention."""
    if query.speaker:
        return f"{called(query.speaker)}{topic_phrase(query)}"
    return query.topic or " ".join(query.terms)


def neither(query: Query, evidence: Evidence) -> str | None:
    """That no speaker of a comparison is on record on its topic."""
    if not evidence.sides or any(one.statements for one in evidence.sides):
        return None
    names = [called(one.speaker) for one in evidence.sides]
    if query.link and query.link.by == "role":
        names[-1] = f"{names[-1]}, whom the articles call {query.link.written},"
    return f"{capital(enumerated(names))} are not quoted{topic_phrase(query)}."


def never_quoted(query: Query, evidence: Evidence) -> str | None:
    """That somebody is mentioned and never quoted."""
    if query.speaker is None or query.speaker_is_known or not _is_mentioned(query.speaker, evidence):
        return None
    if query.link and query.link.by == "family":
        return _only_others(query.link)
    return f"The articles mention {called(query.speaker)} but quote no statement by that name."


def absent(query: Query, evidence: Evidence) -> str | None:
    """That nobody of the name is in the articles."""
    if query.speaker is None or query.speaker_is_known or _is_mentioned(query.speaker, evidence):
        return None
    if query.link and query.link.by == "family":
        return _only_others(query.link)
    if not tokens.is_name(query.speaker.removeprefix("the ")):
        return f"The articles do not say who {query.speaker} is."
    return f"Nobody named {query.speaker} appears in the articles' reporting."


def _only_others(link: EntityLink) -> str:
    """That nobody of a full name is quoted, and who of its last word is."""
    names = _namesakes(link.bearers[:_NAMED_SPEAKERS])
    beyond = len(link.bearers) - _NAMED_SPEAKERS
    named = enumerated([*names, *([f"{beyond} more"] if beyond > 0 else [])])
    whom = link.written.removeprefix("the ")
    alone = f"by the name {whom} alone" if " " not in whom else f"named {whom}"
    return f"The articles quote nobody {alone}; they quote {named}."


def unmentioned(query: Query, evidence: Evidence) -> str | None:
    """That somebody or something that the question names is in no article."""
    names = _unmentioned(query, evidence)
    return f"The articles do not mention {enumerated(names, 'or')}." if names else None


def _unmentioned(query: Query, evidence: Evidence) -> list[str]:
    """The names of the question that no article holds; words of it that stand together are one name."""
    parts = {part for name in evidence.unmentioned for part in tokens.words(name)}
    kept = re.sub(
        r"[\w’']+", lambda one: one.group() if set(tokens.words(one.group())) & parts else ",", query.standalone
    )
    return list(dict.fromkeys(re.findall(r"\w+(?:[-’'. ]+\w+)*", kept)))


def _is_of_people(query: Query, evidence: Evidence) -> bool:
    """Whether a name that no article holds is a person's: who is asked for, or two words that are no body's."""
    names = [tuple(name.split()) for name in _unmentioned(query, evidence)]
    is_asked_for = query.asks == "identity" and query.standalone.lower().startswith("who")
    return is_asked_for or any(len(name) > 1 and not is_body(name) for name in names)


def not_said(query: Query, evidence: Evidence) -> str:  # noqa: ARG001 - one signature for all rules
    """That no answer was found: what is left when nothing more telling can be said.

    Where anything was found on the matter, the articles may say it in other words, and that is not denied.
    """
    return "No sentence was found that clearly answers this." if evidence.read else "The articles do not say."


def closest(query: Query, evidence: Evidence, *, count: int) -> str | None:
    """That what follows is likely and not sure to answer; of the record it is said before that it holds no answer."""
    if not evidence.read:
        return None
    named = "Closest passage:" if count == 1 else "Closest passages:"
    return named if query.is_of_the_record else f"No sentence clearly answers this. {named}"


def articles_differ(query: Query, evidence: Evidence, *, places: tuple[Place, Place]) -> str | None:
    """That two articles answer the question differently; of those that may both be right, which is the later."""
    if (told := contrast(*places, query, evidence)) != "update":
        return "The articles differ." if told else None
    later = max((evidence.articles[place.source] for place in places), key=lambda article: article.published or "")
    return f"The articles differ; the later one is from {published_on(later)}."


def near_enough(evidence: Evidence) -> list[ReadSlice]:
    """The likeliest slices that hold enough of the question's words to be offered beside a decline."""
    return [one for one in evidence.read if one.signals.overlap >= _NEAR_ENOUGH]


def not_a_question(query: Query, evidence: Evidence) -> str:  # noqa: ARG001 - one signature for all rules
    """That the words do not ask about the articles."""
    return "That is not a question about the articles."


def greeting(query: Query, evidence: Evidence) -> str:
    """A friendly line to whoever greets, thanks, or asks in another language, and three questions to ask."""
    ask = " ".join(["You could ask:", *(evidence.overview.openers[:_PRESSED] if evidence.overview else ())])
    if not query.is_english:
        return f"Questions are read in English; the articles may be in any language. {ask}"
    said, count = query.standalone.lower(), evidence.overview.articles if evidence.overview else 0
    opening = "You’re welcome. " if _THANKS.search(said) else "Hello. " if _GREETS.match(said) else ""
    held = f"{number(count)} article{'' if count == 1 else 's'}"
    return f"{opening}Questions about {held} are answered here, only from what stands in them. {ask}"


def topic_phrase(query: Query) -> str:
    """The words " on TOPIC", the topic in the question's own words; nothing where it asks about everything.

    Of a clause it is only told that its words stand there: nobody said it because they used them.
    """
    if query.topic:
        return f" on {query.topic}"
    return " with these words" if query.terms else ""


def shown(evidence: Evidence) -> list[Statement]:
    """The statements to print: the first few of those whose articles are at hand."""
    at_hand = (one for one in distinct(evidence.statements) if one.source in evidence.articles)
    return list(islice(at_hand, evidence.shown))


def only_article(evidence: Evidence) -> str | None:
    """The one source of all statements; None where there are several."""
    sources = {one.source for one in distinct(evidence.statements)}
    return sources.pop() if len(sources) == 1 else None


def other_speakers(query: Query, evidence: Evidence) -> list[Statement]:
    """One statement each of the first few other people who themselves speak of the topic; bodies are left out."""
    by_name: dict[str, Statement] = {}
    for one in evidence.beside:
        apart = (
            one.speaker not in {*query.voices, evidence.spokesperson, *(aide.speaker for aide in evidence.aides)}
            and one.source in evidence.articles
        )
        if apart and _is_person(one.speaker) and _speaks_of_topic(one, query, evidence):
            by_name.setdefault(str(one.speaker), one)
    return list(by_name.values())[:_NAMED_OTHERS]


def _speaks_of_topic(one: Statement, query: Query, evidence: Evidence) -> bool:
    """Whether every word of the topic stands in the content itself: it is said that they spoke about it."""
    said = " ".join(evidence.articles[one.source].cut(part) for part in one.content)
    return all(tokens.holds(said, evidence.spellings.get(term, (term,))) for term in query.terms)


def telling_place(one: Statement, query: Query, evidence: Evidence) -> Place:
    """The part of a statement to show where there is room for one: that with most words of the query."""
    places = evidence.printable(one)
    held = [
        sum(tokens.holds(evidence.quote(place), evidence.spellings.get(term, (term,))) for term in query.terms)
        for place in places
    ]
    return places[held.index(max(held))]


def _is_person(name: str | None) -> bool:
    parts = tuple(name.split()) if name else ()
    return len(parts) > 1 and not is_body(parts)


def _statements(count: int) -> str:
    return "One statement is" if count == 1 else f"{count:,} statements are"


def _in_articles(statements: list[Statement], evidence: Evidence) -> str:
    sources = list(dict.fromkeys(one.source for one in statements))
    if len(sources) > 1 or sources[0] not in evidence.articles:
        return f"in {len(sources):,} articles" if len(sources) > 1 else "in one article"
    every = {1: "", 2: "both times "}.get(len(statements), "each time ")
    return f"{every}in {where(evidence.articles[sources[0]])}{_in_files(sources[0], evidence)}"


def _in_files(source: str, evidence: Evidence) -> str:
    """That an article stands in several files; nothing where it stands in one."""
    files = evidence.files.get(source, 1)
    return f", which stands in {number(files)} files" if files > 1 else ""


def _is_mentioned(name: str, evidence: Evidence) -> bool:
    told = [hit.passage.text for hit in evidence.hits]
    told += [article.title for article in evidence.articles.values() if article.title]
    return any(tokens.holds_name(text, [name]) for text in told)
