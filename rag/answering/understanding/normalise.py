"""Normalises a question: courtesies, contractions, capitals and spelling as the articles have them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from rag.answering.understanding import entity_index, entity_linking
from rag.answering.understanding.entity_index import EntityIndex
from rag.answering.understanding.phrasings import matched, phrasings
from rag.library.queries import View
from rag.text import tokens
from rag.text.names import nation_of
from rag.text.tokens import is_name, stem, words

_LOOKED_AT = 12
"""Passages in which the writing of a word that is not in use is looked at."""

_READ = 400
"""Passages that are read for a word's capitals: a name may be far more frequent than the verb that is spelt like it."""

_SHORTEST = 6
_LONG = 9
"""Letters of a word in which a slip of the pen may be told from another word, and in which two may."""

_INSIDE = re.compile(r"[a-z,;] [“\"‘]?$")


def written(word: str, view: View) -> str | None:
    """The word with the capitals that it has in the articles; None if they write it without, or do not use it.

    A capital counts only inside a sentence.
    """
    forms: Counter[str] = Counter()
    for text in view.examples(word, _READ):
        for match in re.finditer(rf"\b{re.escape(word)}\b", text, re.IGNORECASE):
            if match.group().islower():
                return None
            if _INSIDE.search(text[: match.start()]):
                forms[match.group()] += 1
    return forms.most_common(1)[0][0] if forms else None


def meant(word: str, vocabulary: Sequence[str], view: View) -> str | None:
    """The word of the articles, as they write it, that differs from this one by a slip of the pen.

    One letter added, left out, mistaken or swapped with its neighbour (Damerau, 1964), the first of all left alone; two
    in a long word. None for a word in use, and where two words come equally close.
    """
    sought = stem(word)
    if len(word) < _SHORTEST:
        return None
    slips = 2 if len(word) >= _LONG else 1
    found = process.extract(sought, vocabulary, scorer=OSA.distance, score_cutoff=slips, limit=None)
    near = [(term, distance) for term, distance, _ in found if term[0] == sought[0]]
    least = min((distance for _, distance in near), default=0)
    nearest = [term for term, distance in near if distance == least]
    form = _form_of(nearest[0], view.examples(nearest[0], _LOOKED_AT)) if least and len(nearest) == 1 else None
    return form if form and OSA.distance(word.lower(), form.lower()) <= slips else None


def _form_of(term: str, texts: Iterable[str]) -> str | None:
    """How most of the texts write a word of this stem; with a capital only if most do."""
    forms = Counter(word for text in texts for word in words(text) if stem(word) == term)
    if not forms:
        return None
    small = sum(count for form, count in forms.items() if not is_name(form))
    return max(forms, key=lambda form: (is_name(form) != (small > 0), forms[form]))


_SHORT = re.compile(r"\b(what|who|where|when|how|why|that|there)[’'](s|d|re|ve|ll)\b", re.IGNORECASE)
_FULL = {"s": "is", "d": "did", "re": "are", "ve": "have", "ll": "will"}
_NOT_OPENING = re.compile(r"^(did|does|do|has|have|had|is|was|were|are|would|could)n[’']?t\b", re.IGNORECASE)
_NOT = re.compile(r"\b(did|does|do|has|have|had|is|was|were|are|would|could)n[’']?t\b", re.IGNORECASE)

_ASIDE = re.compile(r", (?:according to|in) (?:the|these|your) (?:articles?|library|sources|texts?),? ", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?…])[\"”’')\]]*\s+(?=[\"“‘(]*[A-Z0-9])")
_ABBREVIATED = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|No|Nos|Gov|Sen|Rep|Gen|Prof|vs|Jr|Sr|Inc|Co)\.|\b(?:[A-Z]\.){2,})$"
)


def without_courtesies(question: str) -> str:
    """The question alone: without "Can you tell me", "please", "in the articles", its mark; "What's" in full."""
    text = _in_full(question).strip(" ?!.…")
    for trimming in (_opening(), _lead_ins(), _opening()):
        text = trimming.sub("", text) or text
    text = _NOT.sub(r"\1 not", _NOT_OPENING.sub(r"\1", text))
    text = _ASIDE.sub(" ", text)
    return (_closing().sub("", text) or text).strip(" ?!.,…")


def opened(question: str) -> str:
    """The question without its "And", "But", "Thanks!", and nothing else."""
    return _opening().sub("", question) or question


def without_mark(question: str) -> str:
    """The question without the mark that ends it."""
    return question.rstrip(" ?!.…")


def announced(question: str) -> str | None:
    """The question behind "New question:", which leans on nothing before it; None where it says no such thing."""
    found = (pattern.match(question) for pattern in phrasings("chat", "alone"))
    return next((question[match.end() :] for match in found if match and match.end() < len(question)), None)


def question_sentences(text: str) -> list[str]:
    """The sentences of a question."""
    parts: list[str] = []
    for part in _SENTENCE.split(text):
        if parts and _ABBREVIATED.search(parts[-1]):
            parts[-1] = f"{parts[-1]} {part}"
        else:
            parts.append(part)
    return parts


