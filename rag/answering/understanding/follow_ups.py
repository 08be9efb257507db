"""Completes a follow-up from the structure of the conversation. A self-contained question inherits nothing."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from rag.answering.understanding import intents, normalise
from rag.answering.understanding.entity_index import EntityIndex
from rag.answering.understanding.entity_linking import (
    PLACE_NAME,
    alone,
    is_person,
    looked_in,
    may_speak,
    name_offsets,
    name_on_record,
    names_of,
    resembled,
)
from rag.answering.understanding.normalise import group, matched, phrasings
from rag.answering.understanding.referents import (
    Conversation,
    asked_of,
    has_verb,
    is_acted_on,
    is_of_a_person,
    may_mean,
    meant_by,
    nouns_of,
    only_thing,
    points_at_a_noun,
    several_asked_about,
    thing_asked_about,
)
from rag.answering.understanding.time_ranges import dates_in
from rag.core import Place, Query, Recall
from rag.text import tokens
from rag.text.names import is_body, nation_of

_PLACED = re.compile(rf"\b(?:in|at|from|to|near|into|across|inside|outside) (?P<place>(?:the )?{PLACE_NAME.pattern})")
_PERSON = re.compile(r"\b(?P<word>he|she|him|(?:his|her)(?! own))\b(?![’']d like)", re.IGNORECASE)
_GENDERS = {"he": "he", "him": "he", "his": "he", "she": "she", "her": "she"}
_THEY = re.compile(r"\b(?P<word>they|them|their)\b", re.IGNORECASE)
_IT = re.compile(r"\b(?P<word>its?)\b", re.IGNORECASE)
_THAT = (
    r"(?<!\bdo )(?<!\bdid )(?<!\bdone )(?<!\bdoing )(?:that|this|these|those)"
    r"(?=$|[?.!,]| (?:in|on|at|since|last|before|after|then|too|as well)\b)"
)
_IT_OR_THAT = re.compile(rf"\b(?P<word>its?|{_THAT})\b", re.IGNORECASE)
_POINTS = re.compile(
    rf"\b(?:he|she|him|his|her|they|them|their|its?|{_THAT}|there(?! (?:is|are|was|were|be|been|any|an?)\b))\b",
    re.IGNORECASE,
)
"""Words that mean something of the conversation."""

_THAT_ARTICLE = re.compile(r"\b(?:that|this|the) (?:article|report|story|piece)\b(?! \w)", re.IGNORECASE)
_ABOUT = re.compile(r"^(?:anything |something )?(?:about|on|regarding|concerning|of) (?P<topic>.+)", re.IGNORECASE)
_IN_PLACE = re.compile(r"^(?P<preposition>in|at|from|to|near|under|by|with|for|against) .+", re.IGNORECASE)
_ONE = re.compile(r"(?:the |an? )?(?P<kind>[\w’'-]+) ones?", re.IGNORECASE)
_AND = re.compile(r",? (?:and|or) |, ", re.IGNORECASE)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_LONGEST_NOUN, _LONGEST_NAME = 8, 3
_CONTEXT = 3
"""Maximum inherited names."""

_ANY_DAY = dt.date(2000, 1, 1)
_SHARED = 0.3
"""Minimum share of a nameless question's words in the cited articles if it is about them."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question that can be read alone, what it asks about the previous answer, and the articles that this cited."""

    standalone: str
    recall: Recall | None = None
    near: tuple[str, ...] = ()


def completed(question: str, talk: Conversation, known: EntityIndex) -> FollowUp:
    """Completes the question from the conversation; returns it unchanged if nothing is missing."""
    said = normalise.without_chat(question)[0] if talk.questions else ""
    if not said:
        return FollowUp(question)
    rest, opened = normalise.without_courtesies(said), normalise.without_opening(said)
    compared = matched(rest, "follow_up", "compared")
    if compared and (beside := _side_by_side(compared, talk)):
        return beside
    whole = _compared(compared, talk, known) if compared else _besides(rest, talk) or _else(rest, talk, known)
    if not whole and (recall := _recall(rest, talk)):
        return FollowUp(talk.last.standalone, recall, talk.near)
    if whole := whole or _same_of_another(rest, talk, known):
        return FollowUp(_sentence(whole), near=talk.near)
    if opened.rstrip("?").endswith(")"):
        return FollowUp(question)  # its context is in brackets
    whole = _filled(opened, talk, known)
    is_definite = not name_offsets(whole) and points_at_a_noun(whole, {"the"})
    leans = whole != said or is_definite or _is_near(whole, talk)
    whole = _with_topic(whole, talk, known) if opened != said else whole
    reading = intents.interpret(normalise.without_courtesies(whole), known)
    own = [tokens.stem(word) for word in tokens.content_words(intents.without_question_words(opened))]
    points = bool(_POINTS.search(whole)) and not any(_means_nothing(word, whole) for word in ("it", "there"))
    points = points or points_at_a_noun(whole)
    is_leaning = opened != said or _are_told(own, talk) or not nouns_of(opened)
    is_bare = whole == opened and not name_offsets(whole) and is_leaning
    is_alone = bool(name_offsets(whole) or talk.last.topic) and has_verb(opened)
    is_unnamed = whole != opened and not is_alone
    is_open = points or is_bare or is_unnamed
    if reading is not None:  # "Who complained about the loan?" leaves open which; others ask for what is on record
        is_of_that = reading.intent == "statement" and _POINTS.fullmatch(reading.topic or "") is not None
        is_open = is_of_that or (reading.intent == "who_said" and is_unnamed and not name_offsets(whole))
    if is_open:
        whole, leans = _in_brackets(whole, talk, known), True
    return FollowUp(question if whole in {said, opened} else _sentence(whole), near=talk.near if leans else ())


