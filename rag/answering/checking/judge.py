"""Reads the sentences that passed the gate a second time, by a chat model: it may withhold, and never shows more.

The prompt lists numbered sentences with the words that they cite; the reply says yes or no of each in one line.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rag.answering.claims.quoting import told_in
from rag.answering.writing.context import Piece, kind, template
from rag.answering.writing.generative import price
from rag.core import Claim, Evidence, Place, Span, Turn, Usage
from rag.core.errors import ModelError
from rag.core.protocols import ChatModel
from rag.library.reply_cache import Replies
from rag.text.quantities import foreign

BATCH = 10
"""How many sentences one call reads at most."""

MOST_BATCHES = 2
"""How many batches one question may cost, each with one request more where the first fails."""

DOUBT = "A second reading by {} did not find it in the cited words."
"""Why a sentence is withheld that the judge says no of."""

_VERDICT = re.compile(r"^\W*(\d{1,2})\W+(yes|no)\b", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence, and the words that it cites, each with who speaks in front: "(Ada Lund, direct quote) …"."""

    sentence: str
    words: tuple[str, ...]


class Judge:
    """The second reader, where its replies are kept, and whether it passed its exam: only then its word counts."""

    def __init__(self, chat: ChatModel, replies: Replies | None = None, is_trusted: bool = True) -> None:  # noqa: FBT001, FBT002 - named by whoever examines it
        self.chat = chat
        self.replies = replies
        self.is_trusted = is_trusted
        self.objection: str | None = None  # why its word does not count, in a sentence; None where it does

    @property
    def name(self) -> str:
        """Provider and model."""
        return self.chat.name

    @property
    def host(self) -> str:
        """Whose machine it runs on."""
        return self.chat.host

    def session(self) -> JudgeSession:
        """A second reading of one answer."""
        return JudgeSession(self)


class JudgeSession:
    """The batches that are read for one answer, and what that took."""

    def __init__(self, judge: Judge) -> None:
        self.notes: list[str] = []
        self.tokens: tuple[int, int] | None = None
        self.calls = 0
        self.batches = 0
        self.name = judge.name
        self._judge = judge

    def read(self, question: str, batch: Sequence[Judged]) -> Generator[None, None, tuple[bool | None, ...]]:
        """Asks for one verdict a sentence, at most `BATCH` of them; None for one that the reply does not give."""
        if not batch or self.batches == MOST_BATCHES:
            return (None,) * len(batch)
        self.batches += 1
        said = yield from self._said(question, batch[:BATCH])
        verdicts = ((int(number), verdict.lower() == "yes") for number, verdict in _VERDICT.findall(said))
        found = {number: verdict for number, verdict in verdicts if number <= BATCH}
        return tuple(found.get(number) for number in range(1, len(batch) + 1))

    def _said(self, question: str, batch: Sequence[Judged]) -> Generator[None, None, str]:
        """What the judge says of the batch; nothing where it fails."""
        marker = f"~{secrets.token_hex(4)}"
        system, asked = template("judge").template, _asked(question, batch, marker)
        digest = hashlib.sha256(f"{system}\0{asked}".replace(marker, "").encode()).hexdigest()
        key = f"judge {self.name} {self._judge.host} {digest}"
        known = self._judge.replies.find(key) if self._judge.replies else None
        if known is not None:
            return known
        said: list[str] = []
        calls, tokens = 1, None
        try:
            for heard in self._judge.chat.reply(system, [Turn("user", asked)], calls=2):
                calls, tokens = max(calls, heard.calls), heard.tokens or tokens
                said.append(heard.text)
                yield None
        except ModelError as error:
            self._note(f"{error} So not all that it wrote was read a second time.")
            said.clear()
        finally:
            self._spend(calls, tokens)
        if said and _VERDICT.search("".join(said)):
            self._note(f"What passed the gate was read a second time by {self.name} at {self._judge.host}.")
        if said and self._judge.replies:
            self._judge.replies.keep(key, "".join(said))
        return "".join(said)

    def added_to(self, usage: Usage | None) -> Usage | None:
        """What the writing took and this together; what one of them does not tell stays unknown."""
        if not self.calls:
            return usage
        read, wrote = self.tokens or (None, None)
        own = {"input_tokens": read, "output_tokens": wrote, "calls": self.calls}
        took = own | {"dollars": price(self._judge.chat, self.tokens)}
        return {name: _sum(amount, took.get(name, 0)) for name, amount in (usage or took | {"seconds": 0}).items()}

    def _spend(self, calls: int, tokens: tuple[int, int] | None) -> None:
        """Adds up what the requests took; what the model does not tell stays unknown."""
        known = self.tokens or (0, 0)
        self.calls += calls
        self.tokens = (known[0] + tokens[0], known[1] + tokens[1]) if tokens else self.tokens
        if tokens and self._judge.replies:
            self._judge.replies.spend(sum(tokens))

    def _note(self, told: str) -> None:
        if told not in self.notes:
            self.notes.append(told)


def _asked(question: str, batch: Sequence[Judged], marker: str) -> str:
    """The prompt for a batch: each sentence with its number, beneath it the words that it cites behind the marker."""
    listed = (
        "\n".join([f"{number}. {_line(one.sentence)}", *(f"{marker} {_line(words)}" for words in one.words)])
        for number, one in enumerate(batch, start=1)
    )
    return template("judged").substitute(marker=marker, question=_line(question), sentences="\n\n".join(listed))


def judged(claim: Claim, evidence: Evidence, told: str = "") -> Judged:
    """A claim as the judge reads it: each stretch of the places with who speaks in it, and when it was published.

    `told` is what tools replied: it is shown where the claim has a figure that only stands there.
    """
    lines = [line for place in claim.places for line in _stretches(place, evidence)]
    if told and foreign(claim.text, " ".join(lines)):
        lines.append(f"(counted in the library) {_line(told)}")
    return Judged(claim.text, tuple(dict.fromkeys(lines)))


def _stretches(place: Place, evidence: Evidence) -> Iterator[str]:
    """The sentences of a place; those in a row that the same voice tells are one line."""
    article, record = evidence.articles[place.source], {one.id: one for one in evidence.record}
    inside = [span for span in evidence.sentences.get(place.source, ()) if span.overlaps(place.span)]
    named = record.get(place.statement or "")
    voiced = [(told_in(Place(place.source, span), evidence) or named, span) for span in inside or [place.span]]
    date = f", {article.published[:10]}" if article.published else ""
    for one, group in groupby(voiced, key=lambda voice: voice[0]):
        spans = [span for _, span in group]
        words = _line(article.cut(Span(spans[0].start, spans[-1].end)))
        yield f"({kind(Piece((place,), one))}{date}) {words}"


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other


def _line(text: str) -> str:
    return " ".join(text.split())
