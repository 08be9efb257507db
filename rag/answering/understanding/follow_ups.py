"""Completes a follow-up from the structure of the conversation. A question that leans on nothing inherits nothing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from rag.answering.claims.credits import enumerated
from rag.answering.reading import premises
from rag.answering.understanding import answer_type, conversation, entity_linking, intents, normalise
from rag.answering.understanding.conversation import (
    ASKS,
    Conversation,
    about,
    asked_about,
    asked_of,
    is_person,
    name_offsets,
    names_of,
    nouns_in,
    people_asked_about,
    thing,
)
from rag.answering.understanding.entity_index import EntityIndex
from rag.answering.understanding.entity_linking import looked_in
from rag.answering.understanding.intents import group
from rag.answering.understanding.phrasings import matched, phrasings
from rag.answering.understanding.time_ranges import Dated, dates_in
from rag.core import Place, Recall
from rag.text import tokens
from rag.text.names import is_body, nation_of

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
_WHO_SAID = re.compile(r"^who (?:else )?\w+ ", re.IGNORECASE)
_SET_APART = re.compile(rf"^(?:(?:what|how) about )?(?P<name>[A-Z][^,?]{{1,40}}), (?P<clause>{ASKS.pattern}.+)")
_LONGEST_NOUN = 8
_LONGEST_NAME = 3
_ANY_DAY = dt.date(2000, 1, 1)
_SHARED = 0.3
"""Least share of a nameless question's words that the cited articles hold if it is about them."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question that can be read alone, what it wants of the answer before, and the articles that this cited.

    `near` is empty where the question leans on nothing.
    """

    standalone: str
    recall: Recall | None = None
    near: tuple[str, ...] = ()


def completed(question: str, talk: Conversation, known: EntityIndex) -> FollowUp:
    """The question with what it leaves to the conversation filled in; as it is where nothing is left out."""
    said = normalise.without_chat(question)[0] if talk.questions else ""
    if not said:
        return FollowUp(question)
    rest = normalise.without_courtesies(said)
    opened = normalise.opened(said)
    if beside := _side_by_side(rest, talk):
        return beside
    named, clause = _set_apart(opened)
    found = (rule(rest, talk, known) for rule in _RULES if not named)
    whole, recall = next(filter(None, found), None), _recall(rest, talk)
    if recall and not whole:
        return FollowUp(talk.last.standalone, recall, talk.near)
    if whole := whole or (None if named else _same_of_another(rest, talk, known)):
        return FollowUp(_sentence(whole), near=talk.near)
    if matched(rest, "follow_up", "compared") and not name_offsets(rest):
        return FollowUp(_in_context(opened, talk, known).replace(", ", "; "), near=talk.near)
    whole = conversation.with_the_other(conversation.filled(clause, named, talk, known), clause, talk, known)
    leans = whole != said or _is_near(whole, talk)
    if opened != said:
        whole = _with_topic(whole, talk, known)
    if whole == opened and _is_nameless(
        opened, talk, known, leans=opened != said or conversation.is_left_open(opened, talk)
    ):
        whole, leans = _in_context(opened, talk, known), True
    return FollowUp(question if whole in {said, opened} else _sentence(whole), near=talk.near if leans else ())


def _set_apart(question: str) -> tuple[tuple[str, ...], str]:
    """A name that a question begins with and then points back at, and the question: "And Lund, did she agree?"."""
    match = _SET_APART.match(question)
    if match is None or name_offsets(f"of {match['name']}") != [(3, 3 + len(match["name"]))]:
        return (), question
    return (match["name"],), match["clause"]


def _recall(rest: str, talk: Conversation) -> Recall | None:
    """What is wanted of the answer before; None where it cited nothing, or the words ask something else."""
    if match := matched(rest, "follow_up", "in_full"):
        return Recall("in_full", _places(match.groupdict().get("nth") or "first", talk))
    wants = next((name for name in ("shorter", "quote", "source", "more") if matched(rest, "recall", name)), None)
    told = tuple(one.place for one in talk.cited if one.item or wants == "more")
    return Recall(wants, told) if wants else None  # type: ignore[arg-type] # the names above are those of Recall


def _places(nth: str, talk: Conversation) -> tuple[Place, ...]:
    """The places of an item of the answer, "second" or "2nd"; "[2]" is the number of a citation."""
    if nth.startswith("["):
        return tuple(one.place for one in talk.cited[int(nth.strip("[]")) - 1 :][:1])
    items = [one.item for one in talk.cited]
    last = max(items, default=0)
    number = last if nth.lower() == "last" else int(re.sub(r"\D", "", nth) or _ORDINALS.index(nth.lower()) + 1)
    return tuple(one.place for one in talk.cited if one.item == number)


def _that_article(rest: str, talk: Conversation, known: EntityIndex) -> str | None:  # noqa: ARG001 - as all rules
    """The question about "that article" with the only one that the answer cites in its place."""
    if len(talk.near) != 1 or not _THAT_ARTICLE.search(rest):
        return None
    return _THAT_ARTICLE.sub(lambda _: f"the article {talk.near[0]}", rest, count=1)


def _besides(rest: str, talk: Conversation, known: EntityIndex) -> str | None:  # noqa: ARG001 - as all rules
    """The question before, asked "why", "since when", "where"."""
    match = matched(rest, "follow_up", "besides")
    if match is None:
        return None
    word, plain = match["wh"].lower(), normalise.without_courtesies(talk.last.standalone)
    if inverted := matched(plain, "follow_up", "inverted"):
        return f"{word} {inverted['rest']}?"
    if matched(plain, "follow_up", "yes_no") and word not in {"who", "how many", "how much"}:
        return f"{word} {plain[:1].lower()}{plain[1:]}?"
    return f"{answer_type.besides(normalise.without_mark(talk.last.standalone))[0]}, and {word}?"


def _else(rest: str, talk: Conversation, known: EntityIndex) -> str | None:
    """Who else spoke, or what else was said, on what the question before asked."""
    match = matched(rest, "follow_up", "else")
    if match is None:
        return None
    asks = "Who" if group(match, "who") else "What"
    plain, topic = normalise.without_courtesies(talk.last.standalone), talk.last.topic or thing(talk, known)
    if same := re.match(f"{asks} (?:else )?(?P<rest>.+)", plain, re.IGNORECASE):
        return f"{asks} else {same['rest']}?"
    if asks == "What" and (asked := asked_of(talk.last)):
        return f"What else did {asked[0]} say{about(talk.last)}?"
    if topic:
        return f"Who else spoke about {topic}?" if asks == "Who" else f"Tell me more about {topic}."
    return "Who else is quoted in the articles?"


def _who_says(rest: str, talk: Conversation, known: EntityIndex) -> str | None:  # noqa: ARG001 - as all rules
    """Who said what a question for yes or no was about: "says who?" behind "Does A own B?"."""
    said = matched(rest, "follow_up", "who_says") and premises.asserted(
        normalise.without_courtesies(talk.last.standalone)
    )
    return f"Who said that {said}?" if said else None


def _compared(rest: str, talk: Conversation, known: EntityIndex) -> str | None:
    """A comparison of whom the last questions asked about, or whom the last answer quotes: "do they agree?"."""
    match = matched(rest, "follow_up", "compared")
    if match is None:
        return None
    asked = list(dict.fromkeys(name for query in reversed(talk.questions[:2]) for name in asked_of(query)))
    if (who := group(match, "who")) and who.lower() not in {"they", "the two", "both"}:
        asked = [*asked_of(talk.last)[:1], who] if intents.can_speak(who, known) else []
    told = [name for name in talk.speakers if not any(name.endswith(one) for one in asked)]
    several = asked if len(asked) > 1 or who else [*asked, *told][:2]
    if len(set(several)) < 2:  # noqa: PLR2004 - two are compared
        return None
    if talk.last.link and talk.last.link.by == "nation":
        return f"Compare what {enumerated(several)} said{about(talk.last)}."
    return (
        f"Compare {enumerated(several)} on {talk.last.topic}." if talk.last.topic else f"Compare {enumerated(several)}."
    )


def _side_by_side(rest: str, talk: Conversation) -> FollowUp | None:
    """What the last two questions asked, which differ by a name and ask nobody's words: "compare them"."""
    match = matched(rest, "follow_up", "compared")
    if match is None or group(match, "who") or len(talk.questions) < 2:  # noqa: PLR2004 - two are compared
        return None
    last, before = talk.questions[:2]
    new = [name for name in names_of(last) if name not in names_of(before)]
    old = [name for name in names_of(before) if name not in names_of(last)]
    if asked_of(last) or asked_of(before) or len(new) != 1 or len(old) != 1:
        return None
    whole = last.standalone.replace(new[0], f"{old[0]} and {new[0]}", 1)
    places = tuple(dict.fromkeys(one.place for one in (*talk.earlier, *talk.cited)))
    return FollowUp(
        whole, Recall("beside", places, (old[0], new[0])), tuple(dict.fromkeys(one.source for one in places))
    )


