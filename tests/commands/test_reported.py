"""What people reported in public, as `gallery check` and `gallery show` tell it.

Each folder in tests/cases/reports is a situation that somebody reported; `check.txt` is what the check says of it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.__main__ import main
from tests.commands import ROOT, expected

REPORTS = ROOT / "tests" / "cases" / "reports"
CHECKED = sorted(path.parent for path in REPORTS.rglob("check.txt"))


@pytest.mark.parametrize("case", CHECKED, ids=lambda path: str(path.relative_to(REPORTS)))
def test_what_the_check_says(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["check"], case)

    printed = capsys.readouterr().out
    assert printed == expected(case / "check.txt", printed)
    assert status == any(": warning: " not in line for line in printed.splitlines() if line.startswith("galleries/"))


@pytest.mark.parametrize(
    ("case", "latest"),
    [
        ("02-dates-with-leading-zeros", "  latest          2024.0605.0930  2024.0605.0930"),
        ("30-six-hundred-versions", "  latest   1.0.589 "),
        ("31-tested-before-latest", "  latest   1.0.9 "),
    ],
)
def test_latest_is_the_highest_number(case: str, latest: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "dev"], REPORTS / case) == 0
    assert any(line.startswith(latest) for line in capsys.readouterr().out.splitlines())
