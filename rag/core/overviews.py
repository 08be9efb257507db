"""What a library, or a part of it, is about: how much it holds, when, who speaks most, and its largest topics."""

from __future__ import annotations

from dataclasses import dataclass

from rag.core.articles import Place


@dataclass(frozen=True, slots=True)
class Topic:
    """Articles that belong together: how many, and a sentence to show them by.

    `words` tell their headlines from others, and stand in the headlines of `titled` of them.
    """

    articles: int
    best: Place
    words: tuple[str, ...] = ()
    titled: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """Some articles seen from above: all of a library, or those that name a topic.

    `titled` counts those whose headline names the topic. `published` is the first and the last date, None where no
    article gives one. `names` are what most of the articles name, each with how many do. `voices` are those on record
    most often in them, each with how often. `topics` come with the largest first; `newest` are the sources of the
    latest articles. `is_of_a_time` where only those of a time that was asked about were looked at.
    """

    articles: int
    undated: int = 0
    titled: int = 0
    published: tuple[str, str] | None = None
    names: tuple[tuple[str, int], ...] = ()
    voices: tuple[tuple[str, int], ...] = ()
    topics: tuple[Topic, ...] = ()
    newest: tuple[str, ...] = ()
    is_of_a_time: bool = False

    @property
    def openers(self) -> tuple[str, ...]:
        """Questions that the articles answer, for whoever does not know what to ask."""
        people = [f"What did {name} say?" for name, _ in self.voices if " " in name]
        return "What are these articles about?", "Who is quoted most?", *people[:3], "What is new?"
