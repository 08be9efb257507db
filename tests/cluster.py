"""Three replicas of the chat behind nginx over one PostgreSQL: one is killed under load, all are restarted in turn.

`python -m tests.cluster` starts the processes of compose.yaml by hand, on loopback alone, and prints what was lost
(nothing may be), what was answered wrongly (nothing may be), and how long answers took. An answer is right if a process
that is no replica gives the same.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.postgres_server import binaries, served
from tests.processes import REPOSITORY, free_port, onrecord, serving

REPLICAS = 3
READERS = 4
PASSWORD = "reader's own words"  # noqa: S105 - of logins that end with the run
QUESTIONS = (
    "What did Lavrov say about the EU?",
    "What did Peskov say about Armenia?",
    "Who is quoted on Armenia and the EU?",
    "What did the 2024 opinion poll reveal?",
    "What did Zakharova say about the moon?",
    "How many statements of Lavrov are there?",
)
_THREAD = re.compile(r"data-thread=\\*[\"']([\w-]+)")
_PATIENCE = 60


Question = tuple[str, list[dict[str, Any]]]
"""A question, and the answers before it in its conversation, as JSON."""


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    cookies: str
    text: str


@dataclass
class Client:
    """A reader's browser at one port, by TLS if it has a `certificate`."""

    port: int
    certificate: Path | None = None
    cookie: str = ""

    def send(self, method: str, path: str, body: str = "", kind: str = "application/json") -> Reply:
        """Sends one request. OSError or HTTPException if no whole reply comes."""
        connection: http.client.HTTPConnection
        if self.certificate:
            context = ssl.create_default_context(cafile=str(self.certificate))
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=_PATIENCE, context=context)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            connection.request(method, path, body or None, {"Cookie": self.cookie, "Content-Type": kind})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        set_now = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
        return Reply(answer.status, "; ".join(set_now), text)

    def log_in(self, name: str) -> None:
        """Logs in and keeps the cookie."""
        fields = urlencode({"name": name, "password": PASSWORD})
        reply = self.send("POST", "/login", fields, "application/x-www-form-urlencoded")
        assert reply.status == 303, reply
        self.cookie = reply.cookies

    def ask(self, question: str, thread: str, number: int) -> str:
        """Asks, waits for the whole answer and returns its conversation; OSError if it broke off."""
        page = f"{threading.get_ident():x}{time.monotonic_ns():x}"
        event = {"data": [question, thread, None], "fn_index": number, "session_hash": page, "trigger_id": None}
        joined = self.send("POST", "/gradio_api/queue/join", json.dumps(event))
        if joined.status != 200:
            raise OSError(f"{joined.status} {joined.text[:80]}")
        told = self.send("GET", f"/gradio_api/queue/data?session_hash={page}").text
        found = _THREAD.findall(told)
        if '"process_completed"' not in told or '"success":false' in told.replace(" ", "") or not found:
            raise OSError("the answer broke off")
        return str(found[-1])


@dataclass
class Replica:
    """One server of the chat."""

    folder: Path
    port: int
    given: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it answers."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Starts it."""
        self.folder.mkdir(exist_ok=True)
        words = ["chat", "--no-browser", "--port", str(self.port), "--auth", str(self.folder.parent / "logins")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "rag.app.cli", *words, "--data", str(self.folder)],
                env=self.given,
                cwd=REPOSITORY,
                stdout=log,
                stderr=log,
            )

    def wait(self) -> None:
        """Waits until it answers."""
        until = time.monotonic() + 240
        while True:
            try:
                Client(self.port).send("GET", "/login")
            except OSError:
                ended = self.process.poll() if self.process else None
                told = f"{ended}: {(self.folder / 'log').read_text()}"
                assert ended is None and time.monotonic() < until, told  # noqa: PT018 - one story
                time.sleep(0.2)
            else:
                return

    def end(self, how: signal.Signals) -> None:
        """Ends it and waits for the end."""
        if self.process:
            self.process.send_signal(how)
            self.process.wait(timeout=60)


