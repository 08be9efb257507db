"""The writer with a chat model: it shows the model numbered pieces and offers every sentence of the reply to the check.

Nothing of what the model says reaches anybody by this way alone. Knows no vendor, and no rule of the check.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from genai_prices import Usage, calc_price

from rag.answering import frames
from rag.answering.checking.judge import Judge, SecondReading
from rag.answering.pertinence import LEAST_SUPPORT
from rag.answering.writing.context import Piece, latest, pieces, tokens
from rag.answering.writing.extractive import OfflineWriter
from rag.answering.writing.prompting import Prompt, history_cap, prompt, template
from rag.answering.writing.reply_parser import LONGEST_REPLY, Reply, Uttered
from rag.errors import ModelError
from rag.library.cache import Replies
from rag.protocols import ChatModel
from rag.types import Claim, Draft, Ending, Evidence, Query

_WRITES = frozenset({"statement", "fact", "summary"})
"""What a model may write; what is to be counted, listed or compared is told from the record."""

_SURE = 0.5
"""How sure the offline writer must be of an answer to give it though a model found none."""

_DECLINES = re.compile(
    r"(?:the|these|none of the)? ?(?:articles?|pieces?|passages?|texts?)(?: given| provided)? "
    r"(?:do|does)(?: not|n['’]t) (?:say|mention|state|tell|answer|provide|contain|specify)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question may cost: tokens of the prompt; tokens of all questions a day (None: without end)."""

    prompt: int
    daily: int | None = None


class ModelWriter:
    """Lets a chat model write; where it fails or nothing of it can be proved, the offline writer answers."""

    def __init__(
        self,
        chat: ChatModel,
        offline: OfflineWriter,
        limits: Limits,
        replies: Replies | None = None,
        judge: ChatModel | None = None,
    ) -> None:
        """With `replies`, what the model said before is not asked again. `judge` reads a second time what passes."""
        self.name = f"model:{chat.name}"
        self.host = chat.host if judge is None or judge.host == chat.host else f"{chat.host} and {judge.host}"
        self._chat = chat
        self._offline = offline
        self._limits = limits
        self._replies = replies
        self._judge = judge

    def write(self, query: Query, evidence: Evidence) -> Draft:
        """The model's sentences as they come, among the frames that count and delimit them."""
        shown = self._shown(query, evidence)
        if not shown:
            return self._offline.write(query, evidence)
        if self._limits.daily is not None and self._replies and self._replies.spent() >= self._limits.daily:
            note = f"Today's {self._limits.daily:,} tokens are used up, so this answer was put together offline."
            return replace(self._offline.write(query, evidence), notes=(note,))
        asked = prompt(query, shown, evidence, self._limits.prompt)
        places = tuple(piece.places for piece in shown)
        judge = Judge(self._judge, self._replies) if self._judge else None
        talk = _Talk(self._chat, asked, self._replies, SecondReading(judge, places, evidence) if judge else None)
        sources = len({piece.source for piece in shown})
        return Draft(
            claims=_framed(query, evidence, shown, talk),
            writer=self.name,
            notes=(f"{_counted(len(shown), 'piece')} of {_counted(sources, 'article')} went to {self._chat.host}.",),
            pieces=places,
            ending=talk.ending,
            instead=partial(self._instead, query, evidence, talk),
        )

    def _shown(self, query: Query, evidence: Evidence) -> list[Piece]:
        """The pieces for the model; none where the record alone has the answer, or knows that there is none."""
        if query.intent not in _WRITES or (query.intent == "statement" and not evidence.statements):
            return []
        if query.intent == "fact" and evidence.answered < LEAST_SUPPORT:
            return []
        cap = self._limits.prompt - tokens(template("write").template) - 2 * tokens(query.standalone)
        cap -= sum(tokens(turn.content) for turn in latest(query.history, history_cap(self._limits.prompt)))
        return pieces(query, evidence, cap)

    def _instead(self, query: Query, evidence: Evidence, talk: _Talk) -> Draft:
        """The offline answer; where the model found no answer and the offline writer is not sure of one, no answer."""
        offline = self._offline.write(query, evidence)
        if not talk.declined or evidence.statements:
            return offline
        if (offline.confidence or 0.0) >= _SURE:
            return replace(offline, notes=(f"The model {self._chat.name} found no answer in the pieces.",))
        decline = frames.decline(query, evidence)
        return Draft([Claim(decline.text, frame=decline)], self.name)