def _same_of_another(rest: str, talk: Conversation, known: EntityIndex) -> str | None:
    """The question before, asked of another person, topic, place or time; None where the words are a question."""
    noun = _noun(rest)
    if not noun or (noun == rest and not _ABOUT.match(noun) and intents.interpret(rest, known) is not None):
        return None
    if (dated := _date(noun)) is not None:
        return _at_another_time(dated, talk.last.standalone)
    if topic := _ABOUT.match(noun):
        return _on_another_topic(topic["topic"], talk, known) or _said_about(topic["topic"], talk, known)
    return _in_another_place(noun, talk, known) or _of_another(noun, talk, known, is_led_in=noun != rest)


def _said_about(topic: str, talk: Conversation, known: EntityIndex) -> str:
    """What the person whom the conversation is about says on a topic, else the articles."""
    speaker = next(
        (name for name in people_asked_about(talk, known) if entity_linking.name_on_record(name, known)), None
    )
    return f"What did {speaker} say about {topic}?" if speaker else f"What do the articles say about {topic}?"


def _noun(rest: str) -> str | None:
    """What "what about the CSTO" asks about; None where the words are no noun."""
    noun = _leads_in().sub("", rest).strip(" ,")
    is_none = ASKS.match(noun) or any(pattern.match(noun) for pattern in phrasings("follow_up", "no_noun"))
    return None if is_none or len(noun.split()) > _LONGEST_NOUN else noun


