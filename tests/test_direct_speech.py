"""Quotations and their speakers: carried over, relayed, framed, not said at all, and in the forms of news."""

from rag.core import Statement
from tests.library_parts import lines_of
from tests.test_statements import _statements

VIA = tuple[str | None, str | None, str]


def _quotes(text: str) -> dict[str, Statement]:
    """The statements in quotation marks by the first of their words."""
    return {content[0]: statement for statement, content in _statements(text) if statement.marked}


def _speakers(text: str) -> dict[str, str | None]:
    return {words: statement.speaker for words, statement in _quotes(text).items()}


def test_a_quotation_goes_on_with_the_speaker_while_nobody_else_comes_in() -> None:
    for text, words, speaker in (
        ("“It is unsafe,” said Ada Holm. “It will be closed.”", "It is unsafe", "Ada Holm"),
        (
            "“It is unsafe,” said Ada Holm. She paused. “It will be closed in May.”",
            "It will be closed in May.",
            "Ada Holm",
        ),
        ("“It is unsafe,” said Ada Holm. The bridge fell in May. “I saw it fall.”", "I saw it fall.", "Ada Holm"),
        ("“It is unsafe,” Ada Holm told Bo Lund. “You have never checked it.”", "It is unsafe", "Ada Holm"),
        ("Ada Holm said the bridge was unsafe. “It will be closed in May.”", "It will be closed in May.", "Ada Holm"),
    ):
        assert _speakers(text)[words] == speaker


def test_a_quotation_is_never_carried_over_to_the_speaker_before_somebody_new() -> None:
    for between in (
        "Her deputy, Bo Lund, disagreed.",
        "Then Bo Lund took the microphone.",
        "She handed the microphone to Bo Lund.",
        "Bo Lund, the owner, has run the mill since 1990.",
        "As for teacher Bo Lund, he has had enough.",
        "From the gallery came a shout.",
        "A man in the third row laughed out loud.",
        "Next to speak was farmer Bo Lund.",
        "For farmer Bo Lund, the matter is simple.",
        "Then it was guard Bo Lund's turn:",
        "A voice from the back:",
        "Another:",
    ):
        text = f"“It is unsafe to cross,” said Ada Holm. {between} “It has been checked twice this year.”"
        found = _quotes(text)
        assert found["It is unsafe to cross"].speaker == "Ada Holm"
        assert found["It has been checked twice this year."].speaker in {None, "Bo Lund"}


def test_an_answer_is_not_given_to_who_spoke_before() -> None:
    for text in (
        "“Thank you, Mr Lund,” said Ada Holm. “You are most welcome here,” came the reply.",
        "“Will you rebuild it?” asked Ada Holm. “You are most welcome here,” was the answer.",
        "“Will you rebuild it?” asked Ada Holm.\n\n“You are most welcome here.”",
        "Ada Holm welcomed him. “Come in.” Lund turned to his daughter. “You are most welcome here.”",
    ):
        assert (
            _speakers(text).get("You are most welcome here", _speakers(text).get("You are most welcome here."))
            != "Ada Holm"
        )


def test_a_question_is_who_asks_and_its_answer_is_not() -> None:
    for text, asked, answered in (
        ("Bo Lund asked Ada Holm: “Are you ill?” Tom Reed replied: “No, she is fine.”", "Bo Lund", "Tom Reed"),
        ("Ada Holm wrote: “Are you ill?” Bo Lund said it was late.", "Ada Holm", None),
        ("“Are you ill?” Bo Lund asked Ada Holm. “No, she is fine.”", "Bo Lund", None),
        ("Ada Holm took questions.\n\n“Are you ill?”\n\n“No, she is fine.”", None, None),
    ):
        found = _speakers(text)
        assert (found.get("Are you ill?"), found.get("No, she is fine.")) == (asked, answered), text


def test_a_round_of_voices_in_one_paragraph_keeps_them_apart() -> None:
    text = (
        "Mayor Tor Skate spoke first: “The rink is shut.” Coach Liv Stick answered: “We train at sea.” "
        "Then it was guard Ben Nettle's turn: “Nobody asked me.” A voice from the back: “Shame on all of you there!”"
    )
    assert _speakers(text) == {
        "The rink is shut.": "Tor Skate",
        "We train at sea.": "Liv Stick",
        "Nobody asked me.": "Ben Nettle",
        "Shame on all of you there!": None,
    }


def test_a_quote_that_no_mark_closes_does_not_take_in_the_next_speaker() -> None:
    text = "“You feel it,” Gwen Moor said. “It is not over.\n\n“I have been thinking,” added Jim Clay. “It is this.”"
    assert _speakers(text)["I have been thinking"] == "Jim Clay"


