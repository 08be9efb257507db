"""Measures onrecord beside other libraries: `python -m evals.peers --set FOLDER --articles 200 --questions 50`.

Each gets an environment of its own under `artifacts/peers/`, made once from the registry, and the same articles and
questions of RealTime QA. All embed with our embedder; with `--by-torch` the others load the same weights themselves.
Libraries that need a model to write are measured by the chunks that they would give it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evals.bench import machine
from evals.peers.measuring import CHUNKS
from evals.realtimeqa import Question, Quiz, load, source_of
from evals.runs import percentile
from evals.sets import share
from rag import OnrecordError, Settings

REPOSITORY = Path(__file__).parents[2]
ENVIRONMENTS = REPOSITORY / "artifacts" / "peers"
TORCH = "torch==2.13.0+cpu"

_EMBEDDER = {"langchain-core", "numpy", "onnx", "onnxruntime", "openvino", "python-dotenv", "safetensors", "tokenizers"}
"""Which of our requirements our embedder needs."""

_QUIET = {
    "ANONYMIZED_TELEMETRY": "False",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "LANGSMITH_TRACING": "false",
    "TRANSFORMERS_OFFLINE": "1",
}
"""Keeps the libraries from asking or telling anybody."""


@dataclass(frozen=True, slots=True)
class Library:
    """What is measured: its script here, its packages, those it loads the weights with; none are ours."""

    name: str
    script: str
    packages: tuple[str, ...] = ()
    loading: tuple[str, ...] = ()
    torch: bool = False
    """Whether it asks for torch even with our embedder."""


LIBRARIES = (
    Library("onrecord", "onrecord"),
    Library("LangChain", "langchain", ("langchain-chroma", "langchain-text-splitters"), ("langchain-huggingface",)),
    Library("LlamaIndex", "llama_index", ("llama-index-core",), ("llama-index-embeddings-huggingface",)),
    Library("Haystack", "haystack", ("haystack-ai",), ("sentence-transformers-haystack",)),
    Library("txtai", "txtai", ("txtai",), torch=True),
)


class NotMeasured(OnrecordError):
    """A library could not be installed or did not finish; the message is the last line of what it complained of."""


def main(words: Sequence[str] | None = None) -> int:
    """Makes the environments, measures the libraries one after another, prints and saves the table."""
    parser = argparse.ArgumentParser(prog="python -m evals.peers", description=__doc__.partition("\n")[0])
    parser.add_argument("--set", type=Path, required=True, help="the folder of RealTime QA")
    parser.add_argument("--articles", type=int, default=200, help="how many articles to index (default 200)")
    parser.add_argument("--questions", type=int, default=50, help="how many questions to ask (default 50)")
    parser.add_argument("--only", nargs="+", choices=[library.script for library in LIBRARIES], help="measure these")
    parser.add_argument("--by-torch", action="store_true", help="let the others load the weights themselves")
    parser.add_argument("--torch", default=TORCH, help=f"the torch to install where one is needed (default {TORCH})")
    parser.add_argument("--json", type=Path, default=ENVIRONMENTS / "peers.json", help="write the figures here")
    options = parser.parse_args(words)
    articles, questions = choose(load(options.set), options.articles, options.questions)
    home = ENVIRONMENTS / ("by-torch" if options.by_torch else "by-onrecord")
    chosen = [library for library in LIBRARIES if not options.only or library.script in options.only]
    wanted = {library: requirements(library, options.torch, by_torch=options.by_torch) for library in chosen}
    # All are installed before the first is measured.
    pythons = {library: _python(library, packages, home / library.script) for library, packages in wanted.items()}
    say(f"{machine()}\n{len(articles)} articles, {len(questions)} questions, {CHUNKS} chunks shown\n\n{line(HEADS)}")
    rows: list[dict[str, Any]] = []
    for library, python in pythons.items():
        for row in measured(library, python, articles, questions, by_torch=options.by_torch):
            rows.append(row)
            say(line(cells(row)))
    say(f"\n{machine()}")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=2) + "\n", encoding="utf-8")
    return 0


def say(text: str) -> None:
    """Prints a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def choose(quiz: Quiz, articles: int, questions: int) -> tuple[list[dict[str, Any]], list[Question]]:
    """Takes the first questions, the articles that answer them, and others up to that number, in the set's order."""
    asked = list(quiz.answerable[:questions])
    graded = sorted((-grade, source) for question in asked for source, grade in question.relevant.items())
    every = {source_of(number): article for number, article in enumerate(quiz.articles, start=1)}
    wanted = set(list(dict.fromkeys([*(source for _, source in graded), *every]))[:articles])
    # onrecord names an article by its line, so the others must, too
    lines = enumerate((source for source in every if source in wanted), start=1)
    names = {source: source_of(number) for number, source in lines}
    renamed = [
        replace(question, relevant={names[old]: grade for old, grade in question.relevant.items() if old in names})
        for question in asked
    ]
    return [{"source": name, **every[source]} for source, name in names.items()], renamed


def requirements(library: Library, torch: str, *, by_torch: bool) -> list[str]:
    """Lists what is installed: the library's packages, and those of our embedder as we ask for them, or torch."""
    if not library.packages:
        return []
    if by_torch:
        return [torch, *library.packages, *library.loading]
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ours = [wanted for wanted in project["dependencies"] if re.split(r"[^\w-]", wanted)[0] in _EMBEDDER]
    return [*([torch] if library.torch else []), *library.packages, *ours]


