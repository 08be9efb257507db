"""Tells whether words count as said: taken back, disputed, made up, or spoken in a work of fiction.

Reads the cue's own sentence (“withdrew her claim that”, “a deepfake has Dahl say”), the work that it is set in (“in the
novel”), the verdict on a claim that holds it (“we rate the claim that … FALSE”), and the sentences behind it (“The
screenshot is fake.”, “She later took it back.”). `statements.py` reads the headline. In doubt words count as said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from rag.attribution.syntax import SPEECH_CARRIERS, children, is_cue, is_said
from rag.core import Standing
from rag.text.speech_verbs import lexicon
from rag.text.tokens import word_list

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token

_POINTING = frozenset({"it", "that", "this", "so", "such", "them", "those", "these", "anything"})
_SUBJECTS = ("nsubj", "nsubjpass")
_UP = frozenset({"ccomp", "xcomp", "pcomp", "acl"})
_POINTED_BY = frozenset({"the", "that", "this", "those", "these", "any", "such", "no"})
_RECORD = frozenset({"record", "evidence", "proof", "trace", "sign"})
_ENDING = frozenset({"end", "open", "begin", "close", "start", "finish"})
_MAKING = frozenset({"make", "create", "produce", "generate", "synthesize", "synthesise", "clone"})
_COMING = frozenset({"come", "stem", "originate", "be"})
_LABEL = re.compile(r"\s*(\w+(?: \w+)?)\s*:\s*(\w[\w-]*)?")
_LONGEST_LABEL = 6  # tokens
_LEAST_VERDICT = 4  # letters
_LONGEST_VERDICT = 2
"""Sentences behind a statement that may tell what became of it."""


@cache
def _judging() -> re.Pattern[str]:
    words = {
        *word_list("made_up"),
        *word_list("fakes"),
        *word_list("denying"),
        *word_list("withdrawing"),
        *word_list("satire"),
    }
    stems = "|".join(sorted(re.escape(word.rstrip("ey")) for word in {*words, *word_list("machines")}))
    back = "|".join(sorted(word_list("withdrawing_back"))) + "|took"
    said = r"(?:sa(?:y|id)|utter|quote|ma[dk]e|use|record|evidence)"
    return re.compile(
        rf"\b(?:{stems})\w*|\b(?:{back})\w* .{{0,30}}\bback|\bwithdrew|\bmade up\b"
        rf"|(?:\bnever|\bno|\bnot|n[’']t)\b.{{0,20}}\b{said}|\b{said}.{{0,12}} (?:no such|nothing of)"
        rf"|^\s*(?:{'|'.join(sorted(word_list('verdicts')))})\s*:",
        re.IGNORECASE,
    )


def may_judge(text: str) -> bool:
    """Tells whether a sentence holds a word with which it may judge the words in front of it; the parser decides."""
    return _judging().search(text) is not None


def standing_of(cue: Token | None, speaker: Token | None = None, following: Sequence[Doc] = ()) -> Standing:
    """Tells how the words at a cue stand; `following` is the parsed narration right behind the statement.

    `cue` is None for words without one; then only what follows can tell.
    """
    above = _above(cue) if cue is not None else "said"
    return above if above != "said" else _judged(cue, speaker, following)


def _above(cue: Token) -> Standing:
    if _is_taken_back(cue):
        return "withdrawn"
    if _is_a_joke(cue):
        return "fictional"
    if _is_made_up(cue):
        return "fabricated"
    return "fictional" if _is_of_a_story(cue) else "said"


def _is_taken_back(cue: Token) -> bool:
    """Recognises “no longer claims”, “withdrew her claim that”, “apologised for saying that”."""
    if any(child.lower_ == "longer" and _is_negated(child) for child in children(cue, "advmod")):
        return True
    thing = cue.head if cue.pos_ != "NOUN" and cue.dep_ in {"acl", "relcl", "ccomp"} else cue
    if not (thing == cue or (thing.pos_ == "NOUN" and is_words(thing))):
        return False
    if thing.dep_ in {"dobj", "nsubjpass"}:
        return _withdrew(thing.head)
    return thing.dep_ in {"pobj", "pcomp"} and thing.head.lower_ in {"for", "from"} and _withdrew(thing.head.head)


def _withdrew(verb: Token) -> bool:
    return withdraws(verb) and is_said(verb)


def _is_negated(token: Token) -> bool:
    return any(child.lower_ in {"no", "not", "any"} for child in token.children)


def _over(token: Token) -> Iterator[Token]:
    """Finds every verb whose clause or participle a verb is, from the nearest to the outermost."""
    while token.head != token and token.dep_ in _UP:
        token = token.head
        if token.dep_ in {"dobj", "prep"} or token.pos_ == "ADP":  # “shows Dahl saying”, “ends with the king saying”
            token = token.head
        if token.pos_ not in {"VERB", "AUX"}:
            return
        yield token


def withdraws(verb: Token) -> bool:
    """Tells whether a verb takes back what it governs: “withdrew”, “apologised for”, “took back”."""
    if verb.lemma_ in word_list("withdrawing"):
        return verb.pos_ in {"VERB", "AUX"}
    back = any(child.lower_ == "back" for child in children(verb, "prt", "advmod"))
    return back and verb.lemma_ in word_list("withdrawing_back")


def _is_made_up(cue: Token) -> bool:
    """Recognises “A deepfake has Dahl say”, “a post falsely claims that Dahl said”."""
    over = list(_over(cue))
    if _is_rated_false(cue) or any(_is_fake(noun) for verb in (cue, *over) for noun in _holders(verb)):
        return True
    telling = [verb for verb in over if is_cue(verb, "clause")]
    if any(is_cue(told, "quote") for told in children(cue, "ccomp")):  # what is false is that somebody said so
        telling.append(cue)
    return any(child.lower_ in {"falsely", "wrongly"} for verb in telling for child in children(verb, "advmod"))


def _is_rated_false(cue: Token) -> bool:
    """Recognises “We rate the claim that Dahl said … FALSE”: the verdict in capitals in a fact check."""
    before = {token.lemma_.lower() for token in cue.doc[cue.sent.start : cue.i]}
    verdicts = {token.lower_ for token in cue.sent if token.is_upper and len(token) >= _LEAST_VERDICT}
    untrue = word_list("made_up") | word_list("fakes") | word_list("satire")
    return "rate" in before and bool(before & word_list("claims")) and bool(verdicts & untrue)


def _holders(verb: Token) -> Iterator[Token]:
    """Yields the nouns that hold or show what a verb tells: its subjects and what follows “in”, “by”, “according to”.

    “A deepfake has Premier Dahl say” is read as one verb with a subject each for “has” and “say”, or with one for both.
    """
    yield from children(verb, *_SUBJECTS)
    for child in children(verb, "prep", "agent"):
        if child.lower_ in {"in", "by"}:
            yield from children(child, "pobj")
        if child.lower_ == "according":
            yield from (noun for to in children(child, "prep") for noun in children(to, "pobj"))
    if verb.tag_ in {"VB", "VBG"}:
        yield from (token.nbor(-1) for token in verb.sent[1:] if token.lower_ == "has" and token.i < verb.i)


def _is_fake(noun: Token) -> bool:
    """Recognises what holds words that its supposed speaker never said: “a deepfake”, “a parody account”."""
    if noun.lemma_.lower() in word_list("fakes"):
        return True
    beside = {part.lemma_.lower() for part in children(noun, "amod", "compound", "nmod")}
    held = noun.lemma_.lower() in _carriers() | word_list("claims")
    return held and bool(beside & (word_list("made_up") | word_list("fakes") | word_list("satire")))


def _is_of_a_story(cue: Token) -> bool:
    """Recognises “In the novel, Captain Rask says”, “a film in which the king says”, “says the play's hero”."""
    told = [cue, *_over(cue)]
    voices = [voice for verb in told for voice in children(verb, *_SUBJECTS)]
    if any(_is_maker(voice) for voice in voices):
        return False
    if any(_is_a_character(voice) for voice in voices):
        return True
    present = cue.tag_ in {"VBZ", "VBP", "VBG"}
    return any(_is_a_story(noun, present=present) for verb in told for noun in _settings(verb))


