"""The metrics: what each rewards, what each marks down, where it says nothing, and how texts are compared for it."""

import math
import re
from dataclasses import replace

import pytest

from evals import metrics
from evals.cases import Case, Excerpt
from evals.runs import MEASURES, Result
from rag.core import Answer, Article, Citation, Hit, NearMiss, Sentence, Span
from tests import answers
from tests.case_files import table
from tests.processes import REPOSITORY

TEXT = "“The dam will hold,” Ann Lee said. Bo Ek said it had leaked since May. The dam was built in 1911. Share this."
ARTICLES = {"dam.txt": Article("dam.txt", TEXT, "d1", "text", ())}
LEE = Excerpt("dam.txt", "The dam will hold", ("Ann Lee", "Anne Lee"), "direct")
EK = Excerpt("dam.txt", "it had leaked since May", ("Bo Ek",), "reported")
BUILT = Excerpt("dam.txt", "built in 1911", (), "narration")
CASE = Case("dam", "attribution", "What did Lee say?", evidence=((LEE,),), words=(("dam will hold",),))
DECLINE = Case("sea", "off_topic", "How deep is the sea?", reasons=("off_topic", "fact_missing"))


def cited(number: int, quote: str, speaker: str | None = None) -> Citation:
    return answers.cited(number, ARTICLES["dam.txt"], quote, speaker)


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


