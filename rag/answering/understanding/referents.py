"""Finds whom and what the pronouns of a follow-up may mean: the nouns of the last questions, the answer's people."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from rag.answering.understanding.entity_index import EntityIndex, bare
from rag.answering.understanding.entity_linking import PLACE_NAME, gender_told, is_person, names_of
from rag.core import Cited, Query
from rag.text import tokens
from rag.text.names import gender_of, is_person_noun
from rag.text.spacy_models import parser

if TYPE_CHECKING:
    from spacy.tokens import Span as Phrase
    from spacy.tokens import Token

_LONGEST_KEY = 8
_FIRST_PLACES = 3
"""Places of an answer whose people a pronoun may mean."""

_ASKS_WHOM = re.compile(r"\b(?:whom|who (?:do|does|did)|(?:which|what) [\w’' -]+? (?:do|does|did))\b", re.IGNORECASE)
_ACTING, _ACTED_ON = frozenset({"nsubj", "nsubjpass", "csubj"}), frozenset({"dobj", "dative", "attr"})
_POINTING, _DEFINING = frozenset({"that", "this", "those", "these"}), frozenset({"prep", "relcl", "acl"})
_PLACES = frozenset({"GPE", "LOC", "FAC"})
_TELLS_WHERE = 3
_NO_THINGS = frozenset({"DATE", "TIME", "CARDINAL", "ORDINAL", "PERCENT", "MONEY", "QUANTITY"})


@dataclass(frozen=True, slots=True)
class Conversation:
    """The context of a new question: the earlier questions, the last one first, and what its answer cited.

    `earlier` is what the answer before that cited. `told` are the stems of the words of the articles cited last;
    `shown` are the words of each of the places cited last.
    """

    questions: tuple[Query, ...] = ()
    cited: tuple[Cited, ...] = ()
    earlier: tuple[Cited, ...] = ()
    told: frozenset[str] = frozenset()
    shown: tuple[str, ...] = ()

    @property
    def last(self) -> Query:
        """The last question. There must be one."""
        return self.questions[0]

    @property
    def near(self) -> tuple[str, ...]:
        """The articles that the last answer cites."""
        return tuple(dict.fromkeys(cited.place.source for cited in self.cited))

    @property
    def keys(self) -> list[str]:
        """The names in the last answer that are not in its question."""
        asked = {tokens.stem(word) for word in tokens.words(self.last.standalone)}
        keys = dict.fromkeys(cited.key for cited in self.cited if cited.key and tokens.is_name(cited.key.split()[0]))
        short = (key for key in keys if len(key.split()) <= _LONGEST_KEY)  # no headline
        return [key for key in short if tokens.stem(tokens.words(key)[-1]) not in asked]


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun of a question with its article, its modifiers and its "of …", and where it stands.

    `rank` is 0 if it acts, 1 if it is acted on, 3 if it tells where, else 2. `is_asked` says that the question asks
    which one.
    """

    text: str
    head: str
    start: int
    end: int
    rank: int
    is_plural: bool
    is_name: bool
    is_asked: bool


@lru_cache(maxsize=500)
def nouns_of(text: str) -> tuple[Noun, ...]:
    """Returns the nouns of a question in their order, owners after what they own; no pronouns, dates or numbers.

    What stands in brackets is left out: names that an earlier follow-up inherited.
    """
    doc = parser()(text.partition(" (")[0])
    found = [noun for phrase in doc.noun_chunks for noun in _nouns(phrase)]
    for verb in (token for token in doc if token.pos_ == "NOUN" and any(child.dep_ == "aux" for child in token.lefts)):
        inside = [token for token in verb.lefts if token.dep_ in {"det", "amod", "compound"} and token.tag_ != "WDT"]
        if inside:  # "what does the long pier cost": a verb that was read as a noun
            found.append(replace(_noun(inside[-1], inside, is_asked=False), rank=0))
    return tuple(found)


def _nouns(phrase: Phrase) -> Iterator[Noun]:
    root, inside = phrase.root, list(phrase)
    while inside and (inside[0].tag_ in {"WDT", "WP", "WRB"} or inside[0].pos_ in {"CCONJ", "PUNCT"}):
        inside = inside[1:]
    if root.pos_ in {"NOUN", "PROPN"} and root.ent_type_ not in _NO_THINGS and inside:
        yield _noun(root, inside, is_asked=len(inside) < len(phrase) or _is_asked(phrase))
    for owner in (token for token in inside if token.dep_ == "poss" and token.pos_ in {"NOUN", "PROPN"}):
        yield _noun(owner, [token for token in owner.subtree if token.dep_ != "case"], is_asked=False)


def _is_asked(phrase: Phrase) -> bool:
    before = phrase.doc[phrase.start - 1] if phrase.start else None
    many = before is not None and before.lower_ == "many"
    return any(token.lower_ == "many" for token in phrase) or many or (before is not None and before.tag_ == "WDT")


