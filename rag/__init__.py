"""onrecord's door: everything that the command line, the page, the evals and other programs may use.

Names are imported on first use, so that `import rag` costs nothing.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

# ONNX Runtime tells its maker of every session, from version to version by more ways; it reads this when it is loaded,
# here and in every process that is begun from here.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

if TYPE_CHECKING:
    from rag.answering.assistant import Assistant
    from rag.answering.listing import Wanted
    from rag.answering.voice import STANDINGS, called, listed
    from rag.assembly import build
    from rag.desk import Desk, Recorded
    from rag.errors import OnrecordError
    from rag.exam_command import examine_judge
    from rag.keeper import Keeper
    from rag.protocols import ChatModel
    from rag.settings import Settings, without_proxies
    from rag.shelf import Shelf, Standing
    from rag.types import Answer, Article, Citation, Statement
    from rag.verification.draft import verify_draft
    from rag.verification.nouns import Checked, Found, Piece

_HOMES = {
    "STANDINGS": "rag.answering.voice",
    "Answer": "rag.types",
    "Article": "rag.types",
    "Assistant": "rag.answering.assistant",
    "ChatModel": "rag.protocols",
    "Checked": "rag.verification.nouns",
    "Citation": "rag.types",
    "Desk": "rag.desk",
    "Found": "rag.verification.nouns",
    "Keeper": "rag.keeper",
    "OnrecordError": "rag.errors",
    "Piece": "rag.verification.nouns",
    "Recorded": "rag.desk",
    "Settings": "rag.settings",
    "Shelf": "rag.shelf",
    "Standing": "rag.shelf",
    "Statement": "rag.types",
    "Wanted": "rag.answering.listing",
    "build": "rag.assembly",
    "called": "rag.answering.voice",
    "examine_judge": "rag.exam_command",
    "listed": "rag.answering.voice",
    "verify_draft": "rag.verification.draft",
    "without_proxies": "rag.settings",
}

__all__ = [
    "STANDINGS",
    "Answer",
    "Article",
    "Assistant",
    "ChatModel",
    "Checked",
    "Citation",
    "Desk",
    "Found",
    "Keeper",
    "OnrecordError",
    "Piece",
    "Recorded",
    "Settings",
    "Shelf",
    "Standing",
    "Statement",
    "Wanted",
    "build",
    "called",
    "examine_judge",
    "listed",
    "verify_draft",
    "without_proxies",
]


def __getattr__(name: str) -> object:
    """Import a public name from its home."""
    if name not in _HOMES:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
