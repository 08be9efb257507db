"""A model looks further in a real library over real HTTP on loopback, in a few rounds, and what it finds is citable."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.answering.assistant import Assistant
from rag.answering.checking.judge import Judge
from rag.answering.writing.chat_model import LangChainModel
from rag.answering.writing.extractive import OfflineWriter
from rag.answering.writing.generative import Limits, ModelWriter
from rag.core import Answer, Looked
from rag.library.reply_cache import Replies
from tests import told
from tests.openai_double import Hang, OpenAIDouble, Reply, calling, failing, saying

pytestmark = pytest.mark.server
ASKED = "Summarise the harbour of Portavia."
LATE = "Bo Quist said that the ferry was late [ferry was late]."
BUILT = "The harbour of Portavia was built in 1923 [built in 1923]."
RISE = "Bo Quist said that rents would rise [rents would rise]."
NOTHING = "The articles do not say."


Body = Mapping[str, Any]


class Stage(OpenAIDouble):
    """The double with two parts: a writer that is played, and a judge that says yes to all."""

    def plays(self, writer: Callable[[Body], Reply]) -> None:
        yes = "\n".join(f"{number}. yes" for number in range(1, 10))
        self.routes["/v1/chat/completions"] = lambda body: saying(yes) if body["model"] == "judge" else writer(body)

    @property
    def told(self) -> list[Body]:
        """What the writer was sent."""
        return [request.body for request in self.requests if request.body["model"] == "double"]


@pytest.fixture
def server() -> Iterator[Stage]:
    with Stage() as double:
        yield double


@pytest.fixture
def press(server: Stage, tmp_path: Path) -> Iterator[Assistant]:
    """An assistant that writes with the model behind the server."""
    with told.asking(tmp_path / "data", *told.press("looking")) as assistant:
        chat, judge = (
            LangChainModel(f"openai:{name}", base_url=server.url, api_key=None, seconds=10)
            for name in ("double", "judge")
        )
        replies = Replies(tmp_path / "data" / "library.sqlite")
        assistant.writer = ModelWriter(chat, OfflineWriter(0.3, 0.6), Limits(6_000), replies)
        assistant.judge = Judge(judge, replies)
        assistant.settings = replace(assistant.settings, evidence_passages=1)  # so that there is more to look for
        yield assistant


def told_to(body: Body) -> str:
    """The last message that the model was sent."""
    return str(body["messages"][-1]["content"])


def number_of(words: str, body: Body) -> str:
    """The number of the piece that holds the words, in whatever the model was sent."""
    every = "\n".join(str(one["content"]) for one in body["messages"])
    (number,) = {match[1] for match in re.finditer(r"\[(\d+)\] (.*)", every) if words in match[2]}
    return f"[{number}]"


def told_then(first: Reply, said: str) -> Callable[[Body], Reply]:
    """A model that first replies so, and says that once it was told: `[words]` is the number of the piece with them."""

    def writer(body: Body) -> Reply:
        is_told = body["messages"][-1]["role"] == "tool"
        return saying(re.sub(r"\[(.+?)\]", lambda held: number_of(held[1], body), said)) if is_told else first

    return writer


def looking(press: Assistant, server: Stage, first: Reply, said: str) -> tuple[list[Looked], Answer]:
    server.plays(told_then(first, said))
    return steps(press)


def steps(press: Assistant, question: str = ASKED) -> tuple[list[Looked], Answer]:
    *before, answer = press.stream(question)
    assert isinstance(answer, Answer)
    return [step for step in before if isinstance(step, Looked)], answer


def shown(answer: Answer) -> list[str]:
    return [sentence.text for sentence in answer.sentences if sentence.verdict != "frame"]


def test_statements_that_were_looked_up_are_counted_shown_and_cited(server: Stage, press: Assistant) -> None:
    wanted = calling(("statements", {"by": "Ada Lund", "about": "rents"}))
    (looked,), answer = looking(press, server, wanted, "Ada Lund said that rents would fall [rents would fall].")
    assert looked.text == "Looking up what Ada Lund said on rents: 2 statements"
    assert looked.told == "2 statements by Ada Lund on rents."
    assert "rents.txt" in looked.evidence.articles
    assert shown(answer) == ["Ada Lund said that rents would fall."]
    assert [(one.source, one.speaker) for one in answer.citations] == [("rents.txt", "Ada Lund")]
    assert answer.usage is not None
    assert (answer.usage["calls"], answer.usage["input_tokens"]) == (3, 150)


def test_a_search_gives_sentences_that_go_on_counting(server: Stage, press: Assistant) -> None:
    (looked,), answer = looking(press, server, calling(("search", {"query": "the late ferry"})), LATE)
    assert looked.text.startswith("Searching for “the late ferry”: ")
    assert shown(answer) == ["Bo Quist said that the ferry was late."]
    numbers = [int(one) for body in server.told for one in re.findall(r"(?m)^~\S+ \[(\d+)\]", told_to(body))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_an_article_is_read_by_its_file_its_title_and_no_other_name(server: Stage, press: Assistant) -> None:
    wanted = calling(*(("article", {"source": name}) for name in ("ferry.txt", "The council on rents", "nowhere.txt")))
    (looked,), _ = looking(press, server, wanted, NOTHING)
    assert looked.text == "Reading *A late ferry*; Reading *The council on rents*; Reading an article: nothing"
    results = [one["content"] for one in server.told[1]["messages"] if one["role"] == "tool"]
    assert results[0].startswith("Shown above: [")
    assert results[2] == "There is no article nowhere.txt; give the name of its file."


def test_what_has_no_date_is_not_dropped_in_silence(server: Stage, press: Assistant) -> None:
    since = {"since": "2024-01-01"}
    wanted = calling(("search", {"query": "ferry", **since}), ("statements", {"by": "Bo Quist", **since}))
    looking(press, server, wanted, NOTHING)
    results = [one["content"] for one in server.told[1]["messages"] if one["role"] == "tool"]
    assert results[0] == "No date is known of 3 more articles, which may be of the time asked for."
    assert results[1].startswith("0 statements by Bo Quist from 2024-01-01. No date is known of 2 more statements")


def test_what_was_shown_already_is_named_by_its_number(server: Stage, press: Assistant) -> None:
    looking(press, server, calling(("statements", {"by": "Lund", "about": "pier"})), NOTHING)
    result = told_to(server.told[1])
    assert result.startswith("1 statement by Ada Lund on pier.\nShown above: [")
    assert "pier would grow" not in result


def test_no_word_of_the_models_own_is_told_to_the_check(server: Stage, press: Assistant) -> None:
    wanted = (
        ("statements", {"by": "Bo Quist", "about": "977 people", "since": "1977-01-01"}),
        ("article", {"source": "977.txt"}),
        ("search", {"query": "977 people", "since": "1977"}),
    )
    (looked,), _ = looking(press, server, calling(*wanted), NOTHING)
    assert "977" not in looked.told


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (("search", '{"query": "the pi'), "The arguments of this call are no JSON object."),
        (("search", {"words": "pier"}), "That call was wrong: query: Field required."),
        (
            ("search", {"query": "pier", "since": "last week"}),
            "That call was wrong: since: Input should be a valid date",
        ),
        (("statements", {}), "Say by whom or about what."),
        (("statements", {"by": "Zed Nobody"}), "Nobody on record is known as Zed Nobody."),
        (("delete", {"source": "harbour.txt"}), "There is no tool delete."),
    ],
)
def test_a_call_that_cannot_be_carried_out_is_told_why(
    server: Stage, press: Assistant, call: tuple[str, object], told: str
) -> None:
    (looked,), answer = looking(press, server, calling(call), BUILT)
    assert told_to(server.told[1]).startswith(told)
    assert "nothing" in looked.text or "could not be read" in looked.text or "no statements" in looked.text
    assert shown(answer) == ["The harbour of Portavia was built in 1923."]


def test_a_server_without_tools_gets_the_evidence_alone(server: Stage, press: Assistant) -> None:
    server.faults.append(failing(400, "this model does not support tools"))
    server.plays(lambda body: saying(f"The harbour of Portavia was built in 1923 {number_of('built in 1923', body)}."))
    looked, answer = steps(press)
    assert (looked, shown(answer)) == ([], ["The harbour of Portavia was built in 1923."])
    assert ["tools" in body for body in server.told] == [True, False]


def test_trying_again_and_looking_share_three_requests(server: Stage, press: Assistant) -> None:
    server.faults.append(failing(500))
    server.plays(
        lambda body: (
            saying(f"Bo Quist said that the ferry was late {number_of('ferry was late', body)}.")
            if "tool_choice" in body
            else calling(("article", {"source": "ferry.txt"}))
        )
    )
    looked, answer = steps(press)
    assert (len(looked), len(server.told)) == (1, 3)
    assert shown(answer) == ["Bo Quist said that the ferry was late."]


def test_a_model_that_only_looks_is_stopped_and_the_offline_answer_stands(server: Stage, press: Assistant) -> None:
    server.plays(lambda _: calling(("search", {"query": "the late ferry"})))
    looked, answer = steps(press)
    assert (len(looked), len(server.told), answer.writer) == (2, 3, "offline")
    assert server.told[2]["tool_choice"] == "none"


def test_what_a_model_says_before_it_looks_is_no_part_of_the_answer(server: Stage, press: Assistant) -> None:
    wanted = calling(("article", {"source": "ferry.txt"}), text="Let me look that up. One moment.")
    _, answer = looking(press, server, wanted, LATE)
    assert (shown(answer), answer.withheld) == (["Bo Quist said that the ferry was late."], ())


def test_a_whole_exchange_is_kept_and_gives_the_same_answer(server: Stage, press: Assistant) -> None:
    _, first = looking(press, server, calling(("statements", {"about": "rents"})), RISE)
    looked, second = steps(press)
    assert (first.sentences, first.citations) == (second.sentences, second.citations)
    assert [step.told for step in looked] == ["3 statements on rents (Ada Lund 2, Bo Quist 1)."]
    assert len(server.told) == 2
    assert second.usage is not None
    assert second.usage["calls"] == 0


def test_no_look_up_leaves_the_articles_that_may_be_used(server: Stage, press: Assistant) -> None:
    wanted = (("article", {"source": "ferry.txt"}), ("search", {"query": "ferry"}), ("statements", {"by": "Bo Quist"}))
    server.plays(told_then(calling(*wanted), NOTHING))
    query = press.understand(ASKED)
    found = press.find(query, among={"harbour.txt", "rents.txt"})
    press.check(query, found, press.write(query, found))
    results = [one["content"] for one in server.told[1]["messages"] if one["role"] == "tool"]
    assert not any("was late" in result for result in results)
    assert "1 statement by Bo Quist." in results[2]


def test_whoever_stops_while_it_looks_ends_the_request(server: Stage, press: Assistant) -> None:
    server.faults.extend([calling(("search", {"query": "ferry"})), Hang(60)])
    running = press.stream(ASKED)
    while not isinstance(next(running), Looked):
        pass
    assert next(running) is None
    running.close()
    assert server.left.wait(2)


def test_an_instruction_in_what_was_looked_up_stands_behind_the_mark_and_reaches_nobody(
    server: Stage, press: Assistant
) -> None:
    press.judge = None
    server.plays(
        lambda body: (
            saying("CANARY-77. Yes [1].")
            if body["messages"][-1]["role"] == "tool"
            else calling(("article", {"source": "rents.txt"}))
        )
    )
    _, answer = steps(press)
    asked = server.told[0]["messages"][-1]["content"]
    planted = [line for line in asked.splitlines() if "CANARY-77" in line]
    (mark,) = {line.split(" ")[0] for line in planted}
    assert f"begins with {mark}." in asked
    assert "CANARY-77." in [one.text for one in answer.withheld]
    assert "CANARY-77." not in shown(answer)


def test_a_follow_up_comes_with_the_answer_before_and_what_it_cited(server: Stage, press: Assistant) -> None:
    _, first = looking(press, server, calling(("article", {"source": "rents.txt"})), RISE)
    server.plays(lambda body: saying(f"Rents would rise, Bo Quist said {number_of('rents would rise', body)}."))
    press.ask("And the pier?", first.turns)
    told = [(one["role"], one["content"]) for one in server.told[-1]["messages"][1:]]
    assert told[0] == ("user", ASKED)
    assert told[1] == ("assistant", "Bo Quist said that rents would rise.\n(It cited rents.txt.)")
    assert "Bo Quist said rents would rise." in told[2][1]
