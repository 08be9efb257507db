"""A verb of speech may tell of a deed, a capital of no name, marks of a title: none of them is a statement."""

import pytest

from tests.test_statements import _said, _statements


@pytest.mark.parametrize(
    "text",
    [
        "The Oak Fire raged through the hills for days, threatening Pine Grove, home to 2,000 people.",
        "Hurricane Nora threatened a tracking station on the island, which suffered minor damage.",
        "Veteran guard Jon Hart has agreed on a two-year contract with the Albena Hornets.",
        "The Senate confirmed Anna Doral last year for the appeals court.",
        "Jon Hart showed he is an unstoppable force at the moment.",
        "Assuming he plays on Sunday, the club will be glad, and Jon Hart will be the captain.",
        "Jon Hart blasted out a video of the harbour to his fans.",
        "The word has been used to describe losing control.",
        "Jon Hart quit advising Anna Doral in May.",
        "If the water were as deadly as Jon Hart says, the whole town would be in bed.",
        "When asked how he would remember the mayor, Jon Hart wept.",
        "The ministry denied Jon Hart a visa in May.",
        "Harbour Motors is recalling 300 vans that may catch fire.",
    ],
)
def test_a_deed_is_no_statement(text: str) -> None:
    assert _said(text) == []


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("Anna Doral threatened the union with a fine.", "threatened the union with a fine"),
        ("Anna Doral confirmed the news.", "confirmed the news"),
        ("Jon Hart recalled a long meeting with her.", "recalled a long meeting with her"),
        ("Jon Hart denied the allegations.", "denied the allegations"),
        ("Anna Doral agreed that the harbour was full.", "that the harbour was full"),
    ],
)
def test_the_same_verbs_still_tell_what_somebody_said(text: str, content: str) -> None:
    assert [(speaker is not None, said) for speaker, said in _said(text)] == [(True, [content])]


@pytest.mark.parametrize(
    "text",
    [
        'Jane Doral, an award winner, added a prize as producer of the network\'s "The Black Roof," which won.',
        "Lucie Hart remembers a visit to the coast with her father during “The Houses on the Hill.”",
        "It was a busy week for the trio Hanse, who announced their seventh album, “Against the Sea.”",
        "“Race,” for instance, is a word that Jon Hart has never liked.",
    ],
)
def test_the_title_of_a_work_or_a_word_in_marks_is_no_quote(text: str) -> None:
    assert not any(statement.marked for statement, _ in _statements(text))


def test_a_title_inside_reported_speech_does_not_make_it_a_quote() -> None:
    [(one, _)] = _statements("Anna Doral said that she had never seen “The Black Roof” in a cinema.")
    assert (one.kind, one.marked) == ("reported", False)


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("Video shows people fleeing to higher ground. A woman in the video wept.", None),
        ("Several Albena Democrats decried the ruling on Monday.", None),
        ("The American said that she would not play again.", None),
        ("But pediatricians CNN spoke with around the country suggest either is a good option.", None),
        ("A Texas Republican said that the law was bad.", None),
        ("RFE/RL said that it had closed its office.", "RFE/RL"),
        ("Lloyd’s told CNN that prices would climb in May.", "Lloyd’s"),
        ("According to USA Today, the mayor resigned.", "USA Today"),
        ("The Albena County Sheriff's Office said that roads were closed.", "Albena County Sheriff's Office"),
        (
            "The Albena Centers for Disease Control and Prevention estimates that a million people are ill.",
            "Albena Centers for Disease Control and Prevention",
        ),
        ("Shoppers CNN Business spoke to said that they believed it.", None),
        ("U.S. Secretary of State Ana Doral said that it was late.", "Ana Doral"),
        ("Secretary of State Ana Doral said that it was late.", "Ana Doral"),
        ("Ursula von der Doral said that it was late.", "Ursula von der Doral"),
        ("WASHINGTON (AP) — The harbour is closed, Anna Doral said.", "Anna Doral"),
        ("London (CNN Business) Jon Hart met his board, saying that it was asleep.", "Jon Hart"),
        ("FORT ALBENA, Fla. — An actress who lived here has died, claiming that she knew it all.", None),
    ],
)
def test_only_a_name_is_credited_and_all_of_it(text: str, speaker: str | None) -> None:
    assert [name for name, _ in _said(text)] == [speaker]


def test_the_heading_in_front_of_a_report_is_no_part_of_it() -> None:
    assert _said("Harbour closed in the south: Police in Albena said that they had shut it.") == [
        ("Police", ["that they had shut it"])
    ]


def test_a_pronoun_does_not_jump_to_whom_its_own_paragraph_names_in_passing() -> None:
    text = (
        "Anna Doral lost on Tuesday. Anna Doral said she would go on.\n"
        "She lost to a lawyer whom the unions love, Greta Hahn.\n"
        "On Monday she told the paper that she was thinking of a run.\n"
    )
    assert _said(text)[-1][0] == "Anna Doral"


def test_a_pronoun_after_a_family_name_of_two_means_whom_that_name_means() -> None:
    text = (
        "Liz Doral and her father Dick Doral met Greta Hahn, who had won. Greta Hahn said that she was glad.\n"
        "Liz Doral had lost by far.\n"
        "“I could not take that path,” Doral said.\n"
        "“No seat is more important,” she said.\n"
    )
    assert _said(text)[-1][0] == "Liz Doral"
