"""Completes a follow-up from the structure of the conversation. A question that leans on nothing inherits nothing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from rag.answering import premises, words
from rag.answering.asking import grammar, speakers, wanted, wording
from rag.answering.asking.capitals import is_typed_small
from rag.answering.asking.conversation import (
    Conversation,
    about,
    asked_of,
    is_person,
    may_be,
    names_in,
    nouns_in,
    people,
    place,
    thing,
)
from rag.answering.asking.dates import Dated, dates_in
from rag.answering.asking.phrasings import matched, phrasings
from rag.answering.asking.places import looked_in
from rag.answering.known import Known
from rag.text.names import is_body, nation_of
from rag.types import Recall

_ABOUT = re.compile(r"^(?:anything |something )?(?:about|on|regarding|concerning|of) (?P<topic>.+)", re.IGNORECASE)
_IN_PLACE = re.compile(r"^(?P<preposition>in|at|from|to|near|under|by|with|for|against) (?P<place>.+)", re.IGNORECASE)
_PLACED = re.compile(r"\b(?:in|at|from|near) (?:the )?[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)*")
_AND = re.compile(r",? (?:and|or) |, ", re.IGNORECASE)
_IMPERATIVE = re.compile(r"(?:summari[sz]e|sum up|show|list|compare|tell|give|open|read|quote)\b", re.IGNORECASE)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_THAT_ARTICLE = re.compile(
    r"\b(?:that|this|the) (?:article|report|story|piece)\b(?! (?:by|from|of|in|on|about|that|which|called|[\d“\"*]))",
    re.IGNORECASE,
)
_PERSON = re.compile(r"\b(?P<word>he|she|him|(?:his|her)(?! own))\b(?![’']d like)", re.IGNORECASE)
_THEY = re.compile(r"\b(?P<word>they|them|their)\b", re.IGNORECASE)
_IT = re.compile(
    r"\b(?P<word>its?\b"
    r"|(?:that|this|these|those)(?=$|[?.!,]| (?:in|on|at|since|last|before|after|then|too|as well)\b))",
    re.IGNORECASE,
)
_THERE = re.compile(r"\b(?P<from>from |to |in |over )?there\b(?! (?:is|are|was|were|be|been|any|an?)\b)", re.IGNORECASE)
_SAY = "say|says|said|claim|claims|claimed|think|thinks|thought|state|states|stated"
_SAYS = re.compile(rf"\b(?:{_SAY}) (?P<word>that|so|it|this)(?=$|[?.!,])", re.IGNORECASE)
_CLAUSE = re.compile(rf"\b(?:{_SAY}|believe|believes|warn|warned|warns) (?:that )?(?P<clause>.+)$", re.IGNORECASE)
_OF_SPEECH = re.compile(rf"\b(?:{_SAY}|comment|speak|spoke|talk|write|react|respond)\b", re.IGNORECASE)
_OBJECT_ENDS = re.compile(
    r"^(?:$|[?.!,;]| (?:in|on|at|for|by|of|about|to|with|as|and|or|say|think|from|after|before|when|why|a|an|the"
    r"|\w+ed)\b)",
    re.IGNORECASE,
)
_WHO_SAID = re.compile(r"^who (?:else )?\w+ ", re.IGNORECASE)
_SET_APART = re.compile(
    r"^(?:(?:what|how) about )?(?P<name>[A-Z][^,?]{1,40}), (?P<clause>(?:what|who|when|where|why|how|did|does|do|is|are"
    r"|was|were|has|have|had|will|would|can|could|should)\b.+)"
)
_GENDERS = {"he": "he", "him": "he", "his": "he", "she": "she", "her": "she"}
_LONGEST_NOUN = 8
_LONGEST_NAME = 3
_ANY_DAY = dt.date(2000, 1, 1)
_SHARED = 0.3
"""Least share of a nameless question's words that the cited articles hold if it is about them."""

_CONTEXT, _CONTEXT_WORDS = 3, 5
"""Names that a nameless question inherits at most, and words of a question that is itself mere words."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question that can be read alone, what it wants of the answer before, and the articles that this cited.

    `near` is empty where the question leans on nothing.
    """

    standalone: str
    recall: Recall | None = None
    near: tuple[str, ...] = ()


