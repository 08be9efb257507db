"""What becomes of a sentence in a model's own words: shown as it cites, with its numbers put right, or withheld.

Pure code. The proof decides; here is only what is tried.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answering import words
from rag.answering.checking.lexical_proof import Proof, prove
from rag.answering.checking.semantic_roles import roles
from rag.answering.checking.usable import touching
from rag.answering.checking.wording import same_name
from rag.types import Claim, Evidence, Place

Pieces = Sequence[tuple[Place, ...]]
_MOST_TRIED = 3
_SHORT = 60
_PREFACE = re.compile(
    r"(?:The|This|That|One|Another) (?:article|piece|passage|text|report|source)(?: itself| also)* "
    r"(?:say|state|note|mention|report|explain|add|tell)s(?: that|:) "
    r"|According to (?:the|this|that|one|another) (?:article|piece|passage|text|report|source)s?(?: itself)?, ",
)
"""How a sentence may begin that credits nobody but the article."""

_RELATIVE_TIME = re.compile(r",? (?P<time>(?:this|last) (?:week|weekend|month|year)|today|recently)(?![\w-])")
_LEFT_OUT = "“{}” was left out; no article says it."

_INITIALS = re.compile(r"\b([A-Z])\. (?=[A-Z]\.)")
"""Between initials: some models write U. S. where the articles write U.S."""

_PRONOUN = re.compile(r"^(?P<pronoun>He|She|They)\b(?= (?:also |later |further |then |again )?(?P<verb>\w+))")


@dataclass(frozen=True, slots=True)
class Settled:
    """The claim as it is to be shown, or why it is not; and what was put right, as sentences."""

    claim: Claim
    objection: str | None = None
    corrections: tuple[str, ...] = ()


def settle(claim: Claim, pieces: Pieces, evidence: Evidence, behind: Sequence[Place] = ()) -> Settled:
    """Proves the claim from the pieces that it cites; where that fails, from the one other piece that proves it.

    `behind` is what the sentence before it is shown to rest on.
    """
    claim = replace(claim, text=_INITIALS.sub(r"\1.", claim.text))
    if not claim.is_whole:
        return Settled(claim, "It was cut off.")
    settled = _settle(claim, pieces, evidence)
    timeless, left_out = _without_time(claim.text)
    if settled.objection and left_out:
        again = _settle(replace(claim, text=timeless), pieces, evidence)
        if not again.objection:
            settled = replace(again, corrections=(*again.corrections, _LEFT_OUT.format(left_out)))
    if settled.objection:
        settled = _read_on(claim, pieces, evidence, behind) or settled
    return replace(settled, objection=settled.objection or claim.doubt)


def _read_on(claim: Claim, pieces: Pieces, evidence: Evidence, behind: Sequence[Place]) -> Settled | None:
    """The claim as the article's next sentence behind the one that was shown before it; None if it is not."""
    for place in behind:
        following = [span for span in evidence.sentences.get(place.source, ()) if span.start >= place.span.end][:1]
        for number, piece in enumerate(pieces, start=1):
            if any(part.source == place.source and part.span.covers(span) for part in piece for span in following):
                proof = prove(claim.text, [Place(place.source, following[0])], evidence, reads_on=True)
                if not proof.objection:
                    return _shown(claim, proof, _renumbered(claim.numbers, [number], proof.text))
    return None


def _settle(claim: Claim, pieces: Pieces, evidence: Evidence) -> Settled:
    claim = replace(claim, text=_without_preface(claim.text))
    cited = [number for number in claim.numbers if 1 <= number <= len(pieces)]
    text, resolved = _with_speaker(claim.text, [pieces[number - 1] for number in cited], evidence)
    if cited and (found := _least(text, cited, pieces, evidence)):
        numbers, proof = found
        return _shown(claim, proof, (*resolved, *_renumbered(claim.numbers, numbers, text)))
    others = [number for number in likely(text, pieces, evidence) if number not in cited]
    tried = [_Try.of(number, claim.text, pieces, evidence) for number in others]
    proving = [one for one in tried if not one.proof.objection]
    if proving and len({one.told(evidence) for one in proving}) == 1:
        best = min(proving, key=lambda one: one.length)
        return _shown(claim, best.proof, (*best.resolved, *_renumbered(claim.numbers, [best.number], best.proof.text)))
    if cited:
        lacking = _prove(text, cited, pieces, evidence).objection
        return Settled(replace(claim, text=text), lacking or "What it cites is said of different people or things.")
    refused = "It cites a number that there is not." if claim.numbers else "It cites nothing."
    nearest = tried[0].proof.objection if tried and not proving else None
    return Settled(claim, f"{refused} {nearest or ''}".strip())


