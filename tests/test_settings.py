"""What the environment may say, and what it is told when it says something else."""

import dataclasses
import re
from pathlib import Path

import pytest

from rag.core.errors import UsageError
from rag.core.settings import Settings


def test_an_empty_environment_stays_on_this_machine_and_a_key_alone_changes_nothing() -> None:
    settings = Settings.from_environment({})
    assert (settings.embeddings, settings.model, settings.chroma) == ("minilm", None, None)
    with_key = Settings.from_environment({"OPENAI_API_KEY": "sk-secret"})
    assert dataclasses.replace(with_key, openai_api_key=None) == Settings.from_environment({})
    assert "sk-secret" not in repr(Settings.from_environment({"OPENAI_API_KEY": "sk-secret"}))


def test_the_command_line_wins_over_the_environment_and_it_over_a_file_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Settings.from_environment({"ONRECORD_DATA": "a"}, data=Path("b")).data == Path("b")
    assert Settings.from_environment({"ONRECORD_DATA": "a"}).data == Path("a")
    tmp_path.joinpath(".env").write_text("ONRECORD_MODEL=openai:a\nONRECORD_MODEL_SECONDS=90\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONRECORD_MODEL", "openai:b")
    monkeypatch.delenv("ONRECORD_MODEL_SECONDS", raising=False)
    settings = Settings.from_environment()
    assert (settings.model, settings.model_seconds) == ("openai:b", 90.0)


def test_a_bad_value_is_named_with_what_it_may_be() -> None:
    for variable, value in (
        ("ONRECORD_EMBEDDINGS", "word2vec"),
        ("ONRECORD_EMBEDDINGS", "openai:"),
        ("ONRECORD_ENGINE", "torch"),
        ("ONRECORD_MODEL", "gpt"),
        ("ONRECORD_CHROMA", "localhost"),
        ("ONRECORD_WATCH", "maybe"),
        ("ONRECORD_FETCH_HOSTS", "http://localhost"),
        ("OPENAI_BASE_URL", "ftp://example.org"),
        *(("ONRECORD_MODEL_SECONDS", value) for value in ("soon", "0", "inf")),
        *(("ONRECORD_MODEL_TOKENS", "10"), ("ONRECORD_MODEL_DAILY_TOKENS", "-1"), ("ONRECORD_TRACING", "true")),
    ):
        with pytest.raises(UsageError, match=rf"{variable} is '{value}'; it (may|must) be"):
            Settings.from_environment({variable: value})


def test_every_dial_says_what_it_does() -> None:
    source = Path(__file__).parent.parent.joinpath("rag", "core", "settings.py").read_text(encoding="utf-8")
    for field in dataclasses.fields(Settings):
        declaration = source.index(f"    {field.name}: ")
        following = source[declaration:].splitlines()[1].strip()
        assert following.startswith('"""'), field.name


def test_the_example_names_every_variable() -> None:
    root = Path(__file__).parent.parent
    read = set(re.findall(r'"((?:ONRECORD|OPENAI)_[A-Z_]+)"', root.joinpath("rag/core/settings.py").read_text("utf-8")))
    shown = set(re.findall(r"^#?([A-Z_]+)=", root.joinpath(".env.example").read_text("utf-8"), re.MULTILINE))
    assert shown == read