def completed(question: str, talk: Conversation, known: Known) -> FollowUp:
    """The question with what it leaves to the conversation filled in; as it is where nothing is left out."""
    said = wording.without_chat(question)[0] if talk.questions else ""
    if not said:
        return FollowUp(question)
    rest = wording.plain(said)
    opened = wording.opened(said)
    named, clause = _set_apart(opened)
    found = (rule(rest, talk, known) for rule in _RULES if not named)
    if whole := next(filter(None, found), None):
        return FollowUp(_sentence(whole), near=talk.near)
    if recall := _recall(rest, talk):
        return FollowUp(talk.last.standalone, recall, talk.near)
    whole = _filled(clause, named, talk, known)
    leans = whole != said or _is_near(whole, talk)
    if opened != said:
        whole = _with_topic(whole, talk, known)
    if whole == opened and _is_nameless(opened, talk, known, leans=opened != said):
        whole, leans = _in_context(opened, talk, known), True
    return FollowUp(question if whole in {said, opened} else _sentence(whole), near=talk.near if leans else ())


def _set_apart(question: str) -> tuple[tuple[str, ...], str]:
    """A name that a question begins with and then points back at, and the question: "And Lund, did she agree?"."""
    match = _SET_APART.match(question)
    if match is None or names_in(f"of {match['name']}") != [(3, 3 + len(match["name"]))]:
        return (), question
    return (match["name"],), match["clause"]


def _recall(rest: str, talk: Conversation) -> Recall | None:
    """What is wanted of the answer before; None where it cited nothing, or the words ask something else."""
    if match := matched(rest, "follow_up", "in_full"):
        number = match.groupdict().get("nth")
        places = tuple(one.place for one in talk.cited if one.item == _item(number, talk))
        return Recall("in_full", places)
    wants = next((name for name in ("shorter", "quote", "source", "more") if matched(rest, "recall", name)), None)
    return Recall(wants, tuple(one.place for one in talk.cited)) if wants else None  # type: ignore[arg-type] # as listed


def _item(nth: str | None, talk: Conversation) -> int:
    """Which item of the answer is meant, the first where none is named; "[3]" is the number of a citation."""
    items = [one.item for one in talk.cited] or [0]
    if nth is None or nth.lower() == "last":
        return 1 if nth is None else max(items)
    if nth.startswith("["):
        return next(iter(items[int(nth.strip("[]")) - 1 :]), 0)
    return _ORDINALS.index(nth.lower()) + 1 if nth.lower() in _ORDINALS else int(re.sub(r"\D", "", nth))


def _that_article(rest: str, talk: Conversation, known: Known) -> str | None:  # noqa: ARG001 - as all rules
    """The question about "that article" with the only one that the answer cites in its place."""
    if len(talk.near) != 1 or not _THAT_ARTICLE.search(rest):
        return None
    return _THAT_ARTICLE.sub(lambda _: f"the article {talk.near[0]}", rest, count=1)


def _besides(rest: str, talk: Conversation, known: Known) -> str | None:  # noqa: ARG001 - as all rules
    """The question before, asked "why", "since when", "where"."""
    match = matched(rest, "follow_up", "besides")
    if match is None:
        return None
    word, plain = match["wh"].lower(), wording.plain(talk.last.standalone)
    if inverted := matched(plain, "follow_up", "inverted"):
        return f"{word} {inverted['rest']}?"
    if matched(plain, "follow_up", "yes_no") and word not in {"who", "how many", "how much"}:
        return f"{word} {plain[:1].lower()}{plain[1:]}?"
    return f"{wanted.besides(wording.without_mark(talk.last.standalone))[0]}, and {word}?"


def _who_else(rest: str, talk: Conversation, known: Known) -> str | None:
    if not matched(rest, "follow_up", "who_else"):
        return None
    plain = wording.plain(talk.last.standalone)
    if re.match("who ", plain, re.IGNORECASE):
        return f"Who else {re.sub('^who (?:else )?', '', plain, flags=re.IGNORECASE)}?"
    topic = talk.last.topic or thing(talk, known)
    if topic:
        return f"Who else spoke about {topic}?"
    return "Who else is quoted in the articles?" if talk.last.speaker else None


