"""Finds the cue beside a quotation, and whoever speaks at it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.attribution.carry_over import is_somebody
from rag.attribution.masking import QuotedSpeech, Unit
from rag.attribution.syntax import SPEECH_CARRIERS, can_hold_a_view, children, inverted, is_cue, subject
from rag.text.speech_verbs import is_told, lexicon, participles

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

STOP = re.compile(
    r"(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\bLt)(?<!\bMrs)(?<!\bSen)(?<!\bRep)(?<!\bGov)(?<!\bGen)(?<!\bCol)"
    r"(?<!\bRev)(?<!\bSgt)(?<!\bProf)(?<!\bCapt)(?<!\bInc)(?<!\bLtd)(?<!\bCorp)(?<!\bBros)(?<!\bCo)(?<!\bJr)(?<!\bSr)(?<!\b[A-Z])[.?!…](?=\s+[A-Z“\"(\[]|\s*$)"
)
"""Where a sentence of a skeleton ends."""
_LONGEST_NAME = 4  # words
_LONGEST_TAG = 5  # words of a tag that is a sentence: “Peskov said on Tuesday.”
_FAR = 12  # tokens between a cue and a subject behind it that cannot be its own
_NEAR = 8  # tokens behind a quote in which its tag stands
_OTHERS = {"him", "her", "them", "me", "us"}


def speech_subject(cue: Token, how: str) -> Token | None:
    """Whoever speaks at the cue of a quotation; behind the quote also where the parser missed an inversion."""
    if cue.i and cue.lower_ == "read" and cue.pos_ != "VERB":
        return cue.nbor(-1)
    told = is_told(cue.lower_)
    if told and how != "carried" and (named := inverted(cue)) is not None:
        return named
    found = subject(cue)
    if found is not None and not (how == "after" and found.i > cue.i + _FAR):
        return found
    if told and (beside := _right_before(cue, how)) is not None:
        return beside
    if how == "after":
        return _behind(cue)
    root = cue.sent.root
    return subject(root) if root != cue and root.pos_ in {"VERB", "AUX"} and root.i < cue.i else None


def _right_before(cue: Token, how: str) -> Token | None:
    """The name or pronoun in front of a cue that the tagger takes for a noun: “Novak notes”."""
    words = [token for token in cue.doc[max(0, cue.i - 2) : cue.i] if token.text != ","]
    last = words[-1] if words else None
    if last is None or not (last.pos_ == "PROPN" or last.lower_ in {"he", "she"} or how == "after"):
        return None
    return last if last.text[0].isupper() or last.pos_ == "PRON" else None


def _behind(cue: Token) -> Token | None:
    """The speaker of “said retired neurosurgeon Ben Carson”, whatever the tree."""
    after = [child for child in children(cue, "dobj", "attr", "npadvmod", "dep", "oprd", "appos") if child.i > cue.i]
    if after and after[0].pos_ in {"PROPN", "NOUN", "PRON"} and after[0].lower_ not in _OTHERS:
        return after[0]
    for token in cue.doc[cue.i + 1 : cue.i + _NEAR]:
        if token.is_punct or token.pos_ in {"ADP", "SCONJ"}:
            return None
        if token.pos_ == "NOUN" and token.i == cue.i + 2 and is_somebody(token):  # “yelled the crowd as …”
            return token
        if token.pos_ == "PROPN" and (token.i + 1 == len(cue.doc) or token.nbor().pos_ != "PROPN"):
            return token
    return None


def passed_on(cue: Token) -> Token | None:
    """The outlet of “Lavrov advised caution, according to News Armenia:”, or that reports the clause of the cue."""
    for child in cue.subtree:
        if child.lower_ == "according":
            names = [leaf for to in children(child, "prep") for leaf in children(to, "pobj")]
            named = [name for name in names if name.pos_ in {"NOUN", "PROPN"}]
            return next(iter(named), None)
    if cue.dep_ == "ccomp" and cue.head.lemma_ == "report":
        return subject(cue.head)
    return None


def own_cue(unit: Unit, doc: Doc, place: int) -> tuple[Token, str] | None:
    """The cue in the sentence around speech number `place` of the unit, and the side of the quote it stands on."""
    speech = unit.speeches[place]
    start = unit.speeches[place - 1].hole if place else 0
    end = unit.speeches[place + 1].hole if place + 1 < len(unit.speeches) else len(unit.skeleton)
    before, after = unit.skeleton[start : speech.hole], unit.skeleton[speech.hole : end]
    stops = list(STOP.finditer(before.rstrip() + " "))
    sentence_start = start + (stops[-1].end() if stops else 0)
    stop = STOP.search(after)
    sentence_end = speech.hole + (stop.end() if stop else len(after))
    ahead = [token for token in doc if sentence_start <= token.idx < speech.hole]
    behind = [token for token in doc if speech.hole <= token.idx < sentence_end]
    first = _first_word(behind)
    turned = first is not None and is_told(first.lower_) and inverted(first) is not None
    tagged = speech.last in ",?!" and (turned or _told_by_name(behind) is not None)
    if speech.lead in {"colon", "comma", "cue"} and not tagged:
        cue = _cue_before(ahead)
        if cue is not None:
            return cue, "before"
    if _may_follow(speech, after):
        cue = _cue_after(behind, speech)
        if cue is not None:
            return cue, "after"
    return None


def _may_follow(speech: QuotedSpeech, after: str) -> bool:
    """Whether the words behind a quote may name its speaker: not if the quote ended its sentence and one begins."""
    rest = after.lstrip()
    if not rest:
        return False
    if not speech.quotation.marked or speech.last in ",—–-" or rest[0] in ",—–" or rest[0].islower():
        return True
    if speech.last not in ".?!…":
        return True
    end = STOP.search(rest)
    tag = rest[: end.end()] if end else rest
    asked = speech.last in "?!" and rest[0].isupper() and not re.match(r"[A-Z]\w+ (?:that|the)\b", rest)
    return asked or len(tag.split()) <= _LONGEST_TAG


def _cue_before(tokens: Sequence[Token]) -> Token | None:
    words = [token for token in tokens if not token.is_punct and not token.is_space]
    if words and words[-1].lower_ in participles():  # whatever the tagger takes “Trump took to Twitter, writing:” for
        return words[-1]
    verbs = [token for token in tokens if is_cue(token, "quote") or is_cue(token, "object") or is_cue(token, "about")]
    if words and words[0].lower_ == "according" and not any(token.dep_ == "ROOT" for token in verbs):
        return words[0]
    spoken = [token for token in verbs if token.dep_ != "relcl"] or verbs
    if not spoken:
        return None
    quoting = [token for token in spoken if is_cue(token, "quote")]
    return (quoting or spoken)[-1]


def _cue_after(tokens: Sequence[Token], speech: QuotedSpeech) -> Token | None:
    for token in tokens:
        if token.lower_ == "according" and not any(is_cue(other, "quote") for other in tokens if other.i < token.i):
            return token
    if (first := _first_word(tokens)) is not None and is_told(first.lower_):
        return first  # “…,” added Novak, whatever the parser makes of it
    if (told := _told_by_name(tokens) or _read_of(tokens)) is not None:
        return told  # “…,” Novak notes, which the tagger may take for two nouns
    verbs = [token for token in tokens if is_cue(token, "quote") and token.dep_ not in {"relcl", "amod"}]
    verbs = [token for token in verbs if not _is_infinitive(token)] or verbs
    if verbs:
        return verbs[0]
    if speech.last in ",?!—":
        # Any verb may stand for speaking right after a quote that a comma closes: “…,” quipped Smith.
        return next((token for token in tokens[:_NEAR] if _is_telling(token)), None)
    return None


def _read_of(tokens: Sequence[Token]) -> Token | None:
    """The cue of “…,” Holm's letter read, which the parser may take for a noun."""
    words = [token for token in tokens[:_NEAR] if not token.is_punct and not token.is_space]
    place = next((place for place, token in enumerate(words) if token.lower_ == "read"), 0)
    letter = any(token.lemma_.lower() in SPEECH_CARRIERS for token in words[:place])
    return words[place] if letter else None


