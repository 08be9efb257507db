"""Frames that count, compare, give an overview, or say what the previous answer holds and who said it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.answering.claims import templates
from rag.answering.claims.credits import (
    NOT_CERTAIN,
    NOT_SAID,
    called,
    capital,
    carried,
    enumerated,
    how_told,
    is_or_are,
    is_pronoun,
    number_in_words,
    people,
    possible_speakers,
    where,
    who_says,
)
from rag.answering.claims.quoting import statements_in
from rag.answering.retrieval.counts import LISTED
from rag.answering.retrieval.statements import distinct, is_exact
from rag.core import Comparand, Evidence, Overview, Place, Query, Statement
from rag.text.languages import NOT_ENGLISH


def counts_frame(query: Query, evidence: Evidence) -> str | None:
    """Says how many of the articles quote or mention somebody, or who is quoted, and names the first of them."""
    tally = evidence.tally
    if tally is None or not tally.entries:
        return None
    if tally.counted == "speakers":
        every = "one speaker" if len(tally.entries) == 1 else f"{number_in_words(len(tally.entries))} speakers"
        return f"Found on record{templates.topic_phrase(query)}: {every}, {_named(tally.entries, query, evidence)}."
    articles = "article" if tally.of == 1 else "articles"
    every = f"{number_in_words(len(tally.entries))} of {number_in_words(tally.of)} {articles}"
    that = f"that {templates.does(query)}{'s' if len(tally.entries) == 1 else ''} {templates.whom(query)}"
    return f"Found: {every} {that}, {_named(tally.entries, query, evidence)}."


def _named(entries: tuple[tuple[str, int], ...], query: Query, evidence: Evidence) -> str:
    """Lists the first of them with their counts, and how many more there are."""
    names = [_entry(name, count, query, evidence) for name, count in entries[:LISTED]]
    beyond = len(entries) - len(names)
    return enumerated([*names, *([f"{beyond:,} more"] if beyond else [])])


def _entry(name: str, count: int, query: Query, evidence: Evidence) -> str:
    shown = where(evidence.articles[name]) if name in evidence.articles else called(name)
    is_of_statements = query.speaker is not None or query.counted == "speakers"
    told = [f"{count:,} statement{'s' if count > 1 else ''}"] if is_of_statements else []
    told += [copies] if (copies := carried(name, evidence)) else []
    return f"{shown} ({', '.join(told)})" if told else shown


def side(query: Query, evidence: Evidence, speaker: str) -> str | None:
    """Says where one speaker of a comparison is on record on its topic, or that nothing sure was found.

    Says nothing if another side's words name the speaker: "both have vowed to expand the scheme".
    """
    comparand = next((comparand for comparand in evidence.sides if comparand.speaker == speaker), None)
    if comparand is None:
        return None
    alone = of_side(query, comparand)
    if comparand.statements:
        return templates.speaker_on_record(alone, replace(evidence, statements=comparand.statements))
    told = [shown for compared in evidence.sides for shown in compared.statements if shown.source in evidence.articles]
    if any(speaker.rsplit(maxsplit=1)[-1] in evidence.articles[shown.source].cut(shown.span) for shown in told):
        return None
    return templates.nothing_by([speaker])


def of_side(query: Query, one: Comparand) -> Query:
    """Returns the query restricted to one speaker of the comparison."""
    return replace(query, speaker=one.speaker, speaker_is_known=True, link=None)


def said_by(query: Query, evidence: Evidence) -> str | None:
    """Says to whom the words that the question quotes are credited."""
    one_each = distinct(evidence.statements)
    if not query.quote or not one_each:
        return None
    exact = all(is_exact(query, evidence, statement) for statement in one_each)
    words = "these words" if exact else "nearly these words"
    at_hand = [statement for statement in one_each if statement.is_said]
    named = list(
        dict.fromkeys(filter(None, (speaker_in_words(statement) for statement in at_hand if not statement.candidates)))
    )
    told = [f"{capital(words)} are credited to {enumerated(named)}."] if named else []
    told += dict.fromkeys(
        f"It is not certain who said {words}, {possible_speakers(statement)}."
        for statement in at_hand
        if statement.candidates
    )
    if not told:
        return None if len(at_hand) < len(one_each) else "It is not certain who said these words."
    return " ".join(told)


def speaker_in_words(one: Statement) -> str | None:
    """Returns the statement's speaker as a sentence names them; None if the article does not say."""
    if one.candidates:
        return possible_speakers(one)
    name = called(one.speaker) if one.speaker else one.speaker_as_written
    if is_pronoun(name):
        return None
    told = [how] if (how := how_told(one)) else []
    told += [] if one.is_certain else [NOT_CERTAIN]
    return f"{name} ({', '.join(told)})" if told else name