def _what_else(rest: str, talk: Conversation, known: Known) -> str | None:
    if not matched(rest, "follow_up", "what_else"):
        return None
    plain = wording.plain(talk.last.standalone)
    if re.match("what ", plain, re.IGNORECASE):
        return f"What else {re.sub('^what (?:else )?', '', plain, flags=re.IGNORECASE)}?"
    if asked := asked_of(talk.last):
        return f"What else did {asked[0]} say{about(talk.last)}?"
    named = thing(talk, known)
    return f"Tell me more about {named}." if named else talk.last.standalone


def _who_says(rest: str, talk: Conversation, known: Known) -> str | None:  # noqa: ARG001 - as all rules
    """Who said what a question for yes or no was about: "says who?" behind "Does A own B?"."""
    said = matched(rest, "follow_up", "who_says") and premises.asserted(wording.plain(talk.last.standalone))
    return f"Who said that {said}?" if said else None


def _how_often(rest: str, talk: Conversation, known: Known) -> str | None:  # noqa: ARG001 - as all rules
    asked = asked_of(talk.last)
    if not asked or not matched(rest, "follow_up", "how_often"):
        return None
    return (
        f"How often did {asked[0]} speak{about(talk.last)}?" if talk.last.topic else f"How often is {asked[0]} quoted?"
    )


def _compared(rest: str, talk: Conversation, known: Known) -> str | None:  # noqa: ARG001 - as all rules
    """A comparison of the speakers that the last questions asked about, or whom the last answer quotes."""
    if not matched(rest, "follow_up", "compared"):
        return None
    asked = dict.fromkeys(name for query in talk.questions[:2] for name in asked_of(query))
    told = [name for name in talk.speakers if not any(name.endswith(one) for one in asked)]
    several = [*reversed(asked), *(told if len(asked) < len("ab") else [])][: max(2, len(asked))]
    on = f" on {talk.last.topic}" if talk.last.topic else ""
    return f"Compare {', '.join(several[:-1])} and {several[-1]}{on}." if len(several) > 1 else None


def _agrees(rest: str, talk: Conversation, known: Known) -> str | None:
    """A comparison with whom the conversation was about: "does Peskov agree?", "do they agree?"."""
    match, asked = matched(rest, "follow_up", "agrees"), asked_of(talk.last)
    if match is None or not asked:
        return None
    on, who = f" on {talk.last.topic}" if talk.last.topic else "", match["who"]
    if who.lower() == "they" and len(asked) > 1:
        return f"Do {' and '.join(asked)} {match['verb']}{on}?"
    if who.lower() == asked[0].lower() or not grammar.can_speak(who, known):
        return None
    return f"{match['do']} {who} {match['verb']} with {asked[0]}{on}?"


def _same_of_another(rest: str, talk: Conversation, known: Known) -> str | None:
    """The question before, asked of another person, topic, place or time; None where the words are a question."""
    noun = _noun(rest)
    if not noun or (noun == rest and not _ABOUT.match(noun) and grammar.read(rest, known) is not None):
        return None
    if (dated := _date(noun)) is not None:
        return _at_another_time(dated, talk.last.standalone)
    if topic := _ABOUT.match(noun):
        return _on_another_topic(topic["topic"], talk, known) or _said_about(topic["topic"], talk, known)
    return _in_another_place(noun, talk, known) or _of_another(noun, talk, known, is_led_in=noun != rest)


def _said_about(topic: str, talk: Conversation, known: Known) -> str:
    """What the person whom the conversation is about says on a topic, else the articles."""
    speaker = next((name for name in people(talk, known) if speakers.on_record(name, known)), None)
    return f"What did {speaker} say about {topic}?" if speaker else f"What do the articles say about {topic}?"


def _noun(rest: str) -> str | None:
    """What "what about the CSTO" asks about; None where the words are no noun."""
    noun = _leads_in().sub("", rest).strip(" ,")
    is_none = any(pattern.match(noun) for pattern in phrasings("follow_up", "no_noun"))
    return None if is_none or len(noun.split()) > _LONGEST_NOUN else noun


@cache
def _leads_in() -> re.Pattern[str]:
    listed = "|".join(pattern.pattern for pattern in phrasings("follow_up", "same_for"))
    return re.compile(f"^(?:{listed})", re.IGNORECASE)


def _of_another(noun: str, talk: Conversation, known: Known, *, is_led_in: bool) -> str | None:
    """The question asked of other people where the words name some, else on another topic."""
    named = [_called(name, known) for name in _AND.split(noun)]
    if all(named) or (talk.last.speaker and _looks_like_a_person(noun)):
        return _of_another_person(" and ".join(map(str, named)) if all(named) else noun, talk, known)
    return _on_another_topic(noun, talk, known) or (f"What do the articles say about {noun}?" if is_led_in else None)


