"""A run over cases keeps every reply, goes on where it was stopped, and judges the replies again without the model."""

import json
from pathlib import Path

import pytest

from evals import model_run
from tests.openai_double import OpenAIDouble, saying

pytestmark = pytest.mark.server
CASES = (
    {"id": "lavrov", "question": "What did Lavrov say about the EU?"},
    {"id": "cepa", "question": "When was CEPA signed?"},
)
SAID = "The Comprehensive and Enhanced Partnership Agreement was signed on November 24, 2017. It was raining."


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    path = tmp_path / "cases.jsonl"
    path.write_text("".join(json.dumps(case) + "\n" for case in CASES), encoding="utf-8")
    return path


def test_a_run_is_kept_gone_on_with_and_replayed(
    cases: Path, library_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, again = cases.with_name("out.jsonl"), cases.with_name("again.jsonl")
    common = ["--cases", str(cases), "--data", str(library_dir)]
    with OpenAIDouble() as server:
        server.routes["/v1/chat/completions"] = lambda _: saying(SAID)
        monkeypatch.setenv("ONRECORD_MODEL", "openai:double")
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        model_run.main([*common, "--out", str(out), "--limit", "1"])
        model_run.main([*common, "--out", str(out)])
        asked = len(server.requests)
    model_run.main([*common, "--replay", str(out), "--out", str(again)])

    first, second = model_run.lines(out)
    assert asked == len(CASES)
    assert first["take"]["said"] == SAID
    assert [one["verdict"] for one in second["shown"]] == ["proved"]
    assert [one["text"] for one in second["withheld"]] == ["It was raining."]
    assert [line["shown"] for line in model_run.lines(again)] == [first["shown"], second["shown"]]
    assert "sentences offered 3, shown 1, corrections 1" in capsys.readouterr().out


def test_a_reply_to_other_pieces_is_not_replayed(cases: Path, library_dir: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    take = {"asked": "Something else", "said": SAID, "is_cut": False, "tokens": None}
    kept.write_text(json.dumps({"id": "cepa", "take": take}) + "\n", encoding="utf-8")
    out = tmp_path / "out.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONRECORD_MODEL", "openai:double")
        patch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
        model_run.main(["--cases", str(cases), "--data", str(library_dir), "--replay", str(kept), "--out", str(out)])
    for line in model_run.lines(out):
        assert line["writer"] == "offline"
        assert any("never asked this with these pieces" in note for note in line["notes"])


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("It cites nothing.", "citations wrong"),
        ("It cites nothing. The cited words do not say “war”.", "unsupported"),
        ("It cites nothing. It does not say who is speaking.", "wrong or hidden speakers"),
        ("“a pier” does not stand so in the cited words.", "quotes altered"),
        ("It was cut off.", "cut off"),
    ],
)
def test_reasons_are_counted_by_kind(reason: str, kind: str) -> None:
    assert model_run.kind_of(reason) == kind
