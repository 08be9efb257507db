"""Imports what commands import, once: processes that are forked from the one that did start in a moment."""

import chromadb  # noqa: F401
import chromadb.api.rust  # noqa: F401
import onnxruntime  # type: ignore[import-untyped]  # noqa: F401
import tokenizers  # noqa: F401

import rag.app.cli  # noqa: F401
import rag.app.commands  # noqa: F401
import rag.background  # noqa: F401
import rag.vectors.chroma  # noqa: F401
from rag.text.spacy_models import parser

parser()
