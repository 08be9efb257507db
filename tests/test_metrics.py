"""The metrics: what each rewards, what each marks down, and where it says nothing."""

import re
from dataclasses import replace

import pytest

from evals.cases import Case, Excerpt
from evals.metrics import (
    BETTER_LOW,
    ESSENTIAL,
    METRICS,
    alce_precision,
    alce_recall,
    answer_match,
    citation_precision,
    count_match,
    decline_precision,
    decline_reason,
    decline_recall,
    differences_shown,
    evidence_recall,
    false_declines,
    forbidden_citations,
    kind_accuracy,
    measure,
    quote_exactness,
    right,
    sentence_coverage,
    slice_exactness,
    speaker_accuracy,
    standalone_match,
    unsaid_words,
)
from evals.runs import MEASURES, Result
from rag.core import Answer, Article, Citation, NearMiss, Sentence
from tests.conftest import REPOSITORY

TEXT = "“The dam will hold,” Ann Lee said. Bo Ek said it had leaked since May. The dam was built in 1911. Share this."
ARTICLES = {"dam.txt": Article("dam.txt", TEXT, "d1", "text", ())}
LEE = Excerpt("dam.txt", "The dam will hold", ("Ann Lee", "Anne Lee"), "direct")
EK = Excerpt("dam.txt", "it had leaked since May", ("Bo Ek",), "reported")
BUILT = Excerpt("dam.txt", "built in 1911", (), "narration")
CASE = Case("dam", "attribution", "What did Lee say?", evidence=((LEE,),), words=(("dam will hold",),))
DECLINE = Case("sea", "off_topic", "How deep is the sea?", reasons=("off_topic", "fact_missing"))


def cited(number: int, quote: str, speaker: str | None = None) -> Citation:
    start = TEXT.index(quote)
    return Citation(
        number=number,
        source="dam.txt",
        line=1,
        start=start,
        end=start + len(quote),
        quote=quote,
        title=None,
        published=None,
        outlet=None,
        url=None,
        speaker=speaker,
        via=None,
        kind="narration" if speaker is None else "direct",
        polarity="asserts",
        statement_id=None,
        digest="d1",
    )


def near_miss(quote: str) -> NearMiss:
    start = TEXT.index(quote)
    return NearMiss("dam.txt", start, start + len(quote), quote, None, "the same topic")


def answer(*citations: Citation, sentences: tuple[Sentence, ...] | None = None) -> Answer:
    """An answer that quotes each of its citations in a sentence of its own."""
    if sentences is None:
        sentences = tuple(Sentence(f"It says: “{c.quote}”", (c.number,), "quoted") for c in citations)
    return Answer("?", "?", "answered", sentences, citations, "offline")


DECLINED = Answer(
    "?", "?", "declined", (Sentence("The articles do not say.", (), "frame"),), (), "offline", reason="off_topic"
)
GOOD = answer(cited(1, "The dam will hold", "Ann Lee"))


def test_a_good_answer_is_perfect_by_every_metric_that_applies() -> None:
    result = Result(CASE, GOOD, measure(CASE, GOOD, ARTICLES), 0.1)

    assert result.faults == ()
    assert [name for name, score in result.scores.items() if score is None] == [
        "forbidden_citations",
        "unsaid_words",
        "count_match",
        "differences_shown",
        "standalone_match",
        "decline_recall",
        "decline_precision",
        "decline_reason",
    ]


def test_a_right_decline_is_perfect_by_every_metric_that_applies() -> None:
    result = Result(DECLINE, DECLINED, measure(DECLINE, DECLINED, {}), 0.1)

    assert result.faults == ()
    assert result.scores["decline_recall"] == result.scores["decline_reason"] == 1.0
    assert result.scores["evidence_recall"] is None


def test_slice_exactness_marks_a_slice_that_moved_by_one() -> None:
    moved = replace(cited(2, "The dam was built"), start=TEXT.index("The dam was built") + 1)

    assert slice_exactness(CASE, answer(cited(1, "The dam will hold"), moved), ARTICLES) == 0.5


def test_slice_exactness_looks_at_near_misses_too() -> None:
    wrong = replace(near_miss("Share this."), quote="Share that.")

    assert slice_exactness(CASE, replace(DECLINED, near_misses=(wrong,)), ARTICLES) == 0.0


def test_slice_exactness_says_nothing_of_an_answer_that_shows_no_place() -> None:
    assert slice_exactness(CASE, DECLINED, ARTICLES) is None


def test_quote_exactness_marks_one_changed_letter() -> None:
    changed = (Sentence("Lee: “The dam will Hold”", (1,), "quoted"),)

    assert quote_exactness(CASE, answer(cited(1, "The dam will hold"), sentences=changed), ARTICLES) == 0.0


def test_quote_exactness_wants_the_words_in_a_slice_of_the_same_sentence() -> None:
    sentences = (Sentence("Lee: “The dam will hold”", (2,), "quoted"),)
    elsewhere = answer(cited(1, "The dam will hold"), cited(2, "The dam was built"), sentences=sentences)

    assert quote_exactness(CASE, elsewhere, ARTICLES) == 0.0


