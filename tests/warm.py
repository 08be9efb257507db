"""Imports what commands import, once: processes that are forked from the one that did start in a moment."""

import datetime as dt

import chromadb  # noqa: F401
import chromadb.api.rust  # noqa: F401
import onnxruntime  # type: ignore[import-untyped]  # noqa: F401
import tokenizers  # noqa: F401

import rag.app.cli  # noqa: F401
import rag.app.commands  # noqa: F401
import rag.background  # noqa: F401
import rag.vectors.chroma  # noqa: F401
from rag.answering.understanding.entity_index import EntityIndex
from rag.answering.understanding.query import understand
from rag.text.spacy_models import parser

parser()
understand(
    "What did Ada Lund say about the bridge?", (), dt.date(2024, 1, 1), EntityIndex(())
)  # compiles its phrasings
