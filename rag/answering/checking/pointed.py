"""What a sentence of a model's points at though it cannot be proved: the words of the article that answer as it does.

Nothing of the sentence is shown by this way: it only chooses among the pieces. Knows no proof.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.answering import words
from rag.answering.checking.repair import Pieces, likely
from rag.answering.checking.wording import uncovered
from rag.answering.claims import slice_claim, statement_claim
from rag.answering.figures import figures, unproved
from rag.answering.pertinence import support_of
from rag.types import Claim, Evidence, Place, Query, Span

_LEAST = 0.5
"""Share of what a sentence adds to the question that a piece must hold; of names and figures it must hold all."""

_SAYS_NOTHING = frozenset({"new", "latest", "recent", "several", "many", "other", "certain", "various", "article"})
"""Words that answer no question."""

_AS_GOOD = 0.5
"""Share of the best slice's support that a piece must have: else the articles answer otherwise."""


@dataclass(frozen=True, slots=True)
class _Addition:
    """What a sentence adds to the question that it answers: telling words, and so many figures."""

    sentence: str
    question: str
    words: tuple[str, ...]
    figures: int

    @classmethod
    def of(cls, sentence: str, question: str) -> _Addition:
        """Compares the two."""
        added = tuple(word for word in uncovered(sentence, question) if word.lower() not in _SAYS_NOTHING)
        asked = {figure.value for figure in figures(question)}
        return cls(sentence, question, added, sum(figure.value not in asked for figure in figures(sentence)))

    def is_told_by(self, text: str) -> bool:
        """Whether the text tells all names and figures of it, and its share of the words; what it asks is not told."""
        missing = uncovered(" ".join(self.words), text)
        if any(map(words.is_name, missing)) or unproved(self.sentence, f"{self.question} {text}"):
            return False
        every = len(self.words) + self.figures
        return not text.rstrip('"”’ ').endswith("?") and every - len(missing) >= _LEAST * every > 0


def pointed_at(claim: Claim, pieces: Pieces, query: Query, evidence: Evidence) -> Claim | None:
    """The piece that holds what the sentence adds to the question, as the article has it.

    It is looked for among those that the sentence cites and those most like it; of several, the one that answers best,
    and then leaves least of the whole sentence open. None where it adds nothing, or no piece holds it, or the articles
    answer far better otherwise: then the sentence comes from elsewhere.
    """
    added = _Addition.of(claim.text, query.standalone)
    cited = [number for number in claim.numbers if 1 <= number <= len(pieces)]
    fitting: list[tuple[float, int, Claim]] = []
    for number in dict.fromkeys([*cited, *likely(claim.text, pieces, evidence)]):
        shown = _in_its_own_words(pieces[number - 1], evidence)
        text = " ".join(map(evidence.quote, shown.places))
        if added.is_told_by(text):
            fitting.append((support_of(shown, evidence), -len(uncovered(claim.text, text)), shown))
    best = evidence.answered if query.intent == "fact" else 0.0
    chosen = max(fitting, key=lambda one: one[:2], default=None)
    return chosen[2] if chosen and chosen[0] >= _AS_GOOD * best else None


def _in_its_own_words(piece: tuple[Place, ...], evidence: Evidence) -> Claim:
    """The statement that a piece is printed of, else the stretch of the article from its first place to its last."""
    first, last = piece[0], piece[-1]
    told = next((one for one in evidence.record if first.statement == one.id and one.source == first.source), None)
    if told:
        return statement_claim(told, evidence)
    return slice_claim(Place(first.source, Span(first.span.start, last.span.end)), evidence)