@cache
def _leads_in() -> re.Pattern[str]:
    listed = "|".join(pattern.pattern for pattern in phrasings("follow_up", "same_for"))
    return re.compile(f"^(?:{listed})", re.IGNORECASE)


def _of_another(noun: str, talk: Conversation, known: EntityIndex, *, is_led_in: bool) -> str | None:
    """The question asked of other people where the words name some, else on another topic."""
    named = [_called(name, known) for name in _AND.split(noun)]
    if all(named) or (talk.last.speaker and _looks_like_a_person(noun)):
        return _of_another_person(" and ".join(map(str, named)) if all(named) else noun, talk, known)
    return _on_another_topic(noun, talk, known) or (f"What do the articles say about {noun}?" if is_led_in else None)


def _called(name: str, known: EntityIndex) -> str | None:
    """The full name of somebody on record, misspelt or not; a body keeps the name that the question gives it."""
    person = entity_linking.name_on_record(name, known)
    if person is None and entity_linking.resembled(name, known):
        return name  # put right, and said so, when the whole question is read
    return name if person and is_body(tuple(person.split())) else person


def _looks_like_a_person(noun: str) -> bool:
    """Whether words that no article credits are a person's name: capitals, no country, no body."""
    parts = noun.split()
    is_written_so = all(part.isalpha() and tokens.is_name(part) and not tokens.is_acronym(part) for part in parts)
    is_other = is_body(tuple(parts)) or any(nation_of(part) or tokens.has_other_names(part) for part in parts)
    return is_written_so and not is_other and len(parts) <= _LONGEST_NAME


def _of_another_person(name: str, talk: Conversation, known: EntityIndex) -> str | None:
    """The question with another speaker, or with another person in it."""
    last, plain = talk.last, normalise.without_courtesies(talk.last.standalone)
    if last.intent in {"summary", "timeline"} or (last.intent in {"count", "list"} and not last.speaker):
        return _on_another_topic(name, talk, known)
    if last.intent == "fact":
        named = thing(talk, known)
        swapped = _with_another_name(name, last.standalone, known)
        of_people = any(is_person(last.standalone[start:end], known) for start, end in name_offsets(last.standalone))
        if swapped and (of_people or not is_person(name, known)):
            return swapped
        return f"What did {name} say about {named}?" if named else f"What did {name} say?"
    if last.speaker is None and not last.topic:
        return f"Did {name} say {_WHO_SAID.sub('', plain)}?"
    if last.speaker is None or last.intent == "compare":
        return f"What did {name} say{about(last)}?"
    return last.standalone.replace(asked_of(last)[0], name, 1)


def _on_another_topic(topic: str, talk: Conversation, known: EntityIndex) -> str | None:
    """The question with another topic in the place of its own, or one where it had none."""
    last, whole = talk.last, talk.last.standalone
    if last.topic and last.topic in whole:
        before, _, behind = whole.rpartition(last.topic)
        return f"{before}{topic}{behind}"
    if last.intent == "fact":
        return _with_another_name(topic, whole, known)
    if last.intent == "compare":
        return None if last.topic else f"{normalise.without_mark(whole)} on {topic}?"
    if asked := asked_of(last):
        return f"What did {asked[0]} say about {topic}?"
    return f"Who spoke about {topic}?" if last.intent == "who_said" else None


