"""Measures speed and memory on this machine: `python -m evals.bench`.

Every ratio is taken within one run, as the median of pairs that follow each other, so that a busy machine slows both
sides; CPU seconds are given beside the clock's. The articles are invented; other articles give other figures. The
figures are kept in `artifacts/bench.json` with the machine; those of the run before stand beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from evals.invented import invented_questions, invented_texts, write_articles

if TYPE_CHECKING:
    from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2

Made = TypeVar("Made")

TEXTS = 64
PAIRS = 5
STAGED = 40
FULL = (1_000, 10_000, 100_000)
AT_ONCE = (1, 8, 32)
QUESTIONS = 60
WARM = 5
BATCH = 5_000
OPERATIONS = 6 * (4 * 384 * 384 + 2 * 384 * 1536)
"""Products a token in the model's matrices."""
RESULTS = Path("artifacts/bench.json")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    what: str
    value: str
    note: str = ""


def main(words: Sequence[str] | None = None) -> int:
    """Prints the machine, then the table, a part at a time."""
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=200, help="how many invented articles to index (default 200)")
    parser.add_argument("--full", action="store_true", help="index 1,000, 10,000 and 100,000 articles instead (hours)")
    parser.add_argument(
        "--ready", type=Path, nargs=2, metavar=("LIBRARY", "FOLDER"), help="a library to ask, and its articles"
    )
    parser.add_argument("--json", type=Path, default=RESULTS, help=f"where the figures are kept (default {RESULTS})")
    options = parser.parse_args(words)
    before = _figures_kept(options.json)
    sys.stdout.write(f"{machine()}\n\n")
    kept: dict[str, Figure] = {}
    for number, articles in enumerate(FULL if options.full else (options.articles,)):
        figures = of_a_library(*options.ready) if options.ready else measurements(articles, small=not number)
        for figure in figures:
            name = f"{figure.what}, {articles:,} articles" if options.full and figure.what in kept else figure.what
            kept[name] = figure
            last = f"[before {before[name]}]" if name in before else ""
            sys.stdout.write(f"{name:<48} {figure.value:>16}  {figure.note} {last}".rstrip() + "\n")
            sys.stdout.flush()
    _keep(options.json, kept)
    return 0


def of_a_library(library: Path, folder: Path) -> Iterator[Figure]:
    """Measures what an existing library allows; library and folder end as they were."""
    yield from answering(library)
    yield from cold_answering(library)
    yield from indexing_again(folder, library)
    with tempfile.TemporaryDirectory(prefix="onrecord-bench-") as scratch:
        yield from answering_while_indexing(library, folder, Path(scratch, "other"))


def measurements(articles: int, *, small: bool) -> Iterator[Figure]:
    """Measures everything on so many articles; with `small` also what does not depend on their number."""
    with tempfile.TemporaryDirectory(prefix="onrecord-bench-") as scratch:
        folder, library = Path(scratch, "articles"), Path(scratch, "library")
        write_articles(folder, articles)
        chromas = chromas_embedder(Path(scratch))
        if small:
            yield from embedding(chromas)
            yield from stages(folder, Path(scratch, "staged"))
        yield from indexing(folder, library)
        yield from answering(library)
        yield from plain_answering(library, chromas)
        yield from cold_answering(library)
        yield from many_readers(library)
        yield from answering_while_indexing(library, folder, Path(scratch, "other"))


def _figures_kept(path: Path) -> dict[str, str]:
    """Returns the values of the run before by name; none if there was none."""
    try:
        told: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))["figures"]
    except (OSError, ValueError, KeyError):
        return {}
    return {name: figure["value"] for name, figure in told.items()}


def _keep(path: Path, figures: dict[str, Figure]) -> None:
    """Writes the figures with the machine; those of the run before go beside them, as `NAME-before.json`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file():
        path.replace(path.with_name(f"{path.stem}-before{path.suffix}"))
    told = {name: {"value": figure.value, "note": figure.note} for name, figure in figures.items()}
    path.write_text(json.dumps({"machine": machine(), "figures": told}, indent=1) + "\n", encoding="utf-8")


def machine() -> str:
    """Describes what every figure depends on: cores, processor, memory, load and Python."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {_processor()}, {memory:.0f} GB memory, load {os.getloadavg()[0]:.1f}; "
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    )


