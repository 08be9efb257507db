"""Finds whose words a sentence brings, and through whom they come: letters read out, claims within claims.

A cue inside the content of another is part of what was said and no statement of its own, with four exceptions: words
that an outlet reports (“RBK reports that Peskov acknowledged …”), quoted words (“Police say Prell said “hit them””), a
second cue that the parser attached too low (“said A but warned of B”), and a claim that is being denied (“dismissed a
claim by Pashinyan that …”). In the first two the speaker is whose words they are; `via` holds who tells of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.attribution.syntax import (
    LED_BY,
    RELATIVES,
    SPEECH_CARRIERS,
    children,
    citing,
    has_mark,
    is_cue,
    is_somebody,
    outer_cue,
    subject,
)
from rag.core import Polarity, Span
from rag.text.names import is_person_noun
from rag.text.speech_verbs import is_told, lexicon
from rag.text.tokens import word_list

if TYPE_CHECKING:
    from spacy.tokens import Token

_CONVEYING = word_list("conveying")
"""Verbs of speech whose object may be another's words; with the others a letter is what the subject says it in."""
_REACTING = word_list("reacting")
_OF_OTHERS = word_list("texts of others")
_LETTING = word_list("showing somebody speak")
_MADE = {"send", "issue", "draft", "make", "file", "pen", "compose", "record", "give", "prepare"}
"""What an author does to a letter or a video, besides writing."""
_IMPERSONAL = {"it", "there", "that", "this", "what", "i", "we", "you", *RELATIVES}
_FRAMED = {"ccomp", "xcomp", "pcomp"}


def author_token(noun: Token) -> Token | None:
    """Finds the author of a letter or remark: “a letter from Tann”, “an email from Holm to Lund”."""
    if noun.lemma_.lower() not in SPEECH_CARRIERS and "noun" not in lexicon().frames(noun.lemma_.lower()):
        return None
    owners = [_named(owner) for owner in (*(children(noun, "poss") or _possessor(noun)), *_behind(noun))]
    return next((owner for owner in owners if owner.pos_ != "PRON" and _is_author(owner)), None)


def _possessor(noun: Token) -> list[Token]:
    """Returns the name of “Petra Szymborn’s notebook”, where the parser gives it to the preposition in front."""
    before = noun.nbor(-1) if noun.i > 1 else noun
    return [before.head] if before.tag_ == "POS" and before.head.i == before.i - 1 else []


def _named(owner: Token) -> Token:
    """Returns the name in “the diary of Sofia Lind aloud”, whose adverb the parser takes for a noun."""
    names = [child for child in children(owner, "compound") if child.pos_ == "PROPN" and child.i + 1 == owner.i]
    return names[0] if owner.pos_ == "NOUN" and names and not is_somebody(owner) else owner


def _is_author(owner: Token) -> bool:
    """Tells whether a token names a person or body.

    Also a name that the parser takes for a place or for part of another.
    """
    return is_somebody(owner) or (owner.pos_ == "PROPN" and owner.ent_type_ in {"", "GPE", "NORP"})


def _behind(noun: Token) -> Iterator[Token]:
    beside = [link for link in children(noun.head, "prep") if link.i == noun.i + 1]  # “read a statement from Holm”
    for link in [*children(noun, "prep", "agent"), *beside]:
        if link.lower_ in {"from", "by", "of"}:
            yield from children(link, "pobj")
    for clause in children(noun, "acl"):  # “a letter written by Tann”, but not “a video obtained by Orda”
        for link in children(clause, "agent", "prep") if clause.lemma_ in _MADE or is_cue(clause, "quote") else ():
            if link.lower_ in {"from", "by"}:
                yield from children(link, "pobj")
    for clause in children(noun, "relcl"):  # “a letter that she had received from Tann”
        for link in children(clause, "agent", "prep"):
            if link.lower_ in {"from", "by"}:
                yield from filter(is_somebody, children(link, "pobj"))


