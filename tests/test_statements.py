"""Who said what: the five seeds against hand labels, and the forms that attribution takes in any English news."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from rag.attribution.statements import attribute
from rag.core import Article, Reading, Statement
from rag.ingestion.layout import lay_out
from rag.ingestion.readers import read_file
from rag.ingestion.segmentation import sentences
from tests.library_parts import lines_of

REPOSITORY = Path(__file__).parent.parent
GOLD = [json.loads(line) for line in (REPOSITORY / "evals" / "seeds_gold.jsonl").read_text("utf-8").splitlines()]
SEEDS = sorted({label["source"] for label in GOLD})
LABELLED = ("speaker", "speaker_as_written", "via", "kind", "polarity", "marked")


def _statements(text: str) -> list[tuple[Statement, list[str]]]:
    article = lines_of(text)
    found = attribute(article, sentences(article)).statements
    return [(statement, [article.cut(span) for span in statement.content]) for statement in found]


def _said(text: str) -> list[tuple[str | None, list[str]]]:
    return [(statement.speaker, content) for statement, content in _statements(text)]


def _seed(source: str) -> Article:
    reading = next(iter(read_file(REPOSITORY / "seeds" / source, source)))
    assert isinstance(reading, Reading)
    return lay_out(reading)


def _shared(one: Sequence[str], other: Sequence[str]) -> float:
    """F1 of the words of two contents."""
    first, second = (Counter(re.findall(r"\w+", " ".join(content))) for content in (one, other))
    common = sum((first & second).values())
    return 2 * common / (sum(first.values()) + sum(second.values()))


@pytest.mark.parametrize("source", SEEDS)
def test_every_label_is_an_exact_slice_of_its_file(source: str) -> None:
    text = _seed(source).text
    for label in GOLD:
        if label["source"] == source:
            assert all(content in text for content in label["content"])
            assert label["speaker_as_written"] in text


@pytest.mark.parametrize("source", SEEDS)
def test_the_seeds_yield_every_labelled_statement_and_no_other(source: str) -> None:
    article = _seed(source)
    found = list(attribute(article, sentences(article)).statements)
    for label in (label for label in GOLD if label["source"] == source):
        contents = {one.id: [article.cut(span) for span in one.content] for one in found}
        best = max(
            found,
            key=lambda one: (
                (one.speaker_as_written == label["speaker_as_written"])
                + 2 * _shared(contents[one.id], label["content"])
            ),
        )
        assert {name: getattr(best, name) for name in LABELLED} == {name: label[name] for name in LABELLED}
        if label["kind"] == "direct":
            assert contents[best.id] == label["content"]
        else:
            assert _shared(contents[best.id], label["content"]) > 0.5
        found.remove(best)
    assert found == []


@pytest.mark.parametrize("source", SEEDS)
def test_a_statement_lies_in_the_body_and_covers_its_content(source: str) -> None:
    article = _seed(source)
    found = attribute(article, sentences(article)).statements
    assert len({statement.id for statement in found}) == len(found)
    for statement in found:
        assert article.is_quotable(statement.span)
        assert all(statement.span.covers(content) for content in statement.content)
        assert 0 < statement.confidence <= 1


def test_the_same_article_yields_the_same_ids_again() -> None:
    article = _seed(SEEDS[0])
    assert attribute(article, sentences(article)).statements == attribute(article, sentences(article)).statements


def test_an_article_without_words_yields_nothing() -> None:
    assert _said("") == []
    assert _said("...\n\n—") == []


def test_a_quotation_is_credited_wherever_its_cue_stands() -> None:
    for text, speaker in (
        ("“We are ready to talk,” Anna Novak said.", "Anna Novak"),
        ("“We are ready to talk,” said Anna Novak, the minister.", "Anna Novak"),
        ("Anna Novak said: “We are ready to talk.”", "Anna Novak"),
        ("Anna Novak told reporters in Vienna, “We are ready to talk.”", "Anna Novak"),
        ("Speaking in Vienna, Anna Novak was blunt. “We are ready to talk,” she said.", "Anna Novak"),
        ("“We are ready to talk,” according to Anna Novak.", "Anna Novak"),
        ("“We are ready to talk!” Anna Novak shouted from the balcony.", "Anna Novak"),
        ("“We are ready to talk,” quipped Anna Novak.", "Anna Novak"),
        ("Anna Novak: “We are ready to talk.”", "Anna Novak"),
        ("“We are ready to talk,” the Austrian Foreign Ministry said in a statement.", "Austrian Foreign Ministry"),
        ("“We are ready to talk,” the Kremlin said.", "Kremlin"),
        ("“We are ready to talk,” added Anna Novak, referring to the border.", "Anna Novak"),
        ("“We are ready to talk,” screenwriter Anna Novak wrote on Twitter.", "Anna Novak"),
        ("“We are ready to talk,” chief executive Anna Novak said on Monday.", "Anna Novak"),
        ("That does not surprise pollster Anna Novak: “We are ready to talk.”", "Anna Novak"),
        ("''We are ready to talk,'' Mrs. Novak said. ''Come.''", "Novak"),
    ):
        (said, content), *_ = _said(text)
        assert said == speaker
        assert content[0].rstrip(".!") == "We are ready to talk"


def test_an_interrupted_quotation_is_one_statement_of_two_slices() -> None:
    assert _said("“We are ready,” Anna Novak said, “to talk.”") == [("Anna Novak", ["We are ready", "to talk."])]


def test_a_quotation_over_paragraphs_is_one_statement() -> None:
    text = "Anna Novak said: “First we talk about the border.\n\n“Then we sign.”\n\n“Never,” replied Peter Hahn."
    assert _said(text) == [
        ("Anna Novak", ["First we talk about the border.", "Then we sign."]),
        ("Peter Hahn", ["Never"]),
    ]


def test_a_paragraph_that_is_nothing_but_a_quote_goes_on_with_the_last_speaker() -> None:
    text = "Vienna needs people “who stay calm,” Anna Novak said.\n\n“And that is why we sign at once.”"
    assert [speaker for speaker, _ in _said(text)] == ["Anna Novak", "Anna Novak"]


def test_a_paragraph_that_says_more_than_a_quote_needs_a_cue_of_its_own() -> None:
    text = "Vienna is ready, Anna Novak said.\n\n“We do not sign at all.” That was the mood in Prague on Monday."
    assert [speaker for speaker, _ in _said(text)] == ["Anna Novak", None]


def test_a_name_at_the_head_of_a_sentence_is_one_if_the_article_knows_it() -> None:
    text = "Senator Bernie Sanders came to Vienna.\n\nSanders replied evenly, “We are ready to talk to them.”"
    assert [speaker for speaker, _ in _said(text)] == ["Bernie Sanders"]


def test_what_one_cue_introduces_is_one_statement() -> None:
    text = "In the poorer parts of the country, Anna Novak said, “we do not know how many jobs will go.”"
    [(statement, content)] = _statements(text)
    assert content == ["In the poorer parts of the country", "we do not know how many jobs will go."]
    assert statement.kind == "mixed"
    text = "Anna Novak said she had offers for the gun, but “the offers were not what I had in mind.”"
    assert _said(text) == [
        ("Anna Novak", ["she had offers for the gun", "the offers were not what I had in mind."]),
    ]


def test_words_in_front_of_a_cue_that_only_set_the_scene_are_no_content() -> None:
    assert _said("In Vienna, Anna Novak said, “We are ready to talk.”") == [("Anna Novak", ["We are ready to talk."])]


def test_an_interview_credits_nobody_by_a_letter() -> None:
    turns = ["Q: Are you ready to sign?", "A: We are ready, I think.", "Q: When do you leave?", "A: Tomorrow, I hope."]
    found = _statements("\n\n".join(turns))
    assert [(one.speaker, one.speaker_as_written, one.kind) for one, _ in found] == [
        (None, letter, "direct") for letter in "QAQA"
    ]


def test_a_sentence_that_quotes_and_reports_or_reports_twice_counts_once() -> None:
    for text in (
        "Ada Lund said the loan was late and “a disgrace to the whole town”, and that she would not sign it.",
        "The loan was late. Ada Lund said on Monday that the loan was late and that the town would pay.",
    ):
        statements = [statement for statement, _ in _statements(text)]
        counted = [each.id for each in statements if each.repeats is None]
        assert len(counted) == 1, text
        assert {each.repeats for each in statements} <= {None, *counted}


def test_two_speakers_in_one_paragraph_are_told_apart() -> None:
    text = "“We want peace,” Anna Novak said. “They want our land,” Peter Hahn said."
    assert _said(text) == [("Anna Novak", ["We want peace"]), ("Peter Hahn", ["They want our land"])]


def test_words_without_marks_after_a_colon_line_are_a_quote() -> None:
    text = (
        "Minister Anna Novak warned of new tariffs:\n"
        "We shall answer every tariff with a tariff of our own, and our friends know it, APA quotes Novak as saying.\n"
    )
    [(statement, content)] = _statements(text)
    assert content == ["We shall answer every tariff with a tariff of our own, and our friends know it"]
    assert (statement.speaker, statement.via, statement.marked, statement.kind) == (
        "Anna Novak",
        "APA",
        False,
        "direct",
    )
    assert statement.span.start == 0


def test_reported_speech_that_ends_in_its_tag_is_no_quote() -> None:
    [(statement, content)] = _statements("The economy grew by three per cent in March, Anna Novak said.")
    assert (statement.speaker, statement.kind) == ("Anna Novak", "reported")
    assert content == ["The economy grew by three per cent in March"]


def test_reported_speech_is_found_in_its_many_forms() -> None:
    for text, speaker, content in (
        ("Anna Novak said that the talks would go on.", "Anna Novak", "that the talks would go on"),
        ("Anna Novak added the talks would go on.", "Anna Novak", "the talks would go on"),
        ("The talks, Anna Novak said, would go on.", "Anna Novak", "The talks"),
        ("The talks will go on, according to Anna Novak.", "Anna Novak", "The talks will go on"),
        ("Anna Novak warned of a new war.", "Anna Novak", "warned of a new war"),
        ("Anna Novak welcomed the ceasefire in Gaza.", "Anna Novak", "welcomed the ceasefire in Gaza"),
        ("Anna Novak accused Moscow of stalling.", "Anna Novak", "accused Moscow of stalling"),
        ("Anna Novak urged the parties to sign.", "Anna Novak", "urged the parties to sign"),
        ("Anna Novak called the plan a mistake.", "Anna Novak", "called the plan a mistake"),
        ("The attack was confirmed by the Pentagon on Monday.", "Pentagon", "The attack was confirmed"),
        ("Anna Novak went on to say that Vienna was ready.", "Anna Novak", "that Vienna was ready"),
    ):
        assert (speaker, content) in [(said, words[0]) for said, words in _said(text)]


def test_a_denial_is_no_assertion() -> None:
    for text in (
        "Anna Novak denied that the army had fired first.",
        "Anna Novak rejected the claim that the army had fired first.",
        "Anna Novak dismissed the report.",
        "Anna Novak disagreed with the report's findings.",
    ):
        assert [(one.speaker, one.polarity) for one, _ in _statements(text)] == [("Anna Novak", "denies")]


def test_a_question_that_is_only_reported_states_nothing() -> None:
    for text in (
        "Anna Novak asked whether the army had fired first.",
        "Anna Novak wondered why the army had fired first.",
        "Asked why she thought the army had fired, Anna Novak left.",
    ):
        assert _statements(text) == [], text


def test_a_question_in_its_own_words_is_kept_and_asks() -> None:
    [(statement, _)] = _statements("“Why did the army fire first?” Anna Novak asked.")
    assert (statement.speaker, statement.polarity) == ("Anna Novak", "asks")


def test_a_denied_claim_is_also_the_claim_of_whoever_made_it() -> None:
    text = "The Kremlin rejected a claim by Anna Novak that Russia was arming."
    assert [(one.speaker, one.polarity, content) for one, content in _statements(text)] == [
        ("Kremlin", "denies", ["rejected a claim by Anna Novak that Russia was arming"]),
        ("Anna Novak", "asserts", ["that Russia was arming"]),
    ]


def test_hypotheticals_questions_titles_and_scare_quotes_are_no_statements() -> None:
    for text in (
        "Anna Novak would say that the war is lost if she dared.",
        "If Anna Novak says that the war is lost, markets will fall.",
        "Anna Novak did not say that the war was lost.",
        "Anna Novak refused to say whether the war was lost.",
        "Did Anna Novak say that the war was lost?",
        "The film “Gone with the Wind” was shown in Vienna.",
        "So-called “experts” met in Vienna on Monday.",
        "Anna Novak flew to Vienna on Monday.",
        "Anna Novak welcomed her Armenian counterpart Ararat Mirzoyan.",
        "This was confirmed by the Kremlin.",
        "Anna Novak agreed to meet the ministers in Vienna.",
        "Commenting on the deal, Anna Novak left the room.",
    ):
        assert _said(text) == []


def test_an_outlet_that_passes_words_on_is_not_their_speaker() -> None:
    [(statement, content)] = _statements("RBK reports that Anna Novak called the plan a mistake.")
    assert (statement.speaker, statement.via, content) == ("Anna Novak", "RBK", ["called the plan a mistake"])
    [(statement, _)] = _statements("Anna Novak called the plan a mistake, according to Reuters.")
    assert (statement.speaker, statement.via) == ("Anna Novak", "Reuters")
    [(statement, _)] = _statements("TASS quoted Anna Novak as saying that the plan was a mistake.")
    assert (statement.speaker, statement.via) == ("Anna Novak", "TASS")


def test_a_family_name_stands_for_the_full_name_given_elsewhere() -> None:
    text = "Foreign Minister Anna Novak came to Vienna.\n\nNovak said that Vienna was ready."
    [(statement, _)] = _statements(text)
    assert (statement.speaker, statement.speaker_as_written) == ("Anna Novak", "Novak")


def test_a_role_stands_for_the_only_person_who_holds_it() -> None:
    text = "Austrian Foreign Minister Anna Novak came to Vienna.\n\nThe foreign minister said that Vienna was ready."
    [(statement, _)] = _statements(text)
    assert (statement.speaker, statement.speaker_as_written) == ("Anna Novak", "The foreign minister")


def test_a_role_that_two_people_hold_names_nobody() -> None:
    text = (
        "Austrian Foreign Minister Anna Novak met Czech Foreign Minister Peter Hahn.\n\n"
        "The foreign minister said that Vienna was ready."
    )
    [(statement, _)] = _statements(text)
    assert (statement.speaker, statement.speaker_as_written) == (None, "The foreign minister")


def test_a_pronoun_agrees_with_whom_it_names() -> None:
    text = "Anna Novak met spokesman Peter Hahn on Monday. She said that Vienna was ready. He said that Prague was not."
    assert [speaker for speaker, _ in _said(text)] == ["Anna Novak", "Peter Hahn"]


def test_a_pronoun_does_not_mean_whom_its_own_sentence_names() -> None:
    text = "Peter Hahn took the floor. He said that Karl Blau had lied."
    assert [speaker for speaker, _ in _said(text)] == ["Peter Hahn"]


def test_a_speaker_who_cannot_be_named_keeps_the_words_as_written() -> None:
    for text, written in (
        ("They said that Vienna was ready.", "They"),
        ("A senior official said that Vienna was ready.", "A senior official"),
        ("He said that Vienna was ready.", "He"),
        ("Armenian authorities said that Yerevan was ready.", "Armenian authorities"),
        ("Anna Novak and Peter Hahn said that Vienna was ready.", "Anna Novak and Peter Hahn"),
    ):
        [(statement, _)] = _statements(text)
        assert (statement.speaker, statement.speaker_as_written) == (None, written)


def test_a_spelling_slip_within_one_article_is_the_same_person() -> None:
    text = "Prime Minister Nikol Pashinian spoke.\n\nPashinaian said that Armenia was ready."
    assert [speaker for speaker, _ in _said(text)] == ["Nikol Pashinian"]


def test_a_place_is_not_taken_for_a_person() -> None:
    text = "The ministers met in Sandy Hook on Monday.\n\nHe said that the talks would go on."
    assert [speaker for speaker, _ in _said(text)] == [None]


def test_speakers_who_share_a_sentence_do_not_share_its_span() -> None:
    text = "Anna Novak said the border was open, while Peter Hahn said that he hoped it would stay open."
    article = lines_of(text)
    spans = {one.speaker: article.cut(one.span) for one in attribute(article, sentences(article)).statements}
    assert "Hahn" not in spans["Anna Novak"]
    assert "Novak" not in spans["Peter Hahn"]


def test_a_transcript_credits_every_turn_to_its_label() -> None:
    turns = [
        "TAPPER: And will you sign the deal?",
        "NOVAK: We will sign it.",
        "TAPPER: When?",
        "NOVAK: Tomorrow, I hope.",
    ]
    text = "\n\n".join(turns)
    assert [(one.speaker, one.marked) for one, _ in _statements(text)] == [
        ("TAPPER", False),
        ("NOVAK", False),
        ("TAPPER", False),
        ("NOVAK", False),
    ]


PIECES = [
    "“",
    "”",
    '"',
    "'",
    "’",
    "«",
    "»",
    "''",
    "Lavrov",
    "he",
    " said",
    ", ",
    ". ",
    ":",
    "\n\n",
    " that ",
    "according to",
    "İ",
    "\u2028",
    "😀",
    "e\u0301",
]


@given(some.lists(some.sampled_from(PIECES), max_size=40))
@settings(max_examples=60, deadline=None)
def test_any_text_yields_only_exact_slices_of_its_body(pieces: list[str]) -> None:
    article = lines_of("".join(pieces))
    for statement in attribute(article, sentences(article)).statements:
        assert statement.content
        assert all(article.cut(span).strip() for span in statement.content)
        assert all(statement.span.covers(span) for span in statement.content)


def test_names_are_recorded_in_full() -> None:
    full = {
        "said Swedish trades union official Ulf Carlsson": ("The strike will go on, {}.", "Ulf Carlsson"),
        "said Scottish harbours board chairman Per Ost": ("Boats must stay, {}.", "Per Ost"),
        "The Intergovernmental Panel on Climate Change": ("{} said seas would rise.", None),
        "The International Union for Conservation of Nature": ("{} said lions were fewer.", None),
        "The Board of Trade and Industry": ("{} said sales fell.", None),
        "The Labour Party on Monday": ("{} said it was late.", "Labour Party"),
        "Sberbank chief German Gref": ("{} said the market would recover.", "German Gref"),
        "Jordan Smith, a farmer,": ("{} said rain was late.", "Jordan Smith"),
    }
    for written, (sentence, name) in full.items():
        text = f"{sentence.format(written)} The talks went on for days in the town hall."
        assert [speaker for speaker, _ in _said(text)] == [name or written.removeprefix("The ")], written

    assert _said("German Gref, the head of the bank, said rates fell. Gref said it was late.")[1][0] == "German Gref"


def test_a_denial_carries_its_denial_and_not_what_is_denied() -> None:
    for text, polarity, content in (
        ("Ada Holm denied the allegations.", "denies", "denied the allegations"),
        ("Ada Holm denied taking bribes.", "denies", "denied taking bribes"),
        ("Ada Holm denied that she had left.", "denies", "denied that she had left"),
        ("Ada Holm denied “leaving any marks” on the door.", "denies", "denied “leaving any marks” on the door"),
        ("Ada Holm denied “Any marks left on the door”.", "denies", "denied “Any marks left on the door”"),
        ("Ada Holm rejected “every one of the claims”.", "denies", "rejected “every one of the claims”"),
        ("“I did nothing wrong,” Ada Holm denied on Monday.", "asserts", "I did nothing wrong"),
    ):
        assert [(one.polarity, said) for one, said in _statements(text)] == [(polarity, [content])], text


def test_what_says_nothing_by_itself_stands_with_its_cue() -> None:
    for text, content in (
        ("Ada Holm praised the plan.", "praised the plan"),
        ("Ada Holm warned of a flood.", "warned of a flood"),
        ("Bo Lund heard Ada Holm's call for a vote.", "call for a vote"),
        ("Ada Holm said that the plan was good.", "that the plan was good"),
    ):
        assert [said for _, said in _statements(text)] == [[content]], text


def test_recalled_words_are_whose_they_are_and_come_through_whoever_tells_them() -> None:
    told = {
        "Ada Holm recalled that Bo Lund used to say “never give up on the sea”.": "never give up on the sea",
        "Ada Holm recalled Bo Lund saying “the line is closed”.": "the line is closed",
        "Ada Holm told the court that Bo Lund said “I will pay”.": "I will pay",
    }
    for text, words in told.items():
        ((statement, content),) = _statements(text)
        assert (statement.speaker, statement.via, content) == ("Bo Lund", "Ada Holm", [words]), text


def test_what_stands_around_a_tag_is_one_clause() -> None:
    clauses = {
        "The bridge, Ada Holm said on Friday, had “no future” without repairs.": "had “no future” without repairs",
        "The “green line”, Ada Holm told the council, was drawn in June.": "was drawn in June",
    }
    for text, rest in clauses.items():
        ((speaker, content),) = _said(text)
        assert (speaker, len(content), content[-1]) == ("Ada Holm", 2, rest), text


def test_an_outlet_is_not_credited_with_its_own_article() -> None:
    text = "The mayor will resign next week, Orda reports.\nThe vote is due on Friday. Bo Lund said it was late."
    article = replace(lines_of(text), outlet="Orda")
    assert [statement.speaker for statement in attribute(article, sentences(article)).statements] == ["Bo Lund"]
