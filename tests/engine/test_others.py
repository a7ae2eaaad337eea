"""What others have made in a stack's galleries: told by drift, by status, and before anything is deleted around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .conftest import Project, version_id

MakeProject = Callable[..., Project]
IMAGE = version_id("1").rpartition("/versions/")[0]
GALLERY = IMAGE.rpartition("/images/")[0]
FOUND = "myGallery/myImageDefinition/9.0.0"


def drift(dev: Project) -> tuple[int, str, str]:
    """As `make drift`."""
    return dev.at_azure(
        "report", "--azure", given=dev.run("refresh", "--preview-only", "--json", "--stack", "dev").stdout
    )


def report(dev: Project) -> tuple[int, str, str]:
    """As `make report`."""
    preview = dev.run("preview", "--json", "--show-sames", "--stack", "dev").stdout
    return dev.at_azure("report", "--guard", "--azure", given=preview)


def test_what_nobody_declared_is_seen(project: MakeProject) -> None:
    dev = project()
    dev.up()
    version, definition = dev.get(version_id("1.0.0")), dev.get(IMAGE)
    source = {"virtualMachineId": version["properties"]["storageProfile"]["source"]["virtualMachineId"]}
    regions = [{"name": "westcentralus"}, {"name": "eastus", "excludeFromLatest": True}, {"name": "westus2"}]
    theirs = {"storageProfile": {"source": source}, "publishingProfile": {"targetRegions": regions}}
    identifier = {**definition["properties"]["identifier"], "sku": "theirs"}
    dev.cloud(
        ("PUT", version_id("9.0.0"), {"location": "westcentralus", "properties": theirs}),
        (
            "PUT",
            f"{GALLERY}/images/theirs",
            {**definition, "properties": {**definition["properties"], "identifier": identifier}},
        ),
        (
            "PUT",
            f"{GALLERY}/applications/tool",
            {"location": "westcentralus", "properties": {"supportedOSType": "Linux"}},
        ),
    )
    instead = "instead of 1.0.0 (overall, westcentralus) and instead of no version (westus2)"
    effect = f"{FOUND}: no data file has it, and latest means it {instead}"

    code, printed, said = drift(dev)
    assert code == 1 and printed.startswith("### Stack dev: 2 things that no data file has\n")
    assert f"**{effect}**." in printed and "**myGallery/theirs: no data file has it**." in printed
    assert "What nobody declared: take it into the data file (`gallery adopt`), delete it, or write othersPu" in printed
    assert f"gallery report: {effect}; myGallery/theirs: no data file has it\n" in said
    code, printed, _ = dev.at_azure("status", "dev")
    assert code == 1 and effect in printed and "myGallery/theirs: no data file has it\n" in printed

    # Before something is deleted around it.
    def gone(data: dict[str, Any]) -> None:
        data.update(galleries={"other": None}, allowDeletion=["myGallery"])

    before = (dev.directory / "galleries/dev.yaml").read_text()
    dev.edit(gone)
    code, printed, said = report(dev)
    held = f"the version {FOUND}, the image myGallery/theirs and the VM application tool"
    assert code == 1 and f"**In myGallery Azure holds besides, which isn't the stack's: {held}**." in printed
    assert f"the guard refuses this: Azure refuses to delete myGallery while there is {held}\n" in said

    refused = "{method: GET, status: 403, code: AuthorizationFailed, message: You may not., path: '*/locks'}"
    (dev.home / "faults.yaml").write_text(f"- {refused}\n")
    code, printed, _ = report(dev)
    unread = "isn't all known: the locks in myGalleryRG: Azure refuses to answer: You may not**."
    assert code == 1 and unread in printed and held in printed
    (dev.home / "faults.yaml").unlink()
    dev.edit(lambda data: data.update(galleries={}, allowResourceGroupDeletion=["myGalleryRG"]))
    code, printed, said = report(dev)
    assert (code, said) == (0, "") and "**In myGalleryRG Azure holds besides, which goes with it: " in printed
    assert f"Microsoft.Compute/galleries/images/versions {FOUND}" in printed

    # Who expects others says so.
    (dev.directory / "galleries/dev.yaml").write_text(before)
    dev.edit(lambda data: data["galleries"]["myGallery"].update(othersPublish=True))
    code, printed, said = drift(dev)
    assert (code, said) == (0, "") and f"**{FOUND}: published by others, and latest means it instead" in printed
    code, printed, _ = dev.at_azure("status", "dev")
    assert code == 0 and f"{FOUND}: published by others" in printed and "nobody declared" not in printed
    dev.edit(lambda data: data.update(galleries=3))
    code, printed, said = drift(dev)
    assert (code, printed) == (
        2,
        "",
    ) and said == "gallery: the stack dev has 1 error: run `gallery check dev` to see them\n"