def conveyed(verb: Token) -> Token | None:
    """Finds whose words the verb passes on, if its object is somebody's letter, statement or remark."""
    if (told := _told_of(verb)) is not None:
        return told
    frames = lexicon().frames(verb.lemma_)
    own = "quote" in frames and verb.lemma_ not in _CONVEYING
    if own or verb.lemma_ in _REACTING or "accuse" in frames - {"quote"} or _denies(verb):
        return None
    quoted = children(verb, "dobj") if verb.lemma_ in {"quote", "cite"} else []
    found = (author_token(noun) or _said_it(noun) for noun in _objects(verb))
    return next((whose for whose in (*filter(is_somebody, quoted), *found) if whose is not None), None)


def _told_of(verb: Token) -> Token | None:
    """Finds whose remark somebody is told of right in front of a colon: “told her of a remark by Boyce: “…””."""
    links = [link for link in children(verb, "prep") if link.lower_ == "of" and children(verb, "dobj", "nsubjpass")]
    for whose in (author_token(noun) for link in links for noun in children(link, "pobj")):
        behind = whose.doc[whose.right_edge.i + 1 : verb.sent.end] if whose is not None else ()
        if whose is not None and not any(token.pos_ in {"VERB", "AUX", "NOUN"} for token in behind):
            return whose
    return None


def set_in(tokens: Iterable[Token]) -> Token | None:
    """Finds whose letter a sentence opens with: “In an email from Holm to Lund, …”."""
    for token in tokens:
        if token.dep_ == "pobj" and token.head.lower_ in {"in", "to"} and (whose := author_token(token)) is not None:
            return whose if token.head.lower_ == "in" else None
    return None


def _said_it(noun: Token) -> Token | None:
    """Finds who spoke what a relative clause tells of: “the last thing Rud said to her”."""
    clauses = (clause for clause in children(noun, "relcl") if is_cue(clause, "quote"))
    speakers = (child for clause in clauses for child in children(clause, "nsubj") if child.lower_ not in RELATIVES)
    return next((speaker for speaker in speakers if is_somebody(speaker)), None)


def quoted_first(cue: Token) -> Token | None:
    """Returns whom “Quoting Bo Lund, Irma Falk said” quotes."""
    first = cue.sent[0]
    if first.lower_ != "quoting" or first.i + 1 >= cue.i:
        return None
    for token in cue.doc[first.i + 1 : cue.i]:
        if token.text == ",":
            return token.nbor(-1) if token.i > first.i + 1 else None
    return None


def is_reading(cue: Token) -> bool:
    """Tells whether somebody passes on words that are another's, whoever that is.

    “Read a second line: “…””, but not “the sign read: “…””; “posted a headline: “…””.
    """
    objects = children(cue, "dobj")
    if cue.lemma_ in _CONVEYING - {"read"}:
        objects = [thing for thing in objects if thing.lemma_ in _OF_OTHERS and not children(thing, "poss")]
    return cue.lemma_ in _CONVEYING | {"tweet"} and bool(objects)


def _denies(verb: Token) -> bool:
    return lexicon().polarity(verb.lemma_, "clause") == "denies"


def _objects(verb: Token, depth: int = 4) -> Iterator[Token]:
    """Yields what a verb governs, and what that is of: “quoted from a report”, “reminded voters of a remark”."""
    for child in verb.children:
        if child.i > verb.i and child.dep_ in {"dobj", "pobj", "prep", "dative", "attr", "prt"} and depth:
            if child.dep_ in {"dobj", "pobj", "attr"}:
                yield child
            yield from _objects(child, depth - 1)


def heard(cue: Token) -> Token | None:
    """Returns who speaks in “Falk recalled Otto Prinz saying”, where the parser gives the speaker to the outer verb."""
    if cue.tag_ not in {"VBG", "VB"} or children(cue, "nsubj", "aux") or not cue.left_edge.i:
        return None
    if cue.dep_ == "acl" and cue.head.dep_ == "dobj" and cue.head.head.lemma_ in _LETTING and is_somebody(cue.head):
        return cue.head  # “quoted a spokesman for Kessel Capital complaining”
    before = cue.left_edge.nbor(-1)
    shown = before.dep_ == "dobj" and before.head.lemma_ in _LETTING and is_somebody(before)
    return before if shown and cue.dep_ in {"advcl", "xcomp", "ccomp", "acl"} else None


