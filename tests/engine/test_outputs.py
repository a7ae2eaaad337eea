"""The stack's outputs tell what is there, also after an update that failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .conftest import Project, version_id

NAME = "myGallery/myImageDefinition"


def test_after_an_update_that_failed_the_outputs_tell_what_is_true(project: Callable[..., Project]) -> None:
    dev = project()
    dev.up()
    before = dev.outputs()
    assert before["latest"] == {NAME: "1.0.0"} and before["versions"] == {f"{NAME}/1.0.0": version_id("1.0.0")}

    def shared(data: dict[str, Any]) -> None:
        data["galleries"]["myGallery"]["sharingProfile"] = {"permissions": "Groups"}

    dev.edit(shared)
    assert dev.run("up", "--yes", "--skip-preview", "--stack", "dev").returncode != 0
    assert dev.outputs() == before

    def two_more(data: dict[str, Any]) -> None:
        del data["galleries"]["myGallery"]["sharingProfile"]
        versions = data["galleries"]["myGallery"]["images"]["myImageDefinition"]["versions"]
        gone = versions["1.0.0"]["source"]["virtualMachine"] + "IsGone"
        versions["1.1.0"] = versions["1.0.0"] | {"excludeFromLatest": True}
        versions["1.2.0"] = versions["1.0.0"] | {"source": {"virtualMachine": gone}}

    dev.edit(two_more)
    failed = dev.run("up", "--yes", "--skip-preview", "--continue-on-error", "--stack", "dev")
    assert failed.returncode != 0, failed.stdout
    after = dev.outputs()
    assert after["versions"] == {f"{NAME}/{number}": version_id(number) for number in ("1.0.0", "1.1.0")}
    assert {name: after[name] for name in ("galleries", "images", "latest", "latestByRegion")} == {
        name: before[name] for name in ("galleries", "images", "latest", "latestByRegion")
    }
