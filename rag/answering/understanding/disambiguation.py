"""Entity linking: whom of several people of one name a question means, by what they said on its topic and how often."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from rag.answering.retrieval.statements import ascribed, distinct, of_one
from rag.answering.understanding.entity_index import EntityIndex
from rag.core import Bearer, EntityLink, Query
from rag.library.queries import View
from rag.text.name_matching import fold_name
from rag.text.names import name_lists

_CIVIL = {"the", "mr", "mrs", "ms", "miss", "mx", "dr"}
"""What anybody may be called whatever the articles call them."""

_CLEARLY = 4
"""How many times as much somebody must have said as all others of the name together to be the one who is meant."""


def disambiguated(query: Query, view: View, known: EntityIndex, sources: Collection[str] | None = None) -> Query:
    """The query with the one who is meant as its speaker and the namesakes behind; open where nobody clearly is.

    `sources` are the only articles to look at; None looks at all.
    """
    link = query.link
    if link is None or link.by in {"nation", "aide"}:
        return query
    if link.by == "family":
        counted = tuple(_as_counted(bearer, view) for bearer in link.bearers)
        return replace(query, link=replace(link, bearers=counted))
    speaking = [bearer for bearer in link.bearers if bearer.statements]
    if not speaking:
        return _unquoted(query, link, view, known)
    if len(speaking) == 1 or query.intent == "compare":
        return _of(query, link, speaking[0], view)
    on_topic = {
        bearer.person: len(distinct(ascribed(of_one(query, bearer.person), view, known, sources)))
        for bearer in speaking
    }
    every = {bearer.person: bearer.statements for bearer in speaking}
    meant = _clearly_first(on_topic) or (None if any(on_topic.values()) else _clearly_first(every))
    if meant:
        return _of(query, link, next(bearer for bearer in speaking if bearer.person == meant), view)
    return replace(query, link=replace(link, bearers=tuple(speaking), is_open=True))


def _as_counted(bearer: Bearer, view: View) -> Bearer:
    """The bearer with as many statements as an answer about them counts."""
    if not bearer.statements:
        return bearer
    return replace(bearer, statements=len(distinct(one for one in view.statements(by=[bearer.person]) if one.is_said)))


def _clearly_first(counts: Mapping[str, int]) -> str | None:
    """Who said so much more than all others together that they are meant; None if nobody did."""
    first = max(counts, key=lambda name: counts[name])
    others = sum(counts.values()) - counts[first]
    return first if counts[first] and counts[first] >= _CLEARLY * others else None


def _of(query: Query, link: EntityLink, meant: Bearer, view: View) -> Query:
    """The query about one of the bearers, who then comes first; a note says how the words were read."""
    others = tuple(_as_counted(bearer, view) for bearer in link.bearers if bearer is not meant)
    return replace(
        query,
        speaker=meant.person,
        speaker_is_known=True,
        link=replace(link, bearers=(meant, *others)),
        notes=(*query.notes, *_how_read(link, meant)),
    )


def _is_given(word: str) -> bool:
    """Whether a word is a first name: Kenneth for Ken is no title."""
    return fold_name(word) in name_lists().given_male | name_lists().given_female


def _how_read(link: EntityLink, meant: Bearer) -> Iterator[str]:
    """That a role was read as who holds it, or that no article gives somebody the title."""
    if link.by == "role":
        yield f"“{link.written}” was read as {meant.person}."
        return
    given = {word for told in (*meant.titles, *meant.roles) for word in fold_name(told).split()}
    name = set(fold_name(meant.name).split())
    title = [
        word for word in link.written.split() if not (set(fold_name(word).split()) <= name | _CIVIL or _is_given(word))
    ]
    if given and title and not any(fold_name(word) in given for word in title):
        yield f"No article calls {meant.person} “{' '.join(title)}”."


def _unquoted(query: Query, link: EntityLink, view: View, known: EntityIndex) -> Query:
    """The query about somebody whom articles mention, and may leave open to have said something; never surely quote."""
    one = of_one(query, link.bearers[0].person)
    is_perhaps_quoted = bool(ascribed(replace(one, terms=(), names=()), view, known, role="candidate"))
    return replace(query, speaker=one.speaker, speaker_is_known=is_perhaps_quoted)
