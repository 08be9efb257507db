"""Finds quotes printed without quotation marks: interview turns, after a colon line, or closed by “, he said”.

Without a label or a colon line only the first person tells a quote from reported speech (“Our friends have decided,
Peskov said.” against “The economy grew, officials said.”).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from rag.attribution.masking import without_markup
from rag.core import Article, Block, Span
from rag.text.name_matching import fold_name
from rag.text.names import WrittenName, is_body, is_person_noun, lookup_form, name_lists, written_names
from rag.text.quotation_marks import Quotation
from rag.text.speech_verbs import may_attribute, participles, spoken
from rag.text.tokens import word_list

_WORD = r"[^\W\d_a-z][\w’'-]*\.?"
_INITIALS = r"(?:[^\W\d_a-z]\.-?){2,4}"
LABEL = re.compile(
    rf"(?:\*{{1,3}}|_{{1,2}})?(?P<label>[QA](?=[.:])|{_INITIALS}(?=:)|{_WORD}(?: {_WORD}){{0,3}}(?=:))[.:]"
    r"(?:\*{1,3}|_{1,2})?[ \t]+(?=[^\s“\"«])"
)
"""How a turn opens: “Q: ”, “A. ”, “PG: ”, “SOLBERG: ”, “**Marta Solberg:** ”."""
TURNS = {"Q", "A"}
FIRST_PERSON = re.compile(r"\b(?:I|I['’]\w+|[Ww]e|[Ww]e['’]\w+|[Oo]ur|[Mm]y|[Mm]e)\b")
_HEADINGS = word_list("headings")
_SHORTEST_NAME = 3
_SHE_SPOKE = re.compile(r"\b(?:[Ss]?[Hh]e|They) (?:spoke|speaks|talked|talks|sat down|met)(?: to| with)? ")
_INTERVIEW = re.compile(
    r"\binterview\b|\bQ ?(?:&|and) ?A\b|\bin conversation\b|\bquestions (?:to|for)\b", re.IGNORECASE
)


_LONGEST_QUESTION = 60  # words
_LEAST_TALK = 4  # of so many lines with labels one at least asks or speaks in the first person
_HEAD = 4  # paragraphs in front of the first turn that may name who speaks


@dataclass(frozen=True, slots=True)
class Interview:
    """The names of those who speak, by label (“SOLBERG:”) or by the start of an answer that no label opens.

    `turns` are all labels, also those that stand for nobody in particular.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    turns: frozenset[str] = frozenset()
    answers: Mapping[int, str] = field(default_factory=dict)


def interview_of(article: Article) -> Interview:
    """Finds the turns of an article; none if it is no interview."""
    turns = list(_turns(article))
    counted = Counter(label for label, _ in turns)
    if not turns:
        return Interview(answers=_answers(article))
    if not _talk(article, turns):
        return Interview()
    return Interview(_names_of_labels(article, turns, counted), frozenset(counted))


def _talk(article: Article, turns: list[tuple[str, Block]]) -> bool:
    """Tells whether lines with labels are talk: some ask or speak in the first person."""
    words = (article.cut(block.span) for _, block in turns)
    talking = sum("?" in turn or FIRST_PERSON.search(turn) is not None for turn in words)
    return talking * _LEAST_TALK >= len(turns)


def may_be_name(head: str) -> bool:
    """Tells whether a label is a name ("TAPPER", "Lavrov", "PG"), not a heading ("Photo")."""
    barred = name_lists().never | _HEADINGS
    first = lookup_form(head.split(maxsplit=1)[0])
    return head in TURNS or _is_initials(head) or (len(head) >= _SHORTEST_NAME and first not in barred)


def _turns(article: Article) -> Iterator[tuple[str, Block]]:
    for block in article.body:
        found = LABEL.match(article.text, block.start, block.end)
        if found is not None and may_be_name(found["label"]):
            yield found["label"], block