def embedding(chromas: ONNXMiniLM_L6_V2) -> Iterator[Figure]:
    """Compares our embedder with Chroma's default one, same weights, same texts."""
    import numpy as np

    from rag import Settings
    from rag.vectors.embedders import MiniLM

    models = Settings.from_environment().models
    ours, other = MiniLM(models), MiniLM(models, engine="onnxruntime")
    texts = invented_texts(TEXTS)
    cosines = (np.array(ours.embed_documents(texts)) * np.array(chromas(texts))).sum(axis=1)  # and both are warm
    pairs = [(_cost(lambda: ours.embed_documents(texts)), _cost(lambda: chromas(texts))) for _ in range(PAIRS)]
    tokens = statistics.mean(map(ours.count_tokens, texts))
    for who, note, costs in (
        ("onrecord (int8)", f"texts of 120 words, {tokens:.0f} tokens on average", [own for own, _ in pairs]),
        ("Chroma's default (fp32)", "the same weights; each text filled up to 256 tokens", [its for _, its in pairs]),
    ):
        seconds, work = (statistics.median(part) for part in zip(*costs, strict=True))
        effort = f"{work / TEXTS:.3f} core seconds a text; {note}"
        yield Figure(f"embedding, {who}", f"{TEXTS / seconds:.1f} texts/s", effort)
    if ours.engine != other.engine:
        other.embed_documents(texts)
        work = [[_cost(partial(each.embed_documents, texts))[1] for each in (ours, other)] for _ in range(PAIRS)]
        ratio = statistics.median(its / own for own, its in work)
        yield Figure("embedding, texts per core second", f"{ratio:.2f} times", "those of ONNX Runtime in int8")
    operations = (
        2 * tokens * OPERATIONS * TEXTS / 1e9 / statistics.median(own for _, own in (pair[0] for pair in pairs))
    )
    yield Figure("embedding, operations", f"{operations:.0f} G/s a core", "multiplications and additions of the layers")
    times = statistics.median(its / own for (own, _), (its, _) in pairs)
    note = f"median of {PAIRS} pairs; least cosine {cosines.min():.3f}"
    yield Figure("embedding, times as fast", f"{times:.2f}", note)


def chromas_embedder(scratch: Path) -> ONNXMiniLM_L6_V2:
    """Makes Chroma's own embedder, with the genuine weights where it would keep its download."""
    from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2
    from onnx import TensorProto, helper

    from rag.vectors.minilm_onnx import bert, find_weights, load_weights

    weights = find_weights()
    network = bert(load_weights(weights))
    # Chroma feeds it a third input, which is always zero; the graph has that folded into its constants.
    network.graph.input.append(helper.make_tensor_value_info("token_type_ids", TensorProto.INT64, ["batch", "length"]))
    folder = scratch / "chroma" / ONNXMiniLM_L6_V2.EXTRACTED_FOLDER_NAME
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(network.SerializeToString())
    for name in ("config.json", "special_tokens_map.json", "tokenizer_config.json", "tokenizer.json", "vocab.txt"):
        (folder / name).symlink_to(weights / name)
    embedder = ONNXMiniLM_L6_V2()
    embedder.DOWNLOAD_PATH = folder.parent
    return embedder


def stages(folder: Path, library: Path) -> Iterator[Figure]:
    """Times each step of indexing by itself, over the same articles."""
    import numpy as np

    from rag import Settings
    from rag.attribution.statements import attribute
    from rag.ingestion.layout import lay_out
    from rag.ingestion.readers import read_text
    from rag.ingestion.segmentation import passage_text, sentences, split_into_passages
    from rag.library.store import Record, Store
    from rag.vectors.embedders import MiniLM

    settings = Settings.from_environment()
    embedder = MiniLM(settings.models)
    paths = sorted(folder.iterdir())[:STAGED]
    first = lay_out(next(read_text(paths[0], paths[0].name)))
    attribute(first, sentences(first))  # loads the models
    embedder.embed_query("")

    times: dict[str, float] = {}

    def step(name: str, work: Callable[[], list[Made]]) -> list[Made]:
        started = time.perf_counter()
        made = work()
        times[name] = time.perf_counter() - started
        return made

    articles = step("reading and layout", lambda: [lay_out(next(read_text(path, path.name))) for path in paths])
    spans = step("sentences", lambda: [sentences(article) for article in articles])
    both = list(zip(articles, spans, strict=True))
    count, limit = embedder.count_tokens, settings.passage_tokens
    cut = step("passages", lambda: [split_into_passages(article, within, count, limit) for article, within in both])
    said = step("attribution", lambda: [attribute(article, within).statements for article, within in both])
    parts = [
        (article.title, passage.text) for article, passages in zip(articles, cut, strict=True) for passage in passages
    ]
    vectors = iter(step("embedding", lambda: embedder.embed_documents([passage_text(*part) for part in parts])))
    records = [
        Record(article, passages, np.array([next(vectors) for _ in passages], np.float32), statements)
        for article, passages, statements in zip(articles, cut, said, strict=True)
    ]
    with closing(Store.create(library)) as store, store.writing() as changes:
        changes.set_embedder(embedder.name, embedder.dimension)
        step("store", lambda: [changes.put(record) for record in records])
    whole = sum(times.values())
    for name, seconds in times.items():
        yield Figure(f"  {name}", f"{len(paths) / seconds:.1f} articles/s", f"{seconds / whole:.0%} of all steps")
    note = f"{len(parts)} passages and {sum(map(len, said))} statements of {len(paths)} articles"
    yield Figure("  all steps, one after another", f"{len(paths) / whole:.1f} articles/s", note)