def _called(name: str, known: Known) -> str | None:
    """The full name of somebody on record, misspelt or not; a body keeps the name that the question gives it."""
    person = speakers.on_record(name, known)
    if person is None and speakers.resembled(name, known):
        return name  # put right, and said so, when the whole question is read
    return name if person and is_body(tuple(person.split())) else person


def _looks_like_a_person(noun: str) -> bool:
    """Whether words that no article credits are a person's name: capitals, no country, no body."""
    parts = noun.split()
    is_written_so = all(part.isalpha() and words.is_name(part) and not words.is_acronym(part) for part in parts)
    is_other = is_body(tuple(parts)) or any(nation_of(part) or words.has_other_names(part) for part in parts)
    return is_written_so and not is_other and len(parts) <= _LONGEST_NAME


def _of_another_person(name: str, talk: Conversation, known: Known) -> str | None:
    """The question with another speaker, or with another person in it."""
    last, plain = talk.last, wording.plain(talk.last.standalone)
    if last.intent in {"summary", "timeline"} or (last.intent in {"count", "list"} and not last.speaker):
        return _on_another_topic(name, talk, known)
    if last.intent == "fact":
        named = thing(talk, known)
        swapped = _with_another_name(name, last.standalone, known)
        of_people = any(is_person(last.standalone[start:end], known) for start, end in names_in(last.standalone))
        if swapped and (of_people or not is_person(name, known)):
            return swapped
        return f"What did {name} say about {named}?" if named else f"What did {name} say?"
    if last.speaker is None and not last.topic:
        return f"Did {name} say {_WHO_SAID.sub('', plain)}?"
    if last.speaker is None or last.intent == "compare":
        return f"What did {name} say{about(last)}?"
    return last.standalone.replace(asked_of(last)[0], name, 1)


def _on_another_topic(topic: str, talk: Conversation, known: Known) -> str | None:
    """The question with another topic in the place of its own, or one where it had none."""
    last, whole = talk.last, talk.last.standalone
    if last.topic and last.topic in whole:
        before, _, behind = whole.rpartition(last.topic)
        return f"{before}{topic}{behind}"
    if last.intent == "fact":
        return _with_another_name(topic, whole, known)
    if last.intent == "compare":
        return None if last.topic else f"{wording.without_mark(whole)} on {topic}?"
    if asked := asked_of(last):
        return f"What did {asked[0]} say about {topic}?"
    return f"Who spoke about {topic}?" if last.intent == "who_said" else None


def _with_another_name(name: str, whole: str, known: Known) -> str | None:
    """A question of fact with another name in the place of the one most like it, or another noun for its noun."""
    stretches = [stretch for stretch in names_in(whole) if whole[stretch[0] : stretch[1]].lower() not in name.lower()]
    bare_name = re.sub("^(?:the|a|an) ", "", name, flags=re.IGNORECASE)
    if words.is_name(bare_name) and stretches:
        start, end = max(stretches, key=lambda one: (_likeness(whole[one[0] : one[1]], bare_name, known), one))
        if whole[max(0, start - 4) : start].lower() == "the ":
            start -= 4
            name = name if name != bare_name or not words.is_acronym(name) else f"the {name}"
        return f"{whole[:start]}{name}{whole[end:]}"
    nouns = nouns_in(whole)
    if nouns and not words.is_name(bare_name):
        start, end = nouns[-1] if len(nouns) == 1 else nouns[0]
        return f"{whole[:start]}{name}{whole[end:]}"
    return None


def _likeness(name: str, other: str, known: Known) -> int:
    """How far two names are of a kind: people, acronyms, peoples with a plural."""
    kinds: tuple[Callable[[str], bool], ...] = (
        lambda one: is_person(one, known),
        words.is_acronym,
        lambda one: one.endswith("s"),
    )
    return sum(3 * (kind(name) and kind(other)) + (kind(name) == kind(other)) for kind in kinds)