def _names_of_labels(article: Article, turns: list[tuple[str, Block]], counted: Counter[str]) -> dict[str, str]:
    """Returns the name for each label that stands for a person of the head or that is a full name itself."""
    named_in_full = [label for label in counted if not label.isupper() and not is_body(tuple(label.split()))]
    full = {" ".join(words) for label in named_in_full if len(words := _untitled(label)) > 1}
    byline = _asking_by_line(article)
    people = list(dict.fromkeys([*_in_head(article, turns[0][1].start), *byline, *full]))
    named = {label: name for label in counted if label not in TURNS and (name := _bearer(label, people))}
    if sum(counted[label] for label in counted if label in named or label in TURNS) < 2:  # noqa: PLR2004  a turn and its answer
        return {}
    asking = _asking(article, turns, named) | set(byline)
    answering = [name for name in people if name not in asking]
    known = {"A": answering, "Q": [name for name in people if name in asking]}
    return named | {turn: names[0] for turn, names in known.items() if turn in counted and len(names) == 1}


def _asking_by_line(article: Article) -> list[str]:
    """Finds whom the byline names, and to whom the head says that the other spoke: “She spoke to Peter Grange.”."""
    found = [name for name, _ in _names(article.byline or "", Span(0, max(1, len(article.byline or ""))))]
    for block in article.body[:_HEAD]:
        for spoke in _SHE_SPOKE.finditer(article.text, block.start, block.end):
            near = Span(spoke.end(), block.end) if spoke.end() < block.end else None
            found += [
                name for name, run in (_names(article.text, near) if near else ()) if run.span.start == spoke.end()
            ]
    return found


def _asking(article: Article, turns: list[tuple[str, Block]], named: Mapping[str, str]) -> set[str]:
    asked: dict[str, list[bool]] = {}
    for label, block in turns:
        if label in named:
            words = without_markup(article.cut(block.span)).rstrip()
            asked.setdefault(named[label], []).append(words.endswith("?"))
    return {name for name, questions in asked.items() if all(questions)}


def _in_head(article: Article, first_turn: int) -> list[str]:
    """Returns the people whom the headline and the paragraphs in front of the first turn name."""
    blocks = [block for block in article.blocks if block.end <= first_turn and block.role in {"title", "body"}]
    return [
        name
        for block in blocks[: _HEAD + 1]
        for name, run in _names(article.text, block.span)
        if _is_person(article.text, run)
    ]


def _names(text: str, span: Span) -> Iterator[tuple[str, WrittenName]]:
    for run in written_names(text, span) if text else ():
        words = run.name
        while len(words) > 2 and is_person_noun(words[0]):  # noqa: PLR2004  “Moderator Ida Frost”
            words = words[1:]
        if len(words) > 1 and not is_body(words):
            yield " ".join(words), run


def _is_person(text: str, run: WrittenName) -> bool:
    """Tells whether a full name is a person's: by its given name, a title, or what stands in front of it."""
    given = name_lists().given_male | name_lists().given_female
    before = text[max(0, run.span.start - 40) : run.span.start].split()
    called = bool(before) and is_person_noun(before[-1])
    return (
        bool(run.title)
        or called
        or is_person_noun(run.name[0])
        or lookup_form(run.name[0]) in given
        or len(_others(text, run)) > 0
    )


def _others(text: str, run: WrittenName) -> list[str]:
    last = "-".join(_initials([part]) for part in run.name[-1].split("-"))  # “ML-B”
    initials = {_initials(run.name), _initials(run.name[:-1]) + last, _initials(run.name[:-1]) + last.replace("-", "")}
    forms = {run.name[-1], run.name[-1].upper(), run.text, *initials}
    return [form for form in forms if re.search(rf"^(?:\*+)?{re.escape(form)}:", text, re.MULTILINE)]


def _bearer(label: str, people: Collection[str]) -> str | None:
    """Returns the only person whom a label names in full, by family name or by initials."""
    wanted = fold_name(" ".join(_untitled(label)))
    fitting = [name for name in people if fold_name(name) == wanted]
    fitting = fitting or [name for name in people if fold_name(name).split()[-1:] == [wanted]]
    if not fitting and _is_initials(label):
        letters = re.sub(r"[.-]", "", label)
        fitting = [name for name in people if letters in {_initials(name.split()), _initials(re.split("[ -]", name))}]
    return fitting[0] if len(fitting) == 1 else None


