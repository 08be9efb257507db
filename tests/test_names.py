"""One person, many names; two people with one family name; and how a question's names are looked up."""

from hypothesis import given
from hypothesis import strategies as some

from rag import Assistant
from rag.answering.understanding.entity_index import EntityIndex, LibraryLookup, written
from rag.answering.understanding.query import capitalised, is_typed_small
from rag.core import Person, Span
from rag.text.name_matching import compatible, fold_name, gather, given_names, slip_of
from rag.text.names import gender_of, written_names
from tests.case_files import table
from tests.questions import KNOWN


def test_folding_drops_case_and_accents_and_names_are_gathered_under_the_fullest() -> None:
    assert fold_name("Recep Tayyip Erdoğan") == "recep tayyip erdogan"
    assert fold_name("S. Lavrov") == "s lavrov"
    assert fold_name("O’Brien-Łukasz, Jr.") == "obrien lukasz jr"
    assert given_names("Mohammed bin Salman") == ("mohammed",)
    assert given_names("von der Leyen") == given_names("al-Nasri") == ()
    assert (given_names("Al Gore"), given_names("Ben Stone")) == (("al",), ("ben",))
    assert gather(["Peskov", "Dmitry Peskov", "Peskov"]) == (Person("Dmitry Peskov", ("Peskov",)),)
    assert gather(["Clinton", "Bill Clinton", "Hillary Clinton"]) == (
        Person("Bill Clinton"),
        Person("Clinton"),
        Person("Hillary Clinton"),
    )
    assert gather(["Lavrov", "Sergey Lavrov", "Sergei Lavrov", "Sergei Lavrov"]) == (
        Person("Sergei Lavrov", ("Lavrov", "Sergey Lavrov")),
    )
    names = ["Lavrov", "Sergei Lavrov", "S. Lavrov", "Clinton", "Bill Clinton", "Hillary Clinton", "Kremlin"]
    assert gather(names) == gather(reversed(names))
    assert gather(["Xi", "Xi Jinping"]) == (Person("Xi Jinping", ("Xi",)),)
    assert len(gather(["Kremlin", "Defense Ministry", "Russian Defense Ministry", "White House", "House"])) == 5


@given(some.text(max_size=30))
def test_folding_twice_changes_nothing(name: str) -> None:
    assert fold_name(fold_name(name)) == fold_name(name)


def test_spellings_initials_and_nicknames_name_one_person_and_one_family_name_not() -> None:
    for one, other in table("names", "one person"):
        assert compatible(one, other), one
        assert len(gather([one, other])) == 1, one
    for one, other in table("names", "two people"):
        assert not compatible(one, other), one
        assert len(gather([one, other])) == 2, one


def test_only_a_long_name_may_hold_a_typing_error_and_none_is_bent_to_fit() -> None:
    assert slip_of("Nikol Pashinian", "Pashinaian")
    assert not slip_of("Bill Gates", "Gales")
    for typed, meant in table("names", "slip"):
        person = KNOWN.resembling(typed)
        assert person is not None, typed
        assert person.name == meant, typed
    for bent, why in table("names", "not bent"):
        assert KNOWN.resembling(bent) is None, why


@given(some.lists(some.text(max_size=12), max_size=8))
def test_every_name_is_kept_once(names: list[str]) -> None:
    kept = [name for person in gather(names) for name in (person.name, *person.aliases)]
    assert sorted(kept) == sorted({name for name in names if fold_name(name)})


def test_a_written_name_is_whole_and_tells_a_gender_only_if_nearly_all_its_bearers_have_it() -> None:
    for name, gender in table("names", "gender"):
        assert gender_of((), tuple(name.split())) == gender, name
    for text, title, name in table("names", "written"):
        found = next(run for run in written_names(text, Span(0, len(text))) if run.name)
        assert ([*found.title], found.text) == (title, name), text


def test_names_are_not_words_and_two_of_a_name_are_neither(assistant: Assistant) -> None:
    known = EntityIndex([Person("Ada Harbor")], library=LibraryLookup(kept={("occurs", "Harbour"): True}))
    assert known.resembling("Harbour") is None
    assert known.resembling("Harbur") == Person("Ada Harbor")
    assert KNOWN.named("Holm") is None
    assert KNOWN.named("Eva Holm") == Person("Eva Holm", ("Holm",))
    assert assistant.understand("who set the contest alight").notes == ()


WRITTEN = {"lund": "Lund", "portavia": "Portavia", "eaeu": "EAEU", "minister": "Minister", "prime": "Prime"}
TYPED = EntityIndex(
    [Person("Ada Lund", ("Lund",)), Person("Tom Will", ("Will",))],
    library=LibraryLookup(kept={("written", word): name for word, name in WRITTEN.items()}),
)


def test_names_get_the_capitals_that_articles_give_them(assistant: Assistant) -> None:
    for typed, read in table("names", "capitals"):
        assert capitalised(typed, TYPED) == read, typed
    assert is_typed_small("What did lund say? I wonder")
    assert not is_typed_small("what did Lund say?")
    for word, form in table("names", "as articles write"):
        with assistant.store.reading() as view:
            assert written(word, view) == form, word
