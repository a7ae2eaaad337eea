"""The components in inline programs of Pulumi's Automation API."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from .conftest import CASES, ROOT, Project


def test_two_inline_programs_in_one_process(project: Callable[..., Project]) -> None:
    """Nothing of a run is left for the next one: not its hooks, and not the state that it began with."""
    here = project()

    done = subprocess.run(
        [ROOT / ".venv/bin/python", CASES / "automation" / "program.py"],
        cwd=here.directory,
        env=here.env | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [f"{name} 1.0.0 {{'create': 6}} {{'same': 6}}" for name in ("one", "two")]
