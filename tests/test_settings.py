"""What the environment may say, and what it is told when it says something else."""

import dataclasses
import re
from pathlib import Path

import pytest

from rag.core.errors import UsageError
from rag.core.settings import Settings
from tests.case_files import table


def test_nothing_leaves_this_machine_unless_the_command_line_the_environment_or_a_file_beside_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.from_environment({})
    assert (settings.embeddings, settings.model, settings.chroma) == ("minilm", None, None)
    with_key = Settings.from_environment({"OPENAI_API_KEY": "sk-secret"})
    assert dataclasses.replace(with_key, openai_api_key=None) == Settings.from_environment({})
    assert "sk-secret" not in repr(Settings.from_environment({"OPENAI_API_KEY": "sk-secret"}))
    assert Settings.from_environment({"ONRECORD_DATA": "a"}, data=Path("b")).data == Path("b")
    assert Settings.from_environment({"ONRECORD_DATA": "a"}).data == Path("a")
    tmp_path.joinpath(".env").write_text("ONRECORD_MODEL=openai:a\nONRECORD_MODEL_SECONDS=90\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONRECORD_MODEL", "openai:b")
    monkeypatch.delenv("ONRECORD_MODEL_SECONDS", raising=False)
    settings = Settings.from_environment()
    assert (settings.model, settings.model_seconds) == ("openai:b", 90.0)


def test_a_bad_value_is_named_with_what_it_may_be_and_the_example_names_every_variable() -> None:
    for variable, value in table("requests", "setting"):
        with pytest.raises(UsageError, match=rf"{variable} is '{value}'; it (may|must) be"):
            Settings.from_environment({variable: value})
    root = Path(__file__).parent.parent
    read = set(re.findall(r'"((?:ONRECORD|OPENAI)_[A-Z_]+)"', root.joinpath("rag/core/settings.py").read_text("utf-8")))
    shown = set(re.findall(r"^#?([A-Z_]+)=", root.joinpath(".env.example").read_text("utf-8"), re.MULTILINE))
    assert shown == read
