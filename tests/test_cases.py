"""The cases: what can be written in them, what is refused, and that the words they quote stand in the files."""

import datetime as dt
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from evals.case import Case, Excerpt
from evals.cases import CASES, CaseError, case_files, case_sets, load
from rag.core import Turn
from tests.conftest import REPOSITORY

EVIDENCE = {"source": "a.txt", "quote": "It rained."}
OURS = [case for one in case_sets() for case in one.cases]
CASE: dict[str, Any] = {"id": "rain", "kind": "fact", "question": "Did it rain?", "evidence": [EVIDENCE]}


def written(folder: Path, *lines: dict[str, Any] | str, name: str = "mine.jsonl") -> Path:
    path = folder / name
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


def only(path: Path) -> Case:
    (case,) = load(path)
    return case


@pytest.mark.parametrize("case", OURS, ids=lambda case: case.id)
def test_every_quoted_word_of_our_cases_stands_once_in_its_file(case: Case, seeds: Path) -> None:
    for excerpt in case.excerpts():
        text = (seeds / excerpt.source).read_bytes().decode("utf-8")
        assert excerpt.quote is None or text.count(excerpt.quote) == 1, excerpt


@pytest.mark.parametrize("case", OURS, ids=lambda case: case.id)
def test_words_that_our_cases_ask_for_stand_in_the_evidence_the_question_or_its_speaker(
    case: Case, seeds: Path
) -> None:
    files = {excerpt.source for excerpt in case.expected()}
    texts = [case.question, " ".join(case.speaker), *((seeds / file).read_text(encoding="utf-8") for file in files)]
    for alternatives in case.words:
        assert any(words in text for words in alternatives for text in texts), alternatives


@pytest.mark.parametrize("case", OURS, ids=lambda case: case.id)
def test_no_case_forbids_what_it_wants(case: Case) -> None:
    wanted = {excerpt.source for excerpt in case.expected()}

    assert not wanted & {excerpt.source for excerpt in case.forbidden if excerpt.quote is None}
    assert not {(e.source, e.quote) for e in case.expected()} & {(e.source, e.quote) for e in case.forbidden}


@pytest.mark.parametrize("case", OURS, ids=lambda case: case.id)
def test_sides_of_a_difference_are_evidence_so_that_they_must_be_cited(case: Case) -> None:
    groups = [set(group) for group in case.evidence]
    for difference in case.differences or ():
        assert all(set(side) in groups for side in difference)


def test_our_cases_hold_every_kind_of_question_that_is_promised() -> None:
    kinds = {case.kind for case in OURS}

    assert kinds >= {
        "attribution", "fact", "follow_up", "several_sources", "compare", "difference", "count", "list", "timeline",
        "summary", "outlet", "file", "date", "wrong_topic", "wrong_speaker", "who_said", "absent_person",
        "false_premise", "off_topic", "misspelling", "planted",
    }  # fmt: skip


def test_there_are_enough_cases_of_our_own_and_enough_follow_ups() -> None:
    assert len(load(CASES / "seeds.jsonl")) >= 85
    assert len([case for case in load(CASES / "follow_ups.jsonl") if case.history]) >= 40


def test_every_follow_up_says_how_it_may_be_read_unless_it_asks_for_what_was_shown() -> None:
    unread = {case.id for case in load(CASES / "follow_ups.jsonl") if not case.standalone}

    assert unread == {"follow-said-where", "follow-first-in-full", "follow-second", "follow-summarise"}


def test_a_case_says_all_that_an_answer_is_judged_by(tmp_path: Path) -> None:
    case = only(
        written(
            tmp_path,
            CASE
            | {
                "asked": "2024-03-31",
                "speaker": "Ann Lee",
                "history": [{"role": "user", "content": "Was it dry?"}],
                "allowed": [{"source": "b.txt", "quote": "It was wet.", "kind": "reported"}],
                "forbidden": [{"source": "c.txt"}],
                "words": ["rained", ["wet", "damp"]],
                "unsaid": ["snowed"],
                "standalone": "Did it rain (yesterday)?",
                "count": 2,
                "differences": [[EVIDENCE, [{"source": "b.txt", "quote": "It was dry."}]]],
            },
        )
    )

    assert case.asked == dt.date(2024, 3, 31)
    assert case.history == (Turn("user", "Was it dry?"),)
    assert case.evidence == ((Excerpt("a.txt", "It rained.", ("Ann Lee",)),),)
    assert case.allowed == (Excerpt("b.txt", "It was wet.", (), "reported"),)
    assert case.forbidden == (Excerpt("c.txt"),)
    assert case.words == (("rained",), ("wet", "damp"))
    assert case.unsaid == ("snowed",)
    assert case.standalone == ("Did it rain (yesterday)?",)
    assert case.count == 2
    assert case.differences == (((Excerpt("a.txt", "It rained."),), (Excerpt("b.txt", "It was dry."),)),)
    assert not case.is_to_be_declined


