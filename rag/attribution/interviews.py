"""Tells whose the turns of an interview are: by name, by initials, by Q and A, or as answers to lines that ask.

The people are those whom the head names (headline, byline, the paragraphs before the first turn) and those whose full
name labels a turn. Who asks is whom the byline names or whose turns are all questions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rag.attribution.masking import without_markup
from rag.core import Article, Block, Span
from rag.text.name_matching import fold_name
from rag.text.names import WrittenName, is_body, is_person_noun, lookup_form, name_lists, written_names

_WORD = r"[^\W\d_a-z][\w’'-]*\.?"
_INITIALS = r"(?:[^\W\d_a-z]\.-?){2,4}"
LABEL = re.compile(
    rf"(?:\*{{1,3}}|_{{1,2}})?(?P<label>[QA](?=[.:])|{_INITIALS}(?=:)|{_WORD}(?: {_WORD}){{0,3}}(?=:))[.:]"
    r"(?:\*{1,3}|_{1,2})?[ \t]+(?=[^\s“\"«])"
)
"""How a turn opens: “Q: ”, “A. ”, “PG: ”, “SOLBERG: ”, “**Marta Solberg:** ”."""
TURNS = {"Q", "A"}
FIRST_PERSON = re.compile(r"\b(?:I|I['’]\w+|[Ww]e|[Ww]e['’]\w+|[Oo]ur|[Mm]y|[Mm]e)\b")
_HEADINGS = {"question", "answer", "photo", "read", "watch", "image", "update", "source", "note", "claim", "verdict"}
_SHORTEST_NAME = 3
_INTERVIEW = re.compile(
    r"\binterview\b|\bQ ?(?:&|and) ?A\b|\bin conversation\b|\bquestions (?:to|for)\b", re.IGNORECASE
)
_SHE_SPOKE = re.compile(r"\b(?:[Ss]?[Hh]e|They) (?:spoke|speaks|talked|talks|sat down|met)(?: to| with)? ")
_LEAST_TALK = 4  # of so many lines with labels one at least asks or speaks in the first person
_LONGEST_QUESTION = 60  # words
_HEAD = 4  # paragraphs in front of the first turn that may name who speaks


@dataclass(frozen=True, slots=True)
class Interview:
    """Whose turns are whose: a name for a label, and for the start of an answer that no label opens.

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
    return Interview(_labelled(article, turns, counted), frozenset(counted))


def _talk(article: Article, turns: list[tuple[str, Block]]) -> bool:
    """Whether lines with labels are talk, and no list of shops or headings: some ask or speak in the first person."""
    words = (article.cut(block.span) for _, block in turns)
    talking = sum("?" in turn or FIRST_PERSON.search(turn) is not None for turn in words)
    return talking * _LEAST_TALK >= len(turns)


def may_be_name(head: str) -> bool:
    """Whether a label is a name ("TAPPER", "Lavrov", "PG"), not a heading ("Photo")."""
    barred = name_lists().never | _HEADINGS
    first = lookup_form(head.split(maxsplit=1)[0])
    return head in TURNS or _is_initials(head) or (len(head) >= _SHORTEST_NAME and first not in barred)


def _turns(article: Article) -> Iterator[tuple[str, Block]]:
    for block in article.body:
        found = LABEL.match(article.text, block.start, block.end)
        if found is not None and may_be_name(found["label"]):
            yield found["label"], block


def _labelled(article: Article, turns: list[tuple[str, Block]], counted: Counter[str]) -> dict[str, str]:
    """The name for each label that stands for a person of the head or that is a full name itself."""
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
    """Whom the byline names, and to whom the head says that the other spoke: “She spoke to Peter Grange.”."""
    found = [name for name, _ in _names(article.byline or "", Span(0, max(1, len(article.byline or ""))))]
    for block in article.body[:_HEAD]:
        for spoke in _SHE_SPOKE.finditer(article.text, block.start, block.end):
            near = Span(spoke.end(), block.end) if spoke.end() < block.end else None
            found += [
                name for name, run in (_names(article.text, near) if near else ()) if run.span.start == spoke.end()
            ]
    return found


def _asking(article: Article, turns: list[tuple[str, Block]], named: Mapping[str, str]) -> set[str]:
    """Whose turns are all questions."""
    asked: dict[str, list[bool]] = {}
    for label, block in turns:
        if label in named:
            words = without_markup(article.cut(block.span)).rstrip()
            asked.setdefault(named[label], []).append(words.endswith("?"))
    return {name for name, questions in asked.items() if all(questions)}


def _in_head(article: Article, first_turn: int) -> list[str]:
    """The people whom the headline and the paragraphs in front of the first turn name."""
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
    """Whether a full name is a person's: by its given name, a title, or what stands in front of it."""
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
    """The labels in the text that are the family name or the initials of a name."""
    last = "-".join(_initials([part]) for part in run.name[-1].split("-"))  # “ML-B”
    initials = {_initials(run.name), _initials(run.name[:-1]) + last, _initials(run.name[:-1]) + last.replace("-", "")}
    forms = {run.name[-1], run.name[-1].upper(), run.text, *initials}
    return [form for form in forms if re.search(rf"^(?:\*+)?{re.escape(form)}:", text, re.MULTILINE)]


def _bearer(label: str, people: Collection[str]) -> str | None:
    """The only person whom a label names in full, by family name or by initials."""
    wanted = fold_name(" ".join(_untitled(label)))
    fitting = [name for name in people if fold_name(name) == wanted]
    fitting = fitting or [name for name in people if fold_name(name).split()[-1:] == [wanted]]
    if not fitting and _is_initials(label):
        letters = re.sub(r"[.-]", "", label)
        fitting = [name for name in people if letters in {_initials(name.split()), _initials(re.split("[ -]", name))}]
    return fitting[0] if len(fitting) == 1 else None


def _untitled(label: str) -> Sequence[str]:
    """The name of “MAYOR PELL” and “MR QUIST”."""
    words = label.split()
    titled = len(words) > 1 and (lookup_form(words[0]) in name_lists().titles or is_person_noun(words[0].lower()))
    return words[1:] if titled else words


def _is_initials(label: str) -> bool:
    return re.fullmatch(r"(?:[^\W\d_a-z]\.?-?){2,4}", label) is not None


def _initials(words: Sequence[str]) -> str:
    return "".join(word[0] for word in words if word)


def _answers(article: Article) -> dict[int, str]:
    """The paragraphs behind questions in lines of their own, where the headline names the one who is interviewed."""
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
    """The paragraphs that answer a question: the first, and those behind it that speak in the first person."""
    for place in range(question + 1, end):
        if place > question + 1 and FIRST_PERSON.search(article.cut(article.body[place].span)) is None:
            return
        yield place


def _is_question(words: str) -> bool:
    plain_words = without_markup(words).strip()
    return plain_words.endswith("?") and len(plain_words.split()) <= _LONGEST_QUESTION and plain_words[0] not in '“"«'
