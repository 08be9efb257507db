"""Whether words count as said: withdrawn, disputed, made up and fictional words keep that standing."""

from tests.test_statements import _statements


def _standings(text: str) -> list[tuple[str | None, str]]:
    return [(statement.speaker, statement.standing) for statement, _ in _statements(text)]


def _holds(wanted: str, texts: tuple[str, ...]) -> None:
    for text in texts:
        found = [standing for _, standing in _standings(text)]
        assert found[:1] == [wanted], text


def test_what_a_speaker_takes_back_is_withdrawn() -> None:
    _holds(
        "withdrawn",
        (
            "Minister Sue Elton withdrew her claim that the dam had failed.",
            "On Friday, Minister Tim Forbes retracted his statement that the dam had failed.",
            "Minister Jan Wirth no longer claims that the dam had failed.",
            "Minister Ada Holm apologised for saying that the dam had failed.",
            "Minister Ada Holm took back her claim that the dam had failed.",
            "Minister Ada Holm said that the dam had failed. She later withdrew the remark.",
            "Minister Ada Holm said that the dam had failed. On Monday Holm retracted the claim.",
            "Minister Ada Holm said that the dam had failed.\n\nHer office corrected the statement on Friday.",
        ),
    )


def test_taking_something_else_back_leaves_words_as_said() -> None:
    _holds(
        "said",
        (
            "Minister Ada Holm said that the dam had failed. She later withdrew from the race.",
            "Minister Ada Holm apologised, saying that the dam had failed.",
            "Minister Ada Holm said that the dam had failed. Leo Tann apologised for the remark.",
            "Minister Ada Holm said that the dam had failed. Leo Tann said he would stay. He later withdrew the claim.",
        ),
    )


def test_words_whose_speaker_denies_having_said_them_are_disputed() -> None:
    _holds(
        "disputed",
        (
            "Ada Holm said that the dam had failed. Holm denied saying it.",
            "Ada Holm said that the dam had failed. She has denied making the remark.",
            "Ada Holm said that the dam had failed. Her office said she had never made the remark.",
            "Ada Holm said that the dam had failed. Holm says she never said that.",
        ),
    )


def test_denying_what_was_said_is_not_denying_that_it_was_said() -> None:
    _holds(
        "said",
        (
            "Ada Holm said that the dam had failed. Leo Tann denied it.",
            "Ada Holm said that the dam had failed. That is false.",
            "Ada Holm said that the dam had failed. She did not say when it would be mended.",
        ),
    )


def test_fakes_and_debunked_words_are_fabricated() -> None:
    _holds(
        "fabricated",
        (
            "According to a hoax, Olav Dahl said the sea was full.",
            "A fake letter claims that Olav Dahl said the sea was full.",
            "A post falsely claims that Olav Dahl said the sea was full.",
            "CLAIM: Governor Ida Stroem said “the poor should swim”.\n\nVERDICT: False.",
            "Claim: Ida Stroem said that the poor should swim.\n\nRating: False.",
            "Olav Dahl said that the sea was full. The quote was made up by a parody account.",
            "Olav Dahl said that the sea was full. He said no such thing.",
            "Posts on social media claim that Olav Dahl said the sea was full. There is no record of him saying so.",
        ),
    )


def test_a_claim_that_a_fact_check_confirms_was_said() -> None:
    _holds("said", ("CLAIM: Governor Ida Stroem said “the poor should swim”.\n\nVERDICT: True.",))


def test_words_of_a_story_are_fictional() -> None:
    _holds(
        "fictional",
        (
            "In the novel, Captain Jon Rask says the war is lost.",
            "In episode four, President Ada Quill says the bomb is real.",
            "In the film's last scene, Captain Jon Rask says the war is lost.",
            "Ada Quill said in the third season of the series that the bomb was real.",
            "A satirical website wrote that Olav Dahl said the sea was full.",
            "Ada Quill, a character in the series, says the war is lost.",
            "Jon Rask, the hero of the novel, says the war is lost.",
        ),
    )


def test_what_a_character_says_next_is_of_the_story_too() -> None:
    text = "In the play, King Aldo says the sea obeys him. “I am the tide,” he says."
    assert {standing for _, standing in _standings(text)} == {"fictional"}


def test_a_story_told_in_the_present_goes_on_until_somebody_spoke_outside_it() -> None:
    for text in (
        (
            "In Ida Hart's third novel a ship rules. “Whoever steers is king,” Captain Rask tells him.\n\n"
            "“Then I shall row to land,” she says.\n\nHart told this paper: “I am afraid of water.”"
        ),
        (
            "In the play a king has nothing. “I own the tide,” King Aldo tells his page.\n\n"
            "The page does not laugh. “It owns you,” he says.\n\nIda Hart, who wrote it, said: “I am afraid of water.”"
        ),
    ):
        assert [standing for _, standing in _standings(text)] == ["fictional", "fictional", "said"], text


def test_authors_and_directors_speak_for_themselves() -> None:
    _holds(
        "said",
        (
            "In his novel, Jon Rask says the war is lost.",
            "In the film, director Anna Berg says that the war is lost.",
            "Anna Berg said that the play was a success.",
        ),
    )


def test_ordinary_news_about_films_series_and_withdrawals_is_said() -> None:
    _holds(
        "said",
        (
            "Premier Ada Holm targeted banks in a series of speeches, and Leo Tann ordered that loans be checked.",
            "Talks have failed in a series of trade spats since Ada Holm said that the port was closed.",
            "Ada Holm said that the dam had failed. Leo Tann believes Holm should retract her comments.",
            "Ada Holm said that the dam had failed. She has refused to withdraw it.",
            "Ada Holm said that the dam had failed. The group made no comment about the dam.",
            "Ada Holm said that the dam had failed. She said it had not been told of any repair.",
            "Leo Tann faces action after criticising Ada Holm, who said that the dam had failed.",
            "The documentary opens on Friday. Ada Holm says in the film that she was alone.",
            "Ada Holm wrote that the can was not theirs. An expert has suggested that the image is altered.",
        ),
    )


def test_fakes_told_by_software_or_an_account_are_fabricated() -> None:
    _holds(
        "fabricated",
        (
            "“Stay at home and pray,” the voice said. It had been made by a computer.",
            "“Do not vote at all this year,” Olav Dahl says in the clip. The clip was made by software.",
            "“From July we shall tax the moon.” So ran a post in his name.\n\nIt came from a parody account.",
            "“We shall sell every school,” Olav Dahl says in the picture. The ministry says the image was doctored.",
            "“We shall tax fog,” read a post under the portrait of Olav Dahl. It came from a fake account.",
        ),
    )


def test_quoted_words_of_a_draft_that_nobody_has_spoken_are_not_said() -> None:
    for text in (
        "According to a draft seen by this paper, Ada Holm is expected to tell them that “the party is finished”.",
        "According to notes for the speech, Leo Tann will say that “the mine is closed for good”.",
        "According to the draft, Ada Holm would announce that “no school shall be sold”.",
        "Leo Tann is due to tell them that “the dam must go at once”, according to a draft.",
    ):
        assert not any(standing == "said" for _, standing in _standings(text)), text
