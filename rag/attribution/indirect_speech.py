"""Finds attributions without quotation marks in a parsed unit: cue, speaker's words, content."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from rag.attribution.candidates import (
    NO_CUES,
    Complement,
    complements,
    hearsay,
    is_deed,
    is_time,
    of_noun,
    open_complements,
    probability,
)
from rag.attribution.masking import Unit, is_title
from rag.attribution.relays import (
    Attribution,
    author_token,
    heard,
    leave_participles,
    shares_subject,
    standing_apart,
    without_nested,
)
from rag.attribution.standing import is_words, withdraws
from rag.attribution.syntax import (
    SPEECH_CARRIERS,
    SUBJECTS,
    can_hold_a_view,
    children,
    citing,
    has_mark,
    inverted,
    is_cue,
    is_passive,
    is_said,
    relayed,
    subject,
)
from rag.core import Polarity, Span
from rag.text.quotation_marks import widened_to_quotations
from rag.text.speech_verbs import is_told, learned_cues, lexicon
from rag.text.tokens import has_words, word_list

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

LIKELY, LIKELY_LISTED = 0.7, 0.1
"""The likelihood from which a candidate is an attribution, and one in a frame that the lexicon gives its cue."""
_SETTING = word_list("setting a topic")
_INFERRING = word_list("inferring")
_REMARKS = {"comment", "remark", "word", "action", "move", "decision"}
_UNSPEAKING = word_list("unspeaking")
_TELLING = frozenset({"clause", "object", "name", "accuse"})
_LONGEST_TAG = 6  # words on either side of the cue in a tag between commas
_LEAST_QUOTED = 4  # words in quotation marks that are more than a name or a word held at arm's length
_ASIDE = word_list("reporting asides")
_NEAR_CUE = 6  # words between a cue and the quoted words that it introduces
_ENDING = frozenset({".", "?", "!", ";", ":"})
_WHOLE = {"clause", "according", "hearsay"}
"""Frames whose content is a clause, or has its cue's sense already."""
_NEEDS_SPEAKER = {"object", "about", "urge", "accuse", "name"}


def attributions(unit: Unit, doc: Doc, text: str) -> list[Attribution]:
    """Finds every attribution by clause, object or noun in the unit, in text order."""
    quoted = quoted_words(unit, doc)
    found = [report for report in _likely(possible_attributions(doc)) if report.cue.i not in quoted]
    found = [report for report in found if is_listed(report) or not any(report.cue.i in other.words for other in found)]
    words = unit.skeleton.lower()
    tags = _around_tags(doc) if words.count(",") > 1 else ()
    around = {report.cue.i: report for report in tags if report.cue.i not in quoted}
    found = [*(report for report in found if report.cue.i not in around), *around.values()]
    found += _by_words_behind(unit, doc, text, {report.cue.i for report in found})
    sources = [*(_according(doc) if "according" in words else ()), *(_asides(doc, quoted) if "as " in words else ())]
    found += [report for report in sources if not _holds_unsaid(report, quoted)]
    told = set[int]().union(*(report.words for report in found if report.frame == "according"))
    found = [report for report in found if report.frame != "hearsay" or report.cue.i not in told]
    found = without_nested([report for report in standing_apart(found) if is_able(report)], quoted)
    found += _by_fragments(unit, doc, text, found)
    for report in found:
        leave_participles(report)
        if _stands_behind_a_quote(unit, report.cue, text):  # “Biden “has a role to play,” said Doyle”
            report.speaker = inverted(report.cue) or report.speaker
    for report in found:
        report.content = _slices(report, unit, doc, text)
    return sorted((report for report in found if report.content), key=lambda report: report.cue.i)


def _holds_unsaid(report: Attribution, quoted: Collection[int]) -> bool:
    """Recognises “According to a draft, she is expected to say “…””: quoted words that are not said yet.

    Or a quoted cue.
    """
    cues = (report.cue.doc[index] for index in report.words if index not in quoted)
    unsaid = (cue for cue in cues if is_cue(cue, "clause") and not is_said(cue))
    return report.cue.i in quoted or any(leaf.i in quoted for cue in unsaid for leaf in cue.subtree)