def _noun(root: Token, inside: list[Token], *, is_asked: bool) -> Noun:
    doc, start = root.doc, inside[0].idx
    of = [child.right_edge for child in root.children if child.dep_ == "prep" and child.lower_ == "of"]
    last = max((inside[-1], *of), key=lambda token: token.i)
    text = doc.text[start : last.idx + len(last)].replace("'", "’").removeprefix("how many ").removeprefix("many ")
    is_name = root.pos_ == "PROPN" or (tokens.is_name(text) and start > 0)
    is_plural = root.tag_ in {"NNS", "NNPS"} and not (is_name and (of or tokens.is_acronym(root.text)))
    text = f"the {text}" if is_asked and "many " not in doc.text[: inside[-1].idx].lower() else text
    where = root.dep_ == "pobj" and root.ent_type_ in _PLACES
    rank = 0 if root.dep_ in _ACTING else 1 if root.dep_ in _ACTED_ON else _TELLS_WHERE if where else 2
    return Noun(text, root.text, start, last.idx + len(last), rank, is_plural, is_name, is_asked)


def is_acted_on(text: str, start: int) -> bool:
    """Returns whether the word at an offset is the object of a verb."""
    return any(token.idx == start and token.dep_ == "dobj" for token in parser()(text))


def has_verb(text: str) -> bool:
    """Returns whether a question is a clause: "why him?" is none."""
    return any(token.pos_ in {"VERB", "AUX"} for token in parser()(text))


def points_at_a_noun(text: str, determiners: Collection[str] = _POINTING) -> bool:
    """Returns whether a question means a noun of the conversation: "that number", not "this week"."""
    pointing = (token.head for token in parser()(text) if token.dep_ == "det" and token.lower_ in determiners)
    return any(noun.ent_type_ == "" and not any(child.dep_ in _DEFINING for child in noun.rights) for noun in pointing)


def is_of_a_person(noun: Noun, known: EntityIndex) -> bool:
    """Returns whether a noun means a person: a name on record, a given name, "the camp guard"."""
    if "’s " in noun.text or "’ " in noun.text:  # "Trump’s brother", "Songs of the Harbour’s presenter"
        return any(map(is_person_noun, (noun.head, noun.text.split()[-1])))
    is_title = noun.is_name and noun.head.istitle() and not noun.text.startswith("the ")  # "Big Brother"
    is_common = not is_title and is_person_noun(noun.head)
    return bool(is_person(noun.text, known) or gender_told(noun.text, known) or is_common)


def may_mean(name: str, pronoun: str, known: EntityIndex) -> bool:
    """Returns whether "he" or "she" may mean them: by the gender of name or title, or a person without either."""
    if "’s " in name:  # "Trump’s brother"
        return gender_of((name.rsplit(maxsplit=1)[-1],), ()) in {None, pronoun}
    told = gender_told(name, known)
    return told == pronoun or (told is None and (is_person(name, known) or is_person_noun(name.rsplit(maxsplit=1)[-1])))


def asked_of(query: Query) -> list[str]:
    """Returns whom a question asks about, in its own words if possible."""
    if query.speaker is None:
        return []
    return [query.link.written if query.link else query.speaker, *query.others]


def people_asked_about(questions: Iterable[Query], known: EntityIndex) -> list[str]:
    """Returns the people whom questions name or refer to by role ("Everton's manager"), the latest first."""
    found: list[str] = []
    every = list(questions)
    for query in every:
        nouns = sorted(nouns_of(query.standalone), key=lambda noun: noun.rank)
        people = (_in_full(noun, every) for noun in nouns if is_of_a_person(noun, known) and not noun.is_plural)
        named = (name for name in names_of(query) if is_person(name, known) or gender_told(name, known))
        held = ((not is_person(name, known) and known.holder(name)) or name for name in people)
        found += [*asked_of(query), *held, *named]
    return list(dict.fromkeys(found))


def _in_full(noun: Noun, questions: Iterable[Query]) -> str:
    """Returns the longest words with the same head in any of the questions: "the harbour's warden" of "the warden"."""
    same = (other for query in questions for other in nouns_of(query.standalone) if other.head == noun.head)
    return max((noun, *same), key=lambda other: len(other.text)).text if not noun.is_name else noun.text


def things_in(query: Query, known: EntityIndex) -> list[Noun]:
    """Returns the nouns of a question that mean no person: what it asks for first, then what acts."""
    nouns = nouns_of(query.standalone)
    things = [
        noun
        for noun in nouns
        if not is_of_a_person(noun, known)
        and not any(other.start <= noun.start < noun.end <= other.end for other in nouns if other != noun)
    ]
    return sorted(things, key=lambda noun: (not noun.is_asked, noun.rank))


def thing_asked_about(query: Query, known: EntityIndex) -> str | None:
    """Returns the subject of a question: its topic, or what it asks for, or what acts in it."""
    if query.topic or query.intent != "fact":
        return query.topic
    return next((noun.text for noun in things_in(query, known)), None)


