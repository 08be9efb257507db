"""Reads what kind of answer a question wants: speech, counts, comparisons, overviews, facts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal, Protocol

from rag.answering.understanding import entity_linking
from rag.answering.understanding.answer_type import asks_of, without_question_words
from rag.answering.understanding.entity_index import EntityIndex
from rag.answering.understanding.phrasings import matched, open_verbs, phrasing_pattern, phrasings
from rag.core import AnswerType, Counted, Intent

_MEDIA = "twitter|facebook|instagram|telegram|tiktok|youtube|television|tv|the radio|social media|truth social"
_VAGUE = "that|anything|something|everything|a lot|much|so"
_IN_THE_ARTICLES = re.compile(
    r"(?:^|[ ,]+)(?:so far|in (?:public|total|all)|at all|altogether"
    r"|(?:according to|in|from|across|within|by|of) (?:all |any )?(?:of )?"
    r"(?:the|these|those|your|my|our|this) (?:\w+ )?"
    r"(?:articles?|files|library|documents|texts|sources|corpus|archive|news|reports|reporting|press|media))$",
    re.IGNORECASE,
)
ONLY_THE_ARTICLE = re.compile(
    r"(?:(?:the|this|that|these|those|all) )*(?:\w+ )?(?:articles?|reports?|story|text|file|document|piece|news)"
    "|everything|all",
    re.IGNORECASE,
)
"""Words that point at an article and name no topic."""


@dataclass(frozen=True, slots=True)
class Interpretation:
    """A question taken apart. `speaker`, `others` and `topic` are words of the question, nobody looked up.

    `about` are the words that say what it is about, `topic` those of them that are a noun ("the EU").
    `of_article` is that of `Query`.
    """

    intent: Intent
    about: str = ""
    speaker: str | None = None
    others: tuple[str, ...] = ()
    topic: str | None = None
    counted: Counted | None = None
    asks: AnswerType | None = None
    of_article: bool = False


def bare_topic(words: str | None) -> str:
    """A topic without the words that lead in to it, or that only say "in the articles"."""
    text = _lead().sub("", (words or "").strip(" ,:-"))
    while (shorter := _IN_THE_ARTICLES.sub("", text)) != text:
        text = shorter
    return text.strip(" ,")


@cache
def _lead() -> re.Pattern[str]:
    return re.compile(rf"^(?:(?:on (?:{_MEDIA})|{_VAGUE}|{phrasing_pattern('about')}) )+", re.IGNORECASE)


def group(match: re.Match[str], name: str) -> str | None:
    """What a named group matched; None where the pattern has no such group."""
    return match.groupdict().get(name)


_ARTICLE_ABOUT = re.compile(
    r"(?:the|that|this|an?) (?:\w+ )?(?:article|report|story|piece|text) "
    "(?:about|on|regarding|concerning|in which|where|(?:that|which) (?:says|tells|reports|deals with)) ",
    re.IGNORECASE,
)
_IN_EVENTS = re.compile(r"^(?:in|at|during|with|over|inside|around) ", re.IGNORECASE)


_OVERVIEWS: tuple[AnswerType, ...] = ("who", "when", "what")


def about_all_articles(question: str) -> Interpretation | None:
    """The reading of a question about all articles: what they are about, who speaks most, what is new."""
    asks = next((asks for asks in _OVERVIEWS if matched(question, "overview", asks)), None)
    return Interpretation("overview", asks=asks) if asks else _first("summary", question, "latest")


def event(question: str) -> Interpretation | None:
    """The reading of a question for a timeline or a summary; None for any other."""
    return _first("timeline", question) or _first("summary", question)


def _first(intent: Intent, question: str, name: str = "patterns") -> Interpretation | None:
    for pattern in phrasings(intent, name):
        if match := pattern.fullmatch(question):
            whole = bare_topic(_IN_EVENTS.sub("", (group(match, "topic") or "").strip()))
            topic = _ARTICLE_ABOUT.sub("", whole, count=1) if intent == "summary" else whole
            about = "" if ONLY_THE_ARTICLE.fullmatch(topic) else topic
            asks: AnswerType = "when" if intent == "timeline" or name == "latest" else "what"
            return Interpretation(intent, about, topic=about or None, asks=asks, of_article=topic != whole)
    return None


class MaySpeak(Protocol):
    """Whether words can name a speaker; `openly` says that the question is of speech and nothing else."""

    def __call__(self, name: str, *, openly: bool) -> bool:
        """Whether they can."""


_NOT_SPEECH = re.compile(
    r"(?:wrote|writes|written) |(?:called|calls) (?:(?:an?|the) (?!.+ an? )|in |off |up |on (?!the )|upon)"
    r"|(?:told|tells|asked|asks) (?:him|her|them)$|noted (?:for|as)|added (?:to|an? )|(?:blamed|stated)$"
    r"|claimed (?:the |an? )?(?:title|victory|gold|silver|prize|responsibility|medal|win)",
    re.IGNORECASE,
)
_WEEKDAY = re.compile("(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day", re.IGNORECASE)
_ITEMS = re.compile(r"[“\"„«‘]")
_ANSWERS = re.compile("(?:(?:react|respond|repl)\\w* to|mention\\w*) (?!that )", re.IGNORECASE)
_QUESTION_WORDS: dict[str, AnswerType] = {
    "when": "when", "since when": "when", "on what occasion": "when", "where": "where", "in which": "where",
    "why": "why", "how come": "why", "how long": "how_long", "who": "who",
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
"""Groups of phrasings of statements, what each of them stands behind, and what that asks for."""

_PLAIN_VERBS = re.compile(
    "(?:say|said|saying|think|thought|tell|told|state|stating|add|note|noting|comment|remark|mention|report|write|wrote"
    "|ask|have|had|tweet|make|see|view)",
    re.IGNORECASE,
)
"""Beginnings of the verbs that say nothing of how something was said."""

_OWN_VIEWS = re.compile(
    "(?:view|opinion|position|statement|comment|remark|quote|quotation)s?|stance|thoughts|take|attitude|words",
    re.IGNORECASE,
)
"""What only somebody who speaks can have."""


def who_said(question: str) -> Interpretation | None:
    """The reading of a question that asks who said something; None for any other."""
    for pattern in phrasings("who_said"):
        match = pattern.fullmatch(question)
        if match is None or _is_no_speech(match):
            continue
        lead = group(match, "lead") or ""
        words = match["topic"] or ""
        is_noun = bool(lead) or (_leads_in(words) and not _ITEMS.search(words))
        topic = bare_topic(words)
        about = f"{_telling(match)} {topic}".strip()
        return Interpretation("who_said", about, topic=topic if is_noun and topic else None, asks="who")
    return None


def _is_no_speech(match: re.Match[str]) -> bool:
    """Whether the verb means another thing than speech: calling an election, writing “The Pier”."""
    verb = group(match, "verb") or ""
    is_marked = bool(_ITEMS.search(match["topic"] or "")) and not verb.startswith(("wr", "ca"))
    return bool(verb and not is_marked and _NOT_SPEECH.match(f"{verb} {match['topic']}"))


def statement(question: str, may_speak: MaySpeak) -> Interpretation | None:
    """The reading of a question about what somebody said; None for any other."""
    for pattern, asks in _statements():
        match = pattern.fullmatch(question)
        if match and _speaks(match, may_speak) and not _asks_for_a_day(match):
            return _reading(match, asks or _asks_of(match))
    for pattern in phrasings("statement", "passives"):
        match = pattern.fullmatch(question)
        if match and _is_said(match) and _speaks(match, may_speak):
            return _reading(match, "yes_no" if group(match, "whether") else "what")
    for pattern in phrasings("statement", "on"):
        match = pattern.fullmatch(question)
        if match and may_speak(match["speaker"], openly=False):
            return _reading(match, "what")
    return _according(question, may_speak)


def _statements() -> Iterator[tuple[re.Pattern[str], AnswerType | None]]:
    """The phrasings in their order, and what they ask for; None where the question word tells."""
    for names, opening, asks in _OPENINGS:
        for name in names:
            yield from ((pattern, asks) for pattern in phrasings("statement", name, opening))


def _according(question: str, may_speak: MaySpeak) -> Interpretation | None:
    """What is asked of the words of somebody on record: "According to Lavrov, what does the US not need?"."""
    for pattern in phrasings("statement", "according"):
        match = pattern.fullmatch(question)
        if match and may_speak(match["speaker"], openly=False):
            about = without_question_words(bare_topic(match["topic"]))
            return Interpretation("statement", about, match["speaker"].strip(" ,"), asks=asks_of(match["topic"]))
    return None


def _speaks(match: re.Match[str], may_speak: MaySpeak) -> bool:
    """Whether the words in the speaker's place can name one, given how openly the question is of speech."""
    verb, noun = ((group(match, name) or "").lower() for name in ("verb", "noun"))
    said = verb in open_verbs() or verb.startswith(("have ", "had ")) or group(match, "past") is not None
    talked = not verb and not noun and group(match, "lead") in {"about", "of"}
    return may_speak(match["speaker"].strip(), openly=said or talked or bool(_OWN_VIEWS.fullmatch(noun)))


