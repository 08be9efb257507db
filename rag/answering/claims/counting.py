"""Frames that count and compare: how many articles quote or mention, who is quoted, who is not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from rag.answering.claims import templates
from rag.answering.claims.credits import (
    NOT_SAID,
    called,
    capital,
    carried,
    enumerated,
    how_told,
    is_pronoun,
    number_in_words,
    people,
    perhaps,
    where,
)
from rag.answering.claims.quoting import statements_in
from rag.answering.retrieval.counts import LISTED
from rag.answering.retrieval.statements import distinct, is_exact
from rag.core import Comparand, Evidence, Query, Statement


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


def side(query: Query, evidence: Evidence, *, speaker: str) -> str | None:
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
    return f"Nothing by {people([speaker])[0]} was found that surely answers this."


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
        f"It is not certain who said {words}, {perhaps(statement)}." for statement in at_hand if statement.candidates
    )
    if not told:
        return None if len(at_hand) < len(one_each) else "It is not certain who said these words."
    return " ".join(told)


def speaker_in_words(one: Statement) -> str | None:
    """Returns the statement's speaker as a sentence names them; None if the article does not say."""
    if one.candidates:
        return perhaps(one)
    name = called(one.speaker) if one.speaker else one.speaker_as_written
    if is_pronoun(name):
        return None
    told = [how] if (how := how_told(one)) else []
    told += [] if one.is_certain else ["speaker not certain"]
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


def unattributed(query: Query, evidence: Evidence, *, count: int) -> str | None:
    """Says that words in articles are nobody's statement on record."""
    if not query.quote or evidence.statements or not count:
        return None
    return "No speaker of these words is on record; they stand here:"


def in_order(query: Query, evidence: Evidence) -> str | None:  # noqa: ARG001 - one signature for all rules
    """Says that the following is in order of publication."""
    dated = [article for article in evidence.articles.values() if article.published]
    return "In order of publication:" if len(dated) > 1 else None


def without_dates(query: Query, evidence: Evidence) -> str | None:  # noqa: ARG001 - one signature for all rules
    """Says that the following is from articles without a date."""
    undated = [article for article in evidence.articles.values() if not article.published]
    return "In articles whose date of publication is not known:" if undated else None


def quotes(query: Query, evidence: Evidence, *, source: str) -> str | None:  # noqa: ARG001 - one signature for all rules
    """Says whom an article quotes or reports."""
    counts = Counter(statement.speaker for statement in statements_in(source, evidence) if statement.speaker)
    names = people(name for name, _ in counts.most_common(templates.NAMED_SPEAKERS))
    return f"Quoted or reported in it: {enumerated(names)}." if names else None
