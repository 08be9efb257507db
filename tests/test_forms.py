"""Forms that attribution takes beside plain sentences: interviews, vox pops, signed quotes, Markdown, datelines."""

import hashlib

from rag.attribution.statements import attribute
from rag.core import Reading, Statement
from rag.ingestion.layout import lay_out
from rag.ingestion.segmentation import sentences
from tests.test_statements import _statements


def _laid_out(text: str, byline: str | None = None) -> list[tuple[Statement, list[str]]]:
    digest = hashlib.sha256(text.encode()).hexdigest()
    article = lay_out(
        Reading("a.txt", text, digest, "plain text", title=text.split("\n", maxsplit=1)[0], byline=byline)
    )
    found = attribute(article, sentences(article)).statements
    return [(statement, [article.cut(span) for span in statement.content]) for statement in found]


def _said(found: list[tuple[Statement, list[str]]]) -> dict[str, str | None]:
    return {content[0]: statement.speaker for statement, content in found}


def test_the_turns_of_an_interview_are_those_of_the_people_of_its_head() -> None:
    text = """Interview: The woman who counts whales
Marine biologist Sunniva Holt has counted whales for twenty years. She spoke to Peter Grange.
Q: How many are left?
A: Fewer than three hundred.
**Peter Grange:** Will they come back?
**Sunniva Holt:** Only if we are quiet.
GRANGE: Are you sure?
HOLT: I am.
PG: Quite sure?
SH: I am quite sure.
"""
    assert _said(_laid_out(text)) == {
        "How many are left?": "Peter Grange",
        "Fewer than three hundred.": "Sunniva Holt",
        "Will they come back?": "Peter Grange",
        "Only if we are quiet.": "Sunniva Holt",
        "Are you sure?": "Peter Grange",
        "I am.": "Sunniva Holt",
        "Quite sure?": "Peter Grange",
        "I am quite sure.": "Sunniva Holt",
    }


def test_q_and_a_with_full_stops_and_bold_questions_are_turns_too() -> None:
    text = """Interview: Marta Solberg on rivers
**Peter Grange: Why did the river turn red?**
**Marta Solberg:** It was paint from the old mill.
Q. Will it happen again?
A. It will, if nobody checks.
"""
    assert _said(_laid_out(text, byline="Peter Grange")) == {
        "Why did the river turn red?": "Peter Grange",
        "It was paint from the old mill.": "Marta Solberg",
        "Will it happen again?": "Peter Grange",
        "It will, if nobody checks.": "Marta Solberg",
    }


def test_initials_may_have_hyphens_and_stops() -> None:
    text = """How bells are made
*Founder **Isidor Quade** and ringer **Marta Lund-Bell** talk to **Roy Eddow** and Anna Novak-Ek.*
**R.E.:** How long does a bell take?
**IQ:** A lifetime to get it wrong.
**ML-B:** And one neighbour to silence it.
**ANE:** Were there others?
**MLB:** We heard of four of them.
"""
    assert _said(_laid_out(text)) == {
        "How long does a bell take?": "Roy Eddow",
        "A lifetime to get it wrong.": "Isidor Quade",
        "And one neighbour to silence it.": "Marta Lund-Bell",
        "Were there others?": "Anna Novak-Ek",
        "We heard of four of them.": "Marta Lund-Bell",
    }


def test_a_headline_that_denies_or_mocks_governs_the_words_that_it_is_about() -> None:
    body = "A picture went round on Monday.\n“Bread should be banned from Monday,” Ole Dahl says in it.\n"
    body += "“I never wanted to ban bread,” Dahl said on Friday.\n“The weather is fine,” Dahl said."
    for title, standings in (
        ("No, Ole Dahl did not say that bread should be banned", ["fabricated", "said", "said"]),
        ("Ole Dahl never said that he would ban bread on Monday", ["fabricated", "said", "said"]),
        ("Premier Dahl didn't say that bread should be banned", ["fabricated", "said", "said"]),
        ("No, Mia Berg did not say that bread should be banned", ["said", "said", "said"]),
        ("Satire: Premier bans bread in the whole country", ["fictional", "fictional", "fictional"]),
        ("Premier bans bread in the whole country (satire)", ["fictional", "fictional", "fictional"]),
        ("Ole Dahl did not come to the meeting about bread", ["said", "said", "said"]),
    ):
        assert [statement.standing for statement, _ in _laid_out(f"{title}\n{body}")] == standings, title


