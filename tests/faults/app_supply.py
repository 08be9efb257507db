"""What onrecord is built from: the locks name everything that is installed, by digest, and nothing known to be bad."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from tests.faults.app_parts import Tally
from tests.faults.rows import Row, Trials, Tried
from tests.processes import REPOSITORY

LOCKS = ("requirements.lock",)
OURSELVES = frozenset({"onrecord", "pip"})
"""What is installed and in no lock: this project, and what installs."""

KNOWN_BAD: Mapping[str, str] = {
    "aiohttp": "<3.13.3",  # CVE-2025-69223: a small reply that fills the memory
    "certifi": "<2024.7.4",  # CVE-2024-39689
    "chromadb": "<1.5.9",  # the holes of its Python server have no fixed release: SECURITY.md says why it is used
    "fastapi": "<0.109.1",  # CVE-2024-24762
    "gradio": "<5.31",  # CVE-2025-48889: any file copied by what flags answers
    "h11": "<0.16",  # CVE-2025-43859: smuggled requests
    "idna": "<3.7",  # CVE-2024-3651
    "jinja2": "<3.1.6",  # CVE-2025-27516
    "langchain-core": "<1.2.5",  # CVE-2025-68664: secrets out of what is loaded
    "lxml": "<4.9.1",  # CVE-2022-2309
    "lxml-html-clean": "<0.4",  # CVE-2024-52595
    "numpy": "<1.22",  # CVE-2021-34141
    "onnx": "<1.17",  # CVE-2024-7776
    "orjson": "<3.9.15",  # CVE-2024-27454
    "pillow": "<11.3",  # CVE-2025-48379
    "protobuf": "<5.29.5",  # CVE-2025-4565
    "pypdf": "<6.4",  # CVE-2025-66019: a page that fills the memory
    "python-multipart": "<0.0.22",  # CVE-2026-24486: files written elsewhere
    "pyyaml": "<5.4",  # CVE-2020-14343
    "requests": "<2.32.4",  # CVE-2024-47081
    "setuptools": "<78.1.1",  # CVE-2025-47273
    "starlette": "<0.49.1",  # CVE-2025-62727
    "tqdm": "<4.66.3",  # CVE-2024-34062
    "urllib3": "<2.6.3",  # CVE-2026-21441
    "uvicorn": "<0.11.7",  # CVE-2020-7695
    "websockets": "<9.1",  # CVE-2021-33880
}
"""Versions with known holes of what is in the locks. A scanner's silence proves nothing; this list is short."""

