"""Determines what kind of answer a question wants: speech, counts, comparisons, overviews, facts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rag.answering.understanding import entity_linking
from rag.answering.understanding.entity_index import EntityIndex
from rag.answering.understanding.normalise import group, matched, open_verbs, phrasing_pattern, phrasings, piece
from rag.core import AnswerType, Counted, Intent

_IN_EVENTS = re.compile(r"^(?:in|at|during|with|over|inside|around) ", re.IGNORECASE)
_WEEKDAY = re.compile("(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day", re.IGNORECASE)
_MARKED = re.compile(r"[“\"„«‘]")
_ANSWERS = re.compile("(?:(?:react|respond|repl)\\w* to|mention\\w*) (?!that )", re.IGNORECASE)
_PLAIN_VERBS = re.compile(
    "(?:say|said|saying|think|thought|tell|told|state|stating|add|note|noting|comment|remark|mention|report|write|wrote"
    "|ask|have|had|tweet|make|see|view)",
    re.IGNORECASE,
)
"""Beginnings of the verbs that do not tell how something was said."""

_OWN_VIEWS = re.compile(
    "(?:view|opinion|position|statement|comment|remark|quote|quotation)s?|stance|thoughts|take|attitude|words",
    re.IGNORECASE,
)
"""Nouns for what only a speaker can have."""

_QUESTION_WORDS: dict[str, AnswerType] = {
    "when": "when", "since when": "when", "on what occasion": "when", "where": "where", "in which": "where",
    "why": "why", "why not": "why", "how come": "why", "how long": "how_long", "how many": "how_many",
    "who": "who", "by whom": "who", "with whom": "who",
}  # fmt: skip
_OPENINGS: tuple[tuple[tuple[str, ...], str, AnswerType | None], ...] = (
    (("asked",), "{what} ", None),
    (("told",), "(what|how|whatever|the things|{everything}) ", "what"),
    (("more", "seen", "nouns"), "", "what"),
    (("asked",), "", "yes_no"),
    (("told",), "(if|whether|is it (true|correct|right) that|true or false:?) ", "yes_no"),
    (("whether",), "", "yes_no"),
    (("asked",), "{when} ", None),
)
"""Groups of phrasings of statements, the verb that each replaces, and the answer type it asks for."""

_OVERVIEWS: tuple[AnswerType, ...] = ("who", "when", "what")
_KINDS: dict[Literal["count", "list"], tuple[Counted, ...]] = {
    "count": ("articles", "statements", "speakers"),
    "list": ("articles", "speakers", "statements"),
}
_AND = re.compile(
    r",? (?:and|with|to|against|vs\.?|versus|from|or)(?: (?:with|to|of|by|from|that of))? |, | & ", re.IGNORECASE
)
_EVERY = re.compile(r"\b(?:list|all|every|each|everything|collect|enumerate)\b", re.IGNORECASE)
_LONGEST = 300
"""Characters. Questions about speech are short; patterns with several gaps are slow on long texts."""

_ASKED: tuple[AnswerType, ...] = ("yes_no", "how_long", "when", "how_many", "where", "why", "who", "what")
"""The order in which answer types are looked for."""

_INTERROGATIVE = re.compile(r"\b(?:what|which|who|whom|whose|when|where|why|how)\b|\?$|:$", re.IGNORECASE)
_BESIDES = re.compile(
    r",? and (?P<wh>why not|why|when|where|since when|how long|how many|how|who|by whom|with whom)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Interpretation:
    """The parts of a question. `speaker`, `others` and `topic` are words of the question, not resolved to anybody.

    `about` are the words on its subject, `topic` those of them that are a noun ("the EU"). `of_article` is that of
    `Query`.
    """

    intent: Intent
    about: str = ""
    speaker: str | None = None
    others: tuple[str, ...] = ()
    topic: str | None = None
    counted: Counted | None = None
    asks: AnswerType | None = None
    of_article: bool = False


def interpret(question: str, known: EntityIndex) -> Interpretation | None:
    """Interprets a plain question about speech, the record or an event; None for a question of fact."""
    if len(question) > _LONGEST:
        return None
    return (
        _about_all_articles(question)
        or _who_said(question)
        or _counting(question, known)
        or _comparison(question, known)
        or _statement(question, known)
        or event(question)
    )


def asks_of(question: str) -> AnswerType:
    """Returns the answer type of a question of fact; "what" if its words do not say."""
    text = question.strip(" ?!.:")
    found = (kind for kind in _ASKED if any(pattern.search(text) for pattern in phrasings("fact", kind)))
    return next(found, "what")


def without_question_words(question: str) -> str:
    """Returns a question without its question words: its subject."""
    for pattern in phrasings("fact", "question_words"):
        question = pattern.sub("", question)
    return question


def besides(question: str) -> tuple[str, AnswerType | None]:
    """Splits off a second question at the end, ", and why", and returns its answer type."""
    match = _BESIDES.search(question)
    if match is None or not match.start():
        return question, None
    return question[: match.start()], _QUESTION_WORDS.get(match["wh"].lower(), "what")


def asked_sentence(sentences: list[str]) -> int:
    """Returns which sentence asks: the last with a question word or mark, else the last."""
    asking = [place for place, sentence in enumerate(sentences) if _INTERROGATIVE.search(sentence)]
    marked = [place for place in asking if sentences[place].rstrip("\"”’'").endswith(("?", ":"))]
    return (marked or asking or [len(sentences) - 1])[-1]


def event(question: str) -> Interpretation | None:
    """Interprets a question for a timeline or a summary; None for any other."""
    return _first("timeline", question) or _first("summary", question)


def _about_all_articles(question: str) -> Interpretation | None:
    """Interprets a question about all articles: their subjects, who speaks most, what is new."""
    asks = next((asks for asks in _OVERVIEWS if matched(question, "overview", asks)), None)
    return Interpretation("overview", asks=asks) if asks else _first("summary", question, "latest")


def _first(intent: Intent, question: str, name: str = "patterns") -> Interpretation | None:
    match = matched(question, intent, name)
    if match is None:
        return None
    whole = _bare_topic(_IN_EVENTS.sub("", (group(match, "topic") or "").strip()))
    topic = piece("article_about").sub("", whole, count=1) if intent == "summary" else whole
    about = "" if piece("only_the_article").fullmatch(topic) else topic
    asks: AnswerType = "when" if intent == "timeline" or name == "latest" else "what"
    return Interpretation(intent, about, topic=about or None, asks=asks, of_article=topic != whole)


def _bare_topic(words: str | None) -> str:
    """Returns a topic without introductory words, or words that only mean "in the articles"."""
    text = re.sub(f"^{phrasing_pattern('lead_to_topic')}", "", (words or "").strip(" ,:-"), flags=re.IGNORECASE)
    while (shorter := piece("in_the_articles").sub("", text)) != text:
        text = shorter
    return text.strip(" ,")


def _leads_in(words: str) -> bool:
    """Returns whether the topic follows a preposition: "about the EU", not "that the EU is late"."""
    about = phrasing_pattern("about").replace("|to|", "|")
    lead = f"(?:(?:anything|something|everything|a lot|much|that|so|this|it) )?{about} "
    return re.match(lead, words.strip(), re.IGNORECASE) is not None


def _who_said(question: str) -> Interpretation | None:
    """Interprets a question who said something."""
    matches = (pattern.fullmatch(question) for pattern in phrasings("who_said"))
    match = next((match for match in matches if match and not _is_no_speech(match)), None)
    if match is None:
        return None
    words = match["topic"] or ""
    is_noun = bool(group(match, "lead")) or (_leads_in(words) and not _MARKED.search(words))
    topic = _bare_topic(words)
    return Interpretation("who_said", _with_verb(match, topic), topic=(topic or None) if is_noun else None, asks="who")


def _is_no_speech(match: re.Match[str]) -> bool:
    verb = group(match, "verb") or ""
    is_marked = bool(_MARKED.search(match["topic"] or "")) and not verb.startswith(("wr", "ca"))
    return bool(verb and not is_marked and piece("no_speech").match(f"{verb} {match['topic']}"))


def _statement(question: str, known: EntityIndex) -> Interpretation | None:
    """Interprets a question what somebody said."""
    for pattern, asks in _statements():
        match = pattern.fullmatch(question)
        if match and _speaks(match, known) and not _asks_for_a_day(match):
            return _reading(match, asks or _asks_of(match))
    for pattern in phrasings("statement", "passives"):
        match = pattern.fullmatch(question)
        verb = (group(match, "verb") or "") if match else ""
        if (
            match
            and (not verb or re.fullmatch(phrasing_pattern("past"), verb, re.IGNORECASE))
            and _speaks(match, known)
        ):
            return _reading(match, "yes_no" if group(match, "whether") else "what")
    for name in ("on", "according"):
        match = matched(question, "statement", name)
        if match and entity_linking.may_speak(match["speaker"], known=known, openly=False):
            if name == "on":
                return _reading(match, "what")
            about = without_question_words(_bare_topic(match["topic"]))
            return Interpretation("statement", about, match["speaker"].strip(" ,"), asks=asks_of(match["topic"]))
    return None


def _statements() -> Iterator[tuple[re.Pattern[str], AnswerType | None]]:
    """Yields the phrasings in their order, with their answer types; None if the question word decides."""
    for names, opening, asks in _OPENINGS:
        for name in names:
            yield from ((pattern, asks) for pattern in phrasings("statement", name, opening))


def _speaks(match: re.Match[str], known: EntityIndex) -> bool:
    """Returns whether the speaker's words can name one, given how openly the question is about speech."""
    verb, noun = ((group(match, name) or "").lower() for name in ("verb", "noun"))
    if piece("phrasal").match(f"{verb} {group(match, 'topic') or ''}"):
        return False
    said = verb in open_verbs() or verb.startswith(("have ", "had ")) or group(match, "past") is not None
    talked = not verb and not noun and group(match, "lead") in {"about", "of"}
    openly = said or talked or bool(_OWN_VIEWS.fullmatch(noun))
    return entity_linking.may_speak(match["speaker"].strip(), known=known, openly=openly)