def frame_key(frame: str, preposition: Token | None) -> str:
    """Returns a frame with its preposition, as the learned cues have it: “about:at”."""
    return frame if preposition is None else f"{frame}:{preposition.lower_}"


def _likely(found: Iterable[Attribution]) -> Iterator[Attribution]:
    for _, of_cue in groupby(found, key=lambda candidate: candidate.cue.i):
        scored = [replace(candidate, likelihood=probability(candidate)) for candidate in of_cue]
        best = max(scored, key=lambda candidate: candidate.likelihood)
        if best.likelihood >= (LIKELY_LISTED if is_listed(best) else LIKELY):
            yield best


def is_listed(candidate: Attribution) -> bool:
    """Tells whether the lexicon gives the cue this frame; what a noun governs by a preposition may be anything."""
    if candidate.frame == "hearsay":
        return True
    by_preposition = candidate.frame == "noun" and candidate.preposition is not None
    return not by_preposition and candidate.frame in lexicon().frames(candidate.cue.lemma_)


def quoted_words(unit: Unit, doc: Doc) -> set[int]:
    """Returns the indices of words in quotation marks: a cue among them is part of what somebody said."""
    marked = [quote.inner for quote in unit.fragments if quote.marked]
    if not marked:
        return set()
    return {token.i for token in doc if any(span.start <= unit.origin[token.idx] < span.end for span in marked)}


def possible_attributions(doc: Doc, *, every: bool = False) -> Iterator[Attribution]:
    """Finds everything in the sentence that might report what somebody said, several for one cue.

    With `every`, adjectives that training has not found to tell a view as well. A verb that the lexicon lacks
    tells what somebody did or wants: nobody's words.
    """
    for token in doc:
        if token.pos_ in {"VERB", "AUX"}:
            if not lexicon().frames(token.lemma_.lower()) <= NO_CUES and is_said(token):
                yield from _by_verb(token)
        elif token.pos_ == "ADJ":
            if token.dep_ in {"acomp", "oprd"} and is_said(token.head):
                yield from _by_adjective(token, every=every)
        elif token.pos_ == "NOUN":
            yield from _by_noun(token)


def _opened(token: Token, *, every: bool) -> list[Complement]:
    known = learned_cues().get(token.lemma_.lower(), frozenset())
    return [found for found in open_complements(token) if every or frame_key(found[0], found[2]) in known]


def _by_verb(token: Token) -> Iterator[Attribution]:
    frames = lexicon().frames(token.lemma_)
    if token.tag_ == "VBG" and token.lemma_ == "cite":
        return
    listed = list(complements(token, frames)) if frames - NO_CUES else []
    if told := hearsay(token):
        if not any(is_cue(head, "clause") for head in told):  # “was expected to say that …”
            yield Attribution(token, "hearsay", _words(token, told), None)
        return
    speaker, via = _speaker(token)
    for frame, heads, preposition in listed:
        if is_time(heads) or is_deed(token, frame, heads, speaker) or _is_about_words(token, heads):
            continue
        if frame in _NEEDS_SPEAKER - {"urge", "accuse", "name"} and _is_idle(heads[0], token):
            continue
        if any(heard(child) == heads[0] for child in token.children):  # “recalled Otto Prinz saying”
            continue
        if frame == "clause" and (_lacks_subject(heads[0], token) or _stands_apart(token)):
            continue
        if _sets_topic(token, frame) or (frame == "clause" and _is_inferred(token, speaker)):
            continue
        key = f"{token.lemma_}:{preposition.lower_}" if preposition is not None and frame == "about" else token.lemma_
        words = _behind_colon(token, _words(token, heads))
        yield Attribution(token, frame, words, speaker, preposition, via, lexicon().polarity(key, frame))


def _is_done_to(verb: Token) -> bool:
    """Recognises “the move, viewed as a sign of weakness”: a participle that tells what others do."""
    behind_comma = verb.tag_ == "VBD" and verb.i > verb.sent.start and verb.nbor(-1).text == ","
    is_bare = (verb.tag_ == "VBN" or behind_comma) and not children(verb, "aux", "agent", *SUBJECTS)
    return is_bare and verb.dep_ in {"dep", "advcl", "acl"}