def test_the_signs_of_a_block_quotation_and_blank_lines_in_it_part_no_quote_from_its_signature() -> None:
    text = (
        "Voices from Vale\n\n> “I eat cake.”\n>\n> — *Kari Holm, 41, baker*\n\n> “What cake?”\n>\n> — *Nils Rask, 91*\n"
    )
    assert _said(_laid_out(text)) == {"I eat cake.": "Kari Holm", "What cake?": "Nils Rask"}


def test_an_a_is_nobody_s_where_the_head_names_two() -> None:
    text = """Two who count whales
Biologist Sunniva Holt and sailor Odd Nilsen count whales.
Q: How many are left?
A: Fewer than three hundred.
Q: Will they come back?
A: Only if we are quiet.
"""
    assert set(_said(_laid_out(text)).values()) == {None}


def test_answers_behind_questions_in_lines_of_their_own_are_the_interviewee_s() -> None:
    text = """Interview with Ida Frost
How did the fire begin?
I left the stove on.
Do you blame the wind?
I blame myself.
The town lies on the western bank of the Orvik and has about nine thousand inhabitants.
"""
    assert _said(_laid_out(text)) == {"I left the stove on.": "Ida Frost", "I blame myself.": "Ida Frost"}


def test_questions_in_a_report_make_no_interview() -> None:
    text = "The fire of Ida Frost\nHow did the fire begin?\nI left the stove on.\nWho pays?\nNobody knows, I fear.\n"
    assert _said(_laid_out(text)) == {}


def test_a_line_or_a_dash_of_its_own_names_the_speaker() -> None:
    for text, speaker in (
        ("Kari Holm, 41, baker\n“I do not sell bread on Sundays.”", "Kari Holm"),
        ("**Kari Holm (41), baker**\n“I do not sell bread on Sundays.”", "Kari Holm"),
        ("Kari Holm, owner of the bakery\n“I do not sell bread on Sundays.”", "Kari Holm"),
        ("And from Chairwoman Kari Holm:\n“I do not sell bread on Sundays.”", "Kari Holm"),
        ("Chairwoman Kari Holm:\n“I do not sell bread on Sundays.”", "Kari Holm"),
        ("“I do not sell bread on Sundays.” — Kari Holm, 41", "Kari Holm"),
        ("“I do not sell bread on Sundays” – Kari Holm", "Kari Holm"),
        ("“I do not sell bread on Sundays.”\n— Kari Holm, 41, of Vale", "Kari Holm"),
        ("Kari Holm, Norpress: “I do not sell bread on Sundays.”", "Kari Holm"),
        ("* Kari Holm, mayor of Vale: “I do not sell bread on Sundays.”", "Kari Holm"),
        ("• “I do not sell bread on Sundays,” said Kari Holm.", "Kari Holm"),
        ("• Bakers’ union chairwoman Kari Holm: “I do not sell bread on Sundays.”", "Kari Holm"),
        ("• The bakers' league secretary Kari Holm: “I do not sell bread on Sundays.”", "Kari Holm"),
        ("“I do not sell bread on Sundays” (Tern Max)", None),
        ("- Kari Holm, 41, baker\n- “I do not sell bread on Sundays.”", "Kari Holm"),
        ("Kari Holm spokesman: “I do not sell bread on Sundays.”", None),
        ("• Kari Holm, Bakers' union: “I do not sell bread on Sundays.”", "Kari Holm"),
        ("> “I do not sell bread on Sundays.”\n> — *Kari Holm, 41, baker*", "Kari Holm"),
        ("> “I do not sell bread on Sundays.”\n> — **Kari Holm**", "Kari Holm"),
        ("> I was there.\n\n> “I do not sell bread on Sundays,” Kari Holm said.", "Kari Holm"),
        ("Kari Holm's exact words were: “I do not sell bread on Sundays.”", "Kari Holm"),
        ("The Old Harbour\n“I do not sell bread on Sundays.”", None),
    ):
        [(statement, content)] = _statements(text)
        assert statement.speaker == speaker
        assert content[0].rstrip(".") == "I do not sell bread on Sundays"


def test_in_a_round_of_voices_every_line_names_the_quote_below() -> None:
    text = "Kari Holm, 41, baker\n“I do not sell bread.”\nNils Rask, 23, student\n“I eat cake every day.”"
    assert _said(_statements(text)) == {"I do not sell bread.": "Kari Holm", "I eat cake every day.": "Nils Rask"}


def test_no_item_of_a_list_goes_on_with_the_speaker_of_the_one_above() -> None:
    for item in ("- ", "* ", "• "):
        text = f"{item}“I do not sell bread,” said Kari Holm.\n{item}“I eat cake every single day.”"
        assert _said(_statements(text)) == {"I do not sell bread": "Kari Holm", "I eat cake every single day.": None}


