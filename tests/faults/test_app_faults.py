"""The rows of the app in their quick forms: few trials, our own strings alone, the same controls."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import (
    app_model,
    app_naughty,
    app_phone,
    app_planted,
    app_poisoned,
    app_sessions,
    app_supply,
    app_surface,
    app_templates,
)
from tests.faults.rows import Trials, rows
from tests.processes import REPOSITORY

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform != "linux", reason="several addresses on loopback, and /proc, are Linux's"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio"),  # its own use of an older pandas
]

QUICK = (
    (app_naughty, 8),
    (app_phone, 1),
    (app_planted, 13),
    (app_poisoned, 8),
    (app_sessions, 8),
    (app_surface, 1),
    (app_model, 6),
    (app_templates, 12),
    (app_supply, 1),
)
"""Each module of rows, and how often it is tried here. Too much of everything is measured by the clock: not here."""


@pytest.mark.parametrize(("module", "count"), QUICK, ids=lambda one: getattr(one, "__name__", str(one)).split(".")[-1])
def test_the_bar_is_met_in_few_trials(module: object, count: int, tmp_path: Path) -> None:
    (row,) = module.ROWS  # type: ignore[attr-defined] # every module of rows has them
    tried = row.run(Trials(count, 20260101, tmp_path))
    assert tried.missed == ()
    assert tried.trials >= count


def test_every_row_has_a_name_of_its_own_and_a_bar() -> None:
    told = list(rows())
    assert len({row.name for row in told}) == len(told)
    assert all(row.bar and row.trials > 0 for row in told)


def test_a_library_that_tells_its_maker_is_silenced_before_it_is_loaded_and_not_at_import() -> None:
    program = (
        "import os, pathlib, rag; before = os.environ['ORT_DISABLE_TELEMETRY']\n"
        "from rag.vectors.engines import load_network\n"
        "try: load_network(pathlib.Path('nowhere'), 'onnxruntime', 1, 'model')\n"
        "except rag.OnrecordError: print(before, os.environ['ORT_DISABLE_TELEMETRY'])"
    )
    tempted = dict(os.environ) | {"ORT_DISABLE_TELEMETRY": "0"}
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, env=tempted, capture_output=True, check=True)
    assert done.stdout.split() == [b"0", b"1"]
