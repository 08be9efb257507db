"""Normalises a question, by the file of phrasings beside this module: without courtesies and chat, a part at a time."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from rag.text import tokens
from rag.text.spacy_models import parser

_GAPS = {
    "speaker": "[^?!;:]{1,90}?",
    "pair": "[^?!;:]{3,160}?",
    "first": ".{2,60}?",
    "second": ".{2,60}?",
    "topic": ".+?",
}
_GAP = re.compile(r"<(?P<name>\w+)(?P<own>:(?P<pattern>[^<>]*))?>")
_PIECE = re.compile(r"\{([a-z_]+)\}")
_GROUP = re.compile(r"(?<!\\)\((?!\?)")
_FORMS = {"base": slice(0, 1), "finite": slice(1, 3), "past": slice(2, 3), "going": slice(3, 4)}


@cache
def _file() -> dict[str, Any]:
    text = resources.files("rag.answering.understanding").joinpath("phrasings.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def phrasings(section: str, name: str = "patterns", opening: str = "") -> tuple[re.Pattern[str], ...]:
    """Returns the phrasings of that name, to match whole questions; each follows `opening`, itself a phrasing."""
    return tuple(re.compile(_expression(f"{opening}{phrasing}"), re.IGNORECASE) for phrasing in _file()[section][name])


def matched(text: str, section: str, name: str = "patterns") -> re.Match[str] | None:
    """Returns the first of those phrasings' match with the whole text; None if none matches."""
    return next(filter(None, (pattern.fullmatch(text) for pattern in phrasings(section, name))), None)


@cache
def phrasing_pattern(piece: str) -> str:
    """Returns a piece as a regular expression."""
    return _expression(f"{{{piece}}}")


@cache
def piece(name: str) -> re.Pattern[str]:
    """Returns a piece as a compiled expression that ignores case."""
    return re.compile(phrasing_pattern(name), re.IGNORECASE)


def group(match: re.Match[str], name: str) -> str | None:
    """Returns the text of a named group; None if the pattern has no such group."""
    return match.groupdict().get(name)


@cache
def open_verbs() -> frozenset[str]:
    """Returns forms of verbs that only mean speech: they may have a subject whom no article quotes."""
    return frozenset(form for kind in ("plain", "telling") for row in _file()["verbs"][kind] for form in row.split())


def _expression(phrasing: str) -> str:
    """Translates the notation into a regular expression: inserts pieces, groups do not capture, gaps are named."""
    return _GAP.sub(_named, _GROUP.sub("(?:", _with_pieces(phrasing)))


def _with_pieces(phrasing: str) -> str:
    def put(match: re.Match[str]) -> str:
        listed = _pieces()[match[1]]
        return _with_pieces(listed if isinstance(listed, str) else f"({'|'.join(listed)})")

    return _PIECE.sub(put, phrasing)


def _named(gap: re.Match[str]) -> str:
    return f"(?P<{gap['name']}>{gap['pattern'] if gap['own'] else _GAPS[gap['name']]})"


@cache
def _pieces() -> dict[str, str | list[str]]:
    """Returns the file's pieces, and its verbs' forms: `base`, `finite`, `past`, `going`; `open_…` for open verbs."""
    verbs: dict[str, list[str]] = _file()["verbs"]
    speech = [row.split() for row in (*verbs["plain"], *verbs["telling"])]
    every = [*speech, *(row.split() for row in verbs["acting"])]
    forms: dict[str, str | list[str]] = dict(_file()["pieces"])
    for name, place in _FORMS.items():
        forms[f"open_{name}"] = f"<verb:{'|'.join(form for row in speech for form in row[place])}>"
        forms[name] = f"<verb:{'|'.join(form for row in every for form in row[place])}>"
    return forms


_SHORT = re.compile(r"\b(what|who|where|when|how|why|that|there)[’'](s|d|re|ve|ll)\b", re.IGNORECASE)
_FULL = {"s": "is", "d": "did", "re": "are", "ve": "have", "ll": "will"}
_PLEASE = re.compile(r"(?:^[Pp]|[\s,]+p)(?:lease|ls|lz)\b")
_NOT = re.compile(r"(?P<opens>^)?\b(did|does|do|has|have|had|is|was|were|are|would|could)n[’']?t\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?…])[\"”’')\]]*\s+(?=[\"“‘(]*[A-Z0-9])")
_ABBREVIATED = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|No|Nos|Gov|Sen|Rep|Gen|Prof|vs|Jr|Sr|Inc|Co)\.|\b(?:[A-Z]\.){2,})$"
)


def without_courtesies(question: str) -> str:
    """Returns the question without "Can you tell me", "please", "in the articles", its mark; expands "What's"."""
    text = _PLEASE.sub("", _in_full(question)).strip(" ?!.…")
    for trimming in (_leading("opening"), _leading("lead_in"), _leading("opening")):
        text = trimming.sub("", text) or text
    text = _NOT.sub(lambda match: match[2] if match["opens"] is not None else f"{match[2]} not", text)
    return (re.sub(f"(?:{_any('closing')})+$", "", text, flags=re.IGNORECASE) or text).strip(" ?!.,…")


