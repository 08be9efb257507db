"""Who is who across articles: one person only where full names agree and nothing contradicts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice, permutations
from pathlib import Path

import pytest

from rag.core import ArticlePerson, Span, Statement
from rag.core.errors import UsageError
from rag.library.corrections import join_people, split_person, undo_identity
from rag.library.sqlite import SQLiteFile
from rag.library.store import Store
from rag.library.upkeep import backup, purge, restore
from rag.people.linking import link
from rag.people.naming import LongForms, asked_name, full_name, names_agree
from rag.people.profiles import ArticleMention
from rag.text.names import Gender
from tests.case_files import table
from tests.library_parts import Libraries, article, fill, record, said
from tests.processes import Outcome, assert_one_sentence, onrecord


def met(  # noqa: PLR0913 - what an article may tell
    source: str,
    name: str,
    *roles: str,
    titles: Sequence[str] = (),
    gender: Gender | None = None,
    published: str | None = "2024-05-01",
    company: Sequence[str] = (),
    is_body: bool = False,
) -> ArticleMention:
    """Somebody in an article."""
    return ArticleMention(
        (source, name), name, is_body, tuple(titles), roles, gender, published, 1, 1, frozenset(map(str.lower, company))
    )


def who(*mentions: ArticleMention) -> list[tuple[str, list[str]]]:
    """The people, each with the articles that tell of them."""
    return [(person.name, sorted(mention.key[0] for mention in person.mentions)) for person in link(mentions)]


def test_names_agree_that_mean_one_person_and_are_asked_for_with_their_titles() -> None:
    for one, other in table("names", "agree"):
        assert names_agree(one, other), one
        assert names_agree(other, one), one
    for one, other in table("names", "do not agree"):
        assert not names_agree(one, other), one
    assert not full_name("al-Nasri").is_full
    assert full_name("Omar al-Nasri").family == full_name("Omar Al-Nasri").family == ("nasri",)
    assert full_name("Ada van der Leyen").given == "ada"
    for asked, titles, name in table("names", "asked with title"):
        assert ([*asked_name(asked).titles], asked_name(asked).name) == (titles, name), asked


def test_a_title_alone_joins_nobody_unless_two_lords_agree() -> None:
    people = who(
        met("oil", "Browne", "BP chief executive", titles=["Lord"]),
        met("visas", "Des Browne", "immigration minister"),
        met("again", "Des Browne"),
        met("short", "Browne"),
    )
    assert people == [("Browne", ["short"]), ("Des Browne", ["again", "visas"]), ("Lord Browne", ["oil"])]
    agreeing = [met("a", "Esker", titles=["Lord"]), met("b", "Esker", "attorney general", titles=["Lord"])]
    assert who(*agreeing) == [("Lord Esker", ["a", "b"])]
    other = met("c", "Esker", "head coach", titles=["Lord"])
    assert [sources for _, sources in who(*agreeing, other)] == [["a", "b"], ["c"]]
    assert len(who(met("a", "John", titles=["Sir"]), met("b", "John", titles=["Sir"]))) == 2


def test_gender_generations_and_offices_at_one_time_tell_two_people_apart() -> None:
    assert len(who(met("a", "Noor Vask", gender="he"), met("b", "Noor Vask", gender="she"))) == 2
    assert len(who(met("a", "Mary Vask", gender="he"), met("b", "Mary Vask", gender="she"))) == 1
    early = met("a", "Robert Hale", "senator", published="1951-01-01")
    assert len(who(early, met("b", "Robert Hale", "governor", published="2019-01-01"))) == 2
    assert len(who(early, met("b", "Robert Hale", "senator", published="2019-01-01"))) == 1
    for one, other in table("names", "two of that name"):
        assert len(who(met("a", "John Reed", *one), met("b", "John Reed", *other))) == 2, one
    for one, other in table("names", "one of that name"):
        first = met("a", "John Reed", *one, published="2004-02-01")
        assert len(who(first, met("b", "John Reed", *other, published="2006-03-01"))) == 1, one


def test_where_nothing_is_told_the_others_in_the_article_decide_and_a_common_name_needs_a_sign() -> None:
    minister = met("a", "John Reed", "health secretary", company=["Ada Lund", "Labour"])
    manager = met("b", "John Reed", "band manager", company=["Elt Jonsen"])
    near = met("c", "John Reed", company=["Ada Lund"])
    far = met("d", "John Reed", company=["Pia Zorn"])
    assert sorted(sources for _, sources in who(minister, manager, near, far)) == [["a", "c"], ["b"], ["d"]]
    others = [met(f"o{given}", f"{given} Smith") for given in ("Alan", "Brian", "Carl", "David", "Eric")]
    alone = [met("a", "Andy Smith"), met("b", "Andy Smith")]
    assert len(who(*alone)) == 1
    assert len(who(*others, *alone)) == 7
    together = [met("a", "Andy Smith", company=["Pia Zorn"]), met("b", "Andy Smith", company=["Pia Zorn"])]
    assert len(who(*others, *together)) == 6


def test_fathers_and_sons_nicknames_initials_and_slips_are_two_unless_something_joins_them() -> None:
    both = [met("a", "Pavel Orlo"), met("a", "Pavel Orlo Jr."), met("b", "Pavel Orlo Jr."), met("c", "Pavel T. Orlo")]
    assert sorted(name for name, _ in who(*both)) == ["Pavel Orlo Jr.", "Pavel T. Orlo"]
    assert len(who(met("a", "Pavel Orlo III"), met("b", "Pavel Orlo Jr."))) == 2
    assert len(who(met("a", "Joe Biden"), met("a", "Joseph R. Biden Jr."), met("b", "Joe Biden"))) == 1
    mike, michael = (
        met("trains", "Mike Brown", company=["Ola Pint"]),
        met("vote", "Michael Brown", company=["Ola Pint"]),
    )
    assert len(who(mike, michael)) == 2
    assert len(who(mike, michael, met("vote", "Mike Brown"))) == 1
    assert len(who(met("a", "Mike Brown", "transport commissioner"), met("b", "Michael Brown", "commissioner"))) == 1
    company = ["Ola Pint", "Per Ost"]
    assert len(who(met("a", "Mike Brown", company=company), met("b", "Michael Brown", company=company))) == 1
    people = who(met("a", "John Reed"), met("b", "James Reed"), met("c", "J. Reed"))
    assert [name for name, _ in people] == ["J. Reed", "James Reed", "John Reed"]
    right = met("a", "Nikol Pashinian", "prime minister")
    assert len(who(right, met("b", "Nikol Pashinaian", "prime minister"))) == 1
    assert len(who(right, met("b", "Nikol Pashinaian"))) == 2


def test_the_order_of_the_articles_changes_nothing() -> None:
    mentions = [
        met("a", "John Reed", "health secretary", company=["Ada Lund"]),
        met("b", "John Reed", "band manager"),
        met("c", "Reed", titles=["Lord"]),
        met("d", "J. Reed", company=["Ada Lund"]),
        met("e", "James Reed"),
        met("f", "Jon Reed"),
        met("g", "Reed"),
        met("h", "John Reed"),
    ]
    expected = who(*mentions)
    for order in islice(permutations(mentions), 0, None, 1_777):
        assert who(*order) == expected


def test_forms_and_abbreviations_of_a_body_are_one_and_other_bodies_are_not() -> None:
    names = ["Russian Foreign Ministry", "Ministry of Foreign Affairs of Russia", "Russia's Foreign Ministry"]
    assert len(who(*(met(name, name, is_body=True) for name in names))) == 1
    names = ["Russian Foreign Ministry", "Armenian Foreign Ministry", "Russian Defence Ministry", "Foreign Ministry"]
    assert len(who(*(met(name, name, is_body=True) for name in names))) == 4
    names = ["Bank of Albena", "Albena Bank", "Russia", "Moscow", "Russian Bank"]
    assert len(who(*(met(name, name, is_body=True) for name in names))) == 5
    told = [met("a", "Ada Lund", "coach"), met("b", "Ada Lund", gender="she"), met("c", "Ada Lund", is_body=True)]
    assert who(*told) == [("Ada Lund", ["a", "b", "c"])]
    league = [met("a", "Liberty", is_body=True), met("b", "Liberty", is_body=True), met("c", "Liberty")]
    assert who(*league) == [("Liberty", ["a", "b", "c"])]


def test_a_name_and_its_abbreviation_are_one_body_in_every_article() -> None:
    names = [("a", "World Tide Forum"), ("a", "WTF"), ("b", "WTF"), ("c", "World Tide Forum"), ("d", "WTO")]
    forms = LongForms.of([("a", "World Tide Forum", "WTF")])
    people = link([met(source, name, is_body=name.isupper()) for source, name in names], (), forms)
    assert [(body.name, body.is_body, len(body.mentions)) for body in people] == [
        ("World Tide Forum", True, 4),
        ("WTO", True, 1),
    ]
    two = LongForms.of([("a", "World Tide Forum", "WTF"), ("b", "West Town Fair", "WTF")])
    people = link([met(source, "WTF", is_body=True) for source in "abc"], (), two)
    assert len(people) == 3, "elsewhere nobody knows which of the two is meant"


# The same in a library.


def person(name: str, *roles: str, titles: Sequence[str] = (), gender: Gender | None = None) -> ArticlePerson:
    return ArticlePerson(name, False, tuple(titles), roles, gender, Span(0, 1), 1)  # noqa: FBT003 - a person


def put(store: Store, source: str, *speakers: ArticlePerson, published: str = "2024-05-01", silent: int = 0) -> None:
    """An article in which each of the people says a line, but for the last `silent` ones."""
    spoken = speakers[: len(speakers) - silent]
    one = article(source, "\n".join(f"{source} line {place}." for place in range(len(speakers))), published=published)
    statements: list[Statement] = []
    start = 0
    for speaker, line in zip(spoken, one.text.split("\n"), strict=False):
        span = Span(start, start + len(line))
        statements.append(said(one, span, span, speaker.name))
        start += len(line) + 1
    kept = record(one, statements)
    fill(store, replace(kept, people=speakers))


@pytest.fixture
def store(libraries: Libraries, tmp_path: Path) -> Iterator[Store]:
    """Two Blairs, a Lord Browne, a Des Browne, and two men named John Reed."""
    store = libraries.create(tmp_path / "data")
    put(store, "a.txt", person("Tony Blair", "prime minister"), person("Des Browne", "immigration minister"))
    put(store, "b.txt", person("Tony Blair", titles=["Prime Minister"]), person("Ian Blair", titles=["Sir"]))
    put(store, "c.txt", person("Browne", "BP chief executive", titles=["Lord"]))
    put(store, "d.txt", person("John Reed", "health secretary"), person("Cherie Blair", gender="she"), silent=1)
    put(store, "e.txt", person("John Reed", "band manager"))
    put(store, "f.txt", person("John Reed", "health secretary"))
    yield store
    store.close()
    libraries.release(store.data)


def speakers(store: Store) -> list[tuple[str, str | None]]:
    with store.reading() as view:
        return [(one.source, one.speaker) for one in view.statements()]


def bearers(store: Store, name: str) -> list[tuple[str, int]]:
    with store.reading() as view:
        return [(one.person, one.statements) for one in view.bearers(name)]


def test_a_surname_finds_all_who_bear_it_and_whom_nobody_or_several_are_meant_by_is_refused(store: Store) -> None:
    assert bearers(store, "blair") == [("Tony Blair", 2), ("Ian Blair", 1), ("Cherie Blair", 0)]
    assert bearers(store, "Tony Blair") == [("Tony Blair", 2)]
    assert bearers(store, "Mr Blair") == [("Tony Blair", 2)], "a knight is no Mr, and Cherie is a woman"
    assert bearers(store, "Nobody") == []
    assert bearers(store, "Lord Browne") == [("Lord Browne", 1)]
    assert bearers(store, "minister Browne") == [("Des Browne", 1)]
    assert bearers(store, "the prime minister Blair") == [("Tony Blair", 2)]
    assert bearers(store, "Sir Ian Blair") == [("Ian Blair", 1)]
    assert bearers(store, "Lord Blair") == []
    assert bearers(store, "Mayor Reed") == [("John Reed", 2)], "nothing is said against the politician"
    with pytest.raises(UsageError, match="Several people are named Blair: Tony Blair, Ian Blair, Cherie Blair"):
        join_people(store, "Blair", "Des Browne")
    with pytest.raises(UsageError, match="Nobody on record is named Zorn"):
        undo_identity(store, "Zorn")
    with pytest.raises(UsageError, match="one person on record already"):
        join_people(store, "Tony Blair", "Prime Minister Blair")
    with pytest.raises(UsageError, match="no other article"):
        split_person(store, "Tony Blair", ["a.txt", "b.txt"])
    with pytest.raises(UsageError, match="not mentioned in"):
        split_person(store, "Tony Blair", ["z.txt"])


def test_a_profile_tells_roles_with_their_days_and_articles_and_the_lesser_known_namesake_by_one(store: Store) -> None:
    assert bearers(store, "John Reed") == [("John Reed", 2), ("John Reed (band manager)", 1)]
    assert ("e.txt", "John Reed (band manager)") in speakers(store)
    with store.reading() as view:
        assert [one.source for one in view.statements(by=["John Reed (band manager)"])] == ["e.txt"]
        assert [one.source for one in view.statements(by=["John Reed"])] == ["d.txt", "f.txt"]
    put(store, "g.txt", person("Tony Blair", "former prime minister"), published="2026-02-01")
    with store.reading() as view:
        profile = view.profile("Tony Blair")
        assert profile is not None
        assert view.profile("Nobody") is None
    assert [(held.role, held.first, held.sources) for held in profile.roles] == [
        ("prime minister", "2024-05-01", ("a.txt", "b.txt")),
        ("former prime minister", "2026-02-01", ("g.txt",)),
    ]
    assert (profile.said, profile.first, profile.last) == ((("direct", 3),), "2024-05-01", "2026-02-01")
    assert profile.namesakes == ("Cherie Blair", "Ian Blair")


def test_only_the_names_of_a_new_article_are_settled_anew_and_the_outcome_is_the_same(store: Store) -> None:
    before = dict(speakers(store))
    with store.writing() as changes:
        changes._connection.execute(
            "INSERT INTO unsettled SELECT DISTINCT block FROM mention WHERE true ON CONFLICT DO NOTHING"
        )
        changes.settle_people()
    assert dict(speakers(store)) == before


def test_who_is_joined_or_split_by_hand_stays_so_when_articles_come_or_are_read_anew(store: Store) -> None:
    assert join_people(store, "Lord Browne", "Des Browne") == "Des Browne"
    put(store, "c.txt", person("Browne", "BP chief executive", titles=["Lord"]))
    assert ("c.txt", "Des Browne") in speakers(store)
    with store.reading() as view:
        profile = view.profile("Des Browne")
    assert profile is not None
    assert profile.by_hand
    assert undo_identity(store, "Des Browne")
    assert ("c.txt", "Lord Browne") in speakers(store)
    assert not undo_identity(store, "Des Browne")
    assert split_person(store, "Tony Blair", ["b.txt"]).startswith("Tony Blair")
    put(store, "h.txt", person("Tony Blair", "prime minister"))
    assert bearers(store, "Tony Blair")[0] == ("Tony Blair", 2)
    assert len(bearers(store, "Tony Blair")) == 2
    with store.reading() as view:
        assert {one.source for one in view.statements(by=["Tony Blair"])} == {"a.txt", "h.txt"}


def test_what_was_said_by_hand_is_backed_up_and_forgotten_with_its_articles(store: Store, tmp_path: Path) -> None:
    if not isinstance(store.database, SQLiteFile):
        pytest.skip("PostgreSQL is backed up by its own tools")
    join_people(store, "Lord Browne", "Des Browne")
    backup(store, tmp_path / "backup.zip")
    restore(tmp_path / "backup.zip", tmp_path / "restored")
    assert ("c.txt", "Des Browne") in speakers(Store.open(tmp_path / "restored"))
    with store.writing() as changes:
        changes.remove("a.txt")
        changes.remove("c.txt")
    purge(store)
    assert b"Des Browne" not in store.path.read_bytes()


@pytest.fixture
def command(store: Store, libraries: Libraries) -> Callable[..., Outcome]:
    """Runs a command on that library."""
    return partial(onrecord, "--data", store.data, given=libraries.variables(store.data))


def test_the_list_of_statements_by_a_surname_is_of_all_who_bear_it_and_says_so(command: Callable[..., Outcome]) -> None:
    both = command("statements", "--by", "blair", "--json")
    assert [(row["source"], row["speaker"]) for row in both.lines] == [
        ("a.txt", "Tony Blair"),
        ("b.txt", "Tony Blair"),
        ("b.txt", "Ian Blair"),
    ]
    assert "Two people named Blair are quoted: Tony Blair (2 statements) and Ian Blair (1)." in both.stderr
    one = command("statements", "--by", "Tony Blair", "--json")
    assert {row["speaker"] for row in one.lines} == {"Tony Blair"}
    assert "people named" not in one.stderr
    lord = command("statements", "--by", "lord browne", "--json")
    assert [row["source"] for row in lord.lines] == ["c.txt"]


def test_the_command_lists_people_shows_a_profile_and_takes_what_is_said_by_hand(
    command: Callable[..., Outcome],
) -> None:
    everybody = command("people", "--json").lines
    assert everybody[0]["person"] in {"John Reed", "Tony Blair"}
    assert {row["person"] for row in everybody} >= {"Cherie Blair", "Lord Browne", "John Reed (band manager)"}
    shown = command("people", "Sir Ian Blair").stdout
    assert shown.startswith("Ian Blair\n1 statement (1 direct) in 1 article, 2024-05-01\n")
    assert "Others of that name: Cherie Blair, Tony Blair" in shown
    assert "Sir, 2024-05-01: b.txt" in shown
    assert "one person now: Des Browne" in command("people", "--join", "Lord Browne", "Des Browne").stderr
    assert command("people", "Browne", "--json").lines[0]["by_hand"] is True
    assert command("people", "--undo", "Des Browne").code == 0
    split = command("people", "--split", "Tony Blair", "--source", "b.txt")
    assert "is another person now: Tony Blair (Prime Minister)" in split.stderr
    assert_one_sentence(command("people", "--split", "Tony Blair"), 2, "--source FILE")
    assert_one_sentence(command("people", "Zorn"), 2, "Nobody on record")
