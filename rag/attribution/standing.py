"""Tells whether words count as said: taken back, disputed, made up, or spoken in a work of fiction.

Reads three places: what stands over the cue in its sentence ("withdrew her claim that", "a deepfake has Dahl say"),
the work or document that the sentence is set in ("in the novel"), and the verdict of the sentence behind it ("The
screenshot is fake.", "She later took it back.", "He denied saying so."). What a character says goes on in the story:
see `goes_on`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING

from rag.attribution.syntax import SPEECH_CARRIERS, children, is_cue
from rag.text.spacy_models import parser
from rag.text.speech_verbs import lexicon
from rag.types import Standing

if TYPE_CHECKING:
    from spacy.tokens import Span, Token

_POINTING = frozenset(
    {"it", "that", "this", "so", "such", "them", "those", "these", "anything", "thing", "nothing", "kind", "sort"}
)
_PRONOUNS = frozenset({"he", "she", "they", "it", "i", "we", "who"})
_ABSENT = frozenset({"no", "never", "not", "n't", "n’t", "nothing", "nowhere", "neither"})
_SUBJECTS = ("nsubj", "nsubjpass")
_CLAUSES = frozenset({"ccomp", "xcomp", "acl", "relcl", "advcl", "pcomp", "pobj", "dobj", "conj", "prep", "appos"})
_LABEL = re.compile(r"\s*(\w+(?: \w+)?)\s*:\s*(\w[\w-]*)?")
_LONGEST_VERDICT = 2
"""Sentences behind a statement that may tell what became of it."""


@cache
def _words(name: str) -> frozenset[str]:
    table = tomllib.loads(resources.files("rag.text").joinpath("standing.toml").read_text("utf-8"))
    return frozenset(table[name].split())


def is_one_of(kind: str, word: str) -> bool:
    """Whether a word stands in one of the lists of `standing.toml`."""
    return word.lower() in _words(kind)


@cache
def _may_judge() -> re.Pattern[str]:
    """Finds in a following sentence any word with which it may judge; it overshoots, the parser decides."""
    words = {*_words("made_up"), *_words("denying"), *_words("withdrawing"), *_words("withdrawing_back")}
    stems = "|".join(sorted(re.escape(word.rstrip("ey")) for word in words))
    said = r"\b(?:sa(?:y|id)|utter|quote|ma[dk]e)"
    none = r"(?:\bnever|\bnot?|\bnothing|n[’']t)\b"
    unsaid = f"{none}.{{0,40}}{said}|{said}.{{0,20}}{none}"
    return re.compile(rf"\b(?:{stems}|took|withdrew|made up)\w*|{unsaid}", re.IGNORECASE)


def standing_of(cue: Token | None, speaker: Token | None = None, following: str = "") -> Standing:
    """Tells how the words at a cue stand; `following` is the text right behind the statement, a sentence or two.

    `cue` is None for words without one; then only what follows can tell.
    """
    above = _above(cue) if cue is not None else "said"
    return above if above != "said" or not following.strip() else _judged(cue, speaker, following)


def goes_on(before: Standing, own: Standing) -> Standing:
    """The standing of words whose speaker is the one before, or “he”, in the same paragraph: a story goes on."""
    return "fictional" if before == "fictional" and own == "said" else own


def _above(cue: Token) -> Standing:
    """What the cue's own sentence tells."""
    if _is_taken_back(cue):
        return "withdrawn"
    if _is_made_up(cue):
        return "fabricated"
    return "fictional" if _is_of_a_story(cue) else "said"


def _is_taken_back(cue: Token) -> bool:
    """“no longer claims”, “withdrew her claim that”, “apologised for saying that”, “took back the remark that”."""
    if any(child.lower_ == "longer" and _is_negated(child) for child in children(cue, "advmod")):
        return True
    return any(withdraws(verb) and link in {"dobj", "pobj", "pcomp", "nsubjpass"} for verb, link in _verbs_above(cue))


def _is_negated(token: Token) -> bool:
    return any(child.lower_ in {"no", "not", "any"} for child in token.children)


