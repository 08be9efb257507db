"""The file of phrasings as regular expressions. Knows its notation, and no question."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any

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
    """The phrasings of that name, to be matched against whole questions; each behind `opening`, a phrasing itself."""
    return tuple(re.compile(_expression(f"{opening}{phrasing}"), re.IGNORECASE) for phrasing in _file()[section][name])


def matched(text: str, section: str, name: str = "patterns") -> re.Match[str] | None:
    """How the first of those phrasings matches the whole text; None if none does."""
    found = (pattern.fullmatch(text) for pattern in phrasings(section, name))
    return next((match for match in found if match is not None), None)


@cache
def phrasing_pattern(piece: str) -> str:
    """A piece as a regular expression."""
    return _expression(f"{{{piece}}}")


@cache
def open_verbs() -> frozenset[str]:
    """Forms of the verbs that are speech and nothing else: they may mean somebody whom no article quotes."""
    return frozenset(form for kind in ("plain", "telling") for row in _file()["verbs"][kind] for form in row.split())


def _expression(phrasing: str) -> str:
    """The notation as a regular expression: pieces are put in, groups do not capture, gaps are named."""
    return _GAP.sub(_named, _GROUP.sub("(?:", _with_pieces(phrasing)))


def _with_pieces(phrasing: str) -> str:
    """The phrasing with its pieces put in, and theirs."""

    def put(match: re.Match[str]) -> str:
        listed = _pieces()[match[1]]
        return _with_pieces(listed if isinstance(listed, str) else f"({'|'.join(listed)})")

    return _PIECE.sub(put, phrasing)


def _named(gap: re.Match[str]) -> str:
    return f"(?P<{gap['name']}>{gap['pattern'] if gap['own'] else _GAPS[gap['name']]})"


@cache
def _pieces() -> dict[str, str | list[str]]:
    """The pieces of the file, and the forms of its verbs: `base`, `finite`, `past`, `going`; `open_…` of open verbs."""
    verbs: dict[str, list[str]] = _file()["verbs"]
    speech = [row.split() for row in (*verbs["plain"], *verbs["telling"])]
    every = [*speech, *(row.split() for row in verbs["acting"])]
    forms: dict[str, str | list[str]] = dict(_file()["pieces"])
    for name, place in _FORMS.items():
        forms[f"open_{name}"] = _verb([form for row in speech for form in row[place]])
        forms[name] = _verb([form for row in every for form in row[place]] + _HAVING_TO_SAY.get(name, []))
    forms["any_form"] = [form for row in every for form in row]
    return forms


_HAVING_TO_SAY = {"base": ["have (to|got to) say"], "past": ["had to say"]}


def _verb(forms: list[str]) -> str:
    return f"<verb:{'|'.join(forms)}>"
