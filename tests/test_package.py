"""The wheel: it carries all that runs need and nothing else, and importing it changes nothing."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from rag import __version__
from rag.text.spacy_models import MODEL
from rag.vectors.minilm_onnx import PACKAGES
from tests.processes import REPOSITORY, onrecord

SHIPPED = ("rag", "ui", "prompts")
_BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from a copy of the repository as pip would build it."""
    copy, built = tmp_path_factory.mktemp("repository"), tmp_path_factory.mktemp("wheel")
    for folder in (*SHIPPED, "evals", "tests"):
        shutil.copytree(REPOSITORY / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, copy)
    subprocess.run([sys.executable, "-c", _BUILD, built], cwd=copy, check=True, capture_output=True)
    return zipfile.ZipFile(next(built.glob("*.whl")))


def test_the_wheel_holds_every_file_of_the_packages_and_its_metadata_the_models(wheel: zipfile.ZipFile) -> None:
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    every = (path.relative_to(REPOSITORY) for folder in SHIPPED for path in (REPOSITORY / folder).rglob("*.*"))
    files = {path.as_posix() for path in every if "__pycache__" not in path.parts}
    pictures = {"ui/moving.webp", "ui/screenshot.png"}  # they are the README's
    assert held == files - pictures
    assert {"rag/py.typed", "ui/py.typed"} <= held
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    told = message_from_bytes(wheel.read(name))
    assert (told["Name"], told["Version"], told["License-Expression"]) == ("onrecord", __version__, "Apache-2.0")
    pinned = {line.partition("==")[0].replace("-", "_") for line in told.get_all("Requires-Dist", []) if "==" in line}
    assert {MODEL, next(iter(PACKAGES))} <= pinned
    assert "Typing :: Typed" in told.get_all("Classifier", [])


def test_the_lock_holds_every_dependency_with_its_digest() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    lock = (REPOSITORY / "requirements.lock").read_text("utf-8")
    for line in project["dependencies"]:
        name = line.partition("=")[0].partition(">")[0].partition("<")[0].partition("[")[0]
        assert f"\n{name}==" in f"\n{lock}", name
    for block in lock.split("\n"):
        assert block.startswith("    --hash=sha256:") or block.endswith("\\") or not block, block


def test_importing_it_changes_nothing_and_loads_nothing_heavy() -> None:
    code = (
        "import os, sys, threading; before = dict(os.environ); import rag, ui, prompts, rag.app.cli; "
        "heavy = {'gradio', 'chromadb', 'spacy', 'onnxruntime', 'langchain_core', 'numpy'} & set(sys.modules); "
        "assert not heavy, heavy; assert dict(os.environ) == before; assert threading.active_count() == 1"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_first_run_says_that_the_models_are_built_and_for_how_long(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text("The ferry\n\nThe ferry is late, the mayor, Ada Lund, said.\n", encoding="utf-8")
    models = str(tmp_path / "models")
    first = onrecord("index", folder, "--data", tmp_path / "data", ONRECORD_MODELS=models)
    assert f"are built in {models} from the weights that are installed" in first.stderr
    again = onrecord("ask", "What did Lund say?", "--data", tmp_path / "data", ONRECORD_MODELS=models)
    assert (again.code, "are built in" in again.stderr) == (0, False)