def _in_another_place(noun: str, talk: Conversation, known: Known) -> str | None:
    """The question asked of another article, outlet or place: "and in the Orda article?", "in Georgia?"."""
    looked, whole = looked_in(f"What is said {noun}?", known), wording.without_mark(talk.last.standalone)
    if looked.source or looked.outlet:
        return f"{wording.without_mark(looked_in(talk.last.standalone, known).rest)} {noun}?"
    match = _IN_PLACE.match(noun)
    if match is None:
        return None
    placed = list(_PLACED.finditer(whole))
    if placed and match["preposition"].lower() in {"in", "at", "from", "near"}:
        return f"{whole[: placed[-1].start()]}{noun}{whole[placed[-1].end() :]}?"
    return f"{whole} {noun}?"


def _date(noun: str) -> Dated | None:
    """The one date that the words are; a bare "2023" is one too."""
    for written in (noun, f"in {noun}"):
        found = dates_in(written, _ANY_DAY)
        if len(found) == 1 and not found[0].cut_from(written):
            return found[0]
    return None


def _at_another_time(dated: Dated, question: str) -> str:
    """The question with this time in the place of its own, or at its end."""
    whole = wording.without_mark(question)
    own = dates_in(whole, _ANY_DAY)
    if own:
        return f"{whole[: own[-1].start]}{dated.written}{whole[own[-1].end :]}?"
    return f"{whole} {dated.written}?"


def _filled(question: str, named: tuple[str, ...], talk: Conversation, known: Known) -> str:
    """The question with its pronouns replaced by what they point back at; people just `named` come first."""
    text = _with_people(_with_clause(question, talk), named, talk, known)
    text = _with_things(_with_group(text, talk, known), talk, known)
    where = place(talk)
    if where and not _means_nothing("there", text):
        text = _THERE.sub(lambda match: f"{match['from'] or 'in '}{where}", text)
    return text


def _means_nothing(word: str, text: str) -> bool:
    """Whether "it" or "there" points at nothing, as in "is it true"."""
    expletive = phrasings("follow_up", f"expletive_{word}")
    return any(re.search(rf"\b(?:{pattern.pattern})", text, re.IGNORECASE) for pattern in expletive)


def _with_clause(question: str, talk: Conversation) -> str:
    """What "say that" means, from the question before: "say that about the EU", "say that Russia is ready"."""
    match = _SAYS.search(question)
    if match is None or talk.last.intent not in {"statement", "who_said"}:
        return question
    clause = _CLAUSE.search(wording.plain(talk.last.standalone))
    told = about(talk.last) or (f" {clause['clause']}" if clause else "")
    return f"{question[: match.start('word')]}that{told}{question[match.end('word') :]}" if told else question


def _with_people(question: str, named: tuple[str, ...], talk: Conversation, known: Known) -> str:
    """he, she, him, his, her; not where the question itself names who is meant."""
    own = _own_speaker(question, known)
    for match in reversed(list(_PERSON.finditer(question))):
        word = match["word"].lower()
        owns = word in {"his", "her"}
        if _names_another(question[: match.start()], own if owns else None, known) or (own and word in {"he", "she"}):
            continue
        meant = next((name for name in named if may_be(name, _GENDERS[word], known)), None)
        meant = meant or _meant(talk, _GENDERS[word], known)
        if meant and meant != own:
            owns = owns and (word == "his" or not _OBJECT_ENDS.match(question[match.end() :]))
            question = _put(question, match, meant, owns=owns)
    return question


def _meant(talk: Conversation, gender_meant: str, known: Known) -> str | None:
    """Whom "he" or "she" means: the one whom the answer to a "who" names, else the latest person asked about."""
    asked = people(talk, known)
    fitting = [name for name in asked if may_be(name, gender_meant, known)]
    named = [one.key for one in talk.cited if one.key and is_person(one.key, known)] if talk.last.asks == "who" else []
    told = [name for name in dict.fromkeys([*named, *talk.speakers]) if may_be(name, gender_meant, known)]
    told = [name for name in told if name not in {speakers.on_record(one, known) for one in fitting}]
    is_answer = talk.last.asks == "who" or talk.last.intent == "who_said" or not fitting
    if told and is_answer and (len(told) == 1 or named or not fitting):
        return told[0]
    told_of = [name for name in talk.voices if " " in name and may_be(name, gender_meant, known)]
    return next(iter([*fitting, *told_of]), None)


