"""Who is in an article: everybody whom it names, by the full name, with titles, roles and gender as told."""

from rag.attribution.statements import Attributed, attribute
from rag.core import ArticlePerson, Reading
from rag.ingestion.layout import lay_out
from rag.ingestion.segmentation import sentences


def _attributed(text: str) -> Attributed:
    """What an article holds whose first line is its headline."""
    article = lay_out(Reading("a.txt", text, "0" * 64, "text", title=text.partition("\n")[0]))
    return attribute(article, sentences(article))


def _people(text: str) -> dict[str, ArticlePerson]:
    return {person.name: person for person in _attributed(text).people}


def _speakers(text: str) -> list[str | None]:
    return [statement.speaker for statement in _attributed(text).statements]


def test_an_occupation_at_the_head_of_a_sentence_is_no_part_of_the_name() -> None:
    for sentence, name, title in (
        ("Clerk Nora Quade said the books were missing.", "Nora Quade", "Clerk"),
        ("Engineer Tor Skate said the bridge would fall.", "Tor Skate", "Engineer"),
        ("Councillor Amos Gray said the vote was lawful.", "Amos Gray", "Councillor"),
        ("Ex-minister Paul Drube said he would sue.", "Paul Drube", "Ex-minister"),
        ("Secretary-general J. R. Olsen said the forum waited.", "J. R. Olsen", "Secretary-general"),
        ("Vice-chancellor Rita Holm said fees would rise.", "Rita Holm", "Vice-chancellor"),
        ("Mayor Quin Esker said the law was clear.", "Quin Esker", "Mayor"),
        ("Producer Kerwin Walsh said it was worth it.", "Kerwin Walsh", "Producer"),
        ("Choirmaster Elspet Rao said it was over.", "Elspet Rao", "Choirmaster"),
        ("Paramedic Ines Vogt said nobody was hurt.", "Ines Vogt", "Paramedic"),
        ("British Surgeon Alan Peck said the ward was full.", "Alan Peck", "British Surgeon"),
    ):
        people = _people(f"Today\n{sentence}\n")
        assert people[name].titles == (title,)
        assert _speakers(f"Today\n{sentence}\n") == [name]


def test_what_somebody_is_stands_as_written_beside_the_name() -> None:
    for sentence, name, role in (
        ("Reef warden Marlo Quint said the reef was lost.", "Marlo Quint", "Reef warden"),
        ("“No,” said union man Per Ost.", "Per Ost", "union man"),
        ("The kettle is lost, warden Bo Spacer said.", "Bo Spacer", "warden"),
        ("“It is dry,” said farmer Odd Nes.", "Odd Nes", "farmer"),
        ("Hanna Lind, the immigration minister, said the border was open.", "Hanna Lind", "immigration minister"),
    ):
        assert _people(f"Today\n{sentence}\n")[name].roles == (role,)
        assert _speakers(f"Today\n{sentence}\n") == [name]


def test_an_occupation_in_front_of_a_name_is_no_part_of_what_was_said() -> None:
    text = "Today\nThe lantern is lost, warden Ada Smith said.\nThe rope is gone, night watchman Tom Brill said.\n"
    said = [text[one.content[0].start : one.content[0].end] for one in _attributed(text).statements]
    assert said == ["The lantern is lost", "The rope is gone"]


def test_everybody_of_a_list_or_a_family_is_known() -> None:
    for text, names in (
        ("Ministers Ada Brel and Tom Rusk met. Brel said no. Rusk said yes.", ["Ada Brel", "Tom Rusk"]),
        ("Judges Ann Vale, Petr Ost and Ida Lind met. Ost said no.", ["Ann Vale", "Petr Ost", "Ida Lind"]),
        ("Anna and Karl Berg run a farm. Karl Berg said it rained.", ["Anna Berg", "Karl Berg"]),
        ("Brothers Tom and Erik Hall sold the shop. Tom said it was time.", ["Tom Hall", "Erik Hall"]),
        ("Gardener Elsa Fromm and her pupil, Mira Toft, planted elms. Fromm said no.", ["Elsa Fromm", "Mira Toft"]),
        ("Senator Ivan Trost and his wife, Olga, left. Trost said no.", ["Ivan Trost", "Olga Trost"]),
        ("Mayor Karl Brandt’s daughter Ida left. Brandt said no.", ["Karl Brandt", "Ida Brandt"]),
    ):
        people = _attributed(f"Today\n{text}\n").people
        assert sorted(person.name for person in people if not person.is_body) == sorted(names)


