"""Compares the words of a generated sentence with those its sources allow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache

from rag.answering.claims.quoting import touches
from rag.core import Article, Evidence, Place, Span, Statement
from rag.text import tokens
from rag.text.name_matching import sound
from rag.text.names import is_person_noun, name_lists

_LIGHT = frozenset(
    """
    also however meanwhile regarding concerning including such both further moreover additionally furthermore when asked
    respectively instead thus therefore reporter reporters journalist journalists news outlet source sources according
    state stated states say said says add added adds tell told tells note noted notes comment commented comments remark
    remarked speak spoke speaking spoken mention mentioned express expressed report reported reports statement
    statements interview following due order which ones particular particularly specifically set
    percent per cent percentage
    """.split()  # noqa: SIM905 - a list of words reads better so
)
"""Words that tell how something is told, and nothing of what."""

_TELLING = frozenset(
    """
    more most less fewer least only all every before after until since never always still already again few against
    without above below nearly almost no not none nor neither too yet ever once
    """.split()  # noqa: SIM905 - a list of words reads better so
)
"""Function words that change what is said: they may not be put in."""

_ENDINGS = (
    "ment|ments|ion|ions|ation|ations|ing|er|ers|or|ors|ship|ships|ity|ities|ly|al|ally|ance|ence|ed|es|s|e|y|ive|ure|"
    "ian|"
    "ied|ies|ance|ful|fully|ise|ize|ised|ized|ising|izing|isation|ization|ic|ist|ists|t|ts|ant|ants|"
)
_DERIVED = re.compile(rf"(?:{_ENDINGS})$")
_PARTICLE_VERBS = {
    re.compile(rf"\b(?:{forms})\b", re.IGNORECASE): verb
    for forms, verb in {
        "br(?:eak|eaks|oke|oken|eaking) out": "begin",
        "t(?:ake|akes|ook|aken|aking) place": "happen",
        "(?:set|sets|setting) up": "establish",
        "carr(?:y|ies|ied|ying) out": "conduct",
        "call(?:s|ed|ing)? off": "cancel",
        "put(?:s|ting)? off": "postpone",
        "step(?:s|ped|ping)? down": "resign",
        "turn(?:s|ed|ing)? down": "reject",
        "pull(?:s|ed|ing)? out": "withdraw",
        "t(?:ake|akes|ook|aken|aking) part": "participate",
    }.items()
}
"""Verbs of two words that one word may stand for."""

_SPELLS_OUT = re.compile(r"\b(?P<short>[A-Z]{2,}) (?P<verb>stands for|is short for|is an abbreviation of)\b")
_BETWEEN = frozenset({"of", "the", "and", "for", "on", "in"})
"""Words of a name that give no letter to its short form."""

_LONG_ENOUGH = 5  # letters that two words must share before their endings
_LONG_STEM = 4


@cache
def _synonyms() -> Mapping[str, frozenset[str]]:
    """Every stem of the synonyms' file with the stems of its lines."""
    found: dict[str, frozenset[str]] = {}
    for line in tokens.lines("synonyms.txt"):
        group = frozenset(map(tokens.stem, line.split()))
        for one in group:
            found[one] = found.get(one, frozenset()) | group
    return found


@lru_cache(maxsize=50_000)
def _own(word: str) -> frozenset[str]:
    """The stems that are the word itself: its own, its verb forms', its nation."""
    nation = name_lists().nations.get(word.lower())
    forms = {tokens.stem(other) for other in tokens.alternatives(word) if " " not in other}
    return frozenset({tokens.stem(word), *forms, *([f"nation:{nation}"] if nation else [])})


@lru_cache(maxsize=50_000)
def kin(word: str) -> frozenset[str]:
    """All the stems under which the word may stand in a source: its own and its synonyms'."""
    own = _own(word)
    return own.union(*(_synonyms().get(one, ()) for one in own))