def _first_word(tokens: Sequence[Token]) -> Token | None:
    return next((token for token in tokens if not token.is_punct and not token.is_space), None)


def _told_by_name(tokens: Sequence[Token]) -> Token | None:
    """The cue right behind a name or pronoun that opens what follows a quote."""
    words = [token for token in tokens[:_NEAR] if not token.is_space]
    while words and words[0].is_punct:
        words = words[1:]
    for place, token in enumerate(words[: _LONGEST_NAME + 1]):
        if place and is_told(token.lower_):
            return token
        if token.is_punct or not (token.text[0].isupper() or token.lower_ in {"he", "she", "they"}):
            return None
    return None


def _is_infinitive(token: Token) -> bool:
    """Whether it is “to say”, and no “used to say” or “went on to say”."""
    told = token.dep_ == "xcomp" and "said to" in lexicon().frames(token.head.lemma_)
    return not told and token.tag_ == "VB" and any(leaf.lower_ == "to" for leaf in children(token, "aux"))


def _is_telling(token: Token) -> bool:
    past = token.pos_ == "VERB" and token.tag_ in {"VBD", "VBZ"} and token.dep_ in {"ROOT", "conj"}
    return past and can_hold_a_view(subject(token))


def has_foreign_tag(unit: Unit, doc: Doc, speech: QuotedSpeech) -> bool:
    """Whether a clause behind a quote tags it in words that are no cue: “…,” came the reply."""
    rest = unit.skeleton[speech.hole :].lstrip(" ,")
    if speech.last not in ",?!—" or not rest[:1].islower():
        return False
    stop = STOP.search(unit.skeleton, speech.hole)
    end = stop.end() if stop else len(unit.skeleton)
    return any(token.pos_ in {"VERB", "AUX"} for token in doc if speech.hole <= token.idx < end)