def _asks_for_a_day(match: re.Match[str]) -> bool:
    """Returns whether "when" asks for the day of an event: of a denial or a warning, not of plain words."""
    return _asks_of(match) in {"when", "how_long"} and not _PLAIN_VERBS.match(group(match, "verb") or "")


def _asks_of(match: re.Match[str]) -> AnswerType:
    """Returns the question word's answer type; "how" asks what was said."""
    asked = (group(match, "wh") or "").lower()
    return next((asks for word, asks in _QUESTION_WORDS.items() if asked.startswith(word)), "what")


def _reading(match: re.Match[str], asks: AnswerType) -> Interpretation:
    words = group(match, "topic") or ""
    topic = _bare_topic(words)
    leads = bool(group(match, "lead")) or _leads_in(words) or bool(_ANSWERS.match(f"{group(match, 'verb')} {words}"))
    is_noun = bool(topic) and (leads or "noun" in match.groupdict()) and not _WEEKDAY.fullmatch(topic)
    speaker = match["speaker"].strip(" ,").removeprefix("not ")  # "Why did not Lund want it?"
    return Interpretation("statement", _with_verb(match, topic), speaker, topic=topic if is_noun else None, asks=asks)


def _with_verb(match: re.Match[str], topic: str) -> str:
    """Adds the verb of saying before the topic if it tells how: "accuse", "deny"; not "say"."""
    verb = group(match, "verb") or ""
    return topic if _PLAIN_VERBS.match(verb) else f"{verb} {topic}".strip()


