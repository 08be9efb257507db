"""The house: who may import whom, where each big library lives, and where the nouns of trust are made."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import rag
from tests.case_files import table
from tests.processes import REPOSITORY

DOOR = ("rag.core", "rag.core.errors", *(f"rag.{name}" for name in rag.__all__))

KEEPERS = ("evals/databases.py", "evals/enlarge.py", "evals/spreading.py")  # keep articles themselves, to time it
BENCH = "evals/bench.py"  # times the parts themselves, and Chroma's own embedding model beside ours
# Measure one step of indexing against people's annotations, the check against claims that no writer would make, and
# rivals that parse for themselves: none of this can be seen through the door.
ATTRIBUTION = ("evals/attribution.py", "evals/polnear.py", "evals/train_attribution.py", "evals/traps.py")
OUTSIDE = ("evals/outside.py",)  # examines the embedding model alone, as others' figures do
COMMANDS = ("evals/witnesses.py", "evals/resolved_speakers.py")  # drive the command line itself
PEERS = ("evals/peers/",)  # index and embed inside other libraries' environments
# Train on signals and candidates themselves, which no answer shows.
TRAINING = ("evals/train_reader.py", "evals/reader_groups.py", "evals/reader_eval.py", "evals/train_selection.py")

BASE = ("rag.core",)
NOUNS = tuple(f"rag.core.{name}" for name in ("articles", "queries", "answers"))
READING = ("rag.people", "rag.attribution", "rag.ingestion", "rag.text")  # what an article goes through
FOUND = (
    *(f"rag.answering.{stage}" for stage in ("understanding", "reading", "retrieval")),
    "rag.library",
    "rag.vectors",
)

# The first room that a file's path starts with decides. A room may import itself and what stands beside it.
ROOMS: dict[str, tuple[str, ...]] = {
    "rag/__init__.py": ("rag",),
    "rag/core/errors.py": (),
    **dict.fromkeys((f"{noun.replace('.', '/')}.py" for noun in NOUNS), NOUNS),
    "rag/core/": BASE,
    "rag/json_contract.py": ("rag.verification", *BASE),
    "rag/app/terminal.py": ("rag.answering.claims", "rag.people", "rag.verification", *BASE),
    "rag/text/": BASE,
    "rag/ingestion/": ("rag.text", *BASE),
    "rag/attribution/": ("rag.text", *BASE),
    "rag/people/": ("rag.text", *BASE),
    "rag/library/": (*READING, *BASE),
    "rag/vectors/": ("rag.library", *BASE),
    "rag/answering/understanding/": ("rag.library", *READING, *BASE),
    "rag/answering/reading/": ("rag.answering.understanding", "rag.library", "rag.vectors", *READING, *BASE),
    "rag/answering/retrieval/": (
        "rag.answering.reading",
        "rag.answering.understanding",
        "rag.library",
        "rag.vectors",
        *READING,
        *BASE,
    ),
    "rag/answering/claims/": (*FOUND, *READING, *BASE),
    "rag/answering/writing/": ("rag.answering.claims", *FOUND, *READING, *BASE),
    "rag/answering/checking/": ("rag.answering.claims", "rag.answering.writing", *FOUND, *READING, *BASE),
    "rag/answering/": ("rag.library", "rag.vectors", *READING, *BASE),
    "rag/verification/": ("rag.answering", "rag.library", *READING, *BASE),
    "rag/app/cli.py": ("rag", "ui", "evals"),
    "rag/app/commands.py": ("rag", "ui", "evals"),
    "rag/app/query_commands.py": ("rag", "evals"),
    "rag/": ("rag",),
    "ui/": DOOR,
    BENCH: ("rag", "evals"),
    **dict.fromkeys((*ATTRIBUTION, *COMMANDS, *OUTSIDE, *PEERS, *TRAINING, *KEEPERS), ("rag", "evals")),
    "evals/": DOOR,
    "prompts/": (),
}
IN_A_COMMAND = ("ui", "evals")  # imported by the command line alone, and only inside the command

# Where a library may be imported. A path that ends in a slash is a room.
HOMES: dict[str, tuple[str, ...]] = {
    "chromadb": ("rag/vectors/chroma.py", BENCH),
    "dateparser": ("rag/answering/understanding/time_ranges.py",),
    "docx": ("rag/ingestion/documents.py", "ui/exports.py"),
    "pypdf": ("rag/ingestion/pdf.py",),
    "rapidfuzz": (
        "rag/text/name_matching.py",
        "rag/people/naming.py",
        "rag/attribution/full_names.py",
        "rag/verification/",
        "rag/answering/understanding/entity_index.py",
        "rag/answering/retrieval/",
    ),
    "rag.core.settings": (
        "rag/library/",
        "rag/vectors/",
        "rag/answering/",
        "rag/app/",
        "rag/assembly.py",
        "rag/background.py",
        "rag/feed_refresher.py",
        "rag/__init__.py",
        "evals/",
    ),
    "sqlite3": ("rag/library/", "evals/enlarge.py"),
    "fsspec": ("rag/library/folder.py",),
    "obstore": ("rag/library/folder.py",),
    "ray": ("rag/library/article_parts.py", "evals/spreading.py"),
    "psycopg": ("rag/library/postgres.py",),
    "onnx": ("rag/vectors/minilm_onnx.py", "rag/answering/reading/minilm_reader.py", BENCH),
    "onnxruntime": ("rag/vectors/minilm_onnx.py", "rag/vectors/engines.py"),
    "openvino": ("rag/vectors/engines.py",),
    "spacy": ("rag/text/spacy_models.py",),
    "trafilatura": ("rag/ingestion/",),
    "urllib3": ("rag/ingestion/fetching.py",),
    "striprtf": ("rag/ingestion/documents.py",),
    "warcio": ("rag/ingestion/saved_pages.py",),
    "watchfiles": ("rag/background.py",),
    "gradio": ("ui/gradio_bridge.py",),
    "fastapi": ("ui/", "rag/app/http_api.py"),
    "mcp": ("rag/app/mcp_server.py",),
    "prometheus_client": ("rag/app/monitoring.py",),
    "uvicorn": ("ui/",),
    "langchain": ("rag/answering/writing/chat_model.py",),
    "langsmith": ("rag/answering/writing/chat_model.py",),
    "dotenv": ("rag/core/settings.py",),
    "langchain_core.language_models": ("rag/answering/writing/chat_model.py",),
    "langchain_openai.ChatOpenAI": ("rag/answering/writing/chat_model.py",),
    "langchain_openai": ("rag/answering/writing/chat_model.py", "rag/vectors/embedders.py"),
    "openai": ("rag/answering/writing/chat_model.py", "rag/vectors/embedders.py"),
}
HOMES_OF_TYPES: dict[str, tuple[str, ...]] = {
    "spacy": (
        "rag/ingestion/",
        "rag/attribution/",
        "rag/text/",
        "rag/answering/checking/gate.py",
        "rag/answering/reading/semantic_roles.py",
        "rag/answering/understanding/referents.py",
        "evals/attribution.py",
    )
}  # under `if TYPE_CHECKING`
# The baseline shows what answers look like that nobody checks.
CHECK = ("rag/answering/checking/check.py", "evals/baseline.py")
CLAIMS = "rag/answering/claims/"
MAKERS = {"Citation": CHECK, "Answer": CHECK, "Passage": ("rag/core/articles.py",), "Frame": (f"{CLAIMS}templates.py",)}
ENVIRONMENT = "rag/core/settings.py"


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name in full, and whether it stands in a function or is only for the type checker."""

    name: str
    line: int
    in_function: bool
    for_types: bool