def indexing(folder: Path, library: Path) -> Iterator[Figure]:
    """Times the real command in its own process: first, unchanged, one changed, one removed; plain RAG beside it."""
    first, work = _index(folder, library)
    # The largest child so far; kilobytes on Linux, bytes on macOS.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    plain, plain_work = _cost(lambda: plain_indexing(folder))
    files = sorted(folder.iterdir())
    read, megabytes = sum(len(path.read_bytes().split()) for path in files), sum(map(_size, files)) / 1e6
    count, seconds = first["articles"], first["seconds"]
    note = f"{count} articles, {read} words, {megabytes / seconds:.2f} MB/s, {first['passages']} passages"
    yield Figure("indexing, first time", f"{count / seconds:.1f} articles/s", f"{note}, {work:.1f} core seconds")
    yield Figure("indexing by plain RAG", f"{count / plain:.1f} articles/s", f"{plain_work:.1f} core seconds")
    note = f"by core seconds {plain_work / work:.2f}, which also count the loading of models"
    yield Figure("  our share of plain RAG's speed", f"{plain / seconds:.2f}", note)
    yield Figure("  memory of the largest process", f"{peak / 2**20:.0f} MB")
    disk = sum(_size(path) for path in library.rglob("*") if path.is_file())
    yield Figure("  disk", f"{disk / count / 1000:.1f} kB/article", f"{disk / 1e6 / megabytes:.1f} times the articles")
    yield from indexing_again(folder, library)


def indexing_again(folder: Path, library: Path) -> Iterator[Figure]:
    """Times indexing after no change, one changed article, one removed article, and that article added again."""
    path = min(folder.iterdir())
    text = path.read_text(encoding="utf-8")
    for what, act in (
        ("nothing changed", lambda: None),
        ("one article changed", lambda: path.write_text(f"{text}\nA correction was added.\n", encoding="utf-8")),
        ("one article removed", path.unlink),
        ("one article added", lambda: path.write_text(text, encoding="utf-8")),
    ):
        act()
        start = time.perf_counter()
        told, work = _index(folder, library)
        whole = time.perf_counter() - start
        note = f"the whole command {whole:.2f} s and {work:.2f} core seconds, start and models included"
        yield Figure(f"indexing, {what}", f"{told['seconds']:.3f} s", note)


def plain_indexing(folder: Path) -> None:
    """Indexes as a tutorial does: chunks of 1,000 characters, the same embeddings, Chroma; no sentence is read."""
    import chromadb
    import numpy as np
    from chromadb.config import Settings as ChromaSettings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    from rag import Settings
    from rag.vectors.embedders import MiniLM

    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    embedder = MiniLM(Settings.from_environment().models)
    client = chromadb.EphemeralClient(ChromaSettings(anonymized_telemetry=False))
    collection = client.get_or_create_collection("plain-index", embedding_function=None)
    for path in sorted(folder.iterdir()):
        chunks = splitter.split_text(path.read_text(encoding="utf-8"))
        vectors = np.array(embedder.embed_documents(chunks), np.float32)
        names = [f"{path.name} {number}" for number in range(len(chunks))]
        collection.upsert(ids=names, embeddings=vectors, documents=chunks)


def cold_answering(library: Path) -> Iterator[Figure]:
    """Times `onrecord ask` from start to end in a process of its own, the second time."""
    question = invented_questions(1)[0]
    command = [sys.executable, "-m", "rag.app.cli", "ask", question, "--data", str(library), "--writer", "offline"]
    for _ in range(2):
        used, start = _children(), time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own command
        took, work = time.perf_counter() - start, _children() - used
    yield Figure("`onrecord ask` as a command", f"{took:.2f} s", f"{work:.2f} core seconds")


def many_readers(library: Path) -> Iterator[Figure]:
    """Times whole offline answers while several people ask at once."""
    from rag import Settings, build

    with closing(build(Settings.from_environment(data=library), writer="offline")) as assistant:
        questions = invented_questions(WARM + QUESTIONS)
        for readers in AT_ONCE:
            with ThreadPoolExecutor(readers) as pool:
                start = time.perf_counter()
                seconds = [answer.seconds for answer in pool.map(assistant.ask, questions)]
                rate = len(questions) / (time.perf_counter() - start)
            yield _latency(f"offline answer, {readers} at once", seconds, f"{rate:.1f} answers/s")