def _sets_topic(cue: Token, frame: str) -> bool:
    """Recognises “Announcing the plan, Novak said …”, “…, he said, referring to it”: the topic of what is said."""
    alone = cue.tag_ == "VBG" and not children(cue, "aux") and frame in {"about", "object"}
    return alone and ((cue.dep_ == "advcl" and cue.i < cue.head.i) or cue.lemma_ in _SETTING)


def _stands_apart(cue: Token) -> bool:
    """Recognises “…, as Holm says, …”, and “…; Holm testified about them”, which tells of nothing in front of it."""
    before = [voice.left_edge.nbor(-1).text for voice in children(cue, "nsubj") if voice.left_edge.i]
    return has_mark(cue, "as") or before == [";"]


def _lacks_subject(clause: Token, cue: Token) -> bool:
    """Recognises “told The Mirror parts of Orland got rain”, whose subject the parser takes for who is told."""
    if clause.dep_ != "ccomp" or clause.i < cue.i or clause.tag_ not in {"VBD", "VBZ", "VBP"}:
        return False
    told = children(cue, "dobj", "dative")
    return bool(told) and not children(clause, *SUBJECTS, "csubj") and told[-1].right_edge.i + 1 == clause.left_edge.i


def _is_inferred(cue: Token, speaker: Token | None) -> bool:
    """Recognises a conclusion of the journalist's: “The pattern of traffic suggests that …”."""
    if cue.lemma_ not in _INFERRING or speaker is None:
        return False
    if any(voice.lemma_ in _REMARKS for voice in children(cue, "nsubj")):
        return True  # “Holm's comments indicate how …”
    if speaker.pos_ != "NOUN" or can_hold_a_view(speaker):
        return speaker.lower_ in _UNSPEAKING
    return speaker.lemma_.lower() not in SPEECH_CARRIERS


def _is_about_words(cue: Token, heads: Sequence[Token]) -> bool:
    """Recognises “withdrew her claim that”, “quoted him as saying”: words are told of."""
    leaves = [leaf for head in heads for leaf in (head, *children(head, "pobj", "pcomp"))]
    return any(relayed(leaf) for leaf in leaves) or (withdraws(cue) and any(is_words(leaf) for leaf in leaves))


def _by_adjective(token: Token, *, every: bool) -> Iterator[Attribution]:
    speaker = subject(token.head)
    for frame, heads, preposition in _opened(token, every=every) if can_hold_a_view(speaker) else ():
        if not is_time(heads):
            yield Attribution(token, frame, _words(token, heads), speaker, preposition)


def _by_noun(noun: Token) -> Iterator[Attribution]:
    polarity: Polarity = "denies" if noun.lemma_ == "denial" else "asserts"
    for frame, heads, preposition, owner in of_noun(noun):
        if not is_time(heads) and not _is_withheld(noun):
            words = {word.i for head in heads for word in head.subtree}
            yield Attribution(noun, frame, words, owner, preposition, polarity=polarity)


def _is_withheld(noun: Token) -> bool:
    """Recognises “declined to give her view of”, “will send a message that”: a claim that is not made."""
    verb = noun.head.head if noun.dep_ == "pobj" else noun.head
    return noun.dep_ in {"dobj", "pobj"} and verb.pos_ == "VERB" and not is_said(verb, quoted=True)


def _by_words_behind(unit: Unit, doc: Doc, text: str, cues: Collection[int]) -> Iterator[Attribution]:
    """Yields words in quotation marks right behind a cue whatever the parser makes of them: “said “leave no marks””."""
    for fragment in (quote for quote in unit.fragments if quote.marked and not is_title(text, unit.span.start, quote)):
        words = {token.i for token in doc if fragment.inner.start <= unit.origin[token.idx] < fragment.inner.end}
        cue = _cue_right_in_front(doc, min(words)) if len(words) > 1 else None
        if cue is None or cue.i in cues:
            continue
        speaker, via = _speaker(cue)
        if can_hold_a_view(speaker):
            polarity = lexicon().polarity(cue.lemma_, "clause")
            yield Attribution(cue, "clause", words, speaker, via=via, polarity=polarity)


