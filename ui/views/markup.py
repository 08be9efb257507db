"""Renders HTML from templates; every value is escaped, so only templates can add elements.

The browser shows exactly the given characters, except NUL, which HTML cannot carry.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from rag.core import MARKED_TITLE
from rag.core.amounts import with_noun
from ui.exports import UNNAMED_SPEAKER, UNSURE_WHICH, Voice, citation_credit, is_narrated, origin

# Overrides and embeddings turn the direction of what follows; inside an element of its own they reach no further.
# Other control characters are kept, but shown.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_FOLDER = Path(__file__).parent.parent / "templates"
_HUES = 8


def text(words: str) -> Markup:
    """Escapes words for the content of an element. A carriage return is kept: the parser would make it a line feed."""
    return Markup(_escaped(words))  # noqa: S704 - escaped here


def escaped_attribute(words: object) -> Markup:
    """Escapes words for a value between double quotes, without control characters, which nobody would see there."""
    return Markup(html.escape(_CONTROLS.sub("", str(words))).replace("\r", "&#13;"))  # noqa: S704 - escaped here


def prose(words: str) -> Markup:
    """Sets a sentence of ours, with its `*Title*` and `` `command` `` marked up. Not for quoted words.

    A command that lists statements becomes a link to the room that lists them.
    """
    titled = MARKED_TITLE.sub(r"<cite>\1</cite>", _escaped(words))
    return Markup(re.sub(r"`([^`\n]+)`", _command, titled))  # noqa: S704 - made of escaped words


def classes_of(told: Voice) -> str:
    """Returns the classes of an element that shows the words: their kind, and whether they count as said."""
    return told.kind if told.standing == "said" else f"{told.kind} unsaid"


class Template:
    """The macros of one template, called by name: `template("notice", "It is gone.")`. `helpers` are what they use."""

    def __init__(self, name: str, **helpers: object) -> None:
        self._macros = _ENVIRONMENT.get_template(name, globals=helpers).module

    def __call__(self, macro: str, *given: Any, **named: Any) -> Markup:  # noqa: ANN401 - whatever the macro takes
        """Returns the HTML that a macro renders."""
        made: Markup = getattr(self._macros, macro)(*given, **named)
        return made


def _escaped(words: str) -> str:
    return _CONTROLS.sub(_framed, html.escape(words)).replace("\r", "&#13;")


def _framed(match: re.Match[str]) -> str:
    character = match.group()
    carried = character if character != "\0" else "&#65533;"
    return f'<bdi class="control" data-code="U+{ord(character):04X}">{carried}</bdi>'


def _command(command: re.Match[str]) -> str:
    if not command[1].startswith("onrecord statements --"):
        return f"<code>{command[1]}</code>"
    filters = re.findall(r"--(\w+) '(.*?)'(?= --|$)", html.unescape(command[1]))
    return f'<a href="#record?{escaped_attribute(urlencode(filters))}">Who said what</a>'


def _initials(name: str) -> str:
    """Returns two letters for a name, a question mark for nobody."""
    if name in {"", UNNAMED_SPEAKER}:
        return "?"
    words = [word for word in re.split(r"[\s.\-]+", name) if word[:1].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


def _hue(name: str) -> int:
    """Returns the colour of a name, the same everywhere."""
    return crc32((name or UNNAMED_SPEAKER).encode(errors="replace")) % _HUES


def _read(name: str) -> str:
    """Returns a template with line breaks removed between elements and turned into spaces within them."""
    source = (_FOLDER / name).read_text(encoding="utf-8")
    return re.sub(r"\n\s*", " ", re.sub(r"(?<=[>}])\n\s*|\n\s*(?=[<{])", "", source))


def _shown(value: object) -> object:
    """Renders a value: nothing for None, HTML unchanged, anything else escaped."""
    if value is None:
        return ""
    return value if hasattr(value, "__html__") else text(str(value))


_ENVIRONMENT = Environment(autoescape=True, loader=FunctionLoader(_read), undefined=StrictUndefined, finalize=_shown)
_ENVIRONMENT.filters |= {"attribute": escaped_attribute, "urlencode": urlencode}
_ENVIRONMENT.globals |= {
    "UNSURE_WHICH": UNSURE_WHICH, "citation_credit": citation_credit, "classes_of": classes_of, "with_noun": with_noun,
    "hue": _hue, "initials": _initials, "is_narrated": is_narrated, "origin": origin, "prose": prose,
}  # fmt: skip