def _verbs_above(token: Token) -> Iterator[tuple[Token, str]]:
    """Every verb above a token, with the label by which the way up reaches it: “dobj” for what it does it to."""
    label = token.dep_
    while token.head != token and label in {*_CLAUSES, *_SUBJECTS}:
        token = token.head
        if token.pos_ in {"VERB", "AUX"}:
            yield token, label
        if token.dep_ != "prep":
            label = token.dep_ if token.pos_ in {"VERB", "AUX"} or label not in {"pobj", "pcomp"} else label
            label = token.dep_ if token.pos_ in {"NOUN", "PROPN"} else label


def withdraws(verb: Token) -> bool:
    """Whether a verb takes back what it governs: “withdrew”, “apologised for”, “took back”."""
    if verb.lemma_ in _words("withdrawing"):
        return True
    back = any(child.lower_ == "back" for child in children(verb, "prt", "advmod"))
    return back and verb.lemma_ in _words("withdrawing_back")


def _is_made_up(cue: Token) -> bool:
    """“A deepfake has Dahl say”, “According to a hoax, Dahl said”, “a post falsely claims that Dahl said”."""
    told = [cue, *(verb for verb, _ in _verbs_above(cue))]
    if any(_names(noun, "made_up") for verb in told for noun in _sources(verb)):
        return True
    over = told if any(noun.lemma_.lower() in _carriers() for noun in _sources(cue)) else told[1:]
    return any(child.lower_ in {"falsely", "wrongly"} for verb in over for child in children(verb, "advmod"))


def _sources(verb: Token) -> Iterator[Token]:
    """The nouns that hold or show what a verb tells: its subjects and what stands with it behind “in” or “to”.

    “A deepfake has Premier Dahl say” is read as one verb with a subject each for “has” and “say”, or with one for both.
    """
    yield from children(verb, *_SUBJECTS)
    for child in verb.children:
        if child.dep_ in {"prep", "agent"}:
            yield from children(child, "pobj")
            yield from (noun for deeper in children(child, "prep") for noun in children(deeper, "pobj"))
    if verb.dep_ in {"acl", "relcl", "ccomp", "advcl"} and verb.head.pos_ == "NOUN":
        yield verb.head
    ahead = [token for token in verb.doc[verb.sent.start : verb.i] if token.lower_ == "has"]
    for has in ahead:
        if has.i > verb.sent.start and verb.tag_ in {"VB", "VBG"}:
            yield has.nbor(-1)


def _names(noun: Token, kind: str) -> bool:
    """Whether a noun, or an adjective or noun right in front of it, is one of `kind`."""
    parts = [noun, *children(noun, "amod", "compound", "nmod")]
    return any(part.lemma_.lower() in _words(kind) or part.lower_ in _words(kind) for part in parts)


def _is_of_a_story(cue: Token) -> bool:
    """“In the novel, Captain Rask says”, “a film in which the king says”, “says the play's hero”."""
    told = [cue, *(verb for verb, _ in _verbs_above(cue))]
    if any(_names(noun, "satire") for verb in told for noun in _sources(verb)):
        return True
    voices = [voice for verb in told for voice in children(verb, *_SUBJECTS)]
    if any(_is_maker(voice) for voice in voices):
        return False
    if any(_is_a_character(voice) for voice in voices):
        return True
    return any(_is_a_story(noun) for verb in told for noun in _settings(verb))


def _settings(verb: Token) -> Iterator[Token]:
    """The nouns that a clause is set in: “In episode four, …”, “says in the play”, “the film in which he says”."""
    for child in children(verb, "prep"):
        if child.lower_ in {"in", "on", "throughout", "during", "of"}:
            for noun in children(child, "pobj"):
                yield noun
                yield from (leaf for of in children(noun, "prep") for leaf in children(of, "pobj"))
                yield from children(noun, "poss")
    if verb.dep_ == "relcl":
        yield verb.head
    if verb.dep_ in {"pcomp", "advcl"} and verb.head.pos_ in {"VERB", "ADP"}:  # “The play ends with the king saying …”
        above = verb.head.head if verb.head.pos_ == "ADP" else verb.head
        yield from children(above, "nsubj")


