"""Furniture is known by its words and its place; reporting that looks a little like it stays."""

from rag.ingestion.layout import find_furniture, is_prose, own_name

PROSE = "The minister said on Thursday that the talks would go on."


def test_it_is_furniture_wherever_it_stands() -> None:
    for line in (
        "ADVERTISEMENT",
        "Advertisement - story continues below",
        "Story continues below advertisement",
        "Read more",
        "READ MORE: Kremlin denies everything",
        "Also read: Talks begin",
        "Share on Facebook",
        "Share this article with your friends",
        "1.2K shares",
        "Follow us on Twitter and Facebook",
        "@thewire @ann_writer",
        "Sign up for our newsletter",
        "Get the latest news delivered straight to your inbox",
        "This website uses cookies to give you the best experience. Accept or leave.",
        "MORE:Doral knows that you hate the harbour, so she closed it",
        "'Speechless':Jennifer Hahn describes a bath in the sea",
        "►Recalls database:Are there other products you need to know about?",
        "Opinion: The harbour is not what it was",
        "Sen. Ana Doral:Federal judge turns down a bid to close the harbour",
        "What we know: Doral opens a harbour, wants two more",
        "JUST WATCHED Police open a door Replay More Videos ... MUST WATCH Police open a door 01:18",
        "Get the weekly letter Sign up here to get The Week with Dr. Ana Doral every Tuesday from our team.",
        "A man walks through a flooded street of Albena, a day after the storm. Jon Hart/AFP/Getty Images",
        "Photos: The storm A man walks home. Hide Caption 1 of 2 Photos: The storm A boat. Hide Caption 2 of 2",
        "© 2024 The Wire. All rights reserved.",
        "This material may not be published, broadcast, rewritten or redistributed.",
        "Please enter your comment!",
        "Save my name, email, and website in this browser for the next time I comment.",
        "Privacy Policy | Terms of Use | Cookie Policy",
        "https://example.org/a",
        "TCThttps://thecaspiantimes.com",
        "Photo: Ann Writer / The Wire",
        "Ann Writer/Getty Images",
        "5 min read",
        "Tags: Russia, Armenia",
        "Additional sources • EBU",
        "* * *",
        "————",
        "![a picture](https://example.org/a.png)",
    ):
        assert find_furniture([PROSE, line, PROSE]) == [False, True, False]


def test_it_is_furniture_only_above_or_below_the_text() -> None:
    for line in ("0", "20", "9.7 C", "+21 °C", "Home | World | Sport | Weather", "Home » World", "World"):
        assert find_furniture([line, PROSE, PROSE, line]) == [True, False, False, True]
        assert find_furniture([PROSE, line, PROSE])[1] is False


def test_it_is_reporting() -> None:
    for line in (
        "Share prices fell in Moscow on Thursday",
        "“We will share this with our friends,” Peskov said.",
        "He read more than he wrote.",
        "The photo: a turning point",
        "Comments by Lavrov drew anger in Yerevan",
        "Home secretary resigns",
        "Advertisements for the army have tripled, the minister said.",
        "The latest news from Yerevan worried the Kremlin, which had hoped for calm.",
        "Cookies are sold at the fair, and the baker said that he would accept all orders.",
        "2009: 2.8 million",
        "Doral:We did not close the harbour, and we never will.",
        "At 10:30 in the morning two ships sank in the harbour",
        "The result: Two ships sank in the harbour",
        "Twitter said on Friday that it would close the account.",
    ):
        assert find_furniture([PROSE, line, PROSE]) == [False, False, False]


def test_a_list_of_other_articles_ends_where_prose_begins() -> None:
    lines = [PROSE, "Latest news", "- Talks Begin in Yerevan", "Who Will Win?", PROSE, "Most read", "Dam Breaks"]
    assert find_furniture(lines) == [False, True, True, True, False, True, True]


def test_nothing_is_reporting_after_the_end() -> None:
    for heading in ("LEAVE A REPLY", "Legal Disclaimer:", "3 Comments", "About the author"):
        assert find_furniture([PROSE, PROSE, heading, PROSE, "x"]) == [False, False, True, True, True]


def test_a_link_to_the_comments_above_the_text_does_not_end_it() -> None:
    assert find_furniture(["Leave a comment", PROSE, PROSE, PROSE]) == [False, False, False, False]


def test_a_long_line_is_prose_however_it_ends() -> None:
    assert [is_prose(line) for line in ("Short.", PROSE, PROSE.rstrip("."), "word " * 30)] == [False, True, False, True]


def test_an_outlet_that_speaks_of_itself_is_named() -> None:
    assert own_name("The Wire is a news platform for the region. We inform our readers daily.") == "The Wire"
    assert own_name(PROSE) is None


def test_endless_lines_are_judged_without_endless_time() -> None:
    assert find_furniture(["a " * 500_000, "." * 500_000, "Home | " * 140, "By " * 300]) == [False, True, False, False]
