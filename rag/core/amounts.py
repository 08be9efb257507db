"""Puts amounts into words: things that are counted, and how much longer work takes."""

from __future__ import annotations

from dataclasses import dataclass

_SURE_AFTER = 5.0
"""Seconds of work before its end is guessed at."""

_SURE_FROM = 3
"""Parts that must be behind it before, too."""

_MINUTES, _HOURS = 95, 95
"""Seconds, and minutes, from which the larger unit is told."""


def with_noun(count: int, noun: str) -> str:
    """`1 article`, `2 articles`, `1,200 articles`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Pace:
    """`done` of `total` parts of some work are behind it after so many `seconds`."""

    done: int
    total: int
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """The seconds it still takes if it goes on like this; None if it is too early to say."""
        if self.done < _SURE_FROM or self.seconds < _SURE_AFTER:
            return None
        return self.seconds / self.done * max(self.total - self.done, 0)

    @property
    def left(self) -> str:
        """`about 2 minutes left`; empty if it is too early to say."""
        seconds = self.seconds_left
        if seconds is None:
            return ""
        if seconds < _MINUTES:
            return f"about {max(round(seconds, -1), 10):.0f} seconds left"
        minutes = round(seconds / 60)
        return f"about {minutes} minutes left" if minutes < _HOURS else f"about {round(minutes / 60)} hours left"
