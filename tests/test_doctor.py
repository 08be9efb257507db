"""What the doctor finds, and mends."""

import shutil
from pathlib import Path

import pytest

from rag.app.doctor import Finding, diagnose
from rag.core.settings import Settings
from tests.conftest import onrecord


@pytest.fixture
def settings(tmp_path: Path, library_dir: Path) -> Settings:
    shutil.copytree(library_dir, tmp_path / "data")
    return Settings.from_environment({}, data=tmp_path / "data")


def found(settings: Settings) -> dict[str, Finding]:
    return {finding.part: finding for finding in diagnose(settings)}


def test_a_sound_library_is_ok_throughout(settings: Settings) -> None:
    findings = found(settings)
    assert {finding.state for finding in findings.values()} == {"ok"}
    assert "stay on this machine" in findings["writer"].text


def test_new_changed_and_vanished_files_are_counted(tmp_path: Path, seeds: Path) -> None:
    shutil.copytree(seeds, tmp_path / "articles")
    assert onrecord("index", tmp_path / "articles", "--data", tmp_path / "data").code == 0
    settings = Settings.from_environment({}, data=tmp_path / "data")
    first, second, *_ = sorted((tmp_path / "articles").iterdir())
    first.unlink()
    second.write_text("Harbour grows\nThe harbour grew, the mayor said.\n", encoding="utf-8")
    (tmp_path / "articles" / "new.txt").write_text("Pier opens\nThe pier is open.\n", encoding="utf-8")
    assert found(settings)["folder"] == Finding(
        "folder", "stale", "3 files are new, changed or gone; run `onrecord index`"
    )


def test_a_damaged_vector_index_is_rebuilt(settings: Settings) -> None:
    shutil.rmtree(settings.data / "chroma")
    assert found(settings)["vectors"].state in {"ok", "mended"}
    assert any((settings.data / "chroma").iterdir())


def test_a_model_without_a_key_is_named_with_its_remedy(tmp_path: Path) -> None:
    settings = Settings.from_environment({"ONRECORD_MODEL": "openai:gpt"}, data=tmp_path)
    assert found(settings)["writer"].state == "broken"
    assert "OPENAI_API_KEY" in found(settings)["writer"].text


def test_a_second_reader_is_named_with_whose_machine_it_is(tmp_path: Path) -> None:
    given = {"ONRECORD_MODEL": "openai:gpt", "ONRECORD_JUDGE": "openai:other", "OPENAI_BASE_URL": "http://10.0.0.1/v1"}
    findings = found(Settings.from_environment(given, data=tmp_path))
    assert findings["writer"].text == "model:openai:gpt writer; passages go to 10.0.0.1"
    assert findings["judge"].text.startswith("openai:other was not examined as judge yet")
    assert findings["judge"].text.endswith("go to 10.0.0.1.")


def test_where_nothing_is_indexed_the_remedy_is_to_index(tmp_path: Path) -> None:
    assert "onrecord index" in found(Settings.from_environment({}, data=tmp_path))["library"].text