def test_differences_that_must_not_be_announced_are_told_from_differences_that_are_not_judged(tmp_path: Path) -> None:
    assert only(written(tmp_path, CASE | {"differences": []})).differences == ()
    assert only(written(tmp_path, CASE)).differences is None


def test_an_inner_list_of_evidence_means_any_of_it(tmp_path: Path) -> None:
    other = {"source": "b.txt", "quote": "It poured."}

    case = only(written(tmp_path, CASE | {"evidence": [[EVIDENCE, other]]}))

    assert [[excerpt.source for excerpt in group] for group in case.evidence] == [["a.txt", "b.txt"]]


def test_evidence_is_by_the_speaker_of_the_case_unless_it_names_its_own(tmp_path: Path) -> None:
    own = EVIDENCE | {"speaker": ["Bo Ek", "Bo Eck"]}

    case = only(written(tmp_path, CASE | {"speaker": "Ann Lee", "evidence": [EVIDENCE, own]}))

    assert [group[0].speakers for group in case.evidence] == [("Ann Lee",), ("Bo Ek", "Bo Eck")]


def test_narration_is_nobodys_even_in_a_case_about_a_speaker(tmp_path: Path) -> None:
    case = only(written(tmp_path, CASE | {"speaker": "Ann Lee", "evidence": [EVIDENCE | {"kind": "narration"}]}))

    assert case.evidence[0][0].speakers == ()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"question": " "}, "`question` must be a text"),
        ({"id": 7}, "`id` must be a text"),
        ({"asked": "yesterday"}, "`asked` is 'yesterday'"),
        ({"evidence": []}, "either `evidence` to be cited or `reasons`"),
        ({"reasons": ["off_topic"]}, "either `evidence` to be cited or `reasons`"),
        ({"evidence": [[]]}, "`evidence` holds an empty list"),
        ({"evidence": [{"source": "a.txt"}]}, "`quote` must be a text"),
        ({"evidence": [EVIDENCE | {"kind": "gossip"}]}, "`kind` is 'gossip'"),
        ({"evidence": "It rained."}, "`evidence` must be a list"),
        ({"evidence": ["It rained."]}, "An excerpt must be an object"),
        ({"evidence": [], "reasons": ["tired"]}, "`reasons` holds 'tired'"),
        ({"reasons": [["off_topic"]], "evidence": []}, "`reasons` holds ['off_topic']"),
        ({"answer": "Yes."}, "A case has no `answer`"),
        ({"count": "two"}, '`count` is "two"; write a whole number'),
        ({"count": True}, "`count` is true"),
        ({"differences": [[EVIDENCE]]}, "`differences` holds one side alone"),
        ({"standalone": [""]}, "`standalone` must be a text"),
        ({"history": [{"role": "system", "content": "Hi"}]}, "`role` is 'system'"),
    ],
)
def test_a_bad_case_is_refused_with_its_file_and_line(tmp_path: Path, change: dict[str, Any], complaint: str) -> None:
    path = written(tmp_path, CASE, "", CASE | {"id": "second"} | change)

    with pytest.raises(CaseError) as error:
        load(path)

    assert str(error.value).startswith("mine.jsonl, line 3: ")
    assert complaint in str(error.value)


@pytest.mark.parametrize("line", ['{"id": "cut', '"a text"', "null"])
def test_a_line_that_is_no_object_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(CaseError, match=r"mine\.jsonl, line 1: "):
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


def test_a_folder_without_cases_is_named(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="There are no cases in"):
        case_files(tmp_path)


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
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
