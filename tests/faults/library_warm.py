"""Imports what commands import, once: processes that are forked from the one that did start in a moment."""

import chromadb  # noqa: F401
import chromadb.api.rust  # noqa: F401
import onnxruntime  # type: ignore[import-untyped]  # noqa: F401
import tokenizers  # noqa: F401

import rag.cli  # noqa: F401
import rag.commands  # noqa: F401
import rag.indexing  # noqa: F401
import rag.keeper  # noqa: F401
import rag.library.chroma  # noqa: F401
from rag.text.spacy_models import parser

parser()