def voices(cue: Token) -> list[Token]:
    """Finds who says that the words were said, outermost first: “Police believe Prell told his wife”."""
    found, current = _asides(cue), cue
    if (shown := heard(cue)) is not None and (voice := subject(shown.head)) is not None:
        found, current = [*found, voice], shown.head
    while current.head != current and (_is_framed(current) or shares_subject(current)):
        shared, current = shares_subject(current), current.head
        if shared:
            continue
        if current.lemma_ == "cite" and current.tag_ == "VBG":  # “Reuters reported, citing police, that Prell said”
            found += children(current, "dobj")
            current = current.head
        if current.pos_ in {"VERB", "AUX"} and _frames(current):
            cited = citing(current)
            found += [cited] if cited is not None and cited not in found else []
            found += [voice for voice in _subjects(current) if voice.lower_ not in _IMPERSONAL]
    if (holder := _before_has(cue)) is not None and holder not in found:
        found.append(holder)
    return found[::-1]


def shares_subject(verb: Token) -> bool:
    """Recognises the second verb of “Holm said that the guard looked at her and told her: “…””."""
    return verb.dep_ == "conj" and verb.head.pos_ in {"VERB", "AUX"} and not children(verb, "nsubj", "nsubjpass")


def _is_framed(verb: Token) -> bool:
    """Tells whether a verb is what the one above it tells: its clause, or a participle that it shows somebody in."""
    shown = verb.i > 0 and verb.tag_ in {"VBG", "VB"} and verb.head.lemma_ in _LETTING and verb.nbor(-1).text != ","
    told = verb.dep_ == "parataxis" and verb.head.i > verb.i and _closes_frame(verb.head)
    return told or verb.dep_ in _FRAMED or (verb.dep_ in {"advcl", "acl"} and shown)


def _asides(cue: Token) -> list[Token]:
    """Finds who is named in “Ida Falk, prosecutors said, told a guard”."""
    inside = [child for child in children(cue, "parataxis", "ccomp") if child.i < cue.i and _frames(child)]
    told = [verb for verb in inside if _is_set_off(verb) or has_mark(cue, "that")]
    told += [verb for verb in children(cue, "parataxis", "ccomp") if verb.i > cue.i and _closes_frame(verb)]
    return [voice for verb in told for voice in (*filter(None, [citing(verb)]), *_subjects(verb))]


def _is_set_off(verb: Token) -> bool:
    first = verb.left_edge
    opened = first.is_punct or (first.i > verb.sent.start and first.nbor(-1).is_punct)
    return opened and verb.i + 1 < len(verb.doc) and verb.nbor().is_punct


def _closes_frame(verb: Token) -> bool:
    """Tells whether a clause behind a comma tells who says so: “Reeve used to tell us, his granddaughter recalled.”."""
    voiced = children(verb, "nsubj")
    if not voiced or not voiced[0].left_edge.i or voiced[0].left_edge.nbor(-1).text != ",":
        return False
    is_tag = is_told(verb.lower_) or not children(verb, "prep", "dobj", "ccomp", "xcomp")
    return _frames(verb) and is_tag and not (has_mark(verb, "that") or children(verb, "aux"))


def is_denied(cue: Token) -> bool:
    """Tells whether a quotation is told in a denial: “Lund denies that he told a guard: “…””."""
    current = cue
    while current.head != current and current.dep_ in {"ccomp", "xcomp", "pcomp", "prep"}:
        current = current.head
        if _denies(current):
            return True
    return False


def only_leads_to(cue: Token, words: Iterable[int], through: Iterable[Token]) -> bool:
    """Tells whether some words in front of a cue do no more than say who tells of it: “that he heard Ida Falk say”."""
    voices_ = {voice.i for voice in through}
    before = (cue.doc[index] for index in words if index < cue.left_edge.i)
    small = {"mark", "det", "aux", "poss", "compound", "amod", "punct"}
    # “warden Gus Prell told”: the parser takes an occupation in small letters for another word.
    return all(
        word.i in voices_ or word.dep_ in small or word.is_ancestor(cue) or is_person_noun(word.text) for word in before
    )


def _frames(verb: Token) -> bool:
    return is_cue(verb, "clause") or verb.lemma_ in _LETTING


def _subjects(verb: Token) -> list[Token]:
    agents = [leaf for by in children(verb, "agent") for leaf in children(by, "pobj")]
    return agents or children(verb, "nsubj")


