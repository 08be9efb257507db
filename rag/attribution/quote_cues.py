"""Finds the cue or the name that tells whose a quotation is: beside it, in front of it, or in a line of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from rag.attribution.candidates import has_to
from rag.attribution.masking import QuotedSpeech, Unit
from rag.attribution.relays import author_token, conveyed, heard
from rag.attribution.syntax import (
    SPEECH_CARRIERS,
    can_hold_a_view,
    children,
    inverted,
    is_cue,
    is_said,
    is_somebody,
    relayed,
    subject,
)
from rag.text.names import is_given_name, is_person_noun, lookup_form, name_lists
from rag.text.quotation_marks import ABBREVIATED
from rag.text.speech_verbs import is_told, lexicon, participles

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

STOP = re.compile(
    "".join(rf"(?<!\b{word})" for word in ABBREVIATED.split()) + r"(?<!\b[A-Z])[.?!…](?=\s+[A-Z“\"(\[]|\s*$)"
)
"""Where a sentence of a skeleton ends."""
_LONGEST_TAG_NAME = 4  # words
_LONGEST_TAG = 5  # words of a tag that is a sentence: “Peskov said on Tuesday.”
_FAR = 12  # tokens between a cue and a subject behind it that cannot be its own
_NEAR = 8  # tokens behind a quote in which its tag stands
_OTHERS = {"him", "her", "them", "me", "us"}


def speech_subject(cue: Token, how: str) -> Token | None:
    """Finds whoever speaks at the cue of a quotation; behind the quote also where the parser missed an inversion."""
    if cue.i and cue.lower_ == "read" and cue.pos_ != "VERB":
        return cue.nbor(-1)
    told = is_told(cue.lower_)
    if told and how != "carried" and (named := inverted(cue)) is not None:
        return named
    found = subject(cue)
    if found is not None and not (how == "after" and found.i > cue.i + _FAR):
        return found
    if how == "after":
        return _behind(cue)
    root = cue.sent.root
    return subject(root) if root != cue and root.pos_ in {"VERB", "AUX"} and root.i < cue.i else None


def _behind(cue: Token) -> Token | None:
    """Returns the speaker of “said retired neurosurgeon Ben Carson”, whatever the tree.

    Whoever stands behind “told” is told.
    """
    if cue.lemma_ == "tell":
        return None
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
    """Returns the outlet of “Lavrov advised caution, according to News Armenia:”."""
    for child in cue.subtree:
        if child.lower_ == "according":
            names = [leaf for to in children(child, "prep") for leaf in children(to, "pobj")]
            named = [name for name in names if name.pos_ in {"NOUN", "PROPN"}]
            return next(iter(named), None)
    if cue.dep_ == "ccomp" and cue.head.lemma_ == "report":
        return subject(cue.head)
    return None


def own_cue(unit: Unit, doc: Doc, place: int) -> tuple[Token, str] | None:
    """Returns the cue in the sentence around a speech of the unit, and the side of the quote it stands on."""
    speech = unit.speeches[place]
    start = unit.speeches[place - 1].hole if place else 0
    end = unit.speeches[place + 1].hole if place + 1 < len(unit.speeches) else len(unit.skeleton)
    before, after = unit.skeleton[start : speech.hole], unit.skeleton[speech.hole : end]
    if speech.lead in {"colon", "comma", "cue"}:
        before = before.rstrip(" .?!")  # the quote's own stop
    stops = list(STOP.finditer(before.rstrip() + " "))
    sentence_start = start + (stops[-1].end() if stops else 0)
    stop = STOP.search(after)
    sentence_end = speech.hole + (stop.end() if stop else len(after))
    ahead = [token for token in doc if sentence_start <= token.idx < speech.hole]
    behind = [token for token in doc if speech.hole <= token.idx < sentence_end]
    first = _first_word(behind)
    turned = first is not None and is_told(first.lower_) and inverted(first) is not None
    told = _told_by_name(behind)
    leads_on = speech.last in ".?!" and (
        any(other.lead == "colon" for other in unit.speeches[place + 1 : place + 2])  # “Is it?” She said: “No.”
        or (told is not None and _has_content(told))  # “No!” She said it was.
    )
    tagged = speech.last in ",?!" and not leads_on and (turned or told is not None)
    if speech.lead in {"colon", "comma", "cue"} and not tagged:
        cue = _cue_before(ahead)
        if cue is not None:
            return cue, "before"
    if not leads_on and _may_follow(speech, after):
        cue = _cue_after(behind, speech)
        if cue is not None:
            return cue, "after"
    return None


def _has_content(cue: Token) -> bool:
    """Tells whether a cue governs a clause, or what somebody is urged to do: “Enough!” She urged them to stop."""
    behind = [clause for clause in children(cue, "ccomp", "xcomp") if clause.i > cue.i]
    return any(clause.dep_ == "ccomp" or (clause.tag_ == "VB" and has_to(clause)) for clause in behind)


def _may_follow(speech: QuotedSpeech, after: str) -> bool:
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
    if words and words[-1].dep_ == "relcl" and is_told(words[-1].lower_):  # “according to Holm, who added, “…””
        return words[-1]
    told = (token for token in tokens if not _is_seen(token))
    verbs = [token for token in told if is_cue(token, "quote") or is_cue(token, "object") or is_cue(token, "about")]
    if words and words[0].lower_ == "according" and not any(token.dep_ == "ROOT" for token in verbs):
        return words[0]
    spoken = [token for token in verbs if token.dep_ != "relcl"] or verbs
    if not spoken:
        return None
    quoting = [token for token in spoken if is_cue(token, "quote")]
    return (quoting or spoken)[-1]


def _is_seen(token: Token) -> bool:
    """Returns whether a verb only tells what somebody sees another do: “sad to see Holm go: “…””."""
    return token.tag_ == "VB" and token.dep_ in {"ccomp", "xcomp"} and token.head.lemma_ in {"see", "watch"}


def _cue_after(tokens: Sequence[Token], speech: QuotedSpeech) -> Token | None:
    for token in tokens:
        if token.lower_ == "according" and not any(is_cue(other, "quote") for other in tokens if other.i < token.i):
            return token
    if (first := _first_word(tokens)) is not None and is_told(first.lower_):
        return first  # “…,” added Novak, whatever the parser makes of it
    if (told := _told_by_name(tokens) or _read_of(tokens)) is not None:
        # “…,” Novak notes, which the tagger may take for two nouns; “…,” he recalled the officer telling him
        shown = (
            child for child in children(told, "advcl", "ccomp", "xcomp") if child.tag_ == "VBG" and child.i > told.i
        )
        return next((verb for verb in shown if is_cue(verb, "quote") and heard(verb) is not None), told)
    verbs = [token for token in tokens if is_cue(token, "quote") and token.dep_ not in {"relcl", "amod"}]
    if verbs:
        return next(filter(relayed, verbs), verbs[0])  # “Reuters reports a source as saying”
    if speech.last in ",?!—" and (first is None or first.pos_ != "CCONJ"):  # “…,” and Mill Songs won a prize
        # Any verb may stand for speaking right after a quote that a comma closes: “…,” quipped Smith.
        return next((token for token in tokens[:_NEAR] if _is_telling(token)), None)
    return None


def _first_word(tokens: Sequence[Token]) -> Token | None:
    return next((token for token in tokens if not token.is_punct and not token.is_space), None)


def _told_by_name(tokens: Sequence[Token]) -> Token | None:
    """Returns the cue right behind a name or pronoun that opens what follows a quote."""
    words = [token for token in tokens[:_NEAR] if not token.is_space]
    while words and words[0].is_punct:
        words = words[1:]
    for place, token in enumerate(words[: _LONGEST_TAG_NAME + 1]):
        if place and is_told(token.lower_):
            return token
        if token.is_punct or not (token.text[0].isupper() or token.lower_ in {"he", "she", "they"}):
            return None
    return None


def _read_of(tokens: Sequence[Token]) -> Token | None:
    """Returns the cue of “…,” Holm's letter read, which the parser may take for a noun."""
    before = list(takewhile(lambda token: token.lower_ != "read", tokens[:_NEAR]))
    letter = len(before) < len(tokens) and any(token.lemma_.lower() in SPEECH_CARRIERS for token in before)
    return tokens[len(before)] if letter and tokens[len(before)].lower_ == "read" else None


