"""The head above somebody's statements, and those who share a name side by side."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from rag.core import Bearer, HeldRole, Profile
from tests.markup import Markup
from ui.views.statements import MOST, SHOWN, head_html


def told(person: str, names: tuple[str, ...] = (), roles: tuple[HeldRole, ...] = (), **others: Any) -> Profile:  # noqa: ANN401 - any field
    known: dict[str, Any] = {"said": (("direct", 40), ("reported", 24)), "sources": ("a.txt", "b.txt")}
    return Profile(person, is_body=False, names=names, roles=roles, **({"first": None, "last": None} | known | others))


def held(role: str, first: str | None = None, last: str | None = None) -> HeldRole:
    return HeldRole(role, first, last, ())


@dataclass
class Register:
    """The people on record, by their names."""

    told: list[Profile] = field(default_factory=list)

    def bearers(self, name: str) -> list[Bearer]:
        found = [one for one in self.told if name.casefold() in {one.person.casefold(), *one.person.casefold().split()}]
        return [
            Bearer(
                one.person,
                one.person,
                is_body=False,
                statements=one.statements,
                articles=2,
                roles=tuple(r.role for r in one.roles),
            )
            for one in found
        ]

    def profile(self, name: str) -> Profile | None:
        return next((one for one in self.told if one.person == name), None)


MINISTER = held("prime minister", "1997-05-02T08:00:00", "2007-06-27")
TONY = told("Tony Blair", ("Tony Blair", "Blair"), (MINISTER,), namesakes=("Ian Blair",))
IAN = told("Ian Blair", roles=(held("police commissioner"),), said=(("direct", 1),), sources=("a.txt",))


def test_a_full_name_shows_names_roles_counts_days_and_namesakes() -> None:
    head = Markup(head_html(Register([TONY, IAN]), "Tony Blair"))
    shown = head.one("section", "profile").text
    assert "TBTony Blairalso written Blair" in shown
    assert "prime minister 1997-05-02 to 2007-06-27" in shown
    assert "64 statements (40 direct quotes, 24 reported) · mentioned in 2 articles" in shown
    assert head.one("a", "who").attributes["href"] == "#record?by=Ian+Blair"


def test_those_who_share_a_name_stand_side_by_side_each_with_the_way_to_their_words() -> None:
    head = Markup(head_html(Register([TONY, IAN]), "blair"))
    assert not head.all("section", "profile")
    assert [link.attributes["href"] for link in head.all("a", "who")] == [
        "#record?by=Tony+Blair",
        "#record?by=Ian+Blair",
    ]
    assert "police commissioner" in head.one("section", "bearers").text
    assert "1 statement" in head.all("li")[1].text


def test_a_name_that_one_alone_bears_shows_their_profile() -> None:
    assert Markup(head_html(Register([TONY]), "blair")).one("bdi", "who").text == "Tony Blair"


def test_a_name_that_nobody_bears_shows_nothing() -> None:
    assert head_html(Register([TONY]), "Lavrov") == ""


def test_somebody_of_whom_nothing_is_told_has_a_head_all_the_same() -> None:
    bare = told("Ada Lund", said=(), sources=())
    assert (
        "0 statements · mentioned in 0 articles" in Markup(head_html(Register([bare]), "Ada Lund")).one("section").text
    )


def test_many_roles_are_folded_and_many_people_are_cut() -> None:
    roles = tuple(held(f"role {number}") for number in range(SHOWN + 3))
    head = Markup(head_html(Register([replace(TONY, roles=roles)]), "Tony Blair"))
    assert head.one("summary").text == "3 more"
    assert all(one.role in head.one("section").text for one in roles)
    crowd = Register([told(f"P{number} Li") for number in range(MOST + 1)])
    assert len(Markup(head_html(crowd, "li")).all("li")) == MOST


def test_that_somebody_was_joined_or_split_by_hand_is_said() -> None:
    assert "by hand" in head_html(Register([replace(TONY, by_hand=True)]), "Tony Blair")


def test_hostile_names_and_roles_stay_words() -> None:
    evil = '"><script>alert(1)</script>'
    one = told(evil, (evil, f"{evil}2"), (held(evil, evil, evil),), first=evil, last=evil, namesakes=(evil,))
    other = replace(one, person=f"x {evil}")
    for register in (Register([one]), Register([one, other])):
        for name in (evil, evil.rsplit(maxsplit=1)[-1]):
            assert not Markup(head_html(register, name) or "<p></p>").all("script")
