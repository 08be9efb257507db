"""All that decides, besides its bytes, what is made of a file; reads no file itself."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from functools import cached_property
from typing import Final

from rag.corpus.catalogue import Details

RECIPE: Final = 14
"""Raise it when reading, layout, passages or attribution change what they make of a file: all are then read anew."""


@dataclass(frozen=True)
class Rules:
    """The catalogue's word on each article, and the size of passages."""

    catalogue: Mapping[str, Details]
    passage_tokens: int

    def details(self, source: str) -> Details | None:
        """What the catalogue says of the article, or else of the file that it is a line of."""
        return self.catalogue.get(source) or self.catalogue.get(source.rpartition("#")[0])

    def recipe(self, source: str) -> str:
        """A name for the rules as they bear on one article: other rules, another name."""
        return self._name(source)

    def recipe_of_file(self, source: str) -> str:
        """The same for a file with all its lines."""
        return self._name(source, *self._lines.get(source, ()))

    @cached_property
    def _lines(self) -> dict[str, list[str]]:
        """The sources in the catalogue that name a line of a file, by file."""
        lines: defaultdict[str, list[str]] = defaultdict(list)
        for source in sorted(self.catalogue):
            lines[source.rpartition("#")[0]].append(source)
        return lines

    def _name(self, *sources: str) -> str:
        said = [astuple(details) if (details := self.details(source)) else None for source in sources]
        rules = json.dumps([RECIPE, self.passage_tokens, said, sources[1:]])
        return hashlib.sha256(rules.encode("utf-8")).hexdigest()[:16]
