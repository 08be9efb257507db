"""Reads one verb of a parsed sentence: its subject, who passed its words on, and whether they were said.

Works on spaCy's dependencies (ClearNLP labels of the English models).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

from rag.text.names import is_body, is_person_noun, name_lists
from rag.text.speech_verbs import lexicon
from rag.text.tokens import word_list

if TYPE_CHECKING:
    from spacy.tokens import Token

SUBJECTS = {"nsubj", "nsubjpass", "expl"}
RELATIVES = {"who", "which", "that", "whom"}
_LONGEST_TAG = 12  # words of “said retired Air Force 1st Lt. Tyler Livingston”
_CLIMBED = {"advcl", "xcomp", "pcomp", "conj", "ccomp", "acl", "prep", "dep", "relcl", "parataxis"}
_INSIDE = {"advcl", "conj", "xcomp", "acl", "relcl", "prep", "pcomp", "pobj", "dobj", "attr", "acomp", "ccomp"}
SPEECH_CARRIERS = word_list("speech carriers")
_OF_OTHERS = word_list("participles of others")
_FINITE = {"VBD", "VBZ", "VBP"}
LED_BY = {"after", "before", "while", "when", "since"}
"""Words that open “…, while insisting on …”."""
_ADDED_BY = {*LED_BY, "although", "though", "whereas", "because", "once", "until"}


def children(token: Token, *labels: str) -> list[Token]:
    """Returns the token's dependents with one of these labels."""
    return [child for child in token.children if child.dep_ in labels]


def is_cue(token: Token, frame: str) -> bool:
    """Tells whether the token is a verb that opens `frame`."""
    return token.pos_ in {"VERB", "AUX"} and frame in lexicon().frames(token.lemma_)


def can_hold_a_view(token: Token | None) -> bool:
    """Tells whether a subject is somebody: a name, a pronoun or a noun for people and bodies."""
    if token is None or _is_thing(token):
        return False
    if token.pos_ == "PROPN" or token.text[:1].isupper() or token.lower_ in {"he", "she", "they", "it", "who"}:
        return True
    if any(child.pos_ == "PROPN" for child in children(token, "appos")):  # “The writer David Frum”
        return True
    lemma = token.lemma_.lower()
    return "human" in lexicon().frames(lemma) or (token.pos_ == "NOUN" and is_person_noun(lemma))


def _is_thing(token: Token) -> bool:
    """Tells whether a name is that of a storm, a telescope, a cup: “Hurricane Nora”, “the Oak Fire”."""
    things = name_lists().things
    if token.pos_ == "PROPN" and token.ent_type_ == "LAW":
        return True
    if token.lower_ in {"bill", "act"} and any(
        child.lower_ in {"the", "this", "that"} for child in children(token, "det")
    ):
        return True
    named = [token, *(child for child in children(token, "compound") if child.lower_ in {"hurricane", "typhoon"})]
    return token.pos_ == "PROPN" and token.ent_type_ != "PERSON" and any(word.lower_ in things for word in named)


def is_passive(token: Token) -> bool:
    """Tells whether the verb stands in the passive."""
    return bool(children(token, "auxpass", "nsubjpass", "agent")) and token.tag_ == "VBN"


def subject(token: Token) -> Token | None:
    """Finds who says what the verb introduces: its subject, its agent, or the subject of the verb it hangs on."""
    seen: set[int] = set()
    current = outer_cue(token) or token
    while current.i not in seen:
        seen.add(current.i)
        if current.pos_ in {"VERB", "AUX"}:
            own = _own_subject(current)
            if (
                own is not None
                and current != token
                and (
                    own.lower_ in {"it", "there", "that", "this"}
                    or not can_hold_a_view(own)
                    or _only_adds(token, current)
                )
                and current.dep_ == "ccomp"
                and is_cue(current.head, "clause")
            ):
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


def _only_adds(cue: Token, verb: Token) -> bool:
    """Recognises “Lund said the prince knelt and added: “…””: whoever adds something has spoken before."""
    return cue.lemma_ in {"add", "continue"} and not is_cue(verb, "clause")


