"""Who speaks: the places where English news names the speaker of a quote, and whom titles and short names mean."""

from __future__ import annotations

from rag.attribution.statements import attribute
from rag.core import Statement
from rag.ingestion.segmentation import sentences
from tests.library_parts import lines_of


def statements(text: str) -> list[tuple[Statement, list[str]]]:
    """The statements of an article of which every line is body, with what they say."""
    article = lines_of(text)
    found = attribute(article, sentences(article)).statements
    return [(one, [article.cut(span) for span in one.content]) for one in found]


def speaker_of(text: str, words: str) -> str | None:
    """Who is credited with the words; fails where nobody is on record with them."""
    return next(one.speaker for one, content in statements(text) if any(words in slice_ for slice_ in content))


def test_the_speaker_is_found_wherever_news_prints_the_name() -> None:
    for text, speaker in (
        ("“It works for all of us.”\n\n— Anna Doral.\n\nThe mayor spoke in Vienna.\n", "Anna Doral"),
        ("“It works for all of us.”\n\n-- Country singer Anna Doral, on the ferry. It is new.\n", "Anna Doral"),
        ("“It works for all of us.”\n\n-- Austria’s Ministry of Commerce, on the ferry.\n", "Ministry of Commerce"),
        ("Two readers wrote.\n\n“It works for all of us.” ― Anna Doral\n“We lost.” ― Boris Hahn.\n", "Anna Doral"),
        ("Boris Hahn came. Said Hahn: “It works for all of us.” He left.\n", "Boris Hahn"),
        ("Anna Doral issued the following statement:\n\n“It works for all of us.”\n", "Anna Doral"),
        ("Anna Doral came.\n\nStated Doral:\n\n“It works for all of us.”\n", "Anna Doral"),
        ("According to the Daily Post, “It works for all of us.”\n", "Daily Post"),
        ("Anna Doral came. “It works for all of us,” mused Post co-host Anna Doral.\n", "Anna Doral"),
        ("“It works for all of us,” said former Ohio Gov. and Committee Chairman Boris Hahn.\n", "Boris Hahn"),
        ("“It works for all of us,“ said Boris Hahn.\n", "Boris Hahn"),
        ("Sen. Boris Hahn (R-Fla.): “It works for all of us.”\n", "Boris Hahn"),
        ("Clara Weiss: “We lost.” Boris Hahn: “It works for all of us.”\n", "Boris Hahn"),
        ("Boris Hahn said it was too early but added, “It works for all of us.”\n", "Boris Hahn"),
        ("Boris Hahn said the prince went down on one knee and added: “It works for all of us.”\n", "Boris Hahn"),
        ("The Israeli newspaper Haaretz noted that “it works for all of us”.\n", "Haaretz"),
        ("The prosecutor Marc TrÃ©vidic came. “It works for all of us,” TrÃ©vidic said.\n", "Marc TrÃ©vidic"),
        ("“We lost much.\n\n“It works for all of us,” Boris Hahn said.\n", "Boris Hahn"),
        ("Anna Doral came. Doral’s letter says that it works for all of us.\n", "Anna Doral"),
        ("''It works for all of us,'' Mr. Prince said.\n", "Prince"),
        ("''It works for all of us,'' said Representative Peter T. King of New York.\n", "Peter T. King"),
        ("The conservative writer David Frum called it “a plan that works for all of us.”\n", "David Frum"),
        ("Mr. Novak was forced to move and said that “it works for all of us.”\n", "Novak"),
        ("The Friday vote — “it works for all of us?” asked Boris Hahn, a lawyer.\n", "Boris Hahn"),
    ):
        assert speaker_of(text, "works for all of us") == speaker


def test_a_name_in_brackets_signs_the_quote_in_front_of_it() -> None:
    text = "“It is unsafe,” said Boris Hahn. “It works for all of us.” {}\n"
    assert speaker_of(text.format("(Anna Doral, baker)"), "works for all of us") == "Anna Doral"
    assert speaker_of(text.format("(Anna Doral)"), "works for all of us") == "Anna Doral"
    assert speaker_of(text.format("(Reuters)"), "works for all of us") == "Boris Hahn"


def test_a_dateline_far_down_is_no_speaker() -> None:
    text = "A list of news.\nIt was cold.\nIt was late.\nORLAND – A court filing says that it works for all of us.\n"
    assert speaker_of(text, "works for all of us") is None


def test_whoever_signs_one_quote_does_not_say_the_next() -> None:
    text = "“It works for all of us.” ― Anna Doral\n“We lost, and that is all there is to it.” ― a reader\n"
    assert [one.speaker for one, _ in statements(text)] == ["Anna Doral", None]