def _is_telling(token: Token) -> bool:
    past = token.pos_ == "VERB" and token.tag_ in {"VBD", "VBZ"} and token.dep_ in {"ROOT", "conj"}
    return past and can_hold_a_view(subject(token))


def has_foreign_tag(unit: Unit, doc: Doc, speech: QuotedSpeech) -> bool:
    """Tells whether a clause behind a quote tags it in words that are no cue: “…,” came the reply."""
    rest = unit.skeleton[speech.hole :].lstrip(" ,")
    if speech.last not in ",?!—" or not rest[:1].islower():
        return False
    stop = STOP.search(unit.skeleton, speech.hole)
    end = stop.end() if stop else len(unit.skeleton)
    return any(token.pos_ in {"VERB", "AUX"} for token in doc if speech.hole <= token.idx < end)


_DASHES = {"-", "–", "—", "•", "·", "*"}
_LONGEST_BARE = 9  # words before a colon that are no clause: “Foreign Minister Lavrov, on Tuesday:”
_LONGEST_NAME = 4  # words
_TENSED = {"VBD", "VBZ", "VBP", "VBG", "VBN"}
_POINTING = {"that", "this", "it", "there", "so", "such", "those", "these"}


def spoken_before(units: Sequence[Unit], docs: Sequence[Doc | None], number: int) -> Token | None:
    """Returns the last cue of the sentence in front, whose speaker goes on in a quote without a cue."""
    doc = docs[number - 1] if number else None
    if doc is None or units[number - 1].speeches:
        return None
    same, unit = units[number - 1].block == units[number].block, units[number]
    opens = bool(unit.speeches) and not unit.skeleton[: unit.speeches[0].hole].strip()
    if not same and not (opens and unit.block - units[number - 1].block == 1):
        return None
    cues = [token for token in doc if is_cue(token, "quote") and token.dep_ in {"ROOT", "conj", "advcl", "parataxis"}]
    cues = [
        token
        for token in cues
        if token.tag_ in _TENSED and can_hold_a_view(subject(token)) and is_said(token, quoted=True)
    ]
    cues = [token for token in cues if lexicon().polarity(token.lemma_, "clause") != "asks"]  # who is asked answers
    if not same:
        cues = [token for token in cues if token.sent.end == len(doc)]
    return cues[-1] if cues else None


