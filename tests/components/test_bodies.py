"""Every property of the configuration reaches Azure's body exactly; what isn't set isn't sent.

Each folder in cases/ is a test: a project's `galleries/`, and `bodies.json`, the body of each resource by its id.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import config
from components.gallery import share_command

from .resources import registered

CASES = Path(__file__).with_name("cases")


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda path: path.name)
def test_bodies(case: Path) -> None:
    expected = json.loads((case / "bodies.json").read_text(encoding="utf-8"))

    bodies = {resource.id: resource.body for resource in registered(config.load("dev", case))}

    assert bodies == expected, json.dumps(bodies, indent=1)


def test_the_same_program_names_role_assignments_the_same() -> None:
    first, second = (registered(config.load("dev", CASES / "everything")) for _ in range(2))

    assert {r.id for r in first} == {r.id for r in second}


def test_what_azure_shares_by_an_action_alone_is_told_as_a_command() -> None:
    galleries = config.load("dev", CASES / "everything").galleries

    assert {
        name: share_command(name, str(gallery.resource_group.name), gallery) for name, gallery in galleries.items()
    } == {
        "everything": None,
        "direct": "az sig share add --gallery-name direct --resource-group galleries"
        " --subscription-ids 33333333-3333-3333-3333-333333333333 --tenant-ids 44444444-4444-4444-4444-444444444444",
        "open": "az sig share enable-community --gallery-name open --resource-group galleries",
    }
