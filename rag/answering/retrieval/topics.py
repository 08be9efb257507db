"""Finds the topics of a library: articles whose vectors lie close together, and a name that most of them share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import log

import numpy as np
from numpy.typing import NDArray

from rag.core import Article
from rag.library.queries import View
from rag.library.rows import Vectors
from rag.text import tokens

Members = NDArray[np.int64]
"""Rows of the vectors that belong to one topic, the most central first."""

_CENTRES = 600
"""Articles that may be the centre of a topic; of a larger library, as many at equal distances."""

_NEAR = (0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
"""Cosines to the centre from which an article belongs to a topic; the first at which no topic swallows the library."""

_SWALLOWED = 0.25
_READ, _TRIED = 20, 12
"""Articles of a topic whose names are counted, and names that are looked up in the whole library."""

_NAME = re.compile(r"(?<![.!?:“\"‘'] )(?<![“\"‘'])(?<!^)\b[A-Z][\w’'-]+(?: (?:of |the )?[A-Z][\w’'-]+)*", re.MULTILINE)


def topics_of(vectors: Vectors, most: int) -> Iterator[Members]:
    """Yields the largest topics of at least two articles each; an article belongs to one topic at most.

    `vectors` has a row of length 1 for each article. The same vectors give the same topics.
    """
    centres = np.unique(np.linspace(0, len(vectors) - 1, min(len(vectors), _CENTRES)).astype(int))
    cosines = vectors[centres] @ vectors.T
    largest = max(3, _SWALLOWED * len(vectors))
    near = next((near for near in _NEAR if (cosines >= near).sum(axis=1).max() <= largest), _NEAR[-1])
    belongs = cosines >= near
    for _ in range(most):
        sizes = belongs.sum(axis=1)
        centre = int(np.argmax(sizes))
        if sizes[centre] < 2:  # noqa: PLR2004 - one article is no topic
            return
        members = np.flatnonzero(belongs[centre])
        yield members[np.argsort(-cosines[centre, members], kind="stable")]
        belongs[:, members] = False


def name_of(sources: Sequence[str], view: View, every: int) -> tuple[str, int]:
    """Returns the name that best tells these articles, the most central first, from the others; and how many have it.

    It stands in at least half of them, and in at most half of all `every` articles of the library. Empty if none does.
    """
    within, articles = set(sources), view.articles(sources[:_READ]).values()
    counts = Counter(name for article in articles for name in set(_names_in(article)))
    best, best_worth, having = "", (0.0, 0), 0
    for name, count in counts.most_common(_TRIED):
        holding = view.holding([name])
        inside, titled = len(holding & within), len(view.titled([name]) & within)
        if 2 * count < len(articles) or 2 * inside < len(within) or 2 * len(holding) > every:
            continue
        worth = (inside + titled) / len(within) * log(every / len(holding)), len(name)
        if worth > best_worth:
            best, best_worth, having = name, worth, inside
    return best, having


def _names_in(article: Article) -> Iterable[str]:
    """Yields the capitalised phrases of an article that do not begin a sentence."""
    for text in (f"· {article.title or ''}", *(article.cut(block.span) for block in article.body)):
        for found in _NAME.findall(text):
            name = re.sub(r"[’']s$", "", found)
            if name.casefold() not in tokens.FUNCTION_WORDS:
                yield name