def signature(units: Sequence[Unit], docs: Sequence[Doc | None], number: int) -> tuple[Token, int] | None:
    """Returns the name, and its unit, behind a quote or under a paragraph of it: “— Ana Doral”, “(Kari Holm)”."""
    behind, unit = number + 1, units[number]
    if unit.speeches and unit.is_signature_from(unit.speeches[-1].hole):
        found = _signed(docs[number], unit.speeches[-1].hole)
        return (found, number) if found is not None else None
    signed = behind < len(units) and units[behind].block == unit.block and units[behind].is_signature
    while not signed and behind < len(units) and units[behind].block == unit.block:
        behind += 1
    under = signed or (_is_all_quote(units, number) and not _are_signed_off(units))
    if not under or behind >= len(units) or not units[behind].is_signature or units[behind].block > unit.block + 1:
        return None
    found = _signed(docs[behind], 0)
    return (found, behind) if found is not None else None


def _are_signed_off(units: Sequence[Unit]) -> bool:
    """Tells whether reporters sign their paragraphs, as in live blogs: a signature stands below narration too."""
    for number, unit in enumerate(units[1:], start=1):
        before = number - 1
        while before and units[before - 1].block == units[before].block:
            before -= 1
        alone = unit.is_signature and units[number - 1].block != unit.block
        if alone and not (_is_all_quote(units, before) or units[before].is_signature):
            return True
    return False