ALLOWED = re.compile(
    r"apache|bsd|mit\b|isc\b|mpl|mozilla public|python software|psf|0bsd|zlib|unlicense|public domain|cc0|hpnd|"
    r"historical permission|boost|blueoak|\bzpl|w3c|artistic",
    re.IGNORECASE,
)
FORBIDDEN = re.compile(
    r"\b(?:a?gpl|gnu (?:affero )?general public|sspl|busl|business source|commons clause)", re.IGNORECASE
)
LGPL = re.compile(r"lgpl|lesser general public", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Locked:
    """A line of a lock."""

    name: NormalizedName
    version: str
    applies: bool
    hashes: int


def supply(trials: Trials) -> Tried:
    tally = Tally()
    locked = [one for name in LOCKS for one in read_lock((REPOSITORY / name).read_text(encoding="utf-8"))]
    installed = list(distributions())
    for fault in faults(locked, installed):
        tally.note(fault)
    tally.trials = len(locked) + len(installed)
    _controls(locked, installed, trials.folder, tally)
    return tally.tried(f"{len(locked)} locked", f"{len(installed)} installed", f"{len(KNOWN_BAD)} lines of versions")


def read_lock(text: str) -> Iterator[Locked]:
    """Reads the lines of a lock, each with the number of its digests."""
    for entry in re.split(r"\n(?=[a-zA-Z0-9])", text.replace("\\\n", " ")):
        found = re.match(
            r"(?P<name>[\w.-]+)==(?P<version>[^\s;]+)\s*(?:;(?P<marker>.*?))?(?=\s--hash|\s*$)", entry, re.DOTALL
        )
        if found:
            applies = not found["marker"] or Marker(found["marker"].strip()).evaluate()
            hashes = len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", entry))
            yield Locked(canonicalize_name(found["name"]), found["version"], applies, hashes)
        elif entry.strip() and not entry.startswith("#"):
            yield Locked(canonicalize_name(entry.split()[0]), "", applies=True, hashes=0)


def faults(locked: Iterable[Locked], installed: Iterable[Distribution]) -> Iterator[str]:
    """Finds every difference between the locks and what is installed, and every bad line."""
    here = {canonicalize_name(one.metadata["Name"]): one for one in installed}
    wanted: dict[NormalizedName, str] = {}
    for one in locked:
        if not one.hashes:
            yield f"{one.name} is locked without a digest"
        if not one.version:
            yield f"{one.name} is locked without a version"
        elif one.applies:
            wanted[one.name] = one.version
        if one.version and SpecifierSet(KNOWN_BAD.get(one.name, "<0")).contains(one.version, prereleases=True):
            yield f"{one.name} {one.version} has a known hole"
    for name, version in wanted.items():
        if name not in here:
            yield f"{name} is locked and not installed"
        elif here[name].version != version:
            yield f"{name} is {version} in the lock and {here[name].version} here"
    yield from (f"{name} is installed and in no lock" for name in here.keys() - wanted.keys() - OURSELVES)
    yield from (f"{name} has the licence {licence_of(one)!r}" for name, one in here.items() if not is_allowed(one))
    yield from (
        f"{name} is in the list of holes and in no lock"
        for name in KNOWN_BAD
        if name not in {one.name for one in locked}
    )


def licence_of(one: Distribution) -> str:
    classifiers = [text for text in one.metadata.get_all("Classifier") or [] if text.startswith("License")]
    fields = [text[:120] for name in ("License-Expression", "License") for text in one.metadata.get_all(name) or []]
    named = " / ".join((*classifiers, *fields))
    return named or (one.read_text("licenses/LICENSE") or "").partition("\n")[0]


def is_allowed(one: Distribution) -> bool:
    """Whether a project under the Apache License may use it; a library may be under the LGPL."""
    licence = licence_of(one)
    alternatives = re.split(r"\bOR\b", licence)
    return any(
        (ALLOWED.search(each) or LGPL.search(each)) and not FORBIDDEN.search(LGPL.sub("", each))
        for each in alternatives
    )


def _controls(locked: list[Locked], installed: list[Distribution], folder: Path, tally: Tally) -> None:
    """Spoils locks and installations in one place each."""
    bad = next(read_lock("starlette==0.40.0 \\\n    --hash=sha256:" + "0" * 64))
    bare = next(read_lock("starlette==99.0"))
    foreign = _installed(folder, "left-behind", "1.0", "MIT")
    copyleft = _installed(folder, "left-copy", "1.0", "AGPL-3.0-only")
    spoilt: dict[str, Iterable[str]] = {
        "has a known hole": faults([*locked, bad], installed),
        "without a digest": faults([*locked, bare], installed),
        "in no lock": faults(locked, [*installed, foreign]),
        "AGPL": faults(locked, [*installed, copyleft]),
        "locked and not installed": faults(
            [*locked, Locked(canonicalize_name("absent"), "1", applies=True, hashes=1)], installed
        ),
        "in the lock and": faults([Locked(one.name, one.version + "1", one.applies, 1) for one in locked], installed),
    }
    for sign, found in spoilt.items():
        tally.control(sign, caught=any(sign in one for one in found))


def _installed(folder: Path, name: str, version: str, licence: str) -> Distribution:
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    told = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nLicense-Expression: {licence}\n"
    info.joinpath("METADATA").write_text(told, encoding="utf-8")
    return Distribution.at(info)


ROWS = (Row("supply", "every line has its digest, 0 differences, licences allowed, 0 known holes", 1, supply),)
