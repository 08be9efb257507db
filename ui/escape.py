"""Text of unknown origin made safe to stand in HTML: the one defence between an article and the browser.

What the browser shows is, character for character, what was given, but for NUL, which HTML cannot carry.
"""

from __future__ import annotations

import html
import re

# Overrides and embeddings turn the direction of what follows; inside an element of its own they reach no further.
# Other control characters are kept, but shown.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def text(words: str) -> str:
    """Escaped for the content of an element. A carriage return is kept: the parser would make it a line feed."""
    return _CONTROLS.sub(_shown, html.escape(words)).replace("\r", "&#13;")


def attribute(words: str) -> str:
    """Escaped for a value between double quotes; control characters, which nobody would see there, are left out."""
    return html.escape(_CONTROLS.sub("", words)).replace("\r", "&#13;")


def _shown(match: re.Match[str]) -> str:
    character = match.group()
    carried = character if character != "\0" else "&#65533;"
    return f'<bdi class="control" data-code="U+{ord(character):04X}">{carried}</bdi>'