def test_labels_of_turns_may_have_titles() -> None:
    text = """Transcript: the hearing on the bridge
The committee heard engineer Tom Quist and Mayor Ruth Pell.
MR QUIST: I saw the crack in May.
MAYOR PELL: Nobody told me of it.
ENGINEER QUIST: I wrote to you on 4 June.
Dr. Ida Vang: I was never asked.
"""
    assert _said(_laid_out(text)) == {
        "I saw the crack in May.": "Tom Quist",
        "Nobody told me of it.": "Ruth Pell",
        "I wrote to you on 4 June.": "Tom Quist",
        "I was never asked.": "Ida Vang",
    }


def test_a_line_under_the_quote_above_it_is_not_given_to_the_quote_below() -> None:
    text = "“I do not sell bread on Sundays.”\nNils Rask, 23, student\n“I eat cake every single day.”"
    assert "Nils Rask" not in _said(_statements(text)).values()


def test_a_paragraph_without_marks_behind_a_colon_line_is_what_was_said() -> None:
    text = "Minister Gry Holt said she would listen:\nThe quota will be set again in May, and nobody will be forgotten."
    assert _said(_statements(text)) == {
        "The quota will be set again in May, and nobody will be forgotten.": "Gry Holt",
    }


def test_marks_of_markdown_reach_neither_speaker_nor_content() -> None:
    for text, speaker in (
        ("The lake is frozen, skater **Ivo Blade** said.", "Ivo Blade"),
        ("The lake is frozen, said [Ivo Blade](https://x.example/ivo).", "Ivo Blade"),
        ("**Ivo Blade:** “The lake is frozen.”", "Ivo Blade"),
        ("“**The lake is frozen,**” said *Ivo Blade*.", "Ivo Blade"),
        ("_Ivo Blade_ said: “The lake is frozen.”", "Ivo Blade"),
        ("According to **Director Ivo Blade**, the lake is frozen.", "Ivo Blade"),
    ):
        [(statement, content)] = _statements(text)
        assert statement.speaker == speaker
        assert not set("*_[]") & set("".join([*content, statement.speaker_as_written]))
        assert content[0].rstrip(".").casefold() == "the lake is frozen"


def test_a_dateline_or_a_time_is_no_speaker() -> None:
    for dateline in (
        "VALE CITY, June 3 – ",
        "VALE CITY, June 3 (Norpress) – ",
        "VALE CITY, Norland, June 3, 2024 (GLOBE) -- ",
        "Odenbro, Norland, Dec. 1, 2025 (GLOBE) -- ",
        "ODENBRO, 3 June 2024 (Norpress) - ",
        "(VALE CITY, June 3) – ",
        "ÅSVIK, Sept. 30 — ",
        "LINDEN (Norpress) – ",
        "14:32 GMT ",
        "10.15am: ",
        "14:40 – ",
    ):
        assert _said(_statements(f"{dateline}Acme Rail announced it would cut jobs.")) == {
            "it would cut jobs": "Acme Rail"
        }


def test_a_heading_with_capitals_is_no_sentence() -> None:
    text = "Novak Said Of Wall Street\nAnna Novak said that Vienna was ready."
    assert _said(_statements(text)) == {"that Vienna was ready": "Anna Novak"}


def test_a_list_of_places_and_a_heading_are_no_turns() -> None:
    text = (
        "Vale Harbour: 524 Mill Street\nVale Harbour: 1507 River Road\nLake Orvik: 12 Church Road\n\n"
        "Novak: Vienna not ready for a new tax\nNovak: Vienna is a city of trade\n"
    )
    assert _said(_statements(text)) == {}


def test_what_the_journalist_reports_is_no_quotation_though_it_says_us() -> None:
    text = "After the vote officials told us that they would rebuild our mill next year, Ada Holm said."
    assert [statement.kind for statement, _ in _statements(text)] == ["reported"]


def test_a_reporter_who_signs_paragraphs_did_not_say_the_quotes_above() -> None:
    text = (
        "The harbour was closed on Monday, the city said.\n– Paula Grange\n"
        "The mayor, Ada Holm, spoke of a fluid situation on Monday evening.\n"
        "“We do not know when it will reopen.”\n– Peter Grange"
    )
    assert "Peter Grange" not in _said(_statements(text)).values()


def test_an_article_that_quotes_somebody_is_not_the_speaker() -> None:
    text = "Some users shared an old article, quoting Ada Holm: “Nobody stands above the law of this land.”"
    assert set(_said(_statements(text)).values()) == {"Ada Holm"}