def _settings(verb: Token) -> Iterator[Token]:
    """Yields the nouns that a clause is set in: “In episode four, …”, “the film in which he says”."""
    for child in children(verb, "prep"):
        if child.lower_ in {"in", "throughout", "at"}:
            for noun in children(child, "pobj"):
                yield from (noun, *children(noun, "poss"))
                yield from (leaf for of in children(noun, "prep") for leaf in children(of, "pobj"))
    if verb.dep_ == "relcl" and any(
        leaf.lower_ in {"where", "which"} and leaf.dep_ != "nsubj" for leaf in verb.subtree
    ):
        yield verb.head
    if verb.lemma_ in _ENDING:
        yield from children(verb, "nsubj")


def _is_a_story(noun: Token, *, present: bool) -> bool:
    """Tells whether a noun is that of a work of fiction, and not the speaker's own: “In his novel, Hart says …”.

    A film or a series may be true, and a season one of sport: these count where a story is told, in the present, or
    where one is part of another (“the third season of the series”); a series of something is none.
    """
    owned = any(child.lower_ in {"his", "her", "their", "my", "our"} for child in children(noun, "poss"))
    if owned or noun.pos_ != "NOUN":
        return False
    if noun.lemma_.lower() in word_list("fiction"):
        return True
    if noun.lemma_.lower() not in word_list("perhaps_fiction"):
        return False
    parts = [leaf for of in children(noun, "prep") if of.lower_ == "of" for leaf in children(of, "pobj")]
    whole = any(
        leaf.lemma_.lower() in word_list("perhaps_fiction")
        for leaf in (*parts, noun.head, noun.head.head)
        if leaf != noun
    )
    bare = not children(noun, "det", "poss", "nummod")
    return whole or (present and not parts and not bare)


