"""What Azure refuses stops the preview of the real engine; with --skip-preview, nothing is touched. Losses are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .conftest import CASES, Project, version_id

MakeProject = Callable[..., Project]
NAME = "myGallery/myImageDefinition"


def image(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = data["galleries"]["myGallery"]["images"]["myImageDefinition"]
    return found


def other_machine(data: dict[str, Any]) -> None:
    image(data)["versions"]["1.0.0"]["source"]["virtualMachine"] += "2"


def test_a_change_that_azure_refuses_stops_the_preview(project: MakeProject) -> None:
    dev = project()
    dev.up()
    before = dev.get(version_id("1.0.0"))
    dev.edit(other_machine)
    dev.edit(lambda data: image(data).update(osType="Windows"))

    for command in (["preview"], ["up", "--yes", "--skip-preview"]):
        refused = dev.run(*command, "--stack", "dev")
        said = refused.stdout + refused.stderr
        assert refused.returncode != 0
        assert f"{NAME}: osType would change from Linux to Windows, which Azure refuses on an existing" in said
        assert (
            f"{NAME}/1.0.0: source would change from …/virtualMachines/myVM to …/virtualMachines/myVM2, which" in said
        )
        assert "Traceback" not in said and "Status=409" not in said
    assert dev.get(version_id("1.0.0")) == before


def test_what_means_the_same_shows_no_change(project: MakeProject) -> None:
    """A default written out or taken away, and what Azure fills in: no preview shows it (`tests/cases/spelling`)."""
    dev = project("spelling")
    dev.up()
    file = dev.directory / "galleries/dev.yaml"

    file.write_text((CASES / "spelling" / "swapped.yaml").read_text())

    assert dev.preview() == {}
    dev.up()
    dev.pulumi("refresh", "--preview-only", "--expect-no-changes", "--stack", "dev")


def many_versions(data: dict[str, Any]) -> None:
    versions = image(data)["versions"]
    versions["1.0.0"]["replication"] = {"replicas": 2, "regions": ["westus2", "eastus=1=standard_zrs"]}
    versions |= {f"1.{minor}.0": dict(versions["1.0.0"]) for minor in range(1, 12)}
    image(data)["safetyProfile"] = None
    del image(data)["safetyProfile"]


def test_versions_that_share_a_cause_share_a_sentence(project: MakeProject) -> None:
    dev = project()
    dev.edit(many_versions)
    dev.up()
    all_of_them = f"{NAME}, 12 versions (1.0.0 to 1.11.0)"

    def everywhere(**settings: Any) -> Callable[[dict[str, Any]], None]:
        def change(data: dict[str, Any]) -> None:
            for version in image(data)["versions"].values():
                version.update(settings)

        return change

    def told(*arguments: str) -> str:
        done = dev.run("preview", "--stack", "dev", *arguments)
        return done.stdout.partition("Diagnostics:")[2]

    dev.edit(everywhere(replication={"replicas": 1, "regions": ["eastus=1=standard_zrs"]}))
    said = told()
    permission = "safetyProfile: {allowDeletionOfReplicatedLocations: true}"
    assert f"{all_of_them}: it would lose the region westus2, which Azure refuses without {permission}" in said
    assert said.count("the region westus2") == 1, said

    dev.edit(everywhere(safetyProfile={"allowDeletionOfReplicatedLocations": True}))
    said = told()
    assert f"warning: {all_of_them}: it would leave westus2" in said
    assert f"warning: {all_of_them}: it would keep 1 of its 2 replicas in westcentralus" in said
    assert said.count("leave westus2") == said.count("replicas") == 1, said

    dev.edit(lambda data: data.update(protect=True))
    said = told()
    assert (
        f"{NAME}/1.3.0: it would leave westus2; it is protected: write allowLosses: {{{NAME}/1.3.0: [regions]}}" in said
    )
    dev.edit(lambda data: data.update(allowLosses={NAME: ["regions", "replicas"], f"{NAME}/1.3.0": ["latest"]}))
    assert f"warning: {all_of_them}: it would leave westus2" in told()

    dev.edit(lambda data: data.pop("allowLosses"))
    dev.edit(lambda data: data.pop("protect"))
    dev.edit(
        everywhere(
            replication={
                "storageAccountType": "Premium_LRS",
                "regions": ["westus2=2=standard_lrs", "eastus=1=standard_zrs"],
            }
        )
    )
    said = told()
    changed = "storageAccountType in westcentralus would change from Standard_LRS to Premium_LRS"
    assert f"{all_of_them}: {changed}, which Azure refuses on an existing version: write the old value into" in said
    assert said.count("Premium_LRS") == 1