def _are_told(stems: list[str], talk: Conversation) -> bool:
    return bool(talk.told) and sum(stem in talk.told for stem in stems) >= _SHARED * len(stems)


def _is_near(question: str, talk: Conversation) -> bool:
    """Returns whether the cited articles contain every name of a question."""
    named = [word for start, end in name_offsets(question) for word in tokens.words(question[start:end])]
    return bool(named) and all(tokens.stem(word) in talk.told for word in named)


def _about(query: Query) -> str:
    return f" about {query.topic}" if query.topic else ""


def _thing(talk: Conversation, known: EntityIndex) -> str | None:
    """Returns the subject of the latest question with one: the place that answers it, else what it asks about."""
    keys = [key for key in talk.keys if not is_person(key, known) and talk.last.asks == "where"]
    return next(filter(None, [*keys, *(thing_asked_about(query, known) for query in talk.questions)]), None)


def _filled(question: str, talk: Conversation, known: EntityIndex) -> str:
    """Replaces the question's pronouns by their referents; a question with context in brackets is complete."""
    if len(talk.near) == 1:
        question = _THAT_ARTICLE.sub(lambda _: f"the article {talk.near[0]}", question, count=1)
    question = _with_people(question, talk, known)
    if (match := _THEY.search(question)) and not name_offsets(question[: match.start()]):
        question = _put(question, match, several_asked_about(talk.last, known), owns=match["word"].lower() == "their")
    match = (_IT_OR_THAT if talk.last.topic else _IT).search(question)
    if match is None or _means_nothing("it", question):
        return question
    before = (noun for noun in nouns_of(question) if noun.end <= match.start() and not noun.is_plural)
    if _IT.fullmatch(match.group()) and not all(is_of_a_person(noun, known) for noun in before):
        return question  # "it" means that noun
    acted_on, contrasted = is_acted_on(question, match.start()), "else" in tokens.words(question.lower())
    thing = only_thing(talk.last, known, is_acted_on=acted_on, is_contrasted=contrasted)
    return _put(question, match, thing, owns=match["word"].lower() == "its")


def _means_nothing(word: str, text: str) -> bool:
    """Returns whether "it" or "there" refers to nothing, as in "is it true"."""
    expletive = phrasings("follow_up", f"expletive_{word}")
    return any(re.search(rf"\b(?:{pattern.pattern})", text, re.IGNORECASE) for pattern in expletive)


def _put(question: str, match: re.Match[str], meant: str | None, *, owns: bool) -> str:
    """Replaces the pronoun with `meant`, if it means anything."""
    if meant is None:
        return question
    ending = ("’" if meant.endswith("s") else "’s") if owns else ""
    return f"{question[: match.start()]}{meant}{ending}{question[match.end() :]}"


def _with_people(question: str, talk: Conversation, known: EntityIndex) -> str:
    """Resolves he, she, him, his, her; not if the question itself names a possible referent."""
    for match in reversed(list(_PERSON.finditer(question))):
        word, start = match["word"].lower(), question[: match.start()]
        pronoun = _GENDERS[word]
        before = [start[first:last] for first, last in name_offsets(start)]
        behind = next(iter(tokens.words(question[match.end() :])), "the").lower()
        owns = word == "his" or (word == "her" and behind not in tokens.FUNCTION_WORDS)
        is_told = any(_GENDERS[mention["word"].lower()] == pronoun for mention in _PERSON.finditer(start))
        is_subject = word in _GENDERS.values()
        is_named = any(may_mean(name, pronoun, known) for name in before)
        meant = None if is_named else meant_by(talk, pronoun, known, is_subject=is_subject)
        if meant and meant not in before and not is_told:
            question = _put(question, match, meant, owns=owns)
    return question


