"""Who said what: the five seeds against hand labels, and the forms that attribution takes in any English news.

The forms stand in `cases/attribution.jsonl`: a claim, a text (as it stands, or with `head`, laid out like a file whose
first line is the headline, by `byline`), and what must be found in it: exactly the statements `said`, exactly those in
quotation marks (`quotes`), the `first` or the `last` of them, what it `has` among others, what it has `never`, and who
passes words on (`vias`). A statement is told by its fields; `content` is all its slices, `words` stand in one of
them, `within` in its sentence.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from rag.attribution.candidates import probability
from rag.attribution.indirect_speech import possible_attributions
from rag.attribution.statements import attribute
from rag.core import Article, Reading, Statement
from rag.ingestion.layout import lay_out
from rag.ingestion.readers import read_file
from rag.ingestion.segmentation import sentences
from rag.text.spacy_models import parser
from tests.case_files import rows
from tests.library_parts import lines_of

REPOSITORY = Path(__file__).parent.parent
GOLD = [json.loads(line) for line in (REPOSITORY / "evals" / "seeds_gold.jsonl").read_text("utf-8").splitlines()]
SEEDS = sorted({label["source"] for label in GOLD})
LABELLED = ("speaker", "speaker_as_written", "via", "kind", "polarity", "marked")


def _statements(text: str) -> tuple[Statement, ...]:
    article = lines_of(text)
    return attribute(article, sentences(article)).statements


def _of(row: dict[str, Any]) -> Article:
    text = row["text"]
    if not row.get("head"):
        return lines_of(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    head = text.partition("\n")[0]
    return lay_out(Reading("a.txt", text, digest, "plain text", title=head, byline=row.get("byline")))


def _fits(one: Statement, expected: dict[str, Any], article: Article) -> bool:
    """Whether a statement is as a row says."""
    slices = [article.cut(span) for span in one.content]
    holds: dict[str, Callable[[Any], bool]] = {
        "content": lambda whole: slices == whole,
        "words": lambda words: any(words in each for each in slices),
        "within": lambda words: words.casefold() in article.cut(one.span).casefold(),
        "via_ends": (one.via or "").endswith,
        "as_written": lambda words: one.speaker_as_written == words,
        "candidates": lambda names: sorted(one.candidates) == names,
    }
    return all(holds[key](is_) if key in holds else getattr(one, key) == is_ for key, is_ in expected.items())


def _wrong(row: dict[str, Any]) -> Iterator[str]:
    """What of a row does not hold."""
    article = _of(row)
    found = attribute(article, sentences(article)).statements
    exactly = {"said": found, "quotes": [one for one in found if one.marked], "first": found[:1], "last": found[-1:]}
    for name, expected in ((name, row[name]) for name in exactly if name in row):
        told = [expected] if isinstance(expected, dict) else expected
        if len(told) != len(exactly[name]) or not all(map(_fits, exactly[name], told, [article] * len(told))):
            yield name
    if "vias" in row and {one.via for one in found} != set(row["vias"]):
        yield "vias"
    yield from (f"has {one}" for one in row.get("has", ()) if not any(_fits(said, one, article) for said in found))
    yield from (f"never {one}" for one in row.get("never", ()) if any(_fits(said, one, article) for said in found))


def test_speakers_are_found_in_the_forms_of_news() -> None:
    wrong = [(row["claim"], row["text"], told) for row in rows("attribution") for told in _wrong(row)]
    assert not wrong, json.dumps(wrong, ensure_ascii=False, indent=1)


def _seed(source: str) -> Article:
    reading = next(iter(read_file(REPOSITORY / "seeds" / source, source)))
    assert isinstance(reading, Reading)
    return lay_out(reading)


def _shared(one: Sequence[str], other: Sequence[str]) -> float:
    """F1 of the words of two contents."""
    first, second = (Counter(re.findall(r"\w+", " ".join(content))) for content in (one, other))
    common = sum((first & second).values())
    return 2 * common / (sum(first.values()) + sum(second.values()))


def test_the_seeds_yield_every_labelled_statement_and_no_other_at_its_place() -> None:
    for label in GOLD:
        text = _seed(label["source"]).text
        assert all(words in text for words in (*label["content"], label["speaker_as_written"])), label
    for source in SEEDS:
        article = _seed(source)
        found = list(attribute(article, sentences(article)).statements)
        for label in (label for label in GOLD if label["source"] == source):
            contents = {one.id: [article.cut(span) for span in one.content] for one in found}
            best = max(
                found,
                key=lambda one: (
                    (one.speaker_as_written == label["speaker_as_written"])
                    + 2 * _shared(contents[one.id], label["content"])
                ),
            )
            assert {name: getattr(best, name) for name in LABELLED} == {name: label[name] for name in LABELLED}, source
            if label["kind"] == "direct":
                assert contents[best.id] == label["content"], source
            else:
                assert _shared(contents[best.id], label["content"]) > 0.5, source
            found.remove(best)
        assert found == [], source


def test_a_statement_lies_in_the_body_covers_its_content_and_has_the_same_id_again() -> None:
    for source in SEEDS:
        article = _seed(source)
        found = attribute(article, sentences(article)).statements
        assert found == attribute(article, sentences(article)).statements, source
        assert len({statement.id for statement in found}) == len(found), source
        for statement in found:
            assert article.is_quotable(statement.span), source
            assert all(statement.span.covers(content) for content in statement.content), source
            assert 0 < statement.confidence <= 1, source


def test_a_sentence_counts_once_and_speakers_who_share_one_do_not_share_its_words() -> None:
    for text in (
        "Ada Lund said the loan was late and “a disgrace to the whole town”, and that she would not sign it.",
        "The loan was late. Ada Lund said on Monday that the loan was late and that the town would pay.",
    ):
        counted = [one.id for one in _statements(text) if one.repeats is None]
        assert len(counted) == 1, text
        assert {one.repeats for one in _statements(text)} <= {None, *counted}, text
    text = "Anna Novak said the border was open, while Peter Hahn said that he hoped it would stay open."
    article = lines_of(text)
    spans = {one.speaker: article.cut(one.span) for one in attribute(article, sentences(article)).statements}
    assert "Hahn" not in spans["Anna Novak"]
    assert "Novak" not in spans["Peter Hahn"]
    text = "The mayor will resign next week, Orda reports.\nThe vote is due on Friday. Bo Lund said it was late."
    article = replace(lines_of(text), outlet="Orda")
    assert [statement.speaker for statement in attribute(article, sentences(article)).statements] == ["Bo Lund"]


def test_a_clear_name_is_more_certain_than_a_pronoun_and_speech_than_deeds() -> None:
    article = _of({"text": "Dam\n“It holds,” Tom Reed said. “It is old,” he said.\n", "head": True})
    name, again = attribute(article, sentences(article)).statements
    assert name.confidence > again.confidence > 0.8

    def likeliest(text: str) -> float:
        found = possible_attributions(parser()(text))
        return max((probability(candidate) for candidate in found), default=0.0)

    assert likeliest("Anna Berg said that the dam was safe.") > 0.9
    assert likeliest("Anna Berg painted the old boat.") < 0.3
    assert likeliest("Anna Berg said that the dam was safe.") > likeliest("Anna Berg felt the cold water.")


PIECES = [*"“”\"'’«»:İ\u2028😀", "''", "Lavrov", "he", " said", ", ", ". ", "\n\n", " that ", "according to", "e\u0301"]


@given(some.lists(some.sampled_from(PIECES), max_size=40))
@settings(max_examples=60, deadline=None)
def test_any_text_yields_only_exact_slices_of_its_body(pieces: list[str]) -> None:
    article = lines_of("".join(pieces))
    for statement in attribute(article, sentences(article)).statements:
        assert statement.content
        assert all(article.cut(span).strip() for span in statement.content)
        assert all(statement.span.covers(span) for span in statement.content)