def _untitled(label: str) -> Sequence[str]:
    """Returns the name of “MAYOR PELL” and “MR QUIST”."""
    words = label.split()
    titled = len(words) > 1 and (lookup_form(words[0]) in name_lists().titles or is_person_noun(words[0].lower()))
    return words[1:] if titled else words


def _is_initials(label: str) -> bool:
    return re.fullmatch(r"(?:[^\W\d_a-z]\.?-?){2,4}", label) is not None


def _initials(words: Sequence[str]) -> str:
    return "".join(word[0] for word in words if word)


def _answers(article: Article) -> dict[int, str]:
    """Returns the paragraphs behind questions in lines of their own, where the headline names the interviewee."""
    title = next((block for block in article.blocks if block.role == "title"), None)
    if title is None or _INTERVIEW.search(article.cut(title.span)) is None:
        return {}
    people = [name for name, _ in _names(article.text, title.span)]
    body = article.body
    asked = [place for place, block in enumerate(body) if _is_question(article.cut(block.span))]
    if len(people) != 1 or len(asked) < 2:  # noqa: PLR2004  one question makes no interview
        return {}
    found = [
        place
        for first, end in zip(asked, [*asked[1:], len(body)], strict=True)
        for place in _behind(article, first, end)
    ]
    mine = any(FIRST_PERSON.search(article.cut(body[place].span)) for place in found)
    return {body[place].start: people[0] for place in found} if mine else {}


def _behind(article: Article, question: int, end: int) -> Iterator[int]:
    """Yields the paragraphs that answer a question: the first, and those behind it that speak in the first person."""
    for place in range(question + 1, end):
        if place > question + 1 and FIRST_PERSON.search(article.cut(article.body[place].span)) is None:
            return
        yield place


def _is_question(words: str) -> bool:
    plain_words = without_markup(words).strip()
    return plain_words.endswith("?") and len(plain_words.split()) <= _LONGEST_QUESTION and plain_words[0] not in '“"«'


_NAME = r"(?:[^\W\d_a-z][\w.’'-]*)"
_OFFICE = "minister|president|spokesman|spokeswoman|spokesperson|official|diplomat|leader|ministry|statement|report"
_SUBJECT = (
    r"(?:he|she|they|I|we|(?:also )?(?:the |an? |his |her )?(?:[\w-]+ ){0,4}?"
    rf"(?:{_NAME}(?: {_NAME}){{0,3}}|{_OFFICE}))"
)
_RELAY = rf"{_SUBJECT} (?:quotes|quoted|cites|cited) {_SUBJECT} as (?:saying|telling \w+)"
_WHERE = "on|in|at|to|during|after|by|via|this|last|of|while|when|about|with|for|yesterday|today|earlier|later"
_BULLET = re.compile(r"\s*(?:[-•*–—·]\s|\d+[.)]\s)")
_STOP = re.compile(r"[.!?…—–][”’\"')]*$")
_LEAST_WORDS = 4


@cache
def _tag() -> re.Pattern[str]:
    """Matches “, he said” and its like at the end of a paragraph."""
    told = rf"{_SUBJECT} (?:also |has |then |later )?{spoken()}|{spoken()} {_SUBJECT}"
    aside = rf"(?: (?:{_WHERE})\b[^.!?“”\"]{{0,80}})?"
    return re.compile(rf"(?P<stop>[,?!]|(?<=\w)[—–])\s*(?P<tag>(?:{_RELAY}|{told}){aside})\s*[.]?\s*$")


@cache
def _says_colon() -> re.Pattern[str]:
    words = f"{spoken()}|{'|'.join(sorted(participles()))}|as follows|following|statement|words"
    return re.compile(rf"\b(?:{words})(?: [\w.-]+){{0,6}}:$")