def _in_brackets(question: str, talk: Conversation, known: EntityIndex) -> str:
    """Adds the names of the last questions in brackets, things before people; else the thing that they ask about."""
    names = [name for query in talk.questions[:2] for name in names_of(query)]
    names = [name for name in dict.fromkeys(names) if name not in question]
    told = ", ".join(sorted(names, key=lambda name: is_person(name, known))[:_CONTEXT])
    told = told or _thing(talk, known) or ""
    return f"{normalise.without_mark(question)} ({told})?" if told and told not in question else question


def _recall(rest: str, talk: Conversation) -> Recall | None:
    """Returns what is asked about the previous answer; None if it cited nothing, or the words ask something else."""
    if match := matched(rest, "recall", "in_full"):
        return Recall("in_full", _places(group(match, "nth") or "first", talk))
    wants = next((name for name in ("shorter", "quote", "source", "more") if matched(rest, "recall", name)), None)
    told = tuple(cited.place for cited in talk.cited if cited.item or wants == "more")
    return Recall(wants, told) if wants else None  # type: ignore[arg-type] # the names above are those of Recall


def _places(nth: str, talk: Conversation) -> tuple[Place, ...]:
    """Returns the places of an item of the answer, "second" or "2nd"; "[2]" is the number of a citation."""
    if nth.startswith("["):
        return tuple(cited.place for cited in talk.cited[int(nth.strip("[]")) - 1 :][:1])
    last = max((cited.item for cited in talk.cited), default=0)
    number = last if nth.lower() == "last" else int(re.sub(r"\D", "", nth) or _ORDINALS.index(nth.lower()) + 1)
    return tuple(cited.place for cited in talk.cited if cited.item == number)


def _besides(rest: str, talk: Conversation) -> str | None:
    """Returns the previous question with "why", "since when", "where"."""
    match = matched(rest, "follow_up", "besides")
    if match is None:
        return None
    word, plain = match["wh"].lower(), normalise.without_courtesies(talk.last.standalone)
    if inverted := matched(plain, "follow_up", "inverted"):
        return f"{word} {inverted['rest']}?"
    if matched(plain, "follow_up", "yes_no") and word not in {"who", "how many", "how much", "why not"}:
        return f"{word} {plain[:1].lower()}{plain[1:]}?"
    return f"{intents.besides(normalise.without_mark(talk.last.standalone))[0]}, and {word}?"


def _else(rest: str, talk: Conversation, known: EntityIndex) -> str | None:
    """Returns who else spoke, or what else was said, on the topic of the previous question."""
    match = matched(rest, "follow_up", "else")
    if match is None:
        return None
    asks = "Who" if group(match, "who") else "What"
    topic = talk.last.topic or _thing(talk, known)
    if same := re.match(f"{asks} (?:else )?(.+)", normalise.without_courtesies(talk.last.standalone), re.IGNORECASE):
        return f"{asks} else {same[1]}?"
    if asks == "What" and (asked := asked_of(talk.last)):
        return f"What else did {asked[0]} say{_about(talk.last)}?"
    if topic:
        return f"Who else spoke about {topic}?" if asks == "Who" else f"Tell me more about {topic}."
    return "Who else is quoted in the articles?"


def _compared(match: re.Match[str], talk: Conversation, known: EntityIndex) -> str | None:
    """Compares those whom the last questions asked about, or whom the last answer quotes: "do they agree?"."""
    several = list(dict.fromkeys(name for query in reversed(talk.questions[:2]) for name in asked_of(query)))
    who = group(match, "who")
    if who and who.lower() not in {"they", "the two", "both"}:
        several = [*asked_of(talk.last)[:1], who] if may_speak(who, known=known, openly=True) else []
    elif len(several) < 2:  # noqa: PLR2004 - two are compared
        quoted = dict.fromkeys(cited.speaker for cited in talk.cited if cited.speaker)
        several = [*several, *(name for name in quoted if not any(map(name.endswith, several)))][:2]
    if len(set(several)) < 2:  # noqa: PLR2004 - two are compared
        return None
    topics = (query.topic for query in talk.questions if query.topic)
    topic = next(topics, None) if _POINTS.search(talk.last.standalone) else talk.last.topic
    if talk.last.link and talk.last.link.by == "nation":
        return f"Compare what {' and '.join(several)} said{f' about {topic}' if topic else ''}."
    return f"Compare {' and '.join(several)}{f' on {topic}' if topic else ''}."