def _with_another_name(name: str, whole: str, known: EntityIndex) -> str | None:
    """A question of fact with another name in the place of the one most like it, or another noun for its noun."""
    stretches = [
        stretch for stretch in name_offsets(whole) if whole[stretch[0] : stretch[1]].lower() not in name.lower()
    ]
    bare_name = re.sub("^(?:the|a|an) ", "", name, flags=re.IGNORECASE)
    if tokens.is_name(bare_name) and stretches:
        start, end = max(stretches, key=lambda one: (_likeness(whole[one[0] : one[1]], bare_name, known), one))
        if whole[max(0, start - 4) : start].lower() == "the ":
            start -= 4
            name = name if name != bare_name or not tokens.is_acronym(name) else f"the {name}"
        return f"{whole[:start]}{name}{whole[end:]}"
    nouns = nouns_in(whole)
    if nouns and not tokens.is_name(bare_name):
        start, end = nouns[-1] if len(nouns) == 1 else nouns[0]
        return f"{whole[:start]}{name}{whole[end:]}"
    return None


def _likeness(name: str, other: str, known: EntityIndex) -> int:
    """How far two names are of a kind: people, acronyms, peoples with a plural."""
    kinds: tuple[Callable[[str], bool], ...] = (
        lambda one: is_person(one, known),
        tokens.is_acronym,
        lambda one: one.endswith("s"),
    )
    return sum(3 * (kind(name) and kind(other)) + (kind(name) == kind(other)) for kind in kinds)


def _in_another_place(noun: str, talk: Conversation, known: EntityIndex) -> str | None:
    """The question asked of another article, outlet or place: "and in the Orda article?", "in Georgia?"."""
    looked, whole = looked_in(f"What is said {noun}?", known), normalise.without_mark(talk.last.standalone)
    if looked.source or looked.outlet:
        return f"{normalise.without_mark(looked_in(talk.last.standalone, known).rest)} {noun}?"
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
    whole = normalise.without_mark(question)
    own = dates_in(whole, _ANY_DAY)
    if own:
        return f"{whole[: own[-1].start]}{dated.written}{whole[own[-1].end :]}?"
    return f"{whole} {dated.written}?"


def _with_topic(question: str, talk: Conversation, known: EntityIndex) -> str:
    """The same topic for "And what did Peskov say?"; without its "And" that would ask for all he said."""
    if talk.last.intent in {"summary", "overview"}:
        return question
    topic = talk.last.topic or (asked_about(talk, known) if talk.last.intent == "fact" else "")
    reading = intents.interpret(normalise.without_courtesies(question), known)
    if not topic or reading is None or reading.intent != "statement" or reading.topic or " " in reading.about:
        return question
    return f"{normalise.without_mark(question)} about {topic}?" if reading.asks in {"what", "yes_no"} else question


def _is_near(question: str, talk: Conversation) -> bool:
    """Whether the cited articles hold every name of a question."""
    named = [word for start, end in name_offsets(question) for word in tokens.words(question[start:end])]
    return bool(named) and all(tokens.stem(word) in talk.told for word in named)


def _is_nameless(question: str, talk: Conversation, known: EntityIndex, *, leans: bool) -> bool:
    """Whether a question of fact names nothing and is about the last, as it says itself or the cited articles tell."""
    if name_offsets(question) or intents.interpret(normalise.without_courtesies(question), known) is not None:
        return False
    own = {
        tokens.stem(word)
        for word in tokens.content_words(answer_type.without_question_words(normalise.without_courtesies(question)))
    }
    return leans or bool(talk.told and len(own & talk.told) >= _SHARED * len(own))


def _in_context(question: str, talk: Conversation, known: EntityIndex) -> str:
    """The question with what the last ones are about in brackets."""
    told = asked_about(talk, known)
    return f"{normalise.without_mark(question)} ({told})?" if told else question


def _sentence(text: str) -> str:
    """The text with a capital at its beginning and a mark at its end."""
    mark = "." if _IMPERATIVE.match(text) else "?"
    ended = text if text.rstrip("\"”’'")[-1:] in {"?", "!", ".", ":"} else f"{text}{mark}"
    return f"{ended[:1].upper()}{ended[1:]}"


_RULES = (_that_article, _who_says, _besides, _else, _compared)
