"""The catalogue adds what it can and names what it cannot use; it is never an error."""

from pathlib import Path

from rag.ingestion.catalogue import Details, checked, is_web_address, read_catalogue


def catalogue(folder: Path, text: str | bytes) -> tuple[dict[str, Details], tuple[str, ...]]:
    for name in ("a.txt", "sub/b.txt", "wire.jsonl"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("text")
    (folder / "articles.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    return read_catalogue(folder)


def test_every_column_is_taken_whatever_their_order_and_only_http_leads_to_the_web(tmp_path: Path) -> None:
    details, warnings = catalogue(
        tmp_path,
        "\ufeffTitle,source,published,author,outlet,url\r\n"
        '"One, two",a.txt,2024-03-12,A. Writer,The Wire,https://example.org/1\r\n'
        ",sub/b.txt,,,,\r\n",
    )
    assert details["a.txt"] == Details("One, two", "The Wire", "2024-03-12", "https://example.org/1", "A. Writer")
    assert details["sub/b.txt"] == Details()
    assert warnings == ()
    for delimiter in (",", ";", "\t"):
        details, _ = catalogue(tmp_path, f"source{delimiter}title\na.txt{delimiter}One\n")
        assert details["a.txt"].title == "One", delimiter
    details, warnings = catalogue(tmp_path, "source,title\nwire.jsonl#7,Seven\n./sub\\b.txt,Windows\n")
    assert details == {"wire.jsonl#7": Details("Seven"), "sub/b.txt": Details("Windows")}
    assert warnings == ()
    details, warnings = catalogue(tmp_path, "source,title\na.txt,One\na.txt,Two\n")
    assert details["a.txt"].title == "One"
    assert "named before" in warnings[0]
    assert checked({"title": " One \n two\u00a0"}) == (Details("One two"), ())
    for value, is_address in (
        ("https://example.org/a?b=c", True),
        ("http://[::1]:80/", True),
        ("http://[", False),
        ("javascript:alert(1)", False),
        ("//example.org", False),
        ("https:///path", False),
        ("https://example.org/a b", False),
    ):
        assert is_web_address(value) is is_address, value


def test_a_row_or_a_catalogue_that_cannot_be_used_is_a_warning(tmp_path: Path) -> None:
    for row, warning in (
        ("gone.txt,One,", "there is no file gone.txt in the folder"),
        ("../a.txt,One,", "there is no file ../a.txt in the folder"),
        (",One,", "names no source"),
        ("a.txt,One,12/03/2024", "'12/03/2024' is no date of the form 2024-03-31"),
    ):
        details, warnings = catalogue(tmp_path, f"source,title,published\n{row}\nsub/b.txt,Two,2024-01-01\n")
        assert details["sub/b.txt"] == Details("Two", published="2024-01-01"), row
        assert len(warnings) == 1, row
        assert warnings[0].startswith("articles.csv line 2"), row
        assert warning in warnings[0], row
    for content, warning in (
        (b"title,outlet\nOne,Wire\n", "no column `source`"),
        (b"", "is empty"),
        (b'source,title\na.txt,"One" two\n', "not well-formed"),
        (b"source\x00", "NUL"),
        ("source,title\na.txt,Café\n".encode("cp1252"), "guessed to be cp1252"),
    ):
        assert warning in catalogue(tmp_path, content)[1][0], content
    (tmp_path / "articles.csv").unlink()
    assert read_catalogue(tmp_path) == ({}, ())
    (tmp_path / "articles.csv").mkdir()
    assert "cannot be read" in read_catalogue(tmp_path)[1][0]