def test_quote_exactness_says_nothing_where_nothing_is_quoted() -> None:
    assert quote_exactness(CASE, DECLINED, ARTICLES) is None


@pytest.mark.parametrize(
    ("sentence", "share"),
    [
        (Sentence("Carried.", (1,), "checked"), 1.0),
        (Sentence("Two voices are on record.", (), "frame"), 1.0),
        (Sentence("Carried by nothing.", (), "checked"), 0.0),
        (Sentence("Carried by what is not there.", (1, 9), "checked"), 0.0),
    ],
)
def test_sentence_coverage_wants_a_citation_or_a_frame(sentence: Sentence, share: float) -> None:
    assert sentence_coverage(CASE, answer(cited(1, "The dam"), sentences=(sentence,)), ARTICLES) == share


def test_evidence_recall_wants_all_words_of_one_alternative_of_every_group() -> None:
    case = replace(CASE, evidence=((LEE,), (EK, BUILT), (replace(BUILT, quote="Share this"),)))
    given = answer(cited(1, "“The dam will hold,” Ann Lee said."), cited(2, "The dam was built in 1911."))

    assert evidence_recall(case, given, ARTICLES) == pytest.approx(2 / 3)
    assert evidence_recall(CASE, answer(cited(1, "The dam will")), ARTICLES) == 0.0


def test_evidence_recall_says_nothing_of_a_case_without_evidence() -> None:
    assert evidence_recall(DECLINE, GOOD, ARTICLES) is None


def test_the_right_words_in_another_file_are_not_the_evidence() -> None:
    elsewhere = answer(replace(cited(1, "The dam will hold", "Ann Lee"), source="copy.txt"))

    assert evidence_recall(CASE, elsewhere, ARTICLES) == 0.0
    assert citation_precision(CASE, elsewhere, ARTICLES) == 0.0


def test_citation_precision_takes_evidence_its_parts_and_what_is_allowed() -> None:
    case = replace(CASE, allowed=(EK,))
    given = answer(cited(1, "dam will"), cited(2, "Bo Ek said it had leaked since May."), cited(3, "Share this."))

    assert citation_precision(case, given, ARTICLES) == pytest.approx(2 / 3)
    assert citation_precision(DECLINE, given, ARTICLES) is None


def test_speaker_accuracy_accepts_any_of_the_names_but_no_other_and_not_nobody() -> None:
    def accuracy(speaker: str | None) -> float | None:
        return speaker_accuracy(CASE, answer(cited(1, "The dam will hold", speaker)), ARTICLES)

    assert [accuracy(name) for name in ("Ann Lee", "Anne Lee", "ann lee")] == [1.0, 1.0, 1.0]
    assert [accuracy(name) for name in ("Bo Ek", "Lee", None)] == [0.0, 0.0, 0.0]


def test_speaker_accuracy_catches_the_words_of_another_that_are_only_allowed() -> None:
    case = replace(CASE, allowed=(EK,))

    assert speaker_accuracy(case, answer(cited(1, "it had leaked since May", "Ann Lee")), ARTICLES) == 0.0


def test_speaker_accuracy_wants_narration_credited_to_nobody() -> None:
    case = replace(CASE, evidence=((BUILT,),))

    assert speaker_accuracy(case, answer(cited(1, "built in 1911")), ARTICLES) == 1.0
    assert speaker_accuracy(case, answer(cited(1, "built in 1911", "Bo Ek")), ARTICLES) == 0.0


def test_speaker_accuracy_says_nothing_of_words_whose_speaker_is_not_known() -> None:
    case = replace(CASE, evidence=((replace(BUILT, kind=None),),))

    assert speaker_accuracy(case, answer(cited(1, "built in 1911", "Bo Ek")), ARTICLES) is None


def test_kind_accuracy_tells_reported_speech_from_a_quote() -> None:
    case = replace(CASE, evidence=((EK,),))

    quoted = cited(1, "it had leaked since May", "Bo Ek")

    assert kind_accuracy(case, answer(quoted), ARTICLES) == 0.0
    assert kind_accuracy(case, answer(replace(quoted, kind="reported")), ARTICLES) == 1.0


def test_forbidden_words_may_not_even_be_a_near_miss_but_a_forbidden_file_may() -> None:
    nearby = replace(DECLINED, near_misses=(near_miss("Share this."),))
    words = replace(DECLINE, forbidden=(Excerpt("dam.txt", "Share this"),))
    file = replace(DECLINE, forbidden=(Excerpt("dam.txt"),))

    assert forbidden_citations(words, nearby, ARTICLES) == 1.0
    assert forbidden_citations(file, nearby, ARTICLES) == 0.0
    assert forbidden_citations(file, GOOD, ARTICLES) == 1.0
    assert forbidden_citations(CASE, GOOD, ARTICLES) is None


