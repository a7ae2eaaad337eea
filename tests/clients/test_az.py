"""Azure CLI, unpatched: each file in cases/ is a script of commands, with what they print or how they are refused.

A step is `az` (the command), and `shows` (what of it is printed: of mappings, at least these keys), `fails` (in its
error), or neither: it succeeds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import AzureCLI

CASES = sorted(Path(__file__).with_name("cases").glob("*.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_script(case: Path, az: AzureCLI) -> None:
    for step in yaml.safe_load(case.read_text(encoding="utf-8")):
        command = step["az"]
        if "fails" in step:
            ran = az.run(command)
            assert ran.status != 0, f"az {command}\n{ran.out}"
            assert step["fails"] in ran.err, f"az {command}\n{ran.err}"
            assert "Traceback" not in ran.err
            continue
        printed = az(command)
        if "shows" in step:
            assert_shows(printed, step["shows"], command)


def assert_shows(printed: Any, wanted: Any, where: str) -> None:
    """What is printed has at least the keys of `wanted`, at every level; lists are the same from end to end."""
    if isinstance(wanted, dict):
        assert isinstance(printed, dict), f"{where}: {printed}"
        for key, value in wanted.items():
            assert key in printed, f"{where}: {key} is missing in {printed}"
            assert_shows(printed[key], value, f"{where}: {key}")
    elif isinstance(wanted, list):
        assert isinstance(printed, list) and len(printed) == len(wanted), f"{where}: {printed}"
        for index, (one, value) in enumerate(zip(printed, wanted, strict=True)):
            assert_shows(one, value, f"{where}[{index}]")
    else:
        assert printed == wanted, f"{where}: {printed!r}"