@dataclass
class Load:
    """What the readers saw: seconds by phase, how often they had to ask again, and what they were shown."""

    phase: str = "quiet"
    seconds: dict[str, list[float]] = field(default_factory=dict)
    again: int = 0
    seen: list[tuple[int, str, str]] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    stopped: bool = False


def read_on(load: Load, reader: int, client: Client, number: int) -> None:
    """Asks question after question in one conversation until the load ends; asks again what broke off."""
    thread, turn = "", reader
    while not load.stopped:
        question, begun, phase = QUESTIONS[turn % len(QUESTIONS)], time.monotonic(), load.phase
        for _ in range(40):
            try:
                thread = client.ask(question, thread, number)
                break
            except (OSError, http.client.HTTPException):
                load.again += 1
                time.sleep(0.25)
        else:
            load.trouble.append(f"reader {reader} was not answered: {question}")
            return
        load.seconds.setdefault(phase, []).append(time.monotonic() - begun)
        load.seen.append((reader, thread, question))
        turn += 1
        time.sleep(0.3)  # sixty a minute are taken of one login


@contextmanager
def nginx(folder: Path, ports: list[int]) -> Iterator[tuple[int, Path]]:
    """Runs nginx with deploy/nginx.conf, its addresses replaced by ours; gives its port and its certificate."""
    key, certificate, port = folder / "tls.key", folder / "tls.crt", free_port()
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    text = (REPOSITORY / "deploy" / "nginx.conf").read_text()
    for count, one in enumerate(ports, start=1):
        text = text.replace(f"chat-{count}:7860", f"127.0.0.1:{one}")
    text = text.replace("/etc/onrecord/tls/", f"{folder}/").replace("/tmp/nginx", f"{folder}/nginx")  # noqa: S108 - its words
    text = text.replace("listen 8443", f"listen 127.0.0.1:{port}").replace(
        "worker_processes auto", "worker_processes 1"
    )
    (folder / "nginx.conf").write_text(text)
    words = ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder), "-g", "daemon off;", "-e", "stderr"]
    with serving(port, *words, log=folder / "nginx.log"):
        yield port, certificate


def examined(clients: list[Client], load: Load, single: Callable[[list[Question]], list[str]]) -> tuple[int, int]:
    """Counts answers that were shown and are not kept, and kept answers that are not those of a single server.

    A question may be a follow-up, so the single server is given what was said before.
    """
    lost, kept_texts, questions = 0, [], []
    for reader, client in enumerate(clients):
        for thread in {thread for who, thread, _ in load.seen if who == reader}:
            answers = json.loads(client.send("GET", f"/conversations/{thread}.json").text)["answers"]
            asked = [answer["question"] for answer in answers]
            shown = [question for who, within, question in load.seen if (who, within) == (reader, thread)]
            lost += sum(max(0, shown.count(question) - asked.count(question)) for question in set(shown))
            kept_texts += [answer["text"] for answer in answers]
            questions += [(answer["question"], answers[:number]) for number, answer in enumerate(answers)]
    right = single(questions)
    return lost, sum(text != expected for text, expected in zip(kept_texts, right, strict=True))


def _as_line(number: int, question: Question) -> str:
    asked, before = question
    turns = [
        turn
        for answer in before
        for turn in (
            {"role": "user", "content": answer["question"], "standalone_question": answer["standalone_question"]},
            {"role": "assistant", "content": answer["text"], "citations": answer["citations"]},
        )
    ]
    return json.dumps({"id": number, "question": asked, "history": turns}) + "\n"


def asked_of_one(data: Path, given: dict[str, str]) -> Callable[[list[Question]], list[str]]:
    """Makes the function that asks questions of a process that is no replica, and returns the texts of its answers."""

    def ask(questions: list[Question]) -> list[str]:
        lines = "".join(_as_line(number, question) for number, question in enumerate(questions))
        answers = onrecord("ask", "--batch", "--data", data, stdin=lines, given=given).lines
        return [answer.get("text", answer.get("error")) for answer in answers]

    return ask


