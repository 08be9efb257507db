"""Writes with a chat model: it reads numbered pieces, may look things up, and its sentences are checked.

Nothing that the model says reaches a reader without the check.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass, replace

from rag.answering.claims import templates
from rag.answering.claims.templates import framed
from rag.answering.retrieval.hybrid import joined
from rag.answering.writing.chat_model import price
from rag.answering.writing.context import Prompt, cost_without_pieces, new_marker, pieces, places_cited_last, prompt
from rag.answering.writing.extractive import OfflineWriter
from rag.answering.writing.reply_parser import LONGEST_REPLY, Reply, Uttered
from rag.answering.writing.tools import Workspace
from rag.core import Bounds, Claim, Draft, Ending, Evidence, Looked, Query, ReplyChunk, ToolCall
from rag.core.amounts import with_noun
from rag.core.errors import ModelError, OnrecordError
from rag.core.protocols import ChatModel, Library
from rag.library.reply_cache import Replies

MOST_REQUESTS = 3
"""Maximum number of requests to write one answer, retries included."""

MOST_ROUNDS = 2
"""How often a model may look things up before it must write."""

_SHARE_OF_LOOKING = 5
"""One part in this many of the cap is kept for look-ups."""

_WITHOUT_READING = frozenset({"off_topic", "small_talk", "overview"})
"""Intents answered by code alone; so are counts and lists of the record, and most commands."""

_READ_AGAIN = frozenset({"shorter", "more"})
"""Requests about the previous answer that need a writer."""

_DECLINES = re.compile(
    r"(?:the|these|none of the)? ?(?:articles?|pieces?|passages?|texts?)(?: given| provided)? "
    r"(?:do|does)(?: not|n['’]t) (?:say|mention|state|tell|answer|provide|contain|specify)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Token limits: of the prompt, and of all questions a day (None: no limit)."""

    prompt: int
    daily: int | None = None


class ModelWriter:
    """Lets a chat model write; if it fails or none of its claims hold, the offline writer answers."""

    def __init__(self, chat: ChatModel, offline: OfflineWriter, limits: Limits, replies: Replies | None = None) -> None:
        """With `replies`, a model's earlier reply is reused."""
        self.name = f"model:{chat.name}"
        self.host = chat.host
        self._chat = chat
        self._offline = offline
        self._limits = limits
        self._replies = replies

    def write(self, query: Query, evidence: Evidence, library: Library | None = None) -> Draft:
        """Returns the model's sentences as they arrive, with the frames that count and delimit them."""
        if _is_answered_by_code(query):
            return self._offline.write(query, evidence)
        if self._limits.daily is not None and self._replies and self._replies.spent() >= self._limits.daily:
            note = f"Today's {self._limits.daily:,} tokens are used up, so this answer was put together offline."
            return replace(self._offline.write(query, evidence), notes=(note,))
        bounds = Bounds(query.asked, among=evidence.among)
        read = _with_cited(query, evidence, library, bounds)
        workspace = self._workspace(query, read, library, bounds)
        if not workspace.pieces and library is None:
            return self._offline.write(query, evidence)
        asked = prompt(query, workspace.pieces, read, self._limits.prompt, workspace.marker)
        talk = _Talk(self._chat, asked, workspace, self._replies)
        return Draft(
            claims=_ended(query, evidence, talk, is_widened=read is not evidence),
            writer=self.name,
            pieces=workspace.places,
            instead=self._offline.write(query, evidence),
        )

    def _workspace(self, query: Query, evidence: Evidence, library: Library | None, bounds: Bounds) -> Workspace:
        """Returns the model's initial pieces; a part of the cap is kept for look-ups."""
        cap = self._limits.prompt
        kept = cap // _SHARE_OF_LOOKING if library else 0
        shown = pieces(query, evidence, cap - kept - cost_without_pieces(query, cap))
        return Workspace(library, bounds, evidence, shown, new_marker(), kept)


