"""What a sentence of a model's points at though it cannot be proved: the words of the article that answer as it does.

Nothing of the sentence is shown by this way: it only chooses among the pieces. Knows no proof.
"""

from __future__ import annotations

from rag.answering import words
from rag.answering.claims import slice_claim, statement_claim
from rag.answering.figures import figures, unproved
from rag.answering.rephrased import Pieces, likely
from rag.answering.wording import uncovered
from rag.types import Claim, Evidence, Place, Query, Span

_LEAST = 0.5
"""Share of what a sentence adds to the question that a piece must hold; of names and figures it must hold all."""


def pointed_at(claim: Claim, pieces: Pieces, query: Query, evidence: Evidence) -> Claim | None:
    """The piece that holds what the sentence adds to the question, as the article has it.

    It is looked for among those that the sentence cites and those most like it; of several, the one that leaves least
    of the whole sentence open. None where it adds nothing, or no piece holds it: then it answers from elsewhere.
    """
    added = uncovered(claim.text, query.standalone)
    asked = {figure.value for figure in figures(query.standalone)}
    count = len([figure for figure in figures(claim.text) if figure.value not in asked])
    cited = [number for number in claim.numbers if 1 <= number <= len(pieces)]
    fitting: list[tuple[int, Claim]] = []
    for number in dict.fromkeys([*cited, *likely(claim.text, pieces, evidence)]):
        shown = _in_its_own_words(pieces[number - 1], evidence)
        text = " ".join(map(evidence.quote, shown.places))
        missing = uncovered(" ".join(added), text)
        is_sure = not any(map(words.is_name, missing)) and unproved(claim.text, f"{query.standalone} {text}") is None
        is_sure = is_sure and not text.rstrip('"”’ ').endswith("?")  # what an article asks is no answer
        if is_sure and len(added) - len(missing) + count >= _LEAST * (len(added) + count) > 0:
            fitting.append((len(uncovered(claim.text, text)), shown))
    return min(fitting, key=lambda one: one[0])[1] if fitting else None


def _in_its_own_words(piece: tuple[Place, ...], evidence: Evidence) -> Claim:
    """The statement that a piece is printed of, else the stretch of the article from its first place to its last."""
    first, last = piece[0], piece[-1]
    told = next((one for one in evidence.record if first.statement == one.id and one.source == first.source), None)
    if told:
        return statement_claim(told, evidence)
    return slice_claim(Place(first.source, Span(first.span.start, last.span.end)), evidence)