def _signed(doc: Doc | None, start: int) -> Token | None:
    words = [token for token in doc or () if token.idx >= start and not token.is_space]
    name = list(takewhile(lambda token: token.text not in {",", "."} or token is words[0], words))
    if doc is None or (words and words[0].text == "(" and not _is_of_a_person(name, doc)):
        return None
    is_described = any(token.text == "," for token in words)
    if words and words[0].text == "(" and not is_described and not is_given_name(next(iter(name[1:]), words[0]).text):
        return None  # “(Tern Max)” may be who printed it
    found = next((token for token in reversed(name) if token.pos_ == "PROPN"), None)
    while found is not None and found.dep_ == "pobj" and found.head.lower_ == "of":  # the Ministry of Commerce
        found = found.head.head
    return found


def label(units: Sequence[Unit], docs: Sequence[Doc | None], number: int) -> tuple[Token, int] | None:
    """Returns the name, and its unit, in a line of its own above a paragraph of quotes: “Kari Holm, 41, baker”."""
    above = _line_above(units, number)
    if above is None or not _is_all_quote(units, number) or not units[above].is_name_line:
        return None
    if not _opens_the_round(units, above):
        return None  # the line belongs to the quote above it
    return _named_in_line(docs, above)


def _named_in_line(docs: Sequence[Doc | None], line: int) -> tuple[Token, int] | None:
    doc = docs[line]
    name = list(takewhile(lambda token: token.text not in {",", "("} and not token.like_num, doc or ()))
    words = [token for token in name if token.text[0].isalpha()]
    return (words[-1], line) if doc is not None and words and _is_of_a_person(words, doc) else None


def _is_of_a_person(name: Sequence[Token], doc: Doc) -> bool:
    """Tells whether a line names a person: by the name itself, an age, or what it says they are."""
    given = name_lists().given_male | name_lists().given_female
    if any(token.ent_type_ == "PERSON" or lookup_form(token.text) in given for token in name):
        return True
    rest = [token for token in doc if token.i > name[-1].i]
    return any(token.like_num or is_person_noun(token.text) for token in rest)


def names_another(units: Sequence[Unit], docs: Sequence[Doc | None], number: int) -> bool:
    """Tells whether the line below names who said a paragraph of quotes: “Kari Holm, baker”."""
    below = next((place for place in range(number, len(units)) if units[place].block != units[number].block), number)
    return units[below].is_name_line and _is_all_quote(units, number) and _named_in_line(docs, below) is not None


def _line_above(units: Sequence[Unit], number: int) -> int | None:
    above = number - 1
    opens = above >= 0 and units[above].block == units[number].block - 1
    alone = above < 1 or units[above - 1].block != units[above].block
    return above if opens and alone else None


def _opens_the_round(units: Sequence[Unit], line: int) -> bool:
    """Tells whether in the round of names and quotes that a line belongs to the names stand above the quotes."""
    first, quote = line, False
    while first > 0 and units[first - 1].block >= units[first].block - 1:
        before = units[first - 1]
        if not (before.is_name_line if quote else bool(before.speeches) and _is_all_quote(units, first - 1)):
            break
        first, quote = first - 1, not quote
    return not quote


def colon_line(units: Sequence[Unit], docs: Sequence[Doc | None], number: int) -> tuple[Token, int] | None:
    """Returns the only person, and the unit, of a line without a cue: “And from Chairwoman Rosalind Vane:”."""
    before = number - 1
    if before < 0 or units[number].block - units[before].block > 1 or units[number].skeleton[:1].strip():
        return None
    skeleton, doc = units[before].skeleton.rstrip(), docs[before]
    if not skeleton.endswith(":") or units[before].speeches or doc is None:
        return None
    found = _before_colon(doc, len(skeleton) - 1)
    return (found, before) if found is not None else None


def _sender(words: Sequence[Token]) -> Token | None:
    """Finds who is named in “And from Chairwoman Rosalind Vane:”."""
    people = [token for token in words if is_somebody(token)]
    sent = len(people) == 1 and people[0].dep_ == "pobj" and people[0].head.lower_ in {"from", "by"}
    return people[0] if sent else None


def tells_of_quote(doc: Doc) -> bool:
    """Tells whether narration behind a quote tells what it was: “That was the mood in Prague.”."""
    words = [token for token in doc if token.is_alpha]
    return bool(words) and words[0].lower_ in _POINTING