def _is_answered_by_code(query: Query) -> bool:
    """Returns whether a question is small talk, a command, or about the record: no model can answer it better."""
    is_command = query.recall is not None and query.recall.wants not in _READ_AGAIN
    is_of_itself = query.intent in _WITHOUT_READING and query.is_english  # a model reads other languages too
    return is_of_itself or query.counted is not None or is_command


def _with_cited(query: Query, evidence: Evidence, library: Library | None, bounds: Bounds) -> Evidence:
    """Adds the articles that the previous answer cited, for "shorter" or "compare them"."""
    for source in dict.fromkeys(place.source for place in places_cited_last(query)):
        if library and source not in evidence.articles:
            try:
                evidence = joined(evidence, library.article(source, bounds))
            except OnrecordError:
                continue  # it has left the library since
    return evidence


def _ended(
    query: Query, evidence: Evidence, talk: _Talk, *, is_widened: bool
) -> Iterator[Claim | Looked | Ending | None]:
    """Yields the claims, and last the notes and the cost."""
    yield from _framed(query, evidence, talk, is_widened=is_widened)
    yield talk.ending(is_on_record=bool(evidence.statements))


def _framed(query: Query, evidence: Evidence, talk: _Talk, *, is_widened: bool) -> Iterator[Claim | Looked | None]:
    """Yields the model's claims; for an open question with statements, with their counts and the other speakers."""
    if is_widened:
        yield Looked("Reading again what the answer before cited", talk.workspace.places, talk.workspace.evidence)
    is_open = query.intent == "statement" and query.asks == "what" and bool(query.topic or not query.terms)
    if not is_open or not evidence.statements:
        yield from talk.claims()
        return
    yield from framed(templates.speaker_on_record(query, talk.workspace.evidence))
    used: set[str] = set()
    for claim in talk.claims():
        if isinstance(claim, Claim):
            pieces_cited = [
                talk.workspace.pieces[number - 1] for number in claim.numbers if 0 < number <= talk.workspace.count
            ]
            used |= {piece.spoken.id for piece in pieces_cited if piece.spoken}
        yield claim
    read = talk.workspace.evidence
    yield from framed(templates.unmarked(read, frozenset(used)))
    yield from framed(templates.more(query, read))
    others = tuple(read.printable(statement)[0] for statement in templates.other_speakers(query, read))
    yield from framed(templates.also_spoke(query, read), others)


