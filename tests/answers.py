"""Citations, made of the words that they cite."""

from dataclasses import replace
from typing import Any

from rag.core import Article, Citation


def cited(number: int, within: Article, quote: str, speaker: str | None = None, **parts: Any) -> Citation:  # noqa: ANN401 - any field of a citation
    """A citation of the first place where the words stand: a direct quote if somebody says them, else narration."""
    start = within.text.index(quote)
    made = Citation(
        number, within.source, within.line_of(start), start, start + len(quote), quote, None, None, None, None, speaker,
        None, "direct" if speaker else "narration", "asserts", None, within.digest,
    )  # fmt: skip
    return replace(made, **parts)