def _asks_for_a_day(match: re.Match[str]) -> bool:
    """Whether "when" asks for the day of an event: that of a denial or a warning, not of plain words."""
    return _asks_of(match) in {"when", "how_long"} and not _PLAIN_VERBS.match(group(match, "verb") or "")


def _is_said(match: re.Match[str]) -> bool:
    """Whether the passive is one of speech: said, announced, called; not built or won."""
    verb = group(match, "verb")
    return verb is None or re.fullmatch(phrasing_pattern("past"), verb, re.IGNORECASE) is not None


def _asks_of(match: re.Match[str]) -> AnswerType:
    """What the question word asks for; "how" asks what was said."""
    asked = (group(match, "wh") or "").lower()
    return next((asks for word, asks in _QUESTION_WORDS.items() if asked.startswith(word)), "what")


def _reading(match: re.Match[str], asks: AnswerType) -> Interpretation:
    words = group(match, "topic") or ""
    topic = bare_topic(words)
    leads = bool(group(match, "lead")) or _leads_in(words) or bool(_ANSWERS.match(f"{group(match, 'verb')} {words}"))
    is_noun = bool(topic) and (leads or "noun" in match.groupdict()) and not _WEEKDAY.fullmatch(topic)
    about = f"{_telling(match)} {topic}".strip()
    return Interpretation("statement", about, match["speaker"].strip(" ,"), topic=topic if is_noun else None, asks=asks)


