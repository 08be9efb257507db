"""The cases: what can be written in them and is refused, that their words stand in the files, how they are drafted."""

import datetime as dt
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from evals.cases import FILE, MOST, Case, CaseError, DraftError, Excerpt, case_sets, from_feedback, load, make_cases
from rag.core import Turn
from tests.case_files import table
from tests.newsroom import SOVEREIGN, Newsroom
from tests.processes import REPOSITORY, onrecord
from ui.storage import FEEDBACK, Feedback

if TYPE_CHECKING:
    from rag import Assistant


EVIDENCE = {"source": "a.txt", "quote": "It rained."}
CASE: dict[str, Any] = {"id": "rain", "kind": "fact", "question": "Did it rain?", "evidence": [EVIDENCE]}


def written(folder: Path, *lines: dict[str, Any] | str, name: str = "mine.jsonl") -> Path:
    path = folder / name
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


def read(folder: Path, **changes: object) -> Case:
    (case,) = load(written(folder, CASE | changes))
    return case


def test_our_cases_quote_words_that_stand_once_and_contradict_neither_their_files_nor_themselves(seeds: Path) -> None:
    texts = {file.name: file.read_bytes().decode("utf-8") for file in seeds.glob("*.txt")}
    for case in (case for cases in case_sets() for case in cases.cases):
        for excerpt in case.excerpts():
            assert excerpt.quote is None or texts[excerpt.source].count(excerpt.quote) == 1, (case.id, excerpt)
        known = [case.question, " ".join(case.speaker), *(texts[excerpt.source] for excerpt in case.expected())]
        for alternatives in case.words:
            assert any(words in text for words in alternatives for text in known), (case.id, alternatives)
        whole = {excerpt.source for excerpt in case.forbidden if excerpt.quote is None}
        assert not whole & {excerpt.source for excerpt in case.expected()}, case.id
        wanted, unwanted = ({(e.source, e.quote) for e in part} for part in (case.expected(), case.forbidden))
        assert not wanted & unwanted, case.id
        groups = [set(group) for group in case.evidence]
        assert all(set(side) in groups for sides in case.differences or () for side in sides), case.id


def test_a_case_says_all_that_an_answer_is_judged_by_and_evidence_may_have_alternatives(tmp_path: Path) -> None:
    case = read(
        tmp_path,
        asked="2024-03-31",
        speaker="Ann Lee",
        history=[{"role": "user", "content": "Was it dry?"}],
        allowed=[{"source": "b.txt", "quote": "It was wet.", "kind": "reported"}],
        forbidden=[{"source": "c.txt"}],
        words=["rained", ["wet", "damp"]],
        unsaid=["snowed"],
        standalone="Did it rain (yesterday)?",
        count=2,
        differences=[[EVIDENCE, [{"source": "b.txt", "quote": "It was dry."}]]],
    )
    assert case.asked == dt.date(2024, 3, 31)
    assert case.history == (Turn("user", "Was it dry?"),)
    assert case.evidence == ((Excerpt("a.txt", "It rained.", ("Ann Lee",)),),)
    assert case.allowed == (Excerpt("b.txt", "It was wet.", (), "reported"),)
    assert case.forbidden == (Excerpt("c.txt"),)
    assert case.words == (("rained",), ("wet", "damp"))
    assert (case.unsaid, case.standalone, case.count) == (("snowed",), ("Did it rain (yesterday)?",), 2)
    assert case.differences == (((Excerpt("a.txt", "It rained."),), (Excerpt("b.txt", "It was dry."),)),)
    assert not case.is_to_be_declined
    own, narration = EVIDENCE | {"speaker": ["Bo Ek", "Bo Eck"]}, EVIDENCE | {"kind": "narration"}
    case = read(tmp_path, speaker="Ann Lee", evidence=[[EVIDENCE, own], narration])
    assert [[one.speakers for one in group] for group in case.evidence] == [[("Ann Lee",), ("Bo Ek", "Bo Eck")], [()]]


def test_a_bad_case_or_an_id_that_is_taken_is_refused_with_its_file_and_line(tmp_path: Path) -> None:
    for change, complaint in (
        *table("bad_cases", "refused"),
        ({"evidence": [EVIDENCE | {"kind": "gossip"}]}, "kind` is 'gossip': Input should be 'direct', 'reported'"),
        ({"differences": [[EVIDENCE]]}, "should have at least 2 items"),
    ):
        with pytest.raises(CaseError) as error:
            load(written(tmp_path, CASE, "", CASE | {"id": "second"} | change))
        assert str(error.value).startswith("mine.jsonl, line 3: "), change
        assert complaint in str(error.value), change
    for line in ('{"id": "cut', '"a text"', "null"):
        with pytest.raises(CaseError, match=r"mine\.jsonl, line 1: the line is"):
            load(written(tmp_path, line))
    (tmp_path / "mine.jsonl").unlink()
    written(tmp_path, CASE, name="a.jsonl")
    written(tmp_path, CASE, name="b.jsonl")
    with pytest.raises(CaseError, match="b: the id 'rain' is taken in a"):
        case_sets(tmp_path)
    with pytest.raises(CaseError, match=r"mine\.jsonl, line 2: the id 'rain' is taken"):
        load(written(tmp_path, CASE, CASE))


