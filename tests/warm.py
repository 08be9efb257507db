"""Imports what commands import, once: processes that are forked from the one that did start in a moment.

An article is read, too, and a question understood: that compiles and loads what the first of each would.
"""

import datetime as dt
import gc
import sys
from contextlib import suppress

import chromadb  # noqa: F401
import chromadb.api.rust  # noqa: F401
import onnxruntime  # type: ignore[import-untyped]  # noqa: F401
import tokenizers  # noqa: F401

import rag.answering.assistant  # noqa: F401
import rag.answering.reading.minilm_reader  # noqa: F401
import rag.answering.writing.extractive  # noqa: F401
import rag.app.cli  # noqa: F401
import rag.app.commands  # noqa: F401
import rag.background  # noqa: F401
import rag.library.sync  # noqa: F401
import rag.vectors.chroma  # noqa: F401
from rag.answering.understanding.entity_index import EntityIndex
from rag.answering.understanding.query import understand
from rag.core import Reading
from rag.library.article_parts import article_parts

sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type] # as `rag.vectors.engines` has it
with suppress(ImportError):
    import openvino  # type: ignore[import-untyped] # noqa: F401
article_parts(Reading("mill.txt", "Mill\n\nMayor Ada Lund said on Monday that the mill would open.\n", "", ""), None)
understand(
    "What did Ada Lund say about the bridge?", (), dt.date(2024, 1, 1), EntityIndex(())
)  # compiles its phrasings
gc.collect()
gc.freeze()