def is_small_talk(sentence: str) -> bool:
    """Whether the words greet, thank, or are about the assistant or for its amusement."""
    texts = (_in_full(sentence).strip(" ?!.…,"), without_courtesies(sentence))
    return any(matched(text, "chat", "small_talk") for text in texts)


def is_instruction(sentence: str) -> bool:
    """Whether the words tell the assistant what to do instead of asking."""
    return matched(without_courtesies(sentence), "chat", "instruction") is not None


def without_chat(question: str) -> tuple[str, tuple[str, ...]]:
    """What of the question asks something, "" if nothing does, and the instructions that were left out of it."""
    every = question_sentences(question)
    instructions = tuple(one for one in every if is_instruction(one))
    asking = [one for one in every if one not in instructions and not is_small_talk(one)]
    if instructions and not any(one.endswith("?") for one in asking):
        return "", instructions
    return " ".join(asking), instructions


def _in_full(text: str) -> str:
    """The text with "What's" and "who'd" in full."""
    return _SHORT.sub(lambda match: f"{match[1]} {_FULL[match[2].lower()]}", text)


@cache
def _opening() -> re.Pattern[str]:
    return re.compile(rf"^(?:[\s….,!-]*(?:{_any('opening')})[\s,.!:…-]*)+", re.IGNORECASE)


@cache
def _lead_ins() -> re.Pattern[str]:
    return re.compile(rf"^(?:(?:{_any('lead_in')})[\s,:-]*)+", re.IGNORECASE)


@cache
def _closing() -> re.Pattern[str]:
    return re.compile(f"(?:{_any('closing')})+$", re.IGNORECASE)


def _any(name: str) -> str:
    return "|".join(pattern.pattern for pattern in phrasings("chat", name))


_UNCAPITALISED = re.compile(r"[^\W\d_]+")
_SHORTEST_NAME = 2


def capitalised(question: str, known: EntityIndex) -> str:
    """The question with the capitals that its names have in the articles: "lavrov on the eu" gives "Lavrov on the EU".

    In a question typed with capitals only the names of people on record get theirs; in one without, every word that no
    article writes without.
    """
    parts: list[str] = []
    end = 0
    for match, written in _names(question, known):
        parts += [question[end : match.start()], written]
        end = match.end()
    return "".join([*parts, question[end:]])


def is_typed_small(question: str) -> bool:
    """Whether a question has no capital but the one that opens it."""
    return not any(map(str.isupper, re.sub(r"\bI\b", "", question.strip()[1:])))


def _names(question: str, known: EntityIndex) -> Iterator[tuple[re.Match[str], str]]:
    is_small = is_typed_small(question)
    for match in _UNCAPITALISED.finditer(question):
        word = match.group()
        if not word.islower() or len(word) < _SHORTEST_NAME or word in tokens.FUNCTION_WORDS:
            continue
        is_title = entity_index.OFFICE.match(question, match.start()) or entity_index.OFFICE.match(
            question, match.end() + 1
        )
        may_be_name = (is_small and not is_title) or known.named(word)
        written = known.holdings.written(word) if may_be_name else None
        if written is None and is_small and nation_of(word.removesuffix("s")):
            written = word.capitalize()
        if written:
            yield match, written


_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")


def respelt(question: str, known: EntityIndex) -> tuple[str, tuple[str, ...]]:
    """The question with misspelt words put right, and a note on each.

    Names of people are looked for in words with a capital inside a sentence (elsewhere a capital does not tell a name,
    and the grammars look at whoever stands where a speaker does), in a question without capitals in every word. A word
    that no article uses is read as the one that they do use, if it is a slip of the pen away and no name of a person.
    """
    notes: list[str] = []
    is_small = is_typed_small(question)
    for match in reversed(list(_WORD.finditer(question))):
        written = re.sub("[’']s?$", "", match.group())
        may_be_name = is_small or (_is_inside(question, match.start()) and tokens.is_name(written))
        shown = _person(written, known) if may_be_name else None
        shown = shown or _word(written, known, is_name=may_be_name and not is_small)
        if shown:
            question = f"{question[: match.start()]}{shown}{question[match.start() + len(written) :]}"
            notes.insert(0, f"“{written}” was read as {shown}.")
    return question, tuple(dict.fromkeys(notes))


def _person(written: str, known: EntityIndex) -> str | None:
    """The last name of the person on record who was meant."""
    if tokens.is_acronym(written) or tokens.has_other_names(written) or known.named(written):
        return None
    meant = entity_linking.resembled(written, known)
    return meant.split()[-1] if meant else None


def _word(written: str, known: EntityIndex, *, is_name: bool) -> str | None:
    """The word that was meant by one which is in no article, and is no form or name that English knows.

    A name can be a slip for another name, and not for a common word: Wenger is no winger.
    """
    is_word = tokens.has_other_names(written) or written.lower() in tokens.FUNCTION_WORDS or nation_of(written)
    if is_word or known.holdings.occurs(written):
        return None
    meant = known.holdings.meant(written)
    if meant is None or (is_name and not tokens.is_name(meant)):
        return None
    return None if known.named(meant) else meant


def _is_inside(question: str, start: int) -> bool:
    """Whether a word stands inside a sentence: after another word, not after its end."""
    return bool(re.search(r"[\w,;:’'”)] ?[“\"‘(]?$", question[:start]))