def _python(library: Library, wanted: Sequence[str], home: Path) -> Path | NotMeasured:
    """Returns the Python of an environment with these packages, made unless it is there; or why it cannot be made."""
    if not wanted:
        return Path(sys.executable)
    made = home / "requirements.txt"
    if not made.is_file() or made.read_text(encoding="utf-8").splitlines() != list(wanted):
        sys.stderr.write(f"{library.name} is being installed in {home}.\n")
        uv = (sys.executable, "-m", "uv")
        try:
            _run([*uv, "venv", "--quiet", "--clear", str(home)])
            quietly = ("--quiet", "--link-mode", "copy", "--compile-bytecode")
            _run([*uv, "pip", "install", *quietly, "--python", str(home), *wanted])
        except NotMeasured as reason:
            return reason
        made.write_text("\n".join(wanted), encoding="utf-8")
    return home / ("Scripts" if os.name == "nt" else "bin") / "python"


def measured(
    library: Library,
    python: Path | NotMeasured,
    articles: Sequence[Mapping[str, Any]],
    questions: Sequence[Question],
    *,
    by_torch: bool = False,
) -> Iterator[dict[str, Any]]:
    """Yields a row for each way of asking, or one that says why there is none."""
    try:
        if isinstance(python, NotMeasured):
            raise python
        figures = _figures(library, python, articles, questions, by_torch=by_torch)
    except NotMeasured as reason:
        yield {"name": library.name, "reason": str(reason)}
        return
    ways = figures.pop("asked")
    for way, answers in ways.items():
        name = library.name if len(ways) == 1 else f"{library.name}, {way}"
        yield {"name": name, **figures, **shown(questions, answers)}


def _figures(
    library: Library,
    python: Path,
    articles: Sequence[Mapping[str, Any]],
    questions: Sequence[Question],
    *,
    by_torch: bool,
) -> dict[str, Any]:
    """Runs the library's script on a job. NotMeasured if it fails."""
    from rag.vectors.minilm_onnx import build_model, find_weights

    for name, value in _QUIET.items():
        os.environ[name] = value
    models, load = Settings.from_environment().models, os.getloadavg()[0]
    build_model(models)
    with tempfile.TemporaryDirectory(prefix="onrecord-peers-") as folder:
        job = {
            "texts": articles,
            "questions": [(question.text, question.asked.isoformat()) for question in questions],
            "folder": folder,
            "models": str(models.absolute()),
            "weights": str(find_weights()) if by_torch else None,
        }
        figures: dict[str, Any] = json.loads(
            _run([str(python), "-m", f"evals.peers.{library.script}"], json.dumps(job))
        )
    return {"load": load, **figures}


def _run(command: Sequence[str], given: str = "") -> str:
    """Returns what the command prints. NotMeasured gives the last line of what it complains of."""
    done = subprocess.run(  # noqa: S603 - our own scripts, and uv
        command, input=given, capture_output=True, text=True, encoding="utf-8", cwd=REPOSITORY, check=False
    )
    if done.returncode:
        complaints = [row.strip() for row in done.stderr.splitlines() if row.strip()]
        raise NotMeasured(complaints[-1] if complaints else f"{command[0]} ended with {done.returncode}.")
    return done.stdout


def shown(questions: Sequence[Question], answers: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Measures how long the answers took, how often they show the gold answer or article, and how much they show."""
    pairs = [(asked, answer["shown"]) for asked, answer in zip(questions, answers, strict=True)]
    seconds = [answer["seconds"] for answer in answers]
    work = [answer["core_seconds"] for answer in answers]
    return {
        "p50_seconds": percentile(seconds, 0.5),
        "p95_seconds": percentile(seconds, 0.95),
        "p50_core_seconds": percentile(work, 0.5),
        "answer_shown": share(any(asked.is_answered_in(chunk["text"]) for chunk in chunks) for asked, chunks in pairs),
        "article_shown": share(any(chunk["source"] in asked.relevant for chunk in chunks) for asked, chunks in pairs),
        "characters": percentile([sum(len(chunk["text"]) for chunk in chunks) for _, chunks in pairs], 0.5),
    }


HEADS = (
    "", "index s", "core s", "ask ms", "p95", "core ms", "peak MB", "disk MB", "answer", "article", "characters", "",
)  # fmt: skip


def cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the cells of a row of figures, or of one without."""
    if "reason" in row:
        return (row["name"], f"  not measured: {row['reason']}")
    return (
        row["name"],
        f"{row['index_seconds']:.1f}",
        f"{row['index_core_seconds']:.1f}",
        f"{row['p50_seconds'] * 1000:.0f}",
        f"{row['p95_seconds'] * 1000:.0f}",
        f"{row['p50_core_seconds'] * 1000:.0f}",
        f"{row['peak_bytes'] / 2**20:.0f}",
        f"{row['disk_bytes'] / 2**20:.1f}",
        f"{row['answer_shown']:.2f}",
        f"{row['article_shown']:.2f}",
        f"{row['characters']:.0f}",
        f"  {row['version']}",
    )


def line(row: Sequence[str]) -> str:
    """Aligns the cells of a row under HEADS."""
    rest = (f"{cell:>{max(8, len(head) + 2)}}" for cell, head in zip(row[1:], HEADS[1:], strict=False))
    return f"{row[0]:<18}{''.join(rest)}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
