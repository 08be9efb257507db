"""Hostile words in every place of every room of the page: they are shown as the words they are, and do nothing.

The whole collections of others are read from `../shared/data/payloads` where that is, or from `ONRECORD_PAYLOADS`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.acts import BOX, ask, comes_into_view, enter
from tests.browser.conftest import PATIENCE, Opener
from tests.browser.planted import FEW, OWN_FORMS, WORDS, Planted, batches
from tests.processes import REPOSITORY
from tests.served import served
from ui.app import create_app, open_rooms
from ui.chat import Exchange
from ui.middleware import visitor_of
from ui.storage import History

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio"),  # its own use of an older pandas
]

PAYLOADS = Path(os.environ.get("ONRECORD_PAYLOADS", REPOSITORY.parent / "shared" / "data" / "payloads"))
TOGETHER = 20
"""How many strings of a collection stand together in one title, name, quote: all are shown everywhere, in seconds."""


# Elements that the page draws itself, and nothing that runs, fetches or leads elsewhere.
INTRUDERS = """() => {
    const ours = new Set(("A ARTICLE ASIDE B BDI BLOCKQUOTE BUTTON CITE CODE DATALIST DD DEL DETAILS DIALOG " +
        "DIV DL DT FIGCAPTION FIGURE FORM H1 H2 H3 HEADER I INPUT INS KBD LABEL LI MARK NAV OL OPTION P SECTION " +
        "SELECT SPAN SUMMARY SUP TEXTAREA UL").split(" "));
    const drawn = document.querySelectorAll(
        [".masthead", ".greeting", ".earlier", ".live", ".room", ".panel", "dialog", "#hover", "#said"]
            .map(place => `${place}, ${place} *`).join());
    const saves = ({ name, value }) => name === "formaction" && /^draft\\/checked\\.(docx|md)$/.test(value);
    const runs = ({ attributes }) => [...attributes].some(
        attribute => /^(on|src|formaction|background)/.test(attribute.name) && !saves(attribute));
    const leads = ({ href }) => href && new URL(href, location).origin !== location.origin;
    const found = [...drawn].filter(element => !ours.has(element.tagName) || runs(element) || leads(element));
    return [...found.map(element => element.outerHTML.slice(0, 200)), ...(frames.length ? ["a frame"] : [])];
}"""


@pytest.fixture(scope="module")
def planted() -> Planted:
    """What is planted; each test plants its own."""
    return Planted()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def address(planted: Planted, data: Path) -> Iterator[str]:
    """The page over what is planted, in the place of the real one."""
    planted.plant(OWN_FORMS)
    parts: dict[str, Any] = {"desk": planted, "shelf": planted, "verify": planted.verify, "correct": planted.correct}
    rooms = open_rooms(planted, data, **parts)
    with served(create_app(rooms)) as address:
        yield address


def clean(page: Page, strings: Iterable[str] = (), *places: str) -> None:
    """Nothing stands on the page that it does not draw, and the strings stand whole at all the places."""
    assert page.evaluate(INTRUDERS) == []
    for place in places:
        seen = page.eval_on_selector_all(place, "all => all.map(one => one.textContent).join('\\n\\n')")
        assert [one for one in strings if as_shown(one) not in seen] == [], place


def fits(page: Page) -> None:
    """Nothing is wider than a phone's screen, nor than a desk's."""
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 860})
        assert page.evaluate("() => document.documentElement.scrollWidth") == width


def as_shown(words: str) -> str:
    """As the browser has it; NUL is the one character that HTML cannot carry."""
    return words.replace("\0", "\N{REPLACEMENT CHARACTER}")


def keep_conversations(page: Page, data: Path, strings: tuple[str, ...]) -> str:
    """A conversation called by each string, as if this reader had begun it; the last holds them as questions."""
    (token,) = [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "onrecord"]
    history, owner = History(data), visitor_of(token)
    thread = [history.begin(owner, one) for one in strings][-1]
    for number, some in enumerate(batches(strings, 40), start=1):
        history.keep(owner, thread, Exchange(number, "\n".join(some), trouble="\n".join(some)))
    return thread


def ask_it(page: Page, strings: tuple[str, ...]) -> None:
    """The answer, its cards, its withheld sentences, the source of each, and what a broken writer says."""
    page.evaluate("() => { location.hash = 'ask'; }")
    ask(page, WORDS)
    clean(page, strings, "#live .said .who", "#live .said .fact", "#live .said blockquote")
    clean(page, strings, "#live .card .where", "#live .withheld li", "#live .withheld li span")
    clean(
        page,
        strings[:FEW],
        "#live .near .fact",
        ".greeting .outlets",
        ".greeting .topics",
        ".read-as, .near blockquote",
    )
    page.click("#live .cited summary")
    page.click("#live .withheld summary")
    page.focus("#live a.chip[data-citation='2'] >> nth=0")
    page.hover("#live a.chip[data-citation='2'] >> nth=0")
    page.wait_for_selector("#hover:visible")
    clean(page, strings[1:2], "#hover blockquote", "#hover .where")
    page.keyboard.press("Escape")
    page.mouse.move(0, 0)  # at rest on a chip, it would show the card again over the source
    for one in sorted(strings, key=len)[-3:]:  # the longest would bury what they lead to
        number = strings.index(one) + 1
        page.eval_on_selector(f"#live a.chip[data-citation='{number}']", "chip => chip.click()")
        page.wait_for_function(
            "words => document.querySelector('.panel mark.on')?.textContent === words", arg=as_shown(one)
        )
        clean(page, [one], ".panel .meta", ".panel .headline", ".panel .folded")
        comes_into_view(page, ".panel mark.on")
    fits(page)
    ask(page, "Is it in vain?")
    clean(page)


def rooms_of_it(page: Page, strings: tuple[str, ...]) -> None:
    """The record and its filters, a checked draft, the sources, and articles read whole."""
    enter(page, "record?order=place")
    while page.query_selector(".statements .more"):
        shown = page.locator(".statements .said").count()
        page.click(".statements .more")
        page.wait_for_function("shown => document.querySelectorAll('.statements .said').length > shown", arg=shown)
    clean(page, strings, ".statements .who", ".statements blockquote", ".statements .where", ".statements .fact")
    fits(page)
    page.eval_on_selector(".statements [data-act=correct]", "button => button.click()")
    page.wait_for_selector(".correcting .choice")
    clean(page)
    fits(page)
    page.evaluate("words => { location.hash = `record?by=${encodeURIComponent(words)}`; }", strings[0])
    page.wait_for_selector(".bearers, .profile")
    clean(page)
    fits(page)
    enter(page, "draft")
    page.fill("#draft-text", "\n".join(strings))
    page.click("text=Check it")
    page.wait_for_selector(".findings .said")
    clean(page, strings, ".findings blockquote", ".findings del", ".findings ins", ".findings .where")
    fits(page)
    enter(page, "sources")
    clean(page, strings[:100], "[data-room=sources]")
    fits(page)
    for one in (" ".join(words.replace("\0", "").split()) for words in strings[:FEW:2]):
        page.evaluate("words => { location.hash = `record?by=${encodeURIComponent(words)}`; }", one)
        page.wait_for_function("words => document.querySelector('.filters [name=by]')?.value === words", arg=one)
        clean(page, [one], ".count")


def kept(page: Page, data: Path, strings: tuple[str, ...]) -> None:
    """The list of conversations, and one that is opened again."""
    thread = keep_conversations(page, data, strings)
    page.click("[data-act=history]")
    page.wait_for_selector("#history[open] li >> nth=1")
    titles = page.eval_on_selector_all("#history a.title", "all => all.map(one => one.textContent)")
    assert len(titles) >= len(strings)
    clean(page)
    fits(page)
    page.keyboard.press("Escape")
    page.evaluate("thread => { location.hash = `ask?c=${thread}`; }", thread)
    page.wait_for_selector("#past .exchange h2")
    clean(page, strings, "#past h2")
    fits(page)


def test_every_form_of_attack_stays_words_in_every_room(open_page: Opener, planted: Planted, data: Path) -> None:
    planted.plant(OWN_FORMS)
    page = open_page()
    for number, some in enumerate(batches(OWN_FORMS, 20), start=1):
        page.fill(BOX, "\n".join(some))
        page.press(BOX, "Enter")
        page.wait_for_selector(f"#live .exchange[data-number='{number}'][data-state=done]")
        clean(page, some, "#live h2")
    ask_it(page, planted.strings)
    rooms_of_it(page, planted.strings)
    kept(page, data, planted.strings)


def test_whole_collections_stay_words_in_every_room(open_page: Opener, planted: Planted, data: Path) -> None:
    if not PAYLOADS.is_dir():
        pytest.skip(f"no collections of payloads at {PAYLOADS}; set ONRECORD_PAYLOADS to where they are")
    planted.plant(" ".join(some) for some in batches(collected(PAYLOADS), TOGETHER))
    page = open_page()
    page.set_default_timeout(4 * PATIENCE)  # one answer of four megabytes
    ask_it(page, planted.strings)
    rooms_of_it(page, planted.strings)
    kept(page, data, planted.strings)


def test_what_would_run_is_noticed(open_page: Opener) -> None:
    page = open_page()
    for one in ("<img src=x onerror=alert(1)>", "<a href=//evil.example/>x</a>", "<iframe></iframe>", "<b onclick=x>"):
        intruders = f"(place, html) => {{ place.innerHTML = html; return ({INTRUDERS})(); }}"
        assert page.eval_on_selector(".greeting", intruders, one) != []
    page.wait_for_timeout(100)
    assert any(sign.startswith("dialog") for sign in page.signs)  # type: ignore[attr-defined] # put there by open_page
    page.signs.clear()  # type: ignore[attr-defined] # it was meant to be seen


def collected(folder: Path) -> list[str]:
    """Every string of the collections, once."""
    found = [
        line for path in sorted(folder.glob("xss/*.txt")) for line in path.read_text("utf-8", "replace").split("\n")
    ]
    for path in sorted(folder.glob("**/*.json")):
        found += strings_of(json.loads(path.read_text(encoding="utf-8")))
    return list(dict.fromkeys(one.rstrip("\r") for one in found if one.strip()))


def strings_of(value: object) -> Iterator[str]:
    """All strings within a value of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings_of(one)
