"""Finds the cue beside a quotation, whoever speaks at it, and whether it tells that the words were said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rag.attribution.carry_over import is_somebody
from rag.attribution.masking import Speech, Unit
from rag.attribution.syntax import (
    SPEECH_CARRIERS,
    can_hold_a_view,
    children,
    has_mark,
    inverted,
    is_cue,
    is_passive,
    is_spoken,
    subject,
)
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
_UNREAL = {
    "would",
    "could",
    "might",
    "may",
    "should",
    "must",
    "can",
    "will",
    "'ll",
    "’ll",
    "shall",
    "ca",
    "wo",
    "'d",
    "’d",
}
_REPEATEDLY = {"always", "often", "sometimes", "regularly", "frequently", "usually"}
_NEVER = {"never", "hardly", "nowhere", "rarely"}
_NOBODY = {"nobody", "none", "neither", "no-one"}
_NOT_DONE = frozenset(
    """
    refuse decline fail want wish hope plan intend expect promise vow threaten forget hesitate neglect need ought prefer
    seek offer suppose ask urge tell order instruct try stop avoid refrain mean dare schedule prepare ready likely
    unlikely able unable unwilling willing reluctant about
    """.split()  # noqa: SIM905 - a list of words reads better so
)
"""Verbs and adjectives after which “to say” or “of saying” tells of nothing that was said."""
_WISHING = {"wish", "imagine", "pretend", "dream"}
_INSTEAD = {"without", "instead", "rather"}
_KNOWING = {"know", "realize", "realise", "understand", "notice", "mind", "care", "regret", "forget"}


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


def _may_follow(speech: Speech, after: str) -> bool:
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


def _cue_after(tokens: Sequence[Token], speech: Speech) -> Token | None:
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


def is_said(cue: Token) -> bool:
    """Whether a cue tells that a quotation was spoken: not what might, did not, should or was about to be said."""
    if cue.lower_ == "according":
        return True
    if _is_open_condition(cue) or any(_leaves_unsaid(verb, cue) for verb in _governing(cue)):
        return False
    return is_spoken(cue) or not (_is_asked(cue) or has_mark(cue, "if", "unless", "whether"))


def _governing(cue: Token) -> Iterator[Token]:
    """The cue and the verbs that decide whether it came about: “stopped short of saying”, “do not believe he said”."""
    yield cue
    current = cue
    while current.head != current and current.dep_ in {"xcomp", "ccomp", "pcomp", "prep", "conj", "advmod", "acomp"}:
        if current.dep_ == "conj" and children(current, "nsubj", "nsubjpass"):
            return
        current = current.head
        yield current


def _leaves_unsaid(verb: Token, cue: Token) -> bool:
    if any(child.lower_ in _NOBODY for child in children(verb, "nsubj")) or _is_instead(verb):
        return True
    denies = lexicon().polarity(verb.lemma_, "clause") == "denies"  # “She did not deny it: “…”” was said
    negated = any(child.dep_ == "neg" or child.lower_ in _NEVER for child in verb.children)
    if negated and not denies and verb.lemma_ not in _KNOWING:
        return verb == cue or verb.pos_ in {"VERB", "AUX"}
    modal = any(child.tag_ == "MD" and child.lower_ in _UNREAL for child in children(verb, "aux"))
    if modal and not any(child.lower_ in _REPEATEDLY for child in children(verb, "advmod")):  # “would always say”
        return not (is_passive(verb) and verb.lemma_ in {"hear", "see"})  # “can be heard saying”
    if verb == cue or not _leads_to(verb, cue):
        return verb.lemma_ in _WISHING and verb != cue
    yet = verb.lemma_ == "have" and any(child.lower_ == "yet" for child in verb.subtree)
    return yet or verb.lemma_ in _NOT_DONE or (verb.lemma_ == "go" and verb.tag_ == "VBG")


def _is_instead(link: Token) -> bool:
    """“Instead of saying …”, “without saying …”."""
    return link.lower_ in _INSTEAD or (link.pos_ == "ADP" and any(child.lower_ in _INSTEAD for child in link.children))


def _leads_to(verb: Token, cue: Token) -> bool:
    """Whether the cue is an infinitive or gerund under the verb, whose subject it shares."""
    return cue.tag_ in {"VB", "VBG"} and not children(cue, "nsubj", "nsubjpass") and verb.i < cue.i


def _is_open_condition(cue: Token) -> bool:
    """“Had Toll said “I am sorry” in May, …”: an auxiliary in front of the subject."""
    voices = children(cue, "nsubj", "nsubjpass")
    first = [child for child in children(cue, "aux") if child.lower_ in {"had", "were", "should"}]
    return bool(voices and first) and first[0].i < voices[0].i


def _is_asked(cue: Token) -> bool:
    return bool(cue.doc[cue.sent.end - 1].text == "?")


def has_foreign_tag(unit: Unit, doc: Doc, speech: Speech) -> bool:
    """Whether a clause behind a quote tags it in words that are no cue: “…,” came the reply."""
    rest = unit.skeleton[speech.hole :].lstrip(" ,")
    if speech.last not in ",?!—" or not rest[:1].islower():
        return False
    stop = STOP.search(unit.skeleton, speech.hole)
    end = stop.end() if stop else len(unit.skeleton)
    return any(token.pos_ in {"VERB", "AUX"} for token in doc if speech.hole <= token.idx < end)
