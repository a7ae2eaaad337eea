"""What Azure can't change in place stops the preview of the real engine; with --skip-preview, nothing is touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from .conftest import CASES, Project, version_id

MakeProject = Callable[..., Project]


def image(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = data["galleries"]["myGallery"]["images"]["myImageDefinition"]
    return found


def other_machine(data: dict[str, Any]) -> None:
    image(data)["versions"]["1.0.0"]["source"]["virtualMachine"] += "2"


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "source": (other_machine, "myGallery/myImageDefinition/1.0.0: the source would change from "),
    "osType": (
        lambda data: image(data).update(osType="Windows"),
        "myGallery/myImageDefinition: osType would change from Linux to Windows, which Azure refuses on an existing",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_azure_refuses_stops_the_preview(project: MakeProject, change: str) -> None:
    dev = project()
    dev.up()
    before = dev.get(version_id("1.0.0"))
    edit, told = CHANGES[change]
    dev.edit(edit)

    for command in (["preview"], ["up", "--yes", "--skip-preview"]):
        refused = dev.run(*command, "--stack", "dev")
        said = refused.stdout + refused.stderr
        assert refused.returncode != 0
        assert told in said
        assert "Traceback" not in said and "Status=409" not in said
    assert dev.get(version_id("1.0.0")) == before


def test_a_loss_is_a_warning_and_where_it_is_protected_an_error(project: MakeProject) -> None:
    dev = project()
    dev.up()

    def fewer(data: dict[str, Any]) -> None:
        image(data)["versions"]["1.0.0"]["replication"]["replicas"] = 1

    dev.edit(fewer)
    loss = "it would keep 1 of its 2 replicas in westcentralus"
    warned = dev.run("preview", "--stack", "dev")
    assert warned.returncode == 0 and loss in warned.stdout

    dev.edit(lambda data: data.update(protect=True))
    refused = dev.run("preview", "--stack", "dev")
    assert refused.returncode != 0 and f"{loss}; as it is protected" in refused.stdout + refused.stderr


def test_every_property_that_azure_keeps_stops_the_preview_by_name(project: MakeProject) -> None:
    dev = project("../components/cases/everything")
    dev.up()
    untouched = dev.resources()

    for what, case in yaml.safe_load((CASES / "guarded.yaml").read_text()).items():
        file = dev.directory / "galleries/dev.yaml"
        before = file.read_text()

        def change(data: dict[str, Any], what: str = what, case: dict[str, Any] = case) -> None:
            place = data["galleries"]["everything"]["images"]["confidential"]
            place = place["versions"]["1.0.0"] if what == "version" else place
            place.update({key: value for key, value in case["change"].items() if value is not None})
            for key in [key for key, value in case["change"].items() if value is None]:
                del place[key]

        dev.edit(change)

        refused = dev.run("preview", "--stack", "dev")

        said = (refused.stdout + refused.stderr).partition("Diagnostics:")[2]
        assert refused.returncode != 0
        name = "everything/confidential" + ("/1.0.0" if what == "version" else "")
        assert [told for told in case["told"] if f"{name}: {told}" not in said] == [], said
        file.write_text(before)
    assert dev.resources() == untouched


def test_a_changed_default_names_the_versions_to_pin(project: MakeProject) -> None:
    dev = project()

    def more(data: dict[str, Any]) -> None:
        versions = image(data)["versions"]
        versions["1.0.0"]["replication"]["regions"] = ["eastus=1=standard_zrs"]
        versions |= {"1.9.0": dict(versions["1.0.0"]), "1.10.0": dict(versions["1.0.0"])}
        pinned = versions["1.0.0"]["replication"] | {"storageAccountType": "Standard_LRS"}
        versions["2.0.0"] = versions["1.0.0"] | {"replication": pinned}

    dev.edit(more)
    dev.up()
    dev.edit(lambda data: data.update(replication={"storageAccountType": "Premium_LRS"}))

    refused = dev.run("preview", "--stack", "dev")

    assert refused.returncode != 0
    assert "the versions to write the old value into are 1.0.0, 1.9.0, 1.10.0\n" in refused.stdout