def _cue_right_in_front(doc: Doc, first: int) -> Token | None:
    """Returns the cue in front of quoted words, past those addressed: “told the staff “…””."""
    cue = _cue_in_front(doc, first)
    if cue is None or not is_cue(cue, "quote"):
        return None
    addressed = {word.i for child in children(cue, "dobj", "dative") for word in child.subtree if child.i < first}
    return cue if addressed >= set(range(cue.i + 1, first)) else None


def _by_fragments(unit: Unit, doc: Doc, text: str, found: Sequence[Attribution]) -> Iterator[Attribution]:
    """Yields quoted words that a cue governs from further off: “said he had offers, but “the offers were …””."""
    told = set[int]().union(*(report.words for report in found))
    for fragment in (quote for quote in unit.fragments if quote.marked):
        words = {token.i for token in doc if fragment.inner.start <= unit.origin[token.idx] < fragment.inner.end}
        if len(words) < _LEAST_QUOTED or words & told or is_title(text, unit.span.start, fragment):
            continue
        heads = [doc[index] for index in sorted(words) if doc[index].head.i not in words]
        cue = _governing_cue(heads[0]) if heads and heads[0].head != heads[0] else None
        if cue is None or cue.i in words:
            cue = _cue_in_front(doc, min(words))
        if cue is None or not can_hold_a_view(speaker := subject(cue)):
            continue
        same = next((report for report in found if report.cue == cue and report.frame != "according"), None)
        if same is not None:
            same.words |= words
        else:
            yield Attribution(cue, "object", words, speaker, polarity=lexicon().polarity(cue.lemma_, "object"))


def _cue_in_front(doc: Doc, first: int) -> Token | None:
    """Returns the cue a few words before a fragment, in its sentence, whatever the parser makes of it."""
    for index in range(first - 1, max(first - 1 - _NEAR_CUE, -1), -1):
        token = doc[index]
        if token.text in _ENDING:
            return None
        if token.pos_ == "VERB" and lexicon().frames(token.lemma_) & _TELLING:
            return token if is_said(token) else None
    return None


def _stands_behind_a_quote(unit: Unit, cue: Token, text: str) -> bool:
    place = unit.origin[cue.idx]
    before = (quote.outer.end for quote in unit.fragments if quote.marked and quote.outer.end <= place)
    return any(not text[end:place].strip(" ,") for end in before)


def _governing_cue(token: Token) -> Token | None:
    while token.head != token:
        token = token.head
        if token.pos_ == "VERB" and lexicon().frames(token.lemma_) & _TELLING:
            return token if is_said(token) else None
    return None


def _according(doc: Doc) -> Iterator[Attribution]:
    for token in doc:
        if token.lower_ != "according" or token.i + 1 >= len(doc) or doc[token.i + 1].lower_ != "to":
            continue
        speakers = [leaf for to in children(token, "prep") for leaf in children(to, "pobj")]
        if not speakers:
            continue
        head = token.head
        while head.head != head and (head.pos_ not in {"VERB", "AUX"} or shares_subject(head)):
            head = head.head
        inside = {word.i for word in head.subtree} - {word.i for word in token.subtree}
        yield Attribution(token, "according", inside, speakers[0], doc[token.i + 1])


def _asides(doc: Doc, quoted: Collection[int]) -> Iterator[Attribution]:
    """Yields what an outlet is said to report: “As The Daily Caller reported, …”.

    Behind words in quotation marks it is the clause that these stand in: “That it “is late”, as Holm said, matters.”.
    """
    for token in doc:
        if token.dep_ != "advcl" or token.lemma_ not in _ASIDE or not has_mark(token, "as") or not is_said(token):
            continue
        objects = [thing for thing in children(token, "dobj", "ccomp", "xcomp") if thing.lower_ != "it"]
        speaker = subject(token)
        if objects or speaker is None or not can_hold_a_view(speaker) or token.head.pos_ not in {"VERB", "AUX"}:
            continue
        if has_mark(token.head, "if", "unless"):  # “If it were as deadly as Novak says, …”
            continue
        inside = {word.i for word in token.head.subtree} - {word.i for word in token.subtree}
        clause = _clause_in_front(token) if quoted else None
        held = {word.i for word in clause.subtree} if clause is not None else set[int]()
        inside = inside if held.isdisjoint(quoted) else held
        yield Attribution(token, "according", inside, speaker)


