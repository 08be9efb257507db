"""Reads one verb of a parsed sentence: its subject, who passed it on, or whether it is a deed.

Works on spaCy's dependencies (ClearNLP labels of the English models). Does not look at who people are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.text.names import is_body, is_person_noun, name_lists
from rag.text.speech_verbs import lexicon

if TYPE_CHECKING:
    from spacy.tokens import Token

SUBJECTS = {"nsubj", "nsubjpass", "expl"}
RELATIVES = {"who", "which", "that", "whom"}
_LONGEST_TAG = 12  # words of “said retired Air Force 1st Lt. Tyler Livingston”
_CLIMBED = {"advcl", "xcomp", "pcomp", "conj", "ccomp", "acl", "prep", "dep", "relcl", "parataxis"}
_INSIDE = {"advcl", "conj", "xcomp", "acl", "relcl", "prep", "pcomp", "pobj", "dobj", "attr", "acomp", "ccomp"}
SPEECH_CARRIERS = frozenset(
    """
    statement letter report tweet post email e-mail interview resolution message note memo release speech remark comment
    article ad video column essay ruling decision order opinion document petition lawsuit text response press conference
    diary diaries journal recording remarks words word voicemail telegram transcript testimony affidavit manifesto tape
    briefing blog notebook logbook memoir autobiography postcard testament
    """.split()  # noqa: SIM905 - a list of words reads better so
)
_OF_OTHERS = {"claim", "accuse", "call", "allege", "demand", "ask", "threaten", "promise", "show", "prove", "suggest"}
_FINITE = {"VBD", "VBZ", "VBP"}
LED_BY = {"after", "before", "while", "when", "since"}
"""Words that open “…, while insisting on …”."""


def children(token: Token, *labels: str) -> list[Token]:
    """The token's dependents with one of these labels."""
    return [child for child in token.children if child.dep_ in labels]


def is_cue(token: Token, frame: str) -> bool:
    """Whether the token is a verb that opens `frame`."""
    return token.pos_ in {"VERB", "AUX"} and frame in lexicon().frames(token.lemma_)


def can_hold_a_view(token: Token | None) -> bool:
    """Whether a subject is somebody: a name, a pronoun or a noun for people and bodies."""
    if token is None or _is_thing(token):
        return False
    if token.pos_ == "PROPN" or token.text[:1].isupper() or token.lower_ in {"he", "she", "they", "it", "who"}:
        return True
    if any(child.pos_ == "PROPN" for child in children(token, "appos")):  # “The writer David Frum”
        return True
    lemma = token.lemma_.lower()
    return "human" in lexicon().frames(lemma) or (token.pos_ == "NOUN" and is_person_noun(lemma))


def _is_thing(token: Token) -> bool:
    """Whether a name is that of a storm, a telescope, a cup: “Hurricane Nora”, “the Oak Fire”."""
    things = name_lists().things
    if token.lower_ in {"bill", "act"} and any(
        child.lower_ in {"the", "this", "that"} for child in children(token, "det")
    ):
        return True
    named = [token, *(child for child in children(token, "compound") if child.lower_ in {"hurricane", "typhoon"})]
    return token.pos_ == "PROPN" and token.ent_type_ != "PERSON" and any(word.lower_ in things for word in named)


def is_passive(token: Token) -> bool:
    """Whether the verb stands in the passive."""
    return bool(children(token, "auxpass", "nsubjpass", "agent")) and token.tag_ == "VBN"


def subject(token: Token) -> Token | None:
    """Who says what the verb introduces: its subject, its agent in the passive, or that of the verb it hangs on."""
    seen: set[int] = set()
    current = outer_cue(token) or token
    while current.i not in seen:
        seen.add(current.i)
        if current.pos_ in {"VERB", "AUX"}:
            own = _own_subject(current)
            if own is not None and current != token and _is_impersonal(own) and _is_told(current):
                current = current.head  # “said it was early but added, “…””: who said it added it
                continue
            if own is not None and not (token.tag_ in _FINITE and _is_infinitive(current)):
                return own
            if is_passive(current):  # “Peskov was asked and said”, but not “it was said”
                return next(iter(children(current, "nsubjpass")), None) if current != token else None
        if (whose := _whose(current)) is not None or current.dep_ not in _CLIMBED:
            return whose
        of_noun = current.dep_ == "acl" and current.head.pos_ in {"NOUN", "PROPN", "PRON"}
        current = _governing(current.head) if of_noun else current.head
    return None


def _is_infinitive(verb: Token) -> bool:
    """“The mayor wanted the club to pay and told them so”: what the club is to do shares no subject with “told”."""
    return verb.tag_ == "VB" and any(child.lower_ == "to" for child in children(verb, "aux"))