def _leads_in(words: str) -> bool:
    """Whether the topic comes after a preposition: "about the EU", and not "that the EU is late"."""
    about = phrasing_pattern("about").replace("|to|", "|")
    lead = f"(?:(?:anything|something|everything|a lot|much|that|so|this|it) )?{about} "
    return re.match(lead, words.strip(), re.IGNORECASE) is not None


def _telling(match: re.Match[str]) -> str:
    """The verb of saying if it tells how: "accuse", "deny"; nothing for "say"."""
    verb = group(match, "verb") or ""
    return "" if _PLAIN_VERBS.match(verb) else verb


_AND = re.compile(
    r",? (?:and|with|to|against|vs\.?|versus|from|or)(?: (?:with|to|of|by|from|that of))? |, | & ", re.IGNORECASE
)
_OWN = re.compile(f"(?:[’']s?)?(?: {phrasing_pattern('views')})?$", re.IGNORECASE)


def comparison(question: str, may_speak: MaySpeak) -> Interpretation | None:
    """The reading of a question that compares speakers, one of them on record at least; None for any other."""
    for pattern in phrasings("compare", "two_views"):
        if match := pattern.fullmatch(question):
            found = _of([match["first"], match["second"]], group(match, "topic"), may_speak)
            if found:
                return found
    for pattern in (*phrasings("compare", "pairs"), *phrasings("compare", "both_said")):
        if match := pattern.fullmatch(question):
            joined = match["pair"].removeprefix("both ").strip(" ,")
            if may_speak(joined, openly=False):  # one body that bears an "and" in its name
                continue
            names = [_OWN.sub("", name).strip(" ,") for name in _AND.split(joined)]
            found = _of(names, group(match, "topic"), may_speak, openly=group(match, "verb") is not None)
            if found:
                return found
    return None