def _clause_in_front(aside: Token) -> Token | None:
    """Returns the verb of the clause that ends right in front of an aside."""
    before = [token for token in aside.doc[aside.sent.start : aside.left_edge.i] if not token.is_punct]
    verb = before[-1] if before else aside
    while verb.pos_ not in {"VERB", "AUX"} and verb.head != verb:
        verb = verb.head
    inside = [over for over in verb.ancestors if over.pos_ in {"VERB", "AUX"} and over.right_edge.i < aside.left_edge.i]
    return (inside or [verb])[-1] if before and verb.right_edge.i < aside.left_edge.i else None


def _around_tags(doc: Doc) -> Iterator[Attribution]:
    """Yields what stands around a tag between commas: “The bridge, engineers said on Friday, had no future”."""
    for cue in doc:
        if cue.pos_ != "VERB" or not (cue.lemma_ == "tell" or is_told(cue.lower_)):
            continue
        commas = [token.i for token in cue.sent if token.text == ","]
        start = max((place for place in commas if place < cue.i), default=-1)
        end = min((place for place in commas if place > cue.i), default=-1)
        if min(start, end) < 0 or not is_said(cue):
            continue
        voice, addressed = doc[start + 1 : cue.i], doc[cue.i + 1 : end]
        front, rest = _words_of(doc[cue.sent.start : start]), _words_of(doc[end + 1 : cue.sent.end])
        verbs = any(word.pos_ in {"VERB", "AUX", "SCONJ"} for word in (*front, *voice, *addressed))
        verbs = verbs or any(word.tag_ in {"WP", "WDT"} for word in voice)  # “Ida Hart, who wrote it, said: “…””
        if verbs or not (front and voice and rest) or max(len(voice), len(addressed)) > _LONGEST_TAG:
            continue
        nominal = {"NOUN", "PROPN", "PRON"}
        predicate = rest[0].pos_ in {"VERB", "AUX"} and rest[0].tag_ not in {"VBG", "VBN"}
        if predicate and front[-1].pos_ in nominal and voice.root.pos_ in nominal:
            yield Attribution(cue, "clause", {word.i for word in (*front, *rest)}, voice.root)


def _words_of(tokens: Iterable[Token]) -> list[Token]:
    return [token for token in tokens if not (token.is_punct or token.is_space)]


def _speaker(token: Token) -> tuple[Token | None, tuple[Token, ...]]:
    if _is_done_to(token):
        return None, ()
    speaker, voice = relayed(token) or (heard(token) or _tagged(token) or subject(token), citing(token))
    return (author_token(speaker) if speaker is not None else None) or speaker, () if voice is None else (voice,)


def _tagged(cue: Token) -> Token | None:
    """Returns the name of “because, said Mr Holm, they …”, where the parser finds another subject."""
    return inverted(cue) if is_told(cue.lower_) and cue.i and cue.nbor(-1).text == "," else None


def _is_idle(head: Token, cue: Token) -> bool:
    """Returns an object that says nothing by itself: a pronoun, or a person greeted or called."""
    if head.pos_ == "PRON":
        return not (is_passive(cue) or lexicon().polarity(cue.lemma_, "object") == "denies")
    named = any(word.ent_type_ == "PERSON" for word in (head, *head.children))
    somebody = named or (head.pos_ == "NOUN" and can_hold_a_view(head))
    return somebody and cue.lemma_ in {"welcome", "greet", "thank", "tell", "cite", "note"}