def is_maker(word: str) -> bool:
    """Tells whether a word in small letters is for somebody who stands outside a story: “director”."""
    return word in word_list("makers")


def _is_maker(voice: Token) -> bool:
    parts = [voice, *children(voice, "compound", "appos", "amod", "nmod")]
    return any(is_maker(part.lemma_.lower()) for part in parts)


def _is_a_character(voice: Token) -> bool:
    """Recognises “the fictional president”, “Ada Quill, a character in the series”, “the hero of the novel”."""
    parts = [voice, *children(voice, "amod", "appos", "compound")]
    named = {part.lemma_.lower() for part in parts}
    works = [work for part in parts for work in children(part, "poss")]
    works += [leaf for part in parts for link in children(part, "prep") for leaf in children(link, "pobj")]
    is_hero = bool(named & word_list("heroes")) and any(_is_a_story(work, present=True) for work in works)
    return is_hero or bool(named & word_list("characters"))


def _judged(cue: Token | None, speaker: Token | None, following: Sequence[Doc]) -> Standing:
    opens = cue.sent[:_LONGEST_LABEL].text if cue is not None else ""
    if (label := _LABEL.match(opens)) and label[1].lower() in word_list("claims"):
        return _by_verdict(" ".join(doc.text for doc in following))
    framed = cue is None or _is_framed(cue) or (speaker is not None and speaker.lemma_.lower() in _carriers())
    for sentence in islice((sentence for doc in following for sentence in doc.sents), _LONGEST_VERDICT):
        found = _judgement(sentence, speaker, framed=framed) if may_judge(sentence.text) else "said"
        if found != "said":
            return found
        if any(is_cue(token, "clause") for token in sentence):  # what comes then may judge somebody else's words
            return "said"
    return "said"


def _by_verdict(following: str) -> Standing:
    """Reads the verdict on “CLAIM: …” in a fact check: made up unless it is true."""
    for label in _LABEL.finditer(following):
        if label[1].lower() in word_list("verdicts") and label[2]:
            return "said" if label[2].lower() in word_list("true") else "fabricated"
    return "said"


def _is_framed(cue: Token) -> bool:
    """Tells whether somebody else presents the words: “A screenshot shows Dahl saying”, “so ran a post”."""
    voices = [voice for verb in (cue, *_over(cue)) for voice in children(verb, *_SUBJECTS)]
    presented = any(verb.lemma_ not in {"begin", "go", "continue"} for verb in _over(cue))
    shown = word_list("carriers") - word_list("utterances") - SPEECH_CARRIERS
    beside = any(token.lemma_.lower() in shown for token in cue.sent)
    return presented or beside or any(voice.lemma_.lower() in _carriers() for voice in voices)


@cache
def _carriers() -> frozenset[str]:
    return SPEECH_CARRIERS | word_list("carriers")