def imports(node: ast.AST, *, in_function: bool = False, for_types: bool = False) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, in_function, for_types) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = "." * child.level + (child.module or "")
            for alias in child.names:
                yield Import(f"{base}.{alias.name}", child.lineno, in_function, for_types)
        else:
            inside = in_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            typing = for_types or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test))
            yield from imports(child, in_function=inside, for_types=typing)


def is_part_of(name: str, whole: str) -> bool:
    return name == whole or name.startswith(f"{whole}.")


def stands_in(path: str, places: tuple[str, ...]) -> bool:
    return any(path.startswith(place) if place.endswith("/") else path == place for place in places)


def room_of(path: str) -> str:
    return next(room for room in ROOMS if stands_in(path, (room,)))


def wrong_neighbours(path: str, tree: ast.AST) -> Iterator[str]:
    """Imports that cross a wall of the house."""
    room = room_of(path)
    own = room.removesuffix(".py").removesuffix("/").replace("/", ".")
    for found in imports(tree):
        if found.name.startswith("."):
            yield f"{path}:{found.line} imports relatively"
        elif is_part_of(found.name, "tests"):
            yield f"{path}:{found.line} imports a test"
        elif any(is_part_of(found.name, top) for top in ("rag", "ui", "evals")):
            if not any(is_part_of(found.name, allowed) for allowed in (own, *ROOMS[room])):
                yield f"{path}:{found.line} imports {found.name}"
            elif room.startswith("rag/") and found.name.split(".")[0] in IN_A_COMMAND and not found.in_function:
                yield f"{path}:{found.line} imports {found.name} outside a command"