def _is_infinitive(verb: Token) -> bool:
    """Recognises “The mayor wanted the club to pay and told them so”: “told” does not share the club as its subject."""
    return verb.tag_ == "VB" and any(child.lower_ == "to" for child in children(verb, "aux"))


def _whose(verb: Token) -> Token | None:
    """Finds the subject of a relative clause, a participle or a gerund: “the man who said”, “fined Lund for saying”."""
    if verb.dep_ == "relcl":
        return verb.head
    if verb.dep_ == "acl" and verb.head.pos_ in {"NOUN", "PROPN", "PRON"}:
        return _holder(verb)
    return _blamed(verb.head.head) if verb.dep_ == "pcomp" and verb.head.lower_ == "for" else None


def _blamed(verb: Token) -> Token | None:
    """Finds who did what follows “for”: “suspended a candidate for saying”, “was fined for saying”."""
    objects = children(verb, "nsubjpass") if is_passive(verb) else children(verb, "dobj")
    return next(filter(can_hold_a_view, objects), None)


def inverted(cue: Token) -> Token | None:
    """Returns the name that ends “said Blaze co-host Stu Burguiere.”, if the quote stands right in front of the cue."""
    if cue.i and (not cue.nbor(-1).is_punct or _is_described(cue)):
        return None
    words: list[Token] = []
    for token in cue.doc[cue.i + 1 : cue.i + _LONGEST_TAG]:
        if token.pos_ in {"PRON", "CCONJ"}:
            return None
        if (token.is_punct and token.text != "-") or token.pos_ in {"ADP", "SCONJ"}:
            break
        words.append(token)
    name = list(takewhile(lambda token: token.text[0].isupper(), reversed(words)))
    if not name or name[0].ent_type_ in {"DATE", "TIME"}:
        return None
    before = words[: len(words) - len(name)]
    called = len(name) > 1 and bool(before) and is_person_noun(before[-1].text)  # “said trades union official Bo Lund”
    misread = any(token.pos_ in {"VERB", "AUX"} for token in words)
    return name[0] if called or not misread else None


def _is_described(cue: Token) -> bool:
    """Recognises “…,” Mia Lund, head of the bank, told the Orda: who speaks stands in front, described in commas."""
    for voice in children(cue, "nsubj"):
        between = cue.doc[voice.i + 1 : cue.i]
        commas = sum(token.text == "," for token in between)
        if commas > 1 and all(token.text == "," or voice.is_ancestor(token) for token in between):
            return True
    return False