def _before_has(cue: Token) -> Token | None:
    """Returns the deepfake of “A deepfake has Dahl say”, which the parser takes for one verb."""
    for aux in children(cue, "aux"):
        if cue.tag_ in {"VB", "VBG"} and aux.lemma_ == "have" and aux.i > cue.sent.start:
            named = [child for child in children(cue, "nsubj") if child.i > aux.i]
            return aux.nbor(-1) if named else None
    return None


_REPORTING = {"report"}
_CONTRASTING = {"while", "whereas", "although", "though"}


@dataclass(slots=True)
class Attribution:
    """What grammar alone tells. `words` are indices of the content's tokens in the parsed unit."""

    cue: Token
    frame: str
    words: set[int]
    speaker: Token | None
    preposition: Token | None = None
    via: tuple[Token, ...] = ()
    polarity: Polarity = "asserts"
    content: list[Span] = field(default_factory=list)
    likelihood: float = 1.0

    @property
    def cue_text(self) -> str:
        """Returns the cue as written, with its preposition."""
        return self.cue.text if self.preposition is None else f"{self.cue.text} {self.preposition.text}"


def standing_apart(found: list[Attribution]) -> list[Attribution]:
    """Separates cues that hang inside another's content only because the parser put them there."""
    passing: list[Attribution] = []
    for inner in found:
        for outer in found:
            if outer is inner or inner.cue.i not in outer.words or outer.frame == "according":
                continue
            if inner.frame == "according":
                if inner.cue.i > outer.cue.i and inner.cue.nbor(-1).text == "," and outer.frame != "noun":
                    # “Lavrov said the talks had failed, according to News Armenia.”
                    outer.words = {index for index in outer.words if index < inner.cue.i}
                    _pass_on(inner, outer)
                    passing.append(inner)
                continue
            if _answers(inner, outer):
                outer.words = {index for index in outer.words if index < inner.cue.head.left_edge.i}
                inner.words = set(outer.words)
                continue
            cut = _border(inner, outer)
            if cut is not None:
                outer.words = {index for index in outer.words if index < cut}
                inner.words = {index for index in inner.words if index >= cut}
                if not _has_own_subject(inner.cue):
                    inner.speaker = outer.speaker
    return [report for report in found if report not in passing]


def _answers(inner: Attribution, outer: Attribution) -> bool:
    """Recognises “… accuse them of failing, an accusation that the Kremlin has denied”: both speak of the same."""
    noun = inner.cue.head
    return (
        inner.cue.dep_ == "relcl"
        and noun.dep_ == "appos"
        and "noun" in lexicon().frames(noun.lemma_)
        and outer.cue.i < noun.i
    )


def _has_own_subject(cue: Token) -> bool:
    return any(child.dep_ in {"nsubj", "nsubjpass"} for child in cue.children)


def _border(inner: Attribution, outer: Attribution) -> int | None:
    """Returns the token from which on `inner` is a cue beside `outer`, None if it is part of what `outer` says."""
    cue = inner.cue
    if inner.frame == "noun" or cue.i <= outer.cue.i:
        return None
    if _has_own_subject(cue):
        return _second_clause(cue) if inner.frame == "clause" else None
    lead = cue.nbor(-1)
    if cue.tag_ == "VBG" and lead.lower_ in LED_BY and outer.cue.tag_ != "VBG":
        return int(lead.i)
    if outer_cue(cue) == outer.cue:
        return int(cue.i)
    return _conjoined(inner, outer) if cue.dep_ == "conj" else None


def _conjoined(inner: Attribution, outer: Attribution) -> int | None:
    """Returns where a second verb of the cue's tense begins: “emphasized that A is a right but warned of B”."""
    cue = inner.cue
    both_participles = cue.tag_ == "VBG" == outer.cue.tag_ and inner.frame in {"clause", "urge"}
    finite = {child.tag_ for child in children(cue.head, "aux", "auxpass")} | {cue.head.tag_}
    same_tense = cue.tag_ in {"VBD", "VBZ"} and cue.tag_ == outer.cue.tag_ and cue.tag_ not in finite
    if not (both_participles or same_tense):
        return None
    linking = [child.i for child in cue.head.children if child.dep_ == "cc" and child.i < cue.i]
    return max(linking, default=int(cue.i))