def _of(names: list[str], topic: str | None, may_speak: MaySpeak, *, openly: bool = False) -> Interpretation | None:
    """A comparison of these speakers; None unless there are two who may speak, and one on record.

    Countries are compared as speakers only where the question is `openly` of what they said.
    """
    every = [name for name in names if name]
    if len(every) < 2 or not all(may_speak(name, openly=True) for name in every):  # noqa: PLR2004 - two are compared
        return None
    if not any(may_speak(name, openly=openly) for name in every):
        return None
    about = bare_topic(topic)
    return Interpretation("compare", about, every[0], tuple(every[1:]), topic=about or None)


_OTHER_ARTICLES = re.compile(
    r"articles of (?:the |its |this )?(?:constitution|treaty|agreement|convention|faith|association|incorporation"
    r"|clothing|impeachment|war)"
    r"|(?:news|police|intelligence|annual|earnings) reports? (?:are|is|was|were) (?!about|on\b|there)",
    re.IGNORECASE,
)
_EVERY = re.compile(r"\b(?:list|all|every|each|everything|collect|enumerate)\b", re.IGNORECASE)


_KINDS: dict[Literal["count", "list"], tuple[Counted, ...]] = {
    "count": ("articles", "statements", "speakers"),
    "list": ("articles", "speakers", "statements"),
}


def interpret_count(question: str, may_speak: MaySpeak) -> Interpretation | None:
    """The reading of a question that counts or lists what is on record; None for any other."""
    if _OTHER_ARTICLES.search(question):
        return None
    readings = (
        _count_reading(pattern, intent, counted, question, may_speak)
        for intent, kinds in _KINDS.items()
        for counted in kinds
        for pattern in phrasings(intent, counted)
    )
    return next((reading for reading in readings if reading is not None), None)


def _count_reading(
    pattern: re.Pattern[str], intent: Literal["count", "list"], counted: Counted, question: str, may_speak: MaySpeak
) -> Interpretation | None:
    match = pattern.fullmatch(question)
    if match is None:
        return None
    speaker = (group(match, "speaker") or "").strip(" ,") or None
    if speaker and not may_speak(speaker, openly=counted == "articles" or not speaker.islower()):
        return None
    if intent == "list" and counted == "statements" and speaker and not _EVERY.search(question):
        return None  # "show me Lund's remarks" asks what she said
    topic = bare_topic(group(match, "topic"))
    asks: AnswerType = "how_many" if intent == "count" else "who" if counted == "speakers" else "what"
    return Interpretation(intent, topic, speaker, topic=topic or None, counted=counted, asks=asks)


_QUOTED = re.compile(
    r"[“„](?P<curly>[^”“]{2,}?)[”“]|\"(?P<straight>[^\"]{2,}?)\"|«(?P<angled>[^»]{2,}?)»|(?<!\w)[‘'](?P<single>[^‘]{2,}?)[’'](?!\w)"
)

_LONGEST = 300
"""In characters. Questions about speech are short; patterns with several gaps take their time on long texts."""


def interpret(question: str, known: EntityIndex) -> Interpretation | None:
    """The reading of a plain question about speech, the record or an event; None for a question of fact."""
    if len(question) > _LONGEST:
        return None

    may_speak = partial(entity_linking.may_speak, known=known)
    grammars = (
        about_all_articles,
        who_said,
        partial(interpret_count, may_speak=may_speak),
        partial(comparison, may_speak=may_speak),
        partial(statement, may_speak=may_speak),
        event,
    )
    found = (grammar(question) for grammar in grammars)
    return next((reading for reading in found if reading is not None), None)


def can_speak(name: str, known: EntityIndex) -> bool:
    """Whether the words can name a speaker in a question that is openly of speech."""
    return entity_linking.may_speak(name, known=known, openly=True)


def quoted_words(question: str) -> str | None:
    """The longest words in quotation marks of any style; None where there are none."""
    marked = [next(filter(None, match.groups())) for match in _QUOTED.finditer(question)]
    return max((words.strip(" .,") for words in marked), key=len, default=None)