def only_thing(query: Query, known: EntityIndex, *, is_acted_on: bool, is_contrasted: bool = False) -> str | None:
    """Returns the one thing that "it" may mean; None if a question names several alike, or none.

    What acted is not meant if another is asked for (`is_contrasted`): "who else wanted it?". What somebody does
    something to ("did he admit it?") may be all that was said: then only a thing named alone is it.
    """
    if is_acted_on and (query.intent == "statement" or any(noun.is_asked for noun in things_in(query, known))):
        return None
    if query.topic or query.intent != "fact":
        return query.topic
    things = [noun for noun in things_in(query, known) if not noun.is_plural and not (is_contrasted and noun.rank == 0)]
    things = [noun for noun in things if not (is_acted_on and noun.rank == _TELLS_WHERE)]
    first = [noun for noun in things if (noun.is_asked, noun.rank) == (things[0].is_asked, things[0].rank)]
    return first[0].text if len(first) == 1 else None


def several_asked_about(query: Query, known: EntityIndex) -> str | None:
    """Returns whom "they" may mean: those whose words a question asks for, the plural that acts, the body that acts."""
    if (asked := asked_of(query)) and (len(asked) > 1 or not is_person(asked[0], known)):
        return " and ".join(asked)
    nouns = sorted(nouns_of(query.standalone), key=lambda noun: (not noun.is_plural, noun.rank))
    fitting = [noun for noun in nouns if noun.rank == 0 or (noun.is_plural and noun.rank == 1)]
    return next(
        (noun.text for noun in fitting if noun.is_plural or (noun.is_name and not is_of_a_person(noun, known))), None
    )


def meant_by(talk: Conversation, pronoun: str, known: EntityIndex, *, is_subject: bool) -> str | None:
    """Returns the referent of "he" or "she"; None if several people may be meant.

    It is the answer to a "who", unless that asked whom somebody acted on; else the latest person asked about, else the
    one person of whom the answer tells, else the speaker.
    """
    asked = people_asked_about(talk.questions[:1], known)
    if talk.last.intent == "fact" and _asks_for_a_person(talk.last):
        answer = _people_shown(talk, known)
        if not answer and not talk.keys and _is_told_again(talk, known):
            return None  # the answer only tells again whom the question named
        called = [name for name in answer if answer[name]]
        described = [name for name in asked if not is_person(name, known)]  # "the Ferry Union’s new clerk"
        named = [*called, *described, *answer]
        asked = [*asked, *named] if is_subject and _ASKS_WHOM.search(talk.last.standalone) else [*named, *asked]
    elif talk.last.asks == "who":
        asked = [*(cited.speaker for cited in talk.cited if cited.speaker), *asked]
    if found := next((name for name in asked if may_mean(name, pronoun, known)), None):
        surely = [name for name in asked if gender_told(name, known) == pronoun]
        is_guess = gender_told(found, known) is None and is_person(found, known)
        return surely[0] if is_guess and surely else found
    told = [name for name in _people_shown(talk, known) if may_mean(name, pronoun, known)]
    if len(told) == 1:
        return told[0]
    quoted = [cited.speaker for cited in talk.cited if cited.speaker] if talk.last.intent != "fact" else []
    heard = sorted(quoted, key=lambda name: gender_told(name, known) is None)
    every = (*people_asked_about(talk.questions[1:], known), *heard)
    return next((name for name in every if may_mean(name, pronoun, known)), None)


def _asks_for_a_person(query: Query) -> bool:
    """Returns whether a question asks who, or which person: "Which keeper …"."""
    asked = (noun.text for noun in nouns_of(query.standalone) if noun.is_asked and not noun.is_plural)
    return query.asks == "who" or any(is_person_noun(text.split()[-1]) for text in asked)


def _is_told_again(talk: Conversation, known: EntityIndex) -> bool:
    return any(cited.key and is_person(cited.key, known) for cited in talk.cited)


def _people_shown(talk: Conversation, known: EntityIndex) -> dict[str, bool]:
    """Returns the people whom the answer's first places name and the last question does not, the answer's own first.

    Each with whether articles call them what the question asks for ("team president").
    """
    asked = {tokens.stem(word) for word in tokens.content_words(talk.last.standalone)}
    found: dict[str, tuple[bool, bool]] = {}
    texts = talk.shown or [""] * len(talk.cited)
    for cited, text in list(zip(talk.cited, texts, strict=True))[:_FIRST_PLACES]:
        names = [cited.key or "", *(match.group() for match in PLACE_NAME.finditer(text))]
        for name in map(_without_end, names):
            bearer = next((one for one in known.bearers(bare(name)) if not one.is_body), None) if name else None
            if bearer is None or tokens.stem(tokens.words(name)[-1]) in asked:
                continue
            called = {tokens.stem(word) for role in (*bearer.titles, *bearer.roles) for word in tokens.words(role)}
            found.setdefault(bearer.person, (name == cited.key, bool(called & asked)))
    return {name: found[name][1] for name in sorted(found, key=found.__getitem__, reverse=True)}


def _without_end(name: str) -> str:
    return re.sub(r"(?:[’']s?|\.)$", "", name)