class _Talk:
    """One question put to the model, its look-ups, and the result."""

    def __init__(self, chat: ChatModel, asked: Prompt, workspace: Workspace, replies: Replies | None) -> None:
        self.workspace = workspace
        self._declined = False
        self._offers = False
        self._chat = chat
        self._asked = asked
        self._replies = replies
        self._notes: list[str] = []
        self._tokens: list[tuple[int, int] | None] = []
        self._calls = 0
        self._said = False
        self._is_known = False
        self._started = time.perf_counter()

    def claims(self) -> Iterator[Claim | Looked | None]:
        """Yields every sentence as a claim, every round of look-ups, None if there is neither."""
        for rounds in range(MOST_ROUNDS, -1, -1):
            left = MOST_REQUESTS - self._calls
            may_call = rounds > 0 and left > 1 and self.workspace.can_look
            content, wanted = yield from self._written(
                left if may_call or not self.workspace.tools else 1, may_call=may_call
            )
            if not wanted:
                break
            looked, turn = self.workspace.look(content, wanted)
            self._asked = replace(self._asked, turns=(*self._asked.turns, turn))
            yield looked
        if self._calls and not self._said and not self._notes:
            self._notes.append(f"The model {self._chat.name} at {self._chat.host} said nothing.")

    def _written(
        self, calls: int, *, may_call: bool
    ) -> Generator[Claim | None, None, tuple[str, tuple[ToolCall, ...]]]:
        """Yields the claims of one reply; last its text and the look-ups that it wants before it continues.

        If look-ups are possible, sentences without a number are held back until it is known whether it makes any.
        """
        reply, said, is_cut, held = Reply(), "", False, list[Claim]()
        wanted: tuple[ToolCall, ...] = ()
        try:
            for heard in self._heard(calls, may_call=may_call):
                said += heard.text
                is_cut, wanted = is_cut or heard.is_cut, heard.wanted or wanted
                held += self._offered(reply.read(heard.text))
                if not may_call or any(claim.numbers for claim in held):
                    yield from held
                    held.clear()
                if not heard.text:
                    yield None
                if reply.is_full:
                    break
        except ModelError as error:
            self._notes.append(str(error))
            is_cut, wanted = True, ()
        self._said = self._said or bool(said.strip())
        if wanted and may_call:
            return said, wanted
        held += (replace(claim, is_whole=claim.is_whole and not is_cut) for claim in self._offered(reply.end()))
        yield from held
        return said, ()

    def _heard(self, calls: int, *, may_call: bool) -> Iterator[ReplyChunk]:
        """Yields the chunks of one reply; a kept reply at once. A complete reply is kept."""
        tools = self.workspace.tools
        key = f"{self._chat.name} {self._chat.host} {self._asked.digest(tools if may_call else ())}"
        known = self._replies.find(key) if self._replies else None
        if known is not None:
            if not self._is_known:
                self._notes.append("The model had been asked this before; its reply was checked again.")
            self._is_known = True
            yield _unpacked(known)
            return
        whole, before = ReplyChunk(), self._calls
        self._calls, tokens = before + 1, None
        try:
            for heard in self._chat.reply(self._asked.system, self._asked.turns, calls, tools):
                self._calls = max(self._calls, before + heard.calls)
                tokens = heard.tokens or tokens
                text = heard.text[:LONGEST_REPLY]
                whole = ReplyChunk(
                    whole.text + text, is_cut=whole.is_cut or heard.is_cut, wanted=heard.wanted or whole.wanted
                )
                yield replace(heard, text=text)
        finally:
            self._tokens.append(tokens)
        if self._replies and not whole.is_cut:
            self._replies.keep(key, _packed(whole))

    def ending(self, *, is_on_record: bool) -> Ending:
        """Returns the final notes; "found nothing" is not used against what is on record."""
        seconds = round(time.perf_counter() - self._started, 3)
        known = [used for used in self._tokens if used is not None]
        is_told = bool(known) and len(known) == len(self._tokens)
        used = (sum(read for read, _ in known), sum(wrote for _, wrote in known)) if is_told else None
        read, wrote = used or ((None, None) if self._calls else (0, 0))
        dollars = price(self._chat, used) if self._calls else 0.0
        took = {"input_tokens": read, "output_tokens": wrote, "calls": self._calls, "dollars": dollars}
        if self._replies and self._calls:
            self._replies.spend((read or 0) + (wrote or 0))
        sources = len({piece.source for piece in self.workspace.pieces})
        went = (
            f"{with_noun(self.workspace.count, 'piece')} of {with_noun(sources, 'article')} went to {self._chat.host}."
        )
        declined = self._declined and not self._offers and not is_on_record
        return Ending((went, *self._notes), took | {"seconds": seconds}, declined)

    def _offered(self, uttered: Iterator[Uttered]) -> Iterator[Claim]:
        for sentence in uttered:
            if _DECLINES.match(sentence.text):
                self._declined = True
            elif sentence.text:
                self._offers = True
                yield Claim(sentence.text, rephrased=True, numbers=sentence.numbers, is_whole=sentence.is_whole)


def _packed(heard: ReplyChunk) -> str:
    """Serialises a reply: its text, or the look-ups that it asked for with the text beside them."""
    if not heard.wanted:
        return heard.text
    return json.dumps({"calls": [asdict(call) for call in heard.wanted], "text": heard.text})


def _unpacked(kept: str) -> ReplyChunk:
    if not kept.startswith('{"calls": '):
        return ReplyChunk(kept)
    told = json.loads(kept)
    return ReplyChunk(told["text"], wanted=tuple(ToolCall(**call) for call in told["calls"]))
