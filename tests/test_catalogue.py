"""The catalogue adds what it can and names what it cannot use; it is never an error."""

from pathlib import Path

import pytest

from rag.ingestion.catalogue import Details, checked, is_web_address, read_catalogue


def catalogue(folder: Path, text: str | bytes) -> tuple[dict[str, Details], tuple[str, ...]]:
    for name in ("a.txt", "sub/b.txt", "wire.jsonl"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("text")
    (folder / "articles.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    return read_catalogue(folder)


def test_a_folder_without_a_catalogue_has_no_details(tmp_path: Path) -> None:
    assert read_catalogue(tmp_path) == ({}, ())


def test_every_column_is_taken_whatever_their_order_and_number(tmp_path: Path) -> None:
    details, warnings = catalogue(
        tmp_path,
        "\ufeffTitle,source,published,author,outlet,url\r\n"
        '"One, two",a.txt,2024-03-12,A. Writer,The Wire,https://example.org/1\r\n'
        ",sub/b.txt,,,,\r\n",
    )
    assert details["a.txt"] == Details("One, two", "The Wire", "2024-03-12", "https://example.org/1", "A. Writer")
    assert details["sub/b.txt"] == Details()
    assert warnings == ()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_may_be_set_apart_as_spreadsheets_do(tmp_path: Path, delimiter: str) -> None:
    details, _ = catalogue(tmp_path, f"source{delimiter}title\na.txt{delimiter}One\n")
    assert details["a.txt"].title == "One"


def test_a_line_of_a_json_lines_file_can_be_named(tmp_path: Path) -> None:
    details, warnings = catalogue(tmp_path, "source,title\nwire.jsonl#7,Seven\n./sub\\b.txt,Windows\n")
    assert details == {"wire.jsonl#7": Details("Seven"), "sub/b.txt": Details("Windows")}
    assert warnings == ()


@pytest.mark.parametrize(
    ("row", "warning"),
    [
        ("gone.txt,One,", "there is no file gone.txt in the folder"),
        ("../a.txt,One,", "there is no file ../a.txt in the folder"),
        (",One,", "names no source"),
        ("a.txt,One,12/03/2024", "'12/03/2024' is no date of the form 2024-03-31"),
    ],
)
def test_a_row_that_cannot_be_used_is_a_warning_with_its_line(tmp_path: Path, row: str, warning: str) -> None:
    details, warnings = catalogue(tmp_path, f"source,title,published\n{row}\nsub/b.txt,Two,2024-01-01\n")
    assert details["sub/b.txt"] == Details("Two", published="2024-01-01")
    assert len(warnings) == 1
    assert warnings[0].startswith("articles.csv line 2")
    assert warning in warnings[0]


def test_of_two_rows_for_one_source_the_first_counts(tmp_path: Path) -> None:
    details, warnings = catalogue(tmp_path, "source,title\na.txt,One\na.txt,Two\n")
    assert details["a.txt"].title == "One"
    assert "named before" in warnings[0]


@pytest.mark.parametrize(
    ("content", "warning"),
    [
        (b"title,outlet\nOne,Wire\n", "no column `source`"),
        (b"", "is empty"),
        (b'source,title\na.txt,"One" two\n', "not well-formed"),
        (b"source\x00", "NUL"),
        ("source,title\na.txt,Café\n".encode("cp1252"), "guessed to be cp1252"),
    ],
)
def test_a_catalogue_in_bad_shape_is_a_warning(tmp_path: Path, content: bytes, warning: str) -> None:
    assert warning in catalogue(tmp_path, content)[1][0]


def test_a_catalogue_that_is_a_folder_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "articles.csv").mkdir()
    assert "cannot be read" in read_catalogue(tmp_path)[1][0]


def test_white_space_in_a_field_becomes_one_space() -> None:
    assert checked({"title": " One \n two\u00a0"}) == (Details("One two"), ())


@pytest.mark.parametrize(
    ("value", "is_address"),
    [
        ("https://example.org/a?b=c", True),
        ("http://[::1]:80/", True),
        ("http://[", False),
        ("javascript:alert(1)", False),
        ("//example.org", False),
        ("https:///path", False),
        ("https://example.org/a b", False),
    ],
)
def test_only_http_and_https_lead_to_the_web(value: str, *, is_address: bool) -> None:
    assert is_web_address(value) is is_address