@dataclass(frozen=True, slots=True)
class _Try:
    """What came of proving a sentence from a piece that it does not cite."""

    number: int
    proof: Proof
    resolved: tuple[str, ...]

    @classmethod
    def of(cls, number: int, text: str, pieces: Pieces, evidence: Evidence) -> _Try:
        """Tries; a "he" is read as the speaker of the piece."""
        text, resolved = _with_speaker(text, [pieces[number - 1]], evidence)
        return cls(number, _prove(text, [number], pieces, evidence), resolved)

    @property
    def length(self) -> int:
        """How many characters a reader must read for the proof."""
        return sum(place.span.end - place.span.start for place in self.proof.places)

    def told(self, evidence: Evidence) -> tuple[str, frozenset[str | None]]:
        """What would be shown, and who would be credited with it."""
        speakers = {one.id: one.speaker for one in evidence.record}
        return self.proof.text, frozenset(speakers[place.statement] for place in self.proof.places if place.statement)


def _without_time(text: str) -> tuple[str, str]:
    """The sentence without its “this week”, which comes from the question more often than from an article."""
    found = list(_RELATIVE_TIME.finditer(text))
    if len(found) != 1 or any(mark in text for mark in '“”"'):
        return text, ""
    return f"{text[: found[0].start()]}{text[found[0].end() :]}", found[0]["time"]


def _without_preface(text: str) -> str:
    """The sentence without a “The article says that” in front, which every citation says."""
    begun = _PREFACE.match(text)
    return f"{text[begun.end() :][:1].upper()}{text[begun.end() + 1 :]}" if begun else text


def _least(text: str, cited: Sequence[int], pieces: Pieces, evidence: Evidence) -> tuple[list[int], Proof] | None:
    """The fewest of the cited pieces that prove the sentence: each that does so alone, else all together."""
    alone = [(number, proof) for number in cited if not (proof := _prove(text, [number], pieces, evidence)).objection]
    if alone:
        numbers = [number for number, _ in alone]
        places = tuple(place for _, proof in alone for place in proof.places)
        return numbers, replace(alone[0][1], places=tuple(dict.fromkeys(places)))
    if len(cited) == 1 or not _is_of_one_matter(text, [pieces[number - 1] for number in cited], evidence):
        return None
    together = _prove(text, cited, pieces, evidence)
    return None if together.objection else (list(cited), together)


def _is_of_one_matter(text: str, cited: Pieces, evidence: Evidence) -> bool:
    """Whether each piece names somebody or something that the sentence names, if it names any.

    Else what is said of one could be put together with the number that is said of another.
    """
    names = [word for word in words.words(text) if words.is_name(word) and word.lower() not in words.FUNCTION_WORDS]
    told = [words.words(" ".join(map(evidence.quote, piece))) for piece in cited]
    return not names or all(any(same_name(name, word) for name in names for word in piece) for piece in told)


def _prove(text: str, numbers: Sequence[int], pieces: Pieces, evidence: Evidence) -> Proof:
    places = dict.fromkeys(place for number in numbers for place in pieces[number - 1])
    return prove(text, tuple(places), evidence)


def _shown(claim: Claim, proof: Proof, corrections: tuple[str, ...]) -> Settled:
    return Settled(replace(claim, text=proof.text, places=proof.places), None, corrections)


def _renumbered(given: Sequence[int], kept: Sequence[int], text: str) -> tuple[str, ...]:
    """What to say of numbers that were put right; nothing where the model's own were kept."""
    if list(dict.fromkeys(given)) == list(kept):
        return ()
    short = text if len(text) <= _SHORT else f"{text[: _SHORT - 1].rsplit(' ', 1)[0]} …"
    gave = "another source" if given else "no source"
    return (f"The model gave {gave} for “{short}”; it now cites what bears it out.",)


def likely(text: str, pieces: Pieces, evidence: Evidence) -> list[int]:
    """The numbers of the pieces that share most words with the sentence, best first, a few of them."""
    sought = {words.stem(word) for word in words.content_words(text)}
    shared = {
        number: len(sought & {words.stem(word) for place in piece for word in words.words(evidence.quote(place))})
        for number, piece in enumerate(pieces, start=1)
    }
    ranked = sorted((number for number in shared if shared[number]), key=lambda number: -shared[number])
    return ranked[:_MOST_TRIED]


def _with_speaker(text: str, cited: Pieces, evidence: Evidence) -> tuple[str, tuple[str, ...]]:
    """The sentence with the one speaker of the cited words in the place of a "he" that it begins with."""
    begun = _PRONOUN.match(text)
    if begun is None:
        return text, ()
    speaks = any(speech.speaker == begun["pronoun"] for speech in roles(text).speeches)
    told = touching([place for piece in cited for place in piece], evidence)
    speakers = {one.speaker for one in told}
    speaker = next(iter(speakers)) if len(speakers) == 1 else None
    if not speaks or speaker is None:
        return text, ()
    return f"{speaker}{text[begun.end('pronoun') :]}", (f"“{begun['pronoun']}” was read as {speaker}.",)
