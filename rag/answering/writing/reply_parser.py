"""Parses a model's reply while it arrives: whole sentences, each with its citation numbers.

The same sentences result however the reply is split into chunks: each decision waits for the text it depends on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_SENTENCE = 1_500
"""Maximum characters of a sentence; a longer one is given up."""

LONGEST_REPLY = 20_000
"""Maximum characters of a reply; the rest is not read."""

_LONGEST_MARKER = 40
_MARKER = re.compile(
    r"[\[【［]\s*\^?(?:(?:sources?|pieces?|passages?|no\.?|#)\s*)?(?P<numbers>\d{1,3}(?:\s*(?:,|;|and|&|-|–)\s*\d{1,3})*)"
    r"\s*(?:†[^\]】］\n]{0,20})?[\]】］]",
    re.IGNORECASE,
)
_MARKER_BEGINS = re.compile(rf"[\[【［][^\]】］\n]{{0,{_LONGEST_MARKER}}}\Z")
_RANGE = re.compile(r"(\d{1,3})\s*[-–]\s*(\d{1,3})")
_WIDEST_RANGE = 10
_FENCE = re.compile(r"(?:```|~~~)[^\n]*(?:\n|\Z)")
_LEAD = re.compile(r"(?:\s+|#{1,6}[ \t]+|>[ \t]+|(?:[-+•–]|\*(?!\*)|\d{1,2}[.)])[ \t]+)+")
_LEAD_BEGINS = re.compile(r"(?:[#>+•–*\-`~ \t\n]{1,8}|\d{1,2}[.)]?)\Z")
_TELLING = re.compile(r"[\n“”\"«»\[【［.!?…。։]")
_STOP = re.compile(r"[.!?…。։]+[’')\]]*")
_ABBREVIATION = re.compile(
    r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|Prof|Sen|Rep|Gov|Gen|Col|Lt|Sgt|Capt|Cmdr|Maj|Adm|Rev|Hon|St|Mt|No|Nos|vs|cf|etc|"
    r"Jr|Sr|Inc|Ltd|Co|Corp|Bros|Cie|approx|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|i\.e|e\.g|[ap]\.m))\Z"
)
_GOES_ON = re.compile(r"[a-zà-öø-ÿ,;:)—–]")
_THOUGHT, _THOUGHT_ENDS = "<think>", "</think>"
_OPENING, _CLOSING = "“«", "”»"


@dataclass(frozen=True, slots=True)
class Uttered:
    """One sentence of a reply without its marks, and its citation numbers, each once.

    `is_whole` is False if the reply, or its limit, ended in the middle of it.
    """

    text: str
    numbers: tuple[int, ...]
    is_whole: bool = True


class _TooEarly(Exception):
    """Raised if a decision depends on text that has not arrived."""


class Reply:
    """A growing reply: `read` each chunk, then `end`."""

    def __init__(self) -> None:
        self._rest = ""
        self._length = 0
        self._is_begun = False

    @property
    def is_full(self) -> bool:
        """Whether no more of the reply is read."""
        return self._length >= LONGEST_REPLY

    def read(self, chunk: str) -> Iterator[Uttered]:
        """Yields the sentences that are complete with this chunk."""
        kept = chunk[: max(0, LONGEST_REPLY - self._length)]
        self._length += len(kept)
        self._rest += kept
        yield from self._sentences(is_last=False)

    def end(self) -> Iterator[Uttered]:
        """Yields the rest when the reply is over."""
        yield from self._sentences(is_last=True)

    def _sentences(self, *, is_last: bool) -> Iterator[Uttered]:
        if not self._is_begun:
            self._rest, self._is_begun = _without_thoughts(self._rest, is_last=is_last)
        if not self._is_begun:
            return
        while self._rest:
            try:
                uttered, end = _first(self._rest, is_last=is_last)
            except _TooEarly:
                return
            self._rest = self._rest[end:]
            if uttered is not None:
                yield uttered


def _without_thoughts(text: str, *, is_last: bool) -> tuple[str, bool]:
    """Removes the reasoning with which some models begin; also returns whether the reply has begun."""
    begun = text.lstrip()
    if begun.startswith(_THOUGHT):
        _, ends, rest = begun.partition(_THOUGHT_ENDS)
        return (rest, True) if ends else ("" if is_last else text, is_last)
    return text, is_last or not _THOUGHT.startswith(begun[: len(_THOUGHT)])


def _first(text: str, *, is_last: bool) -> tuple[Uttered | None, int]:
    """Returns the first sentence, None for a line that is none, and where the rest begins."""
    start = _after_lead(text, is_last=is_last)
    fence = _FENCE.match(text, start)
    if fence:
        if fence.end() == len(text) and not is_last and not fence[0].endswith("\n"):
            raise _TooEarly
        return None, fence.end()
    scan = _Scan(text, start, is_last=is_last)
    end, is_whole = scan.end()
    words = _plain("".join(scan.kept))
    if not words and not scan.numbers:
        return None, end
    return Uttered(words, tuple(dict.fromkeys(scan.numbers)), is_whole), end


def _after_lead(text: str, *, is_last: bool) -> int:
    """Returns where the words begin, after white space and the marks of lists and headings."""
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    if not is_last and (start == len(text) or _LEAD_BEGINS.match(text, start)):
        raise _TooEarly
    return start


class _Scan:
    """Scans the text from the beginning of a sentence to its end, and separates words and numbers."""

    def __init__(self, text: str, start: int, *, is_last: bool) -> None:
        self.kept: list[str] = []
        self.numbers: list[int] = []
        self._text = text
        self._start = self._place = start
        self._is_last = is_last
        self._is_quoting = False
        self._is_led = False

    def end(self) -> tuple[int, bool]:
        """Returns where the sentence ends, and whether it is complete. Raises _TooEarly."""
        while found := _TELLING.search(self._text, self._place):
            if found.start() - self._start > LONGEST_SENTENCE:
                break
            self._keep(found.start())
            if self._decide(found[0]):
                return self._place, True
        if len(self._text) - self._start > LONGEST_SENTENCE:
            self._keep(self._start + LONGEST_SENTENCE)
            return self._place, False
        if not self._is_last:
            raise _TooEarly
        self._keep(len(self._text))
        return self._place, bool(self.numbers) and self.kept[-1].strip() == ""

    def _decide(self, mark: str) -> bool:
        """Processes a mark; returns True if the sentence ends after it."""
        if mark in "[【［":
            if not self._take_marker():
                self._keep(self._place + 1)
            return False
        if mark == "\n":
            return self._at_line_end()
        if mark in '“”"«»':
            self._is_quoting = mark in _OPENING or (mark == '"' and not self._is_quoting)
            if self._is_quoting:
                self._is_led = bool("".join(self.kept).strip())
            self._keep(self._place + 1)
            closing = self._text[self._place - 2 : self._place - 1]
            ended = not self._is_quoting and closing in {".", "!", "?", "…"}
            # Behind “It is late.” alone, who said it may follow; where that stands in front, the sentence is over.
            return ended and self._ends_here(is_weak=not self.numbers and not (self._is_led and closing == "."))
        if self._is_quoting:
            self._keep(self._place + 1)
            return False
        return self._at_stop()

    def _at_stop(self) -> bool:
        stop = _STOP.match(self._text, self._place)
        if stop is None:
            raise AssertionError("A stop begins with a stop.")
        before = self._text[max(self._start, self._place - 12) : self._place]
        is_weak = stop[0] == "." and _ABBREVIATION.search(before) is not None
        self._keep(stop.end())
        following = self._peek(self._place)
        if following and not following.isspace() and following not in '[【［“"':
            return False
        return self._ends_here(is_weak=is_weak)

    def _at_line_end(self) -> bool:
        """Ends the sentence at the line's end, unless a colon or its numbers continue after it."""
        leads_on = "".join(self.kept).rstrip().endswith(":")
        self._keep(self._place + 1)
        self._is_quoting = False
        if leads_on:
            rest = self._text[self._place :]
            self._place += _after_lead(rest, is_last=self._is_last)
            return False
        while self._take_marker(skip=True):
            pass
        return True

    def _ends_here(self, *, is_weak: bool) -> bool:
        """Returns whether the sentence ends here, with the numbers after the stop. `is_weak` doubts it."""
        before = len(self.numbers)
        while self._take_marker(skip=True):
            pass
        has_numbers = len(self.numbers) > before
        if has_numbers and self._peek(self._place) == ".":
            self._place += 1  # “… ends. [1].”: the stop has been kept
        place = self._skip_spaces()
        following = self._peek(place)
        if not following or following == "\n":
            return True
        if _GOES_ON.match(following):
            return False
        return has_numbers or not is_weak

    def _take_marker(self, *, skip: bool = False) -> bool:
        """Adds the numbers of a marker that is here (or, with `skip`, after white space)."""
        place = self._skip_spaces(lines=True) if skip else self._place
        marker = _MARKER.match(self._text, place)
        if marker is None:
            if not self._is_last and (place >= len(self._text) or _MARKER_BEGINS.match(self._text, place)):
                raise _TooEarly
            return False
        self.numbers += _numbers(marker["numbers"])
        self._place = marker.end()
        return True

    def _skip_spaces(self, *, lines: bool = False) -> int:
        place = self._place
        while place < len(self._text) and self._text[place].isspace() and (lines or self._text[place] != "\n"):
            place += 1
        return place

    def _peek(self, place: int) -> str:
        """Returns the character there; nothing at the end of the reply. Raises _TooEarly if more may come."""
        if place >= len(self._text) and not self._is_last:
            raise _TooEarly
        return self._text[place : place + 1]

    def _keep(self, end: int) -> None:
        self.kept.append(self._text[self._place : end])
        self._place = end


def _numbers(listed: str) -> list[int]:
    """Returns the numbers of a marker; `1-3` are three of them."""
    numbers: list[int] = []
    for part in re.split(r",|;|and|&", listed):
        found = _RANGE.search(part)
        first, last = (int(found[1]), int(found[2])) if found else (int(part), int(part))
        numbers += range(first, last + 1) if 0 <= last - first <= _WIDEST_RANGE else (first, last)
    return numbers


def _plain(text: str) -> str:
    """Returns the words without emphasis, on one line, without a space before a stop."""
    bare = re.sub(r"\*+|__|`", "", text)
    return re.sub(r"\s+([.,;:!?…])(?!\.)", r"\1", " ".join(bare.split()))