def test_the_digest_tells_changed_cases_and_the_readme_of_the_evals_describes_every_key(tmp_path: Path) -> None:
    def digest(path: Path) -> str:
        return case_sets(path)[0].digest

    first = digest(written(tmp_path, CASE))
    changed = digest(written(tmp_path, CASE | {"question": "Did it snow?"}))
    renamed = digest(written(tmp_path, CASE, name="other.jsonl"))
    assert len({first, changed, renamed}) == 3
    assert digest(written(tmp_path, CASE)) == first
    readme = (REPOSITORY / "evals" / "README.md").read_text(encoding="utf-8")
    chapter = readme.split("## A case")[1].split("## ")[0]
    (examples,) = re.findall(r"```json\n(.*?)```", chapter, re.DOTALL)
    assert re.findall(r"^\| `(\w+)` \|", chapter, re.MULTILINE) == [field.name for field in fields(Case)]
    assert load(written(tmp_path, *examples.splitlines()))


NEWSROOM = Newsroom()
ANSWER = NEWSROOM.lavrov("What did Lavrov say about the EU?")


@pytest.fixture(scope="module")
def drafted(assistant: "Assistant", tmp_path_factory: pytest.TempPathFactory) -> Path:
    with assistant.store.reading() as view:
        return make_cases(tmp_path_factory.mktemp("cases"), view.statements(), view.articles(view.sources()))


def test_drafts_ask_who_said_it_what_they_said_and_what_others_did_not_say(
    drafted: Path, assistant: "Assistant"
) -> None:
    cases = load(drafted)
    assert 20 < len(cases) <= MOST
    assert {case.kind for case in cases} == {"who_said", "attribution", "wrong_speaker"}
    for case in cases:
        assert all(assistant.article(e.source).text.count(e.quote or "") == 1 for e in case.excerpts())
        assert case.is_to_be_declined == (case.kind == "wrong_speaker")
        assert "Drafted" in (case.note or "")
    named = {e.speakers[0] for case in cases if case.kind != "wrong_speaker" for e in case.evidence[0]}
    assert {"Dmitry Peskov", "Sergei Lavrov", "Maria Zakharova", "Ararat Mirzoyan"} <= named


def test_a_corrected_file_is_not_overwritten_and_the_command_says_when_there_are_no_drafts(
    drafted: Path, tmp_path: Path, library_dir: Path
) -> None:
    before = drafted.read_text(encoding="utf-8")
    with pytest.raises(DraftError, match="is there already"):
        make_cases(drafted.parent, [], {})
    assert drafted.read_text(encoding="utf-8") == before
    with pytest.raises(DraftError, match="no statement with a named speaker"):
        make_cases(tmp_path, [], {})
    assert not list(tmp_path.iterdir())
    assert onrecord("eval", "--from-feedback", "--data", library_dir).code == 1
    Feedback(tmp_path).keep(ANSWER, "good")
    outcome = onrecord("eval", "--from-feedback", "--data", tmp_path)
    assert outcome.code == 0
    assert json.loads(outcome.stdout)["question"] == ANSWER.question


def judged(data: Path) -> tuple[Case, ...]:
    path = data / "drafts.jsonl"
    path.write_text("".join(f"{json.dumps(draft)}\n" for draft in from_feedback(data)), encoding="utf-8")
    return load(path)


def test_a_good_answer_is_a_whole_case_and_a_wrong_one_waits_for_a_person(tmp_path: Path) -> None:
    assert FEEDBACK == FILE
    for answer in (ANSWER, NEWSROOM.decline("What did Mirzoyan say about NATO?")):
        Feedback(tmp_path).keep(answer, "good")
    told, declined = judged(tmp_path)
    assert told.question == ANSWER.question
    assert [group[0].quote for group in told.evidence] == [citation.quote for citation in ANSWER.citations]
    assert told.evidence[0][0].speakers == ("Sergei Lavrov",)
    assert declined.reasons == ("not_quoted_on_topic",)
    (data := tmp_path / "wrong").mkdir()
    Feedback(data).keep(ANSWER, "speaker", "It was Peskov.")
    (draft,) = from_feedback(data)
    assert "name the right one" in draft["note"]
    assert draft["note"].endswith("It was Peskov.")
    assert draft["allowed"][0]["quote"] == SOVEREIGN
    with pytest.raises(CaseError, match="evidence"):
        judged(data)
