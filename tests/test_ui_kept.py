"""Frozen values as text and back."""

import json

import pytest

from rag.core import Answer
from tests.newsroom import Newsroom
from ui.chat import Exchange
from ui.storage import from_json, to_json


@pytest.mark.parametrize(
    "exchange",
    [
        Exchange(1, "Who?", answer=Newsroom().lavrov("Who?"), host="models.example"),
        Exchange(2, "What?", answer=Newsroom().decline("What?")),
        Exchange(3, "“Why?” \N{RIGHT-TO-LEFT OVERRIDE}", trouble="It broke."),
    ],
)
def test_what_is_kept_comes_back_as_it_was(exchange: Exchange) -> None:
    assert from_json(Exchange, to_json(exchange)) == exchange


def test_what_was_kept_before_a_field_was_added_still_comes_back() -> None:
    kept = json.loads(to_json(Newsroom().lavrov("Who?")))
    del kept["corrections"], kept["usage"]
    assert from_json(Answer, json.dumps(kept)) == Newsroom().lavrov("Who?")


@pytest.mark.parametrize("words", ["[]", "3", "{}", '{"number": 1', '{"answer": 3}'])
def test_other_text_is_no_value(words: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        from_json(Exchange, words)
