"""Finds every place where a sentence might report speech, and weighs how likely each is an attribution."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from rag.attribution.syntax import RELATIVES, children, has_mark, is_cue, is_passive
from rag.text.names import is_body, is_person_noun
from rag.text.speech_verbs import lexicon
from rag.text.tokens import word_list

if TYPE_CHECKING:
    from spacy.tokens import Token

    from rag.attribution.relays import Attribution

BIAS = "bias"
_LENGTHS = (1, 2, 3, 5, 8, 13, 21)
"""Words of content up to which one class of length reaches."""


NO_CUES = frozenset({"human", "said to", "noun"})
"""Classes of the lexicon that make a verb no cue."""


def probability(candidate: Attribution) -> float:
    """Tells how likely it is that people would mark the candidate as an attribution, from 0 to 1."""
    weights = _weights()
    score = weights[BIAS] + sum(weights.get(feature, 0.0) for feature in features(candidate))
    return 1 / (1 + math.exp(-score))


@cache
def _weights() -> dict[str, float]:
    lines = resources.files("rag.attribution").joinpath("likelihood.tsv").read_text("utf-8").splitlines()
    rows = (line.rsplit("\t", 1) for line in lines if not line.startswith("#"))
    return {feature: float(weight) for feature, weight in rows}


def features(candidate: Attribution) -> set[str]:
    """Tells what the regression sees of a candidate; every feature is there or not."""
    cue, frame = candidate.cue, candidate.frame
    lead = f"{frame}:{candidate.preposition.lower_}" if candidate.preposition is not None else frame
    voice = _kind(candidate.speaker)
    head = _head(candidate)
    return {
        f"frame {lead}",
        f"cue {cue.lemma_.lower()}",
        f"cue {cue.lemma_.lower()} {lead}",
        f"listed {frame} {frame in lexicon().frames(cue.lemma_)}",
        f"voice {voice}",
        f"voice {candidate.speaker.lemma_.lower() if candidate.speaker is not None else 'nobody'}",
        f"voice {frame} {voice}",
        f"size {frame} {sum(len(candidate.words) > limit for limit in _LENGTHS)}",
        *(f"{name} {frame}" for name in _form(cue)),
        *_form(cue),
        *_content(head, frame),
    }


def _kind(speaker: Token | None) -> str:
    if speaker is None:
        return "nobody"
    if speaker.pos_ == "PRON":
        return speaker.lower_
    if speaker.pos_ == "PROPN":
        return f"name {speaker.ent_type_}"
    human = "human" in lexicon().frames(speaker.lemma_.lower())
    return f"noun {speaker.tag_} {'human' if human else 'other'}"


def _form(cue: Token) -> Iterator[str]:
    yield f"tag {cue.tag_}"
    yield f"dep {cue.dep_}"
    if cue.head != cue:
        yield f"under {cue.dep_} {'cue' if 'clause' in lexicon().frames(cue.head.lemma_) else cue.head.pos_}"
    yield f"inside {_over(cue)}"
    if is_passive(cue):
        yield "passive"
    for child in cue.children:
        if child.dep_ in {"aux", "auxpass", "neg", "prt", "mark"}:
            yield f"{child.dep_} {child.lower_}"
    if cue.dep_ == "conj":
        yield f"beside {cue.head.pos_} {bool(lexicon().frames(cue.head.lemma_) - NO_CUES)}"
    if cue.i == cue.sent.start:
        yield "opens"
    elif cue.nbor(-1).text == ",":
        yield "behind a comma"


def _over(cue: Token) -> str:
    """Returns the nearest verb of speech in whose clause the cue stands; “none” where the journalist tells it."""
    while cue.head != cue:
        if cue.dep_ in {"ccomp", "parataxis"} and "clause" in lexicon().frames(cue.head.lemma_):
            return "that" if any(mark.lower_ == "that" for mark in children(cue, "mark")) else "clause"
        cue = cue.head
    return "none"


def _head(candidate: Attribution) -> Token | None:
    doc = candidate.cue.doc
    words = sorted(candidate.words)
    return next((doc[index] for index in words if doc[index].head.i not in candidate.words), None)


def _content(head: Token | None, frame: str) -> Iterator[str]:
    if head is None:
        return
    yield f"said {frame} {head.tag_} {head.dep_}"
    yield f"said {frame} {head.ent_type_ or 'none'}"
    yield f"said {head.lemma_.lower()}"
    yield f"said {frame} {head.lemma_.lower()}"
    yield f"said {frame} {'pronoun' if head.pos_ == 'PRON' else 'words'}"
    for mark in children(head, "mark"):
        yield f"opened {frame} {mark.lower_}"
    if not children(head, "mark", "nsubj", "nsubjpass"):
        yield f"bare {frame}"


Complement = tuple[str, list["Token"], "Token | None"]
"""A frame, the heads of the content, and a preposition that belongs to the cue."""

_LABELLING = {"call", "label", "brand", "dub", "deem", "term", "declare"}
_COMPLETING = {
    *("of", "for", "to", "toward", "towards", "about", "in", "on", "over", "with", "against", "from", "between", "as")
}
_ADDRESSED = {"reporter", "journalist", "crowd", "audience", "supporter"}
_LONGEST_TAG = 8  # words of “, the senator from Vermont said,”
_SHOWING = {"show", "find", "indicate", "suggest"}
_ACCUSING = {"of", "for", "with", "over", "as", "to"}
_FORETELLING = {"expect", "claim"}
_TIMES = {"DATE", "TIME"}
_HELD = {"belief", "hope", "conclusion", "view", "opinion", "call", "question"}
"""Nouns that without an owner tell what nobody has said: “in the hope that”."""
_OWNED_BY = {"by", "from", "among"}
_OF_NOUNS = {"of", "for", "to", "about", "on", "against", "with"}


def complements(token: Token, frames: frozenset[str]) -> Iterator[Complement]:
    """Tells what a verb of the lexicon governs, in the first of its frames that fits."""
    if "relay" in frames and children(token, "prep") and any(child.lower_ == "as" for child in token.children):
        return
    if "name" in frames and (found := _naming(token)):
        yield "name", *found
        return
    if "accuse" in frames and (found := _accusing(token)):
        yield "accuse", *found
        return
    clauses = _clauses(token) if "clause" in frames else []
    urged = _urging(token) if "urge" in frames else None
    # “…, Rud told the paper, and the mayor told her to come”: what stands in front of “told” is not what she is told.
    if clauses and not (urged and all(clause.i < token.i for clause in clauses)):
        yield "clause", clauses, None
        return
    if urged:
        yield "urge", *urged
        return
    for preposition in children(token, "prep"):
        if "about" in lexicon().frames(f"{token.lemma_}:{preposition.lower_}") and (
            heads := children(preposition, "pobj", "pcomp")
        ):
            if not any(thing.lower_ == "what" for thing in children(token, "dobj", "pobj")):  # “what he thinks of it”
                yield "about", [*heads, *_wanted(token, heads[-1])], preposition
            return
    if "object" in frames and (objects := _objects(token)):
        yield "object", objects, None


def _wanted(token: Token, whom: Token) -> list[Token]:
    """Returns the infinitive that tells what somebody is to do: “called on the agents to look into it”."""
    if is_time([whom]):
        return []
    behind = [child for child in children(token, "xcomp", "advcl") if child.tag_ == "VB" and has_to(child)]
    return [child for child in behind if child.left_edge.i == whom.right_edge.i + 1]


def hearsay(token: Token) -> list[Token]:
    """Returns the heads of what a passive tells without a speaker: “Lund is said to be ill”, “was accused of theft”."""
    told = children(token, "nsubjpass")
    if (
        token.lemma_ in {"suppose", "determine", "order"}
        or not told
        or not is_passive(token)
        or children(token, "agent")
    ):
        return []
    frames = lexicon().frames(token.lemma_)
    behind = [child for child in children(token, "xcomp") if child.tag_ == "VB" and has_to(child)]
    if "clause" in frames and behind and ("urge" not in frames or token.lemma_ in _FORETELLING):
        return [*told, *behind[:1]]
    linked = [child for child in children(token, "prep") if child.i > token.i]
    if "accuse" in frames and (why := [link for link in linked if link.lower_ in {"of", "for"}]):
        return [*told, *why[:1]]
    if (
        "name" in frames
        and frames & {"object", "quote"}
        and (named := [link for link in linked if link.lower_ == "as"])
    ):
        return [*told, *named[:1]]
    return []


def open_complements(token: Token) -> Iterator[Complement]:
    """Tells what an adjective might introduce: “confident that”, “critical of”."""
    if clauses := _clauses(token):
        yield "clause", clauses, None
        return
    for preposition in children(token, "prep"):
        if preposition.i > token.i and (heads := children(preposition, "pobj", "pcomp")):
            yield "about", heads, preposition


def of_noun(noun: Token) -> Iterator[tuple[str, list[Token], Token | None, Token | None]]:
    """Yields the same for a listed noun, with its owner: “Doral's view that”, “a call by Hart for”, “reports that”."""
    if "noun" not in lexicon().frames(noun.lemma_):
        return
    owners = children(noun, "poss") or [
        leaf
        for by in children(noun, "prep")
        if by.lower_ in _OWNED_BY
        for leaf in children(by, "pobj")
        if by.lower_ == "by" or leaf.ent_type_ not in {"GPE", "LOC", "FAC"}  # predictions of snow from Kessel to Orland
    ]
    owners = [owner for owner in owners if owner.pos_ in {"PROPN", "NOUN", "PRON"}]
    clauses = [child for child in children(noun, "acl", "ccomp", "relcl") if child.i > noun.i]
    if told := [child for child in clauses if has_mark(child, "that")]:
        is_carrier = noun.dep_ == "pobj" and is_cue(noun.head.head, "quote")  # “said in a statement that”
        is_none = any(child.lower_ in {"no", "any"} for child in children(noun, "det"))
        is_none = is_none or lexicon().polarity(noun.head.lemma_, "object") == "denies"
        if owners or not (noun.lemma_ in _HELD or is_carrier or is_none):
            yield "noun", told[:1], None, owners[0] if owners else None
        return
    if not owners:
        return
    if wanted := [child for child in clauses if child.tag_ == "VB" and has_to(child)]:
        yield "noun", wanted[:1], None, owners[0]
        return
    for preposition in children(noun, "prep"):
        if preposition.lower_ in _OF_NOUNS and (heads := children(preposition, "pobj", "pcomp")):
            yield "noun", heads, preposition, owners[0]


