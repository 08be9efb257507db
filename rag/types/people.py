"""People and bodies across all articles."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bearer:
    """Somebody on record who bears a name that was asked for.

    `person` is the name they are known by on record: unique, equal to `Statement.speaker`, and to be given to
    `View.statements(by=[...])`. `name` is the same without what tells two people of one name apart ("John Reid" of
    "John Reid (health secretary)"). `titles` stand in front of the name ("Lord"), `roles` are what articles call them.
    `statements` counts what they said, repetitions once; `articles` those that mention them.
    """

    person: str
    name: str
    is_body: bool
    statements: int
    articles: int
    titles: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