def outer_cue(token: Token) -> Token | None:
    """Returns the verb of speech that a participle adds to: “told reporters that Russia is pleased, noting …”.

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
    """Returns speaker and relaying voice of “RIA Novosti quotes Lavrov as saying”, for the verb `saying`."""
    if token.dep_ not in {"pcomp", "advcl"} or token.head == token or not is_cue(token, "quote"):
        return None
    verb = token.head.head if token.head.lower_ in {"as", "of"} else token.head
    if verb.lemma_ not in ({"accuse", "suspect"} if token.head.lower_ == "of" else {"quote", "cite", "report"}):
        return None
    objects = children(verb, "dobj", "nsubjpass")
    voices = children(verb, "nsubj") or [leaf for agent in children(verb, "agent") for leaf in children(agent, "pobj")]
    return (objects[0], voices[0] if voices else None) if objects else None


def citing(token: Token) -> Token | None:
    """Finds whom the speaker cites: “…, Caliber.Az reports, citing Russian media”."""
    for child in children(token, "advcl", "prep", "ccomp", "dep", "xcomp"):
        if child.lemma_ == "cite" and (objects := children(child, "dobj")):
            is_voice = can_hold_a_view(objects[0]) or objects[0].lemma_.lower() in SPEECH_CARRIERS
            return objects[0] if is_voice else None  # not “citing health concerns”
    return None


def has_mark(token: Token, *words: str) -> bool:
    """Tells whether a clause opens with one of these conjunctions."""
    return any(child.lower_ in words for child in children(token, "mark"))


def _own_subject(token: Token) -> Token | None:
    if is_passive(token):
        agents = [leaf for agent in children(token, "agent") for leaf in children(agent, "pobj")]
        if agents:
            return agents[0]
        # “Peskov was asked and said”: the passive subject speaks for a verb that hangs on this one, never for this one.
        return None
    if token.tag_ == "VBG" and token.dep_ == "pcomp" and token.head.lower_ in {"of", "from", "in"}:
        return None  # “videos from the streets of Kessel urging people to stay”
    for child in token.children:
        if child.dep_ in SUBJECTS and not _is_heading(child, token):
            if child.lower_ in RELATIVES and token.dep_ == "relcl":
                return child if _may_mean_two(token) else _antecedent(token.head, child)
            return _second_subject(child, token) or child
    labels = (child for child in children(token, *SUBJECTS) if _is_heading(child, token))
    named = (name for label in labels for name in children(label, "appos") if name.pos_ == "PROPN")
    return next(named, None)  # “Key quote: “…,” Mia Lund told the Orda”


def _second_subject(first: Token, verb: Token) -> Token | None:
    """Returns the name right behind a subject, or behind a comma right in front of the verb: it is who speaks.

    The parser may give a verb two: “The Israeli newspaper Haaretz noted”, “In a note to a paper, the Orda, Holm said”.
    """
    others = [child for child in children(verb, *SUBJECTS) if child.i > first.i and child.pos_ == "PROPN"]
    if first.ent_type_ == "PERSON":  # “Ada Lund, Kessel Traders Association said”
        others = [other for other in others if other.ent_type_ != "ORG"]
    last = verb.nbor(-1) if verb.i else first
    between = verb.doc[first.i : verb.i]
    if first.ent_type_ == "ORG" and last.ent_type_ == "PERSON" and not any(token.is_punct for token in between):
        return last  # “Kessel Traders Association president Ada Lund said”
    beside = (other for other in others if other.i == first.i + 1)
    behind = (
        other
        for other in others
        if other.right_edge.i + 1 == verb.i and other.left_edge.i > first.i and other.left_edge.nbor(-1).text == ","
    )
    return next(beside, next(behind, None))


def _is_heading(noun: Token, verb: Token) -> bool:
    """Recognises “Correction: An earlier version said …”: a colon parts the noun from the verb."""
    return noun.i + 1 < verb.i and noun.nbor().text == ":"


def _antecedent(noun: Token, relative: Token) -> Token:
    """Returns whom “who” means: behind “officials close to the Kremlin who …” the officials, not the body."""
    if relative.lower_ != "who" or noun.ent_type_ == "PERSON" or not is_body((noun.text,)):
        return noun
    above = next((token for token in noun.ancestors if token.pos_ in {"NOUN", "PROPN"}), None)
    return above if above is not None and _is_for_people(above) else relative


def _may_mean_two(clause: Token) -> bool:
    """Recognises “Holm, a friend of Lund, who has called for …”: either of them may have."""
    noun, set_off = clause.head, clause.left_edge.i > 0 and clause.left_edge.nbor(-1).text == ","
    named = set_off and noun.pos_ == "PROPN"
    while noun.dep_ == "pobj" and noun.head.dep_ == "prep":
        noun = noun.head.head
    return named and noun != clause.head and noun.dep_ == "appos"


def _governing(noun: Token) -> Token:
    current = noun
    while current.pos_ not in {"VERB", "AUX"} and current.head != current:
        current = current.head
    return current


def _holder(token: Token) -> Token | None:
    """Returns the speaker of “a statement saying …”: who made the statement, or the noun itself where it can speak."""
    noun = token.head
    if noun.pos_ == "PROPN":  # whatever stands opposite the Palace of Westminster may accuse somebody
        return None if noun.dep_ == "pobj" and noun.head.lower_ not in {"by", "from"} else noun
    owners = children(noun, "poss") or [
        leaf for by in children(noun, "prep", "agent") if by.lower_ in {"by", "from"} for leaf in children(by, "pobj")
    ]
    if owners:
        return owners[0]
    if noun.dep_ in {"nsubj", "nsubjpass", "ROOT"}:
        return noun
    return None if noun.lemma_ in SPEECH_CARRIERS or noun.dep_ in {"dobj", "pobj"} else noun


_PLACES = {"GPE", "LOC", "FAC", "DATE", "TIME", "EVENT", "NORP", "LANGUAGE", "WORK_OF_ART", "LAW", "PRODUCT"}


_VOICES = {"voice", "crowd", "people", "someone", "somebody", "another"}
SUBORDINATE = {"ccomp", "relcl", "advcl", "acl", "pcomp"}
_PASSING = {"relcl", "advcl", "ccomp", "xcomp", "conj"}


def is_somebody(token: Token) -> bool:
    """Tells whether a token heads the name or noun of a person or a voice."""
    if token.dep_ in {"compound", "nmod", "amod", "npadvmod", "case", "det"}:
        return False
    if token.pos_ == "PRON":
        return token.lower_ in {"he", "she", "another", "someone", "somebody"} and token.dep_ != "poss"
    if token.pos_ == "PROPN" or (token.pos_ == "NOUN" and token.text[0].isupper() and not children(token, "det")):
        return token.ent_type_ not in _PLACES and token.text[0].isupper() and can_hold_a_view(token)
    return token.pos_ == "NOUN" and _is_for_people(token)


def _is_for_people(noun: Token) -> bool:
    """Tells whether a noun is for people, for a voice or for what one says: farmer, crowd, reply."""
    lemma = noun.lemma_.lower()
    if lemma == "head" and not children(noun, "prep"):  # “shook her head”
        return False
    return is_person_noun(lemma) or lemma in _VOICES or bool(lexicon().frames(lemma) & {"human", "quote"})


def is_subordinate(verb: Token) -> bool:
    """Tells whether a verb stands in a clause inside another: “as Renn says, …”, “aides said that …”.

    A clause in front of its tag is not: “The line is open, aides said.”.
    """
    while verb.head != verb:
        if verb.dep_ in SUBORDINATE and not (verb.dep_ == "ccomp" and verb.i < verb.head.i):
            return True
        verb = verb.head
    return False


def is_in_passing(verb: Token) -> bool:
    """Tells whether a cue stands in a clause of the journalist's: “moved after Holm said …”, “Holm, who said …”."""
    while verb.head != verb and verb.dep_ in _PASSING:
        links = children(verb, "mark", "advmod")
        if verb.dep_ == "relcl" or (verb.dep_ == "advcl" and any(link.lower_ in _ADDED_BY for link in links)):
            return True
        verb = verb.head
    return False


