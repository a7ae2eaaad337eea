"""What azure-native would call a change, and what a refresh takes over. The cases are data (`cases/*.json`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto.provider_pb2 import PropertyDiff

from local.provider.diff import apply_drift, detailed_diff
from local.provider.schema import TYPES

from .conftest import Plugin

CASES = Path(__file__).with_name("cases")


def cases(file: str) -> list[Any]:
    return [pytest.param(case, id=case["case"]) for case in json.loads((CASES / file).read_text())]


@pytest.mark.parametrize("case", cases("diff.json"))
def test_detailed_diff(case: dict[str, Any]) -> None:
    name = case.get("type", "Gallery")
    (type_,) = (each for each in TYPES.values() if each.token.endswith(f":{name}"))
    kinds = detailed_diff(case["old"], case["new"], type_.replace_keys, case.get("outputs", {}))
    assert {path: PropertyDiff.Kind.Name(kind) for path, kind in kinds.items()} == case["kinds"]


@pytest.mark.parametrize("case", cases("drift.json"))
def test_drift(case: dict[str, Any]) -> None:
    assert apply_drift(case["inputs"], case["old"], case["new"]) == case["after"]


def test_answer_to_the_engine(plugin: Plugin) -> None:
    old = {"location": "eastus", "publishingProfile": {"targetRegions": [{"name": "a"}, {"name": "b"}]}}
    new = {"location": "East US", "publishingProfile": {"targetRegions": [{"name": "b"}, {"name": "c"}]}, "tags": {}}
    answer = plugin.diff("compute:GalleryImageVersion", old, new)
    assert (answer.changes, list(answer.diffs)) == (answer.DIFF_SOME, ["publishingProfile", "tags"])
    assert (list(answer.replaces), answer.deleteBeforeReplace, answer.hasDetailedDiff) == ([], False, True)
    assert all(entry.inputDiff for entry in answer.detailedDiff.values())
    assert set(answer.detailedDiff) == {
        "publishingProfile.targetRegions[0]",
        "publishingProfile.targetRegions[1]",
        "tags",
    }


def test_answer_to_the_engine_for_a_replacement(plugin: Plugin) -> None:
    answer = plugin.diff("compute:Gallery", {"location": "eastus"}, {"location": "westus"})
    assert (list(answer.replaces), answer.deleteBeforeReplace) == (["location"], True)
    same = plugin.diff("compute:Gallery", {}, {"location": "eastus"}, {"location": "eastus"})
    assert (same.changes, list(same.replaces), same.deleteBeforeReplace) == (same.DIFF_SOME, [], False)
    none = plugin.diff("compute:Gallery", {"location": "eastus"}, {"location": "East US"})
    assert (none.changes, none.hasDetailedDiff) == (none.DIFF_NONE, True)