def has_to(verb: Token) -> bool:
    """Tells whether a verb stands with its “to”."""
    return any(leaf.lower_ == "to" for leaf in children(verb, "aux"))


def is_time(heads: list[Token]) -> bool:
    """Tells whether what a cue governs is nothing but a date or a time: “called on Monday”, “argued for many years”."""
    words = [word for head in heads for word in head.subtree if word.pos_ not in {"DET", "PUNCT", "ADP", "SPACE"}]
    return bool(words) and words[0].ent_type_ in _TIMES and all(head.ent_type_ in _TIMES for head in heads)


def _clauses(token: Token) -> list[Token]:
    found = [child for child in children(token, "ccomp") if child.tag_ != "VBG" or children(child, "nsubj", "aux")]
    found = [child for child in found if child.i > token.i or _is_tagged(token)]
    if "quote" not in lexicon().frames(token.lemma_):  # “saw her speak”, “found it odd” are no clauses of belief
        shown = token.lemma_ in _SHOWING  # “polls show Novak leading”
        found = [child for child in found if _is_finite(child) or (shown and child.tag_ == "VBG")]
    if not found:
        found = [child for child in children(token, "advcl", "acl") if child.i > token.i and _is_that(child)]
    if not found and "quote" in lexicon().frames(token.lemma_):  # “said in a statement that”
        carriers = [noun for link in children(token, "prep") for noun in children(link, "pobj")]
        found = [child for noun in carriers for child in children(noun, "acl", "ccomp") if has_mark(child, "that")][:1]
    if token.dep_ == "parataxis" and not found and token.head != token:
        return [token.head]
    return found or _interrupted(token)


