"""Takes a name apart as people ask for it: “Lord Browne”, “mayor Esker”, “Blair”."""

from __future__ import annotations

from dataclasses import dataclass

from rag.text.name_matching import fold, parts, sound
from rag.text.names import name_lists


@dataclass(frozen=True, slots=True)
class AskedName:
    """A name with the titles in front of it, all folded; `words` are in the order given name, family name."""

    titles: tuple[str, ...]
    words: tuple[str, ...]


def asked_name(written: str) -> AskedName:
    """Splits a name into its titles and the name proper; a title that nothing follows is a name."""
    words = fold(written).split()
    titles: list[str] = []
    while len(words) > 1 and (words[0] in name_lists().titles or words[0] == "the"):
        titles.append(words.pop(0))
    return AskedName(tuple(title for title in titles if title != "the"), parts(" ".join(words)))


def family_of(name: str) -> str:
    """The family name as it sounds, by which people are looked up; empty for a name without a letter."""
    words = parts(name)
    return sound(words[-1]) if words else ""