def not_said_by(query: Query, evidence: Evidence) -> str | None:
    """Says that quoted words are only ascribed to somebody: withdrawn, disputed, made up, or fiction."""
    ascribed = [statement for statement in distinct(evidence.statements) if not statement.is_said]
    if not query.quote or not ascribed:
        return None
    told = [
        NOT_SAID[statement.standing].format(who=speaker_in_words(statement) or "somebody") for statement in ascribed
    ]
    return " ".join(dict.fromkeys(told))


def unattributed() -> str:
    """Says where words stand for which no speaker was found."""
    return "These words stand here:"


def order_of_publication(evidence: Evidence) -> str | None:
    """Says that the following is in order of publication."""
    dated = [article for article in evidence.articles.values() if article.published]
    return "In order of publication:" if len(dated) > 1 else None


def without_dates(evidence: Evidence) -> str | None:
    """Says that the following is from articles without a date."""
    undated = [article for article in evidence.articles.values() if not article.published]
    return "In articles whose date of publication is not known:" if undated else None


def quotes(source: str, evidence: Evidence) -> str | None:
    """Says whom an article quotes or reports."""
    counts = Counter(statement.speaker for statement in statements_in(source, evidence) if statement.speaker)
    names = people(name for name, _ in counts.most_common(templates.NAMED_SPEAKERS))
    return f"Quoted or reported in it: {enumerated(names)}." if names else None


_NEAREST_WORDS = "Nearest in the articles, in their own words:"
_NOT_RECORDED = "Who says what is recorded for articles in English only."
QUOTED_MOST = 3


def all_articles(evidence: Evidence) -> str | None:
    """Says how many articles there are, what most of them name, from when they are, and who is quoted most."""
    seen = evidence.overview
    if seen is None:
        return None
    names = f", {_naming(seen)}" if seen.names else ""
    return f"{_articles(seen.articles)}{names}; {_dated(seen)}.{_most_quoted(seen, ' On record most: ')}"


def around(query: Query, evidence: Evidence, at: int) -> str | None:
    """Says how many articles a topic has, and which name most of them share."""
    topic = evidence.overview.topics[at] if evidence.overview else None
    if topic is None or topic.articles < 2 or query.asks == "when":  # noqa: PLR2004 - one article names itself
        return None
    of_them = "all" if topic.named == topic.articles else number_in_words(topic.named)
    named = f", {of_them} of them naming {topic.name}" if topic.name else ""
    return f"{capital(_articles(topic.articles))}{named}; for example:"


def newest(query: Query, evidence: Evidence) -> str | None:
    """Says which articles are the latest; that none gives a date, or the date that was asked for."""
    seen = evidence.overview
    if seen is None:
        return None
    if seen.published is None:
        return f"No date of publication is known of the {_held(seen)}, so none can be called the latest."
    none_then = "No article is known to be of the time asked for. " if query.time.since or query.time.until else ""
    undated = f"; of {seen.undated:,} more no date is known" if seen.undated else ""
    return f"{none_then}The latest of {seen.articles - seen.undated:,} dated articles{undated}:"


def quoted_most(evidence: Evidence) -> str | None:
    """Says who is on record most often, in all articles."""
    seen = evidence.overview
    return f"On record most often in {_held(seen)}: {_voices(seen, len(seen.voices))}." if seen else None


def on_somebody(query: Query, evidence: Evidence) -> str | None:
    """Says that somebody is on record, and how the articles describe them."""
    seen = evidence.overview
    if seen is None or query.speaker is None:
        return None
    roles = [role for bearer in (query.link.bearers if query.link else ()) for role in bearer.roles][:1]
    who = f"{capital(called(query.speaker))}{''.join(f' ({role})' for role in roles)}"
    return f"{who} {is_or_are(query.speaker)} on record in these words:"


def articles_on_topic(query: Query, evidence: Evidence) -> str | None:
    """Says how many articles at least name a topic, how many in the headline, and who is on record in them.

    Says nothing for a topic of several common words: articles with their forms need not be about it.
    """
    seen = evidence.overview
    if seen is None or not seen.articles or not (len(query.terms) == 1 or set(query.terms) <= set(query.names)):
        return None
    named = query.topic or f"the words {enumerated(query.terms)}"
    verb = "name" + "s" * (seen.articles == 1)
    titled = f", {number_in_words(seen.titled)} of them in the headline" if seen.titled and seen.articles > 1 else ""
    when = "" if seen.published is None else f"; {_dated(seen)}"
    names = people(name for name, _ in seen.voices[:QUOTED_MOST])
    quoted = f" On record in {'it' if seen.articles == 1 else 'them'}: {enumerated(names)}." if names else ""
    return f"At least {_articles(seen.articles).lower()} {verb} {named}{titled}{when}.{quoted}"


