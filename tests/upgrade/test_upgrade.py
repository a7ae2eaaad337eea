"""The upgrade contract: what a stack looks like that an earlier release made, after an upgrade.

Its preview is empty, a refresh finds nothing, and it can be destroyed. `keep.py` keeps what a release makes. What a
later release does to it all the same is declared in `MIGRATIONS`, and is nothing else.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from local.arm.store import Row, Store
from local.arm.timeline import Timeline
from tests.engine.conftest import Project, new_directory

from .keep import RELEASES, bring_up, load

KEPT = sorted(path for path in RELEASES.glob("*/*"))
MIGRATIONS: dict[str, dict[str, tuple[str, list[str]]]] = {
    # Whom a gallery is shared with has become a resource; the first update takes over what Azure has.
    "b9693fb-example": {"company/sharing": ("create", []), "public/sharing": ("create", [])},
    "b9693fb-everything": {"direct/sharing": ("create", []), "open/sharing": ("create", [])},
}
"""What the first preview after an upgrade shows, by the kept case."""


@pytest.mark.parametrize("kept", KEPT, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_stack_of_an_earlier_release_previews_empty_and_can_be_destroyed(kept: Path, tmp_path: Path) -> None:
    [settings] = kept.glob("Pulumi.*.yaml")
    stack = settings.name.split(".")[1]
    project = new_directory(tmp_path, kept / "galleries", stack)
    shutil.copy(settings, tmp_path)
    _put_into_azure(kept / "azure.json", project)
    project.pulumi("stack", "init", stack)
    project.pulumi("stack", "import", "--file", str(kept / "state.json"), "--stack", stack)

    assert project.preview() == MIGRATIONS.get(f"{kept.parent.name}-{kept.name}", {})
    project.pulumi("refresh", "--preview-only", "--expect-no-changes", "--stack", stack)

    project.edit(_retire)
    project.up()
    project.pulumi("destroy", "--yes", "--run-program", "--stack", stack)
    assert project.resources() == {}


def test_the_example_of_the_documentation_goes_up(tmp_path: Path) -> None:
    """docs/example shows every key of a data file: Azure takes it, and a second preview is empty."""
    project = bring_up("example", tmp_path)

    project.pulumi("preview", "--expect-no-changes", "--stack", project.stack)


def _retire(data: dict[str, Any]) -> None:
    """Nothing is protected any more, by Pulumi or by Azure."""
    data["protect"] = False
    for gallery in data["galleries"].values():
        gallery["retired"] = True
        for image in (gallery.get("images") or {}).values():
            for version in image["versions"].values():
                version.get("safetyProfile", {}).pop("blockDeletionBeforeEndOfLife", None)


def _put_into_azure(file: Path, project: Project) -> None:
    store = Store(project.home / "azure.sqlite3")
    with store.transaction(time.time(), write=True) as azure:
        for each in load(file):
            azure.save(Row(each["id"], each["type"], each["body"], Timeline(**each["timeline"])))
    store.close()
