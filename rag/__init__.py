"""onrecord's public API, for the command line, the page, the evals and other programs.

Names are imported on first use, so that `import rag` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.answering.assistant import Assistant
    from rag.answering.claims.credits import NOT_CERTAIN, STANDINGS, called, enumerated
    from rag.answering.retrieval.statements import Wanted
    from rag.app.doctor import examine_judge
    from rag.app.http_api import make_api, make_openai_api
    from rag.app.mcp_server import make_mcp_server, mcp_application
    from rag.app.monitoring import Health, Journal, check_health
    from rag.app.service import LibraryService, Recorded, StatementSearch
    from rag.assembly import build
    from rag.background import BackgroundIndexer
    from rag.core import Answer, Article, Citation, Statement
    from rag.core.errors import OnrecordError
    from rag.core.protocols import ChatModel
    from rag.core.settings import Settings, without_proxies
    from rag.feed_refresher import FeedNews, FeedRefresher, Wish
    from rag.json_contract import answer_json
    from rag.library.database import Connection, Database, Row
    from rag.library.source_status import SourceList, SourceStatus
    from rag.library.sqlite import SQLiteFile
    from rag.library.uploads import Feed, Fetch
    from rag.verification.comparing import DiffPart, FoundQuotation
    from rag.verification.draft import Checked, verify_draft

__version__ = "0.1.0"

_HOMES = {
    "rag.answering.assistant": "Assistant",
    "rag.answering.claims.credits": "NOT_CERTAIN STANDINGS called enumerated",
    "rag.answering.retrieval.statements": "Wanted",
    "rag.app.doctor": "examine_judge",
    "rag.app.http_api": "make_api make_openai_api",
    "rag.app.mcp_server": "make_mcp_server mcp_application",
    "rag.app.monitoring": "Health Journal check_health",
    "rag.app.service": "LibraryService Recorded StatementSearch",
    "rag.assembly": "build",
    "rag.background": "BackgroundIndexer",
    "rag.core": "Answer Article Citation Statement",
    "rag.core.errors": "OnrecordError",
    "rag.core.protocols": "ChatModel",
    "rag.core.settings": "Settings without_proxies",
    "rag.feed_refresher": "FeedNews FeedRefresher Wish",
    "rag.json_contract": "answer_json",
    "rag.library.database": "Connection Database Row",
    "rag.library.source_status": "SourceList SourceStatus",
    "rag.library.sqlite": "SQLiteFile",
    "rag.library.uploads": "Feed Fetch",
    "rag.verification.comparing": "DiffPart FoundQuotation",
    "rag.verification.draft": "Checked verify_draft",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "NOT_CERTAIN", "STANDINGS", "Answer", "Article", "Assistant", "BackgroundIndexer", "ChatModel", "Checked",
    "Citation", "Connection", "Database", "DiffPart", "Feed", "FeedNews", "FeedRefresher", "Fetch", "FoundQuotation",
    "Health", "Journal", "LibraryService", "OnrecordError", "Recorded", "Row", "SQLiteFile", "Settings", "SourceList",
    "SourceStatus", "Statement", "StatementSearch", "Wanted", "Wish", "answer_json", "build", "called", "check_health",
    "enumerated", "examine_judge", "make_api", "make_mcp_server", "make_openai_api", "mcp_application", "verify_draft",
    "without_proxies",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """Imports a public name from its home."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)