def test_a_good_answer_is_perfect_and_the_readme_of_the_evals_defines_every_metric() -> None:
    result = Result(CASE, GOOD, metrics.measure(CASE, GOOD, ARTICLES), 0.1)
    assert result.faults == ()
    assert {name for name, score in result.scores.items() if score is None} == {
        "forbidden_citations", "unsaid_words", "count_match", "differences_shown", "standalone_match", "decline_recall",
        "decline_precision", "decline_reason",
    }  # fmt: skip
    readme = (REPOSITORY / "evals" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)`( ↓)? \| .+ \| .+ \|$", readme.split("## The metrics")[1], re.MULTILINE)
    assert [name for name, _ in rows] == list(MEASURES)
    assert {name for name, falls in rows if falls} == metrics.BETTER_LOW


def test_a_sentence_needs_a_citation_or_is_a_frame_and_slices_and_quotes_must_be_exact() -> None:
    moved = replace(cited(2, "The dam was built"), start=TEXT.index("The dam was built") + 1)
    wrong = replace(near_miss("Share this."), quote="Share that.")
    assert metrics.slice_exactness(CASE, answer(cited(1, "The dam will hold"), moved), ARTICLES) == 0.5
    assert metrics.slice_exactness(CASE, replace(DECLINED, near_misses=(wrong,)), ARTICLES) == 0.0
    assert metrics.slice_exactness(CASE, DECLINED, ARTICLES) is None
    changed = (Sentence("Lee: “The dam will Hold”", (1,), "quoted"),)
    sentences = (Sentence("Lee: “The dam will hold”", (2,), "quoted"),)
    elsewhere = answer(cited(1, "The dam will hold"), cited(2, "The dam was built"), sentences=sentences)
    assert metrics.quote_exactness(CASE, answer(cited(1, "The dam will hold"), sentences=changed), ARTICLES) == 0.0
    assert metrics.quote_exactness(CASE, elsewhere, ARTICLES) == 0.0
    assert metrics.quote_exactness(CASE, DECLINED, ARTICLES) is None
    for sentence, share in (
        (Sentence("Carried.", (1,), "checked"), 1.0),
        (Sentence("Two voices are on record.", (), "frame"), 1.0),
        (Sentence("Carried by nothing.", (), "checked"), 0.0),
        (Sentence("Carried by what is not there.", (1, 9), "checked"), 0.0),
    ):
        assert metrics.sentence_coverage(CASE, answer(cited(1, "The dam"), sentences=(sentence,)), ARTICLES) == share, (
            sentence
        )


def test_evidence_recall_and_citation_precision_take_alternatives_parts_and_what_is_allowed() -> None:
    case = replace(CASE, evidence=((LEE,), (EK, BUILT), (replace(BUILT, quote="Share this"),)))
    given = answer(cited(1, "“The dam will hold,” Ann Lee said."), cited(2, "The dam was built in 1911."))
    assert metrics.evidence_recall(case, given, ARTICLES) == pytest.approx(2 / 3)
    assert metrics.evidence_recall(CASE, answer(cited(1, "The dam will")), ARTICLES) == 0.0
    assert metrics.evidence_recall(DECLINE, GOOD, ARTICLES) is None
    case = replace(CASE, allowed=(EK,))
    given = answer(cited(1, "dam will"), cited(2, "Bo Ek said it had leaked since May."), cited(3, "Share this."))
    assert metrics.citation_precision(case, given, ARTICLES) == pytest.approx(2 / 3)
    assert metrics.citation_precision(DECLINE, given, ARTICLES) is None


def test_speaker_accuracy_accepts_the_names_of_the_case_and_nobody_for_narration() -> None:
    allowed, narration = replace(CASE, allowed=(EK,)), replace(CASE, evidence=((BUILT,),))
    unknown = replace(CASE, evidence=((replace(BUILT, kind=None),),))
    for case, quote, speaker, accuracy in (
        (CASE, "The dam will hold", "Ann Lee", 1.0),
        (CASE, "The dam will hold", "Anne Lee", 1.0),
        (CASE, "The dam will hold", "ann lee", 1.0),
        (CASE, "The dam will hold", "Bo Ek", 0.0),
        (CASE, "The dam will hold", "Lee", 0.0),
        (CASE, "The dam will hold", None, 0.0),
        (allowed, "it had leaked since May", "Ann Lee", 0.0),
        (narration, "built in 1911", None, 1.0),
        (narration, "built in 1911", "Bo Ek", 0.0),
        (unknown, "built in 1911", "Bo Ek", None),
    ):
        assert metrics.speaker_accuracy(case, answer(cited(1, quote, speaker)), ARTICLES) == accuracy, case


def test_forbidden_words_differences_and_counts_are_judged_where_a_case_has_them() -> None:
    nearby = replace(DECLINED, near_misses=(near_miss("Share this."),))
    words = replace(DECLINE, forbidden=(Excerpt("dam.txt", "Share this"),))
    file = replace(DECLINE, forbidden=(Excerpt("dam.txt"),))
    assert metrics.forbidden_citations(words, nearby, ARTICLES) == 1.0
    assert metrics.forbidden_citations(file, nearby, ARTICLES) == 0.0
    assert metrics.forbidden_citations(file, GOOD, ARTICLES) == 1.0
    assert metrics.forbidden_citations(CASE, GOOD, ARTICLES) is None
    case = replace(CASE, count=2)
    for text, score in (("Two of five: the dam.", 1.0), ("2 articles", 1.0), ("twice", 1.0), ("Of 12, 3", 0.0)):
        assert metrics.count_match(case, answer(sentences=(Sentence(text, (), "frame"),)), {}) == score, text
        assert metrics.count_match(case, answer(sentences=(Sentence(text, (1,), "quoted"),)), {}) == 0.0, text
        assert metrics.count_match(CASE, answer(sentences=(Sentence(text, (), "frame"),)), {}) is None, text
    for text, found in (("Two of five articles", [2, 5]), ("1,204 statements, once", [1204, 1]), ("No article", [0])):
        assert list(metrics.numbers(text)) == found, text
    assert list(metrics.numbers("attended nothing")) == []
    differing, agreeing = replace(CASE, differences=(((LEE,), (EK, BUILT)),)), replace(CASE, differences=())
    given = answer(cited(1, "The dam will hold"), cited(2, "it had leaked since May"), cited(3, "Share this"))
    assert metrics.differences_shown(differing, replace(given, differences=((1, 2),)), {}) == 1.0
    assert metrics.differences_shown(differing, replace(given, differences=((1, 3), (2, 9))), {}) == 0.0
    assert metrics.differences_shown(differing, given, {}) == 0.0
    assert metrics.differences_shown(agreeing, GOOD, {}) == 1.0
    assert metrics.differences_shown(agreeing, replace(GOOD, differences=((1, 1),)), {}) == 0.0
    assert metrics.differences_shown(CASE, GOOD, {}) is None


def test_answer_match_unsaid_words_and_wordings_overlook_case_spacing_accents_and_marks() -> None:
    case = replace(CASE, words=(("THE DAM'S café",), ("missing", "held")))
    given = answer(sentences=(Sentence("The  dam’s cafe\nheld.", (), "frame"),))
    assert metrics.answer_match(case, given, ARTICLES) == 1.0
    assert metrics.answer_match(replace(case, words=(("dam",), ("burst",))), given, ARTICLES) == 0.5
    assert metrics.answer_match(DECLINE, given, ARTICLES) is None
    assert metrics.plain("  The “Café”\n of Zoë’s ") == 'the "cafe" of zoe\'s'
    case = replace(CASE, unsaid=("will burst",))
    assert metrics.unsaid_words(case, answer(sentences=(Sentence("It WILL\nburst.", (), "frame"),)), {}) == 1.0
    assert metrics.unsaid_words(case, GOOD, {}) == 0.0
    assert metrics.unsaid_words(CASE, GOOD, {}) is None
    case = replace(CASE, standalone=("What did (Ann) Lee say?", "What was said?"))
    assert metrics.standalone_match(case, replace(GOOD, standalone_question="what did Lee say"), {}) == 1.0
    assert metrics.standalone_match(case, replace(GOOD, standalone_question="What did Ek say?"), {}) == 0.0
    assert metrics.standalone_match(CASE, GOOD, {}) is None


def test_quoted_texts_and_alce_judge_sentences_and_their_citations() -> None:
    for sentence, quoted in table("quotation_marks", "quoted texts"):
        assert list(metrics.quoted_texts(sentence)) == quoted, sentence
    sentences = (
        Sentence("Ann Lee: “The dam will hold”", (1, 3), "quoted"),
        Sentence("It leaked since June.", (2,), "checked"),
        Sentence("Two voices are on record.", (), "frame"),
    )
    citations = (cited(1, "The dam will hold", "Ann Lee"), cited(2, "it had leaked since May"), cited(3, "Share this."))
    given = answer(*citations, sentences=sentences)
    assert metrics.alce_recall(CASE, given, {}) == 0.5
    assert metrics.alce_precision(CASE, given, {}) == pytest.approx(1 / 3)
    assert metrics.alce_recall(DECLINE, DECLINED, {}) is None


def said(text: str) -> Sentence:
    return Sentence(text, (1,), "checked")


def hit(quote: str) -> Hit:
    start = TEXT.index(quote)
    return Hit(ARTICLES["dam.txt"].passage((Span(start, start + len(quote)),)), 0.5)


def test_a_ranking_is_scored_by_the_rank_of_the_evidence_alternatives_included() -> None:
    pytest.importorskip("ir_measures")
    case, either = replace(CASE, evidence=((BUILT,),)), replace(CASE, evidence=((BUILT, EK),))
    built, share, leaked = hit("The dam was built in 1911."), hit("Share this."), hit("it had leaked since May")
    assert metrics.rank_scores(case, [share, built]) == {
        "hit_at_4": 1.0, "hit_at_10": 1.0, "mrr_at_10": 0.5, "ndcg_at_10": pytest.approx(1 / math.log2(3)),
    }  # fmt: skip
    assert metrics.rank_scores(case, [share]) == metrics.rank_scores(case, []) == dict.fromkeys(metrics.RANKINGS, 0.0)
    assert (metrics.rank_scores(either, [built])["ndcg_at_10"] or 1.0) < 1.0
    assert metrics.rank_scores(either, [built, leaked])["ndcg_at_10"] == 1.0
    assert metrics.rank_scores(DECLINE, []) == dict.fromkeys(metrics.RANKINGS)
    means = metrics.mean_scores({"a": {"x": 1}, "b": {"y": 1}}, {"a": {"x": 2.0, "y": 1.0}, "b": {"x": 1.0}}, ("R@10",))
    assert means == {"R@10": 0.5}


def test_an_answer_is_right_if_nothing_essential_is_wrong_however_much_it_cites() -> None:
    wordy = answer(cited(1, "The dam will hold", "Ann Lee"), cited(2, "Share this."))
    assert metrics.citation_precision(CASE, wordy, ARTICLES) == 0.5
    assert metrics.right(CASE, wordy, ARTICLES) == 1.0
    assert metrics.right(replace(CASE, words=(("burst",),)), wordy, ARTICLES) == 0.0
    assert metrics.right(DECLINE, replace(DECLINED, reason="absent_person"), {}) == 1.0
    assert set(metrics.ESSENTIAL) < metrics.METRICS.keys()

    def scores(case: Case, given: Answer) -> list[float | None]:
        return [
            m(case, given, {})
            for m in (metrics.decline_recall, metrics.decline_precision, metrics.decline_reason, metrics.false_declines)
        ]

    assert scores(DECLINE, DECLINED) == [1.0, 1.0, 1.0, None]
    assert scores(DECLINE, GOOD) == [0.0, None, None, None]
    assert scores(CASE, DECLINED) == [None, 0.0, None, 1.0]
    assert scores(CASE, GOOD) == [None, None, None, 0.0]
    assert metrics.decline_reason(DECLINE, replace(DECLINED, reason="absent_person"), {}) == 0.0