def _side_by_side(match: re.Match[str], talk: Conversation) -> FollowUp | None:
    """Compares the subjects of the last two questions, if they differ by a name and are not about speech."""
    if group(match, "who") or len(talk.questions) < 2:  # noqa: PLR2004 - two are compared
        return None
    last, before = talk.questions[:2]
    new = [name for name in names_of(last) if name not in names_of(before)]
    old = [name for name in names_of(before) if name not in names_of(last)]
    if asked_of(last) or asked_of(before) or len(new) != 1 or len(old) != 1:
        return None
    places = tuple(dict.fromkeys(cited.place for cited in (*talk.earlier, *talk.cited)))
    recall = Recall("beside", places, (old[0], new[0]))
    whole = last.standalone.replace(new[0], f"{old[0]} and {new[0]}", 1)
    return FollowUp(whole, recall, tuple(dict.fromkeys(place.source for place in places)))


def _same_of_another(rest: str, talk: Conversation, known: EntityIndex) -> str | None:
    """Repeats the previous question for another person, topic, place or time; None if the words are a question."""
    same = "|".join(pattern.pattern for pattern in phrasings("follow_up", "same_for"))
    noun = re.sub(f"^(?:{same})", "", rest, flags=re.IGNORECASE).strip(" ,")
    is_clause = any(pattern.match(noun) for pattern in phrasings("follow_up", "no_noun"))
    if not noun or is_clause or len(noun.split()) > _LONGEST_NOUN:
        return None
    topic = match["topic"] if (match := _ABOUT.match(noun)) else None
    if noun == rest and not topic and intents.interpret(rest, known) is not None:
        return None
    found = _of_another_kind(noun, talk.last.standalone) or _at_another_time(noun, talk.last.standalone)
    if found is None and topic:
        found = _on_another_topic(topic, talk, known)
    elif found is None:
        found = _in_another_place(noun, talk, known) or _of_another(noun, talk, known)
    return found or (f"What do the articles say about {topic or noun}?" if topic or noun != rest else None)


def _of_another_kind(noun: str, question: str) -> str | None:
    """Repeats the question for "the older one": its first noun with that adjective for its own, or before it."""
    kind = _ONE.fullmatch(noun)
    asked = next(
        (one for one in nouns_of(question) if kind and not one.is_name and one.head == one.text.split()[-1]), None
    )
    if kind is None or asked is None:
        return None
    own = re.sub("^(?:the|an?) ", "", asked.text)
    rest = own.partition(" ")[2] or own
    return f"{question[: asked.start]}the {kind['kind']} {rest}{question[asked.end :]}"


def _of_another(noun: str, talk: Conversation, known: EntityIndex) -> str | None:
    """Repeats the question for other people if the words name some, else on another topic."""
    named = [_called(name, known) for name in _AND.split(noun)]
    if not all(named):
        is_name = all(part.isalpha() and tokens.is_name(part) and not tokens.is_acronym(part) for part in noun.split())
        is_other = is_body(tuple(noun.split())) or any(map(nation_of, noun.split())) or tokens.has_other_names(noun)
        if not talk.last.speaker or not is_name or is_other or len(noun.split()) > _LONGEST_NAME:
            return _on_another_topic(noun, talk, known)
        named = [noun]  # somebody whom no article credits
    return _of_another_person(" and ".join(map(str, named)), talk, known)


def _called(name: str, known: EntityIndex) -> str | None:
    """Returns the full name of somebody on record; a body or a misspelt name is kept as in the question."""
    person = name_on_record(name, known)
    if person is None:
        return name if resembled(name, known) else None
    return name if is_body(tuple(person.split())) else person


def _of_another_person(name: str, talk: Conversation, known: EntityIndex) -> str | None:
    """Returns the question with another speaker, or with another person in it."""
    last = talk.last
    if last.intent in {"summary", "timeline"} or (last.intent in {"count", "list"} and not last.speaker):
        return _on_another_topic(name, talk, known)
    if last.intent == "fact":
        swapped = _with_another_name(name, last.standalone, known)
        is_of_people = any(is_person(alone(named), known) for named in names_of(last))
        if swapped and (is_of_people or not is_person(name, known)):
            return swapped
        thing = _thing(talk, known)
        return f"What did {name} say{f' about {thing}' if thing else ''}?"
    if last.speaker is None or last.intent == "compare":
        return f"What did {name} say{_about(last)}?"
    return last.standalone.replace(asked_of(last)[0], name, 1)


