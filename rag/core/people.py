"""People and bodies across all articles."""

from __future__ import annotations

from dataclasses import dataclass

from rag.core.articles import Kind


@dataclass(frozen=True, slots=True)
class Bearer:
    """Somebody on record who bears a name that was asked for.

    `person` is the name they are known by on record: unique, equal to `Statement.speaker`, and to be given to
    `View.statements(by=[...])`. `name` is the same without what tells two people of one name apart ("John Reid" of
    "John Reid (music manager)"). `titles` stand in front of the name ("Lord"), `roles` are what articles call them,
    those of the most articles first. `statements` counts what they said, repetitions once; `articles` those that
    mention them. `is_full` is false for a family name that articles give without a first name: a name, of one person
    or of several.
    """

    person: str
    name: str
    is_body: bool
    statements: int
    articles: int
    titles: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    is_full: bool = True


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A title or role as articles write it, with the first and last day of publication and the articles."""

    role: str
    first: str | None
    last: str | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """What the articles tell of one person or body.

    `names` are all forms of the name, the fullest first. `said` counts statements by kind, repetitions once. `first`
    and `last` are days of publication, None where no article has a date. `sources` are the articles that mention them.
    `namesakes` are others of the same family name. `by_hand` says that a person joined or split them.
    """

    person: str
    is_body: bool
    names: tuple[str, ...]
    roles: tuple[HeldRole, ...]
    said: tuple[tuple[Kind, int], ...]
    first: str | None
    last: str | None
    sources: tuple[str, ...]
    namesakes: tuple[str, ...] = ()
    by_hand: bool = False

    @property
    def statements(self) -> int:
        """How many statements are theirs."""
        return sum(count for _, count in self.said)
