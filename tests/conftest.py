"""One real library of the five seed articles for all tests, indexed once by the real command."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.processes import REPOSITORY, Outcome, onrecord

if TYPE_CHECKING:
    from rag import Assistant
    from tests.library_parts import Libraries
    from tests.postgres_server import Server


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
