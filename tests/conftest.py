"""One real library of the five seed articles for all tests, indexed once by the real command."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from rag import Assistant
    from tests.library_parts import Libraries
    from tests.postgres_server import Server

REPOSITORY = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finished `onrecord` process left: its exit code and what it printed."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - the commands print different things
        return json.loads(self.stdout)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.stdout.split("\n") if line]  # U+2028 may stand inside one


def onrecord(
    *words: str | Path,
    stdin: str = "",
    cwd: Path = REPOSITORY,
    given: Mapping[str, str] | None = None,
    **variables: str,
) -> Outcome:
    """Run the real command to its end; of ONRECORD_* and OPENAI_* it sees only what is `given`, and `variables`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ONRECORD_", "OPENAI_"))}
    models = {"ONRECORD_MODELS": os.environ["ONRECORD_MODELS"]} if "ONRECORD_MODELS" in os.environ else {}
    environment = kept | models | {"PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1"} | {**(given or {})} | variables
    done = subprocess.run(
        [sys.executable, "-m", "rag.app.cli", *map(str, words)],
        input=stdin.encode("utf-8"),
        capture_output=True,
        cwd=cwd,
        env=environment,
        timeout=300,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def assert_one_sentence(outcome: Outcome, code: int, *words: str) -> None:
    """The command failed with this code, printed nothing, and said one sentence that holds the words."""
    assert outcome.code == code, outcome
    assert outcome.stdout == ""
    assert len(outcome.stderr.strip().splitlines()) == 1, outcome.stderr
    assert "Traceback" not in outcome.stderr
    for word in words:
        assert word in outcome.stderr


@pytest.fixture(scope="session")
def postgres() -> Iterator["Server"]:
    """A PostgreSQL server of the tests' own; without its programs the tests that need one are skipped."""
    server = pytest.importorskip("tests.postgres_server", reason="psycopg is not installed")
    programs = server.binaries()
    if programs is None:
        pytest.skip(server.MISSING)
    with server.served(programs) as running:
        yield running


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.server)])
def libraries(request: pytest.FixtureRequest) -> Iterator["Libraries"]:
    """Makes and opens libraries, once in SQLite and once in PostgreSQL."""
    from tests.library_parts import Libraries

    made = Libraries(request.getfixturevalue("postgres") if request.param == "postgres" else None)
    yield made
    made.release()


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The folder of the five articles."""
    return REPOSITORY / "seeds"


@pytest.fixture(scope="session")
def first_index(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> tuple[Path, Outcome]:
    """A new library of the seeds, and what indexing them printed."""
    folder = tmp_path_factory.mktemp("library") / "data"
    outcome = onrecord("index", seeds, "--data", folder, "--json")
    assert outcome.code == 0, outcome.stderr
    return folder, outcome


@pytest.fixture(scope="session")
def library_dir(first_index: tuple[Path, Outcome]) -> Path:
    """The data folder of a library of the seeds. Tests must not write to it."""
    return first_index[0]


@pytest.fixture(scope="session")
def assistant(library_dir: Path) -> Iterator["Assistant"]:
    """The whole of onrecord, as other programs build it, over the library of the seeds."""
    from rag import Settings, build

    built = build(Settings.from_environment({}, data=library_dir))
    yield built
    built.close()
