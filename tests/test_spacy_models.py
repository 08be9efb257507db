"""spaCy is loaded once, on demand, and no input makes it wait for ever."""

import subprocess
import sys

import pytest

from rag.core.errors import OnrecordError
from rag.text import spacy_models


def test_the_parser_and_the_splitter_are_loaded_once_on_demand_and_offsets_hold_beside_endless_marks() -> None:
    document = spacy_models.sentence_splitter()("Mr. Smith met Peskov. Then he left.")
    assert [sentence.text for sentence in document.sents] == ["Mr. Smith met Peskov.", "Then he left."]
    assert not document.has_annotation("DEP")
    text = "He left. " + "<" * 200_000 + " She stayed."
    document = spacy_models.sentence_splitter()(text)
    assert text[document[-3].idx :] == "She stayed."
    parsed = spacy_models.parser()("Lavrov said that the talks went well.")
    assert [(word.text, word.head.text) for word in parsed if word.dep_ == "nsubj"] == [
        ("Lavrov", "said"),
        ("talks", "went"),
    ]
    assert spacy_models.parser() is spacy_models.parser()
    assert spacy_models.sentence_splitter() is spacy_models.sentence_splitter()
    check = "import sys, rag.text.spacy_models; sys.exit('spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_other_files_than_the_genuine_model_are_refused_and_a_missing_one_names_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spacy_models.require_genuine_model()
    monkeypatch.setattr(spacy_models, "MODEL_DIGEST", "another")
    with pytest.raises(OnrecordError, match="not the genuine English language model"):
        spacy_models.require_genuine_model.__wrapped__()
    monkeypatch.setattr(spacy_models, "MODEL", "en_no_such_model")
    with pytest.raises(OnrecordError, match="run `make install`"):
        spacy_models.parser.__wrapped__()
