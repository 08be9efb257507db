"""A second reading of what passed the check, by a chat model: it may withhold, and never show more. Knows no rule.

It costs time: nothing is shown before the whole reply was read twice. Where the second reader fails or says nothing of
a sentence, the check alone has decided.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from rag.answering.checking.repair import Pieces, Settled, settle
from rag.answering.writing.context import Piece, words_of
from rag.answering.writing.prompting import kind, template
from rag.errors import ModelError
from rag.library.cache import Replies
from rag.protocols import ChatModel
from rag.types import Claim, Evidence, Place, Turn

MOST_CALLS = 3
"""How many requests one question may cost, the writer's and the second reader's together."""

_MOST_SENTENCES = 30
_OPINION = re.compile(r"^\W*(\d{1,2})\W+(yes|no)\b", re.IGNORECASE | re.MULTILINE)
_DOUBT = "A second reading by {} did not find it in the cited words."


@dataclass(frozen=True, slots=True)
class Judge:
    """The second reader, and where its replies are kept."""

    chat: ChatModel
    replies: Replies | None = None


class SecondReading:
    """One reply read a second time, and what that took."""

    def __init__(self, judge: Judge, pieces: Pieces, evidence: Evidence) -> None:
        """`pieces` are the places of the numbers that the writer was shown."""
        self.chat = judge.chat
        self.notes: list[str] = []
        self.tokens: tuple[int, int] | None = None
        self.calls = 0
        self._replies = judge.replies
        self._pieces = pieces
        self._evidence = evidence

    def claims(self, written: Iterator[Claim | None], spent: Callable[[], int]) -> Iterator[Claim | None]:
        """The claims once all are written and read again; None meanwhile. `spent` counts the writer's requests."""
        held: list[Claim] = []
        for claim in written:
            if claim is None:
                yield None
            else:
                held.append(claim)
        proved: dict[int, Settled] = {}
        behind: tuple[Place, ...] = ()
        for place, claim in enumerate(held):
            settled = settle(claim, self._pieces, self._evidence, behind)
            if not settled.objection:
                proved[place], behind = settled, settled.claim.places
        read = dict(list(proved.items())[:_MOST_SENTENCES])
        doubted: set[int] = set()
        if read:
            said = yield from self._said(list(read.values()), MOST_CALLS - spent())
            doubted = {
                place for place, opinion in zip(read, _opinions(said, len(read)), strict=True) if opinion == "no"
            }
        why = _DOUBT.format(self.chat.name)
        yield from (replace(claim, doubt=why) if place in doubted else claim for place, claim in enumerate(held))

    def _said(self, settled: Sequence[Settled], calls: int) -> Generator[None, None, str]:
        """What the second reader says of the sentences; nothing where it fails."""
        marker = f"~{secrets.token_hex(4)}"
        listed = "\n\n".join(self._numbered(number, one, marker) for number, one in enumerate(settled, start=1))
        asked = template("judged").substitute(marker=marker, sentences=listed)
        system = template("judge").template
        digest = hashlib.sha256(f"{system}\0{asked}".replace(marker, "").encode()).hexdigest()
        key = f"judge {self.chat.name} {self.chat.host} {digest}"
        known = self._replies.find(key) if self._replies else None
        if known is not None:
            return known
        if calls < 1:
            self.notes.append("The writing took all calls that a question may cost, so nothing was read a second time.")
            return ""
        said: list[str] = []
        try:
            self.calls = 1
            for heard in self.chat.reply(system, [Turn("user", asked)], calls=calls):
                self.calls = max(self.calls, heard.calls)
                self.tokens = heard.tokens or self.tokens
                said.append(heard.text)
                yield None
        except ModelError as error:
            self.notes.append(f"{error} So nothing was read a second time.")
            return ""
        if self._replies:
            self._replies.keep(key, "".join(said))
        self.notes.append(f"What passed was read a second time by {self.chat.name} at {self.chat.host}.")
        return "".join(said)

    def _numbered(self, number: int, settled: Settled, marker: str) -> str:
        """A sentence with the words that it cites under it."""
        lines = [f"{number}. {settled.claim.text}"]
        record = {one.id: one for one in self._evidence.record}
        for place in settled.claim.places:
            piece = Piece((place,), record.get(place.statement or ""))
            lines.append(f"{marker} ({kind(piece)}) {words_of(piece, self._evidence)}")
        return "\n".join(lines)


def _opinions(said: str, count: int) -> list[str | None]:
    """What the reply says of each sentence: "yes", "no", or None where it says nothing."""
    found = {int(number): opinion.lower() for number, opinion in _OPINION.findall(said)}
    return [found.get(number) for number in range(1, count + 1)]