def test_the_headline_introduces_somebody() -> None:
    for headline in (
        "President Oskar Renn fires aide",
        "President Oskar Renn Fires His Aide",
        "Aide fired by Oskar Renn",
    ):
        text = (
            f"{headline}\n“She had to go,” Renn said on Sunday.\nHis sister Hanne Renn said the aide was her friend.\n"
        )
        assert _speakers(text) == ["Oskar Renn", "Hanne Renn"]


def test_a_given_name_on_no_list_belongs_to_the_full_name() -> None:
    for text, name in (
        (
            "The dam may fail, according to Yaqub bin Salleh, the roads director. Bin Salleh said no.",
            "Yaqub bin Salleh",
        ),
        ("Lock-keeper Joost 't Hert said the gate jammed. “It is moths,” ’t Hert said.", "Joost 't Hert"),
        ("The keeper of the bridge, Winfreda Basil, left. “Goodbye,” Basil said.", "Winfreda Basil"),
        ("In Calliope Dansey’s third novel a king rules. Dansey said she had no plan.", "Calliope Dansey"),
        ("The hinge creaks, smith Ula Brent said. “It is rust,” Brent said.", "Ula Brent"),
        ("Percivald Ornt, 62, keeps goats. Ornt said they were well.", "Percivald Ornt"),
        ("“They sang,” muezzin Faruq al-Dimari said of the bells.", "Faruq al-Dimari"),
        ("Sentencing Corvin Wray, 27, the judge frowned. “I am sorry,” Wray said.", "Corvin Wray"),
        ("Jugglers’ union chairman Rubin Tesch: “Justice at last.”", "Rubin Tesch"),
        ("• Jugglers’ union chairman Rubin Tesch: “Justice at last.”", "Rubin Tesch"),
    ):
        assert _speakers(f"Today\n{text}\n")[-1] == name
        person = _people(f"Today\n{text}\n")[name]
        assert not person.is_body


def test_capitals_beside_each_other_are_not_always_a_person() -> None:
    for text in (
        "The insurer, Red Heron Lines, said no. Lines of ships waited.",
        "Twitter closed. Wilayat Twitter is a fan site. Twitter said it was sorry.",
        "Interestingly Blocher came. Blocher said no.",
        "He went to the Silver Creek. Creek said no.",
        "When they moved to rural Norland, his mother said no.",
    ):
        assert not [name for name, person in _people(f"Today\n{text}\n").items() if not person.is_body]


def test_brothers_are_called_by_their_first_names() -> None:
    text = (
        "Today\nEuan and Lachie Strand made gin. “Mine,” says Euan, 44. Lachie, 39, sighs. “I lit it,” he says.\n"
        "Euan said it was his.\n"
    )
    assert _speakers(text) == ["Euan Strand", "Lachie Strand", "Euan Strand"]


def test_verbs_of_a_headline_in_capitals_are_no_names() -> None:
    text = "Talk Show Host Corners Obama\nBarack Obama came. Obama said he was glad.\n"
    assert _speakers(text) == ["Barack Obama"]


def test_verbs_and_small_words_of_a_headline_make_nobody() -> None:
    text = "Nora Quade Compares Lund’s Plan\nNora Quade spoke. Tom Lund listened. Support Lund, a poster said.\n"
    text += "Nora Quade Compares Lund’s Plan To A Bridge\nTom Lund Leads\nComes Out Against Lund\n"
    assert set(_people(text)) == {"Nora Quade", "Tom Lund"}


def test_particles_accents_and_initials_keep_a_name_whole() -> None:
    for text, name in (
        (
            "Ursula von der Leyen came. Von der Leyen said it was open. “No,” said von der Leyen.",
            "Ursula von der Leyen",
        ),
        ("Karim al-Nasri said it was shut. Al-Nasri said it would stay so.", "Karim al-Nasri"),
        ("Prince Mohammed bin Salman said oil was cheap. Bin Salman said it was dear.", "Mohammed bin Salman"),
        ("Jose\u0301 Mun\u0303oz said it was hot. Muñoz said it was late.", "José Muñoz"),
        ("Ka\u200brin Be\u00adrg said it was hot. Berg said it was late.", "Karin Berg"),
        ("J. R. Olsen said it was over. J.R. Olsen said it was late.", "J.R. Olsen"),
    ):
        assert set(_speakers(f"Today\n{text}\n")) == {name}