def alike(one: str, other: str) -> bool:
    """Whether two words may stand for each other: synonyms, or of one root ("withdraw", "withdrawal")."""
    return bool(kin(one) & _own(other)) or _of_one_root(tokens.stem(one), tokens.stem(other))


def _of_one_root(one: str, other: str) -> bool:
    shared = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        shared += 1
    if shared < (_LONG_STEM if shared in {len(one), len(other)} else _LONG_ENOUGH):
        return False
    return all(_DERIVED.fullmatch(word[shared:]) is not None for word in (one, other))


def uncovered(sentence: str, source: str, free: Iterable[str] = ()) -> list[str]:
    """The telling words of the sentence that no word of the source stands for; `free` need no proof."""
    meant = [verb for said, verb in _PARTICLE_VERBS.items() if said.search(source)]
    for said, verb in _PARTICLE_VERBS.items():  # what broke away did not break out
        sentence = said.sub(verb, sentence)
    spelled = _SPELLS_OUT.search(sentence)
    if spelled and f"({spelled['short']})" in source:
        free = [*free, *tokens.words(spelled["verb"])]
    held = tuple(dict.fromkeys([*tokens.words(source), *meant]))
    stems = frozenset(stem for word in held for stem in _own(word))
    phrases = _spelled_out(source)
    let = {tokens.stem(word) for word in free}
    missing = []
    for word in dict.fromkeys(tokens.words(sentence)):
        if not _tells(word) or tokens.stem(word) in let or word.lower() in phrases:
            continue
        if not (kin(word) & stems or any(_of_one_root(tokens.stem(word), tokens.stem(other)) for other in held)):
            missing.append(word)
    return missing


def _tells(word: str) -> bool:
    """Whether the word needs proof: not a figure (proved apart), not a word of telling, not a function word."""
    lower = word.lower()
    if word[:1].isdigit() or (lower in _LIGHT and not tokens.is_acronym(word)):
        return False
    return tokens.is_acronym(word) or lower in _TELLING or lower not in tokens.FUNCTION_WORDS


def _spelled_out(source: str) -> frozenset[str]:
    """The words of names that the source has in another form: EU lets "European Union" pass, and the other way."""
    found: set[str] = set()
    lower = f" {' '.join(tokens.words(source)).lower()} "
    for word in tokens.phrases(source):
        for other in tokens.alternatives(word):
            found.update(part.lower() for part in tokens.words(other))
    for short, parts in _long_names():
        if f" {parts} " in lower:
            found.add(short)
    return frozenset(found)


@cache
def _long_names() -> tuple[tuple[str, str], ...]:
    rows = [[name.strip() for name in line.split("=")] for line in tokens.lines("aliases.txt")]
    return tuple((row[0].lower(), name.lower()) for row in rows for name in row[1:] if " " in name)


def is_short_for(word: str, source: str) -> bool:
    """Whether a word is made of the first letters of words that stand there in a row: "AP", "W.H.O."."""
    initials = "".join(one[0] for one in tokens.words(source) if one not in _BETWEEN)
    return tokens.is_acronym(word) and word.replace(".", "") in initials


def same_name(one: str, other: str) -> bool:
    """Whether two words may be the same name, however it is transliterated: Pashinyan, Pashinian."""
    return sound(one.lower()) == sound(other.lower()) or alike(one, other)


_OF = frozenset({"of", "for", "the"})
"""Words between an office and whose it is."""


def touching(places: Iterable[Place], evidence: Evidence) -> list[Statement]:
    """The statements whose content the places hold a part of."""
    held = list(places)
    return [statement for statement in evidence.record if any(touches(statement, place) for place in held)]


def sentences_at(place: Place, evidence: Evidence) -> list[Span]:
    """The whole sentences that a place stands in; the place itself where none are known."""
    spans = [span for span in evidence.sentences.get(place.source, ()) if span.overlaps(place.span)]
    return spans or [place.span]