def _is_that(clause: Token) -> bool:
    """Tells whether a clause opens with “that”, and not with “so that”, which tells what something is for."""
    thats = [mark for mark in children(clause, "mark") if mark.lower_ == "that"]
    return any(mark.i == 0 or mark.nbor(-1).lower_ != "so" for mark in thats)


def _is_tagged(token: Token) -> bool:
    """Tells whether a mark parts a clause from the tag behind it: “…, she holds”, not “the views she holds dear”."""
    voices = [child for child in children(token, "nsubj") if child.i < token.i]
    edge = min(voice.left_edge.i for voice in voices) if voices else token.i
    return "quote" in lexicon().frames(token.lemma_) or (edge > token.sent.start and token.doc[edge - 1].is_punct)


def _interrupted(token: Token) -> list[Token]:
    """Tells what stands before “, he said,” and is no clause to the parser, as where a quote goes on behind it."""
    after = token.nbor() if token.i + 1 < len(token.doc) else None
    voices = [child for child in children(token, "nsubj") if child.i < token.i]
    if after is None or after.text != "," or not voices or token.dep_ != "ROOT" or token.tag_ not in {"VBD", "VBZ"}:
        return []
    edge = voices[0].left_edge.i
    if edge <= token.sent.start or token.doc[edge - 1].text != "," or token.i - edge > _LONGEST_TAG:
        return []
    return [child for child in token.children if token.sent.start <= child.i < edge and not child.is_punct]