def _on_another_topic(topic: str, talk: Conversation, known: EntityIndex) -> str | None:
    """Returns the question with another topic instead of its own, or with one added."""
    last, whole = talk.last, talk.last.standalone
    if last.topic and last.topic in whole:
        before, _, behind = whole.rpartition(last.topic)
        return f"{before}{topic}{behind}"
    if last.intent == "fact":
        is_definite = tokens.is_name(topic) or re.match("(?:the|an?) ", topic, re.IGNORECASE)
        swapped = _with_another_name(topic, whole, known) if is_definite else None
        return swapped or _in_brackets(f"what about {topic}", talk, known)
    if last.intent == "compare":
        return None if last.topic else f"{normalise.without_mark(whole)} on {topic}?"
    asked = asked_of(last)
    return f"What did {asked[0]} say about {topic}?" if asked else f"Who spoke about {topic}?"


def _with_another_name(name: str, whole: str, known: EntityIndex) -> str | None:
    """Replaces the most similar name in a question of fact, or its noun by another noun."""
    bare_name = re.sub("^(?:the|a|an) ", "", name, flags=re.IGNORECASE)
    is_name = tokens.is_name(bare_name)
    found = [(start, end) for start, end in name_offsets(whole) if whole[start:end].lower() not in name.lower()]
    found = found if is_name else [(noun.start, noun.end) for noun in nouns_of(whole) if not noun.is_name][:1]
    if not found:
        return None
    alike = _AND.split(bare_name)[0]
    start, end = max(found, key=lambda place: (_likeness(whole[place[0] : place[1]], alike, known), place))
    if is_name and whole[max(0, start - 4) : start].lower() == "the ":
        start -= 4
        name = name if name != bare_name or not tokens.is_acronym(name) else f"the {name}"
    return f"{whole[:start]}{name}{whole[end:]}"


def _likeness(name: str, other: str, known: EntityIndex) -> int:
    """Scores how similar in kind two names are: people, acronyms, peoples in the plural."""
    kinds = [
        (is_person(written, known), tokens.is_acronym(written), written.endswith("s")) for written in (name, other)
    ]
    return sum(3 * (first and second) + (first == second) for first, second in zip(*kinds, strict=True))


def _in_another_place(noun: str, talk: Conversation, known: EntityIndex) -> str | None:
    """Repeats the question for another article, outlet or place: "and in the Orda article?", "in Georgia?"."""
    looked, whole = looked_in(f"What is said {noun}?", known), normalise.without_mark(talk.last.standalone)
    if looked.source or looked.outlet:
        return f"{normalise.without_mark(looked_in(talk.last.standalone, known).rest)} {noun}?"
    match = _IN_PLACE.match(noun)
    if match is None:
        return None
    placed = list(_PLACED.finditer(whole)) if match["preposition"].lower() in {"in", "at", "from", "near"} else []
    return f"{whole[: placed[-1].start()]}{noun}{whole[placed[-1].end() :]}?" if placed else f"{whole} {noun}?"


def _at_another_time(noun: str, question: str) -> str | None:
    """Repeats the question for another time, replaced or appended; None if the words are no date."""
    found = next(filter(None, (dates_in(written, _ANY_DAY) for written in (noun, f"in {noun}"))), [])
    whole, dated = normalise.without_mark(question), found[0] if len(found) == 1 else None
    if dated is None or len(dated.words.split()) < len(noun.split()) - 1:
        return None
    own = dates_in(whole, _ANY_DAY)
    return f"{whole[: own[-1].start]}{dated.written}{whole[own[-1].end :]}?" if own else f"{whole} {dated.written}?"


def _with_topic(question: str, talk: Conversation, known: EntityIndex) -> str:
    """Adds the topic to "And what did Peskov say?"; without its "And" that would ask for all he said."""
    reading = intents.interpret(normalise.without_courtesies(question), known)
    is_bare = reading and reading.intent == "statement" and not reading.topic and " " not in reading.about
    if not is_bare or not talk.last.topic or talk.last.intent in {"summary", "overview"}:
        return question
    return f"{normalise.without_mark(question)} about {talk.last.topic}?"


def _sentence(text: str) -> str:
    """Returns the text with a capital at its beginning and a mark at its end."""
    is_imperative = re.match(r"(?:summari[sz]e|sum up|show|list|compare|tell|give|open|read)\b", text, re.IGNORECASE)
    ended = text if text.rstrip("\"”’'")[-1:] in {"?", "!", ".", ":"} else f"{text}{'.' if is_imperative else '?'}"
    return f"{ended[:1].upper()}{ended[1:]}"
