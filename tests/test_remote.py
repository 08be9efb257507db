"""Folders that lie elsewhere: a real S3 server on loopback, and fsspec's own file systems."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from rag.assembly import make_embedder
from rag.core.errors import FolderError, OtherFolder, UsageError
from rag.core.settings import Settings
from rag.library.folder import checked_address, fetch_and_find, local_path, mirror_folder
from rag.library.source_status import changes_of_files
from rag.library.store import Store
from rag.library.sync import sync
from tests.library_parts import WordEmbedder
from tests.processes import assert_one_sentence, free_port, onrecord, serving

ARTICLE = "Mill reopens\r\n\r\nThe mill at Arden will reopen, Dora Quill said on Monday. “It was time,” she said.\r\n"


@dataclass(frozen=True)
class Bucket:
    """A bucket on a server of its own."""

    store: Any
    address: str
    variables: Mapping[str, str]
    log: Path

    def put(self, key: str, text: str) -> None:
        """Writes an object."""
        self.store.put(key, text.encode("utf-8"))

    def reads(self) -> list[str]:
        """The objects that were read since the last look, by key."""
        lines = self.log.read_text().splitlines()
        self.log.write_text("")
        return sorted(line.split('"GET /news/')[1].split()[0] for line in lines if '"GET /news/' in line)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """An S3 server of moto's, which needs an environment of its own: its packages do not fit beside ours."""
    program = shutil.which("moto_server") or shutil.which("artifacts/moto/bin/moto_server")
    if program is None:
        pytest.skip("no moto_server is installed (`pip install moto[server]` in another environment, on the PATH)")
    log, port = tmp_path_factory.mktemp("s3") / "log", free_port()
    with serving(port, program, "-H", "127.0.0.1", "-p", port, log=log):
        yield port, log


@pytest.fixture
def bucket(server: tuple[int, Path], monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An empty bucket."""
    obstore = pytest.importorskip("obstore.store", reason="obstore is not installed (`onrecord[remote]`)")
    port, log = server
    endpoint = f"http://127.0.0.1:{port}"
    variables = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for method, path in (("POST", "moto-api/reset"), ("PUT", "news")):
        urlopen(Request(f"{endpoint}/{path}", method=method)).close()  # noqa: S310 - our own server
    store = obstore.S3Store("news", client_options={"allow_http": True})
    log.write_text("")
    return Bucket(store, "s3://news/desk", variables, log)


@pytest.mark.server
def test_a_bucket_is_indexed_and_only_what_changed_is_fetched_again(bucket: Bucket, tmp_path: Path) -> None:
    for key in ("desk/mill.txt", "desk/north/dam.txt"):
        bucket.put(key, ARTICLE)
    bucket.put("desk/picture.png", "no article")
    bucket.put("elsewhere/other.txt", ARTICLE)
    data = tmp_path / "data"
    first = onrecord("index", bucket.address, "--data", data, "--json", given=bucket.variables)
    assert first.code == 0, first.stderr
    assert (first.json["articles"], first.json["added"]) == (2, 2)
    assert [read for read in bucket.reads() if read.startswith("desk/")] == ["desk/mill.txt", "desk/north/dam.txt"]
    with closing(Store.open(data)) as store:
        with store.reading() as view:
            article, said = view.article("north/dam.txt"), view.statements()
            assert article.text == ARTICLE
            cut = {article.cut(content) for statement in said for content in statement.content}
            assert "The mill at Arden will reopen" in cut
            assert not changes_of_files([article], view.folder, data)

        bucket.put("desk/mill.txt", ARTICLE.replace("Monday", "Tuesday"))
        bucket.put("desk/weir.txt", ARTICLE)
        bucket.store.delete("desk/north/dam.txt")
        bucket.reads()
        settings = Settings(data=data)
        again = sync(store, None, embedder=make_embedder(settings), settings=settings)
        assert (again.added, again.changed, again.removed, again.failed) == (1, 1, 1, ())
        assert [read for read in bucket.reads() if read.startswith("desk/")] == ["desk/mill.txt", "desk/weir.txt"]
        with pytest.raises(OtherFolder, match=f"{bucket.address}.*--replace"):
            sync(store, "s3://news/other", embedder=make_embedder(settings), settings=settings)


@pytest.mark.server
def test_a_bucket_that_is_away_or_empty_removes_nothing(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put("desk/mill.txt", ARTICLE)
    store = Store.create(tmp_path / "data")
    with closing(store):
        assert sync(store, bucket.address, embedder=WordEmbedder(), settings=Settings()).added == 1
        bucket.store.delete("desk/mill.txt")
        with pytest.raises(FolderError, match="There is no article at s3://news/desk"):
            sync(store, None, embedder=WordEmbedder(), settings=Settings())
        with store.reading() as view:
            assert [*view.sources()] == ["mill.txt"]


def test_an_address_that_cannot_be_reached_is_one_sentence(tmp_path: Path) -> None:
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    outcome = onrecord("index", "s3://news/desk", "--data", tmp_path / "data", given=nowhere)
    assert_one_sentence(outcome, 1, "s3://news/desk", "check the address" if find_spec("obstore") else "install")
    for address, words in (("nosuch://news", "no address"), (f"file://{tmp_path}/nothing", "no article")):
        with pytest.raises(FolderError, match=words):
            mirror_folder(address, tmp_path / "data")
    with pytest.raises(UsageError, match="password"):
        checked_address("sftp://desk:secret@host/news")


def test_a_file_that_cannot_be_fetched_keeps_its_articles(tmp_path: Path) -> None:
    folder, data = tmp_path / "there", tmp_path / "data"
    folder.mkdir()
    for name in ("mill.txt", "dam.txt"):
        (folder / name).write_text(ARTICLE)
    address = f"file://{folder}"
    with closing(Store.create(data)) as store:
        assert sync(store, address, embedder=WordEmbedder(), settings=Settings()).added == 2
        mirror = local_path(address, data)
        written = [path.stat().st_mtime_ns for path in sorted(mirror.iterdir())]
        assert mirror_folder(address, data) == ()
        assert [path.stat().st_mtime_ns for path in sorted(mirror.iterdir())] == written, "unchanged, not fetched again"
        shutil.rmtree(mirror)  # as on a new machine
        (mirror / "dam.txt").mkdir(parents=True)  # no file can be put there
        assert fetch_and_find(address, data).may_hold("dam.txt")
        report = sync(store, None, embedder=WordEmbedder(), settings=Settings())
        assert (report.removed, report.changed, report.articles) == (0, 0, 2)
        assert "cannot be fetched" in report.failed[0].reason