def _is_finite(clause: Token) -> bool:
    finite = {"VBD", "VBZ", "VBP", "MD"}
    return clause.tag_ in finite or any(child.tag_ in finite for child in children(clause, "aux", "auxpass"))


def _naming(token: Token) -> tuple[list[Token], Token | None] | None:
    objects = [child for child in children(token, "dobj", "nsubjpass") if child.i < token.i or child.dep_ == "dobj"]
    for child in children(token, "oprd"):
        if token.lemma_ == "call" and token.dep_ != "relcl" and not (objects or children(child, "nsubj")):
            return None  # “called an emergency session”
        return [*[thing for thing in objects if thing.i > token.i], child], None
    for child in children(token, "ccomp", "xcomp"):  # “calling them rhetoric”, read as a clause
        if child.pos_ in {"NOUN", "ADJ", "PROPN"} and token.lemma_ in _LABELLING | {"consider"}:
            return [child], None
    for preposition in children(token, "prep"):
        heads = children(preposition, "pobj", "pcomp", "amod")
        heads = heads[-1:] if all(head.dep_ == "pobj" for head in heads) else heads
        if (
            preposition.lower_ == "as"
            and preposition.i > token.i
            and heads
            and token.lemma_ not in {"call", "declare", "deem"}
        ):
            things = [thing for thing in objects if token.i < thing.i]
            return ([*things, preposition], None) if things else (heads, preposition)
    if token.lemma_ in {"call", "brand", "label", "dub"} and len(objects) > 1:
        return objects, None
    return None


def _accusing(token: Token) -> tuple[list[Token], Token | None] | None:
    objects = [thing for thing in children(token, "dobj") if thing.i > token.i]
    for preposition in children(token, "prep", "dative"):
        if preposition.lower_ in _ACCUSING and children(preposition, "pobj", "pcomp") and preposition.i > token.i:
            return ([*objects, preposition], None) if objects or is_passive(token) else None
    return (objects, None) if objects and token.lemma_ in {"blame", "thank", "congratulate"} else None


def _urging(token: Token) -> tuple[list[Token], Token | None] | None:
    for child in children(token, "xcomp", "ccomp"):
        if child.tag_ == "VB" and has_to(child) and child.i > token.i:
            things = [thing for thing in children(token, "dobj") if token.i < thing.i < child.i]
            return [*things, child], None
    return None


