"""Questions about people: whom a name, a title, a role or a nation means, and how every answer says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.answering.assistant import Assistant
from rag.answering.claims.credits import called, is_or_are
from rag.core import Answer, Turn
from tests.told import Told, asking, report

TAX = report(
    "tax.txt",
    Told("President Joren Vask and his daughter, Senator Mila Vask, disagreed."),
    Told("“The tax stays,” Vask said.", "The tax stays,", None, "Vask", candidates=("Joren Vask", "Mila Vask")),
    Told("Mila Vask said the tax would ruin farms.", "the tax would ruin farms", "Mila Vask", kind="reported"),
    Told("“I love my daughter,” Joren Vask said.", "I love my daughter,", "Joren Vask"),
    title="Father and daughter",
)
RELAYED = report(
    "relayed.txt",
    Told("Police believe Prell told his wife: “It was me.”", "It was me.", "Gus Prell", "Prell", via="police"),
    Told("Clerk Nora Biel read out a letter from Amin Darzi: “The army rests.”", "The army rests.", "Amin Darzi",
         via="Nora Biel"),
    Told("“Lock the doors,” Gus Prell told staff.", "Lock the doors,", "Gus Prell"),
)  # fmt: skip
OPEN = report(
    "open.txt",
    Told("“Close the port,” he said.", "Close the port,", None, "he", candidates=("Ivar Holm", "Odd Ruud")),
    Told("They met in gaol. “We were beaten,” she said.", "We were beaten,", None, "she",
         candidates=("Mia Holm", "Una Dahl")),
    Told("The burden was heavy."),
)  # fmt: skip
UNSAID = report(
    "unsaid.txt",
    Told("A fake post has Olav Dahl say “I hate farmers”.", "I hate farmers", "Olav Dahl", standing="fabricated"),
    Told("“I hate waste,” Olav Dahl said.", "I hate waste,", "Olav Dahl"),
    Told("In the novel, Jon Rask says “the war is lost”.", "the war is lost", "Jon Rask", standing="fictional"),
    Told("Sue Elton took back that “the dam leaks”.", "the dam leaks", "Sue Elton", standing="withdrawn"),
    Told("Tim Forbes may have said “the dam is gone”.", "the dam is gone", "Tim Forbes", standing="disputed"),
)
HATS = report(
    "hats.txt",
    Told("Senator Pia Dunmore said the fleet was old.", "the fleet was old", "Pia Dunmore", "Senator Pia Dunmore",
         "reported"),
    Told("Mayor Quin Esker said the law was clear.", "the law was clear", "Quin Esker", "Mayor Quin Esker", "reported"),
    Told("Engineer Wim Hoekstra said the dyke was dry.", "the dyke was dry", "Wim Hoekstra", "Engineer Wim Hoekstra",
         "reported"),
    Told("Prime Minister Ada Lund said rents would fall.", "rents would fall", "Ada Lund", "Prime Minister Ada Lund",
         "reported"),
    Told("Deputy Prime Minister Bo Quist said rents would rise.", "rents would rise", "Bo Quist",
         "Deputy Prime Minister Bo Quist", "reported"),
    Told("Lund's spokesman said rents were a burden.", "rents were a burden", "Lund's spokesman", kind="reported",
         speaks_for="Ada Lund"),
    Told("“Perhaps the ferry,” she said.", "Perhaps the ferry,", "Ada Lund", "she", confidence=0.58),
    Told("French Foreign Minister Luc Morel said the pact was near.", "the pact was near", "Luc Morel",
         "French Foreign Minister Luc Morel", "reported"),
    Told("French President Anne Roux said the pact was fair.", "the pact was fair", "Anne Roux",
         "French President Anne Roux", "reported"),
    Told("French singer Zoe Petit said the pact was sad.", "the pact was sad", "Zoe Petit", "French singer Zoe Petit",
         "reported"),
)  # fmt: skip
NAMESAKES = report(
    "namesakes.txt",
    *[
        Told(f"Tony Blair said {when} that aid to Africa would come.", "aid to Africa would come", "Tony Blair",
             kind="reported")
        for when in ("on Monday", "on Tuesday", "on Friday", "again")
    ],
    Told("Police chief Ian Blair said crime was down.", "crime was down", "Ian Blair", "Police chief Ian Blair",
         "reported"),
    *[Told(f"Chris Smith said the {line} line was slow.", f"the {line} line was slow", "Chris Smith", kind="reported")
      for line in ("north", "south", "west")],
    *[Told(f"Jada Smith said the {line} line was fine.", f"the {line} line was fine", "Jada Smith", kind="reported")
      for line in ("coast", "east")],
)  # fmt: skip
VOICES = report(
    "voices.txt",
    Told("Neighbours heard: “Fire on the roof.”", "Fire on the roof.", None, ""),
    Told("“It never rains here,” the guide said.", "It never rains here,", None, "the guide"),
    Told("“It never rains here,” Pia Dunmore said.", "It never rains here,", "Pia Dunmore"),
    Told("Toll has never told voters “the weir is safe”."),
)


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    data: Path = tmp_path_factory.mktemp("press") / "data"
    with asking(data, TAX, RELAYED, UNSAID, HATS, NAMESAKES, VOICES, OPEN) as assistant:
        yield assistant


def first(answer: Answer) -> str:
    return answer.sentences[0].text


@pytest.mark.parametrize(
    ("question", "speaker"),
    [
        ("What did Senator Dunmore say?", "Pia Dunmore"),
        ("what did mayor esker say?", "Quin Esker"),
        ("What did Mayor Quin Esker say about the law?", "Quin Esker"),
        ("What did Engineer Hoekstra say?", "Wim Hoekstra"),
        ("What did Mr Prell say?", "Gus Prell"),
        ("What did Bishop Olav Dahl say?", "Olav Dahl"),
        ("What did the prime minister say about rents?", "Ada Lund"),
        ("What did the deputy prime minister say about rents?", "Bo Quist"),
        ("What has Prime Minister Lund said about rents?", "Ada Lund"),
        ("What did Governor Ian Blair say?", "Ian Blair"),
    ],
)
def test_a_title_an_occupation_or_a_role_leads_to_its_bearer(press: Assistant, question: str, speaker: str) -> None:
    answer = press.ask(question)
    assert answer.status == "answered"
    assert first(answer).startswith(speaker)
    assert {one.speaker for one in answer.citations if one.speaker} <= {speaker, "Lund's spokesman", *OTHERS[speaker]}


OTHERS: dict[str, set[str]] = {
    "Ada Lund": {"Bo Quist"},
    "Bo Quist": {"Ada Lund"},
    **{name: set() for name in ("Pia Dunmore", "Quin Esker", "Wim Hoekstra", "Gus Prell", "Olav Dahl", "Ian Blair")},
}
"""Who may be named beside, apart and cited."""


def test_a_role_is_said_to_be_read_as_its_holder(press: Assistant) -> None:
    answer = press.ask("What did the prime minister say about rents?")
    assert "“the prime minister” was read as Ada Lund." in answer.notes


@pytest.mark.parametrize(
    ("question", "meant", "beside"),
    [
        ("What did Blair say about Africa?", "Tony Blair", "Also on record under that name: Ian Blair."),
        ("What did Blair say about crime?", "Ian Blair", "Also on record under that name: Tony Blair."),
        ("What did Blair say?", "Tony Blair", "Also on record under that name: Ian Blair."),
        ("what did blair say about africa?", "Tony Blair", "Also on record under that name: Ian Blair."),
    ],
)
def test_of_two_of_one_name_the_one_who_is_meant_is_taken_and_the_other_named(
    press: Assistant, question: str, meant: str, beside: str
) -> None:
    answer = press.ask(question)
    assert first(answer).startswith(meant)
    assert answer.sentences[1].text == beside
    assert {one.speaker for one in answer.citations} == {meant}


def test_where_neither_is_clearly_meant_both_are_shown(press: Assistant) -> None:
    answer = press.ask("What did Smith say about the line?")
    assert first(answer) == "On record on the line, of those named Smith: Chris Smith and Jada Smith."
    assert {one.speaker for one in answer.citations} == {"Chris Smith", "Jada Smith"}


def test_a_name_that_nobody_bears_points_at_those_who_share_its_last_word(press: Assistant) -> None:
    answer = press.ask("What did Karl Blair say?")
    assert answer.status == "declined"
    assert first(answer) == "Nobody named Karl Blair is on record; of that name are Tony Blair and Ian Blair."


def test_words_of_one_of_two_are_shown_as_such_and_counted_for_neither(press: Assistant) -> None:
    for question in ("What did Joren Vask say about the tax?", "What did Mila Vask say about the tax?"):
        answer = press.ask(question)
        shown = next(one for one in answer.sentences if "The tax stays" in one.text)
        assert "Vask (perhaps Joren Vask or Mila Vask)" in shown.text
        cited = [one for one in answer.citations if one.quote == "The tax stays,"]
        assert [(one.speaker, one.candidates) for one in cited] == [(None, ("Joren Vask", "Mila Vask"))]
    said = press.ask("Who said “The tax stays”?")
    assert first(said) == "It is not certain who said these words, perhaps Joren Vask or Mila Vask."


def test_a_nation_speaks_through_its_officials_and_that_is_said(press: Assistant) -> None:
    for nation in ("France", "the French government", "Paris"):
        answer = press.ask(f"What does {nation} say about the pact?")
        assert named_in(first(answer)) == {"Luc Morel", "Anne Roux"}
        assert "are on record on the pact, in " in first(answer)
        assert first(answer).startswith("For ")


def named_in(text: str) -> set[str]:
    return {name for name in ("Luc Morel", "Anne Roux", "Zoe Petit") if name in text}


def test_relayed_words_are_credited_with_who_passed_them_on_and_cited_with_the_frame(press: Assistant) -> None:
    answer = press.ask("What did Prell say?")
    told = next(one for one in answer.sentences if "It was me" in one.text)
    assert told.text.startswith("Gus Prell, according to police")
    quotes = [one.quote for one in answer.citations if one.number in told.citations]
    assert quotes == ["Police believe Prell told his wife: “It was me.”"]
    assert first(press.ask("Who said “It was me”?")) == "These words are credited to Gus Prell (according to police)."
    assert first(press.ask("Who said “The army rests”?")).startswith("These words are credited to Amin Darzi")


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("Who said “I hate farmers”?", "These words are ascribed to Olav Dahl, and read as made up."),
        ("Did Olav Dahl say “I hate farmers”?", "These words are ascribed to Olav Dahl, and read as made up."),
        ("Who said “the war is lost”?", "These words are ascribed to Jon Rask, and read as fiction or satire."),
        ("Who said “the dam leaks”?", "These words are ascribed to Sue Elton, and read as withdrawn since."),
        ("Who said “the dam is gone”?", "These words are ascribed to Tim Forbes, and read as disputed."),
        ("Who said “Fire on the roof”?", "It is not certain who said these words."),
        ("Who said “It never rains here”?", "These words are credited to the guide and Pia Dunmore."),
        ("Who said “the weir is safe”?", "No speaker of these words is on record; they stand here:"),
    ],
)
def test_who_said_names_all_and_only_those_who_did(press: Assistant, question: str, says: str) -> None:
    assert first(press.ask(question)).startswith(says)


def test_what_was_not_said_is_counted_for_nobody_and_shown_as_what_it_is(press: Assistant) -> None:
    for question, told in (
        ("What did Olav Dahl say?", "Olav Dahl is on record, in "),
        ("How often is Olav Dahl quoted?", "Found: one statement by Olav Dahl, in "),
    ):
        answer = press.ask(question)
        assert first(answer).startswith(told)
        assert "Not counted as said by Olav Dahl:" in answer.text
        assert "Olav Dahl (read as made up)" in answer.text
    speakers = press.ask("Who said something about the dam?")
    assert "Sue Elton (read as withdrawn since)" in speakers.text
    assert "on record" not in first(speakers)
    fiction = press.ask("What did Jon Rask say?")
    assert first(fiction) == "Nothing by Jon Rask was found that surely answers this."
    assert "Jon Rask (read as fiction or satire)" in fiction.text


def test_whoever_speaks_for_somebody_is_named_beside_and_never_as_them(press: Assistant) -> None:
    answer = press.ask("What did Ada Lund say about rents?")
    assert first(answer).startswith("Ada Lund is on record on rents")
    assert "See also Lund's spokesman." in answer.text


def test_a_speaker_who_is_not_certain_is_called_so(press: Assistant) -> None:
    answer = press.ask("What did Ada Lund say about the ferry?")
    assert "Ada Lund (speaker not certain)" in answer.text


def test_what_nobody_said_in_these_words_is_not_called_said(press: Assistant) -> None:
    answer = press.ask("Did Tony Blair say that aid to Africa is a crime?")
    assert first(answer) == "No such statement was found in these words. Nearest by Tony Blair:"
    assert answer.status == "answered"


@pytest.mark.parametrize("question", ["Was hat Gus Prell gesagt?", "¿Qué dijo Gus Prell?", "Что сказал Прелль?"])
def test_questions_in_other_languages_are_told_how_to_ask(press: Assistant, question: str) -> None:
    told = first(press.ask(question))
    assert "You could ask: What are these articles about?" in told


def test_who_else_leaves_out_whom_the_questions_before_asked_for(press: Assistant) -> None:
    history = [Turn("user", "What did Chris Smith say about the line?"), Turn("assistant", "…")]
    answer = press.ask("who else?", history)
    assert {one.speaker for one in answer.citations} == {"Jada Smith"}
    assert first(answer).startswith("Besides Chris Smith, Jada Smith is on record on the line")


def test_an_aide_is_asked_for_by_whom_they_speak_for(press: Assistant) -> None:
    for question in ("What did Ada Lund's spokesman say?", "What did Lund's spokesman say about rents?"):
        answer = press.ask(question)
        assert "spokesman is on record" in first(answer), question
        assert answer.citations[0].speaker == "Lund's spokesman", question


def test_who_is_compared_is_said_where_two_bear_the_name(press: Assistant) -> None:
    answer = press.ask("Compare Dunmore and Blair.")
    assert "“Blair” was read as Tony Blair; also on record: Ian Blair." in answer.notes


def test_a_full_name_that_only_its_surname_is_quoted_under_is_said_so(tmp_path: Path) -> None:
    told = [
        Told("Mr Kilroy said the pact was dead.", "the pact was dead", "Kilroy", "Mr Kilroy", "reported"),
        Told("Robert Kilroy left the hall."),
    ]
    with asking(tmp_path / "data", report("a.txt", told[0]), report("b.txt", told[1])) as assistant:
        answer = assistant.ask("What did Robert Kilroy say?")
    assert "no statement by that name" not in answer.text
    assert "Kilroy" in answer.text
    shown = [one.speaker for one in answer.near_misses] + [one.speaker for one in answer.citations]
    assert shown == ["Kilroy"]


def test_a_body_that_ends_in_government_is_no_nations_government(tmp_path: Path) -> None:
    told = [
        Told("The Marsh Assembly Government said fees fell.", "fees fell", "Marsh Assembly Government",
             kind="reported"),
        Told("British Foreign Secretary Jo Strand said fees rose.", "fees rose", "Jo Strand",
             "British Foreign Secretary Jo Strand", "reported"),
    ]  # fmt: skip
    with asking(tmp_path / "data", report("a.txt", *told)) as assistant:
        answer = assistant.ask("What does the British government say about fees?")
    assert first(answer).lower().startswith("for the british government, jo strand is on record on fees")


def test_one_of_several_is_never_worded_as_the_one_who_said_it(press: Assistant) -> None:
    for words in ("The tax stays", "Close the port", "We were beaten"):
        answer = press.ask(f"Who said “{words}”?")
        assert first(answer).startswith("It is not certain who said these words, perhaps "), words
        assert "credited to" not in answer.text, words


def test_a_title_of_the_other_gender_means_somebody_else(press: Assistant) -> None:
    answer = press.ask("What did Mrs Prell say?")
    assert answer.status == "declined"
    assert first(answer) == "Nobody named Mrs Prell is on record; of that name is Gus Prell."
    assert press.ask("What did Mr Prell say?").status == "answered"


def test_a_name_is_no_slip_for_a_common_word(press: Assistant) -> None:
    answer = press.ask("What did Burben say?")
    assert first(answer) == "Nobody named Burben was found in the articles."


def test_a_first_name_in_full_is_no_title(press: Assistant) -> None:
    answer = press.ask("What did Anthony Blair say about Africa?")
    assert not any("was read as" in note for note in answer.notes)


def test_a_count_of_articles_is_not_followed_by_words_of_perhaps_another(press: Assistant) -> None:
    answer = press.ask("How many articles quote Joren Vask?")
    assert "not certain" not in answer.text


def test_namesakes_stand_behind_the_words_that_a_line_leads_to(press: Assistant) -> None:
    answer = press.ask("Did Tony Blair say that aid to Africa is a crime?")
    told = [one.text for one in answer.sentences]
    assert told[0].endswith(":")
    assert "aid to Africa would come" in told[1]


def test_bodies_and_short_forms_take_their_article() -> None:
    named = ("the Treasury", "the Bank of England", "the EU", "the House of Lords", "Deutsche Bank", "Downing Street")
    assert tuple(map(called, ("Treasury", "Bank of England", "EU", "House of Lords", "Deutsche Bank"))) == named[:5]
    assert called("Downing Street") == named[5]
    assert [is_or_are(name) for name in ("American officials", "the Tories", "Ada Lund", "Barclays")] == [
        "are", "are", "is", "is",
    ]  # fmt: skip


def test_a_first_name_or_half_a_name_points_at_those_who_have_it(press: Assistant) -> None:
    for part in ("Tony", "Jada"):
        answer = press.ask(f"What did {part} say?")
        assert answer.status == "declined"
        assert first(answer).startswith(f"Nobody by the name {part} alone is on record; of that name is {part} ")