def _is_a_story(noun: Token) -> bool:
    """Whether a noun is that of a work of fiction, and not the speaker's own: “In his novel, Hart says …”."""
    own = any(child.lower_ in {"his", "her", "their", "my", "our"} for child in children(noun, "poss"))
    return noun.lemma_.lower() in _words("fiction") and not own and noun.text != noun.text.upper()


def _is_maker(voice: Token) -> bool:
    parts = [voice, *children(voice, "compound", "appos", "amod", "nmod")]
    return any(part.lemma_.lower() in _words("makers") for part in parts)


def _is_a_character(voice: Token) -> bool:
    """“the fictional president”, “the film's hero”, “Ada Quill, a character in the series”, “the hero of the novel”."""
    parts = [voice, *children(voice, "amod", "appos", "compound")]
    if any(part.lemma_.lower() in _words("characters") for part in parts):
        return True
    owners = [owner for part in parts for owner in children(part, "poss")]
    owners += [leaf for part in parts for of in children(part, "prep") for leaf in children(of, "pobj")]
    return voice.pos_ != "PROPN" and any(_is_a_story(owner) for owner in owners)


def _judged(cue: Token | None, speaker: Token | None, following: str) -> Standing:
    """What the sentences behind a statement tell of it."""
    if cue is not None and (label := _LABEL.match(cue.sent.text)) and label[1].lower() in _words("claims"):
        return _by_verdict(following)
    if _may_judge().search(following) is None:
        return "said"
    framed = cue is not None and _is_framed(cue)
    doc = parser()(following)
    for sentence in islice(doc.sents, _LONGEST_VERDICT):
        if (found := _judgement(sentence, speaker, framed=framed)) != "said":
            return found
        if any(is_cue(token, "clause") for token in sentence):  # what comes then may judge somebody else's words
            return "said"
    return "said"


def _by_verdict(following: str) -> Standing:
    """“CLAIM: …” is what a fact check examines: made up unless its verdict is that it is true."""
    for label in _LABEL.finditer(following):
        if label[1].lower() in _words("verdicts") and label[2]:
            return "said" if label[2].lower() in _words("true") else "fabricated"
    return "fabricated"


def _is_framed(cue: Token) -> bool:
    """Whether somebody else presents the words: “A screenshot shows Dahl saying”, “A post claims that Dahl said”."""
    over = [verb for verb, link in _verbs_above(cue) if link in {"ccomp", "xcomp", "advcl", "acl"}]
    ahead = (token for token in cue.doc[cue.sent.start : cue.i] if token.lemma_.lower() in _carriers())
    return bool(over) or any(token.dep_ in _SUBJECTS for token in ahead)


@cache
def _carriers() -> frozenset[str]:
    return SPEECH_CARRIERS | _words("carriers")


def _judgement(sentence: Span, speaker: Token | None, *, framed: bool) -> Standing:
    for token in sentence:
        if token.pos_ in {"VERB", "AUX"}:
            if withdraws(token) and _takes_words(token) and _is_by(token, speaker):
                return "withdrawn"
            if token.lemma_ in _words("denying") and _denies_saying(token) and _is_by(token, speaker):
                return "disputed"
            if _is_unsaid(token):
                return "disputed" if _somebody_says(token) else "fabricated"
        if _calls_made_up(token, framed=framed):
            return "fabricated"
    return "said"


def _takes_words(verb: Token) -> bool:
    """Whether what is withdrawn is something said: “took it back”, “apologised for the remark”."""
    things = [*children(verb, "dobj", "nsubjpass"), *_governed(verb, "for", "from")]
    return any(is_words(thing) for thing in things)


def _governed(verb: Token, *prepositions: str) -> list[Token]:
    found = (child for child in children(verb, "prep") if child.lower_ in prepositions)
    return [leaf for child in found for leaf in children(child, "pobj", "pcomp")]