def leave_participles(report: Attribution) -> None:
    """Cuts off what a participle adds: “told reporters that Russia is pleased, noting …”."""
    for token in report.cue.doc:
        if (
            token.i in report.words
            and token.i > report.cue.i
            and is_cue(token, "quote")
            and outer_cue(token) == report.cue
        ):
            report.words = {index for index in report.words if index < token.i}
            return


def _second_clause(cue: Token) -> int | None:
    """Finds where “…, while Armenia's foreign minister said …” or “…, and Lavrov said …” begins."""
    edge = min(child.left_edge.i for child in cue.children if child.dep_ in {"nsubj", "mark", "cc"} or child.i > 0)
    marks = [child.i for child in children(cue, "mark") if child.lower_ in _CONTRASTING]
    linking = (
        [child.i for child in cue.head.children if child.dep_ == "cc" and child.i < cue.i] if cue.dep_ == "conj" else []
    )
    start = marks[0] if marks else linking[-1] if linking else None
    if start is None or start == 0 or cue.doc[start - 1].text != "," or abs(edge - start) > 1:
        return None
    return start


def without_nested(found: list[Attribution], quoted: Collection[int] = ()) -> list[Attribution]:
    """Drops what is only part of another's content, and hands on as `via` who says that words were said.

    `quoted` are the words in quotation marks: whose they are comes before who tells of it.
    """
    kept: list[Attribution] = []
    relays = [outer for outer in found if _only_relays(outer, found, quoted)]
    rest = [report for report in found if report not in relays]
    for relay in reversed(relays):  # the outermost stands in front
        for inner in rest:
            if inner.cue.i in relay.words and relay.speaker is not None:
                inner.via = (relay.speaker, *inner.via)
    for report in rest:
        outers = [
            other
            for other in rest
            if other is not report and report.cue.i in other.words and report.words != other.words
        ]
        nested = [other for other in outers if other.frame != "according" and not _denied_claim(report, other)]
        if not nested and not (report.frame == "according" and _is_via(report, rest)):
            kept.append(report)
    for report in kept:
        if report.frame not in {"according", "noun"}:  # also where who tells of it was too unlikely to be kept
            above = voices(report.cue)
            report.via = (*(voice for voice in above if voice not in {report.speaker, *report.via}), *report.via)
    return kept


def _denied_claim(inner: Attribution, outer: Attribution) -> bool:
    return inner.frame == "noun" and inner.speaker is not None and outer.frame in {"object", "about", "noun"}


def _only_relays(outer: Attribution, found: Sequence[Attribution], quoted: Collection[int]) -> bool:
    """Tells whether a report is nothing but another's statement: an outlet's, or one that ends in the other's words."""
    if outer.frame != "clause" or outer.speaker is None:
        return False
    told = [report for report in found if report.frame != "noun" and _clause_over(report.cue) == outer.cue]
    if outer.cue.lemma_ in _REPORTING:
        return bool(told)
    # “he hoped”, “said the studio feared that”: what somebody thinks is told in the words of who tells of it.
    told = [report for report in told if report.speaker is not None and report.speaker.pos_ != "PRON"]
    told = [report for report in told if "quote" in lexicon().frames(report.cue.lemma_)]
    return any(not report.words.isdisjoint(quoted) and outer.words & {*quoted} <= report.words for report in told)


def _clause_over(cue: Token) -> Token | None:
    """Returns the verb whose clause a cue heads: the “recalled” of “recalled that her father used to say”."""
    while cue.dep_ == "xcomp" and "said to" in lexicon().frames(cue.head.lemma_):
        cue = cue.head
    return cue.head if cue.dep_ == "ccomp" else None


def _is_via(report: Attribution, others: Sequence[Attribution]) -> bool:
    """Passes the outlet of “Lavrov advised caution, according to News Armenia” on to the statement beside it."""
    passed = False
    for other in others:
        if other is not report and other.cue.i in report.words and other.frame not in {"according", "noun"}:
            _pass_on(report, other)
            passed = True
    return passed


def _pass_on(report: Attribution, other: Attribution) -> None:
    voice = report.speaker
    if not other.via and voice is not None and voice.pos_ != "PRON":
        other.via = (voice,)