def _whose(verb: Token) -> Token | None:
    """Who does what a relative clause, a participle or a gerund tells: “the man who said”, “fined Lund for saying”."""
    if verb.dep_ == "relcl":
        return verb.head
    if verb.dep_ == "acl" and verb.head.pos_ in {"NOUN", "PROPN", "PRON"}:
        return _holder(verb)
    return _blamed(verb.head.head) if verb.dep_ == "pcomp" and verb.head.lower_ == "for" else None


def _blamed(verb: Token) -> Token | None:
    """Who did what a verb goes on to tell with “for”: “suspended a candidate for saying”, “was fined for saying”."""
    objects = children(verb, "nsubjpass") if is_passive(verb) else children(verb, "dobj")
    return next(filter(can_hold_a_view, objects), None)


def inverted(cue: Token) -> Token | None:
    """The name that ends “said Blaze co-host Stu Burguiere.”, if the quote stands right in front of the cue."""
    if cue.i and not cue.nbor(-1).is_punct:
        return None
    last: Token | None = None
    for token in cue.doc[cue.i + 1 : cue.i + _LONGEST_TAG]:
        if token.pos_ in {"VERB", "AUX", "PRON", "CCONJ"}:
            return None
        if (token.is_punct and token.text != "-") or token.pos_ in {"ADP", "SCONJ"}:
            break
        last = token
    named = last is not None and last.text[0].isupper() and last.ent_type_ not in {"DATE", "TIME"}
    return last if named else None


def outer_cue(token: Token) -> Token | None:
    """The verb of speech that a participle adds to: “told reporters that Russia is pleased, noting …” adds to told.

    The parser likes to hang such a participle on the nearest clause; in news it goes on with who spoke.
    """
    if token.tag_ != "VBG" or token.i == 0 or token.lemma_ in _OF_OTHERS or children(token, *SUBJECTS):
        return None
    if token.nbor(-1).text != "," and token.nbor(-1).lower_ not in LED_BY:
        return None
    current = token
    while current.dep_ in _INSIDE:
        frames = lexicon().frames(current.head.lemma_)
        if current.dep_ == "ccomp" and "clause" in frames and current.head.i < token.i:
            return current.head
        if current.dep_ == "advcl" and current != token and "quote" in frames and current.head.i < token.i:
            return current.head
        if current.head.i > token.i:
            return None
        current = current.head
    return None


def relayed(token: Token) -> tuple[Token, Token | None] | None:
    """Speaker and relaying voice of “RIA Novosti quotes Lavrov as saying”, for the verb `saying`; None elsewhere."""
    if token.dep_ not in {"pcomp", "advcl"} or token.head == token or not is_cue(token, "quote"):
        return None
    verb = token.head.head if token.head.lower_ in {"as", "of"} else token.head
    if verb.lemma_ not in ({"accuse", "suspect"} if token.head.lower_ == "of" else {"quote", "cite"}):
        return None
    objects = children(verb, "dobj", "nsubjpass")
    voices = children(verb, "nsubj") or [leaf for agent in children(verb, "agent") for leaf in children(agent, "pobj")]
    return (objects[0], voices[0] if voices else None) if objects else None


def citing(token: Token) -> Token | None:
    """Whom the speaker cites: “…, Caliber.Az reports, citing Russian media”."""
    for child in children(token, "advcl", "prep", "ccomp", "dep", "xcomp"):
        if child.lemma_ == "cite" and (objects := children(child, "dobj")):
            return objects[0]
    return None


def has_mark(token: Token, *words: str) -> bool:
    """Whether a clause opens with one of these conjunctions."""
    return any(child.lower_ in words for child in children(token, "mark"))


def _own_subject(token: Token) -> Token | None:
    if is_passive(token):
        agents = [leaf for agent in children(token, "agent") for leaf in children(agent, "pobj")]
        if agents:
            return agents[0]
        # “Peskov was asked and said”: the passive subject speaks for a verb that hangs on this one, never for this one.
        return None
    for child in token.children:
        if child.dep_ in SUBJECTS:
            if child.lower_ in RELATIVES and token.dep_ == "relcl":
                return token.head
            behind = child.nbor() if child.i + 1 < len(token.doc) else child
            # “The Israeli newspaper Haaretz noted”: the parser may give such a verb two subjects.
            return behind if behind.dep_ in SUBJECTS and behind.head == token and behind.pos_ == "PROPN" else child
    return None


def _is_impersonal(subject_: Token) -> bool:
    return subject_.lower_ in {"it", "there", "that", "this"} or not can_hold_a_view(subject_)


def _is_told(verb: Token) -> bool:
    """Whether the verb heads what another cue introduces."""
    return verb.dep_ == "ccomp" and is_cue(verb.head, "clause")


