"""The table of properties, property by property, with the real engine and local Azure.

`tests/cases/changes` has a change for each property of the table. What Azure never changes stops the preview, what is
changed in place is accepted by local Azure, and what replaces a resource is shown as a replacement.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

from commands.preview import Step, read
from config.azure.properties import IN_PLACE, NEVER, PROPERTIES, REPLACEMENT
from config.azure.view import refused, replaces

from .conftest import CASES, Project

MakeProject = Callable[..., Project]
CHANGES: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load((CASES / "changes" / "changes.yaml").read_text())


UNCHANGEABLE = {"resource group resourceGroupName", "gallery sharingProfile.groups"}
"""A new name is a new resource, and no resource of azure-native's has the groups."""


def rows(*changes: Any) -> set[str]:
    """The properties of the table with one of these changes that a data file has keys for."""
    found = (
        f"{kind} {row.path}" for kind in PROPERTIES for row in PROPERTIES[kind] if row.change in changes and row.keys
    )
    return {*found} - UNCHANGEABLE


def test_every_property_of_the_table_has_its_change() -> None:
    keeps = {f"{kind} {row.path}" for kind in PROPERTIES for row in PROPERTIES[kind] if not row.removable}
    conditional = {f"{kind} {row.path}" for kind in PROPERTIES for row in PROPERTIES[kind] if row.permission}

    assert CHANGES["refused"].keys() == rows(NEVER) | keeps
    assert rows(IN_PLACE) <= CHANGES["in place"].keys() <= rows(IN_PLACE) | conditional
    assert CHANGES["replaced"].keys() == rows(REPLACEMENT) | {"gallery resourceGroupName"}


def test_a_change_of_every_property(project: MakeProject) -> None:
    dev = project("changes")
    dev.up()
    file = dev.directory / "galleries/dev.yaml"
    before = file.read_text()

    together = [name for name, change in CHANGES["refused"].items() if "alone" not in change]
    for names in (together, *([name] for name in CHANGES["refused"].keys() - {*together})):
        data = yaml.safe_load(before)
        write(data, *(CHANGES["refused"][name] for name in names))
        file.write_text(yaml.safe_dump(data, sort_keys=False))
        stopped = dev.run("preview", "--stack", "dev")
        said = stopped.stdout.partition("Diagnostics:")[2]
        assert stopped.returncode != 0
        assert [name for name in names if CHANGES["refused"][name]["told"] not in said] == [], said
        file.write_text(before)

    allowed = {
        "allowDeletion": ["home/moving", "moving", "relocating"],
        "allowResourceGroupDeletion": ["moving", "relocating"],
    }
    dev.edit(lambda data: write(data, *CHANGES["replaced"].values(), {"at": [], "write": allowed}))
    shown = read(dev.run("preview", "--json", "--show-sames", "--stack", "dev").stdout)
    assert CHANGES["replaced"].keys() - {*changed(shown.steps, "replace")} == set()
    file.write_text(before)

    dev.edit(lambda data: write(data, *CHANGES["in place"].values()))
    shown = read(dev.pulumi("preview", "--json", "--show-sames", "--stack", "dev"))
    assert CHANGES["in place"].keys() - {*changed(shown.steps, "update")} == set()
    assert {step.operation for step in shown.changes} == {"update"}
    dev.up()
    assert dev.preview() == {}
    dev.pulumi("refresh", "--preview-only", "--expect-no-changes", "--stack", "dev")


def write(data: dict[str, Any], *changes: dict[str, Any]) -> None:
    """Writes changes into a data file, where they say."""
    for change in changes:
        place = data["galleries"] if change["at"] else data
        for key in change["at"]:
            if isinstance(place, dict) and place.get(key) is None:
                place[key] = {}
            place = place[key]
        for key, value in change["write"].items():
            if value is None:
                del place[key]
            else:
                place[key] = value


def changed(steps: tuple[Step, ...], operation: str) -> list[str]:
    """The properties that change in the steps of an operation, by the table."""
    found = []
    for step in steps:
        if step.operation == operation:
            for each in step.differences:
                assert operation == "replace" or not (refused(each, step.new) or replaces(each))
                found.append(f"{step.kind} {each.changed.path}")
    return found