def wrong_libraries(path: str, tree: ast.AST) -> Iterator[str]:
    """Big libraries outside their one adapter."""
    for found in imports(tree):
        for library, homes in HOMES.items():
            visits = HOMES_OF_TYPES.get(library, ()) if found.for_types else ()
            if is_part_of(found.name, library) and not stands_in(path, (*homes, *visits)):
                yield f"{path}:{found.line} imports {found.name}"


def wrong_makers(path: str, tree: ast.AST) -> Iterator[str]:
    """Calls that make a noun of trust elsewhere than in its one place."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if path not in MAKERS.get(name, (path,)):
                yield f"{path}:{node.lineno} makes a {name}"


def wrong_environment(path: str, tree: ast.AST) -> Iterator[str]:
    """Reading of environment variables outside the settings. To set one for a library is not to read it."""
    if path == ENVIRONMENT:
        return
    written = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in {"environ", "environb", "getenv"}
            and id(node) not in written
        ):
            yield f"{path}:{node.lineno} reads the environment"
    for found in imports(tree):
        if found.name in {"os.environ", "os.environb", "os.getenv"}:
            yield f"{path}:{found.line} reads the environment"


def wrong_frames(path: str, tree: ast.AST) -> Iterator[str]:
    """Frames in other words than a function of the claims tells: nobody reads them again."""
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    of_claims = [node for node in froms if (node.module or "").startswith("rag.answering.claims")]
    rules = {alias.asname or alias.name for node in of_claims for alias in node.names}
    for node in ast.walk(tree):
        is_frame = isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "framed"
        if isinstance(node, ast.Call) and is_frame and not path.startswith(CLAIMS):
            told = (part for part in alternatives(node.args[0]) if ast.unparse(part) != "None")
            if not all(isinstance(part, ast.Call) and ast.unparse(part.func).split(".")[0] in rules for part in told):
                yield f"{path}:{node.lineno} makes a frame in its own words"


def alternatives(node: ast.expr) -> Iterator[ast.expr]:
    """Every value that `a or b` or `a if c else b` may have."""
    if isinstance(node, ast.BoolOp | ast.IfExp):
        for part in node.values if isinstance(node, ast.BoolOp) else (node.body, node.orelse):
            yield from alternatives(part)
    else:
        yield node


RULES = (wrong_neighbours, wrong_libraries, wrong_makers, wrong_environment, wrong_frames)


def violations(path: str, source: str) -> list[str]:
    tree = ast.parse(source)
    return [violation for rule in RULES for violation in rule(path, tree)]


def sources() -> list[Path]:
    return sorted(file for room in ("rag", "ui", "evals", "prompts") for file in (REPOSITORY / room).rglob("*.py"))


def test_the_rules_catch_a_bad_file_and_let_a_good_one_pass() -> None:
    for path, source in table("house", "bad"):
        assert len(violations(path, source)) == 1, path
    for path, source in table("house", "good"):
        assert violations(path, source) == [], path


def test_every_file_is_looked_at_and_keeps_to_the_house() -> None:
    names = {file.relative_to(REPOSITORY).as_posix() for file in sources()}
    assert {
        "rag/core/articles.py",
        "rag/app/cli.py",
        "rag/answering/checking/check.py",
        "ui/app.py",
        "evals/run.py",
    } <= names
    for file in sources():
        assert violations(file.relative_to(REPOSITORY).as_posix(), file.read_text(encoding="utf-8")) == [], file
