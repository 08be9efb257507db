"""What reaches a terminal."""

import json
import sys
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import Assistant
from rag.app.terminal import answer_text, emit_json, printable, watched
from rag.core import Answer, Evidence, Looked


@given(st.text())
def test_nothing_that_acts_on_a_terminal_gets_through(text: str) -> None:
    shown = printable(text)
    assert not any(
        unicodedata.category(character) in {"Cc", "Cf", "Cs"} for character in shown if character not in "\n\t"
    )


def test_what_acts_on_a_terminal_or_is_half_a_pair_is_shown_by_its_code_and_text_stays_as_it_is(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    text = "Müller: “Да”, 東京, Nagorno‑Karabakh\n\t– fine."
    assert printable(text) == text
    assert printable("\x1b[31mred\u202e") == "\\u{1b}[31mred\\u{202e}"
    emit_json([{"id": "\ud800 –"}])
    written = capfdbinary.readouterr().out
    assert "–".encode() in written
    assert json.loads(written) == {"id": "\ud800 –"}


def test_an_answer_says_what_was_put_right_and_what_it_took() -> None:
    answer = Answer("Q?", "Q?", "answered", (), (), "model:openai:x", corrections=("“He” was read as Ada Lund.",))
    shown = answer_text(replace(answer, usage={"input_tokens": 1200, "output_tokens": 80, "dollars": 0.0021}))
    assert "Put right: “He” was read as Ada Lund." in shown
    assert shown.endswith(", 1,200 tokens read and 80 written, $0.0021")
    unknown = answer_text(replace(answer, usage={"input_tokens": None, "output_tokens": None, "dollars": None}))
    assert unknown.endswith(", tokens unknown, price unknown")


@pytest.mark.parametrize(("is_terminal", "told"), [(True, "Reading *A late ferry* …\n"), (False, "")])
def test_what_is_looked_up_is_told_while_somebody_watches(
    assistant: Assistant,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_terminal: bool,
    told: str,
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)
    answer = assistant.ask("thanks")
    assert watched([None, Looked("Reading *A late ferry*", (), Evidence(articles={})), answer]) is answer
    assert capsys.readouterr().err == told