def test_words_that_are_passed_on_belong_to_whom_they_come_from() -> None:
    for lead, speaker, via in (
        ("Clerk Nora Biel read a statement from General Amin Darzi:", "Amin Darzi", "Nora Biel"),
        ("Mayor Irma Falk read out a letter from Bishop Leo Tann:", "Leo Tann", "Irma Falk"),
        ("Detective Olaf Ruud played a recording of smuggler Pia Kron:", "Pia Kron", "Olaf Ruud"),
        ("Senator Cyril Dunn quoted from a report by auditor Gail Hobbs:", "Gail Hobbs", "Cyril Dunn"),
        ("Governor Ada Holm reminded voters of Otto Prinz's remark:", "Otto Prinz", "Ada Holm"),
        ("Bo Lund recalled the words of his teacher Ada Holm:", "Ada Holm", "Bo Lund"),
        ("Ida Frost repeated Ada Holm's warning:", "Ada Holm", "Ida Frost"),
        ("Ida Frost recalled Ada Holm saying:", "Ada Holm", "Ida Frost"),
        ("Lawyer Bo Lund passed on a message from his client Ada Holm:", "Ada Holm", "Bo Lund"),
        (
            "Coroner Felix Quay read to the court from the last page of Petra Snow’s notebook:",
            "Petra Snow",
            "Felix Quay",
        ),
        ("Warden Olaf Ruud read aloud from the logbook of Sara Tveit:", "Sara Tveit", "Olaf Ruud"),
        ("Irma Falk signed a letter from Bo Lund:", "Bo Lund", "Irma Falk"),
        ("Ida Frost said nurse Ada Holm had told her of a remark by Otto Prinz:", "Otto Prinz", "Ada Holm"),
        ("The museum published a letter from painter Ida Frost to her brother:", "Ida Frost", "the museum"),
    ):
        [statement] = _quotes(f"{lead} “The boat leaves at two.”").values()
        assert statement.speaker == speaker
        assert (statement.via or "").endswith(via)


def test_a_letter_is_its_author_s_and_an_answer_to_it_is_who_answers() -> None:
    for lead, speaker in (
        ("Ada Holm criticised a statement from Otto Prinz:", "Ada Holm"),
        ("Ada Holm responded to a letter from Otto Prinz:", "Ada Holm"),
        ("Spokesman Bo Lund said in a statement:", "Bo Lund"),
        ("An email from Ada Holm to Bo Lund reads:", "Ada Holm"),
        ("In a letter from Karl Vog to Ada Holm, he wrote:", "Karl Vog"),
        ("Writing to Bo Lund, Ada Holm said:", "Ada Holm"),
    ):
        assert _speakers(f"{lead} “The boat leaves at two.”") == {"The boat leaves at two.": speaker}


def test_whom_somebody_quotes_has_said_it() -> None:
    [statement] = _quotes("Quoting Bo Lund, Irma Falk said: “Bells have no owners.”").values()
    assert (statement.speaker, statement.via) == ("Bo Lund", "Irma Falk")


def test_who_says_that_it_was_said_is_kept_and_stands_in_the_span() -> None:
    for text, via in (
        ("A lawsuit says warden Gus Prell told staff: “Hit them all.”", "a lawsuit"),
        ("Police believe that Gus Prell told his wife: “Hit them all.”", "Police"),
        ("Witness Milo Hart claimed that warden Gus Prell had said, “Hit them all.”", "Milo Hart"),
        ("“Hit them all,” Gus Prell wrote, the indictment says.", "the indictment"),
        ("“Hit them all,” Gus Prell told his wife, according to a lawsuit.", "a lawsuit"),
        ("According to prosecutors, Gus Prell told a friend: “Hit them all.”", "prosecutors"),
        ("Gus Prell, prosecutors said, told a guard: “Hit them all.”", "prosecutors"),
        ("“Hit them all,” Gus Prell used to tell staff, a witness recalled.", "a witness"),
        ("“Hit them all,” Gus Prell would always tell staff, a witness remembered.", "a witness"),
        ("According to an affidavit by Inspector Ida Vang, Gus Prell texted a friend: “Hit them all.”", "an affidavit"),
        ("According to court papers, Gus Prell wrote to a friend: “Hit them all.”", "court papers"),
        ("A witness testified that he heard Gus Prell say, “Hit them all.”", "a witness"),
        ("Reuters, citing police, reported that Gus Prell had said: “Hit them all.”", "Reuters, citing police"),
        ("Mayor Bo Lund came. He said Gus Prell told staff: “Hit them all.”", "Bo Lund"),
    ):
        [statement] = _quotes(text).values()
        assert statement.speaker == "Gus Prell"
        assert (statement.via or "").endswith(via)
        frame = "He said" if text.startswith("Mayor") else via.split(", ", maxsplit=1)[0]
        assert frame.casefold() in lines_of(text).cut(statement.span).casefold()