def test_the_short_name_of_a_body_means_its_long_one() -> None:
    text = (
        "Today\nThe World Temperature Forum (WTF) said July was hot. WTF said August would be worse.\n"
        "The Northern Fishing Union (NFU) said nets were cheap. “They are,” the NFU said.\n"
    )
    forum, union = "World Temperature Forum", "Northern Fishing Union"
    assert _speakers(text) == [forum, forum, union, union]
    assert {name for name, person in _people(text).items() if person.is_body} == {forum, union}


def test_gender_is_told_by_titles_pronouns_and_given_names() -> None:
    people = _people(
        "Today\nLord Ruun Vane spoke. Mayor Tiko Brel said she would stay. Mary Holm left. Robin Cole left.\n"
    )
    told = {name: people[name].gender for name in ("Ruun Vane", "Tiko Brel", "Mary Holm", "Robin Cole")}
    assert told == {"Ruun Vane": "he", "Tiko Brel": "she", "Mary Holm": "she", "Robin Cole": None}


def test_mentions_are_counted_from_the_first() -> None:
    text = "Today\nMary Holm came. Holm said it was late. “Holm is right,” Tom Reed said.\n"
    holm = _people(text)["Mary Holm"]
    assert (text[holm.first.start : holm.first.end], holm.mentions) == ("Mary Holm", 3)


def test_a_body_has_its_whole_name() -> None:
    for text, speaker in (
        ("The Food and Peat Administration said it would look into it.", "Food and Peat Administration"),
        ("“Buy ducks,” the Northern Academy of Geese said.", "Northern Academy of Geese"),
        ("The Young Farmers' Almanac said the moon would be full.", "Young Farmers' Almanac"),
        ("The Singers' Forum said it hoped for more.", "Singers' Forum"),
        ("The Sunday Herald reported that he had left.", "Sunday Herald"),
        ("The Diocese of Oldham said that it was sorry.", "Diocese of Oldham"),
        ("The Board said on Monday that the Senate Thursday lost.", "Board"),
    ):
        assert _speakers(f"Today\n{text}\n")[-1] == speaker


def test_what_stands_in_front_of_a_full_name_is_no_part_of_it() -> None:
    for text, speaker in (
        ("In Orland lived Californian Kerry Kaye. Kaye said she had fled.", "Kerry Kaye"),
        ("Harbour Security Council John Reed said it was late.", "John Reed"),
        ("According to Tides GM Nick Frost, the Tides were buyers. Frost said it was good.", "Nick Frost"),
        ("Huy Peat Foods, Inc. said the line was shut.", "Huy Peat Foods"),
        ("Actor Will Frost hit the host. Frost said he was sorry.", "Will Frost"),
        (
            "The Tide Monitoring and Assessment Programme says that the water rises.",
            "Tide Monitoring and Assessment Programme",
        ),
    ):
        assert _speakers(f"Today\n{text}\n")[-1] == speaker, text


def test_a_title_in_quotation_marks_and_two_people_are_not_one_speaker() -> None:
    for text in (
        "“I am tired,” the “Apocalypse Later” actor said.",
        "Attorney General Anna Brand and Commerce Secretary Tom Rand said the plan is good.",
    ):
        assert _speakers(f"Today\n{text}\n")[-1] is None


def test_a_party_in_front_of_a_name_and_an_office_in_letters_are_no_part_of_it() -> None:
    assert _speakers("Today\nTory Tom Heath-Brand said he was glad. CMO Anna Rusk said she was too.\n") == [
        "Tom Heath-Brand",
        "Anna Rusk",
    ]


def test_a_name_in_bold_is_kin_of_whom_the_words_before_it_tell() -> None:
    people = _people("Today\nAnna Brand came with her son **Ambro**. Ambro said he was six.\n")
    assert people["Ambro Brand"].gender == "he"
