"""What a question takes for granted, "Why did A leave B?", and whether any passage found speaks of it. Denies no more.

Only questions whose subject is a name are read; of any other there is nothing safe to say.
"""

from __future__ import annotations

import re

from rag.core import Evidence, Hit, Query
from rag.text import tokens

_ASKS = re.compile(
    r"^(?:why|when|how|where|since when|how long ago|(?:(?:in|on|by|since) )?(?:what|which) (?:day|date|month|year)) "
    r"(?P<auxiliary>did|was|were|has|have|had) (?P<rest>.+?)[?.! ]*$",
    re.IGNORECASE,
)
_WHETHER = re.compile(
    "^(?P<auxiliary>do|does|did|is|are|was|were|has|have|had|will|would|can|could) (?P<rest>.+?)[?.! ]*$", re.IGNORECASE
)
_THIRD = {"have": "has", "be": "is", "do": "does", "go": "goes"}
_CONNECTING = frozenset({"of", "the", "and", "de", "von", "van"})
_PAST = 1


def not_said_that(query: Query, evidence: Evidence) -> str | None:
    """That what the question takes for granted was not found: no passage found holds its words together."""
    said = presumed(query.standalone)
    verb = verb_presumed(query.standalone)
    if said is None or verb is None or not _is_about_known_names(query, evidence):
        return None
    held = [hit for hit in evidence.hits if tokens.holds(hit.passage.text, tokens.alternatives(verb))]
    together = any(_names_all(hit, query, evidence) for hit in held)
    return None if together else f"No sentence was found that says that {said}."


def presumed(question: str) -> str | None:
    """The premise as a sentence, "Armenia left the EAEU"; None where it cannot be told for sure."""
    found = _ASKS.match(question)
    if not found or (parts := _subject(found["rest"])) is None:
        return None
    subject, verb, rest = parts
    auxiliary = found["auxiliary"].lower()
    if auxiliary != "did":
        return " ".join(filter(None, [subject, auxiliary, verb, rest]))
    past = _past(verb)
    return " ".join(filter(None, [subject, past, rest])) if past else None


def asserted(question: str) -> str | None:
    """What a yes/no question asks about, as a sentence: "Does A own B?" gives "A owns B"; None where it is not sure."""
    found = _WHETHER.match(question)
    if not found or (parts := _subject(found["rest"])) is None:
        return None
    subject, verb, rest = parts
    auxiliary = found["auxiliary"].lower()
    if auxiliary in {"do", "does", "did"}:
        verb = {"do": verb, "does": _third(verb), "did": _past(verb) or ""}[auxiliary]
        auxiliary = ""
    return " ".join(filter(None, [subject, auxiliary, verb, rest])) if verb else None


def verb_presumed(question: str) -> str | None:
    """What the question takes for done, "leave"; None where it cannot be told for sure."""
    found = _ASKS.match(question)
    parts = _subject(found["rest"]) if found else None
    return parts[1] if parts else None


def _subject(text: str) -> tuple[str, str, str] | None:
    """The name that the text begins with, the word behind it, and the rest."""
    every = text.split()
    end = 1 if every and every[0].lower() == "the" else 0
    while end < len(every) and (
        tokens.is_name(every[end]) or (every[end] in _CONNECTING and tokens.is_name(" ".join(every[end + 1 : end + 2])))
    ):
        end += 1
    names = [word for word in every[:end] if tokens.is_name(word)]
    if not names or end >= len(every) or not every[end].isalpha():
        return None
    return " ".join(every[:end]), every[end], " ".join(every[end + 1 :])


def _past(verb: str) -> str | None:
    """The past of a verb: as the list of irregular ones has it, else by rule; None where the rule is not safe."""
    if forms := tokens.irregular_forms(verb):
        return forms[_PAST] if forms[0] == verb else None
    if verb.endswith("e"):
        return f"{verb}d"
    if re.search(r"[^aeiou]y$", verb):
        return f"{verb[:-1]}ied"
    return None if re.search(r"[^aeiou][aeiou][^aeiouwxy]$", verb) else f"{verb}ed"


def _third(verb: str) -> str:
    """The form behind he, she, it."""
    if re.search(r"[^aeiou]y$", verb):
        return f"{verb[:-1]}ies"
    return _THIRD.get(verb, f"{verb}es" if re.search(r"(?:s|x|z|ch|sh)$", verb) else f"{verb}s")


def _is_about_known_names(query: Query, evidence: Evidence) -> bool:
    """Whether the passages found name everybody that the question names: what is not known cannot be denied."""
    text = " ".join(hit.passage.text for hit in evidence.hits)
    return bool(query.names) and all(tokens.holds(text, evidence.spellings.get(name, (name,))) for name in query.names)


def _names_all(hit: Hit, query: Query, evidence: Evidence) -> bool:
    return all(tokens.holds(hit.passage.text, evidence.spellings.get(name, (name,))) for name in query.names)