def test_what_might_or_did_not_come_about_is_no_quotation() -> None:
    for text in (
        "Premier Agnes Toll could say “I was wrong to do it” and end the matter.",
        "Agnes Toll should have said: “I was wrong to do it.”",
        "Agnes Toll refused to say: “I was wrong to do it.”",
        "Agnes Toll has never told voters: “I was wrong to do it.”",
        "Agnes Toll was about to say “I was wrong to do it” when the bell rang.",
        "Agnes Toll, without saying “I was wrong to do it”, sat down.",
        "Instead of saying “I was wrong to do it”, Agnes Toll smiled.",
        "Nobody heard Agnes Toll say: “I was wrong to do it.”",
        "If Agnes Toll says “I was wrong to do it”, the strike ends.",
        "Agnes Toll has yet to say: “I was wrong to do it.”",
        "Police do not believe that Agnes Toll told her aide: “I was wrong to do it.”",
        "Agnes Toll wished she had said: “I was wrong to do it.”",
        "According to a draft, Agnes Toll is expected to tell voters that “I was wrong to do it”.",
        "According to an aide, Agnes Toll will say that “I was wrong to do it”.",
    ):
        assert [statement for statement, _ in _statements(text) if statement.marked] == []


def test_what_came_about_is_a_quotation() -> None:
    for text in (
        "Agnes Toll went on to say: “I was wrong to do it.”",
        "Agnes Toll can be heard saying: “I was wrong to do it.”",
        "Agnes Toll did not deny it: “I was wrong to do it.”",
        "Agnes Toll is said to have told staff: “I was wrong to do it.”",
        "Agnes Toll did say: “I was wrong to do it.”",
    ):
        assert _speakers(text) == {"I was wrong to do it.": "Agnes Toll"}


def test_a_quotation_has_the_standing_that_the_article_gives_it() -> None:
    for text, standing in (
        ("A screenshot shows Premier Olav Dahl saying “I hate all farmers”. The screenshot is fake.", "fabricated"),
        ("A deepfake has Premier Olav Dahl say: “I hate all farmers.”", "fabricated"),
        ("A post claims that Olav Dahl said: “I hate all farmers.” There is no record of him saying so.", "fabricated"),
        ("CLAIM: Olav Dahl said: “I hate all farmers.”\nVERDICT: False.", "fabricated"),
        ("Witness Milo Hart claimed that Olav Dahl had said, “I hate all farmers.” Dahl denied saying it.", "disputed"),
        ("Olav Dahl denied having told a guard: “I hate all farmers.”", "disputed"),
        ("In the play, Captain Olav Dahl shouts: “I hate all farmers.”", "fictional"),
        ("Olav Dahl told a crowd: “I hate all farmers.”", "said"),
    ):
        [statement] = _quotes(text).values()
        assert statement.standing == standing


def test_what_a_character_says_goes_on_in_the_story_and_ends_with_it() -> None:
    text = (
        "In the film, Captain Jon Rask tells his crew: “We are lost.” “Turn back,” he shouts. "
        "Ida Frost, who made the film, said: “It took years.”"
    )
    standings = {words: statement.standing for words, statement in _quotes(text).items()}
    assert standings == {"We are lost.": "fictional", "Turn back": "fictional", "It took years.": "said"}


def test_a_voice_without_a_name_that_breaks_in_is_recorded_as_nobody_s() -> None:
    for between in (
        "“Shame!” came a cry from the gallery.",
        "“Traitors!” yelled the crowd as the doors opened.",
        "A man in a green coat stood up. “Give me back my boat,” he said.",
        "A boy laughed at the back. “Wake him up,” he told his friends.",
        "Another man at the door raised a sign. “Pay your workers,” he shouted.",
    ):
        found = _speakers(f"Bishop Leo Tann spoke. “Be kind,” he said.\n\n{between}\n\n“Let me finish,” Tann said.")
        assert list(found.values()) == ["Leo Tann", None, "Leo Tann"]


def test_a_quotation_at_the_head_of_a_paragraph_goes_on_unless_somebody_else_comes_in() -> None:
    for behind, speaker in (
        ("", "Rolf Ask"),
        ("He named three other bridges.", "Rolf Ask"),
        ("The bridge has stood for ninety years.", "Rolf Ask"),
        ("Ida Vang shook her head.", None),
        ("That was the mood in town.", None),
    ):
        text = f"Rolf Ask said that the bridge was old.\n\n“We knew it at the start of the year.” {behind}"
        assert _speakers(text) == {"We knew it at the start of the year.": speaker}


def test_words_that_are_read_out_or_recalled_are_not_the_messengers() -> None:
    recalled = _quotes("Keeper Jan Rud died. Ada Holm recalled the last thing Rud said to her: “Leave the lamp on.”")
    read = _quotes(
        "The court heard a letter. The clerk, Bo Roux, read a second line aloud: “He has sold the portraits.”"
    )

    assert [(one.speaker, one.via) for one in recalled.values()] == [("Jan Rud", "Ada Holm")]
    assert [(one.speaker, one.via) for one in read.values()] == [(None, "Bo Roux")]


def test_a_quotation_with_its_own_source_is_not_the_speakers_before() -> None:
    for source in (
        " “We must all go home,” Kari Holm’s letter read.",
        "\n\n“We must all go home.” (Kari Holm, baker)",
        "\n\n“We must all go home.”\n\nKari Holm, 41, baker\n\n“I eat cake.”\n\nNils Rask, 23, student",
    ):
        found = _speakers(f"“We lost it all,” said Bo Lund.{source}")
        assert found.pop("We lost it all") == "Bo Lund"
        assert "Bo Lund" not in found.values(), source
