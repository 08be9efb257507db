"""Files over HTTP: what comes in, what is refused, who removes what. The keeper is real and does not read meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.background import BackgroundIndexer
from rag.core.errors import LibraryError
from rag.verification.draft import DRAFTS, read_draft
from tests.papers import word
from tests.test_background import assistant_over
from ui.middleware import FILE_LIMIT, Safety
from ui.routes import IN_MEMORY, add_draft_files, add_uploads, intake
from ui.views.draft import FILES

WORDS = b"The mayor said on Monday that the bridge would stay open for two more days.\n"


class LoggedIn:
    """ASGI middleware: whoever asks has logged in under the name that a header gives."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        names = {name: value.decode() for name, value in scope.get("headers", ()) if name == b"x-login"}
        await self._app({**scope, "login": names.get(b"x-login")}, receive, send)


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[BackgroundIndexer]:
    (tmp_path / "news").mkdir()
    built = assistant_over(tmp_path / "library", tmp_path / "news", watch=False)
    made = BackgroundIndexer(built.store, built.index, built.settings)
    yield made
    made.close()


@pytest.fixture
def client(keeper: BackgroundIndexer) -> TestClient:
    app = FastAPI()
    app.add_middleware(LoggedIn)
    app.add_middleware(Safety)
    add_uploads(app, keeper)
    add_draft_files(app, read_draft)
    return TestClient(app, raise_server_exceptions=False)


def put(client: TestClient, name: str, content: bytes = WORDS, login: str | None = None) -> dict[str, object]:
    headers = {"X-Login": login} if login else {}
    reply = client.post("/uploads", params={"name": name}, content=content, headers=headers)
    assert reply.status_code == 200
    answer: dict[str, object] = reply.json()
    return answer


def test_a_file_is_kept_once_and_waits_to_be_read_and_reading_again_is_wanted_by_a_word(
    client: TestClient, keeper: BackgroundIndexer, tmp_path: Path
) -> None:
    assert not keeper.news().busy
    assert client.post("/sources/again").status_code == 204
    assert keeper.news().busy
    assert put(client, "a.txt") == {"state": "kept", "source": "uploads/a.txt", "notes": []}
    assert put(client, "b.txt") == {"state": "there", "source": "uploads/a.txt", "notes": []}
    news = client.get("/sources/news", params={"of": ["uploads/a.txt", "nowhere"]}).json()
    assert news["busy"]
    nothing = {"articles": 0, "statements": 0, "reason": None}
    assert news["of"] == {"uploads/a.txt": nothing, "nowhere": nothing}
    assert (tmp_path / "library" / "uploads" / "a.txt").read_bytes() == WORDS


def test_what_cannot_be_read_or_is_over_the_limit_is_refused(client: TestClient, keeper: BackgroundIndexer) -> None:
    assert put(client, "a.csv")["state"] == "failed"
    assert put(client, "a.txt", b"") == {"state": "failed", "reason": "is empty"}
    assert "broken" in str(put(client, "a.pdf", b"%PDF-1.4" + b"x" * IN_MEMORY)["reason"])
    assert keeper.most_bytes == FILE_LIMIT
    too_long = {"Content-Length": str(FILE_LIMIT + 1)}
    assert client.post("/uploads?name=a.txt", content=b"", headers=too_long).status_code == 413
    assert client.post("/sources/again", content=b"x" * 1_000_001).status_code == 413


def test_no_name_leads_out_of_the_uploads_and_no_other_site_hands_anything_in(
    client: TestClient, tmp_path: Path
) -> None:
    for method, address in (("POST", "/uploads?name=b.txt"), ("DELETE", "/uploads?source=uploads/a.txt")):
        assert client.request(method, address, headers={"Origin": "https://evil.example"}).status_code == 403, method
    names = ("../../evil.txt", "..%2f..%2fevil.txt", "\\\\host\\share\\evil.txt", "evil.txt\x00.txt")
    for number, name in enumerate(names, start=1):
        assert put(client, name, WORDS * number)["state"] == "kept", name
        kept = list(tmp_path.rglob("*.txt"))
        assert len(kept) == number, name
        assert {path.parent for path in kept} == {tmp_path / "library" / "uploads"}, name


def test_a_login_removes_its_own_uploads_alone(client: TestClient, keeper: BackgroundIndexer) -> None:
    put(client, "a.txt", login="ada")
    assert intake(keeper, "ada").removable == {"uploads/a.txt"}
    assert intake(keeper, "bo").removable == frozenset()
    with pytest.raises(LibraryError, match="somebody else"):
        keeper.remove("uploads/a.txt", "bo")
    address = "/uploads?source=uploads/a.txt"
    client.delete(address, headers={"X-Login": "bo"})  # the page's own handler says in words why not
    assert keeper.removable() == {"uploads/a.txt"}
    assert client.delete(address, headers={"X-Login": "ada"}).status_code == 204
    assert keeper.removable() == frozenset()


def test_a_draft_is_opened_as_the_command_line_opens_it(client: TestClient) -> None:
    def opened(name: str, content: bytes) -> dict[str, str]:
        answer: dict[str, str] = client.post("/draft/text", params={"name": name}, content=content).json()
        return answer

    assert tuple(FILES.split(",")) == tuple(sorted(DRAFTS, key=FILES.index))
    assert opened("a.docx", word("“No,” she said.")) == {"text": "“No,” she said."}
    assert opened("a.TXT", "«Нет», — сказала она.".encode("cp1251")) == {"text": "«Нет», — сказала она."}
    assert opened("a.pdf", b"%PDF")["reason"].startswith("a.pdf is no draft that is read")
    assert opened("a.docx", b"PK broken")["reason"].startswith("a.docx is broken")
