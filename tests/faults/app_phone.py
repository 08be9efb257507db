"""The whole of onrecord by itself: nothing reaches for another machine, whatever lies in the environment.

A hook in every Python process that is started writes down each attempt to connect, to look up a name or to send; where
`strace` is, it watches the machine code of the libraries, too; where a network of its own is to be had, there is no way
out at all.
"""

import ipaddress
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.faults.app_parts import Tally
from tests.faults.rows import Row, Trials, Tried
from tests.processes import REPOSITORY

HOOK = """
import os, sys
_LOG = {log!r}
def _note(event, details):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        to = details[1]
        to = to[0] if isinstance(to, tuple) else ("" if to is None else "local")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        to = details[0]
    else:
        return
    line = "%s %s\\n" % (event, to.decode() if isinstance(to, bytes) else to)
    out = os.open(_LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(out, line.encode())
    os.close(out)
sys.addaudithook(_note)
"""

TEMPTING: Mapping[str, str] = {
    "OPENAI_API_KEY": "sk-lies-about", "OPENAI_BASE_URL": "http://192.0.2.1/v1", "ANTHROPIC_API_KEY": "sk-ant",
    "LANGSMITH_TRACING": "true", "LANGCHAIN_TRACING_V2": "true", "LANGSMITH_API_KEY": "ls-key",
    "LANGSMITH_ENDPOINT": "http://192.0.2.1", "GRADIO_ANALYTICS_ENABLED": "True", "GRADIO_SHARE": "True",
    "ANONYMIZED_TELEMETRY": "True", "HF_TOKEN": "hf_x", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://192.0.2.1",
    "FASTAPI_OTEL_AUTO_CONFIGURE": "true", "ORT_DISABLE_TELEMETRY": "0",
    "WANDB_API_KEY": "x", "SENTRY_DSN": "http://x@192.0.2.1/1", "CHROMA_OTEL_COLLECTION_ENDPOINT": "http://192.0.2.1",
}  # fmt: skip
"""What makes other programs, or the libraries, send something."""

STEPS: Mapping[str, str] = {
    "import": "import rag, ui.app, evals.run, rag.answering.writing.chat_model, rag.vectors.chroma; "
    "import rag.text.spacy_models",
    "index": "from rag.app.cli import main; raise SystemExit(main(['index', 'seeds', '--data', DATA]))",
    "ask": "from rag.app.cli import main; raise SystemExit(main(['ask', 'What did Lavrov say?', '--data', DATA]))",
    "doctor": "from rag.app.cli import main; main(['doctor', '--data', DATA])",
    "search": "import time; from rag.app.cli import main; main(['search', 'EU', '--data', DATA]); time.sleep(8)",
    "chat": "from tests.faults.app_phone import chat; chat(DATA)",
}
LINGERING = 6
"""Seconds that the page stays up: what is gathered to be sent is sent after a while."""

CONTROL = (
    "import socket as s\n"
    "for act in (lambda: s.create_connection(('192.0.2.1', 9), 0.2), lambda: s.getaddrinfo('example.org', 80)):\n"
    "    try: act()\n"
    "    except OSError: pass\n"
)
_CONNECTED = re.compile(
    r'(?:connect|sendto|sendmsg)\(.*?(?:inet_addr\("(?P<four>[^"]+)"|inet_pton\(AF_INET6, "(?P<six>[^"]+)")'
)