def test_a_closing_tag_names_the_speaker_of_every_paragraph_before_it() -> None:
    (one,) = statements("“We have lent too much.\n\n“We shall lend less,” Anna Novak said.\n")
    assert (one[0].speaker, one[1]) == ("Anna Novak", ["We have lent too much.", "We shall lend less"])


def test_the_title_of_a_book_in_marks_is_nobodys_words() -> None:
    text = "In his new book, “Doomed to Sink Again,” Dennis Ross said the policy had failed.\n"
    assert [content for _, content in statements(text)] == [["the policy had failed"]]


def test_words_inside_a_quote_are_no_cue_of_their_own() -> None:
    text = "Anna Novak acknowledged Sunday that “just as we have seen it abroad, we know there is fear here too”.\n"
    assert speaker_of(text, "there is fear here too") == "Anna Novak"


def test_several_who_speak_together_stay_unnamed_and_as_written() -> None:
    (one,) = statements("“The line is open,” Anna Novak and Boris Hahn said in a statement.\n")
    assert (one[0].speaker, one[0].speaker_as_written) == (None, "Anna Novak and Boris Hahn")


def test_an_outlet_that_passes_words_on_is_their_via_and_says_nothing_itself() -> None:
    for text in (
        "Sergei Lavrov said the talks had failed, according to News Armenia.\n",
        "“The talks had failed,” Sergei Lavrov said, according to News Armenia.\n",
        "News Armenia quotes Sergei Lavrov as saying the talks had failed.\n",
    ):
        assert [(one.speaker, one.via) for one, _ in statements(text)] == [("Sergei Lavrov", "News Armenia")]


def test_whom_an_outlet_reports_as_saying_words_is_who_says_them() -> None:
    statement, _ = statements("“It is all about money,” Norpress reports Anna Doral as saying.\n")[0]
    assert (statement.speaker, statement.via) == ("Anna Doral", "Norpress")


def test_those_who_say_so_are_not_all_of_their_kind() -> None:
    ((statement, _),) = statements("Even Republicans who agree that the bridge should be closed voted against it.\n")
    assert statement.speaker is None


def test_only_somebody_passes_words_on() -> None:
    for text in (
        "Anna Doral predicted a dry year, citing long experience of her staff.\n",
        "Anna Doral called Hahn “one of us” and said that, though it was late, Hahn has believed in “the work”.\n",
    ):
        assert {statement.via for statement, _ in statements(text)} == {None}


def test_what_nobody_in_the_sentence_says_is_nobodys() -> None:
    staff = "Retired surgeon Anna Doral went on This Day to defend her recent staff shake-up, viewed as a sign her plan"
    party = (
        "Hahn, for years a registered Liberal, has offended women, farmers, and others while violating party orthodoxy"
    )
    for text, words in (
        (f"{staff} may be in trouble.\n", "viewed"),
        (f"{party} on numerous issues Doral holds dear, from trade to wages to religious freedom.\n", "offended"),
    ):
        assert not [told for _, content in statements(text) for told in content if words in told]


def test_what_an_outlet_is_said_to_report_is_its_statement() -> None:
    (one,) = statements("As The Daily Post reported, the mayor gave money to the club.\n")
    assert (one[0].speaker, one[1]) == ("Daily Post", ["the mayor gave money to the club"])


def test_a_title_means_who_holds_it_at_the_time() -> None:
    for before, title, speaker in (
        (
            "Edward Nalbandian, then foreign minister, left. Ararat Mirzoyan is the foreign minister of Armenia.",
            "The foreign minister",
            "Ararat Mirzoyan",
        ),
        (
            "Former Armenian Foreign Minister Edward Nalbandian met Armenian Foreign Minister Ararat Mirzoyan.",
            "The Armenian foreign minister",
            "Ararat Mirzoyan",
        ),
        (
            "Former Armenian Foreign Minister Edward Nalbandian met Armenian Foreign Minister Ararat Mirzoyan.",
            "The former minister",
            "Edward Nalbandian",
        ),
        ("Edward Nalbandian was the foreign minister of Armenia.", "The foreign minister", None),
        (
            "Russian Foreign Minister Sergei Lavrov met his Armenian counterpart Ararat Mirzoyan.",
            "Lavrov's Armenian counterpart",
            "Ararat Mirzoyan",
        ),
        ("Then-foreign minister Zohrab Mnatsakanyan left.", "The foreign minister", None),
    ):
        assert speaker_of(f"{before} {title} said on Friday that the border was open.\n", "border was open") == speaker
