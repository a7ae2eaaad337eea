"""What azure-native would call a change, and what a refresh takes over.

The cases (`cases/diff.json`, `cases/drift.json`) name their sources: files below azure-native's `provider/pkg`, and its
issues and pull requests.
"""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.proto.provider_pb2 import PropertyDiff

from local.provider.diff import apply_drift, detailed_diff
from local.provider.schema import TYPES

from .conftest import Engine, Plugin, cases, urn


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
    """`provider.go` Diff."""
    old = {"location": "eastus", "publishingProfile": {"targetRegions": [{"name": "a"}, {"name": "b"}]}}
    new = {"location": "East US", "publishingProfile": {"targetRegions": [{"name": "b"}, {"name": "c"}]}, "tags": {}}
    answer = plugin.diff("compute:GalleryImageVersion", old, new)
    assert (answer.changes, set(answer.diffs)) == (answer.DIFF_SOME, {"publishingProfile", "tags"})
    assert (list(answer.replaces), answer.deleteBeforeReplace, answer.hasDetailedDiff) == ([], False, True)
    assert all(entry.inputDiff for entry in answer.detailedDiff.values())
    assert set(answer.detailedDiff) == {
        "publishingProfile.targetRegions[0]",
        "publishingProfile.targetRegions[1]",
        "tags",
    }


def test_answer_to_the_engine_for_a_replacement(plugin: Plugin) -> None:
    """`provider.go` Diff: what is replaced is deleted first, unless its name was made up."""
    answer = plugin.diff("compute:Gallery", {"location": "eastus"}, {"location": "westus"})
    assert (list(answer.replaces), answer.deleteBeforeReplace) == (["location"], True)
    named = plugin.diff("compute:Gallery", {"location": "eastus", "__createBeforeDelete": True}, {"location": "westus"})
    assert (list(named.replaces), named.deleteBeforeReplace) == (["location"], False)
    same = plugin.diff("compute:Gallery", {}, {"location": "eastus"}, {"location": "eastus"})
    assert (same.changes, list(same.replaces), same.deleteBeforeReplace) == (same.DIFF_SOME, [], False)
    none = plugin.diff("compute:Gallery", {"location": "eastus"}, {"location": "East US"})
    assert (none.changes, none.hasDetailedDiff) == (none.DIFF_NONE, True)


def test_a_default_that_is_now_written_down_is_no_change(plugin: Plugin) -> None:
    """`diff.go` calculateChangesAndReplacements: its entry is there, and doesn't count."""
    role = "authorization:RoleAssignment"
    answer = plugin.diff(role, {"scope": "/a"}, {"scope": "/a", "principalType": "User"})
    assert (answer.changes, list(answer.diffs), set(answer.detailedDiff)) == (answer.DIFF_NONE, [], {"principalType"})
    assert not answer.detailedDiff["principalType"].inputDiff
    other = plugin.diff(role, {"scope": "/a"}, {"scope": "/a", "principalType": "Group"})
    assert (other.changes, list(other.diffs)) == (other.DIFF_SOME, ["principalType"])
    changed = plugin.diff(role, {"scope": "/a", "principalType": "Group"}, {"scope": "/a", "principalType": "User"})
    assert changed.changes == changed.DIFF_SOME


def test_another_api_version_than_the_states(plugin: Plugin, engine: Engine) -> None:
    """`provider.go` Diff: a change, and a warning; inputs that never told the version are those of the state."""
    plugin.handshake(engine)
    new = {"azureApiVersion": "2024-03-03"}
    answer = plugin.diff("compute:Gallery", {}, new, {"azureApiVersion": "2023-07-03"})
    assert (answer.changes, list(answer.diffs)) == (answer.DIFF_SOME, ["azureApiVersion"])
    assert not answer.detailedDiff["azureApiVersion"].inputDiff
    ((place, text),) = engine.warnings
    assert place == urn("compute:Gallery")
    assert text == (
        "Resource API version has changed from 2023-07-03 to 2024-03-03. Run 'pulumi refresh --run-program' to update "
        "the resource state with the new API version schema."
    )
    same = plugin.diff("compute:Gallery", {}, new, new)
    assert (same.changes, len(engine.warnings)) == (same.DIFF_NONE, 1)
    told = plugin.diff("compute:Gallery", {"azureApiVersion": "2023-07-03"}, new, new)
    assert told.detailedDiff["azureApiVersion"].inputDiff