def _comparison(question: str, known: EntityIndex) -> Interpretation | None:
    """Interprets a question that compares speakers, at least one of them on record."""
    own = re.compile(f"(?:[’']s?)?(?: {phrasing_pattern('views')})?$", re.IGNORECASE)
    for name in ("two_views", "pairs", "both_said"):
        for match in filter(None, (pattern.fullmatch(question) for pattern in phrasings("compare", name))):
            joined = (group(match, "pair") or "").removeprefix("both ").strip(" ,")
            if joined and entity_linking.may_speak(joined, known=known, openly=False):
                continue  # one body that bears an "and" in its name
            parts = _AND.split(joined) if joined else [match["first"], match["second"]]
            names = [own.sub("", part).strip(" ,") for part in parts]
            openly = bool(joined) and group(match, "verb") is not None
            if found := _of(names, group(match, "topic"), known, openly=openly):
                return found
    return None


def _of(names: list[str], topic: str | None, known: EntityIndex, *, openly: bool) -> Interpretation | None:
    """Returns a comparison of these speakers; None unless at least two may speak and one is on record.

    Countries are compared as speakers only if the question is `openly` about what they said.
    """
    every = [name for name in names if name]
    if len(every) < 2 or not all(entity_linking.may_speak(name, known=known, openly=True) for name in every):  # noqa: PLR2004
        return None
    if not any(entity_linking.may_speak(name, known=known, openly=openly) for name in every):
        return None
    about = _bare_topic(topic)
    return Interpretation("compare", about, every[0], tuple(every[1:]), topic=about or None)


def _counting(question: str, known: EntityIndex) -> Interpretation | None:
    """Interprets a question that counts or lists what is on record."""
    if piece("other_articles").search(question):
        return None
    readings = (
        _count_reading(match, intent, counted, question, known)
        for intent, kinds in _KINDS.items()
        for counted in kinds
        for match in filter(None, (pattern.fullmatch(question) for pattern in phrasings(intent, counted)))
    )
    return next(filter(None, readings), None)


def _count_reading(
    match: re.Match[str], intent: Literal["count", "list"], counted: Counted, question: str, known: EntityIndex
) -> Interpretation | None:
    speaker = (group(match, "speaker") or "").strip(" ,") or None
    openly = counted == "articles" or not (speaker or "").islower()
    if speaker and not entity_linking.may_speak(speaker, known=known, openly=openly):
        return None
    if intent == "list" and counted == "statements" and speaker and not _EVERY.search(question):
        return None  # "show me Lund's remarks" asks what she said
    topic = _bare_topic(group(match, "topic"))
    asks: AnswerType = "how_many" if intent == "count" else "who" if counted == "speakers" else "what"
    return Interpretation(intent, topic, speaker, topic=topic or None, counted=counted, asks=asks)
