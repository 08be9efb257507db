"""The cases: what can be written in them, what is refused, and that the words they quote stand in the files."""

import datetime as dt
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from evals.cases import CASES, Case, CaseError, Excerpt, case_files, case_sets, load
from rag.core import Turn
from tests.conftest import REPOSITORY

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


def test_our_cases_hold_every_kind_of_question_that_is_promised_and_enough_follow_ups() -> None:
    kinds = {case.kind for cases in case_sets() for case in cases.cases}
    follow_ups = load(CASES / "follow_ups.jsonl")
    assert kinds >= {
        "attribution", "fact", "follow_up", "several_sources", "compare", "difference", "count", "list", "timeline",
        "summary", "outlet", "file", "date", "wrong_topic", "wrong_speaker", "who_said", "absent_person",
        "false_premise", "off_topic", "misspelling", "planted",
    }  # fmt: skip
    assert len(load(CASES / "seeds.jsonl")) >= 85
    assert len([case for case in follow_ups if case.history]) >= 40
    unread = {case.id for case in follow_ups if not case.standalone}
    assert unread == {"follow-said-where", "follow-first-in-full", "follow-second", "follow-summarise"}


def test_a_case_says_all_that_an_answer_is_judged_by(tmp_path: Path) -> None:
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


def test_differences_that_must_not_be_announced_are_told_from_differences_that_are_not_judged(tmp_path: Path) -> None:
    assert read(tmp_path, differences=[]).differences == ()
    assert read(tmp_path).differences is None


def test_evidence_may_have_alternatives_and_is_by_the_speaker_of_the_case_unless_it_says_otherwise(
    tmp_path: Path,
) -> None:
    own, narration = EVIDENCE | {"speaker": ["Bo Ek", "Bo Eck"]}, EVIDENCE | {"kind": "narration"}
    case = read(tmp_path, speaker="Ann Lee", evidence=[[EVIDENCE, own], narration])
    assert [[one.speakers for one in group] for group in case.evidence] == [[("Ann Lee",), ("Bo Ek", "Bo Eck")], [()]]


def test_a_bad_case_is_refused_with_its_file_and_line(tmp_path: Path) -> None:
    for change, complaint in (
        ({"question": " "}, "`question` is ' '"),
        ({"id": 7}, "`id` is 7"),
        ({"asked": "yesterday"}, "`asked` is 'yesterday'"),
        ({"evidence": []}, "either `evidence` to be cited or `reasons`"),
        ({"reasons": ["off_topic"]}, "either `evidence` to be cited or `reasons`"),
        ({"evidence": [[]]}, "`evidence.0` is []"),
        ({"evidence": [{"source": "a.txt"}]}, "`quote` is missing"),
        ({"evidence": [EVIDENCE | {"kind": "gossip"}]}, "kind` is 'gossip': Input should be 'direct', 'reported'"),
        ({"evidence": "It rained."}, "`evidence` is 'It rained.'"),
        ({"evidence": ["It rained."]}, "should be an object"),
        ({"evidence": [], "reasons": ["tired"]}, "`reasons.0` is 'tired'"),
        ({"answer": "Yes."}, "`answer` is 'Yes.': Unexpected"),
        ({"count": "two"}, "`count` is 'two'"),
        ({"count": True}, "`count` is True"),
        ({"differences": [[EVIDENCE]]}, "should have at least 2 items"),
        ({"standalone": [""]}, "`standalone.0` is ''"),
        ({"history": [{"role": "system", "content": "Hi"}]}, "role` is 'system'"),
    ):
        with pytest.raises(CaseError) as error:
            load(written(tmp_path, CASE, "", CASE | {"id": "second"} | change))
        assert str(error.value).startswith("mine.jsonl, line 3: ")
        assert complaint in str(error.value)
    for line in ('{"id": "cut', '"a text"', "null"):
        with pytest.raises(CaseError, match=r"mine\.jsonl, line 1: the line is"):
            load(written(tmp_path, line))


def test_two_cases_of_one_id_are_refused_even_in_two_files(tmp_path: Path) -> None:
    written(tmp_path, CASE, name="a.jsonl")
    written(tmp_path, CASE, name="b.jsonl")
    with pytest.raises(CaseError, match="b: the id 'rain' is taken in a"):
        case_sets(tmp_path)
    with pytest.raises(CaseError, match=r"mine\.jsonl, line 2: the id 'rain' is taken"):
        load(written(tmp_path, CASE, CASE))


def test_every_file_is_a_set_of_its_own_and_unseen_cases_are_one_apart(tmp_path: Path) -> None:
    unseen = tmp_path / "unseen"
    unseen.mkdir()
    for place, name in ((tmp_path, "follow_ups"), (tmp_path, "seeds"), (unseen, "x"), (unseen, "y")):
        written(place, CASE | {"id": name}, name=f"{name}.jsonl")
    sets = case_sets(tmp_path, unseen)
    assert [one.name for one in sets] == ["seeds", "follow_ups", "unseen"]
    assert [case.id for case in sets[2].cases] == ["x", "y"]


def test_a_folder_without_cases_and_a_file_in_another_encoding_are_named(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="There are no cases in"):
        case_files(tmp_path)
    path = tmp_path / "latin.jsonl"
    path.write_bytes('{"id": "café"}'.encode("latin-1"))
    with pytest.raises(CaseError, match=r"latin\.jsonl is not UTF-8"):
        load(path)


def test_the_readme_of_the_evals_describes_every_key_and_its_examples_load(tmp_path: Path) -> None:
    readme = (REPOSITORY / "evals" / "README.md").read_text(encoding="utf-8")
    chapter = readme.split("## A case")[1].split("## ")[0]
    (examples,) = re.findall(r"```json\n(.*?)```", chapter, re.DOTALL)
    assert re.findall(r"^\| `(\w+)` \|", chapter, re.MULTILINE) == [field.name for field in fields(Case)]
    assert load(written(tmp_path, *examples.splitlines()))


def test_the_digest_tells_changed_and_renamed_cases(tmp_path: Path) -> None:
    def digest(path: Path) -> str:
        return case_sets(path)[0].digest

    first = digest(written(tmp_path, CASE))
    changed = digest(written(tmp_path, CASE | {"question": "Did it snow?"}))
    renamed = digest(written(tmp_path, CASE, name="other.jsonl"))
    assert len({first, changed, renamed}) == 3
    assert digest(written(tmp_path, CASE)) == first