_UNREAL = frozenset(
    ["would", "could", "might", "may", "should", "must", "can", "will", "'ll", "’ll", "shall", "ca", "wo", "'d", "’d"]
)
_REPEATEDLY = {"always", "often", "sometimes", "regularly", "frequently", "usually"}
_NEVER = {"never", "hardly", "nowhere", "rarely"}
_SELDOM = {*_NEVER, "seldom", "scarcely", "barely", "almost", "nearly", "practically", "virtually"}
_NOBODY = {"nobody", "none", "neither", "no-one"}
_NOT_DONE = word_list("not done")
"""Verbs and adjectives after which “to say”, “saying” or “of saying” tells of nothing that was said."""
_WISHING = {"wish", "imagine", "pretend", "dream"}
_UNDONE = {"without", "instead", "rather", "than", "from", "against", "beyond"}
"""Prepositions whose gerund was not said: “left without saying that”."""
_KNOWING = {"know", "realize", "realise", "understand", "notice", "mind", "care", "regret", "forget"}
_OPEN = {"whichever", "whatever", "whoever", "whenever", "wherever"}
_CONDITIONS = ("if", "unless", "whether")
_LEADING = {"when", "if", "once", "though", "although", "unless", "until", "than"}
_ASKED = {"ask", "question", "press", "quote", "tell"}
_GOVERNED = {"xcomp", "ccomp", "pcomp", "prep", "conj", "advmod", "acomp"}


def is_said(cue: Token, *, quoted: bool = False) -> bool:
    """Tells whether a cue tells of words that were said.

    If they stand in quotation marks, unless something denies it.
    """
    if cue.lower_ == "according":
        return True
    if _is_turned(cue) or any(_leaves_unsaid(verb, cue, quoted=quoted) for verb in _deciding_verbs(cue)):
        return False
    if cue.doc[cue.sent.end - 1].text == "?" or has_mark(cue, *_CONDITIONS):
        return False
    return quoted or not (
        _is_misread(cue) or _is_denied(cue) or _is_conditional(cue) or _is_told_of(cue) or _is_only_named(cue)
    )