def _completes(preposition: Token, objects: list[Token]) -> bool:
    """Tells whether a prepositional phrase belongs to the object in front: “reiterated its dedication to peace”."""
    return (
        bool(objects)
        and preposition.lower_ in _COMPLETING
        and preposition.i == objects[-1].right_edge.i + 1
        and not any(
            word.lemma_ in _ADDRESSED or word.ent_type_ in {"PERSON", "DATE", "TIME"} for word in preposition.subtree
        )
    )


def _objects(token: Token) -> list[Token]:
    label = "nsubjpass" if is_passive(token) else "dobj"
    found = children(token, label)
    if token.dep_ == "relcl" and any(thing.lower_ in {"that", "which"} for thing in found):
        return [token.head]
    if label == "dobj":
        found += [child for child in children(token, "prep", "dative") if _completes(child, found)]
    if not found and label == "dobj":  # “insisting on addressing”, “acknowledged meeting him”
        behind = [child for child in children(token, "xcomp", "ccomp") if child.i > token.i]
        found = [child for child in behind if child.tag_ == "VBG" or child.left_edge.lower_ in {"what", "how", "why"}]
    return [
        thing
        for thing in found
        if thing.lower_ not in {*RELATIVES, "himself", "herself", "itself", "themselves", "what"}
    ]


_DEALS = word_list("deals")
_REFUSED = word_list("refused by authorities")
_DEFENDED = word_list("defended in sport and court")
_COUNSEL = word_list("counsel")
_FINDING = {"show", "prove", "demonstrate", "find", "establish"}
_KNOWING = {"know", "realize", "realise"}
"""Verbs with which a journalist tells what is in somebody's mind, and that it is so: nobody's words."""
_INQUIRING = {"determine", "establish", "find", "consider", "decide", "show", "demonstrate", "prove"}
_PROVED = {"improvement", "dominance", "superiority", "reputation", "promise", "form"}
"""Things that people confirm by acting, not by speaking."""
_OFFICIAL = {
    "declare": frozenset({"emergency", "disaster", "war", "holiday", "bankruptcy", "curfew", "lockdown"}),
    "pledge": frozenset({"collateral", "security", "share"}),
}
_HOPING = {"hope", "hop", "expect"}
_OVER = {"career", "day", "night", "quit", "evening"}
_GOODS = word_list("goods recalled")
_GRANTING = {"assume", "suppose", "consider", "grant", "presume"}
_HITTING = {"slam", "blast", "hit", "knock"}
_SPOKEN_PARTICLES = {"point", "lay", "spell", "call", "read", "set", "put", "bring"}
_PERSONS = {"he", "she", "i", "who", "him", "her", "them", "me", "us", "himself", "herself"}


def is_deed(cue: Token, frame: str, heads: Sequence[Token], speaker: Token | None) -> bool:
    """Tells whether the verb, with this object or clause, tells what somebody did and not what they said."""
    match frame:
        case "clause":
            return _is_no_view(cue, speaker)
        case "about":
            return _is_pointed_out(cue, speaker) or (
                cue.lemma_ == "agree" and any(word.lemma_ in _DEALS for word in cue.sent)
            )
        case "urge":  # “hopes to open the line”
            return cue.lemma_ in _HOPING and not (children(cue, "dobj") or children(heads[-1], "nsubj", "nsubjpass"))
        case "name":  # “called it a day”
            it = any(thing.lower_ == "it" for thing in children(cue, "dobj"))
            return it and cue.lemma_ == "call" and any(head.lemma_ in _OVER for head in heads)
        case "object" | "accuse":  # “blasted out a video”, “announced no plans”
            by_particle = bool(children(cue, "prt")) and cue.lemma_ not in _SPOKEN_PARTICLES
            nothing = frame == "object" and any(child.lower_ == "no" for child in children(heads[0], "det"))
            return by_particle or nothing or _is_done_to(cue, heads, speaker)
    return False


def _is_pointed_out(cue: Token, speaker: Token | None) -> bool:
    """Recognises “the term refers to”, “referred the case to the court”, “was referring to”: no words of theirs."""
    if cue.lemma_ != "refer":
        return False
    term = cue.tag_ == "VBZ" and speaker is not None and not _is_person(speaker)
    glossed = cue.tag_ == "VBG" and any(child.lemma_ == "be" for child in children(cue, "aux"))
    return term or glossed or bool(children(cue, "dobj"))


