"""Keeps what a release made, for the upgrade test: `python -m tests.upgrade.keep RELEASE`, run with that release.

Each case of `CASES` is brought up with the real engine on local Azure. What is kept, in `releases/RELEASE/<case>`, is
the engine's state (`state.json`) and what local Azure then holds (`azure.json`), beside the data files it was made
from.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any

from local import seeding
from tests.engine.conftest import ROOT, Project, new_directory

HERE = Path(__file__).parent
RELEASES = HERE / "releases"
CASES = {
    "article": (ROOT / "tests/cases/article/galleries", ROOT / "tests/cases/article/sources.yaml"),
    "example": (ROOT / "docs/example/galleries", HERE / "example-sources.yaml"),
    "everything": (
        ROOT / "tests/components/cases/everything/galleries",
        ROOT / "tests/components/cases/everything/sources.yaml",
    ),
}
"""The data files of each case, and what they are made from in local Azure."""
SUBSCRIPTIONS = {"example": "00000000-0000-0000-0000-000000000002"}
"""The subscription of a stack that isn't the first one; the example promotes a version from there."""


def bring_up(case: str, scratch: Path) -> Project:
    """A project of its own, in which a case has been brought up."""
    galleries, seeds = CASES[case]
    [stack] = {path.stem for path in galleries.glob("*.yaml")} - {"images"}
    project = new_directory(scratch, galleries, stack)
    seeding.seed_file(seeds, project.home)
    project.pulumi("stack", "init", stack)
    subscription = SUBSCRIPTIONS.get(case, "00000000-0000-0000-0000-000000000001")
    project.pulumi("config", "set", "azure-native:subscriptionId", subscription, "--stack", stack)
    project.up()
    return project


def keep(release: str, case: str, scratch: Path) -> None:
    """Brings a case up and keeps what came of it."""
    project = bring_up(case, scratch)
    kept = RELEASES / release / case
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(scratch / "galleries", kept / "galleries")
    shutil.copy(scratch / f"Pulumi.{project.stack}.yaml", kept)
    state = json.loads(project.pulumi("stack", "export", "--stack", project.stack))
    for resource in state["deployment"]["resources"]:  # where the program stood on the machine
        resource.pop("sourcePosition", None)
        resource.pop("stackTrace", None)
    _write(kept / "state.json", state)
    with sqlite3.connect(project.home / "azure.sqlite3") as connection:
        rows = connection.execute("SELECT id, type, body, timeline FROM resources ORDER BY rowid")
        _write(
            kept / "azure.json",
            [
                {"id": id, "type": type, "body": json.loads(body), "timeline": json.loads(timeline)}
                for id, type, body, timeline in rows
            ],
        )


def load(path: Path) -> Any:
    """What was kept in a file."""
    return json.loads(path.read_text(encoding="utf-8"))


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for each in CASES:
        with tempfile.TemporaryDirectory() as directory:
            keep(sys.argv[1], each, Path(directory))