def is_words(thing: Token) -> bool:
    """Whether a word stands for something said: “the remark”, “saying so”, “it”."""
    speech = "noun" in lexicon().frames(thing.lemma_) or thing.lemma_.lower() in _carriers() or _is_saying(thing)
    return speech or thing.lower_ in {"it", "that", "this", "them"}


def _is_saying(token: Token) -> bool:
    making = token.lemma_ in {"make", "use", "utter", "voice"}
    return token.pos_ == "VERB" and (making or "quote" in lexicon().frames(token.lemma_))


def _denies_saying(verb: Token) -> bool:
    """“denied saying it”, “denies having made the remark”, “denied that she had said so”, “disputes the quote”."""
    acts = [child for child in children(verb, "xcomp", "ccomp", "pcomp", "dobj", "acl") if child.i > verb.i]
    told = any(_is_saying(act) and any(_is_pointed(leaf) for leaf in act.subtree) for act in acts)
    quoted = any(act.lemma_.lower() in {"quote", "quotation", "wording", "authenticity"} for act in acts)
    return told or quoted


def _is_pointed(token: Token) -> bool:
    return token.lower_ in _POINTING or token.lemma_.lower() in _carriers()


def _is_unsaid(verb: Token) -> bool:
    """“She never said it.”, “He said no such thing.”, “There is no record of her saying so.”."""
    if not _is_saying(verb):
        return False
    behind = [leaf for child in children(verb, "dobj", "advmod", "nsubjpass", "prep") for leaf in child.subtree]
    if not any(_is_pointed(leaf) for leaf in behind) or children(verb, "ccomp", "advcl"):
        return False  # “She never said when it would be mended.” tells what was not said, not that nothing was
    if any(token.lower_ in _ABSENT for token in (*verb.children, *behind)):
        return True
    return any(
        leaf.lower_ in _ABSENT for noun in verb.ancestors if noun.pos_ == "NOUN" for leaf in children(noun, "det")
    )


def _somebody_says(verb: Token) -> bool:
    """Whether the words were unsaid by what somebody says: “Aas says she never said it.”."""
    return any("quote" in lexicon().frames(over.lemma_) and over.pos_ == "VERB" for over in verb.ancestors)


def _is_by(verb: Token, speaker: Token | None) -> bool:
    """Whether the subject may be the speaker or their office, and not somebody else who is named."""
    voices = [voice for verb_ in (verb, *verb.ancestors) for voice in children(verb_, *_SUBJECTS)][:1]
    if speaker is None or not voices or voices[0].lower_ in _PRONOUNS or speaker.pos_ == "PRON":
        return True
    names = {word.lower_ for word in speaker.subtree if word.pos_ == "PROPN"}
    said = {word.lower_ for word in voices[0].subtree if word.pos_ == "PROPN"}
    return not said or not names or bool(names & said)


def _calls_made_up(token: Token, *, framed: bool) -> bool:
    """“The screenshot is fake.”, “The quote was made up.”; a bare “That is false” judges what was said."""
    made = token.lemma_ == "make" and any(child.lower_ == "up" for child in children(token, "prt"))
    if not made and not {token.lemma_.lower(), token.lower_} & _words("made_up"):
        return False
    if token.dep_ == "ROOT" and not children(token, *_SUBJECTS):  # “False.”, “Fake!”
        return framed
    verb = token if token.dep_ == "ROOT" else token.head
    denied = any(child.dep_ == "neg" for child in verb.children)
    predicate = token.dep_ in {"acomp", "attr", "oprd", "ROOT"}
    nouns = children(verb, *_SUBJECTS) if predicate and not denied else []
    return any(_is_shown(noun) or (framed and _is_claimed(noun)) for noun in nouns)


def _is_shown(noun: Token) -> bool:
    """Whether a noun is what held the words: “the screenshot”, “the quote”."""
    return noun.lemma_.lower() in _carriers() and noun.lemma_.lower() not in {"remark", "comment", "statement", "words"}


def _is_claimed(noun: Token) -> bool:
    return noun.lower_ in {"it", "that", "this", "they"} or noun.lemma_.lower() in _words("claims") | _carriers()
