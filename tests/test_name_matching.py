"""One person, many names; two people with one family name."""

from hypothesis import given
from hypothesis import strategies as some

from rag.core import Person, Span
from rag.text.name_matching import compatible, fold_name, gather, given_names, slip_of
from rag.text.names import gender_of, written_names


def test_folding_drops_case_accents_and_punctuation() -> None:
    assert fold_name("Recep Tayyip Erdoğan") == "recep tayyip erdogan"
    assert fold_name("S. Lavrov") == "s lavrov"
    assert fold_name("O’Brien-Łukasz, Jr.") == "obrien lukasz jr"


@given(some.text(max_size=30))
def test_folding_twice_changes_nothing(name: str) -> None:
    assert fold_name(fold_name(name)) == fold_name(name)


def test_spellings_initials_and_nicknames_name_one_person() -> None:
    for one, other in (
        ("Sergei Lavrov", "Sergey Lavrov"),
        ("Dmitry Peskov", "Dmitri Peskov"),
        ("Nikol Pashinyan", "Nikol Pashinian"),
        ("Volodymyr Zelenskyy", "Volodymyr Zelensky"),
        ("S. Lavrov", "Sergei Lavrov"),
        ("Joe Biden", "Joseph Biden"),
        ("Donald J. Trump", "Donald Trump"),
        ("J. R. Olsen", "J.R. Olsen"),
        ("Ursula von der Leyen", "von der Leyen"),
        ("Karim al-Nasri", "al-Nasri"),
    ):
        assert compatible(one, other)
        assert len(gather([one, other])) == 1


def test_two_people_with_one_family_name_stay_two() -> None:
    for one, other in (
        ("Hillary Clinton", "Bill Clinton"),
        ("Ilham Aliyev", "Heydar Aliyev"),
        ("George W. Bush", "George H.W. Bush"),
        ("Russian Defense Ministry", "Armenian Defense Ministry"),
        ("Maria Zakharova", "Maria Volkova"),
    ):
        assert not compatible(one, other)
        assert len(gather([one, other])) == 2


def test_a_bare_family_name_joins_the_only_full_name_that_carries_it() -> None:
    assert gather(["Peskov", "Dmitry Peskov", "Peskov"]) == (Person("Dmitry Peskov", ("Peskov",)),)


def test_a_bare_family_name_of_two_people_stays_by_itself() -> None:
    assert gather(["Clinton", "Bill Clinton", "Hillary Clinton"]) == (
        Person("Bill Clinton"),
        Person("Clinton"),
        Person("Hillary Clinton"),
    )


def test_the_fullest_name_leads_and_among_equals_the_most_frequent() -> None:
    assert gather(["Lavrov", "Sergey Lavrov", "Sergei Lavrov", "Sergei Lavrov"]) == (
        Person("Sergei Lavrov", ("Lavrov", "Sergey Lavrov")),
    )


def test_the_order_of_the_names_does_not_matter() -> None:
    names = ["Lavrov", "Sergei Lavrov", "S. Lavrov", "Clinton", "Bill Clinton", "Hillary Clinton", "Kremlin"]
    assert gather(names) == gather(reversed(names))


def test_particles_are_no_given_names_unless_they_have_a_capital_of_their_own() -> None:
    assert given_names("Mohammed bin Salman") == ("mohammed",)
    assert given_names("von der Leyen") == given_names("al-Nasri") == ()
    assert (given_names("Al Gore"), given_names("Ben Stone")) == (("al",), ("ben",))


def test_a_family_name_that_comes_first_is_known() -> None:
    assert gather(["Xi", "Xi Jinping"]) == (Person("Xi Jinping", ("Xi",)),)


def test_bodies_are_never_taken_for_each_other() -> None:
    assert len(gather(["Kremlin", "Defense Ministry", "Russian Defense Ministry", "White House", "House"])) == 5


def test_only_a_long_name_may_hold_a_typing_error() -> None:
    assert slip_of("Nikol Pashinian", "Pashinaian")
    assert not slip_of("Bill Gates", "Gales")


@given(some.lists(some.text(max_size=12), max_size=8))
def test_every_name_is_kept_once(names: list[str]) -> None:
    kept = [name for person in gather(names) for name in (person.name, *person.aliases)]
    assert sorted(kept) == sorted({name for name in names if fold_name(name)})


def test_a_given_name_tells_a_gender_only_if_nearly_all_of_its_bearers_have_it() -> None:
    for name, gender in (
        ("Thaddeus Orme", "he"),
        ("Petra Quill", "she"),
        ("Lachlan Orme", None),
        ("Morgan Orme", None),
        ("Thaddeus", None),
        ("Andrea Orme", None),
    ):
        assert gender_of((), tuple(name.split())) == gender


def test_a_written_name_is_whole_and_no_more_than_the_name() -> None:
    for text, title, name in (
        ("Diederik 't Mannetje said", (), "Diederik 't Mannetje"),
        ("as ’t Hooft said", (), "’t Hooft"),
        ("The Dockers’ Federation said", (), "Dockers’ Federation"),
        ("_Ivo Blade_ said", (), "Ivo Blade"),
        ("Addressing Corvin Wray, he frowned", (), "Corvin Wray"),
        ("Interestingly Corvin Wray frowned", (), "Corvin Wray"),
        ("Boxing Council officials met", (), "Boxing Council"),
        ("Mayor Quin Esker said", ("mayor",), "Quin Esker"),
        ("It was Ada Brel's.", (), "Ada Brel"),
    ):
        found = next(run for run in written_names(text, Span(0, len(text))) if run.name)
        assert (found.title, found.text) == (title, name)