def _deciding_verbs(cue: Token) -> Iterator[Token]:
    """Yields the cue and the verbs that decide whether it came about: “stopped short of saying”."""
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
    if verb == cue or not (
        cue.tag_ in {"VB", "VBG"} and (not children(cue, "nsubj", "nsubjpass")) and (verb.i < cue.i)
    ):
        return verb.lemma_ in _WISHING and verb != cue
    yet = verb.lemma_ == "have" and any(child.lower_ == "yet" for child in verb.subtree)
    denied = denies and not quoted  # a quotation that is denied is recorded as disputed
    return yet or denied or verb.lemma_ in _NOT_DONE or (verb.lemma_ == "go" and verb.tag_ == "VBG")


def _is_unreal(verb: Token) -> bool:
    """Tells whether an auxiliary tells that it may not have happened: “would say”."""
    return any(child.tag_ == "MD" and child.lower_ in _UNREAL for child in children(verb, "aux"))


def _is_instead(link: Token) -> bool:
    """Recognises “Instead of saying …”, “without saying …”."""
    return link.pos_ in {"ADP", "SCONJ", "ADV"} and bool(
        {link.lower_, *(leaf.lower_ for leaf in link.children)} & _UNDONE
    )


def _is_turned(verb: Token) -> bool:
    """Recognises “Had Toll said so, …”, “Should he admit it, …”: a condition told by the order of its words."""
    voices = children(verb, "nsubj", "nsubjpass")
    first = [child for child in children(verb, "aux", "auxpass") if child.lower_ in {"had", "were", "should"}]
    return any(voice.i > child.i for child in first for voice in voices)


def _is_denied(verb: Token) -> bool:
    """Recognises what was not said: “rarely admits”, “neither confirmed nor denied”, “came close to saying”."""
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
    """Recognises “if he admits”, “could ask or say”, “whatever the court says”: what only may be."""
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
    """Recognises “Whatever the council says”, “whichever way the court rules”."""
    beside = [child for child in cue.children if child.i < cue.i and child.pos_ in {"NOUN", "PRON", "DET", "SCONJ"}]
    return any(word.lower_ in _OPEN for child in beside for word in (child, *child.children))


def _conjoined_heads(token: Token) -> Iterator[Token]:
    while token.dep_ == "conj" and token.head != token:
        token = token.head
        yield token


def _is_told_of(cue: Token) -> bool:
    """Recognises “When asked how she felt, …”, “Asked about it, …”: a participle, whatever the tagger takes it for."""
    if cue.tag_ not in {"VBD", "VBN"} or children(cue, "agent", *SUBJECTS) or cue.dep_ in {"conj", "relcl"}:
        return False
    first = cue.i == cue.sent.start or cue.nbor(-1).text == ","
    led = cue.i > cue.sent.start and cue.nbor(-1).lower_ in _LEADING
    return led or (first and cue.dep_ == "advcl" and cue.lemma_ in _ASKED)


def _is_misread(cue: Token) -> bool:
    """Tells whether the parser takes a noun for a verb: the number of “his popular music show” does not agree with it.

    Nor has “the Brel calls for change” a subject, where a name stands right in front, nor a participle between commas.
    """
    if cue.tag_ == "VBZ" and cue.dep_ in {"advcl", "ccomp", "pobj"} and not children(cue, *SUBJECTS):
        return cue.i > 0 and cue.nbor(-1).pos_ in {"NOUN", "PROPN"}
    if cue.tag_ == "VBD" and cue.dep_ == "conj" and cue.nbor(-1).text == ",":  # “the talks, called the Orland Rounds,”
        return not children(cue, "cc", *SUBJECTS) and not children(cue.head, "cc")
    voices = children(cue, "nsubj") if cue.tag_ == "VBP" else []
    return any(voice.tag_ == "NN" and not can_hold_a_view(voice) and not children(voice, "conj") for voice in voices)


def _is_only_named(cue: Token) -> bool:
    """Tells whether the verb stands in a form without speech: “to say”, “the words used”, “opposing captain”."""
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