def _is_no_view(cue: Token, speaker: Token | None) -> bool:
    """Recognises a clause that tells what somebody knows, found out or adds to something."""
    if cue.lemma_ == "add" and any(link.lower_ == "to" for link in children(cue, "prep")):
        return True  # “adding to honours it has picked up”
    found = cue.lemma_ in _FINDING and speaker is not None and (_is_person(speaker) or bool(children(cue, "prt")))
    asked = any(has_mark(clause, "whether", "if") for clause in children(cue, "ccomp", "advcl") if clause.i > cue.i)
    inquires = cue.lemma_ in _INQUIRING and asked  # “works on determining whether”
    return found or inquires or cue.lemma_ in _KNOWING or _is_granted(cue) or _is_shown(cue, speaker)


def _is_done_to(cue: Token, heads: Sequence[Token], speaker: Token | None) -> bool:
    lemmas = {head.lemma_ for head in heads}
    match cue.lemma_:
        case "confirm" | "advise" | "reject" | "portray":  # into an office; in an office; a bid, a member; on the stage
            bid = bool(lemmas & (_REFUSED if cue.lemma_ == "reject" else _PROVED)) and cue.lemma_ in {
                "reject",
                "confirm",
            }
            return bid or any(map(_is_person if cue.lemma_ in {"confirm", "advise"} else _is_human, heads))
        case "deny":
            lemmas |= {"request"} if any(_is_person(head) for head in heads) else set()  # a goal, a chance
            several = len(children(cue, "dobj")) > 1 or bool(children(cue, "dative", "oprd"))
            return several or bool(lemmas & _REFUSED) or any(head.ent_type_ == "GPE" for head in heads)
        case "recall":  # a product
            made = speaker is not None and (speaker.ent_type_ == "ORG" or is_body((speaker.text,)))
            return made or bool(lemmas & _GOODS)
        case "defend" | "claim" | "declare" | "pledge":  # a title; an emergency; shares as a security
            official = {word.lemma_ for head in heads for word in head.subtree} & _OFFICIAL.get(cue.lemma_, frozenset())
            counsel = speaker is not None and speaker.lemma_.lower() in _COUNSEL
            in_court = counsel and any(head.pos_ == "PROPN" for head in heads)
            return bool(official) or bool(lemmas & _DEFENDED) or in_court
        case "threaten":
            return not is_passive(cue) and speaker is not None and not _is_somebody(speaker)
    return cue.lemma_ in _HITTING and any(children(head, "nummod") for head in heads)


def _is_person(token: Token) -> bool:
    return token.ent_type_ == "PERSON" or token.lower_ in _PERSONS


def _is_human(token: Token) -> bool:
    return token.ent_type_ == "PERSON" or (token.pos_ == "NOUN" and is_person_noun(token.lemma_.lower()))


def _is_shown(cue: Token, speaker: Token | None) -> bool:
    """Recognises “Arden has shown it is willing to pay”: what a nation or a body proves by what it does."""
    if cue.lemma_ not in _FINDING - {"find", "establish"} or speaker is None or speaker.pos_ != "PROPN":
        return False
    return speaker.ent_type_ in {"GPE", "NORP"} or any(child.lemma_ == "have" for child in children(cue, "aux"))


def _is_somebody(token: Token) -> bool:
    """Tells whether a name is that of people, a nation or a body; what is no name is left to other rules."""
    return token.pos_ != "PROPN" or token.ent_type_ in {"PERSON", "ORG", "GPE", "NORP"} or is_body((token.text,))


def _is_granted(cue: Token) -> bool:
    """Recognises “Assuming he plays, …”: a condition, nobody's view."""
    alone = not children(cue, "aux", "nsubj", "mark")
    return alone and cue.tag_ == "VBG" and cue.lemma_ in _GRANTING and cue.dep_ in {"advcl", "csubj", "pcomp", "prep"}