def read_around(places: Sequence[Place], evidence: Evidence) -> list[str]:
    """The whole sentences and attributions that the places stand in, each once."""
    found: dict[tuple[str, Span], None] = {}
    for place in places:
        inside = sentences_at(place, evidence)
        told = [one.span for one in touching([place], evidence) if not any(span.covers(one.span) for span in inside)]
        found |= dict.fromkeys((place.source, span) for span in (*inside, *told))
    return [evidence.articles[source].cut(span) for source, span in found]


def usable(places: Sequence[Place], credited: Sequence[Statement], evidence: Evidence) -> str:
    """The words of the sources that the sentence may use, what others are recorded as saying left out."""
    record = touching(places, evidence)
    parts = []
    for source in dict.fromkeys(place.source for place in places):
        article = evidence.articles[source]
        spans = [place.span for place in places if place.source == source]
        spans += [one.span for one in credited if one.source == source]
        parts.append(_kept(article, _merged(spans), [one for one in record if one.source == source], credited))
    return "\n".join(parts)


def _kept(article: Article, spans: Sequence[Span], record: Sequence[Statement], credited: Sequence[Statement]) -> str:
    kept: list[str] = []
    for span in spans:
        others = [part for one in record if not _is_open(one, article, credited) for part in one.content]
        own = [part for one in credited for part in (*one.content, one.span) if one.source == article.source]
        kept.append(
            "".join(
                article.text[place] if _is_usable(place, others, own) else " " for place in range(span.start, span.end)
            )
        )
    return "\n".join(kept)


def _is_usable(place: int, others: Sequence[Span], own: Sequence[Span]) -> bool:
    """Whether the innermost span around a character is one that may be used."""
    ours = min((span.end - span.start for span in own if span.start <= place < span.end), default=None)
    theirs = min((span.end - span.start for span in others if span.start <= place < span.end), default=None)
    return theirs is None or (ours is not None and ours <= theirs)


def _is_open(one: Statement, article: Article, credited: Sequence[Statement]) -> bool:
    """Whether the statement needs no credit: it is credited, or the article itself tells it."""
    return one in credited or (one.speaker is not None and one.speaker == article.outlet)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def introductions(credited: Sequence[Statement], evidence: Evidence) -> str:
    """The words by which articles say who the credited are: their titles, roles and whom they speak for."""
    found: dict[str, None] = {}
    for one in credited:
        found |= dict.fromkeys(part for part in (one.speaker, one.via, one.speaker_as_written, one.speaks_for) if part)
        if one.speaker:
            same = (other.speaker_as_written for other in evidence.record if other.speaker == one.speaker)
            beside = (told for article in evidence.articles.values() for told in _beside(one.speaker, article))
            found |= dict.fromkeys([*same, *beside])
    return "; ".join(found)


def _beside(name: str, article: Article) -> Iterator[str]:
    """The titles right before a name in an article, and what stands behind it between commas."""
    for found in re.finditer(
        rf"(?P<before>(?:[\w’'-]+ ){{0,5}}){re.escape(name)}(?:, (?P<behind>[^,.;\n]+)[,.])?", article.text
    ):
        titles: list[str] = []
        for word in reversed(found["before"].split()):
            if not (word[:1].isupper() or is_person_noun(word.lower()) or word.lower() in name_lists().titles | _OF):
                break
            titles.insert(0, word)
        yield " ".join([*titles, *filter(None, [found["behind"]])])


def homes(credited: Sequence[Statement], evidence: Evidence) -> frozenset[str]:
    """The nations that the credited speak for as "we", by how articles introduce them: "the Russian minister"."""
    found: set[str] = set()
    for one in credited:
        said = " ".join(evidence.articles[one.source].cut(part) for part in one.content)
        if one.kind != "direct" or not re.search(r"\b(?:we|our|us)\b", said, re.IGNORECASE):
            continue
        for other in evidence.record:
            if other.speaker == one.speaker:
                for word in tokens.words(other.speaker_as_written):
                    nation = name_lists().seats.get(word.lower()) or name_lists().nations.get(word.lower())
                    found |= {f"nation:{nation}"} if nation else set()
    return frozenset(found)
