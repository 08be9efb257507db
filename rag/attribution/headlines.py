"""Reads what a headline, or an editor's note, tells of the words in its article.

“No, Dahl did not say the law is dead”, “Satire: …”, “This article is a parody.”
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.attribution.syntax import children
from rag.core import Article, Standing
from rag.text.name_matching import fold_name
from rag.text.names import name_lists
from rag.text.spacy_models import parser
from rag.text.speech_verbs import lexicon
from rag.text.tokens import word_list

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_SATIRE_LABEL = re.compile(r"\s*(?P<opening>\w+)\s*[:|]|.*\((?P<closing>\w+)\)\s*$")
_NOTE = re.compile(r"\b[Tt]his (?:[a-z]+ )?(?:is|was) (?:an? |pure |meant as )?(?P<kind>[a-z]+)\b")
"""What an editor's note says of the article: “This is satire.”, “This article is a parody.”."""
_WORD = re.compile(r"[^\W_]{4,}")
_STEM = 5  # letters by which the words of a headline are known again: “ban”, “banned”
_DENYING = {"not", "n't", "n’t", "never"}
_SHARE = 0.5
"""Least share of the headline's words that made-up words repeat."""


@dataclass(frozen=True, slots=True)
class HeadlineVerdict:
    """The standing of the words that an article quotes: of all, or of those by `names` that repeat `words`."""

    standing: Standing = "said"
    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    def of(self, speaker: str | None, content: str, own: Standing) -> Standing:
        """Returns the standing of a statement whose own sentences tell that it stands as `own`."""
        if own != "said" or self.standing == "said":
            return own
        if not self.names:
            return self.standing
        named = speaker is None or bool(set(fold_name(speaker).split()) & self.names)
        repeated = len(self.words & _stems(content)) >= _SHARE * len(self.words)
        denies = any(word in _DENYING for word in re.findall(r"\w+|n[’']t\b", content.casefold()))
        return self.standing if named and repeated and not denies else own


def article_verdict(article: Article) -> HeadlineVerdict:
    """Reads what the headline of an article, or a note at its beginning or end, tells of the words in it."""
    body = article.body
    notes = (_NOTE.finditer(article.text, block.start, block.end) for block in {*body[:1], *body[-1:]})
    if any(note["kind"].lower() in word_list("satire") for found in notes for note in found):
        return HeadlineVerdict("fictional")
    return headline_verdict(article.title)


def headline_verdict(title: str | None) -> HeadlineVerdict:
    """Reads what a headline tells of the words in its article."""
    label = _SATIRE_LABEL.match(title or "")
    if label is not None and (label["opening"] or label["closing"]).lower() in word_list("satire"):
        return HeadlineVerdict("fictional")
    if title is None or not any(word in title.casefold() for word in ("not", "n't", "n’t", "never")):
        return HeadlineVerdict()
    doc = parser()(title)
    denied = next((token for token in doc if _is_denied(token)), None)
    return _denial(doc, denied) if denied is not None else HeadlineVerdict()


def _is_denied(verb: Token) -> bool:
    """Tells whether a verb tells that somebody did not say something: “Dahl never said”, “Dahl did not call for”."""
    speech = verb.pos_ in {"VERB", "AUX"} and bool(lexicon().frames(verb.lemma_.lower()) & {"quote", "name"})
    return speech and any(child.lower_ in _DENYING for child in verb.children) and _subject(verb) is not None


def _subject(verb: Token) -> Token | None:
    named = (child for child in children(verb, "nsubj") if child.pos_ == "PROPN")
    return next(named, None)


def _denial(doc: Doc, verb: Token) -> HeadlineVerdict:
    words = _stems(doc[verb.i + 1 :].text)
    subject = _subject(verb)
    names = {fold_name(word.text) for word in (subject.subtree if subject is not None else ()) if word.pos_ == "PROPN"}
    names -= name_lists().titles
    return HeadlineVerdict("fabricated", frozenset(names), words) if names and words else HeadlineVerdict()


def _stems(text: str) -> frozenset[str]:
    return frozenset(word.casefold()[:_STEM] for word in _WORD.findall(text))