def _governing(noun: Token) -> Token:
    current = noun
    while current.pos_ not in {"VERB", "AUX"} and current.head != current:
        current = current.head
    return current


def _holder(token: Token) -> Token | None:
    """The speaker of “a statement saying …”: who made the statement, or the noun itself where it can speak."""
    noun = token.head
    if noun.pos_ == "PROPN":
        return noun
    owners = children(noun, "poss") or [
        leaf for by in children(noun, "prep", "agent") if by.lower_ in {"by", "from"} for leaf in children(by, "pobj")
    ]
    if owners:
        return owners[0]
    if noun.dep_ in {"nsubj", "nsubjpass", "ROOT"}:
        return noun
    return None if noun.lemma_ in SPEECH_CARRIERS or noun.dep_ in {"dobj", "pobj"} else noun


_DEALS = {"deal", "contract", "extension", "trade", "transfer", "signing", "settlement", "fee", "salary"}
_REFUSED = {"request", "access", "entry", "bail", "motion", "visa", "appeal", "petition", "permission", "chance", "bid"}
_DEFENDED = {
    *("title", "crown", "championship", "trophy", "case", "client", "lead", "goal", "medal", "award", "prize", "spot"),
    *("place", "seat", "life", "win", "draw", "gold", "silver", "bronze"),
}
_COUNSEL = {"lawyer", "attorney", "solicitor", "barrister", "counsel", "qc"}
_FINDING = {"show", "prove", "demonstrate", "find", "establish"}
_GRANTING = {"assume", "suppose", "consider", "grant", "presume"}
_HITTING = {"slam", "blast", "hit", "knock"}
_SPOKEN_PARTICLES = {"point", "lay", "spell", "call", "read", "set", "put", "bring"}
_PERSONS = {"he", "she", "i", "who", "him", "her", "them", "me", "us", "himself", "herself"}


def is_deed(cue: Token, frame: str, heads: Sequence[Token], speaker: Token | None) -> bool:
    """Whether the verb, with this object or clause, tells what somebody did and not what they said."""
    if frame == "clause":
        return _is_found_out(cue, speaker) or _is_granted(cue)
    if frame == "about":
        return cue.lemma_ == "agree" and any(word.lemma_ in _DEALS for word in cue.sent)
    if frame not in {"object", "accuse"}:
        return False
    if children(cue, "prt") and cue.lemma_ not in _SPOKEN_PARTICLES:
        return True  # “blasted out a video”
    return _is_done_to(cue, heads, speaker)


def _is_found_out(cue: Token, speaker: Token | None) -> bool:
    """“Novak showed that he can win”: a study that shows something says so, a person does it."""
    return cue.lemma_ in _FINDING and speaker is not None and _is_person(speaker)


def _is_granted(cue: Token) -> bool:
    """“Assuming he plays, …”: a condition, nobody's view."""
    alone = not children(cue, "aux", "nsubj", "mark")
    return alone and cue.tag_ == "VBG" and cue.lemma_ in _GRANTING and cue.dep_ in {"advcl", "csubj", "pcomp", "prep"}


def _is_done_to(cue: Token, heads: Sequence[Token], speaker: Token | None) -> bool:
    lemmas = {head.lemma_ for head in heads}
    match cue.lemma_:
        case "confirm" | "advise":
            return any(_is_person(head) for head in heads)  # into an office; in an office
        case "deny":
            lemmas |= {"request"} if any(_is_person(head) for head in heads) else set()  # a goal, a chance
            several = len(children(cue, "dobj")) > 1 or bool(children(cue, "dative", "oprd"))
            return several or bool(lemmas & _REFUSED) or any(head.ent_type_ == "GPE" for head in heads)
        case "recall":  # a product
            return speaker is not None and (speaker.ent_type_ == "ORG" or is_body((speaker.text,)))
        case "defend" | "claim":
            counsel = speaker is not None and speaker.lemma_.lower() in _COUNSEL
            return bool(lemmas & _DEFENDED) or (counsel and any(head.pos_ == "PROPN" for head in heads))
        case "threaten":
            return not is_passive(cue) and speaker is not None and not _is_somebody(speaker)
        case lemma:
            return lemma in _HITTING and any(children(head, "nummod") for head in heads)


def _is_person(token: Token) -> bool:
    return token.ent_type_ == "PERSON" or token.lower_ in _PERSONS


def _is_somebody(token: Token) -> bool:
    """Whether a name is that of people, a nation or a body; what is no name is left to other rules."""
    return token.pos_ != "PROPN" or token.ent_type_ in {"PERSON", "ORG", "GPE", "NORP"} or is_body((token.text,))