def _words(cue: Token, heads: Sequence[Token]) -> set[int]:
    """Returns the content's tokens: all that hangs on the heads, without the cue and what hangs on it alone."""
    words: set[int] = set()
    for head in heads:
        words |= {word.i for word in head.subtree}
    for index in list(words):
        if cue.doc[index].dep_ == "relcl" and "name" in lexicon().frames(cue.lemma_) and _after_comma(cue.doc[index]):
            words -= {word.i for word in cue.doc[index].subtree}
    if (named := _tagged(cue)) is not None:
        words -= set(range(cue.i, named.i + 1))
    if cue.i in words:
        words -= {word.i for word in cue.subtree}
        words |= {word.i for head in heads if head.i > cue.i and head.head == cue for word in head.subtree}
    return words


def _behind_colon(cue: Token, words: set[int]) -> set[int]:
    """Returns the content without the heading that a sentence may open with: “Harbour closed: Police said …”.

    Nothing is left where the parser takes the heading alone for it: “Loans dearer: The bank announced a rise.”.
    """
    colons = [token.i for token in cue.doc[min(words, default=cue.i) : cue.i] if token.text == ":"]
    if not colons:
        return words
    return {index for index in words if index > colons[-1]}


def _after_comma(clause: Token) -> bool:
    """Tells whether a relative clause is an aside of the journalist: “described as “anti-terror”, which claimed …”."""
    edge = clause.left_edge.i
    return edge > 0 and clause.doc[edge - 1].text == ","


def is_able(report: Attribution) -> bool:
    """Tells whether whoever speaks can hold a view, where the frame asks for that."""
    return report.frame not in _NEEDS_SPEAKER or can_hold_a_view(report.speaker)


def _told_words(report: Attribution) -> set[int]:
    """Returns the content's tokens; with the cue where they say nothing without it: “denied the claims”, “praised it”.

    Only a clause says by itself what somebody says, unless it is denied.
    """
    cue, words = report.cue, report.words - {report.cue.i}
    is_whole = report.frame in _WHOLE or (report.frame == "noun" and report.preposition is None)
    if not words or (is_whole and report.polarity != "denies"):
        return words
    negation = [child.i for child in children(cue, "neg") if child.i < cue.i]
    first, last = min([cue.i, *negation]), cue.i
    behind = min((index for index in words if index > cue.i), default=None)
    carried = range(first, behind) if behind is not None else range(max(words) + 1, last + 1)
    voice = report.speaker
    between = voice is not None and voice.i in carried
    return words if between else words | {*carried}


def _slices(attribution: Attribution, unit: Unit, doc: Doc, text: str) -> list[Span]:
    """Returns the content as exact spans of the article: broken only where words that are not content stand between."""
    runs: list[list[int]] = []
    for index in sorted(_told_words(attribution)):
        if runs and all(doc[between].is_punct or doc[between].is_space for between in range(runs[-1][-1] + 1, index)):
            runs[-1].append(index)
        else:
            runs.append([index])
    slices = [span for run in runs if (span := _trimmed(run, unit, doc, text)) is not None]
    return [widened_to_quotations(text, span, unit.fragments) for span in slices]


def _trimmed(run: list[int], unit: Unit, doc: Doc, text: str) -> Span | None:
    while run and _is_margin(doc[run[0]]):
        run = run[1:]
    while run and (_is_margin(doc[run[-1]]) or _leads_in_quote(doc[run[-1]])):
        run = run[:-1]
    if not run:
        return None
    if run[-1] + 1 < len(doc) and doc[run[-1] + 1].lower_ in {"n't", "n’t"}:
        run = [*run, run[-1] + 1]
    span = unit.span_of(doc[run[0]].idx, doc[run[-1]].idx + len(doc[run[-1]].text))
    return span if has_words(text[span.start : span.end]) else None


def _leads_in_quote(token: Token) -> bool:
    """Tells whether a cue at the end leads in a quotation by another: “that the guard looked at her and said: …”."""
    return token.dep_ == "conj" and is_cue(token, "quote") and token.i + 1 < len(token.doc) and token.nbor().text == ":"


def _is_margin(token: Token) -> bool:
    return token.is_space or token.dep_ == "cc" or not token.text.strip(",;:.-–—")
