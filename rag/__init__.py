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
    from rag.answering.claims.credits import STANDINGS, called, enumerated
    from rag.answering.retrieval.statements import Wanted
    from rag.app.judge_exam import examine_judge
    from rag.app.source_listing import Shelf, Standing
    from rag.app.statement_search import Desk, Recorded
    from rag.assembly import build
    from rag.background import Keeper
    from rag.core import Answer, Article, Citation, Statement
    from rag.core.errors import OnrecordError
    from rag.core.protocols import ChatModel
    from rag.core.settings import Settings, without_proxies
    from rag.verification.draft import verify_draft
    from rag.verification.results import Checked, DiffPart, FoundQuotation

_HOMES = {
    "STANDINGS": "rag.answering.claims.credits",
    "Answer": "rag.core",
    "Article": "rag.core",
    "Assistant": "rag.answering.assistant",
    "ChatModel": "rag.core.protocols",
    "Checked": "rag.verification.results",
    "Citation": "rag.core",
    "Desk": "rag.app.statement_search",
    "FoundQuotation": "rag.verification.results",
    "Keeper": "rag.background",
    "OnrecordError": "rag.core.errors",
    "DiffPart": "rag.verification.results",
    "Recorded": "rag.app.statement_search",
    "Settings": "rag.core.settings",
    "Shelf": "rag.app.source_listing",
    "Standing": "rag.app.source_listing",
    "Statement": "rag.core",
    "Wanted": "rag.answering.retrieval.statements",
    "build": "rag.assembly",
    "called": "rag.answering.claims.credits",
    "examine_judge": "rag.app.judge_exam",
    "enumerated": "rag.answering.claims.credits",
    "verify_draft": "rag.verification.draft",
    "without_proxies": "rag.core.settings",
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
    "DiffPart",
    "FoundQuotation",
    "Keeper",
    "OnrecordError",
    "Recorded",
    "Settings",
    "Shelf",
    "Standing",
    "Statement",
    "Wanted",
    "build",
    "called",
    "enumerated",
    "examine_judge",
    "verify_draft",
    "without_proxies",
]


def __getattr__(name: str) -> object:
    """Import a public name from its home."""
    if name not in _HOMES:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