def answering_while_indexing(library: Path, folder: Path, other: Path) -> Iterator[Figure]:
    """Times whole offline answers while `onrecord index` reads the articles into another library."""
    from rag import Settings, build

    with closing(build(Settings.from_environment(data=library), writer="offline")) as assistant:
        idle = [assistant.ask(question).seconds for question in invented_questions(WARM + QUESTIONS)][WARM:]
        with subprocess.Popen(_index_command(folder, other), stdout=subprocess.DEVNULL) as run:  # noqa: S603  # ours
            questions = cycle(invented_questions(QUESTIONS))
            busy: list[float] = []
            while run.poll() is None and len(busy) < QUESTIONS:
                busy.append(assistant.ask(next(questions)).seconds)
            run.terminate()
    if len(busy) > WARM:
        times = _p95(busy) / _p95(idle)
        yield _latency("offline answer while indexing", busy, f"the 95 % {times:.1f} times those before it")


def answering(library: Path) -> Iterator[Figure]:
    """Times whole offline answers in a process that has answered before."""
    from rag import Settings, build

    with closing(build(Settings.from_environment(data=library), writer="offline")) as assistant:
        questions = invented_questions(WARM + QUESTIONS)
        answered = [assistant.ask(question).status for question in questions[:WARM]].count("answered")
        costs = [_cost(partial(assistant.ask, question)) for question in questions[WARM:]]
    seconds, work = map(list, zip(*costs, strict=True))
    note = f"of a processor {statistics.median(work) * 1000:.0f} ms, 95 % within {_p95(work) * 1000:.0f}"
    yield _latency("offline answer", seconds, f"{note}; {answered} of the first {WARM} answered")


def plain_answering(library: Path, chromas: ONNXMiniLM_L6_V2) -> Iterator[Figure]:
    """Times what a plain program does before its model writes: embed the question, fetch the six nearest passages."""
    import chromadb
    from chromadb.config import Settings

    from rag.library.store import Store

    client = chromadb.EphemeralClient(Settings(anonymized_telemetry=False))
    collection = client.create_collection("plain", embedding_function=None, configuration={"hnsw": {"space": "cosine"}})
    with closing(Store.open(library)) as store, store.reading() as view:
        numbers, vectors = view.vectors.after(0)
        passages = view.passages(numbers.tolist())
    for start in range(0, len(numbers), BATCH):
        batch = numbers[start : start + BATCH].tolist()
        texts = [passages[number].text for number in batch]
        collection.add(
            ids=[str(number) for number in batch], embeddings=vectors[start : start + BATCH], documents=texts
        )

    def fetch(question: str) -> object:
        return collection.query(query_embeddings=list(chromas([question])), n_results=6)

    asked = invented_questions(WARM + QUESTIONS)
    seconds = [_cost(partial(fetch, question))[0] for question in asked][WARM:]
    yield _latency("plain retrieval by Chroma", seconds, "no full text, no speakers, no answer, no check")


def _latency(what: str, seconds: list[float], note: str) -> Figure:
    """Gives the median and the 95th and 99th percentile."""
    middle, most = statistics.median(seconds), statistics.quantiles(seconds, n=100)[98]
    note = f"95 % within {_p95(seconds) * 1000:.0f} ms, 99 % within {most * 1000:.0f} ms; {note}"
    return Figure(f"{what}, warm", f"{middle * 1000:.0f} ms", note)


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[18]


def _size(path: Path) -> int:
    return path.stat().st_size


def _index_command(folder: Path, library: Path) -> list[str]:
    return [sys.executable, "-m", "rag.app.cli", "index", str(folder), "--data", str(library), "--json"]


def _index(folder: Path, library: Path) -> tuple[dict[str, Any], float]:
    """Runs `onrecord index --json`; gives its report and its core seconds. CalledProcessError if it fails."""
    used = _children()
    done = subprocess.run(_index_command(folder, library), check=True, stdout=subprocess.PIPE)  # noqa: S603  # ours
    report: dict[str, Any] = json.loads(done.stdout)
    return report, _children() - used


def _children() -> float:
    """Returns the core seconds of all processes that were started from this one and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _cost(work: Callable[[], object]) -> tuple[float, float]:
    """Measures seconds on the clock, and seconds of all cores together."""
    start, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - used


def _processor() -> str:
    """Reads the processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    sys.exit(main())
