"""A library is multiplied without reading an article again, and holds the same as if they had been read."""

import json
from pathlib import Path

from evals.enlarge import enlarge
from evals.invented import write_articles
from tests.processes import onrecord


def test_a_library_is_multiplied_and_its_files_count_as_read(tmp_path: Path) -> None:
    folder, small, large, more = (tmp_path / name for name in ("articles", "small", "large", "more"))
    write_articles(folder, 4)
    assert onrecord("index", folder, "--data", small).code == 0
    enlarge(small, large, 12, more)

    told = [path.read_text(encoding="utf-8") for path in sorted(more.iterdir())]
    assert len(set(told)) == 12
    assert [len(text) for text in told[:4]] == [len(text) for text in told[4:8]], "Names are as long as before."
    again = onrecord("index", more, "--data", large, "--json")
    assert again.code == 0, again.stderr
    report = json.loads(again.stdout)
    assert [report[kind] for kind in ("articles", "added", "changed", "removed", "failed")] == [12, 0, 0, 0, []], report
