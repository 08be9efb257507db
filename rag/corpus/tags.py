"""Finds the cue that introduces a quoted speech: before it, behind it, in a colon line. Knows grammar, no names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from rag.corpus.cues import is_told, lexicon, participles
from rag.corpus.grammar import SPEECH_CARRIERS, can_hold_a_view, children, inverted, is_cue, subject
from rag.corpus.skeleton import Speech, Unit

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_STOP = re.compile(
    r"(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\bLt)(?<!\bMrs)(?<!\bSen)(?<!\bRep)(?<!\bGov)(?<!\bGen)(?<!\bCol)"
    r"(?<!\bRev)(?<!\bSgt)(?<!\bProf)(?<!\bCapt)(?<!\b[A-Z])[.?!…](?=\s+[A-Z“\"(\[]|\s*$)"
)
_DASHES = {"-", "–", "—", "•"}
_LONGEST_BARE = 6  # words before a colon that are no clause: “Foreign Minister Lavrov, on Tuesday:”
_LONGEST_NAME = 4  # words
_LONGEST_TAG = 5  # words of a tag that is a sentence: “Peskov said on Tuesday.”
_FAR = 12  # tokens between a cue and a subject behind it that cannot be its own
_NEAR = 8  # tokens behind a quote in which its tag stands
_TENSED = {"VBD", "VBZ", "VBP", "VBG", "VBN"}
_POINTING = {"that", "this", "it", "there"}
_OTHERS = {"him", "her", "them", "me", "us"}


def speech_subject(cue: Token, how: str) -> Token | None:
    """Whoever speaks at the cue of a quotation; behind the quote also where the parser missed an inversion."""
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
        if token.pos_ == "PROPN" and (token.i + 1 == len(cue.doc) or token.nbor().pos_ != "PROPN"):
            return token
    return None


def passed_on(cue: Token) -> Token | None:
    """The outlet of “Lavrov advised caution, according to News Armenia:”, or that reports the clause of the cue."""
    for child in cue.subtree:
        if child.lower_ == "according":
            names = [leaf for to in children(child, "prep") for leaf in children(to, "pobj")]
            return names[0] if names and names[0].pos_ == "PROPN" else None
    if cue.dep_ == "ccomp" and cue.head.lemma_ == "report":
        return subject(cue.head)
    return None


def own_cue(unit: Unit, doc: Doc, place: int) -> tuple[Token, str] | None:
    """The cue in the sentence around speech number `place` of the unit, and the side of the quote it stands on."""
    speech = unit.speeches[place]
    start = unit.speeches[place - 1].hole if place else 0
    end = unit.speeches[place + 1].hole if place + 1 < len(unit.speeches) else len(unit.skeleton)
    before, after = unit.skeleton[start : speech.hole], unit.skeleton[speech.hole : end]
    stops = list(_STOP.finditer(before.rstrip() + " "))
    sentence_start = start + (stops[-1].end() if stops else 0)
    stop = _STOP.search(after)
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


def _may_follow(speech: Speech, after: str) -> bool:
    """Whether the words behind a quote may name its speaker: not if the quote ended its sentence and one begins."""
    rest = after.lstrip()
    if not rest:
        return False
    if not speech.quotation.marked or speech.last in ",—–-" or rest[0] in ",—–" or rest[0].islower():
        return True
    if speech.last not in ".?!…":
        return True
    end = _STOP.search(rest)
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


def _cue_after(tokens: Sequence[Token], speech: Speech) -> Token | None:
    for token in tokens:
        if token.lower_ == "according" and not any(is_cue(other, "quote") for other in tokens if other.i < token.i):
            return token
    if (first := _first_word(tokens)) is not None and is_told(first.lower_):
        return first  # “…,” added Novak, whatever the parser makes of it
    if (told := _told_by_name(tokens)) is not None:
        return told  # “…,” Novak notes, which the tagger may take for two nouns
    verbs = [token for token in tokens if is_cue(token, "quote") and token.dep_ not in {"relcl", "amod"}]
    verbs = [token for token in verbs if not _is_infinitive(token)] or verbs
    if verbs:
        return verbs[0]
    if speech.last in ",?!—":
        # Any verb may stand for speaking right after a quote that a comma closes: “…,” quipped Smith.
        return next((token for token in tokens[:_NEAR] if _is_telling(token)), None)
    return None


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
    return token.tag_ == "VB" and any(leaf.lower_ == "to" for leaf in children(token, "aux"))


def _is_telling(token: Token) -> bool:
    past = token.pos_ == "VERB" and token.tag_ in {"VBD", "VBZ"} and token.dep_ in {"ROOT", "conj"}
    return past and can_hold_a_view(subject(token))


def spoken_before(units: Sequence[Unit], docs: Sequence[Doc | None], number: int) -> Token | None:
    """The last cue of the sentence in front, in the same paragraph: its speaker goes on in a quote without a cue."""
    doc = docs[number - 1] if number else None
    if doc is None or units[number - 1].speeches:
        return None
    same = units[number - 1].block == units[number].block
    if not same and not (_is_all_quote(units, number) and units[number].block - units[number - 1].block == 1):
        return None
    cues = [token for token in doc if is_cue(token, "quote") and token.dep_ in {"ROOT", "conj", "advcl", "parataxis"}]
    cues = [token for token in cues if token.tag_ in _TENSED and can_hold_a_view(subject(token))]
    if not same:
        cues = [token for token in cues if token.sent.end == len(doc)] or _told_of(doc)
    return cues[-1] if cues else None


def _told_of(doc: Doc) -> list[Token]:
    """The verb of the last sentence if it tells of somebody: a paragraph of nothing but quotes goes on with them."""
    root = doc[len(doc) - 1].sent.root
    acting = subject(root) if root.pos_ in {"VERB", "AUX"} else None
    return [root] if acting is not None and (acting.pos_ == "PROPN" or acting.lower_ in {"he", "she"}) else []


def signature(units: Sequence[Unit], docs: Sequence[Doc | None], number: int) -> tuple[Token, int] | None:
    """The name, and its unit, behind a quote or under a paragraph of it: “— Ana Doral, mayor”."""
    behind, unit = number + 1, units[number]
    signed = behind < len(units) and units[behind].block == unit.block and units[behind].is_signature
    while not signed and behind < len(units) and units[behind].block == unit.block:
        behind += 1
    under = signed or _is_all_quote(units, number)
    if not under or behind >= len(units) or not units[behind].is_signature or units[behind].block > unit.block + 1:
        return None
    doc = docs[behind]
    name = takewhile(lambda token: token.text not in {",", "."} or token.i == 0, doc) if doc is not None else ()
    found = next((token for token in reversed(list(name)) if token.pos_ == "PROPN"), None)
    while found is not None and found.dep_ == "pobj" and found.head.lower_ == "of":  # the Ministry of Commerce
        found = found.head.head
    return (found, behind) if found is not None else None


def _is_all_quote(units: Sequence[Unit], number: int) -> bool:
    """Whether the paragraph of a unit is nothing but quotes."""
    paragraph = takewhile(lambda unit: unit.block == units[number].block, islice(units, number, None))
    return not any(unit.skeleton.strip(" .,") for unit in paragraph)


def led_in(units: Sequence[Unit], docs: Sequence[Doc | None], number: int) -> Token | None:
    """The last cue of a unit right before this one that ends in a colon."""
    if number == 0 or units[number].block - units[number - 1].block > 1:
        return None
    doc = docs[number - 1]
    if doc is None or not units[number - 1].skeleton.rstrip().endswith(":"):
        return None
    cues = [
        token
        for token in doc
        if token.pos_ in {"VERB", "AUX"}
        and lexicon().frames(token.lemma_) & {"quote", "object", "about"}
        and token.dep_ not in {"relcl", "amod", "acl"}
    ]
    last_sentence = [token for token in cues if token.sent.end == len(doc)] or cues
    finite = [token for token in last_sentence if token.tag_ in _TENSED]
    return finite[-1] if finite else _stated(doc)


def _stated(doc: Doc) -> Token | None:
    """The verb of “Novak issued the following statement:”, and the cue of “Stated Novak:”."""
    if is_told(doc[0].lower_) and inverted(doc[0]) is not None:
        return doc[0]
    root = doc[len(doc) - 1].sent.root
    words = any(token.lemma_ in SPEECH_CARRIERS for token in root.sent)
    return root if words and root.pos_ == "VERB" and can_hold_a_view(subject(root)) else None


def _stands_free(dash: Token) -> bool:
    """Whether a dash parts phrases, not the halves of a word."""
    return dash.i == 0 or bool(dash.nbor(-1).whitespace_)


def bare_speaker(doc: Doc, speech: Speech) -> Token | None:
    """The name in “Lavrov: “…””, or the subject of what leads in by a colon: “Sanders had a snappy retort: “…””."""
    before = [token for token in doc if token.idx < speech.hole]
    sentence = [token for token in before if token.sent == before[-1].sent] if before else []
    dashes = [place for place, token in enumerate(sentence) if token.text in _DASHES and _stands_free(token)]
    words = [token for token in sentence[dashes[-1] + 1 if dashes else 0 :] if not token.is_space]
    brackets = next((place for place, token in enumerate(words) if token.text == "("), len(words))  # “(R-Fla.)”
    words = [token for token in words[:brackets] if not token.is_punct]
    if not words:
        return None
    if len(words) <= _LONGEST_BARE and not any(token.pos_ in {"VERB", "AUX"} for token in words):
        if len(words) <= _LONGEST_NAME and all(token.text[0].isupper() for token in words):
            return words[-1] if words[-1].is_upper or words[-1].pos_ == "PROPN" else None
        names = [token for token in words if token.pos_ == "PROPN" and token.dep_ != "compound"]
        return names[0] if names and words[0].text[0].isupper() and words[0].pos_ in {"PROPN", "ADJ", "NOUN"} else None
    root = words[0].sent.root
    found = subject(root) if root.pos_ in {"VERB", "AUX"} and root in words else None
    if found is not None and can_hold_a_view(found) and found.lower_ not in _POINTING:
        return found
    return words[-1] if words[-1].pos_ == "PROPN" and words[-1].ent_type_ == "PERSON" else None