def _with_group(question: str, talk: Conversation, known: Known) -> str:
    """they, them, their: the two who were compared, a body, or several of what was asked about."""
    matches = list(_THEY.finditer(question))
    start = question[: matches[0].start()] if matches else ""
    if not matches or _names_another(start, None, known) or names_in(start):
        return question
    meant = " and ".join(asked_of(talk.last)) or thing(talk, known) or next(iter(people(talk, known)), None)
    for match in reversed(matches) if meant else []:
        question = _put(question, match, str(meant), owns=match["word"].lower() == "their")
    return question


def _with_things(question: str, talk: Conversation, known: Known) -> str:
    """it, its, and "that" or "this" where they stand alone; not after a thing that the question itself names."""
    named = thing(talk, known)
    if not named or _means_nothing("it", question):
        return question
    for match in reversed(list(_IT.finditer(question))):
        word, start = match["word"].lower(), question[: match.start()]
        names_one = bool(names_in(start)) and not _OF_SPEECH.search(start)
        if not nouns_in(start) and not (names_one and word in {"it", "its"}):
            question = _put(question, match, named, owns=word == "its")
    return question


def _put(question: str, match: re.Match[str], meant: str, *, owns: bool) -> str:
    """The question with `meant` in place of the pronoun."""
    ending = ("’" if meant.endswith("s") else "’s") if owns else ""
    return f"{question[: match.start()]}{meant}{ending}{question[match.end() :]}"


def _own_speaker(question: str, known: Known) -> str | None:
    """The speaker on record whom the question itself asks about."""
    reading = grammar.read(wording.plain(question), known)
    speaker = reading.speaker if reading else None
    return speaker if speaker and speakers.on_record(speaker, known) else None


def _names_another(start: str, besides: str | None, known: Known) -> bool:
    """Whether somebody on record is named before the pronoun, and so meant by it; `besides` does not count."""
    named = [start[one:end] for one, end in names_in(start)]
    return any(name != besides and speakers.on_record(name, known) for name in named)


def _with_topic(question: str, talk: Conversation, known: Known) -> str:
    """The same topic for "And what did Peskov say?"; without its "And" that would ask for all he said."""
    if not talk.last.topic or talk.last.intent == "summary":
        return question
    reading = grammar.read(wording.plain(question), known)
    if reading is None or reading.intent != "statement" or reading.about or reading.asks not in {"what", "yes_no"}:
        return question
    return f"{wording.without_mark(question)} about {talk.last.topic}?"


def _is_near(question: str, talk: Conversation) -> bool:
    """Whether the cited articles hold every name of a question."""
    named = [word for start, end in names_in(question) for word in words.words(question[start:end])]
    return bool(named) and all(words.stem(word) in talk.told for word in named)


def _is_nameless(question: str, talk: Conversation, known: Known, *, leans: bool) -> bool:
    """Whether a question of fact names nothing and is about the last, as it says itself or the cited articles tell."""
    if names_in(question) or grammar.read(wording.plain(question), known) is not None:
        return False
    own = {words.stem(word) for word in words.content_words(wanted.without_question_words(wording.plain(question)))}
    return leans or bool(talk.told and len(own & talk.told) >= _SHARED * len(own))


def _in_context(question: str, talk: Conversation, known: Known) -> str:
    """The question with the names of the last ones in brackets, things before people; else with what they are about."""
    if is_typed_small(talk.last.question) and talk.last.intent == "fact":
        kept = [" ".join(talk.last.terms[:_CONTEXT_WORDS])]
    else:
        named = [
            query.standalone[start:end] for query in talk.questions[:2] for start, end in names_in(query.standalone)
        ]
        things = sorted(dict.fromkeys(named), key=lambda name: is_person(name, known))
        kept = things[:_CONTEXT] or list(filter(None, [thing(talk, known)]))
    return f"{wording.without_mark(question)} ({', '.join(kept)})?" if any(kept) else question


def _sentence(text: str) -> str:
    """The text with a capital at its beginning and a mark at its end."""
    mark = "." if _IMPERATIVE.match(text) else "?"
    ended = text if text.rstrip("\"”’'")[-1:] in {"?", "!", ".", ":"} else f"{text}{mark}"
    return f"{ended[:1].upper()}{ended[1:]}"


_RULES = (
    _that_article,
    _who_says,
    _how_often,
    _besides,
    _who_else,
    _what_else,
    _compared,
    _agrees,
    _same_of_another,
)