def told(load: Load, lost: int, wrong: int) -> str:
    """Writes the outcome in a few lines."""
    lines = [f"{'phase':24} answers   p50 s   p95 s"]
    for phase, seconds in load.seconds.items():
        cuts = statistics.quantiles(seconds, n=20) if len(seconds) > 1 else seconds * 19
        lines.append(f"{phase:24} {len(seconds):7} {cuts[9]:7.2f} {cuts[18]:7.2f}")
    lines.append(
        f"asked again {load.again}, conversations' answers lost {lost}, wrong {wrong}, given up {len(load.trouble)}"
    )
    return "\n".join(lines)


def break_things(load: Load, replicas: list[Replica], rest: Callable[[], None]) -> None:
    """Kills one replica under load, starts it again, and restarts all of them one by one."""
    rest()
    load.phase = "one killed"
    replicas[1].end(signal.SIGKILL)
    rest()
    load.phase = "started again"
    replicas[1].start()
    rest()
    load.phase = "restarted one by one"
    for replica in replicas:
        replica.end(signal.SIGTERM)
        replica.start()
    rest()
    load.stopped = True


def main() -> int:
    """Runs it all; exit code 1 if anything was lost or wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=12, help="how long each phase lasts at least (default: 12)")
    options = parser.parse_args()
    programs = binaries(with_vectors=True)
    missing = [name for name in ("nginx", "openssl") if not shutil.which(name)]
    if programs is None or missing:
        sys.stdout.write(f"skipped: not installed: {', '.join(missing or ['PostgreSQL with pgvector'])}\n")
        return 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cluster-")))
        server = stack.enter_context(served(programs))
        given = {"ONRECORD_LIBRARY": server.new_database(), "ONRECORD_VECTORS": "pgvector", "ONRECORD_WATCH": "off"}
        indexed = onrecord("index", "seeds", "--data", folder / "writer", given=given)
        assert indexed.code == 0, indexed.stderr
        for reader in range(READERS):
            assert onrecord("login", folder / "logins", f"reader{reader}", stdin=f"{PASSWORD}\n").code == 0
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ONRECORD_", "OPENAI_"))}
        environment = kept | {"PYTHONPATH": str(REPOSITORY)} | given
        replicas = [Replica(folder / f"chat-{count}", free_port(), environment) for count in range(1, REPLICAS + 1)]
        for replica in replicas:
            stack.callback(replica.end, signal.SIGKILL)
            replica.launch()
        for replica in replicas:
            replica.wait()
        return _under_load(replicas, folder, asked_of_one(folder / "writer", given), options.seconds)


def _under_load(
    replicas: list[Replica], folder: Path, single: Callable[[list[Question]], list[str]], seconds: int
) -> int:
    first = Client(replicas[0].port)
    first.log_in("reader0")
    number = _number(first)
    thread = Client(replicas[1].port, cookie=first.cookie).ask(QUESTIONS[0], "", number)
    again = Client(replicas[2].port, cookie=first.cookie).ask(QUESTIONS[1], thread, number)
    assert thread == again, "a conversation begun at one replica goes on at another"
    sys.stdout.write("logged in at one replica, asked at the second, went on at the third\n")
    with nginx(folder, [replica.port for replica in replicas]) as (port, certificate):
        clients = [Client(port, certificate) for _ in range(READERS)]
        for reader, client in enumerate(clients):
            client.log_in(f"reader{reader}")
        load = Load()
        with ThreadPoolExecutor(READERS) as pool:
            reading = [pool.submit(read_on, load, reader, client, number) for reader, client in enumerate(clients)]
            try:
                break_things(load, replicas, lambda: time.sleep(seconds))
            finally:
                load.stopped = True
            for one in reading:
                one.result()
        lost, wrong = examined(clients, load, single)
    sys.stdout.write(f"{told(load, lost, wrong)}\n")
    return 1 if lost or wrong or load.trouble else 0


def _number(client: Client) -> int:
    config = json.loads(client.send("GET", "/config").text)
    return next(int(one["id"]) for one in config["dependencies"] if one["targets"][0][1] == "submit")


if __name__ == "__main__":
    sys.exit(main())