def test_answer_match_overlooks_case_spacing_accents_and_the_form_of_quotes() -> None:
    case = replace(CASE, words=(("THE DAM'S café",), ("missing", "held")))
    given = answer(sentences=(Sentence("The  dam’s cafe\nheld.", (), "frame"),))

    assert answer_match(case, given, ARTICLES) == 1.0
    assert answer_match(replace(case, words=(("dam",), ("burst",))), given, ARTICLES) == 0.5
    assert answer_match(DECLINE, given, ARTICLES) is None


def test_decline_metrics_tell_the_four_outcomes_apart() -> None:
    def scores(case: Case, given: Answer) -> list[float | None]:
        return [m(case, given, {}) for m in (decline_recall, decline_precision, decline_reason, false_declines)]

    assert scores(DECLINE, DECLINED) == [1.0, 1.0, 1.0, None]
    assert scores(DECLINE, GOOD) == [0.0, None, None, None]
    assert scores(CASE, DECLINED) == [None, 0.0, None, 1.0]
    assert scores(CASE, GOOD) == [None, None, None, 0.0]
    assert decline_reason(DECLINE, replace(DECLINED, reason="absent_person"), {}) == 0.0


def test_unsaid_words_are_caught_wherever_the_answer_says_them() -> None:
    case = replace(CASE, unsaid=("will burst",))

    assert unsaid_words(case, answer(sentences=(Sentence("It WILL\nburst.", (), "frame"),)), {}) == 1.0
    assert unsaid_words(case, GOOD, {}) == 0.0
    assert unsaid_words(CASE, GOOD, {}) is None


@pytest.mark.parametrize(
    ("text", "score"),
    [("Two of five: the dam.", 1.0), ("2 articles", 1.0), ("twice", 1.0), ("Of 12 articles, 3", 0.0), ("None", 0.0)],
)
def test_count_match_reads_digits_and_words_of_what_code_counted(text: str, score: float) -> None:
    case = replace(CASE, count=2)

    assert count_match(case, answer(sentences=(Sentence(text, (), "frame"),)), {}) == score
    assert count_match(case, answer(sentences=(Sentence(text, (1,), "quoted"),)), {}) == 0.0
    assert count_match(CASE, answer(sentences=(Sentence(text, (), "frame"),)), {}) is None


def test_differences_must_be_announced_with_every_side_of_them() -> None:
    case = replace(CASE, differences=(((LEE,), (EK, BUILT)),))
    given = answer(cited(1, "The dam will hold"), cited(2, "it had leaked since May"), cited(3, "Share this"))

    assert differences_shown(case, replace(given, differences=((1, 2),)), {}) == 1.0
    assert differences_shown(case, replace(given, differences=((1, 3), (2, 9))), {}) == 0.0
    assert differences_shown(case, given, {}) == 0.0


def test_a_difference_that_is_none_must_not_be_announced() -> None:
    agreeing = replace(CASE, differences=())

    assert differences_shown(agreeing, GOOD, {}) == 1.0
    assert differences_shown(agreeing, replace(GOOD, differences=((1, 1),)), {}) == 0.0
    assert differences_shown(CASE, GOOD, {}) is None


def test_standalone_match_accepts_any_of_the_wordings() -> None:
    case = replace(CASE, standalone=("What did (Ann) Lee say?", "What was said?"))

    assert standalone_match(case, replace(GOOD, standalone_question="what did Lee say"), {}) == 1.0
    assert standalone_match(case, replace(GOOD, standalone_question="What did Ek say?"), {}) == 0.0
    assert standalone_match(CASE, GOOD, {}) is None


def test_alce_recall_and_precision_judge_sentences_and_their_citations_but_no_frames() -> None:
    sentences = (
        Sentence("Ann Lee: “The dam will hold”", (1, 3), "quoted"),
        Sentence("It leaked since June.", (2,), "checked"),
        Sentence("Two voices are on record.", (), "frame"),
    )
    given = answer(
        cited(1, "The dam will hold", "Ann Lee"),
        cited(2, "it had leaked since May"),
        cited(3, "Share this."),
        sentences=sentences,
    )

    assert alce_recall(CASE, given, {}) == 0.5
    assert alce_precision(CASE, given, {}) == pytest.approx(1 / 3)
    assert alce_recall(DECLINE, DECLINED, {}) is None


def test_an_answer_is_right_if_nothing_essential_is_wrong_however_much_it_cites() -> None:
    wordy = answer(cited(1, "The dam will hold", "Ann Lee"), cited(2, "Share this."))

    assert citation_precision(CASE, wordy, ARTICLES) == 0.5
    assert right(CASE, wordy, ARTICLES) == 1.0
    assert right(replace(CASE, words=(("burst",),)), wordy, ARTICLES) == 0.0
    assert right(DECLINE, replace(DECLINED, reason="absent_person"), {}) == 1.0
    assert set(ESSENTIAL) < METRICS.keys()


def test_the_readme_of_the_evals_defines_every_metric() -> None:
    readme = (REPOSITORY / "evals" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)`( ↓)? \| .+ \| .+ \|$", readme.split("## The metrics")[1], re.MULTILINE)

    assert [name for name, _ in rows] == list(MEASURES)
    assert {name for name, falls in rows if falls} == BETTER_LOW