def _is_all_quote(units: Sequence[Unit], number: int) -> bool:
    paragraph = takewhile(lambda unit: unit.block == units[number].block, islice(units, number, None))
    return not any(unit.skeleton.strip(" .,-•·*") for unit in paragraph)


def led_in(units: Sequence[Unit], docs: Sequence[Doc | None], number: int) -> Token | None:
    """Returns the last cue of a unit right before this one that ends in a colon."""
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
    return finite[-1] if finite else None


def bare_speaker(doc: Doc, speech: QuotedSpeech) -> Token | None:
    """Returns the name in “Lavrov: “…””, or the subject of “Sanders had a snappy retort: “…””."""
    return _before_colon(doc, speech.hole)


def _before_colon(doc: Doc, end: int) -> Token | None:
    before = [token for token in doc if token.idx < end]
    sentence = [token for token in before if token.sent == before[-1].sent] if before else []
    dashes = [
        place
        for place, token in enumerate(sentence)
        if token.text in _DASHES and (token.i == 0 or bool(token.nbor(-1).whitespace_))
    ]
    words = [token for token in sentence[dashes[-1] + 1 if dashes else 0 :] if not token.is_space]
    brackets = next((place for place, token in enumerate(words) if token.text == "("), len(words))  # “(R-Fla.)”
    words = _without_outlet(words[:brackets])
    bare = len(words) <= _LONGEST_BARE and not any(token.pos_ in {"VERB", "AUX"} for token in words)
    if not words:
        return None
    return _in_name(words) if bare else _in_clause(words)


def _in_name(words: Sequence[Token]) -> Token | None:
    """Finds who is named by words without a verb: “Foreign Minister Lavrov, on Tuesday:”."""
    if len(words) <= _LONGEST_NAME and all(token.text[0].isupper() for token in words):
        if any(token.tag_ == "IN" and token.lower_ != "of" for token in words):
            return None  # a headline in capitals: “Union President On Lund:”
        return words[-1] if words[-1].is_upper or words[-1].pos_ == "PROPN" else None
    phrase = list(
        takewhile(
            lambda token: token.pos_ != "ADP" and not (token.i > words[0].i and token.nbor(-1).text == ","), words
        )
    )
    names = [token for token in phrase if token.pos_ == "PROPN"]
    if phrase and phrase[-1].pos_ == "NOUN" and names and is_person_noun(phrase[-1].text):  # “Lavrov spokesman:”
        return phrase[-1]
    if names and words[0].text[0].isupper() and words[0].pos_ in {"PROPN", "ADJ", "NOUN", "DET"}:
        return names[-1]
    return _sender(words)


def _in_clause(words: Sequence[Token]) -> Token | None:
    """Returns who speaks by a clause in front of a colon: “Dahl's real words were: “…””."""
    root = words[0].sent.root
    quoting = [token for token in words if token.lower_ == "quoting"]
    if quoting and (quoted := children(quoting[-1], "dobj")):  # “shared an article quoting Xi:”
        return quoted[0]
    found = subject(root) if root.pos_ in {"VERB", "AUX"} and root in words else None
    passes_on = conveyed(root) is not None
    if root.lemma_ == "quote" and not passes_on:  # “In her book Holm quotes a letter:”
        return None
    if found is not None and (can_hold_a_view(found) or passes_on) and found.lower_ not in _POINTING:
        return found
    if found is not None and root.lemma_ == "be" and found.lemma_.lower() in SPEECH_CARRIERS:
        return author_token(found) or next(iter(children(found, "poss")), None)
    return words[-1] if words[-1].pos_ == "PROPN" and words[-1].ent_type_ == "PERSON" else None


def _without_outlet(words: Sequence[Token]) -> list[Token]:
    """Returns the words before a colon; of “Anna Novak, Norpress:” only the name."""
    comma = next((place for place, token in enumerate(words) if token.text == ","), len(words))
    named = 1 < comma <= _LONGEST_NAME and all(token.text[0].isupper() for token in words[:comma])
    return [token for token in (words[:comma] if named else words) if not token.is_punct]