def _judgement(sentence: Span, speaker: Token | None, *, framed: bool) -> Standing:
    for token in sentence:
        if token.pos_ in {"VERB", "AUX"} and _is_asserted(token):
            if _withdrew(token) and _takes_words(token) and _is_by(token, speaker):
                return "withdrawn"
            if (
                token.lemma_ in word_list("denying")
                and is_said(token)
                and _denies_saying(token)
                and _is_by(token, speaker)
            ):
                return "disputed"
            if framed and (_is_made_by_machine(token) or _comes_from_a_fake(token)):
                return "fabricated"
        if _is_unsaid(token, speaker):
            return "disputed" if any(is_cue(over, "quote") for over in token.ancestors) else "fabricated"
        if _calls_made_up(token, framed=framed):
            return "fabricated"
    return "said"


def _is_asserted(verb: Token) -> bool:
    """Tells whether a verb heads its sentence or what somebody says in it: no condition, wish or aside."""
    while verb.dep_ in {"ccomp", "conj"} and verb.head != verb:
        if verb.dep_ == "ccomp" and not (is_cue(verb.head, "clause") and is_said(verb.head)):
            return False
        verb = verb.head
    return verb.dep_ == "ROOT"


def _takes_words(verb: Token) -> bool:
    """Tells whether what is withdrawn is something said: “took it back”, “apologised for the remark”."""
    governed = (child for child in children(verb, "prep") if child.lower_ in {"for", "from"})
    leaves = [leaf for child in governed for leaf in children(child, "pobj", "pcomp")]
    return any(is_words(thing) for thing in (*children(verb, "dobj", "nsubjpass"), *leaves))


def is_words(thing: Token) -> bool:
    """Tells whether a word stands for something said: “the remark”, “saying so”, “it”."""
    speech = "noun" in lexicon().frames(thing.lemma_) or thing.lemma_.lower() in _carriers() or _is_saying(thing)
    return speech or thing.lower_ in {"it", "that", "this", "them"}


def _is_saying(token: Token) -> bool:
    making = token.lemma_ in {"make", "use", "utter", "voice"}
    return token.pos_ == "VERB" and (making or "quote" in lexicon().frames(token.lemma_))


def _denies_saying(verb: Token) -> bool:
    """Recognises “denied saying it”, “denied that she had said so”, “disputes the quote”."""
    acts = [child for child in children(verb, "xcomp", "ccomp", "pcomp", "dobj", "acl") if child.i > verb.i]
    told = any(_is_saying(act) and any(_is_pointed(thing) for thing in _said(act)) for act in acts)
    quoted = any(act.lemma_.lower() in {"quote", "quotation", "wording", "authenticity"} for act in acts)
    return told or quoted


def _said(verb: Token) -> list[Token]:
    """Tells what a verb of saying is said to have said: its object, “so”, or its subject in the passive."""
    return children(verb, "dobj", "nsubjpass", "advmod", "ccomp")


def _is_pointed(token: Token) -> bool:
    """Tells whether a word points to words told before: “it”, “so”, “the remark”, “no such thing”."""
    if token.pos_ in {"PRON", "ADV", "DET"} and token.lower_ in _POINTING:
        return True
    beside = {child.lower_ for child in children(token, "det", "predet", "amod")}
    words = token.lemma_.lower() in _carriers() or "noun" in lexicon().frames(token.lemma_)
    such = "such" in beside and token.lower_ in {"thing", "things", "words"}
    return such or (token.pos_ == "NOUN" and words and bool(beside & _POINTED_BY) and not _is_none(token))


def _is_none(noun: Token) -> bool:
    """Recognises “no comment”, and not “no such comment”."""
    beside = {child.lower_ for child in noun.children}
    return "no" in beside and "such" not in beside


