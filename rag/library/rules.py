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

RECIPE: Final = 1
"""Raise it when reading, layout, passages or attribution change what they make of a file: all are then read anew."""


@dataclass(frozen=True)
class Rules:
    """All that decides, besides its bytes, what is made of a file."""

    catalogue: Mapping[str, Details]
    passage_tokens: int

    def details(self, source: str) -> Details | None:
        """What the catalogue says of the article, or else of the file that it is a line of."""
        return self.catalogue.get(source) or self.catalogue.get(source.rpartition("#")[0])

    def recipe(self, source: str) -> str:
        """A name for the rules as they bear on one article: other rules, another name."""
        return self._name_of(self.details(source))

    def recipe_of_file(self, source: str) -> str:
        """The same for a file with all its articles."""
        rows = self._rows_of_files.get(source)
        return self._name_of(rows) if rows else self.recipe(source)

    @cached_property
    def _rows_of_files(self) -> dict[str, list[tuple[str, Details]]]:
        """The catalogue's rows about lines, by the file that they are lines of."""
        rows: defaultdict[str, list[tuple[str, Details]]] = defaultdict(list)
        for source, details in self.catalogue.items():
            file, _, line = source.rpartition("#")
            if file and line.isdecimal():
                rows[file].append((source, details))
                rows[file] += [(file, self.catalogue[file])] if file in self.catalogue else []
        return rows

    def _name_of(self, known: Details | list[tuple[str, Details]] | None) -> str:
        said = astuple(known) if isinstance(known, Details) else [(source, astuple(of)) for source, of in known or ()]
        rules = json.dumps([RECIPE, self.passage_tokens, said])
        return hashlib.sha256(rules.encode("utf-8")).hexdigest()[:16]