def phone(trials: Trials) -> Tried:
    tally, data = Tally(), trials.data
    witnesses = ["a hook in Python", *(["strace"] if shutil.which("strace") else [])]
    walled = ["unshare", "--map-root-user", "--net"]
    alone = (
        bool(shutil.which("unshare"))
        and not subprocess.run([*walled, "true"], capture_output=True, check=False).returncode
    )
    if alone:
        witnesses.append("a network of its own")
    for name, program in list(STEPS.items())[: trials.count]:
        code, reached = _watched(trials.folder, f"DATA = {str(data)!r}\n{program}", walled if alone else [])
        tally.note(f"{name} ended with {code}" if code else None)
        for one in reached:
            tally.note(f"{name} reaches for {one}")
    _, reached = _watched(trials.folder, CONTROL, [])
    for sign in ("192.0.2.1", "example.org"):
        tally.control(f"a program that reaches for {sign}", caught=any(sign in one for one in reached))
    if "strace" in witnesses:
        tally.control("strace sees it, too", caught="strace 192.0.2.1" in reached)
    return tally.tried(f"{min(trials.count, len(STEPS))} steps", f"watched by {', '.join(witnesses)}")


def _watched(folder: Path, program: str, walled: list[str]) -> tuple[int, list[str]]:
    """Runs a program to its end; gives its exit code and the hosts that it or its children reached for."""
    log, trace, site = folder / "reached.log", folder / "trace.log", folder / "site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text(HOOK.format(log=str(log)), encoding="utf-8")
    for one in (log, trace):
        one.write_text("", encoding="utf-8")
    watch = (
        ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg", "-o", str(trace)]
        if shutil.which("strace")
        else []
    )
    up = ["sh", "-c", 'ip link set lo up 2>/dev/null; exec "$@"', "sh"] if walled else []
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ONRECORD_", "OPENAI_"))}
    environment = kept | dict(TEMPTING) | {"PYTHONPATH": f"{site}{os.pathsep}{REPOSITORY}"}
    words = [*walled, *up, *watch, sys.executable, "-c", program]
    done = subprocess.run(words, cwd=REPOSITORY, env=environment, capture_output=True, check=False, timeout=500)
    told = [
        *log.read_text(encoding="utf-8").splitlines(),
        *_traced(trace.read_text(encoding="utf-8", errors="replace")),
    ]
    return done.returncode, sorted({one for one in told if _is_beyond(one.partition(" ")[2])})


def _traced(trace: str) -> Iterator[str]:
    yield from (f"strace {found['four'] or found['six']}" for found in _CONNECTED.finditer(trace))


def _is_beyond(host: str) -> bool:
    """Whether it is another machine; a socket of the file system is none."""
    if host in {"", "local", "None", "localhost"} or host.startswith("/"):
        return False
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return True
    return not (address.is_loopback or address.is_unspecified)


def chat(data: str) -> None:
    """Uses the real page over the library: loads all that it names, asks, uploads, leaves."""
    from tests.faults.app_parts import assistant_over, page_over, shown, thread_in
    from tests.visitor import Visitor

    with assistant_over(Path(data)) as assistant, page_over(assistant, Path(data)) as address:
        visitor = Visitor(address)
        page = visitor.get("").text
        named = re.findall(r'(?:src|href)="\.?/?([^":#]+)"', page)
        for path in (
            "config",
            "theme.css",
            "gradio_api/info",
            "gradio_api/startup-events",
            "sources",
            "record",
            *named,
        ):
            visitor.get(path)
        away = [one for one in re.findall(r'(?:src|href)="(?:https?:)?//([^"/]+)', page) if "127.0.0.1" not in one]
        steps = visitor.ask("What did Lavrov say about the EU?", "phone")
        for suffix in ("", ".md", ".docx", ".csv", ".json", "/1/next"):
            visitor.get(f"conversations/{thread_in(steps)}{suffix}")
        visitor.get("draft", b'{"text": "He said: \\u201cWe will see.\\u201d"}', Content_Type="application/json")
        visitor.get("uploads?name=a.txt", b"A title\nThe harbour of Portavia is open.\n")
        while '"busy":true' in visitor.get("sources/news").text:
            time.sleep(0.2)
        time.sleep(LINGERING)
        if "Lavrov" not in shown(steps) or away:
            raise SystemExit(f"the page was not what it is, or names {away}")


ROWS = (Row("phone", "0 attempts at import, index, ask, start, chat", 6, phone, waits=True),)
