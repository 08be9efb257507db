"""The exam is well made, and only a judge that passes it is believed."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from rag.answering.checking.judge import (
    JUDGED_AT_ONCE,
    Judge,
    batches,
    exam_items,
    examine_judge_on,
    keep_result,
    known_result,
    through_gate,
    tokens_expected,
    trust,
)
from rag.answering.writing.chat_model import LangChainModel
from rag.library.reply_cache import Replies
from rag.library.store import Store
from tests.judge_double import verdicts
from tests.openai_double import OpenAIDouble, Reply, failing, saying
from tests.processes import REPOSITORY

KINDS = 25
FILE = REPOSITORY / "rag" / "answering" / "checking" / "exam.jsonl"


@pytest.fixture
def server() -> Iterator[OpenAIDouble]:
    with OpenAIDouble() as double:
        double.routes["/v1/chat/completions"] = verdicts
        yield double


def judge(server: OpenAIDouble, replies: Replies | None = None, *, name: str = "reader") -> Judge:
    chat = LangChainModel(f"openai:{name}", base_url=server.url, api_key=None, seconds=10)
    return Judge(chat, replies, is_trusted=False)


def saying_of_wrong(verdict: Callable[[int], str]) -> Callable[[Mapping[str, Any]], Reply]:
    """A judge that is right of right sentences, and says of the n-th wrong one that it reads what a test wants."""
    wrong = {item.sentence: place for place, item in enumerate(item for item in exam_items() if item.fault)}

    def reply(body: Mapping[str, Any]) -> Reply:
        lines = (line.partition(". ") for line in body["messages"][-1]["content"].splitlines())
        known = {item.sentence for item in exam_items()}
        return saying(
            "\n".join(
                f"{number}. {verdict(wrong[text]) if text in wrong else 'yes'}"
                for number, _, text in lines
                if text in known
            )
        )

    return reply


def test_the_exam_is_half_right_its_batches_are_like_answers_and_its_file_is_read_by_others() -> None:
    faults = Counter(item.fault for item in exam_items())
    assert faults.pop(None) == 80
    assert (sum(faults.values()), len(faults), min(faults.values())) == (80, KINDS, 3)
    sentences = [" ".join(item.sentence.lower().split()) for item in exam_items()]
    assert len(set(sentences)) == len(sentences)
    assert all(item.words and all(words.startswith("(") for words in item.words) for item in exam_items())
    right, wrong = ([item for item in exam_items() if (item.fault is None) == label] for label in (True, False))
    for measure in (lambda item: len(item.sentence), lambda item: len(item.words), exam_items().index):
        least, most = sorted(sum(map(measure, group)) / 80 for group in (right, wrong))
        assert most < 1.2 * least, measure
    assert sum(map(len, batches())) == 160
    for batch in batches():
        assert len({item.question for item in batch}) == 1
        assert len(batch) <= JUDGED_AT_ONCE
        assert len({item.words for item in batch if item.fault is None}) == sum(item.fault is None for item in batch)
    import json

    for line in FILE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        assert list(row) == ["sentence", "words", "question", "label", "fault"]
        assert row["label"] == ("wrong" if row["fault"] else "right")
    read, written = tokens_expected()
    assert 20_000 < read + written < 40_000


@pytest.mark.server
def test_a_judge_that_knows_right_from_wrong_passes_and_reads_every_sentence_unchanged(server: OpenAIDouble) -> None:
    result = examine_judge_on(judge(server))
    assert result.is_passed
    assert result.verdict == (
        "openai:reader passed its exam as judge: it let 80 of 80 right sentences pass and stopped 80 of 80 wrong ones."
    )
    assert (result.tokens is not None, len(result.kinds)) == (True, KINDS)
    examine_judge_on(judge(server))
    asked = "\n".join(request.body["messages"][-1]["content"] for request in server.requests)
    lines = {line.partition(". ")[2] for line in asked.splitlines()}
    assert {item.sentence for item in exam_items()} <= lines


@pytest.mark.server
@pytest.mark.parametrize(("slips", "is_passed"), [(2, True), (3, False)])
def test_three_wrong_sentences_let_through_fail_a_judge(server: OpenAIDouble, slips: int, *, is_passed: bool) -> None:
    server.routes["/v1/chat/completions"] = saying_of_wrong(lambda place: "yes" if place < slips else "no")
    assert examine_judge_on(judge(server)).is_passed is is_passed


@pytest.mark.server
def test_what_cannot_be_read_counts_neither_way_and_a_yes_to_all_is_found_out_early(server: OpenAIDouble) -> None:
    server.routes["/v1/chat/completions"] = lambda _: saying("They all look fine to me.")
    result = examine_judge_on(judge(server))
    assert not result.is_passed
    assert result.count("unread", right=True) == 80
    assert 0 < result.count("stopped", right=False) < 40
    server.routes["/v1/chat/completions"] = saying_of_wrong(lambda _: "yes")
    result = examine_judge_on(judge(server), to_the_end=False)
    assert not result.is_passed
    assert len(result.marks) < 40
    assert "when it could no longer pass" in result.verdict


def test_the_gate_lets_every_right_sentence_pass_and_stops_what_code_can_know() -> None:
    assert [item.sentence for item in exam_items() if item.fault is None and item not in through_gate()] == []
    certain = {"quote_altered", "quote_false_marks", "unit_or_scale"}
    assert [item.sentence for item in exam_items() if item.fault in certain and item in through_gate()] == []


@pytest.mark.server
def test_a_server_that_fails_is_no_verdict_on_the_judge_and_is_asked_again(
    server: OpenAIDouble, tmp_path: Path
) -> None:
    Store.create(tmp_path).close()
    reader = judge(server, Replies(tmp_path / "library.sqlite"))
    server.routes["/v1/chat/completions"] = lambda _: failing(401)
    result = examine_judge_on(reader)
    keep_result(reader, result)
    assert "could not be examined as judge: The model openai:reader" in result.verdict
    assert len(server.requests) < 5
    assert known_result(reader) is None


@pytest.mark.server
def test_a_result_is_kept_for_the_model_and_its_host_and_believed_once_it_is_passed(
    server: OpenAIDouble, tmp_path: Path
) -> None:
    Store.create(tmp_path).close()
    replies = Replies(tmp_path / "library.sqlite")
    reader = judge(server, replies)
    result = examine_judge_on(reader)
    keep_result(reader, result)
    assert known_result(judge(server, replies)) == result
    assert known_result(judge(server, replies, name="another")) is None
    assert replies.spent() == sum(result.tokens or ())
    trust(reader, None)
    assert "`onrecord exam`" in (reader.objection or "")
    assert not reader.is_trusted
    trust(reader, result)
    assert bool(reader.is_trusted), reader.objection
