"""A follow-up made into a question that can be read alone. Knows the conversation, and nothing of what was said.

Each rule recognises one way of leaning on what came before and gives the whole question, or None. A question that
leans on nothing inherits nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.answering import premises
from rag.answering.asking import grammar, wanted, wording
from rag.answering.asking.capitals import capitalised
from rag.answering.asking.conversation import Asked, asked
from rag.answering.asking.ellipsis import same_of_another
from rag.answering.asking.phrasings import matched
from rag.answering.asking.pronouns import filled
from rag.answering.known import Known
from rag.types import Turn

_TURNS_READ = 20
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_CREDITED = re.compile(r"(?:\*(?P<title>[^*\n]+)\*|(?:^|\] |\b[Ii]n )(?P<source>[^\s:*]+\.\w{2,5}(?:#\d+)?)(?=[:, ]))")
_QUOTED = re.compile("“([^“”]{2,300})”")
_THAT_ARTICLE = re.compile(
    r"\b(?:that|this|the) (?:article|report|story|piece)\b(?! (?:by|from|of|in|on|about|that|which|called|[\d“\"*]))",
    re.IGNORECASE,
)
_IMPERATIVE = re.compile(r"(?:summari[sz]e|sum up|show|list|compare|tell|give|open|read|quote)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\[(\d+)\]")

Rule = Callable[[str, Asked, Known], str | None]


def completed(question: str, history: Sequence[Turn], known: Known) -> str:
    """The question with what it leaves to the conversation filled in; as it is where nothing is left out."""
    before: Asked | None = None
    for turn in history[-_TURNS_READ:]:
        content = capitalised(" ".join(turn.content.split()), known)
        if turn.role == "assistant":
            before = replace(before, answer=content) if before else None
        elif said := wording.without_chat(content)[0]:
            before = asked(_completed(said, before, known), known, before)
    return _completed(question, before, known)


def _completed(question: str, before: Asked | None, known: Known) -> str:
    said = wording.without_chat(question)[0] if before else ""
    if before is None or not said:
        return question
    rest = wording.plain(said)
    found = (rule(rest, before, known) for rule in _RULES)
    if whole := next(filter(None, found), None):
        return _sentence(whole)
    opened = wording.opened(said)
    whole = filled(opened, before, known)
    if opened != said:
        whole = _with_topic(whole, before, known)
    return question if whole == said else _sentence(whole)


def _in_full(rest: str, before: Asked, known: Known) -> str | None:  # noqa: ARG001 - as all rules
    """The article that the answer credits with "the first one": what else was shown, a text does not tell."""
    match = matched(rest, "follow_up", "in_full")
    if match is None or not before.answer:
        return None
    number = _number(match.groupdict().get("nth"), before.answer)
    marker = before.answer.find(f"[{number}]")
    if marker < 0 and number > 1:
        return None
    before_marker = before.answer[: marker if marker >= 0 else len(before.answer)]
    if credited := _credited(before_marker):
        return f"Show {credited[-1 if marker >= 0 else 0]} in full."
    quotes = _QUOTED.findall(before_marker)
    return f"Show the statement “{quotes[-1]}” in full." if quotes else None


def _credited(answer: str) -> list[str]:
    """The articles that an answer credits, as a question may name them."""
    return [_article(match["title"], match["source"]) for match in _CREDITED.finditer(answer)]


def _article(title: str | None, source: str) -> str:
    if title is None:
        return f"the article {source}"
    return f"the article *{title}*" if {"“", "”", '"'} & set(title) else f"the article “{title}”"


def _that_article(rest: str, before: Asked, known: Known) -> str | None:  # noqa: ARG001 - as all rules
    """The question about "that article" with the one that the answer credits in its place."""
    credited = set(_credited(before.answer))
    if len(credited) != 1 or not _THAT_ARTICLE.search(rest):
        return None
    return _THAT_ARTICLE.sub(lambda _: credited.pop(), rest, count=1)


def _number(nth: str | None, answer: str) -> int:
    """Which citation is meant: the first where none is named."""
    if nth is None:
        return 1
    if nth.lower() == "last":
        return max(map(int, _NUMBER.findall(answer)), default=1)
    return _ORDINALS.index(nth.lower()) + 1 if nth.lower() in _ORDINALS else int(re.sub(r"\D", "", nth))


def _besides(rest: str, before: Asked, known: Known) -> str | None:  # noqa: ARG001 - as all rules
    """The question before, asked "why", "since when", "where"."""
    match = matched(rest, "follow_up", "besides")
    if match is None:
        return None
    word = match["wh"].lower()
    if inverted := matched(before.plain, "follow_up", "inverted"):
        return f"{word} {inverted['rest']}?"
    if matched(before.plain, "follow_up", "yes_no") and word not in {"who", "how many", "how much"}:
        return f"{word} {before.plain[:1].lower()}{before.plain[1:]}?"
    return f"{wanted.besides(_unmarked(before.question))[0]}, and {word}?"


def _who_else(rest: str, before: Asked, known: Known) -> str | None:  # noqa: ARG001 - as all rules
    if not matched(rest, "follow_up", "who_else"):
        return None
    if re.match("who ", before.plain, re.IGNORECASE):
        return f"Who else {re.sub('^who (?:else )?', '', before.plain, flags=re.IGNORECASE)}?"
    if before.topic:
        return f"Who else spoke about {before.topic}?"
    return "Who else is quoted in the articles?" if before.speaker else None


def _what_else(rest: str, before: Asked, known: Known) -> str | None:  # noqa: ARG001 - as all rules
    if not matched(rest, "follow_up", "what_else"):
        return None
    if re.match("what ", before.plain, re.IGNORECASE):
        return f"What else {re.sub('^what (?:else )?', '', before.plain, flags=re.IGNORECASE)}?"
    if before.speaker:
        return f"What else did {before.speaker} say{before.about}?"
    return f"Tell me more about {before.thing}." if before.thing else before.question


def _who_says(rest: str, before: Asked, known: Known) -> str | None:  # noqa: ARG001 - as all rules
    """Who said what a question for yes or no was about: "says who?" behind "Does A own B?"."""
    said = premises.asserted(before.plain) if matched(rest, "follow_up", "who_says") else None
    return f"Who said that {said}?" if said else None


def _source(rest: str, before: Asked, known: Known) -> str | None:  # noqa: ARG001 - as all rules
    """The articles that the answer came from: "which article?", "where is that from?"."""
    if not matched(rest, "follow_up", "source"):
        return None
    if before.speaker:
        return f"Which articles quote {before.speaker}{before.about}?"
    return f"Which articles mention {before.thing}?" if before.thing else None


def _how_often(rest: str, before: Asked, known: Known) -> str | None:  # noqa: ARG001 - as all rules
    if not matched(rest, "follow_up", "how_often") or not before.speaker:
        return None
    speaker = before.speaker
    return f"How often did {speaker} speak{before.about}?" if before.topic else f"How often is {speaker} quoted?"


def _agrees(rest: str, before: Asked, known: Known) -> str | None:
    """A comparison with whom the conversation was about: "does Peskov agree?", "do they agree?"."""
    match = matched(rest, "follow_up", "agrees")
    if match is None or before.reading is None or before.speaker is None:
        return None
    on = f" on {before.topic}" if before.topic else ""
    who = match["who"]
    if who.lower() == "they" and before.reading.others:
        return f"Do {' and '.join([before.speaker, *before.reading.others])} {match['verb']}{on}?"
    if who.lower() == before.speaker.lower() or not grammar.can_speak(who, known):
        return None
    return f"{match['do']} {who} {match['verb']} with {before.speaker}{on}?"


def _with_topic(question: str, before: Asked, known: Known) -> str:
    """The same topic for "And what did Peskov say?"; without its "And" that would ask for all he said."""
    if not before.topic or before.reading is None or before.reading.intent == "summary":
        return question
    reading = grammar.read(wording.plain(question), known)
    if reading is None or reading.intent != "statement" or reading.about or reading.asks not in {"what", "yes_no"}:
        return question
    return f"{_unmarked(question)} about {before.topic}?"


def _unmarked(question: str) -> str:
    return question.rstrip(" ?!.…")


def _sentence(text: str) -> str:
    """The text with a capital at its beginning and a mark at its end."""
    mark = "." if _IMPERATIVE.match(text) else "?"
    ended = text if text.rstrip("\"”’'")[-1:] in {"?", "!", ".", ":"} else f"{text}{mark}"
    return f"{ended[:1].upper()}{ended[1:]}"


_RULES: tuple[Rule, ...] = (
    _in_full,
    _that_article,
    _who_says,
    _source,
    _how_often,
    _besides,
    _who_else,
    _what_else,
    _agrees,
    same_of_another,
)
