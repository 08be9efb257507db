"""Who is in an article: everybody whom it names, by the full name, with titles, roles and gender as told."""

from rag.attribution.statements import Attributed, attribute
from rag.core import ArticlePerson, Reading
from rag.ingestion.layout import lay_out
from rag.ingestion.segmentation import sentences
from tests.case_files import table


def _attributed(text: str) -> Attributed:
    """What an article holds whose first line is its headline."""
    article = lay_out(Reading("a.txt", text, "0" * 64, "text", title=text.partition("\n")[0]))
    return attribute(article, sentences(article))


def _people(text: str) -> dict[str, ArticlePerson]:
    return {person.name: person for person in _attributed(text).people}


def _speakers(text: str) -> list[str | None]:
    return [statement.speaker for statement in _attributed(text).statements]


def test_occupations_and_roles_stand_beside_the_name_and_are_no_part_of_it() -> None:
    for sentence, name, title in table("names", "occupation"):
        people = _people(f"Today\n{sentence}\n")
        assert people[name].titles == (title,), sentence
        assert _speakers(f"Today\n{sentence}\n") == [name], sentence
    text = "Today\nThe lantern is lost, warden Ada Smith said.\nThe rope is gone, night watchman Tom Brill said.\n"
    said = [text[one.content[0].start : one.content[0].end] for one in _attributed(text).statements]
    assert said == ["The lantern is lost", "The rope is gone"]
    for sentence, name, role in table("names", "role"):
        assert _people(f"Today\n{sentence}\n")[name].roles == (role,), sentence
        assert _speakers(f"Today\n{sentence}\n") == [name], sentence


def test_everybody_of_a_list_or_a_family_is_known_and_what_only_looks_like_a_name_is_nobody() -> None:
    for text, names in table("names", "everybody"):
        people = _attributed(f"Today\n{text}\n").people
        assert sorted(person.name for person in people if not person.is_body) == sorted(names), text
    for text, name in table("names", "rare given name"):
        assert _speakers(f"Today\n{text}\n")[-1] == name, text
        person = _people(f"Today\n{text}\n")[name]
        assert not person.is_body, text
    for (text,) in table("names", "nobody"):
        assert not [name for name, person in _people(f"Today\n{text}\n").items() if not person.is_body], text
    text = "Nora Quade Compares Lund’s Plan\nNora Quade spoke. Tom Lund listened. Support Lund, a poster said.\n"
    text += "Nora Quade Compares Lund’s Plan To A Bridge\nTom Lund Leads\nComes Out Against Lund\n"
    assert set(_people(text)) == {"Nora Quade", "Tom Lund"}


def test_the_short_name_of_a_body_means_its_long_one_and_people_are_counted_with_their_gender() -> None:
    text = (
        "Today\nThe World Temperature Forum (WTF) said July was hot. WTF said August would be worse.\n"
        "The Northern Fishing Union (NFU) said nets were cheap. “They are,” the NFU said.\n"
    )
    forum, union = "World Temperature Forum", "Northern Fishing Union"
    assert _speakers(text) == [forum, forum, union, union]
    assert {name for name, person in _people(text).items() if person.is_body} == {forum, union}
    people = _people(
        "Today\nLord Ruun Vane spoke. Mayor Tiko Brel said she would stay. Mary Holm left. Robin Cole left.\n"
    )
    told = {name: people[name].gender for name in ("Ruun Vane", "Tiko Brel", "Mary Holm", "Robin Cole")}
    assert told == {"Ruun Vane": "he", "Tiko Brel": "she", "Mary Holm": "she", "Robin Cole": None}
    told_of = "Today\nMary Holm came. Holm said it was late. “Holm is right,” Tom Reed said.\n"
    holm = _people(told_of)["Mary Holm"]
    assert (told_of[holm.first.start : holm.first.end], holm.mentions) == ("Mary Holm", 3)
    people = _people("Today\nAnna Brand came with her son **Ambro**. Ambro said he was six.\n")
    assert people["Ambro Brand"].gender == "he"