def unmarked_quotes(article: Article, sentences: Sequence[Span], quoted: Sequence[Quotation]) -> tuple[Quotation, ...]:
    """Finds the quotes of the body without marks, at most one a block."""
    found: list[Quotation] = []
    interview = interview_of(article)
    labels = _labels(article, interview)
    lead = False
    for block in article.body:
        inside = [sentence for sentence in sentences if block.span.covers(sentence)]
        if not inside:
            lead = False
            continue
        quotation = _labelled(article.text, block.span, labels) or _in_block(article.text, inside, lead=lead)
        if block.start in interview.answers:
            quotation = _unmarked(_trimmed(article.text, block.span))
        if quotation is not None and not _is_marked(quotation, quoted):
            found.append(quotation)
        last = article.text[inside[-1].start : inside[-1].end].rstrip()
        lead = last.endswith(":") and may_attribute(last)
        lead = lead and not (quotation is not None and quotation.outer.end == inside[-1].end)
    return tuple(found)


def _labels(article: Article, interview: Interview) -> set[str]:
    """Finds who speaks in a transcript: what stands before a colon at the head of two paragraphs, or names a person."""
    heads = Counter(
        found["label"] for block in article.body if (found := LABEL.match(article.text, block.start, block.end))
    )
    named = {head for head, count in heads.items() if count > 1 or head in interview.labels}
    return named & interview.turns


def _labelled(text: str, block: Span, labels: Collection[str]) -> Quotation | None:
    found = LABEL.match(text, block.start, block.end)
    if found is None or found["label"] not in labels:
        return None
    span = _trimmed(text, Span(found.end(), block.end))
    words = text[span.start : span.end]
    if not _STOP.search(words):  # “Doral: Sea Eagles”, what each of them picks, or a heading
        return None
    return _unmarked(span)


def _unmarked(span: Span) -> Quotation:
    return Quotation(span, span, marked=False)


def _trimmed(text: str, span: Span) -> Span:
    return Span(span.start, span.start + len(text[span.start : span.end].rstrip().rstrip("*_").rstrip()))


def _in_block(text: str, sentences: Sequence[Span], *, lead: bool) -> Quotation | None:
    start, end = sentences[0].start, sentences[-1].end
    if _BULLET.match(text[start:end]) or text[start] in '“"«„‘':
        return None
    tag = _tag().search(text, max(start, sentences[-1].start), end)
    if tag is not None:
        end = tag.start("stop") + (tag.group("stop") in "?!")
        if not lead:
            spoken = [
                sentence for sentence in sentences if FIRST_PERSON.search(text[sentence.start : min(sentence.end, end)])
            ]
            if not spoken or _opens_reported(text[spoken[0].start : end]):
                return None
            start = spoken[0].start
    elif not (lead and _leads_in(text, sentences[0].start) and _reads_as_speech(text[start:end])):
        return None
    if len(text[start:end].split()) < _LEAST_WORDS:
        return None
    span = Span(start, start + len(text[start:end].rstrip()))
    return _unmarked(span)


def _opens_reported(text: str) -> bool:
    """Tells whether the journalist reports: “After the vote officials told us that …, Smith said.”."""
    return re.match(r"(?:According to|When|After|As|In)\b", text) is not None and not FIRST_PERSON.search(text[:40])


def _reads_as_speech(text: str) -> bool:
    """Tells whether a paragraph behind a colon line may be speech: first person, or sentences without a cue."""
    return FIRST_PERSON.search(text) is not None or (_STOP.search(text) is not None and not may_attribute(text))


def _leads_in(text: str, start: int) -> bool:
    """Tells whether the line in front ends in a cue and a colon: “Lavrov said on Tuesday:”."""
    return _says_colon().search(text[max(0, start - 200) : start].rstrip()) is not None


def _is_marked(quotation: Quotation, quoted: Sequence[Quotation]) -> bool:
    inside = [other for other in quoted if other.outer.overlaps(quotation.outer)]
    length = sum(other.inner.end - other.inner.start for other in inside)
    return length * 4 > quotation.inner.end - quotation.inner.start