def nearest_in_other_languages(evidence: Evidence) -> str | None:
    """Says that the following is the articles' own, and what is not on record about it."""
    sources = {hit.passage.source for hit in evidence.hits}
    is_foreign = any(NOT_ENGLISH in evidence.articles[source].warnings for source in sources)
    return f"{_NOT_RECORDED} {_NEAREST_WORDS}" if is_foreign else _NEAREST_WORDS


def _articles(count: int) -> str:
    return f"{capital(number_in_words(count))} article{'' if count == 1 else 's'}"


def _held(seen: Overview) -> str:
    """Returns the number of articles, for use within a sentence."""
    return f"{number_in_words(seen.articles)} article{'' if seen.articles == 1 else 's'}"


def _naming(seen: Overview) -> str:
    """Returns what most articles name: "all of them naming Armenia and Russia"."""
    every = [name for name, count in seen.names if count == seen.articles]
    named = every or [name for name, _ in seen.names]
    return f"{'all of them' if every else 'most often'} naming {enumerated(named)}"


def _dated(seen: Overview) -> str:
    """Returns the time of the articles, and how many give no date."""
    if seen.published is None:
        return "no date of publication is known"
    first, last = (day[:10] for day in seen.published)
    when = f"published {first}" if first == last else f"published {first} to {last}"
    return f"{when}, {seen.undated:,} of them without a known date" if seen.undated else when


def _most_quoted(seen: Overview, opening: str) -> str:
    return f"{opening}{_voices(seen, QUOTED_MOST)}." if seen.voices else ""


def _voices(seen: Overview, most: int) -> str:
    return ", ".join(f"{called(name)} ({count:,})" for name, count in seen.voices[:most])


def nothing_before() -> str:
    """Says that the last answer cites no article, so that nothing of it can be shown again."""
    return "The answer before cites no such place."


def surroundings_follow() -> str:
    """Says that a place with its context follows."""
    return "With what stands around it:"


def no_more() -> str:
    """Says that nothing beyond what was shown was found in the articles cited before."""
    return "Nothing further was found in the articles cited before."


def who_told(shown: Mapping[Place, Statement | None]) -> str:
    """Says who said what was shown, each once, and how much is the articles' own."""
    named = [statement for statement in shown.values() if statement and statement.speaker]
    names = list(dict.fromkeys(who_says(statement) for statement in named or filter(None, shown.values())))
    told = {place.source for place, statement in shown.items() if statement is None}
    itself = f"the article{'s themselves' if len(told) > 1 else ' itself'}"
    if not names:
        return f"{capital(itself)}, as far as is certain."
    return f"{enumerated(names)}{f'; the rest is told by {itself}' if told else ''}."


def quoted_beside(said: Sequence[Statement]) -> str | None:
    """Says whom the same article quotes beside the text shown; None without statements."""
    names = dict.fromkeys(map(who_says, said))
    return f"The article also quotes or reports {enumerated(list(names))}:" if names else None


def how_given(shown: Sequence[Statement | None]) -> str:
    """Says whether the text shown is quoted, reported, or the article's own; None stands for narration."""
    counts = Counter(map(_kind, shown))
    if len(counts) == 1:
        return _ALONE[next(iter(counts))]
    parts = [f"{number_in_words(count)} {_AMONG[kind]}" for kind, count in counts.most_common()]
    return f"Not all of it: {enumerated(parts)}."


_ALONE = {
    "direct": "Yes, a direct quote.",
    "unmarked": "These are given as the speaker’s own words, but printed without quotation marks.",
    "mixed": "In part: the article reports what was said and quotes some words of it.",
    "reported": "It is read as reported in the article’s own words.",
    "narration": "It is read as the article’s own words.",
}
_AMONG = {
    "direct": "quoted directly",
    "unmarked": "quoted without quotation marks",
    "mixed": "reported and quoted in part",
    "reported": "only reported",
    "narration": "in the article’s own words",
}


def _kind(one: Statement | None) -> str:
    if one is None:
        return "narration"
    return "unmarked" if one.kind == "direct" and not one.marked else one.kind