def _is_unsaid(verb: Token, speaker: Token | None) -> bool:
    """Recognises “She never said it.”, “He said no such thing.”, “There is no record of her saying so.”."""
    if not _is_saying(verb) or children(verb, "advcl", "mark"):
        return False
    things = _said(verb)
    nothing_like_it = any(
        thing.lower_ == "nothing" and any(leaf.lower_ in {"kind", "sort"} for leaf in thing.subtree) for thing in things
    )
    if not (nothing_like_it or any(_is_pointed(thing) for thing in things)):
        return False  # “She never said when it would be mended.” tells what was not said, not that nothing was
    if verb.tag_ == "VBG":
        records = (noun for noun in verb.ancestors if noun.lemma_ in _RECORD)
        return any(child.lower_ == "no" for record in records for child in children(record, "det"))
    none_such = any(child.lower_ == "no" for thing in things for child in children(thing, "det", "amod"))
    never = any(child.lower_ == "never" or child.dep_ == "neg" for child in verb.children)
    return (never or none_such or nothing_like_it) and _is_asserted(verb) and _is_by(verb, speaker)


def _is_by(verb: Token, speaker: Token | None) -> bool:
    voices = [voice for verb_ in (verb, *verb.ancestors) for voice in children(verb_, *_SUBJECTS)][:1]
    if speaker is None or not voices or voices[0].pos_ == "PRON" or speaker.pos_ == "PRON":
        return True
    names = {word.lower_ for word in speaker.subtree if word.pos_ == "PROPN"}
    said = {word.lower_ for word in voices[0].subtree if word.pos_ == "PROPN"}
    return not said or not names or bool(names & said)


def _is_made_by_machine(verb: Token) -> bool:
    """Recognises “It had been made by a computer.”, “The clip was created with software.”."""
    if verb.lemma_ not in _MAKING or not any(
        _is_shown(noun) or noun.lower_ == "it" for noun in children(verb, "nsubjpass")
    ):
        return False
    tools = [leaf for by in children(verb, "agent", "prep") for leaf in children(by, "pobj")]
    return any(part.lemma_.lower() in word_list("machines") for tool in tools for part in tool.subtree)


def _comes_from_a_fake(verb: Token) -> bool:
    """Recognises “It came from a parody account.”."""
    if verb.lemma_ not in _COMING or any(child.dep_ == "neg" for child in verb.children):
        return False
    if not any(_is_shown(noun) or noun.lower_ in {"it", "this", "that"} for noun in children(verb, "nsubj")):
        return False
    return any(_is_fake(leaf) for link in children(verb, "prep") for leaf in children(link, "pobj"))


def _is_a_joke(cue: Token) -> bool:
    """Recognises “A satirical website wrote that Dahl said”."""
    voices = (voice for verb in (cue, *_over(cue)) for voice in children(verb, *_SUBJECTS))
    return any(
        {part.lemma_.lower() for part in children(voice, "amod", "compound")} & word_list("satire") for voice in voices
    )


def is_of_today(doc: Doc | None) -> bool:
    """Tells whether a sentence tells of a documentary, in which people speak as themselves."""
    return doc is not None and any(token.lemma_.lower() in word_list("documentaries") for token in doc)


def _calls_made_up(token: Token, *, framed: bool) -> bool:
    """Recognises “The screenshot is fake.”, “The quote was made up.”; a bare “That is false” judges what was said."""
    made = token.lemma_ == "make" and any(child.lower_ == "up" for child in children(token, "prt"))
    if not made and not {token.lemma_.lower(), token.lower_} & (word_list("made_up") | word_list("fakes")):
        return False
    if token.dep_ == "ROOT" and not children(token, *_SUBJECTS):  # “False.”, “Fake!”
        return framed and len(token.sent) <= _LONGEST_VERDICT
    passive = token.tag_ == "VBN" and bool(children(token, "nsubjpass"))
    if not (passive or token.dep_ in {"acomp", "attr", "oprd"}):
        return False
    verb = token if passive else token.head
    if not _is_asserted(verb) or any(child.dep_ == "neg" for child in verb.children):
        return False
    nouns = children(verb, *_SUBJECTS)
    quoted = any(noun.lemma_.lower() in {"quote", "quotation"} for noun in nouns)
    return quoted or (framed and any(_is_shown(noun) or _is_claimed(noun) for noun in nouns))


def _is_shown(noun: Token) -> bool:
    """Tells whether a noun is what held the words: “the screenshot”, “the quote”."""
    return noun.lemma_.lower() in word_list("carriers") - word_list("utterances")


def _is_claimed(noun: Token) -> bool:
    return noun.lower_ in {"it", "that", "this", "they"} or noun.lemma_.lower() in word_list("claims") | _carriers()