def _framed(query: Query, evidence: Evidence, shown: list[Piece], talk: _Talk) -> Iterator[Claim | None]:
    """The model's claims; for what somebody said, between how much is on record and who else spoke."""
    if query.intent != "statement":
        yield from talk.claims()
        return
    if told := frames.frame(frames.on_record, query, evidence):
        yield Claim(told.text, frame=told)
    used: set[str] = set()
    for claim in talk.claims():
        if claim:
            numbers = [number for number in claim.numbers if 1 <= number <= len(shown)]
            used |= {one.id for number in numbers if (one := shown[number - 1].spoken)}
        yield claim
    for rule in (partial(frames.unmarked, among=frozenset(used)), frames.more):
        if told := frames.frame(rule, query, evidence):
            yield Claim(told.text, frame=told)
    if told := frames.frame(frames.also_spoke, query, evidence):
        others = tuple(evidence.printable(one)[0] for one in frames.other_speakers(query, evidence))
        yield Claim(told.text, others, frame=told)


class _Talk:
    """One question put to the model, and what came of it."""

    def __init__(
        self, chat: ChatModel, asked: Prompt, replies: Replies | None, again: SecondReading | None = None
    ) -> None:
        self.declined = False
        self._chat = chat
        self._asked = asked
        self._replies = replies
        self._again = again
        self._key = f"{chat.name} {chat.host} {asked.digest}"
        self._notes: list[str] = []
        self._tokens: tuple[int, int] | None = None
        self._calls = 0
        self._started = time.perf_counter()

    def claims(self) -> Iterator[Claim | None]:
        """Every sentence as a claim, None while there is none."""
        yield from self._again.claims(self._written(), lambda: self._calls) if self._again else self._written()

    def _written(self) -> Iterator[Claim | None]:
        """The same before anybody has read it a second time."""
        reply, written, is_cut = Reply(), [], False
        try:
            for text, ended_early in self._heard():
                written.append(text)
                is_cut = is_cut or ended_early
                yield from self._offered(reply.read(text))
                if not text:
                    yield None
                if reply.is_full:
                    break
        except ModelError as error:
            self._notes.append(str(error))
            is_cut = True
        for claim in self._offered(reply.end()):
            yield replace(claim, is_whole=claim.is_whole and not is_cut)
        if self._calls and not is_cut and self._replies:
            self._replies.keep(self._key, "".join(written))
        if self._calls and not "".join(written).strip() and not self._notes:
            self._notes.append(f"The model {self._chat.name} at {self._chat.host} said nothing.")

    def ending(self) -> Ending:
        """What can be said when it is over."""
        seconds = round(time.perf_counter() - self._started, 3)
        parts = [_took(self._chat, self._tokens, self._calls)]
        if self._again:
            parts.append(_took(self._again.chat, self._again.tokens, self._again.calls))
            self._notes += self._again.notes
        took = {name: _summed([part[name] for part in parts]) for name in parts[0]}
        if self._replies and self._calls:
            self._replies.spend(int((took["input_tokens"] or 0) + (took["output_tokens"] or 0)))
        return Ending(tuple(self._notes), took | {"seconds": seconds})

    def _heard(self) -> Iterator[tuple[str, bool]]:
        """The chunks of the reply, each with whether the model was cut short; the whole at once if it is known."""
        known = self._replies.find(self._key) if self._replies else None
        if known is not None:
            self._notes.append("The model had been asked this before; its reply was checked again.")
            yield known, False
            return
        self._calls = 1
        for heard in self._chat.reply(self._asked.system, self._asked.turns):
            self._calls = max(self._calls, heard.calls)
            self._tokens = heard.tokens or self._tokens
            yield heard.text[:LONGEST_REPLY], heard.is_cut

    def _offered(self, uttered: Iterator[Uttered]) -> Iterator[Claim]:
        for one in uttered:
            if _DECLINES.match(one.text):
                self.declined = True
            elif one.text:
                yield Claim(one.text, rephrased=True, numbers=one.numbers, is_whole=one.is_whole)


def _took(chat: ChatModel, used: tuple[int, int] | None, calls: int) -> dict[str, float | None]:
    """What a model's part of an answer took; None where it did not tell."""
    read, wrote = used or ((None, None) if calls else (0, 0))
    return {
        "input_tokens": read,
        "output_tokens": wrote,
        "calls": calls,
        "dollars": price(chat, used) if calls else 0.0,
    }


def _summed(amounts: list[float | None]) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None


def price(chat: ChatModel, used: tuple[int, int] | None) -> float | None:
    """What the tokens cost in dollars, as the model's host publishes it; None where that is not known.

    The prices are those of the package `genai-prices`, whose release is locked: nothing is fetched.
    """
    if used is None:
        return None
    usage, model = Usage(input_tokens=used[0], output_tokens=used[1]), chat.name.partition(":")[2]
    is_address = "." in chat.host or chat.host == "localhost"  # else it is the provider's name
    try:
        if is_address:
            priced = calc_price(usage, model, provider_api_url=f"https://{chat.host}/")
        else:
            priced = calc_price(usage, model, provider_id=chat.host)
    except LookupError:
        return None
    return round(float(priced.total_price), 6)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