def without_opening(question: str) -> str:
    """Returns the question without its "And", "But", "Thanks!", and otherwise unchanged."""
    return _leading("opening").sub("", question) or question


def without_mark(question: str) -> str:
    """Returns the question without its final mark."""
    return question.rstrip(" ?!.…")


def announced(question: str) -> str | None:
    """Returns the question after "New question:", independent of the conversation; None without those words."""
    found = (pattern.match(question) for pattern in phrasings("chat", "alone"))
    return next((question[match.end() :] for match in found if match and match.end() < len(question)), None)


def question_sentences(text: str) -> list[str]:
    """Splits a question into sentences."""
    parts: list[str] = []
    for part in _SENTENCE.split(text):
        if parts and _ABBREVIATED.search(parts[-1]):
            parts[-1] = f"{parts[-1]} {part}"
        else:
            parts.append(part)
    return parts


def without_chat(question: str) -> tuple[str, tuple[str, ...]]:
    """Returns the part that asks something, "" if nothing does, and the instructions that were removed."""
    every = question_sentences(question)
    instructions = tuple(sentence for sentence in every if matched(without_courtesies(sentence), "chat", "instruction"))
    asking = [sentence for sentence in every if sentence not in instructions and not _is_small_talk(sentence)]
    if instructions and not any(sentence.endswith("?") for sentence in asking):
        return "", instructions
    return " ".join(asking), instructions


def _is_small_talk(sentence: str) -> bool:
    """Returns whether the words greet, thank, or are about the assistant or for its amusement."""
    texts = (_in_full(sentence).strip(" ?!.…,"), without_courtesies(sentence))
    return any(matched(text, "chat", "small_talk") for text in texts)


def _in_full(text: str) -> str:
    return _SHORT.sub(lambda match: f"{match[1]} {_FULL[match[2].lower()]}", text)


@cache
def _leading(name: str) -> re.Pattern[str]:
    """Returns what may precede a question, any number of times."""
    return re.compile(rf"^(?:[\s….,!-]*(?:{_any(name)})[\s,.!:…-]*)+", re.IGNORECASE)


def _any(name: str) -> str:
    return "|".join(pattern.pattern for pattern in phrasings("chat", name))


_QUESTION_WORD = r"(?:who|whom|whose|what|which|where|when|why|how)\b"
_JOINED = re.compile(
    rf"(?<![.?!,]),? (?:and|but|or|while) (?=(?:(?:in|on|at|by|for|to|from|of) )?{_QUESTION_WORD})", re.IGNORECASE
)
_COMPARED_THINGS = re.compile(
    r"^compare (?P<one>.+?)(?:['’]s|(?<=s)['’]) (?P<thing>.+?) (?:with|and|to) (?P<other>.+?)(?:['’]s?)?[.?! ]*$",
    re.IGNORECASE,
)
_DISTRIBUTIVE = frozenset({"each", "both", "compare"})
_SHORTEST_PART = 3
"""Minimum words of a question that stands on its own."""


@lru_cache(maxsize=500)
def parts_of(question: str) -> tuple[str, ...]:
    """Splits a question that asks several things at its conjunctions; returns nothing if it asks one.

    One that compares two asks for each. Each part keeps the text before a colon; otherwise a later part gets the names
    of the first, or its words if it has no names.
    """
    if compared := _COMPARED_THINGS.match(question):
        return f"{compared['one']}’s {compared['thing']}", f"{compared['other']}’s {compared['thing']}"
    if each := _of_each(question):
        return each
    head, colon, rest = question.rpartition(": ")
    clauses = _JOINED.split(rest)
    if len(clauses) == 1 or any(len(clause.split()) < _SHORTEST_PART for clause in clauses):
        return ()
    if colon:
        return tuple(f"{head}: {clause}" for clause in clauses)
    told = tokens.content_words(clauses[0])[1:]
    names = [word for word in told if tokens.is_name(word)] or told
    leads = (" ".join(name for name in names if name not in clause) for clause in clauses[1:])
    later = (f"{lead}: {clause}" if lead else clause for lead, clause in zip(leads, clauses[1:], strict=True))
    return clauses[0], *later


def _of_each(question: str) -> tuple[str, ...]:
    """Asks for each of two names joined by "and" or "or" that a question compares; nothing for any other question."""
    doc = parser()(question)
    if not any(token.tag_ in {"JJR", "RBR"} or token.lower_ in _DISTRIBUTIVE for token in doc):
        return ()
    joined = [token for token in doc if token.dep_ == "conj" and token.pos_ == token.head.pos_ == "PROPN"]
    for other in joined if len(joined) == 1 else ():
        first, second = doc[other.head.left_edge.i : other.head.i + 1], doc[other.left_edge.i : other.i + 1]
        joint = doc[other.head.i + 1 : other.left_edge.i].text.strip(" ,’'s").lower()
        is_one = any(entity.start <= other.head.i and other.i < entity.end for entity in doc.ents)
        if joint in {"and", "or"} and not is_one:
            before, behind = question[: first.start_char], question[second.end_char :]
            return f"{before}{first}{behind}", f"{before}{second}{behind}"
    return ()
