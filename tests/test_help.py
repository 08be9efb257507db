"""The page's help and the tables of the README are made of the same words as the program."""

from rag import Settings
from tests.conftest import REPOSITORY
from tests.markup import Markup
from ui.views.help import PROMISES, dials, dials_markdown, promises_markdown, room_html

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_every_variable_that_the_settings_read_is_a_dial_with_a_meaning() -> None:
    source = (REPOSITORY / "rag" / "core" / "settings.py").read_text(encoding="utf-8")
    told = {one.variable: one for one in dials()}
    assert [name for name in (*told, "ONRECORD_X") if f'"{name}"' not in source] == ["ONRECORD_X"]
    assert all(one.meaning for one in told.values())
    example = (REPOSITORY / ".env.example").read_text(encoding="utf-8")
    assert {name for name in told if f"#{name}=" not in example} == set()


def test_a_default_is_the_one_that_the_settings_have() -> None:
    default = {one.variable: one.default for one in dials()}
    assert default["ONRECORD_MODEL_TOKENS"] == f"{Settings().model_tokens:,}"
    assert default["ONRECORD_EMBEDDINGS"] == f"`{Settings().embeddings}`"
    assert default["OPENAI_API_KEY"] == "unset"


def test_the_tables_of_the_readme_are_in_step() -> None:
    told = "`python -m ui.views.help` prints the tables as they should stand in README.md"
    assert promises_markdown() in README, told
    assert dials_markdown() in README, told


def test_the_help_page_tells_them_too() -> None:
    page = Markup(room_html())
    cells = [cell.text for cell in page.all("td")]
    assert cells[0] == PROMISES[0][0].replace("`", "")
    assert {one.variable for one in dials()} <= set(cells)
    assert [table.attributes["aria-label"] for table in page.all("div", "wide")] == [
        "Guaranteed and not guaranteed",
        "Settings",
    ]
