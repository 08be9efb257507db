"""Tells whether words were said: not what might, did not, should or was about to be said, nor what is only asked.

Works on spaCy's dependencies, and for a whole article on one sentence at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rag.attribution.masking import Unit, units
from rag.attribution.syntax import LED_BY, SUBJECTS, can_hold_a_view, children, has_mark, is_cue, is_passive
from rag.core import Article, Span
from rag.text.language_detection import is_english
from rag.text.quotation_marks import quotations
from rag.text.spacy_models import parser
from rag.text.speech_verbs import lexicon

if TYPE_CHECKING:
    from spacy.tokens import Token

_UNREAL = frozenset(
    ["would", "could", "might", "may", "should", "must", "can", "will", "'ll", "’ll", "shall", "ca", "wo", "'d", "’d"]
)
_REPEATEDLY = {"always", "often", "sometimes", "regularly", "frequently", "usually"}
_NEVER = {"never", "hardly", "nowhere", "rarely"}
_SELDOM = {*_NEVER, "seldom", "scarcely", "barely", "almost", "nearly", "practically", "virtually"}
_NOBODY = {"nobody", "none", "neither", "no-one"}
_NOT_DONE = frozenset(
    """
    refuse decline fail want wish hope plan intend expect promise vow threaten forget hesitate neglect need ought prefer
    seek offer suppose ask urge tell order instruct try stop avoid refrain mean dare schedule prepare ready likely
    unlikely able unable unwilling willing reluctant about quit cease resist consider contemplate imagine risk dodge
    forgo dread delay postpone skip
    """.split()  # noqa: SIM905 - a list of words reads better so
)
"""Verbs and adjectives after which “to say”, “saying” or “of saying” tells of nothing that was said."""
_WISHING = {"wish", "imagine", "pretend", "dream"}
_UNDONE = {"without", "instead", "rather", "than", "from", "against", "beyond"}
"""Prepositions whose gerund was not said: “left without saying that”."""
_KNOWING = {"know", "realize", "realise", "understand", "notice", "mind", "care", "regret", "forget"}
_CONDITIONS = ("if", "unless", "whether")
_OPEN = {"whichever", "whatever", "whoever", "whenever", "wherever"}
_LEADING = {"when", "if", "once", "though", "although", "unless", "until", "than"}
_ASKED = {"ask", "question", "press", "quote", "tell"}
_GOVERNED = {"xcomp", "ccomp", "pcomp", "prep", "conj", "advmod", "acomp"}


def is_unsaid(article: Article, sentences: Sequence[Span], span: Span) -> bool:
    """Whether the sentence around the words tells of speech, and of none that took place: “Toll could say “…””."""
    if not is_english(article):
        return False
    unit = next((unit for unit in units(article, sentences, quotations(article)) if unit.span.covers(span)), None)
    around = next((sentence for sentence in unit.sentences if sentence.overlaps(span)), None) if unit else None
    if unit is None or around is None:
        return False
    words = _narrated(unit, around)
    cues = [token for token in words if is_cue(token, "quote")] or [token for token in words if is_cue(token, "clause")]
    return bool(cues) and not any(is_said(cue, quoted=True) for cue in cues)


def _narrated(unit: Unit, sentence: Span) -> list[Token]:
    """The words of a sentence that the journalist wrote."""
    return [token for token in parser()(unit.skeleton) if sentence.start <= unit.origin[token.idx] < sentence.end]


def is_said(cue: Token, *, quoted: bool = False) -> bool:
    """Whether a cue tells of words that were said; if they stand in quotation marks, unless something denies it."""
    if cue.lower_ == "according":
        return True
    if _is_turned(cue) or any(_leaves_unsaid(verb, cue, quoted=quoted) for verb in _governing(cue)):
        return False
    if cue.doc[cue.sent.end - 1].text == "?" or has_mark(cue, *_CONDITIONS):
        return False
    return quoted or not (
        _is_misread(cue) or _is_denied(cue) or _is_conditional(cue) or _is_told_of(cue) or _is_only_named(cue)
    )


def _governing(cue: Token) -> Iterator[Token]:
    """The cue and the verbs that decide whether it came about: “stopped short of saying”, “do not believe he said”."""
    yield cue
    current = cue
    while current.head != current and current.dep_ in _GOVERNED:
        if current.lower_ in LED_BY or (current.dep_ == "conj" and children(current, "nsubj", "nsubjpass")):
            return  # “wanted closer ties after accusing Moscow”
        current = current.head
        yield current


def _leaves_unsaid(verb: Token, cue: Token, *, quoted: bool) -> bool:
    if any(child.lower_ in _NOBODY for child in children(verb, "nsubj")) or _is_instead(verb):
        return True
    polarity = lexicon().polarity(verb.lemma_, "clause")
    if polarity == "asks" and cue.dep_ == "ccomp" and cue.head == verb:
        return True  # “Asked why she thought it was safe”
    denies = polarity == "denies"  # “She did not deny it: “…”” was said
    negated = any(child.dep_ == "neg" or child.lower_ in _NEVER for child in verb.children)
    if negated and not denies and verb.lemma_ not in _KNOWING:
        return verb == cue or verb.pos_ in {"VERB", "AUX"}
    if _is_unreal(verb) and not any(child.lower_ in _REPEATEDLY for child in children(verb, "advmod")):
        return not (is_passive(verb) and verb.lemma_ in {"hear", "see"})  # “can be heard saying”
    if verb == cue or not _leads_to(verb, cue):
        return verb.lemma_ in _WISHING and verb != cue
    yet = verb.lemma_ == "have" and any(child.lower_ == "yet" for child in verb.subtree)
    denied = denies and not quoted  # a quotation that is denied is recorded as disputed
    return yet or denied or verb.lemma_ in _NOT_DONE or (verb.lemma_ == "go" and verb.tag_ == "VBG")


def _is_unreal(verb: Token) -> bool:
    """Whether an auxiliary tells that it may not have happened: “would say”."""
    return any(child.tag_ == "MD" and child.lower_ in _UNREAL for child in children(verb, "aux"))


def _is_instead(link: Token) -> bool:
    """“Instead of saying …”, “without saying …”."""
    return link.pos_ in {"ADP", "SCONJ", "ADV"} and bool(
        {link.lower_, *(leaf.lower_ for leaf in link.children)} & _UNDONE
    )


def _leads_to(verb: Token, cue: Token) -> bool:
    """Whether the cue is an infinitive or gerund under the verb, whose subject it shares."""
    return cue.tag_ in {"VB", "VBG"} and not children(cue, "nsubj", "nsubjpass") and verb.i < cue.i


def _is_turned(verb: Token) -> bool:
    """“Had Toll said so, …”, “Should he admit it, …”: a condition told by the order of its words."""
    voices = children(verb, "nsubj", "nsubjpass")
    first = [child for child in children(verb, "aux", "auxpass") if child.lower_ in {"had", "were", "should"}]
    return any(voice.i > child.i for child in first for voice in voices)


def _is_denied(verb: Token) -> bool:
    """“rarely admits”, “neither confirmed nor denied”, “all but admitted”, “came close to saying”: not said."""
    if any(child.dep_ == "neg" or child.lower_ in {*_SELDOM, "neither", "nor"} for child in verb.children):
        return True
    if verb.dep_ == "conj" and any(child.lower_ in {"neither", "nor"} for child in verb.head.children):
        return True
    if [token.lower_ for token in verb.doc[max(verb.sent.start, verb.i - 2) : verb.i]] == ["all", "but"]:
        return True
    over = verb.head
    if verb.tag_ != "VBG" or verb.dep_ != "pcomp" or over.pos_ not in {"ADP", "SCONJ", "ADV"} or not over.i:
        return False
    return over.nbor(-1).pos_ in {"ADV", "ADJ"} and over.nbor(-1).lower_ not in {"prior", "due"}


def _is_conditional(cue: Token) -> bool:
    """“if he admits”, “could ask or say”, “whatever the court says”: what only may be."""
    # “Novak must go, and Hahn said …”: a verb with a subject of its own does not share the other's “must”.
    if not children(cue, "nsubj", "nsubjpass") and any(_is_unreal(verb) for verb in _conjoined_heads(cue)):
        return True
    current = cue
    while not has_mark(current, *_CONDITIONS):
        if current.head == current or current.dep_ not in {"conj", "xcomp", "ccomp"}:
            return _is_left_open(cue)
        current = current.head
    return True


def _is_left_open(cue: Token) -> bool:
    """“Whatever the council says”, “whichever way the court rules”."""
    beside = [child for child in cue.children if child.i < cue.i and child.pos_ in {"NOUN", "PRON", "DET", "SCONJ"}]
    return any(word.lower_ in _OPEN for child in beside for word in (child, *child.children))


def _conjoined_heads(token: Token) -> Iterator[Token]:
    while token.dep_ == "conj" and token.head != token:
        token = token.head
        yield token


def _is_told_of(cue: Token) -> bool:
    """“When asked how she felt, …”, “Asked about it, …”: a participle, whatever the tagger takes it for."""
    if cue.tag_ not in {"VBD", "VBN"} or children(cue, "agent", *SUBJECTS) or cue.dep_ in {"conj", "relcl"}:
        return False
    first = cue.i == cue.sent.start or cue.nbor(-1).text == ","
    led = cue.i > cue.sent.start and cue.nbor(-1).lower_ in _LEADING
    return led or (first and cue.dep_ == "advcl" and cue.lemma_ in _ASKED)


def _is_misread(cue: Token) -> bool:
    """Whether the parser takes a noun for a verb: the number of “his popular music show” does not agree with it.

    Nor has “the Brel calls for change” a subject, where a name stands right in front.
    """
    if cue.tag_ == "VBZ" and cue.dep_ in {"advcl", "ccomp", "pobj"} and not children(cue, *SUBJECTS):
        return cue.i > 0 and cue.nbor(-1).pos_ in {"NOUN", "PROPN"}
    voices = children(cue, "nsubj") if cue.tag_ == "VBP" else []
    return any(voice.tag_ == "NN" and not can_hold_a_view(voice) and not children(voice, "conj") for voice in voices)


def _is_only_named(cue: Token) -> bool:
    """Whether the verb stands in a form that tells of no speech: “to say”, “the words used”, “opposing captain”."""
    if cue.tag_ == "VB":
        over = cue.head
        if any(child.lower_ == "to" for child in children(cue, "aux")):
            went_on = over != cue and "said to" in lexicon().frames(over.lemma_) and cue.dep_ in {"xcomp", "advcl"}
            return not went_on or is_passive(over) or over.dep_ == "acl"  # “the word used to describe it”
        return not any(child.lower_ in {"did", "does", "do"} for child in children(cue, "aux"))
    if cue.dep_ == "amod":
        return True
    past = bool(children(cue, "agent")) or any(child.lemma_ == "have" for child in children(cue, "aux"))
    return cue.tag_ == "VBN" and cue.dep_ in {"acl", "advcl", "relcl"} and not past
